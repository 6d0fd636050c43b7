//! The data pane: the first rows that the selected step would hand on, and the profile of their columns.
//!
//! Owns: which rows and columns are in sight. Does not own: reading them (`session::host`), which step is
//! selected (`steps`).

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::list::List;
use super::steps::Steps;
use crate::pipeline::run::look::{Look, LookColumn, READ_ROWS};
use crate::session::State;
use crate::session::state::LookState;
use crate::tui::keymap::{Action, Keymap};
use crate::tui::text::{clean_line, cut, pad, width};
use crate::tui::theme::{Scope, Theme};
use crate::tui::view::words::{count, duration};
use crate::tui::view::{canvas, diagnostic};

/// Cells of a column at most.
const WIDEST: usize = 32;
/// Cells that a column at the edge has to have to be begun.
const LEAST: usize = 6;
/// Rows that the width of a column is measured by.
const MEASURED: usize = 100;

/// What the pane remembers.
#[derive(Debug, Default)]
pub struct DataPane {
    /// The profile is shown in the place of the rows.
    profile: bool,
    rows: List,
    /// The first column in sight.
    left: usize,
    /// Rows and columns of what was drawn last.
    size: (usize, usize),
    /// The cells of each column, and what they were measured by: the event that told the rows, the width.
    widths: ((u64, u16), Vec<usize>),
}

impl DataPane {
    /// Another step is selected.
    pub fn select(&mut self) {
        (self.rows, self.left) = (List::default(), 0);
    }

    /// Forgets what was measured: the state is another one.
    pub fn reset(&mut self) {
        self.widths = ((0, 0), Vec::new());
    }

    /// Shows the profile, or the rows again.
    pub fn toggle(&mut self) {
        self.profile = !self.profile;
        self.rows = List::default();
    }

    /// The row that is selected, where rows are shown.
    pub fn selected(&self) -> Option<usize> {
        (!self.profile).then_some(self.rows.selected)
    }

    /// Moves over rows and columns.
    pub fn act(&mut self, action: Action) {
        let (rows, columns) = self.size;
        let count = if self.profile { columns } else { rows };
        match action {
            Action::Up => self.rows.move_by(-1, count),
            Action::Down => self.rows.move_by(1, count),
            Action::PageUp => self.rows.page_by(-1, count),
            Action::PageDown => self.rows.page_by(1, count),
            Action::First => self.rows.select(0),
            Action::Last => self.rows.select(count.saturating_sub(1)),
            Action::Left => self.left = self.left.saturating_sub(1),
            Action::Right => self.left = (self.left + 1).min(columns.saturating_sub(1)),
            _ => {}
        }
    }

    /// Draws it.
    pub fn draw(
        &mut self,
        area: Rect,
        buf: &mut Buffer,
        state: &State,
        steps: &Steps,
        (keymap, theme): (&Keymap, &Theme),
    ) {
        let columns = usize::from(area.width);
        let dim = theme.style(Scope::Dim);
        let Some(step) = steps.selected().and_then(|at| steps.all().get(at)) else {
            let text = match steps.all().is_empty() {
                true => "There is no step whose rows could be read.",
                false => "No step is selected; ] selects the first, d reads its rows.",
            };
            canvas::put(buf, area, 0, &Line::styled(text, dim));
            return;
        };
        let head = vec![
            Span::styled(clean_line(&step.id).into_owned(), theme.style(Scope::Strong)),
            Span::styled(format!("  {}", clean_line(&step.component)), dim),
        ];
        let ran = vec![Span::styled(rows_of_run(state, &step.id, theme), theme.style(Scope::Text))];
        canvas::put(buf, area, 0, &canvas::justified(columns, head, ran));
        let below = Rect { y: area.y + area.height.min(1), height: area.height.saturating_sub(1), ..area };
        let say = |buf: &mut Buffer, text: String, scope: Scope| {
            let mut rich = crate::tui::text::Rich::new();
            rich.push(&text, theme.style(scope));
            for (y, row) in rich.wrap(columns, &[], &[]).iter().enumerate() {
                canvas::put(buf, below, y, row);
            }
        };
        match state.looks.of(&step.id) {
            None => {
                let what =
                    if state.review.is_some() { "the proposal, without what was rejected" } else { "the document" };
                let text = format!(
                    "{} reads the first rows that this step of {what} would hand on: of at most {} rows of each source. Nothing is written.",
                    keymap.fill("{data look}"),
                    count(READ_ROWS)
                );
                say(buf, text, Scope::Dim);
            }
            Some((_, LookState::Looking)) => {
                let text =
                    format!("{} reading; {} interrupts it", theme.glyphs().running, keymap.fill("{global interrupt}"));
                say(buf, text, Scope::StateRunning);
            }
            Some((_, LookState::Stopped)) => {
                let text =
                    format!("{} interrupted; {} reads again", theme.glyphs().skipped, keymap.fill("{data look}"));
                say(buf, text, Scope::StateWaiting);
            }
            Some((_, LookState::Failed(found))) => {
                for (y, row) in diagnostic::full(found, columns, theme).iter().enumerate() {
                    canvas::put(buf, below, y, row);
                }
            }
            Some((seq, LookState::Found(look))) => self.found(below, buf, seq, look, (keymap, theme)),
        }
    }

