//! Writing record batches as JSON, one object a line or one list.

use std::collections::HashSet;
use std::io::{self, Write};

use arrow::array::Array;
use arrow::datatypes::{DataType, SchemaRef};
use arrow::record_batch::RecordBatch;
use flate2::write::GzEncoder;
use tempfile::NamedTempFile;

use super::super::draft::{Draft, unwritable};
use super::super::flow::{Halt, Writing, Written};
use super::super::place::Place;
use super::format::{NoJson, is_json_type, key, write_json};
use super::options::{Packing, WriteOptions};
use crate::diagnostic::Diagnostic;

/// Bytes collected before they are handed on.
const CHUNK: usize = 256 << 10;

/// A JSON file that is being written.
pub(super) struct JsonWriting {
    // Dropped in this order: the file has to go before its folder.
    out: Packed,
    draft: Draft,
    place: Place,
    schema: SchemaRef,
    /// For each column whether its texts are JSON.
    json: Vec<bool>,
    options: WriteOptions,
    text: Vec<u8>,
    rows: u64,
}

enum Packed {
    Plain(NamedTempFile),
    Gzip(Box<GzEncoder<NamedTempFile>>),
    Zstd(Box<zstd::stream::write::Encoder<'static, NamedTempFile>>),
}

impl Packed {
    fn new(file: NamedTempFile, packing: Packing) -> io::Result<Packed> {
        Ok(match packing {
            Packing::None => Packed::Plain(file),
            Packing::Gzip => Packed::Gzip(Box::new(GzEncoder::new(file, flate2::Compression::default()))),
            Packing::Zstd => Packed::Zstd(Box::new(zstd::stream::write::Encoder::new(file, 0)?)),
        })
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Packed::Plain(file) => file.write_all(bytes),
            Packed::Gzip(encoder) => encoder.write_all(bytes),
            Packed::Zstd(encoder) => encoder.write_all(bytes),
        }
    }

    fn finish(self) -> io::Result<NamedTempFile> {
        match self {
            Packed::Plain(file) => Ok(file),
            Packed::Gzip(encoder) => encoder.finish(),
            Packed::Zstd(encoder) => encoder.finish(),
        }
    }
}

impl JsonWriting {
    /// Begins a file with rows of `schema`.
    ///
    /// # Errors
    /// Names every column that can't be written.
    pub fn begin(place: &Place, schema: SchemaRef, options: WriteOptions) -> Result<JsonWriting, Diagnostic> {
        let refused: Vec<String> = schema
            .fields()
            .iter()
            .filter(|field| !is_json_type(field.data_type()))
            .map(|field| format!("{:?} ({})", field.name(), field.data_type()))
            .collect();
        if !refused.is_empty() {
            let message = format!("{}: JSON has no form for {}", place.name, refused.join(", "));
            return Err(Diagnostic::error("json-unwritable-type", message)
                .source(&place.name)
                .fix("turn them into text in a SQL step: CAST(… AS VARCHAR)"));
        }
        let mut names = HashSet::new();
        if let Some(twice) = schema.fields().iter().find(|field| !names.insert(field.name())) {
            let message = format!("{}: two columns are called {:?}", place.name, twice.name());
            return Err(Diagnostic::error("json-duplicate-column", message)
                .source(&place.name)
                .fix("give one of them another name in a SQL step"));
        }
        let json = schema.fields().iter().map(|field| super::is_json(field)).collect();
        let (draft, file) = Draft::begin(place)?;
        let out = Packed::new(file, options.packing).map_err(|error| unwritable(place, &error))?;
        let text = Vec::with_capacity(CHUNK);
        Ok(JsonWriting { out, draft, place: place.clone(), schema, json, options, text, rows: 0 })
    }

    fn row(&mut self, batch: &RecordBatch, row: usize) -> Result<(), Diagnostic> {
        if self.options.list {
            self.text.extend_from_slice(if self.rows == 0 { b"[\n" } else { b",\n" });
        }
        self.text.push(b'{');
        let mut first = true;
        for (at, array) in batch.columns().iter().enumerate() {
            let null = array.data_type() == &DataType::Null || array.is_null(row);
            if null && self.options.omit_nulls {
                continue;
            }
            let field = self.schema.field(at);
            key(field.name(), first, &mut self.text);
            first = false;
            write_json(array.as_ref(), row, self.json[at], &mut self.text).map_err(|what| {
                let what = match what {
                    NoJson::NotFinite => "JSON has no form for NaN and infinity",
                    NoJson::NotJson => "the text is no JSON",
                };
                let message = format!("{}: row {}, column {:?}: {what}", self.place.name, self.rows + 1, field.name());
                Diagnostic::error("json-unwritable-value", message)
                    .source(&self.place.name)
                    .fix("turn it into NULL or text in a SQL step")
            })?;
        }
        self.text.push(b'}');
        if !self.options.list {
            self.text.push(b'\n');
        }
        self.rows += 1;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Diagnostic> {
        let written = self.out.write_all(&self.text).map_err(|error| unwritable(&self.place, &error));
        self.text.clear();
        written
    }
}

impl Writing for JsonWriting {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), Halt> {
        for row in 0..batch.num_rows() {
            self.row(batch, row)?;
            if self.text.len() >= CHUNK {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<Written, Halt> {
        if self.options.list {
            self.text.extend_from_slice(if self.rows == 0 { b"[]\n" } else { b"\n]\n" });
        }
        self.flush()?;
        let file = self.out.finish().map_err(|error| unwritable(&self.place, &error))?;
        let bytes = file.as_file().metadata().map_or(0, |meta| meta.len());
        self.draft.publish(file)?;
        Ok(Written { place: self.place.name, rows: self.rows, bytes, rejected: None })
    }
}
