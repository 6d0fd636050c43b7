//! What keys do to the conversation: sending, the messages that wait, and saying a former one again.

use std::collections::HashSet;

use super::Effect;
use crate::agent::MAX_MESSAGE_BYTES;
use crate::session::state::{Activity, ItemBody};
use crate::session::talk::{MAX_QUEUED, TalkCommand};
use crate::session::{Command, State};
use crate::tui::keymap::Action;
use crate::tui::modal::chooser::Chooser;
use crate::tui::modal::search::Search;
use crate::tui::pane::Pane;
use crate::tui::pane::composer::{TooLong, UNFOLD_BYTES};
use crate::tui::pane::meant::Meant;
use crate::tui::ui::{Millis, Overlay, Ui};
use crate::tui::view::preview::bytes;

fn wanted(command: TalkCommand) -> Vec<Effect> {
    vec![Effect::Send(Command::Talk(command))]
}

impl Ui {
    /// Carries out an action on the conversation.
    pub(super) fn talk(&mut self, action: Action, state: &State, now: Millis) -> Vec<Effect> {
        if self.replay.is_some() {
            self.say("This is a replay: nothing can be changed.", now);
            return Vec::new();
        }
        if self.ended {
            self.say("The session has ended.", now);
            return Vec::new();
        }
        match action {
            Action::Send => return self.send(state, now),
            Action::SendQueued if state.queue.held => return wanted(TalkCommand::ReleaseQueue),
            Action::SendQueued if state.queue.messages.is_empty() => self.say("No message waits.", now),
            Action::SendQueued => self.say("The messages that wait are sent when what runs has ended.", now),
            Action::EditQueued => self.edit_queued(state, now),
            Action::RemoveQueued => return self.remove_queued(state, now),
            Action::EditMessage => self.edit_message(state, now),
            Action::Retry => return self.retry(state, now),
            Action::Approve | Action::Decline => match &state.approval {
                Some(approval) => {
                    let (approval, approved) = (approval.number, action == Action::Approve);
                    return wanted(TalkCommand::Decide { approval, approved });
                }
                None => self.say("Nothing waits for an approval.", now),
            },
            Action::Compact if state.activity != Activity::Idle => {
                self.hint("Something is at work; {global interrupt} interrupts it.", now);
            }
            Action::Export => return wanted(TalkCommand::Export { file: None }),
            Action::Compact => return wanted(TalkCommand::Compact),
            Action::Models => {
                self.overlay = Some(Overlay::Chooser(Chooser::models(state)));
                return wanted(TalkCommand::ListModels);
            }
            Action::SearchHistory => self.search_history(state, now),
            Action::EditMessageOutside => return vec![Effect::ComposeOutside(self.composer.message())],
            Action::UnfoldPaste => match self.composer.unfold() {
                Ok(true) => {}
                Ok(false) => self.say("There is no folded paste in the message.", now),
                Err(long) => {
                    let (long, most) = (bytes(long as u64), bytes(UNFOLD_BYTES as u64));
                    let key = self.key_name(Action::EditMessageOutside, state);
                    let text =
                        format!("The paste has {long}; up to {most} can be shown. {key} opens it in your editor.");
                    self.say(text, now);
                }
            },
            _ => {}
        }
        Vec::new()
    }

    /// Says that something does not fit into a message, and what to do.
    pub(super) fn too_long(&mut self, too_long: TooLong, now: Millis) {
        let (would, most) = (bytes(too_long.bytes as u64), bytes(MAX_MESSAGE_BYTES as u64));
        let text = format!(
            "Not pasted: the message would have {would}, and may have {most}. Put it into a file and name it with @file:…"
        );
        self.say(text, now);
    }

    /// The messages of all sessions, oldest first, each where it was said last.
    pub(super) fn history<'a>(&'a self, state: &'a State) -> Vec<&'a str> {
        let here = state.transcript.items.iter().filter_map(|item| match &item.body {
            ItemBody::Said { text, .. } => Some(text.as_str()),
            _ => None,
        });
        let all: Vec<&str> = self.sent.iter().map(String::as_str).chain(here).collect();
        let mut seen = HashSet::new();
        let mut newest: Vec<&str> = all.into_iter().rev().filter(|text| seen.insert(*text)).collect();
        newest.reverse();
        newest
    }

    fn search_history(&mut self, state: &State, now: Millis) {
        let messages: Vec<String> = self.history(state).into_iter().rev().map(str::to_owned).collect();
        if messages.is_empty() {
            self.say("Nothing has been sent yet in this workspace.", now);
            return;
        }
        self.overlay = Some(Overlay::Search(Search::new(messages)));
    }

