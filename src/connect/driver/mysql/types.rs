//! The page of the reference that says which type becomes which: made of the functions that decide it.

use std::fmt::Write as _;

use arrow::datatypes::{DataType, Field, TimeUnit};

use super::decode::{self, Reading};
use super::judge;
use super::kind::Kind;
use crate::connect::driver::plan::Cast;

/// Types of MySQL and how each is read.
const READ: [(&str, Reading); 24] = [
    ("tinyint", Reading::Integer(8, false)),
    ("tinyint unsigned", Reading::Integer(8, true)),
    ("tinyint(1) with `tinyint1: boolean`", Reading::Boolean),
    ("smallint", Reading::Integer(16, false)),
    ("smallint unsigned", Reading::Integer(16, true)),
    ("mediumint, int", Reading::Integer(32, false)),
    ("mediumint unsigned, int unsigned", Reading::Integer(32, true)),
    ("bigint", Reading::Integer(64, false)),
    ("bigint unsigned", Reading::Integer(64, true)),
    ("bit(n)", Reading::Bits),
    ("bit(1) with `tinyint1: boolean`", Reading::BitBoolean),
    ("decimal(p,s), p ≤ 38", Reading::Decimal(12, 2)),
    ("decimal(p,s), p > 38", Reading::Decimal(65, 30)),
    ("float", Reading::Float),
    ("double", Reading::Double),
    ("date", Reading::Date),
    ("time", Reading::Time),
    ("datetime", Reading::Datetime),
    ("timestamp", Reading::Timestamp),
    ("year", Reading::Integer(16, false)),
    ("char, varchar, text, enum, set, uuid, inet4, inet6", Reading::Text),
    ("json (MySQL; a longtext in MariaDB)", Reading::Json),
    ("binary, varbinary, blob", Reading::Bytes),
    ("NULL", Reading::Text),
];

/// Columns that are written to.
const WRITTEN: [(&str, Kind); 16] = [
    ("integers", Kind::Integer(64, false)),
    ("year", Kind::Year),
    ("bit(n)", Kind::Bit(8)),
    ("decimal", Kind::Decimal(12, 2)),
    ("float", Kind::Float),
    ("double", Kind::Double),
    ("date", Kind::Date),
    ("time", Kind::Time(6)),
    ("datetime", Kind::Datetime(6)),
    ("timestamp", Kind::Timestamp(6)),
    ("char", Kind::Text(true)),
    ("varchar, text", Kind::Text(false)),
    ("json", Kind::Json),
    ("enum, set", Kind::Words),
    ("binary", Kind::Bytes(true)),
    ("varbinary, blob", Kind::Bytes(false)),
];

/// The page.
pub fn types_page() -> String {
    let mut page = "# Types of MySQL and MariaDB\n\n## Read\n\n\
        | MySQL | between steps |\n| --- | --- |\n"
        .to_owned();
    for (name, reading) in READ {
        let _ = writeln!(page, "| {name} | {} |", decode::field("", reading).data_type());
    }
    page.push_str(
        "\nThe session speaks utf8mb4 and UTC: a `timestamp` comes with the zone UTC, a `datetime` without one. \
         A zero date, a `time` that is no time of day, bytes that are no UTF-8 are errors that name row and column, or \
         NULL (`zero_dates`, `on_error`). A geometry or a vector is refused before a row is read.\n\n\
         ## Written\n\n\
         Of a lossless cast a value arrives as it is; one that does not fit its column (too large, a fraction \
         too fine) is an error with row and column, never changed.\n\n| from | to | cast |\n| --- | --- | --- |\n",
    );
    for data_type in samples() {
        let field = Field::new("a", data_type, true);
        let cast = |word: &str| {
            let fits = WRITTEN.iter().filter(|(_, kind)| judge::judge(&field, kind).word() == word);
            fits.map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
        };
        for word in ["lossless", "lossy", "refused"] {
            let columns = cast(word);
            if !columns.is_empty() {
                let _ = writeln!(page, "| {} | {columns} | {word} |", field.data_type());
            }
        }
    }
    page.push_str("\nWhat a lossy cast does:\n\n");
    let mut said = Vec::new();
    for data_type in samples() {
        let field = Field::new("a", data_type, true);
        for (name, kind) in &WRITTEN {
            if let Cast::Lossy(why) = judge::judge(&field, kind) {
                let line = format!("- {} → {name}: {why}\n", field.data_type());
                if !said.contains(&line) {
                    page.push_str(&line);
                    said.push(line);
                }
            }
        }
    }
    page.push_str(
        "\n## Made\n\nThe columns of a table that is made (`create_if_missing`), and of new columns:\n\n\
        | between steps | column | as part of the key |\n| --- | --- | --- |\n",
    );
    for data_type in samples() {
        let field = Field::new("a", data_type, true);
        let made = |key| judge::invent(&field, key).map_or_else(|why| why, |(_, shown)| shown);
        let _ = writeln!(page, "| {} | {} | {} |", field.data_type(), made(false), made(true));
    }
    page
}

fn samples() -> Vec<DataType> {
    use DataType as D;
    vec![
        D::Boolean,
        D::Int8,
        D::Int16,
        D::Int32,
        D::Int64,
        D::UInt8,
        D::UInt16,
        D::UInt32,
        D::UInt64,
        D::Float32,
        D::Float64,
        D::Decimal128(12, 2),
        D::Decimal256(65, 30),
        D::Utf8,
        D::Binary,
        D::Date32,
        D::Time64(TimeUnit::Microsecond),
        D::Timestamp(TimeUnit::Microsecond, None),
        D::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
    ]
}
