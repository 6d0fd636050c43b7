//! What keys do while a text is edited by hand.

use super::{Effect, edit};
use crate::session::state::Activity;
use crate::session::{Command, State};
use crate::tui::keymap::Action;
use crate::tui::pane::Pane;
use crate::tui::pane::editor::{Editor, Target};
use crate::tui::ui::{Millis, Pending, TWICE, Ui};

/// So long after the last key the text is checked.
pub const DEBOUNCE: Millis = 150;

impl Ui {
    /// Opens the editor on what the document pane shows.
    pub(super) fn open_editor(&mut self, state: &State, now: Millis) {
        if self.replay.is_some() {
            self.say("This is a replay: nothing can be changed.", now);
            return;
        }
        self.editor = Editor::open(state, self.document.line().unwrap_or(1));
        match self.editor {
            Some(_) => self.focus(Pane::Document),
            None => self.say("There is no pipeline yet: ask for one in the chat.", now),
        }
    }

    /// An action while the editor has the keys; `None` where it is none of the editor's.
    pub(super) fn edit(
        &mut self,
        action: Action,
        pending: Option<Pending>,
        state: &State,
        now: Millis,
    ) -> Option<Vec<Effect>> {
        let editor = self.editor.as_mut()?;
        let before = editor.editing.revision();
        match action {
            Action::Newline => editor.newline(),
            Action::Indent => editor.indent(),
            Action::Up => drop(editor.editing.up()),
            Action::Down => drop(editor.editing.down()),
            Action::PageUp => editor.page(-1),
            Action::PageDown => editor.page(1),
            Action::First => editor.editing.go_to(0),
            Action::Last => editor.editing.go_to(usize::MAX),
            Action::NextProblem => editor.step_problem(1),
            Action::PreviousProblem => editor.step_problem(-1),
            Action::FixHere => {
                if !editor.fix() {
                    self.say("Nothing in this line can be mended for you.", now);
                }
            }
            Action::Write => return Some(self.write(state, now)),
            Action::LeaveEditor => self.leave_editor(pending, now),
            action if edit::apply(&mut editor.editing, action) => {}
            _ => return None,
        }
        self.edited_since(before, now);
        Some(Vec::new())
    }

    /// Has the text checked a while after its last change.
    pub(super) fn edited_since(&mut self, revision: u64, now: Millis) {
        if self.editor.as_ref().is_some_and(|e| e.editing.revision() != revision) {
            self.check_at = Some(now + DEBOUNCE);
        }
    }

    fn write(&mut self, state: &State, now: Millis) -> Vec<Effect> {
        let Some(editor) = &self.editor else { return Vec::new() };
        if !editor.is_changed() {
            self.say("Nothing has changed since it was written.", now);
            return Vec::new();
        }
        if state.activity != Activity::Idle {
            self.say("Something is at work; esc in the chat interrupts it. The edit stays here.", now);
            return Vec::new();
        }
        let (file, base, text) = (editor.file.clone(), editor.base().to_owned(), editor.editing.text().to_owned());
        let proposal = match editor.target {
            Target::Document => None,
            Target::Proposal(number) => Some(number),
        };
        vec![Effect::Send(Command::Edit { file, proposal, base, text })]
    }

    fn leave_editor(&mut self, pending: Option<Pending>, now: Millis) {
        let changed = self.editor.as_ref().is_some_and(Editor::is_changed);
        if changed && pending != Some(Pending::LeaveEditor) {
            self.pending = Some((Pending::LeaveEditor, now + TWICE * 2));
            self.hint(
                "What was edited is not written: {editor write} writes it, {editor leave-editor} again drops it.",
                now,
            );
            return;
        }
        self.editor = None;
        self.check_at = None;
    }

    /// What the session says about the text that was written.
    pub(crate) fn observe_editor(&mut self, state: &State) {
        let Some(editor) = &mut self.editor else { return };
        let target = match (&state.review, &state.document) {
            (Some(review), _) if review.file == editor.file && review.text == editor.editing.text() => {
                Target::Proposal(review.proposal)
            }
            (None, Some(document)) if document.file == editor.file && document.text == editor.editing.text() => {
                Target::Document
            }
            _ => return,
        };
        editor.written(target);
    }
}
