//! Checks that are queries over all rows that flow on.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use super::super::step::{Failure, Stop};
use super::Room;
use super::told::{Found, shown};
use crate::connect::driver::csv::cell_text;
use crate::diagnostic::Diagnostic;
use crate::pipeline::expect::SAMPLE_ROWS;
use crate::pipeline::run::engine::local::sql::Gathered;

/// The rows in a DuckDB of their own, for all queries of a step.
pub(super) struct Queries {
    gathered: Gathered,
    stop: Arc<Stop>,
}

impl Queries {
    /// For rows of these columns.
    ///
    /// # Errors
    /// A type that SQL has no form for.
    pub fn new(step: &str, room: &Room, schema: &SchemaRef, stop: &Arc<Stop>) -> Result<Queries, Diagnostic> {
        let spill = room.spill.join("rows");
        let gathered = Gathered::open(step, &spill, room.memory, room.threads, schema, stop)?;
        Ok(Queries { gathered, stop: stop.clone() })
    }

    /// Takes rows in.
    ///
    /// # Errors
    /// The disk that it spills to is full.
    pub fn take(&mut self, batch: &RecordBatch) -> Result<(), Diagnostic> {
        self.gathered.take(batch)
    }

    /// Runs a query: each row that it returns is one that does not pass.
    ///
    /// # Errors
    /// What is wrong with the query.
    pub fn ask(&mut self, query: &str, found: &mut Found) -> Result<(), Diagnostic> {
        let asked = self.gathered.ask(query, &self.stop, |batch| {
            let rest = SAMPLE_ROWS.saturating_sub(found.sample.len()).min(batch.num_rows());
            for row in 0..rest {
                let values = batch.schema_ref().fields().iter().zip(batch.columns());
                let values =
                    values.take(20).map(|(field, column)| shown(field.name(), cell_text(column, row, 60).as_deref()));
                found.add(&values.collect::<Vec<_>>().join(", "));
            }
            found.count += batch.num_rows() as u64;
        });
        match asked {
            Ok(()) => Ok(()),
            Err(Failure::Wrong(diagnostic)) => Err(*diagnostic),
            Err(Failure::Mistaken(_)) => Err(Diagnostic::error("check-internal", "a check was begun anew")),
            Err(Failure::Stopped(why)) => Err(Diagnostic::error("check-internal", "a check was stopped").why(why)),
        }
    }
}
