//! Where steps stop.

use crate::agent::TurnFact;
use crate::diagnostic::{Diagnostic, has_errors};
use crate::pipeline::run::RunFact;
use crate::session::{Event, Fact};

/// A kind of step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// A turn begins.
    Turn,
    /// The model is asked.
    Request,
    /// Something was found wrong.
    Finding,
    /// A run begins.
    Run,
}

impl Stop {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Stop::Turn => "turn",
            Stop::Request => "request to the model",
            Stop::Finding => "diagnostic",
            Stop::Run => "run",
        }
    }

    /// Whether such a step stops at this event.
    pub fn at(self, event: &Event) -> bool {
        match self {
            Stop::Turn => matches!(event.fact, Fact::Said { .. }),
            Stop::Request => matches!(event.fact, Fact::Turn(TurnFact::ModelRequested { .. })),
            Stop::Finding => found(event).is_some_and(|found| found.is_none_or(|all| !all.is_empty())),
            Stop::Run => matches!(event.fact, Fact::Run(RunFact::RunStarted { .. })),
        }
    }
}

/// Whether an event tells an error.
pub(super) fn is_error(event: &Event) -> bool {
    found(event).is_some_and(|found| found.is_none_or(has_errors))
}

/// What an event tells that is wrong: a list, or one thing that is.
fn found(event: &Event) -> Option<Option<&[Diagnostic]>> {
    match &event.fact {
        Fact::Turn(TurnFact::Checked { diagnostics, .. })
        | Fact::Applied { diagnostics, .. }
        | Fact::FixProposed { diagnostics, .. }
        | Fact::VersionProposed { diagnostics, .. }
        | Fact::ProposalEdited { diagnostics, .. }
        | Fact::Edited { diagnostics, .. }
        | Fact::Restored { diagnostics, .. }
        | Fact::DocumentOpened { diagnostics, .. }
        | Fact::CompileFailed { diagnostics, .. } => Some(Some(diagnostics)),
        Fact::Turn(TurnFact::ModelFailed { .. }) | Fact::Refused { .. } | Fact::Run(RunFact::StepFailed { .. }) => {
            Some(None)
        }
        _ => None,
    }
}
