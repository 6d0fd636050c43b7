//! Steps that read and write PostgreSQL.

use std::sync::Arc;

use super::read::{PostgresSource, ReadOptions};
use super::session::Server;
use super::write::{PostgresSink, WriteOptions};
use crate::connect::Connection;
use crate::connect::driver::part::{Driver, Part, Setup};
use crate::diagnostic::Diagnostic;

/// The drivers of PostgreSQL.
pub const DRIVERS: &[Driver] = &[
    Driver { component: "postgres.extractor", mode: "read", open: read },
    Driver { component: "postgres.writer", mode: "write", open: write },
];

/// Fields of a connection that a step may give itself.
const FIELDS: &[&str] = &["host", "port", "database", "user", "password", "sslmode"];

/// Keys of a step that say where the data is, not what to do with it.
const OTHERS: &[&str] = &["connection", "host", "port", "database", "user", "password", "sslmode", "schema"];

const SCHEMA: &str = "public";

fn read(setup: &Setup<'_>) -> Result<Part, Vec<Diagnostic>> {
    let options = ReadOptions::from_config(setup.config, &setup.at(), OTHERS)?;
    let connection = setup.server("postgres", FIELDS).map_err(|diagnostic| vec![diagnostic])?;
    Ok(Part::Source(Box::new(PostgresSource {
        schema: schema(setup, &connection)?,
        server: server(setup, connection),
        options,
    })))
}

fn write(setup: &Setup<'_>) -> Result<Part, Vec<Diagnostic>> {
    let options = WriteOptions::from_config(setup.config, &setup.at(), OTHERS, false)?;
    let connection = setup.server("postgres", FIELDS).map_err(|diagnostic| vec![diagnostic])?;
    Ok(Part::Sink(Box::new(PostgresSink {
        schema: schema(setup, &connection)?,
        server: server(setup, connection),
        options,
    })))
}

pub(in crate::connect::driver) fn server(setup: &Setup<'_>, connection: Connection) -> Server {
    Server { connection: Arc::new(connection), root: setup.root.to_owned() }
}

/// The schema of the step, else of the connection, else `public`.
pub(in crate::connect::driver) fn schema(
    setup: &Setup<'_>,
    connection: &Connection,
) -> Result<String, Vec<Diagnostic>> {
    use secrecy::ExposeSecret;
    let own = setup.config.get("schema").and_then(serde_json::Value::as_str).map(str::to_owned);
    if let Some(own) = own.filter(|own| !own.is_empty()) {
        return Ok(own);
    }
    let theirs = connection.resolve("schema").map_err(|diagnostic| vec![diagnostic])?;
    Ok(theirs.map_or_else(|| SCHEMA.to_owned(), |schema| schema.expose_secret().to_owned()))
}
