//! A pass over a file that finds out what its columns hold.

use std::path::Path;

use arrow::datatypes::{DataType, Field, Schema};

use super::blocks::{BLOCK, work};
use super::infer::Candidates;
use super::options::ReadOptions;
use super::rows::{Rows, select};
use crate::diagnostic::Diagnostic;

/// Rows between two looks at whether to stop.
const STOP_EVERY: u64 = 4096;

/// What a file holds.
pub struct Profile {
    /// The wanted columns; nullable where a NULL was seen.
    pub schema: Schema,
    /// Rows seen.
    pub rows: u64,
    /// Bytes of those rows, as text.
    pub bytes: u64,
    /// Whether they are all rows of the file.
    pub complete: bool,
    /// The columns of which no value was seen, in the order of the schema.
    pub unseen: Vec<bool>,
}

/// Which rows of a file are looked at.
#[derive(Clone, Copy, Debug)]
pub struct Depth {
    /// Rows from which types are concluded; all without.
    pub infer: Option<u64>,
    /// Whether the rows after those are counted.
    pub count: bool,
}

/// Looks at a file; `None` when `stop` said so.
///
/// # Errors
/// A file that can't be read or is no CSV, in as far as it was looked at.
pub fn profile(
    path: &Path,
    name: &str,
    options: &ReadOptions,
    depth: Depth,
    stop: &dyn Fn() -> bool,
) -> Result<Option<Profile>, Diagnostic> {
    let (mut rows, names) = Rows::open(path, name, options)?;
    let chosen = select(&names, options.columns.as_deref(), name)?;
    let threads = rows.threads(options);
    if threads > 1 && depth.infer.is_none() {
        let found = in_blocks(rows, name, options, &chosen, threads, BLOCK, stop)?;
        return Ok(found.map(|seen| seen.profile(&names, &chosen, true)));
    }
    let mut seen = Seen::new(chosen.len());
    let mut complete = false;
    let limit = options.limit.unwrap_or(u64::MAX);
    loop {
        if seen.rows >= limit || !depth.count && depth.infer.is_some_and(|infer| seen.rows >= infer) {
            break;
        }
        if !rows.next()? {
            complete = true;
            break;
        }
        seen.row(&rows, options, &chosen, depth.infer.is_none_or(|infer| seen.rows < infer));
        if seen.rows.is_multiple_of(STOP_EVERY) && stop() {
            return Ok(None);
        }
    }
    Ok(Some(seen.profile(&names, &chosen, complete)))
}

/// What was seen of rows.
pub(super) struct Seen {
    candidates: Vec<Candidates>,
    pub(super) rows: u64,
    bytes: u64,
}

impl Seen {
    fn new(columns: usize) -> Seen {
        Seen { candidates: vec![Candidates::new(); columns], rows: 0, bytes: 0 }
    }

    fn row(&mut self, rows: &Rows, options: &ReadOptions, chosen: &[usize], look: bool) {
        if look {
            for (candidate, column) in self.candidates.iter_mut().zip(chosen) {
                candidate.see(options.value(rows.cell(*column)).as_deref());
            }
        }
        self.rows += 1;
        self.bytes += rows.row_bytes() as u64;
    }

    fn join(&mut self, other: &Seen) {
        for (one, other) in self.candidates.iter_mut().zip(&other.candidates) {
            one.join(other);
        }
        self.rows += other.rows;
        self.bytes += other.bytes;
    }

    pub(super) fn profile(&self, names: &[String], chosen: &[usize], complete: bool) -> Profile {
        let fields: Vec<Field> = self
            .candidates
            .iter()
            .zip(chosen)
            .map(|(candidate, column)| Field::new(&names[*column], candidate.data_type(), candidate.nulls()))
            .collect();
        let unseen = self.candidates.iter().map(|candidates| !candidates.any()).collect();
        Profile { schema: Schema::new(fields), rows: self.rows, bytes: self.bytes, complete, unseen }
    }
}

/// Looks at all rows with several threads.
pub(super) fn in_blocks(
    rows: Rows,
    name: &str,
    options: &ReadOptions,
    chosen: &[usize],
    threads: usize,
    size: usize,
    stop: &dyn Fn() -> bool,
) -> Result<Option<Seen>, Diagnostic> {
    let (blocks, width) = rows.into_blocks(size);
    let mut all = Seen::new(chosen.len());
    let mut stopped = false;
    let look = |block| {
        let mut rows = Rows::of_block(block, name, options, width);
        let mut seen = Seen::new(chosen.len());
        while rows.next()? {
            seen.row(&rows, options, chosen, true);
        }
        Ok(seen)
    };
    work::<_, Diagnostic>(blocks, threads, look, |seen| {
        all.join(&seen);
        stopped = stop();
        Ok(!stopped)
    })?;
    Ok(if stopped { None } else { Some(all) })
}

/// The type that a column gets: the one asked for, else the one its values allow.
pub(super) fn column_type(options: &ReadOptions, field: &Field) -> DataType {
    options.dtype.get(field.name()).unwrap_or(field.data_type()).clone()
}
