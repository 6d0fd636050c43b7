//! Branches of a session: a new session that begins with the events of another, up to a point. The other
//! is not touched: nothing of it is moved, changed or removed.

use super::catalogue::{self, SessionSummary};
use super::event::{Branching, Event, Fact, Parent};
use super::state::{ItemBody, State};
use crate::diagnostic::Diagnostic;
use crate::store::{Store, StoreError};

/// Events written together.
const BATCH: usize = 1024;

/// Where a branch begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// After the last event.
    Now,
    /// After this event.
    Event(u64),
    /// Just before this turn, from 1.
    BeforeTurn(u32),
}

impl Point {
    /// The number of the last event before the point.
    ///
    /// # Errors
    /// `no-such-point` when the session has no such event or turn.
    pub fn seq(self, events: &[Event]) -> Result<u64, Diagnostic> {
        let last = events.last().map_or(0, |event| event.seq);
        match self {
            Point::Now => Ok(last),
            Point::Event(seq) if (1..=last).contains(&seq) => Ok(seq),
            Point::Event(seq) => Err(no_such_point(format!("the session has no event {seq}"), last)),
            Point::BeforeTurn(turn) => {
                let said = events.iter().filter(|e| matches!(e.fact, Fact::Said { .. }));
                let said = said.zip(1u32..).find(|(_, n)| *n == turn).map(|(event, _)| event.seq);
                let missing = || no_such_point(format!("the session has no turn {turn}"), last);
                said.and_then(|seq| seq.checked_sub(1)).filter(|seq| *seq > 0).ok_or_else(missing)
            }
        }
    }
}

fn no_such_point(message: String, last: u64) -> Diagnostic {
    Diagnostic::error("no-such-point", message)
        .why("a branch begins after an event of the session, or just before one of its turns")
        .fix(format!("its events are numbered from 1 to {last}; `pipesmith sessions replay ID --plain` lists them"))
}

/// The turns of a session, to branch before: the last event before each, and what was said.
pub fn turns(state: &State) -> Vec<(u64, String)> {
    let said = state.transcript.items.iter().filter_map(|item| match &item.body {
        ItemBody::Said { text, .. } => Some((item.id.saturating_sub(1), text.clone())),
        _ => None,
    });
    said.collect()
}

/// The events of a branch: those of the parent up to a point, under an id of its own.
pub fn branch(events: &[Event], seq: u64, id: &str, how: Branching) -> Vec<Event> {
    let mut all: Vec<Event> = events.iter().take_while(|event| event.seq <= seq).cloned().collect();
    if let Some(Event { fact: Fact::Opened { session, parent, .. }, .. }) = all.first_mut() {
        *parent = Some(Parent { session: std::mem::replace(session, id.to_owned()), seq, how });
    }
    all
}

/// Begins a session as a branch of another.
///
/// # Errors
/// As of reading the session, of [`Point::seq`], and `branch-failed` when it can't be written.
pub fn fork(store: &Store, session: &str, at: Point, how: Branching) -> Result<SessionSummary, Diagnostic> {
    let events = catalogue::events(store, session)?;
    let seq = at.seq(&events)?;
    let id = ulid::Ulid::generate().to_string();
    keep(store, &id, &branch(&events, seq, &id, how)).map_err(|error| not_written(store, &error))
}

/// Writes the events of a session that is not there yet.
pub(super) fn keep(store: &Store, id: &str, events: &[Event]) -> Result<SessionSummary, StoreError> {
    let summary = SessionSummary::of(&State::fold(events));
    for chunk in events.chunks(BATCH) {
        let encoded: Vec<(u64, String)> = chunk.iter().map(|e| (e.seq, e.to_json().unwrap_or_default())).collect();
        store.keep(id, &encoded)?;
    }
    // The summary last: a session that was half written when the process died is not listed.
    store.put_session(id, summary.to_json().as_bytes())?;
    store.flush()?;
    Ok(summary)
}

/// Adds a fact to a session that nobody has open.
pub(super) fn add(store: &Store, state: &mut State, wall_ms: i64, fact: Fact) -> Result<(), Diagnostic> {
    let event = Event {
        v: super::event::EVENT_VERSION,
        seq: state.seq + 1,
        wall_ms,
        mono_us: state.mono_us,
        turn: None,
        request: None,
        step: None,
        fact: crate::secret::hide_in(fact),
    };
    append(store, state, event)
}

/// Adds an event to a session that nobody has open.
pub(super) fn append(store: &Store, state: &mut State, event: Event) -> Result<(), Diagnostic> {
    state.apply(&event);
    let failed = |error: StoreError| not_written(store, &error);
    let json = event.to_json().unwrap_or_default();
    store.put_session(&state.session, SessionSummary::of(state).to_json().as_bytes()).map_err(failed)?;
    store.append(&state.session, [(event.seq, json.as_bytes())]).map_err(failed)
}

pub(super) fn not_written(store: &Store, error: &StoreError) -> Diagnostic {
    Diagnostic::error("session-not-written", format!("the session can't be written: {error}"))
        .source(store.path().display().to_string())
        .why("the disk is full, or the folder of the store can't be written")
        .fix("free some space or mend the permissions, then try again; what was there is as it was")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::session::generated;

    fn stored(store: &Store, session: &str) -> Vec<(u64, Vec<u8>)> {
        store.events(session).map(|entry| entry.unwrap()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn a_fork_is_the_session_up_to_the_point_and_the_session_is_untouched(events in generated::session(40), at in any::<prop::sample::Index>()) {
            let dir = tempfile::tempdir().unwrap();
            let store = Store::open(dir.path()).unwrap();
            let parent = State::fold(&events).session;
            keep(&store, &parent, &events).unwrap();
            let before = (stored(&store, &parent), catalogue::list(&store).unwrap());
            let seq = at.index(events.len()) as u64 + 1;
            let child = fork(&store, &parent, Point::Event(seq), Branching::Fork).unwrap();
            prop_assert_eq!(stored(&store, &parent), before.0);
            prop_assert!(catalogue::list(&store).unwrap().contains(&before.1[0]));
            let all = catalogue::events(&store, &child.id).unwrap();
            prop_assert_eq!(all.len() as u64, seq);
            prop_assert_eq!(&all[1..], &events[1..all.len()]);
            let (mut forked, mut was) = (State::fold(&all), State::fold(&events[..all.len()]));
            let link = forked.family.parent.take().unwrap();
            prop_assert_eq!((link.session, link.seq, link.how), (parent, seq, Branching::Fork));
            (forked.session, was.family.parent) = (was.session.clone(), None);
            prop_assert_eq!(forked, was);
        }
    }

    #[test]
    fn a_point_is_an_event_or_a_turn_of_the_session() {
        let events = crate::tui::scenes::whole_session();
        let last = events.len() as u64;
        assert_eq!(Point::Now.seq(&events), Ok(last));
        assert_eq!(Point::BeforeTurn(1).seq(&events), Ok(1));
        for wrong in [Point::Event(0), Point::Event(last + 1), Point::BeforeTurn(9)] {
            assert_eq!(wrong.seq(&events).unwrap_err().code, "no-such-point");
        }
        assert_eq!(turns(&State::fold(&events))[0].0, 1);
    }
}
