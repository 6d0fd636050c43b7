//! Rows on their way into a table: LOAD DATA LOCAL fed from memory, or INSERTs of many rows where the
//! server forbids it. Whatever the server warns about is an error; rows that it refuses are found by halving.

use std::ops::Range;

use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use futures_util::StreamExt as _;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Value};

use super::encode::{Encoder, Target, names};
use super::told;
use crate::connect::driver::rejects::Rejects;
use crate::diagnostic::Diagnostic;

/// Bytes of a packet of LOAD DATA.
const PACKET: usize = 1 << 18;
/// A statement has at most so many values to bind.
const MOST_BOUND: usize = 65_535;
/// Not about the rows: unsafe for the log, old words of SQL, another name of a character set.
const IDLE_WARNINGS: [u16; 5] = [1592, 1287, 1681, 3778, 3719];
/// Another key is there already.
const DUPLICATE: u16 = 1062;

/// Rows that are ready to go.
pub(super) struct Chunk {
    pub batch: RecordBatch,
    /// Which rows of the batch go.
    pub rows: Vec<usize>,
    /// The number of the first row of the batch in the step's input, from 1.
    pub first: u64,
    /// The rows as LOAD DATA reads them, and where each ends; nothing where rows are inserted.
    pub lines: Bytes,
    pub ends: Vec<usize>,
    /// Rows that do not go, with the reason of each.
    pub unfit: Vec<(usize, String)>,
}

impl Chunk {
    /// Where a row stands in the step's input.
    fn number(&self, at: usize) -> u64 {
        self.first + self.rows.get(at).copied().unwrap_or(0) as u64
    }

    fn bytes(&self, range: &Range<usize>) -> Bytes {
        let start = if range.start == 0 { 0 } else { self.ends[range.start - 1] };
        let end = if range.end == 0 { 0 } else { self.ends[range.end - 1] };
        self.lines.slice(start..end)
    }
}

/// Why rows did not get in.
enum Refusal {
    /// For what they are; fewer of them might.
    Rows(Diagnostic),
    /// For another reason.
    Whole(Diagnostic),
}

/// How rows get into a table.
pub(super) struct Load {
    /// Quoted.
    pub table: String,
    pub encoder: Encoder,
    /// Whether the server is to take the bytes of texts as they are, which are UTF-8.
    pub as_bytes: bool,
    /// Whether only what comes in is in it.
    pub staged: bool,
    /// Whether the server takes LOAD DATA LOCAL.
    pub local: bool,
    /// Rows of an INSERT, and its bytes.
    pub insert_rows: usize,
    pub insert_bytes: usize,
    /// Rows that are refused are kept here; without it they are an error.
    pub rejects: Option<Rejects>,
}

impl Load {
    /// Puts rows in; how many.
    ///
    /// # Errors
    /// A row is refused, and none may be, or too many are.
    pub async fn put(&mut self, conn: &mut Conn, chunk: &Chunk) -> Result<u64, Diagnostic> {
        if self.rejects.is_none() {
            return match self.range(conn, chunk, 0..chunk.rows.len()).await {
                Ok(()) => Ok(chunk.rows.len() as u64),
                Err(Refusal::Rows(why) | Refusal::Whole(why)) => Err(why),
            };
        }
        if let Some(rejects) = &mut self.rejects {
            for (row, why) in &chunk.unfit {
                rejects.add(chunk.first + *row as u64, why, &chunk.batch, *row)?;
            }
        }
        let mut put = 0;
        let mut todo = Vec::new();
        todo.push(0..chunk.rows.len());
        while let Some(range) = todo.pop().filter(|range| !range.is_empty()) {
            conn.query_drop("SAVEPOINT pipesmith").await.map_err(told::told)?;
            let (start, end) = (range.start, range.end);
            let why = match self.range(conn, chunk, range).await {
                Ok(()) => {
                    put += (end - start) as u64;
                    continue;
                }
                Err(Refusal::Whole(why)) => return Err(why),
                Err(Refusal::Rows(why)) => why,
            };
            conn.query_drop("ROLLBACK TO SAVEPOINT pipesmith").await.map_err(told::told)?;
            if end - start > 1 {
                let middle = start + (end - start) / 2;
                todo.extend([middle..end, start..middle]);
            } else if let Some(rejects) = &mut self.rejects {
                let reason = why.why.unwrap_or(why.message);
                rejects.add(chunk.number(start), &reason, &chunk.batch, chunk.rows[start])?;
            }
        }
        Ok(put)
    }

