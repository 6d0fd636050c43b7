//! Lines on a grid of cells: what meets in a cell decides its character.

/// The ways out of a cell.
pub const UP: u8 = 1;
/// To the right.
pub const RIGHT: u8 = 2;
/// Down.
pub const DOWN: u8 = 4;
/// To the left.
pub const LEFT: u8 = 8;

/// The characters by the ways out of a cell.
const BOX: [char; 16] = [' ', '╵', '╶', '╰', '╷', '│', '╭', '├', '╴', '╯', '─', '┴', '╮', '┤', '┬', '┼'];
const ASCII: [char; 16] = [' ', '|', '-', '+', '|', '|', '+', '+', '-', '+', '-', '+', '+', '+', '+', '+'];

/// A grid of lines.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    columns: usize,
    ways: Vec<u8>,
}

impl Lines {
    /// An empty grid.
    pub fn new(columns: usize, rows: usize) -> Lines {
        Lines { columns, ways: vec![0; columns * rows] }
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.ways.len().checked_div(self.columns).unwrap_or(0)
    }

    /// Cells of a row.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Adds ways out of a cell; outside of the grid nothing happens.
    pub fn add(&mut self, x: usize, y: usize, ways: u8) {
        if x < self.columns
            && let Some(cell) = self.ways.get_mut(y * self.columns + x)
        {
            *cell |= ways;
        }
    }

    /// A vertical line from one row to another, both ends included.
    pub fn vertical(&mut self, x: usize, from: usize, to: usize) {
        let (from, to) = (from.min(to), from.max(to));
        for y in from..=to {
            let ways = if y > from { UP } else { 0 } | if y < to { DOWN } else { 0 };
            self.add(x, y, ways);
        }
    }

    /// A horizontal line from one column to another, both ends included.
    pub fn horizontal(&mut self, y: usize, from: usize, to: usize) {
        let (from, to) = (from.min(to), from.max(to));
        for x in from..=to {
            let ways = if x > from { LEFT } else { 0 } | if x < to { RIGHT } else { 0 };
            self.add(x, y, ways);
        }
    }

    /// The characters of a part of a row.
    pub fn text(&self, y: usize, columns: std::ops::Range<usize>, ascii: bool) -> String {
        let set = if ascii { &ASCII } else { &BOX };
        let row = self.ways.get(y * self.columns..(y + 1) * self.columns).unwrap_or_default();
        let end = columns.end.min(row.len());
        row.get(columns.start.min(end)..end)
            .unwrap_or_default()
            .iter()
            .map(|ways| set[usize::from(*ways & 15)])
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_meet_become_one_character() {
        let mut lines = Lines::new(5, 3);
        lines.vertical(0, 0, 2);
        lines.horizontal(1, 0, 4);
        lines.vertical(4, 1, 2);
        lines.vertical(2, 0, 2);
        lines.vertical(9, 0, 9);
        let shown = |ascii| (0..3).map(|y| lines.text(y, 0..9, ascii)).collect::<Vec<_>>();
        assert_eq!(shown(false), ["╷ ╷  ", "├─┼─╮", "╵ ╵ ╵"]);
        assert_eq!(shown(true), ["| |  ", "+-+-+", "| | |"]);
    }
}
