//! Steps that read and write Supabase.

use super::api::Api;
use super::read::RestSource;
use super::sql;
use super::write::RestSink;
use crate::connect::Connection;
use crate::connect::driver::config::Config;
use crate::connect::driver::part::{Driver, Part, Setup};
use crate::connect::driver::postgres::{PostgresSink, PostgresSource, WriteOptions, schema, server};
use crate::diagnostic::Diagnostic;

/// The drivers of Supabase.
pub const DRIVERS: &[Driver] = &[
    Driver { component: "supabase.extractor", mode: "read", open: read },
    Driver { component: "supabase.writer", mode: "write", open: write },
    Driver { component: "supabase.table", mode: "read", open: read },
    Driver { component: "supabase.table", mode: "write", open: write },
];

/// Fields of a connection that a step may give itself.
const FIELDS: &[&str] = &["url", "key", "project_id"];

/// Keys of a step that say where the data is, or are for the other direction or the other way.
const OTHERS: &[&str] =
    &["connection", "url", "key", "project_id", "schema", "timeout", "retries", "batch_size", "ddl_channel", "tables"];
/// Those of reading, which `supabase.table` has as well when it writes, and the reverse.
const READING: &[&str] = &["select", "filter", "order", "limit", "offset"];
const WRITING: &[&str] =
    &["write_mode", "primary_key", "create_if_missing", "on_schema_change", "on_error", "max_rejects"];

/// Whether the connection leads to the database itself.
fn has_database(connection: &Connection) -> bool {
    ["pg_dsn", "dsn", "database_url", "password", "db_password"].iter().any(|field| connection.has(field))
}

fn read(setup: &Setup<'_>) -> Result<Part, Vec<Diagnostic>> {
    let connection = setup.server("supabase", FIELDS).map_err(|diagnostic| vec![diagnostic])?;
    let others: Vec<&'static str> = [OTHERS, WRITING].concat();
    let asked = sql::Asked::from_config(setup.config, &setup.at(), &others)?;
    let schema = schema(setup, &connection)?;
    if has_database(&connection) {
        let options = asked.options(&setup.at())?;
        return Ok(Part::Source(Box::new(PostgresSource::new(server(setup, connection), options, schema))));
    }
    Ok(Part::Source(Box::new(RestSource { api: Api::new(setup, connection, &schema)?, asked })))
}

fn write(setup: &Setup<'_>) -> Result<Part, Vec<Diagnostic>> {
    let connection = setup.server("supabase", FIELDS).map_err(|diagnostic| vec![diagnostic])?;
    let others: Vec<&'static str> = [OTHERS, READING].concat();
    let options = WriteOptions::from_config(setup.config, &setup.at(), &others, true)?;
    let mut config = Config::new(setup.config, &setup.at());
    if config.text("ddl_channel") == Some("http_sql") {
        let message = "`ddl_channel: http_sql` is not there: tables are made over the line to the database";
        config.wrong("ddl_channel", message, "leave it out, and give the connection `pg_dsn`");
    }
    let batch = config.number("batch_size", 1).unwrap_or(100) as usize;
    for known in setup.config.keys() {
        // Their names have been looked at above.
        let known: Option<&'static str> =
            [OTHERS, READING, WRITING, &["table"]].concat().into_iter().find(|k| k == known);
        known.map(|known| config.get(known));
    }
    let wrong = config.finish();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let schema = schema(setup, &connection)?;
    if has_database(&connection) {
        return Ok(Part::Sink(Box::new(PostgresSink::new(server(setup, connection), options, schema))));
    }
    let api = Api::new(setup, connection, &schema)?;
    Ok(Part::Sink(Box::new(RestSink::new(api, options, batch, &setup.at())?)))
}
