//! Time for events: wall clock for people, session time for order and replay.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::State;
use super::event::{EVENT_VERSION, Event, Fact};

/// Gives each event its times. Session time goes on where the former opening of the session left it.
#[derive(Debug)]
pub(super) struct Clock {
    opened: Instant,
    before_us: u64,
}

impl Clock {
    /// A clock that goes on after `before_us` microseconds of session time.
    pub(super) fn after(before_us: u64) -> Clock {
        Clock { opened: Instant::now(), before_us }
    }

    /// Microseconds of session time.
    pub(super) fn mono_us(&self) -> u64 {
        self.before_us + u64::try_from(self.opened.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// The event that comes next in a session, with its number, its times and what it belongs to.
    pub(super) fn event(&self, state: &State, fact: Fact) -> Event {
        let said = matches!(fact, Fact::Said { .. });
        let (request, step, in_turn) = match &fact {
            Fact::Turn(turn) => (turn.request(), None, true),
            Fact::Run(run) => (None, run.step().map(str::to_owned), false),
            _ => (None, None, said),
        };
        Event {
            v: EVENT_VERSION,
            seq: state.seq + 1,
            wall_ms: Clock::wall_ms(),
            mono_us: self.mono_us(),
            turn: in_turn.then_some(state.turns + u32::from(said)),
            request,
            step,
            fact,
        }
    }

    /// Milliseconds since 1970-01-01 UTC; 0 where the machine's clock stands before that.
    pub(super) fn wall_ms() -> i64 {
        SystemTime::now().duration_since(UNIX_EPOCH).ok().and_then(|d| i64::try_from(d.as_millis()).ok()).unwrap_or(0)
    }
}
