//! What differs between two runs.

use serde::Serialize;

use super::{Recorded, RunMetrics, StepMetrics};
use crate::diagnostic::Diagnostic;

/// What differs between two runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The run before, and how it stands.
    pub before: (String, &'static str),
    /// The run after.
    pub after: (String, &'static str),
    /// Whether both ran the same manifest.
    pub same_manifest: bool,
    /// Microseconds, before and after.
    pub duration_us: (u64, u64),
    /// Bytes, before and after.
    pub peak_memory_bytes: (u64, u64),
    /// The steps of either, in the order of the run after; those that only the run before had, last.
    pub steps: Vec<StepChange>,
}

/// A step in two runs; `None` where a run does not have it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepChange {
    /// Its id.
    pub step: String,
    /// In the run before.
    pub before: Option<StepMetrics>,
    /// In the run after.
    pub after: Option<StepMetrics>,
}

impl StepChange {
    /// Whether it moved other numbers of rows, or ended otherwise.
    pub fn differs(&self) -> bool {
        let told = |m: &StepMetrics| (m.rows_in, m.rows_out, m.status.clone());
        self.before.as_ref().map(told) != self.after.as_ref().map(told)
    }
}

/// Compares two runs.
///
/// # Errors
/// A record that can't be read.
pub fn compare(before: &Recorded, after: &Recorded) -> Result<Comparison, Diagnostic> {
    let (a, b) = (before.metrics()?, after.metrics()?);
    Ok(Comparison {
        before: (before.status.run.clone(), before.status.word()),
        after: (after.status.run.clone(), after.status.word()),
        same_manifest: before.status.manifest == after.status.manifest,
        duration_us: (a.duration_us, b.duration_us),
        peak_memory_bytes: (a.peak_memory_bytes, b.peak_memory_bytes),
        steps: steps(&a, &b),
    })
}

fn steps(before: &RunMetrics, after: &RunMetrics) -> Vec<StepChange> {
    let of = |all: &RunMetrics, id: &str| all.steps.iter().find(|s| s.step == id).cloned();
    let gone = before.steps.iter().filter(|s| of(after, &s.step).is_none());
    after
        .steps
        .iter()
        .chain(gone)
        .map(|s| StepChange { step: s.step.clone(), before: of(before, &s.step), after: of(after, &s.step) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_of_either_run_are_named_once() {
        let step = |id: &str, rows_out| StepMetrics { step: id.to_owned(), rows_out, ..StepMetrics::default() };
        let run = |steps| RunMetrics { steps, ..RunMetrics::default() };
        let changes = steps(&run(vec![step("a", 1), step("b", 2)]), &run(vec![step("c", 1), step("b", 3)]));
        let names: Vec<&str> = changes.iter().map(|c| c.step.as_str()).collect();
        assert_eq!(names, ["c", "b", "a"]);
        assert!(changes.iter().all(StepChange::differs));
    }
}
