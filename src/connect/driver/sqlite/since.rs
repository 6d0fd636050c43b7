//! Reading only what came since the last time, and where that is kept beside what was written of it.

use std::time::Duration;

use rusqlite::OptionalExtension as _;
use rusqlite::types::ValueRef;
use serde_json::Value;

use super::options::ReadOptions;
use super::source::SqliteSource;
use super::{quoted, told};
use crate::connect::driver::cursor::{self, CursorNote, Lag, Mark, STATE, Since};
use crate::connect::driver::flow::{Halt, Io, Rows, Source};
use crate::connect::{Opened, open};
use crate::diagnostic::Diagnostic;

/// A value as SQL. A text is encoded, so that nothing in it can end it.
fn value(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        other => {
            let hex: String = cursor::text(other).bytes().map(|byte| format!("{byte:02x}")).collect();
            format!("CAST(X'{hex}' AS TEXT)")
        }
    }
}

/// Reads; says where it got to.
pub(super) fn read(source: &SqliteSource, io: &Io, since: &Since, rows: &mut dyn Rows) -> Result<Mark, Halt> {
    if source.options.limit.is_some() || source.options.offset > 0 {
        let wrong = Diagnostic::error("incremental-limit", "`limit` and `offset` do not go with `incremental`");
        return Err(wrong.why("rows that are cut off would never be read").fix("remove them").into());
    }
    let opened = io.wait(async { open(&io.root, &source.connection).await.map_err(Diagnostic::from) })?;
    let Opened::Sqlite(conn) = opened else {
        return Err(Diagnostic::error("connection-family-mismatch", "the connection is none of SQLite").into());
    };
    conn.busy_timeout(source.options.busy).map_err(|error| told(&error))?;
    let base = base(&source.options);
    // SQLite takes a name in double quotes that is no column for a text, unless the table stands before it.
    let of = if source.options.query.is_some() { "q." } else { "" };
    let name = format!("{of}{}", quoted(&since.column));
    if source.options.query.is_none() {
        let known = super::target::column_names(&conn, &source.options.table).map_err(|error| told(&error))?;
        if !known.is_empty() && !known.iter().any(|(known, _)| known.eq_ignore_ascii_case(&since.column)) {
            let message = format!("`{}` has no column `{}`", source.options.table, since.column);
            let names: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
            let wrong =
                Diagnostic::error("unknown-column", message).path(format!("steps[{}].incremental.cursor", io.step));
            return Err(wrong.fix(format!("use one of: {}", names.join(", "))).into());
        }
    }
    let from = since.from.as_ref().map(value);
    let sign = if since.inclusive { ">=" } else { ">" };
    let newer = from.as_ref().map(|from| format!("{name} {sign} {from}"));
    let newest = newer.as_ref().map(|newer| format!(" WHERE {newer}")).unwrap_or_default();
    let sql = format!("SELECT max({name}) FROM {base}{newest}");
    let to = conn.query_row(&sql, [], |row| {
        Ok(match row.get_ref(0)? {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(number) => Ok(Some(Value::from(number))),
            ValueRef::Real(number) => serde_json::Number::from_f64(number).map(|n| Some(Value::Number(n))).ok_or("inf"),
            ValueRef::Text(text) => std::str::from_utf8(text).map(|text| Some(Value::from(text))).map_err(|_| "text"),
            ValueRef::Blob(_) => Err("blob"),
        })
    });
    let to = to.map_err(|error| told(&error))?.map_err(|kind| cursor::unfit(&since.column, kind))?;
    let sql = format!("SELECT count(*) FROM {base} WHERE {name} IS NULL");
    let nulls: i64 = conn.query_row(&sql, [], |row| row.get(0)).map_err(|error| told(&error))?;
    drop(conn);

    let lower = match (&since.from, since.lag) {
        (Some(from), Some(lag)) => {
            let earlier = earlier(from, lag).ok_or_else(|| cursor::unfit_lag(&since.column, &from.to_string()))?;
            Some(format!("{name} >= {}", value(&earlier)))
        }
        _ => newer,
    };
    let condition = since.condition(&name, lower, from.as_deref(), to.as_ref().map(value));
    let mut options = source.options.clone();
    cursor::narrow(&mut options.query, &mut options.filter, &condition);
    let narrowed = SqliteSource {
        connection: source.connection.clone(),
        options,
        at: source.at.clone(),
        root: source.root.clone(),
    };
    narrowed.read(io, rows)?;
    Ok(Mark { to, nulls: u64::try_from(nulls).unwrap_or(0) })
}

