//! The rows of the document pane: made anew when the document changes, as places in its texts.

use std::collections::HashMap;
use std::ops::Range;

use ratatui::text::{Line, Span};

use super::places::line_ranges;
use super::words;
use crate::diagnostic::Diagnostic;
use crate::session::State;
use crate::session::state::Review;
use crate::tui::text::{Rich, clean_line, safe};
use crate::tui::theme::{Scope, Theme};
use crate::tui::view::diagnostic::under_line;

/// Unchanged lines that are shown around a hunk.
const CONTEXT: usize = 3;
/// Old lines that a new one is held against.
const NEAR: usize = 3;
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

/// A line of a text at a row.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Which text.
    pub side: Side,
    /// Where in it, without the line end.
    pub range: Range<usize>,
    /// Its line, from 0.
    pub line: usize,
    /// `+`, `-` or a space.
    pub mark: char,
    /// What of it has changed, where it stands for a line of the other text: bytes of the line.
    pub changed: Vec<Range<usize>>,
}

/// A row.
#[derive(Debug)]
pub enum Row {
    /// A line of a text.
    Text {
        /// The line.
        cell: Cell,
        /// The hunk it belongs to.
        hunk: Option<usize>,
    },
    /// A line of each text, side by side.
    Pair {
        /// Of the base.
        old: Option<Cell>,
        /// Of the proposal.
        new: Option<Cell>,
        /// The hunk they belong to.
        hunk: Option<usize>,
    },
    /// The head of a hunk.
    Head(usize),
    /// Lines left out.
    Fold(usize),
    /// A row of a diagnostic or a comment.
    Ready(Line<'static>),
}

impl Row {
    /// The line of the shown text that stands in the row, from 0.
    fn line(&self) -> Option<usize> {
        match self {
            Row::Text { cell: Cell { side: Side::New, line, .. }, .. } => Some(*line),
            Row::Pair { new: Some(cell), .. } => Some(cell.line),
            _ => None,
        }
    }

    fn hunk(&self) -> Option<usize> {
        match self {
            Row::Text { hunk, .. } | Row::Pair { hunk, .. } => *hunk,
            Row::Head(hunk) => Some(*hunk),
            Row::Fold(_) | Row::Ready(_) => None,
        }
    }
}

/// All rows.
#[derive(Debug, Default)]
pub struct Layout {
    /// From top to bottom.
    pub rows: Vec<Row>,
    /// Cells before a text.
    pub gutter: usize,
    /// Cells of each half, where the texts stand side by side.
    pub half: Option<usize>,
}

/// What the rows are made for.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Cells of a row.
    pub columns: usize,
    /// Whether the texts stand side by side.
    pub beside: bool,
    /// How it looks.
    pub theme: &'a Theme,
}

struct Builder<'a> {
    rows: Vec<Row>,
    lines: [Vec<Range<usize>>; 2],
    texts: [&'a str; 2],
    /// What has changed of lines of the hunk that is being laid out: by text and line.
    changed: HashMap<(usize, usize), Vec<Range<usize>>>,
    text: &'a str,
    /// By their line.
    diagnostics: Vec<&'a Diagnostic>,
    frame: Frame<'a>,
    gutter: usize,
    half: Option<usize>,
}

impl<'a> Builder<'a> {
    fn on_line(&self, line: usize) -> &[&'a Diagnostic] {
        let line_of = |d: &&Diagnostic| d.span.map_or(0, |s| s.line);
        let from = self.diagnostics.partition_point(|d| line_of(d) <= line);
        let to = self.diagnostics.partition_point(|d| line_of(d) <= line + 1);
        &self.diagnostics[from..to]
    }

    fn cell(&self, side: Side, line: usize, mark: char) -> Option<Cell> {
        let range = self.lines[side as usize].get(line)?.clone();
        let changed = self.changed.get(&(side as usize, line)).cloned().unwrap_or_default();
        Some(Cell { side, range, line, mark, changed })
    }

    fn line(&mut self, side: Side, line: usize, mark: char, hunk: Option<usize>) {
        let Some(cell) = self.cell(side, line, mark) else { return };
        let range = cell.range.clone();
        self.rows.push(Row::Text { cell, hunk });
        if side == Side::New {
            self.notes(line, range);
        }
    }

