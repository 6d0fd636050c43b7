//! The rows of the document pane: made anew when the document changes, as places in its texts.

use std::ops::Range;

use ratatui::text::Line;

use crate::diagnostic::Diagnostic;
use crate::session::State;
use crate::session::state::Review;
use crate::tui::theme::Theme;
use crate::tui::view::diagnostic::under_line;

/// Unchanged lines that are shown around a hunk.
const CONTEXT: usize = 3;
/// Diagnostics that are shown in the text; the others are in Problems.
const DIAGNOSTICS: usize = 200;

/// Which text a line is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What the file holds.
    Old = 0,
    /// What is proposed; the document itself when nothing is.
    New = 1,
}

/// A row.
#[derive(Debug)]
pub enum Row {
    /// A line of a text.
    Text {
        /// Which text.
        side: Side,
        /// Where in it, without the line end.
        range: Range<usize>,
        /// Its line, from 0.
        line: usize,
        /// The number to show.
        number: usize,
        /// `+`, `-` or a space.
        mark: char,
        /// The hunk it belongs to.
        hunk: Option<usize>,
    },
    /// The head of a hunk.
    Head(usize),
    /// Lines left out.
    Fold(usize),
    /// A row of a diagnostic.
    Ready(Line<'static>),
}

/// All rows.
#[derive(Debug, Default)]
pub struct Layout {
    /// From top to bottom.
    pub rows: Vec<Row>,
    /// Cells before the text.
    pub gutter: usize,
}

/// Where the lines of a text stand, without their ends.
fn line_ranges(text: &str) -> Vec<Range<usize>> {
    let mut at = 0;
    text.split_inclusive('\n')
        .map(|line| {
            let start = at;
            at += line.len();
            start..start + line.trim_end_matches(['\n', '\r']).len()
        })
        .collect()
}

struct Builder<'a> {
    rows: Vec<Row>,
    old: Vec<Range<usize>>,
    new: Vec<Range<usize>>,
    text: &'a str,
    diagnostics: Vec<&'a Diagnostic>,
    columns: usize,
    gutter: usize,
    theme: &'a Theme,
}

impl<'a> Builder<'a> {
    fn on_line(&self, line: usize) -> impl Iterator<Item = &'a Diagnostic> {
        self.diagnostics.iter().copied().filter(move |d| d.span.is_some_and(|s| s.line == line + 1))
    }

    fn line(&mut self, side: Side, line: usize, mark: char, hunk: Option<usize>) {
        let ranges = if side == Side::Old { &self.old } else { &self.new };
        let Some(range) = ranges.get(line).cloned() else { return };
        self.rows.push(Row::Text { side, range: range.clone(), line, number: line + 1, mark, hunk });
        if side == Side::New {
            self.notes(line, range);
        }
    }

    fn notes(&mut self, line: usize, range: Range<usize>) {
        let text = self.text;
        let found: Vec<&Diagnostic> = self.on_line(line).collect();
        for d in found {
            let Some(span) = d.span else { continue };
            let start = crate::tui::text::safe::floor(text, span.start).clamp(range.start, range.end);
            let end = crate::tui::text::safe::floor(text, span.end).clamp(start, range.end);
            let (before, marked) = (&text[range.start..start], &text[start..end]);
            let rows = under_line(d, self.gutter, before, marked, self.columns, self.theme);
            self.rows.extend(rows.into_iter().map(Row::Ready));
        }
    }

    fn unchanged(&mut self, lines: Range<usize>, first: bool, last: bool) {
        let lead = if first { lines.start } else { (lines.start + CONTEXT).min(lines.end) };
        let trail = if last { lines.end } else { lines.end.saturating_sub(CONTEXT).max(lead) };
        let mut folded = 0;
        for line in lines {
            let near = line < lead || line >= trail || self.on_line(line).next().is_some();
            if near {
                self.fold(&mut folded);
                self.line(Side::New, line, ' ', None);
            } else {
                folded += 1;
            }
        }
        self.fold(&mut folded);
    }

    fn fold(&mut self, lines: &mut usize) {
        if *lines > 0 {
            self.rows.push(Row::Fold(*lines));
            *lines = 0;
        }
    }

    fn review(&mut self, review: &Review) {
        let mut at = 0;
        for (n, hunk) in review.hunks.iter().enumerate() {
            self.unchanged(at..hunk.new.start, n == 0, false);
            self.rows.push(Row::Head(n));
            for line in hunk.old.clone() {
                self.line(Side::Old, line, '-', Some(n));
            }
            for line in hunk.new.clone() {
                self.line(Side::New, line, '+', Some(n));
            }
            at = hunk.new.end;
        }
        if !review.hunks.is_empty() {
            self.unchanged(at..self.new.len(), false, true);
        }
    }
}

