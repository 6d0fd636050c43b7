//! Steps that run a query, each in an in-memory DuckDB of its own.
//!
//! Owns: the database and its locks, its inputs (streamed where that is enough, else tables that may
//! spill), the query, what DuckDB's errors mean to a person. Does not own: parsing SQL; DuckDB does.

mod database;
mod fault;
mod guard;
mod intake;
mod name;
mod query;
mod stream;
mod table;

pub use database::version;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, new_null_array};
use arrow::datatypes::{Field, Schema};
use arrow::record_batch::RecordBatch;
use duckdb::Connection;

use super::channel::{Inbox, Outlet, Parcel};
use super::step::{Ended, Failure, INPUT_BROKE_OFF, Meter, STOPPED, Stop};
use guard::Used;
use intake::Intake;
use table::Tables;

/// What a query step is.
pub(super) struct Query<'a> {
    /// Its id.
    pub step: &'a str,
    /// The SQL.
    pub text: &'a str,
    /// The ids of the steps it needs.
    pub inputs: &'a [String],
    /// Whether no input can be waiting for another, so that each may be read when the query wants it.
    pub apart: bool,
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

    /// Whether it may ask for the numbers of rows, which only tables have.
    fn numbers_rows(&self) -> bool {
        self.text.to_ascii_lowercase().contains("rowid")
    }
}

/// Takes the inputs in, runs the query, hands its rows on.
pub(super) fn run(query: &Query<'_>, inbox: Inbox, outlet: &Outlet, meter: &Arc<Meter>, stop: &Stop) -> Ended {
    let connection = database::open(query)?;
    stop.watch(connection.interrupt_handle());
    let step = Step { connection: &connection, query, outlet, meter, stop };
    let intake = Intake::new(Arc::new(inbox), query.inputs.len());
    let streams = query.apart && !query.inputs.is_empty() && !query.numbers_rows();
    let result = if streams { step.stream(intake) } else { step.load(intake, None) };
    match result {
        Ok(()) => Ok(None),
        // An interrupted query says so as an error of its own.
        Err(Failure::Wrong(_)) if stop.is_set() => Err(STOPPED),
        Err(failure) => Err(failure),
    }
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
    /// Streams the inputs where the query goes through each of them once; then nothing is held but what joins,
    /// groups and orders need. Else they become tables.
    fn stream(&self, mut intake: Intake) -> Result<(), Failure> {
        intake.take_early()?;
        let inbox = intake.inbox.clone();
        let mut tables = Tables::new(self.query.inputs);
        let inputs = stream::Registered::new(self.connection, intake, self.meter)
            .map_err(|error| fault::of(&error, self.query, &tables))?;
        for (input, (schema, source)) in inputs.sources().enumerate() {
            tables.create_on(self.connection, input, &source, schema, self.query)?;
        }
        tables.create_views(self.connection, self.query)?;
        let plan = guard::check(self.connection, self.query, &tables)?;
        if !plan.reads_once() {
            let used = plan.columns();
            tables.drop_views(self.connection, self.query)?;
            return self.load(inputs.into_intake(inbox), used.as_ref());
        }
        let result = self.hand_on(&tables, || inputs.drain());
        // That an input is missing is no fault of the query.
        if inputs.broke_off() { Err(INPUT_BROKE_OFF) } else { result }
    }

    /// Takes the inputs in as tables, as they come: none waits for another, so that inputs that hang on
    /// each other can't lock up. `used` says which columns the query looks at, where that is known; the others
    /// are not kept.
    fn load(&self, mut intake: Intake, used: Option<&Used>) -> Result<(), Failure> {
        let mut tables = Tables::new(self.query.inputs);
        let mut appenders: Vec<_> = self.query.inputs.iter().map(|_| None).collect();
        let wrong = |error: duckdb::Error, tables: &Tables| fault::of(&error, self.query, tables);
        while let Some((input, parcel)) = intake.next()? {
            if self.stop.is_set() {
                return Err(STOPPED);
            }
            match parcel {
                Parcel::Schema(schema) => {
                    tables.create(self.connection, input, &schema, self.query)?;
                    let appender = self.connection.appender(tables.name(input));
                    appenders[input] = Some(appender.map_err(|error| wrong(error, &tables))?);
                }
                Parcel::Batch(batch) => {
                    self.meter.taken(batch.num_rows());
                    if let Some(appender) = &mut appenders[input] {
                        let batch = used.map_or(batch.clone(), |used| without_unused(&batch, used, input));
                        appender.append_record_batch(batch).map_err(|error| wrong(error, &tables))?;
                    }
                }
                Parcel::End => {
                    if let Some(mut appender) = appenders[input].take() {
                        appender.flush().map_err(|error| wrong(error, &tables))?;
                    }
                }
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

/// The batch with NULL in the place of the columns that the query does not look at. They stay columns, so that
/// the query means the same.
fn without_unused(batch: &RecordBatch, used: &Used, input: usize) -> RecordBatch {
    let column = |(field, array): (&Arc<Field>, &ArrayRef)| {
        if used.contains(&(input, field.name().to_lowercase())) {
            array.clone()
        } else {
            new_null_array(field.data_type(), batch.num_rows())
        }
    };
    let columns = batch.schema_ref().fields().iter().zip(batch.columns()).map(column).collect();
    let fields: Vec<Field> =
        batch.schema_ref().fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap_or_else(|_| batch.clone())
}
