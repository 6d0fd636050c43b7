//! The composer: editing of the message by graphemes, history, undo, and pastes folded to chips.
//!
//! A folded paste is one character of a private plane that cannot come from outside (the sanitiser
//! replaces it), so that editing treats it as one grapheme.

use std::ops::Range;

use super::editing::{Editing, Kind};
use crate::agent::MAX_MESSAGE_BYTES;
use crate::tui::text::{clean, wrap};
use crate::tui::view::preview::bytes;
use crate::tui::view::words::count;

/// The first of the characters that stand for folded pastes.
const CHIP: u32 = 0x10_0000;
const CHIPS: usize = 4096;
/// A paste with more lines or bytes than this is folded.
const FOLD_LINES: usize = 8;
const FOLD_BYTES: usize = 2000;
/// A text that comes back (a former message, one of the editor) is folded only when it is longer than this.
const LONG_BYTES: usize = 16 * 1024;
/// A longer paste is not unfolded: every key would work through it.
pub const UNFOLD_BYTES: usize = 64 * 1024;

/// The message being written.
#[derive(Clone, Debug, Default)]
pub struct Composer {
    /// The text under the cursor; movement and deletion are its own.
    pub editing: Editing,
    pastes: Vec<Paste>,
    /// How far back in the history, from 1; 0 is the draft.
    back: usize,
    draft: String,
}

/// A folded paste.
#[derive(Clone, Debug)]
struct Paste {
    text: String,
    label: String,
}

/// That a text does not fit into a message any more; it was not inserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong {
    /// The bytes that the message would have had.
    pub bytes: usize,
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
        let mut composer = Composer::default();
        composer.set(text);
        composer.editing.forget_steps();
        composer
    }

    /// Puts a text in the place of everything; a long one is folded.
    pub fn set(&mut self, text: &str) {
        let text = clean(text).into_owned();
        match text.len() > LONG_BYTES {
            true => {
                let shown = self.fold(text);
                self.editing.set(&shown);
            }
            false => self.editing.set(&text),
        }
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
                Some(paste) => out.push_str(&paste.text),
                None => out.push(c),
            }
        }
        out
    }

    /// Whether it begins as a `/word` does.
    pub fn is_word(&self) -> bool {
        self.editing.text().starts_with('/')
    }

    /// Whether nothing but space is written.
    pub fn is_blank(&self) -> bool {
        let text = self.editing.text();
        text.chars().all(|c| self.paste_of(c).map_or(c.is_whitespace(), |paste| paste.text.trim().is_empty()))
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
        self.editing.forget_killed(|c| c as u32 >= CHIP);
        self.editing.forget_steps();
        self.pastes.clear();
        self.back = 0;
        self.draft.clear();
    }

    fn paste_of(&self, c: char) -> Option<&Paste> {
        (c as u32).checked_sub(CHIP).and_then(|n| self.pastes.get(n as usize))
    }

    /// Bytes of the message.
    pub fn bytes(&self) -> usize {
        let text = self.editing.text();
        let folded = |c: char| self.paste_of(c).map_or(0, |paste| paste.text.len() - c.len_utf8());
        text.len() + text.chars().map(folded).sum::<usize>()
    }

    /// Keeps a paste; returns what stands for it in the text, or the text itself when there are too many.
    fn fold(&mut self, text: String) -> String {
        let number = self.pastes.len();
        let Some(chip) = u32::try_from(number).ok().filter(|_| number < CHIPS).and_then(|n| char::from_u32(CHIP + n))
        else {
            return text;
        };
        let lines = match text.lines().count() {
            1 => "1 line".to_owned(),
            lines => format!("{} lines", count(lines as u64)),
        };
        let label = format!("[paste {}: {lines}, {}]", number + 1, bytes(text.len() as u64));
        self.pastes.push(Paste { text, label });
        chip.to_string()
    }

    /// Puts the text of a folded paste in its place: of the one at the cursor, else of the last.
    ///
    /// # Errors
    /// The bytes of a paste that is too long to be shown.
    pub fn unfold(&mut self) -> Result<bool, usize> {
        let text = self.editing.text();
        let chips = || text.char_indices().filter(|(_, c)| self.paste_of(*c).is_some());
        let cursor = self.editing.cursor();
        let here = chips().find(|(at, c)| *at == cursor || at + c.len_utf8() == cursor);
        let Some((at, chip)) = here.or_else(|| chips().next_back()) else { return Ok(false) };
        let paste = self.paste_of(chip).map(|paste| paste.text.clone()).unwrap_or_default();
        if paste.len() > UNFOLD_BYTES {
            return Err(paste.len());
        }
        self.editing.replace(at..at + chip.len_utf8(), &paste, Kind::Other);
        self.editing.pause();
        Ok(true)
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
    ///
    /// # Errors
    /// [`TooLong`] when the message would be longer than one may be; nothing is inserted then.
    pub fn paste(&mut self, text: &str) -> Result<(), TooLong> {
        let bytes = self.bytes() + text.len();
        if bytes > MAX_MESSAGE_BYTES {
            return Err(TooLong { bytes });
        }
        let text = clean(&text.replace("\r\n", "\n").replace('\r', "\n")).into_owned();
        let folds = text.len() > FOLD_BYTES || text.lines().take(FOLD_LINES + 1).count() > FOLD_LINES;
        let shown = if folds { self.fold(text) } else { text };
        self.editing.insert(&shown, Kind::Other);
        self.editing.pause();
        Ok(())
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
            self.set(message);
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
                self.set(message);
            }
        }
    }

    fn label(&self, c: char) -> Option<&str> {
        Some(&self.paste_of(c)?.label)
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
                        shown.push_str(label);
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
