//! Hunks: a proposal as reviewable changes of the text it is for. Decisions build a new text from the
//! two; nothing is edited in place.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// What was decided about a hunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Nothing yet; counts as rejected when a text is built.
    #[default]
    Open,
    /// The proposal's lines.
    Accepted,
    /// The base's lines.
    Rejected,
}

/// One reviewable change: base lines `old` become proposal lines `new` (line numbers from 0).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hunk {
    /// Lines of the base.
    pub old: Range<usize>,
    /// Lines of the proposal.
    pub new: Range<usize>,
}

/// Splits a text into lines that keep their line end, so that joining them gives the text again.
pub fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// The changes from `base` to `proposal`, in order and apart from each other. Added lines are cut at
/// the steps they begin, so that a step of a new document can be decided alone.
pub fn hunks(base: &str, proposal: &str) -> Vec<Hunk> {
    let old_lines = lines(base);
    let new_lines = lines(proposal);
    let diff = similar::TextDiff::from_slices(&old_lines, &new_lines);
    let mut merged: Vec<Hunk> = Vec::new();
    for op in diff.ops() {
        if op.tag() == similar::DiffTag::Equal {
            continue;
        }
        let hunk = Hunk { old: op.old_range(), new: op.new_range() };
        match merged.last_mut() {
            Some(last) if last.old.end == hunk.old.start && last.new.end == hunk.new.start => {
                last.old.end = hunk.old.end;
                last.new.end = hunk.new.end;
            }
            _ => merged.push(hunk),
        }
    }
    merged.into_iter().flat_map(|hunk| cut_at_steps(hunk, &new_lines)).collect()
}

/// Cuts a hunk before each added line that begins a list item of the outermost list in it. The first
/// part keeps all removed lines.
fn cut_at_steps(hunk: Hunk, new_lines: &[&str]) -> Vec<Hunk> {
    let Some(indent) = hunk.new.clone().filter_map(|n| item_indent(new_lines[n])).min() else {
        return vec![hunk];
    };
    let mut cuts: Vec<usize> = hunk.new.clone().filter(|n| item_indent(new_lines[*n]) == Some(indent)).collect();
    if cuts.first() == Some(&hunk.new.start) {
        cuts.remove(0);
    }
    let mut parts = Vec::with_capacity(cuts.len() + 1);
    let mut start = hunk.new.start;
    let mut old = hunk.old.clone();
    for cut in cuts.into_iter().chain([hunk.new.end]) {
        parts.push(Hunk { old: old.clone(), new: start..cut });
        old = hunk.old.end..hunk.old.end;
        start = cut;
    }
    parts
}

fn item_indent(line: &str) -> Option<usize> {
    let indent = line.len() - line.trim_start_matches(' ').len();
    let rest = &line[indent..];
    (rest.starts_with("- ") && rest.contains("id:")).then_some(indent)
}

/// The text that the decisions make: the proposal's lines where accepted, the base's elsewhere.
pub fn apply(base: &str, proposal: &str, hunks: &[Hunk], decisions: &[Decision]) -> String {
    let old_lines = lines(base);
    let new_lines = lines(proposal);
    let mut out = String::with_capacity(base.len().max(proposal.len()));
    let mut at = 0;
    for (hunk, decision) in hunks.iter().zip(decisions) {
        out.extend(old_lines[at..hunk.old.start].iter().copied());
        match decision {
            Decision::Accepted => push_lines(&mut out, &new_lines[hunk.new.clone()]),
            Decision::Open | Decision::Rejected => push_lines(&mut out, &old_lines[hunk.old.clone()]),
        }
        at = hunk.old.end;
    }
    push_lines(&mut out, &old_lines[at.min(old_lines.len())..]);
    out
}

/// Adds whole lines; a last line without a line end gets one when more follow it.
fn push_lines(out: &mut String, lines: &[&str]) {
    if !lines.is_empty() && !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    out.extend(lines.iter().copied());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BASE: &str = "name: a\nsteps:\n  - id: one\n    mode: read\n  - id: two\n    mode: write\n";

    #[test]
    fn a_new_document_is_cut_at_its_steps() {
        let found = hunks("", BASE);
        let ranges: Vec<_> = found.iter().map(|h| h.new.clone()).collect();
        assert_eq!(ranges, [0..2, 2..4, 4..6]);
        let text = apply("", BASE, &found, &[Decision::Accepted, Decision::Rejected, Decision::Accepted]);
        assert_eq!(text, "name: a\nsteps:\n  - id: two\n    mode: write\n");
    }

    #[test]
    fn a_changed_line_is_one_hunk() {
        let proposal = BASE.replace("mode: read", "mode: transform");
        let found = hunks(BASE, &proposal);
        assert_eq!(found, [Hunk { old: 3..4, new: 3..4 }]);
        assert_eq!(apply(BASE, &proposal, &found, &[Decision::Open]), BASE);
    }

    fn text() -> impl Strategy<Value = String> {
        proptest::collection::vec(
            prop_oneof![Just("a"), Just("b"), Just("  - id: x"), Just("    k: v"), Just(""), Just("- id: y\r")],
            0..12,
        )
        .prop_flat_map(|lines| (Just(lines), any::<bool>()))
        .prop_map(|(lines, end)| lines.join("\n") + if end { "\n" } else { "" })
    }

    proptest! {
        #[test]
        fn all_accepted_is_the_proposal_and_none_is_the_base(base in text(), proposal in text()) {
            let found = hunks(&base, &proposal);
            let all = |d| vec![d; found.len()];
            prop_assert_eq!(apply(&base, &proposal, &found, &all(Decision::Accepted)), proposal.clone());
            prop_assert_eq!(apply(&base, &proposal, &found, &all(Decision::Rejected)), base.clone());
        }

        #[test]
        fn any_decisions_keep_whole_lines(base in text(), proposal in text(), seed in any::<u64>()) {
            let found = hunks(&base, &proposal);
            let decisions: Vec<_> = (0..found.len())
                .map(|n| if seed >> (n % 64) & 1 == 1 { Decision::Accepted } else { Decision::Rejected })
                .collect();
            let text = apply(&base, &proposal, &found, &decisions);
            let known: Vec<&str> = base.split('\n').chain(proposal.split('\n')).collect();
            // A text made of pieces of two that end without a line end may end with one.
            let body = text.strip_suffix('\n').unwrap_or(&text);
            prop_assert!(body.split('\n').all(|line| known.contains(&line)));
        }
    }
}
