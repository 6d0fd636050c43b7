//! A table as it really is: its columns, its keys, and what it allows.

use mysql_async::Conn;
use mysql_async::prelude::Queryable;

use super::kind::Kind;
use super::told::told;
use crate::connect::driver::plan::TargetColumn;
use crate::diagnostic::{Diagnostic, did_you_mean};

/// A key that lets no two rows be alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UniqueKey {
    pub name: String,
    /// Its columns; an expression, or the beginning of a column, is none.
    pub columns: Vec<Option<String>>,
}

/// A table.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub columns: Vec<TargetColumn<Kind>>,
    pub keys: Vec<UniqueKey>,
    /// The columns that count themselves.
    pub counting: Vec<String>,
    pub engine: String,
    /// Whether what is written to it can be taken back.
    pub transactional: bool,
    /// Why another table can't take its place.
    pub bound: Option<String>,
}

/// The names and types of a table's columns; none where there is no such table.
pub(super) async fn column_names(
    conn: &mut Conn,
    schema: &str,
    table: &str,
) -> Result<Vec<(String, String)>, Diagnostic> {
    let sql = "SELECT COLUMN_NAME, DATA_TYPE FROM information_schema.COLUMNS \
               WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION";
    conn.exec(sql, (schema, table)).await.map_err(told)
}

/// What is said about a table that is not there.
pub(super) async fn missing(conn: &mut Conn, schema: &str, table: &str) -> Result<Diagnostic, Diagnostic> {
    let sql = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? LIMIT 1000";
    let names: Vec<String> = conn.exec(sql, (schema,)).await.map_err(told)?;
    let diagnostic = Diagnostic::error("table-missing", format!("there is no table `{table}` in `{schema}`"))
        .why("it does not exist, or this user may not see it");
    Ok(match did_you_mean(table, names.iter().map(String::as_str)) {
        Some(near) => diagnostic.fix(format!("did you mean `{near}`?")),
        None if names.is_empty() => diagnostic.fix("correct `table` or `schema`"),
        None => {
            let some: Vec<&str> = names.iter().take(20).map(String::as_str).collect();
            diagnostic.fix(format!("use one of: {}", some.join(", ")))
        }
    })
}

impl Table {
    /// Looks a table up; none where there is no such table.
    ///
    /// # Errors
    /// It is no table that rows can be written to; what the server says.
    pub async fn look_up(conn: &mut Conn, schema: &str, name: &str) -> Result<Option<Table>, Diagnostic> {
        let sql = "SELECT t.TABLE_TYPE, COALESCE(t.ENGINE, ''), COALESCE(e.TRANSACTIONS, 'NO') \
                   FROM information_schema.TABLES t LEFT JOIN information_schema.ENGINES e ON e.ENGINE = t.ENGINE \
                   WHERE t.TABLE_SCHEMA = ? AND t.TABLE_NAME = ?";
        let found: Option<(String, String, String)> = conn.exec_first(sql, (schema, name)).await.map_err(told)?;
        let Some((kind, engine, transactions)) = found else { return Ok(None) };
        if kind != "BASE TABLE" {
            let message = format!("`{name}` is no table but a {}", kind.to_lowercase());
            return Err(Diagnostic::error("not-a-table", message).fix("name the table behind it"));
        }
        let (columns, counting) = columns(conn, schema, name).await?;
        Ok(Some(Table {
            columns,
            counting,
            keys: keys(conn, schema, name).await?,
            transactional: transactions == "YES",
            engine,
            bound: bound(conn, schema, name).await?,
        }))
    }
}

/// Whether the server can take the bytes of all texts as they are: each column of texts is in UTF-8, and none
/// asks in what character set its value came. It then need not look for the characters, which is quicker.
pub(super) async fn takes_bytes(conn: &mut Conn, schema: &str, table: &str) -> Result<bool, Diagnostic> {
    let sql = "SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND NOT \
               (DATA_TYPE IN ('tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'decimal', 'float', 'double', 'year', \
               'bit', 'date', 'time', 'datetime', 'timestamp', 'binary', 'varbinary', 'tinyblob', 'blob', 'mediumblob', \
               'longblob') OR CHARACTER_SET_NAME <=> 'utf8mb4')";
    let others: Option<u64> = conn.exec_first(sql, (schema, table)).await.map_err(told)?;
    Ok(others == Some(0))
}

