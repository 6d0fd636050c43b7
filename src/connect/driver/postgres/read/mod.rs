//! Reading a table or a query, in one state of the database.

mod copy;
mod options;
mod parallel;
mod shape;

use crate::connect::driver::dataset::Dataset;
use crate::connect::driver::flow::{Counted, Halt, Io, Rows, Source};

pub(in crate::connect::driver) use options::{From, ReadOptions};
use shape::Shape;

use super::decode::Decoder;
use super::session::{Server, Session};

/// Reads a table or a query.
pub(in crate::connect::driver) struct PostgresSource {
    pub(super) server: Server,
    pub(super) options: ReadOptions,
    pub(super) schema: String,
}

impl PostgresSource {
    /// What is read, as a person calls it.
    fn what(&self, schema: &str) -> String {
        match &self.options.from {
            From::Table(table) => self.server.place(schema, table),
            From::Query(_) => format!("the query on {}", self.server.connection.reference()),
        }
    }

    fn decoder(&self, shape: &Shape, schema: &str) -> Result<Decoder, Halt> {
        let (rows, on_error) = (self.options.batch_rows, self.options.on_error);
        Ok(Decoder::new(&self.what(schema), shape.schema.clone(), &shape.kinds, rows, on_error)?)
    }
}

impl PostgresSource {
    pub fn new(server: Server, options: ReadOptions, schema: String) -> PostgresSource {
        PostgresSource { server, options, schema }
    }
}

impl PostgresSource {
    /// Rows of the whole table, as the server estimates them.
    fn estimate(&self, session: &Session, io: &Io) -> Result<Option<u64>, Halt> {
        let From::Table(name) = &self.options.from else { return Ok(None) };
        if self.options.condition.is_some() {
            return Ok(None);
        }
        let sql = "SELECT c.reltuples::bigint FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
            WHERE n.nspname = $1 AND c.relname = $2";
        let row = session.wait(io, "estimate a table's rows", session.client.query_opt(sql, &[&self.schema, name]))?;
        let rows = row.and_then(|row| u64::try_from(row.get::<_, i64>(0)).ok());
        Ok(rows.map(|rows| rows.min(self.options.limit.unwrap_or(u64::MAX))))
    }
}

impl Source for PostgresSource {
    fn dataset(&self) -> Option<Dataset> {
        let From::Table(table) = &self.options.from else { return None };
        Dataset::table(&self.server.root, &self.server.connection, Some(&self.schema), table)
    }

    fn read(&self, io: &Io, rows: &mut dyn Rows) -> Result<(), Halt> {
        let session = self.server.open(io)?;
        session.begin_reading(io, None)?;
        let (schema, what) = (self.schema.as_str(), self.what(&self.schema));
        let sql = self.options.select(schema, None);
        let shape = Shape::of(&session, io, &sql, &what)?;
        let whole = self.estimate(&session, io)?;
        let rows = &mut Counted::new(rows, whole);
        rows.columns(shape.schema.clone())?;
        match &self.options.from {
            From::Table(name) if self.options.parallel > 1 => {
                parallel::read(self, &session, &shape, schema, name, io, rows)?;
            }
            _ => {
                let decoder = self.decoder(&shape, schema)?;
                copy::copy(&session, io, &shape.copy(&sql), &what, decoder, &mut |batch| rows.batch(batch))?;
            }
        }
        session.run(io, "COMMIT", &format!("end reading {what}"))
    }
}
