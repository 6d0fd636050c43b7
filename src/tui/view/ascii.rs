//! The screen in ASCII: signs that are made without knowing the theme, and what comes from outside.

use ratatui::buffer::Buffer;

use crate::tui::text::width;

/// Signs of the program's own sentences, each one cell wide.
const SIGNS: [(&str, &str); 9] =
    [("…", "~"), ("→", ">"), ("←", "<"), ("·", "-"), ("×", "x"), ("µ", "u"), ("–", "-"), ("≥", ">"), ("≤", "<")];

/// Replaces them; with `all`, whatever else is not ASCII becomes question marks: the terminal would show
/// something else instead.
pub fn replace(buf: &mut Buffer, all: bool) {
    let mut covered = 0;
    for cell in &mut buf.content {
        if covered > 0 {
            // The second half of a wide character.
            covered -= 1;
            if all {
                cell.set_symbol("?");
            }
            continue;
        }
        let symbol = cell.symbol();
        if symbol.is_ascii() {
            continue;
        }
        if let Some((_, ascii)) = SIGNS.iter().find(|(sign, _)| *sign == symbol) {
            cell.set_symbol(ascii);
            continue;
        }
        covered = width(symbol).saturating_sub(1);
        if all {
            cell.set_symbol("?");
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn own_signs_always_and_foreign_ones_where_the_terminal_has_no_others() {
        let shown = |all: bool| {
            let mut buf = Buffer::empty(Rect::new(0, 0, 12, 1));
            buf.set_string(0, 0, "a → 你b · é", Style::new());
            replace(&mut buf, all);
            buf.content.iter().map(ratatui::buffer::Cell::symbol).collect::<String>()
        };
        assert_eq!(shown(true), "a > ??b - ? ");
        assert!(shown(false).starts_with("a > 你") && shown(false).trim_end().ends_with("b - é"), "{}", shown(false));
    }
}
