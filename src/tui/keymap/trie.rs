//! The keys of a context as a tree: what they do, and what may follow those that were pressed.

use std::collections::HashMap;

use super::condition::Facts;
use super::file::Keys;
use super::{Action, Chord, Condition};

/// What the keys that were pressed mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// This.
    Action(Action),
    /// More has to follow.
    More,
}

/// A place in the tree.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// What the keys up to here do: those with a condition first.
    leaves: Vec<(Option<Condition>, Action)>,
    /// What may follow, in the order in which it was bound.
    next: Vec<(Chord, Node)>,
}

impl Node {
    /// Binds keys.
    pub fn insert(&mut self, keys: &Keys, action: Action) {
        let mut node = self;
        for chord in &keys.chords {
            let at = node.next.iter().position(|(known, _)| known == chord).unwrap_or_else(|| {
                node.next.push((*chord, Node::default()));
                node.next.len() - 1
            });
            node = &mut node.next[at].1;
        }
        node.leaves.push((keys.when.clone(), action));
        node.leaves.sort_by_key(|(when, _)| when.is_none());
    }

    fn at(&self, chords: &[Chord]) -> Option<&Node> {
        chords.iter().try_fold(self, |node, chord| node.next.iter().find(|(c, _)| c == chord).map(|(_, next)| next))
    }

    fn action(&self, facts: Facts) -> Option<Action> {
        self.leaves.iter().find(|(when, _)| when.as_ref().is_none_or(|when| when.holds(facts))).map(|(_, a)| *a)
    }

    /// Whether anything below can be done now.
    fn leads_on(&self, facts: Facts) -> bool {
        self.next.iter().any(|(_, node)| node.action(facts).is_some() || node.leads_on(facts))
    }

    /// What these keys mean.
    pub fn find(&self, chords: &[Chord], facts: Facts) -> Option<Found> {
        let node = self.at(chords)?;
        match node.action(facts) {
            Some(action) => Some(Found::Action(action)),
            None => node.leads_on(facts).then_some(Found::More),
        }
    }

    /// What may follow these keys: an action, or how many ways lead on.
    pub fn following(&self, chords: &[Chord], facts: Facts) -> Vec<(Chord, Following)> {
        let Some(node) = self.at(chords) else { return Vec::new() };
        let after = |node: &Node| match node.action(facts) {
            Some(action) => Some(Following::Action(action)),
            None => match node.count(facts) {
                0 => None,
                ways => Some(Following::More(ways)),
            },
        };
        node.next.iter().filter_map(|(chord, node)| Some((*chord, after(node)?))).collect()
    }

    fn count(&self, facts: Facts) -> usize {
        self.next.iter().map(|(_, node)| node.count(facts) + usize::from(node.action(facts).is_some())).sum()
    }
}

/// What a key that may follow leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Following {
    /// This.
    Action(Action),
    /// So many ways on.
    More(usize),
}

/// The trees of all contexts.
pub type Tries = HashMap<super::Context, Node>;
