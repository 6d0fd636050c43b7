//! When something is to be drawn.

use std::time::{Duration, Instant};

use super::{App, Dirty, Source};
use crate::session::state::Activity;

/// Time between two frames of the spinner.
pub(super) const SPIN: Duration = Duration::from_millis(250);

impl App {
    /// Whether the spinner turns: something is at work and the line is fast enough for ornament.
    pub(super) fn spins(&self) -> bool {
        let state = self.source.state();
        matches!(self.source, Source::Live(_))
            && state.activity != Activity::Idle
            && state.closed.is_none()
            && self.ui.focused
            && !self.ui.still
            && !self.pace.is_sparing()
    }

    pub(super) fn due(&self) -> bool {
        !self.writer.is_busy()
            && match self.dirty {
                Dirty::No => false,
                Dirty::Soon => self.drawn.elapsed() >= self.pace.interval(),
                Dirty::Now => true,
            }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let frame = (self.dirty != Dirty::No && !self.writer.is_busy()).then(|| self.drawn + self.pace.interval());
        let spin = self.spins().then(|| self.spun + SPIN);
        let expiry = self.ui.next_expiry().map(|ms| self.start + Duration::from_millis(ms + 1));
        let play = match &self.source {
            Source::Replay(player) => {
                player.next_change().map(|wait| (self.played + wait).max(self.drawn + self.pace.interval()))
            }
            Source::Live(_) => None,
        };
        frame.into_iter().chain(spin).chain(expiry).chain(play).chain(self.replies.deadline()).min()
    }
}
