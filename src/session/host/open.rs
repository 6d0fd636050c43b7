//! Opening a session: its events are read, folded and handed to the face.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{HostSetup, Opening};
use crate::diagnostic::Diagnostic;
use crate::session::{Event, State, catalogue};
use crate::store::Store;

pub(super) struct Loaded {
    pub(super) setup: HostSetup,
    pub(super) store: Store,
    pub(super) session: String,
    pub(super) state: State,
}

/// Prepares the session and, for a session that exists, hands its events to the face in order, if
/// it wants them.
pub(super) fn load(
    prepare: impl FnOnce() -> Result<(HostSetup, Store), Diagnostic>,
    opening: &Opening,
    faces: Option<&mpsc::UnboundedSender<Arc<Event>>>,
) -> Result<Loaded, Diagnostic> {
    let (setup, store) = prepare()?;
    let mut state = State::default();
    let session = match opening {
        Opening::New => ulid::Ulid::generate().to_string(),
        Opening::Begin(id) => id.clone(),
        Opening::Resume(wanted) => {
            let id = catalogue::find(&store, wanted)?.id;
            for event in catalogue::each_event(&store, &id) {
                let event = event?;
                state.apply(&event);
                if let Some(faces) = faces {
                    let _ = faces.send(Arc::new(event));
                }
            }
            id
        }
    };
    Ok(Loaded { setup, store, session, state })
}
