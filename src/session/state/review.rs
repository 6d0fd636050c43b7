//! The document of the session and the proposal under review.

use serde::Serialize;

use crate::pipeline::oml::hunk::{self, Decision, Hunk};

/// A pipeline file as it was last seen on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Document {
    /// Path relative to the workspace.
    pub file: String,
    /// What it holds.
    pub text: String,
}

/// A proposal and what was decided about its hunks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Review {
    /// Its number.
    pub proposal: u32,
    /// The file it is for.
    pub file: String,
    /// What the file held.
    pub base: String,
    /// What the model wrote.
    pub text: String,
    /// The changes.
    pub hunks: Vec<Hunk>,
    /// A decision for each.
    pub decisions: Vec<Decision>,
    /// Whether it has been checked.
    pub checked: bool,
}

impl Review {
    /// A review in which nothing is decided.
    pub fn new(proposal: u32, file: String, base: String, text: String) -> Review {
        let hunks = hunk::hunks(&base, &text);
        let decisions = vec![Decision::Open; hunks.len()];
        Review { proposal, file, base, text, hunks, decisions, checked: false }
    }

    /// Takes over the decisions about changes that are in both.
    pub(super) fn keep_decisions(&mut self, before: &Review) {
        if (&before.file, &before.base) != (&self.file, &self.base) {
            return;
        }
        let (old, new) = (hunk::lines(&before.text), hunk::lines(&self.text));
        for (hunk, decision) in self.hunks.iter().zip(&mut self.decisions) {
            let same = |b: &&Hunk| b.old == hunk.old && old[b.new.clone()] == new[hunk.new.clone()];
            if let Some(at) = before.hunks.iter().position(|b| same(&b)) {
                *decision = before.decisions[at];
            }
        }
    }

    /// Decides a hunk; a number that is none is ignored.
    pub fn decide(&mut self, hunk: usize, decision: Decision) {
        if let Some(slot) = self.decisions.get_mut(hunk) {
            *slot = decision;
        }
    }

    /// How many hunks have this decision.
    pub fn count(&self, decision: Decision) -> usize {
        self.decisions.iter().filter(|d| **d == decision).count()
    }

    /// The first hunk that is still open, at or after `from`, else before it.
    pub fn next_open(&self, from: usize) -> Option<usize> {
        let open = |n: &usize| self.decisions[*n] == Decision::Open;
        (from..self.decisions.len()).find(open).or_else(|| (0..from.min(self.decisions.len())).find(open))
    }

    /// What the model should be told of the decisions, if anything was refused.
    pub fn notes(&self) -> Option<String> {
        let lines = hunk::lines(&self.text);
        let refused: Vec<String> = self
            .hunks
            .iter()
            .zip(&self.decisions)
            .filter(|(_, decision)| **decision != Decision::Accepted)
            .map(|(hunk, _)| lines[hunk.new.clone()].concat())
            .collect();
        (!refused.is_empty()).then(|| {
            let parts: Vec<String> = refused.iter().map(|text| format!("```yaml\n{}\n```", text.trim_end())).collect();
            format!(
                "The person refused these parts of your last proposal; they are not in the file:\n{}",
                parts.join("\n")
            )
        })
    }

    /// The text that the decisions make.
    pub fn result(&self) -> String {
        hunk::apply(&self.base, &self.text, &self.hunks, &self.decisions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_about_the_same_changes_are_kept() {
        let review = |base: &str, text: &str| Review::new(1, "f".into(), base.into(), text.into());
        let base = "a: 1\n\nb: 2\n\nc: 3\n";
        let mut before = review(base, "a: 9\n\nb: 8\n\nc: 7\n");
        assert_eq!(before.hunks.len(), 3);
        before.decide(0, Decision::Accepted);
        before.decide(1, Decision::Rejected);
        before.decide(2, Decision::Accepted);
        let mut after = review(base, "a: 9\n\nb: 8\n\nc: 6\n");
        after.keep_decisions(&before);
        assert_eq!(after.decisions, [Decision::Accepted, Decision::Rejected, Decision::Open]);
        let mut elsewhere = review("", "a: 9\n");
        elsewhere.keep_decisions(&before);
        assert_eq!(elsewhere.decisions, [Decision::Open]);
    }
}