fn base(options: &ReadOptions) -> String {
    match (&options.query, &options.filter) {
        (Some(query), _) => format!("(\n{}\n) AS q", cursor::bare(query)),
        (None, Some(filter)) => format!("(SELECT * FROM {} WHERE (\n{filter}\n))", quoted(&options.table)),
        (None, None) => quoted(&options.table).to_string(),
    }
}

/// A value before another, in the same form.
fn earlier(from: &Value, lag: Lag) -> Option<Value> {
    match (from, lag) {
        (Value::Number(number), Lag::Number(lag)) => match number.as_i64() {
            Some(number) => {
                Some(Value::from(i128::from(number).saturating_sub(lag.into()).max(i64::MIN.into()) as i64))
            }
            None => Some(Value::from(number.as_f64()? - lag as f64)),
        },
        (Value::String(text), Lag::Time(time)) => earlier_time(text, time).map(Value::from),
        _ => None,
    }
}

/// A time as text, that much earlier: `2026-01-31`, `2026-01-31 10:00:00.25`, with `T`, with `Z` at its end.
fn earlier_time(text: &str, time: Duration) -> Option<String> {
    let (body, zone) = text.strip_suffix('Z').map_or((text, ""), |body| (body, "Z"));
    let back = jiff::Span::new().try_seconds(i64::try_from(time.as_secs()).ok()?).ok()?;
    if let Some((date, clock)) = body.split_once(['T', ' ']) {
        let digits = clock.split_once('.').map_or(0, |(_, digits)| digits.len()).min(9);
        let between = if body.contains('T') { 'T' } else { ' ' };
        let at: jiff::civil::DateTime = format!("{date}T{clock}").parse().ok()?;
        let at = at.checked_sub(back).ok()?;
        let clock = format!("{:.digits$}", at.time());
        let clock = if clock.len() > 5 && !body.contains(':') { clock.get(..5)?.to_owned() } else { clock };
        return Some(format!("{}{between}{clock}{zone}", at.date()));
    }
    let day: jiff::civil::Date = body.parse().ok()?;
    Some(format!("{}{zone}", day.at(0, 0, 0, 0).checked_sub(back).ok()?.date()))
}

const CREATE: &str = "CREATE TABLE IF NOT EXISTS _pipesmith_state (pipeline TEXT NOT NULL, step TEXT NOT NULL, \
    cursor_column TEXT NOT NULL, value TEXT NOT NULL, run_id TEXT NOT NULL, \
    changed_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (pipeline, step))";

/// Where a read got to.
pub(super) fn recall(conn: &rusqlite::Connection, io: &Io, reader: &str) -> Result<Option<Value>, Diagnostic> {
    let there = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?1";
    let there: i64 = conn.query_row(there, [STATE], |row| row.get(0)).map_err(|error| told(&error))?;
    if there == 0 {
        return Ok(None);
    }
    let sql = "SELECT value FROM _pipesmith_state WHERE pipeline = ?1 AND step = ?2";
    let found: Option<String> =
        conn.query_row(sql, (&io.pipeline, reader), |row| row.get(0)).optional().map_err(|error| told(&error))?;
    Ok(found.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Notes where a read got to, within the step's transaction.
pub(super) fn note(conn: &rusqlite::Connection, io: &Io, note: &CursorNote, place: &str) -> Result<(), Diagnostic> {
    conn.execute_batch(CREATE).map_err(|error| told(&error))?;
    let sql = "INSERT INTO _pipesmith_state (pipeline, step, cursor_column, value, run_id) VALUES (?1, ?2, ?3, ?4, ?5) \
        ON CONFLICT (pipeline, step) DO UPDATE SET cursor_column = excluded.cursor_column, value = excluded.value, \
        run_id = excluded.run_id, changed_at = CURRENT_TIMESTAMP WHERE value IS ?6";
    let before = note.before.as_ref().map(Value::to_string);
    let values = (&io.pipeline, &note.reader, &note.column, note.value.to_string(), &io.run, before);
    let changed = conn.execute(sql, values).map_err(|error| told(&error))?;
    if changed == 1 { Ok(()) } else { Err(cursor::moved(note, place)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_go_back_in_their_own_form() {
        let hour = Duration::from_secs(3600);
        for (text, expected) in [
            ("2026-01-01 00:30:00", "2025-12-31 23:30:00"),
            ("2026-01-01T00:30:00.250Z", "2025-12-31T23:30:00.250Z"),
            ("2026-01-02", "2026-01-01"),
        ] {
            assert_eq!(earlier_time(text, hour).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(earlier_time("soon", hour), None);
        assert_eq!(earlier(&Value::from(5), Lag::Number(7)), Some(Value::from(-2)));
        assert_eq!(earlier(&Value::from(5), Lag::Time(hour)), None);
        assert_eq!(value(&Value::from("a'b")), "CAST(X'612762' AS TEXT)");
    }
}