    async fn range(&self, conn: &mut Conn, chunk: &Chunk, range: Range<usize>) -> Result<(), Refusal> {
        if range.is_empty() {
            return Ok(());
        }
        if self.local { self.load(conn, chunk, range).await } else { self.insert(conn, chunk, range).await }
    }

    async fn load(&self, conn: &mut Conn, chunk: &Chunk, range: Range<usize>) -> Result<(), Refusal> {
        let bytes = chunk.bytes(&range);
        let packet = |at: usize| Ok(bytes.slice(at..bytes.len().min(at + PACKET)));
        let packets: Vec<std::io::Result<Bytes>> = (0..bytes.len()).step_by(PACKET).map(packet).collect();
        conn.set_infile_handler(async move { Ok(futures_util::stream::iter(packets).boxed()) });
        let done = conn.query_drop(self.load_statement()).await;
        self.judged(conn, chunk, range, done).await
    }

    fn load_statement(&self) -> String {
        let columns = &self.encoder.columns;
        let plain = |(at, column): (usize, &Target)| match column.is_plain() {
            true => names(std::slice::from_ref(column)),
            false => format!("@c{at}"),
        };
        let list: Vec<String> = columns.iter().enumerate().map(plain).collect();
        let set: Vec<String> = (columns.iter().enumerate().filter(|(_, column)| !column.is_plain()))
            .map(|(at, column)| {
                format!("{} = {}", names(std::slice::from_ref(column)), column.expression(&format!("@c{at}")))
            })
            .collect();
        let set = if set.is_empty() { String::new() } else { format!(" SET {}", set.join(", ")) };
        let charset = if self.as_bytes { "binary" } else { "utf8mb4" };
        format!(
            "LOAD DATA LOCAL INFILE 'rows' INTO TABLE {} CHARACTER SET {charset} \
             FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n' ({}){set}",
            self.table,
            list.join(", ")
        )
    }

    async fn insert(&self, conn: &mut Conn, chunk: &Chunk, range: Range<usize>) -> Result<(), Refusal> {
        let views = self.encoder.views(&chunk.batch);
        let most = (MOST_BOUND / self.encoder.columns.len().max(1)).clamp(1, self.insert_rows.max(1));
        let mut start = range.start;
        while start < range.end {
            let mut values = Vec::new();
            let (mut at, mut bytes) = (start, 0);
            while at < range.end && at - start < most && bytes < self.insert_bytes {
                let before = values.len();
                self.encoder
                    .values(&views, chunk.rows[at], &mut values)
                    .map_err(|unfit| Refusal::Rows(unfit_row(chunk.number(at), &unfit.column, &unfit.why)))?;
                bytes += values[before..].iter().map(size).sum::<usize>();
                at += 1;
            }
            let row: Vec<String> = self.encoder.columns.iter().map(|column| column.expression("?")).collect();
            let rows = vec![format!("({})", row.join(", ")); at - start].join(", ");
            let sql = format!("INSERT INTO {} ({}) VALUES {rows}", self.table, names(&self.encoder.columns));
            let done = conn.exec_drop(sql, mysql_async::Params::Positional(values)).await;
            self.judged(conn, chunk, start..at, done).await?;
            start = at;
        }
        Ok(())
    }

