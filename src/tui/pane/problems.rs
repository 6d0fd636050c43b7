//! The problems pane: every diagnostic of what the document pane shows, and the whole of the selected.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::list::List;
use crate::diagnostic::Diagnostic;
use crate::session::State;
use crate::tui::text::clean_line;
use crate::tui::theme::{Scope, Theme};
use crate::tui::view::{canvas, diagnostic};

/// What the pane remembers.
#[derive(Debug, Default)]
pub struct Problems {
    /// The selection.
    pub list: List,
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
        // The list gets what it needs up to half, the details the rest.
        let list_rows = all.len().min((height / 2).max(1)).min(height);
        let window = self.list.window(all.len(), list_rows);
        for (y, n) in window.enumerate() {
            let selected = focused && n == self.list.selected;
            canvas::put(buf, area, y, &row(&all[n], selected, columns, theme));
            if selected {
                canvas::paint(buf, area, y, theme.style(Scope::ListSelected));
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
