//! Two sessions side by side: their turns aligned by what was said, and for each what is different in the
//! answer, the document, what is wrong with it, the runs, tokens and time.

mod align;
mod document;
mod text;

use serde::Serialize;

use super::event::Event;
use super::state::State;
use super::turns::{self, Turn};
use crate::diagnostic::Diagnostic;
use crate::pipeline::compile::Change;

pub use text::{Row, RowKind, lines, plain};

/// One of the two.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    /// The session.
    pub session: String,
    /// Its title.
    pub title: String,
    /// The model it talked to last.
    pub model: String,
    /// Its turns.
    pub turns: u32,
    /// Requests to the model.
    pub requests: u32,
    /// Tokens of the requests.
    pub tokens_in: u64,
    /// Tokens of the answers.
    pub tokens_out: u64,
    /// Microseconds that its turns took.
    pub duration_us: u64,
    /// Errors in the documents that its turns came to.
    pub errors: u32,
}

/// A turn of one of the two.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TurnSide {
    /// Its number.
    pub turn: u32,
    /// Number of its first event.
    pub seq: u64,
    /// What was said.
    pub message: String,
    /// The last answer.
    pub answer: String,
    /// How it ended, in a word.
    pub outcome: String,
    /// Requests to the model.
    pub requests: u32,
    /// The file of the document that it came to.
    pub file: Option<String>,
    /// That document.
    pub document: Option<String>,
    /// What is wrong with it: `code path message`.
    pub diagnostics: Vec<String>,
    /// Tokens of the requests.
    pub tokens_in: u64,
    /// Tokens of the answers.
    pub tokens_out: u64,
    /// Microseconds.
    pub duration_us: u64,
    /// Its runs: how each ended, and the rows of its steps.
    pub runs: Vec<String>,
}

/// Two turns that belong together, or one that has no other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pair {
    /// The one before.
    pub before: Option<TurnSide>,
    /// The one after.
    pub after: Option<TurnSide>,
    /// Whether the same was said.
    pub same_message: bool,
    /// Whether the answers are the same.
    pub same_answer: bool,
    /// What is different between the documents, by the way to the value.
    pub document: Vec<Change>,
    /// What was wrong before and is not any more.
    pub fixed: Vec<String>,
    /// What is wrong and was not before.
    pub new: Vec<String>,
    /// Whether the runs came to the same.
    pub same_runs: bool,
}

impl Pair {
    /// Whether both came to the same: tokens and times may differ.
    pub fn is_same(&self) -> bool {
        self.same_message
            && self.same_answer
            && self.document.is_empty()
            && self.fixed.is_empty()
            && self.new.is_empty()
            && self.same_runs
    }
}

/// What two sessions have in common, and what not.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The one before.
    pub before: Side,
    /// The one after.
    pub after: Side,
    /// Their turns.
    pub turns: Vec<Pair>,
}

impl Comparison {
    /// Whether all turns came to the same.
    pub fn is_same(&self) -> bool {
        self.turns.iter().all(Pair::is_same)
    }
}

/// Compares two sessions.
pub fn compare(before: &[Event], after: &[Event]) -> Comparison {
    let (old, new) = (turns::of(before), turns::of(after));
    let said = |turns: &[Turn]| turns.iter().map(|t| t.message.trim().to_owned()).collect::<Vec<_>>();
    let pairs = align::align(&said(&old), &said(&new));
    let turns = pairs.into_iter().map(|(a, b)| pair(a.and_then(|n| old.get(n)), b.and_then(|n| new.get(n)))).collect();
    Comparison { before: side(before, &old), after: side(after, &new), turns }
}

fn side(events: &[Event], turns: &[Turn]) -> Side {
    let state = State::fold(events);
    let errors = turns.iter().filter_map(Turn::document).map(|d| errors(d.diagnostics.as_deref().unwrap_or_default()));
    Side {
        session: state.session,
        title: state.title,
        model: state.model.map(|m| m.name).unwrap_or_default(),
        turns: state.turns,
        requests: count(turns.iter().map(|t| t.asked.len()).sum()),
        tokens_in: state.usage.input,
        tokens_out: state.usage.output,
        duration_us: turns.iter().map(|t| t.duration_us).sum(),
        errors: errors.sum(),
    }
}

