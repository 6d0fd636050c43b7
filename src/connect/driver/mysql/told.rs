//! What the driver and the server say, as diagnostics.

use mysql_async::{DriverError, Error, IoError};

use crate::diagnostic::Diagnostic;
use crate::secret::message;

/// Access denied to a table, a column, a database; a command that is denied.
const DENIED: [u16; 5] = [1044, 1045, 1142, 1143, 1227];
/// A deadlock, a lock that did not come free.
const LOCKED: [u16; 2] = [1213, 1205];
/// The statement was killed, or took too long.
const KILLED: [u16; 3] = [1317, 3024, 1969];

/// An error of the driver or the server. Its words go through the redactor.
pub(super) fn told(error: Error) -> Diagnostic {
    match error {
        Error::Server(error) => server(error.code, &error.message),
        Error::Io(IoError::Io(error)) => lost(&error.to_string()),
        Error::Io(IoError::Tls(error)) => lost(&error.to_string()),
        Error::Driver(DriverError::ConnectionClosed) => lost("the server closed it"),
        // What else it says may hold bytes of the line.
        Error::Driver(_) => lost("the driver and the server do not understand each other"),
        other => lost(&other.to_string()),
    }
}

fn lost(why: &str) -> Diagnostic {
    Diagnostic::error("mysql-line-lost", "the line to the MySQL server broke")
        .why(message(why))
        .fix("run it again; nothing of this step is visible in the target")
}

/// An error of the server by its number.
pub(super) fn server(code: u16, words: &str) -> Diagnostic {
    let words = format!("{} ({code})", message(words));
    let class = Class::of(code);
    let (text, fix) = match class {
        Class::Denied => {
            ("the MySQL server does not let this user do that", "grant the user the right, or use another connection")
        }
        Class::Conflict => {
            ("somebody else holds rows that this step needs", "run it again when the other transaction has ended")
        }
        Class::Cancelled => ("the MySQL server ended the statement", "see who ended it, then run it again"),
        Class::Error => ("the MySQL server refuses", "see the reason"),
    };
    Diagnostic::error(class.code(), text).why(words).fix(fix)
}

#[derive(Clone, Copy)]
enum Class {
    Denied,
    Conflict,
    Cancelled,
    Error,
}

impl Class {
    fn of(code: u16) -> Class {
        match code {
            _ if DENIED.contains(&code) => Class::Denied,
            _ if LOCKED.contains(&code) => Class::Conflict,
            _ if KILLED.contains(&code) => Class::Cancelled,
            _ => Class::Error,
        }
    }

    fn code(self) -> &'static str {
        match self {
            Class::Denied => "mysql-denied",
            Class::Conflict => "mysql-conflict",
            Class::Cancelled => "mysql-cancelled",
            Class::Error => "mysql-error",
        }
    }
}
