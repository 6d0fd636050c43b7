//! What a check found.

use serde::{Deserialize, Serialize};

use super::kind::Severity;

/// Rows of a sample at most.
pub const SAMPLE_ROWS: usize = 5;

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckOutcome {
    /// Its kind: `not_null`, `unique`, …
    pub check: String,
    /// What it was called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The columns that it looks at by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// What becomes of what it finds.
    pub severity: Severity,
    /// Whether it found nothing.
    pub passed: bool,
    /// Rows that it found; of `row_count` and `freshness`, 0.
    pub offending: u64,
    /// What it found, in a line.
    pub told: String,
    /// Some of what it found, at most [`SAMPLE_ROWS`]: `row 7: status = 'opne'`. Without control characters
    /// and secrets, cut where long.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sample: Vec<String>,
    /// The file with the rows that it took out, relative to the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

impl CheckOutcome {
    /// How messages call it.
    pub fn label(&self) -> String {
        match (&self.name, self.columns.as_slice()) {
            (Some(name), _) => name.clone(),
            (None, []) => self.check.clone(),
            (None, columns) => format!("{} of {}", self.check, columns.join(", ")),
        }
    }

    /// `passed`, `failed`, `warned` or `quarantined`.
    pub fn word(&self) -> &'static str {
        match (self.passed, self.severity) {
            (true, _) => "passed",
            (false, Severity::Fail) => "failed",
            (false, Severity::Warn) => "warned",
            (false, Severity::Quarantine) => "quarantined",
        }
    }
}
