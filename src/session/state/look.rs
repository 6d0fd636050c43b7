//! What was seen of the rows of steps.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::diagnostic::Diagnostic;
use crate::pipeline::run::look::{Look, LookFact};

/// Steps whose rows are remembered.
const MOST: usize = 16;

/// How far a look is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum LookState {
    /// At work.
    Looking,
    /// Done.
    Found(Box<Look>),
    /// It could not be done.
    Failed(Box<Diagnostic>),
    /// It was interrupted.
    Stopped,
}

/// The looks at the document as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Looks {
    by_step: BTreeMap<String, (u64, LookState)>,
}

impl Looks {
    /// What was seen of a step, and the number of the event that told it.
    pub fn of(&self, step: &str) -> Option<(u64, &LookState)> {
        self.by_step.get(step).map(|(seq, look)| (*seq, look))
    }

    pub(super) fn apply(&mut self, seq: u64, fact: &LookFact) {
        let (step, state) = match fact {
            LookFact::Started { step } => (step, LookState::Looking),
            LookFact::Found(look) => (&look.step, LookState::Found(look.clone())),
            LookFact::Failed { step, diagnostic } => (step, LookState::Failed(diagnostic.clone())),
            LookFact::Stopped { step } => (step, LookState::Stopped),
        };
        self.by_step.insert(step.clone(), (seq, state));
        while self.by_step.len() > MOST {
            let oldest = self.by_step.iter().min_by_key(|(_, (seq, _))| *seq).map(|(step, _)| step.clone());
            let Some(oldest) = oldest else { return };
            self.by_step.remove(&oldest);
        }
    }

    /// The document is another one: what was seen says nothing of it.
    pub(super) fn clear(&mut self) {
        self.by_step.clear();
    }

    /// The process that looked is gone.
    pub(super) fn interrupt(&mut self) {
        for (_, look) in self.by_step.values_mut().filter(|(_, look)| *look == LookState::Looking) {
            *look = LookState::Stopped;
        }
    }
}
