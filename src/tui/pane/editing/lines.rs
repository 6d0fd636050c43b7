//! Whole lines, and words to the right: what normal mode needs beside the moves of every editor.

use unicode_segmentation::UnicodeSegmentation;

use super::{Editing, Kind};

impl Editing {
    /// To the start of the next word.
    pub fn next_word(&mut self) {
        self.go_to(self.next_word_start());
    }

    fn next_word_start(&self) -> usize {
        let rest = &self.text()[self.cursor()..];
        let word = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let space = rest[word..].find(|c: char| !c.is_whitespace()).unwrap_or(rest.len() - word);
        self.cursor() + word + space
    }

    /// Deletes to the start of the next word, at most to the end of the line.
    pub fn delete_word_right(&mut self) {
        let end = self.next_word_start().min(self.line_end().max(self.cursor()));
        let end = if end == self.cursor() { self.cursor() + self.grapheme_here() } else { end };
        self.kill(self.cursor()..end);
    }

    /// Deletes to the end of the word.
    pub fn delete_word_end(&mut self) {
        let rest = &self.text()[self.cursor()..];
        let space = rest.len() - rest.trim_start().len();
        let word = rest[space..].find(char::is_whitespace).unwrap_or(rest.len() - space);
        self.kill(self.cursor()..self.cursor() + space + word);
    }

    fn grapheme_here(&self) -> usize {
        self.text()[self.cursor()..].graphemes(true).next().map_or(0, str::len)
    }

    /// The line of the cursor with its line end.
    fn whole_line(&self) -> std::ops::Range<usize> {
        let start = self.line_start();
        let end = self.text()[self.cursor()..].find('\n').map_or(self.text().len(), |n| self.cursor() + n + 1);
        start..end
    }

    /// Deletes the line of the cursor.
    pub fn delete_line(&mut self) {
        let line = self.whole_line();
        let whole = self.text()[line.clone()].to_owned();
        // The last line goes with the line end before it.
        let last = line.end == self.text().len() && !whole.ends_with('\n') && line.start > 0;
        self.remove(if last { line.start - 1..line.end } else { line }, false, Kind::Other);
        self.keep(if whole.ends_with('\n') { whole } else { whole + "\n" });
        self.home();
    }

    /// Empties the line of the cursor.
    pub fn clear_line(&mut self) {
        self.home();
        if self.line_end() > self.cursor() {
            self.kill(self.cursor()..self.line_end());
        }
    }

    /// Keeps the line of the cursor, to be inserted.
    pub fn copy_line(&mut self) {
        let line = self.text()[self.whole_line()].trim_end_matches(['\r', '\n']).to_owned();
        self.keep(line + "\n");
    }

    /// Inserts what was deleted or kept last: a whole line below this one, anything else after the cursor.
    pub fn put_after(&mut self) {
        match self.killed().strip_suffix('\n').map(str::to_owned) {
            Some(line) => {
                self.end();
                let start = self.cursor() + 1;
                self.insert(&format!("\n{line}"), Kind::Other);
                self.go_to(start);
            }
            None => {
                if self.cursor() < self.line_end() {
                    self.right();
                }
                self.yank();
            }
        }
    }

    /// Begins a line above this one.
    pub fn open_above(&mut self) {
        self.home();
        let start = self.cursor();
        self.insert("\n", Kind::Other);
        self.go_to(start);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, cursor: usize, act: impl Fn(&mut Editing)) -> (String, usize) {
        let mut editing = Editing::new(text.to_owned(), cursor);
        act(&mut editing);
        (editing.text().to_owned(), editing.cursor())
    }

    #[test]
    fn lines_go_and_come_back() {
        assert_eq!(at("a\nb\nc", 2, Editing::delete_line), ("a\nc".into(), 2));
        assert_eq!(at("a\nb\nc", 4, Editing::delete_line), ("a\nb".into(), 2));
        assert_eq!(at("a", 0, Editing::delete_line), (String::new(), 0));
        assert_eq!(at("a\n", 2, Editing::delete_line), ("a".into(), 0));
        let (text, _) = at("a\nb\nc", 4, |e| {
            e.delete_line();
            e.go_to(0);
            e.put_after();
        });
        assert_eq!(text, "a\nc\nb");
        assert_eq!(
            at("ab\ncd", 1, |e| {
                e.copy_line();
                e.put_after();
            }),
            ("ab\nab\ncd".into(), 3)
        );
        assert_eq!(at("ab\ncd", 4, Editing::clear_line), ("ab\n".into(), 3));
        assert_eq!(at("ab\ncd", 4, Editing::open_above), ("ab\n\ncd".into(), 3));
    }

    #[test]
    fn words_to_the_right() {
        assert_eq!(at("one two", 0, Editing::next_word).1, 4);
        assert_eq!(at("one two", 0, Editing::delete_word_right).0, "two");
        assert_eq!(at("one two", 0, Editing::delete_word_end).0, " two");
        assert_eq!(at("one\ntwo", 1, Editing::delete_word_right).0, "o\ntwo");
        assert_eq!(at("žluťoučký 你好", 0, Editing::delete_word_right).0, "你好");
        assert_eq!(at("", 0, Editing::delete_word_right).0, "");
    }
}
