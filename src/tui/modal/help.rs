//! The help: every key, from the keymap, those of here first; typing narrows it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::window;
use crate::tui::keymap::{Action, Binding, Context, Keymap};
use crate::tui::pane::list::Scroll;
use crate::tui::text::{Rich, cut, fuzzy, pad, width};
use crate::tui::theme::{Scope, Theme};
use crate::tui::view::canvas;

/// The widest column of keys.
const KEYS: usize = 20;

/// What the help remembers.
#[derive(Debug, Default)]
pub struct Help {
    scroll: Scroll,
    typed: String,
}

impl Help {
    /// Types a character.
    pub fn type_char(&mut self, c: char) {
        if fuzzy::type_char(&mut self.typed, c) {
            self.scroll.top = 0;
        }
    }

    /// Takes an action in; says whether the window closes.
    pub fn act(&mut self, action: Action) -> bool {
        match action {
            Action::FilterBack => {
                self.typed.pop();
                self.scroll.top = 0;
            }
            Action::Close => return true,
            action => drop(self.scroll.act(action)),
        }
        false
    }

    fn rows(&self, keymap: &Keymap, first: &[Context], theme: &Theme, columns: usize) -> Vec<Line<'static>> {
        let mut order: Vec<Context> = first.to_vec();
        order.extend(Context::ALL.iter().filter(|c| !first.contains(c)));
        let words: Vec<String> = self.typed.split_whitespace().map(str::to_lowercase).collect();
        let fits = |b: &&Binding| {
            let text = format!("{} {} {}", all_keys(b), b.action.name(), b.action.doc()).to_lowercase();
            !b.keys.is_empty() && words.iter().all(|word| text.contains(word.as_str()))
        };
        let column = keymap.bindings().iter().map(|b| width(&keys(b))).max().unwrap_or(0).min(KEYS);
        let mut rows = Vec::new();
        for context in order {
            let fitting: Vec<&Binding> = keymap.of(context).filter(fits).collect();
            if fitting.is_empty() {
                continue;
            }
            if !rows.is_empty() {
                rows.push(Line::default());
            }
            rows.push(Line::styled(context.title(), theme.style(Scope::OverlayTitle)));
            for binding in fitting {
                let keys = cut(&keys(binding), column).into_owned();
                let when = binding.keys.iter().find_map(|k| k.when.as_ref()).map(|when| format!(" (if {when})"));
                let doc = format!("{}{}", binding.action.doc(), when.unwrap_or_default());
                let mut rich = Rich::new();
                rich.push(&doc, theme.style(Scope::Overlay));
                let lead = [Span::styled(pad(&keys, column + 2), theme.style(Scope::StatusKey))];
                rows.extend(rich.wrap(columns, &lead, &[Span::raw(" ".repeat(column + 2))]));
            }
        }
        if rows.is_empty() {
            rows.push(Line::styled("No key does that; the palette may know it.", theme.style(Scope::Dim)));
        }
        rows
    }

    /// Draws it; the keys of `first` stand at the top. Returns where the cursor stands.
    pub fn draw(
        &mut self,
        area: Rect,
        buf: &mut Buffer,
        keymap: &Keymap,
        first: &[Context],
        theme: &Theme,
    ) -> Option<Position> {
        let title = format!("Keys ({})", keymap.name());
        let foot = keymap.fill("type to find, {help up} and {help down} scroll, {help close} closes");
        let inner = window::open(area, buf, (92, u16::MAX), &title, &foot, theme);
        let columns = usize::from(inner.width);
        let cursor = window::typed(inner, buf, &self.typed, theme);
        let below = Rect { y: inner.y + inner.height.min(1), height: inner.height.saturating_sub(1), ..inner };
        let rows = self.rows(keymap, first, theme, columns);
        let window = self.scroll.window(rows.len(), usize::from(below.height));
        for (y, row) in rows[window].iter().enumerate() {
            canvas::put(buf, below, y, row);
        }
        cursor
    }
}

/// The keys of a binding, for a column: a long row of them is told by its ends.
fn keys(binding: &Binding) -> String {
    match binding.keys.as_slice() {
        [first, .., last] if binding.keys.len() > 4 => format!("{} … {}", first.shown(), last.shown()),
        keys => keys.iter().map(crate::tui::keymap::Keys::shown).collect::<Vec<_>>().join(", "),
    }
}

fn all_keys(binding: &Binding) -> String {
    binding.keys.iter().map(crate::tui::keymap::Keys::shown).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_narrows_by_key_name_and_sentence() {
        let mut help = Help::default();
        let keymap = Keymap::default();
        let shown = |help: &Help| {
            let rows = help.rows(&keymap, &[Context::Review, Context::Global], &Theme::plain(), 80);
            rows.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(shown(&help)[0], "Review of a proposal");
        for c in "ACCEPT step".chars() {
            help.type_char(c);
        }
        assert_eq!(shown(&help).len(), 2, "{:?}", shown(&help));
        assert!(shown(&help)[1].starts_with("t ") && shown(&help)[1].ends_with("Accept every hunk of the step."));
        help.type_char('\u{1b}');
        help.type_char('ž');
        assert_eq!(shown(&help), ["No key does that; the palette may know it."]);
        while !help.typed.is_empty() {
            assert!(!help.act(Action::FilterBack));
        }
        assert!(help.act(Action::Close));
    }
}
