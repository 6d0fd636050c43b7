//! A run as the panes show it.

use std::collections::VecDeque;

use serde::Serialize;

use crate::diagnostic::Diagnostic;
use crate::pipeline::run::{CheckOutcome, Far, Output, PlannedStep, Preview, Rejected, RunFact, RunOutcome};
use crate::session::event::FormerRun;

/// How far a step is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub enum StepStatus {
    /// Not begun.
    #[default]
    Waiting,
    /// At work.
    Running,
    /// Done.
    Finished,
    /// Failed.
    Failed(Box<Diagnostic>),
    /// Ended without finishing.
    Stopped(String),
    /// Waits until it is tried again: the attempt that comes, and what went wrong.
    Retrying(u32, String),
    /// Left out.
    Skipped(String),
}

/// A step of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepState {
    /// What it is.
    pub step: PlannedStep,
    /// How far it is.
    pub status: StepStatus,
    /// Rows taken in.
    pub rows_in: u64,
    /// Rows handed on or written.
    pub rows_out: u64,
    /// Bytes of these in memory.
    pub bytes_out: u64,
    /// How far its source is, where it knows.
    pub far: Option<Far>,
    /// The run that kept the rows that it hands on, where it does not do its work again.
    pub reused: Option<String>,
    /// Session time of its start, microseconds.
    pub started_us: u64,
    /// Session time at which its rows were last told, microseconds.
    pub told_us: u64,
    /// Microseconds, once it has ended.
    pub duration_us: u64,
    /// What its checks found.
    pub checks: Vec<CheckOutcome>,
    /// Rows that were taken out, or refused.
    pub rejected: Vec<Rejected>,
}

impl StepState {
    /// Rows a second so far, where that can be said.
    pub fn rows_per_second(&self) -> Option<u64> {
        let time = self.told_us.saturating_sub(self.started_us);
        let rows = u128::from(self.rows_in.max(self.rows_out));
        (time > 0 && rows > 0).then(|| u64::try_from(rows * 1_000_000 / u128::from(time)).unwrap_or(u64::MAX))
    }

    /// Microseconds that it takes yet, as far as its source knows how far it is.
    pub fn left_us(&self) -> Option<u64> {
        let far = self.far.filter(|far| far.done > 0 && self.status == StepStatus::Running)?;
        let time = u128::from(self.told_us.saturating_sub(self.started_us));
        u64::try_from(time * u128::from(far.whole.saturating_sub(far.done)) / u128::from(far.done)).ok()
    }
}

/// A line of the log of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogLine {
    /// Microseconds since the run began.
    pub at_us: u64,
    /// The step, if it is about one.
    pub step: String,
    /// What happened.
    pub text: String,
}

/// Lines of the log that are kept.
const LOG: usize = 200;

/// A run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunState {
    /// Its id.
    pub id: String,
    /// Where it happens.
    pub engine: String,
    /// Its steps.
    pub steps: Vec<StepState>,
    /// How it ended.
    pub outcome: Option<RunOutcome>,
    /// Session time of its start, microseconds.
    pub started_us: u64,
    /// Microseconds, once it has ended.
    pub duration_us: u64,
    /// What it wrote.
    pub outputs: Vec<Output>,
    /// The first rows of what it wrote.
    pub previews: Vec<Preview>,
    /// The run of the same pipeline before it.
    pub before: Option<FormerRun>,
    /// The last of what happened.
    pub log: VecDeque<LogLine>,
}

impl RunState {
    pub(super) fn new(id: String, engine: String, steps: &[PlannedStep], started_us: u64) -> RunState {
        let steps = steps
            .iter()
            .map(|step| StepState {
                step: step.clone(),
                status: StepStatus::Waiting,
                rows_in: 0,
                rows_out: 0,
                bytes_out: 0,
                far: None,
                reused: None,
                started_us: 0,
                told_us: 0,
                duration_us: 0,
                checks: Vec::new(),
                rejected: Vec::new(),
            })
            .collect();
        RunState {
            id,
            engine,
            steps,
            outcome: None,
            started_us,
            duration_us: 0,
            outputs: Vec::new(),
            previews: Vec::new(),
            before: None,
            log: VecDeque::new(),
        }
    }

