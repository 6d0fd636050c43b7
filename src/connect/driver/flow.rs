//! What flows out of a system and into one, and how both end.

use std::path::PathBuf;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::dataset::Dataset;
use crate::diagnostic::Diagnostic;

/// Why rows stopped flowing before their end.
#[derive(Debug)]
pub enum Halt {
    /// Something went wrong.
    Wrong(Box<Diagnostic>),
    /// The run stops, or nobody takes the rows any more. Nothing is wrong with this part of it.
    Stopped,
    /// The source supposed something of its rows that a later one does not bear out, as [`Rows::may_suppose`]
    /// lets it: what was made of them is to be undone. It knows better when it is read again.
    Mistaken(Box<Diagnostic>),
}

impl From<Diagnostic> for Halt {
    fn from(diagnostic: Diagnostic) -> Halt {
        Halt::Wrong(Box::new(diagnostic))
    }
}

/// What a driver at work is given.
#[derive(Clone, Debug)]
pub struct Io {
    /// Where futures are driven. Drivers run on threads of their own and may block.
    pub runtime: Handle,
    /// Fires when the run stops. A driver that waits for a server gives up then, and tells the server so.
    pub cancel: CancellationToken,
    /// The run's id.
    pub run: String,
    /// The pipeline's name.
    pub pipeline: String,
    /// The step's id.
    pub step: String,
    /// The workspace.
    pub root: PathBuf,
}

impl Io {
    /// Waits for a future; gives up when the run stops.
    ///
    /// # Errors
    /// [`Halt::Stopped`] when it did; what the future says otherwise.
    pub fn wait<T, E: Into<Halt>>(&self, work: impl Future<Output = Result<T, E>>) -> Result<T, Halt> {
        self.runtime.block_on(async {
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => Err(Halt::Stopped),
                done = work => done.map_err(Into::into),
            }
        })
    }

    /// Whether the run stops.
    pub fn stopped(&self) -> bool {
        self.cancel.is_cancelled()
    }
}

/// Takes the rows of a source. First the columns, then any number of batches.
pub trait Rows {
    /// Takes the columns of the rows to come. Once, before any batch.
    ///
    /// # Errors
    /// [`Halt::Stopped`] when nobody takes rows any more: the source ends then.
    fn columns(&mut self, schema: SchemaRef) -> Result<(), Halt>;

    /// Takes rows. Blocks while whoever takes them has enough.
    ///
    /// # Errors
    /// As [`Rows::columns`].
    fn batch(&mut self, batch: RecordBatch) -> Result<(), Halt>;

    /// Is told how far the source is, in a unit of its own: bytes of a file, rows of a table. The whole may
    /// be an estimate.
    fn far(&mut self, _done: u64, _whole: u64) {}

    /// Whether the source may hand rows on before it is sure of their types, and end with [`Halt::Mistaken`].
    fn may_suppose(&self) -> bool {
        false
    }
}

/// Hands rows on and tells how many there are in all, where that is known.
pub(super) struct Counted<'a> {
    rows: &'a mut dyn Rows,
    done: u64,
    whole: Option<u64>,
}

impl<'a> Counted<'a> {
    /// `whole` may be an estimate.
    pub fn new(rows: &'a mut dyn Rows, whole: Option<u64>) -> Counted<'a> {
        Counted { rows, done: 0, whole: whole.filter(|whole| *whole > 0) }
    }
}

impl Rows for Counted<'_> {
    fn columns(&mut self, schema: SchemaRef) -> Result<(), Halt> {
        self.rows.columns(schema)
    }

    fn batch(&mut self, batch: RecordBatch) -> Result<(), Halt> {
        self.done += batch.num_rows() as u64;
        self.rows.batch(batch)?;
        if let Some(whole) = self.whole {
            self.rows.far(self.done, whole);
        }
        Ok(())
    }
}

/// Reads a system. Made from a step's configuration, with everything checked that can be known then.
pub trait Source: Send + Sync {
    /// Hands all rows on, in batches of bounded size. Blocks. Can be called again after it failed with
    /// something that passes.
    ///
    /// # Errors
    /// What went wrong; [`Halt::Stopped`] when `rows` or the run said so.
    fn read(&self, io: &Io, rows: &mut dyn Rows) -> Result<(), Halt>;

    /// The files that it reads, as far as they are known: for each what is the same for every way to name
    /// it, and its name.
    fn files(&self) -> Vec<(PathBuf, String)> {
        Vec::new()
    }

    /// What it reads, as other programs know it, where that is one thing. Looks at the connection only.
    fn dataset(&self) -> Option<Dataset> {
        self.files().first().map(|(path, _)| Dataset::file(path))
    }
}

/// Writes to a system. Made as a [`Source`] is.
pub trait Sink: Send + Sync {
    /// Begins to write rows of these columns. Nothing that others could see has changed when it fails.
    ///
    /// # Errors
    /// What does not fit: every column that can't be written is named.
    fn begin(&self, io: &Io, columns: SchemaRef) -> Result<Box<dyn Writing>, Halt>;

    /// Whether nothing is left of a write that broke off, so that it can be begun again.
    fn repeatable(&self) -> bool {
        true
    }

    /// The files that it writes, as [`Source::files`].
    fn files(&self) -> Vec<(PathBuf, String)> {
        Vec::new()
    }

    /// What it writes, as [`Source::dataset`].
    fn dataset(&self) -> Option<Dataset> {
        self.files().first().map(|(path, _)| Dataset::file(path))
    }
}

/// A write that is under way. Dropping it before its end leaves the target as it was.
pub trait Writing {
    /// Takes rows in. Blocks.
    ///
    /// # Errors
    /// What went wrong, with the row and the column where that can be said.
    fn write(&mut self, batch: &RecordBatch) -> Result<(), Halt>;

    /// Makes everything that was written visible at once.
    ///
    /// # Errors
    /// What went wrong: then nothing of it is visible.
    fn finish(self: Box<Self>) -> Result<Written, Halt>;
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Where: a path relative to the workspace where it lies inside, or `@family.alias:schema.table`.
    pub place: String,
    /// Rows.
    pub rows: u64,
    /// Bytes, where that means something; else 0.
    pub bytes: u64,
}
