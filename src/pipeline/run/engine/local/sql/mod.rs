//! Steps that run a query, each in an in-memory DuckDB of its own.
//!
//! Owns: the database and its locks, its inputs (streamed where that is enough, else tables that may
//! spill), the query, what DuckDB's errors mean to a person. Does not own: parsing SQL; DuckDB does.

mod database;
mod fault;
mod gathered;
mod guard;
mod name;
mod nested;
mod query;
mod stream;
mod table;

pub use database::version;
pub(super) use gathered::{Aside, Gathered};

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use duckdb::Connection;

use super::channel::{Inbox, Outlet, Parcel, Received};
use super::step::{Ended, Failure, INPUT_BROKE_OFF, Meter, STOPPED, Stop};
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

/// Takes the inputs in, runs the query, hands its rows on.
pub(super) fn run(query: &Query<'_>, inbox: Inbox, outlet: &Outlet, meter: &Arc<Meter>, stop: &Stop) -> Ended {
    let connection = database::open(query)?;
    stop.watch(connection.interrupt_handle());
    let step = Step { connection: &connection, query, outlet, meter, stop };
    let result = if query.inputs.len() == 1 { step.stream_one(inbox) } else { step.load_all(inbox, None) };
    match result {
        Ok(()) => Ok(None),
        // An interrupted query says so as an error of its own.
        Err(Failure::Wrong(_)) if stop.is_set() => Err(STOPPED),
        Err(failure) => Err(failure),
    }
}

/// A fault of handing lists and structs over.
fn nested_fault(error: &arrow::error::ArrowError, query: &Query<'_>) -> crate::diagnostic::Diagnostic {
    crate::diagnostic::Diagnostic::error("sql-engine", "lists and structs can't be handed to DuckDB")
        .path(query.path())
        .why(error.to_string())
}

/// A query step at work.
struct Step<'a> {
    connection: &'a Connection,
    query: &'a Query<'a>,
    outlet: &'a Outlet,
    meter: &'a Arc<Meter>,
    stop: &'a Stop,
}

impl Step<'_> {
    /// Streams the only input where the query goes through it once; then nothing is held. Else it becomes
    /// a table.
    fn stream_one(&self, mut inbox: Inbox) -> Result<(), Failure> {
        let Received::Parcel(_, Parcel::Schema(schema)) = inbox.receive() else { return Err(INPUT_BROKE_OFF) };
        let mut tables = Tables::new(self.query.inputs);
        let wrong = |error: duckdb::Error, tables: &Tables| fault::of(&error, self.query, tables);
        let input = stream::Registered::new(self.connection, schema.clone(), inbox, self.meter.clone())
            .map_err(|error| wrong(error, &tables))?;
        tables.create_on(self.connection, &input.source(), &schema, self.query)?;
        tables.create_views(self.connection, self.query)?;
        if !guard::check(self.connection, self.query, &tables)?.is_one_pass() {
            tables.drop_views(self.connection, self.query)?;
            return self.load_all(input.into_inbox(), Some(schema));
        }
        let result = self.hand_on(&tables, || input.drain());
        // That an input is missing is no fault of the query.
        if input.broke_off() { Err(INPUT_BROKE_OFF) } else { result }
    }

    /// Takes the inputs in as tables, as they come: none waits for another, so that inputs that hang on
    /// each other can't lock up. `first` is the schema of the only input, where it has been received.
    fn load_all(&self, mut inbox: Inbox, first: Option<SchemaRef>) -> Result<(), Failure> {
        let mut tables = Tables::new(self.query.inputs);
        let mut appenders: Vec<_> = self.query.inputs.iter().map(|_| None).collect();
        let wrong = |error: duckdb::Error, tables: &Tables| fault::of(&error, self.query, tables);
        let mut first = first;
        loop {
            if self.stop.is_set() {
                return Err(STOPPED);
            }
            let received = match first.take() {
                Some(schema) => Received::Parcel(0, Parcel::Schema(schema)),
                None => inbox.receive(),
            };
            match received {
                Received::Parcel(input, Parcel::Schema(schema)) => {
                    tables.create(self.connection, input, &schema, self.query)?;
                    let appender = self.connection.appender(tables.name(input));
                    appenders[input] = Some(appender.map_err(|error| wrong(error, &tables))?);
                }
                Received::Parcel(input, Parcel::Batch(batch)) => {
                    self.meter.taken(batch.num_rows());
                    if let Some(appender) = &mut appenders[input] {
                        let batch = nested::ready(batch).map_err(|error| nested_fault(&error, self.query))?;
                        appender.append_record_batch(batch).map_err(|error| wrong(error, &tables))?;
                    }
                }
                Received::Parcel(input, Parcel::End) => {
                    if let Some(mut appender) = appenders[input].take() {
                        appender.flush().map_err(|error| wrong(error, &tables))?;
                    }
                }
                Received::AllEnded => break,
                Received::BrokenOff => return Err(INPUT_BROKE_OFF),
            }
        }
        drop(appenders);
        tables.create_views(self.connection, self.query)?;
        guard::check(self.connection, self.query, &tables)?;
        self.hand_on(&tables, || Ok(()))
    }

    /// Runs the query and hands its rows on; `before_end` has to go well for the end to be handed on.
    fn hand_on(&self, tables: &Tables, before_end: impl Fn() -> Result<(), Failure>) -> Result<(), Failure> {
        query::run(self.connection, self.query, tables, self.stop, |parcel| {
            match &parcel {
                Parcel::Batch(batch) => self.meter.handed_on(batch),
                Parcel::End => before_end()?,
                Parcel::Schema(_) => {}
            }
            Ok(self.outlet.send(&parcel)?)
        })
    }
}
