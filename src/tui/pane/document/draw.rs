//! Drawing of the document pane: only the rows in sight.

use std::borrow::Cow;
use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::DocumentPane;
use super::layout::{Cell, Layout, Row};
use super::words;
use crate::pipeline::oml::hunk::Decision;
use crate::session::State;
use crate::session::state::Review;
use crate::tui::text::highlight::Lines;
use crate::tui::text::markdown::push_tokens;
use crate::tui::text::{Highlighter, Rich, Token, clean_line};
use crate::tui::theme::{Scope, Theme};
use crate::tui::view::canvas;

/// What all rows are drawn with.
struct Means<'a> {
    state: &'a State,
    /// The lines of the selected step, from 0.
    step: Option<Range<usize>>,
    theme: &'a Theme,
    texts: [&'a str; 2],
    colours: [Option<Lines>; 2],
}

/// How a line is drawn.
#[derive(Clone, Copy)]
struct Look {
    /// The cursor is on it.
    cursor: bool,
    /// The sign at its left.
    sign: &'static str,
    /// What was decided about its hunk.
    decision: Option<Decision>,
}

impl DocumentPane {
    /// Draws it; the cursor is shown where the focus is, the selected step beside its lines (from 0).
    pub fn draw(
        &mut self,
        area: Rect,
        buf: &mut Buffer,
        (state, step): (&State, Option<Range<usize>>),
        focused: bool,
        theme: &Theme,
        highlighter: &mut Highlighter,
    ) {
        let shows_footer = state.review.is_some() && area.height > 3;
        let body = Rect { height: area.height.saturating_sub(u16::from(shows_footer)), ..area };
        self.prepare(state, usize::from(area.width), theme);
        if let Some(review) = state.review.as_ref().filter(|_| shows_footer) {
            let line = footer(review, self.hunk(), theme);
            canvas::put(buf, area, usize::from(body.height), &line);
        }
        if self.layout.rows.is_empty() {
            empty(body, buf, state, theme);
            return;
        }
        let height = usize::from(body.height);
        self.settle(height);
        let window = self.rows.window(self.layout.rows.len(), height);
        let top = window.start;
        let lang = self.layout.lang(state);
        let texts = Layout::texts(state);
        let colours = [highlighter.lines(lang, texts[0]), highlighter.lines(lang, texts[1])];
        // In a review the sign says which hunk is decided.
        let step = step.filter(|_| state.review.is_none());
        let means = Means { state, step, theme, texts, colours };
        for (y, row) in self.layout.rows[window].iter().enumerate() {
            let cursor = focused && top + y == self.rows.selected;
            self.row(body, buf, y, row, cursor, &means);
        }
    }

    fn row(&self, area: Rect, buf: &mut Buffer, y: usize, row: &Row, cursor: bool, means: &Means<'_>) {
        let theme = means.theme;
        let in_step = match row {
            Row::Text { cell, .. } => means.step.as_ref().is_some_and(|lines| lines.contains(&cell.line)),
            _ => false,
        };
        let look = |hunk: Option<usize>| Look {
            cursor,
            sign: match cursor {
                true => theme.glyphs().running,
                false if in_step || hunk.is_some() && hunk == Some(self.hunk()) => theme.glyphs().focus,
                false => " ",
            },
            decision: hunk.and_then(|h| means.state.review.as_ref()?.decisions.get(h).copied()),
        };
        match row {
            Row::Text { cell, hunk } => self.text_line(area, buf, y, cell, look(*hunk), means),
            Row::Pair { old, new, hunk } => {
                let half = u16::try_from(self.layout.half.unwrap_or(0)).unwrap_or(u16::MAX).min(area.width);
                let left = Rect { width: half, ..area };
                let right = Rect { x: area.x + half, width: area.width - half, ..area };
                let look = look(*hunk);
                match old {
                    Some(cell) => self.text_line(left, buf, y, cell, look, means),
                    None => canvas::put(buf, left, y, &Line::styled(look.sign, theme.style(Scope::RuleFocused))),
                }
                canvas::put(buf, right, y, &Line::styled(theme.glyphs().vertical, theme.style(Scope::Rule)));
                let less = right.width.min(1);
                let inner = Rect { x: right.x + less, width: right.width - less, ..right };
                if let Some(cell) = new {
                    self.text_line(inner, buf, y, cell, Look { sign: " ", ..look }, means);
                }
            }
            Row::Head(hunk) => {
                if let Some(review) = &means.state.review {
                    canvas::put(buf, area, y, &self.head(review, *hunk, theme));
                    if *hunk == self.hunk() {
                        canvas::paint(buf, area, y, theme.style(Scope::DiffHunkSelected));
                    }
                }
            }
            Row::Fold(lines) => {
                let text = format!("  {} {lines} unchanged lines", theme.glyphs().fold);
                canvas::put(buf, area, y, &Line::styled(text, theme.style(Scope::Dim)));
            }
            Row::Ready(line) => canvas::put(buf, area, y, line),
        }
    }

