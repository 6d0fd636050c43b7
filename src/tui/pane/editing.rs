//! Text under a cursor: movement by graphemes, words and lines, deletion, and steps to undo and redo.
//!
//! Owns: the text, the cursor and its history. Does not own: where the text comes from and goes to
//! (`composer`, `editor`), nor making foreign text harmless (its callers do).

use std::collections::VecDeque;
use std::ops::Range;

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

use super::kills::Kills;

mod lines;

/// Steps that can be undone, and the bytes they may hold.
const STEPS: usize = 500;
const STEP_BYTES: usize = 16 << 20;

/// What an edit is; edits of one kind in one place are one step to undo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Letters typed one after the other.
    Typing,
    /// Characters deleted one after the other.
    Deleting,
    /// Everything else: a step of its own.
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    at: usize,
    removed: String,
    inserted: String,
    /// Where the cursor was before.
    cursor: usize,
}

/// A text that is being edited.
#[derive(Clone, Debug, Default)]
pub struct Editing {
    text: String,
    cursor: usize,
    undo: VecDeque<Step>,
    redo: Vec<Step>,
    last: Option<Kind>,
    kills: Kills,
    /// What was inserted of them last: where, which, and when.
    yanked: Option<(Range<usize>, usize, u64)>,
    /// The column that moving up and down keeps to, in graphemes.
    column: Option<usize>,
    revision: u64,
}