    /// What became of the rows of a statement.
    async fn judged(
        &self,
        conn: &mut Conn,
        chunk: &Chunk,
        range: Range<usize>,
        done: mysql_async::Result<()>,
    ) -> Result<(), Refusal> {
        match done {
            Ok(()) => {}
            Err(mysql_async::Error::Server(error)) if is_about_rows(error.code) => {
                return Err(Refusal::Rows(refused(chunk, &range, self.staged, error.code, &error.message)));
            }
            Err(error) => return Err(Refusal::Whole(told::told(error))),
        }
        let (count, warnings) = (conn.affected_rows(), conn.get_warnings());
        if warnings > 0 {
            let sql = "SHOW WARNINGS";
            let rows: Vec<(String, u16, String)> =
                conn.query(sql).await.map_err(|error| Refusal::Whole(told::told(error)))?;
            if let Some((_, code, words)) = rows.iter().find(|(_, code, _)| !IDLE_WARNINGS.contains(code)) {
                return Err(Refusal::Rows(refused(chunk, &range, self.staged, *code, words)));
            }
        }
        if count == range.len() as u64 {
            return Ok(());
        }
        let message = format!("{} rows were sent to {}, and the server took {count}", range.len(), self.table);
        Err(Refusal::Rows(Diagnostic::error("rows-mismatch", message).fix("see what the target does with new rows")))
    }
}

fn size(value: &Value) -> usize {
    match value {
        Value::Bytes(bytes) => bytes.len() + 9,
        _ => 1,
    }
}

/// Values, keys and constraints; not locks, rights, or the server's state.
fn is_about_rows(code: u16) -> bool {
    const CODES: [u16; 24] = [
        1048, 1062, 1136, 1216, 1217, 1261, 1262, 1263, 1264, 1265, 1292, 1364, 1366, 1369, 1406, 1411, 1451, 1452,
        1586, 1644, 3140, 3819, 4025, 1867,
    ];
    CODES.contains(&code)
}

/// A row whose value does not fit.
pub(super) fn unfit_row(row: u64, column: &str, why: &str) -> Diagnostic {
    Diagnostic::error("value-unfit", format!("row {row}, column `{column}`: {why}"))
        .why(format!("column `{column}`: {why}"))
        .fix("correct it in a SQL step before, or set `on_error` to null or quarantine")
}

/// Rows that the server does not take as they are. Its message says `at row N` of the statement.
fn refused(chunk: &Chunk, range: &Range<usize>, staged: bool, code: u16, words: &str) -> Diagnostic {
    let words = crate::secret::message(words);
    let at = words.rsplit_once("at row ").and_then(|(_, number)| number.trim().parse::<usize>().ok());
    let at = at.and_then(|n| n.checked_sub(1)).map(|n| n + range.start).filter(|at| range.contains(at));
    let first = chunk.number(range.start);
    let place = match at {
        Some(at) => format!("row {}", chunk.number(at)),
        None if range.len() == 1 => format!("row {first}"),
        None => format!("one of the rows {first} to {}", chunk.number(range.end - 1)),
    };
    let said = words.rsplit_once(" at row ").map_or(words.as_str(), |(before, _)| before);
    if code == DUPLICATE && staged {
        return Diagnostic::error("duplicate-keys", format!("{place}: its key came in an earlier row already: {said}"))
            .why(format!("{said} ({code}); which of the rows counts is not said"))
            .fix("keep one row of each key in a SQL step before");
    }
    if code == DUPLICATE {
        return Diagnostic::error("key-exists", format!("{place}: {said}"))
            .why(format!("{said} ({code})"))
            .fix("take the row out in a SQL step before; a key that is in the target already needs the mode upsert");
    }
    Diagnostic::error("rejected-row", format!("{place}: {said}"))
        .why(format!("{said} ({code}); MySQL would have changed or left out the value"))
        .fix("correct it in a SQL step before, or set `on_error: quarantine` to keep such rows aside")
}
