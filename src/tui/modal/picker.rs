//! The session picker.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::window;
use crate::tui::keymap::Action;
use crate::tui::options::SessionEntry;
use crate::tui::pane::list::List;
use crate::tui::text::clean_line;
use crate::tui::theme::{Scope, Theme};
use crate::tui::view::canvas;
use crate::tui::view::words::count;

/// What the picker remembers.
#[derive(Debug, Default)]
pub struct Picker {
    list: List,
}

/// What was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Nothing yet.
    Nothing,
    /// To stay.
    Closed,
    /// This session.
    Session(String),
    /// A new one.
    New,
}

impl Picker {
    /// One that has this session selected.
    pub fn at(session: &str, sessions: &[SessionEntry]) -> Picker {
        let mut picker = Picker::default();
        picker.list.select(sessions.iter().position(|s| s.id == session).unwrap_or(0));
        picker
    }

    /// Takes an action in.
    pub fn act(&mut self, action: Action, sessions: &[SessionEntry]) -> Choice {
        let count = sessions.len();
        match action {
            Action::Up => self.list.move_by(-1, count),
            Action::Down => self.list.move_by(1, count),
            Action::PageUp => self.list.page_by(-1, count),
            Action::PageDown => self.list.page_by(1, count),
            Action::First => self.list.select(0),
            Action::Last => self.list.select(count.saturating_sub(1)),
            Action::NewSession => return Choice::New,
            Action::Open => {
                return sessions.get(self.list.selected).map_or(Choice::Closed, |s| Choice::Session(s.id.clone()));
            }
            Action::Close => return Choice::Closed,
            _ => {}
        }
        Choice::Nothing
    }

    /// Draws it.
    pub fn draw(&mut self, area: Rect, buf: &mut Buffer, sessions: &[SessionEntry], current: &str, theme: &Theme) {
        let rows = u16::try_from(sessions.len().max(1)).unwrap_or(u16::MAX);
        let inner =
            window::open(area, buf, (90, rows), "Sessions", "enter opens, n begins a new one, esc stays", theme);
        if sessions.is_empty() {
            let text = "No other session yet; n begins a new one.";
            canvas::put(buf, inner, 0, &Line::styled(text, theme.style(Scope::Dim)));
            return;
        }
        let columns = usize::from(inner.width);
        for (y, n) in self.list.window(sessions.len(), usize::from(inner.height)).enumerate() {
            let session = &sessions[n];
            let selected = n == self.list.selected;
            let focus = if selected { theme.glyphs().focus } else { " " };
            let title = if session.title.is_empty() { "(nothing said yet)" } else { &session.title };
            let here = if session.id == current { "this one" } else { &session.state };
            let left = vec![
                Span::styled(focus, theme.style(Scope::RuleFocused)),
                Span::styled(format!("{}  ", when(session.started_ms)), theme.style(Scope::Dim)),
                Span::styled(clean_line(title).into_owned(), theme.style(Scope::Text)),
            ];
            let turns = if session.turns == 1 { "1 turn".to_owned() } else { format!("{} turns", session.turns) };
            let right = vec![Span::styled(
                format!("  {turns}, {} events  {}", count(session.events), clean_line(here)),
                theme.style(Scope::Dim),
            )];
            canvas::put(buf, inner, y, &canvas::justified(columns, left, right));
            if selected {
                canvas::paint(buf, inner, y, theme.style(Scope::ListSelected));
            }
        }
    }
}

/// The day and time in UTC: the same on every host that a session is read on.
pub(super) fn when(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms)
        .map(|t| t.strftime("%Y-%m-%d %H:%M").to_string())
        .unwrap_or_else(|_| "unknown time    ".to_owned())
}
