//! The editor in the document pane: the pipeline file, or the proposal under review, changed by hand and
//! checked while it is typed.
//!
//! Owns: the text being edited, what the last check said of it, and how both are drawn. Does not own: the
//! check itself and when it is made (`app::check`), writing the text (`session::host`).

mod draw;

use std::collections::HashMap;
use std::ops::Range;

use super::editing::{Editing, Kind};
use crate::diagnostic::Diagnostic;
use crate::session::State;
use crate::tui::text::highlight::{Lines, Pieces};
use crate::tui::text::{clean, safe};

/// What is edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The file of the session.
    Document,
    /// The proposal of this number.
    Proposal(u32),
}

/// A text being edited by hand.
pub struct Editor {
    /// The text under the cursor.
    pub editing: Editing,
    /// The file, relative to the workspace.
    pub file: String,
    /// What is edited.
    pub target: Target,
    /// The text as it was opened or last written.
    base: String,
    /// What is wrong with the text of `checked`.
    diagnostics: Vec<Diagnostic>,
    /// The revision that was checked last.
    checked: Option<u64>,
    top: usize,
    left: usize,
    page: usize,
    lines: (u64, Vec<Range<usize>>),
    colours: Colours,
}

/// The colours of lines by what stands in them: most lines are the same after a key.
#[derive(Default)]
struct Colours {
    of: Option<Lines>,
    by_line: HashMap<String, Pieces>,
}

impl Editor {
    /// An editor of what the document pane shows, the cursor on a line (from 1); `None` where it shows
    /// nothing.
    pub fn open(state: &State, line: usize) -> Option<Editor> {
        let (file, text, target) = match (&state.review, &state.document) {
            (Some(review), _) => (&review.file, &review.text, Target::Proposal(review.proposal)),
            (None, Some(document)) => (&document.file, &document.text, Target::Document),
            (None, None) => return None,
        };
        let mut editor = Editor {
            editing: Editing::new(text.clone(), 0),
            file: file.clone(),
            target,
            base: text.clone(),
            diagnostics: state.diagnostics.clone(),
            checked: Some(0),
            top: 0,
            left: 0,
            page: 1,
            lines: (0, line_ranges(text)),
            colours: Colours::default(),
        };
        editor.go_to_line(line.saturating_sub(1));
        Some(editor)
    }

    /// The text that the edit began with, or that was written last.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Whether there is anything to write.
    pub fn is_changed(&self) -> bool {
        self.editing.text() != self.base
    }

    /// Whether the text has changed since it was checked.
    pub fn is_stale(&self) -> bool {
        self.checked != Some(self.editing.revision())
    }

    /// Takes in what a check found. The result of an older text is taken too, and stays marked as stale;
    /// one that is older than what is known is dropped.
    pub fn take_check(&mut self, revision: u64, diagnostics: Vec<Diagnostic>) {
        if self.checked.is_none_or(|known| known <= revision) && revision <= self.editing.revision() {
            self.checked = Some(revision);
            self.diagnostics = diagnostics;
        }
    }

    /// The text was written: it is what further changes are measured by.
    pub fn written(&mut self, target: Target) {
        self.editing.text().clone_into(&mut self.base);
        self.target = target;
    }

    /// Types a character.
    pub fn type_char(&mut self, c: char) {
        let kind = if c.is_whitespace() { Kind::Other } else { Kind::Typing };
        self.editing.insert(&clean(c.encode_utf8(&mut [0; 4])), kind);
    }

    /// Inserts a paste, its line ends as those of the file.
    pub fn paste(&mut self, text: &str) {
        let text = clean(&text.replace("\r\n", "\n").replace('\r', "\n")).into_owned();
        let text = if self.line_break() == "\n" { text } else { text.replace('\n', "\r\n") };
        self.editing.insert(&text, Kind::Other);
    }

    /// Begins a line that is indented as the one before.
    pub fn newline(&mut self) {
        let line = &self.editing.text()[self.editing.line_start()..self.editing.cursor()];
        let indent = &line[..line.len() - line.trim_start_matches(' ').len()];
        let text = format!("{}{indent}", self.line_break());
        self.editing.insert(&text, Kind::Other);
    }

    /// Indents to the next even column: YAML has no tabs.
    pub fn indent(&mut self) {
        let column = self.editing.cursor() - self.editing.line_start();
        self.editing.insert(if column.is_multiple_of(2) { "  " } else { " " }, Kind::Other);
    }

