//! The connections pane: a row each with how it is, and the whole of the selected.

use std::collections::BTreeSet;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::list::List;
use crate::connect::health::Verdict;
use crate::session::State;
use crate::session::state::ConnectionHealth;
use crate::tui::options::ConnectionView;
use crate::tui::text::{Rich, clean_line, pad, width};
use crate::tui::theme::{Scope, Theme};
use crate::tui::view::words::duration;
use crate::tui::view::{canvas, diagnostic};

/// What the pane remembers.
#[derive(Debug, Default)]
pub struct ConnectionsPane {
    /// The selection.
    pub list: List,
    /// The connections of the workspace.
    pub all: Arc<Vec<ConnectionView>>,
}

impl ConnectionsPane {
    /// The names in the list: those of the workspace, and those that the session knows of.
    pub fn names(&self, state: &State) -> Vec<String> {
        let names: BTreeSet<&String> = self.all.iter().map(|view| &view.reference).chain(state.health.keys()).collect();
        names.into_iter().cloned().collect()
    }

    /// The selected connection.
    pub fn selected(&self, state: &State) -> Option<String> {
        let mut names = self.names(state);
        let at = self.list.selected.min(names.len().checked_sub(1)?);
        Some(names.swap_remove(at))
    }

    /// Draws it; the selection is shown where the focus is.
    pub fn draw(&mut self, area: Rect, buf: &mut Buffer, state: &State, focused: bool, theme: &Theme) {
        let names = self.names(state);
        if names.is_empty() {
            let text = " No connections. `pipesmith connections add` writes one.";
            canvas::put(buf, area, 0, &Line::styled(text, theme.style(Scope::Dim)));
            return;
        }
        let columns = usize::from(area.width);
        let height = usize::from(area.height);
        let list_rows = names.len().min((height / 2).max(1)).min(height);
        let widest = names.iter().map(|name| width(name)).max().unwrap_or(0).min(columns / 2);
        for (y, n) in self.list.window(names.len(), list_rows).enumerate() {
            let selected = focused && n == self.list.selected;
            let row = self.row(&names[n], selected, widest, columns, state, theme);
            canvas::put(buf, area, y, &row);
            if selected {
                canvas::paint(buf, area, y, theme.style(Scope::ListSelected));
            }
        }
        if list_rows + 1 < height {
            let rule = theme.glyphs().horizontal.repeat(columns);
            canvas::put(buf, area, list_rows, &Line::styled(rule, theme.style(Scope::Rule)));
        }
        let Some(name) = names.get(self.list.selected) else { return };
        for (n, line) in self.details(name, columns.saturating_sub(2), state, theme).iter().enumerate() {
            let mut spans = vec![Span::raw(" ")];
            spans.extend(line.spans.clone());
            canvas::put(buf, area, list_rows + 1 + n, &Line::from(spans));
        }
    }

    fn view(&self, name: &str) -> Option<&ConnectionView> {
        self.all.iter().find(|view| view.reference == name)
    }

    fn row(
        &self,
        name: &str,
        selected: bool,
        widest: usize,
        columns: usize,
        state: &State,
        theme: &Theme,
    ) -> Line<'static> {
        let g = theme.glyphs();
        let view = self.view(name);
        let (glyph, scope, words) = match state.health.get(name) {
            None if view.is_some_and(|view| !view.problems.is_empty()) => {
                (g.warning, Scope::SeverityError, "wrong in the file".to_owned())
            }
            None => match view.map(|view| view.missing.as_slice()).unwrap_or_default() {
                [] => (g.waiting, Scope::Dim, "unknown".to_owned()),
                missing => (g.warning, Scope::StatusNotice, format!("not set: {}", missing.join(", "))),
            },
            Some(ConnectionHealth::Testing) => (g.running, Scope::StateRunning, "checking".to_owned()),
            Some(ConnectionHealth::Found { verdict: Verdict::Works { detail }, duration_us, .. }) => {
                (g.done, Scope::StateDone, format!("ok: {detail} ({})", duration(*duration_us)))
            }
            Some(ConnectionHealth::Found { verdict: Verdict::Fails { kind, diagnostic }, .. }) => {
                (g.failed, Scope::StateFailed, format!("failed ({kind}): {}", diagnostic.message))
            }
        };
        let focus = if selected { g.focus } else { " " };
        let default = if view.is_some_and(|view| view.default) { "  default" } else { "" };
        let spans = vec![
            Span::styled(focus, theme.style(Scope::RuleFocused)),
            Span::styled(format!("{glyph} "), theme.style(scope)),
            Span::styled(pad(&clean_line(name), widest), theme.style(Scope::Strong)),
            Span::styled(format!("  {}", clean_line(&words)), theme.style(scope)),
            Span::styled(default, theme.style(Scope::Dim)),
        ];
        Line::from(canvas::cut_spans(spans, columns))
    }

    fn details(&self, name: &str, columns: usize, state: &State, theme: &Theme) -> Vec<Line<'static>> {
        let mut rows = Vec::new();
        let view = self.view(name);
        if let Some(ConnectionHealth::Found { verdict: Verdict::Fails { diagnostic, .. }, .. }) = state.health.get(name)
        {
            rows.extend(diagnostic::full(diagnostic, columns, theme));
            rows.push(Line::default());
        }
        for problem in view.map(|view| view.problems.as_slice()).unwrap_or_default() {
            rows.extend(diagnostic::full(problem, columns, theme));
            rows.push(Line::default());
        }
        for (field, value) in view.map(|view| view.fields.as_slice()).unwrap_or_default() {
            let mut rich = Rich::new();
            rich.push(&clean_line(field), theme.style(Scope::CodeKey));
            rich.push(&format!(": {}", clean_line(value)), theme.style(Scope::Text));
            rows.extend(rich.wrap(columns, &[], &[Span::raw("  ")]));
        }
        rows
    }
}
