//! A run as the panes show it.

use serde::Serialize;

use crate::diagnostic::Diagnostic;
use crate::pipeline::run::{CheckOutcome, Far, Output, PlannedStep, Preview, Rejected, RunFact, RunOutcome};

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
        }
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

    pub(super) fn finish(
        &mut self,
        outcome: RunOutcome,
        duration_us: u64,
        outputs: Vec<Output>,
        previews: Vec<Preview>,
    ) {
        self.outcome = Some(outcome);
        self.duration_us = duration_us;
        self.outputs = outputs;
        self.previews = previews;
    }

    pub(super) fn apply(&mut self, fact: &RunFact, now_us: u64) {
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
            RunFact::StepFinished { rows_in, rows_out, duration_us, .. } => {
                (step.rows_in, step.rows_out, step.duration_us) = (*rows_in, *rows_out, *duration_us);
                step.status = StepStatus::Finished;
            }
            RunFact::CursorMoved { .. } => {}
            RunFact::StepChecked { checks, .. } => step.checks.clone_from(checks),
            RunFact::StepRejected { rejected, .. } => step.rejected.push(rejected.clone()),
            RunFact::StepFailed { diagnostic, duration_us, .. } => {
                step.duration_us = *duration_us;
                step.status = StepStatus::Failed(Box::new(diagnostic.clone()));
            }
            RunFact::StepStopped { reason, .. } => step.status = StepStatus::Stopped(reason.clone()),
            RunFact::RunStarted { .. } | RunFact::RunFinished { .. } => {}
        }
    }
}
