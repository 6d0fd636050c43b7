//! What runs have written, kept beside what they wrote: the table `_pipesmith_runs` in the schema of the
//! target. Its row is committed with the rows of the step, so that a step that is repeated under the same
//! run id finds out that its work is done.

use super::super::fault;
use super::super::session::{Session, table};
use crate::connect::driver::flow::{Halt, Io};

const NAME: &str = "_pipesmith_runs";

/// The table, where there is one that this user may use.
pub(super) struct Runs {
    sql: Option<String>,
}

impl Runs {
    /// Finds the table, or makes it. Before the step's transaction begins. Where the user may not make it,
    /// runs are not kept.
    pub fn find(session: &Session, io: &Io, schema: &str) -> Result<Runs, Halt> {
        let name = table(schema, NAME);
        let usable = "SELECT has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT') FROM pg_class c \
            JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2";
        let look = || session.wait(io, "look at _pipesmith_runs", session.client.query_opt(usable, &[&schema, &NAME]));
        if let Some(row) = look()? {
            return Ok(Runs { sql: row.get::<_, bool>(0).then_some(name) });
        }
        let create = format!(
            "CREATE TABLE IF NOT EXISTS {name} (run_id text NOT NULL, step text NOT NULL, pipeline text NOT NULL, \
             target text NOT NULL, rows bigint NOT NULL, finished_at timestamptz NOT NULL DEFAULT now(), \
             PRIMARY KEY (run_id, step))"
        );
        if let Err(error) = session.attempt(io, session.client.batch_execute(&create))? {
            // Two steps that make it at the same time: one of them is told so.
            tracing::debug!("_pipesmith_runs was not made: {}", fault::reason(&error));
        }
        let usable = look()?.is_some_and(|row| row.get(0));
        if !usable {
            tracing::warn!("{} can't be written to; repeating this run would write its rows again", name);
        }
        Ok(Runs { sql: usable.then_some(name) })
    }

    /// The rows that this step of this run has written already.
    pub fn written(&self, session: &Session, io: &Io) -> Result<Option<u64>, Halt> {
        let Some(sql) = &self.sql else { return Ok(None) };
        let sql = format!("SELECT rows FROM {sql} WHERE run_id = $1 AND step = $2");
        let row = session.wait(io, "look at _pipesmith_runs", session.client.query_opt(&sql, &[&io.run, &io.step]))?;
        Ok(row.map(|row| u64::try_from(row.get::<_, i64>(0)).unwrap_or(0)))
    }

    /// Notes what this step wrote.
    pub fn note(&self, session: &Session, io: &Io, target: &str, rows: u64) -> Result<(), Halt> {
        let Some(sql) = &self.sql else { return Ok(()) };
        let sql = format!("INSERT INTO {sql} (run_id, step, pipeline, target, rows) VALUES ($1, $2, $3, $4, $5)");
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 5] = [&io.run, &io.step, &io.pipeline, &target, &rows];
        session.wait(io, "note the run", session.client.execute(&sql, &values))?;
        Ok(())
    }
}
