//! What a key does to the screen, and what it asks for. Pure: the effects are returned, not done.

use crate::session::state::Activity;
use crate::session::talk::TalkCommand;
use crate::session::{Command, State};
use crate::tui::keymap::Action;
use crate::tui::modal::chooser::{Chooser, Chosen};
use crate::tui::modal::help::Help;
use crate::tui::options::{Exit, Request};
use crate::tui::pane::Pane;
use crate::tui::pane::editor::Editor;
use crate::tui::replay::Wish;
use crate::tui::ui::{Millis, Overlay, Pending, TWICE, Ui};

/// What the loop is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send a command to the session.
    Send(Command),
    /// Leave.
    Leave(Exit),
    /// Suspend the program.
    Suspend,
    /// Draw everything anew.
    Redraw,
    /// Draw with the theme of this name.
    Theme(String),
    /// Have a text edited by another program.
    EditOutside(Box<Outside>),
    /// Have the message written in another program.
    ComposeOutside(String),
    /// Have a file of the workspace edited by another program.
    EditFile(OwnFile),
    /// Put a text into the terminal's clipboard.
    Copy(String),
    /// Take the mouse from the terminal, or leave it to it.
    Mouse(bool),
    /// Tell the replay player.
    Player(Action, Option<u8>),
    /// Ask the replay player for something that was typed or chosen.
    Wish(Wish),
    /// Ask about other sessions.
    Ask(Request),
}

/// A file of the workspace that is edited as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnFile {
    /// `pipesmith.toml`.
    Config,
    /// The connections.
    Connections,
}

impl Ui {
    /// Takes a paste in.
    pub fn paste(&mut self, text: &str, now: Millis) {
        self.last_key = now;
        self.prefix = None;
        if let Some(Overlay::Prompt(prompt)) = &mut self.overlay {
            if prompt.words.paste(text).is_err() {
                self.say("That is too long for a few words; nothing was pasted.", now);
            }
            return;
        }
        if self.overlay.is_none() && self.replay.is_none() {
            if let Some(editor) = self.editor.as_mut().filter(|_| self.focus == Pane::Document) {
                let before = editor.editing.revision();
                editor.paste(text);
                self.edited_since(before, now);
                return;
            }
            self.focus(Pane::Chat);
            self.completion = None;
            if let Err(too_long) = self.composer.paste(text) {
                self.too_long(too_long, now);
            }
        }
    }

