//! The window with what an `@` or a `/` in the message can become.
//!
//! Owns: finding what is being written, the candidates, which one is selected, the window. Does not own: what is
//! there to be named (`ui`), what becomes of a mention (`session::host`).

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::list::List;
use crate::tui::keymap::slash;
use crate::tui::text::{Fuzzy, clean_line, cut, width};
use crate::tui::theme::{Scope, Theme};
use crate::tui::view::canvas;

/// Rows of the window.
const ROWS: usize = 8;
/// Most candidates that are kept.
const MOST: usize = 500;
/// A longer word is none that is looked for.
const LONGEST: usize = 200;

/// What can be named and is no part of the session.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// Files, relative to the workspace.
    pub files: Arc<Vec<String>>,
    /// Names of components.
    pub components: Arc<Vec<String>>,
    /// Tables that are remembered: `mysql.main/orders`.
    pub tables: Arc<Vec<String>>,
    /// Set when they should be looked at anew.
    pub wanted: Arc<AtomicBool>,
}

impl Around {
    /// Asks for a new look.
    pub fn want(&self) {
        self.wanted.store(true, Ordering::Relaxed);
    }
}

/// Something that can be put into the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What is put there.
    pub insert: String,
    /// What it is, in a few words.
    pub about: String,
}

/// The window, while it is open.
#[derive(Debug)]
pub struct Completion {
    /// What of the text is being completed.
    range: Range<usize>,
    fitting: Vec<Candidate>,
    list: List,
}

/// What is being written at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Where, from its `@` or `/`.
    pub range: Range<usize>,
    /// Whether it is a `/word`.
    pub slash: bool,
}

/// Finds what is being written at the cursor.
pub fn written(text: &str, cursor: usize) -> Option<Written> {
    let before = text.get(..cursor)?;
    let start =
        before.rfind(char::is_whitespace).map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let word = &before[start..];
    if word.len() > LONGEST {
        return None;
    }
    if start == 0 && word.starts_with('/') && !word[1..].contains('/') {
        return Some(Written { range: 0..cursor, slash: true });
    }
    let at = word.rfind('@')?;
    let inside = word[..at].ends_with(|c: char| c.is_alphanumeric() || "._-+".contains(c));
    (!inside).then(|| Written { range: start + at..cursor, slash: false })
}

impl Completion {
    /// What fits what is being written; nothing where nothing does, or only what stands there already.
    pub fn of(text: &str, written: &Written, candidates: impl FnOnce() -> Vec<Candidate>) -> Option<Completion> {
        let typed = text.get(written.range.clone())?;
        let all = if written.slash { slashes() } else { candidates() };
        let fitting = fitting(typed.trim_start_matches(['@', '/']), all);
        let done = matches!(fitting.as_slice(), [only] if only.insert.trim_end() == typed);
        (!fitting.is_empty() && !done).then(|| Completion {
            range: written.range.clone(),
            fitting,
            list: List::default(),
        })
    }

    /// Where what is completed begins.
    pub fn start(&self) -> usize {
        self.range.start
    }

    /// Moves the selection, round and round.
    pub fn move_by(&mut self, rows: isize) {
        let count = isize::try_from(self.fitting.len()).unwrap_or(isize::MAX);
        let selected = isize::try_from(self.list.selected).unwrap_or(0);
        self.list.select(usize::try_from((selected + rows).rem_euclid(count.max(1))).unwrap_or(0));
    }

    /// What is selected, and what of the text it takes the place of.
    pub fn chosen(&self) -> Option<(Range<usize>, &str)> {
        let candidate = self.fitting.get(self.list.selected)?;
        Some((self.range.clone(), &candidate.insert))
    }

    /// Rows that it takes.
    pub fn rows(&self) -> u16 {
        u16::try_from(self.fitting.len().min(ROWS)).unwrap_or(8)
    }

