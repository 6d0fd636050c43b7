//! Rows by key: from a table of the session's own into the target, in one statement.

use tokio_postgres::Error;

use super::super::fault;
use super::super::session::{Session, ident};
use super::target::Table;
use crate::connect::driver::flow::{Halt, Io};
use crate::connect::driver::rejects::Rejects;
use crate::connect::quote::{Quote, list};
use crate::diagnostic::Diagnostic;

/// The table that rows are gathered in. It is the session's own and goes with the transaction.
pub(super) const STAGE: &str = "pg_temp.\"pipesmith_stage\"";
/// The column with the number of the row, where rows that fail are to be found.
const NUMBER: &str = "_pipesmith_row";

/// Keys named in a message.
const NAMED: i64 = 5;

/// Makes the table.
pub(super) fn stage(session: &Session, io: &Io, table: &Table, numbered: bool) -> Result<(), Halt> {
    let number = if numbered { format!("0::bigint AS {}, ", ident(NUMBER)) } else { String::new() };
    let sql = format!(
        "CREATE TEMP TABLE \"pipesmith_stage\" ON COMMIT DROP AS SELECT {number}{} FROM {} WITH NO DATA",
        names(table),
        table.sql
    );
    session.run(io, &sql, &format!("make a table to gather the rows of {} in", table.place))
}

/// The names of the columns for a copy into the stage.
pub(super) fn stage_names(table: &Table, numbered: bool) -> String {
    let number = if numbered { format!("{}, ", ident(NUMBER)) } else { String::new() };
    format!("{number}{}", names(table))
}

/// The names of the columns.
pub(super) fn names(table: &Table) -> String {
    list(Quote::Standard, table.pairing.plan.columns.iter().map(|column| column.to.as_str()))
}

/// Moves the rows of the stage into the target. Gives the rows that the server says it wrote.
pub(super) fn merge(session: &Session, io: &Io, table: &Table, key: &[String], rows: u64) -> Result<u64, Halt> {
    session.run(io, "SAVEPOINT pipesmith_merge", "set a savepoint")?;
    match insert(session, io, table, key, None)? {
        // With nothing to change, rows that are there are left alone and not counted.
        Ok(_) if nothing_to_change(table, key) => {
            refuse_duplicates(session, io, STAGE, &table.place, key)?;
            Ok(rows)
        }
        Ok(written) => Ok(written),
        Err(error) => {
            session.run(io, "ROLLBACK TO SAVEPOINT pipesmith_merge", "go back to a savepoint")?;
            if fault::state(&error) == Some("21000") {
                refuse_duplicates(session, io, STAGE, &table.place, key)?;
            }
            Err(fault::told(&error, &format!("write to {}", table.place)).into())
        }
    }
}

/// The same, where rows that the server refuses are kept aside. The stage has numbers.
pub(super) fn merge_all_that_fit(
    session: &Session,
    io: &Io,
    table: &Table,
    key: &[String],
    rows: (u64, u64),
    rejects: &mut Rejects,
) -> Result<u64, Halt> {
    refuse_duplicates(session, io, STAGE, &table.place, key)?;
    let mut parts = vec![(1, rows.0)];
    let mut written = 0;
    while let Some((from, to)) = parts.pop() {
        session.run(io, "SAVEPOINT pipesmith_merge", "set a savepoint")?;
        match insert(session, io, table, key, Some((from, to)))? {
            Ok(count) => {
                written += count;
                session.run(io, "RELEASE SAVEPOINT pipesmith_merge", "release a savepoint")?;
            }
            Err(error) => {
                session.run(io, "ROLLBACK TO SAVEPOINT pipesmith_merge", "go back to a savepoint")?;
                if !fault::is_of_data(&error) {
                    return Err(fault::told(&error, &format!("write to {}", table.place)).into());
                }
                if from == to {
                    rejects.keep(from, &fault::reason(&error), staged(session, io, table, from)?)?;
                } else {
                    let half = from + (to - from) / 2;
                    parts.push((half + 1, to));
                    parts.push((from, half));
                }
            }
        }
    }
    if nothing_to_change(table, key) {
        return Ok(rows.1.saturating_sub(rejects.count()));
    }
    Ok(written)
}

