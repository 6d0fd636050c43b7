//! Finding sessions by what was said, answered and written in them.

use serde::Serialize;

use super::{SessionSummary, each_event, list};
use crate::agent::TurnFact;
use crate::diagnostic::Diagnostic;
use crate::session::Event;
use crate::session::event::Fact;
use crate::store::Store;

/// Characters around what was found.
const AROUND: usize = 40;

/// A session that holds what was looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hit {
    /// The session.
    pub session: SessionSummary,
    /// The event that holds it first; 0 where the title or a tag does.
    pub seq: u64,
    /// What stands around it.
    pub excerpt: String,
}

/// The sessions that hold all words of `wanted`, each in its title, its tags or one of its texts; newest
/// first. Upper and lower case are the same.
pub fn search(store: &Store, wanted: &str) -> Result<Vec<Hit>, Diagnostic> {
    let words: Vec<String> = wanted.split_whitespace().map(str::to_lowercase).collect();
    let mut hits = Vec::new();
    for session in list(store)? {
        let head = format!("{} {} {}", session.title, session.tags.join(" "), session.id).to_lowercase();
        let mut missing: Vec<&String> = words.iter().filter(|word| !head.contains(*word)).collect();
        if missing.is_empty() {
            hits.push(Hit { excerpt: String::new(), seq: 0, session });
            continue;
        }
        let mut first = None;
        let mut answer = (0, String::new());
        let mut look = |seq: u64, text: &str, first: &mut Option<(u64, String)>| {
            let lower = text.to_lowercase();
            missing.retain(|word| match lower.find(*word) {
                Some(at) => {
                    first.get_or_insert_with(|| (seq, around(&lower, text, at)));
                    false
                }
                None => true,
            });
            missing.is_empty()
        };
        let mut found = false;
        for event in each_event(store, &session.id) {
            let event = event?;
            // Words of an answer come in pieces.
            match &event.fact {
                Fact::Turn(TurnFact::ModelDelta { text, thinking: false, .. }) => {
                    if answer.1.is_empty() {
                        answer.0 = event.seq;
                    }
                    answer.1.push_str(text);
                    continue;
                }
                Fact::Turn(
                    TurnFact::ModelFinished { .. } | TurnFact::ModelFailed { .. } | TurnFact::TurnFinished { .. },
                ) => {
                    let (seq, text) = std::mem::take(&mut answer);
                    found = look(seq, &text, &mut first);
                }
                _ => found = text_of(&event).is_some_and(|text| look(event.seq, text, &mut first)),
            }
            if found {
                break;
            }
        }
        if found || look(answer.0, &answer.1, &mut first) {
            let (seq, excerpt) = first.unwrap_or_default();
            hits.push(Hit { session, seq, excerpt });
        }
    }
    Ok(hits)
}

/// What a person would look for in an event.
pub fn text_of(event: &Event) -> Option<&str> {
    match &event.fact {
        Fact::Said { text, .. }
        | Fact::Applied { text, .. }
        | Fact::Edited { text, .. }
        | Fact::DocumentOpened { text, .. }
        | Fact::Commented { text, .. } => Some(text),
        Fact::Refused { diagnostic } => Some(&diagnostic.message),
        Fact::Turn(TurnFact::Proposed { text, .. }) => Some(text),
        Fact::Turn(TurnFact::ModelFailed { diagnostic, .. }) => Some(&diagnostic.message),
        _ => None,
    }
}

/// What stands around a place, on one line.
fn around(lower: &str, text: &str, at: usize) -> String {
    // Small letters may have other lengths; where they do, the small letters are shown.
    let shown = if lower.len() == text.len() && text.is_char_boundary(at) { text } else { lower };
    let start = shown[..at].char_indices().rev().nth(AROUND).map_or(0, |(at, _)| at);
    let end = shown[at..].char_indices().nth(AROUND * 2).map_or(shown.len(), |(n, _)| at + n);
    shown[start..end].split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{State, fork};
    use crate::tui::scenes;

    #[test]
    fn words_are_found_in_titles_tags_and_texts_and_across_pieces() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let events = scenes::streaming();
        let id = State::fold(&events).session;
        fork::keep(&store, &id, &events).unwrap();
        super::super::tag(&store, &id, vec!["weekly".into()], 1).unwrap();
        let found = |wanted: &str| search(&store, wanted).unwrap();
        for wanted in ["ORDERS.csv", "weekly", "null totals are left", "weekly sum customer", "", &id[..8]] {
            assert_eq!(found(wanted).len(), 1, "{wanted}");
        }
        let hit = &found("left out")[0];
        assert!(hit.seq > 1 && hit.excerpt.contains("NULL totals are left out"), "{hit:?}");
        assert!(found("weekly nowhere").is_empty());
        assert!(around("ä".repeat(99).as_str(), &"Ä".repeat(99), 60).contains('Ä'));
    }
}
