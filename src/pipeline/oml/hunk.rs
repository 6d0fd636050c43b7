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

/// Texts with more changed lines than this are not searched for what they share: that takes the square of
/// it, and every face that shows a session does it.
const MOST_LINES: usize = 4_000;

/// The changes from `base` to `proposal`, in order and apart from each other. Added lines are cut at
/// the steps they begin, so that a step of a new document can be decided alone.
pub fn hunks(base: &str, proposal: &str) -> Vec<Hunk> {
    let old_lines = lines(base);
    let new_lines = lines(proposal);
    let same = old_lines.iter().zip(&new_lines).take_while(|(a, b)| a == b).count();
    let most = old_lines.len().min(new_lines.len()) - same;
    let tail = old_lines.iter().rev().zip(new_lines.iter().rev()).take(most).take_while(|(a, b)| a == b).count();
    let (old, new) = (same..old_lines.len() - tail, same..new_lines.len() - tail);
    if old.len() + new.len() > MOST_LINES {
        return cut_at_steps(Hunk { old, new }, &new_lines);
    }
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

/// Where a hunk is cut in two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cut {
    /// Where it is natural: line by line where lines were replaced, else at the outermost keys, else after
    /// the first line.
    Natural,
    /// Before this line of the base.
    Old(usize),
    /// Before this line of the proposal.
    New(usize),
}

/// Cuts a hunk into parts that together are the hunk; one part where it can't be cut there.
pub fn split(hunk: &Hunk, proposal: &str, cut: Cut) -> Vec<Hunk> {
    let (old, new) = (hunk.old.clone(), hunk.new.clone());
    let two = |old_at: usize, new_at: usize| {
        vec![
            Hunk { old: old.start..old_at, new: new.start..new_at },
            Hunk { old: old_at..old.end, new: new_at..new.end },
        ]
    };
    match cut {
        Cut::Old(at) if at > old.start && at < old.end => two(at, new.start),
        // What was removed goes with the first of the lines that take its place.
        Cut::New(at) if at > new.start && at < new.end => two(old.end, at),
        Cut::Old(_) | Cut::New(_) => vec![hunk.clone()],
        Cut::Natural if old.len() + new.len() < 2 => vec![hunk.clone()],
        Cut::Natural if old.len() == new.len() && old.len() > 1 => {
            old.zip(new).map(|(o, n)| Hunk { old: o..o + 1, new: n..n + 1 }).collect()
        }
        Cut::Natural if new.len() > 1 => {
            let lines = lines(proposal);
            let indent = |n: &usize| {
                let line = lines.get(*n)?.trim_end();
                (!line.is_empty()).then(|| line.len() - line.trim_start_matches(' ').len())
            };
            let least = new.clone().filter_map(|n| indent(&n)).min();
            let mut cuts: Vec<usize> = new.clone().skip(1).filter(|n| least.is_some() && indent(n) == least).collect();
            if cuts.is_empty() {
                cuts.push(new.start + 1);
            }
            let mut parts = Vec::with_capacity(cuts.len() + 1);
            let (mut start, mut removed) = (new.start, old.clone());
            for cut in cuts.into_iter().chain([new.end]) {
                parts.push(Hunk { old: removed, new: start..cut });
                removed = old.end..old.end;
                start = cut;
            }
            parts
        }
        Cut::Natural => two(old.start + 1, new.start),
    }
}

/// Whether parts are a hunk, in order and without a gap.
pub fn is_cut_of(parts: &[Hunk], hunk: &Hunk) -> bool {
    let (mut old, mut new) = (hunk.old.start, hunk.new.start);
    for part in parts {
        let fits = part.old.start == old && part.new.start == new && part.old.end >= old && part.new.end >= new;
        if !fits || part.old.is_empty() && part.new.is_empty() {
            return false;
        }
        (old, new) = (part.old.end, part.new.end);
    }
    (old, new) == (hunk.old.end, hunk.new.end)
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

    #[test]
    fn a_hunk_is_cut_where_it_is_natural_or_asked_for() {
        let parts = |old: Range<usize>, new: Range<usize>, text: &str, cut| -> Vec<_> {
            split(&Hunk { old, new }, text, cut).into_iter().map(|h| (h.old, h.new)).collect()
        };
        let text = "a: 1\nb:\n  c: 2\nd: 3\n";
        assert_eq!(parts(0..0, 0..4, text, Cut::Natural), [(0..0, 0..1), (0..0, 1..3), (0..0, 3..4)]);
        assert_eq!(parts(0..2, 0..2, text, Cut::Natural), [(0..1, 0..1), (1..2, 1..2)]);
        assert_eq!(parts(0..1, 1..3, text, Cut::New(2)), [(0..1, 1..2), (1..1, 2..3)]);
        assert_eq!(parts(0..3, 1..2, text, Cut::Old(1)), [(0..1, 1..1), (1..3, 1..2)]);
        assert_eq!(parts(0..3, 1..1, text, Cut::Natural), [(0..1, 1..1), (1..3, 1..1)]);
        assert_eq!(parts(0..0, 1..2, text, Cut::Natural).len(), 1);
        assert_eq!(parts(0..0, 1..3, text, Cut::New(9)).len(), 1);
    }

    #[test]
    fn a_change_of_many_lines_is_found_in_no_time() {
        let base: String = (0..40_000).map(|n| format!("a{n}\n")).collect();
        let proposal: String = (0..40_000).map(|n| format!("b{n}\n")).collect();
        let found = hunks(&base, &proposal);
        assert_eq!(found, [Hunk { old: 0..40_000, new: 0..40_000 }]);
        assert_eq!(apply(&base, &proposal, &found, &[Decision::Accepted]), proposal);
        let small = base.replacen("a20000\n", "changed\n", 1);
        assert_eq!(hunks(&base, &small), [Hunk { old: 20_000..20_001, new: 20_000..20_001 }]);
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
        fn any_cut_is_the_hunk(base in text(), proposal in text(), which in any::<prop::sample::Index>(), cut in 0usize..30) {
            let found = hunks(&base, &proposal);
            prop_assume!(!found.is_empty());
            let which = which.index(found.len());
            let cut = match cut { 0..10 => Cut::Old(cut), 10..20 => Cut::New(cut - 10), _ => Cut::Natural };
            let parts = split(&found[which], &proposal, cut);
            prop_assert!(is_cut_of(&parts, &found[which]), "{parts:?} of {:?}", found[which]);
            let mut all = found.clone();
            all.splice(which..=which, parts);
            let every = |d| vec![d; all.len()];
            prop_assert_eq!(apply(&base, &proposal, &all, &every(Decision::Accepted)), proposal.clone());
            prop_assert_eq!(apply(&base, &proposal, &all, &every(Decision::Rejected)), base.clone());
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
