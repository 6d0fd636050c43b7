//! Looking at MySQL and MariaDB: the information schema, in four queries however many tables there are.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Params, Row, TxOpts};

use super::looked::{Limit, Looked};
use super::{Column, ColumnKind, ForeignKey, Options, RowCount, Samples, Table, value};
use crate::connect::quote::{Ident, Quote};

// The names of the information schema's columns come back in capitals or not, by version; places do not
// change. CONVERT makes texts of what some versions send as bytes.
const TABLES: &str = "
    SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, CONVERT(TABLE_ROWS, CHAR), CONVERT(DATA_LENGTH, CHAR), TABLE_COMMENT
    FROM information_schema.TABLES
    WHERE TABLE_SCHEMA = ? AND TABLE_TYPE IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED')
    ORDER BY TABLE_NAME LIMIT 10000";

const COLUMNS: &str = "
    SELECT TABLE_NAME, COLUMN_NAME, CONVERT(COLUMN_TYPE, CHAR), CONVERT(DATA_TYPE, CHAR), IS_NULLABLE, COLUMN_COMMENT
    FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME, ORDINAL_POSITION LIMIT 400000";

const KEYS: &str = "
    SELECT TABLE_NAME, INDEX_NAME, COLUMN_NAME
    FROM information_schema.STATISTICS
    WHERE TABLE_SCHEMA = ? AND NON_UNIQUE = 0 ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX LIMIT 200000";

const FOREIGN: &str = "
    SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME,
      REFERENCED_COLUMN_NAME
    FROM information_schema.KEY_COLUMN_USAGE
    WHERE TABLE_SCHEMA = ? AND REFERENCED_TABLE_NAME IS NOT NULL
    ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION LIMIT 200000";

/// The tables, read-only, each query within `timeout`.
pub(super) async fn tables(connection: &mut Conn, options: &Options, timeout: Duration) -> Result<Looked, String> {
    let version: Option<String> = connection.query_first("SELECT VERSION()").await.map_err(told)?;
    let mariadb = version.is_some_and(|version| version.contains("MariaDB"));
    connection.query_drop(limit_time(mariadb, timeout)).await.map_err(told)?;
    let usual: Option<Option<String>> = connection.query_first("SELECT DATABASE()").await.map_err(told)?;
    let usual = usual.flatten().unwrap_or_default();
    let schemas = if options.schemas.is_empty() { vec![usual.clone()] } else { options.schemas.clone() };
    let mut read_only = TxOpts::new();
    read_only.with_readonly(true);
    let mut transaction = connection.start_transaction(read_only).await.map_err(told)?;
    let (mut tables, mut limit) = (Vec::new(), Limit::default());
    for schema in &schemas {
        let found = of_schema(&mut transaction, schema, &usual, options, &mut limit).await?;
        tables.extend(found);
    }
    if options.samples != Samples::None {
        let set = limit_time(mariadb, timeout.min(Limit::ONE_SAMPLE));
        transaction.query_drop(set).await.map_err(told)?;
        let begun = Instant::now();
        for table in tables.iter_mut().take(Limit::SAMPLED) {
            if begun.elapsed() > timeout {
                break;
            }
            sample(&mut transaction, table, options).await;
        }
    }
    transaction.rollback().await.map_err(told)?;
    Ok(Looked { tables, cut: limit.reached() })
}

/// MariaDB counts seconds, MySQL milliseconds.
fn limit_time(mariadb: bool, timeout: Duration) -> String {
    if mariadb {
        format!("SET SESSION max_statement_time = {}", timeout.as_secs_f64())
    } else {
        format!("SET SESSION max_execution_time = {}", timeout.as_millis())
    }
}

async fn of_schema(
    connection: &mut impl Queryable,
    schema: &str,
    usual: &str,
    options: &Options,
    limit: &mut Limit,
) -> Result<Vec<Table>, String> {
    let path = |schema: &str, table: &str| {
        if schema == usual { table.to_owned() } else { format!("{schema}.{table}") }
    };
    let mut tables = Vec::new();
    let found = rows(connection, TABLES, schema, Limit::TABLES, limit).await?;
    for row in &found {
        let name = text(row, 1).unwrap_or_default();
        let path = path(schema, &name);
        if !options.wants_table(&name, &path) {
            continue;
        }
        let view = text(row, 2).is_some_and(|kind| kind == "VIEW");
        let count = text(row, 3).and_then(|rows| rows.parse().ok()).map_or(RowCount::Unknown, RowCount::Estimated);
        let comment = text(row, 5).filter(|comment| !(view && comment == "VIEW"));
        tables.push(Table {
            path,
            view,
            schema: Some(schema.to_owned()),
            rows: if view { RowCount::Unknown } else { count },
            bytes: text(row, 4).and_then(|bytes| bytes.parse().ok()).unwrap_or(0),
            comment: comment.as_deref().and_then(value::comment),
            ..Table::named(name)
        });
    }
    let places: HashMap<String, usize> = tables.iter().enumerate().map(|(at, t)| (t.name.clone(), at)).collect();
    let place = |row: &Row| text(row, 0).and_then(|name| places.get(&name).copied());
    for row in &rows(connection, COLUMNS, schema, Limit::COLUMNS, limit).await? {
        let Some(at) = place(row) else { continue };
        let native = text(row, 2).unwrap_or_default();
        tables[at].columns.push(Column {
            name: text(row, 1).unwrap_or_default(),
            kind: kind(&text(row, 3).unwrap_or_default(), &native),
            nullable: text(row, 4).is_some_and(|word| word == "YES"),
            native: Some(native.chars().take(200).collect()),
            comment: text(row, 5).as_deref().and_then(value::comment),
        });
    }
    let mut keys: BTreeMap<(usize, String), Option<Vec<String>>> = BTreeMap::new();
    for row in &rows(connection, KEYS, schema, Limit::KEYS, limit).await? {
        let Some(at) = place(row) else { continue };
        let key = keys.entry((at, text(row, 1).unwrap_or_default())).or_insert_with(|| Some(Vec::new()));
        // A part without a column is an expression; then the columns alone are no key.
        match (text(row, 2), key.as_mut()) {
            (Some(column), Some(columns)) => columns.push(column),
            _ => *key = None,
        }
    }
    for ((at, name), columns) in keys {
        let Some(columns) = columns else { continue };
        if name == "PRIMARY" {
            tables[at].primary_key = columns;
        } else {
            tables[at].unique.push(columns);
        }
    }
    let mut foreign: BTreeMap<(usize, String), ForeignKey> = BTreeMap::new();
    for row in &rows(connection, FOREIGN, schema, Limit::KEYS, limit).await? {
        let Some(at) = place(row) else { continue };
        let there = path(&text(row, 3).unwrap_or_default(), &text(row, 4).unwrap_or_default());
        let new = || ForeignKey { columns: Vec::new(), table: there, references: Vec::new() };
        let key = foreign.entry((at, text(row, 1).unwrap_or_default())).or_insert_with(new);
        key.columns.extend(text(row, 2));
        key.references.extend(text(row, 5));
    }
    for ((at, _), key) in foreign {
        tables[at].foreign_keys.push(key);
    }
    Ok(tables)
}

