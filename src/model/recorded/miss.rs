//! What is said when a request has no recording: which one is nearest, and where the two first differ.

use std::collections::HashMap;

use super::format::Entry;
use crate::diagnostic::Diagnostic;
use crate::model::{Message, ModelRequest};

/// Most characters shown of a line that differs.
const EXCERPT_CHARS: usize = 80;
/// How many characters before the difference are shown.
const LEAD_CHARS: usize = 20;

/// The diagnostic for a request that `entries` do not answer.
pub(super) fn diagnostic(name: &str, request: &ModelRequest, entries: &[Entry]) -> Diagnostic {
    let hash: String = request.hash().chars().take(12).collect();
    let diagnostic =
        Diagnostic::error("recording-miss", format!("no recorded answer fits this request ({hash})")).source(name);
    let fix = "ask exactly what was recorded, record again with --record, or use a live model";
    let Some((number, nearest)) = nearest(request, entries) else {
        return diagnostic.why("the recording is empty").fix(fix);
    };
    let near: String = nearest.hash.chars().take(12).collect();
    let (path, difference) = first_difference(&nearest.request, request)
        .unwrap_or_else(|| ("request".to_owned(), "nothing that can be shown differs".to_owned()));
    diagnostic
        .path(path)
        .why(format!(
            "the nearest is call {} of {} ({near}); first difference: {difference}",
            number + 1,
            entries.len()
        ))
        .fix(fix)
}

/// The entry that has the most lines in common with the request, then the longest common beginnings of
/// messages; the earliest of equals.
fn nearest<'a>(request: &ModelRequest, entries: &'a [Entry]) -> Option<(usize, &'a Entry)> {
    let mut wanted: HashMap<&str, usize> = HashMap::new();
    for line in lines(request) {
        *wanted.entry(line).or_default() += 1;
    }
    let score = |entry: &Entry| {
        let mut left = wanted.clone();
        let mut common = 0usize;
        let mut others = 0usize;
        for line in lines(&entry.request) {
            match left.get_mut(line) {
                Some(n) if *n > 0 => {
                    *n -= 1;
                    common += 1;
                }
                _ => others += 1,
            }
        }
        (common, shared_beginning(&entry.request, request), usize::MAX - others)
    };
    entries.iter().enumerate().max_by(|a, b| score(a.1).cmp(&score(b.1)).then(b.0.cmp(&a.0)))
}

fn lines(request: &ModelRequest) -> impl Iterator<Item = &str> {
    request.messages.iter().flat_map(|message| message.content.lines())
}

/// How many bytes the messages of two requests have in common at their beginnings.
fn shared_beginning(one: &ModelRequest, other: &ModelRequest) -> usize {
    let same = |a: &Message, b: &Message| a.content.bytes().zip(b.content.bytes()).take_while(|(x, y)| x == y).count();
    one.messages.iter().zip(&other.messages).map(|(a, b)| same(a, b)).sum()
}

/// Where two requests first differ: a path, and both sides.
fn first_difference(recorded: &ModelRequest, asked: &ModelRequest) -> Option<(String, String)> {
    if recorded.model != asked.model {
        return Some(("model".into(), format!("recorded `{}`, asked `{}`", recorded.model, asked.model)));
    }
    for (n, (old, new)) in recorded.messages.iter().zip(&asked.messages).enumerate() {
        if let Some((path, difference)) = message_difference(old, new) {
            return Some((format!("messages[{n}].{path}"), difference));
        }
    }
    if recorded.messages.len() != asked.messages.len() {
        let shorter = recorded.messages.len().min(asked.messages.len());
        let difference = format!("recorded {} messages, asked {}", recorded.messages.len(), asked.messages.len());
        return Some((format!("messages[{shorter}]"), difference));
    }
    if recorded.temperature != asked.temperature {
        let difference = format!("recorded {}, asked {}", shown(recorded.temperature), shown(asked.temperature));
        return Some(("temperature".into(), difference));
    }
    if recorded.max_tokens != asked.max_tokens {
        let difference = format!("recorded {}, asked {}", shown(recorded.max_tokens), shown(asked.max_tokens));
        return Some(("max_tokens".into(), difference));
    }
    None
}

