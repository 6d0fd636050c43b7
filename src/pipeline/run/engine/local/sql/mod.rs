//! Steps that run a query, each in an in-memory DuckDB of its own.
//!
//! Owns: the database and its locks, its tables, the query, what DuckDB's errors mean to a person. Does
//! not own: parsing SQL; DuckDB does.

mod database;
mod fault;
mod name;
mod query;
mod table;

pub use database::version;

#[cfg(test)]
mod tests;

use std::path::Path;

use duckdb::Connection;

use super::channel::{Inbox, Outlet, Parcel, Received};
use super::step::{Ended, Failure, INPUT_BROKE_OFF, Meter, STOPPED, Stop};
use crate::diagnostic::Diagnostic;
use table::Tables;

/// What a query step is.
pub(super) struct Query<'a> {
    /// Its id.
    pub step: &'a str,
    /// The SQL.
    pub text: &'a str,
    /// The ids of the steps it needs.
    pub inputs: &'a [String],
    /// Bytes it may hold in memory.
    pub memory: u64,
    /// Threads it may use.
    pub threads: usize,
    /// A folder of its own to spill to.
    pub spill: &'a Path,
}

impl Query<'_> {
    fn path(&self) -> String {
        format!("steps[{}].config.query", self.step)
    }
}

/// Takes all inputs in, runs the query, hands its rows on.
pub(super) fn run(query: &Query<'_>, inbox: Inbox, outlet: &Outlet, meter: &Meter, stop: &Stop) -> Ended {
    let connection = database::open(query)?;
    stop.watch(connection.interrupt_handle());
    let result = run_in(&connection, query, inbox, outlet, meter, stop);
    match result {
        // An interrupted query says so as an error of its own.
        Err(Failure::Wrong(_)) if stop.is_set() => Err(STOPPED),
        other => other,
    }
}

fn run_in(
    connection: &Connection,
    query: &Query<'_>,
    inbox: Inbox,
    outlet: &Outlet,
    meter: &Meter,
    stop: &Stop,
) -> Ended {
    let tables = take_in(connection, query, inbox, meter, stop)?;
    query::run(connection, query, &tables, stop, |parcel| {
        if let Parcel::Batch(batch) = &parcel {
            meter.handed_on(batch.num_rows());
        }
        Ok(outlet.send(&parcel)?)
    })?;
    Ok(None)
}

/// Takes the inputs in as they come: none waits for another, so that inputs that hang on each other can't
/// lock up.
fn take_in(
    connection: &Connection,
    query: &Query<'_>,
    mut inbox: Inbox,
    meter: &Meter,
    stop: &Stop,
) -> Result<Tables, Failure> {
    let mut tables = Tables::new(query.inputs);
    let mut appenders: Vec<_> = query.inputs.iter().map(|_| None).collect();
    let wrong = |error: &duckdb::Error, tables: &Tables| -> Diagnostic { fault::of(error, query, tables) };
    loop {
        if stop.is_set() {
            return Err(STOPPED);
        }
        match inbox.receive() {
            Received::Parcel(input, Parcel::Schema(schema)) => {
                tables.create(connection, input, &schema, query)?;
                let appender = connection.appender(tables.name(input)).map_err(|error| wrong(&error, &tables))?;
                appenders[input] = Some(appender);
            }
            Received::Parcel(input, Parcel::Batch(batch)) => {
                meter.taken(batch.num_rows());
                if let Some(appender) = &mut appenders[input] {
                    appender.append_record_batch(batch).map_err(|error| wrong(&error, &tables))?;
                }
            }
            Received::Parcel(input, Parcel::End) => {
                if let Some(mut appender) = appenders[input].take() {
                    appender.flush().map_err(|error| wrong(&error, &tables))?;
                }
            }
            Received::AllEnded => break,
            Received::BrokenOff => return Err(INPUT_BROKE_OFF),
        }
    }
    drop(appenders);
    tables.create_views(connection, query)?;
    Ok(tables)
}
