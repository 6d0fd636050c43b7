//! A table as rows: columns as wide as they need to be, shrunk evenly where the width is short.

use ratatui::text::{Line, Span};

use crate::tui::text::{Rich, cut, width};
use crate::tui::theme::{Scope, Theme};

/// A table on its way: the first row is the header.
#[derive(Debug, Default)]
pub struct Table {
    /// Its rows.
    pub rows: Vec<Vec<Rich>>,
    /// The columns whose cells stand at the right.
    pub right: Vec<bool>,
}

/// Most columns that are drawn.
const COLUMNS: usize = 64;

/// Cells that each column gets.
pub fn shares(natural: &[usize], columns: usize) -> Vec<usize> {
    let gaps = natural.len().saturating_sub(1) * 3;
    let mut space = columns.saturating_sub(gaps);
    let mut shares = vec![0; natural.len()];
    let mut left: Vec<usize> = (0..natural.len()).collect();
    // Columns that need less than an even share get what they need; the others share the rest.
    while !left.is_empty() {
        let even = space / left.len();
        let (fits, wide): (Vec<usize>, Vec<usize>) = left.iter().partition(|n| natural[**n] <= even);
        if fits.is_empty() {
            for n in &wide {
                shares[*n] = even.max(1);
            }
            break;
        }
        for n in fits {
            shares[n] = natural[n];
            space -= natural[n];
        }
        left = wide;
    }
    shares
}

impl Table {
    /// The rows of it.
    pub fn draw(&self, columns: usize, theme: &Theme) -> Vec<Line<'static>> {
        let count = self.rows.iter().map(Vec::len).max().unwrap_or(0).min(COLUMNS);
        let natural: Vec<usize> = (0..count)
            .map(|n| self.rows.iter().filter_map(|r| r.get(n)).map(|c| width(c.text())).max().unwrap_or(0).max(1))
            .collect();
        let shares = shares(&natural, columns);
        let glyphs = theme.glyphs();
        let rule = theme.style(Scope::CodeFrame);
        let mut out = Vec::new();
        for (row_number, row) in self.rows.iter().enumerate() {
            let mut spans = Vec::new();
            for (n, share) in shares.iter().enumerate() {
                if n > 0 {
                    spans.push(Span::styled(format!(" {} ", glyphs.vertical), rule));
                }
                spans.extend(cell(row.get(n), *share, self.right.get(n) == Some(&true)));
            }
            out.push(Line::from(spans));
            if row_number == 0 {
                let cross = format!("{}{}{}", glyphs.horizontal, glyphs.cross, glyphs.horizontal);
                let parts: Vec<String> = shares.iter().map(|s| glyphs.horizontal.repeat(*s)).collect();
                out.push(Line::from(Span::styled(parts.join(&cross), rule)));
            }
        }
        out
    }
}

fn cell(content: Option<&Rich>, share: usize, right: bool) -> Vec<Span<'static>> {
    let Some(content) = content else { return vec![Span::raw(" ".repeat(share))] };
    let shown = cut(content.text(), share);
    let missing = share.saturating_sub(width(&shown));
    let mut spans = if shown == content.text() {
        content.spans(0..content.text().len())
    } else {
        let kept = shown.len() - '…'.len_utf8().min(shown.len());
        let mut spans = content.spans(0..kept);
        spans.push(Span::raw("…"));
        spans
    };
    let at = if right { 0 } else { spans.len() };
    spans.insert(at, Span::raw(" ".repeat(missing)));
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_columns_give_way() {
        assert_eq!(shares(&[3, 4], 80), [3, 4]);
        assert_eq!(shares(&[3, 100, 50], 30), [3, 10, 10]);
        assert_eq!(shares(&[100], 10), [10]);
        assert_eq!(shares(&[5, 5], 0), [1, 1]);
        assert!(shares(&[], 10).is_empty());
    }
}