    fn line_break(&self) -> &'static str {
        if self.editing.text().split_inclusive('\n').next().is_some_and(|line| line.ends_with("\r\n")) {
            "\r\n"
        } else {
            "\n"
        }
    }

    /// Moves by pages.
    pub fn page(&mut self, pages: isize) {
        let step = isize::try_from(self.page.saturating_sub(1).max(1)).unwrap_or(1);
        let line = self.line();
        self.go_to_line(line.saturating_add_signed(pages * step));
    }

    /// To the next problem, or the one before, from the line of the cursor; round at the ends.
    pub fn step_problem(&mut self, by: isize) {
        let here = self.line() + 1;
        let mut lines: Vec<usize> = self.diagnostics.iter().filter_map(|d| d.span).map(|s| s.line).collect();
        lines.sort_unstable();
        let next = match by {
            1.. => lines.iter().find(|l| **l > here).or(lines.first()),
            _ => lines.iter().rev().find(|l| **l < here).or(lines.last()),
        };
        if let Some(line) = next {
            self.go_to_line(line - 1);
        }
    }

    /// Makes the edit that the problem in the line of the cursor offers; says whether there was one. A
    /// result that is stale has none: its places may be others now.
    pub fn fix(&mut self) -> bool {
        if self.is_stale() {
            return false;
        }
        let here = self.line() + 1;
        let on_line = |d: &&Diagnostic| d.span.is_some_and(|s| s.line == here);
        let edit = self.diagnostics.iter().filter(on_line).find_map(|d| d.fix.as_ref()?.edit.clone());
        let Some(text) = edit.and_then(|edit| edit.applied(self.editing.text())) else { return false };
        let (range, new) = difference(self.editing.text(), &text);
        self.editing.replace(range, new, Kind::Other);
        true
    }

    /// The line of the cursor, from 0.
    pub fn line(&self) -> usize {
        self.editing.text()[..self.editing.cursor()].bytes().filter(|b| *b == b'\n').count()
    }

    /// Puts the cursor at the first letter of a line (from 0), or of the last.
    fn go_to_line(&mut self, line: usize) {
        self.measure();
        let Some(range) = self.lines.1.get(line.min(self.lines.1.len().saturating_sub(1))).cloned() else { return };
        let text = &self.editing.text()[range.clone()];
        self.editing.go_to(range.start + text.len() - text.trim_start().len());
    }

    /// Brings the places of the lines up to date.
    fn measure(&mut self) {
        if self.lines.0 != self.editing.revision() || self.lines.1.is_empty() {
            self.lines = (self.editing.revision(), line_ranges(self.editing.text()));
        }
    }
}

/// Where the lines of a text stand, without their ends; what stands behind the last line end is one more.
fn line_ranges(text: &str) -> Vec<Range<usize>> {
    let mut at = 0;
    text.split('\n')
        .map(|line| {
            let start = at;
            at += line.len() + 1;
            start..start + line.strip_suffix('\r').unwrap_or(line).len()
        })
        .collect()
}

/// The one range in which two texts differ, and what stands there in the second.
fn difference<'a>(old: &str, new: &'a str) -> (Range<usize>, &'a str) {
    let same = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
    let start = safe::floor(old, same).min(safe::floor(new, same));
    let most = old.len().min(new.len()) - start;
    let tail = old.bytes().rev().zip(new.bytes().rev()).take(most).take_while(|(a, b)| a == b).count();
    let mut end = new.len() - tail;
    while !new.is_char_boundary(end) {
        end += 1;
    }
    (start..old.len() - (new.len() - end), &new[start..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::state::Document;

    fn editor(text: &str, line: usize) -> Editor {
        let document = Some(Document { file: "pipelines/a.yaml".to_owned(), text: text.to_owned() });
        Editor::open(&State { document, ..State::default() }, line).unwrap()
    }

    #[test]
    fn a_new_line_is_indented_and_ended_as_the_others() {
        let mut e = editor("steps:\r\n  - id: a\r\n", 2);
        e.editing.end();
        e.newline();
        e.indent();
        e.type_char('x');
        assert_eq!(e.editing.text(), "steps:\r\n  - id: a\r\n    x\r\n");
        e.paste("\na\n");
        assert_eq!(e.editing.text(), "steps:\r\n  - id: a\r\n    x\r\na\r\n\r\n");
    }

    #[test]
    fn results_of_older_texts_are_marked_and_newer_ones_win() {
        let problem = |code: &str| vec![Diagnostic::error(code, "m")];
        let mut e = editor("a: 1\n", 1);
        assert!(!e.is_stale() && !e.is_changed());
        e.type_char('x');
        e.type_char('y');
        e.take_check(1, problem("first"));
        assert!(e.is_stale() && e.diagnostics[0].code == "first");
        e.take_check(2, problem("second"));
        e.take_check(1, problem("late"));
        assert!(!e.is_stale() && e.diagnostics[0].code == "second");
        e.written(Target::Document);
        assert!(!e.is_changed());
    }

    #[test]
    fn what_differs_is_one_range() {
        for (old, new) in [("abc", "axc"), ("aé", "aè"), ("", "x"), ("x", ""), ("aa", "aaa"), ("é", "éé"), ("a", "a")]
        {
            let (range, text) = difference(old, new);
            let mut made = old.to_owned();
            made.replace_range(range, text);
            assert_eq!(made, new);
        }
    }

    #[test]
    fn lines_are_found_with_any_end() {
        assert_eq!(line_ranges("a\r\nb\n"), [0..1, 3..4, 5..5]);
        assert_eq!(line_ranges(""), std::iter::once(0..0).collect::<Vec<_>>());
        let mut e = editor("a\nb\nc", 3);
        assert_eq!((e.line(), e.editing.cursor()), (2, 4));
        e.page(-1);
        assert_eq!(e.line(), 1);
    }
}