    /// Microseconds that a step has taken until this session time.
    pub fn elapsed_us(&self, step: &StepState, now_us: u64) -> u64 {
        match step.status {
            StepStatus::Running => now_us.saturating_sub(step.started_us),
            _ => step.duration_us,
        }
    }

    /// Rows that a step will take in, where that is known: what it needs has ended.
    pub fn expected_rows(&self, step: &StepState) -> Option<u64> {
        let ended = |need: &String| {
            let needed = self.steps.iter().find(|s| s.step.id == *need)?;
            (needed.status == StepStatus::Finished).then_some(needed.rows_out)
        };
        let rows: Option<u64> = step.step.needs.iter().map(ended).sum();
        rows.filter(|_| !step.step.needs.is_empty())
    }

    /// Microseconds that a step at work will still take, where its rows are known and it goes on as it did.
    pub fn remaining_us(&self, step: &StepState, now_us: u64) -> Option<u64> {
        let expected = self.expected_rows(step).filter(|_| step.status == StepStatus::Running)?;
        let elapsed = self.elapsed_us(step, now_us);
        let left = expected.checked_sub(step.rows_in)?;
        let remaining = u128::from(elapsed) * u128::from(left) / u128::from(step.rows_in.max(1));
        u64::try_from(remaining).ok().filter(|_| step.rows_in > 0 && left > 0)
    }

    fn note(&mut self, now_us: u64, step: &str, text: String) {
        if self.log.len() >= LOG {
            self.log.pop_front();
        }
        self.log.push_back(LogLine { at_us: now_us.saturating_sub(self.started_us), step: step.to_owned(), text });
    }

    /// The diagnostic of the first step that failed.
    pub fn failure(&self) -> Option<&Diagnostic> {
        self.steps.iter().find_map(|s| match &s.status {
            StepStatus::Failed(diagnostic) => Some(&**diagnostic),
            _ => None,
        })
    }

    pub(super) fn interrupt(&mut self) {
        if self.outcome.is_none() {
            self.outcome = Some(RunOutcome::Cancelled);
            for step in &mut self.steps {
                if matches!(step.status, StepStatus::Waiting | StepStatus::Running | StepStatus::Retrying(..)) {
                    step.status = StepStatus::Stopped("the process that ran it ended".to_owned());
                }
            }
        }
    }

    pub(super) fn finish(&mut self, now_us: u64, fact: &RunFact) {
        let RunFact::RunFinished { outcome, duration_us, outputs, previews, .. } = fact else { return };
        self.outcome = Some(*outcome);
        self.duration_us = *duration_us;
        self.outputs.clone_from(outputs);
        self.previews.clone_from(previews);
        let word = match outcome {
            RunOutcome::Succeeded => "every step did its work",
            RunOutcome::Failed => "the run failed",
            RunOutcome::Cancelled => "the run was interrupted",
        };
        self.note(now_us, "", word.to_owned());
    }