    fn pair(&mut self, old: Option<(usize, char)>, new: Option<(usize, char)>, hunk: Option<usize>) {
        let old = old.and_then(|(line, mark)| self.cell(Side::Old, line, mark));
        let new = new.and_then(|(line, mark)| self.cell(Side::New, line, mark));
        let note = new.as_ref().map(|cell| (cell.line, cell.range.clone()));
        self.rows.push(Row::Pair { old, new, hunk });
        if let Some((line, range)) = note {
            self.notes(line, range);
        }
    }

    fn notes(&mut self, line: usize, range: Range<usize>) {
        let text = self.text;
        let (lead, columns) = match self.half {
            Some(half) => (half + 1, half),
            None => (0, self.frame.columns),
        };
        for d in self.on_line(line).to_vec() {
            let Some(span) = d.span else { continue };
            let start = safe::floor(text, span.start).clamp(range.start, range.end);
            let end = safe::floor(text, span.end).clamp(start, range.end);
            let (before, marked) = (&text[range.start..start], &text[start..end]);
            for row in under_line(d, self.gutter, before, marked, columns, self.frame.theme) {
                let mut spans = vec![Span::raw(" ".repeat(lead))];
                spans.extend(row.spans);
                self.rows.push(Row::Ready(Line::from(spans)));
            }
        }
    }