    fn found(&mut self, area: Rect, buf: &mut Buffer, seq: u64, look: &Look, (keymap, theme): (&Keymap, &Theme)) {
        self.size = (look.rows.len(), look.columns.len());
        self.left = self.left.min(look.columns.len().saturating_sub(1));
        if self.widths.0 != (seq, area.width) {
            self.widths = ((seq, area.width), widths(look, usize::from(area.width)));
        }
        let all = look.columns.len() + look.more_columns;
        let whose = if look.of == look.step { String::new() } else { format!(" of {}", clean_line(&look.of)) };
        let text = format!(
            "{} rows{whose}, {all} columns, from at most {} rows of each source, in {}",
            count(look.total),
            count(look.limit),
            duration(look.duration_us)
        );
        let dim = theme.style(Scope::Dim);
        let beyond = self.left + look.columns.len().saturating_sub(self.in_sight(usize::from(area.width)).end);
        let end = match self.profile {
            true => " {data toggle-profile}: rows".to_owned(),
            false if beyond > 0 => format!(" {beyond} more columns  {{data toggle-profile}}: profile"),
            false => " {data toggle-profile}: profile".to_owned(),
        };
        let left = vec![Span::styled(text, dim)];
        let right = vec![Span::styled(keymap.fill(&end), theme.style(Scope::StatusKey))];
        canvas::put(buf, area, 0, &canvas::justified(usize::from(area.width), left, right));
        let rest = Rect { y: area.y + area.height.min(1), height: area.height.saturating_sub(1), ..area };
        if self.profile {
            self.profiles(rest, buf, look, theme);
        } else {
            self.table(rest, buf, look, theme);
        }
    }

