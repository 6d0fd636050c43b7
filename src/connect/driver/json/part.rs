//! Steps that read and write JSON files.

use std::path::PathBuf;

use arrow::datatypes::SchemaRef;

use super::options::{ReadOptions, WriteOptions};
use super::source::Reader;
use super::writer::JsonWriting;
use crate::connect::driver::flow::{Halt, Io, Rows, Sink, Source, Writing};
use crate::connect::driver::part::{Driver, Part, Setup};
use crate::connect::driver::place::Place;
use crate::diagnostic::Diagnostic;

/// The drivers of JSON files.
pub const DRIVERS: &[Driver] = &[
    Driver { component: "filesystem.json_extractor", mode: "read", open: read },
    Driver { component: "filesystem.json_writer", mode: "write", open: write },
];

fn read(setup: &Setup<'_>) -> Result<Part, Vec<Diagnostic>> {
    let options = ReadOptions::from_config(setup.config, &setup.at())?;
    let place = Place::of(setup).map_err(|diagnostic| vec![diagnostic])?;
    place.readable("json").map_err(|diagnostic| vec![diagnostic])?;
    Ok(Part::Source(Box::new(JsonSource { place, options })))
}

fn write(setup: &Setup<'_>) -> Result<Part, Vec<Diagnostic>> {
    let options = WriteOptions::from_config(setup.config, &setup.at())?;
    let place = Place::of(setup).map_err(|diagnostic| vec![diagnostic])?;
    place.writable(options.create_dirs).map_err(|diagnostic| vec![diagnostic])?;
    Ok(Part::Sink(Box::new(JsonSink { place, options })))
}

struct JsonSource {
    place: Place,
    options: ReadOptions,
}

impl Source for JsonSource {
    fn read(&self, io: &Io, rows: &mut dyn Rows) -> Result<(), Halt> {
        let stopped = || io.stopped();
        let reader = Reader::open(&self.place.path, &self.place.name, &self.options, &stopped)?;
        let Some(mut reader) = reader else { return Err(Halt::Stopped) };
        rows.columns(reader.schema())?;
        while let Some(batch) = reader.next_batch(&self.place.name)? {
            rows.batch(batch)?;
            let (done, whole) = reader.position().read();
            rows.far(done, whole);
        }
        Ok(())
    }

    fn files(&self) -> Vec<(PathBuf, String)> {
        vec![(self.place.identity(), self.place.name.clone())]
    }
}

struct JsonSink {
    place: Place,
    options: WriteOptions,
}

impl Sink for JsonSink {
    fn begin(&self, _: &Io, columns: SchemaRef) -> Result<Box<dyn Writing>, Halt> {
        Ok(Box::new(JsonWriting::begin(&self.place, columns, self.options)?))
    }

    fn files(&self) -> Vec<(PathBuf, String)> {
        vec![(self.place.identity(), self.place.name.clone())]
    }
}
