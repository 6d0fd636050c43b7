//! A diagnostic as rows: brief in a list, whole in the details, and under its line in the document.

use ratatui::text::{Line, Span};

use crate::diagnostic::{Diagnostic, Severity};
use crate::tui::text::{Rich, clean_line};
use crate::tui::theme::{Scope, Theme};

/// The scope of a severity.
pub fn scope(severity: Severity) -> Scope {
    match severity {
        Severity::Error => Scope::SeverityError,
        Severity::Warning => Scope::SeverityWarning,
        Severity::Info => Scope::SeverityInfo,
    }
}

/// The glyph of a severity.
pub fn glyph(severity: Severity, theme: &Theme) -> &'static str {
    let g = theme.glyphs();
    match severity {
        Severity::Error => g.failed,
        Severity::Warning => g.warning,
        Severity::Info => g.dot,
    }
}

fn labelled(label: &str, text: &str, columns: usize, theme: &Theme) -> Vec<Line<'static>> {
    let mut rich = Rich::new();
    rich.push(&clean_line(text), theme.style(Scope::Text));
    let head = Span::styled(format!("{label}: "), theme.style(Scope::Dim));
    let rest = Span::raw(" ".repeat(head.width()));
    rich.wrap(columns, &[head], &[rest])
}

/// Severity, place and message; the fix on a row of its own.
pub fn brief(d: &Diagnostic, columns: usize, theme: &Theme) -> Vec<Line<'static>> {
    let mut rich = Rich::new();
    let place = d.span.map(|s| format!("line {}: ", s.line)).unwrap_or_default();
    rich.push(&place, theme.style(Scope::Dim));
    rich.push(&clean_line(&d.message), theme.style(Scope::Text));
    let mark = Span::styled(format!("{} {} ", glyph(d.severity, theme), d.severity), theme.style(scope(d.severity)));
    let rest = Span::raw("  ");
    let mut rows = rich.wrap(columns, &[mark], &[rest]);
    if let Some(fix) = &d.fix {
        for row in labelled("fix", &fix.text, columns.saturating_sub(2), theme) {
            let mut spans = vec![Span::raw("  ")];
            spans.extend(row.spans);
            rows.push(Line::from(spans));
        }
    }
    rows
}

/// Every part.
pub fn full(d: &Diagnostic, columns: usize, theme: &Theme) -> Vec<Line<'static>> {
    let mut rich = Rich::new();
    rich.push(&format!("{}[{}] ", d.severity, clean_line(&d.code)), theme.style(scope(d.severity)));
    rich.push(&clean_line(&d.message), theme.style(Scope::Strong));
    let mut rows = rich.wrap(columns, &[], &[]);
    let place = match (&d.source, d.span) {
        (Some(source), Some(span)) => Some(format!("{source}:{}:{}", span.line, span.column)),
        (Some(source), None) => Some(source.clone()),
        (None, Some(span)) => Some(format!("line {}, column {}", span.line, span.column)),
        (None, None) => None,
    };
    let parts = [
        ("at", place.as_deref()),
        ("in", d.path.as_deref()),
        ("why", d.why.as_deref()),
        ("fix", d.fix.as_ref().map(|f| f.text.as_str())),
    ];
    for (label, text) in parts {
        if let Some(text) = text {
            rows.extend(labelled(label, text, columns, theme));
        }
    }
    if let Some(example) = &d.example {
        for (n, line) in example.lines().take(12).enumerate() {
            rows.extend(labelled(if n == 0 { "example" } else { "       " }, line, columns, theme));
        }
    }
    for related in d.related.iter().take(8) {
        rows.extend(labelled(&format!("see line {}", related.span.line), &related.message, columns, theme));
    }
    if let Some(docs) = &d.docs {
        rows.extend(labelled("docs", docs, columns, theme));
    }
    rows
}

/// Under its line: carets below the place, the message, the fix. `indent` cells stand before the text of
/// the document, `before` is the text before the place, `marked` the place itself.
pub fn under_line(
    d: &Diagnostic,
    indent: usize,
    before: &str,
    marked: &str,
    columns: usize,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let style = theme.style(scope(d.severity));
    let start = crate::tui::text::width(&clean_line(before));
    let carets = crate::tui::text::width(&clean_line(marked)).clamp(1, 60);
    // Far to the right the carets stand alone and the message begins at the left.
    let far = indent + start + carets + 24 > columns;
    let lead = " ".repeat(indent + start.min(columns));
    let mut message = Rich::new();
    message.push(&format!("{}[{}] ", d.severity, clean_line(&d.code)), style);
    message.push(&clean_line(&d.message), theme.style(Scope::Text));
    let mut rows = Vec::new();
    let margin = if far {
        rows.push(Line::from(vec![Span::raw(lead), Span::styled("^".repeat(carets), style)]));
        let first = [Span::raw(" ".repeat(indent))];
        rows.extend(message.wrap(columns, &first, &first));
        indent
    } else {
        let first = [Span::raw(lead), Span::styled(format!("{} ", "^".repeat(carets)), style)];
        let margin = indent + start + carets + 1;
        rows.extend(message.wrap(columns, &first, &[Span::raw(" ".repeat(margin))]));
        margin
    };
    if let Some(fix) = &d.fix {
        for row in labelled("fix", &fix.text, columns.saturating_sub(margin), theme) {
            let mut spans = vec![Span::raw(" ".repeat(margin))];
            spans.extend(row.spans);
            rows.push(Line::from(spans));
        }
    }
    rows
}
