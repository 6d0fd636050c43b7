//! Rows of a step gathered in a DuckDB of their own, to be asked about when all are there. It spills.

use std::path::Path;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use duckdb::Connection;

use super::super::channel::Parcel;
use super::super::step::{Failure, Stop};
use super::table::Tables;
use super::{Query, database, fault, guard, nested, nested_fault, query};
use crate::diagnostic::Diagnostic;

/// Rows that queries are asked about. They see them as the only input of a SQL step.
pub(in super::super) struct Gathered {
    connection: Connection,
    tables: Tables,
    inputs: Vec<String>,
    spill: std::path::PathBuf,
    memory: u64,
    threads: usize,
}

impl Gathered {
    /// A place for rows of these columns.
    ///
    /// # Errors
    /// A type that SQL has no form for; the folder to spill to can't be made.
    pub fn open(
        step: &str,
        spill: &Path,
        memory: u64,
        threads: usize,
        schema: &SchemaRef,
        stop: &Stop,
    ) -> Result<Gathered, Diagnostic> {
        let inputs = vec![step.to_owned()];
        let query = Query { step, text: "", inputs: &inputs, memory, threads, spill, apart: true };
        let connection = database::open(&query)?;
        stop.watch(connection.interrupt_handle());
        let mut tables = Tables::new(&inputs);
        tables.create(&connection, 0, schema, &query)?;
        tables.create_views(&connection, &query)?;
        Ok(Gathered { connection, tables, inputs, spill: spill.to_path_buf(), memory, threads })
    }

    fn query<'a>(&'a self, text: &'a str) -> Query<'a> {
        let Gathered { inputs, spill, memory, threads, .. } = self;
        Query { step: &inputs[0], text, inputs, memory: *memory, threads: *threads, spill, apart: true }
    }

    /// Takes rows in.
    ///
    /// # Errors
    /// The disk is full.
    pub fn take(&mut self, batch: &RecordBatch) -> Result<(), Diagnostic> {
        let ready = nested::ready(batch.clone()).map_err(|error| nested_fault(&error, &self.query("")))?;
        let appended = self.connection.appender(self.tables.name(0)).and_then(|mut appender| {
            appender.append_record_batch(ready)?;
            appender.flush()
        });
        appended.map_err(|error| fault::of(&error, &self.query(""), &self.tables))
    }

    /// Runs a query, under the same guard as a SQL step's.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn ask(&self, text: &str, stop: &Stop, mut each: impl FnMut(&RecordBatch)) -> Result<(), Failure> {
        let asked = self.query(text);
        guard::check(&self.connection, &asked, &self.tables)?;
        query::run(&self.connection, &asked, &self.tables, stop, |parcel| {
            if let Parcel::Batch(batch) = &parcel {
                each(batch);
            }
            Ok(())
        })
    }
}

/// A key, and how often it is there.
type Times = (Vec<u8>, u64);

/// Keys as bytes, put aside to be counted.
pub(in super::super) struct Aside {
    connection: Connection,
}

impl Aside {
    /// A place for keys.
    ///
    /// # Errors
    /// The folder to spill to can't be made.
    pub fn open(step: &str, spill: &Path, memory: u64, threads: usize) -> Result<Aside, Diagnostic> {
        let query = Query { step, text: "", inputs: &[], memory, threads, spill, apart: true };
        let connection = database::open(&query)?;
        connection.execute_batch("CREATE TABLE keys (k BLOB NOT NULL)").map_err(|error| wrong(&error))?;
        Ok(Aside { connection })
    }

    /// Takes keys in: one column of bytes.
    ///
    /// # Errors
    /// The disk is full.
    pub fn take(&mut self, keys: &RecordBatch) -> Result<(), Diagnostic> {
        debug_assert_eq!(keys.schema().as_ref(), &Schema::new(vec![Field::new("k", DataType::Binary, false)]));
        let appended = self.connection.appender("keys").and_then(|mut appender| {
            appender.append_record_batch(keys.clone())?;
            appender.flush()
        });
        appended.map_err(|error| wrong(&error))
    }

    /// How many keys are there again, and some of them with the times of each.
    ///
    /// # Errors
    /// The disk is full.
    pub fn twice(&self, most: usize) -> Result<(u64, Vec<Times>), Diagnostic> {
        let sql = "CREATE TEMP TABLE twice AS SELECT k, count(*) AS n FROM keys GROUP BY k HAVING count(*) > 1";
        self.connection.execute_batch(sql).map_err(|error| wrong(&error))?;
        let sum = "SELECT coalesce(sum(n - 1), 0)::UBIGINT FROM twice";
        let count = self.connection.query_row(sum, [], |row| row.get(0)).map_err(|error| wrong(&error))?;
        let sample = format!("SELECT k, n::UBIGINT FROM twice ORDER BY k LIMIT {most}");
        let mut statement = self.connection.prepare(&sample).map_err(|error| wrong(&error))?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(|error| wrong(&error))?;
        let rows: Result<Vec<_>, _> = rows.collect();
        Ok((count, rows.map_err(|error| wrong(&error))?))
    }
}

fn wrong(error: &duckdb::Error) -> Diagnostic {
    Diagnostic::error("sql-engine", "the keys of a check can't be compared").why(fault::text(error))
}
