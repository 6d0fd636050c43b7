//! The messages that wait, and what else is wanted of the conversation.

use super::Host;
use super::turn::Saying;
use crate::diagnostic::Diagnostic;
use crate::session::event::Fact;
use crate::session::talk::{MAX_QUEUED, TalkCommand, TalkFact};

impl Host {
    /// Carries out a command about the conversation. `false` when the session can't go on.
    pub(super) fn talk(&mut self, command: TalkCommand) -> bool {
        match command {
            TalkCommand::ChangeQueued { number, text } => self.change_queued(number, text),
            TalkCommand::RemoveQueued { number } => self.remove_queued(number),
            TalkCommand::ReleaseQueue if self.state.queue.held => self.tell_talk(TalkFact::QueueReleased),
            TalkCommand::ReleaseQueue => true,
            TalkCommand::Resend { message, text } => self.resend(message, text),
            TalkCommand::Compact => self.compact(),
            TalkCommand::Export { file } => self.export(file),
            TalkCommand::Decide { approval, approved } => self.decide_approval(approval, approved),
            TalkCommand::ListModels => self.list_models(),
            TalkCommand::ChooseModel { name } => self.choose_model(&name),
        }
    }

    pub(super) fn tell_talk(&mut self, fact: TalkFact) -> bool {
        self.record(Fact::Talk(fact))
    }

    /// Keeps a message until what runs has ended.
    pub(super) fn enqueue(&mut self, text: String) -> bool {
        if self.state.queue.messages.len() >= MAX_QUEUED {
            let diagnostic = Diagnostic::error("queue-full", format!("{MAX_QUEUED} messages wait already"))
                .why(format!("this one is not kept: {text}"))
                .fix("wait until some are sent, or remove one");
            return self.refuse(diagnostic);
        }
        self.tell_talk(TalkFact::Queued { number: self.state.queue.last + 1, text })
    }

    fn change_queued(&mut self, number: u32, text: String) -> bool {
        if text.trim().is_empty() {
            return self.remove_queued(number);
        }
        match self.state.queue.find(number) {
            Some(queued) if queued.text == text => true,
            Some(_) => self.tell_talk(TalkFact::QueuedChanged { number, text }),
            None => {
                let diagnostic =
                    Diagnostic::error("unknown-message", format!("message {number} does not wait any more"))
                        .why(format!("it was sent or removed before it was changed; the other words were: {text}"))
                        .fix("send the other words as a message of their own");
                self.refuse(diagnostic)
            }
        }
    }

    fn remove_queued(&mut self, number: u32) -> bool {
        self.state.queue.find(number).is_none() || self.tell_talk(TalkFact::QueuedRemoved { number })
    }

    /// Sends the next message that waits, when nothing runs. `false` when the session can't go on.
    pub(super) fn go_on(&mut self) -> bool {
        if self.busy.is_some() || self.closing.is_some() || self.waiting.is_some() {
            return true;
        }
        let Some(next) = self.state.queue.next() else { return true };
        let (text, queued) = (next.text.clone(), Some(next.number));
        self.begin_turn(Saying { text, queued, instead_of: None })
    }
}
