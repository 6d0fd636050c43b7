//! What can be set for reading and writing CSV, and its defaults.

use std::borrow::Cow;
use std::collections::BTreeMap;

use arrow::datatypes::DataType;
use serde_json::{Map, Value};

use super::super::config::Config;
use super::super::text::{Compression, Encoding, compression};
use super::column;
use crate::diagnostic::Diagnostic;

const ENCODINGS: [(&str, Encoding); 6] = [
    ("utf-8", Encoding::Utf8),
    ("utf-16", Encoding::Utf16),
    ("ascii", Encoding::Ascii),
    ("latin-1", Encoding::Latin1),
    ("iso-8859-1", Encoding::Latin1),
    ("utf8", Encoding::Utf8),
];

/// Where the column names are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// Nowhere: columns are called `column_1`, ….
    None,
    /// In this line, from 0, after those skipped.
    Line(u64),
}

/// What a line ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Newline {
    /// `\n`.
    Lf,
    /// `\r\n`.
    CrLf,
}

/// Which values are written in quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoting {
    /// Those that need them.
    Minimal,
    /// All but NULL.
    All,
    /// All that are neither a number nor NULL.
    NonNumeric,
}

/// How a CSV file is read.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadOptions {
    /// Between fields.
    pub delimiter: u8,
    /// Lines that begin with it are skipped.
    pub comment: Option<u8>,
    /// Where the column names are.
    pub header: Header,
    /// Lines skipped at the beginning.
    pub skip_rows: u64,
    /// Whether empty lines are skipped; else they are rows of NULLs.
    pub skip_blank_lines: bool,
    /// Rows read at most.
    pub limit: Option<u64>,
    /// The columns wanted, in this order.
    pub columns: Option<Vec<String>>,
    /// Texts that mean NULL, quoted or not.
    pub na_values: Vec<String>,
    /// Types of columns that are not inferred.
    pub dtype: BTreeMap<String, DataType>,
    /// Columns that have to be dates or timestamps.
    pub dates: Vec<String>,
    /// How the bytes are text.
    pub encoding: Encoding,
    /// How the file is compressed.
    pub compression: Compression,
    /// Rows of a record batch at most.
    pub batch_rows: usize,
    /// Rows from which types are inferred; all without.
    pub infer_rows: Option<u64>,
}

impl Default for ReadOptions {
    fn default() -> ReadOptions {
        ReadOptions {
            delimiter: b',',
            comment: None,
            header: Header::Line(0),
            skip_rows: 0,
            skip_blank_lines: true,
            limit: None,
            columns: None,
            na_values: Vec::new(),
            dtype: BTreeMap::new(),
            dates: Vec::new(),
            encoding: Encoding::Utf8,
            compression: Compression::Infer,
            batch_rows: 8192,
            infer_rows: None,
        }
    }
}

impl ReadOptions {
    /// Reads the configuration of a step; `path` and `connection` in it belong to the caller.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn from_config(map: &Map<String, Value>, at: &str) -> Result<ReadOptions, Vec<Diagnostic>> {
        let mut config = Config::new(map, at);
        let default = ReadOptions::default();
        config.required_text("path");
        config.text("connection");
        let options = ReadOptions {
            delimiter: config.character("delimiter").unwrap_or(default.delimiter),
            comment: if config.get("comment").is_some_and(|c| c == "") { None } else { config.character("comment") },
            header: header(&mut config),
            skip_rows: config.number("skip_rows", 0).unwrap_or(0),
            skip_blank_lines: config.boolean("skip_blank_lines").unwrap_or(true),
            limit: config.number("limit", 0),
            columns: config.texts("columns").filter(|columns| !columns.is_empty()),
            na_values: config.texts("na_values").unwrap_or_default(),
            dtype: dtype(&mut config),
            dates: dates(&mut config),
            encoding: config.choice("encoding", &ENCODINGS).unwrap_or(default.encoding),
            compression: compression(&mut config),
            batch_rows: config.number("chunk_size", 1).map_or(8192, |rows| rows.min(1_000_000) as usize),
            infer_rows: config.number("infer_rows", 1),
        };
        let mut diagnostics = config.finish();
        if options.comment == Some(options.delimiter) {
            diagnostics.push(
                Diagnostic::error("invalid-config-value", "`comment` and `delimiter` are the same character")
                    .path(format!("{at}.comment")),
            );
        }
        if diagnostics.is_empty() { Ok(options) } else { Err(diagnostics) }
    }
}

impl ReadOptions {
    /// A value with those that mean NULL taken out.
    pub(super) fn value<'a>(&self, cell: Option<Cow<'a, str>>) -> Option<Cow<'a, str>> {
        cell.filter(|text| self.na_values.is_empty() || !self.na_values.iter().any(|na| na == text))
    }
}

fn header(config: &mut Config<'_>) -> Header {
    match config.get("header") {
        None | Some(Value::Bool(true)) => Header::Line(0),
        Some(Value::Bool(false)) => Header::None,
        Some(value) => match value.as_u64() {
            Some(line) => Header::Line(line),
            None => {
                config.wrong("header", format!("`header` is {value}"), "write true, false or the number of a line");
                Header::None
            }
        },
    }
}

/// The types of columns, by name.
pub(in crate::connect::driver) fn dtype(config: &mut Config<'_>) -> BTreeMap<String, DataType> {
    let mut types = BTreeMap::new();
    match config.get("dtype") {
        None => {}
        Some(Value::Object(map)) => {
            for (name, value) in map {
                match value.as_str().and_then(column::parse_type) {
                    Some(data_type) => {
                        types.insert(name.clone(), data_type);
                    }
                    None => {
                        let message = format!("`{value}` is not a type of a column");
                        config.wrong(&format!("dtype.{name}"), message, column::TYPES_FIX);
                    }
                }
            }
        }
        Some(other) => {
            let _: Option<()> = config.mistyped("dtype", "a mapping of column names to types", other);
        }
    }
    types
}

