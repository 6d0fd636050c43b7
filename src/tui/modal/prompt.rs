//! A few words that are asked for, in a window.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::window;
use crate::tui::pane::composer::Composer;
use crate::tui::text::width;
use crate::tui::theme::{Scope, Theme};
use crate::tui::view::canvas;

/// Columns and rows of the words.
const SIZE: (u16, u16) = (72, 6);

/// What the words are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// A comment on a hunk of a proposal.
    Hunk {
        /// The proposal's number.
        proposal: u32,
        /// The hunk, from 0.
        hunk: u32,
    },
}

/// A window to write in.
#[derive(Debug)]
pub struct Prompt {
    /// What the words are for.
    pub about: About,
    /// What is written.
    pub words: Composer,
}

impl Prompt {
    /// One with words in it already.
    pub fn new(about: About, words: &str) -> Prompt {
        Prompt { about, words: Composer::with(words) }
    }

    /// Draws it; returns where the cursor stands.
    pub fn draw(&self, area: Rect, buf: &mut Buffer, theme: &Theme) -> Option<Position> {
        let About::Hunk { hunk, .. } = self.about;
        let title = format!("What the model should know about hunk {}", hunk + 1);
        let inner = window::open(area, buf, SIZE, &title, "enter keeps it, ctrl-j begins a line, esc leaves", theme);
        let columns = usize::from(inner.width).saturating_sub(1).max(1);
        let (rows, (row, byte)) = self.words.rows(columns);
        let height = usize::from(inner.height);
        let top = (row + 1).saturating_sub(height);
        for (y, shown) in rows.iter().skip(top).take(height).enumerate() {
            canvas::put(buf, inner, y, &Line::styled(shown.text.clone(), theme.style(Scope::Composer)));
        }
        let x = rows.get(row).and_then(|r| r.text.get(..byte)).map_or(0, width);
        let x = inner.x + u16::try_from(x.min(columns)).ok()?;
        let y = inner.y + u16::try_from(row.saturating_sub(top)).ok()?;
        (inner.height > 0 && inner.width > 0).then_some(Position { x, y })
    }
}