    /// Unchanged lines of the proposal; those of the base stand `shift` lines further down.
    fn unchanged(&mut self, lines: Range<usize>, shift: isize, first: bool, last: bool) {
        let lead = if first { lines.start } else { (lines.start + CONTEXT).min(lines.end) };
        let trail = if last { lines.end } else { lines.end.saturating_sub(CONTEXT).max(lead) };
        let mut folded = 0;
        for line in lines {
            let near = line < lead || line >= trail || !self.on_line(line).is_empty();
            if !near {
                folded += 1;
                continue;
            }
            self.fold(&mut folded);
            if self.half.is_some() {
                self.pair(Some((line.saturating_add_signed(shift), ' ')), Some((line, ' ')), None);
            } else {
                self.line(Side::New, line, ' ', None);
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

    fn comment(&mut self, text: &str) {
        let theme = self.frame.theme;
        let mark = Span::styled(format!("  {} ", theme.glyphs().person), theme.style(Scope::ChatPerson));
        for (n, line) in text.lines().take(20).enumerate() {
            let mut rich = Rich::new();
            rich.push(&clean_line(line), theme.style(Scope::ChatPerson));
            let first = if n == 0 { mark.clone() } else { Span::raw("    ") };
            let rows = rich.wrap(self.frame.columns, &[first], &[Span::raw("    ")]);
            self.rows.extend(rows.into_iter().map(Row::Ready));
        }
    }

    /// Finds what has changed of the lines of a hunk. Each line of the proposal is held against the next old lines.
    fn find_changed(&mut self, old: &Range<usize>, new: &Range<usize>) {
        let text = |side: usize, line: usize| {
            self.lines[side].get(line).and_then(|range| self.texts[side].get(range.clone())).unwrap_or_default()
        };
        let mut found = HashMap::new();
        let mut next = old.start;
        for line in new.clone().take(words::LINES) {
            let near = next..old.end.min(next + NEAR);
            let pair = near.into_iter().find_map(|o| Some((o, words::changed(text(0, o), text(1, line))?)));
            if let Some((o, [gone, come])) = pair {
                found.extend([((0, o), gone), ((1, line), come)]);
                next = o + 1;
            }
        }
        self.changed = found;
    }

    fn review(&mut self, review: &Review) {
        let (mut at, mut shift) = (0, 0isize);
        for (n, hunk) in review.hunks.iter().enumerate() {
            self.unchanged(at..hunk.new.start, shift, n == 0, false);
            self.rows.push(Row::Head(n));
            self.find_changed(&hunk.old, &hunk.new);
            if let Some(comment) = review.comments.get(n).filter(|text| !text.is_empty()) {
                self.comment(comment);
            }
            if self.half.is_some() {
                for k in 0..hunk.old.len().max(hunk.new.len()) {
                    let of = |lines: &Range<usize>, mark| (k < lines.len()).then_some((lines.start + k, mark));
                    self.pair(of(&hunk.old, '-'), of(&hunk.new, '+'), Some(n));
                }
            } else {
                hunk.old.clone().for_each(|line| self.line(Side::Old, line, '-', Some(n)));
                hunk.new.clone().for_each(|line| self.line(Side::New, line, '+', Some(n)));
            }
            self.changed.clear();
            at = hunk.new.end;
            shift = hunk.old.end.cast_signed() - hunk.new.end.cast_signed();
        }
        if !review.hunks.is_empty() {
            self.unchanged(at..self.lines[1].len(), shift, false, true);
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
    pub fn of(state: &State, frame: Frame<'_>) -> Layout {
        let [old, new] = Layout::texts(state);
        let lines = [line_ranges(old), line_ranges(new)];
        let digits = lines[0].len().max(lines[1].len()).max(1).to_string().len();
        let gutter = digits + 4;
        let half = (frame.beside && state.review.is_some()).then_some(frame.columns.saturating_sub(1) / 2);
        let mut diagnostics: Vec<&Diagnostic> =
            state.diagnostics.iter().filter(|d| d.span.is_some()).take(DIAGNOSTICS).collect();
        diagnostics.sort_by_key(|d| d.span.map_or(0, |s| s.line));
        let rows = Vec::with_capacity(lines[1].len() + 16);
        let mut builder = Builder {
            rows,
            lines,
            texts: [old, new],
            changed: HashMap::new(),
            text: new,
            diagnostics,
            frame,
            gutter,
            half,
        };
        for d in state.diagnostics.iter().filter(|d| d.span.is_none()).take(20) {
            let rows = crate::tui::view::diagnostic::brief(d, frame.columns, frame.theme);
            builder.rows.extend(rows.into_iter().map(Row::Ready));
        }
        match &state.review {
            Some(review) => builder.review(review),
            None => (0..builder.lines[1].len()).for_each(|line| builder.line(Side::New, line, ' ', None)),
        }
        Layout { rows: builder.rows, gutter, half }
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
        let of = |r: &Row| {
            matches!(r, Row::Text { hunk: Some(n), .. } | Row::Pair { hunk: Some(n), .. } if *n == hunk)
                || matches!(r, Row::Ready(_))
        };
        let rest = self.rows.get(first + 1..).unwrap_or_default();
        (first, first + rest.iter().take_while(|r| of(r)).count())
    }

    /// First and last row of a line (from 1), the rows of its diagnostics with it.
    pub fn rows_of_line(&self, line: usize) -> (usize, usize) {
        let first = self.rows.iter().position(|r| r.line() == Some(line.saturating_sub(1))).unwrap_or(0);
        let rest = self.rows.get(first + 1..).unwrap_or_default();
        (first, first + rest.iter().take_while(|r| matches!(r, Row::Ready(_))).count())
    }

    /// The line (from 1) of the shown text at a row, or the last one above it.
    pub fn line_at(&self, row: usize) -> Option<usize> {
        self.rows.get(..=row)?.iter().rev().find_map(|r| r.line().map(|line| line + 1))
    }

    /// The line at a row itself: which text and which line (from 0).
    pub fn place_at(&self, row: usize) -> Option<(Side, usize)> {
        match self.rows.get(row)? {
            Row::Text { cell, .. } => Some((cell.side, cell.line)),
            Row::Pair { new: Some(cell), .. } | Row::Pair { old: Some(cell), .. } => Some((cell.side, cell.line)),
            _ => None,
        }
    }

    /// The hunk that a row belongs to.
    pub fn hunk_at(&self, row: usize) -> Option<usize> {
        self.rows.get(row)?.hunk()
    }

    /// The hunk that a line (from 1) belongs to.
    pub fn hunk_of_line(&self, line: usize) -> Option<usize> {
        self.rows.iter().find(|r| r.line() == Some(line.saturating_sub(1)))?.hunk()
    }
}

const _: () = assert!(Side::New as usize == 1);
