//! Two sessions side by side.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::window;
use crate::session::compare::{Comparison, Row, RowKind, lines};
use crate::tui::keymap::{Action, Keymap};
use crate::tui::pane::list::Scroll;
use crate::tui::text::{clean_line, cut, pad};
use crate::tui::theme::{Scope, Theme};
use crate::tui::view::canvas;

/// What the window remembers.
#[derive(Debug)]
pub struct Compare {
    rows: Vec<Row>,
    same: bool,
    scroll: Scroll,
}

impl Compare {
    /// Shows a comparison from its top.
    pub fn new(found: &Comparison) -> Compare {
        Compare { rows: lines(found), same: found.is_same(), scroll: Scroll::default() }
    }

    /// Takes an action in; says whether the window closes.
    pub fn act(&mut self, action: Action) -> bool {
        match action {
            Action::NextDifference => {
                let begins = |n: &usize| self.begins_difference(*n);
                let top = self.scroll.top.min(self.rows.len());
                self.scroll.top = (top + 1..self.rows.len()).find(begins).unwrap_or(top);
            }
            Action::PreviousDifference => {
                let begins = |n: &usize| self.begins_difference(*n);
                let top = self.scroll.top.min(self.rows.len());
                self.scroll.top = (0..top).rev().find(begins).unwrap_or(0);
            }
            Action::Close => return true,
            action => drop(self.scroll.act(action)),
        }
        false
    }

    fn begins_difference(&self, n: usize) -> bool {
        let changed = |n: usize| self.rows.get(n).is_some_and(|row| row.kind == RowKind::Changed);
        changed(n) && !n.checked_sub(1).is_some_and(changed)
    }

    /// Draws it.
    pub fn draw(&mut self, area: Rect, buf: &mut Buffer, keymap: &Keymap, theme: &Theme) {
        let rows = u16::try_from(self.rows.len()).unwrap_or(u16::MAX);
        let title = if self.same { "Two sessions: the same in every turn" } else { "Two sessions" };
        let foot = keymap.fill(
            "{compare next-difference} and {compare previous-difference}: the next difference and the one before, {compare close} closes",
        );
        let inner = window::open(area, buf, (area.width, rows), title, &foot, theme);
        let columns = usize::from(inner.width).saturating_sub(3) / 2;
        let window = self.scroll.window(self.rows.len(), usize::from(inner.height));
        for (y, row) in self.rows[window].iter().enumerate() {
            let scopes = match row.kind {
                RowKind::Head => [Scope::OverlayTitle, Scope::OverlayTitle],
                RowKind::Same => [Scope::Dim, Scope::Dim],
                RowKind::Changed => [Scope::DiffRemove, Scope::DiffAdd],
            };
            // Colour is never the only sign.
            let sign = if row.kind == RowKind::Changed { "~" } else { theme.glyphs().vertical };
            let shown = |text: &str| pad(&cut(&clean_line(&text.replace('\t', "  ")), columns), columns);
            let line = Line::from(vec![
                Span::styled(shown(&row.left), theme.style(scopes[0])),
                Span::styled(format!(" {sign} "), theme.style(Scope::Rule)),
                Span::styled(shown(&row.right), theme.style(scopes[1])),
            ]);
            canvas::put(buf, inner, y, &line);
        }
    }
}
