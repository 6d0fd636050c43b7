//! Puts lines into a part of a buffer; nothing is ever drawn outside of it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// Draws a line at a row of the area, cut at its right edge.
pub fn put(buf: &mut Buffer, area: Rect, row: usize, line: &Line<'_>) {
    put_from(buf, area, row, 0, line);
}

/// The same without its first `skip` cells.
pub fn put_from(buf: &mut Buffer, area: Rect, row: usize, skip: usize, line: &Line<'_>) {
    let area = area.intersection(buf.area);
    let Some(y) = u16::try_from(row).ok().filter(|row| *row < area.height) else { return };
    let y = area.y + y;
    if area.width == 0 {
        return;
    }
    if skip == 0 {
        buf.set_line(area.x, y, line, area.width);
        return;
    }
    let mut skip = skip;
    let mut x = area.x;
    for span in &line.spans {
        let style = line.style.patch(span.style);
        let mut text = span.content.as_ref();
        while skip > 0 && !text.is_empty() {
            let grapheme = unicode_segmentation::UnicodeSegmentation::graphemes(text, true).next().unwrap_or(text);
            skip = skip.saturating_sub(crate::tui::text::width(grapheme));
            text = &text[grapheme.len()..];
        }
        if x >= area.right() {
            break;
        }
        x = buf.set_stringn(x, y, text, usize::from(area.right() - x), style).0;
    }
}

/// Styles a whole row of the area.
pub fn paint(buf: &mut Buffer, area: Rect, row: usize, style: Style) {
    let Ok(row) = u16::try_from(row) else { return };
    if row < area.height {
        buf.set_style(Rect { y: area.y + row, height: 1, ..area }, style);
    }
}

/// A line of a left and a right part; the left is cut when both do not fit.
pub fn justified(columns: usize, left: Vec<Span<'static>>, right: Vec<Span<'static>>) -> Line<'static> {
    let right_width: usize = right.iter().map(Span::width).sum();
    if right_width + 1 >= columns {
        return Line::from(left);
    }
    let space = columns - right_width - 1;
    let mut spans = cut_spans(left, space);
    let used: usize = spans.iter().map(Span::width).sum();
    spans.push(Span::raw(" ".repeat(columns - right_width - used)));
    spans.extend(right);
    Line::from(spans)
}

/// Spans cut to a width.
pub fn cut_spans(spans: Vec<Span<'static>>, columns: usize) -> Vec<Span<'static>> {
    let mut out = Vec::with_capacity(spans.len());
    let mut left = columns;
    for span in spans {
        let cells = span.width();
        if cells <= left {
            left -= cells;
            out.push(span);
        } else {
            let shown = crate::tui::text::cut(&span.content, left).into_owned();
            out.push(Span::styled(shown, span.style));
            break;
        }
    }
    out
}
