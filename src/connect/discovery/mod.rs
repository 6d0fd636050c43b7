//! Discovery: the schema of what a connection leads to. Values only where a connection allows samples.
//!
//! Owns: what a discovery is, its fingerprint, its text for a model, how databases are looked at, and the
//! cache. Does not own: how files are looked at (`connect::driver`), how a connection is opened
//! (`connect::open`), how the cache lies on disk (`store`).

mod cache;
mod key;
mod looked;
mod mysql;
mod options;
mod postgres;
mod sqlite;
mod table;
mod text;
mod value;

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

pub use cache::{Cache, Found, Origin, Request, Settings, tables_of};
pub use key::{Component, Key, Miss};
pub use options::{Options, Samples, samples_of};
pub use table::{Column, ColumnKind, ForeignKey, RowCount, Table};
pub use text::printable;

use self::looked::Looked;
use super::Connection;
use super::driver::filesystem;
use super::open::{Opened, Target};
use crate::canonical;
use crate::diagnostic::Diagnostic;

/// Names longer than this are of nobody's making; such tables and columns are left out.
const MAX_NAME: usize = 256;
/// The columns of one table that are taken.
const MAX_COLUMNS: usize = 2_000;

/// What a connection leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovery {
    /// The connection, `@family.alias`.
    pub connection: String,
    /// `sha256:` and 64 hex digits, of what the connection is known by (no secrets) and the tables.
    pub fingerprint: String,
    /// The tables, sorted by path.
    pub tables: Vec<Table>,
    /// Whether there are more tables or columns than were taken.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

/// Looks at what a connection leads to, `root` being the workspace. A database's server is asked with a
/// read-only transaction, each query within `timeout`.
///
/// # Errors
/// A family without a driver, a field that can't be resolved, a server that does not let us in or does not
/// answer in time, a folder that can't be read. A single broken file or table is no error; it is listed
/// with its problem.
pub async fn discover(
    root: &Path,
    connection: &Connection,
    options: &Options,
    timeout: Duration,
) -> Result<Discovery, Diagnostic> {
    let target = Target::resolve(root, connection)?;
    look(&target, connection, options, timeout).await
}

/// The same of a target that is resolved already.
pub(super) async fn look(
    target: &Target<'_>,
    connection: &Connection,
    options: &Options,
    timeout: Duration,
) -> Result<Discovery, Diagnostic> {
    // Queries have the timeout each; there are a few of them, and a server that ignores it is left.
    let looking = tokio::time::timeout(timeout * 2, tables(target, connection, options, timeout));
    let Looked { mut tables, mut cut } = match looking.await {
        Ok(found) => found?,
        Err(_) => return Err(failed(connection, &format!("it took longer than {} s", timeout.as_secs() * 2))),
    };
    let before = tables.len();
    tables.retain(|table| table.path.len() <= 2 * MAX_NAME && table.name.len() <= MAX_NAME);
    cut |= tables.len() < before;
    for table in &mut tables {
        cut |= narrow(table, options);
    }
    if connection.family != "filesystem" {
        tables.sort_by(|a, b| a.path.cmp(&b.path));
    }
    let fingerprint = fingerprint(target, connection, &tables);
    Ok(Discovery { connection: connection.reference(), fingerprint, tables, cut })
}

async fn tables(
    target: &Target<'_>,
    connection: &Connection,
    options: &Options,
    timeout: Duration,
) -> Result<Looked, Diagnostic> {
    if let (Some(folder), "filesystem") = (target.path(), connection.family.as_str()) {
        let (folder, connection, options) = (folder.to_owned(), connection.clone(), options.clone());
        let looking = move || filesystem::tables(&folder, &connection, &options);
        let (tables, cut) = tokio::task::spawn_blocking(looking).await.map_err(|error| defect(&error))??;
        return Ok(Looked { tables, cut });
    }
    let found = match target.open().await? {
        Opened::Postgres(mut client) => postgres::tables(&mut client, options, timeout).await,
        Opened::Mysql(mut connection) => {
            let found = mysql::tables(&mut connection, options, timeout).await;
            let _ = connection.disconnect().await;
            found
        }
        Opened::Sqlite(connection) => {
            let (interrupt, options) = (connection.get_interrupt_handle(), options.clone());
            let mut looking = tokio::task::spawn_blocking(move || sqlite::tables(&connection, &options, timeout));
            match tokio::time::timeout(timeout, &mut looking).await {
                Ok(found) => found.map_err(|error| defect(&error))?,
                Err(_) => {
                    interrupt.interrupt();
                    looking.await.map_err(|error| defect(&error))?
                }
            }
        }
        Opened::Folder(_) => Err("a folder was opened that is none".to_owned()),
    };
    found.map_err(|why| failed(connection, &target.mask(&why)))
}

fn failed(connection: &Connection, why: &str) -> Diagnostic {
    Diagnostic::error("discovery-failed", format!("{} can't be discovered", connection.reference()))
        .path(format!("connections.{}.{}", connection.family, connection.alias))
        .why(super::open::bounded(why))
        .fix("see the reason; `pipesmith discover` tries again, and --tables makes it less")
}

fn defect(error: &tokio::task::JoinError) -> Diagnostic {
    Diagnostic::error("discovery-failed", "looking at it failed").why(format!("a defect of the program: {error}"))
}

/// Leaves the columns that are asked for, with their samples. Says whether some were too many.
fn narrow(table: &mut Table, options: &Options) -> bool {
    let fits = |column: &Column| column.name.len() <= MAX_NAME;
    let wanted = |column: &Column| fits(column) && options.wants_column(&column.name);
    let kept: Vec<bool> = table.columns.iter().map(wanted).collect();
    let cut = table.columns.iter().any(|column| !fits(column)) || table.columns.len() > MAX_COLUMNS;
    if cut || kept.contains(&false) {
        let keep = |at: &mut usize| {
            *at += 1;
            kept.get(*at - 1).copied().unwrap_or(false)
        };
        let mut at = 0;
        table.columns.retain(|_| keep(&mut at));
        table.columns.truncate(MAX_COLUMNS);
        for row in &mut table.samples {
            at = 0;
            row.retain(|_| keep(&mut at));
            row.truncate(MAX_COLUMNS);
        }
    }
    cut
}

impl Discovery {
    /// The schema as text for a model: the same for the same discovery, bounded in length, free of control
    /// characters; of values it has the samples that were asked for. Where there are more tables than fit,
    /// those that `about` names come first.
    pub fn for_model(&self, about: &str) -> String {
        text::for_model(self, about)
    }
}

fn fingerprint(target: &Target<'_>, connection: &Connection, tables: &[Table]) -> String {
    let fields: serde_json::Map<_, _> =
        connection.shown().map(|(name, shown)| (name.to_owned(), shown.into())).collect();
    let mut whole = json!({ "connection": connection.reference(), "fields": fields, "tables": tables });
    // Of a folder, the same files are the same discovery wherever the folder lies.
    if connection.family != "filesystem" {
        whole["target"] = target.identity();
    }
    canonical::fingerprint(&canonical::json(&whole))
}