fn kind(data: &str, native: &str) -> ColumnKind {
    let unsigned = native.contains("unsigned");
    match data.to_lowercase().as_str() {
        // How MySQL writes a boolean.
        "tinyint" if native.starts_with("tinyint(1)") => ColumnKind::Boolean,
        "bit" if native == "bit(1)" => ColumnKind::Boolean,
        // More than 64 bits with a sign can hold.
        "bigint" if unsigned => ColumnKind::Decimal,
        "tinyint" | "smallint" | "mediumint" | "int" | "integer" | "bigint" | "year" => ColumnKind::Integer,
        "decimal" | "numeric" => ColumnKind::Decimal,
        "float" | "double" | "real" => ColumnKind::Float,
        "date" => ColumnKind::Date,
        "time" => ColumnKind::Time,
        "datetime" | "timestamp" => ColumnKind::Timestamp,
        "json" => ColumnKind::Json,
        "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" | "bit" => ColumnKind::Binary,
        "uuid" => ColumnKind::Uuid,
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "enum" | "set" | "inet4" | "inet6" => {
            ColumnKind::String
        }
        _ => ColumnKind::Other,
    }
}

/// A table that can't be read has no samples; the rest goes on.
async fn sample(connection: &mut impl Queryable, table: &mut Table, options: &Options) {
    if table.columns.is_empty() {
        return;
    }
    let mut sql = "SELECT ".to_owned();
    for (at, column) in table.columns.iter().enumerate() {
        let comma = if at > 0 { ", " } else { "" };
        let name = Ident(Quote::Mysql, &column.name);
        // Writing to a String never fails.
        let _ = match column.kind {
            ColumnKind::Binary | ColumnKind::Other => write!(sql, "{comma}IF({name} IS NULL, NULL, '<bytes>')"),
            ColumnKind::Boolean => write!(sql, "{comma}CONVERT({name} + 0, CHAR)"),
            _ => write!(sql, "{comma}LEFT(CONVERT({name}, CHAR), {})", value::MAX_VALUE),
        };
    }
    let schema = Ident(Quote::Mysql, table.schema.as_deref().unwrap_or_default()).to_string();
    let _ = write!(sql, " FROM {schema}.{} LIMIT {}", Ident(Quote::Mysql, &table.name), options.sample_rows);
    let Ok(rows) = connection.query::<Row, _>(sql).await else { return };
    let cells = |row: &Row| (0..row.len()).map(|at| value::shown(text(row, at).as_deref(), options.samples)).collect();
    table.samples = rows.iter().map(cells).collect();
}

async fn rows(
    connection: &mut impl Queryable,
    sql: &str,
    schema: &str,
    most: usize,
    limit: &mut Limit,
) -> Result<Vec<Row>, String> {
    let parameters = Params::Positional(vec![schema.into()]);
    let mut found = connection.exec_iter(sql, parameters).await.map_err(told)?;
    let mut rows = Vec::new();
    while let Some(row) = found.next().await.map_err(told)? {
        if rows.len() == most {
            return Err("the server sends more than it was asked for".to_owned());
        }
        rows.push(row);
    }
    limit.note(rows.len(), most);
    Ok(rows)
}

/// A text, or bytes that are one.
fn text(row: &Row, at: usize) -> Option<String> {
    match row.as_ref(at)? {
        mysql_async::Value::NULL => None,
        mysql_async::Value::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        mysql_async::Value::Int(number) => Some(number.to_string()),
        mysql_async::Value::UInt(number) => Some(number.to_string()),
        _ => None,
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it ends an error's way")]
fn told(error: mysql_async::Error) -> String {
    match error {
        mysql_async::Error::Server(told) => format!("{} ({})", told.message, told.code),
        mysql_async::Error::Io(error) => error.to_string(),
        // What else the driver says may hold bytes of the line.
        _ => "the driver and the server do not understand each other".to_owned(),
    }
}
