//! What a face holds of a session: commands go in, events come out. Both are plain data, so that a
//! socket can carry them as well as a channel.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::{Command, Event};
use crate::diagnostic::Diagnostic;

/// A face's end of a session.
///
/// The first events are the history of the session, from number 1; then come new ones, each after it
/// has been journalled. When `events` ends, the session has; `ended` then says why, if it was not asked
/// to.
#[derive(Debug)]
pub struct Link {
    /// Say what is wanted.
    pub commands: mpsc::UnboundedSender<Command>,
    /// Learn what happened.
    pub events: mpsc::UnboundedReceiver<Arc<Event>>,
    /// Why the session could not be opened or go on (a store held by another process, a full disk).
    pub ended: oneshot::Receiver<Result<(), Box<Diagnostic>>>,
}
