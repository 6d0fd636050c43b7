//! Writing to a table, all in one transaction: planned before a row moves, copied, counted, committed.

mod blocks;
mod load;
mod options;
mod runs;
mod target;
mod upsert;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use super::encode::{Encoder, Form, Unfit, render};
use super::fault;
use super::session::{Server, Session};
use crate::connect::driver::cell::{Cell, View};
use crate::connect::driver::dataset::Dataset;
use crate::connect::driver::flow::{Halt, Io, Sink, Writing, Written};
use crate::connect::driver::plan::{OnError, WriteMode};
use crate::connect::driver::rejects::Rejects;
use crate::diagnostic::Diagnostic;
use blocks::Block;
use load::Load;
use runs::Runs;
use target::Table;

pub(in crate::connect::driver) use options::WriteOptions;

/// Characters of a value in a message.
const SHOWN: usize = 60;

/// Writes to a table.
pub(in crate::connect::driver) struct PostgresSink {
    pub(super) server: Server,
    pub(super) options: WriteOptions,
    pub(super) schema: String,
}

impl PostgresSink {
    pub fn new(server: Server, options: WriteOptions, schema: String) -> PostgresSink {
        PostgresSink { server, options, schema }
    }
}

impl Sink for PostgresSink {
    fn dataset(&self) -> Option<Dataset> {
        Dataset::table(&self.server.root, &self.server.connection, Some(&self.schema), &self.options.table)
    }

    fn begin(&self, io: &Io, columns: SchemaRef) -> Result<Box<dyn Writing>, Halt> {
        let session = self.server.open(io)?;
        let place = self.server.place(&self.schema, &self.options.table);
        let runs = Runs::find(&session, io, &self.schema)?;
        session.begin(io)?;
        if let Some(rows) = runs.written(&session, io)? {
            return Ok(Box::new(Done { place, rows }));
        }
        let table = target::prepare(&session, io, &self.schema, place, &self.options, &columns)?;
        for line in table.pairing.plan.lines() {
            tracing::debug!("{}: {line}", table.place);
        }
        // A table that was just made has no rows to meet; its key is made from the rows.
        let merging = self.options.mode == WriteMode::Upsert && !table.made;
        let aside = self.options.on_error == OnError::Quarantine;
        let numbered = merging && aside;
        let form = Form::of(&table.pairing.plan, &table.pairing.kinds);
        let encoder = Encoder::new(form, &table.pairing.plan, &table.pairing.kinds, self.options.on_error, numbered);
        if merging {
            upsert::stage(&session, io, &table, numbered)?;
        }
        let (into, names) = if merging {
            (upsert::STAGE, upsert::stage_names(&table, numbered))
        } else {
            (table.sql.as_str(), upsert::names(&table))
        };
        let copy = format!("COPY {into} ({names}) FROM STDIN (FORMAT {})", form.word());
        let doing = format!("write to {}", table.place);
        let load = if aside { None } else { Some(Load::begin(&session, io, &copy, &doing)?) };
        let names = table.pairing.plan.columns.iter().map(|column| column.from.as_str());
        let rejects = Rejects::new(io, &table.place, self.options.max_rejects, names);
        let mut writing = PostgresWriting {
            load,
            session,
            io: io.clone(),
            options: self.options.clone(),
            runs,
            table,
            encoder,
            merging,
            copy,
            doing,
            rejects,
            came: 0,
            taken: 0,
            bytes: 0,
        };
        if let Some(load) = &mut writing.load {
            writing.encoder.begin(&mut load.buffer);
        }
        Ok(Box::new(writing))
    }
}

/// A step of this run has written its rows before; they are let pass.
struct Done {
    place: String,
    rows: u64,
}

impl Writing for Done {
    fn write(&mut self, _: &RecordBatch) -> Result<(), Halt> {
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Written, Halt> {
        Ok(Written { place: self.place, rows: self.rows, bytes: 0 })
    }
}

struct PostgresWriting {
    // Dropped before the session: an unfinished copy is told to the server as failed.
    load: Option<Load>,
    session: Session,
    io: Io,
    options: WriteOptions,
    runs: Runs,
    table: Table,
    encoder: Encoder,
    merging: bool,
    /// The statement that copies.
    copy: String,
    doing: String,
    rejects: Rejects,
    /// Rows that came, and of these those that the server took.
    came: u64,
    taken: u64,
    bytes: u64,
}

impl Writing for PostgresWriting {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), Halt> {
        if self.load.is_some() { self.stream(batch) } else { self.block(batch) }
    }

    fn finish(mut self: Box<Self>) -> Result<Written, Halt> {
        if let Some(mut load) = self.load.take() {
            self.encoder.end(&mut load.buffer);
            self.bytes += load.buffer.len() as u64;
            let taken = load.finish(&self.session, &self.io)?;
            self.taken = taken.map_err(|error| self.refused(&error))?;
        }
        self.reconcile("copied", self.taken + self.rejects.count(), self.came)?;
        let mut rows = self.taken;
        let (session, io, key) = (&self.session, &self.io, &self.options.key);
        if self.merging {
            let aside = self.options.on_error == OnError::Quarantine;
            let before = self.rejects.count();
            rows = if aside {
                upsert::merge_all_that_fit(session, io, &self.table, key, (self.came, self.taken), &mut self.rejects)?
            } else {
                upsert::merge(session, io, &self.table, key, rows)?
            };
            self.reconcile("merged", rows + self.rejects.count() - before, self.taken)?;
        } else if self.table.made && !key.is_empty() {
            self.make_key()?;
        }
        self.rejects.finish()?;
        self.runs.note(session, io, &self.table.place, rows)?;
        session.run(io, "COMMIT", &format!("commit what was written to {}", self.table.place))?;
        let place = match self.rejects.file() {
            Some(file) => format!("{} ({} rows rejected, see {file})", self.table.place, self.rejects.count()),
            None => self.table.place.clone(),
        };
        Ok(Written { place, rows, bytes: self.bytes })
    }
}

