//! A run as the panes show it.

use serde::Serialize;

use crate::diagnostic::Diagnostic;
use crate::pipeline::run::{CheckOutcome, Output, PlannedStep, Preview, Rejected, RunFact, RunOutcome};

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
    /// Microseconds, once it has ended.
    pub duration_us: u64,
    /// What its checks found.
    pub checks: Vec<CheckOutcome>,
    /// Rows that were taken out, or refused.
    pub rejected: Vec<Rejected>,
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
                if matches!(step.status, StepStatus::Waiting | StepStatus::Running) {
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

    pub(super) fn apply(&mut self, fact: &RunFact) {
        let Some(step) = fact.step().and_then(|id| self.steps.iter_mut().find(|s| s.step.id == id)) else { return };
        match fact {
            RunFact::StepStarted { .. } => step.status = StepStatus::Running,
            RunFact::StepProgress { rows_in, rows_out, .. } => {
                (step.rows_in, step.rows_out) = (*rows_in, *rows_out);
            }
            RunFact::StepFinished { rows_in, rows_out, duration_us, .. } => {
                (step.rows_in, step.rows_out, step.duration_us) = (*rows_in, *rows_out, *duration_us);
                step.status = StepStatus::Finished;
            }
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
