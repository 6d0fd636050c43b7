//! The journal: events reach the disk first and the faces after.
//!
//! A thread of its own takes events in order, writes what has gathered in one batch, waits until it is
//! on disk, and only then hands it on. So whatever a face has shown survives `kill -9`.

use std::sync::Arc;
use std::sync::mpsc as blocking;
use std::thread;

use tokio::sync::{mpsc, oneshot};

use super::catalogue::SessionSummary;
use super::event::Fact;
use super::{Event, State};
use crate::agent::TurnFact;
use crate::diagnostic::Diagnostic;
use crate::store::{Store, StoreError};

/// Most events of one batch, so that a burst is shown piece by piece.
const BATCH: usize = 256;

/// The writing end. Dropping it ends the journal after everything is written.
#[derive(Debug)]
pub(super) struct Journal {
    events: blocking::Sender<Arc<Event>>,
}

impl Journal {
    /// Starts the journal of a session. `state` is the fold of what is already in the store; `ended`
    /// is told when the journal has ended, with the reason if it could not go on.
    pub(super) fn start(
        store: Store,
        session: String,
        state: State,
        faces: mpsc::UnboundedSender<Arc<Event>>,
        ended: oneshot::Sender<Result<(), Box<Diagnostic>>>,
    ) -> std::io::Result<Journal> {
        let (events, incoming) = blocking::channel::<Arc<Event>>();
        thread::Builder::new().name("journal".to_owned()).spawn(move || {
            let result = write_all(&store, &session, state, &incoming, &faces);
            drop(faces);
            let result = result.map_err(|error| Box::new(failed(&store, &error)));
            if let Err(diagnostic) = &result {
                tracing::error!(code = %diagnostic.code, "{}", diagnostic.message);
            }
            let _ = ended.send(result);
        })?;
        Ok(Journal { events })
    }

    /// Hands an event over. `false` when the journal can't take it any more.
    pub(super) fn write(&self, event: Arc<Event>) -> bool {
        self.events.send(event).is_ok()
    }
}

fn write_all(
    store: &Store,
    session: &str,
    mut state: State,
    incoming: &blocking::Receiver<Arc<Event>>,
    faces: &mpsc::UnboundedSender<Arc<Event>>,
) -> Result<(), StoreError> {
    while let Ok(first) = incoming.recv() {
        let mut batch = vec![first];
        batch.extend(incoming.try_iter().take(BATCH - 1));
        let encoded: Vec<(u64, String)> = batch
            .iter()
            .map(|event| {
                state.apply(event);
                // Serialising plain data to a string has no way to fail.
                (event.seq, event.to_json().unwrap_or_default())
            })
            .collect();
        if batch.iter().any(|event| !matches!(event.fact, Fact::Turn(TurnFact::ModelDelta { .. }))) {
            store.put_session(session, SessionSummary::of(&state).to_json().as_bytes())?;
        }
        store.append(session, encoded.iter().map(|(seq, json)| (*seq, json.as_bytes())))?;
        for event in batch {
            // A face that has gone does not stop the journal.
            let _ = faces.send(event);
        }
    }
    store.flush()
}

fn failed(store: &Store, error: &StoreError) -> Diagnostic {
    Diagnostic::error("journal-failed", format!("the session can't be journalled any more: {error}"))
        .source(store.path().display().to_string())
        .why("an event is shown only after it is on disk; since that failed, the session stops here")
        .fix("free some space or mend the permissions of that folder, then resume the session: everything shown so far is kept")
}
