//! Reading a CSV file as record batches.

use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;

use super::super::flow::Halt;
use super::super::text::Position;
use super::blocks::{self, Block};
use super::column::{Builder, Room, TYPES_FIX, type_name};
use super::options::ReadOptions;
use super::profile::{Depth, column_type, profile};
use super::rows::{Rows, no_column, select};
use crate::diagnostic::Diagnostic;

/// Bytes of text after which a record batch is closed, whatever its rows.
const BATCH_BYTES: usize = 4 << 20;

/// Characters of a value that a diagnostic shows.
const SHOWN: usize = 60;

/// Rows from which types are supposed.
const FIRST_ROWS: u64 = 10_000;

/// Where the types of columns that are not told come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Types {
    /// From all rows, which is a pass of its own over the file.
    OfAllRows,
    /// From the first rows, where the file is large. They are those of all rows as long as each row fits; one
    /// that does not ends the reading with [`Halt::Mistaken`].
    OfFirstRows,
}

/// Reads a CSV file, batch by batch. It holds one batch in memory. All calls block.
pub struct CsvReader {
    rows: Rows,
    schema: SchemaRef,
    columns: Vec<Column>,
    options: ReadOptions,
    taken: u64,
    /// A value did not fit what was supposed of its column.
    mistaken: bool,
}

struct Column {
    index: usize,
    builder: Builder,
    origin: Origin,
}

/// Where the type of a column comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    AskedFor,
    /// All rows, or those that `infer_rows` names.
    Seen,
    /// The first rows; with whether they had a value.
    Supposed(bool),
}

impl Origin {
    fn builder(self, data_type: &DataType, room: Room) -> Builder {
        match self {
            Origin::Supposed(false) => Builder::nothing(),
            origin => Builder::new(data_type, origin != Origin::AskedFor, room),
        }
    }
}

/// A value that does not fit, in a row of a piece of the file.
struct Misfit {
    /// Row of the piece, from 1, and line of the file.
    row: u64,
    line: u64,
    column: usize,
    shown: String,
}

/// Why a piece of a file could not be read.
enum Fault {
    Misfit(Misfit),
    Halt(Halt),
}

impl From<Diagnostic> for Fault {
    fn from(diagnostic: Diagnostic) -> Fault {
        Fault::Halt(diagnostic.into())
    }
}

impl CsvReader {
    /// Opens a file and finds out the types of its columns, which is a pass over the whole file (or
    /// `infer_rows` rows, or what `types` says). `name` is how a person calls the file. `None` when `stop` said so.
    ///
    /// # Errors
    /// A file that can't be read or is no CSV, a column that is not there.
    pub fn open(
        path: &Path,
        name: &str,
        options: ReadOptions,
        types: Types,
        stop: &dyn Fn() -> bool,
    ) -> Result<Option<CsvReader>, Diagnostic> {
        let (rows, names) = Rows::open(path, name, &options)?;
        let chosen = select(&names, options.columns.as_deref(), name)?;
        for asked in options.dtype.keys().chain(&options.dates) {
            if !names.contains(asked) {
                return Err(no_column(&names, asked, name));
            }
        }
        let suppose = types == Types::OfFirstRows && options.infer_rows.is_none() && rows.is_large();
        let (inferred, unseen) = if chosen.iter().all(|index| options.dtype.contains_key(&names[*index])) {
            // What is inferred would not be used.
            let field = |index: &usize| Field::new(&names[*index], DataType::Utf8, true);
            (Schema::new(chosen.iter().map(field).collect::<Vec<_>>()), vec![false; chosen.len()])
        } else {
            let infer = if suppose { Some(FIRST_ROWS) } else { options.infer_rows };
            let depth = Depth { infer, count: false };
            match profile(path, name, &options, depth, stop)? {
                Some(profile) => (profile.schema, profile.unseen),
                None => return Ok(None),
            }
        };
        let mut fields = Vec::with_capacity(chosen.len());
        let mut columns = Vec::with_capacity(chosen.len());
        for ((field, index), unseen) in inferred.fields().iter().zip(chosen).zip(unseen) {
            let data_type = column_type(&options, field);
            if options.dates.contains(field.name()) && !matches!(data_type, DataType::Date32 | DataType::Timestamp(..))
            {
                let message = format!("{name}: column {:?} does not hold dates only", field.name());
                return Err(Diagnostic::error("csv-value-type", message)
                    .source(name)
                    .fix("take it out of `parse_dates`, or correct the values (YYYY-MM-DD, or with HH:MM:SS)"));
            }
            let origin = match options.dtype.contains_key(field.name()) {
                true => Origin::AskedFor,
                false if suppose => Origin::Supposed(!unseen),
                false => Origin::Seen,
            };
            columns.push(Column { index, builder: origin.builder(&data_type, Room::default()), origin });
            fields.push(Field::new(field.name(), data_type, true));
        }
        Ok(Some(CsvReader { rows, schema: Arc::new(Schema::new(fields)), columns, options, taken: 0, mistaken: false }))
    }

