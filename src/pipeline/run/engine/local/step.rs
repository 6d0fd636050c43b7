//! What a step is given while it runs, and how it ends.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use duckdb::InterruptHandle;
use tokio_util::sync::CancellationToken;

use super::super::super::fact::{Far, Output, Preview};
use super::queue::Gone;
use super::tries::{Again, Tries};
use crate::connect::driver::flow::Io;
use crate::diagnostic::Diagnostic;

/// Says that a group of steps is to stop, and interrupts what can't look by itself.
#[derive(Default)]
pub(super) struct Stop {
    token: CancellationToken,
    queries: Mutex<Vec<Arc<InterruptHandle>>>,
}

impl Stop {
    /// Whether the group is to stop.
    pub fn is_set(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Stops the group. An interrupt that meets no running query is lost, so this is called again until
    /// all steps have ended.
    pub fn set(&self) {
        self.token.cancel();
        for query in self.queries.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            query.interrupt();
        }
    }

    /// Fires when the group is to stop.
    pub fn token(&self) -> CancellationToken {
        self.token.clone()
    }

    /// Lets queries of a connection be interrupted.
    pub fn watch(&self, query: Arc<InterruptHandle>) {
        self.queries.lock().unwrap_or_else(PoisonError::into_inner).push(query);
    }
}

/// Counts the rows of a step.
#[derive(Default)]
pub(super) struct Meter {
    rows_in: AtomicU64,
    rows_out: AtomicU64,
    bytes_out: AtomicU64,
    far: (AtomicU64, AtomicU64),
    columns: OnceLock<SchemaRef>,
}

impl Meter {
    pub fn taken(&self, rows: usize) {
        self.rows_in.fetch_add(rows as u64, Ordering::Relaxed);
    }

    pub fn handed_on(&self, batch: &RecordBatch) {
        self.rows_out.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
        self.bytes_out.fetch_add(batch.get_array_memory_size() as u64, Ordering::Relaxed);
    }

    /// How far the source is.
    pub fn far(&self, done: u64, whole: u64) {
        self.far.1.store(whole, Ordering::Relaxed);
        self.far.0.store(done.min(whole), Ordering::Relaxed);
    }

    /// How far the source is, where it said so.
    pub fn read_far(&self) -> Option<Far> {
        let whole = self.far.1.load(Ordering::Relaxed);
        (whole > 0).then(|| Far { done: self.far.0.load(Ordering::Relaxed), whole })
    }

    /// The columns that are handed on or written.
    pub fn columns(&self, schema: &SchemaRef) {
        // The first are those of the step.
        let _ = self.columns.set(schema.clone());
    }

    /// The columns, once they are known.
    pub fn read_columns(&self) -> Option<&SchemaRef> {
        self.columns.get()
    }

    /// Bytes handed on.
    pub fn bytes(&self) -> u64 {
        self.bytes_out.load(Ordering::Relaxed)
    }

    /// Rows taken in and handed on.
    pub fn read(&self) -> (u64, u64) {
        (self.rows_in.load(Ordering::Relaxed), self.rows_out.load(Ordering::Relaxed))
    }
}

/// Why a step did not do its work.
#[derive(Debug)]
pub(super) enum Failure {
    /// It went wrong.
    Wrong(Box<Diagnostic>),
    /// What it supposed of its rows does not hold; it knows better when it begins again.
    Mistaken(Box<Diagnostic>),
    /// The run stops, or a step that it depends on is gone.
    Stopped(&'static str),
}

impl Failure {
    /// Places what went wrong, where it has no place in the pipeline yet.
    pub fn at(mut self, path: String) -> Failure {
        if let Failure::Wrong(diagnostic) = &mut self {
            diagnostic.path.get_or_insert(path);
        }
        self
    }
}

/// Something a step wrote.
#[derive(Debug)]
pub(super) struct Written {
    /// None where nothing was to be written.
    pub output: Option<Output>,
    pub preview: Preview,
}

/// How a step ended.
pub(super) type Ended = Result<Option<Written>, Failure>;

/// What a step works with.
pub(super) struct Gear<'a> {
    pub io: Io,
    pub meter: &'a Meter,
    pub stop: &'a Stop,
    pub tries: &'a Tries,
    /// Whether the rows that it hands on can be taken back.
    pub may_suppose: bool,
}

/// What the thread of a step says.
pub(super) enum Report {
    /// It tries again, after this failure.
    Again(Again, Box<Diagnostic>),
    /// It ended; with the rows and bytes that were kept of it, or why they could not be.
    Ended(Ended, Option<(u64, Result<u64, String>)>),
}

/// The step and what it says.
pub(super) type Told = (usize, Report);

pub(super) const STOPPED: Failure = Failure::Stopped("the run was stopped");
pub(super) const INPUT_BROKE_OFF: Failure = Failure::Stopped("a step that it needs did not finish");

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Failure {
        Failure::Wrong(Box::new(diagnostic))
    }
}

impl From<Gone> for Failure {
    fn from(_: Gone) -> Failure {
        Failure::Stopped("a step that needs it did not finish")
    }
}
