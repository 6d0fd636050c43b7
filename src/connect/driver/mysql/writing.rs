//! A write that is under way: batches are turned into texts here while a task of its own waits for the
//! server.

use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::encode::Encoder;
use super::ledger::Ledger;
use super::load::{Chunk, Load, unfit_row};
use super::merge;
use super::session::{Session, kill, within};
use super::sink::{MysqlSink, Place};
use super::state::State;
use super::told::told;
use crate::connect::Connection;
use crate::connect::driver::cursor::CursorNote;
use crate::connect::driver::flow::{Halt, Io, Writing, Written};
use crate::diagnostic::Diagnostic;

/// Batches that are ready while one is at the server.
const READY: usize = 2;

/// Where rows go until all are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Into the table, in a transaction.
    Added,
    /// The same, after its rows were deleted.
    Emptied,
    /// Into a table of this connection, and from there by key.
    Merged,
    /// Into a new table that takes the place of the old one.
    Swapped { new: String, old: String },
    /// Into a new table that gets its name at the end.
    Made { new: String },
}

/// What the task has at its end.
struct Worked {
    conn: Conn,
    load: Load,
    rows: u64,
    ended: Result<(), Diagnostic>,
}

/// A write that is under way.
pub(super) struct MysqlWriting {
    io: Io,
    connection: Connection,
    key: Vec<String>,
    place: Place,
    way: Way,
    ledger: Option<Ledger>,
    state: Option<State>,
    /// Where incremental reads got to.
    notes: Vec<CursorNote>,
    /// The number that the server knows the connection by.
    id: u32,
    encoder: Encoder,
    local: bool,
    /// Whether rows that do not fit are left to the task, which keeps them.
    lenient: bool,
    ready: Option<mpsc::Sender<Chunk>>,
    task: Option<JoinHandle<Worked>>,
    taken: u64,
    bytes: u64,
    /// Bytes to keep ready for the lines of a batch.
    longest: usize,
    finished: bool,
}

impl MysqlWriting {
    pub fn start(
        sink: &MysqlSink,
        io: &Io,
        session: Session,
        place: Place,
        load: Load,
        way: Way,
        (ledger, state): (Option<Ledger>, Option<State>),
    ) -> MysqlWriting {
        let (ready, chunks) = mpsc::channel(READY);
        let (encoder, local, lenient) = (load.encoder.clone(), load.local, load.rejects.is_some());
        let id = session.server.id;
        let task = Some(io.runtime.spawn(work(session.conn, load, chunks)));
        MysqlWriting {
            io: io.clone(),
            connection: sink.connection.clone(),
            key: sink.options.key.clone(),
            place,
            way,
            ledger,
            state,
            notes: Vec::new(),
            id,
            encoder,
            local,
            lenient,
            ready: Some(ready),
            task,
            taken: 0,
            bytes: 0,
            longest: 0,
            finished: false,
        }
    }

    /// What the task says, once it has ended.
    fn worked(&mut self) -> Result<Worked, Halt> {
        self.ready = None;
        let Some(mut task) = self.task.take() else { return Err(Halt::Stopped) };
        let waited = self.io.wait(async { (&mut task).await.map_err(|error| defect(&error)) });
        if waited.is_err() {
            task.abort();
        }
        waited
    }

    async fn end(&self, worked: &mut Worked) -> Result<u64, Diagnostic> {
        let Worked { conn, load, rows, .. } = worked;
        let rejected = load.rejects.as_ref().map_or(0, crate::connect::driver::rejects::Rejects::count);
        if *rows + rejected != self.taken {
            let message = format!("{} rows came, {rows} were written and {rejected} rejected", self.taken);
            return Err(Diagnostic::error("rows-mismatch", message).fix("nothing was changed; run it again"));
        }
        if let Some(rejects) = &mut load.rejects {
            rejects.finish()?;
        }
        if self.way == Way::Merged {
            merge::take_over(conn, &self.place.quoted, &self.encoder.columns, &self.key, *rows).await?;
        }
        let pending = match &self.way {
            Way::Swapped { new, .. } | Way::Made { new } => Some(new.as_str()),
            _ => None,
        };
        if let Some(ledger) = &self.ledger {
            ledger.note(conn, &self.io, &self.place.shown, *rows, pending).await?;
        }
        // A table that gets its name afterwards has the state afterwards, too: as long as it has not, the rows are
        // not there, and are read again.
        let at_once = !matches!(self.way, Way::Swapped { .. } | Way::Made { .. });
        if at_once {
            self.note(conn).await?;
        }
        conn.query_drop("COMMIT").await.map_err(told)?;
        let (place, beside) = (&self.place, |name: &str| self.place.beside(name));
        match &self.way {
            Way::Made { new } => {
                let sql = format!("RENAME TABLE {} TO {}", beside(new), place.quoted);
                conn.query_drop(sql).await.map_err(told)?;
            }
            Way::Swapped { new, old } => {
                let sql = format!("RENAME TABLE {0} TO {1}, {2} TO {0}", place.quoted, beside(old), beside(new));
                conn.query_drop(sql).await.map_err(told)?;
            }
            _ => {}
        }
        if !at_once {
            conn.query_drop("START TRANSACTION").await.map_err(told)?;
            self.note(conn).await?;
            conn.query_drop("COMMIT").await.map_err(told)?;
        }
        Ok(*rows)
    }

    async fn note(&self, conn: &mut Conn) -> Result<(), Diagnostic> {
        if let Some(state) = &self.state {
            for note in &self.notes {
                state.note(conn, &self.io, note, &self.place.shown).await?;
            }
        }
        Ok(())
    }

