//! A comparison as text: for reading one below the other, and side by side.

use std::fmt::Write as _;

use super::{Comparison, Pair, Side, TurnSide};
use crate::pipeline::compile::Change;

/// Longest value that is shown of a document, in characters.
const LONGEST: usize = 60;

/// What a row of the two columns is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// The beginning of a turn.
    Head,
    /// The same on both sides.
    Same,
    /// Different.
    Changed,
}

/// A row of the two columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it is.
    pub kind: RowKind,
    /// The one before.
    pub left: String,
    /// The one after.
    pub right: String,
}

/// The comparison for a terminal or a file.
pub fn plain(found: &Comparison) -> String {
    let mut out = String::new();
    for (sign, side) in [("---", &found.before), ("+++", &found.after)] {
        let _ = writeln!(out, "{sign} {}  {}", side.session, side.title);
        let _ = writeln!(out, "    {}", totals(side));
    }
    for pair in &found.turns {
        tell(&mut out, pair);
    }
    let same = if found.is_same() { "\nThe same in every turn.\n" } else { "" };
    out + same
}

fn totals(side: &Side) -> String {
    format!(
        "{}: {} turns, {} requests, {} tokens in, {} out, {} in turns, {} errors",
        side.model,
        side.turns,
        side.requests,
        side.tokens_in,
        side.tokens_out,
        seconds(side.duration_us),
        side.errors
    )
}

fn seconds(us: u64) -> String {
    format!("{}.{} s", us / 1_000_000, us / 100_000 % 10)
}

fn tell(out: &mut String, pair: &Pair) {
    let number = |side: &Option<TurnSide>| side.as_ref().map_or("-".to_owned(), |s| s.turn.to_string());
    let said = pair.after.as_ref().or(pair.before.as_ref()).map_or("", |s| s.message.as_str());
    let said: String = said.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(70).collect();
    let _ = writeln!(out, "\nturn {} | {}  {said}", number(&pair.before), number(&pair.after));
    let (Some(before), Some(after)) = (&pair.before, &pair.after) else {
        let _ = writeln!(out, "  {}", if pair.before.is_some() { "only before" } else { "only after" });
        return;
    };
    if pair.is_same() {
        let _ = writeln!(out, "  the same");
    }
    if !pair.same_message {
        let _ = writeln!(out, "  ~ message");
    }
    if !pair.same_answer {
        let (removed, added) = changed_lines(&before.answer, &after.answer);
        let _ = writeln!(out, "  ~ answer: {removed} lines less, {added} more");
    }
    if before.outcome != after.outcome {
        let _ = writeln!(out, "  ~ outcome: {} → {}", before.outcome, after.outcome);
    }
    for change in &pair.document {
        let _ = writeln!(out, "  {}", one(change));
    }
    for gone in &pair.fixed {
        let _ = writeln!(out, "  fixed {gone}");
    }
    for new in &pair.new {
        let _ = writeln!(out, "  new   {new}");
    }
    if !pair.same_runs {
        let _ = writeln!(out, "  ~ runs: {} → {}", runs(before), runs(after));
    }
    let _ = writeln!(
        out,
        "  requests {} → {}, tokens in {} → {}, out {} → {}, time {} → {}",
        before.requests,
        after.requests,
        before.tokens_in,
        after.tokens_in,
        before.tokens_out,
        after.tokens_out,
        seconds(before.duration_us),
        seconds(after.duration_us)
    );
}

fn runs(side: &TurnSide) -> String {
    if side.runs.is_empty() { "none".to_owned() } else { side.runs.join("; ") }
}

fn changed_lines(before: &str, after: &str) -> (usize, usize) {
    let (mut removed, mut added) = (0, 0);
    beside(before, after, &mut |kind, left: &str, right: &str| {
        if kind == RowKind::Changed {
            removed += usize::from(!left.is_empty());
            added += usize::from(!right.is_empty());
        }
    });
    (removed, added)
}

fn one(change: &Change) -> String {
    let short = |value: &serde_json::Value| {
        let text = value.to_string();
        if text.chars().count() > LONGEST { text.chars().take(LONGEST - 1).chain(['…']).collect() } else { text }
    };
    let path = &change.path;
    match (&change.before, &change.after) {
        (None, Some(after)) => format!("+ {path}: {}", short(after)),
        (Some(before), None) => format!("- {path}: {}", short(before)),
        (Some(before), Some(after)) => format!("~ {path}: {} → {}", short(before), short(after)),
        (None, None) => format!("~ {path}"),
    }
}

/// The comparison as two columns.
pub fn lines(found: &Comparison) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut push = |kind, left: &str, right: &str| {
        rows.push(Row { kind, left: left.to_owned(), right: right.to_owned() });
    };
    let both = |a: String, b: String| (if a == b { RowKind::Same } else { RowKind::Changed }, a, b);
    let (before, after) = (&found.before, &found.after);
    push(RowKind::Head, &before.session, &after.session);
    for (a, b) in [
        (before.title.clone(), after.title.clone()),
        (before.model.clone(), after.model.clone()),
        (
            format!("{} turns, {} requests", before.turns, before.requests),
            format!("{} turns, {} requests", after.turns, after.requests),
        ),
        (
            format!("{} tokens in, {} out", before.tokens_in, before.tokens_out),
            format!("{} tokens in, {} out", after.tokens_in, after.tokens_out),
        ),
        (
            format!("{}, {} errors", seconds(before.duration_us), before.errors),
            format!("{}, {} errors", seconds(after.duration_us), after.errors),
        ),
    ] {
        let (kind, a, b) = both(a, b);
        push(kind, &a, &b);
    }
    for pair in &found.turns {
        let head = |side: &Option<TurnSide>| {
            side.as_ref().map_or_else(
                || "(no such turn)".to_owned(),
                |s| format!("turn {}: {}", s.turn, s.message.split_whitespace().collect::<Vec<_>>().join(" ")),
            )
        };
        push(RowKind::Same, "", "");
        push(RowKind::Head, &head(&pair.before), &head(&pair.after));
        let part =
            |side: &Option<TurnSide>, of: &dyn Fn(&TurnSide) -> String| side.as_ref().map(of).unwrap_or_default();
        let facts = |s: &TurnSide| {
            format!(
                "{}, {} requests, {} in, {} out, {}",
                s.outcome,
                s.requests,
                s.tokens_in,
                s.tokens_out,
                seconds(s.duration_us)
            )
        };
        let parts: [&dyn Fn(&TurnSide) -> String; 5] = [
            &facts,
            &|s| s.answer.clone(),
            &|s| {
                s.document
                    .as_ref()
                    .map(|text| format!("{}\n{text}", s.file.as_deref().unwrap_or_default()))
                    .unwrap_or_default()
            },
            &|s| s.diagnostics.join("\n"),
            &|s| s.runs.iter().map(|run| format!("run {run}")).collect::<Vec<_>>().join("\n"),
        ];
        for of in parts {
            beside(&part(&pair.before, of), &part(&pair.after, of), &mut push);
        }
    }
    rows
}

/// Two texts, the lines that are the same beside each other.
fn beside(before: &str, after: &str, push: &mut impl FnMut(RowKind, &str, &str)) {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    if old.is_empty() && new.is_empty() {
        return;
    }
    for (a, b) in super::align::align(&owned(&old), &owned(&new)) {
        let (left, right) = (a.map_or("", |n| old[n]), b.map_or("", |n| new[n]));
        let kind = if a.is_some() && b.is_some() && left == right { RowKind::Same } else { RowKind::Changed };
        push(kind, left, right);
    }
}

fn owned(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}
