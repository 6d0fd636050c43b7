//! What looking at a system gave, and how much of it is taken.

use std::time::Duration;

use super::Table;

/// What was found.
pub(super) struct Looked {
    /// The tables, in any order.
    pub tables: Vec<Table>,
    /// Whether there is more than was taken.
    pub cut: bool,
}

/// Remembers whether a limit was reached.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Limit {
    reached: bool,
}

impl Limit {
    /// Tables of one connection.
    pub const TABLES: usize = 10_000;
    /// Columns of all its tables together.
    pub const COLUMNS: usize = 400_000;
    /// Keys, or columns of keys, of all its tables together.
    pub const KEYS: usize = 200_000;
    /// Tables of which rows are read.
    pub const SAMPLED: usize = 50;
    /// How long reading the rows of one of them may take.
    pub const ONE_SAMPLE: Duration = Duration::from_secs(2);

    /// Notes how many there were of how many that are taken.
    pub fn note(&mut self, found: usize, most: usize) {
        self.reached |= found >= most;
    }

    /// Whether one was reached.
    pub fn reached(self) -> bool {
        self.reached
    }
}
