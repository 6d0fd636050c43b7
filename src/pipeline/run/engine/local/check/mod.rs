//! Looking at a step's rows as they flow: its `expect:`.
//!
//! Owns: each kind of check over record batches in bounded memory, rows that are taken out, what is told of
//! it. Does not own: what a check is and how it is written (`pipeline::expect`), where rows come from.
//!
//! Rows that quarantine takes out go first; every other check sees only those that flow on.

mod fresh;
mod keys;
mod query;
mod row;
mod told;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{BooleanArray, UInt64Array};
use arrow::compute::filter_record_batch;
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use super::step::{Meter, Stop};
use crate::connect::driver::flow::Io;
use crate::connect::driver::rejects::Rejects;
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::pipeline::expect::{Check, Kind, Severity};
use fresh::Newest;
use keys::Keys;
use query::Queries;
use row::RowTest;
use told::Found;

/// What the checks of a step may use.
#[derive(Clone)]
pub(super) struct Room {
    /// Bytes that a query over the rows may hold in memory.
    pub memory: u64,
    /// Threads of such a query.
    pub threads: usize,
    /// A folder of the step's own to spill to; it need not be there.
    pub spill: PathBuf,
}

/// The checks of a step at work.
pub(super) struct Inspector {
    io: Io,
    room: Room,
    checks: Vec<Check>,
    meter: Arc<Meter>,
    stop: Arc<Stop>,
    work: Option<Work>,
}

/// What there is once the columns are known.
struct Work {
    tests: Vec<Test>,
    queries: Option<Queries>,
    rejects: Rejects,
    /// Rows that came, and of these those that flow on.
    came: u64,
    left: u64,
}

/// A check with what it has found.
struct Test {
    way: Way,
    found: Found,
}

enum Way {
    Row(RowTest),
    Keys(Keys),
    Newest(Newest),
    /// `row_count`: the rows are counted anyway.
    Count,
    /// `sql`: asked at the end.
    Asked,
}

impl Inspector {
    /// The checks of a step, if it has any.
    pub fn new(io: Io, room: Room, checks: Vec<Check>, meter: Arc<Meter>, stop: Arc<Stop>) -> Option<Inspector> {
        (!checks.is_empty()).then(|| Inspector { io, room, checks, meter, stop, work: None })
    }

    fn at(&self, check: usize) -> String {
        format!("steps[{}].expect[{check}]", self.io.step)
    }

    /// Takes the columns of the rows to come. A step that begins anew begins here.
    ///
    /// # Errors
    /// A check of a column that is not there, or whose type it can't look at.
    pub fn columns(&mut self, schema: &SchemaRef) -> Result<(), Diagnostic> {
        let mut tests = Vec::with_capacity(self.checks.len());
        for (number, check) in self.checks.iter().enumerate() {
            let mut places = Vec::new();
            for name in check.kind.columns() {
                let found = schema.fields().iter().position(|field| field.name() == name);
                places.push(found.ok_or_else(|| no_column(name, schema).path(self.at(number)))?);
            }
            let fields: Vec<_> = places.iter().map(|at| schema.field(*at).clone()).collect();
            let way = match &check.kind {
                Kind::Unique { .. } => Keys::new(&fields, places, &self.room, &self.io.step).map(Way::Keys),
                Kind::Freshness { within, .. } => Newest::new(&fields[0], places[0], *within).map(Way::Newest),
                Kind::RowCount { .. } => Ok(Way::Count),
                Kind::Sql { .. } => Ok(Way::Asked),
                kind => RowTest::new(kind, &fields, places).map(Way::Row),
            };
            let way = way.map_err(|diagnostic| diagnostic.path(self.at(number)))?;
            tests.push(Test { way, found: Found::default() });
        }
        let asked = self.checks.iter().any(|check| matches!(check.kind, Kind::Sql { .. }));
        let queries = asked.then(|| Queries::new(&self.io.step, &self.room, schema, &self.stop)).transpose()?;
        let names = schema.fields().iter().map(|field| field.name().as_str());
        let rejects = Rejects::of_checks(&self.io, names);
        self.work = Some(Work { tests, queries, rejects, came: 0, left: 0 });
        Ok(())
    }

    /// Looks at rows; gives those that flow on.
    ///
    /// # Errors
    /// Quarantine has no room for more; a query's table can't take the rows in.
    pub fn batch(&mut self, batch: RecordBatch) -> Result<RecordBatch, Diagnostic> {
        let Some(work) = &mut self.work else { return Ok(batch) };
        let first = work.came + 1;
        work.came += batch.num_rows() as u64;
        let (batch, numbers) = work.take_out(&self.checks, &self.io.step, batch, first)?;
        self.meter.kept_back(numbers.len() as u64, work.came - (first - 1));
        work.left += batch.num_rows() as u64;
        for (test, check) in work.tests.iter_mut().zip(&self.checks) {
            match &mut test.way {
                Way::Row(row) if check.severity != Severity::Quarantine => {
                    row.offending(&batch, |at| test.found.row(numbers[at], &batch, row.places(), at))?;
                }
                Way::Keys(keys) => keys.take(&batch, |at, places| test.found.row(numbers[at], &batch, places, at))?,
                Way::Newest(newest) => newest.take(&batch)?,
                Way::Row(_) | Way::Count | Way::Asked => {}
            }
        }
        if let Some(queries) = &mut work.queries {
            queries.take(&batch)?;
        }
        Ok(batch)
    }

