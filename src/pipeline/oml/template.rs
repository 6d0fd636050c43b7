//! References to parameters, `${params.x}`, in the values of a document.
//!
//! A value that is nothing but a reference takes the parameter's value with its type; inside a longer
//! text the value becomes text.

use std::ops::Range;

use serde_json::Value;

use super::parameter::Parameters;
use super::profile;
use crate::diagnostic::{LineIndex, Span};
use crate::yaml::{Entry, Key, Kind, Map, Node, Resolved, Scalar, Seq};

const OPEN: &str = "${params.";
/// Most references of one value that get a place of their own; the others have that of the value.
const MOST_PLACED: usize = 100;

/// A reference to a parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// The parameter.
    pub name: String,
    /// Where the reference stands.
    pub span: Span,
    /// Where its name stands, when it could be found in the text.
    pub name_span: Option<Span>,
}

/// Something that looks like a reference and is none: `${…}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Stray {
    /// All of it.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// Whether it is the whole value.
    pub whole: bool,
}

/// What was found while references were put in.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// References to parameters.
    pub references: Vec<Reference>,
    /// What only looks like one.
    pub strays: Vec<Stray>,
}

/// Puts the values of parameters into the document, except where parameters get their values. What other
/// profiles than the chosen one say about steps stays as it is; its references are found all the same.
pub fn fill(root: &mut Node, params: &Parameters, profile: Option<&str>, lines: &LineIndex<'_>) -> Found {
    let mut found = Found::default();
    if let Kind::Map(map) = &root.kind {
        for (_, steps) in profile::step_nodes(map).filter(|(name, _)| Some(*name) != profile) {
            node(&mut steps.clone(), params, lines, &mut found);
        }
    }
    if let Kind::Map(map) = &mut root.kind {
        for entry in &mut map.entries {
            if entry.key.text != "params" && entry.key.text != "profiles" {
                node(&mut entry.value, params, lines, &mut found);
            }
        }
    }
    found
}

fn node(at: &mut Node, params: &Parameters, lines: &LineIndex<'_>, found: &mut Found) {
    match &mut at.kind {
        Kind::Seq(seq) => seq.items.iter_mut().for_each(|item| node(item, params, lines, found)),
        Kind::Map(map) => map.entries.iter_mut().for_each(|entry| node(&mut entry.value, params, lines, found)),
        Kind::Scalar(scalar) if scalar.value == Resolved::Text && scalar.text.contains("${") => {
            if let Some(kind) = scalar_with_references(scalar, at.span, params, lines, found) {
                at.kind = kind;
            }
        }
        Kind::Scalar(_) => {}
    }
}

/// The value with its references put in; nothing when there are none.
fn scalar_with_references(
    scalar: &Scalar,
    span: Span,
    params: &Parameters,
    lines: &LineIndex<'_>,
    found: &mut Found,
) -> Option<Kind> {
    let text = scalar.text.as_str();
    let mut count = 0;
    let (mut out, mut known, mut any, mut rest) = (String::new(), true, false, text);
    while let Some(at) = rest.find("${") {
        let Some(len) = rest[at..].find('}') else { break };
        let whole_match = &rest[at..=at + len];
        out.push_str(&rest[..at]);
        let before = text.len() - rest.len() + at;
        // To find a piece, all before it is walked through.
        count += 1;
        let place =
            Some(count).filter(|n| *n <= MOST_PLACED).and_then(|_| locate(lines, span, text, before, whole_match));
        rest = &rest[at + len + 1..];
        let Some(name) =
            whole_match.strip_prefix(OPEN).and_then(|tail| tail.strip_suffix('}')).filter(|n| !n.is_empty())
        else {
            out.push_str(whole_match);
            let whole = whole_match.len() == text.len();
            found.strays.push(Stray { text: whole_match.to_owned(), span: place.unwrap_or(span), whole });
            continue;
        };
        any = true;
        let name_span = place.map(|p| lines.span(p.start + OPEN.len()..p.end - 1));
        found.references.push(Reference { name: name.to_owned(), span: place.unwrap_or(span), name_span });
        match params.effective.get(name) {
            Some(effective) if whole_match.len() == text.len() => return Some(typed(&effective.value, span, scalar)),
            Some(effective) => out.push_str(&as_text(&effective.value)),
            None => known = false,
        }
    }
    out.push_str(rest);
    let value = if known { Resolved::Text } else { Resolved::Unknown };
    any.then(|| Kind::Scalar(Scalar { text: out, value, style: scalar.style, origin: Some(text.to_owned()) }))
}