    /// Draws it at the bottom of an area.
    pub fn draw(&mut self, area: Rect, buf: &mut Buffer, theme: &Theme) {
        let height = self.rows().min(area.height);
        let area = Rect { y: area.bottom() - height, height, ..area };
        let columns = usize::from(area.width);
        let mark = theme.glyphs().focus;
        for (y, n) in self.list.window(self.fitting.len(), usize::from(height)).enumerate() {
            let candidate = &self.fitting[n];
            let selected = n == self.list.selected;
            let left = vec![
                Span::styled(if selected { mark } else { " " }, theme.style(Scope::RuleFocused)),
                Span::styled(format!(" {}", clean_line(&candidate.insert)), theme.style(Scope::Overlay)),
            ];
            // What is put into the message matters more than what it is.
            let room = columns.saturating_sub(width(&candidate.insert) + 6);
            let about = cut(&clean_line(&candidate.about), room).into_owned();
            let right = vec![Span::styled(format!("  {about} "), theme.style(Scope::Dim))];
            canvas::put(buf, area, y, &Line::from(" ".repeat(columns)));
            canvas::paint(buf, area, y, theme.style(if selected { Scope::ListSelected } else { Scope::Overlay }));
            canvas::put(buf, area, y, &canvas::justified(columns, left, right));
            if selected {
                canvas::paint(buf, area, y, theme.style(Scope::ListSelected));
            }
        }
    }
}

fn slashes() -> Vec<Candidate> {
    let candidate = |slash: slash::Slash| {
        let word = slash.word;
        let insert = if slash.takes.is_some() { format!("/{word} ") } else { format!("/{word}") };
        let about = match slash.takes {
            Some(takes) => format!("{takes}: {}", slash.action.doc()),
            None => slash.action.doc().to_owned(),
        };
        Candidate { insert, about }
    };
    slash::all().into_iter().map(candidate).collect()
}

fn fitting(typed: &str, mut all: Vec<Candidate>) -> Vec<Candidate> {
    if !typed.is_empty() {
        let best = Fuzzy::paths(typed).rank(all.iter().map(|candidate| &candidate.insert));
        all = best.into_iter().take(MOST).map(|n| all[n].clone()).collect();
    }
    all.truncate(MOST);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_end(text: &str) -> Option<(Range<usize>, bool)> {
        written(text, text.len()).map(|w| (w.range, w.slash))
    }

    #[test]
    fn what_is_being_written_is_found_at_the_cursor() {
        assert_eq!(at_end("see @ord"), Some((4..8, false)));
        assert_eq!(at_end("(@"), Some((1..2, false)));
        assert_eq!(at_end("/com"), Some((0..4, true)));
        assert_eq!(written("@a bcd", 2).map(|w| w.range), Some(0..2));
        for none in ["me@home", "a /com", "/etc/pass", "see @ord then", "", "x"] {
            assert_eq!(at_end(none), None, "{none}");
        }
    }

    #[test]
    fn the_best_comes_first_and_the_selection_goes_round() {
        let all = || {
            ["@file:a/orders.csv", "@step:read-orders", "@mysql.main"]
                .map(|insert| Candidate { insert: insert.into(), about: String::new() })
                .to_vec()
        };
        let text = "join @orders";
        let mut found = Completion::of(text, &written(text, text.len()).unwrap(), all).unwrap();
        assert_eq!(found.fitting.len(), 2);
        let first = found.chosen().map(|(range, insert)| (range, insert.to_owned())).unwrap();
        assert_eq!(first.0, 5..12);
        found.move_by(-1);
        assert_ne!(found.chosen().unwrap().1, first.1);
        found.move_by(1);
        assert_eq!(found.chosen().unwrap().1, first.1);
        let whole = "@mysql.main";
        assert!(Completion::of(whole, &written(whole, whole.len()).unwrap(), all).is_none());
        let slash = Completion::of("/compi", &written("/compi", 6).unwrap(), Vec::new).unwrap();
        assert_eq!(slash.chosen().unwrap().1, "/compile");
    }
}
