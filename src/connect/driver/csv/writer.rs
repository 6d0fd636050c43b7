//! Writing record batches as CSV.

mod cells;

use std::io::Write;

use arrow::datatypes::{DataType, SchemaRef};
use arrow::record_batch::RecordBatch;

use super::super::text::Encoding;
use super::format::{is_number, is_writable};
use super::options::{Newline, Quoting, WriteOptions};
use crate::diagnostic::Diagnostic;
use cells::{Cells, Quotes, Special};

/// Bytes that the text of a number, a boolean, a date or a time is made of.
const PLAIN_BYTES: &[u8] = b"0123456789+-.: eEnaifTrueFals";

/// Bytes collected before they are handed on.
const CHUNK: usize = 256 << 10;

/// Writes record batches as CSV. All calls block.
pub struct CsvWriter<W> {
    out: W,
    name: String,
    options: WriteOptions,
    schema: SchemaRef,
    /// For each column: whether its values can need quotes, and whether they always have them.
    quotes: Vec<Quotes>,
    special: Special,
    text: Vec<u8>,
    rows: u64,
    bytes: u64,
}

impl<W: Write> CsvWriter<W> {
    /// Begins a file with rows of `schema`, whose columns keep their order; writes the header. `name` is
    /// how a person calls the file.
    ///
    /// # Errors
    /// A column whose type has no text form, a header that the encoding can't hold, a full disk.
    pub fn new(out: W, name: &str, schema: SchemaRef, options: WriteOptions) -> Result<CsvWriter<W>, Diagnostic> {
        if let Some(field) = schema.fields().iter().find(|field| !is_writable(field.data_type())) {
            return Err(Diagnostic::error(
                "csv-unwritable-type",
                format!("column {:?} is {}, which CSV has no form for", field.name(), kind_of(field.data_type())),
            )
            .source(name)
            .why("a CSV value is one text; lists, structs and binary data would not come back as they were")
            .fix(format!("turn it into text in a SQL step: CAST({:?} AS VARCHAR)", field.name())));
        }
        let quotes = schema.fields().iter().map(|field| quotes(field.data_type(), &options)).collect();
        let (text, rows, bytes) = (Vec::with_capacity(CHUNK), 0, 0);
        let special = Special::new(options.delimiter);
        let name = name.to_owned();
        let mut writer = CsvWriter { out, name, options, schema, quotes, special, text, rows, bytes };
        if writer.options.encoding == Encoding::Utf16 {
            writer.emit(&[0xff, 0xfe])?;
        }
        if writer.options.header {
            writer.header()?;
        }
        Ok(writer)
    }

    /// Writes rows. Their columns have to be those of the schema.
    ///
    /// # Errors
    /// A character that the encoding can't hold, a full disk.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Diagnostic> {
        let plain = self.options.encoding == Encoding::Utf8;
        let cells: Vec<Cells<'_>> = batch
            .columns()
            .iter()
            .zip(&self.quotes)
            .map(|(array, quotes)| Cells::of(array.as_ref(), *quotes))
            .collect();
        for row in 0..batch.num_rows() {
            for (column, cells) in cells.iter().enumerate() {
                if column > 0 {
                    self.text.push(self.options.delimiter);
                }
                cells.write(row, &self.special, &mut self.text);
            }
            self.end_line();
            self.rows += 1;
            if !plain || self.text.len() >= CHUNK {
                self.flush_text()?;
            }
        }
        Ok(())
    }

    /// Rows written.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Ends the file; gives back what was written to and the bytes written.
    ///
    /// # Errors
    /// A full disk.
    pub fn finish(mut self) -> Result<(W, u64), Diagnostic> {
        self.flush_text()?;
        if let Err(error) = self.out.flush() {
            return Err(self.unwritable(&error));
        }
        Ok((self.out, self.bytes))
    }

    fn header(&mut self) -> Result<(), Diagnostic> {
        let schema = self.schema.clone();
        for (column, field) in schema.fields().iter().enumerate() {
            if column > 0 {
                self.text.push(self.options.delimiter);
            }
            let always = self.options.quoting != Quoting::Minimal;
            let quotes = if always { Quotes::Always } else { Quotes::WhereNeeded };
            cells::quoted(field.name().as_bytes(), quotes, &self.special, &mut self.text);
        }
        self.end_line();
        self.flush_text()
    }

    fn end_line(&mut self) {
        match self.options.newline {
            Newline::Lf => self.text.push(b'\n'),
            Newline::CrLf => self.text.extend_from_slice(b"\r\n"),
        }
    }

    fn flush_text(&mut self) -> Result<(), Diagnostic> {
        let text = std::mem::take(&mut self.text);
        let written = match self.options.encoding {
            Encoding::Utf8 => self.emit(&text),
            encoding => match encode(&String::from_utf8_lossy(&text), encoding) {
                Ok(bytes) => self.emit(&bytes),
                Err(character) => Err(self.unencodable(character)),
            },
        };
        self.text = text;
        self.text.clear();
        written
    }

    fn emit(&mut self, bytes: &[u8]) -> Result<(), Diagnostic> {
        self.bytes += bytes.len() as u64;
        self.out.write_all(bytes).map_err(|error| self.unwritable(&error))
    }

    fn unwritable(&self, error: &std::io::Error) -> Diagnostic {
        Diagnostic::error("csv-unwritable", format!("{} can't be written", self.name))
            .source(&self.name)
            .why(error.to_string())
    }

    fn unencodable(&self, character: char) -> Diagnostic {
        let place = if self.rows == 0 { "the header".to_owned() } else { format!("row {}", self.rows) };
        let message = format!("{}: {place} holds {character:?}, which the encoding has no bytes for", self.name);
        Diagnostic::error("csv-encoding", message).source(&self.name).fix("set `encoding: utf-8`")
    }
}

fn quotes(data_type: &DataType, options: &WriteOptions) -> Quotes {
    match options.quoting {
        Quoting::All => Quotes::Always,
        Quoting::NonNumeric if !is_number(data_type) => Quotes::Always,
        _ if matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) => Quotes::WhereNeeded,
        _ if PLAIN_BYTES.contains(&options.delimiter) => Quotes::WhereNeeded,
        _ => Quotes::Never,
    }
}

/// The bytes of a text, or the first character that has none.
fn encode(text: &str, encoding: Encoding) -> Result<Vec<u8>, char> {
    match encoding {
        Encoding::Utf8 => Ok(text.as_bytes().to_vec()),
        Encoding::Utf16 => Ok(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        Encoding::Ascii => text.chars().map(|c| u8::try_from(c).ok().filter(u8::is_ascii).ok_or(c)).collect(),
        Encoding::Latin1 => text.chars().map(|c| u8::try_from(c).map_err(|_| c)).collect(),
    }
}

fn kind_of(data_type: &DataType) -> String {
    match data_type {
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => "a list".to_owned(),
        DataType::Struct(_) => "a struct".to_owned(),
        DataType::Map(..) => "a map".to_owned(),
        DataType::Union(..) => "a union".to_owned(),
        DataType::Interval(_) => "an interval".to_owned(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            "binary data".to_owned()
        }
        other => format!("of type {other}"),
    }
}

#[cfg(test)]
mod tests;