fn shown<T: std::fmt::Display>(value: Option<T>) -> String {
    value.map_or_else(|| "none".to_owned(), |v| v.to_string())
}

fn message_difference(old: &Message, new: &Message) -> Option<(String, String)> {
    if old.role != new.role {
        return Some(("role".into(), format!("recorded {:?}, asked {:?}", old.role, new.role).to_lowercase()));
    }
    if old.content == new.content {
        return None;
    }
    let (mut left, mut right) = (old.content.split('\n'), new.content.split('\n'));
    let mut line = 1;
    let (left, right) = loop {
        match (left.next(), right.next()) {
            (Some(a), Some(b)) if a == b => line += 1,
            (a, b) => break (a, b),
        }
    };
    let same = match (left, right) {
        (Some(a), Some(b)) => a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count(),
        _ => 0,
    };
    let difference = format!("line {line}: recorded {}, asked {}", excerpt(left, same), excerpt(right, same));
    Some(("content".into(), difference))
}

/// The part of a line around its character number `at`, in quotes, without control characters.
fn excerpt(line: Option<&str>, at: usize) -> String {
    let Some(line) = line else { return "nothing (the text ends before)".to_owned() };
    let from = at.saturating_sub(LEAD_CHARS);
    let part: String =
        line.chars().skip(from).take(EXCERPT_CHARS).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    let cut = line.chars().nth(from + EXCERPT_CHARS).is_some();
    format!("\"{}{part}{}\"", if from > 0 { "…" } else { "" }, if cut { "…" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FinishReason, Role};

    fn request(texts: &[&str]) -> ModelRequest {
        let roles = [Role::System, Role::User, Role::Assistant];
        ModelRequest {
            model: "m".into(),
            messages: texts.iter().zip(roles).map(|(t, r)| Message::new(r, *t)).collect(),
            temperature: None,
            max_tokens: None,
            response_format: None,
        }
    }

    fn entry(request: ModelRequest) -> Entry {
        Entry { hash: request.hash(), request, chunks: vec![], usage: None, finish: FinishReason::Stop }
    }

    #[test]
    fn the_nearest_and_the_first_difference_are_named() {
        let entries = [
            entry(request(&["you are x", "quite another thing"])),
            entry(request(&["you are x\nwith rules", "load the orders\nand sum the amounts please"])),
        ];
        let found = diagnostic(
            "demo.jsonl",
            &request(&["you are x\nwith rules", "load the orders\nand sum the amount please"]),
            &entries,
        );
        assert_eq!(found.path.as_deref(), Some("messages[1].content"));
        insta::assert_snapshot!(found.why.unwrap_or_default(), @r#"the nearest is call 2 of 2 (c303f20159d4); first difference: line 2: recorded "and sum the amounts please", asked "and sum the amount please""#);
    }

    #[test]
    fn every_part_can_differ() {
        let one = request(&["a", "b"]);
        let path = |other: &ModelRequest| first_difference(&one, other).map(|(path, _)| path);
        assert_eq!(path(&one), None);
        assert_eq!(path(&ModelRequest { model: "n".into(), ..one.clone() }).as_deref(), Some("model"));
        assert_eq!(path(&request(&["a"])).as_deref(), Some("messages[1]"));
        assert_eq!(path(&ModelRequest { temperature: Some(0.5), ..one.clone() }).as_deref(), Some("temperature"));
        assert_eq!(path(&ModelRequest { max_tokens: Some(5), ..one.clone() }).as_deref(), Some("max_tokens"));
        let mut role = one.clone();
        role.messages[1].role = Role::Assistant;
        assert_eq!(path(&role).as_deref(), Some("messages[1].role"));
        assert_eq!(path(&request(&["a", "b\n"])).as_deref(), Some("messages[1].content"));
    }

    #[test]
    fn excerpts_are_bounded_and_harmless() {
        let long = format!("{}\u{1b}[2J{}", "x".repeat(500), "y".repeat(500));
        let shown = excerpt(Some(&long), 500);
        assert!(shown.chars().count() < 90 && !shown.contains('\u{1b}'), "{shown}");
        assert!(diagnostic("r", &request(&["a"]), &[]).why.is_some());
    }
}
