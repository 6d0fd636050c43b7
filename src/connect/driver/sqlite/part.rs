//! Steps that read and write SQLite files.

use super::options::{ReadOptions, WriteOptions};
use super::sink::SqliteSink;
use super::source::SqliteSource;
use crate::connect::driver::part::{Driver, Part, Setup};
use crate::connect::{Connection, Target};
use crate::diagnostic::Diagnostic;

/// The drivers of SQLite files.
pub const DRIVERS: &[Driver] = &[
    Driver { component: "sqlite.extractor", mode: "read", open: read },
    Driver { component: "sqlite.writer", mode: "write", open: write },
];

fn read(setup: &Setup<'_>) -> Result<Part, Vec<Diagnostic>> {
    let options = ReadOptions::of(setup)?;
    let connection = connection(setup)?;
    Ok(Part::Source(Box::new(SqliteSource { connection, root: setup.root.to_owned(), options, at: setup.at() })))
}

fn write(setup: &Setup<'_>) -> Result<Part, Vec<Diagnostic>> {
    let options = WriteOptions::of(setup)?;
    let connection = connection(setup)?;
    let target = Target::resolve(setup.root, &connection).map_err(|failure| vec![Diagnostic::from(failure)])?;
    let path = target.path().map(std::path::Path::to_owned).unwrap_or_default();
    let name = path.strip_prefix(setup.root).unwrap_or(&path).to_string_lossy().into_owned();
    Ok(Part::Sink(Box::new(SqliteSink { path, name, options, at: setup.at() })))
}

fn connection(setup: &Setup<'_>) -> Result<Connection, Vec<Diagnostic>> {
    setup.server("sqlite", &["path"]).map_err(|diagnostic| vec![diagnostic])
}
