//! The composer: editing of the message by graphemes, history, undo, and pastes folded to chips.
//!
//! A folded paste is one character of a private plane that cannot come from outside (the sanitiser
//! replaces it), so that editing treats it as one grapheme.

use std::ops::Range;

use super::editing::{Editing, Kind};
use crate::tui::text::{clean, wrap};

/// The first of the characters that stand for folded pastes.
const CHIP: u32 = 0x10_0000;
const CHIPS: usize = 4096;
/// A paste with more lines or bytes than this is folded.
const FOLD_LINES: usize = 8;
const FOLD_BYTES: usize = 1000;

/// The message being written.
#[derive(Clone, Debug, Default)]
pub struct Composer {
    /// The text under the cursor; movement and deletion are its own.
    pub editing: Editing,
    pastes: Vec<String>,
    /// How far back in the history, from 1; 0 is the draft.
    back: usize,
    draft: String,
}

/// One row of the composer as it is shown.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// Its text, chips unfolded to their label.
    pub text: String,
    /// Which bytes of it are chips.
    pub chips: Vec<Range<usize>>,
}

impl Composer {
    /// With a text in it.
    pub fn with(text: &str) -> Composer {
        let text = clean(text).into_owned();
        let cursor = text.len();
        Composer { editing: Editing::new(text, cursor), ..Composer::default() }
    }

    /// Whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.editing.text().is_empty()
    }

    /// The message with folded pastes unfolded.
    pub fn message(&self) -> String {
        let text = self.editing.text();
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            match self.paste_of(c) {
                Some(paste) => out.push_str(paste),
                None => out.push(c),
            }
        }
        out
    }

    /// Whether nothing but space is written.
    pub fn is_blank(&self) -> bool {
        let text = self.editing.text();
        text.chars().all(|c| self.paste_of(c).map_or(c.is_whitespace(), |paste| paste.trim().is_empty()))
    }

    /// Whether the message is this text.
    pub fn is(&self, text: &str) -> bool {
        self.message() == clean(text)
    }

    /// Takes the message and leaves nothing behind.
    pub fn take(&mut self) -> String {
        let message = self.message();
        self.sent();
        message
    }

    /// The message was sent: nothing of it is left behind.
    pub fn sent(&mut self) {
        self.editing.set("");
        if self.editing.killed().chars().any(|c| self.paste_of(c).is_some()) {
            self.editing.forget_killed();
        }
        self.editing.forget_steps();
        self.pastes.clear();
        self.back = 0;
        self.draft.clear();
    }

    fn paste_of(&self, c: char) -> Option<&String> {
        (c as u32).checked_sub(CHIP).and_then(|n| self.pastes.get(n as usize))
    }

    /// Types a character.
    pub fn type_char(&mut self, c: char) {
        let mut buffer = [0; 4];
        let kind = if c.is_whitespace() { Kind::Other } else { Kind::Typing };
        self.editing.insert(&clean(c.encode_utf8(&mut buffer)), kind);
    }

    /// Inserts a line end.
    pub fn newline(&mut self) {
        self.editing.insert("\n", Kind::Other);
    }

    /// Inserts a paste; a large one is folded. One step to undo.
    pub fn paste(&mut self, text: &str) {
        let text = clean(&text.replace("\r\n", "\n").replace('\r', "\n")).into_owned();
        let folds = text.len() > FOLD_BYTES || text.lines().count() > FOLD_LINES;
        let chip = char::from_u32(CHIP + u32::try_from(self.pastes.len()).unwrap_or(u32::MAX - CHIP));
        match chip.filter(|_| folds && self.pastes.len() < CHIPS) {
            Some(chip) => {
                self.pastes.push(text);
                self.editing.insert(chip.encode_utf8(&mut [0; 4]), Kind::Other);
            }
            None => self.editing.insert(&text, Kind::Other),
        }
        self.editing.pause();
    }

    /// Deletes everything; `undo` brings it back.
    pub fn clear(&mut self) {
        self.editing.set("");
        self.back = 0;
    }

    /// The message before in `history` (oldest first).
    pub fn older<'a>(&mut self, mut history: impl DoubleEndedIterator<Item = &'a str>) {
        if self.back == 0 {
            self.editing.text().clone_into(&mut self.draft);
        }
        if let Some(message) = history.nth_back(self.back) {
            self.back += 1;
            self.editing.set(&clean(message));
        }
    }

    /// The message after in `history`, in the end the draft.
    pub fn newer<'a>(&mut self, mut history: impl DoubleEndedIterator<Item = &'a str>) {
        match self.back {
            0 => {}
            1 => {
                self.back = 0;
                let draft = std::mem::take(&mut self.draft);
                self.editing.set(&draft);
            }
            _ => {
                self.back -= 1;
                let message = history.nth_back(self.back - 1).unwrap_or_default();
                self.editing.set(&clean(message));
            }
        }
    }

    fn label(&self, c: char) -> Option<String> {
        let paste = self.paste_of(c)?;
        let lines = paste.lines().count();
        Some(if lines > 1 {
            format!("[pasted {lines} lines]")
        } else {
            format!("[pasted {} characters]", paste.chars().count())
        })
    }

    /// The rows of a width, and where the cursor stands in them: row and byte in its text.
    pub fn rows(&self, columns: usize) -> (Vec<Row>, (usize, usize)) {
        let mut out = Vec::new();
        let mut place = (0, 0);
        let mut at = 0;
        for line in self.editing.text().split('\n') {
            let mut shown = String::new();
            let mut chips = Vec::new();
            let mut cursor = None;
            for (offset, c) in line.char_indices() {
                if at + offset == self.editing.cursor() {
                    cursor = Some(shown.len());
                }
                match self.label(c) {
                    Some(label) => {
                        chips.push(shown.len()..shown.len() + label.len());
                        shown.push_str(&label);
                    }
                    None => shown.push(c),
                }
            }
            if at + line.len() == self.editing.cursor() {
                cursor = Some(shown.len());
            }
            let rows = wrap(&shown, columns);
            let count = rows.len();
            for (n, row) in rows.into_iter().enumerate() {
                let inside = |c: usize| row.contains(&c) || (n + 1 == count && c == row.end);
                if let Some(c) = cursor.filter(|c| inside(*c)) {
                    place = (out.len(), c - row.start);
                }
                let clip = |c: &Range<usize>| c.start.max(row.start)..c.end.min(row.end);
                let chips = chips
                    .iter()
                    .map(clip)
                    .filter(|c| c.start < c.end)
                    .map(|c| c.start - row.start..c.end - row.start)
                    .collect();
                out.push(Row { text: shown[row].to_owned(), chips });
            }
            at += line.len() + 1;
        }
        (out, place)
    }
}

#[cfg(test)]
#[path = "composer_tests.rs"]
mod tests;
