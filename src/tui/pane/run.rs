//! The run pane: the steps of the last run and how fast they are, how it compares with the run before, what it
//! wrote, and what happened last.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::list::Scroll;
use crate::pipeline::run::RunOutcome;
use crate::session::State;
use crate::session::state::{RunState, StepState, StepStatus};
use crate::tui::text::{clean_line, pad, width};
use crate::tui::theme::{Scope, Theme};
use crate::tui::view::words::{count, duration, short};
use crate::tui::view::{canvas, diagnostic, preview};

/// Rows of a preview.
const PREVIEW_ROWS: usize = 20;

/// What the pane remembers.
#[derive(Debug, Default)]
pub struct RunPane {
    /// Its scroll.
    pub scroll: Scroll,
}

/// Lines of the log that are shown.
const LOG_LINES: usize = 8;

impl RunPane {
    /// Draws it. `now_us` is the session's time.
    pub fn draw(
        &mut self,
        area: Rect,
        buf: &mut Buffer,
        state: &State,
        step: Option<&str>,
        now_us: u64,
        theme: &Theme,
    ) {
        let Some(run) = &state.run else {
            let text = "No run yet. alt-g compiles the document and runs it.";
            canvas::put(buf, area, 0, &Line::styled(text, theme.style(Scope::Dim)));
            return;
        };
        let sight = Sight { run, columns: usize::from(area.width), now_us, step, theme };
        let rows = sight.rows();
        let window = self.scroll.window(rows.len(), usize::from(area.height));
        for (y, line) in rows[window].iter().enumerate() {
            canvas::put(buf, area, y, line);
        }
    }
}

/// A run and what it is drawn with.
struct Sight<'a> {
    run: &'a RunState,
    columns: usize,
    now_us: u64,
    /// The selected step.
    step: Option<&'a str>,
    theme: &'a Theme,
}

