//! An item of the transcript as blocks, and a block as rows.

mod details;

use std::ops::Range;

use ratatui::text::{Line, Span};

use crate::agent::{Mention, Purpose, TurnOutcome};
use crate::diagnostic::{Diagnostic, Severity, summary};
use crate::model::FinishReason;
use crate::pipeline::run::RunOutcome;
use crate::session::state::{Item, ItemBody};
use crate::session::talk::Compaction;
use crate::tui::text::markdown::{self, Block, Blocks, Kind};
use crate::tui::text::safe::floor;
use crate::tui::text::{Highlighter, Rich, clean_line, cut, wrap};
use crate::tui::theme::{Scope, Theme};
use crate::tui::view::words::{count, duration, short};
use crate::tui::view::{diagnostic, preview, spend};

/// Lines of plain text in one block.
const PLAIN_LINES: usize = 64;
/// Rows of thinking that are shown.
const THINKING_ROWS: usize = 4;
/// Bytes of thinking that are looked at.
const THINKING_BYTES: usize = 2 * 1024;

/// What a block of an item shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Who speaks, or the whole of a short item.
    Head,
    /// Lines of the person's message.
    Plain(Range<usize>),
    /// The end of what the model thinks.
    Thinking,
    /// A block of Markdown.
    Markdown {
        /// Which.
        block: Block,
        /// It never changes.
        settled: bool,
        /// It is not the first: there is a blank row before it.
        spaced: bool,
    },
    /// How the answer ended.
    Foot,
    /// That the item and what came after it is set aside.
    Aside,
}

impl Part {
    /// Whether it stays as it is whatever happens to the item.
    pub fn is_settled(&self) -> bool {
        matches!(self, Part::Plain(_) | Part::Markdown { settled: true, .. })
    }
}

/// The blocks of an item.
pub enum ItemBlocks {
    /// One block.
    One,
    /// A head and the message.
    Said(Vec<Range<usize>>),
    /// A head, thinking, Markdown, a foot.
    Answer(Blocks),
    /// It is set aside and folded: one row, or none.
    Folded(bool),
}

impl ItemBlocks {
    /// Cuts an item.
    pub fn of(item: &Item, folded: bool) -> ItemBlocks {
        let mut blocks = match &item.body {
            _ if folded && let Some(aside) = &item.aside => ItemBlocks::Folded(aside.others.is_some()),
            ItemBody::Said { text, .. } => ItemBlocks::Said(plain_blocks(text)),
            ItemBody::Answer(_) => ItemBlocks::Answer(Blocks::default()),
            _ => ItemBlocks::One,
        };
        blocks.update(item);
        blocks
    }

    /// Takes in what an answer grew by.
    pub fn update(&mut self, item: &Item) {
        if let (ItemBlocks::Answer(blocks), ItemBody::Answer(answer)) = (self, &item.body) {
            blocks.extend(&answer.text);
        }
    }

    /// How many there are.
    pub fn count(&self, item: &Item) -> usize {
        match (self, &item.body) {
            (ItemBlocks::Folded(shown), _) => usize::from(*shown),
            (ItemBlocks::Said(blocks), ItemBody::Said { mentions, .. }) => {
                1 + blocks.len() + usize::from(!mentions.is_empty())
            }
            (ItemBlocks::Answer(blocks), ItemBody::Answer(answer)) => {
                3 + blocks.done().len() + usize::from(blocks.tail(&answer.text).is_some())
            }
            _ => 1,
        }
    }

    /// The block of a number.
    pub fn part(&self, item: &Item, block: usize) -> Part {
        match (self, &item.body, block) {
            (ItemBlocks::Folded(_), ..) => Part::Aside,
            (_, _, 0) => Part::Head,
            (ItemBlocks::Said(blocks), _, n) => blocks.get(n - 1).map_or(Part::Foot, |r| Part::Plain(r.clone())),
            (ItemBlocks::Answer(_), _, 1) => Part::Thinking,
            (ItemBlocks::Answer(blocks), ItemBody::Answer(answer), n) => match blocks.done().get(n - 2) {
                Some(done) => Part::Markdown { block: done.clone(), settled: true, spaced: n > 2 && !done.joined },
                None if n - 2 == blocks.done().len() => match blocks.tail(&answer.text) {
                    Some(tail) => {
                        let spaced = n > 2 && !tail.joined;
                        Part::Markdown { block: tail, settled: false, spaced }
                    }
                    None => Part::Foot,
                },
                None => Part::Foot,
            },
            _ => Part::Head,
        }
    }
}