    /// What follows when the rows are visible. It can't fail the step any more.
    async fn tidy(&self, conn: &mut Conn) {
        if let (Some(ledger), Way::Swapped { .. } | Way::Made { .. }) = (&self.ledger, &self.way)
            && let Err(told) = ledger.renamed(conn, &self.io).await
        {
            tracing::debug!("the row of the run stays pending, which says the same: {}", told.message);
        }
        if let Way::Swapped { old, .. } = &self.way
            && let Err(error) = conn.query_drop(format!("DROP TABLE {}", self.place.beside(old))).await
        {
            tracing::warn!("the old table is left as {old}: {}", told(error).why.unwrap_or_default());
        }
    }
}

/// Hands rows to the server until none come any more.
async fn work(mut conn: Conn, mut load: Load, mut chunks: mpsc::Receiver<Chunk>) -> Worked {
    let (mut rows, mut ended) = (0, Ok(()));
    while let Some(chunk) = chunks.recv().await {
        match load.put(&mut conn, &chunk).await {
            Ok(put) => rows += put,
            Err(why) => {
                ended = Err(why);
                break;
            }
        }
    }
    Worked { conn, load, rows, ended }
}

impl Writing for MysqlWriting {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), Halt> {
        let count = batch.num_rows();
        let mut chunk = Chunk {
            batch: batch.clone(),
            rows: Vec::with_capacity(count),
            first: self.taken + 1,
            lines: Bytes::new(),
            ends: Vec::with_capacity(count),
            unfit: Vec::new(),
        };
        let views = self.encoder.views(batch);
        // About what the rows before took, so that it is not moved while it grows.
        let mut lines = Vec::with_capacity(self.longest);
        for row in 0..count {
            if self.local {
                match self.encoder.line(&views, row, &mut lines) {
                    Ok(()) => chunk.ends.push(lines.len()),
                    Err(unfit) if self.lenient => {
                        chunk.unfit.push((row, format!("column `{}`: {}", unfit.column, unfit.why)));
                        continue;
                    }
                    Err(unfit) => return Err(unfit_row(self.taken + row as u64 + 1, &unfit.column, &unfit.why).into()),
                }
            }
            chunk.rows.push(row);
        }
        self.taken += count as u64;
        self.bytes += lines.len() as u64;
        self.longest = self.longest.max(lines.len() + lines.len() / 16);
        chunk.lines = lines.into();
        let Some(ready) = &self.ready else { return Err(Halt::Stopped) };
        let sent = self.io.wait(async { Ok::<_, Halt>(ready.send(chunk).await.is_ok()) })?;
        if sent {
            return Ok(());
        }
        // The task has ended before its time: it says why.
        match self.worked()?.ended {
            Err(why) => Err(why.into()),
            Ok(()) => Err(Halt::Stopped),
        }
    }

    fn remember(&mut self, note: CursorNote) -> bool {
        self.notes.push(note);
        self.state.is_some()
    }

    fn finish(mut self: Box<Self>) -> Result<Written, Halt> {
        let mut worked = self.worked()?;
        std::mem::replace(&mut worked.ended, Ok(()))?;
        let rows = self.io.wait(self.end(&mut worked))?;
        self.finished = true;
        let rejected = worked.load.rejects.as_ref().and_then(crate::connect::driver::rejects::Rejects::told);
        let tidied = async {
            self.tidy(&mut worked.conn).await;
            let _ = worked.conn.disconnect().await;
        };
        let _ = within(&self.io, 30, tidied);
        Ok(Written { place: self.place.shown.clone(), rows, bytes: self.bytes, rejected })
    }
}

impl Drop for MysqlWriting {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        self.ready = None;
        if let Some(task) = self.task.take() {
            task.abort();
        }
        // The server takes back what an ended connection wrote. It notices sooner when it is told.
        kill(&self.io, &self.connection, self.id, true);
        let (Way::Swapped { new, .. } | Way::Made { new }) = &self.way else { return };
        let tidied = async {
            let crate::connect::Opened::Mysql(mut conn) =
                crate::connect::open(&self.io.root, &self.connection).await.map_err(Diagnostic::from)?
            else {
                return Ok(());
            };
            // The killed connection may hold the table for a moment. One that is renamed already is not there.
            conn.query_drop("SET SESSION lock_wait_timeout = 5").await.map_err(told)?;
            if let Some(ledger) = &self.ledger {
                ledger.settle(&mut conn, new).await?;
            }
            conn.query_drop(format!("DROP TABLE IF EXISTS {}", self.place.beside(new))).await.map_err(told)?;
            conn.disconnect().await.map_err(told)
        };
        if !matches!(within(&self.io, 10, tidied), Some(Ok::<(), Diagnostic>(()))) {
            tracing::warn!("{new} is left behind; the next run that writes the table removes it");
        }
    }
}

/// A step of a run that has written already: it takes rows and does nothing.
pub(super) struct Repeated {
    pub place: String,
    pub rows: u64,
}

impl Writing for Repeated {
    fn write(&mut self, _: &RecordBatch) -> Result<(), Halt> {
        Ok(())
    }

    fn remember(&mut self, _: CursorNote) -> bool {
        // What that run wrote, it kept.
        true
    }

    fn finish(self: Box<Self>) -> Result<Written, Halt> {
        Ok(Written { place: self.place, rows: self.rows, bytes: 0, rejected: None })
    }
}

fn defect(error: &tokio::task::JoinError) -> Diagnostic {
    Diagnostic::error("batch-internal", "the task that writes to MySQL ended by a defect of the program")
        .why(error.to_string())
}
