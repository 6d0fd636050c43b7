//! What a face holds of a session: commands go in, events come out. Both are plain data, so that a
//! socket can carry them as well as a channel.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};

use super::{Command, Event};
use crate::diagnostic::Diagnostic;

/// A face's end of a session.
///
/// The first events are the history of the session, from number 1; then come new ones, each after it
/// has been journalled. When `events` ends, the session has, or the face was sent away; `ended` then says
/// which, or what went wrong.
#[derive(Debug)]
pub struct Link {
    /// Say what is wanted.
    pub commands: mpsc::UnboundedSender<Command>,
    /// Learn what happened.
    pub events: mpsc::UnboundedReceiver<Arc<Event>>,
    /// Number of the last event that was there before this face came, once it is known.
    pub past: watch::Receiver<Option<u64>>,
    /// Why the session could not be opened or go on (a store that can't be had, a full disk).
    pub ended: oneshot::Receiver<Result<End, Box<Diagnostic>>>,
}

/// How a link ended that ended in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The session was closed, or this face has left it.
    Closed,
    /// Somebody sent this face away; the session goes on for as long as something runs in it.
    Detached,
}
