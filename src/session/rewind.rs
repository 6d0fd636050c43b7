//! Going back to a point: a branch of the session goes on from there, and the files that the session wrote
//! after it hold again what they held. The session that is left stays as it is, and can be gone back to.
//!
//! A file is only written where it holds what the session wrote last and nobody else wrote it in between;
//! else it is said who would lose what, and nothing is done.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::catalogue::{self, SessionSummary};
use super::document;
use super::event::{Branching, Event, Fact, RestoredFile};
use super::fork::{self, Point};
use super::state::State;
use crate::diagnostic::Diagnostic;
use crate::secret;
use crate::store::Store;

/// What becomes of the files that were written after the point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Files {
    /// They hold again what they held, unless somebody else has changed them.
    #[default]
    Restore,
    /// They stay as they are.
    Keep,
    /// They hold again what they held, whoever has changed them. What they hold is kept in the session.
    Overwrite,
}

/// A file that the session wrote after the point.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Written {
    /// What it held at the point; `None` where it was not there.
    then: Option<String>,
    /// What the session wrote last; `None` where it removed it.
    last: Option<String>,
    /// The event that shows that somebody else changed it in between.
    foreign: Option<u64>,
}

/// A write of the session: the file, what it held, what it holds since.
fn writes(event: &Event) -> Vec<(&str, Option<&str>, Option<&str>)> {
    match &event.fact {
        Fact::Applied { file, before, text, .. } => vec![(file, before.as_deref(), Some(text))],
        Fact::Edited { file, before, text, .. } => vec![(file, Some(before), Some(text))],
        Fact::Restored { file, before, text, .. } => vec![(file, Some(before), text.as_deref())],
        Fact::FilesRestored { files } => {
            files.iter().map(|f| (f.file.as_str(), f.before.as_deref(), f.text.as_deref())).collect()
        }
        _ => Vec::new(),
    }
}

/// The files that the session wrote after an event.
fn written_after(events: &[Event], seq: u64) -> BTreeMap<String, Written> {
    // What the session knows of each file at the point.
    let mut known: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    let mut found: BTreeMap<String, Written> = BTreeMap::new();
    for event in events {
        let saw = match &event.fact {
            Fact::DocumentOpened { file, text, .. } => Some((file.as_str(), text.as_str())),
            _ => None,
        };
        if event.seq <= seq {
            known.extend(writes(event).into_iter().map(|(file, _, after)| (file, after)));
            known.extend(saw.map(|(file, text)| (file, Some(text))));
            continue;
        }
        if let Some((file, text)) = saw {
            match found.get_mut(file) {
                Some(written) if written.last.as_deref() != Some(text) => {
                    written.foreign.get_or_insert(event.seq);
                    written.last = Some(text.to_owned());
                }
                Some(_) => {}
                None => {
                    // Changed before the session wrote it: what it held at the point is what the session knew.
                    let foreign = known.get(file).is_some_and(|known| *known != Some(text));
                    if foreign {
                        let then = known.get(file).copied().flatten().map(str::to_owned);
                        let last = Some(text.to_owned());
                        found.insert(file.to_owned(), Written { then, last, foreign: Some(event.seq) });
                    }
                }
            }
        }
        for (file, before, after) in writes(event) {
            let after = after.map(str::to_owned);
            match found.get_mut(file) {
                Some(written) => {
                    if held(written.last.as_deref()) != held(before) {
                        written.foreign.get_or_insert(event.seq);
                    }
                    written.last = after;
                }
                None => {
                    let then = known.get(file).copied().unwrap_or(before);
                    let foreign = (held(then) != held(before)).then_some(event.seq);
                    found.insert(file.to_owned(), Written { then: then.map(str::to_owned), last: after, foreign });
                }
            }
        }
    }
    // What was written and taken back is as it was.
    found.retain(|_, written| written.then != written.last);
    found
}

/// A file that is not there and one that is empty are the same to some facts.
fn held(text: Option<&str>) -> &str {
    text.unwrap_or_default()
}

/// The files that going back to an event would write.
pub fn files_after(events: &[Event], seq: u64) -> Vec<String> {
    written_after(events, seq).into_keys().collect()
}

/// What is to be written, if nobody would lose anything by it.
fn plan(root: &Path, events: &[Event], seq: u64, files: Files) -> Result<Vec<RestoredFile>, Diagnostic> {
    let mut plan = Vec::new();
    if files == Files::Keep {
        return Ok(plan);
    }
    for (file, written) in written_after(events, seq) {
        document::is_document(&file)?;
        let now = document::read(root, &file)?;
        let shown = now.as_deref().map(secret::hide);
        if shown.as_deref() == written.then.as_deref() {
            continue;
        }
        let foreign = match written.foreign {
            Some(event) => Some(format!("somebody else changed it before event {event}")),
            None if held(shown.as_deref()) != held(written.last.as_deref()) => {
                Some("it does not hold what the session wrote last".to_owned())
            }
            None => None,
        };
        if let (Some(what), Files::Restore) = (foreign, files) {
            return Err(changed(&file, &what));
        }
        if written.then.as_ref().is_some_and(|text| text.contains(secret::MASK)) {
            return Err(document::hidden(&file));
        }
        plan.push(RestoredFile { file, before: now, text: written.then });
    }
    Ok(plan)
}

fn changed(file: &str, what: &str) -> Diagnostic {
    Diagnostic::error("rewind-conflict", format!("{file} was changed by somebody else, so nothing was rewound"))
        .source(file)
        .why(format!("{what}; to bring back what it held at that point would throw that change away"))
        .fix("leave the files as they are (`--files keep`): the version of that point then becomes a proposal; or write it all the same (`--files overwrite`): what the file holds now is kept in the session, and `u` brings it back")
}

/// Goes back to a point: returns the session that goes on from there, and the files that were written.
///
/// # Errors
/// As of [`fork::fork`]; `rewind-conflict` when somebody else changed a file; `write-failed` when a file
/// can't be written: those before it are, and the new session tells which.
pub fn rewind(
    store: &Store,
    root: &Path,
    session: &str,
    at: Point,
    files: Files,
    wall_ms: i64,
) -> Result<(SessionSummary, Vec<RestoredFile>), Diagnostic> {
    let events = catalogue::events(store, session)?;
    let seq = at.seq(&events)?;
    let plan = plan(root, &events, seq, files)?;
    let id = ulid::Ulid::generate().to_string();
    let branch = fork::branch(&events, seq, &id, Branching::Rewind);
    let summary = fork::keep(store, &id, &branch).map_err(|error| fork::not_written(store, &error))?;
    if plan.is_empty() {
        return Ok((summary, plan));
    }
    let mut done = Vec::new();
    let mut failed = None;
    for file in plan {
        match document::write(root, &file.file, file.text.as_deref()) {
            Ok(()) => done.push(file),
            Err(error) => {
                failed =
                    Some(error.fix(format!("mend that, then take the rest back; session {id} begins at that point")));
                break;
            }
        }
    }
    let mut state = State::fold(&branch);
    if !done.is_empty() {
        fork::add(store, &mut state, wall_ms, Fact::FilesRestored { files: done.clone() })?;
    }
    match failed {
        Some(failed) => Err(failed),
        None => Ok((SessionSummary::of(&state), done)),
    }
}

#[cfg(test)]
mod tests;
