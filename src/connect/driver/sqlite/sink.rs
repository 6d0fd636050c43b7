//! Writing to a table in one transaction: readers see all of it or nothing.

use std::path::PathBuf;
use std::time::Duration;

use arrow::datatypes::{Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _};

use super::kind::{self, Kind};
use super::options::WriteOptions;
use super::target::{self, Table};
use super::{cells, quoted, told};
use crate::connect::driver::cell::View;
use crate::connect::driver::dataset::Dataset;
use crate::connect::driver::flow::{Halt, Io, Sink, Writing, Written};
use crate::connect::driver::plan::{OnError, Pairing, SchemaChange, WriteMode, pair};
use crate::connect::driver::rejects::Rejects;
use crate::diagnostic::Diagnostic;

const RUNS: &str = "CREATE TABLE IF NOT EXISTS _pipesmith_runs (run_id TEXT NOT NULL, pipeline TEXT NOT NULL, \
    step TEXT NOT NULL, target TEXT NOT NULL, rows INTEGER NOT NULL, \
    finished_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')), PRIMARY KEY (run_id, pipeline, step))";

/// A step that writes.
pub(super) struct SqliteSink {
    pub path: PathBuf,
    /// The file, as a person calls it.
    pub name: String,
    pub options: WriteOptions,
    /// The path of its configuration.
    pub at: String,
}

struct Column {
    input: usize,
    name: String,
    kind: Kind,
    nullable: bool,
}

struct SqliteWriting {
    io: Io,
    conn: Connection,
    /// The file, where this step made it.
    made: Option<PathBuf>,
    columns: Vec<Column>,
    insert: String,
    /// Notes the key of each row that comes in, so that one that comes twice is found.
    seen: Option<(String, Vec<usize>)>,
    on_error: OnError,
    rejects: Rejects,
    place: String,
    taken: u64,
    rows: u64,
    repeated: Option<u64>,
    finished: bool,
}

impl Sink for SqliteSink {
    fn dataset(&self) -> Option<Dataset> {
        let file = self.path.canonicalize().unwrap_or_else(|_| self.path.clone());
        Some(Dataset { namespace: format!("sqlite:{}", file.display()), name: self.options.table.clone() })
    }

    fn begin(&self, io: &Io, incoming: SchemaRef) -> Result<Box<dyn Writing>, Halt> {
        let place = format!("{}:{}", self.name, self.options.table);
        let (conn, made) = self.open()?;
        let mut writing = SqliteWriting {
            io: io.clone(),
            conn,
            made,
            columns: Vec::new(),
            insert: String::new(),
            seen: None,
            on_error: self.options.on_error,
            rejects: Rejects::new(
                io,
                &place,
                self.options.max_rejects,
                incoming.fields().iter().map(|field| field.name().as_str()),
            ),
            place,
            taken: 0,
            rows: 0,
            repeated: None,
            finished: false,
        };
        self.prepare(io, &mut writing, &incoming)?;
        Ok(Box::new(writing))
    }

    fn files(&self) -> Vec<(PathBuf, String)> {
        Vec::new()
    }
}

impl SqliteSink {
    fn open(&self) -> Result<(Connection, Option<PathBuf>), Diagnostic> {
        let there = self.path.exists();
        if let (false, Some(folder)) = (there, self.path.parent()) {
            std::fs::create_dir_all(folder).map_err(|error| {
                Diagnostic::error("file-unwritable", format!("{} can't be written", self.name)).why(error.to_string())
            })?;
        }
        // Without SQLITE_OPEN_URI: a path is a path.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(&self.path, flags).map_err(|error| told(&error))?;
        conn.busy_timeout(self.options.busy).map_err(|error| told(&error))?;
        Ok((conn, (!there).then(|| self.path.clone())))
    }

