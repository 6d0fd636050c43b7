//! A block of code as rows.

use ratatui::text::{Line, Span};

use crate::tui::text::{Highlighter, Rich, clean_line};
use crate::tui::theme::{Scope, Theme};

/// Rows of `columns` cells. `name` is shown above the code. The second value says whether colours are
/// still on their way.
pub fn code_rows(
    code: &str,
    lang: &str,
    name: Option<&str>,
    columns: usize,
    theme: &Theme,
    highlighter: &mut Highlighter,
) -> (Vec<Line<'static>>, bool) {
    let bar = theme.glyphs().bar;
    let edge = || Span::styled(format!("{bar} "), theme.style(Scope::CodeFrame));
    let mut rows = Vec::new();
    if let Some(name) = name {
        rows.push(Line::from(vec![edge(), Span::styled(clean_line(name).into_owned(), theme.style(Scope::CodeFrame))]));
    }
    let colours = highlighter.lines(lang, code);
    for (n, line) in code.lines().enumerate() {
        let mut rich = Rich::new();
        let tokens = colours.as_ref().and_then(|c| c.get(n)).map_or(&[][..], AsRef::as_ref);
        push_tokens(&mut rich, line, tokens, theme);
        rows.extend(rich.wrap(columns, &[edge()], &[edge()]));
    }
    (rows, colours.is_none() && highlighter.knows(lang))
}

/// Adds a line of code in its colours; `tokens` are the ends of its pieces.
pub fn push_tokens(rich: &mut Rich, line: &str, tokens: &[(usize, crate::tui::text::Token)], theme: &Theme) {
    let mut from = 0;
    for (end, token) in tokens {
        if let Some(piece) = line.get(from..*end) {
            rich.push(&clean_line(piece), theme.style(token.scope()));
            from = *end;
        }
    }
    rich.push(&clean_line(line.get(from..).unwrap_or_default()), theme.style(Scope::Code));
}
