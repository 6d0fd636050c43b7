//! The document pane: the pipeline file with its diagnostics under their lines, or the proposal under
//! review as a diff whose hunks can be decided.

mod layout;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::list::List;
use crate::pipeline::oml::hunk::Decision;
use crate::session::State;
use crate::session::state::Review;
use crate::tui::text::markdown::push_tokens;
use crate::tui::text::{Highlighter, Rich};
use crate::tui::theme::{Scope, Theme};
use crate::tui::view::canvas;
use layout::{Layout, Row, Side};

/// What the document pane remembers.
#[derive(Default)]
pub struct DocumentPane {
    /// The row of the cursor, and the rows in sight.
    rows: List,
    left: usize,
    hunk: usize,
    proposal: u32,
    layout: Layout,
    /// What `layout` was made for.
    made_for: Option<(u64, usize)>,
    /// A place to bring into sight with the next frame.
    reveal: Option<Reveal>,
}

#[derive(Clone, Copy, Debug)]
enum Reveal {
    Hunk(usize),
    Line(usize),
}

struct TextRow<'a> {
    cursor: bool,
    text: &'a str,
    tokens: &'a [(usize, crate::tui::text::Token)],
    number: usize,
    mark: char,
    hunk: Option<usize>,
}

impl DocumentPane {
    /// Forgets what was drawn: the state or the theme is another one.
    pub fn reset(&mut self) {
        self.made_for = None;
    }

    /// The hunk under the cursor.
    pub fn hunk(&self) -> usize {
        self.hunk
    }

    /// Puts the cursor on a hunk.
    pub fn select_hunk(&mut self, hunk: usize) {
        self.hunk = hunk;
        self.reveal = Some(Reveal::Hunk(hunk));
    }

    /// After a decision: on to the next hunk that is still open.
    pub fn next_open(&mut self, review: &Review) {
        let other = |n: &usize| *n != self.hunk && review.decisions[*n] == Decision::Open;
        let count = review.decisions.len();
        let next = (self.hunk..count).find(other).or_else(|| (0..self.hunk.min(count)).find(other));
        if let Some(next) = next {
            self.select_hunk(next);
        }
    }

    /// Moves the cursor over hunks.
    pub fn move_hunk(&mut self, by: isize, count: usize) {
        self.select_hunk(self.hunk.saturating_add_signed(by).min(count.saturating_sub(1)));
    }

    /// Brings a line of the shown text (from 1) into sight with the next frame.
    pub fn show_line(&mut self, line: usize) {
        self.reveal = Some(Reveal::Line(line));
    }

    /// Moves the cursor by rows.
    pub fn move_by(&mut self, rows: isize) {
        self.rows.move_by(rows, self.layout.rows.len());
        self.follow();
    }

    /// Moves the cursor by pages.
    pub fn page(&mut self, pages: isize) {
        self.rows.page_by(pages, self.layout.rows.len());
        self.follow();
    }

    /// The line (from 1) of the shown text that the cursor is on or below.
    pub fn line(&self) -> Option<usize> {
        self.layout.line_at(self.rows.selected)
    }

    /// The hunk that the cursor is in is the one to decide.
    fn follow(&mut self) {
        if let Some(hunk) = self.layout.hunk_at(self.rows.selected) {
            self.hunk = hunk;
        }
    }

    /// Scrolls to the side.
    pub fn sideways(&mut self, cells: isize) {
        self.left = self.left.saturating_add_signed(cells).min(4096);
    }

    /// To the first or the last row.
    pub fn edge(&mut self, last: bool) {
        self.rows.select(if last { self.layout.rows.len().saturating_sub(1) } else { 0 });
        self.follow();
    }

    /// Begins anew at the top when another proposal is under review.
    pub fn meet(&mut self, state: &State) {
        if let Some(review) = &state.review {
            if review.proposal != self.proposal {
                self.proposal = review.proposal;
                self.rows = List::default();
                self.left = 0;
                self.hunk = 0;
            }
            self.hunk = self.hunk.min(review.hunks.len().saturating_sub(1));
        }
    }

