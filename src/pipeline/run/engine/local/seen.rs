//! The first rows of what goes by.

use arrow::datatypes::Schema;
use arrow::record_batch::RecordBatch;

use super::super::super::fact::Preview;
use crate::connect::driver::csv::cell_text;

/// Characters of a cell.
const CELL: usize = 200;

/// The first rows that went by.
pub(super) struct Seen {
    columns: Vec<String>,
    rows: Vec<Vec<Option<String>>>,
    most: usize,
}

impl Seen {
    /// Holds so many rows.
    pub fn new(most: usize) -> Seen {
        Seen { columns: Vec::new(), rows: Vec::new(), most }
    }

    /// Takes the columns.
    pub fn columns(&mut self, schema: &Schema) {
        self.columns = schema.fields().iter().map(|field| field.name().clone()).collect();
    }

    /// Takes rows.
    pub fn take(&mut self, batch: &RecordBatch) {
        let more = self.most.saturating_sub(self.rows.len()).min(batch.num_rows());
        for row in 0..more {
            self.rows.push(batch.columns().iter().map(|array| cell_text(array, row, CELL)).collect());
        }
    }

    /// What was seen, of so many rows at that place.
    pub fn preview(self, step: String, path: String, total: u64) -> Preview {
        Preview { step, path, columns: self.columns, rows: self.rows, total }
    }
}
