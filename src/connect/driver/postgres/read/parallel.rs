//! Reading a table in ranges of its key, on several lines that see the same state of the database.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use arrow::record_batch::RecordBatch;

use super::super::session::{Session, ident, table};
use super::PostgresSource;
use super::shape::Shape;
use crate::connect::driver::flow::{Halt, Io, Rows};
use crate::diagnostic::Diagnostic;

/// Ranges for each line, so that a line that is done early finds more to do.
const RANGES: u64 = 4;

/// A batch, or how a line ended.
enum Told {
    Batch(RecordBatch),
    End(Result<u64, Halt>),
}

/// Reads all ranges. `session` has begun; the others take its snapshot.
pub(super) fn read(
    source: &PostgresSource,
    session: &Session,
    shape: &Shape,
    schema: &str,
    name: &str,
    io: &Io,
    rows: &mut dyn Rows,
) -> Result<(), Halt> {
    let key = key(session, io, schema, name)?;
    let ranges = ranges(session, io, schema, name, &key, source.options.parallel as u64 * RANGES)?;
    let doing = "share a snapshot";
    let snapshot: String =
        session.wait(io, doing, session.client.query_one("SELECT pg_export_snapshot()", &[]))?.get(0);
    let lines = source.options.parallel.min(ranges.len()).max(1);
    let next = AtomicUsize::new(0);
    let (sender, told) = mpsc::sync_channel(lines * 2);
    std::thread::scope(|scope| {
        for _ in 0..lines {
            let (sender, ranges, next, snapshot) = (sender.clone(), &ranges, &next, &snapshot);
            scope.spawn(move || {
                let end = line(source, shape, schema, snapshot, ranges, next, io, &sender);
                let _ = sender.send(Told::End(end));
            });
        }
        drop(sender);
        let mut first: Option<Halt> = None;
        let mut ended = 0;
        // Dropping the receiver at the first failure makes every other line end.
        while first.is_none() && ended < lines {
            match told.recv() {
                Ok(Told::Batch(batch)) => first = rows.batch(batch).err(),
                Ok(Told::End(Ok(_))) => ended += 1,
                Ok(Told::End(Err(halt))) => first = Some(halt),
                // A line that panicked.
                Err(_) => {
                    first = Some(Diagnostic::error("step-panicked", "a line that read ended with a fault").into())
                }
            }
        }
        drop(told);
        first.map_or(Ok(()), Err)
    })
}

#[allow(clippy::too_many_arguments, reason = "what a thread of a scope borrows")]
fn line(
    source: &PostgresSource,
    shape: &Shape,
    schema: &str,
    snapshot: &str,
    ranges: &[String],
    next: &AtomicUsize,
    io: &Io,
    sender: &mpsc::SyncSender<Told>,
) -> Result<u64, Halt> {
    let session = source.server.open(io)?;
    session.begin_reading(io, Some(snapshot))?;
    let mut rows = 0;
    while let Some(range) = ranges.get(next.fetch_add(1, Ordering::Relaxed)) {
        let sql = shape.copy(&source.options.select(schema, Some(range)));
        let mut each = |batch| sender.send(Told::Batch(batch)).map_err(|_| Halt::Stopped);
        rows += super::copy::copy(&session, io, &sql, &source.what(schema), source.decoder(shape, schema)?, &mut each)?;
    }
    Ok(rows)
}

/// The column of a primary key that is one integer.
fn key(session: &Session, io: &Io, schema: &str, name: &str) -> Result<String, Halt> {
    let sql = "SELECT a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid \
        JOIN pg_namespace n ON n.oid = c.relnamespace \
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] \
        WHERE i.indisprimary AND i.indnkeyatts = 1 AND n.nspname = $1 AND c.relname = $2 \
        AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)";
    let found = session.wait(io, "look at the table's key", session.client.query_opt(sql, &[&schema, &name]))?;
    found.map(|row| row.get(0)).ok_or_else(|| {
        Diagnostic::error("parallel-key", format!("{schema}.{name} can't be read in parallel"))
            .why("it has no primary key that is one integer column, along which it could be cut")
            .fix("leave `parallel` out")
            .into()
    })
}

/// Conditions that cut the table along its key, each row in exactly one of them.
fn ranges(session: &Session, io: &Io, schema: &str, name: &str, key: &str, count: u64) -> Result<Vec<String>, Halt> {
    let key = ident(key);
    let sql = format!("SELECT min({key})::int8, max({key})::int8 FROM {}", table(schema, name));
    let row = session.wait(io, "look at the table's key", session.client.query_one(&sql, &[]))?;
    let (Some(low), Some(high)) = (row.get::<_, Option<i64>>(0), row.get::<_, Option<i64>>(1)) else {
        return Ok(vec!["true".to_owned()]);
    };
    Ok(cut(low, high, count).into_iter().map(|(from, to)| format!("{key} BETWEEN {from} AND {to}")).collect())
}

/// `low..=high` in at most `count` parts, both ends of each included.
fn cut(low: i64, high: i64, count: u64) -> Vec<(i64, i64)> {
    let (low, high) = (i128::from(low), i128::from(high));
    let width = (high - low) / i128::from(count.max(1)) + 1;
    let mut parts = Vec::new();
    let mut from = low;
    while from <= high {
        let to = (from + width - 1).min(high);
        // Both are between two i64.
        parts.push((from as i64, to as i64));
        from = to + 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_is_in_one_range() {
        assert_eq!(cut(1, 10, 4), [(1, 3), (4, 6), (7, 9), (10, 10)]);
        assert_eq!(cut(5, 5, 4), [(5, 5)]);
        let parts = cut(i64::MIN, i64::MAX, 3);
        assert_eq!((parts.len(), parts[0].0, parts[2].1), (3, i64::MIN, i64::MAX));
        assert!(parts.windows(2).all(|pair| pair[0].1 + 1 == pair[1].0));
    }
}