    fn act(&mut self, action: Action, digit: Option<u8>, decides: bool, state: &State, now: Millis) -> Vec<Effect> {
        let pending = self.pending.take().map(|(what, _)| what);
        match self.overlay {
            Some(Overlay::Help(ref mut help)) => {
                if help.act(action) {
                    self.overlay = None;
                }
                return Vec::new();
            }
            Some(Overlay::Picker(ref mut picker)) => {
                let choice = picker.act(action, &self.sessions, &state.session);
                return self.picked(choice, now);
            }
            Some(Overlay::Compare(ref mut compare)) => {
                if compare.act(action) {
                    self.overlay = None;
                }
                return Vec::new();
            }
            Some(Overlay::Chooser(ref mut chooser)) => {
                let Some(chosen) = chooser.act(action) else { return shown_theme(chooser) };
                let worn = chooser.worn().map(str::to_owned);
                self.overlay = None;
                if let (None, Some(worn)) = (&chosen, worn) {
                    return vec![Effect::Theme(worn)];
                }
                return chosen.map(|chosen| self.chosen(chosen, state, now)).unwrap_or_default();
            }
            Some(Overlay::Search(ref mut search)) => {
                if let Some(found) = search.act(action) {
                    self.overlay = None;
                    if let Some(text) = found {
                        self.composer.set(&text);
                    }
                }
                return Vec::new();
            }
            Some(Overlay::Prompt(ref mut prompt)) => {
                let about = prompt.about.clone();
                match action {
                    Action::Close => self.overlay = None,
                    Action::Keep => {
                        let words = prompt.words.take();
                        self.overlay = None;
                        return self.kept(about, words);
                    }
                    Action::Newline => prompt.words.newline(),
                    Action::Up => drop(prompt.words.editing.up()),
                    Action::Down => drop(prompt.words.editing.down()),
                    action => drop(edit::apply(&mut prompt.words.editing, action)),
                }
                return Vec::new();
            }
            None => {}
        }
        if self.focus == Pane::Document
            && self.editor.is_some()
            && let Some(effects) = self.edit(action, pending, state, now)
        {
            return effects;
        }
        if let Some(effects) = self.complete(action, state, now) {
            return effects;
        }
        match action {
            Action::Edit => self.open_editor(state, now),
            Action::Palette => {
                let chooser = Chooser::actions(&self.keymap, &self.contexts(state));
                self.overlay = Some(Overlay::Chooser(chooser));
            }
            Action::NormalMode => self.normal = true,
            action if action.types() => self.type_after(action, state, now),
            Action::OpenDocument if self.replay.is_some() => {
                self.say("This is a replay: nothing can be changed.", now);
            }
            Action::OpenDocument => self.overlay = Some(Overlay::Chooser(Chooser::documents(&self.documents))),
            Action::Help => self.overlay = Some(Overlay::Help(Help::default())),
            Action::NextPane => self.step_focus(1),
            Action::PreviousPane => self.step_focus(Pane::ALL.len() - 1),
            Action::PaneChat => self.focus(Pane::Chat),
            Action::PaneDocument => self.focus(Pane::Document),
            Action::PaneTrace => self.focus(Pane::Trace),
            Action::PaneProblems => self.focus(Pane::Problems),
            Action::PaneComponents => self.focus(Pane::Components),
            Action::PaneRun => self.focus(Pane::Run),
            Action::PaneConnections => self.focus(Pane::Connections),
            Action::PaneGraph => self.focus(Pane::Graph),
            Action::PaneData => self.focus(Pane::Data),
            Action::NextStep => self.next_step(1, state),
            Action::PreviousStep => self.next_step(-1, state),
            Action::Look if self.replay.is_some() => {
                self.follow_step(state);
                self.focus(Pane::Data);
            }
            Action::Look => return self.look(state, now),
            Action::ToggleProfile => self.data.toggle(),
            Action::TestConnection | Action::TestConnections if self.replay.is_some() => {
                self.say("This is a replay: nothing is connected with.", now);
            }
            Action::TestConnection | Action::TestConnections => {
                return self.test_connections(action == Action::TestConnections, state, now);
            }
            Action::Suspend => return vec![Effect::Suspend],
            Action::Redraw => return vec![Effect::Redraw],
            Action::Detach if self.replay.is_some() => self.say("This is a replay: nothing runs in it.", now),
            Action::Detach
                if pending != Some(Pending::Quit) && self.editor.as_ref().is_some_and(Editor::is_changed) =>
            {
                self.pending = Some((Pending::Quit, now + TWICE * 2));
                self.say("What was edited is not written; once more leaves all the same.", now);
            }
            Action::Detach => return vec![Effect::Leave(Exit::Detach)],
            Action::Quit if pending != Some(Pending::Quit) && self.editor.as_ref().is_some_and(Editor::is_changed) => {
                self.pending = Some((Pending::Quit, now + TWICE * 2));
                let key = self.key_name(Action::Quit, state);
                self.say(format!("What was edited is not written; {key} again quits all the same."), now);
            }
            Action::Quit => return vec![Effect::Leave(Exit::Quit)],
            Action::PlayPause
            | Action::NextEvent
            | Action::PreviousEvent
            | Action::NextTurn
            | Action::PreviousTurn
            | Action::NextRequest
            | Action::PreviousRequest
            | Action::NextFinding
            | Action::PreviousFinding
            | Action::NextRun
            | Action::PreviousRun
            | Action::NextHit
            | Action::PreviousHit
            | Action::Unmark
            | Action::Faster
            | Action::Slower
            | Action::SeekStart
            | Action::SeekEnd
            | Action::SeekTenth => return vec![Effect::Player(action, digit)],
            Action::SeekTo | Action::SearchWords | Action::Mark | Action::Markers | Action::ForkHere => {
                return self.replay_key(action, state, now);
            }
            Action::Fork | Action::Rewind => self.choose_point(action == Action::Rewind, state, now),
            Action::Interrupt | Action::Clear if self.replay.is_some() => self.focus(Pane::Chat),
            Action::SelectOlder => self.chat.select_by(-1, &state.transcript),
            Action::SelectNewer => self.chat.select_by(1, &state.transcript),
            Action::ToggleDetails => self.chat.toggle(&state.transcript),
            Action::Interrupt | Action::Clear if self.focus == Pane::Chat && self.leave_message() => {}
            Action::Interrupt => return self.interrupt(state),
            Action::Clear => return self.clear(pending, state, now),
            Action::Compile | Action::Run | Action::Sessions if self.replay.is_some() => {
                self.say("This is a replay: nothing can be changed.", now);
            }
            Action::Compile => return self.build(Command::Compile, decides, state, now),
            Action::Run => return self.build(Command::Run, decides, state, now),
            Action::RunFrom if self.replay.is_some() => self.say("This is a replay: nothing can be changed.", now),
            Action::RunFrom => return self.run_from(decides, state, now),
            Action::Sessions => self.open_picker(&state.session),
            Action::AcceptHunk
            | Action::RejectHunk
            | Action::ReopenHunk
            | Action::AcceptStep
            | Action::RejectStep
            | Action::AcceptOpen
            | Action::RejectOpen
            | Action::SplitHunk
            | Action::CommentHunk
            | Action::UndoDecision
            | Action::ToggleDiff
            | Action::Apply
            | Action::Discard
            | Action::NextHunk
            | Action::PreviousHunk => {
                if let Some(review) = &state.review {
                    let effects = self.review(action, review, pending, decides, now);
                    self.follow_step(state);
                    return effects;
                }
            }
            Action::EditOutside | Action::Restore | Action::Versions if self.replay.is_some() => {
                self.say("This is a replay: nothing can be changed.", now);
            }
            Action::EditConfig | Action::EditConnections if self.replay.is_some() => {
                self.say("This is a replay: nothing can be changed.", now);
            }
            Action::EditConfig if state.activity != Activity::Idle => {
                let key = self.key_name(Action::Interrupt, state);
                self.say(format!("Something is at work; {key} interrupts it."), now);
            }
            Action::EditConfig => return vec![Effect::EditFile(OwnFile::Config)],
            Action::EditConnections => return vec![Effect::EditFile(OwnFile::Connections)],
            Action::EditOutside => return self.edit_outside(state, now),
            Action::Restore => return self.restore(pending, state, now),
            Action::Versions => self.show_versions(state, now),
            Action::Copy | Action::CopyCode | Action::CopyPath | Action::CopySql => {
                return self.copy(action, state, now);
            }
            Action::ToggleMouse => {
                self.mouse = !self.mouse;
                let key = self.key_name(Action::ToggleMouse, state);
                self.say(
                    match self.mouse {
                        true => format!("Clicks and the wheel act here; {key} leaves them to the terminal."),
                        false => format!("Clicks and the wheel are the terminal's; {key} takes them."),
                    },
                    now,
                );
                return vec![Effect::Mouse(self.mouse)];
            }
            Action::Zoom => self.zoomed = !self.zoomed,
            Action::Themes => {
                let chooser = Chooser::themes(&self.themes, self.theme.name());
                self.overlay = Some(Overlay::Chooser(chooser));
            }
            Action::NextLayout => self.next_layout(now),
            Action::ChatWider => self.division.widen(5),
            Action::ChatNarrower => self.division.widen(-5),
            Action::HideChat => self.division.chat_hidden = !self.division.chat_hidden,
            Action::NextProblem => self.step_problem(1, state),
            Action::PreviousProblem => self.step_problem(-1, state),
            Action::FixProblem if self.replay.is_some() => {
                self.say("This is a replay: nothing can be changed.", now);
            }
            Action::FixProblem => return self.fix_problem(state, now),
            Action::TellProblem => self.tell_problem(state),
            Action::OpenContract => self.open_contract(state, now),
            Action::Filter => self.components.typing = true,
            Action::FilterKeep => self.components.typing = false,
            Action::FilterDrop => {
                self.components.typing = false;
                self.components.filter_by(String::clear);
            }
            Action::FilterBack => self.components.filter_by(|filter| {
                filter.pop();
            }),
            Action::Send
            | Action::SendQueued
            | Action::EditQueued
            | Action::RemoveQueued
            | Action::EditMessage
            | Action::SearchHistory
            | Action::EditMessageOutside
            | Action::UnfoldPaste
            | Action::Compact
            | Action::Export
            | Action::Approve
            | Action::Decline
            | Action::Models
            | Action::Retry => return self.talk(action, state, now),
            _ if self.focus == Pane::Chat && self.replay.is_none() => self.compose(action, state),
            _ => {
                self.move_in_pane(action, state);
                self.follow_step(state);
            }
        }
        Vec::new()
    }