    fn prepare(&self, io: &Io, writing: &mut SqliteWriting, incoming: &Schema) -> Result<(), Diagnostic> {
        let options = &self.options;
        let conn = &writing.conn;
        let run = |sql: &str| conn.execute_batch(sql).map_err(|error| told(&error));
        // The right to write is taken now: what is planned here can't change until the end.
        run("BEGIN IMMEDIATE")?;
        run(RUNS)?;
        let written = "SELECT rows FROM _pipesmith_runs WHERE run_id = ?1 AND pipeline = ?2 AND step = ?3";
        let written = conn.query_row(written, (&io.run, &io.pipeline, &io.step), |row| row.get::<_, i64>(0)).optional();
        writing.repeated = written.map_err(|error| told(&error))?.map(i64::unsigned_abs);
        if writing.repeated.is_some() {
            return Ok(());
        }
        let table = Table::look_up(conn, &options.table)?;
        if table.is_none() && !options.create {
            let told = target::missing(conn, &options.table).path(format!("{}.table", self.at));
            let fix = told.fix.as_ref().map(|fix| format!("{}; or set `create_if_missing: true`", fix.text));
            return Err(told.fix(fix.unwrap_or_default()));
        }
        let pairing = self.plan(&writing.place, table.as_ref(), incoming);
        pairing.plan.check().map_err(|told| told.path(self.at.clone()))?;
        let name = quoted(&options.table);
        match &table {
            None => run(&self.creation(&pairing))?,
            Some(_) => {
                for column in pairing.plan.columns.iter().filter(|column| column.added) {
                    run(&format!("ALTER TABLE {name} ADD COLUMN {} {}", quoted(&column.to), column.target_type))?;
                }
            }
        }
        if matches!(options.mode, WriteMode::Replace | WriteMode::Truncate) {
            // Within the transaction: others see the old rows until its end.
            run(&format!("DELETE FROM {name}"))?;
        }
        let keyed = table.is_none() || options.mode == WriteMode::Upsert;
        let nullable = |name: &str| {
            let known = table.as_ref().and_then(|table| table.columns.iter().find(|column| column.name == name));
            let primary = table.as_ref().is_some_and(|table| table.primary.iter().any(|key| key == name));
            known.is_none_or(|column| column.nullable) && !primary && !(keyed && self.is_key(name))
        };
        writing.columns = (pairing.plan.columns.iter().zip(&pairing.kinds))
            .map(|(column, kind)| Column {
                input: column.input,
                name: column.to.clone(),
                kind: *kind,
                nullable: nullable(&column.to),
            })
            .collect();
        writing.insert = self.insert(&writing.columns);
        if options.mode == WriteMode::Upsert {
            self.unambiguous(table.as_ref(), &writing.columns)?;
            let of_key = |at: &usize| self.is_key(&writing.columns[*at].name);
            let key: Vec<usize> = (0..writing.columns.len()).filter(of_key).collect();
            let names: Vec<String> = (0..key.len()).map(|at| format!("k{at}")).collect();
            let places = vec!["?"; key.len()].join(", ");
            let names = names.join(", ");
            run(&format!("CREATE TEMP TABLE _pipesmith_seen ({names}, PRIMARY KEY ({names})) WITHOUT ROWID"))?;
            writing.seen = Some((format!("INSERT OR IGNORE INTO temp._pipesmith_seen VALUES ({places})"), key));
        }
        Ok(())
    }

    fn is_key(&self, name: &str) -> bool {
        self.options.key.iter().any(|key| key.eq_ignore_ascii_case(name))
    }

    fn plan(&self, place: &str, table: Option<&Table>, incoming: &Schema) -> Pairing<Kind> {
        let (columns, change) = match table {
            Some(table) => (table.columns.as_slice(), self.options.change),
            None => (&[][..], SchemaChange::AddColumns),
        };
        let mut pairing = pair(place, incoming, columns, change, kind::judge, kind::invent);
        let mut seen = std::collections::HashSet::new();
        for column in &pairing.plan.columns {
            if !seen.insert(column.to.to_ascii_lowercase()) {
                let what = format!("`{}` comes in twice, in another case", column.to);
                pairing.plan.obstacles.push((what, "name each column once".to_owned()));
            }
        }
        let wanted = table.is_none() || self.options.mode == WriteMode::Upsert;
        for key in self.options.key.iter().filter(|_| wanted) {
            if !pairing.plan.columns.iter().any(|column| column.to.eq_ignore_ascii_case(key)) {
                let what = format!("the key column `{key}` does not come in");
                pairing.plan.obstacles.push((what, "correct `primary_key`".to_owned()));
            }
        }
        pairing
    }