fn nothing_to_change(table: &Table, key: &[String]) -> bool {
    table.pairing.plan.columns.iter().all(|column| key.contains(&column.to))
}

fn insert(
    session: &Session,
    io: &Io,
    table: &Table,
    key: &[String],
    range: Option<(u64, u64)>,
) -> Result<Result<u64, Error>, Halt> {
    let names = names(table);
    let changes: Vec<String> = table
        .pairing
        .plan
        .columns
        .iter()
        .filter(|column| !key.contains(&column.to))
        .map(|column| format!("{0} = EXCLUDED.{0}", ident(&column.to)))
        .collect();
    let action =
        if changes.is_empty() { "DO NOTHING".to_owned() } else { format!("DO UPDATE SET {}", changes.join(", ")) };
    let range = range.map(|(from, to)| format!(" WHERE {} BETWEEN {from} AND {to}", ident(NUMBER))).unwrap_or_default();
    let key = list(Quote::Standard, key.iter().map(String::as_str));
    let sql = format!(
        "INSERT INTO {} ({names}) OVERRIDING SYSTEM VALUE SELECT {names} FROM {STAGE}{range} ON CONFLICT ({key}) {action}",
        table.sql
    );
    session.attempt(io, session.client.execute(&sql, &[]))
}

/// The values of a gathered row as text.
fn staged(session: &Session, io: &Io, table: &Table, number: u64) -> Result<Vec<Option<String>>, Halt> {
    let columns: Vec<String> =
        table.pairing.plan.columns.iter().map(|column| format!("{}::text", ident(&column.to))).collect();
    let sql = format!("SELECT {} FROM {STAGE} WHERE {} = {number}", columns.join(", "), ident(NUMBER));
    let row = session.wait(io, "look at a refused row", session.client.query_one(&sql, &[]))?;
    Ok((0..columns.len()).map(|at| row.get(at)).collect())
}

/// Says which keys come in more than once, if any do.
pub(super) fn refuse_duplicates(
    session: &Session,
    io: &Io,
    from: &str,
    place: &str,
    key: &[String],
) -> Result<(), Halt> {
    let names = list(Quote::Standard, key.iter().map(String::as_str));
    let texts: Vec<String> = key.iter().map(|name| format!("{}::text", ident(name))).collect();
    // A key with NULL in it is like no other.
    let given: Vec<String> = key.iter().map(|name| format!("{} IS NOT NULL", ident(name))).collect();
    let sql = format!(
        "SELECT array[{}], count(*), count(*) OVER () FROM {from} WHERE {} GROUP BY {names} HAVING count(*) > 1 \
         ORDER BY {names} LIMIT {NAMED}",
        texts.join(", "),
        given.join(" AND ")
    );
    let rows = session.wait(io, "look for keys that come in twice", session.client.query(&sql, &[]))?;
    let Some(first) = rows.first() else { return Ok(()) };
    let all: i64 = first.get(2);
    let named: Vec<String> = rows
        .iter()
        .map(|row| {
            let values: Vec<Option<String>> = row.get(0);
            let values: Vec<String> = values.into_iter().map(|value| value.unwrap_or_default()).collect();
            let shown: String = values.join(", ").chars().take(80).collect();
            format!("({}) = ({shown}): {} times", key.join(", "), row.get::<_, i64>(1))
        })
        .collect();
    let more = if all > NAMED { format!("; and {} more", all - NAMED) } else { String::new() };
    let keys = if all == 1 { "a key comes".to_owned() } else { format!("{all} keys come") };
    Err(Diagnostic::error("duplicate-keys", format!("{keys} in more than once on the way to {place}"))
        .why(format!("{}{more}; which of the rows counts is not said", named.join("; ")))
        .fix(format!(
            "keep one row of each key in a SQL step before, e.g. QUALIFY row_number() OVER (PARTITION BY {names}) = 1"
        ))
        .into())
}
