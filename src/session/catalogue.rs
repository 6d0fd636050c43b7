//! The sessions of a store: their summaries, their events, and finding one by the beginning of its id.

mod file;
mod search;
mod trash;

use std::fmt::Display;

use serde::{Deserialize, Serialize};

pub use file::{rename, tag, tidy};
pub use search::{Hit, search, text_of};
pub use trash::{Deleted, TRASH_DAYS, delete, deleted_sessions, find_deleted, purge, undelete};

use super::event::{EVENT_VERSION, Fact, Parent};
use super::state::{Activity, ItemBody, Spent};
use super::{Event, State};
use crate::agent::TurnOutcome;
use crate::diagnostic::Diagnostic;
use crate::pipeline::run::RunOutcome;
use crate::secret;
use crate::store::{Store, StoreError};

/// How a session stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It was not closed in order: it is open, or the process that had it is gone.
    #[default]
    Open,
    /// The same, and a turn or a run was at work.
    Running,
    /// It was closed, and what was done last came to its end.
    Finished,
    /// It was closed, and what was done last failed.
    Failed,
}

impl Standing {
    /// All of them.
    pub const ALL: [Standing; 4] = [Standing::Open, Standing::Running, Standing::Finished, Standing::Failed];

    /// `open`, `running`, `finished`, `failed`.
    pub fn word(self) -> &'static str {
        match self {
            Standing::Open => "open",
            Standing::Running => "running",
            Standing::Finished => "finished",
            Standing::Failed => "failed",
        }
    }

    fn of(state: &State) -> Standing {
        let failed = state.transcript.items.iter().rev().find_map(|item| match &item.body {
            ItemBody::TurnEnded { outcome, .. } => Some(*outcome == TurnOutcome::Failed),
            ItemBody::RunEnded { outcome, .. } => Some(*outcome == RunOutcome::Failed),
            ItemBody::CompileFailed { .. } => Some(true),
            ItemBody::Compiled { .. } => Some(false),
            _ => None,
        });
        match (&state.closed, failed) {
            (None, _) if state.activity != Activity::Idle => Standing::Running,
            (None, _) => Standing::Open,
            (Some(_), Some(true)) => Standing::Failed,
            (Some(_), _) => Standing::Finished,
        }
    }
}

/// What a list of sessions shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionSummary {
    /// The session's id.
    pub id: String,
    /// The title that it was given, else the first message, shortened.
    pub title: String,
    /// The workspace's folder name.
    #[serde(default)]
    pub workspace: String,
    /// Wall clock of its first event, milliseconds since 1970.
    pub started_ms: i64,
    /// Wall clock of its last event.
    pub updated_ms: i64,
    /// Turns.
    pub turns: u32,
    /// Events.
    pub events: u64,
    /// Model tokens in and out.
    pub tokens: u64,
    /// Those of the requests.
    #[serde(default)]
    pub tokens_in: u64,
    /// Those of the answers.
    #[serde(default)]
    pub tokens_out: u64,
    /// What was spent on them.
    #[serde(default)]
    pub spent: Spent,
    /// `closed (why)`, or `open` when it was not closed in order.
    pub state: String,
    /// How it stands.
    #[serde(default)]
    pub standing: Standing,
    /// What it is filed under.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The session that it began as a branch of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
}

