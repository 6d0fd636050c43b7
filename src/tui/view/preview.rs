//! The first rows of an output as a table.

use ratatui::text::{Line, Span};

use super::words::count;
use crate::pipeline::run::Preview;
use crate::tui::text::markdown::Table;
use crate::tui::text::{Rich, clean_line};
use crate::tui::theme::{Scope, Theme};

/// `512 B`, `1.2 kB`, `3.4 MB`.
pub fn bytes(n: u64) -> String {
    match n {
        0..1_000 => format!("{n} B"),
        1_000..1_000_000 => format!("{}.{} kB", n / 1_000, n % 1_000 / 100),
        1_000_000..1_000_000_000 => format!("{}.{} MB", n / 1_000_000, n % 1_000_000 / 100_000),
        _ => format!("{}.{} GB", n / 1_000_000_000, n % 1_000_000_000 / 100_000_000),
    }
}

/// The table of at most `limit` rows, and how many there are in all. NULL is told from an empty text by
/// its word.
pub fn table(preview: &Preview, limit: usize, columns: usize, theme: &Theme) -> Vec<Line<'static>> {
    let cell = |text: &str, scope| {
        let mut rich = Rich::new();
        rich.push(&clean_line(text), theme.style(scope));
        rich
    };
    let header = preview.columns.iter().map(|c| cell(c, Scope::TableHeader)).collect();
    let body = preview.rows.iter().take(limit).map(|row| {
        row.iter()
            .map(|value| match value {
                Some(text) => cell(text, Scope::Text),
                None => cell("NULL", Scope::TableNull),
            })
            .collect()
    });
    let right = (0..preview.columns.len()).map(|n| is_number(preview, n)).collect();
    let table = Table { right, rows: std::iter::once(header).chain(body).collect() };
    let mut rows = table.draw(columns, theme);
    let shown = preview.rows.len().min(limit) as u64;
    if shown < preview.total {
        let text = format!("{} of {} rows", count(shown), count(preview.total));
        rows.push(Line::from(Span::styled(text, theme.style(Scope::Dim))));
    }
    rows
}

/// Whether every value of a column is a number: those stand at the right.
fn is_number(preview: &Preview, column: usize) -> bool {
    let mut values =
        preview.rows.iter().filter_map(|row| row.get(column)?.as_deref()).filter(|v| !v.is_empty()).peekable();
    values.peek().is_some() && values.all(|value| value.len() < 40 && value.parse::<f64>().is_ok())
}
