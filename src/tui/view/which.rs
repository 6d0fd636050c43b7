//! What may follow the keys that were pressed, at the bottom.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::canvas;
use crate::session::State;
use crate::tui::keymap::Following;
use crate::tui::modal::window;
use crate::tui::text::{cut, pad, width};
use crate::tui::theme::Scope;
use crate::tui::ui::Ui;

/// Cells of a column at least.
const COLUMN: usize = 34;
/// Cells between two columns.
const GAP: usize = 2;

/// Draws it above the line at the bottom.
pub fn draw(area: Rect, buf: &mut Buffer, ui: &Ui, state: &State) {
    let Some(prefix) = &ui.prefix else { return };
    let following = ui.keymap.following(&ui.contexts(state), &prefix.keys, ui.facts(state));
    let entries: Vec<(String, String)> = following
        .into_iter()
        .map(|(chord, after)| match after {
            Following::Action(action) => (chord.to_string(), action.doc().trim_end_matches('.').to_owned()),
            Following::More(ways) => (chord.to_string(), format!("{ways} more …")),
        })
        .collect();
    let inside = usize::from(area.width).saturating_sub(4);
    if entries.is_empty() || area.height < 6 || inside < 12 {
        return;
    }
    let columns = ((inside + GAP) / (COLUMN + GAP)).clamp(1, 4);
    let cells = (inside + GAP) / columns - GAP;
    let rows = entries.len().div_ceil(columns).min(usize::from(area.height / 2));
    let beyond = entries.len().saturating_sub(rows * columns);
    let foot = if beyond > 0 { format!("{beyond} more, esc leaves") } else { "esc leaves".to_owned() };
    let height = u16::try_from(rows + 2).unwrap_or(area.height).min(area.height - 2);
    let frame = Rect { y: area.bottom() - 1 - height, height, ..area };
    let title: Vec<String> = prefix.keys.iter().map(ToString::to_string).collect();
    let size = (frame.width, height);
    let inner = window::open(frame, buf, size, &format!("{} …", title.join(" ")), &foot, &ui.theme);
    let key = entries.iter().map(|(key, _)| width(key)).max().unwrap_or(0);
    for y in 0..rows {
        let mut spans = Vec::new();
        for (key_text, doc) in entries.iter().skip(y).step_by(rows).take(columns) {
            let doc = cut(doc, cells.saturating_sub(key + 2)).into_owned();
            spans.push(Span::styled(pad(key_text, key), ui.theme.style(Scope::StatusKey)));
            spans.push(Span::styled(
                format!("  {}", pad(&doc, cells.saturating_sub(key + 2) + GAP)),
                ui.theme.style(Scope::Overlay),
            ));
        }
        canvas::put(buf, inner, y, &Line::from(spans));
    }
}
