//! The trace pane: turns, stages, model calls, checks, compiles, runs and steps as a tree of spans.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::list::List;
use crate::session::State;
use crate::session::state::{SpanKind, SpanStatus, TraceSpan};
use crate::tui::text::clean_line;
use crate::tui::theme::{Scope, Theme};
use crate::tui::view::canvas;
use crate::tui::view::words::duration;

/// What the pane remembers.
#[derive(Debug, Default)]
pub struct TracePane {
    list: List,
    /// The selection was moved away from the end.
    pinned: bool,
}

impl TracePane {
    /// Moves the selection.
    pub fn move_by(&mut self, rows: isize, count: usize) {
        self.list.move_by(rows, count);
        self.pinned = self.list.selected + 1 < count;
    }

    /// Moves it by pages.
    pub fn page_by(&mut self, pages: isize, count: usize) {
        self.list.page_by(pages, count);
        self.pinned = self.list.selected + 1 < count;
    }

    /// To the first or the last row.
    pub fn edge(&mut self, last: bool, count: usize) {
        self.list.select(if last { count.saturating_sub(1) } else { 0 });
        self.pinned = !last;
    }

    /// Selects a row that is in sight.
    pub fn click(&mut self, row: usize, count: usize) {
        if row < self.list.page && self.list.top + row < count {
            self.list.select(self.list.top + row);
            self.pinned = self.list.selected + 1 < count;
        }
    }

    /// The selected span.
    pub fn selected<'a>(&self, state: &'a State) -> Option<&'a TraceSpan> {
        state.trace.spans.get(self.list.selected)
    }

    /// Selects the last span of a step, if there is one.
    pub fn show_step(&mut self, step: &str, state: &State) {
        let is = |span: &TraceSpan| span.kind == SpanKind::Step && span.label == step;
        if let Some(at) = state.trace.spans.iter().rposition(is) {
            self.list.select(at);
            self.pinned = at + 1 < state.trace.spans.len();
        }
    }

    /// Draws it; the selection is shown where the focus is.
    pub fn draw(&mut self, area: Rect, buf: &mut Buffer, state: &State, focused: bool, theme: &Theme) {
        let spans = &state.trace.spans;
        if spans.is_empty() {
            let text = " Nothing has happened yet.";
            canvas::put(buf, area, 0, &Line::styled(text, theme.style(Scope::Dim)));
            return;
        }
        if !self.pinned {
            self.list.select(spans.len() - 1);
        }
        let columns = usize::from(area.width);
        for (y, n) in self.list.window(spans.len(), usize::from(area.height)).enumerate() {
            let selected = focused && n == self.list.selected;
            canvas::put(buf, area, y, &row(&spans[n], selected, columns, theme));
            if selected {
                canvas::paint(buf, area, y, theme.style(Scope::ListSelected));
            }
        }
    }
}

/// Glyph, word and look of a status.
pub fn status(status: SpanStatus, theme: &Theme) -> (&'static str, &'static str, Scope) {
    let g = theme.glyphs();
    match status {
        SpanStatus::Open => (g.running, "running", Scope::StateRunning),
        SpanStatus::Done => (g.done, "done", Scope::StateDone),
        SpanStatus::Skipped => (g.skipped, "skipped", Scope::StateWaiting),
        SpanStatus::Failed => (g.failed, "failed", Scope::StateFailed),
        SpanStatus::Cancelled => (g.skipped, "stopped", Scope::StateWaiting),
    }
}

fn row(span: &TraceSpan, selected: bool, columns: usize, theme: &Theme) -> Line<'static> {
    let (glyph, word, scope) = status(span.status, theme);
    let focus = if selected { theme.glyphs().focus } else { " " };
    let label_style = theme.style(if span.depth == 0 { Scope::Strong } else { Scope::Text });
    let mut left = vec![
        Span::styled(focus, theme.style(Scope::RuleFocused)),
        Span::raw("  ".repeat(usize::from(span.depth.min(8)))),
        Span::styled(format!("{glyph} "), theme.style(scope)),
        Span::styled(clean_line(&span.label).into_owned(), label_style),
    ];
    if !matches!(span.status, SpanStatus::Done) {
        left.push(Span::styled(format!(" {word}"), theme.style(scope)));
    }
    if !span.detail.is_empty() {
        left.push(Span::styled(format!("  {}", clean_line(&span.detail)), theme.style(Scope::Dim)));
    }
    let time = span.duration_us.filter(|us| *us > 0).map(duration).unwrap_or_default();
    let right = vec![Span::styled(format!("{time} "), theme.style(Scope::Dim))];
    canvas::justified(columns, left, right)
}
