//! The help: every key, from the table of keys.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::window;
use crate::tui::keymap::{Action, BINDINGS, Context};
use crate::tui::pane::list::Scroll;
use crate::tui::text::{pad, width};
use crate::tui::theme::{Scope, Theme};
use crate::tui::view::canvas;

/// What the help remembers.
#[derive(Debug, Default)]
pub struct Help {
    scroll: Scroll,
}

impl Help {
    /// Takes an action in; says whether the window closes.
    pub fn act(&mut self, action: Action) -> bool {
        match action {
            Action::Up => self.scroll.move_by(-1),
            Action::Down => self.scroll.move_by(1),
            Action::PageUp => self.scroll.page_by(-1),
            Action::PageDown => self.scroll.page_by(1),
            Action::First => self.scroll.top = 0,
            Action::Last => self.scroll.top = usize::MAX / 2,
            Action::Close => return true,
            _ => {}
        }
        false
    }

    /// Draws it; the keys of `first` stand at the top.
    pub fn draw(&mut self, area: Rect, buf: &mut Buffer, first: &[Context], theme: &Theme) {
        let mut order: Vec<Context> = first.to_vec();
        order.extend(Context::ALL.iter().filter(|c| !first.contains(c)));
        let keys = |b: &crate::tui::keymap::Binding| match b.keys {
            [first, .., last] if b.keys.len() > 4 => format!("{first}…{last}"),
            keys => keys.join(" "),
        };
        let column = BINDINGS.iter().map(|b| width(&keys(b))).max().unwrap_or(0);
        let mut rows = Vec::new();
        for context in order {
            if !rows.is_empty() {
                rows.push(Line::default());
            }
            rows.push(Line::styled(context.title(), theme.style(Scope::OverlayTitle)));
            for binding in BINDINGS.iter().filter(|b| b.context == context) {
                rows.push(Line::from(vec![
                    Span::styled(pad(&keys(binding), column), theme.style(Scope::StatusKey)),
                    Span::styled(format!("  {}", binding.action.doc()), theme.style(Scope::Overlay)),
                ]));
            }
        }
        let size = (84, u16::try_from(rows.len()).unwrap_or(u16::MAX));
        let inner = window::open(area, buf, size, "Keys", "esc closes, arrows scroll", theme);
        let window = self.scroll.window(rows.len(), usize::from(inner.height));
        for (y, row) in rows[window].iter().enumerate() {
            canvas::put(buf, inner, y, row);
        }
    }
}
