//! Reading a table or the result of a query.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use rusqlite::types::ValueRef;

use super::cells::ReadColumn;
use super::kind::Kind;
use super::options::ReadOptions;
use super::{quoted, target, told};
use crate::connect::driver::cursor::{Mark, Since};
use crate::connect::driver::dataset::Dataset;
use crate::connect::driver::flow::{Counted, Halt, Io, Rows, Source};
use crate::connect::{Connection, Opened, open};
use crate::diagnostic::{Diagnostic, did_you_mean};

/// A batch is handed on when its values have so many bytes.
const BATCH_BYTES: usize = 4 << 20;

/// A step that reads.
pub(super) struct SqliteSource {
    pub connection: Connection,
    /// The workspace.
    pub root: std::path::PathBuf,
    pub options: ReadOptions,
    /// The path of its configuration.
    pub at: String,
}

impl Source for SqliteSource {
    fn dataset(&self) -> Option<Dataset> {
        let table = self.options.query.is_none().then_some(self.options.table.as_str())?;
        Dataset::table(&self.root, &self.connection, None, table)
    }

    fn read(&self, io: &Io, rows: &mut dyn Rows) -> Result<(), Halt> {
        let opened = io.wait(async { open(&io.root, &self.connection).await.map_err(Diagnostic::from) })?;
        let Opened::Sqlite(conn) = opened else {
            return Err(Diagnostic::error("connection-family-mismatch", "the connection is none of SQLite").into());
        };
        // A long statement ends when the run does.
        let (handle, cancel) = (conn.get_interrupt_handle(), io.cancel.clone());
        let watch = io.runtime.spawn(async move {
            cancel.cancelled().await;
            handle.interrupt();
        });
        let read = self.stream(io, &conn, rows);
        watch.abort();
        match read {
            Err(Halt::Wrong(_)) if io.stopped() => Err(Halt::Stopped),
            other => other,
        }
    }

    fn read_since(&self, io: &Io, since: &Since, rows: &mut dyn Rows) -> Result<Mark, Halt> {
        super::since::read(self, io, since, rows)
    }
}

impl SqliteSource {
    fn stream(&self, io: &Io, conn: &rusqlite::Connection, rows: &mut dyn Rows) -> Result<(), Halt> {
        conn.busy_timeout(self.options.busy).map_err(|error| told(&error))?;
        // All statements see the same state of the file.
        conn.execute_batch("BEGIN").map_err(|error| told(&error))?;
        let sql = match &self.options.query {
            Some(query) => query.clone(),
            None => self.of_table(conn)?,
        };
        // A second statement behind the first is refused, and one that changes something too.
        let mut statement = conn.prepare(&sql).map_err(|error| self.in_query(&error))?;
        if statement.column_count() == 0 || !statement.readonly() {
            let key = if self.options.query.is_some() { "query" } else { "table" };
            let wrong = Diagnostic::error("no-columns", "the statement is no SELECT");
            return Err(wrong.path(format!("{}.{key}", self.at)).fix("write one SELECT").into());
        }
        let (mut columns, schema) = self.columns(conn, &sql, &statement)?;
        let rows = &mut Counted::new(rows, estimate(conn, &self.options));
        rows.columns(schema.clone())?;
        let skip = if self.options.query.is_some() { self.options.offset } else { 0 };
        let limit = self.options.limit.filter(|_| self.options.query.is_some()).unwrap_or(u64::MAX);
        let mut found = statement.query([]).map_err(|error| self.in_query(&error))?;
        let (mut row_number, mut count, mut bytes, mut taken) = (0u64, 0usize, 0usize, 0u64);
        while taken < limit {
            let Some(row) = found.next().map_err(|error| told(&error))? else { break };
            row_number += 1;
            if row_number <= skip {
                continue;
            }
            for (at, column) in columns.iter_mut().enumerate() {
                let value = row.get_ref(at).map_err(|error| told(&error))?;
                bytes += match value {
                    ValueRef::Text(text) | ValueRef::Blob(text) => text.len(),
                    _ => 8,
                };
                let Err(why) = column.append(value) else { continue };
                if !self.options.null_unfit {
                    let message = format!("row {row_number}, column `{}`: {why}", column.name);
                    return Err(Diagnostic::error("value-unfit", message)
                        .why("SQLite keeps values of any type in any column")
                        .fix("cast the column in a `query`, or set `mixed: text`, or `on_error: null` to read such values as NULL")
                        .into());
                }
                column.append_null();
            }
            count += 1;
            taken += 1;
            if count == self.options.batch_rows || bytes >= BATCH_BYTES {
                if io.stopped() {
                    return Err(Halt::Stopped);
                }
                rows.batch(batch(&schema, &mut columns, count)?)?;
                (count, bytes) = (0, 0);
            }
        }
        if count > 0 {
            rows.batch(batch(&schema, &mut columns, count)?)?;
        }
        Ok(())
    }

