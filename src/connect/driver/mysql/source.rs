//! Reading a table or the result of a query.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use mysql_async::consts::ColumnType;
use mysql_async::prelude::{Protocol, Queryable};
use mysql_async::{Column, QueryResult, Value};

use super::decode::{self, ReadColumn};
use super::options::ReadOptions;
use super::quoted;
use super::session::{Session, kill};
use super::told::told;
use crate::connect::Connection;
use crate::connect::driver::dataset::Dataset;
use crate::connect::driver::flow::{Counted, Halt, Io, Rows, Source};
use crate::diagnostic::{Diagnostic, did_you_mean};

/// A batch is handed on when its values have so many bytes.
const BATCH_BYTES: usize = 4 << 20;

/// A step that reads.
pub(super) struct MysqlSource {
    pub connection: Connection,
    /// The workspace.
    pub root: PathBuf,
    pub options: ReadOptions,
    /// The path of its configuration.
    pub at: String,
}

impl Source for MysqlSource {
    fn dataset(&self) -> Option<Dataset> {
        let table = (self.options.query.is_none()).then_some(self.options.table.as_str())?;
        Dataset::table(&self.root, &self.connection, self.options.schema.as_deref(), table)
    }

    fn read(&self, io: &Io, rows: &mut dyn Rows) -> Result<(), Halt> {
        let mut session = Session::open(io, &self.connection)?;
        let id = session.server.id;
        match self.stream(io, &mut session, rows) {
            Ok(true) => {
                session.close(io);
                Ok(())
            }
            // Whoever asked has enough, or the run stops: the server need not go on.
            Ok(false) => {
                kill(io, &self.connection, id, true);
                Ok(())
            }
            Err(halt) => {
                kill(io, &self.connection, id, true);
                Err(halt)
            }
        }
    }
}

