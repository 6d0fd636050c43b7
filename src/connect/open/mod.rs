//! Opening a connection: the way from `@family.alias` to a driver that has logged in.
//!
//! Owns: where a connection's server is and how it is reached (address, TLS, login, timeout), and what is
//! said when that fails. Does not own: the connections file (`connect::file`), what is then read or
//! written.

mod failure;
mod fields;
mod mysql;
mod postgres;
mod server;
mod sqlite;
mod target;
mod tls;

use std::path::Path;
use std::time::Duration;

pub(super) use failure::bounded;
pub use failure::{FailureKind, OpenFailure};
pub use target::Target;

use super::Connection;

/// How long opening may take where the connection has no `connect_timeout`.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection that is open.
pub enum Opened {
    /// PostgreSQL, also that of Supabase.
    Postgres(tokio_postgres::Client),
    /// MySQL or MariaDB.
    Mysql(mysql_async::Conn),
    /// SQLite, read-only.
    Sqlite(rusqlite::Connection),
    /// A folder that can be read.
    Folder(std::path::PathBuf),
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Opened::Postgres(_) => "Opened::Postgres",
            Opened::Mysql(_) => "Opened::Mysql",
            Opened::Sqlite(_) => "Opened::Sqlite",
            Opened::Folder(_) => "Opened::Folder",
        })
    }
}

impl Opened {
    /// Ends it in an orderly way. Dropping does as well, only that a server then notes a lost client.
    pub async fn close(self) {
        if let Opened::Mysql(connection) = self {
            let _ = connection.disconnect().await;
        }
    }
}

/// Opens a connection: looks the server up, connects, encrypts, logs in, chooses the database, all within
/// its `connect_timeout` (seconds; 10 without one). `root` is the workspace. Needs a tokio runtime.
///
/// # Errors
/// What failed, with the fix. No text of it holds a secret of the connection.
pub async fn open(root: &Path, connection: &Connection) -> Result<Opened, OpenFailure> {
    Target::resolve(root, connection)?.open().await
}

#[cfg(test)]
mod tests;