    pub(super) fn apply(&mut self, fact: &RunFact, now_us: u64) {
        let told = match fact {
            RunFact::StepStarted { .. } => Some("begins".to_owned()),
            RunFact::StepFinished { rows_in, rows_out, .. } => Some(format!("done: {rows_in} rows in, {rows_out} out")),
            RunFact::StepFailed { diagnostic, .. } => Some(format!("failed: {}", diagnostic.message)),
            RunFact::StepStopped { reason, .. } => Some(format!("stopped: {reason}")),
            RunFact::StepRetried { attempt, of, reason, .. } => Some(format!("try {attempt} of {of}: {reason}")),
            RunFact::StepSkipped { reason, .. } => Some(format!("left out: {reason}")),
            RunFact::StepReused { run, rows, .. } => Some(format!("{rows} rows that run {run} kept")),
            _ => None,
        };
        if let (Some(text), Some(step)) = (told, fact.step()) {
            self.note(now_us, step, text);
        }
        let Some(step) = fact.step().and_then(|id| self.steps.iter_mut().find(|s| s.step.id == id)) else { return };
        match fact {
            RunFact::StepStarted { .. } => {
                step.status = StepStatus::Running;
                (step.rows_in, step.rows_out, step.bytes_out, step.far) = (0, 0, 0, None);
                step.started_us = now_us;
            }
            RunFact::StepReused { run, .. } => {
                step.status = StepStatus::Running;
                step.started_us = now_us;
                step.reused = Some(run.clone());
            }
            RunFact::StepRetried { attempt, reason, .. } => {
                step.status = StepStatus::Retrying(*attempt, reason.clone());
            }
            RunFact::StepSkipped { reason, .. } => step.status = StepStatus::Skipped(reason.clone()),
            RunFact::StepProgress { rows_in, rows_out, bytes_out, far, .. } => {
                step.status = StepStatus::Running;
                (step.rows_in, step.rows_out, step.bytes_out) = (*rows_in, *rows_out, *bytes_out);
                (step.far, step.told_us) = (*far, now_us);
            }
            RunFact::StepColumns { .. }
            | RunFact::StepDataset { .. }
            | RunFact::StepKept { .. }
            | RunFact::StepWrote { .. }
            | RunFact::StepMeasured { .. } => {}
            RunFact::StepFinished { rows_in, rows_out, bytes_out, duration_us, .. } => {
                (step.rows_in, step.rows_out, step.duration_us) = (*rows_in, *rows_out, *duration_us);
                step.bytes_out = *bytes_out;
                step.status = StepStatus::Finished;
            }
            RunFact::CursorMoved { .. } => {}
            RunFact::StepChecked { checks, .. } => step.checks.clone_from(checks),
            RunFact::StepRejected { rejected, .. } => step.rejected.push((**rejected).clone()),
            RunFact::StepFailed { diagnostic, duration_us, .. } => {
                step.duration_us = *duration_us;
                step.status = StepStatus::Failed(diagnostic.clone());
            }
            RunFact::StepStopped { reason, .. } => step.status = StepStatus::Stopped(reason.clone()),
            RunFact::RunStarted { .. } | RunFact::RunFinished { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_known_once_the_inputs_have_ended() {
        let planned = |id: &str, needs: &[&str]| PlannedStep {
            id: id.into(),
            component: "c".into(),
            needs: needs.iter().map(|n| (*n).to_owned()).collect(),
        };
        let mut run = RunState::new("r".into(), "local".into(), &[planned("a", &[]), planned("b", &["a"])], 1_000);
        let step = |id: &str| id.to_owned();
        run.apply(&RunFact::StepStarted { step: step("a") }, 1_000);
        run.apply(&RunFact::StepStarted { step: step("b") }, 1_000);
        let progress = RunFact::StepProgress { step: step("b"), rows_in: 100, rows_out: 0, bytes_out: 0, far: None };
        run.apply(&progress, 3_000);
        assert_eq!(run.remaining_us(&run.steps[1], 3_000), None, "its input still comes");
        run.apply(
            &RunFact::StepFinished { step: step("a"), rows_in: 0, rows_out: 400, bytes_out: 9, duration_us: 5 },
            3_000,
        );
        assert_eq!(run.expected_rows(&run.steps[1]), Some(400));
        assert_eq!(run.remaining_us(&run.steps[1], 3_000), Some(6_000));
        assert_eq!(run.remaining_us(&run.steps[0], 3_000), None);
        let log: Vec<_> = run.log.iter().map(|l| format!("{} {} {}", l.at_us, l.step, l.text)).collect();
        assert_eq!(log, ["0 a begins", "0 b begins", "2000 a done: 0 rows in, 400 out"]);
        for _ in 0..LOG * 2 {
            run.apply(&RunFact::StepStarted { step: step("b") }, 9_000);
        }
        assert_eq!(run.log.len(), LOG);
    }
}
