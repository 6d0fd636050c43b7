//! One type for everything that is wrong with anything somebody wrote: OML, contracts, connections,
//! config, rules, themes, keymaps, SQL.
//!
//! Owns: the struct, its spans, its edits, and its renderings as plain text (with the source line and
//! carets) and as text for a model. Does not own: the checks that make diagnostics (they live beside
//! what they check), nor the rendering inside the workbench (`tui`).

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

mod causes;
mod entry;
mod lines;
mod render;

pub use causes::causes;
pub use entry::{Brief, Entry};
pub use lines::LineIndex;
pub use render::{for_model, plain, summary};

/// How bad it is. Only [`Severity::Error`] stops what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Probably not meant, but it works.
    Warning,
    /// Wrong: what was asked for is refused.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        })
    }
}

/// A place in a text: bytes `start..end`, and the line and column of `start`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    /// First byte, from 0.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
    /// Line of `start`, from 1.
    pub line: usize,
    /// Column of `start` in characters, from 1.
    pub column: usize,
}

impl Span {
    /// The span of a byte range of `text`; the range is cut to the text and to character borders.
    pub fn of(text: &str, range: Range<usize>) -> Span {
        let start = floor_char(text, range.start);
        let end = floor_char(text, range.end).max(start);
        let before = &text[..start];
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Span { start, end, line, column: before[line_start..].chars().count() + 1 }
    }

    /// The bytes it covers.
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }
}

fn floor_char(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A replacement of one span that makes the diagnostic go away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// What is replaced; empty for an insertion.
    pub span: Span,
    /// What stands there afterwards.
    pub replacement: String,
}

impl Edit {
    /// The text with the edit in it; `None` when it does not fit the text.
    pub fn applied(&self, text: &str) -> Option<String> {
        let (before, rest) = (text.get(..self.span.start)?, text.get(self.span.range())?);
        Some([before, &self.replacement, &text[before.len() + rest.len()..]].concat())
    }
}

/// What to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// An instruction a person can follow.
    pub text: String,
    /// The same as an edit, where it can be applied mechanically.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit: Option<Edit>,
}

/// Another place that belongs to the matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Related {
    /// Where.
    pub span: Span,
    /// What is there.
    pub message: String,
}

/// Something that is wrong, with a place, a reason and a fix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Stable kebab-case name, e.g. `unknown-config-key`.
    pub code: String,
    /// How bad.
    pub severity: Severity,
    /// The file or other thing it is about, as a person would name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Where in the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
    /// Where in the structure, e.g. `steps[2].config.table`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What is wrong, one line.
    pub message: String,
    /// Why it is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
    /// What it could look like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
    /// Other places that belong to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<Related>,
    /// A page of the documentation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub docs: Option<String>,
}

impl Diagnostic {
    /// A diagnostic with a severity; the other parts are added by the builder methods.
    pub fn new(severity: Severity, code: &str, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code: code.to_owned(),
            severity,
            source: None,
            span: None,
            path: None,
            message: message.into(),
            why: None,
            fix: None,
            example: None,
            related: Vec::new(),
            docs: None,
        }
    }

    /// An error.
    pub fn error(code: &str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Error, code, message)
    }

    /// A warning.
    pub fn warning(code: &str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Warning, code, message)
    }

    /// Names the file or thing it is about.
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Places it in the text.
    pub fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// Places it in the structure.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Says why.
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// Says what to do.
    pub fn fix(mut self, text: impl Into<String>) -> Self {
        self.fix = Some(Fix { text: text.into(), edit: None });
        self
    }

    /// Says what to do, with the edit that does it.
    pub fn fix_edit(mut self, text: impl Into<String>, span: Span, replacement: impl Into<String>) -> Self {
        let edit = Edit { span, replacement: replacement.into() };
        self.fix = Some(Fix { text: text.into(), edit: Some(edit) });
        self
    }

    /// Adds the edit that does what its fix says, where there is one.
    pub fn edit(mut self, change: Option<(Span, String)>) -> Self {
        if let (Some(fix), Some((span, replacement))) = (&mut self.fix, change) {
            fix.edit = Some(Edit { span, replacement });
        }
        self
    }

    /// Shows what it could look like.
    pub fn example(mut self, example: impl Into<String>) -> Self {
        self.example = Some(example.into());
        self
    }

    /// Adds another place.
    pub fn related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push(Related { span, message: message.into() });
        self
    }

    /// Whether it stops what was asked for.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Whether any of them stops what was asked for.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(Diagnostic::is_error)
}

/// Puts them in document order: by place (those without one first), then the worse first.
pub fn sort(diagnostics: &mut [Diagnostic]) {
    diagnostics.sort_by_key(|d| (d.span.map_or((0, 0), |s| (s.start + 1, s.end)), std::cmp::Reverse(d.severity)));
}

/// Longest word that is compared with others, in bytes.
const MAX_WORD: usize = 128;

/// The candidate nearest to `word`, when near enough to be a slip: at most 2 edits and fewer than the
/// word has characters.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // The distance costs the product of the lengths; what is longer than any name is no slip of one.
    if word.len() > MAX_WORD {
        return None;
    }
    candidates
        .into_iter()
        .filter(|c| c.len() <= MAX_WORD)
        .map(|c| (strsim::damerau_levenshtein(&word.to_lowercase(), &c.to_lowercase()), c))
        .filter(|(distance, c)| *distance <= 2 && *distance < word.chars().count() && *c != word)
        .min_by(|a, b| a.cmp(b))
        .map(|(_, c)| c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_count_lines_and_characters() {
        let text = "a: 1\nzoé: ž\n";
        let at = text.find('ž').unwrap_or_default();
        assert_eq!(Span::of(text, at..at + 2), Span { start: at, end: at + 2, line: 2, column: 6 });
        assert_eq!(Span::of(text, 99..120).line, 3);
    }

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        assert_eq!(did_you_mean("delimeter", ["delimiter", "path"]), Some("delimiter"));
        assert_eq!(did_you_mean("pth", ["delimiter", "path"]), Some("path"));
        assert_eq!(did_you_mean("frobnicate", ["delimiter", "path"]), None);
        assert_eq!(did_you_mean("x", ["y"]), None);
    }

    #[test]
    fn order_is_that_of_the_document() {
        let text = "a\nb\nc\n";
        let mut all = vec![
            Diagnostic::warning("w", "w").at(Span::of(text, 2..3)),
            Diagnostic::error("e", "e").at(Span::of(text, 2..3)),
            Diagnostic::error("first", "x").at(Span::of(text, 0..1)),
            Diagnostic::error("nowhere", "x"),
        ];
        sort(&mut all);
        let codes: Vec<_> = all.iter().map(|d| d.code.as_str()).collect();
        assert_eq!(codes, ["nowhere", "first", "e", "w"]);
    }
}
