//! Looking at Parquet and JSON files with DuckDB, which is in the program anyway.
//!
//! The files are not trusted: DuckDB may read nothing but the connection's folder, load nothing, and use
//! little memory.

use std::path::Path;

use duckdb::Connection;

use crate::connect::discovery::{Column, ColumnKind, RowCount};
use crate::connect::quote::Literal;
use crate::diagnostic::Diagnostic;

/// Rows of JSON from which types are concluded.
const ROWS: u32 = 10_000;
/// The longest name of a type that is kept; those of nested values have no bound.
const MAX_TYPE: usize = 200;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Parquet,
    Json,
}

/// What was found in a file.
pub(super) struct Shape {
    pub columns: Vec<Column>,
    pub rows: RowCount,
}

/// A DuckDB that may read below one folder.
pub(super) struct Duck {
    connection: Connection,
}

impl Duck {
    pub fn open(folder: &Path) -> Result<Duck, Diagnostic> {
        let failed = |error: &duckdb::Error| {
            Diagnostic::error("file-unreadable", "DuckDB, which reads such files, can't be started").why(text(error))
        };
        let connection = Connection::open_in_memory().map_err(|error| failed(&error))?;
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let settings = format!(
            "SET memory_limit = '512MB'; SET threads = 2; SET autoinstall_known_extensions = false;
             SET autoload_known_extensions = false; SET allowed_directories = [{}];
             SET enable_external_access = false; SET lock_configuration = true;",
            Literal(&format!("{}/", folder.to_string_lossy().trim_end_matches('/')))
        );
        connection.execute_batch(&settings).map_err(|error| failed(&error))?;
        Ok(Duck { connection })
    }

    /// The columns of a file, and its rows: a Parquet file says how many there are; JSON is counted where
    /// `count` says so.
    pub fn shape(&self, path: &Path, name: &str, form: Form, count: bool) -> Result<Shape, Diagnostic> {
        let failed = |error: duckdb::Error| {
            Diagnostic::error("file-unreadable", format!("{name} can't be read")).source(name).why(text(&error))
        };
        self.look(path, form, count).map_err(failed)
    }

    fn look(&self, path: &Path, form: Form, count: bool) -> Result<Shape, duckdb::Error> {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let file = literally(&path.to_string_lossy());
        let file = Literal(&file);
        let rows = match form {
            Form::Parquet => format!("read_parquet({file}, hive_partitioning = false)"),
            Form::Json => format!("read_json({file}, sample_size = {ROWS}, hive_partitioning = false)"),
        };
        let mut columns = Vec::new();
        let mut statement = self.connection.prepare(&format!("DESCRIBE SELECT * FROM {rows}"))?;
        let mut described = statement.query([])?;
        while let Some(row) = described.next()? {
            let (name, native): (String, String) = (row.get(0)?, row.get(1)?);
            columns.push(Column {
                name,
                kind: kind(&native),
                nullable: true,
                native: Some(native.chars().take(MAX_TYPE).collect()),
                comment: None,
            });
        }
        let counted = match form {
            Form::Parquet => {
                self.required(&file, &mut columns)?;
                format!("SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata({file})")
            }
            Form::Json if count => format!("SELECT count(*) FROM {rows}"),
            Form::Json => return Ok(Shape { columns, rows: RowCount::Unknown }),
        };
        let counted: i64 = self.connection.query_row(&counted, [], |row| row.get(0))?;
        Ok(Shape { columns, rows: RowCount::Exact(u64::try_from(counted).unwrap_or(0)) })
    }

    /// Notes which columns of a Parquet file can't hold NULL.
    fn required(&self, file: &Literal<'_>, columns: &mut [Column]) -> Result<(), duckdb::Error> {
        let sql = format!("SELECT name FROM parquet_schema({file}) WHERE repetition_type = 'REQUIRED'");
        let mut statement = self.connection.prepare(&sql)?;
        let mut names = statement.query([])?;
        while let Some(row) = names.next()? {
            let name: Option<String> = row.get(0)?;
            let nested = |column: &&mut Column| matches!(column.kind, ColumnKind::Other | ColumnKind::Array);
            if let Some(column) = columns.iter_mut().find(|c| Some(&c.name) == name.as_ref()).filter(|c| !nested(c)) {
                column.nullable = false;
            }
        }
        Ok(())
    }
}

/// A path in which no character is a pattern.
fn literally(path: &str) -> String {
    path.chars().fold(String::with_capacity(path.len()), |mut out, c| {
        if matches!(c, '*' | '?' | '[') {
            out.extend(['[', c, ']']);
        } else {
            out.push(c);
        }
        out
    })
}

fn kind(native: &str) -> ColumnKind {
    if native.ends_with(']') {
        return ColumnKind::Array;
    }
    match native.split('(').next().unwrap_or_default() {
        "VARCHAR" => ColumnKind::String,
        "TINYINT" | "SMALLINT" | "INTEGER" | "BIGINT" | "UTINYINT" | "USMALLINT" | "UINTEGER" => ColumnKind::Integer,
        "UBIGINT" | "HUGEINT" | "UHUGEINT" | "DECIMAL" => ColumnKind::Decimal,
        "FLOAT" | "DOUBLE" => ColumnKind::Float,
        "BOOLEAN" => ColumnKind::Boolean,
        "DATE" => ColumnKind::Date,
        "TIME" | "TIME WITH TIME ZONE" => ColumnKind::Time,
        "TIMESTAMP" | "TIMESTAMP_S" | "TIMESTAMP_MS" | "TIMESTAMP_NS" => ColumnKind::Timestamp,
        "TIMESTAMP WITH TIME ZONE" => ColumnKind::TimestampTz,
        "INTERVAL" => ColumnKind::Interval,
        "JSON" => ColumnKind::Json,
        "BLOB" => ColumnKind::Binary,
        "UUID" => ColumnKind::Uuid,
        _ => ColumnKind::Other,
    }
}

fn text(error: &duckdb::Error) -> String {
    crate::connect::open::bounded(&error.to_string())
}
