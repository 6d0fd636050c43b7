//! SQLite files: reading in one transaction, writing in one transaction.
//!
//! Owns: what a declared type means (SQLite itself keeps any value in any column), the statements, and that
//! readers see all of a write or nothing. Does not own: where the file is (`connect::open`), pairing columns
//! with those of a target (`driver::plan`).

mod cells;
mod kind;
mod options;
mod part;
mod sink;
mod source;
mod target;
mod types;

pub use part::DRIVERS;
pub use types::types_page;

use super::ident::{Ident, Quote};
use crate::diagnostic::Diagnostic;

/// A name, quoted when displayed.
fn quoted(name: &str) -> Ident<'_> {
    Ident(Quote::Standard, name)
}

/// An error of SQLite.
fn told(error: &rusqlite::Error) -> Diagnostic {
    use rusqlite::ErrorCode as Code;
    let why = crate::secret::message(&error.to_string());
    let (code, message, fix) = match error.sqlite_error_code() {
        Some(Code::DatabaseBusy | Code::DatabaseLocked) => {
            ("sqlite-busy", "somebody else writes to the SQLite file", "run it again, or raise `busy_timeout`")
        }
        Some(Code::ReadOnly | Code::PermissionDenied | Code::CannotOpen) => (
            "sqlite-denied",
            "the SQLite file can't be written",
            "give this user the right to write the file and its folder",
        ),
        Some(Code::DiskFull) => ("sqlite-full", "the disk is full", "make room; the file is as it was"),
        Some(Code::NotADatabase | Code::DatabaseCorrupt) => {
            ("sqlite-broken", "the file is no sound SQLite database", "correct `path`, or restore the file")
        }
        _ => ("sqlite-error", "SQLite refuses", "see the reason"),
    };
    Diagnostic::error(code, message).why(why).fix(fix)
}
