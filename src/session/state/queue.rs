//! The messages that wait until what runs has ended.

use serde::Serialize;

use crate::session::talk::TalkFact;

/// A message that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Queued {
    /// Its number in the session, from 1.
    pub number: u32,
    /// The message.
    pub text: String,
}

/// The messages that wait, in the order in which they will be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Queue {
    /// The first is the next.
    pub messages: Vec<Queued>,
    /// Nothing of it is sent before the person says so: what it waited for was interrupted or failed.
    pub held: bool,
    /// The highest number so far.
    pub last: u32,
}

impl Queue {
    /// The message that is sent when nothing runs any more.
    pub fn next(&self) -> Option<&Queued> {
        self.messages.first().filter(|_| !self.held)
    }

    /// The message of a number.
    pub fn find(&self, number: u32) -> Option<&Queued> {
        self.messages.iter().find(|queued| queued.number == number)
    }

    pub(super) fn apply(&mut self, fact: &TalkFact) {
        match fact {
            TalkFact::Queued { number, text } => {
                self.last = self.last.max(*number);
                self.take(*number);
                self.messages.push(Queued { number: *number, text: text.clone() });
            }
            TalkFact::QueuedChanged { number, text } => {
                if let Some(queued) = self.messages.iter_mut().find(|queued| queued.number == *number) {
                    queued.text.clone_from(text);
                }
            }
            TalkFact::QueuedRemoved { number } => self.take(*number),
            TalkFact::QueueReleased => self.held = false,
            _ => {}
        }
    }

    /// The message is sent, or not wanted.
    pub(super) fn take(&mut self, number: u32) {
        self.messages.retain(|queued| queued.number != number);
        self.held &= !self.messages.is_empty();
    }

    /// What the messages waited for did not end well: they are not sent by themselves.
    pub(super) fn hold(&mut self) {
        self.held = !self.messages.is_empty();
    }
}