impl Sight<'_> {
    fn rows(&self) -> Vec<Line<'static>> {
        let (run, theme) = (self.run, self.theme);
        let mut out = vec![self.head()];
        out.extend(self.comparison());
        let name = run.steps.iter().map(|s| width(&s.step.id)).max().unwrap_or(0).clamp(4, 32);
        for step in &run.steps {
            out.push(self.step(step, name));
            match &step.status {
                StepStatus::Failed(d) => {
                    for row in diagnostic::full(d, self.columns.saturating_sub(4), theme) {
                        let mut spans = vec![Span::raw("    ")];
                        spans.extend(row.spans);
                        out.push(Line::from(spans));
                    }
                }
                StepStatus::Retrying(attempt, reason) => {
                    let text = format!("    before attempt {attempt}: {}", clean_line(reason));
                    out.push(Line::styled(text, theme.style(Scope::Dim)));
                }
                StepStatus::Stopped(reason) | StepStatus::Skipped(reason) => {
                    out.push(Line::styled(format!("    {}", clean_line(reason)), theme.style(Scope::Dim)));
                }
                _ => {}
            }
        }
        self.outputs(&mut out);
        self.log(&mut out);
        out
    }

    fn head(&self) -> Line<'static> {
        let (run, g, theme) = (self.run, self.theme.glyphs(), self.theme);
        let (glyph, word, scope) = match run.outcome {
            None => (g.running, "running", Scope::StateRunning),
            Some(RunOutcome::Succeeded) => (g.done, "finished", Scope::StateDone),
            Some(RunOutcome::Failed) => (g.failed, "failed", Scope::StateFailed),
            Some(RunOutcome::Cancelled) => (g.skipped, "stopped", Scope::StateWaiting),
        };
        let time = match run.outcome {
            Some(_) => format!(" in {}", duration(run.duration_us)),
            None => format!(" for {}", duration(self.now_us.saturating_sub(run.started_us))),
        };
        Line::from(vec![
            Span::styled(format!("{glyph} {word}"), theme.style(scope)),
            Span::styled(time, theme.style(Scope::Text)),
            Span::styled(format!("  {} on {}", short(&run.id), clean_line(&run.engine)), theme.style(Scope::Dim)),
        ])
    }

    /// How the run before went.
    fn comparison(&self) -> Option<Line<'static>> {
        let before = self.run.before.as_ref()?;
        let ratio = match (before.duration_us, self.run.duration_us) {
            (0, _) | (_, 0) => String::new(),
            (a, b) if b > a => format!(", {}% longer now", (u128::from(b - a) * 100 / u128::from(a)).min(99_999)),
            (a, b) => format!(", {}% shorter now", u128::from(a - b) * 100 / u128::from(a)),
        };
        let other = if before.same_manifest { "" } else { "; another manifest" };
        let text = format!(
            "  before: {} {} in {}{ratio}{other}",
            short(&before.run),
            clean_line(&before.status),
            duration(before.duration_us)
        );
        Some(Line::styled(text, self.theme.style(Scope::Dim)))
    }

    fn step(&self, step: &StepState, name: usize) -> Line<'static> {
        let (g, theme) = (self.theme.glyphs(), self.theme);
        let (glyph, word, scope) = match &step.status {
            StepStatus::Waiting => (g.waiting, "waiting", Scope::StateWaiting),
            StepStatus::Running => (g.running, "running", Scope::StateRunning),
            StepStatus::Finished => (g.done, "done", Scope::StateDone),
            StepStatus::Failed(_) => (g.failed, "failed", Scope::StateFailed),
            StepStatus::Stopped(_) => (g.skipped, "stopped", Scope::StateWaiting),
            StepStatus::Retrying(..) => (g.waiting, "retry", Scope::StateRunning),
            StepStatus::Skipped(_) => (g.skipped, "left", Scope::StateWaiting),
        };
        let chosen = self.step == Some(step.step.id.as_str());
        let sign = if chosen { g.focus } else { " " };
        let mut left = vec![
            Span::styled(sign, theme.style(Scope::RuleFocused)),
            Span::styled(format!(" {glyph} {word:<7} "), theme.style(scope)),
            Span::styled(
                pad(&clean_line(&step.step.id), name),
                theme.style(if chosen { Scope::Strong } else { Scope::Text }),
            ),
        ];
        let elapsed = self.run.elapsed_us(step, self.now_us);
        let mut right = Vec::new();
        if step.rows_in > 0 || step.rows_out > 0 {
            let before = self.run.before.as_ref().and_then(|b| b.steps.iter().find(|s| s.step == step.step.id));
            let was = match before {
                Some(s) if s.rows_out != step.rows_out && step.status == StepStatus::Finished => {
                    format!(" (was {})", count(s.rows_out))
                }
                _ => String::new(),
            };
            let rows = format!("{} {} {} rows{was}", count(step.rows_in), g.arrow, count(step.rows_out));
            right.push(Span::styled(rows, theme.style(Scope::Text)));
        }
        // What is worth less goes where there is room for it.
        let used: usize = left.iter().chain(&right).map(Span::width).sum::<usize>() + 12;
        let mut room = self.columns.saturating_sub(used);
        let mut more = Vec::new();
        // A source knows how far it is; else what the step takes in may be known.
        if let Some(left) = step.left_us().or_else(|| self.run.remaining_us(step, self.now_us)) {
            more.push(format!("  {} left", duration(left)));
        }
        if let Some(rate) = (step.rows_in.max(step.rows_out) * 1_000_000).checked_div(elapsed).filter(|r| *r > 0) {
            more.push(format!("  {}/s", count(rate)));
        }
        if step.bytes_out > 0 {
            more.push(format!("  {}", preview::bytes(step.bytes_out)));
        }
        for text in more {
            if width(&text) <= room {
                room -= width(&text);
                right.push(Span::styled(text, theme.style(Scope::Dim)));
            }
        }
        let component = match &step.reused {
            Some(run) => format!("  rows that run {} kept", short(run)),
            None => format!("  {}", clean_line(&step.step.component)),
        };
        if width(&component) <= room {
            left.push(Span::styled(component, theme.style(Scope::Dim)));
        }
        if elapsed > 0 {
            right.push(Span::styled(format!("  {:>8} ", duration(elapsed)), theme.style(Scope::Dim)));
        }
        canvas::justified(self.columns, left, right)
    }

    fn outputs(&self, out: &mut Vec<Line<'static>>) {
        let (run, g, theme) = (self.run, self.theme.glyphs(), self.theme);
        for output in &run.outputs {
            out.push(Line::default());
            out.push(Line::from(vec![
                Span::styled(format!("{} ", g.arrow), theme.style(Scope::StateDone)),
                Span::styled(clean_line(&output.path).into_owned(), theme.style(Scope::Strong)),
                Span::styled(
                    format!("  {} rows, {}", count(output.rows), preview::bytes(output.bytes)),
                    theme.style(Scope::Dim),
                ),
            ]));
            for preview in run.previews.iter().filter(|p| p.step == output.step && p.path == output.path) {
                out.extend(preview::table(preview, PREVIEW_ROWS, self.columns, theme));
            }
        }
    }

    fn log(&self, out: &mut Vec<Line<'static>>) {
        let log = &self.run.log;
        if log.is_empty() {
            return;
        }
        let theme = self.theme;
        out.push(Line::default());
        for line in log.iter().skip(log.len().saturating_sub(LOG_LINES)) {
            let step = if line.step.is_empty() { String::new() } else { format!("{} ", clean_line(&line.step)) };
            let spans = vec![
                Span::styled(format!("{:>10}  ", duration(line.at_us)), theme.style(Scope::DiffNumber)),
                Span::styled(step, theme.style(Scope::Text)),
                Span::styled(clean_line(&line.text).into_owned(), theme.style(Scope::Dim)),
            ];
            out.push(Line::from(canvas::cut_spans(spans, self.columns)));
        }
    }
}