    fn of_table(&self, conn: &rusqlite::Connection) -> Result<String, Diagnostic> {
        let options = &self.options;
        let found = target::column_names(conn, &options.table).map_err(|error| told(&error))?;
        if found.is_empty() {
            return Err(target::missing(conn, &options.table).path(format!("{}.table", self.at)));
        }
        let wanted: Vec<&str> = match options.columns.as_slice() {
            [] => found.iter().map(|(name, _)| name.as_str()).collect(),
            names => names.iter().map(String::as_str).collect(),
        };
        let mut names = Vec::new();
        for name in wanted {
            names.push(quoted(self.find(&found, name, "columns")?).to_string());
        }
        let mut sql = format!("SELECT {} FROM {}", names.join(", "), quoted(&options.table));
        if let Some(filter) = &options.filter {
            // On lines of its own, so that a comment in it ends with it.
            let _ = write!(sql, " WHERE (\n{filter}\n)");
        }
        for (at, (name, downwards)) in options.order.iter().enumerate() {
            let lead = if at == 0 { " ORDER BY " } else { ", " };
            let name = self.find(&found, name, "order")?;
            let _ = write!(sql, "{lead}{}{}", quoted(name), if *downwards { " DESC" } else { "" });
        }
        let limit = options.limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
        if limit >= 0 || options.offset > 0 {
            let _ = write!(sql, " LIMIT {limit} OFFSET {}", options.offset);
        }
        Ok(sql)
    }

    fn find<'a>(&self, found: &'a [(String, String)], name: &str, key: &str) -> Result<&'a str, Diagnostic> {
        if let Some((name, _)) = found.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            return Ok(name);
        }
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        let diagnostic =
            Diagnostic::error("unknown-column", format!("`{}` has no column `{name}`", self.options.table))
                .path(format!("{}.{key}", self.at));
        Err(match did_you_mean(name, names.iter().copied()) {
            Some(near) => diagnostic.fix(format!("did you mean `{near}`?")),
            None => diagnostic.fix(format!("use one of: {}", names.join(", "))),
        })
    }

    /// What each column is read as: by its declared type; where none is declared, as of an expression, by
    /// the storage classes of its values.
    fn columns(
        &self,
        conn: &rusqlite::Connection,
        sql: &str,
        statement: &rusqlite::Statement<'_>,
    ) -> Result<(Vec<ReadColumn>, SchemaRef), Diagnostic> {
        let found: Vec<(String, Kind)> =
            (statement.columns()).map(|column| (column.name().to_owned(), Kind::of(column.decl_type()))).collect();
        let mut seen = std::collections::HashSet::new();
        if let Some((twice, _)) = found.iter().find(|(name, _)| !seen.insert(name)) {
            return Err(Diagnostic::error("duplicate-column", format!("the column `{twice}` comes twice"))
                .path(self.at.clone())
                .fix("give one of them another name with AS"));
        }
        let classes = self.classes(conn, sql, &found)?;
        let (mut columns, mut fields) = (Vec::new(), Vec::new());
        for ((name, kind), classes) in found.into_iter().zip(classes) {
            let (kind, mixed) = match (kind, classes) {
                (Kind::Any, Classes { integer: true, real: false, text: false, blob: false }) => (Kind::Integer, false),
                (Kind::Any, Classes { real: true, text: false, blob: false, .. }) => (Kind::Real, false),
                (Kind::Any, Classes { integer: false, real: false, text: false, blob: true }) => (Kind::Blob, false),
                (Kind::Any, Classes { integer: false, real: false, blob: false, .. }) => (Kind::Text, false),
                (kind, classes) => (kind, self.options.mixed && !classes.fit(kind)),
            };
            fields.push(if mixed { Kind::Text.field(&name) } else { kind.field(&name) });
            columns.push(ReadColumn::new(name, kind, mixed));
        }
        Ok((columns, Arc::new(Schema::new(fields))))
    }

    /// The storage classes that each column has, where they are needed: one pass over the rows.
    fn classes(
        &self,
        conn: &rusqlite::Connection,
        sql: &str,
        found: &[(String, Kind)],
    ) -> Result<Vec<Classes>, Diagnostic> {
        if !self.options.mixed && found.iter().all(|(_, kind)| *kind != Kind::Any) {
            return Ok(vec![Classes::default(); found.len()]);
        }
        let asked: Vec<String> = (found.iter())
            .flat_map(|(name, _)| {
                ["integer", "real", "text", "blob"]
                    .map(|class| format!("coalesce(max(typeof({}) = '{class}'), 0)", quoted(name)))
            })
            .collect();
        // The statement was prepared by itself, so that it is one; a comment at its end ends with the line.
        let sql = format!("SELECT {} FROM (\n{}\n)", asked.join(", "), sql.trim().trim_end_matches(';'));
        let of_row = |row: &rusqlite::Row<'_>| -> rusqlite::Result<Vec<Classes>> {
            let has = |at: usize| row.get::<_, bool>(at);
            (0..found.len())
                .map(|at| at * 4)
                .map(|at| Ok(Classes { integer: has(at)?, real: has(at + 1)?, text: has(at + 2)?, blob: has(at + 3)? }))
                .collect()
        };
        conn.query_row(&sql, [], of_row).map_err(|error| self.in_query(&error))
    }

    fn in_query(&self, error: &rusqlite::Error) -> Diagnostic {
        let key = match (&self.options.query, &self.options.filter) {
            (Some(_), _) => "query",
            (None, Some(_)) => "where",
            (None, None) => "table",
        };
        let told = told(error);
        match told.code.as_str() {
            "sqlite-error" => told.path(format!("{}.{key}", self.at)).fix("correct it; it has to be one statement"),
            _ => told,
        }
    }
}