    fn send(&mut self, state: &State, now: Millis) -> Vec<Effect> {
        let long = self.composer.bytes();
        if long > MAX_MESSAGE_BYTES {
            let (long, most) = (bytes(long as u64), bytes(MAX_MESSAGE_BYTES as u64));
            self.say(format!("The message has {long} and may have {most}; it stays here."), now);
            return Vec::new();
        }
        let empty = self.composer.is_blank();
        let effects = match self.drafts.meant {
            Meant::Queued(number) if state.queue.find(number).is_some() => {
                let text = if empty { String::new() } else { self.composer.message() };
                wanted(TalkCommand::ChangeQueued { number, text })
            }
            Meant::Queued(_) => {
                self.drafts.meant = Meant::New;
                self.hint("That message was sent meanwhile; {composer send} sends these words as a new one.", now);
                return Vec::new();
            }
            _ if empty && state.queue.held => return wanted(TalkCommand::ReleaseQueue),
            _ if empty => return Vec::new(),
            Meant::Former(_) if state.activity != Activity::Idle => {
                self.hint("Something is at work; {global interrupt} interrupts it. The message stays here.", now);
                return Vec::new();
            }
            Meant::Former(message) => wanted(TalkCommand::Resend { message, text: Some(self.composer.message()) }),
            Meant::New
                if state.queue.messages.len() >= MAX_QUEUED
                    && state.activity != Activity::Idle
                    && !self.composer.is_word() =>
            {
                self.say(format!("{MAX_QUEUED} messages wait already. The message stays here."), now);
                return Vec::new();
            }
            Meant::New => {
                let text = self.composer.message();
                if let Some(effects) = self.slash(&text, state, now) {
                    return effects;
                }
                let text = if text.starts_with("//") { text[1..].to_owned() } else { text };
                vec![Effect::Send(Command::Send { text })]
            }
        };
        self.composer.sent();
        if self.drafts.meant != Meant::New {
            self.drafts.leave(&mut self.composer);
        }
        self.hint = None;
        self.chat.go_to_end();
        effects
    }

    /// Opens a message that waits: the last one, and then the one before.
    fn edit_queued(&mut self, state: &State, now: Millis) {
        let messages = &state.queue.messages;
        let open = match self.drafts.meant {
            Meant::Queued(number) => messages.iter().position(|queued| queued.number == number),
            _ => None,
        };
        let at = open.unwrap_or(messages.len()).checked_sub(1).or(messages.len().checked_sub(1));
        let Some(queued) = at.and_then(|at| messages.get(at)) else {
            self.say("No message waits. One that is sent while something runs does.", now);
            return;
        };
        if self.may_open(state, now) {
            self.focus(Pane::Chat);
            self.drafts.open(&mut self.composer, Meant::Queued(queued.number), &queued.text);
        }
    }

    fn remove_queued(&mut self, state: &State, now: Millis) -> Vec<Effect> {
        let number = match self.drafts.meant {
            Meant::Queued(number) => Some(number),
            _ => state.queue.messages.last().map(|queued| queued.number),
        };
        let Some(number) = number.filter(|number| state.queue.find(*number).is_some()) else {
            self.say("No message waits.", now);
            return Vec::new();
        };
        if self.drafts.meant == Meant::Queued(number) {
            self.drafts.leave(&mut self.composer);
        }
        wanted(TalkCommand::RemoveQueued { number })
    }

    /// Opens a former message: the last one, and then the one before.
    fn edit_message(&mut self, state: &State, now: Millis) {
        let open = match self.drafts.meant {
            Meant::Former(message) => message,
            // The selected message, or the one that the selected answer answers.
            _ => self.chat.selected().map_or(u64::MAX, |id| id + 1),
        };
        let before = state.transcript.messages().rev().find(|(id, _)| *id < open);
        let Some((id, text)) = before.or_else(|| state.transcript.messages().next_back()) else {
            self.say("Nothing has been said that could be said again.", now);
            return;
        };
        if self.may_open(state, now) {
            self.focus(Pane::Chat);
            self.drafts.open(&mut self.composer, Meant::Former(id), text);
        }
    }

    /// Whether another message may take the place of what is in the composer: words for one that was opened
    /// are not thrown away.
    fn may_open(&mut self, state: &State, now: Millis) -> bool {
        let as_it_was = match self.drafts.meant {
            Meant::New => true,
            Meant::Former(message) => state.transcript.message(message).is_none_or(|text| self.composer.is(text)),
            Meant::Queued(number) => state.queue.find(number).is_none_or(|queued| self.composer.is(&queued.text)),
        };
        if !as_it_was {
            self.say("The message was changed: enter keeps the change, esc drops it.", now);
        }
        as_it_was
    }

    fn retry(&mut self, state: &State, now: Millis) -> Vec<Effect> {
        let Some((message, _)) = state.transcript.messages().next_back() else {
            self.say("Nothing has been said that could be said again.", now);
            return Vec::new();
        };
        if state.activity != Activity::Idle {
            self.hint("Something is at work; {global interrupt} interrupts it, then it can be tried again.", now);
            return Vec::new();
        }
        self.chat.go_to_end();
        wanted(TalkCommand::Resend { message, text: None })
    }

    /// Goes to what waits for an approval, unless somebody is writing; keys pressed just now are no answer.
    pub(crate) fn observe_approval(&mut self, state: &State, now: Millis) {
        let Some(approval) = state.approval.as_ref().filter(|a| a.number > self.seen_approval) else { return };
        self.seen_approval = approval.number;
        if self.replay.is_some() {
            return;
        }
        self.grace = Some(now);
        if self.composer.is_empty() && self.overlay.is_none() && self.editor.is_none() {
            self.focus(Pane::Chat);
            self.chat.go_to_end();
        } else {
            self.say("A run waits for your approval in the chat.", now);
        }
    }

    /// Runs again from the selected step.
    pub(super) fn run_from(&mut self, decides: bool, state: &State, now: Millis) -> Vec<Effect> {
        let Some(step) = self.steps.selected_id().map(str::to_owned) else {
            self.say("Select a step first.", now);
            return Vec::new();
        };
        self.build(Command::RunFrom { step }, decides, state, now)
    }

    /// Leaves a message that was opened; says whether there was one.
    pub(super) fn leave_message(&mut self) -> bool {
        let open = self.drafts.meant != Meant::New;
        if !open && self.chat.select_none() {
            return true;
        }
        if open {
            self.drafts.leave(&mut self.composer);
        }
        open
    }
}