    /// Asks for the selected connection to be tried, or all.
    fn test_connections(&mut self, all: bool, state: &State, now: Millis) -> Vec<Effect> {
        if self.ended {
            self.say("The session has ended.", now);
            return Vec::new();
        }
        self.focus(Pane::Connections);
        let selected = self.connections.selected(state);
        if selected.is_none() {
            self.say("There are no connections; `pipesmith connections add` writes one.", now);
            return Vec::new();
        }
        vec![Effect::Send(Command::TestConnections { connection: selected.filter(|_| !all) })]
    }

    fn step_focus(&mut self, by: usize) {
        let at = Pane::ALL.iter().position(|p| *p == self.focus).unwrap_or(0);
        self.focus(Pane::ALL[(at + by) % Pane::ALL.len()]);
    }

    fn chosen(&mut self, chosen: Chosen, state: &State, now: Millis) -> Vec<Effect> {
        match chosen {
            Chosen::Action(action) => self.act(action, None, true, state, now),
            Chosen::Theme(name) => {
                self.liked_theme = Some(name.clone());
                vec![Effect::Theme(name)]
            }
            Chosen::Model(name) => vec![Effect::Send(Command::Talk(TalkCommand::ChooseModel { name }))],
            Chosen::Version(version) => {
                self.focus(Pane::Document);
                vec![Effect::Send(Command::ProposeVersion { version })]
            }
            Chosen::Point { at, rewind } => self.branch(at, rewind, state),
            Chosen::Files { at, files } => self.rewind(at, files, state),
            Chosen::Marker(event) => vec![Effect::Wish(Wish::GoTo(event))],
            Chosen::Document(_) if state.review.is_some() => {
                self.focus(Pane::Document);
                let (apply, discard) = (self.key_name(Action::Apply, state), self.key_name(Action::Discard, state));
                self.say(format!("Decide about the proposal first: {apply} writes it, {discard} puts it away."), now);
                Vec::new()
            }
            Chosen::Document(file) => {
                self.focus(Pane::Document);
                vec![Effect::Send(Command::OpenDocument { file })]
            }
        }
    }

