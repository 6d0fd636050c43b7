//! Markdown to rows.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::code::code_rows;
use super::table::Table;
use crate::tui::text::safe::{clean, floor};
use crate::tui::text::{Highlighter, Rich};
use crate::tui::theme::{Scope, Theme};

/// More than this of one block is not drawn; it says so.
const BLOCK_BYTES: usize = 32 * 1024;
/// Deeper nesting is drawn at this depth.
const DEPTH: usize = 12;

/// Rows of `columns` cells. The second value says whether colours are still on their way.
pub fn render(text: &str, columns: usize, theme: &Theme, highlighter: &mut Highlighter) -> (Vec<Line<'static>>, bool) {
    let (shown, rest) = text.split_at(floor(text, BLOCK_BYTES));
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut drawing = Drawing {
        columns,
        theme,
        highlighter,
        out: Vec::new(),
        rich: Rich::new(),
        styles: vec![theme.style(Scope::Text)],
        prefixes: Vec::new(),
        lists: Vec::new(),
        code: None,
        table: None,
        link: None,
        pending: false,
    };
    for event in Parser::new_ext(shown, options) {
        drawing.event(event);
    }
    drawing.flush();
    if !rest.is_empty() {
        let note = format!("… {} more bytes not shown", rest.len());
        drawing.out.push(Line::styled(note, theme.style(Scope::Dim)));
    }
    (drawing.out, drawing.pending)
}

struct Prefix {
    /// What stands before the first row; taken when it has been drawn.
    first: Option<Span<'static>>,
    rest: Span<'static>,
    quote: bool,
}

struct Drawing<'a> {
    columns: usize,
    theme: &'a Theme,
    highlighter: &'a mut Highlighter,
    out: Vec<Line<'static>>,
    rich: Rich,
    styles: Vec<Style>,
    prefixes: Vec<Prefix>,
    lists: Vec<Option<u64>>,
    code: Option<(String, String)>,
    table: Option<Table>,
    link: Option<String>,
    pending: bool,
}

