//! What can be set for reading and writing Parquet, and its defaults.

use parquet::basic::{Compression, GzipLevel, ZstdLevel};
use serde_json::{Map, Value};

use super::super::config::Config;
use crate::diagnostic::Diagnostic;

/// How a Parquet file is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReadOptions {
    /// The columns wanted, in this order.
    pub columns: Option<Vec<String>>,
    /// Rows read at most.
    pub limit: Option<u64>,
    /// Rows of a record batch at most.
    pub batch_rows: usize,
}

impl ReadOptions {
    /// Reads the configuration of a step; `path` and `connection` in it belong to the caller.
    pub fn from_config(map: &Map<String, Value>, at: &str) -> Result<ReadOptions, Vec<Diagnostic>> {
        let mut config = Config::new(map, at);
        config.required_text("path");
        config.text("connection");
        let options = ReadOptions {
            columns: config.texts("columns").filter(|columns| !columns.is_empty()),
            limit: config.number("limit", 0),
            batch_rows: config.number("batch_size", 1).map_or(8192, |rows| rows.min(1_000_000) as usize),
        };
        let diagnostics = config.finish();
        if diagnostics.is_empty() { Ok(options) } else { Err(diagnostics) }
    }
}

/// How a Parquet file is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct WriteOptions {
    /// How pages are packed.
    pub compression: Compression,
    /// Rows in a row group at most.
    pub group_rows: usize,
    /// Whether missing folders are made.
    pub create_dirs: bool,
}

#[derive(Clone, Copy)]
enum Codec {
    None,
    Snappy,
    Gzip,
    Zstd,
    Lz4,
}

impl WriteOptions {
    /// Reads the configuration of a step; `path` and `connection` in it belong to the caller.
    pub fn from_config(map: &Map<String, Value>, at: &str) -> Result<WriteOptions, Vec<Diagnostic>> {
        let mut config = Config::new(map, at);
        config.required_text("path");
        config.text("connection");
        let codecs = [
            ("none", Codec::None),
            ("snappy", Codec::Snappy),
            ("gzip", Codec::Gzip),
            ("zstd", Codec::Zstd),
            ("lz4", Codec::Lz4),
        ];
        let codec = config.choice("compression", &codecs).unwrap_or(Codec::Zstd);
        let level = config.number("compression_level", 1);
        let options = WriteOptions {
            compression: compression(codec, level, &mut config),
            group_rows: config.number("row_group_size", 1).map_or(122_880, |rows| rows.min(10_000_000) as usize),
            create_dirs: config.boolean("create_dirs").unwrap_or(true),
        };
        let diagnostics = config.finish();
        if diagnostics.is_empty() { Ok(options) } else { Err(diagnostics) }
    }
}

fn compression(codec: Codec, level: Option<u64>, config: &mut Config<'_>) -> Compression {
    let without = match codec {
        Codec::None => Compression::UNCOMPRESSED,
        Codec::Snappy => Compression::SNAPPY,
        // The form without a frame; the framed one is deprecated and other programs differ on it.
        Codec::Lz4 => Compression::LZ4_RAW,
        Codec::Gzip => {
            let level = level.map_or(Ok(GzipLevel::default()), |n| GzipLevel::try_new(n.min(99) as u32));
            return level.map(Compression::GZIP).unwrap_or_else(|_| {
                config.wrong("compression_level", "gzip has the levels 1 to 9", "write a number from 1 to 9");
                Compression::UNCOMPRESSED
            });
        }
        Codec::Zstd => {
            let level = level.map_or(Ok(ZstdLevel::default()), |n| ZstdLevel::try_new(n.min(99) as i32));
            return level.map(Compression::ZSTD).unwrap_or_else(|_| {
                config.wrong("compression_level", "zstd has the levels 1 to 22", "write a number from 1 to 22");
                Compression::UNCOMPRESSED
            });
        }
    };
    if level.is_some() {
        config.wrong("compression_level", "`compression_level` counts only with zstd and gzip", "leave it out");
    }
    without
}
