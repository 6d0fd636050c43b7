//! The search in former messages: what is typed narrows them, the selected one is shown whole.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::window;
use crate::tui::keymap::{Action, Keymap};
use crate::tui::pane::list::List;
use crate::tui::text::{Fuzzy, clean_line, fuzzy, wrap};
use crate::tui::theme::{Scope, Theme};
use crate::tui::view::canvas;

/// Columns and rows of the window.
const SIZE: (u16, u16) = (90, 20);
/// Bytes of a message that are looked through and shown.
const LOOKED: usize = 4096;

/// What the search remembers.
#[derive(Debug)]
pub struct Search {
    /// Newest first.
    messages: Vec<String>,
    typed: String,
    /// The messages that fit, the newest of the best first.
    fitting: Vec<usize>,
    list: List,
}

impl Search {
    /// A search in these messages, newest first.
    pub fn new(messages: Vec<String>) -> Search {
        let fitting = (0..messages.len()).collect();
        Search { messages, typed: String::new(), fitting, list: List::default() }
    }

    /// Types a character.
    pub fn type_char(&mut self, c: char) {
        if fuzzy::type_char(&mut self.typed, c) {
            self.narrow();
        }
    }

    fn narrow(&mut self) {
        let looked = self.messages.iter().map(|text| &text[..text.floor_char_boundary(LOOKED)]);
        self.fitting = Fuzzy::new(&self.typed).rank(looked);
        self.list = List::default();
    }

    fn selected(&self) -> Option<&str> {
        self.fitting.get(self.list.selected).and_then(|n| self.messages.get(*n)).map(String::as_str)
    }

    /// Takes an action in; `Some(None)` closes the window, `Some(Some(_))` is the message that was found.
    pub fn act(&mut self, action: Action) -> Option<Option<String>> {
        let count = self.fitting.len();
        match action {
            Action::FilterBack => {
                self.typed.pop();
                self.narrow();
            }
            Action::Open => return self.selected().map(|text| Some(text.to_owned())),
            Action::Close => return Some(None),
            action => drop(self.list.act(action, count)),
        }
        None
    }

    /// Draws it; returns where the cursor stands.
    pub fn draw(&mut self, area: Rect, buf: &mut Buffer, keymap: &Keymap, theme: &Theme) -> Option<Position> {
        let foot =
            keymap.fill("type to find, {chooser down} the next, {chooser open} takes it, {chooser close} leaves");
        let inner = window::open(area, buf, SIZE, "Former messages", &foot, theme);
        let columns = usize::from(inner.width);
        let g = theme.glyphs();
        let cursor = window::typed(inner, buf, &self.typed, theme);
        if self.fitting.is_empty() {
            canvas::put(buf, inner, 1, &Line::styled("Nothing fits.", theme.style(Scope::Dim)));
        }
        let rest = usize::from(inner.height).saturating_sub(2);
        let (listed, shown) = (rest - rest / 2, rest / 2);
        for (y, n) in self.list.window(self.fitting.len(), listed).enumerate() {
            let text = &self.messages[self.fitting[n]];
            let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
            let more = text.lines().take(100).count();
            let right = match more {
                0 | 1 => String::new(),
                100 => "  many lines".to_owned(),
                lines => format!("  {lines} lines"),
            };
            let mark = if n == self.list.selected { g.focus } else { " " };
            let left = vec![
                Span::styled(mark, theme.style(Scope::RuleFocused)),
                Span::styled(clean_line(first.trim()).into_owned(), theme.style(Scope::Text)),
            ];
            canvas::put(
                buf,
                inner,
                y + 1,
                &canvas::justified(columns, left, vec![Span::styled(right, theme.style(Scope::Dim))]),
            );
            if n == self.list.selected {
                canvas::paint(buf, inner, y + 1, theme.style(Scope::ListSelected));
            }
        }
        let preview = self.selected().unwrap_or_default();
        let preview = &preview[..preview.floor_char_boundary(LOOKED)];
        canvas::put(buf, inner, listed + 1, &Line::styled(g.horizontal.repeat(columns), theme.style(Scope::Rule)));
        let mut rows = Vec::new();
        for line in preview.lines().take(shown) {
            let line = clean_line(line);
            rows.extend(wrap(&line, columns.max(1)).into_iter().map(|row| line[row].to_owned()));
        }
        for (y, row) in rows.into_iter().take(shown).enumerate() {
            canvas::put(buf, inner, listed + 2 + y, &Line::styled(row, theme.style(Scope::Overlay)));
        }
        cursor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_narrows_and_the_newest_of_the_best_is_first() {
        let mut search =
            Search::new(["join orders", "sum the totals", "join customers\nwith orders"].map(str::to_owned).to_vec());
        assert_eq!(search.selected(), Some("join orders"));
        for c in "orders".chars() {
            search.type_char(c);
        }
        assert_eq!(search.fitting.len(), 2);
        search.act(Action::Down);
        assert_eq!(search.act(Action::Open), Some(Some("join customers\nwith orders".to_owned())));
        search.type_char('?');
        assert_eq!((search.act(Action::Open), search.act(Action::Close)), (None, Some(None)));
        search.act(Action::FilterBack);
        assert_eq!(search.fitting.len(), 2);
    }
}
