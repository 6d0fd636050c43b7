//! Reading a Parquet file as record batches.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;

use super::column::{Turn, turn, turned};
use super::options::ReadOptions;
use crate::diagnostic::{Diagnostic, did_you_mean};

/// Bytes that a batch is meant to hold at most.
const BATCH_BYTES: u64 = 4 << 20;
/// Rows that a batch has at least, however wide they are.
const LEAST_ROWS: u64 = 64;

/// Reads a file, batch by batch. It holds one batch and a page of each column. All calls block.
pub(super) struct Reader {
    batches: ParquetRecordBatchReader,
    name: String,
    schema: SchemaRef,
    /// For each column handed on: where it is in the batches read, and how it is turned.
    columns: Vec<(usize, Turn)>,
    rows: u64,
    total: u64,
}

impl Reader {
    /// Opens a file; of its columns only the wanted ones are read later.
    ///
    /// # Errors
    /// A file that is no Parquet, a column that is not there.
    pub fn open(path: &Path, name: &str, options: &ReadOptions) -> Result<Reader, Diagnostic> {
        let file = File::open(path).map_err(|error| {
            Diagnostic::error("file-unreadable", format!("{name} can't be read")).source(name).why(error.to_string())
        })?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| unreadable(name, &error))?;
        let fields = builder.schema().fields().clone();
        let names: Vec<&str> = fields.iter().map(|field| field.name().as_str()).collect();
        let chosen = match &options.columns {
            None => (0..names.len()).collect(),
            Some(wanted) => select(&names, wanted, name)?,
        };
        // Batches come with the columns in the order of the file.
        let mut read = chosen.clone();
        read.sort_unstable();
        let (mut handed_on, mut columns) = (Vec::new(), Vec::new());
        for root in &chosen {
            let (field, how) = turn(&fields[*root], *root, builder.parquet_schema());
            handed_on.push(field);
            columns.push((read.binary_search(root).unwrap_or_default(), how));
        }
        let rows = batch_rows(builder.metadata(), options.batch_rows);
        let mask = ProjectionMask::roots(builder.parquet_schema(), read);
        let total = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
        let total = total.min(options.limit.unwrap_or(u64::MAX));
        let mut builder = builder.with_projection(mask).with_batch_size(rows);
        if let Some(limit) = options.limit {
            builder = builder.with_limit(usize::try_from(limit).unwrap_or(usize::MAX));
        }
        let batches = builder.build().map_err(|error| unreadable(name, &error))?;
        let schema = Arc::new(Schema::new(handed_on));
        Ok(Reader { batches, name: name.to_owned(), schema, columns, rows: 0, total })
    }

    /// The rows of the file that are read.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The columns; every one may hold NULL.
    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// The next rows; `None` at the end.
    ///
    /// # Errors
    /// A file that is damaged, a value that the column's type has no place for.
    pub fn next_batch(&mut self) -> Result<Option<RecordBatch>, Diagnostic> {
        let Some(read) = self.batches.next() else { return Ok(None) };
        let read = read.map_err(|error| {
            Diagnostic::error("parquet-unreadable", format!("{} can't be read as Parquet", self.name))
                .source(&self.name)
                .why(format!("after row {}: {error}", self.rows))
                .fix("check that the file is whole")
        })?;
        let mut arrays = Vec::with_capacity(self.columns.len());
        for ((at, how), field) in self.columns.iter().zip(self.schema.fields()) {
            arrays.push(turned(read.column(*at), how).map_err(|error| {
                let rows = format!("rows {} to {}", self.rows + 1, self.rows + read.num_rows() as u64);
                let message = format!("{}: {rows}, column {:?}: {error}", self.name, field.name());
                Diagnostic::error("parquet-value", message)
                    .source(&self.name)
                    .fix("leave the column out with `columns`")
            })?);
        }
        self.rows += read.num_rows() as u64;
        let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(read.num_rows()));
        RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options)
            .map(Some)
            .map_err(|error| Diagnostic::error("parquet-internal", error.to_string()).source(&self.name))
    }
}

/// Rows of a batch: as many as asked for, fewer where the file says that its rows are wide.
fn batch_rows(metadata: &ParquetMetaData, asked: usize) -> usize {
    let widest = metadata.row_groups().iter().map(|group| {
        let rows = u64::try_from(group.num_rows()).unwrap_or(0).max(1);
        u64::try_from(group.total_byte_size()).unwrap_or(0) / rows
    });
    let rows = BATCH_BYTES / widest.max().unwrap_or(0).max(1);
    asked.min(usize::try_from(rows.max(LEAST_ROWS)).unwrap_or(asked)).max(1)
}

fn select(names: &[&str], wanted: &[String], file: &str) -> Result<Vec<usize>, Diagnostic> {
    let mut chosen = Vec::with_capacity(wanted.len());
    for name in wanted {
        let Some(index) = names.iter().position(|known| known == name) else {
            let diagnostic =
                Diagnostic::error("parquet-column-not-found", format!("{file} has no column {name:?}")).source(file);
            return Err(match did_you_mean(name, names.iter().copied()) {
                Some(near) => diagnostic.fix(format!("did you mean {near:?}?")),
                None => {
                    let shown: Vec<&str> = names.iter().copied().take(30).collect();
                    diagnostic.fix(format!("use one of: {}", shown.join(", ")))
                }
            });
        };
        if chosen.contains(&index) {
            let message = format!("`columns` names {name:?} twice");
            return Err(Diagnostic::error("parquet-duplicate-column", message).source(file));
        }
        chosen.push(index);
    }
    Ok(chosen)
}

fn unreadable(name: &str, error: &ParquetError) -> Diagnostic {
    let diagnostic = Diagnostic::error("parquet-unreadable", format!("{name} can't be read as Parquet"))
        .source(name)
        .why(error.to_string());
    match error {
        ParquetError::NYI(_) => diagnostic.fix("write the file anew with zstd, snappy, gzip or lz4"),
        _ => diagnostic.fix("check that the file is Parquet and whole"),
    }
}
