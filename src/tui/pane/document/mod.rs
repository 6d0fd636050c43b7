//! The document pane: the pipeline file with its diagnostics under their lines, or the proposal under
//! review as a diff whose hunks can be decided.
//!
//! Owns: the cursor, which hunk it is in, how the two texts stand. Does not own: the decisions (a fold of
//! the session), what keys mean (`update`).

mod draw;
mod layout;
pub mod places;
mod words;

use super::list::List;
use crate::pipeline::oml::hunk::{Cut, Decision};
use crate::session::State;
use crate::session::state::Review;
use crate::tui::theme::Theme;
use layout::{Frame, Layout, Side};

/// From here on the two texts stand side by side unless somebody wants them otherwise.
const BESIDE: usize = 110;
/// Below this they never do.
const LEAST_BESIDE: usize = 64;

/// What the document pane remembers.
#[derive(Default)]
pub struct DocumentPane {
    /// The row of the cursor, and the rows in sight.
    rows: List,
    left: usize,
    hunk: usize,
    proposal: u32,
    layout: Layout,
    /// What `layout` was made for.
    made_for: Option<(u64, usize, bool)>,
    /// Whether the texts are wanted side by side; by itself where there is room.
    beside: Option<bool>,
    /// Cells of a row when it was last drawn.
    columns: usize,
    /// A place to bring into sight with the next frame.
    reveal: Option<Reveal>,
}

#[derive(Clone, Copy, Debug)]
enum Reveal {
    Hunk(usize),
    Line(usize),
}

impl DocumentPane {
    /// Forgets what was drawn: the state or the theme is another one.
    pub fn reset(&mut self) {
        self.made_for = None;
    }

    /// The hunk under the cursor.
    pub fn hunk(&self) -> usize {
        self.hunk
    }

    /// Where the hunk under the cursor is to be cut.
    pub fn cut(&self) -> Cut {
        let row = self.rows.selected;
        match self.layout.place_at(row).filter(|_| self.layout.hunk_at(row) == Some(self.hunk)) {
            Some((Side::Old, line)) => Cut::Old(line),
            Some((Side::New, line)) => Cut::New(line),
            None => Cut::Natural,
        }
    }

    /// Puts the cursor on a hunk.
    pub fn select_hunk(&mut self, hunk: usize) {
        self.hunk = hunk;
        self.reveal = Some(Reveal::Hunk(hunk));
    }

    /// After a decision: on to the next hunk that is still open.
    pub fn next_open(&mut self, review: &Review) {
        let other = |n: &usize| *n != self.hunk && review.decisions[*n] == Decision::Open;
        let count = review.decisions.len();
        let next = (self.hunk..count).find(other).or_else(|| (0..self.hunk.min(count)).find(other));
        if let Some(next) = next {
            self.select_hunk(next);
        }
    }

    /// Moves the cursor over hunks.
    pub fn move_hunk(&mut self, by: isize, count: usize) {
        self.select_hunk(self.hunk.saturating_add_signed(by).min(count.saturating_sub(1)));
    }

    /// Brings a line of the shown text (from 1) into sight with the next frame.
    pub fn show_line(&mut self, line: usize) {
        self.reveal = Some(Reveal::Line(line));
    }

    /// Shows the two texts side by side, or as one; says whether there is room for that.
    pub fn toggle(&mut self) -> bool {
        let beside = self.layout.half.is_none();
        self.beside = Some(beside);
        self.reveal = Some(Reveal::Hunk(self.hunk));
        !beside || self.columns >= LEAST_BESIDE
    }

    fn is_beside(&self, columns: usize) -> bool {
        columns >= LEAST_BESIDE && self.beside.unwrap_or(columns >= BESIDE)
    }

    /// Moves the cursor by rows.
    pub fn move_by(&mut self, rows: isize) {
        self.rows.move_by(rows, self.layout.rows.len());
        self.follow();
    }

