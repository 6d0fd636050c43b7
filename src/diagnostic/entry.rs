//! What is known about a code before it is met: the words of `pipesmith explain` and of the reference.

use serde::Serialize;

use super::Severity;

/// A code and its explanation, shown by a document that has it and one that does not.
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

/// A code and its explanation, where no document alone shows it: it takes a file, a server, a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Brief {
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
    /// A command, a line of a file or the like that puts it right or shows it, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<&'static str>,
    /// Whether it may pass by itself, so that trying again can help.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub passes: bool,
}

impl Brief {
    /// The beginning of an error's entry; the words are filled in by whoever writes it.
    pub const fn error(code: &'static str) -> Brief {
        Brief { code, severity: Severity::Error, summary: "", why: "", fix: "", example: None, passes: false }
    }

    /// The beginning of an entry of something that may pass by itself: a step that ends so is tried again
    /// where it may be.
    pub const fn passing(code: &'static str) -> Brief {
        Brief { passes: true, ..Brief::error(code) }
    }

    /// The beginning of a warning's entry.
    pub const fn warning(code: &'static str) -> Brief {
        Brief { severity: Severity::Warning, ..Brief::error(code) }
    }
}
