//! A diagnostic as text: for a person at a terminal, and for a model that has to repair its answer.

use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::{Diagnostic, Severity, Span};

/// Many lines on one diagnostic are cut here, so that a hostile file cannot flood a screen or a prompt.
const EXCERPT_LINE_CHARS: usize = 400;

/// Plain text with the source line and carets, `colour` for a terminal that wants it.
pub fn plain(diagnostic: &Diagnostic, text: Option<&str>, colour: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let source = diagnostic.source.as_deref().unwrap_or("<input>");
    let title = sanitise(&diagnostic.message);
    let mut group = level
        .primary_title(&title)
        .id(diagnostic.code.as_str())
        .elements(std::iter::empty::<Snippet<'_, annotate_snippets::Annotation<'_>>>());
    let where_line = place(diagnostic);
    let shown = text.zip(diagnostic.span).map(|(text, span)| Shown::of(text, span, diagnostic));
    if let (Some(shown), Some(span)) = (&shown, diagnostic.span) {
        let mut snippet = Snippet::source(shown.text.as_str()).line_start(shown.line).path(source).fold(true);
        snippet = snippet.annotation(AnnotationKind::Primary.span(shown.range(span)));
        for related in &diagnostic.related {
            let annotation = AnnotationKind::Context.span(shown.range(related.span));
            snippet = snippet.annotation(annotation.label(related.message.as_str()));
        }
        group = group.element(snippet);
    } else if diagnostic.source.is_some() {
        group = group.element(Level::NOTE.with_name("at").message(&where_line));
    }
    if let Some(path) = &diagnostic.path {
        group = group.element(Level::NOTE.with_name("in").message(path.as_str()));
    }
    let why = diagnostic.why.as_deref().map(sanitise);
    if let Some(why) = &why {
        group = group.element(Level::NOTE.with_name("why").message(why.as_str()));
    }
    let fix = diagnostic.fix.as_ref().map(|f| sanitise(&f.text));
    if let Some(fix) = &fix {
        group = group.element(Level::HELP.with_name("fix").message(fix.as_str()));
    }
    let example = diagnostic.example.as_deref().map(sanitise);
    if let Some(example) = &example {
        group = group.element(Level::HELP.with_name("example").message(example.as_str()));
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}

/// The lines of a text that a diagnostic is about. The rest is not looked at: with many diagnostics of a
/// long text, that would cost more than finding them.
struct Shown {
    text: String,
    /// The number of its first line.
    line: usize,
    /// The byte it begins at.
    start: usize,
}

impl Shown {
    fn of(text: &str, span: Span, diagnostic: &Diagnostic) -> Shown {
        let all = || diagnostic.related.iter().map(|related| related.span).chain([span]);
        let first = all().min_by_key(|span| span.start).unwrap_or(span);
        let end = all().map(|span| span.end.max(span.start)).max().unwrap_or(span.end);
        // A place at the very end is drawn behind the last line, whatever that is.
        let before = text.get(..first.start).filter(|before| before.len() < text.len());
        let start = before.map_or(0, |before| before.rfind('\n').map_or(0, |at| at + 1));
        let after = text.get(end..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| end + at + 1);
        let lines = text.get(start..after).unwrap_or(text);
        Shown { text: sanitise_keep_length(lines), line: if start == 0 { 1 } else { first.line }, start }
    }

    fn range(&self, span: Span) -> Range<usize> {
        let at = |byte: usize| byte.saturating_sub(self.start).min(self.text.len());
        at(span.start)..at(span.end).max(at(span.start))
    }
}

/// What a model needs to repair its answer: every part of every diagnostic, and the line it is on.
pub fn for_model(diagnostics: &[Diagnostic], text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::new();
    for (number, d) in diagnostics.iter().enumerate() {
        let _ = writeln!(out, "{}. {} [{}]: {}", number + 1, d.severity, d.code, d.message);
        if let Some(span) = d.span {
            let line = lines.get(span.line.saturating_sub(1)).copied().unwrap_or("");
            let shown: String = line.chars().take(EXCERPT_LINE_CHARS).collect();
            let _ = writeln!(out, "   line {}, column {}: {}", span.line, span.column, shown);
        }
        for (label, part) in [
            ("in", d.path.as_deref()),
            ("why", d.why.as_deref()),
            ("fix", d.fix.as_ref().map(|f| f.text.as_str())),
            ("example", d.example.as_deref()),
        ] {
            if let Some(part) = part {
                let _ = writeln!(out, "   {label}: {part}");
            }
        }
    }
    out
}

/// `2 errors, 1 warning`, or `no problems`.
pub fn summary(diagnostics: &[Diagnostic]) -> String {
    let count = |severity| diagnostics.iter().filter(|d| d.severity == severity).count();
    let parts: Vec<String> = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Info, "note")]
        .into_iter()
        .map(|(severity, name)| (count(severity), name))
        .filter(|(n, _)| *n > 0)
        .map(|(n, name)| format!("{n} {name}{}", if n == 1 { "" } else { "s" }))
        .collect();
    if parts.is_empty() { "no problems".to_owned() } else { parts.join(", ") }
}

