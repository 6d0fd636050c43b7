//! One line of styled text that can be wrapped.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::wrap::wrap;

/// Text and the styles of its parts.
#[derive(Clone, Debug, Default)]
pub struct Rich {
    text: String,
    /// Each style reaches from the end of the one before to this byte.
    runs: Vec<(usize, Style)>,
}

impl Rich {
    /// Nothing yet.
    pub fn new() -> Rich {
        Rich::default()
    }

    /// Adds text; it must have been cleaned.
    pub fn push(&mut self, text: &str, style: Style) -> &mut Self {
        if text.is_empty() {
            return self;
        }
        self.text.push_str(text);
        match self.runs.last_mut() {
            Some((end, last)) if *last == style => *end = self.text.len(),
            _ => self.runs.push((self.text.len(), style)),
        }
        self
    }

    /// The bare text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The spans of a part.
    pub fn spans(&self, part: std::ops::Range<usize>) -> Vec<Span<'static>> {
        let mut out = Vec::new();
        let mut from = 0;
        for (end, style) in &self.runs {
            let (start, stop) = (from.max(part.start), (*end).min(part.end));
            if start < stop {
                out.push(Span::styled(self.text[start..stop].to_owned(), *style));
            }
            from = *end;
            if from >= part.end {
                break;
            }
        }
        out
    }

    /// The whole as one line.
    pub fn line(&self) -> Line<'static> {
        Line::from(self.spans(0..self.text.len()))
    }

    /// Rows of `columns` cells; the first begins with `first`, the others with `rest`, which both count.
    pub fn wrap(&self, columns: usize, first: &[Span<'static>], rest: &[Span<'static>]) -> Vec<Line<'static>> {
        let cells = |spans: &[Span<'static>]| spans.iter().map(Span::width).sum::<usize>();
        let inner = columns.saturating_sub(cells(first).max(cells(rest))).max(1);
        wrap(&self.text, inner)
            .into_iter()
            .enumerate()
            .map(|(n, part)| {
                let mut spans = if n == 0 { first.to_vec() } else { rest.to_vec() };
                spans.extend(self.spans(part));
                Line::from(spans)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::*;

    #[test]
    fn styles_follow_the_text_into_its_rows() {
        let mut rich = Rich::new();
        let red = Style::new().fg(Color::Red);
        rich.push("one ", Style::new()).push("two three", red);
        let rows = rich.wrap(9, &[Span::raw("* ")], &[Span::raw("  ")]);
        let shown: Vec<String> = rows.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["* one two ", "  three"]);
        assert_eq!(rows[1].spans[1].style, red);
    }
}
