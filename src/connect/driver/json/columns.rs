//! Rows become record batches.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;

use super::super::csv::column::{Builder, Room, type_name};
use super::cell::Cell;
use super::infer::{Column, Kind};
use super::number;

/// Characters of a value that a diagnostic shows.
const SHOWN: usize = 60;

/// Collects rows.
pub(in crate::connect::driver) struct Columns {
    schema: SchemaRef,
    columns: Vec<(Column, Builder)>,
    index: HashMap<String, usize>,
    /// For each column the last row that had it.
    had: Vec<u64>,
    /// Whether keys that are no column are wrong; else they are left out.
    closed: bool,
    rows: u64,
    count: usize,
    bytes: usize,
}

/// A row that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::connect::driver) enum Misfit {
    /// A value that its column can't take.
    Value {
        /// The column.
        column: String,
        /// The value, cut.
        value: String,
        /// What the column takes.
        wanted: String,
        /// Whether a person asked for the type.
        asked: bool,
    },
    /// A key that is no column.
    Unknown(String),
    /// A key that stands twice.
    Twice(String),
}

impl Columns {
    /// Begins. With `closed`, a key that is no column is wrong.
    pub fn new(columns: Vec<Column>, closed: bool) -> Columns {
        let field = |column: &Column| {
            let field = Field::new(&column.name, column.data_type.clone(), true);
            if column.kind == Kind::Nested { super::marked(field) } else { field }
        };
        let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
        let index = columns.iter().enumerate().map(|(at, column)| (column.name.clone(), at)).collect();
        let had = vec![0; columns.len()];
        let columns = columns
            .into_iter()
            .map(|column| {
                let builder = Builder::new(&column.data_type, !column.asked, Room::default());
                (column, builder)
            })
            .collect();
        Columns { schema, columns, index, had, closed, rows: 0, count: 0, bytes: 0 }
    }

    /// The columns; every one may hold NULL.
    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// Takes a row in.
    pub fn push(&mut self, row: &[(Cow<'_, str>, Cell<'_>)]) -> Result<(), Misfit> {
        self.rows += 1;
        for (at, (name, cell)) in row.iter().enumerate() {
            let at = match self.columns.get(at) {
                Some((column, _)) if column.name == *name => at,
                _ => match self.index.get(name.as_ref()) {
                    Some(at) => *at,
                    None if self.closed => return Err(Misfit::Unknown(name.chars().take(SHOWN).collect())),
                    None => continue,
                },
            };
            if self.had[at] == self.rows {
                return Err(Misfit::Twice(name.chars().take(SHOWN).collect()));
            }
            self.had[at] = self.rows;
            self.bytes += cell.text().map_or(1, str::len) + 8;
            let (column, builder) = &mut self.columns[at];
            if !put(column, builder, cell) {
                return Err(Misfit::Value {
                    column: column.name.clone(),
                    value: cell.text().unwrap_or_default().chars().take(SHOWN).collect(),
                    wanted: wanted(column),
                    asked: column.asked,
                });
            }
        }
        for (had, (_, builder)) in self.had.iter().zip(&mut self.columns) {
            if *had != self.rows {
                builder.push(None);
            }
        }
        self.count += 1;
        Ok(())
    }

    /// Rows and bytes collected, roughly.
    pub fn size(&self) -> (usize, usize) {
        (self.count, self.bytes)
    }

    /// The rows collected; `None` where there are none.
    ///
    /// # Errors
    /// A mistake of this module's own.
    pub fn take(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        if self.count == 0 {
            return Ok(None);
        }
        let arrays = self.columns.iter_mut().map(|(_, builder)| builder.finish()).collect();
        let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(self.count));
        (self.count, self.bytes) = (0, 0);
        RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options).map(Some)
    }
}

fn put(column: &Column, builder: &mut Builder, cell: &Cell<'_>) -> bool {
    let Some(kind) = Kind::of(cell) else { return builder.push(None) };
    if column.kind != Kind::Any && column.kind != kind {
        return false;
    }
    // A type other than text that was asked for takes no object, whatever its text looks like.
    if kind == Kind::Nested && column.data_type != DataType::Utf8 {
        return false;
    }
    match cell {
        Cell::Number(text) if matches!(column.data_type, DataType::Decimal128(..) | DataType::Int64) => {
            number::plain(text).is_some_and(|text| builder.push(Some(&text)))
        }
        cell => builder.push(cell.text()),
    }
}

fn wanted(column: &Column) -> String {
    match (&column.data_type, column.kind) {
        (DataType::Utf8, kind) => kind.word().to_owned(),
        (data_type, _) => type_name(data_type),
    }
}
