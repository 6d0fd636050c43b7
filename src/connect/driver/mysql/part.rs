//! Steps that read and write MySQL.

use super::options::{CONNECTION, ReadOptions, WriteOptions};
use super::sink::MysqlSink;
use super::source::MysqlSource;
use crate::connect::driver::part::{Driver, Part, Setup};
use crate::diagnostic::Diagnostic;

/// The drivers of MySQL and MariaDB.
pub const DRIVERS: &[Driver] = &[
    Driver { component: "mysql.extractor", mode: "read", open: read },
    Driver { component: "mysql.table", mode: "read", open: read },
    Driver { component: "mysql.writer", mode: "write", open: write },
    Driver { component: "mysql.table", mode: "write", open: write },
];

fn read(setup: &Setup<'_>) -> Result<Part, Vec<Diagnostic>> {
    let options = ReadOptions::of(setup)?;
    let connection = setup.server("mysql", &CONNECTION).map_err(|diagnostic| vec![diagnostic])?;
    Ok(Part::Source(Box::new(MysqlSource { connection, root: setup.root.to_owned(), options, at: setup.at() })))
}

fn write(setup: &Setup<'_>) -> Result<Part, Vec<Diagnostic>> {
    let options = WriteOptions::of(setup)?;
    let connection = setup.server("mysql", &CONNECTION).map_err(|diagnostic| vec![diagnostic])?;
    Ok(Part::Sink(Box::new(MysqlSink { connection, root: setup.root.to_owned(), options, at: setup.at() })))
}
