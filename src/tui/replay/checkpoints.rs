//! States on the way, so that a seek folds only what lies behind the last of them. They are made when a
//! session is opened and thrown away with the player: nothing depends on them but how quick it is.

use crate::agent::TurnFact;
use crate::session::{Event, Fact, State};

/// So much work lies between two checkpoints, in folds of a small event: about 10 ms.
pub(super) const SPACING: u64 = 150_000;
/// Never more than this; beyond, the spacing doubles and every second one goes.
const MOST: usize = 24;

/// States on the way.
#[derive(Debug, Default)]
pub(super) struct Checkpoints {
    /// After so many events, in order.
    all: Vec<(usize, State)>,
}

impl Checkpoints {
    /// Folds all events once.
    pub fn of(events: &[Event], spacing: u64) -> Checkpoints {
        let (mut all, mut state, mut spacing, mut work) = (Vec::new(), State::default(), spacing.max(1), 0);
        if events.iter().map(weight).sum::<u64>() <= spacing {
            return Checkpoints::default();
        }
        for (n, event) in events.iter().enumerate() {
            state.apply(event);
            work += weight(event);
            if work >= spacing {
                work = 0;
                all.push((n + 1, state.clone()));
            }
            if all.len() > MOST {
                let mut odd = false;
                all.retain(|_| {
                    odd = !odd;
                    !odd
                });
                spacing *= 2;
            }
        }
        Checkpoints { all }
    }

    /// The last one that holds no more than so many events.
    pub fn before(&self, count: usize) -> Option<(usize, &State)> {
        let at = self.all.partition_point(|(n, _)| *n <= count).checked_sub(1)?;
        self.all.get(at).map(|(n, state)| (*n, state))
    }
}

/// How much work it is to fold an event: texts are compared line by line.
fn weight(event: &Event) -> u64 {
    let texts = match &event.fact {
        Fact::Turn(TurnFact::Proposed { base, text, .. })
        | Fact::FixProposed { base, text, .. }
        | Fact::VersionProposed { base, text, .. }
        | Fact::ProposalEdited { base, text, .. }
        | Fact::Edited { before: base, text, .. } => base.len() + text.len(),
        Fact::Applied { before, text, .. } => before.as_ref().map_or(0, String::len) + text.len(),
        Fact::DocumentOpened { text, .. } => text.len(),
        _ => 0,
    };
    1 + texts as u64 / 4
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::session::generated;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// From wherever to wherever: what a seek shows is what a fold from the start would.
        #[test]
        fn a_seek_is_a_fold_from_the_start(events in generated::session(60), spacing in 1u64..40) {
            let checkpoints = Checkpoints::of(&events, spacing);
            prop_assert!(checkpoints.all.len() <= MOST);
            let mut whole = State::default();
            for count in 0..=events.len() {
                let (n, mut state) = checkpoints.before(count).map_or_else(Default::default, |(n, s)| (n, s.clone()));
                prop_assert!(n <= count);
                events[n..count].iter().for_each(|event| state.apply(event));
                prop_assert_eq!(&state, &whole);
                if let Some(event) = events.get(count) {
                    whole.apply(event);
                }
            }
        }
    }
}
