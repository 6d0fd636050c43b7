//! Where what the screen shows comes from: a session that is lived through, or one that is replayed.

use std::sync::Arc;

use crate::session::{Event, Link, State};
use crate::tui::replay::Player;

/// A session that is lived through.
pub(super) struct Live {
    pub(super) link: Link,
    pub(super) state: State,
    /// Its link has not ended.
    pub(super) open: bool,
}

/// The session on the screen.
pub(super) enum Source {
    Live(Box<Live>),
    Replay(Box<Player>),
}

impl Source {
    pub(super) fn state(&self) -> &State {
        match self {
            Source::Live(live) => &live.state,
            Source::Replay(player) => player.state(),
        }
    }

    /// The next event of a session that is lived through.
    pub(super) async fn event(&mut self) -> Option<Arc<Event>> {
        match self {
            Source::Live(live) if live.open => live.link.events.recv().await,
            _ => std::future::pending().await,
        }
    }
}
