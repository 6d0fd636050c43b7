//! Looking at an SQLite file. Its schema is text that anybody may have written: it is not trusted.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Row};

use super::looked::{Limit, Looked};
use super::{Column, ColumnKind, ForeignKey, Options, RowCount, Samples, Table, value};
use crate::connect::quote::{Ident, Quote};

const TABLES: &str = "SELECT name, type FROM pragma_table_list
    WHERE schema = 'main' AND type IN ('table', 'view', 'virtual') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    ORDER BY name LIMIT ?1";
/// One table's columns; hidden ones (those of virtual tables) are left out, generated ones are not.
const COLUMNS: &str = "SELECT name, type, \"notnull\", pk FROM pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY cid";
const KEYS: &str = "SELECT l.name, i.name FROM pragma_index_list(?1) l JOIN pragma_index_info(l.name) i
    WHERE l.\"unique\" AND NOT l.partial AND l.origin <> 'pk' ORDER BY l.seq DESC, i.seqno";
const FOREIGN: &str = "SELECT id, \"table\", \"from\", \"to\" FROM pragma_foreign_key_list(?1) ORDER BY id, seq";

/// The tables. Blocks; whoever waits may interrupt it.
pub(super) fn tables(connection: &Connection, options: &Options, timeout: Duration) -> Result<Looked, String> {
    let begun = Instant::now();
    // Functions in views and in defaults of the file are not called.
    connection.pragma_update(None, "trusted_schema", false).map_err(told)?;
    connection.execute_batch("BEGIN").map_err(told)?;
    let mut limit = Limit::default();
    let found = all(connection, TABLES, Limit::TABLES, |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)));
    let found = found.map_err(told)?;
    limit.note(found.len(), Limit::TABLES);
    let mut tables = Vec::new();
    let mut columns = 0;
    for (name, kind) in found.into_iter().filter(|(name, _)| options.wants_table(name, name)) {
        let table = match table(connection, &name, kind == "view") {
            Ok(table) => table,
            // A view on what is not there any more, a virtual table of a module that is not in this program.
            Err(error) if error.sqlite_error_code() != Some(rusqlite::ErrorCode::OperationInterrupted) => Table {
                problem: Some(
                    crate::diagnostic::Diagnostic::error("table-unreadable", "the table can't be read")
                        .why(crate::connect::open::bounded(&error.to_string())),
                ),
                ..Table::named(name)
            },
            Err(error) => return Err(told(error)),
        };
        columns += table.columns.len();
        tables.push(table);
        if columns >= Limit::COLUMNS {
            limit.note(columns, Limit::COLUMNS);
            break;
        }
    }
    if options.samples != Samples::None {
        for table in tables.iter_mut().take(Limit::SAMPLED) {
            if begun.elapsed() > timeout {
                break;
            }
            table.samples = sample(connection, table, options).unwrap_or_default();
        }
    }
    connection.execute_batch("ROLLBACK").map_err(told)?;
    Ok(Looked { tables, cut: limit.reached() })
}

fn table(connection: &Connection, name: &str, view: bool) -> rusqlite::Result<Table> {
    let mut table = Table { view, ..Table::named(name) };
    let mut key = Vec::new();
    let mut statement = connection.prepare(COLUMNS)?;
    let mut rows = statement.query([name])?;
    while let Some(row) = rows.next()? {
        let (column, native): (String, String) = (row.get(0)?, row.get(1)?);
        let at: i64 = row.get(3)?;
        if at > 0 {
            key.push((at, column.clone()));
        }
        table.columns.push(Column {
            name: column,
            kind: kind(&native),
            nullable: !row.get::<_, bool>(2)? && at == 0,
            native: Some(native.chars().take(200).collect()).filter(|native: &String| !native.is_empty()),
            comment: None,
        });
    }
    key.sort();
    table.primary_key = key.into_iter().map(|(_, column)| column).collect();
    if view {
        return Ok(table);
    }
    let mut unique: Vec<(String, Option<Vec<String>>)> = Vec::new();
    let mut statement = connection.prepare(KEYS)?;
    let mut rows = statement.query([name])?;
    while let Some(row) = rows.next()? {
        let (index, column): (String, Option<String>) = (row.get(0)?, row.get(1)?);
        if unique.last().is_none_or(|(last, _)| *last != index) {
            unique.push((index, Some(Vec::new())));
        }
        // A part without a column is an expression; then the columns alone are no key.
        if let Some((_, columns)) = unique.last_mut() {
            *columns = columns.take().zip(column).map(|(mut columns, column)| {
                columns.push(column);
                columns
            });
        }
    }
    table.unique = unique.into_iter().filter_map(|(_, columns)| columns).collect();
    table.foreign_keys = foreign_keys(connection, name)?;
    table.rows = count(connection, name);
    Ok(table)
}

