//! SQLite files: reading in one transaction, writing in one transaction.
//!
//! Owns: what a declared type means (SQLite itself keeps any value in any column), the statements, and that
//! readers see all of a write or nothing. Does not own: where the file is (`connect::open`), pairing columns
//! with those of a target (`driver::plan`).

mod cells;
mod kind;
mod options;
mod part;
mod since;
mod sink;
mod source;
mod target;
mod types;

pub use part::DRIVERS;
pub use types::types_page;

use crate::connect::quote::{Ident, Quote};
use crate::diagnostic::Diagnostic;

/// A name, quoted when displayed.
fn quoted(name: &str) -> Ident<'_> {
    Ident(Quote::Standard, name)
}

/// An error of SQLite.
fn told(error: &rusqlite::Error) -> Diagnostic {
    let why = crate::secret::message(&error.to_string());
    let class = Class::of(error);
    let (message, fix) = match class {
        Class::Busy => ("somebody else writes to the SQLite file", "run it again, or raise `busy_timeout`"),
        Class::Denied => {
            ("the SQLite file can't be written", "give this user the right to write the file and its folder")
        }
        Class::Full => ("the disk is full", "make room; the file is as it was"),
        Class::Broken => ("the file is no sound SQLite database", "correct `path`, or restore the file"),
        Class::Error => ("SQLite refuses", "see the reason"),
    };
    Diagnostic::error(class.code(), message).why(why).fix(fix)
}

#[derive(Clone, Copy)]
enum Class {
    Busy,
    Denied,
    Full,
    Broken,
    Error,
}

impl Class {
    fn of(error: &rusqlite::Error) -> Class {
        use rusqlite::ErrorCode as Code;
        match error.sqlite_error_code() {
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => Class::Busy,
            Some(Code::ReadOnly | Code::PermissionDenied | Code::CannotOpen) => Class::Denied,
            Some(Code::DiskFull) => Class::Full,
            Some(Code::NotADatabase | Code::DatabaseCorrupt) => Class::Broken,
            _ => Class::Error,
        }
    }

    fn code(self) -> &'static str {
        match self {
            Class::Busy => "sqlite-busy",
            Class::Denied => "sqlite-denied",
            Class::Full => "sqlite-full",
            Class::Broken => "sqlite-broken",
            Class::Error => "sqlite-error",
        }
    }
}