type ColumnRow = (String, String, String, String, u8, String, Option<u64>, Option<u64>, Option<u64>);

async fn columns(
    conn: &mut Conn,
    schema: &str,
    table: &str,
) -> Result<(Vec<TargetColumn<Kind>>, Vec<String>), Diagnostic> {
    let sql = "SELECT COLUMN_NAME, LOWER(DATA_TYPE), LOWER(COLUMN_TYPE), IS_NULLABLE, COLUMN_DEFAULT IS NOT NULL, \
               UPPER(EXTRA), NUMERIC_PRECISION, NUMERIC_SCALE, DATETIME_PRECISION FROM information_schema.COLUMNS \
               WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION";
    let rows: Vec<ColumnRow> = conn.exec(sql, (schema, table)).await.map_err(told)?;
    let (mut columns, mut counting) = (Vec::new(), Vec::new());
    for (name, data_type, column_type, nullable, has_default, extra, digits, scale, fraction) in rows {
        let computed = ["VIRTUAL GENERATED", "STORED GENERATED", "PERSISTENT"].iter().any(|word| extra.contains(word));
        let counts = extra.contains("AUTO_INCREMENT");
        if counts {
            counting.push(name.clone());
        }
        columns.push(TargetColumn {
            kind: Kind::of(&data_type, &column_type, digits, scale, fraction),
            name,
            shown: column_type,
            nullable: nullable == "YES",
            filled: has_default == 1 || counts || computed || extra.contains("DEFAULT_GENERATED"),
            writable: !computed,
        });
    }
    Ok((columns, counting))
}

async fn keys(conn: &mut Conn, schema: &str, table: &str) -> Result<Vec<UniqueKey>, Diagnostic> {
    let sql = "SELECT INDEX_NAME, COLUMN_NAME, SUB_PART IS NOT NULL FROM information_schema.STATISTICS \
               WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND NON_UNIQUE = 0 ORDER BY INDEX_NAME, SEQ_IN_INDEX";
    let rows: Vec<(String, Option<String>, u8)> = conn.exec(sql, (schema, table)).await.map_err(told)?;
    let mut keys: Vec<UniqueKey> = Vec::new();
    for (name, column, part) in rows {
        let column = column.filter(|_| part == 0);
        match keys.last_mut().filter(|key| key.name == name) {
            Some(key) => key.columns.push(column),
            None => keys.push(UniqueKey { name, columns: vec![column] }),
        }
    }
    Ok(keys)
}

/// Triggers and foreign keys stay with the old table when another one takes its name.
async fn bound(conn: &mut Conn, schema: &str, table: &str) -> Result<Option<String>, Diagnostic> {
    let sql =
        "SELECT COUNT(*) FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = ? AND EVENT_OBJECT_TABLE = ?";
    let triggers: Option<u64> = conn.exec_first(sql, (schema, table)).await.map_err(told)?;
    let sql = "SELECT COUNT(*) FROM information_schema.KEY_COLUMN_USAGE WHERE REFERENCED_TABLE_NAME IS NOT NULL \
               AND ((TABLE_SCHEMA = ? AND TABLE_NAME = ?) OR (REFERENCED_TABLE_SCHEMA = ? AND REFERENCED_TABLE_NAME = ?))";
    let foreign: Option<u64> = conn.exec_first(sql, (schema, table, schema, table)).await.map_err(told)?;
    Ok(match (triggers.unwrap_or(0), foreign.unwrap_or(0)) {
        (0, 0) => None,
        (0, _) => Some("it has foreign keys, or others lead to it".to_owned()),
        _ => Some("it has triggers".to_owned()),
    })
}