fn plain_blocks(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let (mut start, mut lines) = (0, 0);
    for (at, _) in text.match_indices('\n') {
        lines += 1;
        if lines == PLAIN_LINES {
            out.push(start..at + 1);
            (start, lines) = (at + 1, 0);
        }
    }
    if start < text.len() || out.is_empty() {
        out.push(start..text.len());
    }
    out
}

const INDENT: &str = "  ";

struct Pen<'a> {
    columns: usize,
    theme: &'a Theme,
    rows: Vec<Line<'static>>,
}

impl Pen<'_> {
    fn inner(&self) -> usize {
        self.columns.saturating_sub(INDENT.len()).max(1)
    }

    fn indent(&mut self, rows: Vec<Line<'static>>) {
        for row in rows {
            let mut spans = vec![Span::raw(INDENT)];
            spans.extend(row.spans);
            self.rows.push(Line::from(spans));
        }
    }

    /// A row of the program's own: a glyph and words.
    fn event(&mut self, glyph: &str, scope: Scope, text: &str) {
        let mut rich = Rich::new();
        rich.push(&clean_line(text), self.theme.style(Scope::ChatEvent));
        let mark = Span::styled(format!("{glyph} "), self.theme.style(scope));
        let rest = Span::raw(" ".repeat(mark.width()));
        self.rows.extend(rich.wrap(self.columns, &[mark], &[rest]));
    }

    fn blank(&mut self) {
        self.rows.push(Line::default());
    }

    fn head(&mut self, glyph: &str, scope: Scope, who: &str, more: &str) {
        let mut spans = vec![Span::styled(format!("{glyph} {who}"), self.theme.style(scope))];
        if !more.is_empty() {
            spans.push(Span::styled(format!("  {more}"), self.theme.style(Scope::Dim)));
        }
        self.rows.push(Line::from(spans));
    }

    fn diagnostics(&mut self, all: &[Diagnostic], limit: usize) {
        for d in all.iter().take(limit) {
            let rows = diagnostic::brief(d, self.inner(), self.theme);
            self.indent(rows);
        }
        if all.len() > limit {
            let text = format!("{INDENT}… {} more in Problems", all.len() - limit);
            self.rows.push(Line::styled(text, self.theme.style(Scope::Dim)));
        }
    }
}

/// The rows of a block. The second value says whether colours are still on their way.
pub fn draw(
    item: &Item,
    part: &Part,
    (first, open): (bool, bool),
    columns: usize,
    theme: &Theme,
    highlighter: &mut Highlighter,
) -> (Vec<Line<'static>>, bool) {
    let mut pen = Pen { columns, theme, rows: Vec::new() };
    let mut pending = false;
    match (part, &item.body) {
        (Part::Head, ItemBody::Compacted(compaction)) => compacted(compaction, open, &mut pen),
        (Part::Head, _) => head(item, first, &mut pen),
        (Part::Aside, ItemBody::Said { text, .. }) => aside(item, text, &mut pen),
        (Part::Foot, ItemBody::Said { mentions, .. }) => mentioned(mentions, &mut pen),
        (Part::Plain(range), ItemBody::Said { text, .. }) => {
            let style = theme.style(Scope::Text);
            for line in text.get(range.clone()).unwrap_or_default().lines() {
                let clean = clean_line(line);
                for row in wrap(&clean, pen.inner()) {
                    let spans = vec![Span::raw(INDENT), Span::styled(clean[row].to_owned(), style)];
                    pen.rows.push(Line::from(spans));
                }
            }
        }
        (Part::Thinking, ItemBody::Answer(answer)) if answer.streaming && answer.text.is_empty() => {
            let from = floor(&answer.thinking, answer.thinking.len().saturating_sub(THINKING_BYTES));
            let style = theme.style(Scope::ChatThinking);
            let mut rows = Vec::new();
            for line in answer.thinking[from..].lines() {
                let clean = clean_line(line);
                rows.extend(wrap(&clean, pen.inner()).into_iter().map(|r| Line::styled(clean[r].to_owned(), style)));
            }
            let skip = rows.len().saturating_sub(THINKING_ROWS);
            pen.indent(rows.split_off(skip));
        }
        (Part::Thinking, ItemBody::Answer(answer)) if open && !answer.thinking.is_empty() => {
            details::thinking(&answer.thinking, &mut pen);
        }
        (Part::Thinking, ItemBody::Answer(answer)) if !answer.thinking.is_empty() => {
            let words = answer.thinking.split_whitespace().count();
            let text = format!("{INDENT}thought in {} words", count(words as u64));
            pen.rows.push(Line::styled(text, theme.style(Scope::ChatThinking)));
        }
        (Part::Markdown { block, spaced, .. }, ItemBody::Answer(answer)) => {
            let text = answer.text.get(block.range.clone()).unwrap_or_default();
            let (rows, more) = match &block.kind {
                Kind::Prose => markdown::render(text, pen.inner(), theme, highlighter),
                Kind::Code { lang, indent, first } => {
                    let lang = answer.text.get(lang.clone()).unwrap_or_default();
                    let name = (*first && !lang.is_empty()).then_some(lang);
                    let code = unindent(text, *indent);
                    markdown::code_rows(&code, lang, name, pen.inner(), theme, highlighter)
                }
            };
            pending = more;
            if *spaced {
                pen.blank();
            }
            pen.indent(rows);
        }
        (Part::Foot, ItemBody::Answer(answer)) if !answer.streaming => {
            let how = match &answer.finish {
                Some(FinishReason::Stop) => format!("answered in {}", duration(answer.duration_us)),
                Some(FinishReason::Length) => "cut off by the length limit".to_owned(),
                Some(FinishReason::Other(word)) => format!("ended: {word}"),
                None => "interrupted".to_owned(),
            };
            let text = clean_line(&how).into_owned();
            pen.rows.push(Line::styled(format!("{INDENT}{text}"), theme.style(Scope::Dim)));
            if open {
                details::asked(&answer.asked, &mut pen);
            }
        }
        _ => {}
    }
    if item.aside.is_some() {
        let dim = theme.style(Scope::Dim);
        pen.rows = pen.rows.into_iter().map(|row| Line::styled(row.to_string(), dim)).collect();
    }
    (pen.rows, pending)
}

