//! A table of an SQLite file as it really is.

use rusqlite::Connection;

use super::kind::Kind;
use super::told;
use crate::connect::driver::plan::TargetColumn;
use crate::diagnostic::{Diagnostic, did_you_mean};

/// A table.
pub(super) struct Table {
    pub columns: Vec<TargetColumn<Kind>>,
    /// The columns of each key that lets no two rows be alike.
    pub keys: Vec<Vec<String>>,
    /// Columns of the primary key. They take no NULL.
    pub primary: Vec<String>,
}

/// The names and declared types of a table's or a view's columns; none where there is none.
pub(super) fn column_names(conn: &Connection, table: &str) -> rusqlite::Result<Vec<(String, String)>> {
    let mut found = conn.prepare("SELECT name, type FROM pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY cid")?;
    found.query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// What is said about a table that is not there.
pub(super) fn missing(conn: &Connection, table: &str) -> Diagnostic {
    let names = || -> rusqlite::Result<Vec<String>> {
        let mut found = conn.prepare("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY name")?;
        found.query_map([], |row| row.get(0))?.collect()
    };
    let names = names().unwrap_or_default();
    let diagnostic = Diagnostic::error("table-missing", format!("there is no table `{table}`"));
    match did_you_mean(table, names.iter().map(String::as_str)) {
        Some(near) => diagnostic.fix(format!("did you mean `{near}`?")),
        None if names.is_empty() => diagnostic.why("the file has no tables").fix("correct `path` or `table`"),
        None => {
            let some: Vec<&str> = names.iter().take(20).map(String::as_str).collect();
            diagnostic.fix(format!("use one of: {}", some.join(", ")))
        }
    }
}

impl Table {
    /// Looks a table up; none where there is no such table.
    ///
    /// # Errors
    /// It is a view; what SQLite says.
    pub fn look_up(conn: &Connection, name: &str) -> Result<Option<Table>, Diagnostic> {
        let wrong = |error| told(&error);
        let kind = "SELECT type FROM sqlite_schema WHERE name = ?1 COLLATE NOCASE AND type IN ('table', 'view')";
        let mut kind = conn.prepare(kind).map_err(wrong)?;
        match kind.query_map([name], |row| row.get::<_, String>(0)).map_err(wrong)?.next().transpose().map_err(wrong)? {
            None => return Ok(None),
            Some(kind) if kind == "view" => {
                let message = format!("`{name}` is no table but a view");
                return Err(Diagnostic::error("not-a-table", message).fix("name the table behind it"));
            }
            Some(_) => {}
        }
        let (columns, primary) = columns(conn, name).map_err(wrong)?;
        let mut keys = keys(conn, name).map_err(wrong)?;
        if !primary.is_empty() {
            keys.push(primary.clone());
        }
        Ok(Some(Table { columns, keys, primary }))
    }
}

fn columns(conn: &Connection, name: &str) -> rusqlite::Result<(Vec<TargetColumn<Kind>>, Vec<String>)> {
    let sql = "SELECT name, type, \"notnull\", dflt_value IS NOT NULL, pk, hidden FROM pragma_table_xinfo(?1) \
               WHERE hidden <> 1 ORDER BY cid";
    let mut found = conn.prepare(sql)?;
    let mut rows = found.query([name])?;
    let (mut columns, mut primary) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let (name, shown): (String, String) = (row.get(0)?, row.get(1)?);
        let (pk, hidden): (i64, i64) = (row.get(4)?, row.get(5)?);
        if pk > 0 {
            primary.push((pk, name.clone()));
        }
        columns.push(TargetColumn {
            kind: Kind::of(Some(&shown)),
            nullable: !row.get::<_, bool>(2)?,
            // The number of a row is given where INTEGER is the key.
            filled: row.get(3)? || hidden > 1 || (pk > 0 && shown.eq_ignore_ascii_case("integer")),
            writable: hidden == 0,
            name,
            shown: if shown.is_empty() { "any".to_owned() } else { shown },
        });
    }
    primary.sort();
    Ok((columns, primary.into_iter().map(|(_, name)| name).collect()))
}

/// The unique keys beside the primary one: whole columns of all rows.
fn keys(conn: &Connection, name: &str) -> rusqlite::Result<Vec<Vec<String>>> {
    let mut found =
        conn.prepare("SELECT name FROM pragma_index_list(?1) WHERE \"unique\" AND NOT partial AND origin <> 'pk'")?;
    let indexes: Vec<String> = found.query_map([name], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut keys = Vec::new();
    for index in indexes {
        let mut columns = conn.prepare("SELECT name FROM pragma_index_info(?1) ORDER BY seqno")?;
        let columns: Vec<Option<String>> = columns.query_map([index], |row| row.get(0))?.collect::<Result<_, _>>()?;
        keys.extend(columns.into_iter().collect::<Option<Vec<String>>>());
    }
    Ok(keys)
}
