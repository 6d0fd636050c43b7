//! What is wrong with broken YAML, said so that a person can mend it.

use std::ops::Range;

use crate::diagnostic::{Diagnostic, LineIndex, Span};

const CODE: &str = "yaml-parse-error";

fn problem(span: Span, message: impl Into<String>, why: impl Into<String>) -> Diagnostic {
    Diagnostic::error(CODE, message).at(span).why(why)
}

pub(super) fn too_long(lines: &LineIndex<'_>, most: usize) -> Diagnostic {
    problem(lines.span(0..0), "the text is too long to be read", format!("at most {} MiB are read", most >> 20))
        .fix("split it into several files")
}

pub(super) fn too_deep(lines: &LineIndex<'_>, at: usize, most: usize) -> Diagnostic {
    problem(lines.span(at..at + 1), "nested too deeply", format!("at most {most} levels are read")).fix("flatten it")
}

pub(super) fn too_many(lines: &LineIndex<'_>, at: usize, most: usize) -> Diagnostic {
    let why = format!("at most {most} values are read, and an alias counts as all that it stands for");
    problem(lines.span(at..at + 1), "the text stands for too many values", why)
        .fix("write fewer values, or do without aliases of aliases")
}

pub(super) fn second_document(lines: &LineIndex<'_>, at: Range<usize>) -> Diagnostic {
    problem(lines.span(at), "a second document begins here", "a file holds one document; what follows is not read")
        .fix("put what follows into a file of its own, or remove the line `---`")
}

pub(super) fn alias_in_itself(span: Span) -> Diagnostic {
    problem(span, "an alias stands inside what it stands for", "such a value would have no end")
        .fix("write the value out instead of the alias")
}

pub(super) fn key_is_no_text(span: Span) -> Diagnostic {
    problem(span, "a key has to be a single value", "a list or a mapping cannot be the name of something")
        .fix("if it was meant as text, put it in quotes")
}

pub(super) fn merge_of_no_mapping(span: Span) -> Diagnostic {
    problem(span, "`<<` takes a mapping, or a list of mappings", "it puts the keys of another mapping in")
        .fix("give it an alias of a mapping, or remove it")
}

pub(super) fn unknown_tag(span: Span, tag: &str) -> Diagnostic {
    problem(span, format!("the tag `{tag}` means nothing here"), "only the plain YAML types are read")
        .fix("remove the tag")
}

/// What the parser stumbled over at a byte, told by what stands there rather than by the parser's words.
pub(super) fn broken(lines: &LineIndex<'_>, at: usize, info: &str) -> Diagnostic {
    let text = lines.text();
    let at = at.min(text.len());
    let line_start = text[..at].rfind('\n').map_or(0, |n| n + 1);
    let line_end = text[at..].find('\n').map_or(text.len(), |n| at + n);
    let line = text[line_start..line_end].trim_end_matches('\r');
    let rest = text[at..line_end].trim_end_matches('\r');
    let here = lines.span(at..at + rest.chars().next().map_or(0, char::len_utf8));
    let lower = info.to_lowercase();
    if lower.contains("tab")
        && let Some(problem) = first_tab(lines, line_start)
    {
        return problem;
    }
    if let Some(problem) = tab(lines, line_start, line).or_else(|| reserved(lines, line_start, line)) {
        return problem;
    }
    let (message, why, fix) = words(&lower, &text[at..]);
    let why = if why.is_empty() { format!("the reader stopped here: {info}") } else { why.to_owned() };
    problem(here, message, why).fix(fix)
}

/// Message, reason and fix by the parser's words and the text at the broken place.
fn words(info: &str, rest: &str) -> (&'static str, &'static str, &'static str) {
    let says = |parts: &[&str]| parts.iter().any(|part| info.contains(part));
    if says(&["mapping values are not allowed"]) {
        return (
            "a `:` where no key can stand",
            "text that holds `: ` has to be quoted; or this line, or the one before, is indented wrongly",
            "put the value in quotes, or indent the line like its neighbours",
        );
    }
    if says(&["simple key expect"]) {
        return (
            "before this place, a line of a mapping has no `:`",
            "each entry of a mapping is `key: value`",
            "write it as `key: value`; text over several lines needs `|` after its key",
        );
    }
    if says(&["unknown anchor"]) {
        return (
            "an alias of an anchor that is not there",
            "`*name` stands for what is marked `&name` before it",
            "mark the value with `&name` or write it out; text that begins with `*` has to be quoted",
        );
    }
    if says(&["escape"]) {
        return (
            "an escape that means nothing, in a text in `\"` quotes",
            "a `\\` in `\"` quotes begins an escape such as `\\n`",
            "write the backslash twice, or use `'` quotes",
        );
    }
    if says(&["trailing content"]) {
        return (
            "something follows the closing quote",
            "a quoted text ends at the next quote of its kind",
            "write a quote inside the text twice (`''`) or as `\\\"`, or use the other kind of quotes",
        );
    }
    if says(&["quoted scalar"]) {
        return (
            "a quote is opened here and not closed",
            "a quoted text goes on to the closing quote, and its lines are indented",
            "close the quote",
        );
    }
    let closing = rest.trim_start().is_empty() || rest.starts_with([']', '}']);
    if says(&["flow", "',' or", "illegal placement of ':'"]) || (says(&["node content"]) && closing) {
        return (
            "a `[` or `{` is not closed, or a `,` is missing",
            "items between brackets are separated by `,` and end with the bracket they began with",
            "add the missing `,`, `]` or `}` before this place",
        );
    }
    if says(&["expected key", "block", "indent"]) {
        return (
            "this line does not fit the lines before it",
            "entries of one list or mapping begin in the same column",
            "indent it like its neighbours",
        );
    }
    ("this is not YAML", "", "mend this place; what stands after it was not read")
}

/// The next line that is indented with a tab; the parser reports where the value before it begins.
fn first_tab(lines: &LineIndex<'_>, from: usize) -> Option<Diagnostic> {
    let mut at = from;
    lines.text()[from..].split_inclusive('\n').find_map(|line| {
        let found = tab(lines, at, line.trim_end());
        at += line.len();
        found
    })
}

/// A tab in the indentation.
fn tab(lines: &LineIndex<'_>, line_start: usize, line: &str) -> Option<Diagnostic> {
    let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
    let tab = line[..indent].find('\t')?;
    let span = lines.span(line_start + tab..line_start + indent);
    let spaces = "  ".repeat(line[tab..indent].matches('\t').count());
    Some(problem(span, "a tab in the indentation", "YAML is indented with spaces only").fix_edit(
        "use spaces",
        span,
        spaces,
    ))
}

/// A value that begins with a character that plain text cannot begin with.
fn reserved(lines: &LineIndex<'_>, line_start: usize, line: &str) -> Option<Diagnostic> {
    let begin = line
        .find(": ")
        .map(|n| n + 2)
        .or_else(|| line.trim_start().starts_with("- ").then(|| line.find("- ").map(|n| n + 2)).flatten())?;
    let value = &line[begin..];
    let skipped = value.len() - value.trim_start().len();
    let value = value.trim();
    let first = value.chars().next().filter(|c| matches!(c, '@' | '`' | '%'))?;
    let start = line_start + begin + skipped;
    let value = value.split(" #").next().unwrap_or(value).trim_end();
    let span = lines.span(start..start + value.len());
    Some(
        problem(
            span,
            format!("text that begins with `{first}` has to be quoted"),
            "YAML keeps that character for itself",
        )
        .fix_edit(
            "put it in quotes",
            span,
            format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")),
        ),
    )
}
