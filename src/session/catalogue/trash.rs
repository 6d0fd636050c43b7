//! The trash: a deleted session stays in the store, and can be taken out again, for a month.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{SessionSummary, everything, one_of, unreadable};
use crate::diagnostic::Diagnostic;
use crate::store::{Store, StoreError};

/// So many days a deleted session can be taken back.
pub const TRASH_DAYS: i64 = 30;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A session in the trash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Deleted {
    /// The session.
    #[serde(flatten)]
    pub session: SessionSummary,
    /// When it was deleted, milliseconds since 1970.
    pub deleted_ms: i64,
    /// From when on it may be removed for good.
    pub until_ms: i64,
}

/// When each session of the trash was deleted.
pub(super) fn deleted(store: &Store) -> Result<BTreeMap<String, i64>, Diagnostic> {
    store.trash().collect::<Result<_, _>>().map_err(|e: StoreError| unreadable(store, &e.to_string()))
}

/// Puts a session into the trash.
pub fn delete(store: &Store, session: &str, wall_ms: i64) -> Result<(), Diagnostic> {
    if !super::list(store)?.iter().any(|s| s.id == session) {
        return Err(unknown(session));
    }
    store.put_trash(session, wall_ms).map_err(|e| unreadable(store, &e.to_string()))
}

/// Takes a session out of the trash.
pub fn undelete(store: &Store, session: &str) -> Result<(), Diagnostic> {
    if !deleted(store)?.contains_key(session) {
        return Err(unknown(session));
    }
    store.take_trash(session).map_err(|e| unreadable(store, &e.to_string()))
}

/// What lies in the trash, newest session first.
pub fn deleted_sessions(store: &Store) -> Result<Vec<Deleted>, Diagnostic> {
    let gone = deleted(store)?;
    let of = |session: SessionSummary| {
        let deleted_ms = *gone.get(&session.id)?;
        Some(Deleted { deleted_ms, until_ms: deleted_ms.saturating_add(TRASH_DAYS * DAY_MS), session })
    };
    Ok(everything(store)?.into_iter().filter_map(of).collect())
}

/// The session of the trash that `wanted` names: an id, or the beginning of exactly one.
pub fn find_deleted(store: &Store, wanted: &str) -> Result<SessionSummary, Diagnostic> {
    one_of(deleted_sessions(store)?.into_iter().map(|d| d.session).collect(), wanted)
}

/// Removes for good what has been in the trash for [`TRASH_DAYS`]; says how many sessions that were. A clock
/// that was set back removes nothing.
pub fn purge(store: &Store, now_ms: i64) -> Result<usize, Diagnostic> {
    let mut removed = 0;
    for (session, deleted_ms) in deleted(store)? {
        if now_ms.saturating_sub(deleted_ms) >= TRASH_DAYS * DAY_MS {
            store.remove_session(&session).map_err(|e| unreadable(store, &e.to_string()))?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// What lies in the trash is not changed.
pub(super) fn refuse_deleted(store: &Store, session: &str) -> Result<(), Diagnostic> {
    if deleted(store)?.contains_key(session) { Err(unknown(session)) } else { Ok(()) }
}

pub(super) fn unknown(session: &str) -> Diagnostic {
    Diagnostic::error("unknown-session", format!("there is no session `{session}`"))
        .why("no id in this workspace's store is that")
        .fix("`pipesmith sessions list` shows the ids; `--deleted` those in the trash")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{State, catalogue, fork};
    use crate::tui::scenes;

    fn stored() -> (tempfile::TempDir, Store, String) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let events = scenes::whole_session();
        let id = State::fold(&events).session;
        fork::keep(&store, &id, &events).unwrap();
        (dir, store, id)
    }

    #[test]
    fn what_is_deleted_comes_back_whole() {
        let (_dir, store, id) = stored();
        let (before, events) = (catalogue::list(&store).unwrap(), catalogue::events(&store, &id).unwrap());
        delete(&store, &id, 1_000).unwrap();
        assert!(catalogue::list(&store).unwrap().is_empty());
        assert_eq!(catalogue::find(&store, &id).unwrap_err().code, "unknown-session");
        assert_eq!(catalogue::rename(&store, &id, "x".into(), 2).unwrap_err().code, "unknown-session");
        assert_eq!(delete(&store, &id, 1_000).unwrap_err().code, "unknown-session");
        let gone = deleted_sessions(&store).unwrap();
        assert_eq!((gone.len(), gone[0].deleted_ms), (1, 1_000));
        undelete(&store, &find_deleted(&store, &id[..6]).unwrap().id).unwrap();
        assert_eq!(undelete(&store, &id).unwrap_err().code, "unknown-session");
        assert_eq!((catalogue::list(&store).unwrap(), catalogue::events(&store, &id).unwrap()), (before, events));
    }

    #[test]
    fn the_trash_is_emptied_after_a_month_and_not_before() {
        let (_dir, store, id) = stored();
        delete(&store, &id, 1_000).unwrap();
        for now in [0, 1_000, 1_000 + TRASH_DAYS * DAY_MS - 1, i64::MIN] {
            assert_eq!(purge(&store, now).unwrap(), 0);
        }
        assert_eq!(purge(&store, 1_000 + TRASH_DAYS * DAY_MS).unwrap(), 1);
        assert!(deleted_sessions(&store).unwrap().is_empty());
        assert_eq!(store.events(&id).count() + store.sessions().count(), 0);
    }

    #[test]
    fn titles_and_tags_are_facts() {
        let (_dir, store, id) = stored();
        let first = catalogue::list(&store).unwrap()[0].title.clone();
        catalogue::rename(&store, &id, "  Revenue\n by city ".into(), 5).unwrap();
        catalogue::tag(&store, &id, vec!["#shop, weekly".into(), "shop".into()], 5).unwrap();
        let now = catalogue::find(&store, &id).unwrap();
        assert_eq!((now.title.as_str(), now.tags), ("Revenue by city", vec!["shop".to_owned(), "weekly".to_owned()]));
        assert_eq!(
            SessionSummary::of(&State::fold(&catalogue::events(&store, &id).unwrap())),
            catalogue::find(&store, &id).unwrap()
        );
        catalogue::rename(&store, &id, String::new(), 5).unwrap();
        assert_eq!(catalogue::find(&store, &id).unwrap().title, first);
    }
}
