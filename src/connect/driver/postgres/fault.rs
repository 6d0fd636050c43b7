//! What PostgreSQL says when something fails, as a diagnostic.

use tokio_postgres::Error;

use crate::diagnostic::Diagnostic;
use crate::secret;

/// Characters of the server's words.
const MOST: usize = 800;

/// The SQLSTATE of an error, if the server gave one.
pub(super) fn state(error: &Error) -> Option<&str> {
    error.code().map(tokio_postgres::error::SqlState::code)
}

/// Whether the data is at fault, and not the server, the line or the statement.
pub(super) fn is_of_data(error: &Error) -> bool {
    state(error).is_some_and(|state| state.starts_with("22") || state.starts_with("23"))
}

/// An error of the server or of the line to it. `doing` completes "PostgreSQL could not …".
pub(super) fn told(error: &Error, doing: &str) -> Diagnostic {
    let message = format!("PostgreSQL could not {doing}");
    let Some(db) = error.as_db_error() else {
        let mut why = error.to_string();
        let mut cause = std::error::Error::source(error);
        while let Some(deeper) = cause {
            why = format!("{why}: {deeper}");
            cause = deeper.source();
        }
        let line = std::error::Error::source(error).is_some_and(|cause| cause.is::<std::io::Error>());
        let class = if line || error.is_closed() { Class::Line } else { Class::Other };
        return Diagnostic::error(class.code(), message)
            .why(clean(&why))
            .fix("see whether the server runs and can be reached, then run it again; nothing was changed");
    };
    let state = db.code().code();
    let mut why = db.message().to_owned();
    for (label, part) in [("detail", db.detail()), ("hint", db.hint()), ("at", db.where_())] {
        if let Some(part) = part {
            why = format!("{why}; {label}: {part}");
        }
    }
    why = format!("{why} (SQLSTATE {state})");
    let class = Class::of(state);
    Diagnostic::error(class.code(), message).why(clean(&why)).fix(fix(state))
}

/// The reason in the server's words, on one line.
pub(super) fn reason(error: &Error) -> String {
    match error.as_db_error() {
        Some(db) => match db.detail() {
            Some(detail) => clean(&format!("{} ({detail})", db.message())),
            None => clean(db.message()),
        },
        None => clean(&error.to_string()),
    }
}

/// What an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Key,
    Denied,
    Cancelled,
    Conflict,
    Data,
    Statement,
    Line,
    Other,
}

impl Class {
    fn of(state: &str) -> Class {
        match state {
            "23505" => Class::Key,
            "42501" => Class::Denied,
            "57014" => Class::Cancelled,
            "40001" | "40P01" | "55P03" => Class::Conflict,
            _ if state.starts_with("22") || state.starts_with("23") => Class::Data,
            _ if state.starts_with("42") => Class::Statement,
            _ if state.starts_with("08") || state.starts_with("57P") => Class::Line,
            _ => Class::Other,
        }
    }

    fn code(self) -> &'static str {
        match self {
            Class::Key => "key-exists",
            Class::Denied => "postgres-denied",
            Class::Cancelled => "postgres-cancelled",
            Class::Conflict => "postgres-conflict",
            Class::Data => "postgres-data",
            Class::Statement => "postgres-statement",
            Class::Line => "postgres-line-lost",
            Class::Other => "postgres-error",
        }
    }
}

fn fix(state: &str) -> &'static str {
    match state {
        "23505" => "write with `write_mode: upsert`, or take the rows that are there out before this step",
        "23502" => "fill the NULLs in a SQL step before, or let the column take NULL",
        "23503" => "load the table that is referred to first",
        "42501" => "grant the right to the connection's user",
        "57014" => "raise the server's statement_timeout, or read less",
        "40001" | "40P01" | "55P03" => "run it again; another session worked on the same rows",
        "53100" => "make room on the server's disk",
        _ if state.starts_with("22") || state.starts_with("23") => {
            "correct the value, or set `on_error: quarantine` to keep such rows aside"
        }
        _ if state.starts_with("42") => "correct the names and the SQL of the step",
        _ => "see the reason; nothing was changed",
    }
}

fn clean(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MOST).collect();
    secret::hide(&text).into_owned()
}
