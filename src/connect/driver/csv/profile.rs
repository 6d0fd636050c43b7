//! A pass over a file that finds out what its columns hold.

use std::path::Path;

use arrow::datatypes::{DataType, Field, Schema};

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
    let mut candidates = vec![Candidates::new(); chosen.len()];
    let (mut seen, mut bytes, mut complete) = (0, 0, false);
    let limit = options.limit.unwrap_or(u64::MAX);
    loop {
        if seen >= limit || !depth.count && depth.infer.is_some_and(|infer| seen >= infer) {
            break;
        }
        if !rows.next()? {
            complete = true;
            break;
        }
        if depth.infer.is_none_or(|infer| seen < infer) {
            for (candidate, column) in candidates.iter_mut().zip(&chosen) {
                candidate.see(options.value(rows.cell(*column)).as_deref());
            }
        }
        seen += 1;
        bytes += rows.row_bytes() as u64;
        if seen % STOP_EVERY == 0 && stop() {
            return Ok(None);
        }
    }
    let fields: Vec<Field> = candidates
        .iter()
        .zip(&chosen)
        .map(|(candidate, column)| Field::new(&names[*column], candidate.data_type(), candidate.nulls()))
        .collect();
    Ok(Some(Profile { schema: Schema::new(fields), rows: seen, bytes, complete }))
}

/// The type that a column gets: the one asked for, else the one its values allow.
pub(super) fn column_type(options: &ReadOptions, field: &Field) -> DataType {
    options.dtype.get(field.name()).unwrap_or(field.data_type()).clone()
}
