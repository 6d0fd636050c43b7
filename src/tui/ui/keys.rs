//! What the keymap asks of the screen, and the keys that wait for more.

use super::{Millis, Ui};
use crate::session::State;
use crate::session::state::Activity;
use crate::tui::keymap::{Action, Chord, Fact, Facts};
use crate::tui::pane::Pane;

/// Keys that were pressed and begin a longer binding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix {
    /// The keys.
    pub keys: Vec<Chord>,
    /// When the last of them came.
    pub since: Millis,
}

/// So long after a key that begins a longer binding it is shown what may follow.
pub const WHICH_KEY: Millis = 400;
/// So long letters wait for the rest of a binding where letters are typed.
pub const LETTERS: Millis = 500;

impl Ui {
    /// What conditions of the keymap ask for.
    pub fn facts(&self, state: &State) -> Facts {
        let editing = self.editor.is_some();
        let typing = editing && self.focus == Pane::Document || self.focus == Pane::Chat;
        Facts::default()
            .with(Fact::Empty, self.composer.is_empty())
            .with(Fact::Busy, state.activity != Activity::Idle)
            .with(Fact::Review, state.review.is_some())
            .with(Fact::Document, state.document.is_some())
            .with(Fact::Problems, !state.diagnostics.is_empty())
            .with(Fact::Editor, editing && self.focus == Pane::Document)
            .with(Fact::Insert, typing && !self.normal)
            .with(Fact::Replay, self.replay.is_some())
            .with(Fact::Zoomed, self.zoomed)
    }

    /// The key of an action where the focus is, to be named in a sentence.
    pub fn key_name(&self, action: Action, state: &State) -> String {
        let key = self.keymap.key_of(&self.contexts(state), action);
        key.unwrap_or_else(|| format!("`{}` of the palette", action.name()))
    }
}