    /// Puts the cursor on a row that is in sight.
    pub fn click(&mut self, row: usize) {
        if row < self.rows.page && self.rows.top + row < self.layout.rows.len() {
            self.rows.select(self.rows.top + row);
            self.follow();
        }
    }

    /// Moves the cursor by pages.
    pub fn page(&mut self, pages: isize) {
        self.rows.page_by(pages, self.layout.rows.len());
        self.follow();
    }

    /// The line (from 1) of the shown text that the cursor is on or below.
    pub fn line(&self) -> Option<usize> {
        self.layout.line_at(self.rows.selected)
    }

    /// Whether the next frame brings another hunk into sight: then that is where the cursor is.
    pub fn is_moving(&self) -> bool {
        matches!(self.reveal, Some(Reveal::Hunk(_)))
    }

    /// The hunk that the cursor is in is the one to decide.
    fn follow(&mut self) {
        if let Some(hunk) = self.layout.hunk_at(self.rows.selected) {
            self.hunk = hunk;
        }
    }

    /// Scrolls to the side.
    pub fn sideways(&mut self, cells: isize) {
        self.left = self.left.saturating_add_signed(cells).min(4096);
    }

    /// To the first or the last row.
    pub fn edge(&mut self, last: bool) {
        self.rows.select(if last { self.layout.rows.len().saturating_sub(1) } else { 0 });
        self.follow();
    }

    /// Begins anew at the top when another proposal is under review.
    pub fn meet(&mut self, state: &State) {
        if let Some(review) = &state.review {
            if review.proposal != self.proposal {
                self.proposal = review.proposal;
                self.rows = List::default();
                self.left = 0;
                self.hunk = 0;
            }
            self.hunk = self.hunk.min(review.hunks.len().saturating_sub(1));
        }
    }

    fn prepare(&mut self, state: &State, columns: usize, theme: &Theme) {
        self.meet(state);
        self.columns = columns;
        // Beside a new document there is nothing to see, unless somebody asks for it.
        let is_change = state.review.as_ref().is_some_and(|r| !r.base.is_empty());
        let beside = self.is_beside(columns) && (is_change || self.beside == Some(true));
        let key = (state.document_version, columns, beside);
        if self.made_for != Some(key) {
            self.made_for = Some(key);
            self.layout = Layout::of(state, Frame { columns, beside, theme });
        }
    }

    /// Brings into sight what was asked for.
    fn settle(&mut self, height: usize) {
        let Some(reveal) = self.reveal.take() else { return };
        let (first, last) = match reveal {
            Reveal::Hunk(hunk) => self.layout.rows_of_hunk(hunk),
            Reveal::Line(line) => {
                if let Some(hunk) = self.layout.hunk_of_line(line) {
                    self.hunk = hunk;
                }
                self.layout.rows_of_line(line)
            }
        };
        self.rows.select(first);
        let top = self.rows.top;
        if first < top || last >= top + height {
            let fits = last + 1 - first <= height;
            let lead = if fits { ((height - (last + 1 - first)) / 2).min(2) } else { 0 };
            self.rows.top = if fits && first >= top {
                (last + 1 + lead).saturating_sub(height)
            } else {
                first.saturating_sub(lead)
            };
        }
    }
}

/// The pane's title: what is shown, and how it stands.
pub fn title(state: &State) -> (String, String) {
    let problems = crate::diagnostic::summary(&state.diagnostics);
    match (&state.review, &state.document) {
        (Some(review), _) => {
            let state = if review.checked { problems } else { "being checked".to_owned() };
            (format!("Review of proposal {}", review.proposal), format!("{}  {state}", review.file))
        }
        (None, Some(document)) => {
            let compiled = if state.compiled.is_some() { ", compiled" } else { "" };
            ("Document".to_owned(), format!("{}  {problems}{compiled}", document.file))
        }
        (None, None) => ("Document".to_owned(), String::new()),
    }
}
