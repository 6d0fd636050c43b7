//! The components pane: the contracts, a list and the details of the selected one.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::list::{List, Scroll};
use crate::diagnostic::Diagnostic;
use crate::session::State;
use crate::tui::options::{ContractView, OptionView};
use crate::tui::text::markdown::code_rows;
use crate::tui::text::{Highlighter, Rich, clean_line, width};
use crate::tui::theme::{Scope, Theme};
use crate::tui::view::canvas;

/// Most faults of specs that are shown over the list.
const MOST_PROBLEMS: usize = 3;

/// What the pane remembers.
#[derive(Debug, Default)]
pub struct Components {
    /// The selection.
    pub list: List,
    /// Scroll of the details.
    pub details: Scroll,
    /// Letters of the filter are being typed.
    pub typing: bool,
    /// Only contracts that hold this are in the list.
    filter: String,
    /// The option that the details have to show at the next frame.
    wanted: Option<String>,
}

impl Components {
    /// Changes the filter.
    pub fn filter_by(&mut self, change: impl FnOnce(&mut String)) {
        change(&mut self.filter);
        self.list.select(0);
        self.details.top = 0;
    }

    /// Which of the contracts are in the list.
    pub fn shown(&self, contracts: &[ContractView]) -> Vec<usize> {
        let filter = self.filter.to_lowercase();
        let holds = |text: &str| text.to_lowercase().contains(&filter);
        let fits = |c: &ContractView| {
            holds(&c.name)
                || holds(&c.title)
                || c.modes.iter().chain(&c.aliases).chain(&c.capabilities).any(|t| holds(t))
        };
        contracts.iter().enumerate().filter(|(_, c)| fits(c)).map(|(n, _)| n).collect()
    }

    /// Selects a contract; the details begin at an option.
    pub fn open(&mut self, contract: usize, option: Option<String>) {
        self.filter.clear();
        self.typing = false;
        self.list.select(contract);
        self.details.top = 0;
        self.wanted = option;
    }

    /// Moves the selection.
    pub fn move_by(&mut self, rows: isize, count: usize) {
        self.list.move_by(rows, count);
        self.details.top = 0;
    }

    /// Draws it.
    pub fn draw(
        &mut self,
        area: Rect,
        buf: &mut Buffer,
        state: &State,
        contracts: &[ContractView],
        theme: &Theme,
        highlighter: &mut Highlighter,
    ) {
        if contracts.is_empty() {
            canvas::put(buf, area, 0, &Line::styled(" No components.", theme.style(Scope::Dim)));
            return;
        }
        let shown = self.shown(contracts);
        let area = self.draw_filter(area, buf, shown.len(), contracts.len(), theme);
        let widest = contracts.iter().map(|c| width(&c.name)).max().unwrap_or(0) + 3;
        let beside = area.width >= 60;
        let (list_area, details_area) = if beside {
            let columns = u16::try_from(widest).unwrap_or(u16::MAX).clamp(16, area.width * 2 / 5);
            let rest = area.width - columns - 2;
            (Rect { width: columns, ..area }, Rect { x: area.x + columns + 2, width: rest, ..area })
        } else {
            let rows = u16::try_from(shown.len()).unwrap_or(u16::MAX).min(area.height / 3).max(1).min(area.height);
            let next = area.y + rows;
            (Rect { height: rows, ..area }, Rect { y: next, height: area.height - rows, ..area })
        };
        let columns = usize::from(list_area.width);
        for (y, n) in self.list.window(shown.len(), usize::from(list_area.height)).enumerate() {
            let contract = &contracts[shown[n]];
            let selected = n == self.list.selected;
            let focus = if selected { theme.glyphs().focus } else { " " };
            let name = if contract.runnable { Scope::Text } else { Scope::Dim };
            let seen = state.contracts.iter().any(|c| c.name == contract.name);
            let mark = if seen { theme.glyphs().model } else { " " };
            let spans = vec![
                Span::styled(focus, theme.style(Scope::RuleFocused)),
                Span::styled(format!("{mark} "), theme.style(Scope::ChatModel)),
                Span::styled(clean_line(&contract.name).into_owned(), theme.style(name)),
            ];
            canvas::put(buf, list_area, y, &Line::from(canvas::cut_spans(spans, columns)));
            if selected {
                canvas::paint(buf, list_area, y, theme.style(Scope::ListSelected));
            }
        }
        if beside {
            for y in 0..usize::from(area.height) {
                let bar = Rect { x: list_area.right(), width: 1, ..area };
                canvas::put(buf, bar, y, &Line::styled(theme.glyphs().vertical, theme.style(Scope::Rule)));
            }
        }
        let Some(contract) = shown.get(self.list.selected).and_then(|n| contracts.get(*n)) else { return };
        let seen = state.contracts.iter().any(|c| c.name == contract.name);
        let (rows, options) = details(contract, seen, usize::from(details_area.width), theme, highlighter);
        if let Some(wanted) = self.wanted.take()
            && let Some(at) = contract.options.iter().position(|option| option.name == wanted)
        {
            self.details.top = options[at];
        }
        let window = self.details.window(rows.len(), usize::from(details_area.height));
        for (y, line) in rows[window].iter().enumerate() {
            canvas::put(buf, details_area, y, line);
        }
    }