/// Dates are always recognised; a list says which columns have to be some.
fn dates(config: &mut Config<'_>) -> Vec<String> {
    match config.get("parse_dates") {
        Some(Value::Array(_)) => config.texts("parse_dates").unwrap_or_default(),
        None | Some(Value::Bool(_)) => Vec::new(),
        Some(other) => config.mistyped("parse_dates", "true, false or a list of columns", other).unwrap_or_default(),
    }
}

/// How a CSV file is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteOptions {
    /// Between fields.
    pub delimiter: u8,
    /// Whether the first line names the columns.
    pub header: bool,
    /// How text becomes bytes.
    pub encoding: Encoding,
    /// What a line ends with.
    pub newline: Newline,
    /// Which values are written in quotes.
    pub quoting: Quoting,
    /// Whether missing folders are made.
    pub create_dirs: bool,
}

impl Default for WriteOptions {
    fn default() -> WriteOptions {
        WriteOptions {
            delimiter: b',',
            header: true,
            encoding: Encoding::Utf8,
            newline: Newline::Lf,
            quoting: Quoting::Minimal,
            create_dirs: true,
        }
    }
}

impl WriteOptions {
    /// Reads the configuration of a step; `path` and `connection` in it belong to the caller.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn from_config(map: &Map<String, Value>, at: &str) -> Result<WriteOptions, Vec<Diagnostic>> {
        let mut config = Config::new(map, at);
        let default = WriteOptions::default();
        config.required_text("path");
        config.text("connection");
        // Rows are handed over in batches anyway; Osiris files say so, it changes nothing here.
        config.number("chunk_size", 1);
        let quoting = [("minimal", Quoting::Minimal), ("all", Quoting::All), ("nonnumeric", Quoting::NonNumeric)];
        let options = WriteOptions {
            delimiter: config.character("delimiter").unwrap_or(default.delimiter),
            header: config.boolean("header").unwrap_or(default.header),
            encoding: config.choice("encoding", &ENCODINGS).unwrap_or(default.encoding),
            newline: config
                .choice("newline", &[("lf", Newline::Lf), ("crlf", Newline::CrLf)])
                .unwrap_or(default.newline),
            quoting: config.choice("quoting", &quoting).unwrap_or(default.quoting),
            create_dirs: config.boolean("create_dirs").unwrap_or(default.create_dirs),
        };
        let diagnostics = config.finish();
        if diagnostics.is_empty() { Ok(options) } else { Err(diagnostics) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(config: Value) -> Result<ReadOptions, Vec<String>> {
        ReadOptions::from_config(config.as_object().unwrap(), "steps[e].config").map_err(|diagnostics| {
            diagnostics.into_iter().map(|d| format!("{} {}", d.code, d.path.unwrap_or_default())).collect()
        })
    }

    #[test]
    fn defaults_and_settings() {
        assert_eq!(read(serde_json::json!({"path": "a.csv"})), Ok(ReadOptions::default()));
        let full = read(serde_json::json!({
            "path": "a.csv", "connection": "@filesystem.data", "delimiter": "\\t", "comment": "#", "header": 2,
            "dtype": {"a": "decimal(12,2)"}, "encoding": "iso-8859-1", "chunk_size": 100, "parse_dates": ["d"],
            "na_values": [""], "compression": "gzip", "limit": 5,
        }))
        .unwrap();
        assert_eq!((full.delimiter, full.comment, full.header), (b'\t', Some(b'#'), Header::Line(2)));
        assert_eq!(full.dtype["a"], DataType::Decimal128(12, 2));
        assert_eq!((full.encoding, full.compression), (Encoding::Latin1, Compression::Gzip));
        assert_eq!((full.batch_rows, full.limit, full.dates.as_slice()), (100, Some(5), &["d".to_owned()][..]));
    }

    #[test]
    fn everything_wrong_is_said_with_its_place() {
        let wrong = read(serde_json::json!({
            "delimiter": ";;", "header": "yes", "skip_rows": -1, "limit": "3", "dtype": {"a": "wibble"},
            "encoding": "ebcdic", "columns": [1], "delimeter": ",", "compression": "xz",
        }));
        assert_eq!(
            wrong.unwrap_err(),
            [
                "missing-config-key steps[e].config.path",
                "invalid-config-value steps[e].config.delimiter",
                "invalid-config-value steps[e].config.header",
                "invalid-config-value steps[e].config.skip_rows",
                "invalid-config-value steps[e].config.limit",
                "invalid-config-value steps[e].config.columns",
                "invalid-config-value steps[e].config.dtype.a",
                "invalid-config-value steps[e].config.encoding",
                "invalid-config-value steps[e].config.compression",
                "unknown-config-key steps[e].config.delimeter",
            ]
        );
    }

    #[test]
    fn write_options_are_checked_too() {
        let config = serde_json::json!({"path": "o.csv", "newline": "crlf", "quoting": "all", "header": false});
        let options = WriteOptions::from_config(config.as_object().unwrap(), "c").unwrap();
        assert_eq!((options.newline, options.quoting, options.header), (Newline::CrLf, Quoting::All, false));
        let config = serde_json::json!({"path": 5, "newline": "cr"});
        assert_eq!(WriteOptions::from_config(config.as_object().unwrap(), "c").unwrap_err().len(), 2);
    }
}