    /// The columns; every one may hold NULL.
    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// How far the file has been read.
    pub(super) fn position(&self) -> Position {
        self.rows.position()
    }

    /// The next rows; `None` at the end.
    ///
    /// # Errors
    /// A row that is no CSV or has too many or too few fields, a value that does not fit its column.
    pub fn next_batch(&mut self) -> Result<Option<RecordBatch>, Diagnostic> {
        let limit = self.options.limit.unwrap_or(u64::MAX);
        let mut count = 0;
        let mut bytes = 0;
        while count < self.options.batch_rows && bytes < BATCH_BYTES && self.taken < limit && self.rows.next()? {
            for (at, column) in self.columns.iter_mut().enumerate() {
                let cell = self.options.value(self.rows.cell(column.index));
                if !column.builder.push(cell.as_deref()) {
                    let shown: String = cell.as_deref().unwrap_or_default().chars().take(SHOWN).collect();
                    let line = self.rows.row_line();
                    self.mistaken = matches!(column.origin, Origin::Supposed(_));
                    let misfit = Misfit { row: self.taken + 1, line, column: at, shown };
                    return Err(self.misfit(misfit, self.schema.field(at)));
                }
            }
            count += 1;
            bytes += self.rows.row_bytes();
            self.taken += 1;
        }
        if count == 0 {
            return Ok(None);
        }
        let arrays = self.columns.iter_mut().map(|column| column.builder.finish()).collect();
        RecordBatch::try_new(self.schema.clone(), arrays).map(Some).map_err(|error| {
            // Only a mistake of this module's own could get here: the arrays are made from the schema.
            self.rows.wrong("csv-internal", error.to_string())
        })
    }
}

/// Types and places of columns: what a thread makes its own builders from.
struct Plan<'a> {
    name: &'a str,
    options: &'a ReadOptions,
    schema: &'a SchemaRef,
    /// For each column: where it is in a row, and where its type comes from.
    columns: &'a [(usize, Origin)],
    width: usize,
}

impl Plan<'_> {
    /// The rows of a piece.
    fn read(&self, block: Block) -> Result<(Vec<RecordBatch>, u64), Fault> {
        let (bytes, lines) = (block.text.len(), block.lines);
        let mut rows = Rows::of_block(block, self.name, self.options, self.width);
        let room = Room { rows: lines.min(self.options.batch_rows), bytes: bytes / self.width.max(1) };
        let make = |(field, (_, origin)): (&Arc<Field>, &(usize, Origin))| origin.builder(field.data_type(), room);
        let mut builders: Vec<Builder> = self.schema.fields().iter().zip(self.columns).map(make).collect();
        let (mut batches, mut taken, mut ended) = (Vec::new(), 0, false);
        while !ended {
            let (mut count, mut bytes) = (0, 0);
            while count < self.options.batch_rows && bytes < BATCH_BYTES {
                if !rows.next()? {
                    ended = true;
                    break;
                }
                taken += 1;
                for (at, (builder, (index, _))) in builders.iter_mut().zip(self.columns).enumerate() {
                    let cell = self.options.value(rows.cell(*index));
                    if !builder.push(cell.as_deref()) {
                        let shown = cell.as_deref().unwrap_or_default().chars().take(SHOWN).collect();
                        return Err(Fault::Misfit(Misfit { row: taken, line: rows.row_line(), column: at, shown }));
                    }
                }
                count += 1;
                bytes += rows.row_bytes();
            }
            if count > 0 {
                let arrays = builders.iter_mut().map(Builder::finish).collect();
                let batch = RecordBatch::try_new(self.schema.clone(), arrays)
                    .map_err(|error| rows.wrong("csv-internal", error.to_string()))?;
                batches.push(batch);
            }
        }
        Ok((batches, taken))
    }
}

