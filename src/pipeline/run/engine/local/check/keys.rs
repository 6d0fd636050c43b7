//! Keys that come in more than once: exact, in bounded memory. Up to a bound the keys are held here; then
//! they are handed to DuckDB, which spills.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Array, BinaryArray, BinaryBuilder};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use arrow::row::{RowConverter, SortField};

use super::row::{one_zero, unfit};
use super::told::{Found, shown};
use super::{Room, internal};
use crate::connect::driver::csv::cell_text;
use crate::diagnostic::Diagnostic;
use crate::pipeline::run::engine::local::sql::Aside;

/// Bytes that are held here, with what the set itself takes for each key.
const HELD: usize = 16 << 20;
const EACH: usize = 64;
/// Keys of a piece that is handed to DuckDB.
const PIECE: usize = 8192;

/// The keys so far.
pub(super) struct Keys {
    names: Vec<String>,
    places: Vec<usize>,
    convert: RowConverter,
    most: usize,
    room: Room,
    step: String,
    held: HashSet<Box<[u8]>>,
    bytes: usize,
    aside: Option<Aside>,
}

impl Keys {
    /// Of these columns.
    ///
    /// # Errors
    /// A type whose values can't be compared.
    pub fn new(fields: &[Field], places: Vec<usize>, room: &Room, step: &str) -> Result<Keys, Diagnostic> {
        let sorts = fields.iter().map(|field| SortField::new(field.data_type().clone())).collect();
        let convert = RowConverter::new(sorts);
        let convert = convert.map_err(|_| unfit(&fields[0], "values of such a key can't be compared"))?;
        Ok(Keys {
            names: fields.iter().map(|field| field.name().clone()).collect(),
            places,
            convert,
            most: HELD,
            room: room.clone(),
            step: step.to_owned(),
            held: HashSet::new(),
            bytes: 0,
            aside: None,
        })
    }

    #[cfg(test)]
    pub fn hold(&mut self, bytes: usize) {
        self.most = bytes;
    }

    /// Takes the keys of rows; calls for each that is held already, with its place in the batch.
    ///
    /// # Errors
    /// The disk that DuckDB spills to is full.
    pub fn take(&mut self, batch: &RecordBatch, mut each: impl FnMut(usize, &[usize])) -> Result<(), Diagnostic> {
        let columns: Vec<_> = self.places.iter().map(|at| one_zero(batch.column(*at))).collect();
        let nulls: Vec<_> = columns.iter().filter_map(|column| column.logical_nulls()).collect();
        let rows = self.convert.convert_columns(&columns).map_err(|error| internal(&error))?;
        let mut more = BinaryBuilder::new();
        for (at, row) in rows.iter().enumerate() {
            // A key with NULL in it is like no other.
            if nulls.iter().any(|nulls| nulls.is_null(at)) {
                continue;
            }
            let key = row.as_ref();
            if self.held.contains(key) {
                each(at, &self.places);
            } else if self.aside.is_some() {
                more.append_value(key);
            } else {
                self.bytes += key.len() + EACH;
                self.held.insert(key.into());
                if self.bytes > self.most {
                    self.aside = Some(Aside::open(
                        &self.step,
                        &self.room.spill.join("keys"),
                        self.room.memory,
                        self.room.threads,
                    )?);
                }
            }
        }
        self.put(&more.finish())
    }

    /// Hands keys to DuckDB.
    fn put(&mut self, keys: &BinaryArray) -> Result<(), Diagnostic> {
        let (Some(aside), false) = (&mut self.aside, keys.is_empty()) else { return Ok(()) };
        let schema = Arc::new(Schema::new(vec![Field::new("k", DataType::Binary, false)]));
        let batch = RecordBatch::try_new(schema, vec![Arc::new(keys.clone())]).map_err(|error| internal(&error))?;
        aside.take(&batch)
    }

    /// Looks for keys that DuckDB has more than once. Those that are held here were told when they came: they
    /// never got there.
    ///
    /// # Errors
    /// The disk that it spills to is full.
    pub fn finish(self, found: &mut Found) -> Result<(), Diagnostic> {
        let Some(aside) = &self.aside else { return Ok(()) };
        let (count, sample) = aside.twice(PIECE.min(5))?;
        found.count += count;
        let parser = self.convert.parser();
        for (key, times) in sample {
            let columns = self.convert.convert_rows([parser.parse(&key)]).map_err(|error| internal(&error))?;
            let values =
                self.names.iter().zip(&columns).map(|(name, column)| shown(name, cell_text(column, 0, 60).as_deref()));
            found.add(&format!("{}: {times} rows", values.collect::<Vec<_>>().join(", ")));
        }
        Ok(())
    }
}
