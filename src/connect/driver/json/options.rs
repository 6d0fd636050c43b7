//! What can be set for reading and writing JSON, and its defaults.

use std::collections::BTreeMap;

use arrow::datatypes::DataType;
use serde_json::{Map, Value};

use super::super::config::Config;
use super::super::csv::options::dtype;
use super::super::text::{Compression, Encoding, compression};
use super::path::Path;
use crate::diagnostic::Diagnostic;

/// How the rows stand in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// As its first character says.
    Auto,
    /// One object a line; white space of any kind is enough between them.
    Lines,
    /// One list of objects.
    List,
}

/// How a JSON file is read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ReadOptions {
    /// How the rows stand in the file.
    pub format: Format,
    /// Where the list is.
    pub data_path: Path,
    /// The columns wanted, in this order.
    pub columns: Option<Vec<String>>,
    /// Rows read at most.
    pub limit: Option<u64>,
    /// How the bytes are text.
    pub encoding: Encoding,
    /// How the file is packed.
    pub compression: Compression,
    /// Types of columns that are not inferred.
    pub dtype: BTreeMap<String, DataType>,
    /// Rows of a record batch at most.
    pub batch_rows: usize,
}

impl ReadOptions {
    /// Reads the configuration of a step; `path` and `connection` in it belong to the caller.
    pub fn from_config(map: &Map<String, Value>, at: &str) -> Result<ReadOptions, Vec<Diagnostic>> {
        let mut config = Config::new(map, at);
        config.required_text("path");
        config.text("connection");
        let formats = [("auto", Format::Auto), ("lines", Format::Lines), ("list", Format::List)];
        let encodings = [("utf-8", Encoding::Utf8), ("utf-16", Encoding::Utf16), ("utf8", Encoding::Utf8)];
        let options = ReadOptions {
            format: config.choice("format", &formats).unwrap_or(Format::Auto),
            data_path: config.text("data_path").map(Path::parse).unwrap_or_default(),
            columns: config.texts("columns").filter(|columns| !columns.is_empty()),
            limit: config.number("limit", 0),
            encoding: config.choice("encoding", &encodings).unwrap_or(Encoding::Utf8),
            compression: compression(&mut config),
            dtype: dtype(&mut config),
            batch_rows: config.number("batch_size", 1).map_or(8192, |rows| rows.min(1_000_000) as usize),
        };
        if options.format == Format::Lines && !options.data_path.keys().is_empty() {
            config.wrong("data_path", "`data_path` counts only where the file is one JSON value", "leave it out");
        }
        let diagnostics = config.finish();
        if diagnostics.is_empty() { Ok(options) } else { Err(diagnostics) }
    }
}

/// How a JSON file is packed when it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    /// Not.
    None,
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstd,
}

/// How a JSON file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WriteOptions {
    /// Whether the rows are one list; else each is a line.
    pub list: bool,
    /// Whether the key of a NULL is left out.
    pub omit_nulls: bool,
    /// How the file is packed.
    pub packing: Packing,
    /// Whether missing folders are made.
    pub create_dirs: bool,
}

impl WriteOptions {
    /// Reads the configuration of a step; `path` and `connection` in it belong to the caller.
    pub fn from_config(map: &Map<String, Value>, at: &str) -> Result<WriteOptions, Vec<Diagnostic>> {
        let mut config = Config::new(map, at);
        config.required_text("path");
        config.text("connection");
        let packings = [("none", Packing::None), ("gzip", Packing::Gzip), ("zstd", Packing::Zstd)];
        let options = WriteOptions {
            list: config.choice("format", &[("lines", false), ("list", true)]).unwrap_or(false),
            omit_nulls: config.choice("nulls", &[("write", false), ("omit", true)]).unwrap_or(false),
            packing: config.choice("compression", &packings).unwrap_or(Packing::None),
            create_dirs: config.boolean("create_dirs").unwrap_or(true),
        };
        let diagnostics = config.finish();
        if diagnostics.is_empty() { Ok(options) } else { Err(diagnostics) }
    }
}
