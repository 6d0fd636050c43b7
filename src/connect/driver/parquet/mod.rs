//! Parquet files.
//!
//! Owns: reading row groups to Arrow record batches, writing them back. Does not own: where a file lies
//! (`place`), how it comes to be (`draft`), looking into folders of them (`filesystem`).
//!
//! The `parquet` crate does it and not the DuckDB that is linked anyway: it takes batches as they are pushed,
//! keeps every Arrow type (decimals beyond 38 digits, zones, nested values) and says how much it holds, so that
//! row groups can be bounded by bytes as well as rows.

mod column;
mod options;
mod reader;
mod writer;

use super::draft::Draft;
use super::flow::{Counted, Halt, Io, Rows, Sink, Source, Writing};
use super::part::{Driver, Part, Setup};
use super::place::Place;
use crate::diagnostic::Diagnostic;
use arrow::datatypes::SchemaRef;
use options::{ReadOptions, WriteOptions};
use std::path::PathBuf;

/// The drivers of Parquet files.
pub const DRIVERS: &[Driver] = &[
    Driver { component: "filesystem.parquet_extractor", mode: "read", open: read },
    Driver { component: "filesystem.parquet_writer", mode: "write", open: write },
];

fn read(setup: &Setup<'_>) -> Result<Part, Vec<Diagnostic>> {
    let options = ReadOptions::from_config(setup.config, &setup.at())?;
    let place = Place::of(setup).map_err(|diagnostic| vec![diagnostic])?;
    place.readable("parquet").map_err(|diagnostic| vec![diagnostic])?;
    Ok(Part::Source(Box::new(ParquetSource { place, options })))
}

fn write(setup: &Setup<'_>) -> Result<Part, Vec<Diagnostic>> {
    let options = WriteOptions::from_config(setup.config, &setup.at())?;
    let place = Place::of(setup).map_err(|diagnostic| vec![diagnostic])?;
    place.writable(options.create_dirs).map_err(|diagnostic| vec![diagnostic])?;
    Ok(Part::Sink(Box::new(ParquetSink { place, options })))
}

struct ParquetSource {
    place: Place,
    options: ReadOptions,
}

impl Source for ParquetSource {
    fn read(&self, io: &Io, rows: &mut dyn Rows) -> Result<(), Halt> {
        let mut reader = reader::Reader::open(&self.place.path, &self.place.name, &self.options)?;
        let rows = &mut Counted::new(rows, Some(reader.total()));
        rows.columns(reader.schema())?;
        while let Some(batch) = reader.next_batch()? {
            if io.stopped() {
                return Err(Halt::Stopped);
            }
            rows.batch(batch)?;
        }
        Ok(())
    }

    fn files(&self) -> Vec<(PathBuf, String)> {
        vec![(self.place.identity(), self.place.name.clone())]
    }
}

struct ParquetSink {
    place: Place,
    options: WriteOptions,
}

impl Sink for ParquetSink {
    fn begin(&self, _: &Io, columns: SchemaRef) -> Result<Box<dyn Writing>, Halt> {
        writer::check(&columns, &self.place.name)?;
        let (draft, file) = Draft::begin(&self.place)?;
        Ok(Box::new(writer::ParquetWriting::new(draft, file, &self.place.name, columns, &self.options)?))
    }

    fn files(&self) -> Vec<(PathBuf, String)> {
        vec![(self.place.identity(), self.place.name.clone())]
    }
}
