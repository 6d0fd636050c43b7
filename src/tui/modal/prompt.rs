//! A few words that are asked for, in a window.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::window;
use crate::tui::keymap::Keymap;
use crate::tui::pane::composer::Composer;
use crate::tui::text::width;
use crate::tui::theme::{Scope, Theme};
use crate::tui::view::canvas;

/// Columns and rows of the words.
const SIZE: (u16, u16) = (72, 6);

/// What the words are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// A comment on a hunk of a proposal.
    Hunk {
        /// The proposal's number.
        proposal: u32,
        /// The hunk, from 0.
        hunk: u32,
    },
    /// The title of a session.
    Title(String),
    /// The tags of a session.
    Tags(String),
    /// A place in a recording.
    Seek,
    /// Words to look for in a recording.
    Search,
    /// The name of a marker.
    Marker,
}

impl About {
    fn title(&self) -> String {
        match self {
            About::Hunk { hunk, .. } => format!("What the model should know about hunk {}", hunk + 1),
            About::Title(_) => "The title of the session; empty: its first message".to_owned(),
            About::Tags(_) => "The tags of the session, apart by blanks".to_owned(),
            About::Seek => "Go to a time (1:23), an event (#120) or a part (50%)".to_owned(),
            About::Search => "Words to look for; empty: the same again".to_owned(),
            About::Marker => "The name of the marker; it may be empty".to_owned(),
        }
    }
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
    pub fn draw(&self, area: Rect, buf: &mut Buffer, keymap: &Keymap, theme: &Theme) -> Option<Position> {
        let title = self.about.title();
        let foot = keymap.fill("{prompt keep} keeps it, {prompt newline} begins a line, {prompt close} leaves");
        let inner = window::open(area, buf, SIZE, &title, &foot, theme);
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
