//! Messages that were handed to a host and not journalled yet, as far as is known: when the host is killed, they
//! are said again to the next one, so that a person's words are not lost with it.
//!
//! Only messages: what else is wanted is soon seen not to have happened, and wanting it twice could be wrong.

use std::collections::VecDeque;

use super::event::Fact;
use super::talk::TalkFact;
use super::{Command, Event};
use crate::secret;

/// The messages, oldest first, as the journal would hold them.
#[derive(Debug, Default)]
pub(super) struct Unheard(VecDeque<(String, String)>);

impl Unheard {
    /// A command is handed over. Whether it is kept here.
    pub(super) fn keep(&mut self, command: &Command) -> bool {
        match command {
            // Nothing is never heard.
            Command::Send { text } if !text.trim().is_empty() => {
                self.0.push_back((secret::hide(text).into_owned(), text.clone()));
                true
            }
            _ => false,
        }
    }

    /// Something was journalled.
    pub(super) fn hear(&mut self, event: &Event) {
        let at = match &event.fact {
            Fact::Said { text, queued: None, .. } | Fact::Talk(TalkFact::Queued { text, .. }) => {
                let text = secret::hide(text);
                self.0.iter().position(|(kept, _)| *kept == text)
            }
            Fact::Refused { diagnostic } if diagnostic.code == "queue-full" => Some(0),
            _ => None,
        };
        at.and_then(|at| self.0.remove(at));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is to be said again.
    pub(super) fn again(&self) -> Vec<Command> {
        self.0.iter().map(|(_, text)| Command::Send { text: text.clone() }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostic;
    use crate::session::event::EVENT_VERSION;

    fn send(text: &str) -> Command {
        Command::Send { text: text.into() }
    }

    fn event(fact: Fact) -> Event {
        Event { v: EVENT_VERSION, seq: 1, wall_ms: 0, mono_us: 0, turn: None, request: None, step: None, fact }
    }

    #[test]
    fn what_was_heard_is_not_said_again() {
        let mut unheard = Unheard::default();
        assert!(!unheard.keep(&Command::Close) && !unheard.keep(&send(" \n")) && unheard.is_empty());
        for text in ["a", "b", "a", "c"] {
            assert!(unheard.keep(&send(text)));
        }
        unheard.hear(&event(Fact::said("somebody else's")));
        unheard.hear(&event(Fact::said("a")));
        assert_eq!(unheard.again(), [send("b"), send("a"), send("c")]);
        unheard.hear(&event(Fact::Talk(TalkFact::Queued { number: 1, text: "a".into() })));
        // It was told when it began to wait; now it is only sent.
        unheard.hear(&event(Fact::Said { text: "b".into(), mentions: vec![], queued: Some(1), instead_of: None }));
        assert_eq!(unheard.again(), [send("b"), send("c")]);
        unheard.hear(&event(Fact::Refused { diagnostic: Box::new(Diagnostic::error("queue-full", "no room")) }));
        unheard.hear(&event(Fact::Refused { diagnostic: Box::new(Diagnostic::error("no-model", "none")) }));
        assert_eq!(unheard.again(), [send("c")]);
    }
}
