//! The changes of a proposal, one after the other, read out.

use super::tell::problem;
use crate::cli::output::safe;
use crate::pipeline::oml::hunk::{Decision, lines};
use crate::session::State;

/// Lines of a change that are read out.
const MOST: usize = 200;

/// The change with this number (from 0), as lines.
pub fn read(state: &State, number: usize) -> Vec<String> {
    let Some(review) = &state.review else { return Vec::new() };
    let (Some(hunk), Some(decision)) = (review.hunks.get(number), review.decisions.get(number)) else {
        return Vec::new();
    };
    let word = match decision {
        Decision::Open => "open",
        Decision::Accepted => "accepted",
        Decision::Rejected => "rejected",
    };
    let (removed, added) = (hunk.old.len(), hunk.new.len());
    let mut out = vec![format!(
        "Change {} of {}, {word}: {removed} lines removed, {added} added.",
        number + 1,
        review.hunks.len()
    )];
    let part = |text: &str, range: std::ops::Range<usize>, label: &str| -> Vec<String> {
        let all = lines(text);
        let shown = all.get(range.clone()).unwrap_or_default().iter().take(MOST);
        shown.enumerate().map(|(n, line)| format!("{label} {}: {}", range.start + n + 1, line.trim_end())).collect()
    };
    out.extend(part(&review.base, hunk.old.clone(), "removed"));
    out.extend(part(&review.text, hunk.new.clone(), "added"));
    let here = |line: usize| hunk.new.contains(&line.saturating_sub(1));
    for found in state.diagnostics.iter().filter(|d| d.span.is_some_and(|span| here(span.line))) {
        out.extend(problem("Problem", found));
    }
    if let Some(comment) = review.comments.get(number).filter(|comment| !comment.is_empty()) {
        out.push(format!("Your words about it: {comment}"));
    }
    out.iter().map(|line| safe(line)).collect()
}

/// How the review stands.
pub fn standing(state: &State) -> String {
    let Some(review) = &state.review else { return "There is no proposal.".to_owned() };
    let count = |decision| review.count(decision);
    format!(
        "{} accepted, {} rejected, {} open.",
        count(Decision::Accepted),
        count(Decision::Rejected),
        count(Decision::Open)
    )
}

/// The first open change at or after `from`, then from the start.
pub fn next_open(state: &State, from: usize) -> Option<usize> {
    let decisions = &state.review.as_ref()?.decisions;
    let open = |n: &usize| decisions.get(*n) == Some(&Decision::Open);
    (from..decisions.len()).find(open).or_else(|| (0..from.min(decisions.len())).find(open))
}
