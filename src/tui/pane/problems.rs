//! The problems pane: every diagnostic of what the document pane shows, by step, and the whole of the
//! selected.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::list::List;
use crate::diagnostic::{Diagnostic, LineIndex};
use crate::session::State;
use crate::tui::text::clean_line;
use crate::tui::theme::{Scope, Theme};
use crate::tui::view::{canvas, diagnostic};
use crate::yaml;

/// The steps of a longer document are named by their numbers: reading it takes time that a frame has not.
const LARGEST: usize = 256 * 1024;

/// What the pane remembers.
#[derive(Debug, Default)]
pub struct Problems {
    /// The selection.
    pub list: List,
    /// The rows in sight: problems and the heads of their groups.
    rows: List,
    /// The ids of the document's steps, and the version of the document that they are of.
    steps: (u64, Vec<String>),
}

enum Row {
    Head(String),
    Problem(usize),
}

impl Problems {
    /// The selected diagnostic.
    pub fn selected<'a>(&self, state: &'a State) -> Option<&'a Diagnostic> {
        state.diagnostics.get(self.list.selected)
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
        let details = self
            .selected(state)
            .or(all.last())
            .map(|d| diagnostic::full(d, columns.saturating_sub(2), theme))
            .unwrap_or_default();
        let height = usize::from(area.height);
        self.list.selected = self.list.selected.min(all.len() - 1);
        let rows = self.rows(state, height);
        // The list gets what it needs up to half, the details the rest.
        let list_rows = rows.len().min((height / 2).max(1)).min(height);
        let at = rows.iter().position(|row| matches!(row, Row::Problem(n) if *n == self.list.selected));
        self.rows.select(at.unwrap_or(0));
        self.list.page = list_rows;
        for (y, n) in self.rows.window(rows.len(), list_rows).enumerate() {
            match &rows[n] {
                Row::Head(text) => {
                    let spans = vec![Span::styled(format!(" {}", clean_line(text)), theme.style(Scope::Dim))];
                    canvas::put(buf, area, y, &Line::from(canvas::cut_spans(spans, columns)));
                }
                Row::Problem(n) => {
                    let selected = focused && *n == self.list.selected;
                    canvas::put(buf, area, y, &row(&all[*n], selected, columns, theme));
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
}

impl Problems {
    /// The rows of the list, each group under its head; without heads where there is little room.
    fn rows(&mut self, state: &State, height: usize) -> Vec<Row> {
        if self.steps.0 != state.document_version {
            self.steps = (state.document_version, step_ids(state));
        }
        let groups: Vec<String> = state.diagnostics.iter().map(|d| self.group(d)).collect();
        let heads = height >= 8;
        let mut rows = Vec::new();
        for (n, group) in groups.iter().enumerate() {
            if heads && (n == 0 || groups[n - 1] != *group) {
                let count = groups.iter().filter(|g| *g == group).count();
                rows.push(Row::Head(format!("{group} ({count})")));
            }
            rows.push(Row::Problem(n));
        }
        rows
    }

    fn group(&self, d: &Diagnostic) -> String {
        let step = d.path.as_deref().and_then(|path| path.strip_prefix("steps[")?.split_once(']'));
        match step.and_then(|(number, _)| number.parse::<usize>().ok()) {
            Some(number) => match self.steps.1.get(number).filter(|id| !id.is_empty()) {
                Some(id) => format!("step {id}"),
                None => format!("step {}", number + 1),
            },
            None => d.source.clone().unwrap_or_else(|| "the document".to_owned()),
        }
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

fn row(d: &Diagnostic, selected: bool, columns: usize, theme: &Theme) -> Line<'static> {
    let focus = if selected { theme.glyphs().focus } else { " " };
    let place = d.span.map(|s| format!("{:>4} ", s.line)).unwrap_or_else(|| "   - ".to_owned());
    let spans = vec![
        Span::styled(focus, theme.style(Scope::RuleFocused)),
        Span::styled(
            format!("{} {:<7} ", diagnostic::glyph(d.severity, theme), d.severity.to_string()),
            theme.style(diagnostic::scope(d.severity)),
        ),
        Span::styled(place, theme.style(Scope::DiffNumber)),
        Span::styled(clean_line(&d.message).into_owned(), theme.style(Scope::Text)),
    ];
    Line::from(canvas::cut_spans(spans, columns))
}
