//! Changing rows by their key: all rows go to a table of this connection only, then one statement takes
//! them over.

use mysql_async::Conn;
use mysql_async::prelude::Queryable;

use super::encode::{Target, names};
use super::quoted;
use super::table::Table;
use super::told::told;
use crate::diagnostic::Diagnostic;

/// The table in between. Only this connection sees it, so that the name can be the same each time.
pub(super) const STAGE: &str = "_pipesmith_stage";

/// Whether it is clear which row of the target is meant.
///
/// # Errors
/// The key is none of the target, or another key of the target could decide.
pub(super) fn unambiguous(target: &str, table: &Table, key: &[String], columns: &[Target]) -> Result<(), Diagnostic> {
    let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
    let named = key.join(", ");
    if let Some(missing) = key.iter().find(|name| !columns.iter().any(|column| same(&column.name, name))) {
        let message = format!("the key column `{missing}` is not among the columns that come in");
        return Err(
            Diagnostic::error("key-column-missing", message).fix("correct `primary_key`, or add the column before")
        );
    }
    let is_key = |columns: &[Option<String>]| {
        columns.len() == key.len()
            && columns.iter().all(|column| column.as_ref().is_some_and(|c| key.iter().any(|name| same(c, name))))
    };
    if !table.keys.iter().any(|unique| is_key(&unique.columns)) {
        let known: Vec<String> = (table.keys.iter())
            .map(|key| key.columns.iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", "))
            .collect();
        let known = if known.is_empty() { "it has none".to_owned() } else { format!("it has: {}", known.join("; ")) };
        return Err(Diagnostic::error("key-not-unique", format!("`{named}` is no unique key of {target}"))
            .why(format!("MySQL finds the row to change by a PRIMARY or UNIQUE key; {known}"))
            .fix(format!("ALTER TABLE … ADD UNIQUE ({named}), or correct `primary_key`")));
    }
    // A key with a column that counts itself and does not come in is never hit by what comes in.
    let counts =
        |column: &String| table.counting.contains(column) && !columns.iter().any(|written| same(&written.name, column));
    let other =
        table.keys.iter().find(|unique| !is_key(&unique.columns) && !unique.columns.iter().flatten().any(counts));
    match other {
        None => Ok(()),
        Some(other) => {
            Err(Diagnostic::error("upsert-ambiguous", format!("{target} has another unique key: {}", other.name))
                .why("MySQL would change the row that any of its keys finds, not only that of `primary_key`")
                .fix("drop the other key, or write to a table without it"))
        }
    }
}

/// Makes the table in between, with the key, so that a key that comes twice is found at once.
pub(super) async fn make_stage(
    conn: &mut Conn,
    target: &str,
    columns: &[Target],
    key: &[String],
) -> Result<(), Diagnostic> {
    let keys: Vec<String> = key.iter().map(|name| quoted(name).to_string()).collect();
    let sql = format!(
        "CREATE TEMPORARY TABLE {} (PRIMARY KEY ({})) ENGINE=InnoDB SELECT {} FROM {target} WHERE 1 = 0",
        quoted(STAGE),
        keys.join(", "),
        names(columns)
    );
    conn.query_drop(sql).await.map_err(told)
}

/// Takes all rows over; `rows` is how many there are.
///
/// # Errors
/// What the server says, warns about, or counts otherwise.
pub(super) async fn take_over(
    conn: &mut Conn,
    target: &str,
    columns: &[Target],
    key: &[String],
    rows: u64,
) -> Result<(), Diagnostic> {
    let is_key = |column: &&Target| key.iter().any(|name| name.to_lowercase() == column.name.to_lowercase());
    let mut set: Vec<String> = (columns.iter().filter(|column| !is_key(column)))
        .map(|column| format!("{0} = s.{0}", quoted(&column.name)))
        .collect();
    if set.is_empty() {
        // All are of the key: what is there stays as it is.
        set.extend(columns.iter().filter(is_key).take(1).map(|column| format!("{0} = s.{0}", quoted(&column.name))));
    }
    let from: Vec<String> = columns.iter().map(|column| format!("s.{}", quoted(&column.name))).collect();
    let sql = format!(
        "INSERT INTO {target} ({}) SELECT {} FROM {} AS s ON DUPLICATE KEY UPDATE {}",
        names(columns),
        from.join(", "),
        quoted(STAGE),
        set.join(", ")
    );
    conn.query_drop(sql).await.map_err(told)?;
    let info = conn.info().into_owned();
    let records = info.strip_prefix("Records: ").and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    if conn.get_warnings() > 0 {
        let said: Vec<(String, u16, String)> = conn.query("SHOW WARNINGS").await.map_err(told)?;
        // Which order rows are taken in does not matter here.
        if let Some((_, code, words)) = said.iter().find(|(_, code, _)| !matches!(code, 1592 | 1287 | 1681)) {
            return Err(super::told::server(*code, words));
        }
    }
    match records {
        Some(records) if records != rows => {
            let message = format!("{rows} rows were to be taken over, and the server took {records}");
            Err(Diagnostic::error("rows-mismatch", message).fix("nothing was changed; run it again"))
        }
        _ => Ok(()),
    }
}