    fn text_line(&self, area: Rect, buf: &mut Buffer, y: usize, cell: &Cell, look: Look, means: &Means<'_>) {
        let theme = means.theme;
        let side = cell.side as usize;
        let text = means.texts[side].get(cell.range.clone()).unwrap_or_default();
        let colours = means.colours[side].as_ref().and_then(|lines| lines.get(cell.line));
        let tokens: &[(usize, Token)] = colours.map_or(&[][..], AsRef::as_ref);
        let gutter = self.layout.gutter;
        let number_style = theme.style(if look.cursor { Scope::Strong } else { Scope::DiffNumber });
        let (row_scope, mark_scope) = match (cell.mark, look.decision) {
            ('+', Some(Decision::Rejected)) | ('-', Some(Decision::Accepted)) => (Some(Scope::Dim), Scope::Dim),
            ('+', _) => (Some(Scope::DiffAdd), Scope::DiffAdd),
            ('-', _) => (Some(Scope::DiffRemove), Scope::DiffRemove),
            _ => (None, Scope::Dim),
        };
        let number = cell.line + 1;
        let head = Line::from(vec![
            Span::styled(look.sign, theme.style(Scope::RuleFocused)),
            Span::styled(format!("{number:>width$} ", width = gutter.saturating_sub(4)), number_style),
            Span::styled(format!("{} ", cell.mark), theme.style(mark_scope)),
        ]);
        canvas::put(buf, area, y, &head);
        let cells = u16::try_from(gutter).unwrap_or(u16::MAX).min(area.width);
        let inner = Rect { x: area.x + cells, width: area.width - cells, ..area };
        let mut rich = Rich::new();
        match row_scope {
            // What will not be there is not worth colours.
            Some(scope @ (Scope::Dim | Scope::DiffRemove)) => {
                rich.push(&clean_line(text), theme.style(scope));
            }
            _ => push_tokens(&mut rich, text, tokens, theme),
        }
        let mut line = rich.line();
        // Where the text is shown as it is: what was made harmless has other bytes.
        if row_scope.is_some_and(|scope| scope != Scope::Dim) && matches!(clean_line(text), Cow::Borrowed(_)) {
            line = words::underline(line, &cell.changed);
        }
        if let Some(scope) = row_scope.filter(|scope| *scope != Scope::Dim) {
            let style = theme.style(scope);
            canvas::paint(buf, inner, y, Style { fg: None, ..style });
            for span in &mut line.spans {
                span.style.bg = style.bg;
                if tokens.is_empty() {
                    span.style.fg = style.fg;
                }
            }
        }
        canvas::put_from(buf, inner, y, self.left, &line);
    }

    fn head(&self, review: &Review, hunk: usize, theme: &Theme) -> Line<'static> {
        let g = theme.glyphs();
        let decision = review.decisions.get(hunk).copied().unwrap_or_default();
        let (glyph, word, scope) = match decision {
            Decision::Open => (g.skipped, "open", Scope::DecisionOpen),
            Decision::Accepted => (g.done, "accepted", Scope::DecisionAccepted),
            Decision::Rejected => (g.failed, "rejected", Scope::DecisionRejected),
        };
        let chosen = hunk == self.hunk();
        let focus = if chosen { g.focus } else { " " };
        let base = theme.style(if chosen { Scope::DiffHunkSelected } else { Scope::DiffHunk });
        let size = review.hunks.get(hunk).map(|h| (h.new.len(), h.old.len())).unwrap_or_default();
        Line::from(vec![
            Span::styled(focus, theme.style(Scope::RuleFocused)),
            Span::styled(format!("hunk {} of {}  ", hunk + 1, review.hunks.len()), base),
            Span::styled(format!("{glyph} {word}"), theme.style(scope)),
            Span::styled(format!("  +{} -{}", size.0, size.1), base),
        ])
    }
}

/// Which hunk the cursor is in, and what an apply would write.
fn footer(review: &Review, hunk: usize, theme: &Theme) -> Line<'static> {
    let all = review.decisions.len();
    let (accepted, rejected, open) =
        (review.count(Decision::Accepted), review.count(Decision::Rejected), review.count(Decision::Open));
    let dot = theme.glyphs().dot;
    let said = match review.comments.iter().filter(|text| !text.is_empty()).count() {
        0 => String::new(),
        1 => format!(" {dot} 1 comment"),
        n => format!(" {dot} {n} comments"),
    };
    Line::from(vec![
        Span::styled(format!("[{}/{all}] ", (hunk + 1).min(all)), theme.style(Scope::Strong)),
        Span::styled(
            format!("{accepted} accepted {dot} {rejected} rejected {dot} {open} open{said}"),
            theme.style(Scope::Text),
        ),
        Span::styled(format!("  w writes {accepted} of {all}"), theme.style(Scope::Dim)),
    ])
}

fn empty(area: Rect, buf: &mut Buffer, state: &State, theme: &Theme) {
    let text = match (&state.review, &state.document) {
        (Some(_), _) => " The proposal changes nothing.",
        (None, Some(_)) => " The file is empty.",
        (None, None) => " No pipeline yet. Ask for one in the chat.",
    };
    canvas::put(buf, area, 0, &Line::styled(text, theme.style(Scope::Dim)));
}
