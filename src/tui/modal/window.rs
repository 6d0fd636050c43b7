//! The frame of a window.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::tui::text::width;
use crate::tui::theme::{Scope, Theme};
use crate::tui::view::canvas;

/// Draws what is typed to find something, in the first line of a window; returns where the cursor stands.
pub fn typed(inner: Rect, buf: &mut Buffer, text: &str, theme: &Theme) -> Option<Position> {
    let columns = usize::from(inner.width);
    let spans = vec![
        Span::styled(format!("{} ", theme.glyphs().focus), theme.style(Scope::RuleFocused)),
        Span::styled(text.to_owned(), theme.style(Scope::Composer)),
    ];
    canvas::put(buf, inner, 0, &Line::from(canvas::cut_spans(spans, columns)));
    let x = u16::try_from((2 + width(text)).min(columns.saturating_sub(1))).ok()?;
    (inner.height > 0 && inner.width > 0).then_some(Position { x: inner.x + x, y: inner.y })
}

/// Draws a frame in the middle of the area, as large as wanted and possible; returns its inside.
pub fn open(area: Rect, buf: &mut Buffer, (columns, rows): (u16, u16), title: &str, foot: &str, theme: &Theme) -> Rect {
    let width = columns.saturating_add(4).min(area.width);
    let height = rows.saturating_add(2).min(area.height);
    let frame = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    for y in frame.top()..frame.bottom() {
        for x in frame.left()..frame.right() {
            if let Some(cell) = buf.cell_mut((x, y)) {
                cell.reset();
                cell.set_style(theme.style(Scope::Overlay));
            }
        }
    }
    if width < 4 || height < 3 {
        return Rect { width: 0, height: 0, ..frame };
    }
    let g = theme.glyphs();
    let style = theme.style(Scope::RuleFocused);
    let inner = usize::from(width - 2);
    let edge = |left: &str, text: &str, text_style: Style, right: &str| {
        let shown = if text.is_empty() { String::new() } else { format!(" {text} ") };
        let shown = crate::tui::text::cut(&shown, inner.saturating_sub(2)).into_owned();
        let rest = inner.saturating_sub(1 + crate::tui::text::width(&shown));
        Line::from(vec![
            Span::styled(format!("{left}{}", g.horizontal), style),
            Span::styled(shown, text_style),
            Span::styled(format!("{}{right}", g.horizontal.repeat(rest)), style),
        ])
    };
    canvas::put(buf, frame, 0, &edge(g.corners[0], title, theme.style(Scope::OverlayTitle), g.corners[1]));
    let last = usize::from(height - 1);
    canvas::put(buf, frame, last, &edge(g.corners[2], foot, theme.style(Scope::Dim), g.corners[3]));
    for y in 1..last {
        let side = Line::styled(g.vertical, style);
        canvas::put(buf, Rect { width: 1, ..frame }, y, &side);
        canvas::put(buf, Rect { x: frame.right() - 1, width: 1, ..frame }, y, &side);
    }
    Rect { x: frame.x + 2, y: frame.y + 1, width: width.saturating_sub(4), height: height - 2 }
}
