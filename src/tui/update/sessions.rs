//! What keys do about sessions: the picker, branches, and the places of a replay.

use super::Effect;
use crate::session::fork;
use crate::session::rewind::Files;
use crate::session::state::Activity;
use crate::session::{Command, State};
use crate::tui::keymap::Action;
use crate::tui::modal::chooser::Chooser;
use crate::tui::modal::picker::{Choice, Picker};
use crate::tui::modal::prompt::{About, Prompt};
use crate::tui::options::{Exit, Found, Request};
use crate::tui::replay::Wish;
use crate::tui::ui::{Millis, Overlay, Ui};

impl Ui {
    /// Opens the picker at a session.
    pub(super) fn open_picker(&mut self, session: &str) {
        self.overlay = Some(Overlay::Picker(Picker::at(session, &self.sessions)));
    }

    /// What a choice in the picker leads to.
    pub(super) fn picked(&mut self, choice: Choice, now: Millis) -> Vec<Effect> {
        match choice {
            Choice::Nothing => Vec::new(),
            Choice::Closed => {
                self.overlay = None;
                Vec::new()
            }
            Choice::Session(id) => vec![Effect::Leave(Exit::Switch(id))],
            Choice::New => vec![Effect::Leave(Exit::New)],
            Choice::Replay(id) => vec![Effect::Leave(Exit::Replay(id))],
            Choice::Rename(session, title) => {
                self.ask(About::Title(session), &title);
                Vec::new()
            }
            Choice::Tag(session, tags) => {
                self.ask(About::Tags(session), &tags.join(" "));
                Vec::new()
            }
            Choice::Delete(session) => vec![Effect::Send(Command::Delete { session })],
            Choice::Undelete(session) => vec![Effect::Send(Command::Undelete { session })],
            Choice::Search(words) => vec![Effect::Ask(Request::Search(words))],
            Choice::Compare(before, after) => {
                self.say("The two are being compared.", now);
                vec![Effect::Ask(Request::Compare(before, after))]
            }
            Choice::Say(text) => {
                self.say(text, now);
                Vec::new()
            }
        }
    }

    /// Asks for a few words.
    pub(super) fn ask(&mut self, about: About, words: &str) {
        self.overlay = Some(Overlay::Prompt(Prompt::new(about, words)));
    }

    /// What becomes of words that were kept.
    pub(super) fn kept(&mut self, about: About, words: String) -> Vec<Effect> {
        match about {
            About::Hunk { proposal, hunk } => vec![Effect::Send(Command::Comment { proposal, hunk, text: words })],
            About::Title(session) => {
                self.open_picker(&session);
                vec![Effect::Send(Command::Rename { session, title: words })]
            }
            About::Tags(session) => {
                self.open_picker(&session);
                let tags = words.split_whitespace().map(str::to_owned).collect();
                vec![Effect::Send(Command::Tag { session, tags })]
            }
            About::Seek => vec![Effect::Wish(Wish::Seek(words))],
            About::Search => vec![Effect::Wish(Wish::Search(words))],
            About::Marker => vec![Effect::Wish(Wish::Mark(words))],
        }
    }

    /// Keys of a replay that ask for something first, or leave it.
    pub(super) fn replay_key(&mut self, action: Action, state: &State, now: Millis) -> Vec<Effect> {
        let Some(line) = &self.replay else { return Vec::new() };
        match action {
            Action::SeekTo => self.ask(About::Seek, ""),
            Action::SearchWords => self.ask(About::Search, ""),
            Action::Mark => {
                let name = line.marker.clone().unwrap_or_default();
                self.ask(About::Marker, &name);
            }
            Action::Markers => self.overlay = Some(Overlay::Chooser(Chooser::markers(&self.markers))),
            Action::ForkHere if state.seq == 0 => self.say("There is nothing yet to go on from.", now),
            Action::ForkHere => {
                return vec![Effect::Leave(Exit::Fork { session: state.session.clone(), at: state.seq })];
            }
            _ => {}
        }
        Vec::new()
    }

    /// Opens the list of points to branch at.
    pub(super) fn choose_point(&mut self, rewind: bool, state: &State, now: Millis) {
        if self.replay.is_some() {
            self.hint("This is a replay; {replay fork-here} begins a session that goes on from here.", now);
        } else if self.ended {
            self.say("The session has ended.", now);
        } else if state.activity != Activity::Idle {
            self.hint("Something is at work; {global interrupt} interrupts it.", now);
        } else if self.editor.is_some() {
            self.say("Leave the editor first.", now);
        } else {
            let points = fork::turns(state);
            self.overlay = Some(Overlay::Chooser(Chooser::points(&points, state.seq, rewind)));
        }
    }

    /// A point was chosen: begins a branch there, or asks what becomes of the files.
    pub(super) fn branch(&mut self, at: u64, rewind: bool, state: &State) -> Vec<Effect> {
        if rewind {
            self.overlay = Some(Overlay::Chooser(Chooser::files(at)));
            return Vec::new();
        }
        self.branching = Some(state.family.branches.len());
        vec![Effect::Send(Command::Fork { at })]
    }

    /// What becomes of the files was chosen.
    pub(super) fn rewind(&mut self, at: u64, files: Files, state: &State) -> Vec<Effect> {
        self.branching = Some(state.family.branches.len());
        vec![Effect::Send(Command::Rewind { at, files })]
    }

    /// The branch that was asked for, once it is there.
    pub fn branched(&mut self, state: &State) -> Option<Exit> {
        let before = self.branching?;
        let branch = state.family.branches.get(before)?;
        self.branching = None;
        Some(Exit::Switch(branch.session.clone()))
    }

    /// Takes in what a search found.
    pub fn found(&mut self, words: &str, found: Vec<Found>) {
        if let Some(Overlay::Picker(picker)) = &mut self.overlay {
            picker.take_found(words, found);
        }
    }
}
