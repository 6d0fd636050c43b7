//! How the editor is drawn: only the lines in sight, and below them the problem in the cursor's line.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::{Colours, Editor};
use crate::diagnostic::{Diagnostic, Severity};
use crate::tui::text::markdown::push_tokens;
use crate::tui::text::{Highlighter, Rich, clean_line, safe, width};
use crate::tui::theme::{Scope, Theme};
use crate::tui::view::{canvas, diagnostic};

/// Rows at the bottom for the problem in the cursor's line.
const NOTE: u16 = 3;

impl Editor {
    /// Draws it; returns where the cursor stands.
    pub fn draw(
        &mut self,
        area: Rect,
        buf: &mut Buffer,
        theme: &Theme,
        highlighter: &mut Highlighter,
    ) -> Option<Position> {
        if area.width < 8 || area.height == 0 {
            return None;
        }
        self.measure();
        self.recolour(highlighter);
        let note = if area.height > NOTE + 3 { NOTE } else { 0 };
        let height = usize::from(area.height - note);
        let here = self.line();
        self.page = height;
        self.top = self.top.clamp((here + 1).saturating_sub(height), here);
        let digits = self.lines.1.len().to_string().len();
        let gutter = digits + 3;
        let inner = Rect {
            x: area.x + u16::try_from(gutter).unwrap_or(8),
            width: area.width.saturating_sub(u16::try_from(gutter).unwrap_or(8)),
            ..area
        };
        let line = self.lines.1.get(here).cloned().unwrap_or_default();
        let before = self.editing.text().get(line.start..self.editing.cursor()).unwrap_or_default();
        let x = width(&clean_line(before));
        let room = usize::from(inner.width).max(1);
        // The cursor is kept in sight with a little of what stands before and behind it.
        self.left =
            self.left.clamp((x + 1).saturating_sub(room), x.saturating_sub(4.min(x)).max((x + 1).saturating_sub(room)));
        let window = self.top..(self.top + height).min(self.lines.1.len());
        for (y, n) in window.enumerate() {
            let range = self.lines.1[n].clone();
            let worst = self.on_line(n).map(|d| d.severity).min_by_key(|s| rank(*s));
            canvas::put(buf, area, y, &self.head(n, digits, n == here, worst, theme));
            let text = &self.editing.text()[range.clone()];
            let mut rich = Rich::new();
            let tokens = self.colours.by_line.get(text).map_or(&[][..], AsRef::as_ref);
            push_tokens(&mut rich, text, tokens, theme);
            canvas::put_from(buf, inner, y, self.left, &rich.line());
            let marks: Vec<(Range<usize>, Scope)> =
                self.on_line(n).map(|d| (self.cells(d, &range), self.scope(d))).collect();
            for (cells, scope) in marks {
                mark(buf, inner, y, &cells, self.left, theme.style(scope));
            }
        }
        if note > 0 {
            self.note(Rect { y: area.bottom() - note, height: note, ..area }, buf, here, theme);
        }
        let row = u16::try_from(here - self.top).ok()?;
        let column = u16::try_from(x - self.left).ok()?.min(inner.width.saturating_sub(1));
        Some(Position { x: inner.x + column, y: inner.y + row })
    }

    fn on_line(&self, line: usize) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(move |d| d.span.is_some_and(|s| s.line == line + 1))
    }

    fn scope(&self, d: &Diagnostic) -> Scope {
        if self.is_stale() { Scope::Dim } else { diagnostic::scope(d.severity) }
    }

    /// The cells of a line that a problem is about.
    fn cells(&self, d: &Diagnostic, line: &Range<usize>) -> Range<usize> {
        let text = self.editing.text();
        let Some(span) = d.span else { return 0..0 };
        let start = safe::floor(text, span.start).clamp(line.start, line.end);
        let end = safe::floor(text, span.end).clamp(start, line.end);
        let first = width(&clean_line(&text[line.start..start]));
        first..first + width(&clean_line(&text[start..end])).max(1)
    }

    fn head(&self, line: usize, digits: usize, here: bool, worst: Option<Severity>, theme: &Theme) -> Line<'static> {
        let (glyph, scope) = match worst {
            Some(severity) if self.is_stale() => (diagnostic::glyph(severity, theme), Scope::Dim),
            Some(severity) => (diagnostic::glyph(severity, theme), diagnostic::scope(severity)),
            None => (" ", Scope::Dim),
        };
        let number = theme.style(if here { Scope::Strong } else { Scope::DiffNumber });
        Line::from(vec![
            Span::styled(glyph, theme.style(scope)),
            Span::styled(format!("{:>digits$}  ", line + 1), number),
        ])
    }

    /// The problem in the cursor's line, and what can be done about it.
    fn note(&self, area: Rect, buf: &mut Buffer, here: usize, theme: &Theme) {
        let columns = usize::from(area.width);
        let rule = theme.glyphs().horizontal.repeat(columns);
        canvas::put(buf, area, 0, &Line::styled(rule, theme.style(Scope::Rule)));
        let worst = self.on_line(here).min_by_key(|d| rank(d.severity));
        let Some(d) = worst else {
            canvas::put(buf, area, 1, &Line::styled(format!(" {}", self.standing()), theme.style(Scope::Dim)));
            return;
        };
        let message = vec![
            Span::styled(format!(" {} ", diagnostic::glyph(d.severity, theme)), theme.style(self.scope(d))),
            Span::styled(clean_line(&d.message).into_owned(), theme.style(Scope::Text)),
        ];
        canvas::put(buf, area, 1, &Line::from(canvas::cut_spans(message, columns)));
        if let Some(fix) = &d.fix {
            let fix = vec![Span::styled(format!("   fix: {}", clean_line(&fix.text)), theme.style(Scope::Dim))];
            canvas::put(buf, area, 2, &Line::from(canvas::cut_spans(fix, columns)));
        }
    }

    /// How the text stands, in words.
    pub fn standing(&self) -> String {
        let found = crate::diagnostic::summary(&self.diagnostics);
        let changed = if self.is_changed() { "changed" } else { "as written" };
        if self.is_stale() { format!("{changed}, being checked (was: {found})") } else { format!("{changed}, {found}") }
    }

    fn recolour(&mut self, highlighter: &mut Highlighter) {
        let Some(lines) = highlighter.lines("yaml", self.editing.text()) else { return };
        if self.colours.of.as_ref().is_some_and(|known| std::sync::Arc::ptr_eq(known, &lines)) {
            return;
        }
        let text = self.editing.text();
        let by_line =
            self.lines.1.iter().zip(lines.iter()).map(|(r, pieces)| (text[r.clone()].to_owned(), pieces.clone()));
        self.colours = Colours { by_line: by_line.collect(), of: Some(lines) };
    }
}

fn rank(severity: Severity) -> u8 {
    match severity {
        Severity::Error => 0,
        Severity::Warning => 1,
        Severity::Info => 2,
    }
}

/// Colours cells of a row that was drawn `left` cells further to the left.
fn mark(buf: &mut Buffer, area: Rect, row: usize, cells: &Range<usize>, left: usize, style: ratatui::style::Style) {
    let Ok(row) = u16::try_from(row) else { return };
    let (start, end) = (cells.start.saturating_sub(left), cells.end.saturating_sub(left));
    let limit = usize::from(area.width);
    let (start, end) = (start.min(limit), end.min(limit));
    let cells = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
    let area = Rect { x: area.x + cells(start), y: area.y + row, width: cells(end - start), height: 1 };
    buf.set_style(area.intersection(buf.area), style.add_modifier(ratatui::style::Modifier::UNDERLINED));
}