impl MysqlSource {
    /// Whether the server has nothing more to say.
    fn stream(&self, io: &Io, session: &mut Session, rows: &mut dyn Rows) -> Result<bool, Halt> {
        session.run(io, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")?;
        session.run(io, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")?;
        let sql = match &self.options.query {
            Some(query) => query.clone(),
            None => self.of_table(io, session)?,
        };
        if self.options.echo {
            tracing::info!(step = io.step, %sql, "sent to MySQL");
        }
        // Only one statement can be prepared, so that a second one behind a semicolon is refused here.
        let prepared = io.wait(async { session.conn.prep(sql.as_str()).await.map_err(told) });
        let prepared = prepared.map_err(|halt| self.in_query(halt))?;
        let (columns, schema) = self.columns(&prepared.columns())?;
        let whole = self.estimate(io, session)?;
        let rows = &mut Counted::new(rows, whole);
        rows.columns(schema.clone())?;
        let mut reading = Reader { source: self, io, columns, schema, read: 0, skip: 0, left: u64::MAX };
        if self.options.query.is_some() {
            reading.skip = self.options.offset;
            reading.left = self.options.limit.unwrap_or(u64::MAX);
        }
        let rounded = prepared.columns().iter().any(|c| c.column_type() == ColumnType::MYSQL_TYPE_FLOAT);
        let all = if rounded {
            let result = io.wait(async { session.conn.exec_iter(&prepared, ()).await.map_err(told) })?;
            reading.all(result, rows)?
        } else {
            let result = io.wait(async { session.conn.query_iter(sql.as_str()).await.map_err(told) })?;
            reading.all(result, rows)?
        };
        let read = reading.read;
        if all {
            self.reconcile(io, session, read)?;
            session.run(io, "COMMIT")?;
        }
        Ok(all)
    }

    /// Rows of the whole table, as the server estimates them.
    fn estimate(&self, io: &Io, session: &mut Session) -> Result<Option<u64>, Halt> {
        let options = &self.options;
        if options.query.is_some() || options.filter.is_some() {
            return Ok(None);
        }
        let schema = options.schema.clone().unwrap_or_else(|| session.server.database.clone());
        let sql = "SELECT TABLE_ROWS FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?";
        let asked = session.conn.exec_first::<Option<u64>, _, _>(sql, (schema, &options.table));
        let rows = io.wait(async { asked.await.map_err(told) })?.flatten();
        Ok(rows.map(|rows| rows.min(options.limit.unwrap_or(u64::MAX))))
    }

    /// Whether as many rows came as the server sent.
    fn reconcile(&self, io: &Io, session: &mut Session, read: u64) -> Result<(), Halt> {
        // With an offset, servers count differently.
        if self.options.query.is_none() && self.options.offset > 0 {
            return Ok(());
        }
        let sent = io.wait(async { session.conn.query_first::<u64, _>("SELECT FOUND_ROWS()").await.map_err(told) })?;
        match sent {
            Some(sent) if sent != read => {
                Err(Diagnostic::error("rows-mismatch", format!("{read} rows came, and the MySQL server sent {sent}"))
                    .fix("run it again; rows were lost on the way")
                    .into())
            }
            _ => Ok(()),
        }
    }

    /// The SELECT of a table. Columns are looked up: the names of the server are used, not those of the
    /// document.
    fn of_table(&self, io: &Io, session: &mut Session) -> Result<String, Halt> {
        let options = &self.options;
        let schema = options.schema.clone().unwrap_or_else(|| session.server.database.clone());
        let found = io.wait(super::table::column_names(&mut session.conn, &schema, &options.table))?;
        if found.is_empty() {
            return Err(io.wait(super::table::missing(&mut session.conn, &schema, &options.table))?.into());
        }
        let wanted: Vec<&str> = match options.columns.as_slice() {
            [] => found.iter().map(|(name, _)| name.as_str()).collect(),
            names => names.iter().map(String::as_str).collect(),
        };
        let mut sql = "SELECT ".to_owned();
        for (at, name) in wanted.iter().enumerate() {
            let (name, kind) = self.find(&found, name, "columns")?;
            let comma = if at > 0 { ", " } else { "" };
            // The text of a float is rounded to six digits; that of a double is exact.
            let exact = if kind == "float" { " + 0e0" } else { "" };
            let _ = match exact {
                "" => write!(sql, "{comma}{}", quoted(name)),
                _ => write!(sql, "{comma}({}{exact}) AS {}", quoted(name), quoted(name)),
            };
        }
        let _ = write!(sql, " FROM {}.{}", quoted(&schema), quoted(&options.table));
        if let Some(filter) = &options.filter {
            // On lines of its own, so that a comment in it ends with it.
            let _ = write!(sql, " WHERE (\n{filter}\n)");
        }
        for (at, (name, downwards)) in options.order.iter().enumerate() {
            let (name, _) = self.find(&found, name, "order")?;
            let lead = if at == 0 { " ORDER BY " } else { ", " };
            let _ = write!(sql, "{lead}{}{}", quoted(name), if *downwards { " DESC" } else { "" });
        }
        match (options.limit, options.offset) {
            (None, 0) => {}
            (limit, offset) => {
                let _ = write!(sql, " LIMIT {} OFFSET {offset}", limit.unwrap_or(u64::MAX));
            }
        }
        Ok(sql)
    }

    fn find<'a>(&self, found: &'a [(String, String)], name: &str, key: &str) -> Result<(&'a str, &'a str), Halt> {
        let exact = found.iter().find(|(known, _)| known == name);
        // MySQL does not tell cases apart either.
        let found_one = exact.or_else(|| found.iter().find(|(known, _)| known.to_lowercase() == name.to_lowercase()));
        if let Some((name, kind)) = found_one {
            return Ok((name, kind));
        }
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        let diagnostic =
            Diagnostic::error("unknown-column", format!("`{}` has no column `{name}`", self.options.table))
                .path(format!("{}.{key}", self.at));
        Err(match did_you_mean(name, names.iter().copied()) {
            Some(near) => diagnostic.fix(format!("did you mean `{near}`?")),
            None => diagnostic.fix(format!("use one of: {}", names.join(", "))),
        }
        .into())
    }

    fn columns(&self, found: &[Column]) -> Result<(Vec<ReadColumn>, SchemaRef), Diagnostic> {
        let mut wrong = Vec::new();
        let mut seen = std::collections::HashSet::new();
        let (mut columns, mut fields) = (Vec::new(), Vec::new());
        for column in found {
            let name = column.name_str().into_owned();
            if !seen.insert(name.clone()) {
                wrong.push(format!("`{name}` comes twice; give one of them another name with AS"));
            }
            match decode::reading(column, self.options.booleans) {
                Ok(reading) => {
                    fields.push(decode::field(&name, reading));
                    columns.push(ReadColumn::new(name, reading, self.options.zero_dates));
                }
                Err(why) => wrong.push(format!("`{name}`: {why}")),
            }
        }
        if found.is_empty() {
            wrong.push("the statement has no columns: it is no SELECT".to_owned());
        }
        if wrong.is_empty() {
            return Ok((columns, Arc::new(Schema::new(fields))));
        }
        Err(Diagnostic::error("column-type", "columns of this step can't be read")
            .path(self.at.clone())
            .why(wrong.join("; "))
            .fix("leave them out with `columns`, or cast them in a `query`"))
    }

    /// An error of a query belongs to the place where it is written.
    fn in_query(&self, halt: Halt) -> Halt {
        match halt {
            Halt::Wrong(diagnostic) if diagnostic.code == "mysql-error" => {
                let key = match (&self.options.query, &self.options.filter) {
                    (Some(_), _) => "query",
                    (None, Some(_)) => "where",
                    (None, None) => "table",
                };
                diagnostic.path(format!("{}.{key}", self.at)).fix("correct it; it has to be one statement").into()
            }
            other => other,
        }
    }
}

/// Rows on their way.
struct Reader<'a> {
    source: &'a MysqlSource,
    io: &'a Io,
    columns: Vec<ReadColumn>,
    schema: SchemaRef,
    /// Rows that came.
    read: u64,
    /// Rows to leave out first, and then to take at most.
    skip: u64,
    left: u64,
}