    fn creation(&self, pairing: &Pairing<Kind>) -> String {
        let mut parts: Vec<String> = (pairing.plan.columns.iter())
            .map(|column| {
                let null = if self.is_key(&column.to) { " NOT NULL" } else { "" };
                format!("{} {}{null}", quoted(&column.to), column.target_type)
            })
            .collect();
        if !self.options.key.is_empty() {
            parts.push(format!("PRIMARY KEY ({})", self.key_names()));
        }
        format!("CREATE TABLE {} ({})", quoted(&self.options.table), parts.join(", "))
    }

    fn key_names(&self) -> String {
        let names: Vec<String> = self.options.key.iter().map(|key| quoted(key).to_string()).collect();
        names.join(", ")
    }

    fn insert(&self, columns: &[Column]) -> String {
        let names: Vec<String> = columns.iter().map(|column| quoted(&column.name).to_string()).collect();
        let places = vec!["?"; columns.len()].join(", ");
        let mut sql = format!("INSERT INTO {} ({}) VALUES ({places})", quoted(&self.options.table), names.join(", "));
        if self.options.mode == WriteMode::Upsert {
            let set: Vec<String> = (columns.iter().filter(|column| !self.is_key(&column.name)))
                .map(|column| format!("{0} = excluded.{0}", quoted(&column.name)))
                .collect();
            // Where all columns are of the key, the row is set to what it is, so that it counts.
            let own =
                || columns.iter().take(1).map(|column| format!("{0} = excluded.{0}", quoted(&column.name))).collect();
            let set = if set.is_empty() { own() } else { set };
            sql.push_str(&format!(" ON CONFLICT ({}) DO UPDATE SET {}", self.key_names(), set.join(", ")));
        }
        sql
    }

    fn unambiguous(&self, table: Option<&Table>, columns: &[Column]) -> Result<(), Diagnostic> {
        let Some(table) = table else { return Ok(()) };
        let is_key = |columns: &Vec<String>| {
            columns.len() == self.options.key.len() && columns.iter().all(|name| self.is_key(name))
        };
        if table.keys.iter().any(is_key) && !columns.is_empty() {
            return Ok(());
        }
        let named = self.options.key.join(", ");
        Err(Diagnostic::error("key-not-unique", format!("`{named}` is no unique key of {}", self.options.table))
            .path(format!("{}.primary_key", self.at))
            .why("SQLite finds the row to change by a PRIMARY KEY or a UNIQUE index of exactly these columns")
            .fix(format!("CREATE UNIQUE INDEX … ON {} ({named}), or correct `primary_key`", self.options.table)))
    }
}

/// Why a row was not written.
enum Refusal {
    Row(String, Reason),
    Whole(Diagnostic),
}

#[derive(Clone, Copy)]
enum Reason {
    /// A value has no place in its column.
    Unfit,
    /// The key is in the table.
    Key,
    /// The key came before.
    Twice,
    /// SQLite refuses it otherwise.
    Refused,
    Count,
}

impl Reason {
    fn code(self) -> &'static str {
        match self {
            Reason::Unfit => "value-unfit",
            Reason::Key => "key-exists",
            Reason::Twice => "duplicate-keys",
            Reason::Refused => "rejected-row",
            Reason::Count => "rows-mismatch",
        }
    }
}

/// The statements of a batch.
struct Statements<'a> {
    insert: rusqlite::Statement<'a>,
    seen: Option<(rusqlite::Statement<'a>, &'a [usize])>,
    columns: &'a [Column],
    null_unfit: bool,
}

