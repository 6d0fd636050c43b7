//! Writing record batches as Parquet.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use parquet::arrow::{ArrowSchemaConverter, ArrowWriter};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use tempfile::NamedTempFile;

use super::super::draft::Draft;
use super::super::flow::{Halt, Writing, Written};
use super::options::WriteOptions;
use crate::diagnostic::Diagnostic;

/// Encoded bytes after which a row group is closed, whatever its rows: they are held until then.
const GROUP_BYTES: usize = 32 << 20;

/// Whether all columns can be written.
///
/// # Errors
/// Names every column that can't.
pub(super) fn check(schema: &Schema, name: &str) -> Result<(), Diagnostic> {
    let writable = |field: &&Arc<Field>| {
        // It would be written and come back as bytes.
        !matches!(field.data_type(), DataType::Interval(_) | DataType::Duration(_))
            && ArrowSchemaConverter::new().convert(&Schema::new(vec![field.as_ref().clone()])).is_ok()
    };
    let refused: Vec<String> = schema
        .fields()
        .iter()
        .filter(|field| !writable(field))
        .map(|field| format!("{:?} ({})", field.name(), field.data_type()))
        .collect();
    if refused.is_empty() {
        return Ok(());
    }
    Err(Diagnostic::error("parquet-unwritable-type", format!("{name}: no Parquet type for {}", refused.join(", ")))
        .source(name)
        .fix("turn them into text in a SQL step: CAST(… AS VARCHAR)"))
}

/// A Parquet file that is being written.
pub(super) struct ParquetWriting {
    // Dropped in this order: the file has to go before its folder.
    writer: ArrowWriter<NamedTempFile>,
    draft: Draft,
    name: String,
    rows: u64,
}

impl ParquetWriting {
    /// Begins a file with rows of `schema`.
    pub fn new(
        draft: Draft,
        file: NamedTempFile,
        name: &str,
        schema: SchemaRef,
        options: &WriteOptions,
    ) -> Result<ParquetWriting, Diagnostic> {
        let properties = WriterProperties::builder()
            .set_compression(options.compression)
            .set_max_row_group_row_count(Some(options.group_rows.max(1)))
            .set_max_row_group_bytes(Some(GROUP_BYTES))
            .set_created_by(concat!("pipesmith ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let writer = ArrowWriter::try_new(file, schema, Some(properties)).map_err(|error| unwritable(name, &error))?;
        Ok(ParquetWriting { writer, draft, name: name.to_owned(), rows: 0 })
    }
}

impl Writing for ParquetWriting {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), Halt> {
        self.writer.write(batch).map_err(|error| unwritable(&self.name, &error))?;
        // Dictionaries and pages that are not closed count too.
        if self.writer.memory_size() > 2 * GROUP_BYTES {
            self.writer.flush().map_err(|error| unwritable(&self.name, &error))?;
        }
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<Written, Halt> {
        self.writer.flush().map_err(|error| unwritable(&self.name, &error))?;
        let groups = self.writer.flushed_row_groups().iter();
        let counted: u64 = groups.map(|group| u64::try_from(group.num_rows()).unwrap_or(0)).sum();
        if counted != self.rows {
            let message = format!("{}: {} rows were handed over, the file holds {counted}", self.name, self.rows);
            return Err(Diagnostic::error("row-count-mismatch", message).source(&self.name).into());
        }
        // Writes the footer.
        let file = self.writer.into_inner().map_err(|error| unwritable(&self.name, &error))?;
        let bytes = file.as_file().metadata().map_or(0, |meta| meta.len());
        self.draft.publish(file)?;
        Ok(Written { place: self.name, rows: self.rows, bytes, rejected: None })
    }
}

fn unwritable(name: &str, error: &ParquetError) -> Diagnostic {
    Diagnostic::error("file-unwritable", format!("{name} can't be written")).source(name).why(error.to_string())
}
