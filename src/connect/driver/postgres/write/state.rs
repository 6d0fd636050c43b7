//! Where incremental reads got to, kept beside what was written of them: the table `_pipesmith_state` in the
//! schema of the target. Its rows are committed with those of the step.

use serde_json::Value;

use super::super::fault;
use super::super::session::{Session, table};
use crate::connect::driver::cursor::{self, CursorNote, STATE};
use crate::connect::driver::flow::{Halt, Io};

/// The table, where there is one that this user may use.
pub(super) struct State {
    sql: String,
}

impl State {
    /// Finds the table; where it may be made, makes it. Before the step's transaction begins.
    pub fn find(session: &Session, io: &Io, schema: &str, make: bool) -> Result<Option<State>, Halt> {
        let name = table(schema, STATE);
        if make {
            let create = format!(
                "CREATE TABLE IF NOT EXISTS {name} (pipeline text NOT NULL, step text NOT NULL, cursor_column text NOT NULL, \
                 value text NOT NULL, run_id text NOT NULL, changed_at timestamptz NOT NULL DEFAULT now(), \
                 PRIMARY KEY (pipeline, step))"
            );
            if let Err(error) = session.attempt(io, session.client.batch_execute(&create))? {
                tracing::debug!("{STATE} was not made: {}", fault::reason(&error));
            }
        }
        let usable = "SELECT has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT') \
            AND has_table_privilege(c.oid, 'UPDATE') FROM pg_class c \
            JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2";
        let found = session.wait(io, "look at the state", session.client.query_opt(usable, &[&schema, &STATE]))?;
        Ok(found.is_some_and(|row| row.get(0)).then_some(State { sql: name }))
    }

    /// Where a read got to.
    pub fn of(&self, session: &Session, io: &Io, reader: &str) -> Result<Option<Value>, Halt> {
        let sql = format!("SELECT value FROM {} WHERE pipeline = $1 AND step = $2", self.sql);
        let row = session.wait(io, "look at the state", session.client.query_opt(&sql, &[&io.pipeline, &reader]))?;
        Ok(row.and_then(|row| serde_json::from_str(row.get::<_, &str>(0)).ok()))
    }

    /// Notes where a read got to, within the step's transaction.
    pub fn note(&self, session: &Session, io: &Io, note: &CursorNote, place: &str) -> Result<(), Halt> {
        let sql = format!(
            "INSERT INTO {0} AS s (pipeline, step, cursor_column, value, run_id) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (pipeline, step) DO UPDATE SET cursor_column = EXCLUDED.cursor_column, value = EXCLUDED.value, \
             run_id = EXCLUDED.run_id, changed_at = now() WHERE s.value IS NOT DISTINCT FROM $6",
            self.sql
        );
        let (value, before) = (note.value.to_string(), note.before.as_ref().map(Value::to_string));
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
            [&io.pipeline, &note.reader, &note.column, &value, &io.run, &before];
        let changed = session.wait(io, "keep the state", session.client.execute(&sql, &values))?;
        if changed == 1 { Ok(()) } else { Err(cursor::moved(note, place).into()) }
    }
}
