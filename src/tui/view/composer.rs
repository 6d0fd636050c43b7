//! The composer below the chat.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::{above, canvas};
use crate::session::State;
use crate::tui::pane::Pane;
use crate::tui::pane::composer::Row;
use crate::tui::text::width;
use crate::tui::theme::{Scope, Theme};
use crate::tui::ui::Ui;

/// What stands there while nothing is written.
pub const PLACEHOLDER: &str = "Ask for a pipeline";
const MARK: usize = 2;

fn columns(area: Rect) -> usize {
    // One cell stays free for the cursor behind a full row.
    usize::from(area.width).saturating_sub(MARK + 1).max(1)
}

/// Rows it takes: its text up to a third of the pane, a rule above it, the hint.
pub fn height(area: Rect, ui: &Ui, state: &State) -> u16 {
    let above = u16::try_from(above::rows(area, ui, state).len()).unwrap_or(u16::MAX);
    if ui.replay.is_some() {
        return above.min(area.height / 2);
    }
    let most = (area.height / 3).clamp(1, 10);
    let rows = ui.composer.rows(columns(area)).0.len();
    let text = u16::try_from(rows).unwrap_or(u16::MAX).clamp(1, most);
    let extra = if area.height >= 6 { above.saturating_add(1).min(area.height / 2) } else { 0 };
    (text + extra).min(area.height)
}

/// Draws it; returns where the cursor stands.
pub fn draw(area: Rect, buf: &mut Buffer, ui: &Ui, state: &State) -> Option<Position> {
    if area.height == 0 || area.width == 0 {
        return None;
    }
    let theme = &ui.theme;
    let g = theme.glyphs();
    let focused = ui.focus == Pane::Chat && ui.overlay.is_none();
    let (rows, (row, byte)) = ui.composer.rows(columns(area));
    let mut y = 0;
    let kept = if ui.replay.is_some() { 0 } else { 2 };
    for line in above::rows(area, ui, state).iter().take(usize::from(area.height).saturating_sub(kept)) {
        canvas::put(buf, area, y, line);
        y += 1;
    }
    if ui.replay.is_some() {
        return None;
    }
    if area.height >= 2 {
        let (rule, scope) = if focused { (g.heavy, Scope::RuleFocused) } else { (g.horizontal, Scope::Rule) };
        let line = Line::styled(rule.repeat(usize::from(area.width)), theme.style(scope));
        canvas::put(buf, area, y, &line);
        y += 1;
    }
    let height = usize::from(area.height).saturating_sub(y);
    let top = (row + 1).saturating_sub(height);
    let scope = if focused { Scope::RuleFocused } else { Scope::Rule };
    for (n, shown) in rows.iter().skip(top).take(height).enumerate() {
        let mark = if n == 0 && top == 0 { g.focus } else { " " };
        let mut spans = vec![Span::styled(format!("{mark} "), theme.style(scope))];
        if ui.composer.is_empty() {
            let text = if state.closed.is_some() { "The session is closed" } else { PLACEHOLDER };
            spans.push(Span::styled(text, theme.style(Scope::ComposerPlaceholder)));
        } else {
            spans.extend(row_spans(shown, theme));
        }
        canvas::put(buf, area, y + n, &Line::from(spans));
    }
    let before = rows.get(row).and_then(|r| r.text.get(..byte)).map_or(0, width);
    let x = area.x + u16::try_from((MARK + before).min(usize::from(area.width) - 1)).unwrap_or(0);
    let y = area.y + u16::try_from(y + row - top.min(row)).unwrap_or(0);
    focused.then_some(Position { x, y })
}

fn row_spans(row: &Row, theme: &Theme) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    let mut at = 0;
    let mut add = |text: &str, scope: Scope| {
        if !text.is_empty() {
            spans.push(Span::styled(text.to_owned(), theme.style(scope)));
        }
    };
    for chip in &row.chips {
        add(&row.text[at..chip.start], Scope::Composer);
        add(&row.text[chip.clone()], Scope::ComposerChip);
        at = chip.end;
    }
    add(&row.text[at..], Scope::Composer);
    spans
}
