//! Where incremental reads got to, kept beside what was written of them: the table `_pipesmith_state` in the
//! schema of the target.

use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use serde_json::Value;

use super::ledger::exists;
use super::quoted;
use super::told::told;
use crate::connect::driver::cursor::{self, CursorNote, STATE};
use crate::connect::driver::flow::Io;
use crate::diagnostic::Diagnostic;

/// The table.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// Quoted.
    table: String,
}

impl State {
    /// Finds the table; where it may be made, makes it. Before a transaction begins.
    pub async fn find(conn: &mut Conn, schema: &str, make: bool) -> Result<Option<State>, Diagnostic> {
        let table = format!("{}.{}", quoted(schema), quoted(STATE));
        if exists(conn, schema, STATE).await? {
            return Ok(Some(State { table }));
        }
        if !make {
            return Ok(None);
        }
        let sql = format!(
            "CREATE TABLE IF NOT EXISTS {table} (pipeline VARCHAR(190) NOT NULL, step VARCHAR(190) NOT NULL, \
             cursor_column VARCHAR(190) NOT NULL, value TEXT NOT NULL, run_id VARCHAR(64) NOT NULL, \
             changed_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6), \
             PRIMARY KEY (pipeline, step)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"
        );
        match conn.query_drop(sql).await {
            Ok(()) => Ok(Some(State { table })),
            Err(error) => {
                tracing::debug!("{STATE} was not made: {}", told(error).why.unwrap_or_default());
                Ok(None)
            }
        }
    }

    /// Where a read got to.
    pub async fn of(&self, conn: &mut Conn, io: &Io, reader: &str) -> Result<Option<Value>, Diagnostic> {
        let sql = format!("SELECT value FROM {} WHERE pipeline = ? AND step = ?", self.table);
        let found: Option<String> = conn.exec_first(sql, (&io.pipeline, reader)).await.map_err(told)?;
        Ok(found.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Notes where a read got to, within a transaction.
    pub async fn note(&self, conn: &mut Conn, io: &Io, note: &CursorNote, place: &str) -> Result<(), Diagnostic> {
        let sql = format!("SELECT value FROM {} WHERE pipeline = ? AND step = ? FOR UPDATE", self.table);
        let found: Option<String> = conn.exec_first(sql, (&io.pipeline, &note.reader)).await.map_err(told)?;
        if found.is_some() && found != note.before.as_ref().map(Value::to_string) {
            return Err(cursor::moved(note, place));
        }
        let sql = format!(
            "INSERT INTO {} (pipeline, step, cursor_column, value, run_id) VALUES (?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE \
             cursor_column = VALUES(cursor_column), value = VALUES(value), run_id = VALUES(run_id)",
            self.table
        );
        let values = (&io.pipeline, &note.reader, &note.column, note.value.to_string(), &io.run);
        conn.exec_drop(sql, values).await.map_err(told)
    }
}
