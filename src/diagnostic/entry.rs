//! What is known about a code before it is met: the words of `pipesmith explain` and of the reference.

use serde::Serialize;

use super::Severity;

/// A code and its explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The code.
    pub code: &'static str,
    /// How bad it is, at worst.
    pub severity: Severity,
    /// What is wrong, one sentence.
    pub summary: &'static str,
    /// Why that is wrong.
    pub why: &'static str,
    /// What to do.
    pub fix: &'static str,
    /// A document that has it.
    pub failing: &'static str,
    /// The same without it.
    pub passing: &'static str,
}
