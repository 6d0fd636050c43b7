//! Keys: one table of named, documented actions, from which come what a key does, the help, the hints
//! and the reference page.
//!
//! Owns: actions, chords, the table. Does not own: what an action does (`update`).

mod action;
mod chord;
mod reference;
pub mod slash;
mod table;

use std::collections::HashMap;
use std::sync::LazyLock;

pub use action::Action;
pub use chord::Chord;
pub use reference::keys_markdown;
pub use table::{BINDINGS, Binding, Context};

static LOOKUP: LazyLock<HashMap<(Context, Chord), Action>> = LazyLock::new(|| {
    BINDINGS
        .iter()
        .flat_map(|b| b.keys.iter().filter_map(|k| Some(((b.context, Chord::parse(k)?), b.action))))
        .collect()
});

/// What a chord does: the first of the contexts that binds it decides.
pub fn lookup(contexts: &[Context], chord: Chord) -> Option<Action> {
    contexts.iter().find_map(|c| LOOKUP.get(&(*c, chord)).copied())
}

/// The first key of an action in these contexts, for a hint.
pub fn key_of(contexts: &[Context], action: Action) -> Option<&'static str> {
    contexts
        .iter()
        .find_map(|c| BINDINGS.iter().find(|b| b.context == *c && b.action == action))
        .and_then(|b| b.keys.first().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_well_written_and_bound_once_a_context() {
        let mut seen = std::collections::HashSet::new();
        for binding in BINDINGS {
            for key in binding.keys {
                let chord = Chord::parse(key).unwrap_or_else(|| panic!("bad key {key}"));
                assert!(seen.insert((binding.context, chord)), "{key} is bound twice in {:?}", binding.context);
            }
        }
    }

    #[test]
    fn every_action_has_a_key() {
        for action in Action::ALL {
            assert!(BINDINGS.iter().any(|b| b.action == *action), "{} has no key", action.name());
        }
    }

    #[test]
    fn the_first_context_decides() {
        let enter = Chord::parse("enter").unwrap();
        assert_eq!(lookup(&[Context::Composer, Context::Global], enter), Some(Action::Send));
        assert_eq!(lookup(&[Context::Review, Context::Global], enter), Some(Action::Apply));
        assert_eq!(key_of(&[Context::Review], Action::AcceptHunk), Some("a"));
    }
}