impl Drawing<'_> {
    fn style(&self) -> Style {
        self.styles.last().copied().unwrap_or_default()
    }

    fn add(&mut self, style: Style) {
        let style = self.style().patch(style);
        self.styles.push(style);
    }

    fn remove(&mut self) {
        if self.styles.len() > 1 {
            self.styles.pop();
        }
    }

    /// A blank row between blocks; inside a list there is none.
    fn space(&mut self) {
        self.flush();
        if self.out.is_empty() || !self.lists.is_empty() {
            return;
        }
        let fresh = self.prefixes.last().is_some_and(|p| p.first.is_some());
        if !fresh {
            let spans: Vec<Span<'static>> = self.prefixes.iter().map(|p| p.rest.clone()).collect();
            self.out.push(Line::from(spans));
        }
    }

    fn prefix_spans(&mut self) -> (Vec<Span<'static>>, Vec<Span<'static>>) {
        let rest: Vec<_> = self.prefixes.iter().map(|p| p.rest.clone()).collect();
        let first = self.prefixes.iter_mut().map(|p| p.first.take().unwrap_or_else(|| p.rest.clone())).collect();
        (first, rest)
    }

    fn flush(&mut self) {
        if self.rich.is_empty() {
            return;
        }
        let rich = std::mem::take(&mut self.rich);
        let (first, rest) = self.prefix_spans();
        self.out.extend(rich.wrap(self.columns, &first, &rest));
    }

    fn rows(&mut self, rows: Vec<Line<'static>>) {
        let (first, rest) = self.prefix_spans();
        for (n, row) in rows.into_iter().enumerate() {
            let mut spans = if n == 0 { first.clone() } else { rest.clone() };
            spans.extend(row.spans);
            self.out.push(Line::from(spans));
        }
    }

    fn inner_columns(&self) -> usize {
        self.columns.saturating_sub(self.prefixes.iter().map(|p| p.rest.width()).sum::<usize>()).max(1)
    }

    fn text(&mut self, text: &str, style: Style) {
        let text = clean(text);
        if let Some(table) = &mut self.table {
            let cell = table.rows.last_mut().and_then(|r| r.last_mut());
            if let Some(cell) = cell {
                cell.push(&text.replace('\n', " "), style);
            }
            return;
        }
        // Entities can stand for a line end.
        let mut lines = text.split('\n');
        if let Some(first) = lines.next() {
            self.rich.push(first, style);
        }
        for line in lines {
            self.rich.push(" ", style).push(line, style);
        }
    }

    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some((_, code)) => code.push_str(&text),
                None => self.text(&text, self.style()),
            },
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                let style = self.style().patch(self.theme.style(Scope::MarkdownCode));
                self.text(&text, style);
            }
            Event::Html(text) | Event::InlineHtml(text) | Event::FootnoteReference(text) => {
                let style = self.theme.style(Scope::Dim);
                for (n, line) in text.lines().enumerate() {
                    if n > 0 {
                        self.flush();
                    }
                    self.text(line, style);
                }
            }
            Event::SoftBreak => self.text(" ", self.style()),
            Event::HardBreak if self.table.is_some() => self.text(" ", self.style()),
            Event::HardBreak => self.flush(),
            Event::Rule => {
                self.space();
                let rule = self.theme.glyphs().horizontal.repeat(self.inner_columns().min(40));
                let row = Line::styled(rule, self.theme.style(Scope::CodeFrame));
                self.rows(vec![row]);
            }
            Event::TaskListMarker(done) => {
                let mark = if done { "[x] " } else { "[ ] " };
                self.text(mark, self.style());
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => self.space(),
            Tag::Heading { level, .. } => {
                self.space();
                let mut style = self.theme.style(Scope::MarkdownHeading);
                if level == HeadingLevel::H1 {
                    style = style.add_modifier(Modifier::UNDERLINED);
                }
                self.add(style);
            }
            Tag::BlockQuote(_) => {
                self.space();
                let bar = Span::styled(format!("{} ", self.theme.glyphs().bar), self.theme.style(Scope::MarkdownQuote));
                if self.prefixes.len() < DEPTH {
                    self.prefixes.push(Prefix { first: None, rest: bar, quote: true });
                }
                self.add(self.theme.style(Scope::MarkdownQuote));
                // A quote spaces its own blocks even inside a list.
                if let Some(prefix) = self.prefixes.last_mut() {
                    prefix.first = Some(prefix.rest.clone());
                }
            }
            Tag::CodeBlock(kind) => {
                self.space();
                let lang = match kind {
                    CodeBlockKind::Fenced(info) => info.split_whitespace().next().unwrap_or_default().to_owned(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.code = Some((lang, String::new()));
            }
            Tag::List(start) => {
                self.space();
                self.lists.push(start);
            }
            Tag::Item => {
                self.flush();
                let mark = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => format!("{} ", self.theme.glyphs().bullet),
                };
                if self.prefixes.len() < DEPTH {
                    let rest = Span::raw(" ".repeat(crate::tui::text::width(&mark)));
                    let first = Some(Span::styled(mark, self.theme.style(Scope::MarkdownBullet)));
                    self.prefixes.push(Prefix { first, rest, quote: false });
                }
            }
            Tag::Table(alignment) => {
                self.space();
                let right = alignment.iter().map(|a| *a == pulldown_cmark::Alignment::Right).collect();
                self.table = Some(Table { right, ..Table::default() });
            }
            Tag::TableHead => {
                self.add(self.theme.style(Scope::TableHeader));
                if let Some(table) = &mut self.table {
                    table.rows.push(Vec::new());
                }
            }
            Tag::TableRow => {
                if let Some(table) = &mut self.table {
                    table.rows.push(Vec::new());
                }
            }
            Tag::TableCell => {
                if let Some(row) = self.table.as_mut().and_then(|t| t.rows.last_mut()) {
                    row.push(Rich::new());
                }
            }
            Tag::Emphasis => self.add(Style::new().add_modifier(Modifier::ITALIC)),
            Tag::Strong => self.add(Style::new().add_modifier(Modifier::BOLD)),
            Tag::Strikethrough => self.add(Style::new().add_modifier(Modifier::CROSSED_OUT)),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.link = Some(dest_url.to_string());
                self.add(self.theme.style(Scope::MarkdownLink));
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.flush(),
            TagEnd::Heading(_) => {
                self.flush();
                self.remove();
            }
            TagEnd::BlockQuote(_) => {
                self.flush();
                self.remove();
                if self.prefixes.last().is_some_and(|p| p.quote) {
                    self.prefixes.pop();
                }
            }
            TagEnd::CodeBlock => {
                if let Some((lang, code)) = self.code.take() {
                    let name = (!lang.is_empty()).then_some(lang.as_str());
                    let columns = self.inner_columns();
                    let (rows, pending) = code_rows(&code, &lang, name, columns, self.theme, self.highlighter);
                    self.pending |= pending;
                    self.rows(rows);
                }
            }
            TagEnd::List(_) => {
                self.flush();
                self.lists.pop();
            }
            TagEnd::Item => {
                self.flush();
                if let Some(prefix) = self.prefixes.pop_if(|p| !p.quote)
                    && prefix.first.is_some()
                {
                    // An empty item still shows its mark.
                    self.prefixes.push(prefix);
                    self.rows(vec![Line::default()]);
                    self.prefixes.pop();
                }
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    let rows = table.draw(self.inner_columns(), self.theme);
                    self.rows(rows);
                }
            }
            TagEnd::TableHead | TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => self.remove(),
            TagEnd::Link | TagEnd::Image => {
                self.remove();
                if let Some(url) = self.link.take()
                    && self.rich.text().rsplit(' ').next() != Some(url.as_str())
                    && !url.is_empty()
                {
                    let style = self.theme.style(Scope::Dim);
                    self.text(&format!(" ({url})"), style);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, columns: usize) -> Vec<String> {
        let theme = Theme::plain();
        let (rows, _) = render(text, columns, &theme, &mut Highlighter::off());
        rows.iter().map(|r| r.to_string().trim_end().to_owned()).collect()
    }

    #[test]
    fn every_construct_has_its_form() {
        let text = "# Title\nSome *text* with `code` and [a link](http://x.y).\n\n- one\n- two\n  1. nested\n\n> quoted\n> more\n\n| a | bb |\n|---|---|\n| 1 | two |\n\n```yaml\na: 1\n```\n\n---\n- [x] done";
        insta::assert_snapshot!(shown(text, 40).join("\n"));
    }

    #[test]
    fn entities_cannot_smuggle_control_characters() {
        let rows = shown("a &#27;[31m &#x202e; b `\u{1b}` <b\u{7}>", 60);
        assert!(rows.iter().all(|r| !r.chars().any(|c| c.is_control() || c == '\u{202e}')), "{rows:?}");
    }

    #[test]
    fn deep_nesting_is_bounded() {
        let text = (0..200).map(|n| format!("{}- x\n", "  ".repeat(n))).collect::<String>();
        assert!(!shown(&text, 20).is_empty());
        let quotes = format!("{} x", ">".repeat(500));
        assert!(!shown(&quotes, 20).is_empty());
    }

    proptest::proptest! {
        #[test]
        fn any_text_at_any_width(text in "[ -~\n\t\\-#>|`*é👩]{0,200}", columns in 1usize..50) {
            shown(&text, columns);
        }
    }
}