impl PostgresWriting {
    /// Sends the rows of a batch on.
    fn stream(&mut self, batch: &RecordBatch) -> Result<(), Halt> {
        let views = self.encoder.views(batch);
        let Some(load) = &mut self.load else { return Ok(()) };
        for row in 0..batch.num_rows() {
            if let Err(unfit) = self.encoder.row(&views, row, self.came + 1, &mut load.buffer) {
                return Err(unfit_row(&self.table, &views, self.came, &unfit).into());
            }
            self.came += 1;
            if load.buffer.len() >= load::PIECE {
                self.bytes += load.buffer.len() as u64;
                if let Err(error) = load.send(&self.session, &self.io)? {
                    return Err(fault::told(&error, &self.doing).into());
                }
            }
        }
        Ok(())
    }

    /// Writes the rows of a batch that fit, and keeps the others aside.
    fn block(&mut self, batch: &RecordBatch) -> Result<(), Halt> {
        let views = self.encoder.views(batch);
        let mut block = Block::default();
        for row in 0..batch.num_rows() {
            let start = block.data.len();
            match self.encoder.row(&views, row, self.came + row as u64 + 1, &mut block.data) {
                Ok(()) => {
                    block.starts.push(start);
                    block.rows.push(row);
                }
                Err(unfit) => {
                    let name = &self.table.pairing.plan.columns[unfit.column].from;
                    let reason = format!("column `{name}`: {}", unfit.why);
                    self.rejects.keep(self.came + row as u64 + 1, &reason, values(&views, row))?;
                }
            }
        }
        self.bytes += block.data.len() as u64;
        let (came, rejects) = (self.came, &mut self.rejects);
        let mut refused =
            |row: usize, why: String| Ok(rejects.keep(came + row as u64 + 1, &why, values(&views, row))?);
        self.taken += block.copy(&self.session, &self.io, &self.copy, &self.doing, &self.encoder, &mut refused)?;
        self.came += batch.num_rows() as u64;
        Ok(())
    }

    /// Adds the key to a table that was made.
    fn make_key(&self) -> Result<(), Halt> {
        let key = &self.options.key;
        let names = crate::connect::quote::list(crate::connect::quote::Quote::Standard, key.iter().map(String::as_str));
        let (session, io) = (&self.session, &self.io);
        session.run(io, "SAVEPOINT pipesmith_key", "set a savepoint")?;
        let sql = format!("ALTER TABLE {} ADD PRIMARY KEY ({names})", self.table.sql);
        if let Err(error) = session.attempt(io, session.client.batch_execute(&sql))? {
            session.run(io, "ROLLBACK TO SAVEPOINT pipesmith_key", "go back to a savepoint")?;
            if fault::state(&error) == Some("23505") {
                upsert::refuse_duplicates(session, io, &self.table.sql, &self.table.place, key)?;
            }
            return Err(fault::told(&error, &format!("give {} its primary key", self.table.place)).into());
        }
        Ok(())
    }

    /// What the server said about rows that it did not take.
    fn refused(&self, error: &tokio_postgres::Error) -> Diagnostic {
        fault::told(error, &self.doing)
    }

    fn reconcile(&self, did: &str, found: u64, expected: u64) -> Result<(), Halt> {
        if found == expected {
            return Ok(());
        }
        let message = format!("{}: {expected} rows came, {found} were {did}", self.table.place);
        Err(Diagnostic::error("rows-mismatch", message)
            .why("the count of the server and that of the step differ; a trigger or a rule of the table may drop rows. Nothing was written")
            .fix("see what the table's triggers and rules do with rows")
            .into())
    }
}

/// A row that can't be written.
fn unfit_row(table: &Table, views: &[View<'_>], before: u64, unfit: &Unfit) -> Diagnostic {
    // `before` counts the rows of this batch before it, too.
    let column = &table.pairing.plan.columns[unfit.column];
    let value = text(&views[unfit.column].cell(unfit.row)).unwrap_or_default();
    let shown: String = value.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(SHOWN).collect();
    let message = format!(
        "row {}, column `{}`: {shown:?} can't be written to {} ({})",
        before + 1,
        column.from,
        table.place,
        column.target_type
    );
    Diagnostic::error("value-unfit", crate::secret::hide(&message).into_owned())
        .why(unfit.why.to_string())
        .fix("correct the value before this step, or set `on_error` to null or quarantine")
}

/// The values of a row as text.
fn values(views: &[View<'_>], row: usize) -> Vec<Option<String>> {
    views.iter().map(|view| text(&view.cell(row))).collect()
}

fn text(cell: &Cell<'_>) -> Option<String> {
    if let Cell::Null = cell {
        return None;
    }
    let mut out = Vec::new();
    render(cell, &mut out);
    Some(String::from_utf8_lossy(&out).into_owned())
}
