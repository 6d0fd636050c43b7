//! The document of the session and the proposal under review.

use serde::Serialize;

use crate::pipeline::oml::hunk::{self, Decision, Hunk};

/// Decisions that can be taken back.
const UNDO: usize = 100;

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
    /// What the person says about each to the model; empty where nothing.
    pub comments: Vec<String>,
    /// Whether it has been checked.
    pub checked: bool,
    /// How it stood before each of the last decisions.
    #[serde(skip)]
    former: Vec<Point>,
    /// How it stood when the model was told of it.
    #[serde(skip)]
    told: Option<Point>,
}

/// How a review stands.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Point {
    hunks: Vec<Hunk>,
    decisions: Vec<Decision>,
    comments: Vec<String>,
}

/// That the model is told something of a review with the next message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Noted {
    /// The proposal.
    pub proposal: u32,
    /// How many of its changes are refused.
    pub refused: usize,
    /// How many comments there are.
    pub comments: usize,
}

/// What the model is told of a review with the next message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notes {
    /// How much it is.
    pub noted: Noted,
    /// What the model reads.
    pub text: String,
}

impl Noted {
    /// `2 comments and 1 refused change of proposal 3`.
    pub fn summary(&self) -> String {
        let some = |n: usize, one: &str| match n {
            0 => None,
            1 => Some(format!("1 {one}")),
            n => Some(format!("{n} {one}s")),
        };
        let parts: Vec<String> =
            [some(self.comments, "comment"), some(self.refused, "refused change")].into_iter().flatten().collect();
        match parts.is_empty() {
            true => format!("that proposal {} was put away", self.proposal),
            false => format!("{} of proposal {}", parts.join(" and "), self.proposal),
        }
    }
}

impl Review {
    /// A review in which nothing is decided.
    pub fn new(proposal: u32, file: String, base: String, text: String) -> Review {
        let hunks = hunk::hunks(&base, &text);
        let decisions = vec![Decision::Open; hunks.len()];
        let comments = vec![String::new(); hunks.len()];
        Review {
            proposal,
            file,
            base,
            text,
            hunks,
            decisions,
            comments,
            checked: false,
            former: Vec::new(),
            told: None,
        }
    }

    /// Takes over the decisions about changes that are in both, and what was said about them.
    pub(super) fn keep_decisions(&mut self, before: &Review, comments: bool) {
        if (&before.file, &before.base) != (&self.file, &self.base) {
            return;
        }
        let (old, new) = (hunk::lines(&before.text), hunk::lines(&self.text));
        for (n, hunk) in self.hunks.iter().enumerate() {
            let same = |b: &Hunk| b.old == hunk.old && old[b.new.clone()] == new[hunk.new.clone()];
            if let Some(at) = before.hunks.iter().position(same) {
                self.decisions[n] = before.decisions[at];
                if comments {
                    self.comments[n].clone_from(&before.comments[at]);
                }
            }
        }
    }

    fn remember(&mut self) {
        if self.former.len() >= UNDO {
            self.former.remove(0);
        }
        self.former.push(self.point());
    }

    /// Decides hunks; a number that is none is ignored.
    pub fn decide(&mut self, hunks: &[u32], decision: Decision) {
        self.remember();
        for hunk in hunks {
            if let Some(slot) = self.decisions.get_mut(*hunk as usize) {
                *slot = decision;
            }
        }
    }

    /// Puts parts in the place of a hunk; what is no cut of it is ignored.
    pub(super) fn split(&mut self, hunk: usize, parts: &[Hunk]) {
        if !self.hunks.get(hunk).is_some_and(|whole| hunk::is_cut_of(parts, whole)) {
            return;
        }
        self.remember();
        let (decision, comment) = (self.decisions[hunk], std::mem::take(&mut self.comments[hunk]));
        self.hunks.splice(hunk..=hunk, parts.iter().cloned());
        self.decisions.splice(hunk..=hunk, parts.iter().map(|_| decision));
        self.comments.splice(hunk..=hunk, parts.iter().map(|_| String::new()));
        self.comments[hunk] = comment;
    }

    /// Says something about a hunk; nothing takes back what was said.
    pub(super) fn comment(&mut self, hunk: usize, text: &str) {
        if hunk < self.comments.len() {
            self.remember();
            text.clone_into(&mut self.comments[hunk]);
        }
    }

    /// Takes the last decision, cut or comment back.
    pub(super) fn undo(&mut self) {
        if let Some(point) = self.former.pop() {
            (self.hunks, self.decisions, self.comments) = (point.hunks, point.decisions, point.comments);
        }
    }

