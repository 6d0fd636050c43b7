//! What runs have written, kept beside what they wrote: the table `_pipesmith_runs` in the schema of the
//! target. Its row is committed with the rows of the step, so that a step that is repeated under the same
//! run id finds out that its work is done.
//!
//! A table that takes the place of another does so by RENAME TABLE, which MySQL commits by itself. Its row
//! says so before: as long as `pending` names a table that is there, the renaming has not been.

use mysql_async::Conn;
use mysql_async::prelude::Queryable;

use super::quoted;
use super::told::told;
use crate::connect::driver::flow::Io;
use crate::diagnostic::Diagnostic;

const NAME: &str = "_pipesmith_runs";

/// The table of runs.
#[derive(Clone, Debug)]
pub(super) struct Ledger {
    /// Quoted.
    table: String,
    schema: String,
}

impl Ledger {
    /// Finds the table, or makes it; none where this user may not. Before a transaction begins.
    pub async fn find(conn: &mut Conn, schema: &str) -> Result<Option<Ledger>, Diagnostic> {
        let table = format!("{}.{}", quoted(schema), quoted(NAME));
        let ledger = Ledger { table: table.clone(), schema: schema.to_owned() };
        if exists(conn, schema, NAME).await? {
            return Ok(Some(ledger));
        }
        let sql = format!(
            "CREATE TABLE IF NOT EXISTS {table} (run_id VARCHAR(64) NOT NULL, step VARCHAR(190) NOT NULL, \
             pipeline VARCHAR(190) NOT NULL, target VARCHAR(190) NOT NULL, `rows` BIGINT UNSIGNED NOT NULL, \
             pending VARCHAR(64) NULL, finished_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), \
             PRIMARY KEY (run_id, pipeline, step)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"
        );
        match conn.query_drop(sql).await {
            Ok(()) => Ok(Some(ledger)),
            Err(error) => {
                let reason = told(error).why.unwrap_or_default();
                tracing::warn!("{table} can't be made ({reason}); repeating this run would write its rows again");
                Ok(None)
            }
        }
    }

    /// The rows that this step of this run has written already.
    pub async fn written(&self, conn: &mut Conn, io: &Io) -> Result<Option<u64>, Diagnostic> {
        let sql = format!("SELECT `rows`, pending FROM {} WHERE run_id = ? AND pipeline = ? AND step = ?", self.table);
        let found: Option<(u64, Option<String>)> =
            conn.exec_first(sql, (&io.run, &io.pipeline, &io.step)).await.map_err(told)?;
        match found {
            Some((rows, None)) => Ok(Some(rows)),
            Some((rows, Some(table))) if !exists(conn, &self.schema, &table).await? => Ok(Some(rows)),
            Some(_) | None => Ok(None),
        }
    }

    /// Settles what a killed run left under the name of a table that is not renamed yet. Its lock is held.
    pub async fn settle(&self, conn: &mut Conn, table: &str) -> Result<(), Diagnostic> {
        let there = exists(conn, &self.schema, table).await?;
        let sql = match there {
            true => format!("DELETE FROM {} WHERE pending = ?", self.table),
            false => format!("UPDATE {} SET pending = NULL WHERE pending = ?", self.table),
        };
        conn.exec_drop(sql, (table,)).await.map_err(told)
    }

    /// Notes what this step wrote, within its transaction.
    pub async fn note(
        &self,
        conn: &mut Conn,
        io: &Io,
        target: &str,
        rows: u64,
        pending: Option<&str>,
    ) -> Result<(), Diagnostic> {
        let sql = format!(
            "INSERT INTO {} (run_id, pipeline, step, target, `rows`, pending) VALUES (?, ?, ?, LEFT(?, 190), ?, ?)",
            self.table
        );
        conn.exec_drop(sql, (&io.run, &io.pipeline, &io.step, target, rows, pending)).await.map_err(told)
    }

    /// Notes that a table has its name.
    pub async fn renamed(&self, conn: &mut Conn, io: &Io) -> Result<(), Diagnostic> {
        let sql = format!("UPDATE {} SET pending = NULL WHERE run_id = ? AND pipeline = ? AND step = ?", self.table);
        conn.exec_drop(sql, (&io.run, &io.pipeline, &io.step)).await.map_err(told)
    }
}

/// Whether there is a table of a name.
pub(super) async fn exists(conn: &mut Conn, schema: &str, table: &str) -> Result<bool, Diagnostic> {
    let sql = "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?";
    let count: Option<u64> = conn.exec_first(sql, (schema, table)).await.map_err(told)?;
    Ok(count.unwrap_or(0) > 0)
}
