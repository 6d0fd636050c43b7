//! Reading a JSON file as record batches: one pass finds the columns, one reads.

use std::path::Path as FilePath;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use super::super::text::{Position, TextSource};
use super::cell::read_row;
use super::columns::{Columns, Misfit};
use super::infer::{Column, Mixed, Shape};
use super::options::ReadOptions;
use super::values::Values;
use crate::diagnostic::{Diagnostic, did_you_mean};

/// Bytes after which a batch is closed, whatever its rows.
const BATCH_BYTES: usize = 4 << 20;
/// Rows between two looks at whether to stop.
const STOP_EVERY: u64 = 1024;
/// What a person can do about a type.
const TYPES: &str = "string, integer, float, decimal(p,s), boolean, date or timestamp";

/// Reads a file, batch by batch. It holds one batch. All calls block.
pub(super) struct Reader {
    values: Values,
    columns: Columns,
    batch_rows: usize,
    limit: u64,
    rows: u64,
}

impl Reader {
    /// Opens a file and finds out its columns, which is a pass over the whole file. `None` when `stop` said
    /// so.
    ///
    /// # Errors
    /// A file that can't be read, is no JSON, or has a column of two kinds.
    pub fn open(
        path: &FilePath,
        name: &str,
        options: &ReadOptions,
        stop: &dyn Fn() -> bool,
    ) -> Result<Option<Reader>, Diagnostic> {
        let limit = options.limit.unwrap_or(u64::MAX);
        let open = || {
            let source = TextSource::open(path, name, options.encoding, options.compression)?;
            Values::open(source, name, options.format, &options.data_path)
        };
        // Where every wanted column has its type given, the first pass would tell nothing.
        let given = options.columns.as_ref().is_some_and(|all| all.iter().all(|name| options.dtype.contains_key(name)));
        let mut shape = Shape::default();
        if !given {
            let mut values = open()?;
            let mut number = 0;
            while number < limit {
                let Some((line, text)) = values.next()? else { break };
                number += 1;
                let mut row = Vec::with_capacity(16);
                let seen = read_row(text, false, &mut row).and_then(|()| shape.see(number, &row));
                seen.map_err(|what| bad_row(name, number, line, &what))?;
                if number.is_multiple_of(STOP_EVERY) && stop() {
                    return Ok(None);
                }
            }
            known(&shape, options, name)?;
        }
        let columns = shape
            .columns(options.columns.as_deref(), &options.dtype, false)
            .map_err(|mixed| mixed_column(name, &mixed))?;
        let columns = if shape.is_empty() { empty(columns, options, name)? } else { columns };
        let columns = Columns::new(columns, false);
        Ok(Some(Reader { values: open()?, columns, batch_rows: options.batch_rows, limit, rows: 0 }))
    }

    /// The columns; every one may hold NULL.
    pub fn schema(&self) -> SchemaRef {
        self.columns.schema()
    }

    /// How far the file has been read.
    pub fn position(&self) -> Position {
        self.values.position()
    }

    /// The next rows; `None` at the end.
    ///
    /// # Errors
    /// A row that is no object, a value that does not fit its column.
    pub fn next_batch(&mut self, name: &str) -> Result<Option<RecordBatch>, Diagnostic> {
        loop {
            let (count, bytes) = self.columns.size();
            if count >= self.batch_rows || bytes >= BATCH_BYTES || self.rows >= self.limit {
                break;
            }
            let Some((line, text)) = self.values.next()? else { break };
            self.rows += 1;
            let mut row = Vec::with_capacity(16);
            read_row(text, false, &mut row).map_err(|what| bad_row(name, self.rows, line, &what))?;
            self.columns.push(&row).map_err(|misfit| misfit_in(name, self.rows, line, misfit))?;
        }
        self.columns.take().map_err(|error| Diagnostic::error("json-internal", error.to_string()).source(name))
    }
}

/// Whether the columns that were asked for are there.
fn known(shape: &Shape, options: &ReadOptions, name: &str) -> Result<(), Diagnostic> {
    if shape.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = shape.names().collect();
    let asked = options.columns.iter().flatten().chain(options.dtype.keys());
    for column in asked {
        if names.contains(&column.as_str()) {
            continue;
        }
        let message = format!("no row of {name} has the key {column:?}");
        let diagnostic = Diagnostic::error("json-column-not-found", message).source(name);
        return Err(match did_you_mean(column, names.iter().copied()) {
            Some(near) => diagnostic.fix(format!("did you mean {near:?}?")),
            None => {
                let shown: Vec<&str> = names.iter().copied().take(30).collect();
                diagnostic.fix(format!("use one of: {}", shown.join(", ")))
            }
        });
    }
    Ok(())
}

/// The columns of a file without any row: only a person can know them.
fn empty(columns: Vec<Column>, options: &ReadOptions, name: &str) -> Result<Vec<Column>, Diagnostic> {
    if !columns.is_empty() {
        return Ok(columns);
    }
    let shape = Shape::default();
    let names: Vec<String> = options.dtype.keys().cloned().collect();
    match shape.columns(Some(&names), &options.dtype, false) {
        Ok(columns) if !columns.is_empty() => Ok(columns),
        _ => Err(Diagnostic::error("json-file-empty", format!("{name} has no rows"))
            .source(name)
            .why("the columns are not known")
            .fix("name them with `columns` or `dtype`")),
    }
}

fn bad_row(name: &str, row: u64, line: u64, what: &str) -> Diagnostic {
    Diagnostic::error("json-row", format!("{name}: row {row} (line {line}): {what}"))
        .source(name)
        .fix("correct the row; rows are objects, one a line or in one list (`data_path` leads to a list inside)")
}

fn mixed_column(name: &str, mixed: &Mixed) -> Diagnostic {
    let (first, at) = mixed.first;
    let (other, then) = mixed.other;
    let message =
        format!("{name}: {:?} is {} in row {at} and {} in row {then}", mixed.name, first.word(), other.word());
    Diagnostic::error("json-mixed-types", message)
        .source(name)
        .why("a column has one type")
        .fix(format!("set `dtype` of {:?} to string, which takes everything as text", mixed.name))
}

fn misfit_in(name: &str, row: u64, line: u64, misfit: Misfit) -> Diagnostic {
    let at = format!("{name}: row {row} (line {line})");
    match misfit {
        Misfit::Value { column, value, wanted, asked } => {
            let message = format!("{at}, column {column:?}: {value:?} is not {wanted}");
            let diagnostic = Diagnostic::error("json-value-type", message).source(name);
            if asked {
                diagnostic.fix(format!("correct the value, or change `dtype` of {column:?} ({TYPES})"))
            } else {
                diagnostic.why("the file has changed meanwhile").fix("run again")
            }
        }
        Misfit::Unknown(key) | Misfit::Twice(key) => {
            Diagnostic::error("json-row", format!("{at}: the key {key:?} stands twice in it"))
                .source(name)
                .fix("leave one of them out")
        }
    }
}
