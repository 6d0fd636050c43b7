//! The other sessions, as the workbench lists, searches, compares and plays them.

use std::sync::Arc;

use tokio::sync::watch;

use super::failure;
use crate::cli::args::WorkbenchArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::sessions::replay;
use crate::cli::setup::SharedStore;
use crate::diagnostic::Diagnostic;
use crate::session::catalogue::{self, SessionSummary};
use crate::session::compare;
use crate::session::event::Branching;
use crate::session::fork::{self, Point};
use crate::session::wire::Wish;
use crate::store::Store;
use crate::tui::{self, Answer, Found, Library, Request, SessionEntry, Surroundings};
use crate::workspace::Workspace;

/// Tells the workbench which sessions there are.
fn tell_sessions(sender: &watch::Sender<Surroundings>, store: &Store) {
    let now_ms = jiff::Timestamp::now().as_millisecond();
    match catalogue::list(store) {
        Ok(all) => {
            let shown = all.into_iter().filter(|s| s.turns > 0).map(|s| entry(s, now_ms)).collect();
            sender.send_modify(|s| s.sessions = shown);
        }
        Err(problem) => tracing::warn!(code = %problem.code, "{}", problem.message),
    }
}

/// The same where that has changed.
pub fn follow(
    sender: &watch::Sender<Surroundings>,
    store: &SharedStore,
    workspace: &Workspace,
    seen: &mut Option<u64>,
) {
    let Ok(store) = store.open(workspace) else { return };
    let now = Some(store.revision());
    if now != std::mem::replace(seen, now) {
        tell_sessions(sender, &store);
    }
}

fn entry(summary: SessionSummary, now_ms: i64) -> SessionEntry {
    let parent = summary.parent.as_ref().map(|p| format!("{} of {} at event {}", p.how.word(), p.session, p.seq));
    SessionEntry {
        id: summary.id,
        title: summary.title,
        started_ms: summary.started_ms,
        turns: summary.turns,
        events: summary.events,
        state: summary.standing.word().to_owned(),
        tokens: summary.tokens,
        cost: summary.spent.price(),
        age: age(now_ms.saturating_sub(summary.updated_ms)),
        workspace: summary.workspace,
        tags: summary.tags,
        parent,
    }
}

/// `now`, `5 min`, `3 h`, `12 d`.
fn age(ms: i64) -> String {
    match ms / 60_000 {
        ..1 => "now".to_owned(),
        minutes @ 1..60 => format!("{minutes} min"),
        minutes @ 60..1_440 => format!("{} h", minutes / 60),
        minutes => format!("{} d", minutes / 1_440),
    }
}

/// Answers questions about other sessions.
pub fn library(store: SharedStore, workspace: &Workspace) -> Library {
    let workspace = workspace.clone();
    Library(Arc::new(move |request| {
        answer(&store, &workspace, request).unwrap_or_else(|d| Answer::Failed(Box::new(d)))
    }))
}

fn answer(store: &SharedStore, workspace: &Workspace, request: Request) -> Result<Answer, Diagnostic> {
    let store = store.open(workspace)?;
    match request {
        Request::Search(words) => {
            let found = catalogue::search(&store, &words)?.into_iter();
            let found = found.map(|hit| Found { session: hit.session.id, event: hit.seq, excerpt: hit.excerpt });
            Ok(Answer::Found(words, found.collect()))
        }
        Request::Compare(before, after) => {
            let (before, after) = (catalogue::events(&store, &before)?, catalogue::events(&store, &after)?);
            Ok(Answer::Compared(Box::new(compare::compare(&before, &after))))
        }
    }
}

/// Plays a session; returns the one to open after, where that is another than the one before.
pub async fn play(
    store: &SharedStore,
    workspace: &Workspace,
    args: &WorkbenchArgs,
    id: &str,
) -> Result<Option<Wish>, Failure> {
    let events = {
        let store = store.open(workspace).map_err(refused)?;
        catalogue::events(&store, id).map_err(refused)?
    };
    let gap_us = replay::gap_us(None, Some(workspace))?;
    let options = replay::options(Some(workspace), args, id, &events, gap_us);
    match tui::replay(events, options).await.map_err(failure)?.exit {
        tui::Exit::Fork { session, at } => branch(store, workspace, &session, at).map(Some),
        _ => Ok(None),
    }
}

/// Begins a session that goes on from a point of another.
pub fn branch(store: &SharedStore, workspace: &Workspace, session: &str, at: u64) -> Result<Wish, Failure> {
    let store = store.open(workspace).map_err(refused)?;
    let made = fork::fork(&store, session, Point::Event(at), Branching::Fork).map_err(refused)?;
    Ok(Wish::Resume(made.id))
}

fn refused(diagnostic: Diagnostic) -> Failure {
    Failure::new(diagnostic, Exit::Other, false)
}