impl Statements<'_> {
    fn row(&mut self, views: &[View<'_>], row: usize) -> Result<(), Refusal> {
        let mut values = Vec::with_capacity(self.columns.len());
        for (column, view) in self.columns.iter().zip(views) {
            let value = match cells::bound(view.cell(row), column.kind) {
                Ok(value) => value,
                Err(_) if self.null_unfit && column.nullable => Value::Null,
                Err(why) => return Err(Refusal::Row(format!("column `{}`: {why}", column.name), Reason::Unfit)),
            };
            if value == Value::Null && !column.nullable {
                return Err(Refusal::Row(format!("column `{}`: the column takes no NULL", column.name), Reason::Unfit));
            }
            values.push(value);
        }
        if let Some((seen, key)) = &mut self.seen {
            let key = rusqlite::params_from_iter(key.iter().map(|at| &values[*at]));
            if seen.execute(key).map_err(refusal)? == 0 {
                return Err(Refusal::Row("its key came in an earlier row already".to_owned(), Reason::Twice));
            }
        }
        match self.insert.execute(rusqlite::params_from_iter(values)).map_err(refusal)? {
            1 => Ok(()),
            count => Err(Refusal::Row(format!("SQLite took {count} rows for it"), Reason::Count)),
        }
    }
}

fn refusal(error: rusqlite::Error) -> Refusal {
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig) => {
            let why = crate::secret::message(&error.to_string());
            let duplicate = why.contains("UNIQUE constraint");
            Refusal::Row(why, if duplicate { Reason::Key } else { Reason::Refused })
        }
        _ => Refusal::Whole(told(&error)),
    }
}

impl Writing for SqliteWriting {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), Halt> {
        if self.io.stopped() {
            return Err(Halt::Stopped);
        }
        if self.repeated.is_some() {
            return Ok(());
        }
        let view = |column: &Column| View::of(batch.column(column.input).as_ref()).unwrap_or(View::Nothing);
        let views: Vec<View<'_>> = self.columns.iter().map(view).collect();
        let prepared = |sql: &str| self.conn.prepare(sql).map_err(|error| told(&error));
        let seen = match &self.seen {
            Some((sql, key)) => Some((prepared(sql)?, key.as_slice())),
            None => None,
        };
        let null_unfit = self.on_error == OnError::Null;
        let mut statements = Statements { insert: prepared(&self.insert)?, seen, columns: &self.columns, null_unfit };
        for row in 0..batch.num_rows() {
            self.taken += 1;
            match statements.row(&views, row) {
                Ok(()) => self.rows += 1,
                Err(Refusal::Whole(why)) => return Err(why.into()),
                Err(Refusal::Row(why, _)) if self.on_error == OnError::Quarantine => {
                    self.rejects.add(self.taken, &why, batch, row)?;
                }
                Err(Refusal::Row(why, reason)) => {
                    return Err(Diagnostic::error(reason.code(), format!("row {}: {why}", self.taken))
                        .why(why)
                        .fix("correct it in a SQL step before, or set `on_error: quarantine` to keep such rows aside")
                        .into());
                }
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<Written, Halt> {
        if let Some(rows) = self.repeated {
            return Ok(Written { place: self.place.clone(), rows, bytes: 0 });
        }
        if self.rows + self.rejects.count() != self.taken {
            let message =
                format!("{} rows came, {} were written, {} rejected", self.taken, self.rows, self.rejects.count());
            return Err(Diagnostic::error("rows-mismatch", message).fix("nothing was changed; run it again").into());
        }
        self.rejects.finish()?;
        let note = "INSERT INTO _pipesmith_runs (run_id, pipeline, step, target, rows) VALUES (?1, ?2, ?3, ?4, ?5)";
        let rows = i64::try_from(self.rows).unwrap_or(i64::MAX);
        let values = (&self.io.run, &self.io.pipeline, &self.io.step, &self.place, rows);
        self.conn.execute(note, values).map_err(|error| told(&error))?;
        if self.io.stopped() {
            return Err(Halt::Stopped);
        }
        // Readers who are at work are waited for.
        self.conn.execute_batch("COMMIT").map_err(|error| told(&error))?;
        self.finished = true;
        Ok(Written { place: self.place.clone(), rows: self.rows, bytes: 0 })
    }
}

impl Drop for SqliteWriting {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        let _ = self.conn.busy_timeout(Duration::from_secs(1));
        let _ = self.conn.execute_batch("ROLLBACK");
        // An empty file that this step made goes again; one that has something in it is somebody's.
        if let Some(path) = &self.made
            && std::fs::metadata(path).is_ok_and(|meta| meta.len() == 0)
        {
            let _ = std::fs::remove_file(path);
        }
    }
}
