//! What happens during a run, as facts that a session journals and a terminal prints.

use serde::{Deserialize, Serialize};

pub use crate::connect::driver::flow::Rejected;
use crate::diagnostic::Diagnostic;
pub use crate::pipeline::expect::CheckOutcome;

/// A step as the run will do it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedStep {
    /// Its id.
    pub id: String,
    /// Its component.
    pub component: String,
    /// The steps whose output it takes.
    pub needs: Vec<String>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunOutcome {
    /// Every step did its work.
    Succeeded,
    /// A step failed; no output of it or of the steps after it was left.
    Failed,
    /// It was interrupted; no half-written output was left.
    Cancelled,
}

/// Something the run wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// The step that wrote it.
    pub step: String,
    /// Where, relative to the workspace where it lies inside.
    pub path: String,
    /// Rows.
    pub rows: u64,
    /// Bytes.
    pub bytes: u64,
}

/// The first rows of something the run wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// The step that wrote it.
    pub step: String,
    /// Where.
    pub path: String,
    /// Column names.
    pub columns: Vec<String>,
    /// The first rows; `None` is NULL.
    pub rows: Vec<Vec<Option<String>>>,
    /// All rows of the output.
    pub total: u64,
}

/// Something that happened during a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunFact {
    /// It began.
    RunStarted {
        /// The run's id, unique and sorting in time order.
        run: String,
        /// The pipeline's name.
        pipeline: String,
        /// Fingerprint of the manifest it runs.
        manifest: String,
        /// Where it happens.
        engine: String,
        /// Its steps, in the order of the manifest.
        steps: Vec<PlannedStep>,
    },
    /// A step began.
    StepStarted {
        /// Which.
        step: String,
    },
    /// A step moved rows (coalesced: at most one such fact a step in 200 ms).
    StepProgress {
        /// Which.
        step: String,
        /// Rows taken in so far.
        rows_in: u64,
        /// Rows handed on so far.
        rows_out: u64,
    },
    /// A step did its work.
    StepFinished {
        /// Which.
        step: String,
        /// Rows taken in.
        rows_in: u64,
        /// Rows handed on or written.
        rows_out: u64,
        /// Bytes of these in memory.
        #[serde(default)]
        bytes_out: u64,
        /// Microseconds.
        duration_us: u64,
    },
    /// What the checks of a step's rows found; before its end is told.
    StepChecked {
        /// Which.
        step: String,
        /// In the order of the document.
        checks: Vec<CheckOutcome>,
    },
    /// Rows of a step were taken out by its checks, or refused by what it writes to; before its end is told.
    StepRejected {
        /// Which.
        step: String,
        /// How many, where they are kept, and why.
        rejected: Rejected,
    },
    /// A step failed.
    StepFailed {
        /// Which.
        step: String,
        /// What went wrong and what to do.
        diagnostic: Diagnostic,
        /// Microseconds.
        duration_us: u64,
    },
    /// A step ended without finishing because another failed or the run was interrupted.
    StepStopped {
        /// Which.
        step: String,
        /// Why.
        reason: String,
    },
    /// The run ended.
    RunFinished {
        /// Its id.
        run: String,
        /// How.
        outcome: RunOutcome,
        /// Microseconds.
        duration_us: u64,
        /// What it wrote.
        outputs: Vec<Output>,
        /// The first rows of what it wrote.
        previews: Vec<Preview>,
    },
}

impl RunFact {
    /// The step it belongs to, if any.
    pub fn step(&self) -> Option<&str> {
        match self {
            RunFact::StepStarted { step }
            | RunFact::StepProgress { step, .. }
            | RunFact::StepFinished { step, .. }
            | RunFact::StepChecked { step, .. }
            | RunFact::StepRejected { step, .. }
            | RunFact::StepFailed { step, .. }
            | RunFact::StepStopped { step, .. } => Some(step),
            RunFact::RunStarted { .. } | RunFact::RunFinished { .. } => None,
        }
    }
}