    /// Names, types and the rows in sight.
    fn table(&mut self, area: Rect, buf: &mut Buffer, look: &Look, theme: &Theme) {
        let columns = usize::from(area.width);
        let shown = self.in_sight(columns);
        let bar = || Span::styled(format!(" {} ", theme.glyphs().bar), theme.style(Scope::CodeFrame));
        let widths = &self.widths.1;
        let row = |mark: Span<'static>, cell: &dyn Fn(usize) -> Span<'static>| -> Line<'static> {
            let mut spans = vec![mark];
            for n in shown.clone() {
                if n > shown.start {
                    spans.push(bar());
                }
                spans.push(cell(n));
            }
            Line::from(canvas::cut_spans(spans, columns))
        };
        let fixed = |text: &str, n: usize, scope: Scope| {
            let text = clean_line(text);
            let text = cut(&text, widths[n]).into_owned();
            let right = if is_right(&look.columns[n]) { widths[n].saturating_sub(width(&text)) } else { 0 };
            Span::styled(format!("{}{}", " ".repeat(right), pad(&text, widths[n] - right)), theme.style(scope))
        };
        canvas::put(buf, area, 0, &row(Span::raw(" "), &|n| fixed(&look.columns[n].name, n, Scope::TableHeader)));
        canvas::put(buf, area, 1, &row(Span::raw(" "), &|n| fixed(&look.columns[n].kind, n, Scope::Dim)));
        let below = Rect { y: area.y + area.height.min(2), height: area.height.saturating_sub(2), ..area };
        if look.rows.is_empty() {
            canvas::put(buf, below, 0, &Line::styled(" No rows.", theme.style(Scope::Dim)));
            return;
        }
        let has_foot = usize::from(below.height) < look.rows.len() || (look.rows.len() as u64) < look.total;
        let height = usize::from(below.height).saturating_sub(usize::from(has_foot));
        let window = self.rows.window(look.rows.len(), height);
        for (y, at) in window.clone().enumerate() {
            let chosen = at == self.rows.selected;
            let sign = if chosen { theme.glyphs().focus } else { " " };
            let values = &look.rows[at];
            let line = row(Span::styled(sign, theme.style(Scope::RuleFocused)), &|n| match values
                .get(n)
                .and_then(Option::as_deref)
            {
                Some(text) => fixed(text, n, Scope::Text),
                None => fixed("NULL", n, Scope::TableNull),
            });
            canvas::put(buf, below, y, &line);
            if chosen {
                canvas::paint(buf, below, y, theme.style(Scope::ListSelected));
            }
        }
        if has_foot {
            let kept = if (look.rows.len() as u64) < look.total {
                format!(" ({} kept)", look.rows.len())
            } else {
                String::new()
            };
            let text = format!(" rows {} to {} of {}{kept}", window.start + 1, window.end, count(look.total));
            canvas::put(buf, below, height, &Line::styled(text, theme.style(Scope::Dim)));
        }
    }

    /// The columns that fit, from the first in sight.
    fn in_sight(&self, cells: usize) -> std::ops::Range<usize> {
        let widths = &self.widths.1;
        let mut used = 1;
        let mut end = self.left;
        while end < widths.len() {
            used += widths[end] + if end > self.left { 3 } else { 0 };
            if used > cells && end > self.left {
                // The beginning of a column is worth more than nothing.
                let rest = cells.saturating_sub(used - widths[end]);
                return self.left..end + usize::from(rest >= LEAST);
            }
            end += 1;
        }
        self.left.min(end)..end
    }

    /// A row a column, and the whole of the selected one.
    fn profiles(&mut self, area: Rect, buf: &mut Buffer, look: &Look, theme: &Theme) {
        let cells = usize::from(area.width);
        let name = look.columns.iter().map(|c| width(&clean_line(&c.name))).max().unwrap_or(0).clamp(6, 24);
        let kind = look.columns.iter().map(|c| width(&clean_line(&c.kind))).max().unwrap_or(0).clamp(4, 14);
        let put = |text: &str, cells: usize| pad(&cut(&clean_line(text), cells), cells);
        let head = format!(
            "  {} {} {:>8} {:>8}  least to greatest",
            put("column", name),
            put("type", kind),
            "NULL",
            "distinct"
        );
        canvas::put(buf, area, 0, &Line::styled(head, theme.style(Scope::TableHeader)));
        let bars = look.columns.get(self.rows.selected).map_or(0, |c| c.profile.histogram.len());
        let details = if usize::from(area.height) > bars + 5 { bars + 1 } else { 0 };
        let height = usize::from(area.height).saturating_sub(1 + details);
        let body = Rect { y: area.y + area.height.min(1), height: u16::try_from(height).unwrap_or(0), ..area };
        for (y, n) in self.rows.window(look.columns.len(), height).enumerate() {
            let LookColumn { name: title, kind: of, profile } = &look.columns[n];
            let chosen = n == self.rows.selected;
            let sign = if chosen { theme.glyphs().focus } else { " " };
            let range = match (&profile.min, &profile.max) {
                (Some(min), Some(max)) if min == max => put(min, WIDEST).trim_end().to_owned(),
                (Some(min), Some(max)) => {
                    let short = |text: &str| cut(&clean_line(text), WIDEST / 2).into_owned();
                    format!("{} {} {}", short(min), theme.glyphs().arrow, short(max))
                }
                _ => String::new(),
            };
            let spans = vec![
                Span::styled(format!("{sign} "), theme.style(Scope::RuleFocused)),
                Span::styled(put(title, name), theme.style(Scope::Text)),
                Span::styled(format!(" {} ", put(of, kind)), theme.style(Scope::Dim)),
                Span::styled(
                    format!("{:>8} {:>8}  ", count(profile.nulls), count(profile.distinct)),
                    theme.style(Scope::Text),
                ),
                Span::styled(range, theme.style(Scope::Text)),
            ];
            canvas::put(buf, body, y, &Line::from(canvas::cut_spans(spans, cells)));
            if chosen {
                canvas::paint(buf, body, y, theme.style(Scope::ListSelected));
            }
        }
        if let Some(column) = look.columns.get(self.rows.selected).filter(|_| details > 0) {
            let below = Rect { y: body.bottom(), height: u16::try_from(details).unwrap_or(0), ..area };
            histogram(below, buf, column, theme);
        }
    }
}

