//! A line to a server that a step works on: opened, in one transaction, and told when the run stops.

use std::path::PathBuf;
use std::sync::Arc;

use tokio_postgres::{Client, Error};

use super::fault;
use crate::connect::Connection;
use crate::connect::driver::flow::{Halt, Io};
use crate::connect::open::{Opened, Target};
use crate::connect::quote::{Ident, Quote};
use crate::diagnostic::Diagnostic;

/// The port of Supabase's pooler where a server's session lasts for a transaction only.
const TRANSACTION_PORT: u16 = 6543;

/// What every transaction begins with: forms of values that do not depend on the server's settings, and no
/// time limits, because a slow step beside this one is no fault of the statement.
const SETTINGS: &str = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; \
    SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL intervalstyle = 'postgres'; SET LOCAL bytea_output = 'hex'; \
    SET LOCAL extra_float_digits = 1; SET LOCAL standard_conforming_strings = on; SET LOCAL client_encoding = 'UTF8'";

/// A server to open sessions on.
#[derive(Clone)]
pub(in crate::connect::driver) struct Server {
    pub(in crate::connect::driver) connection: Arc<Connection>,
    pub(in crate::connect::driver) root: PathBuf,
}

/// A session.
pub(super) struct Session {
    pub client: Client,
    server: Server,
}

/// A name, quoted.
pub(super) fn ident(name: &str) -> Ident<'_> {
    Ident(Quote::Standard, name)
}

/// A table of a schema, quoted.
pub(super) fn table(schema: &str, name: &str) -> String {
    format!("{}.{}", ident(schema), ident(name))
}

impl Server {
    /// Opens a session.
    pub(super) fn open(&self, io: &Io) -> Result<Session, Halt> {
        let opened = io.wait(async {
            let target = Target::resolve(&self.root, &self.connection).map_err(Diagnostic::from)?;
            if target.port() == Some(TRANSACTION_PORT) {
                return Err(pooled(&self.connection));
            }
            target.open().await.map_err(Diagnostic::from)
        })?;
        match opened {
            Opened::Postgres(client) => Ok(Session { client, server: self.clone() }),
            _ => Err(pooled(&self.connection).into()),
        }
    }

    /// `@postgres.shop:public.orders`
    pub(super) fn place(&self, schema: &str, table: &str) -> String {
        format!("{}:{schema}.{table}", self.connection.reference())
    }
}

fn pooled(connection: &Connection) -> Diagnostic {
    let message = format!("{} leads to a pooler in transaction mode (port {TRANSACTION_PORT})", connection.reference());
    Diagnostic::error("postgres-transaction-pooler", message)
        .why("there a session lasts for one transaction: prepared statements and snapshots of a step do not live long enough")
        .fix("use port 5432: the same pooler in session mode (user postgres.<project>), or the direct address db.<project>.supabase.co")
}

impl Session {
    /// Begins the transaction of a step that writes.
    pub fn begin(&self, io: &Io) -> Result<(), Halt> {
        self.run(io, &format!("BEGIN; {SETTINGS}"), "begin a transaction")
    }

    /// Begins a transaction that sees one state of the database throughout and changes nothing.
    pub fn begin_reading(&self, io: &Io, snapshot: Option<&str>) -> Result<(), Halt> {
        // The name of a snapshot comes from the server; it has digits, letters and dashes.
        let shared = snapshot
            .map(|name| name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect::<String>())
            .map(|name| format!("SET TRANSACTION SNAPSHOT '{name}'; "))
            .unwrap_or_default();
        let begin = format!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {shared}{SETTINGS}");
        self.run(io, &begin, "begin a transaction that reads")
    }

    /// Runs statements without results.
    pub fn run(&self, io: &Io, sql: &str, doing: &str) -> Result<(), Halt> {
        self.wait(io, doing, self.client.batch_execute(sql))
    }

    /// Waits for the server. When the run stops meanwhile, the server is told to stop as well.
    pub fn wait<T>(&self, io: &Io, doing: &str, work: impl Future<Output = Result<T, Error>>) -> Result<T, Halt> {
        self.attempt(io, work)?.map_err(|error| fault::told(&error, doing).into())
    }

    /// The same, with the error as the server gave it.
    pub fn attempt<T>(&self, io: &Io, work: impl Future<Output = Result<T, Error>>) -> Result<Result<T, Error>, Halt> {
        let done = io.wait(async { Ok::<_, Halt>(work.await) });
        if matches!(done, Err(Halt::Stopped)) {
            self.cancel(io);
        }
        done
    }

    /// Tells the server to stop what this session does.
    pub fn cancel(&self, io: &Io) {
        let Ok(target) = Target::resolve(&self.server.root, &self.server.connection) else { return };
        let token = self.client.cancel_token();
        io.runtime.block_on(target.cancel(&token));
    }
}
