//! What a discovery is made of: tables, columns, keys.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::diagnostic::Diagnostic;

/// A table, a view, or a file with rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name; of a file the name without its extension.
    pub name: String,
    /// Where it is: of a file, relative to the connection's `base_dir`, with `/`; in a database its name,
    /// and before it the schema with a `.` where that is not the usual one.
    pub path: String,
    /// The schema of a database that it lies in, where there are schemas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Whether it is a view.
    #[serde(default, skip_serializing_if = "is_false")]
    pub view: bool,
    /// Its columns, in their order.
    pub columns: Vec<Column>,
    /// How many rows it has.
    pub rows: RowCount,
    /// Its size in bytes, as stored; 0 where it is not known.
    pub bytes: u64,
    /// What somebody wrote about it, on one line, cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The columns of its primary key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub primary_key: Vec<String>,
    /// The columns of each other key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unique: Vec<Vec<String>>,
    /// Where its columns lead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub foreign_keys: Vec<ForeignKey>,
    /// Rows of it, by what was asked for: a text a column, nothing for NULL.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<Vec<Option<String>>>,
    /// Why it could not be read; it has no columns then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Diagnostic>,
}

impl Table {
    /// A table of which nothing but its name is known yet.
    pub(in crate::connect) fn named(name: impl Into<String>) -> Table {
        let name = name.into();
        Table {
            path: name.clone(),
            name,
            schema: None,
            view: false,
            columns: Vec::new(),
            rows: RowCount::Unknown,
            bytes: 0,
            comment: None,
            primary_key: Vec::new(),
            unique: Vec::new(),
            foreign_keys: Vec::new(),
            samples: Vec::new(),
            problem: None,
        }
    }
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// Whether it may hold NULL; of a text file: whether a NULL was seen in what was looked at.
    pub nullable: bool,
    /// The type in the words of the system, e.g. `numeric(12,2)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native: Option<String>,
    /// What somebody wrote about it, on one line, cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// Columns that hold the key of another table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// Its columns.
    pub columns: Vec<String>,
    /// The other table, as [`Table::path`] names it.
    pub table: String,
    /// The columns there, in the same order.
    pub references: Vec<String>,
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
    /// Numbers with exact decimal places, and whole numbers of more than 64 bits.
    Decimal,
    /// True or false.
    Boolean,
    /// Days.
    Date,
    /// Times of a day.
    Time,
    /// Days and times without a zone, to the microsecond.
    Timestamp,
    /// Points in time.
    TimestampTz,
    /// Lengths of time.
    Interval,
    /// JSON.
    Json,
    /// Bytes.
    Binary,
    /// UUIDs.
    Uuid,
    /// Lists of values.
    Array,
    /// Something else; the type in the words of the system says what.
    Other,
}

impl ColumnKind {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            ColumnKind::String => "string",
            ColumnKind::Integer => "integer",
            ColumnKind::Float => "float",
            ColumnKind::Decimal => "decimal",
            ColumnKind::Boolean => "boolean",
            ColumnKind::Date => "date",
            ColumnKind::Time => "time",
            ColumnKind::Timestamp => "timestamp",
            ColumnKind::TimestampTz => "timestamptz",
            ColumnKind::Interval => "interval",
            ColumnKind::Json => "json",
            ColumnKind::Binary => "binary",
            ColumnKind::Uuid => "uuid",
            ColumnKind::Array => "array",
            ColumnKind::Other => "other",
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
    /// Concluded, from the size and the first rows or from the system's statistics.
    Estimated(u64),
    /// Nobody counted, and the system has no statistics.
    Unknown,
}

impl fmt::Display for RowCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RowCount::Exact(rows) => write!(f, "{rows}"),
            RowCount::Estimated(rows) => write!(f, "~{rows}"),
            RowCount::Unknown => f.write_str("?"),
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !value
}
