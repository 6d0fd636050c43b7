//! A session asked again: the first request of each turn, as it was, to another model. What comes of it is a
//! session of its own, linked to the one that was recorded. Decisions, writes, compiles and runs are the
//! person's, and are not done again.

use std::collections::BTreeMap;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::clock::Clock;
use super::event::{Branching, Event, Fact, Parent};
use super::fork;
use super::state::State;
use crate::agent::{self, Again, TurnEnv, TurnFact};
use crate::diagnostic::Diagnostic;
use crate::secret;
use crate::session::catalogue::SessionSummary;
use crate::store::Store;

/// A turn to ask again.
#[derive(Clone, Debug)]
struct Question {
    message: String,
    again: Again,
}

/// The turns that can be asked again: those that asked a model.
fn questions(events: &[Event]) -> Vec<Question> {
    let mut found: Vec<Question> = Vec::new();
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let (mut message, mut shown) = (None, (Vec::new(), Vec::new(), None));
    for event in events {
        match &event.fact {
            Fact::Said { text, .. } => message = Some(text.clone()),
            Fact::Turn(TurnFact::ContextBuilt { contracts, discoveries, document, .. }) => {
                shown = (contracts.clone(), discoveries.clone(), document.clone());
            }
            Fact::Turn(TurnFact::ModelRequested { body, .. }) => {
                if let (Some(message), Ok(request)) = (message.take(), serde_json::from_str(body)) {
                    let (contracts, discoveries, document) = std::mem::take(&mut shown);
                    let text = |file: &String| files.get(file).cloned();
                    let document = document.and_then(|file| text(&file).map(|text| (file, text)));
                    let (files, next_proposal) = (files.clone(), 0);
                    let again = Again { request, contracts, discoveries, document, files, next_proposal };
                    found.push(Question { message, again });
                }
            }
            Fact::Turn(TurnFact::Proposed { file, base, .. }) if !base.is_empty() => {
                files.insert(file.clone(), base.clone());
            }
            Fact::DocumentOpened { file, text, .. }
            | Fact::Applied { file, text, .. }
            | Fact::Edited { file, text, .. }
            | Fact::Restored { file, text: Some(text), .. } => {
                files.insert(file.clone(), text.clone());
            }
            Fact::Restored { file, text: None, .. } => drop(files.remove(file)),
            Fact::FilesRestored { files: back } => {
                for file in back {
                    match &file.text {
                        Some(text) => drop(files.insert(file.file.clone(), text.clone())),
                        None => drop(files.remove(&file.file)),
                    }
                }
            }
            _ => {}
        }
    }
    found
}

/// How many turns of a session can be asked again.
pub fn count(events: &[Event]) -> usize {
    questions(events).len()
}

/// Writes down what happens.
struct Recorder<'a> {
    store: &'a Store,
    clock: Clock,
    state: State,
}

impl Recorder<'_> {
    fn record(&mut self, fact: Fact) -> Result<(), Diagnostic> {
        let fact = secret::hide_in(fact);
        let event = self.clock.event(&self.state, fact);
        fork::append(self.store, &mut self.state, event)
    }
}

/// Asks a session again, at most its first `turns`; tells each event to `see`.
///
/// # Errors
/// `nothing-to-rerun` when no turn of it asked a model; `session-not-written`. A model that can't be asked is
/// no error of this: the turn fails, and the session tells why.
pub async fn rerun(
    store: &Store,
    env: &TurnEnv,
    events: &[Event],
    turns: Option<u32>,
    cancel: CancellationToken,
    mut see: impl FnMut(&State),
) -> Result<SessionSummary, Diagnostic> {
    let mut questions = questions(events);
    questions.truncate(turns.map_or(usize::MAX, |n| n as usize));
    if questions.is_empty() {
        return Err(Diagnostic::error("nothing-to-rerun", "no turn of the session asked a model")
            .why("what is asked again are the requests that a session recorded")
            .fix("name another session; `pipesmith sessions list` shows them"));
    }
    let before = State::fold(events);
    let id = ulid::Ulid::generate().to_string();
    let parent = Parent { session: before.session, seq: before.seq, how: Branching::Rerun };
    let mut recorder = Recorder { store, clock: Clock::after(0), state: State::default() };
    let app = env!("CARGO_PKG_VERSION").to_owned();
    let (workspace, model) = (before.workspace, env.model.info());
    recorder.record(Fact::Opened { session: id, workspace, app, model, parent: Some(parent) })?;
    for Question { message, mut again } in questions {
        again.next_proposal = recorder.state.proposals + 1;
        recorder.record(Fact::said(message))?;
        let (facts, mut incoming) = mpsc::unbounded_channel();
        let turn = agent::run_again(env, again, &facts, cancel.clone());
        tokio::pin!(turn);
        loop {
            tokio::select! {
                biased;
                Some(fact) = incoming.recv() => recorder.record(Fact::Turn(fact))?,
                _ = &mut turn => break,
            }
        }
        while let Ok(fact) = incoming.try_recv() {
            recorder.record(Fact::Turn(fact))?;
        }
        see(&recorder.state);
        if cancel.is_cancelled() {
            break;
        }
    }
    recorder.record(Fact::Closed { reason: "finished".to_owned() })?;
    Ok(SessionSummary::of(&recorder.state))
}
