//! The composer: editing of the message by graphemes, history, undo, and pastes folded to chips.
//!
//! A folded paste is one character of a private plane that cannot come from outside (the sanitiser
//! replaces it), so that editing treats it as one grapheme.

use std::ops::Range;

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

use crate::tui::text::{clean, wrap};

/// The first of the characters that stand for folded pastes.
const CHIP: u32 = 0x10_0000;
const CHIPS: usize = 4096;
/// A paste with more lines or bytes than this is folded.
const FOLD_LINES: usize = 8;
const FOLD_BYTES: usize = 1000;
const UNDO: usize = 200;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Snapshot {
    text: String,
    cursor: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edit {
    Typing,
    Deleting,
    Other,
}

/// The message being written.
#[derive(Clone, Debug, Default)]
pub struct Composer {
    text: String,
    cursor: usize,
    pastes: Vec<String>,
    undo: Vec<Snapshot>,
    last: Option<Edit>,
    killed: String,
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
        Composer { cursor: text.len(), text, ..Composer::default() }
    }

    /// Whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The message with folded pastes unfolded.
    pub fn message(&self) -> String {
        let mut out = String::with_capacity(self.text.len());
        for c in self.text.chars() {
            match self.paste_of(c) {
                Some(paste) => out.push_str(paste),
                None => out.push(c),
            }
        }
        out
    }

    /// Takes the message and leaves nothing behind but the way back (undo).
    pub fn take(&mut self) -> String {
        let message = self.message();
        self.set(String::new());
        if self.killed.chars().any(|c| self.paste_of(c).is_some()) {
            self.killed.clear();
        }
        self.undo.clear();
        self.pastes.clear();
        self.back = 0;
        self.draft.clear();
        message
    }

    fn paste_of(&self, c: char) -> Option<&String> {
        (c as u32).checked_sub(CHIP).and_then(|n| self.pastes.get(n as usize))
    }

    fn set(&mut self, text: String) {
        self.remember(Edit::Other);
        self.cursor = text.len();
        self.text = text;
    }

    fn remember(&mut self, edit: Edit) {
        if self.last == Some(edit) && edit != Edit::Other {
            return;
        }
        self.last = Some(edit);
        if self.undo.len() >= UNDO {
            self.undo.remove(0);
        }
        self.undo.push(Snapshot { text: self.text.clone(), cursor: self.cursor });
    }

    fn insert(&mut self, text: &str, edit: Edit) {
        self.remember(edit);
        self.text.insert_str(self.cursor, text);
        self.cursor += text.len();
        // What was inserted may join a cluster that goes on behind the cursor.
        self.cursor = self.border(self.cursor);
    }

    /// The nearest grapheme border at or after a byte.
    fn border(&self, at: usize) -> usize {
        if at >= self.text.len() {
            return self.text.len();
        }
        let mut cursor = GraphemeCursor::new(at, self.text.len(), true);
        match cursor.is_boundary(&self.text, 0) {
            Ok(true) => at,
            _ => cursor.next_boundary(&self.text, 0).ok().flatten().unwrap_or(self.text.len()),
        }
    }

    /// Types a character.
    pub fn type_char(&mut self, c: char) {
        let mut buffer = [0; 4];
        let text = c.encode_utf8(&mut buffer);
        let text = clean(text).into_owned();
        let edit = if c.is_whitespace() { Edit::Other } else { Edit::Typing };
        self.insert(&text, edit);
    }

    /// Inserts a line end.
    pub fn newline(&mut self) {
        self.insert("\n", Edit::Other);
    }

    /// Inserts a paste; a large one is folded. One step to undo.
    pub fn paste(&mut self, text: &str) {
        let text = clean(&text.replace("\r\n", "\n").replace('\r', "\n")).into_owned();
        let folds = text.len() > FOLD_BYTES || text.lines().count() > FOLD_LINES;
        let chip = char::from_u32(CHIP + u32::try_from(self.pastes.len()).unwrap_or(u32::MAX - CHIP));
        match chip.filter(|_| folds && self.pastes.len() < CHIPS) {
            Some(chip) => {
                self.pastes.push(text);
                self.insert(chip.encode_utf8(&mut [0; 4]), Edit::Other);
            }
            None => self.insert(&text, Edit::Other),
        }
        self.last = None;
    }

    /// Goes back one edit.
    pub fn undo(&mut self) {
        if let Some(before) = self.undo.pop() {
            self.text = before.text;
            self.cursor = before.cursor;
        }
        self.last = None;
    }

    fn moved(&mut self, to: usize) {
        self.cursor = self.border(to);
        self.last = None;
    }

    fn previous(&self) -> usize {
        self.text[..self.cursor].grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn next(&self) -> usize {
        let rest = &self.text[self.cursor..];
        self.cursor + rest.graphemes(true).next().map_or(0, str::len)
    }

    fn word_start(&self) -> usize {
        let before = &self.text[..self.cursor];
        let trimmed = before.trim_end();
        trimmed.char_indices().rev().find(|(_, c)| c.is_whitespace()).map_or(0, |(at, c)| at + c.len_utf8())
    }

    fn word_end(&self) -> usize {
        let rest = &self.text[self.cursor..];
        let skipped = rest.len() - rest.trim_start().len();
        let word = rest[skipped..].find(char::is_whitespace).unwrap_or(rest.len() - skipped);
        self.cursor + skipped + word
    }

    fn line_start(&self) -> usize {
        self.text[..self.cursor].rfind('\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        self.text[self.cursor..].find('\n').map_or(self.text.len(), |at| self.cursor + at)
    }

    /// One character to the left.
    pub fn left(&mut self) {
        self.moved(self.previous());
    }

    /// One character to the right.
    pub fn right(&mut self) {
        self.moved(self.next());
    }

    /// One word to the left.
    pub fn word_left(&mut self) {
        self.moved(self.word_start());
    }

    /// One word to the right.
    pub fn word_right(&mut self) {
        self.moved(self.word_end());
    }

    /// To the start of the line.
    pub fn home(&mut self) {
        self.moved(self.line_start());
    }

    /// To the end of the line.
    pub fn end(&mut self) {
        self.moved(self.line_end());
    }

    /// One line up; says whether there was one.
    pub fn up(&mut self) -> bool {
        let start = self.line_start();
        if start == 0 {
            return false;
        }
        let column = self.text[start..self.cursor].graphemes(true).count();
        let above = self.text[..start - 1].rfind('\n').map_or(0, |at| at + 1);
        self.go_to_column(above, start - 1, column);
        true
    }

    /// One line down; says whether there was one.
    pub fn down(&mut self) -> bool {
        let end = self.line_end();
        if end == self.text.len() {
            return false;
        }
        let column = self.text[self.line_start()..self.cursor].graphemes(true).count();
        let below_end = self.text[end + 1..].find('\n').map_or(self.text.len(), |at| end + 1 + at);
        self.go_to_column(end + 1, below_end, column);
        true
    }

    fn go_to_column(&mut self, start: usize, end: usize, column: usize) {
        let line = &self.text[start..end];
        let at = line.grapheme_indices(true).nth(column).map_or(line.len(), |(at, _)| at);
        self.moved(start + at);
    }

    fn remove(&mut self, range: Range<usize>, keep: bool, edit: Edit) {
        if range.is_empty() {
            return;
        }
        self.remember(edit);
        let removed: String = self.text.drain(range.clone()).collect();
        if keep {
            self.killed = removed;
        }
        self.cursor = self.border(range.start);
    }

    /// Deletes the grapheme before the cursor.
    pub fn delete_back(&mut self) {
        self.remove(self.previous()..self.cursor, false, Edit::Deleting);
    }

    /// Deletes the grapheme under the cursor.
    pub fn delete_forward(&mut self) {
        self.remove(self.cursor..self.next(), false, Edit::Deleting);
    }

    /// Deletes the word before the cursor.
    pub fn delete_word(&mut self) {
        self.remove(self.word_start()..self.cursor, true, Edit::Other);
    }

    /// Deletes to the start of the line.
    pub fn delete_to_start(&mut self) {
        self.remove(self.line_start()..self.cursor, true, Edit::Other);
    }

    /// Deletes to the end of the line; at its end the line end itself.
    pub fn delete_to_end(&mut self) {
        let end = self.line_end();
        let end = if end == self.cursor { self.next() } else { end };
        self.remove(self.cursor..end, true, Edit::Other);
    }

    /// Inserts what was deleted last.
    pub fn yank(&mut self) {
        let text = self.killed.clone();
        self.insert(&text, Edit::Other);
    }

    /// Deletes everything; `undo` brings it back.
    pub fn clear(&mut self) {
        self.set(String::new());
        self.back = 0;
    }

    /// The message before in `history` (oldest first).
    pub fn older<'a>(&mut self, mut history: impl DoubleEndedIterator<Item = &'a str>) {
        if self.back == 0 {
            self.draft.clone_from(&self.text);
        }
        if let Some(message) = history.nth_back(self.back) {
            self.back += 1;
            self.set(clean(message).into_owned());
        }
    }

    /// The message after in `history`, in the end the draft.
    pub fn newer<'a>(&mut self, mut history: impl DoubleEndedIterator<Item = &'a str>) {
        match self.back {
            0 => {}
            1 => {
                self.back = 0;
                let draft = std::mem::take(&mut self.draft);
                self.set(draft);
            }
            _ => {
                self.back -= 1;
                let message = history.nth_back(self.back - 1).unwrap_or_default();
                self.set(clean(message).into_owned());
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
        for line in self.text.split('\n') {
            let mut shown = String::new();
            let mut chips = Vec::new();
            let mut cursor = None;
            for (offset, c) in line.char_indices() {
                if at + offset == self.cursor {
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
            if at + line.len() == self.cursor {
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