    fn next_layout(&mut self, now: Millis) {
        let next = self.division.next();
        self.division = next.division;
        self.zoomed = false;
        if let Some(tab) = next.tab {
            self.tab = tab;
            if self.focus.is_tab() {
                self.focus = tab;
            }
        }
        self.say(format!("Layout: {}. > and < move the border, alt-h hides the chat.", next.name), now);
    }

    fn running(state: &State) -> Option<Command> {
        match state.activity {
            Activity::Turn(_) => Some(Command::CancelTurn),
            Activity::Running => Some(Command::CancelRun),
            Activity::Looking => Some(Command::CancelLook),
            Activity::Idle => None,
        }
    }

    fn interrupt(&mut self, state: &State) -> Vec<Effect> {
        // A run is not stopped by someone who only wants back from another pane.
        let here = match state.activity {
            Activity::Running => matches!(self.focus, Pane::Chat | Pane::Run),
            _ => true,
        };
        match Self::running(state).filter(|_| here) {
            Some(command) => vec![Effect::Send(command)],
            None => {
                self.focus(Pane::Chat);
                Vec::new()
            }
        }
    }

    fn clear(&mut self, pending: Option<Pending>, state: &State, now: Millis) -> Vec<Effect> {
        if !self.composer.is_empty() && self.focus == Pane::Chat {
            self.composer.clear();
            return Vec::new();
        }
        if let Some(command) = Self::running(state) {
            return vec![Effect::Send(command)];
        }
        if pending == Some(Pending::Quit) {
            return vec![Effect::Leave(Exit::Quit)];
        }
        self.pending = Some((Pending::Quit, now + TWICE));
        let key = self.key_name(Action::Clear, state);
        self.say(format!("{key} again quits; the session is kept."), now);
        Vec::new()
    }

    pub(super) fn build(&mut self, command: Command, decides: bool, state: &State, now: Millis) -> Vec<Effect> {
        if !decides && self.focus == Pane::Document {
            return Vec::new();
        }
        if state.activity != Activity::Idle {
            let key = self.key_name(Action::Interrupt, state);
            self.say(format!("Something is at work; {key} interrupts it."), now);
            return Vec::new();
        }
        if state.document.is_none() {
            let text = if state.review.is_some() {
                "Decide about the proposal first: nothing has been written yet."
            } else {
                "There is no pipeline yet: ask for one in the chat."
            };
            self.say(text, now);
            return Vec::new();
        }
        if command == Command::Run {
            self.focus(Pane::Run);
        }
        vec![Effect::Send(command)]
    }
}

/// A theme that is selected is shown.
fn shown_theme(chooser: &Chooser) -> Vec<Effect> {
    chooser.theme().map(|name| Effect::Theme(name.to_owned())).into_iter().collect()
}

mod complete;
mod contract;
mod copy;
mod edit;
mod editor;
mod keys;
mod mouse;
mod moves;
mod outside;
mod problem;
mod review;
mod sessions;
mod step;
mod talk;

pub use outside::Outside;

#[cfg(test)]
mod desk;
#[cfg(test)]
mod review_tests;
#[cfg(test)]
mod talk_tests;
#[cfg(test)]
mod tests;
