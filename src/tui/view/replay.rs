//! The bar of the replay player: where it is, and what stands on the way.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::canvas;
use super::words::clock;
use crate::tui::replay::{BarMark, ReplayLine};
use crate::tui::text::clean_line;
use crate::tui::theme::Scope;
use crate::tui::ui::Ui;

/// `0:12 ━━━━◆━━●──!────│── 1:23  ◆ the fault`
pub fn draw(area: Rect, buf: &mut Buffer, ui: &Ui, line: &ReplayLine) {
    let (theme, g) = (&ui.theme, ui.theme.glyphs());
    let left = format!(" {} ", clock(line.at_us));
    let mut right = format!(" {} ", clock(line.end_us));
    if let Some(name) = &line.marker {
        let name = if name.is_empty() { "marker" } else { name };
        right.push_str(&crate::tui::text::cut(&format!("{} {} ", g.proposal, clean_line(name)), 32));
    }
    let used = crate::tui::text::width(&left) + crate::tui::text::width(&right);
    let columns = usize::from(area.width).saturating_sub(used).max(1);
    let column = |us: u64| place(us, line.end_us, columns);
    let mut signs: Vec<Option<u8>> = vec![None; columns];
    for mark in line.marks.iter() {
        let sign = &mut signs[column(mark.at_us)];
        *sign = (*sign).max(Some(mark.sign));
    }
    let here = column(line.at_us);
    let mut spans = vec![Span::styled(left, theme.style(Scope::StatusState))];
    for (n, sign) in signs.into_iter().enumerate() {
        let passed = if n < here { g.heavy } else { g.horizontal };
        let (text, scope) = match sign {
            _ if n == here => (g.model, Scope::HeaderMark),
            Some(BarMark::MARKER) => (g.proposal, Scope::DecisionOpen),
            Some(BarMark::ERROR) => (g.warning, Scope::SeverityError),
            Some(_) => (g.vertical, Scope::Rule),
            None if n < here => (passed, Scope::RuleFocused),
            None => (passed, Scope::Rule),
        };
        spans.push(Span::styled(text, theme.style(scope)));
    }
    spans.push(Span::styled(right, theme.style(Scope::Status)));
    canvas::put(buf, area, 0, &Line::from(spans));
}

/// The column of a time on a bar.
fn place(us: u64, end_us: u64, columns: usize) -> usize {
    if end_us == 0 {
        return 0;
    }
    let last = columns.saturating_sub(1);
    let at = u128::from(us) * last as u128 / u128::from(end_us);
    usize::try_from(at).unwrap_or(last).min(last)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_bar_has_two_ends() {
        assert_eq!([0, 50, 100, 900].map(|us| super::place(us, 100, 11)), [0, 5, 10, 10]);
        assert_eq!((super::place(7, 0, 5), super::place(u64::MAX, u64::MAX, 1)), (0, 0));
    }
}
