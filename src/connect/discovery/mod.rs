//! Discovery: the schema of what a connection leads to. Never its values.
//!
//! Owns: what a discovery is, its fingerprint, and its text for a model. Does not own: how a system is
//! looked at (`connect::driver`), keeping discoveries (`store`).

mod text;

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Connection;
use super::driver::filesystem;
use crate::diagnostic::Diagnostic;

/// What a connection leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovery {
    /// The connection, `@family.alias`.
    pub connection: String,
    /// `sha256:` and 64 hex digits, of the connection's fields (secrets left out) and the tables.
    pub fingerprint: String,
    /// The tables, sorted by name.
    pub tables: Vec<Table>,
}

/// A table or a file with rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name; of a file the name without its extension.
    pub name: String,
    /// Where it is: of a file, relative to the connection's `base_dir`, with `/`.
    pub path: String,
    /// Its columns, in their order.
    pub columns: Vec<Column>,
    /// How many rows it has.
    pub rows: RowCount,
    /// Its size in bytes, as stored.
    pub bytes: u64,
    /// Why it could not be read; it has no columns then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Diagnostic>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// Whether a NULL was seen in what was looked at.
    pub nullable: bool,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnKind {
    /// Text.
    String,
    /// Whole numbers of 64 bits.
    Integer,
    /// Floating-point numbers of 64 bits.
    Float,
    /// True or false.
    Boolean,
    /// Days.
    Date,
    /// Days and times without a zone, to the microsecond.
    Timestamp,
}

impl ColumnKind {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            ColumnKind::String => "string",
            ColumnKind::Integer => "integer",
            ColumnKind::Float => "float",
            ColumnKind::Boolean => "boolean",
            ColumnKind::Date => "date",
            ColumnKind::Timestamp => "timestamp",
        }
    }
}

impl fmt::Display for ColumnKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How many rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RowCount {
    /// Counted.
    Exact(u64),
    /// Concluded from the size and the first rows.
    Estimated(u64),
}

impl fmt::Display for RowCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RowCount::Exact(rows) => write!(f, "{rows}"),
            RowCount::Estimated(rows) => write!(f, "~{rows}"),
        }
    }
}

/// Looks at what a connection leads to. Blocks: it reads files. `root` is the workspace.
///
/// # Errors
/// A family without a driver, a field that can't be resolved, a folder that can't be read. A single
/// broken file is no error; it is listed with its problem.
pub fn discover(root: &Path, connection: &Connection) -> Result<Discovery, Diagnostic> {
    let tables = match connection.family.as_str() {
        "filesystem" => filesystem::tables(root, connection)?,
        family => {
            return Err(Diagnostic::error("no-driver", format!("family `{family}` has no driver yet"))
                .path(format!("connections.{family}.{}", connection.alias))
                .why("only filesystem connections can be discovered by this version")
                .fix("use a filesystem connection"));
        }
    };
    let fingerprint = fingerprint(connection, &tables);
    Ok(Discovery { connection: connection.reference(), fingerprint, tables })
}

impl Discovery {
    /// The schema as text for a model: the same for the same discovery, bounded in length, free of control
    /// characters and of values.
    pub fn for_model(&self) -> String {
        text::for_model(self)
    }
}

fn fingerprint(connection: &Connection, tables: &[Table]) -> String {
    let fields: serde_json::Map<_, _> =
        connection.shown().map(|(name, shown)| (name.to_owned(), shown.into())).collect();
    let whole = serde_json::json!({"connection": connection.reference(), "fields": fields, "tables": tables});
    let mut canonical = String::new();
    write_sorted(&whole, &mut canonical);
    let digest = Sha256::digest(canonical.as_bytes());
    digest.iter().fold("sha256:".to_owned(), |hex, byte| hex + &format!("{byte:02x}"))
}

/// JSON without spaces and with sorted keys, so that it does not depend on the order of fields in code.
fn write_sorted(value: &serde_json::Value, out: &mut String) {
    use serde_json::Value;
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            out.push('{');
            for (i, key) in keys.into_iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write_sorted(&map[key], out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                write_sorted(item, out);
            }
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}