/// What went with a message.
fn mentioned(mentions: &[Mention], pen: &mut Pen<'_>) {
    for mention in mentions {
        let (what, name) = (mention.kind.name(), &mention.name);
        let size = preview::bytes(mention.text.len() as u64);
        let (text, scope) = match (&mention.missing, mention.cut_from) {
            (Some(why), _) => (format!("{what} {name} was not shown: {why}"), Scope::SeverityWarning),
            (None, Some(all)) => {
                (format!("with {what} {name}, the first {size} of {}", preview::bytes(all)), Scope::Dim)
            }
            (None, None) => (format!("with {what} {name}, {size}"), Scope::Dim),
        };
        let shown = clean_line(&format!("{INDENT}{text}")).into_owned();
        pen.rows.push(Line::styled(shown, pen.theme.style(scope)));
    }
}

/// The row that stands for what is set aside.
fn aside(item: &Item, text: &str, pen: &mut Pen<'_>) {
    let others = match item.aside.and_then(|aside| aside.others) {
        None | Some(0) => String::new(),
        Some(n) => format!(" and {n} more below it"),
    };
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let line = cut(&clean_line(first.trim()), 60).into_owned();
    pen.event(pen.theme.glyphs().fold, Scope::Dim, &format!("Set aside: “{line}”{others}"));
}

fn unindent(code: &str, indent: usize) -> String {
    if indent == 0 {
        return code.to_owned();
    }
    code.split_inclusive('\n')
        .map(|line| {
            let spaces = line.bytes().take(indent).take_while(|b| *b == b' ').count();
            &line[spaces..]
        })
        .collect()
}