fn place(d: &Diagnostic) -> String {
    let source = d.source.as_deref().unwrap_or("<input>");
    match d.span {
        Some(span) => format!("{source}:{}:{}", span.line, span.column),
        None => source.to_owned(),
    }
}

/// Control bytes of a hostile file never reach the terminal.
fn sanitise(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c }).collect()
}

/// The same, but every character keeps its length in bytes, so that spans stay right.
fn sanitise_keep_length(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let hostile = c.is_control() && !matches!(c, '\n' | '\t' | '\r');
            let (shown, times) = if hostile { ('?', c.len_utf8()) } else { (c, 1) };
            std::iter::repeat_n(shown, times)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::Span;
    use super::*;

    fn sample() -> (Diagnostic, &'static str) {
        let text = "steps:\n  - id: a\n    delimeter: ';'\n";
        let at = text.find("delimeter").unwrap_or_default();
        let d = Diagnostic::error("unknown-config-key", "unknown key `delimeter`")
            .source("p.yaml")
            .at(Span::of(text, at..at + 9))
            .path("steps[0].config.delimeter")
            .why("the contract does not have it")
            .fix("did you mean `delimiter`?");
        (d, text)
    }

    #[test]
    fn plain_shows_line_and_carets() {
        let (d, text) = sample();
        let shown = plain(&d, Some(text), false);
        assert!(shown.contains("error[unknown-config-key]: unknown key `delimeter`"), "{shown}");
        assert!(shown.contains("p.yaml:3:5"), "{shown}");
        assert!(shown.contains("^^^^^^^^^"), "{shown}");
        assert!(shown.contains("did you mean"), "{shown}");
    }

    #[test]
    fn the_lines_that_are_shown_are_those_of_the_whole_text() {
        let text = "a: 1\nb: 2\n\nc: [x,\n  y]\nd: 4";
        let renderer = Renderer::plain();
        for start in 0..=text.len() {
            for end in start..=text.len() {
                let d = Diagnostic::error("x", "x").source("p").at(Span::of(text, start..end));
                let d = d.related(Span::of(text, 5..6), "here");
                let snippet = Snippet::source(text).path("p").fold(true);
                let snippet = snippet.annotation(AnnotationKind::Primary.span(start..end));
                let snippet = snippet.annotation(AnnotationKind::Context.span(5..6).label("here"));
                let whole = renderer.render(&[Level::ERROR.primary_title("x").id("x").element(snippet)]);
                assert_eq!(plain(&d, Some(text), false), whole, "{start}..{end}");
            }
        }
    }

    #[test]
    fn plain_without_text_still_says_where() {
        let (d, _) = sample();
        assert!(plain(&d, None, false).contains("p.yaml:3:5"));
    }

    #[test]
    fn hostile_text_is_harmless() {
        let text = "a: \u{1b}[31m\u{9b}x\n";
        let d = Diagnostic::error("x", "bad \u{1b}]52;c;x\u{7}").source("f").at(Span::of(text, 3..8));
        let shown = plain(&d, Some(text), false);
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{9b}') && !shown.contains('\u{7}'), "{shown:?}");
    }

    #[test]
    fn the_model_gets_place_reason_and_fix() {
        let (d, text) = sample();
        let shown = for_model(&[d], text);
        assert!(shown.contains("line 3, column 5:     delimeter: ';'"), "{shown}");
        assert!(shown.contains("why: the contract"), "{shown}");
        assert!(shown.contains("fix: did you mean"), "{shown}");
    }

    #[test]
    fn summaries_count() {
        assert_eq!(summary(&[]), "no problems");
        let one = Diagnostic::error("x", "x");
        assert_eq!(summary(&[one.clone(), one, Diagnostic::warning("y", "y")]), "2 errors, 1 warning");
    }
}
