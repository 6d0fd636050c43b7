//! The journal: events reach the disk first and the faces after.
//!
//! A thread of its own takes events in order, writes what has gathered in one batch, waits until it is
//! on disk, and only then hands it on. So whatever a face has shown survives `kill -9`.

use std::sync::Arc;
use std::sync::mpsc as blocking;
use std::thread;

use tokio::sync::{mpsc, oneshot};

use super::Event;
use super::catalogue::{self, SessionSummary};
use super::link::End;
use crate::diagnostic::Diagnostic;
use crate::store::{Store, StoreError};

/// Most events of one batch, so that a burst is shown piece by piece.
const BATCH: usize = 256;
/// After so many events those before are put together.
const PACK: usize = 1024;

/// An event, and the session's summary after it where that has changed.
type Entry = (Arc<Event>, Option<SessionSummary>);

/// The writing end. Dropping it ends the journal after everything is written.
#[derive(Debug)]
pub(super) struct Journal {
    events: blocking::Sender<Entry>,
}

impl Journal {
    /// Starts the journal of a session. `ended` is told when the journal has ended, with the reason if it
    /// could not go on.
    pub(super) fn start(
        store: Store,
        session: String,
        faces: mpsc::UnboundedSender<Arc<Event>>,
        ended: oneshot::Sender<Result<End, Box<Diagnostic>>>,
    ) -> std::io::Result<Journal> {
        let (events, incoming) = blocking::channel::<Entry>();
        thread::Builder::new().name("journal".to_owned()).spawn(move || {
            let result = write_all(&store, &session, &incoming, &faces);
            drop(faces);
            let result = result.map(|()| End::Closed).map_err(|error| Box::new(failed(&store, &error)));
            if let Err(diagnostic) = &result {
                tracing::error!(code = %diagnostic.code, "{}", diagnostic.message);
            }
            let _ = ended.send(result);
        })?;
        Ok(Journal { events })
    }

    /// Hands an event over, with the session's summary after it where that has changed. `false` when the
    /// journal can't take it any more.
    pub(super) fn write(&self, event: Arc<Event>, summary: Option<SessionSummary>) -> bool {
        self.events.send((event, summary)).is_ok()
    }
}

fn write_all(
    store: &Store,
    session: &str,
    incoming: &blocking::Receiver<Entry>,
    faces: &mpsc::UnboundedSender<Arc<Event>>,
) -> Result<(), StoreError> {
    let mut unpacked = 0;
    while let Ok(first) = incoming.recv() {
        let mut batch = vec![first];
        batch.extend(incoming.try_iter().take(BATCH - 1));
        // Serialising plain data to a string has no way to fail.
        let encoded: Vec<(u64, String)> =
            batch.iter().map(|(event, _)| (event.seq, event.to_json().unwrap_or_default())).collect();
        if let Some(summary) = batch.iter().rev().find_map(|(_, summary)| summary.as_ref()) {
            store.put_session(session, summary.to_json().as_bytes())?;
        }
        for (event, _) in &batch {
            catalogue::keep_message(store, session, event)?;
        }
        store.append(session, encoded.iter().map(|(seq, json)| (*seq, json.as_bytes())))?;
        unpacked += encoded.len();
        for (event, _) in batch {
            // A face that has gone does not stop the journal.
            let _ = faces.send(event);
        }
        if unpacked >= PACK {
            store.pack(session)?;
            unpacked = 0;
        }
    }
    store.pack(session)?;
    store.flush()
}

fn failed(store: &Store, error: &StoreError) -> Diagnostic {
    Diagnostic::error("journal-failed", format!("the session can't be journalled any more: {error}"))
        .source(store.path().display().to_string())
        .why("an event is shown only after it is on disk; since that failed, the session stops here")
        .fix("free some space or mend the permissions of that folder, then resume the session: everything shown so far is kept")
}
