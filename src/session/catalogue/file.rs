//! What a person files a session under: its title and its tags. Both are facts of the session, so an export
//! carries them.

use super::{events, trash};
use crate::diagnostic::Diagnostic;
use crate::session::event::Fact;
use crate::session::state::State;
use crate::session::{catalogue::SessionSummary, fork};
use crate::store::Store;

/// A session has at most this many tags.
const MOST_TAGS: usize = 32;
/// Longest tag, in characters.
const TAG_CHARS: usize = 40;

/// Gives a session that nobody has open a title; an empty one is that of its first message.
pub fn rename(store: &Store, session: &str, title: String, wall_ms: i64) -> Result<SessionSummary, Diagnostic> {
    add(store, session, wall_ms, Fact::Renamed { title })
}

/// Files a session that nobody has open under these tags.
pub fn tag(store: &Store, session: &str, tags: Vec<String>, wall_ms: i64) -> Result<SessionSummary, Diagnostic> {
    add(store, session, wall_ms, Fact::Tagged { tags: tidy(tags) })
}

fn add(store: &Store, session: &str, wall_ms: i64, fact: Fact) -> Result<SessionSummary, Diagnostic> {
    trash::refuse_deleted(store, session)?;
    let mut state = State::fold(&events(store, session)?);
    if state.seq == 0 {
        return Err(trash::unknown(session));
    }
    let wall_ms = wall_ms.max(state.wall_ms);
    fork::add(store, &mut state, wall_ms, fact)?;
    Ok(SessionSummary::of(&state))
}

/// Tags as they are kept: without `#`, blanks and control characters, in the order of the alphabet, each
/// once.
pub fn tidy(tags: Vec<String>) -> Vec<String> {
    let words = tags.iter().flat_map(|tag| tag.split([' ', ',', '\t', '\n']));
    let clean = |word: &str| -> String {
        word.trim_start_matches('#').chars().filter(|c| !c.is_control()).take(TAG_CHARS).collect()
    };
    let mut tags: Vec<String> = words.map(clean).filter(|tag| !tag.is_empty()).collect();
    tags.sort();
    tags.dedup();
    tags.truncate(MOST_TAGS);
    tags
}
