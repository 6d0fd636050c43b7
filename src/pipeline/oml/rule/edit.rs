//! Edits of mappings and lists in the text: an entry more, an entry less, an item more. Each looks at how
//! the text is written, and gives nothing where that is unusual rather than spoil it.

use super::super::view::{StepView, View};
use crate::diagnostic::Span;
use crate::yaml::{Entry, Kind, Map, Node, quote};

/// A place and what is written there instead.
pub(super) type Change = (Span, String);

/// What lines end with in a text.
fn line_end(text: &str) -> &'static str {
    if text.find('\n').is_some_and(|at| text[..at].ends_with('\r')) { "\r\n" } else { "\n" }
}

/// The entries of a mapping that are written inside of it: not merged in, nor behind an alias.
fn own<'n>(node: &Node, map: &'n Map) -> Option<Vec<&'n Entry>> {
    let inside = |entry: &&Entry| node.span.start <= entry.key.span.start && entry.key.span.end <= node.span.end;
    let entries: Vec<&Entry> = map.entries.iter().filter(|entry| !entry.merged).collect();
    entries.iter().all(inside).then_some(entries)
}

/// A new entry `key: value` of a mapping: after the last of `after` that stands on one line, else as its
/// first.
pub(super) fn insert(view: &View<'_>, node: &Node, after: &[&str], entry: &str) -> Option<Change> {
    let map = node.as_map()?;
    let text = view.lines.text();
    let entries = own(node, map)?;
    if text[node.span.start..].starts_with('{') {
        let Some(first) = entries.first() else {
            let at = node.span.start + 1;
            return text[at..].starts_with('}').then(|| (view.lines.span(at..at), entry.to_owned()));
        };
        let at = first.key.span.start;
        return Some((view.lines.span(at..at), format!("{entry}, ")));
    }
    let first = entries.iter().min_by_key(|entry| entry.key.span.start)?;
    let indent = indent_of(view, first)?;
    let anchor = after.iter().rev().find_map(|key| {
        let entry = entries.iter().find(|entry| entry.key.text == *key)?;
        rest_of_line(text, entry)
    });
    let end = line_end(text);
    Some(match anchor {
        Some(at) => (view.lines.span(at..at), format!("{end}{indent}{entry}")),
        None => {
            let at = first.key.span.start;
            (view.lines.span(at..at), format!("{entry}{end}{indent}"))
        }
    })
}

/// The blanks before a key of a block, those for `- ` counted. Nothing when something else stands there.
fn indent_of(view: &View<'_>, entry: &Entry) -> Option<String> {
    let text = view.lines.text();
    let start = text[..entry.key.span.start].rfind('\n').map_or(0, |at| at + 1);
    let before = text[start..entry.key.span.start].trim_start_matches('\u{feff}');
    before.chars().all(|c| matches!(c, ' ' | '-')).then(|| " ".repeat(before.len()))
}

/// The end of the line on which an entry stands with all of its value.
fn rest_of_line(text: &str, entry: &Entry) -> Option<usize> {
    let whole = &text[entry.key.span.start..entry.value.span.end.max(entry.key.span.end)];
    if whole.contains(['\n', '\r'])
        || matches!(&entry.value.kind, Kind::Scalar(s) if s.style == crate::yaml::Style::Block)
    {
        return None;
    }
    let from = entry.key.span.start + whole.len();
    let rest = &text[from..from + text[from..].find('\n').unwrap_or(text.len() - from)];
    let rest = rest.strip_suffix('\r').unwrap_or(rest);
    let after_colon =
        rest.trim_start().strip_prefix(':').filter(|_| whole.len() == entry.key.text.len()).unwrap_or(rest);
    let blank = after_colon.trim_start();
    (blank.is_empty() || (blank.starts_with('#') && after_colon.starts_with(' '))).then_some(from + rest.len())
}

/// A mapping without one of its entries.
pub(super) fn remove(view: &View<'_>, node: &Node, key: &str) -> Option<Change> {
    let text = view.lines.text();
    let entries = own(node, node.as_map()?)?;
    let at = entries.iter().position(|entry| entry.key.text == key).filter(|_| entries.len() > 1)?;
    let entry = entries[at];
    let gone = |from: usize, to: usize| Some((view.lines.span(from..to), String::new()));
    if text[node.span.start..].starts_with('{') {
        return match (entries.get(at + 1), at.checked_sub(1).and_then(|before| entries.get(before))) {
            (Some(next), _) => gone(entry.key.span.start, next.key.span.start),
            (None, Some(before)) => gone(before.value.span.end, entry.value.span.end),
            (None, None) => None,
        };
    }
    let line = text[..entry.key.span.start].rfind('\n').map_or(0, |at| at + 1);
    let alone = text[line..entry.key.span.start].chars().all(|c| c == ' ');
    let end = rest_of_line(text, entry)?;
    let end = end + text[end..].find('\n').map_or(0, |n| n + 1);
    if alone { gone(line, end) } else { None }
}

/// A step that needs these steps, written as a list on one line.
pub(super) fn needs(view: &View<'_>, step: &StepView<'_>, ids: &[&str]) -> Option<Change> {
    let list = format!("[{}]", ids.iter().map(|id| quote(id)).collect::<Vec<_>>().join(", "));
    match step.part("needs") {
        Some(node) => {
            let written = &view.lines.text()[node.span.range()];
            let flow = written.starts_with('[') && written.ends_with(']') && !written.contains('\n');
            flow.then_some((node.span, list))
        }
        None => insert(view, step.node, &["id", "component", "mode"], &format!("needs: {list}")),
    }
}

/// A step that needs one step more.
pub(super) fn needs_also(view: &View<'_>, step: &StepView<'_>, id: &str) -> Option<Change> {
    let text = view.lines.text();
    let listed: Vec<&str> = step.inputs.iter().filter_map(|input| view.steps[input.step].id).collect();
    let block = step.part("needs").and_then(|node| Some((node, node.as_seq()?.items.last()?)));
    let Some((_, last)) = block.filter(|(node, _)| text[node.span.range()].starts_with('-')) else {
        return needs(view, step, &[listed, vec![id]].concat());
    };
    let line = text[..last.span.start].rfind('\n').map_or(0, |at| at + 1);
    let before = &text[line..last.span.start];
    let rest =
        &text[last.span.end..last.span.end + text[last.span.end..].find('\n').unwrap_or(text.len() - last.span.end)];
    let simple = before.trim_start_matches(' ') == "- " && rest.trim().is_empty();
    let at = last.span.end;
    simple.then(|| (view.lines.span(at..at), format!("{}{before}{}", line_end(text), quote(id))))
}