fn foreign_keys(connection: &Connection, name: &str) -> rusqlite::Result<Vec<ForeignKey>> {
    let mut found: Vec<(i64, ForeignKey)> = Vec::new();
    let mut statement = connection.prepare(FOREIGN)?;
    let mut rows = statement.query([name])?;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        if found.last().is_none_or(|(last, _)| *last != id) {
            found.push((id, ForeignKey { columns: Vec::new(), table: row.get(1)?, references: Vec::new() }));
        }
        if let Some((_, key)) = found.last_mut() {
            key.columns.push(row.get(2)?);
            // Without a column, the primary key is meant.
            key.references.extend(row.get::<_, Option<String>>(3)?);
        }
    }
    Ok(found.into_iter().map(|(_, key)| key).collect())
}

/// Rows are numbered from 1, so that the last number says about how many there are; counting them would
/// read the whole table.
fn count(connection: &Connection, name: &str) -> RowCount {
    let sql = format!("SELECT max(rowid) FROM main.{}", Ident(Quote::Standard, name));
    match connection.query_row(&sql, [], |row| row.get::<_, Option<i64>>(0)) {
        Ok(last) => RowCount::Estimated(u64::try_from(last.unwrap_or(0)).unwrap_or(0)),
        // Tables without row numbers, virtual tables.
        Err(_) => RowCount::Unknown,
    }
}

/// SQLite stores what it is given; a declared type says what is meant.
fn kind(native: &str) -> ColumnKind {
    let upper = native.to_uppercase();
    let word = upper.split('(').next().unwrap_or_default().trim();
    let has = |part: &str| upper.contains(part);
    match word {
        "" => ColumnKind::Other,
        "BOOL" | "BOOLEAN" => ColumnKind::Boolean,
        "DATE" => ColumnKind::Date,
        "TIME" => ColumnKind::Time,
        "DATETIME" | "TIMESTAMP" => ColumnKind::Timestamp,
        "TIMESTAMPTZ" | "TIMESTAMP WITH TIME ZONE" => ColumnKind::TimestampTz,
        "DECIMAL" | "NUMERIC" => ColumnKind::Decimal,
        "JSON" | "JSONB" => ColumnKind::Json,
        "UUID" => ColumnKind::Uuid,
        _ if has("INT") => ColumnKind::Integer,
        _ if has("CHAR") || has("CLOB") || has("TEXT") => ColumnKind::String,
        _ if has("BLOB") => ColumnKind::Binary,
        _ if has("REAL") || has("FLOA") || has("DOUB") => ColumnKind::Float,
        _ => ColumnKind::Other,
    }
}

fn sample(connection: &Connection, table: &Table, options: &Options) -> rusqlite::Result<Vec<Vec<Option<String>>>> {
    if table.columns.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = "SELECT ".to_owned();
    for (at, column) in table.columns.iter().enumerate() {
        let comma = if at > 0 { ", " } else { "" };
        let name = Ident(Quote::Standard, &column.name);
        let most = value::MAX_VALUE;
        // Writing to a String never fails.
        let _ = write!(
            sql,
            "{comma}CASE typeof({name}) WHEN 'blob' THEN '<bytes>' ELSE substr(CAST({name} AS TEXT), 1, {most}) END"
        );
    }
    let _ = write!(sql, " FROM main.{} LIMIT {}", Ident(Quote::Standard, &table.name), options.sample_rows);
    let cells = |row: &Row<'_>| {
        (0..table.columns.len())
            .map(|at| Ok(value::shown(row.get::<_, Option<String>>(at)?.as_deref(), options.samples)))
            .collect()
    };
    connection.prepare(&sql)?.query_map([], cells)?.collect()
}

fn all<T>(
    connection: &Connection,
    sql: &str,
    most: usize,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    connection.prepare(sql)?.query_map([most], read)?.collect()
}

#[allow(clippy::needless_pass_by_value, reason = "it ends an error's way")]
fn told(error: rusqlite::Error) -> String {
    error.to_string()
}