    /// Says what was found, once all rows have come.
    ///
    /// # Errors
    /// A check that fails the step did not pass; a query can't be run.
    pub fn finish(&mut self) -> Result<(), Diagnostic> {
        let Some(mut work) = self.work.take() else { return Ok(()) };
        work.rejects.finish()?;
        let mut outcomes = Vec::with_capacity(self.checks.len());
        for (number, (test, check)) in work.tests.into_iter().zip(&self.checks).enumerate() {
            let Test { way, mut found } = test;
            match (way, &check.kind) {
                (Way::Keys(keys), _) => keys.finish(&mut found)?,
                (Way::Newest(newest), _) => newest.finish(&mut found),
                (Way::Count, Kind::RowCount { min, max }) => found.count(work.left, *min, *max),
                (Way::Asked, Kind::Sql { query }) => {
                    if let Some(queries) = &mut work.queries {
                        let place = format!("{}.query", self.at(number));
                        queries.ask(query, &mut found).map_err(|diagnostic| diagnostic.path(place))?;
                    }
                }
                _ => {}
            }
            let file = work.rejects.file().filter(|_| check.severity == Severity::Quarantine && found.count > 0);
            outcomes.push(found.outcome(check, file));
        }
        if let Some(rejected) = work.rejects.told() {
            self.meter.rejected(rejected);
        }
        let failed = told::failure(&self.io.step, &outcomes);
        self.meter.checked(outcomes);
        failed.map_or(Ok(()), Err)
    }
}

impl Work {
    /// Takes the rows out that quarantine finds; gives the others, with the number of each.
    fn take_out(
        &mut self,
        checks: &[Check],
        step: &str,
        batch: RecordBatch,
        first: u64,
    ) -> Result<(RecordBatch, Vec<u64>), Diagnostic> {
        let mut why: Vec<Option<String>> = vec![None; batch.num_rows()];
        let mut any = false;
        for (number, (test, check)) in self.tests.iter_mut().zip(checks).enumerate() {
            let Way::Row(row) = &test.way else { continue };
            if check.severity != Severity::Quarantine {
                continue;
            }
            let found = &mut test.found;
            row.offending(&batch, |at| {
                any = true;
                found.row(first + at as u64, &batch, row.places(), at);
                // The first check that finds a row says why.
                why[at].get_or_insert_with(|| check.label());
            })?;
            if found.count > check.max_rejects {
                self.rejects.finish()?;
                let message = format!("`{step}`: more than {} rows do not pass {}", check.max_rejects, check.label());
                return Err(Diagnostic::error("too-many-rejects", message)
                    .path(format!("steps[{step}].expect[{number}]"))
                    .why(found.sample.join("; "))
                    .fix("correct the rows, or raise `max_rejects` of the check"));
            }
        }
        let numbers = (0..batch.num_rows() as u64).map(|at| first + at);
        if !any {
            return Ok((batch, numbers.collect()));
        }
        for (at, why) in why.iter().enumerate() {
            if let Some(why) = why {
                self.rejects.add(first + at as u64, why, &batch, at)?;
            }
        }
        let keep: BooleanArray = why.iter().map(|why| Some(why.is_none())).collect();
        let kept = filter_record_batch(&batch, &keep).map_err(|error| internal(&error))?;
        let numbers: UInt64Array = numbers.collect();
        let numbers = arrow::compute::filter(&numbers, &keep).map_err(|error| internal(&error))?;
        let numbers = arrow::array::AsArray::as_primitive::<arrow::datatypes::UInt64Type>(&numbers);
        Ok((kept, numbers.values().to_vec()))
    }
}

fn no_column(name: &str, schema: &SchemaRef) -> Diagnostic {
    let names = || schema.fields().iter().map(|field| field.name().as_str());
    let all: Vec<&str> = names().collect();
    let diagnostic = Diagnostic::error("unknown-check-column", format!("the rows have no column `{name}`"))
        .why(format!("their columns are: {}", all.join(", ")));
    match did_you_mean(name, names()) {
        Some(near) => diagnostic.fix(format!("did you mean `{near}`?")),
        None => diagnostic.fix("correct the name, or read the column"),
    }
}

fn internal(error: &arrow::error::ArrowError) -> Diagnostic {
    Diagnostic::error("check-internal", "a check could not look at the rows").why(error.to_string())
}