    /// Whether there is anything to take back.
    pub fn can_undo(&self) -> bool {
        !self.former.is_empty()
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

    /// How much the model should be told, without what: that is worth knowing with every frame.
    pub fn noted(&self, ended: bool) -> Option<Noted> {
        let refused = self.count(Decision::Rejected) + if ended { self.count(Decision::Open) } else { 0 };
        let comments = self.comments.iter().filter(|text| !text.is_empty()).count();
        (refused + comments > 0).then_some(Noted { proposal: self.proposal, refused, comments })
    }

    /// Remembers that the model has been told how the review stands.
    pub(super) fn tell(&mut self) {
        self.told = self.noted(false).map(|_| self.point());
    }

    /// Whether the model has been told how the review stands.
    pub(super) fn is_told(&self) -> bool {
        self.told.as_ref().is_some_and(|told| {
            (&told.hunks, &told.comments) == (&self.hunks, &self.comments) && told.decisions == self.decisions
        })
    }

    fn point(&self) -> Point {
        Point { hunks: self.hunks.clone(), decisions: self.decisions.clone(), comments: self.comments.clone() }
    }

    /// What the model should be told of the decisions and comments, if there is anything to tell. `ended`:
    /// what is still open is refused by that.
    pub fn notes(&self, ended: bool) -> Option<Notes> {
        let (old, new) = (hunk::lines(&self.base), hunk::lines(&self.text));
        let is_refused = |d: &Decision| *d == Decision::Rejected || ended && *d == Decision::Open;
        let each = || self.hunks.iter().zip(&self.decisions).zip(&self.comments);
        let shown = |hunk: &Hunk| match hunk.new.is_empty() {
            false => format!("```yaml\n{}\n```", new[hunk.new.clone()].concat().trim_end()),
            true => format!("the removal of\n```yaml\n{}\n```", old[hunk.old.clone()].concat().trim_end()),
        };
        let refused: Vec<String> =
            each().filter(|((_, d), _)| is_refused(d)).map(|((hunk, _), _)| shown(hunk)).collect();
        let said: Vec<String> = each()
            .filter(|(_, comment)| !comment.is_empty())
            .map(|((hunk, _), comment)| format!("{}\nThe person says: {comment}", shown(hunk)))
            .collect();
        let mut text = String::new();
        if !refused.is_empty() {
            let end = if ended { "; they are not in the file" } else { "" };
            text = format!("The person refused these parts of your last proposal{end}:\n{}", refused.join("\n"));
        }
        if !said.is_empty() {
            let lead = if text.is_empty() { "" } else { "\n\n" };
            text += &format!("{lead}The person commented on these parts of your last proposal:\n{}", said.join("\n"));
        }
        let noted = Noted { proposal: self.proposal, refused: refused.len(), comments: said.len() };
        (!text.is_empty()).then_some(Notes { noted, text })
    }

    /// What the model should be told of the comments, whatever was decided.
    pub(super) fn comments_alone(mut self) -> Option<Notes> {
        self.decisions.fill(Decision::Accepted);
        self.notes(false)
    }

    /// The text that the decisions make.
    pub fn result(&self) -> String {
        hunk::apply(&self.base, &self.text, &self.hunks, &self.decisions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn review(base: &str, text: &str) -> Review {
        Review::new(1, "f".into(), base.into(), text.into())
    }

    #[test]
    fn decisions_about_the_same_changes_are_kept() {
        let base = "a: 1\n\nb: 2\n\nc: 3\n";
        let mut before = review(base, "a: 9\n\nb: 8\n\nc: 7\n");
        assert_eq!(before.hunks.len(), 3);
        before.decide(&[0, 2], Decision::Accepted);
        before.decide(&[1], Decision::Rejected);
        before.comment(0, "why?");
        let mut after = review(base, "a: 9\n\nb: 8\n\nc: 6\n");
        after.keep_decisions(&before, true);
        assert_eq!(after.decisions, [Decision::Accepted, Decision::Rejected, Decision::Open]);
        assert_eq!(after.comments, ["why?", "", ""]);
        let mut elsewhere = review("", "a: 9\n");
        elsewhere.keep_decisions(&before, true);
        assert_eq!(elsewhere.decisions, [Decision::Open]);
    }

    #[test]
    fn every_decision_cut_and_comment_is_taken_back() {
        let mut r = review("", "a: 1\nb: 2\nc: 3\n");
        let fresh = r.clone();
        r.comment(0, "all at once?");
        let parts = hunk::split(&r.hunks[0], &r.text, hunk::Cut::Natural);
        r.split(0, &parts);
        assert_eq!((r.hunks.len(), r.comments.join("|")), (3, "all at once?||".to_owned()));
        r.decide(&[0, 2, 77], Decision::Accepted);
        assert_eq!(r.result(), "a: 1\nc: 3\n");
        // What is no cut of the hunk changes nothing.
        r.split(1, &[Hunk { old: 0..9, new: 3..7 }]);
        r.split(9, &parts);
        for _ in 0..3 {
            assert!(r.can_undo());
            r.undo();
        }
        assert_eq!(r, fresh);
        r.undo();
        assert_eq!(r, fresh);
    }

    #[test]
    fn the_model_is_told_what_was_refused_and_said() {
        let mut r = review("x: 1\n", "a: 1\n\nb: 2\n");
        let parts = hunk::split(&r.hunks[0], &r.text, hunk::Cut::New(2));
        r.split(0, &parts);
        assert_eq!(r.notes(false), None);
        r.comment(1, "call it c");
        r.decide(&[0], Decision::Rejected);
        let notes = r.notes(false).unwrap();
        assert_eq!(r.noted(false), Some(notes.noted));
        assert_eq!(notes.noted.summary(), "1 comment and 1 refused change of proposal 1");
        insta::assert_snapshot!(notes.text, @r"
        The person refused these parts of your last proposal:
        ```yaml
        a: 1
        ```

        The person commented on these parts of your last proposal:
        ```yaml
        b: 2
        ```
        The person says: call it c
        ");
        assert_eq!(r.notes(true).unwrap().noted.refused, 2, "what is open when it ends is refused");
    }
}