    fn prepare(&mut self, state: &State, columns: usize, theme: &Theme) {
        self.meet(state);
        let key = (state.document_version, columns);
        if self.made_for != Some(key) {
            self.made_for = Some(key);
            self.layout = Layout::of(state, columns, theme);
        }
    }

    /// Brings into sight what was asked for.
    fn settle(&mut self, height: usize) {
        let Some(reveal) = self.reveal.take() else { return };
        let (first, last) = match reveal {
            Reveal::Hunk(hunk) => self.layout.rows_of_hunk(hunk),
            Reveal::Line(line) => {
                if let Some(hunk) = self.layout.hunk_of_line(line) {
                    self.hunk = hunk;
                }
                self.layout.rows_of_line(line)
            }
        };
        self.rows.select(first);
        let top = self.rows.top;
        if first < top || last >= top + height {
            let fits = last + 1 - first <= height;
            let lead = if fits { ((height - (last + 1 - first)) / 2).min(2) } else { 0 };
            self.rows.top = if fits && first >= top {
                (last + 1 + lead).saturating_sub(height)
            } else {
                first.saturating_sub(lead)
            };
        }
    }

    /// Draws it; the cursor is shown where the focus is.
    pub fn draw(
        &mut self,
        area: Rect,
        buf: &mut Buffer,
        state: &State,
        focused: bool,
        theme: &Theme,
        highlighter: &mut Highlighter,
    ) {
        let footer = state.review.as_ref().map(|r| footer(r, theme));
        let rows = area.height.saturating_sub(u16::from(footer.is_some() && area.height > 3));
        let body = Rect { height: rows, ..area };
        self.prepare(state, usize::from(area.width), theme);
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
        for (y, row) in self.layout.rows[window].iter().enumerate() {
            let cursor = focused && top + y == self.rows.selected;
            match row {
                Row::Text { side, range, line, number, mark, hunk } => {
                    let text = texts[*side as usize].get(range.clone()).unwrap_or_default();
                    let tokens =
                        colours[*side as usize].as_ref().and_then(|c| c.get(*line)).map_or(&[][..], AsRef::as_ref);
                    let row = TextRow { cursor, text, tokens, number: *number, mark: *mark, hunk: *hunk };
                    self.text_row(body, buf, y, &row, state, theme);
                }
                Row::Head(hunk) => {
                    if let Some(review) = &state.review {
                        canvas::put(buf, body, y, &self.head(review, *hunk, theme));
                        if *hunk == self.hunk {
                            canvas::paint(buf, body, y, theme.style(Scope::DiffHunkSelected));
                        }
                    }
                }
                Row::Fold(lines) => {
                    let text = format!("  {} {lines} unchanged lines", theme.glyphs().fold);
                    canvas::put(buf, body, y, &Line::styled(text, theme.style(Scope::Dim)));
                }
                Row::Ready(line) => canvas::put(buf, body, y, line),
            }
        }
        if let Some(footer) = footer.filter(|_| body.height < area.height) {
            canvas::put(buf, area, usize::from(body.height), &footer);
        }
    }