/// A value inside a longer text.
fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn typed(value: &Value, span: Span, scalar: &Scalar) -> Kind {
    let one = |value: Resolved, text: String| {
        Kind::Scalar(Scalar { text, value, style: scalar.style, origin: Some(scalar.text.clone()) })
    };
    let below = |value: &Value| Node { span, kind: typed(value, span, scalar) };
    match value {
        Value::Null => one(Resolved::Null, String::new()),
        Value::Bool(b) => one(Resolved::Bool(*b), b.to_string()),
        Value::Number(n) => one(Resolved::Number(n.clone()), n.to_string()),
        Value::String(text) => one(Resolved::Text, text.clone()),
        Value::Array(items) => Kind::Seq(Seq { items: items.iter().map(below).collect(), complete: true }),
        Value::Object(map) => {
            let entry = |(key, value): (&String, &Value)| Entry {
                key: Key { text: key.clone(), span },
                value: below(value),
                merged: false,
            };
            Kind::Map(Map { entries: map.iter().map(entry).collect(), complete: true })
        }
    }
}

/// Where a piece of a scalar's value stands in the text: `piece` begins at byte `at` of the value. Folding,
/// indentation and escapes move bytes, so both are walked along together; nothing when they part.
pub fn locate(lines: &LineIndex<'_>, span: Span, value: &str, at: usize, piece: &str) -> Option<Span> {
    let source = lines.text().get(span.range())?;
    let range = align(source, value, at..at + piece.len())?;
    Some(lines.span(span.start + range.start..span.start + range.end))
}

/// The bytes of a scalar's source that a part of its value comes from. Blanks are not compared: what
/// becomes of them depends on the style.
fn align(source: &str, value: &str, part: Range<usize>) -> Option<Range<usize>> {
    let quote = source.chars().next().filter(|c| matches!(c, '\'' | '"'));
    let mut from = match source.as_bytes().first()? {
        b'|' | b'>' => source.find('\n')? + 1,
        _ => usize::from(quote.is_some()),
    };
    let mut start = None;
    for (index, c) in value.char_indices().filter(|(_, c)| !c.is_whitespace()) {
        if index >= part.end {
            break;
        }
        let (begin, end) = loop {
            let (read, len) = unescape(source.get(from..)?, quote)?;
            if read == c {
                break (from, from + len);
            }
            if !read.is_whitespace() {
                return None;
            }
            from += len;
        };
        from = end;
        if index >= part.start {
            start.get_or_insert(begin);
        }
    }
    start.map(|start| start..from)
}

/// The character that a scalar's source begins with, and how many bytes stand for it. An escape of a
/// blank, or of a line end, is a blank.
fn unescape(rest: &str, quote: Option<char>) -> Option<(char, usize)> {
    let first = rest.chars().next()?;
    if quote == Some('\'') && rest.starts_with("''") {
        return Some(('\'', 2));
    }
    if quote != Some('"') || first != '\\' {
        return Some((first, first.len_utf8()));
    }
    let hex = |digits: usize| {
        let code = u32::from_str_radix(rest.get(2..2 + digits)?, 16).ok()?;
        Some((char::from_u32(code)?, 2 + digits))
    };
    match rest[1..].chars().next()? {
        'x' => hex(2),
        'u' => hex(4),
        'U' => hex(8),
        'n' | 't' | 'r' | 'f' | 'v' | '_' | 'N' | 'L' | 'P' => Some((' ', 2)),
        other => Some((other, 1 + other.len_utf8())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::load;

    #[test]
    fn a_piece_is_found_in_every_style() {
        for (written, piece) in [
            ("plain FROM df_x\n  and FROM df_x more", "more"),
            ("'it''s FROM df_x'", "df_x"),
            ("\"a \\\"q\\\" \\u0041\\n FROM\\tdf_x\"", "df_x"),
            ("|\n  SELECT *\n    FROM df_x\n\n  WHERE \u{17e} = 'df_y'", "df_y"),
            (">-\r\n  SELECT *\r\n  FROM df_x", "df_x"),
            ("[a, 'FROM ''df_x''']", "df_x"),
        ] {
            let text = format!("# ž\nkey: {written}\n");
            let lines = LineIndex::new(&text);
            let root = load(&lines).root.unwrap();
            let node = root.nearest(["key", "1"]);
            let value = node.as_str().unwrap();
            let at = value.rfind(piece).unwrap();
            let found = locate(&lines, node.span, value, at, piece).unwrap();
            assert_eq!((&text[found.range()], found.start), (piece, text.rfind(piece).unwrap()), "{text}");
        }
    }
}
