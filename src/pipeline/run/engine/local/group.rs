//! Steps that have to be at work together: those that hand rows to each other.

use std::sync::Arc;
use std::time::Instant;

use super::graph::Needs;
use super::step::{Failure, Stop};
use super::tries::Again;
use crate::diagnostic::Diagnostic;

/// How far a group is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Not begun.
    Waiting,
    /// So many of its steps are at work.
    Working(usize),
    /// It begins again then.
    Resting(Instant),
    /// Nothing more happens.
    Over,
}

/// A group of steps.
pub(super) struct Group {
    /// Their indices, in the order of the manifest.
    pub steps: Vec<usize>,
    pub phase: Phase,
    /// Stops its steps; a new one each time that it begins.
    pub stop: Arc<Stop>,
    /// The ends of steps that did not do their work. They are told when all have ended: only then it is known
    /// whether the group begins again.
    pub held: Vec<(usize, Failure)>,
    /// The step whose failure passes, the attempt that is made for it, and what it was.
    pub again: Option<(usize, Again, Box<Diagnostic>)>,
    /// The step that took too long.
    pub late: Option<usize>,
}

impl Group {
    fn new(steps: Vec<usize>) -> Group {
        Group { steps, phase: Phase::Waiting, stop: Arc::default(), held: Vec::new(), again: None, late: None }
    }

    /// Whether steps of it are at work.
    pub fn is_working(&self) -> bool {
        matches!(self.phase, Phase::Working(_))
    }
}

/// The groups of the steps that are not left out, in the order of their first steps.
pub(super) fn groups(needs: &Needs, there: impl Fn(usize) -> bool) -> Vec<Group> {
    let mut root: Vec<usize> = (0..needs.len()).collect();
    fn find(root: &mut [usize], mut at: usize) -> usize {
        while root[at] != at {
            root[at] = root[root[at]];
            at = root[at];
        }
        at
    }
    for (at, of_step) in needs.iter().enumerate() {
        for need in of_step {
            let (one, other) = (find(&mut root, at), find(&mut root, *need));
            root[one.max(other)] = one.min(other);
        }
    }
    let mut groups: Vec<(usize, Vec<usize>)> = Vec::new();
    for at in (0..needs.len()).filter(|at| there(*at)) {
        let of = find(&mut root, at);
        match groups.iter_mut().find(|(root, _)| *root == of) {
            Some((_, steps)) => steps.push(at),
            None => groups.push((of, vec![at])),
        }
    }
    groups.into_iter().map(|(_, steps)| Group::new(steps)).collect()
}

/// The most of something that can be at work at once, where so many groups may be: each group has `of` of it.
pub(super) fn most_at_once(groups: &[Group], parallel: usize, of: impl Fn(usize) -> bool) -> usize {
    let mut counts: Vec<usize> = groups.iter().map(|group| group.steps.iter().filter(|at| of(**at)).count()).collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    counts.into_iter().take(parallel.max(1)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(needs: &[&[usize]], there: impl Fn(usize) -> bool) -> Vec<Vec<usize>> {
        let needs: Needs = needs.iter().map(|need| need.to_vec()).collect();
        groups(&needs, there).into_iter().map(|group| group.steps).collect()
    }

    #[test]
    fn what_is_joined_is_a_group() {
        let needs: &[&[usize]] = &[&[], &[0], &[], &[2], &[1, 3], &[], &[5]];
        assert_eq!(of(needs, |_| true), [vec![0, 1, 2, 3, 4], vec![5, 6]]);
        assert_eq!(of(&[&[], &[], &[]], |_| true), [vec![0], vec![1], vec![2]]);
        assert_eq!(of(&[&[], &[0], &[]], |at| at != 2), [vec![0, 1]]);
        assert_eq!(of(&[&[1], &[]], |_| true), [vec![0, 1]]);
    }

    #[test]
    fn memory_is_shared_by_those_that_can_be_at_work_at_once() {
        let needs: Needs = vec![vec![], vec![0], vec![], vec![2], vec![], vec![4]];
        let all = groups(&needs, |_| true);
        // Each group has one query but the first, which has two.
        let query = |at: usize| matches!(at, 0 | 1 | 3 | 5);
        assert_eq!(most_at_once(&all, 1, query), 2);
        assert_eq!(most_at_once(&all, 2, query), 3);
        assert_eq!(most_at_once(&all, 9, query), 4);
        assert_eq!(most_at_once(&all, 0, query), 2);
    }
}
