//! One connection at work.

use mysql_async::Conn;
use mysql_async::prelude::Queryable;

use super::told::told;
use crate::connect::driver::flow::{Halt, Io};
use crate::connect::{Connection, Opened, open};
use crate::diagnostic::Diagnostic;

/// No zero dates are made up, no value is cut to fit, a 0 in a counting column stays a 0, and backslashes
/// mean the same whatever the server is set to.
const SQL_MODE: &str = "STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION";
/// Seconds for which the server waits for a slow reader or writer at the other end of the run.
const PATIENCE: u32 = 86_400;

/// What a server is.
#[derive(Clone, Debug)]
pub(super) struct Server {
    /// Whether it takes LOAD DATA LOCAL.
    pub local_infile: bool,
    /// Longest statement, in bytes.
    pub max_packet: usize,
    /// The number that it knows this connection by.
    pub id: u32,
    /// The database that is used where a table names none.
    pub database: String,
}

/// A connection that is set up.
pub(super) struct Session {
    pub conn: Conn,
    pub server: Server,
}

impl Session {
    /// Opens one.
    ///
    /// # Errors
    /// It can't be opened; the server refuses the settings.
    pub fn open(io: &Io, connection: &Connection) -> Result<Session, Halt> {
        io.wait(Session::begin(io, connection))
    }

    async fn begin(io: &Io, connection: &Connection) -> Result<Session, Diagnostic> {
        let mut conn = connect(io, connection).await?;
        let settings = format!(
            "SET NAMES utf8mb4, SESSION time_zone = '+00:00', SESSION sql_mode = '{SQL_MODE}', \
             SESSION net_write_timeout = {PATIENCE}, SESSION net_read_timeout = {PATIENCE}, \
             SESSION wait_timeout = {PATIENCE}, SESSION sql_notes = 1, SESSION max_error_count = 64"
        );
        conn.query_drop(settings).await.map_err(told)?;
        let about = "SELECT @@local_infile, @@max_allowed_packet, CONNECTION_ID(), DATABASE()";
        let about: Option<(u8, u64, u32, Option<String>)> = conn.query_first(about).await.map_err(told)?;
        let (local_infile, packet, id, database) = about.unwrap_or_default();
        let server = Server {
            local_infile: local_infile == 1,
            max_packet: usize::try_from(packet).unwrap_or(usize::MAX).clamp(1 << 16, 1 << 26),
            id,
            database: database.unwrap_or_default(),
        };
        Ok(Session { conn, server })
    }

    /// Runs a statement without rows.
    ///
    /// # Errors
    /// What the server says; the run stops.
    pub fn run(&mut self, io: &Io, sql: &str) -> Result<(), Halt> {
        let done = io.wait(async { self.conn.query_drop(sql).await.map_err(told) });
        if matches!(done, Err(Halt::Stopped)) {
            tracing::debug!("the run stops while a statement runs");
        }
        done
    }

    /// Ends it in an orderly way.
    pub fn close(self, io: &Io) {
        let _ = within(io, 2, self.conn.disconnect());
    }
}

async fn connect(io: &Io, connection: &Connection) -> Result<Conn, Diagnostic> {
    match open(&io.root, connection).await.map_err(Diagnostic::from)? {
        Opened::Mysql(conn) => Ok(conn),
        _ => Err(Diagnostic::error("connection-family-mismatch", "the connection is none of MySQL")),
    }
}

/// Tells the server, over a line of its own, to stop what connection `id` does; with `whole` to end the
/// connection too. It may come too late, so that nothing is said when it fails.
pub(super) fn kill(io: &Io, connection: &Connection, id: u32, whole: bool) {
    let work = async {
        let mut conn = connect(io, connection).await?;
        let what = if whole { "CONNECTION" } else { "QUERY" };
        conn.query_drop(format!("KILL {what} {id}")).await.map_err(told)?;
        conn.disconnect().await.map_err(told)
    };
    if !matches!(within(io, 5, work), Some(Ok(()))) {
        tracing::debug!(id, "a statement of MySQL could not be killed");
    }
}

/// Waits so many seconds, also when the run stops: for what has to be done then.
pub(super) fn within<T>(io: &Io, seconds: u64, work: impl Future<Output = T>) -> Option<T> {
    let limit = std::time::Duration::from_secs(seconds);
    io.runtime.block_on(async { tokio::time::timeout(limit, work).await.ok() })
}
