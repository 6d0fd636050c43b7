//! The page of the reference that says which type becomes which: made of the functions that decide it.

use std::fmt::Write as _;

use arrow::datatypes::{DataType, Field, TimeUnit};

use super::kind::{self, Kind};
use crate::connect::driver::plan::Cast;

const DECLARED: [&str; 14] = [
    "INTEGER",
    "BOOLEAN",
    "REAL",
    "NUMERIC",
    "DECIMAL(12,2)",
    "DATE",
    "TIME",
    "DATETIME",
    "TIMESTAMPTZ",
    "TEXT",
    "VARCHAR(20)",
    "JSON",
    "BLOB",
    "",
];

/// The page.
pub fn types_page() -> String {
    let mut page = "# Types of SQLite\n\nSQLite keeps values of any type in any column. The declared type says what \
        a column is read as; a value that is none of it is an error with row and column, or the column is read as \
        text (`mixed: text`), or the value as NULL (`on_error: null`). A column without a declared type, such as an \
        expression, is read as what its values are.\n\n## Read\n\n| declared | between steps |\n| --- | --- |\n"
        .to_owned();
    for declared in DECLARED {
        let shown = if declared.is_empty() { "(nothing)" } else { declared };
        let kind = Kind::of(Some(declared));
        let read = if kind == Kind::Any { "by its values".to_owned() } else { kind.field("").data_type().to_string() };
        let _ = writeln!(page, "| {shown} | {read} |");
    }
    page.push_str("\n## Written\n\n| from | to | cast |\n| --- | --- | --- |\n");
    let mut lossy = String::new();
    for data_type in samples() {
        let field = Field::new("a", data_type, true);
        for word in ["lossless", "lossy", "refused"] {
            let fits = DECLARED.iter().filter(|name| kind::judge(&field, &Kind::of(Some(name))).word() == word);
            let names: Vec<&str> = fits.map(|name| if name.is_empty() { "(nothing)" } else { name }).collect();
            if !names.is_empty() {
                let _ = writeln!(page, "| {} | {} | {word} |", field.data_type(), names.join(", "));
            }
        }
        for name in DECLARED {
            if let Cast::Lossy(why) = kind::judge(&field, &Kind::of(Some(name))) {
                let _ = writeln!(lossy, "- {} → {name}: {why}", field.data_type());
            }
        }
    }
    let _ =
        write!(page, "\nWhat a lossy cast does:\n\n{lossy}\n## Made\n\n| between steps | column |\n| --- | --- |\n");
    for data_type in samples() {
        let field = Field::new("a", data_type, true);
        let made = kind::invent(&field).map_or_else(|why| why, |(_, shown)| shown);
        let _ = writeln!(page, "| {} | {made} |", field.data_type());
    }
    page.push_str("\nDates and times are kept as texts in the form of ISO 8601, points in time with +00:00.\n");
    page
}

fn samples() -> Vec<DataType> {
    use DataType as D;
    vec![
        D::Boolean,
        D::Int64,
        D::UInt64,
        D::Float64,
        D::Decimal128(12, 2),
        D::Decimal128(38, 10),
        D::Utf8,
        D::Binary,
        D::Date32,
        D::Time64(TimeUnit::Microsecond),
        D::Timestamp(TimeUnit::Microsecond, None),
        D::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
    ]
}