/// Which storage classes a column's values have.
#[derive(Clone, Copy, Debug, Default)]
struct Classes {
    integer: bool,
    real: bool,
    text: bool,
    blob: bool,
}

impl Classes {
    fn fit(self, kind: Kind) -> bool {
        let known = kind.classes();
        [(self.integer, "'integer'"), (self.real, "'real'"), (self.text, "'text'"), (self.blob, "'blob'")]
            .iter()
            .all(|(there, class)| !there || known.contains(class))
            && kind != Kind::Any
    }
}

/// About how many rows there are: a table is numbered from 1, mostly without gaps, and counting would be a
/// read of its own.
fn estimate(conn: &rusqlite::Connection, options: &ReadOptions) -> Option<u64> {
    if options.query.is_some() || options.filter.is_some() {
        return None;
    }
    let sql = format!("SELECT max(rowid) FROM {}", quoted(&options.table));
    // A view has no such numbers, nor has a table WITHOUT ROWID.
    let last: i64 = conn.query_row(&sql, [], |row| row.get(0)).ok()?;
    let rows = u64::try_from(last).ok()?.saturating_sub(options.offset);
    Some(rows.min(options.limit.unwrap_or(u64::MAX)))
}

fn batch(schema: &SchemaRef, columns: &mut [ReadColumn], count: usize) -> Result<RecordBatch, Diagnostic> {
    let arrays = columns.iter_mut().map(ReadColumn::finish).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(count));
    RecordBatch::try_new_with_options(schema.clone(), arrays, &options).map_err(|error| {
        Diagnostic::error("batch-internal", "rows of SQLite do not fit their columns").why(error.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_many_rows_there_are_is_told_without_counting() {
        let conn = rusqlite::Connection::open_in_memory().unwrap();
        conn.execute_batch(
            "CREATE TABLE t (a); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
             INSERT INTO t SELECT i FROM n; CREATE TABLE empty (a); CREATE VIEW v AS SELECT * FROM t;
             CREATE TABLE w (a INTEGER PRIMARY KEY) WITHOUT ROWID",
        )
        .unwrap();
        let options = |table: &str, filter: Option<&str>, limit, offset| ReadOptions {
            query: None,
            table: table.to_owned(),
            columns: Vec::new(),
            filter: filter.map(str::to_owned),
            order: Vec::new(),
            limit,
            offset,
            batch_rows: 1,
            mixed: false,
            null_unfit: false,
            busy: std::time::Duration::ZERO,
        };
        let of = |options: ReadOptions| estimate(&conn, &options);
        assert_eq!(of(options("t", None, None, 0)), Some(500));
        assert_eq!(of(options("t", None, Some(7), 495)), Some(5));
        assert_eq!(of(options("t", Some("a > 5"), None, 0)), None, "a filter leaves who knows how many");
        for table in ["empty", "v", "w"] {
            assert_eq!(of(options(table, None, None, 0)), None, "{table}");
        }
    }
}