impl Reader<'_> {
    /// Hands all rows on; false when rows are left that nobody wants.
    fn all<P: Protocol>(&mut self, mut result: QueryResult<'_, 'static, P>, rows: &mut dyn Rows) -> Result<bool, Halt> {
        loop {
            if self.left == 0 {
                return Ok(false);
            }
            let io = self.io;
            let (count, more) = io.wait(self.fill(&mut result))?;
            if count > 0 {
                let arrays = self.columns.iter_mut().map(ReadColumn::finish).collect();
                let options = RecordBatchOptions::new().with_row_count(Some(count));
                let batch = RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options);
                rows.batch(batch.map_err(|error| {
                    Diagnostic::error("batch-internal", "rows of MySQL do not fit their columns").why(error.to_string())
                })?)?;
            }
            if !more {
                return Ok(true);
            }
        }
    }

    /// Takes a batch in: its rows, and whether more may come.
    async fn fill<P: Protocol>(
        &mut self,
        result: &mut QueryResult<'_, 'static, P>,
    ) -> Result<(usize, bool), Diagnostic> {
        let (mut count, mut bytes) = (0, 0);
        while count < self.source.options.batch_rows && bytes < BATCH_BYTES && self.left > 0 {
            let Some(row) = result.next().await.map_err(told)? else { return Ok((count, false)) };
            self.read += 1;
            if self.skip > 0 {
                self.skip -= 1;
                continue;
            }
            self.left -= 1;
            for (at, column) in self.columns.iter_mut().enumerate() {
                let value = row.as_ref(at).unwrap_or(&Value::NULL);
                if let Value::Bytes(text) = value {
                    bytes += text.len();
                }
                let Err(why) = column.append(value) else { continue };
                if !self.source.options.null_unfit {
                    let message = format!("row {}, column `{}`: {why}", self.read, column.name);
                    return Err(Diagnostic::error("value-unfit", message)
                        .fix("cast the column in a `query`, or set `on_error: null` to read such values as NULL"));
                }
                column.append_null();
            }
            count += 1;
        }
        Ok((count, true))
    }
}