    fn text_row(&self, area: Rect, buf: &mut Buffer, y: usize, row: &TextRow<'_>, state: &State, theme: &Theme) {
        let TextRow { cursor, text, tokens, number, mark, hunk } = *row;
        let decision = hunk.and_then(|h| state.review.as_ref()?.decisions.get(h).copied());
        let gutter = self.layout.gutter;
        let chosen = hunk.is_some() && hunk == Some(self.hunk);
        let focus = match cursor {
            true => theme.glyphs().running,
            false if chosen => theme.glyphs().focus,
            false => " ",
        };
        let number_style = theme.style(if cursor { Scope::Strong } else { Scope::DiffNumber });
        let (row_scope, mark_scope) = match (mark, decision) {
            ('+', Some(Decision::Rejected)) | ('-', Some(Decision::Accepted)) => (Some(Scope::Dim), Scope::Dim),
            ('+', _) => (Some(Scope::DiffAdd), Scope::DiffAdd),
            ('-', _) => (Some(Scope::DiffRemove), Scope::DiffRemove),
            _ => (None, Scope::Dim),
        };
        let head = Line::from(vec![
            Span::styled(focus, theme.style(Scope::RuleFocused)),
            Span::styled(format!("{number:>width$} ", width = gutter.saturating_sub(4)), number_style),
            Span::styled(format!("{mark} "), theme.style(mark_scope)),
        ]);
        canvas::put(buf, area, y, &head);
        let cells = u16::try_from(gutter).unwrap_or(u16::MAX).min(area.width);
        let inner = Rect { x: area.x + cells, width: area.width - cells, ..area };
        let mut rich = Rich::new();
        match row_scope {
            // What will not be there is not worth colours.
            Some(scope @ (Scope::Dim | Scope::DiffRemove)) => {
                rich.push(&crate::tui::text::clean_line(text), theme.style(scope));
            }
            _ => push_tokens(&mut rich, text, tokens, theme),
        }
        if let (Some(scope), true) = (row_scope, row_scope != Some(Scope::Dim)) {
            let mut style = theme.style(scope);
            if !tokens.is_empty() && scope == Scope::DiffAdd {
                style.fg = None;
            }
            let ground = ratatui::style::Style { fg: None, ..style };
            canvas::paint(buf, inner, y, ground);
            let mut line = rich.line();
            for span in &mut line.spans {
                span.style.bg = style.bg;
                if tokens.is_empty() {
                    span.style.fg = style.fg;
                }
            }
            canvas::put_from(buf, inner, y, self.left, &line);
            return;
        }
        canvas::put_from(buf, inner, y, self.left, &rich.line());
    }

    fn head(&self, review: &Review, hunk: usize, theme: &Theme) -> Line<'static> {
        let g = theme.glyphs();
        let decision = review.decisions.get(hunk).copied().unwrap_or_default();
        let (glyph, word, scope) = match decision {
            Decision::Open => (g.skipped, "open", Scope::DecisionOpen),
            Decision::Accepted => (g.done, "accepted", Scope::DecisionAccepted),
            Decision::Rejected => (g.failed, "rejected", Scope::DecisionRejected),
        };
        let chosen = hunk == self.hunk;
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

/// What an apply would write.
fn footer(review: &Review, theme: &Theme) -> Line<'static> {
    let all = review.decisions.len();
    let (accepted, rejected, open) =
        (review.count(Decision::Accepted), review.count(Decision::Rejected), review.count(Decision::Open));
    let dot = theme.glyphs().dot;
    Line::from(vec![
        Span::styled(format!("[{accepted}/{all}] "), theme.style(Scope::Strong)),
        Span::styled(format!("accepted {dot} {rejected} rejected {dot} {open} open"), theme.style(Scope::Text)),
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

/// The pane's title: what is shown, and how it stands.
pub fn title(state: &State) -> (String, String) {
    let problems = crate::diagnostic::summary(&state.diagnostics);
    match (&state.review, &state.document) {
        (Some(review), _) => {
            let state = if review.checked { problems } else { "being checked".to_owned() };
            (format!("Review of proposal {}", review.proposal), format!("{}  {state}", review.file))
        }
        (None, Some(document)) => {
            let compiled = if state.compiled.is_some() { ", compiled" } else { "" };
            ("Document".to_owned(), format!("{}  {problems}{compiled}", document.file))
        }
        (None, None) => ("Document".to_owned(), String::new()),
    }
}

const _: () = assert!(Side::New as usize == 1);
