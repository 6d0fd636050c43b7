//! A list with a selected row that is kept in sight; a text that scrolls.

use crate::tui::keymap::Action;

/// Selection and scroll of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct List {
    /// The selected row.
    pub selected: usize,
    /// The first row in sight.
    pub top: usize,
    /// Rows in sight when it was last drawn.
    pub page: usize,
}

impl List {
    /// Moves the selection, within `count` rows.
    pub fn move_by(&mut self, rows: isize, count: usize) {
        self.selected = self.selected.saturating_add_signed(rows).min(count.saturating_sub(1));
    }

    /// Moves the selection by whole pages.
    pub fn page_by(&mut self, pages: isize, count: usize) {
        let step = isize::try_from(self.page.saturating_sub(1).max(1)).unwrap_or(1);
        self.move_by(pages * step, count);
    }

    /// Takes an action in where it moves the selection within `count` rows; says whether it does.
    pub fn act(&mut self, action: Action, count: usize) -> bool {
        match action {
            Action::Up => self.move_by(-1, count),
            Action::Down => self.move_by(1, count),
            Action::PageUp => self.page_by(-1, count),
            Action::PageDown => self.page_by(1, count),
            Action::First => self.selected = 0,
            Action::Last => self.selected = count.saturating_sub(1),
            _ => return false,
        }
        true
    }

    /// Selects a row.
    pub fn select(&mut self, row: usize) {
        self.selected = row;
    }

    /// The rows in sight when `height` of `count` rows can be.
    pub fn window(&mut self, count: usize, height: usize) -> std::ops::Range<usize> {
        self.page = height;
        self.selected = self.selected.min(count.saturating_sub(1));
        if self.selected < self.top {
            self.top = self.selected;
        }
        if height > 0 && self.selected >= self.top + height {
            self.top = self.selected + 1 - height;
        }
        self.top = self.top.min(count.saturating_sub(height));
        self.top..(self.top + height).min(count)
    }
}

/// Scroll position of a text that is not a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scroll {
    /// The first row in sight.
    pub top: usize,
    /// Rows in sight when it was last drawn.
    pub page: usize,
}

impl Scroll {
    /// Moves by rows.
    pub fn move_by(&mut self, rows: isize) {
        self.top = self.top.saturating_add_signed(rows);
    }

    /// Moves by pages.
    pub fn page_by(&mut self, pages: isize) {
        let step = isize::try_from(self.page.saturating_sub(1).max(1)).unwrap_or(1);
        self.move_by(pages.saturating_mul(step));
    }

    /// Takes an action in where it scrolls; says whether it does.
    pub fn act(&mut self, action: Action) -> bool {
        match action {
            Action::Up => self.move_by(-1),
            Action::Down => self.move_by(1),
            Action::PageUp => self.page_by(-1),
            Action::PageDown => self.page_by(1),
            Action::First => self.top = 0,
            // Drawing brings it back to the last page.
            Action::Last => self.top = usize::MAX / 2,
            _ => return false,
        }
        true
    }

    /// The rows in sight when `height` of `count` rows can be.
    pub fn window(&mut self, count: usize, height: usize) -> std::ops::Range<usize> {
        self.page = height;
        self.top = self.top.min(count.saturating_sub(height));
        self.top..(self.top + height).min(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selection_stays_in_sight() {
        let mut list = List::default();
        list.move_by(7, 10);
        assert_eq!(list.window(10, 4), 4..8);
        list.page_by(-1, 10);
        assert_eq!((list.selected, list.window(10, 4)), (4, 4..8));
        list.move_by(-99, 10);
        assert_eq!(list.window(10, 4), 0..4);
        assert_eq!(list.window(2, 4), 0..2);
        assert_eq!(list.window(0, 0), 0..0);
    }
}
