//! The problems pane: every diagnostic of what the document pane shows, by step, and the whole of the
//! selected.

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::list::List;
use crate::diagnostic::{Diagnostic, LineIndex};
use crate::pipeline::oml::causes;
use crate::session::State;
use crate::tui::text::clean_line;
use crate::tui::theme::{Scope, Theme};
use crate::tui::view::{canvas, diagnostic};
use crate::yaml;

/// The steps of a longer document are named by their numbers: reading it takes time that a frame has not.
const LARGEST: usize = 256 * 1024;

/// More problems than this are not searched for what follows from what.
const MOST: usize = 1000;

/// What the pane remembers.
#[derive(Debug, Default)]
pub struct Problems {
    /// The selected diagnostic.
    selected: usize,
    /// The rows in sight: problems and the heads of their groups.
    rows: List,
    /// The roots whose followers are shown.
    open: BTreeSet<usize>,
    known: Known,
}

/// What is known of the problems of a version of the document.
#[derive(Debug, Default)]
struct Known {
    version: u64,
    count: usize,
    /// The ids of the document's steps.
    steps: Vec<String>,
    /// What each problem follows from.
    causes: Vec<Option<usize>>,
}

enum Row {
    Head(String),
    Problem(usize),
}

impl Problems {
    /// The selected diagnostic.
    pub fn selected<'a>(&self, state: &'a State) -> Option<&'a Diagnostic> {
        state.diagnostics.get(self.selected)
    }

    /// Selects the first that is so.
    pub fn select(&mut self, state: &State, is: impl Fn(&Diagnostic) -> bool) {
        if let Some(n) = state.diagnostics.iter().position(is) {
            self.selected = n;
        }
    }

    /// The number of the selected diagnostic.
    pub fn number(&self) -> usize {
        self.selected
    }

    /// Moves the selection by rows.
    pub fn move_by(&mut self, rows: isize, state: &State) {
        let shown = self.shown(state);
        let at = shown.iter().position(|n| *n == self.selected).unwrap_or(0);
        self.selected =
            shown.get(at.saturating_add_signed(rows).min(shown.len().saturating_sub(1))).copied().unwrap_or(0);
    }

    /// Moves the selection by pages.
    pub fn page_by(&mut self, pages: isize, state: &State) {
        let step = isize::try_from(self.rows.page.saturating_sub(1).max(1)).unwrap_or(1);
        self.move_by(pages * step, state);
    }

    /// Selects the first or the last.
    pub fn edge(&mut self, last: bool, state: &State) {
        self.move_by(if last { isize::MAX } else { isize::MIN }, state);
    }

    /// Selects the next, or the one before; round at the ends.
    pub fn step(&mut self, by: isize, state: &State) {
        let before = self.selected;
        self.move_by(by, state);
        if self.selected == before {
            self.edge(by < 0, state);
        }
    }

    /// Shows what follows from the selected problem, or folds it away.
    pub fn unfold(&mut self, open: bool, state: &State) {
        self.learn(state);
        let root = self.known.causes.get(self.selected).copied().flatten().unwrap_or(self.selected);
        if open {
            self.open.insert(root);
        } else {
            self.open.remove(&root);
            self.selected = root;
        }
    }

    /// The problems as they are listed: roots in document order, what follows from one behind it where it
    /// is unfolded.
    fn shown(&mut self, state: &State) -> Vec<usize> {
        self.learn(state);
        let causes = &self.known.causes;
        let mut shown = Vec::with_capacity(causes.len());
        for root in (0..causes.len()).filter(|n| causes[*n].is_none()) {
            shown.push(root);
            if self.open.contains(&root) {
                shown.extend((0..causes.len()).filter(|n| causes[*n] == Some(root)));
            }
        }
        shown
    }

    fn learn(&mut self, state: &State) {
        let count = state.diagnostics.len();
        if (self.known.version, self.known.count) != (state.document_version, count) {
            let causes = if count <= MOST { causes(&state.diagnostics) } else { vec![None; count] };
            self.known = Known { version: state.document_version, count, steps: step_ids(state), causes };
            self.open.clear();
        }
    }

    /// Draws it; the selection is shown where the focus is.
    pub fn draw(&mut self, area: Rect, buf: &mut Buffer, state: &State, focused: bool, theme: &Theme) {
        let all = &state.diagnostics;
        if all.is_empty() {
            let text = if state.document.is_some() || state.review.is_some() {
                " No problems."
            } else {
                " Nothing has been checked yet."
            };
            canvas::put(buf, area, 0, &Line::styled(text, theme.style(Scope::Dim)));
            return;
        }
        let columns = usize::from(area.width);
        let height = usize::from(area.height);
        self.selected = self.selected.min(all.len() - 1);
        let rows = self.rows(state, height);
        let details =
            self.selected(state).map(|d| diagnostic::full(d, columns.saturating_sub(2), theme)).unwrap_or_default();
        // The list gets what it needs up to half, the details the rest.
        let list_rows = rows.len().min((height / 2).max(1)).min(height);
        let at = rows.iter().position(|row| matches!(row, Row::Problem(n) if *n == self.selected));
        self.rows.select(at.unwrap_or(0));
        for (y, n) in self.rows.window(rows.len(), list_rows).enumerate() {
            match &rows[n] {
                Row::Head(text) => {
                    let spans = vec![Span::styled(format!(" {}", clean_line(text)), theme.style(Scope::Dim))];
                    canvas::put(buf, area, y, &Line::from(canvas::cut_spans(spans, columns)));
                }
                Row::Problem(n) => {
                    let selected = focused && *n == self.selected;
                    canvas::put(buf, area, y, &self.row(&all[*n], *n, selected, columns, theme));
                    if selected {
                        canvas::paint(buf, area, y, theme.style(Scope::ListSelected));
                    }
                }
            }
        }
        if list_rows + 1 < height {
            let rule = theme.glyphs().horizontal.repeat(columns);
            canvas::put(buf, area, list_rows, &Line::styled(rule, theme.style(Scope::Rule)));
        }
        for (n, line) in details.iter().enumerate() {
            let mut spans = vec![Span::raw(" ")];
            spans.extend(line.spans.clone());
            canvas::put(buf, area, list_rows + 1 + n, &Line::from(spans));
        }
    }

    /// The rows of the list, each group under its head; without heads where there is little room.
    fn rows(&mut self, state: &State, height: usize) -> Vec<Row> {
        let shown = self.shown(state);
        if !shown.contains(&self.selected) {
            // What follows from a root is behind it.
            self.selected = self.known.causes[self.selected].unwrap_or(self.selected);
        }
        let groups: Vec<String> = state.diagnostics.iter().map(|d| self.group(d)).collect();
        let heads = height >= 8;
        let mut rows = Vec::new();
        let mut last: Option<&str> = None;
        for n in shown {
            if self.known.causes[n].is_none() && last != Some(groups[n].as_str()) {
                last = Some(&groups[n]);
                if heads {
                    let count = groups.iter().filter(|g| **g == groups[n]).count();
                    rows.push(Row::Head(format!("{} ({count})", groups[n])));
                }
            }
            rows.push(Row::Problem(n));
        }
        rows
    }

    fn group(&self, d: &Diagnostic) -> String {
        let step = d.path.as_deref().and_then(|path| path.strip_prefix("steps[")?.split_once(']'));
        match step.and_then(|(number, _)| number.parse::<usize>().ok()) {
            Some(number) => match self.known.steps.get(number).filter(|id| !id.is_empty()) {
                Some(id) => format!("step {id}"),
                None => format!("step {}", number + 1),
            },
            None => d.source.clone().unwrap_or_else(|| "the document".to_owned()),
        }
    }

    fn row(&self, d: &Diagnostic, n: usize, selected: bool, columns: usize, theme: &Theme) -> Line<'static> {
        let focus = if selected { theme.glyphs().focus } else { " " };
        let place = d.span.map(|s| format!("{:>4} ", s.line)).unwrap_or_else(|| "   - ".to_owned());
        let followers = self.known.causes.iter().filter(|c| **c == Some(n)).count();
        let mut spans = vec![
            Span::styled(focus, theme.style(Scope::RuleFocused)),
            Span::styled(
                format!("{} {:<7} ", diagnostic::glyph(d.severity, theme), d.severity.to_string()),
                theme.style(diagnostic::scope(d.severity)),
            ),
            Span::styled(place, theme.style(Scope::DiffNumber)),
        ];
        if self.known.causes[n].is_some() {
            spans.push(Span::styled("  follows: ", theme.style(Scope::Dim)));
        }
        if followers > 0 && !self.open.contains(&n) {
            spans.push(Span::styled(format!("(+{followers}) "), theme.style(Scope::Strong)));
        }
        spans.push(Span::styled(clean_line(&d.message).into_owned(), theme.style(Scope::Text)));
        Line::from(canvas::cut_spans(spans, columns))
    }
}

fn step_ids(state: &State) -> Vec<String> {
    let text = state.review.as_ref().map(|r| &r.text).or(state.document.as_ref().map(|d| &d.text));
    let Some(text) = text.filter(|text| text.len() <= LARGEST) else { return Vec::new() };
    let lines = LineIndex::new(text);
    let tree = yaml::load(&lines);
    let steps = tree.root.as_ref().and_then(|root| root.as_map()?.get("steps")?.as_seq());
    let id = |step: &yaml::Node| step.as_map()?.get("id")?.as_str().map(str::to_owned);
    steps.into_iter().flat_map(|steps| &steps.items).map(|step| id(step).unwrap_or_default()).collect()
}
