//! Why a connection could not be opened, and what to do about it.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use crate::connect::Connection;
use crate::diagnostic::Diagnostic;

/// A server's words are cut after this many characters.
const MAX_WHY: usize = 400;
/// What stands where a secret stood.
const MASK: &str = crate::secret::MASK;

/// Where opening failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The server's name leads nowhere.
    Dns,
    /// Nobody listens there.
    Refused,
    /// No answer in time.
    Timeout,
    /// The encrypted line could not be made.
    Tls,
    /// The login was refused.
    Auth,
    /// A secret, or another variable, is not set.
    MissingSecret,
    /// The server is there, the database (or file, or folder) is not.
    WrongDatabase,
    /// It takes no more clients, or is only starting.
    Busy,
    /// Something else.
    Other,
}

impl FailureKind {
    /// The code of its diagnostic.
    pub fn code(self) -> &'static str {
        match self {
            FailureKind::Dns => "connection-dns",
            FailureKind::Refused => "connection-refused",
            FailureKind::Timeout => "connection-timeout",
            FailureKind::Tls => "connection-tls",
            FailureKind::Auth => "connection-auth",
            FailureKind::MissingSecret => "connection-secret",
            FailureKind::WrongDatabase => "connection-database",
            FailureKind::Busy => "connection-busy",
            FailureKind::Other => "connection-failed",
        }
    }

    fn message(self, reference: &str) -> String {
        match self {
            FailureKind::Dns => format!("the host of {reference} is not known"),
            FailureKind::Refused => format!("the server of {reference} refuses connections"),
            FailureKind::Timeout => format!("the server of {reference} does not answer"),
            FailureKind::Tls => format!("no encrypted line to the server of {reference} can be made"),
            FailureKind::Auth => format!("{reference} may not log in"),
            FailureKind::MissingSecret => format!("{reference} lacks a secret"),
            FailureKind::WrongDatabase => format!("what {reference} names is not there"),
            FailureKind::Busy => format!("the server of {reference} lets nobody in just now"),
            FailureKind::Other => format!("{reference} can't be opened"),
        }
    }

    fn fix(self, family: &str) -> &'static str {
        match (self, family) {
            (FailureKind::Dns, _) => "correct `host`, or check the name server (and the VPN) of this machine",
            (FailureKind::Refused, _) => "check `host` and `port`, that the server runs, and that it listens there",
            (FailureKind::Timeout, _) => {
                "check `host` and `port` and the firewalls between; `connect_timeout` allows more seconds"
            }
            (FailureKind::Tls, _) => {
                "check `sslmode` (disable, prefer, require, verify-ca, verify-full) and `sslrootcert`, the file of the authority that signed the server's certificate"
            }
            (FailureKind::Auth, "filesystem" | "sqlite") => "give this user the right to read it",
            (FailureKind::Auth, _) => {
                "check `user` and `password`, and that the server lets this user in from this machine"
            }
            (FailureKind::MissingSecret, _) => "set it in the environment, in .env or in the secrets file",
            (FailureKind::WrongDatabase, "sqlite") => "correct `path`; it is relative to the workspace",
            (FailureKind::WrongDatabase, "filesystem") => "make the folder, or correct `base_dir`",
            (FailureKind::WrongDatabase, _) => "correct `database`, or let the user use it",
            (FailureKind::Busy, _) => "try again later; the server's limit of connections may have to be raised",
            (FailureKind::Other, _) => "see the reason; `pipesmith connections doctor` tries again",
        }
    }
}

/// A connection that could not be opened.
#[derive(Clone, Debug)]
pub struct OpenFailure {
    /// Where it failed.
    pub kind: FailureKind,
    diagnostic: Box<Diagnostic>,
}

impl OpenFailure {
    /// A failure in the driver's or the server's words.
    pub(super) fn new(kind: FailureKind, connection: &Connection, why: impl AsRef<str>) -> OpenFailure {
        let diagnostic = Diagnostic::error(kind.code(), kind.message(&connection.reference()))
            .path(path(connection))
            .why(bounded(why.as_ref()))
            .fix(kind.fix(&connection.family));
        OpenFailure { kind, diagnostic: Box::new(diagnostic) }
    }

    /// A field that has no value, or a value of the wrong kind: the diagnostic says which.
    pub(super) fn unresolved(_connection: &Connection, problem: Diagnostic) -> OpenFailure {
        let kind = match problem.code.as_str() {
            "variable-not-set" => FailureKind::MissingSecret,
            _ => FailureKind::Other,
        };
        OpenFailure { kind, diagnostic: Box::new(problem) }
    }

    /// A field that is missing or can't be understood. `why` must not hold its value.
    pub(super) fn field(connection: &Connection, field: &str, message: String, fix: &str) -> OpenFailure {
        let diagnostic = Diagnostic::error("connection-field", message)
            .path(format!("{}.{field}", path(connection)))
            .why(format!("{} can't be opened without it", connection.reference()))
            .fix(fix);
        OpenFailure { kind: FailureKind::Other, diagnostic: Box::new(diagnostic) }
    }

    pub(super) fn no_driver(connection: &Connection) -> OpenFailure {
        let family = &connection.family;
        let diagnostic = Diagnostic::error("no-driver", format!("family `{family}` has no driver yet"))
            .path(path(connection))
            .why("this version opens postgres, supabase, mysql, sqlite and filesystem")
            .fix("use a connection of one of these families");
        OpenFailure { kind: FailureKind::Other, diagnostic: Box::new(diagnostic) }
    }

    /// The same with every secret masked that got into its words.
    pub(super) fn without(mut self, secrets: &[SecretString]) -> OpenFailure {
        self.diagnostic.message = masked(&self.diagnostic.message, secrets);
        self.diagnostic.why = self.diagnostic.why.map(|why| masked(&why, secrets));
        self
    }

    /// What a person is told.
    pub fn diagnostic(&self) -> &Diagnostic {
        &self.diagnostic
    }
}

impl fmt::Display for OpenFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.message)
    }
}

impl std::error::Error for OpenFailure {}

impl From<OpenFailure> for Diagnostic {
    fn from(failure: OpenFailure) -> Diagnostic {
        *failure.diagnostic
    }
}

fn path(connection: &Connection) -> String {
    format!("connections.{}.{}", connection.family, connection.alias)
}

/// A server's words on one line, without control characters, cut.
pub(in crate::connect) fn bounded(text: &str) -> String {
    // Before cutting, so that no part of a secret is left at the cut.
    let hidden = crate::secret::message(text);
    let clean: String = hidden.chars().take(MAX_WHY).collect();
    let words: Vec<&str> = clean.split_whitespace().collect();
    words.join(" ")
}

/// A text with every secret masked that is in it.
pub(super) fn masked(text: &str, secrets: &[SecretString]) -> String {
    let secrets = secrets.iter().map(|secret| secret.expose_secret()).filter(|secret| !secret.is_empty());
    secrets.fold(text.to_owned(), |text, secret| if text.contains(secret) { text.replace(secret, MASK) } else { text })
}