fn head(item: &Item, first: bool, pen: &mut Pen<'_>) {
    let g = pen.theme.glyphs();
    let space = matches!(
        item.body,
        ItemBody::Said { .. } | ItemBody::Answer(_) | ItemBody::Proposed { .. } | ItemBody::RunStarted { .. }
    );
    if space && !first {
        pen.blank();
    }
    match &item.body {
        ItemBody::Said { .. } => pen.head(g.person, Scope::ChatPerson, "You", ""),
        ItemBody::Answer(answer) => {
            let why = match answer.purpose {
                Purpose::Answer => String::new(),
                Purpose::Repair { attempt, of } => format!("repair {attempt} of {of}"),
            };
            pen.head(g.model, Scope::ChatModel, "Model", &why);
        }
        ItemBody::Proposed { proposal, file, hunks, diagnostics } => {
            let changes = if *hunks == 1 { "1 change".to_owned() } else { format!("{hunks} changes") };
            let text = format!("Proposal {proposal} for {file}: {changes}, {}", summary(diagnostics));
            let scope =
                if diagnostics.iter().any(Diagnostic::is_error) { Scope::SeverityError } else { Scope::StateDone };
            pen.event(g.proposal, scope, &text);
            pen.diagnostics(diagnostics, 5);
        }
        ItemBody::Repair { attempt, of, errors } => {
            let errors = if *errors == 1 { "1 error".to_owned() } else { format!("{errors} errors") };
            pen.event(
                g.repeat,
                Scope::StateRunning,
                &format!("Repair {attempt} of {of}: {errors} sent back to the model"),
            );
        }
        ItemBody::Failed { diagnostic } => {
            pen.event(g.failed, Scope::StateFailed, "The call to the model failed");
            pen.diagnostics(std::slice::from_ref(diagnostic), 1);
        }
        ItemBody::Refused { diagnostic } => {
            pen.event(g.failed, Scope::StateFailed, "Not done");
            pen.diagnostics(std::slice::from_ref(diagnostic), 1);
        }
        ItemBody::TurnEnded { outcome, duration_us, spent } => {
            let spent = if spent.is_some() { format!(", {}", spend::spent(spent)) } else { String::new() };
            let time = format!("{}{spent}", duration(*duration_us));
            match outcome {
                TurnOutcome::Completed => pen.event(g.done, Scope::StateDone, &format!("Turn done in {time}")),
                TurnOutcome::Cancelled => {
                    pen.event(g.skipped, Scope::StateWaiting, &format!("Turn interrupted after {time}"))
                }
                TurnOutcome::Failed => pen.event(g.failed, Scope::StateFailed, &format!("Turn failed after {time}")),
            }
        }
        ItemBody::Applied { proposal, file, accepted, rejected } => {
            let text = format!("Applied proposal {proposal} to {file}: {accepted} accepted, {rejected} not");
            pen.event(g.done, Scope::StateDone, &text);
        }
        ItemBody::Discarded { proposal } => {
            pen.event(g.skipped, Scope::StateWaiting, &format!("Discarded proposal {proposal}"));
        }
        ItemBody::Compiled { file, manifest, build, steps, duration_us } => {
            let time = duration(*duration_us);
            let text = format!("Compiled {file} {} {build} ({steps} steps, {time}, {})", g.arrow, short(manifest));
            pen.event(g.done, Scope::StateDone, &text);
        }
        ItemBody::CompileFailed { file, diagnostics } => {
            pen.event(g.failed, Scope::StateFailed, &format!("Compile of {file} failed: {}", summary(diagnostics)));
            pen.diagnostics(diagnostics, 5);
        }
        ItemBody::RunStarted { run, pipeline, engine } => {
            pen.event(g.running, Scope::StateRunning, &format!("Run of {pipeline} on {engine} ({})", short(run)));
        }
        ItemBody::RunEnded { outcome, duration_us, outputs, previews, failure } => {
            let time = duration(*duration_us);
            match outcome {
                RunOutcome::Succeeded => pen.event(g.done, Scope::StateDone, &format!("Run finished in {time}")),
                RunOutcome::Failed => pen.event(g.failed, Scope::StateFailed, &format!("Run failed after {time}")),
                RunOutcome::Cancelled => {
                    pen.event(g.skipped, Scope::StateWaiting, &format!("Run interrupted after {time}"))
                }
            }
            pen.diagnostics(failure.as_deref().map_or(&[], std::slice::from_ref), 1);
            for output in outputs {
                let text =
                    format!("{INDENT}{}: {} rows, {}", output.path, count(output.rows), preview::bytes(output.bytes));
                pen.rows.push(Line::styled(clean_line(&text).into_owned(), pen.theme.style(Scope::Text)));
            }
            for preview in previews.iter().take(2) {
                let rows = preview::table(preview, 5, pen.inner(), pen.theme);
                pen.indent(rows);
            }
        }
        ItemBody::Notice { severity, text } => {
            let (glyph, scope) = match severity {
                Severity::Error => (g.failed, Scope::SeverityError),
                Severity::Warning => (g.warning, Scope::SeverityWarning),
                Severity::Info => (g.dot, Scope::SeverityInfo),
            };
            pen.event(glyph, scope, text);
        }
        ItemBody::Approval { approval, decided, withdrawn } => {
            let (glyph, scope, end) = match (decided, withdrawn) {
                (Some((true, by)), _) => (g.done, Scope::StateDone, format!("approved by {by}")),
                (Some((false, by)), _) => (g.failed, Scope::StateWaiting, format!("declined by {by}")),
                (None, Some(why)) => (g.skipped, Scope::StateWaiting, format!("not answered: {why}")),
                (None, None) => (g.warning, Scope::SeverityWarning, "waits for your approval".to_owned()),
            };
            pen.event(glyph, scope, &format!("{} ({end})", approval.question()));
        }
        // Drawn with what it is folded by.
        ItemBody::Compacted(_) => {}
    }
}

/// What was left out of the conversation, and on demand what the model is shown instead.
fn compacted(compaction: &Compaction, open: bool, pen: &mut Pen<'_>) {
    pen.event(pen.theme.glyphs().fold, Scope::StateWaiting, &compaction.summary());
    if open {
        details::lines(&compaction.digest, Scope::Dim, pen);
    }
}