impl SessionSummary {
    /// The summary of a state.
    pub fn of(state: &State) -> SessionSummary {
        SessionSummary {
            id: state.session.clone(),
            title: state.title.clone(),
            workspace: state.workspace.clone(),
            started_ms: state.started_ms,
            updated_ms: state.wall_ms,
            turns: state.turns,
            events: state.seq,
            tokens: state.usage.input + state.usage.output,
            tokens_in: state.usage.input,
            tokens_out: state.usage.output,
            spent: state.spend.session.clone(),
            state: state.closed.as_ref().map_or_else(|| "open".to_owned(), |why| format!("closed ({why})")),
            standing: Standing::of(state),
            tags: state.tags.clone(),
            parent: state.family.parent.clone(),
        }
    }

    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// All sessions, newest first. An unreadable summary is left out and logged, so that it hides no other.
pub fn list(store: &Store) -> Result<Vec<SessionSummary>, Diagnostic> {
    let gone = trash::deleted(store)?;
    let mut all = everything(store)?;
    all.retain(|summary| !gone.contains_key(&summary.id));
    Ok(all)
}

/// All sessions, those in the trash too.
fn everything(store: &Store) -> Result<Vec<SessionSummary>, Diagnostic> {
    let mut found = Vec::new();
    for entry in store.sessions() {
        let (id, json) = entry.map_err(|e| unreadable(store, &e.to_string()))?;
        match serde_json::from_slice::<SessionSummary>(&json) {
            Ok(summary) => found.push(up_to_date(store, summary)?),
            Err(error) => tracing::warn!(session = %id, %error, "unreadable session summary"),
        }
    }
    Ok(found)
}

/// While a model speaks, the summary lags behind the events; one of an older version says less.
fn up_to_date(store: &Store, mut summary: SessionSummary) -> Result<SessionSummary, Diagnostic> {
    if summary.standing == Standing::Open && summary.state.starts_with("closed") {
        summary.standing = Standing::Finished;
    }
    let last = store.last_event(&summary.id).map_err(|e| unreadable(store, &e.to_string()))?;
    if let Some((seq, json)) = last.filter(|(seq, _)| *seq != summary.events) {
        summary.events = seq;
        if let Ok(event) = serde_json::from_slice::<Event>(&json) {
            summary.updated_ms = event.wall_ms;
        }
    }
    Ok(summary)
}

/// The session that `wanted` names: an id, the beginning of exactly one (case does not matter), or
/// `last`.
pub fn find(store: &Store, wanted: &str) -> Result<SessionSummary, Diagnostic> {
    one_of(list(store)?, wanted)
}

fn one_of(all: Vec<SessionSummary>, wanted: &str) -> Result<SessionSummary, Diagnostic> {
    if wanted == "last" {
        return all.into_iter().next().ok_or_else(|| {
            Diagnostic::error("unknown-session", "there is no session yet").fix("`pipesmith` begins one")
        });
    }
    let prefix = wanted.to_uppercase();
    let mut fitting: Vec<SessionSummary> =
        all.into_iter().filter(|s| !prefix.is_empty() && s.id.starts_with(&prefix)).collect();
    match fitting.len() {
        1 => Ok(fitting.remove(0)),
        0 => Err(Diagnostic::error("unknown-session", format!("there is no session `{wanted}`"))
            .why("no id in this workspace's store begins so")
            .fix("`pipesmith sessions list` shows the ids; `last` names the newest")),
        n => Err(Diagnostic::error("ambiguous-session", format!("{n} sessions begin with `{wanted}`"))
            .why("the beginning of an id must fit one session only")
            .fix(format!("give more of it, e.g. {}", fitting[0].id))),
    }
}

/// A longer message is kept in its session alone.
const MAX_MESSAGE: usize = 64 * 1024;

/// Keeps a message that was sent for the history of the composer.
pub(super) fn keep_message(store: &Store, session: &str, event: &Event) -> Result<(), StoreError> {
    let Fact::Said { text, .. } = &event.fact else { return Ok(()) };
    if text.len() > MAX_MESSAGE {
        return Ok(());
    }
    store.put_message(event.wall_ms, session, event.seq, &serde_json::to_vec(text).unwrap_or_default())
}

/// The messages that were sent in all sessions of a store, oldest first. What can't be read is left out.
pub fn messages(store: &Store) -> Vec<String> {
    let texts = store.messages().filter_map(|json| serde_json::from_slice::<String>(&json.ok()?).ok());
    // What was kept before its secrets were known.
    texts.map(|text| secret::hide(&text).into_owned()).collect()
}

/// The number of the last event of a session that is on disk; 0 where there is none.
pub fn last_event(store: &Store, session: &str) -> Result<u64, Diagnostic> {
    let last = store.last_event(session).map_err(|e| unreadable(store, &e.to_string()))?;
    Ok(last.map_or(0, |(seq, _)| seq))
}

/// All events of a session, in order.
pub fn events(store: &Store, session: &str) -> Result<Vec<Event>, Diagnostic> {
    each_event(store, session).collect()
}

/// The events of a session one by one, in order: a long session need not be in memory twice.
pub fn each_event(store: &Store, session: &str) -> impl Iterator<Item = Result<Event, Diagnostic>> {
    store.events(session).map(move |entry| {
        let (seq, json) = entry.map_err(|e| unreadable(store, &e.to_string()))?;
        let damaged = |why: &dyn Display| unreadable(store, &format!("event {seq} of session {session}: {why}"));
        let json = String::from_utf8(json).map_err(|e| damaged(&e))?;
        let event: Event = serde_json::from_str(&json).map_err(|e| damaged(&e))?;
        if event.v > EVENT_VERSION {
            let newer = format!("event {seq} has version {}, this program knows {EVENT_VERSION}", event.v);
            return Err(unreadable(store, &newer));
        }
        // What was journalled before its secrets were known.
        Ok(if secret::known().holds(&json) { secret::hide_in(event) } else { event })
    })
}

pub(super) fn unreadable(store: &Store, reason: &str) -> Diagnostic {
    Diagnostic::error("session-unreadable", format!("a session can't be read: {reason}"))
        .source(store.path().display().to_string())
        .why("a value in the store is damaged or was written by a newer version")
        .fix("use the version of Pipesmith that wrote it, or restore the store from a backup")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_that_lags_is_brought_up_to_date() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let said = |seq| Event {
            v: EVENT_VERSION,
            seq,
            wall_ms: 1_000 + i64::try_from(seq).unwrap(),
            mono_us: seq,
            turn: None,
            request: None,
            step: None,
            fact: Fact::said("x"),
        };
        let events: Vec<(u64, String)> = (1..=3).map(|seq| (seq, said(seq).to_json().unwrap())).collect();
        store.append("A", events.iter().map(|(seq, json)| (*seq, json.as_bytes()))).unwrap();
        let old = SessionSummary { id: "A".into(), events: 1, updated_ms: 1_001, ..SessionSummary::default() };
        store.put_session("A", old.to_json().as_bytes()).unwrap();
        assert_eq!(list(&store).unwrap(), [SessionSummary { events: 3, updated_ms: 1_003, ..old }]);
    }
}
