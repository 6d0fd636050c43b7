//! What a key does to a text under a cursor, in the composer and in the editor alike.

use crate::tui::keymap::Action;
use crate::tui::pane::editing::Editing;

/// Carries out an action that edits or moves; `false` for any other.
pub(super) fn apply(editing: &mut Editing, action: Action) -> bool {
    match action {
        Action::CharLeft => editing.left(),
        Action::CharRight => editing.right(),
        Action::WordLeft => editing.word_left(),
        Action::WordRight => editing.word_right(),
        Action::LineStart => editing.home(),
        Action::LineEnd => editing.end(),
        Action::DeleteBack => editing.delete_back(),
        Action::DeleteForward => editing.delete_forward(),
        Action::DeleteWord => editing.delete_word(),
        Action::DeleteToStart => editing.delete_to_start(),
        Action::DeleteToEnd => editing.delete_to_end(),
        Action::Yank => editing.yank(),
        Action::YankOlder => editing.yank_older(),
        Action::NextWord => editing.next_word(),
        Action::DeleteWordRight => editing.delete_word_right(),
        Action::DeleteWordEnd => editing.delete_word_end(),
        Action::DeleteLine => editing.delete_line(),
        Action::CopyLine => editing.copy_line(),
        Action::PutAfter => editing.put_after(),
        Action::InsertAfter => {
            if editing.cursor() < editing.line_end() {
                editing.right();
            }
        }
        Action::InsertLineStart => editing.home(),
        Action::InsertLineEnd => editing.end(),
        Action::OpenAbove => editing.open_above(),
        Action::ChangeWord => editing.delete_word_end(),
        Action::ChangeLine => editing.clear_line(),
        Action::ChangeToEnd => {
            if editing.cursor() < editing.line_end() {
                editing.delete_to_end();
            }
        }
        Action::Undo => drop(editing.undo()),
        Action::Redo => drop(editing.redo()),
        _ => return false,
    }
    true
}