/// How often the values of a column are there.
fn histogram(area: Rect, buf: &mut Buffer, column: &LookColumn, theme: &Theme) {
    let bars = &column.profile.histogram;
    let title = match bars.is_empty() {
        true => format!(" {}: every value is another", clean_line(&column.name)),
        false if is_right(column) => format!(" {}: rows from each value on", clean_line(&column.name)),
        false => format!(" {}: the most frequent values", clean_line(&column.name)),
    };
    canvas::put(buf, area, 0, &Line::styled(title, theme.style(Scope::Dim)));
    let label = bars.iter().map(|b| width(&clean_line(&b.label))).max().unwrap_or(0).clamp(1, WIDEST);
    let most = bars.iter().map(|b| b.count).max().unwrap_or(1).max(1);
    let room = usize::from(area.width).saturating_sub(label + 14).min(40) as u64;
    for (n, bar) in bars.iter().enumerate() {
        let cells = usize::try_from((bar.count * room).div_ceil(most)).unwrap_or(0);
        let text = clean_line(&bar.label);
        let text = cut(&text, label).into_owned();
        let left = label - width(&text);
        let spans = vec![
            Span::styled(format!("  {}{text} ", " ".repeat(left)), theme.style(Scope::Text)),
            Span::styled(theme.glyphs().heavy.repeat(cells), theme.style(Scope::StateDone)),
            Span::styled(format!(" {}", count(bar.count)), theme.style(Scope::Dim)),
        ];
        canvas::put(buf, area, n + 1, &Line::from(spans));
    }
}

/// Numbers stand at the right.
fn is_right(column: &LookColumn) -> bool {
    let kind = column.kind.to_ascii_uppercase();
    kind.ends_with("INT") || kind == "INTEGER" || ["DECIMAL", "DOUBLE", "FLOAT"].iter().any(|n| kind.starts_with(n))
}

/// The cells of each column: no more than [`WIDEST`], unless there is room for all of them.
fn widths(look: &Look, space: usize) -> Vec<usize> {
    let natural = natural_widths(look);
    let cut = |most: usize| natural.iter().map(|cells| (*cells).min(most)).collect::<Vec<_>>();
    let fits = |widths: &Vec<usize>| widths.iter().sum::<usize>() + widths.len() * 3 <= space;
    [200, 120, 80, 48].into_iter().map(cut).find(fits).unwrap_or_else(|| cut(WIDEST))
}

fn natural_widths(look: &Look) -> Vec<usize> {
    let of = |(n, column): (usize, &LookColumn)| {
        let values = look.rows.iter().take(MEASURED).map(|row| match row.get(n).and_then(Option::as_deref) {
            Some(text) => width(&clean_line(text)),
            None => 4,
        });
        let title = width(&clean_line(&column.name)).max(width(&clean_line(&column.kind)));
        values.chain([title]).max().unwrap_or(1).max(1)
    };
    look.columns.iter().enumerate().map(of).collect()
}

/// The rows of a step in the last run, and in the one before.
fn rows_of_run(state: &State, step: &str, theme: &Theme) -> String {
    let Some(run) = &state.run else { return String::new() };
    let Some(of) = run.steps.iter().find(|s| s.step.id == step).filter(|s| s.rows_in + s.rows_out > 0) else {
        return String::new();
    };
    let arrow = theme.glyphs().arrow;
    let before = run.before.as_ref().and_then(|b| b.steps.iter().find(|s| s.step == step));
    let before = match before {
        Some(s) if (s.rows_in, s.rows_out) != (of.rows_in, of.rows_out) => {
            format!(" (before {} {arrow} {})", count(s.rows_in), count(s.rows_out))
        }
        Some(_) => " (as before)".to_owned(),
        None => String::new(),
    };
    format!("run: {} {arrow} {} rows{before} ", count(of.rows_in), count(of.rows_out))
}
