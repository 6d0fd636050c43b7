//! Decisions about a proposal. Each is a fact; nothing is written by it.

use super::Host;
use crate::diagnostic::Severity;
use crate::pipeline::oml::hunk::{self, Cut, Decision, Hunk};
use crate::pipeline::oml::{OutlineStep, outline, step_at};
use crate::session::event::Fact;
use crate::session::state::Review;

/// Bytes of a comment.
const MAX_COMMENT: usize = 16 * 1024;

impl Host {
    fn reviewed(&self, proposal: u32) -> Option<&Review> {
        self.state.review.as_ref().filter(|r| r.proposal == proposal)
    }

    fn has_hunk(&self, proposal: u32, hunk: u32) -> bool {
        self.reviewed(proposal).is_some_and(|r| (hunk as usize) < r.hunks.len())
    }

    pub(super) fn decide(&mut self, proposal: u32, hunk: u32, decision: Decision) -> bool {
        !self.has_hunk(proposal, hunk) || self.record(Fact::Decided { proposal, hunk, decision })
    }

    pub(super) fn decide_open(&mut self, proposal: u32, decision: Decision) -> bool {
        let Some(review) = self.reviewed(proposal) else { return true };
        let hunks: Vec<u32> =
            (0u32..).zip(&review.decisions).filter(|(_, d)| **d == Decision::Open).map(|(n, _)| n).collect();
        hunks.is_empty() || self.record(Fact::DecidedAll { proposal, hunks, decision })
    }

    pub(super) fn decide_step(&mut self, proposal: u32, hunk: u32, decision: Decision) -> bool {
        let Some(review) = self.reviewed(proposal) else { return true };
        let hunks = of_step(review, hunk as usize);
        hunks.is_empty() || self.record(Fact::DecidedAll { proposal, hunks, decision })
    }

    pub(super) fn split_hunk(&mut self, proposal: u32, hunk: u32, cut: Cut) -> bool {
        let Some(review) = self.reviewed(proposal) else { return true };
        let Some(whole) = review.hunks.get(hunk as usize) else { return true };
        let parts = hunk::split(whole, &review.text, cut);
        if parts.len() < 2 {
            return self.notice(Severity::Info, "This hunk is one line; it can't be cut any further.");
        }
        self.record(Fact::HunkSplit { proposal, hunk, parts })
    }

    pub(super) fn comment(&mut self, proposal: u32, hunk: u32, text: &str) -> bool {
        let text = text.trim();
        if text.len() > MAX_COMMENT {
            return self.notice(
                Severity::Error,
                format!("A comment has at most {MAX_COMMENT} bytes; say the rest in the message."),
            );
        }
        !self.has_hunk(proposal, hunk) || self.record(Fact::Commented { proposal, hunk, text: text.to_owned() })
    }

    pub(super) fn undo_decision(&mut self, proposal: u32) -> bool {
        let can = self.reviewed(proposal).is_some_and(Review::can_undo);
        !can || self.record(Fact::DecisionUndone { proposal })
    }

    pub(super) fn discard(&mut self, proposal: u32) -> bool {
        let known = self.reviewed(proposal).is_some();
        if known && self.is_busy("Proposal not put away") {
            return true;
        }
        !known || self.record(Fact::Discarded { proposal })
    }
}

/// The hunks that belong to the step of a hunk.
fn of_step(review: &Review, hunk: usize) -> Vec<u32> {
    let (old, new) = (outline(&review.base), outline(&review.text));
    let Some(wanted) = review.hunks.get(hunk).map(|hunk| step_of(hunk, &old, &new)) else { return Vec::new() };
    (0u32..).zip(&review.hunks).filter(|(_, hunk)| step_of(hunk, &old, &new) == wanted).map(|(n, _)| n).collect()
}

/// The id of the step that a hunk is in; what it adds decides, else what it removes.
fn step_of<'a>(hunk: &Hunk, old: &'a [OutlineStep], new: &'a [OutlineStep]) -> Option<&'a str> {
    let (steps, line) = if hunk.new.is_empty() { (old, hunk.old.start) } else { (new, hunk.new.start) };
    step_at(steps, line).map(|at| steps[at].id.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hunks_of_a_step_go_together() {
        let base = "name: x\nsteps:\n  - id: a\n    mode: read\n    config:\n      path: p\n      limit: 3\n  - id: b\n    mode: write\n";
        let text =
            base.replace("path: p", "path: q").replace("id: a\n", "id: a\n    component: c\n").replace("x\n", "y\n");
        let text = text.replace("      limit: 3\n", "").replace("mode: write", "mode: transform");
        let review = Review::new(1, "f".into(), base.into(), text);
        let at = |n| of_step(&review, n);
        assert_eq!((at(0), at(1), at(2), at(3)), (vec![0], vec![1, 2], vec![1, 2], vec![3]), "{:?}", review.hunks);
        assert!(at(9).is_empty());
    }
}
