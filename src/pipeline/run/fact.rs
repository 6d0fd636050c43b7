//! What happens during a run, as facts that a session journals and a terminal prints.

use serde::{Deserialize, Serialize};

use crate::connect::driver::dataset::Dataset;
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

/// How far a source is, in a unit of its own: bytes of a file, rows of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Far {
    /// What is done.
    pub done: u64,
    /// The whole, which may be an estimate.
    pub whole: u64,
}

/// A column of what flows between steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type, as Arrow calls it.
    #[serde(rename = "type")]
    pub data_type: String,
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
        /// Bytes of these in memory.
        #[serde(default)]
        bytes_out: u64,
        /// How far a source is, where it knows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        far: Option<Far>,
    },
    /// A step is tried again after a failure that passes: by itself where it had given and taken no row,
    /// else with the steps that it works with, each of which starts again.
    StepRetried {
        /// Which failed.
        step: String,
        /// The attempt that comes: 2 is the second.
        attempt: u32,
        /// Attempts in all.
        of: u32,
        /// Microseconds until then.
        wait_us: u64,
        /// Code of what went wrong.
        code: String,
        /// What went wrong.
        reason: String,
        /// Whether by itself.
        alone: bool,
    },
    /// A step is left out.
    StepSkipped {
        /// Which.
        step: String,
        /// Why.
        reason: String,
    },
    /// A step does not do its work again: its rows were kept by an earlier run, and are read from there.
    StepReused {
        /// Which.
        step: String,
        /// The run that kept them.
        run: String,
        /// Rows.
        rows: u64,
    },
    /// What a step reads or writes, as other programs know it.
    StepDataset {
        /// Which.
        step: String,
        /// What.
        dataset: Dataset,
        /// Whether it is written.
        written: bool,
    },
    /// The columns that a step hands on or writes.
    StepColumns {
        /// Which.
        step: String,
        /// In their order.
        columns: Vec<Column>,
    },
    /// The rows that a step handed on were kept, for a run that takes them up.
    StepKept {
        /// Which.
        step: String,
        /// Rows.
        rows: u64,
        /// Bytes of the file.
        bytes: u64,
        /// Why they could not be kept, where they could not. The run goes on without.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        problem: Option<String>,
    },
    /// A step wrote something. Told before its end is.
    StepWrote {
        /// What.
        output: Output,
    },
    /// What a step took of the machine. Told before its end is.
    StepMeasured {
        /// Which.
        step: String,
        /// The most memory that the whole process held while the step was at work, in bytes: it was looked
        /// at five times a second, and all steps at work share it.
        peak_memory_bytes: u64,
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
        rejected: Box<Rejected>,
    },
    /// A step failed.
    StepFailed {
        /// Which.
        step: String,
        /// What went wrong and what to do.
        diagnostic: Box<Diagnostic>,
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
    /// An incremental read got on, and everything that was to be written of it has been; before the end of the
    /// run is told.
    CursorMoved {
        /// The step that read.
        step: String,
        /// The column.
        column: String,
        /// From where it read; nothing where it began from the beginning.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<serde_json::Value>,
        /// Where it got to, as the source wrote it; nothing where nothing new came.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<serde_json::Value>,
        /// Rows without a value in the column.
        nulls: u64,
        /// Where that is kept: `workspace`, or the target that was written to.
        kept: String,
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
            | RunFact::StepRetried { step, .. }
            | RunFact::StepSkipped { step, .. }
            | RunFact::StepReused { step, .. }
            | RunFact::StepDataset { step, .. }
            | RunFact::StepColumns { step, .. }
            | RunFact::StepKept { step, .. }
            | RunFact::StepWrote { output: Output { step, .. } }
            | RunFact::StepMeasured { step, .. }
            | RunFact::StepFinished { step, .. }
            | RunFact::CursorMoved { step, .. }
            | RunFact::StepChecked { step, .. }
            | RunFact::StepRejected { step, .. }
            | RunFact::StepFailed { step, .. }
            | RunFact::StepStopped { step, .. } => Some(step),
            RunFact::RunStarted { .. } | RunFact::RunFinished { .. } => None,
        }
    }
}