impl Layout {
    /// The two texts by side.
    pub fn texts(state: &State) -> [&str; 2] {
        match (&state.review, &state.document) {
            (Some(review), _) => [&review.base, &review.text],
            (None, Some(document)) => ["", &document.text],
            (None, None) => ["", ""],
        }
    }

    /// Makes the rows.
    pub fn of(state: &State, columns: usize, theme: &Theme) -> Layout {
        let [old, new] = Layout::texts(state);
        let (old, new_ranges) = (line_ranges(old), line_ranges(new));
        let digits = old.len().max(new_ranges.len()).max(1).to_string().len();
        let gutter = digits + 4;
        let mut builder = Builder {
            rows: Vec::with_capacity(new_ranges.len() + 16),
            old,
            new: new_ranges,
            text: new,
            diagnostics: state.diagnostics.iter().take(DIAGNOSTICS).collect(),
            columns,
            gutter,
            theme,
        };
        for d in state.diagnostics.iter().filter(|d| d.span.is_none()).take(20) {
            let rows = crate::tui::view::diagnostic::brief(d, columns, theme);
            builder.rows.extend(rows.into_iter().map(Row::Ready));
        }
        match &state.review {
            Some(review) => builder.review(review),
            None => {
                for line in 0..builder.new.len() {
                    builder.line(Side::New, line, ' ', None);
                }
            }
        }
        Layout { rows: builder.rows, gutter }
    }

    /// The language of the document, by its file.
    pub fn lang(&self, state: &State) -> &'static str {
        let file = state.review.as_ref().map(|r| &r.file).or(state.document.as_ref().map(|d| &d.file));
        match file.and_then(|f| f.rsplit_once('.')).map(|(_, end)| end) {
            Some("sql") => "sql",
            Some("json") => "json",
            _ => "yaml",
        }
    }

    /// First and last row of a hunk.
    pub fn rows_of_hunk(&self, hunk: usize) -> (usize, usize) {
        let first = self.rows.iter().position(|r| matches!(r, Row::Head(n) if *n == hunk)).unwrap_or(0);
        let of = |r: &Row| matches!(r, Row::Text { hunk: Some(n), .. } if *n == hunk) || matches!(r, Row::Ready(_));
        let rest = self.rows.get(first + 1..).unwrap_or_default();
        (first, first + rest.iter().take_while(|r| of(r)).count())
    }

    /// First and last row of a line (from 1), the rows of its diagnostics with it.
    pub fn rows_of_line(&self, line: usize) -> (usize, usize) {
        let is = |r: &Row| matches!(r, Row::Text { side: Side::New, number, .. } if *number == line);
        let first = self.rows.iter().position(is).unwrap_or(0);
        let rest = self.rows.get(first + 1..).unwrap_or_default();
        (first, first + rest.iter().take_while(|r| matches!(r, Row::Ready(_))).count())
    }

    /// The line (from 1) of the shown text at a row, or the last one above it.
    pub fn line_at(&self, row: usize) -> Option<usize> {
        self.rows.get(..=row)?.iter().rev().find_map(|r| match r {
            Row::Text { side: Side::New, number, .. } => Some(*number),
            _ => None,
        })
    }

    /// The hunk that a row belongs to.
    pub fn hunk_at(&self, row: usize) -> Option<usize> {
        match self.rows.get(row)? {
            Row::Text { hunk, .. } => *hunk,
            Row::Head(hunk) => Some(*hunk),
            Row::Fold(_) | Row::Ready(_) => None,
        }
    }

    /// The hunk that a line (from 1) belongs to.
    pub fn hunk_of_line(&self, line: usize) -> Option<usize> {
        self.rows.iter().find_map(|r| match r {
            Row::Text { side: Side::New, number, hunk, .. } if *number == line => *hunk,
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_without_their_ends() {
        assert_eq!(line_ranges("a\r\nbc\n\nd"), [0..1, 3..5, 6..6, 7..8]);
        assert!(line_ranges("").is_empty());
    }
}
