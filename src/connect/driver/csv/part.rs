//! Steps that read and write CSV files.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use tempfile::NamedTempFile;

use super::reader::Types;
use super::{CsvReader, CsvWriter, ReadOptions, WriteOptions};
use crate::connect::driver::draft::Draft;
use crate::connect::driver::flow::{Halt, Io, Rows, Sink, Source, Writing, Written};
use crate::connect::driver::part::{Driver, Part, Setup};
use crate::connect::driver::place::Place;
use crate::diagnostic::Diagnostic;

/// The drivers of CSV files.
pub const DRIVERS: &[Driver] = &[
    Driver { component: "filesystem.csv_extractor", mode: "read", open: read },
    Driver { component: "filesystem.csv_writer", mode: "write", open: write },
];

fn read(setup: &Setup<'_>) -> Result<Part, Vec<Diagnostic>> {
    let options = ReadOptions::from_config(setup.config, &setup.at())?;
    let place = Place::of(setup).map_err(|diagnostic| vec![diagnostic])?;
    place.readable("csv").map_err(|diagnostic| vec![diagnostic])?;
    Ok(Part::Source(Box::new(CsvSource { place, options, was_mistaken: AtomicBool::new(false) })))
}

fn write(setup: &Setup<'_>) -> Result<Part, Vec<Diagnostic>> {
    let options = WriteOptions::from_config(setup.config, &setup.at())?;
    let place = Place::of(setup).map_err(|diagnostic| vec![diagnostic])?;
    place.writable(options.create_dirs).map_err(|diagnostic| vec![diagnostic])?;
    Ok(Part::Sink(Box::new(CsvSink { place, options })))
}

struct CsvSource {
    place: Place,
    options: ReadOptions,
    /// A row did not bear out what was supposed of the types; they are found from all rows from then on.
    was_mistaken: AtomicBool,
}

impl Source for CsvSource {
    fn read(&self, io: &Io, rows: &mut dyn Rows) -> Result<(), Halt> {
        let stopped = || io.stopped();
        let suppose = rows.may_suppose() && !self.was_mistaken.load(Ordering::Relaxed);
        let types = if suppose { Types::OfFirstRows } else { Types::OfAllRows };
        let reader = CsvReader::open(&self.place.path, &self.place.name, self.options.clone(), types, &stopped)?;
        let Some(reader) = reader else { return Err(Halt::Stopped) };
        rows.columns(reader.schema())?;
        let position = reader.position();
        let read = reader.read_all(&mut |batch| {
            rows.batch(batch)?;
            let (done, whole) = position.read();
            rows.far(done, whole);
            Ok(())
        });
        self.was_mistaken.fetch_or(matches!(read, Err(Halt::Mistaken(_))), Ordering::Relaxed);
        read
    }

    fn files(&self) -> Vec<(PathBuf, String)> {
        vec![(self.place.identity(), self.place.name.clone())]
    }
}

struct CsvSink {
    place: Place,
    options: WriteOptions,
}

impl Sink for CsvSink {
    fn begin(&self, _: &Io, columns: SchemaRef) -> Result<Box<dyn Writing>, Halt> {
        let (draft, file) = Draft::begin(&self.place)?;
        let writer = CsvWriter::new(file, &self.place.name, columns, self.options.clone())?;
        Ok(Box::new(CsvWriting { writer, draft, place: self.place.name.clone() }))
    }

    fn files(&self) -> Vec<(PathBuf, String)> {
        vec![(self.place.identity(), self.place.name.clone())]
    }
}

struct CsvWriting {
    // Dropped in this order: the file has to go before its folder.
    writer: CsvWriter<NamedTempFile>,
    draft: Draft,
    place: String,
}

impl Writing for CsvWriting {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), Halt> {
        Ok(self.writer.write(batch)?)
    }

    fn finish(self: Box<Self>) -> Result<Written, Halt> {
        let rows = self.writer.rows();
        let (file, bytes) = self.writer.finish()?;
        self.draft.publish(file)?;
        Ok(Written { place: self.place, rows, bytes })
    }
}