    /// The row of the filter, where there is one; returns the area that is left.
    fn draw_filter(&self, area: Rect, buf: &mut Buffer, shown: usize, all: usize, theme: &Theme) -> Rect {
        if !self.typing && self.filter.is_empty() {
            return area;
        }
        let cursor = if self.typing { "_" } else { "" };
        let row = vec![
            Span::styled(format!(" /{}{cursor}", clean_line(&self.filter)), theme.style(Scope::Strong)),
            Span::styled(format!("  {shown} of {all}"), theme.style(Scope::Dim)),
        ];
        canvas::put(buf, area, 0, &Line::from(canvas::cut_spans(row, usize::from(area.width))));
        let less = area.height.min(1);
        Rect { y: area.y + less, height: area.height - less, ..area }
    }
}

/// Specs with faults, a row each with the place, over the list; returns the area that is left.
pub fn draw_problems(area: Rect, buf: &mut Buffer, problems: &[Diagnostic], theme: &Theme) -> Rect {
    let rows = problems.len().min(MOST_PROBLEMS).min(usize::from(area.height / 3));
    for (y, problem) in problems.iter().take(rows).enumerate() {
        let more = problems.len() - rows;
        let rest = if y + 1 == rows && more > 0 { format!("  (and {more} more)") } else { String::new() };
        let place = problem.span.map(|span| format!(":{}:{}", span.line, span.column)).unwrap_or_default();
        // The folder and the file tell which spec it is; the rest of a path takes the room of the message.
        let source = problem.source.as_deref().unwrap_or_default();
        let from = source.match_indices('/').rev().nth(1).map_or(0, |(at, _)| at + 1);
        let text = format!(" {}{place} {}{rest}", &source[from..], problem.message);
        let scope = if problem.is_error() { Scope::SeverityError } else { Scope::StatusNotice };
        let spans = vec![Span::styled(clean_line(&text).into_owned(), theme.style(scope))];
        canvas::put(buf, area, y, &Line::from(canvas::cut_spans(spans, usize::from(area.width))));
    }
    let used = u16::try_from(rows).unwrap_or(area.height);
    Rect { y: area.y + used, height: area.height - used, ..area }
}

/// The rows, and at which of them each option begins.
fn details(
    contract: &ContractView,
    shown: bool,
    columns: usize,
    theme: &Theme,
    highlighter: &mut Highlighter,
) -> (Vec<Line<'static>>, Vec<usize>) {
    let dot = theme.glyphs().dot;
    let mut rows = Vec::new();
    let mut add = |text: &str, scope: Scope| {
        for line in text.lines() {
            let mut rich = Rich::new();
            rich.push(&clean_line(line), theme.style(scope));
            rows.extend(rich.wrap(columns, &[], &[]));
        }
    };
    add(&format!("{} {}  {}", contract.name, contract.version, contract.title), Scope::Strong);
    let runs = if contract.runnable { "runs here" } else { "cannot run here" };
    let seen = if shown { format!(" {dot} shown to the model") } else { String::new() };
    add(&format!("{} {dot} {runs}{seen}", contract.modes.join(", ")), Scope::Dim);
    if !contract.aliases.is_empty() {
        add(&format!("also known as {}", contract.aliases.join(", ")), Scope::Dim);
    }
    if !contract.capabilities.is_empty() {
        add(&format!("able to {}", contract.capabilities.join(", ")), Scope::Dim);
    }
    if !contract.description.is_empty() {
        add(&contract.description, Scope::Text);
    }
    let mut options = Vec::new();
    for option in &contract.options {
        // The first row of an option is empty.
        options.push(rows.len() + 1);
        rows.extend(option_rows(option, columns, theme));
    }
    for example in &contract.examples {
        rows.push(Line::default());
        rows.extend(code_rows(example, "yaml", Some("example"), columns, theme, highlighter).0);
    }
    (rows, options)
}

fn option_rows(option: &OptionView, columns: usize, theme: &Theme) -> Vec<Line<'static>> {
    let mut head = Rich::new();
    head.push(&clean_line(&option.name), theme.style(Scope::CodeKey));
    head.push(&format!("  {}", clean_line(&option.kind)), theme.style(Scope::CodeType));
    if option.required {
        head.push("  required", theme.style(Scope::StatusNotice));
    }
    if option.secret {
        head.push("  secret", theme.style(Scope::StatusNotice));
    }
    if let Some(default) = &option.default {
        head.push(&format!("  default {}", clean_line(default)), theme.style(Scope::Dim));
    }
    let mut rows = vec![Line::default()];
    rows.extend(head.wrap(columns, &[], &[Span::raw("  ")]));
    let limits = [
        (!option.allowed.is_empty()).then(|| format!("one of {}", option.allowed.join(", "))),
        option.range.clone(),
        (!option.description.is_empty()).then(|| option.description.clone()),
    ];
    for text in limits.into_iter().flatten() {
        let mut rich = Rich::new();
        rich.push(&clean_line(&text), theme.style(Scope::Dim));
        rows.extend(rich.wrap(columns, &[Span::raw("  ")], &[Span::raw("  ")]));
    }
    rows
}
