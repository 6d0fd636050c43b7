//! How far a run is, on a terminal: a line for each step at work.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::cli::output;
use crate::pipeline::run::{Far, RunFact};

/// Time between two pictures of a line in which nothing else changes.
const TICK: Duration = Duration::from_millis(200);
/// Characters of a step's name.
const NAME: usize = 24;

/// The lines.
pub struct Bars {
    lines: MultiProgress,
    steps: BTreeMap<String, (ProgressBar, Instant)>,
}

impl Bars {
    /// On standard error, where that is a terminal.
    pub fn new() -> Option<Bars> {
        std::io::stderr().is_terminal().then(|| Bars { lines: MultiProgress::new(), steps: BTreeMap::new() })
    }

    /// Shows a fact; `print` writes what stays of it above the lines.
    pub fn take(&mut self, fact: &RunFact, print: impl FnOnce()) {
        match fact {
            RunFact::StepStarted { step } | RunFact::StepReused { step, .. } => self.begin(step),
            RunFact::StepProgress { step, rows_in, rows_out, bytes_out, far } => {
                let Some((bar, since)) = self.steps.get(step) else { return };
                let taken = since.elapsed();
                if let Some(far) = far {
                    bar.set_style(style("{spinner} {prefix}  {bar:20} {percent:>3}%  {msg}"));
                    bar.set_length(far.whole);
                    bar.set_position(far.done);
                }
                bar.set_message(words((*rows_in).max(*rows_out), *bytes_out, taken, *far));
            }
            RunFact::StepRetried { step, .. } => {
                if let Some((bar, _)) = self.steps.get(step) {
                    bar.set_message("waits until it is tried again");
                }
            }
            RunFact::StepFinished { step, .. }
            | RunFact::StepFailed { step, .. }
            | RunFact::StepStopped { step, .. } => {
                if let Some((bar, _)) = self.steps.remove(step) {
                    bar.finish_and_clear();
                    self.lines.remove(&bar);
                }
            }
            RunFact::RunFinished { .. } => {
                let _ = self.lines.clear();
                self.steps.clear();
            }
            _ => {}
        }
        self.lines.suspend(print);
    }

    fn begin(&mut self, step: &str) {
        if let Some((bar, _)) = self.steps.remove(step) {
            self.lines.remove(&bar);
        }
        let bar = self.lines.add(ProgressBar::new_spinner());
        bar.set_style(style("{spinner} {prefix}  {msg}"));
        bar.set_prefix(format!("{:<NAME$}", output::safe(step).chars().take(NAME).collect::<String>()));
        bar.enable_steady_tick(TICK);
        self.steps.insert(step.to_owned(), (bar, Instant::now()));
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// `1,234,567 rows · 320,000/s · 85 MB · 3.2 s · 4 s left`
fn words(rows: u64, bytes: u64, taken: Duration, far: Option<Far>) -> String {
    let micros = taken.as_micros().max(1);
    let mut words = vec![format!("{} rows", output::count(rows))];
    let rate = u128::from(rows) * 1_000_000 / micros;
    words.push(format!("{}/s", output::count(u64::try_from(rate).unwrap_or(u64::MAX))));
    if bytes > 0 {
        words.push(format!("{} MB", output::count(bytes.div_ceil(1_000_000))));
    }
    let shown = |micros: u128| output::duration(u64::try_from(micros).unwrap_or(u64::MAX));
    words.push(shown(micros));
    if let Some(far) = far.filter(|far| far.done > 0) {
        let left = micros * u128::from(far.whole.saturating_sub(far.done)) / u128::from(far.done);
        words.push(format!("{} left", shown(left)));
    }
    words.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_reckoned_from_what_is_done() {
        let second = Duration::from_secs(1);
        let far = |done, whole| Some(Far { done, whole });
        assert_eq!(words(1_000, 0, second, None), "1,000 rows · 1,000/s · 1.0 s");
        assert_eq!(words(320_000, 1, 2 * second, far(1, 4)), "320,000 rows · 160,000/s · 1 MB · 2.0 s · 6.0 s left");
        assert_eq!(words(5, 0, second, far(0, 4)), "5 rows · 5/s · 1.0 s");
        assert_eq!(words(5, 0, second, far(4, 4)), "5 rows · 5/s · 1.0 s · 0 µs left");
    }
}