fn errors(found: &[Diagnostic]) -> u32 {
    count(found.iter().filter(|d| d.is_error()).count())
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn turn_side(turn: &Turn) -> TurnSide {
    let usage = turn.usage();
    let document = turn.document();
    let found = document.and_then(|d| d.diagnostics.as_deref()).unwrap_or_default();
    let word = |value: serde_json::Value| value.as_str().unwrap_or("unfinished").to_owned();
    let run = |run: &turns::Ran| {
        let how = word(serde_json::to_value(run.outcome).unwrap_or_default());
        let rows: Vec<String> = run.rows.iter().map(|(step, rows)| format!("{step} {rows} rows")).collect();
        if rows.is_empty() { how } else { format!("{how}: {}", rows.join(", ")) }
    };
    TurnSide {
        turn: turn.number,
        seq: turn.seq,
        message: turn.message.clone(),
        answer: turn.answer().to_owned(),
        outcome: word(serde_json::to_value(turn.outcome).unwrap_or_default()),
        requests: count(turn.asked.len()),
        file: document.map(|d| d.file.clone()),
        document: document.map(|d| d.text.clone()),
        diagnostics: found.iter().map(named).collect(),
        tokens_in: usage.input,
        tokens_out: usage.output,
        duration_us: turn.duration_us,
        runs: turn.runs.iter().map(run).collect(),
    }
}

/// A diagnostic without its place in the text: a document that has grown has the same fault still.
fn named(diagnostic: &Diagnostic) -> String {
    let path = diagnostic.path.as_ref().map(|path| format!(" {path}")).unwrap_or_default();
    format!("{}{path}: {}", diagnostic.code, diagnostic.message)
}

fn pair(before: Option<&Turn>, after: Option<&Turn>) -> Pair {
    let text = |turn: Option<&Turn>| turn.and_then(Turn::document).map(|d| d.text.clone());
    let (old, new) = (before.map(turn_side), after.map(turn_side));
    let of = |side: &Option<TurnSide>| side.as_ref().map(|s| s.diagnostics.clone()).unwrap_or_default();
    let (was, is) = (of(&old), of(&new));
    let without = |all: &[String], others: &[String]| -> Vec<String> {
        let mut others: Vec<&String> = others.iter().collect();
        let mut left = Vec::new();
        for one in all {
            match others.iter().position(|other| *other == one) {
                Some(at) => drop(others.swap_remove(at)),
                None => left.push(one.clone()),
            }
        }
        left
    };
    let same = |of: &dyn Fn(&TurnSide) -> String| matches!((&old, &new), (Some(a), Some(b)) if of(a) == of(b));
    Pair {
        same_message: same(&|s| s.message.trim().to_owned()),
        same_answer: same(&|s| s.answer.trim().to_owned()),
        document: document::changes(text(before).as_deref(), text(after).as_deref()),
        fixed: without(&was, &is),
        new: without(&is, &was),
        same_runs: same(&|s| s.runs.join("\n")),
        before: old,
        after: new,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::fork;
    use crate::tui::scenes;

    #[test]
    fn a_session_is_the_same_as_itself() {
        let events = scenes::whole_session();
        let found = compare(&events, &events);
        assert!(found.is_same() && found.turns.len() == 1);
        assert_eq!(found.before, found.after);
        assert!(plain(&found).contains("The same"));
    }

    #[test]
    fn what_is_different_is_told_by_its_way() {
        let events = scenes::whole_session();
        let first = scenes::review();
        let found = compare(&first, &events);
        assert!(!found.is_same());
        let pair = &found.turns[0];
        assert!(pair.same_message && !pair.same_runs && pair.new.is_empty() && pair.fixed.len() == 2, "{pair:?}");
        let ways: Vec<&str> = pair.document.iter().map(|c| c.path.as_str()).collect();
        assert!(ways.contains(&"steps.read-orders.config.delimiter"), "{ways:?}");
        insta::assert_snapshot!(plain(&found));
        let rows = lines(&found);
        assert!(rows.iter().any(|row| row.kind == RowKind::Changed
            && row.left.contains("delimeter")
            && row.right.contains("delimiter")));
        assert!(compare(&events, &[]).turns[0].after.is_none());
        let half = fork::branch(&events, 3, "01JABCDEFGHJKMNPQRSTVWXYZ1", crate::session::event::Branching::Fork);
        assert!(!compare(&events, &half).is_same());
    }
}
