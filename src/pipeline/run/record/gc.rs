//! Removing old records.

use std::io;
use std::path::Path;

use super::{Recorded, list};

/// Which records stay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// So many of each pipeline, the newest.
    pub last: Option<usize>,
    /// Those that began in so many days before now.
    pub days: Option<u32>,
}

/// Removes the records that neither rule keeps; with no rule it removes none. The newest of a pipeline and
/// a run that is under way always stay. Returns what was removed (or would be, with `dry`).
///
/// # Errors
/// A folder that can't be removed; what was removed before stays so.
pub fn gc(root: &Path, keep: Keep, now: jiff::Timestamp, dry: bool) -> io::Result<Vec<Recorded>> {
    let mut seen: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    let mut removed = Vec::new();
    if keep == Keep::default() {
        return Ok(removed);
    }
    for recorded in list(root, None) {
        let place = seen.entry(recorded.status.pipeline.clone()).or_default();
        *place += 1;
        let recent = keep.days.is_some_and(|days| {
            let age = recorded.status.started_at.parse::<jiff::Timestamp>().ok().map(|then| now.duration_since(then));
            age.is_none_or(|age| age.as_secs() <= i64::from(days) * 86_400)
        });
        let kept = *place == 1 || keep.last.is_some_and(|last| *place <= last) || recent;
        if kept || recorded.status.word() == "running" {
            continue;
        }
        if !dry {
            std::fs::remove_dir_all(&recorded.folder)?;
        }
        removed.push(recorded);
    }
    Ok(removed)
}
