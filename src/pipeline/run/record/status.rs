//! Where a run stands: `status.json`.

use serde::{Deserialize, Serialize};

use super::super::fact::{Output, RunOutcome};

/// Where a run stands, as in `status.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunStatus {
    /// Version of this format.
    pub record_version: u32,
    /// The run's id.
    pub run: String,
    /// The pipeline's name.
    pub pipeline: String,
    /// Fingerprint of the manifest.
    pub manifest: String,
    /// How it ended; absent while it runs, and for ever when the process was killed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<RunOutcome>,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// RFC 3339, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
    /// Microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_us: Option<u64>,
    /// The process that runs it: while it lives, the run is under way.
    #[serde(default)]
    pub pid: u32,
    /// Each read step handed on at most so many rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// Whether it wrote nothing on purpose.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry: bool,
    /// Whether it was to do some of the steps only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// Times that it was gone on with.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub resumed: u32,
    /// What it wrote.
    #[serde(default)]
    pub outputs: Vec<Output>,
    /// The step that failed first, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<RunFailure>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// The step that failed first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFailure {
    /// Which.
    pub step: String,
    /// Code of the diagnostic; the whole stands in `events.jsonl`.
    pub code: String,
    /// Its message.
    pub message: String,
}

impl RunStatus {
    /// How the run stands, one word: `succeeded`, `failed`, `cancelled`, `running`, or `killed` when its
    /// process is gone without an end.
    pub fn word(&self) -> &'static str {
        match self.outcome {
            Some(RunOutcome::Succeeded) => "succeeded",
            Some(RunOutcome::Failed) => "failed",
            Some(RunOutcome::Cancelled) => "cancelled",
            None if self.is_alive() => "running",
            None => "killed",
        }
    }

    fn is_alive(&self) -> bool {
        let pid = i32::try_from(self.pid).ok().and_then(rustix::process::Pid::from_raw);
        pid.is_some_and(
            |pid| !matches!(rustix::process::test_kill_process(pid), Err(error) if error == rustix::io::Errno::SRCH),
        )
    }
}
