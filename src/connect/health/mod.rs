//! Whether connections work: each is opened for real, within a time, and closed again.
//!
//! Owns: what a check of a connection is, for every family, and checking many at once. Does not own: how a
//! database is opened and why that fails (`connect::open`).

mod folder;
mod http;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, mpsc};

use super::open::{FailureKind, Opened, open};
use super::{Connection, looks_secret};
use crate::diagnostic::Diagnostic;
use crate::secret;

/// How long a check may take where nobody says.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
/// Checks that run at once.
const AT_ONCE: usize = 16;

/// How a connection is.
#[derive(Clone, Debug)]
pub struct Health {
    /// `@family.alias`.
    pub reference: String,
    /// What answered, in words; or why nothing did.
    pub outcome: Result<String, Unwell>,
    /// How long it took.
    pub took: Duration,
}

/// Why a connection does not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unwell {
    /// Where it failed.
    pub kind: FailureKind,
    /// What a person is told.
    pub diagnostic: Diagnostic,
}

impl Unwell {
    fn new(
        kind: FailureKind,
        connection: &Connection,
        field: &str,
        message: impl Into<String>,
        why: impl AsRef<str>,
        fix: impl Into<String>,
    ) -> Unwell {
        let diagnostic = connection.error(field, kind.code(), message).why(secret::message(why.as_ref())).fix(fix);
        Unwell { kind, diagnostic }
    }
}

/// A word for where a connection failed, as `--json` has it.
pub fn word(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Dns => "dns",
        FailureKind::Refused => "refused",
        FailureKind::Timeout => "timeout",
        FailureKind::Tls => "tls",
        FailureKind::Auth => "auth",
        FailureKind::MissingSecret => "missing-secret",
        FailureKind::WrongDatabase => "wrong-database",
        FailureKind::Busy => "busy",
        FailureKind::Other => "other",
    }
}

/// How a connection is, as it is kept and shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It works.
    Works {
        /// What answered.
        detail: String,
    },
    /// It does not.
    Fails {
        /// Where it failed, in a word: `dns`, `auth`, …
        kind: String,
        /// What a person is told.
        diagnostic: Box<Diagnostic>,
    },
}

impl From<Result<String, Unwell>> for Verdict {
    fn from(outcome: Result<String, Unwell>) -> Verdict {
        match outcome {
            Ok(detail) => Verdict::Works { detail },
            Err(unwell) => {
                Verdict::Fails { kind: word(unwell.kind).to_owned(), diagnostic: Box::new(unwell.diagnostic) }
            }
        }
    }
}

/// Checks one connection within a time. `root` is the workspace.
pub async fn check(root: &Path, connection: &Connection, timeout: Duration) -> Health {
    let begun = Instant::now();
    let reference = connection.reference();
    let outcome = match tokio::time::timeout(timeout, connect(root, connection, timeout)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Unwell::new(
            FailureKind::Timeout,
            connection,
            "host",
            format!("{reference} does not answer"),
            format!("nothing came back within {} s", timeout.as_secs_f32()),
            "check the address and the firewalls between; `--timeout` allows more seconds",
        )),
    };
    Health { reference, outcome: outcome.map_err(hidden), took: begun.elapsed() }
}

/// Checks many at once; each is told when it is done. Needs a tokio runtime.
pub fn check_all(
    root: &Path,
    connections: impl IntoIterator<Item = Arc<Connection>>,
    timeout: Duration,
) -> mpsc::UnboundedReceiver<Health> {
    let (told, healths) = mpsc::unbounded_channel();
    let places = Arc::new(Semaphore::new(AT_ONCE));
    for connection in connections {
        let (root, told, places) = (root.to_owned(), told.clone(), places.clone());
        tokio::spawn(async move {
            // The semaphore is never closed.
            let _place = places.acquire().await;
            let _ = told.send(check(&root, &connection, timeout).await);
        });
    }
    healths
}

async fn connect(root: &Path, connection: &Connection, timeout: Duration) -> Result<String, Unwell> {
    variables(connection)?;
    let database = ["pg_dsn", "dsn", "password"].iter().any(|field| connection.has(field));
    match connection.family.as_str() {
        "filesystem" => folder::check(root, connection).await,
        "rest" => http::rest(connection, timeout).await,
        "graphql" => http::graphql(connection, timeout).await,
        "supabase" if !database => http::supabase(connection, timeout).await,
        _ => {
            let opened = open(root, connection).await;
            let opened =
                opened.map_err(|failure| Unwell { kind: failure.kind, diagnostic: failure.diagnostic().clone() })?;
            let word = match &opened {
                Opened::Postgres(_) => "logged in to PostgreSQL",
                Opened::Mysql(_) => "logged in to MySQL",
                Opened::Sqlite(_) => "opened the SQLite file",
                Opened::Folder(_) => "opened the folder",
            };
            opened.close().await;
            Ok(word.to_owned())
        }
    }
}

/// All variables that are not set are told at once, before anything is tried.
fn variables(connection: &Connection) -> Result<(), Unwell> {
    let other = |diagnostic| Unwell { kind: FailureKind::Other, diagnostic };
    let missing = connection.missing_variables().map_err(other)?;
    let [(_, field), ..] = missing.as_slice() else { return Ok(()) };
    let names: Vec<&str> = missing.iter().map(|(name, _)| name.as_str()).collect();
    let what = if missing.iter().any(|(_, field)| looks_secret(field)) { "lacks a secret" } else { "lacks a value" };
    let plural = if names.len() == 1 { "is" } else { "are" };
    let fields: Vec<&str> = missing.iter().map(|(_, field)| field.as_str()).collect();
    Err(Unwell::new(
        FailureKind::MissingSecret,
        connection,
        field,
        format!("{} {what}: {} {plural} not set", connection.reference(), names.join(", ")),
        format!("{} take their values from the secrets file, the environment or .env", fields.join(", ")),
        format!("`export {}=…`, or put it into .env or the secrets file", names[0]),
    ))
}

/// No word of it holds a secret.
fn hidden(unwell: Unwell) -> Unwell {
    Unwell { diagnostic: secret::hide_in(unwell.diagnostic), ..unwell }
}

#[cfg(test)]
mod tests;