impl CsvReader {
    /// Hands all rows on, with several threads where that pays.
    ///
    /// # Errors
    /// As [`CsvReader::next_batch`]; what `each` says.
    pub fn read_all(mut self, each: &mut dyn FnMut(RecordBatch) -> Result<(), Halt>) -> Result<(), Halt> {
        let threads = self.rows.threads(&self.options);
        if threads > 1 {
            let size = self.rows.block_size(self.options.batch_rows);
            return self.read_in_blocks(threads, size, each);
        }
        loop {
            match self.next_batch() {
                Ok(Some(batch)) => each(batch)?,
                Ok(None) => return Ok(()),
                Err(diagnostic) if self.mistaken => return Err(Halt::Mistaken(Box::new(diagnostic))),
                Err(diagnostic) => return Err(diagnostic.into()),
            }
        }
    }

    fn read_in_blocks(
        self,
        threads: usize,
        size: usize,
        each: &mut dyn FnMut(RecordBatch) -> Result<(), Halt>,
    ) -> Result<(), Halt> {
        let name = self.rows.name().to_owned();
        let columns: Vec<(usize, Origin)> = self.columns.iter().map(|column| (column.index, column.origin)).collect();
        let (blocks, width) = self.rows.into_blocks(size);
        let plan = Plan { name: &name, options: &self.options, schema: &self.schema, columns: &columns, width };
        let mut taken = 0;
        let done = blocks::work(
            blocks,
            threads,
            |block| plan.read(block),
            |(batches, rows)| {
                for batch in batches {
                    each(batch).map_err(Fault::Halt)?;
                }
                taken += rows;
                Ok(true)
            },
        );
        match done {
            Ok(()) => Ok(()),
            Err(Fault::Halt(halt)) => Err(halt),
            Err(Fault::Misfit(misfit)) => {
                let (field, origin) = (self.schema.field(misfit.column), columns[misfit.column].1);
                let diagnostic = told(&name, Misfit { row: taken + misfit.row, ..misfit }, field, origin);
                Err(match origin {
                    Origin::Supposed(_) => Halt::Mistaken(Box::new(diagnostic)),
                    Origin::AskedFor | Origin::Seen => diagnostic.into(),
                })
            }
        }
    }

    fn misfit(&self, misfit: Misfit, field: &Field) -> Diagnostic {
        let origin = self.columns[misfit.column].origin;
        told(self.rows.name(), misfit, field, origin)
    }
}

fn told(file: &str, misfit: Misfit, field: &Field, origin: Origin) -> Diagnostic {
    let wanted = type_name(field.data_type());
    let (name, value) = (field.name(), misfit.shown);
    let (line, row) = (misfit.line, misfit.row);
    let message = format!("{file}: line {line}: row {row}, column {name:?}: {value:?} is no {wanted}");
    let diagnostic = Diagnostic::error("csv-value-type", message).source(file);
    match origin {
        Origin::AskedFor => {
            let fix = if value.is_empty() {
                "add \"\" to `na_values`, so that quoted empty values are NULL".to_owned()
            } else {
                format!("correct the value, add it to `na_values`, or change `dtype` of {name:?} ({TYPES_FIX})")
            };
            diagnostic.why(format!("`dtype` says that the column is {wanted}")).fix(fix)
        }
        Origin::Seen => diagnostic
            .why("the type was inferred from the rows before, as `infer_rows` says, or the file has changed meanwhile")
            .fix(format!("set `dtype` of {name:?} to string, or remove `infer_rows`")),
        Origin::Supposed(_) => diagnostic
            .why("the first rows look so; all rows are looked at now")
            .fix(format!("set `dtype` of {name:?}, to save the pass that finds its type")),
    }
}

#[cfg(test)]
mod tests;