impl Editing {
    /// A text with the cursor at a byte (or the nearest border after it).
    pub fn new(text: String, cursor: usize) -> Editing {
        let mut editing = Editing { text, ..Editing::default() };
        editing.cursor = editing.border(cursor);
        editing
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The byte that the cursor stands before.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Grows with each change of the text.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Forgets what was deleted and holds such a character.
    pub fn forget_killed(&mut self, holds: impl Fn(char) -> bool) {
        self.kills.forget(holds);
        self.yanked = None;
    }

    /// Forgets the steps that could be undone.
    pub fn forget_steps(&mut self) {
        self.undo.clear();
        self.redo.clear();
        self.last = None;
    }

    /// Ends a row of edits: the next one is a step of its own.
    pub fn pause(&mut self) {
        self.last = None;
    }

    /// Puts `new` where `range` is; the cursor stands behind it. A range that does not lie on characters
    /// is left alone.
    pub fn replace(&mut self, range: Range<usize>, new: &str, kind: Kind) {
        let Some(old) = self.text.get(range.clone()).map(str::to_owned) else { return };
        if old.is_empty() && new.is_empty() {
            return;
        }
        if !self.joined(&range, &old, new, kind) {
            self.undo.push_back(Step { at: range.start, removed: old, inserted: new.to_owned(), cursor: self.cursor });
        }
        self.last = Some(kind);
        self.redo.clear();
        self.bound();
        self.put(range, new);
        // What was inserted may join a cluster that goes on behind the cursor.
        self.cursor = self.border(self.cursor);
    }

    /// Makes the edit part of the last step, where it goes on with it.
    fn joined(&mut self, range: &Range<usize>, old: &str, new: &str, kind: Kind) -> bool {
        let Some(step) = self.undo.back_mut().filter(|_| self.last == Some(kind)) else { return false };
        match kind {
            Kind::Typing if old.is_empty() && step.at + step.inserted.len() == range.start => {
                step.inserted.push_str(new);
                true
            }
            Kind::Deleting if new.is_empty() && step.inserted.is_empty() && range.end == step.at => {
                step.removed.insert_str(0, old);
                step.at = range.start;
                true
            }
            Kind::Deleting if new.is_empty() && step.inserted.is_empty() && range.start == step.at => {
                step.removed.push_str(old);
                true
            }
            _ => false,
        }
    }

    fn bound(&mut self) {
        let mut bytes: usize = self.undo.iter().map(|s| s.removed.len() + s.inserted.len()).sum();
        while self.undo.len() > STEPS || (bytes > STEP_BYTES && self.undo.len() > 1) {
            let Some(oldest) = self.undo.pop_front() else { return };
            bytes -= oldest.removed.len() + oldest.inserted.len();
        }
    }

    fn put(&mut self, range: Range<usize>, new: &str) {
        self.cursor = range.start + new.len();
        self.text.replace_range(range, new);
        self.column = None;
        self.revision += 1;
    }

    /// Replaces everything; the cursor stands at the end.
    pub fn set(&mut self, text: &str) {
        self.replace(0..self.text.len(), text, Kind::Other);
    }

    /// Inserts at the cursor.
    pub fn insert(&mut self, text: &str, kind: Kind) {
        self.replace(self.cursor..self.cursor, text, kind);
    }

    /// Goes back one step; says whether there was one.
    pub fn undo(&mut self) -> bool {
        self.last = None;
        let Some(step) = self.undo.pop_back() else { return false };
        self.put(step.at..step.at + step.inserted.len(), &step.removed);
        self.cursor = step.cursor;
        self.redo.push(step);
        true
    }

    /// Does again what was undone last; says whether there was anything.
    pub fn redo(&mut self) -> bool {
        self.last = None;
        let Some(step) = self.redo.pop() else { return false };
        self.put(step.at..step.at + step.removed.len(), &step.inserted);
        self.cursor = self.border(self.cursor);
        self.undo.push_back(step);
        true
    }

    /// The nearest grapheme border at or after a byte.
    fn border(&self, at: usize) -> usize {
        if at >= self.text.len() {
            return self.text.len();
        }
        let at = (at..self.text.len()).find(|at| self.text.is_char_boundary(*at)).unwrap_or(self.text.len());
        let mut cursor = GraphemeCursor::new(at, self.text.len(), true);
        match cursor.is_boundary(&self.text, 0) {
            Ok(true) => at,
            _ => cursor.next_boundary(&self.text, 0).ok().flatten().unwrap_or(self.text.len()),
        }
    }

    /// Puts the cursor at a byte.
    pub fn go_to(&mut self, at: usize) {
        self.cursor = self.border(at);
        self.last = None;
        self.column = None;
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

    /// Where the line of the cursor begins.
    pub fn line_start(&self) -> usize {
        self.text[..self.cursor].rfind('\n').map_or(0, |at| at + 1)
    }

    /// Where the line of the cursor ends, before its line end.
    pub fn line_end(&self) -> usize {
        self.end_of(self.cursor)
    }

    fn end_of(&self, at: usize) -> usize {
        let end = self.text[at..].find('\n').map_or(self.text.len(), |n| at + n);
        // The two bytes of a line end are one grapheme.
        if self.text[at..end].ends_with('\r') && end < self.text.len() { end - 1 } else { end }
    }

    /// One character to the left.
    pub fn left(&mut self) {
        self.go_to(self.previous());
    }

    /// One character to the right.
    pub fn right(&mut self) {
        self.go_to(self.next());
    }

    /// One word to the left.
    pub fn word_left(&mut self) {
        self.go_to(self.word_start());
    }

    /// One word to the right.
    pub fn word_right(&mut self) {
        self.go_to(self.word_end());
    }

    /// To the start of the line.
    pub fn home(&mut self) {
        self.go_to(self.line_start());
    }

    /// To the end of the line.
    pub fn end(&mut self) {
        self.go_to(self.line_end());
    }

    /// One line up; says whether there was one.
    pub fn up(&mut self) -> bool {
        let start = self.line_start();
        if start == 0 {
            return false;
        }
        let above = self.text[..start - 1].rfind('\n').map_or(0, |at| at + 1);
        self.enter_line(above);
        true
    }

    /// One line down; says whether there was one.
    pub fn down(&mut self) -> bool {
        let Some(below) = self.text[self.cursor..].find('\n').map(|n| self.cursor + n + 1) else { return false };
        self.enter_line(below);
        true
    }

    /// To the column that is kept, in the line that begins at `start`.
    fn enter_line(&mut self, start: usize) {
        let column = self.column.unwrap_or_else(|| self.text[self.line_start()..self.cursor].graphemes(true).count());
        let line = &self.text[start..self.end_of(start)];
        let at = line.grapheme_indices(true).nth(column).map_or(line.len(), |(at, _)| at);
        self.go_to(start + at);
        self.column = Some(column);
    }

    fn remove(&mut self, range: Range<usize>, keep: bool, kind: Kind) {
        if range.is_empty() {
            return;
        }
        if keep {
            self.kills.keep(&self.text[range.clone()]);
        }
        self.replace(range, "", kind);
    }

    /// Deletes a part, and keeps it.
    fn kill(&mut self, range: Range<usize>) {
        self.remove(range, true, Kind::Other);
    }

    /// Keeps a text as what was deleted last.
    fn keep(&mut self, text: String) {
        self.kills.keep(&text);
    }

    fn killed(&self) -> &str {
        self.kills.get(0).unwrap_or_default()
    }

    /// Deletes the grapheme before the cursor.
    pub fn delete_back(&mut self) {
        self.remove(self.previous()..self.cursor, false, Kind::Deleting);
    }

    /// Deletes the grapheme under the cursor.
    pub fn delete_forward(&mut self) {
        self.remove(self.cursor..self.next(), false, Kind::Deleting);
    }

    /// Deletes the word before the cursor.
    pub fn delete_word(&mut self) {
        self.remove(self.word_start()..self.cursor, true, Kind::Other);
    }

    /// Deletes to the start of the line.
    pub fn delete_to_start(&mut self) {
        self.remove(self.line_start()..self.cursor, true, Kind::Other);
    }

    /// Deletes to the end of the line; at its end the line end itself.
    pub fn delete_to_end(&mut self) {
        let end = self.line_end();
        let end = if end == self.cursor { self.next() } else { end };
        self.remove(self.cursor..end, true, Kind::Other);
    }

    /// Inserts what was deleted last.
    pub fn yank(&mut self) {
        self.yank_at(self.cursor..self.cursor, 0);
    }

    /// Just after that: puts what was deleted before it in its place, round and round.
    pub fn yank_older(&mut self) {
        if let Some((range, back, revision)) = self.yanked.clone()
            && revision == self.revision
            && range.end == self.cursor
        {
            self.yank_at(range, back + 1);
        }
    }

    fn yank_at(&mut self, range: Range<usize>, back: usize) {
        let Some(text) = self.kills.get(back).map(str::to_owned) else { return };
        let start = range.start;
        self.replace(range, &text, Kind::Other);
        self.yanked = (self.cursor == start + text.len()).then_some((start..self.cursor, back, self.revision));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn letters_typed_in_a_row_are_one_step() {
        let mut e = Editing::new("ab\r\ncd\r\n".to_owned(), 2);
        for c in ["x", "y"] {
            e.insert(c, Kind::Typing);
        }
        e.delete_back();
        e.delete_back();
        e.delete_back();
        assert_eq!(e.text(), "a\r\ncd\r\n");
        assert!(e.undo());
        assert_eq!((e.text(), e.cursor()), ("abxy\r\ncd\r\n", 4));
        assert!(e.undo() && !e.undo());
        assert_eq!((e.text(), e.cursor()), ("ab\r\ncd\r\n", 2));
        assert!(e.redo() && e.redo() && !e.redo());
        assert_eq!((e.text(), e.cursor()), ("a\r\ncd\r\n", 1));
    }

    #[test]
    fn lines_with_both_ends_are_walked_and_the_column_is_kept() {
        let mut e = Editing::new("abcd\r\nx\r\nefgh\n".to_owned(), 3);
        assert!(e.down());
        assert_eq!(e.cursor(), 7);
        assert!(e.down());
        assert_eq!(e.cursor(), 12);
        assert!(e.up() && e.up() && !e.up());
        assert_eq!(e.cursor(), 3);
        e.end();
        assert_eq!(e.cursor(), 4);
    }

    #[derive(Clone, Debug)]
    enum Op {
        Insert(String),
        Key(usize),
        GoTo(usize),
    }

    const KEYS: [fn(&mut Editing); 17] = [
        Editing::left,
        Editing::right,
        Editing::word_left,
        Editing::word_right,
        Editing::home,
        Editing::end,
        |e| {
            e.up();
        },
        |e| {
            e.down();
        },
        Editing::delete_back,
        Editing::delete_forward,
        Editing::delete_word,
        Editing::delete_to_start,
        Editing::delete_to_end,
        Editing::yank,
        |e| {
            e.undo();
        },
        |e| {
            e.redo();
        },
        Editing::yank_older,
    ];

    fn op() -> impl Strategy<Value = Op> {
        prop_oneof![
            prop_oneof![Just("a"), Just("é"), Just("\u{301}"), Just("\r\n"), Just("\n"), Just("👩‍👩‍👧"), Just(" ")]
                .prop_map(|s| Op::Insert(s.to_owned())),
            (0..KEYS.len()).prop_map(Op::Key),
            (0..40usize).prop_map(Op::GoTo),
        ]
    }

    proptest! {
        #[test]
        fn the_cursor_is_on_a_border_and_undo_leads_back(
            start in "[ab\r\n é]{0,12}",
            ops in proptest::collection::vec(op(), 0..60),
        ) {
            let mut e = Editing::new(start.clone(), 3);
            for op in &ops {
                match op {
                    Op::Insert(text) => e.insert(text, Kind::Typing),
                    Op::Key(n) => KEYS[*n](&mut e),
                    Op::GoTo(at) => e.go_to(*at),
                }
                prop_assert!(e.text().is_char_boundary(e.cursor()) && e.cursor() <= e.text().len());
            }
            let end = e.text().to_owned();
            while e.undo() {}
            prop_assert_eq!(e.text(), &start);
            while e.redo() {}
            // What was undone within the row and then overwritten by an edit is gone; the rest comes back.
            prop_assert!(!ops.iter().any(|o| matches!(o, Op::Key(14 | 15))) || e.text().is_char_boundary(e.cursor()));
            if !ops.iter().any(|o| matches!(o, Op::Key(14 | 15))) {
                prop_assert_eq!(e.text(), &end);
            }
        }
    }
}
