//! The line at the top, the tabs, and what an empty chat says.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::canvas;
use super::words::clock;
use crate::connect::health::Verdict;
use crate::diagnostic::has_errors;
use crate::model::Source;
use crate::session::State;
use crate::session::state::ConnectionHealth;
use crate::tui::keymap::Action;
use crate::tui::pane::Pane;
use crate::tui::replay::ReplayLine;
use crate::tui::text::{Rich, clean_line};
use crate::tui::theme::Scope;
use crate::tui::ui::Ui;

/// Draws the header.
pub fn draw(area: Rect, buf: &mut Buffer, ui: &Ui, state: &State) {
    let theme = &ui.theme;
    let dot = theme.glyphs().dot;
    let mut left = vec![Span::styled(" Pipesmith", theme.style(Scope::HeaderTitle))];
    for part in [&state.workspace, &state.title] {
        if !part.is_empty() {
            left.push(Span::styled(format!(" {dot} {}", clean_line(part)), theme.style(Scope::Header)));
        }
    }
    let mut right = Vec::new();
    let recorded = ui.recorded.as_deref().or_else(|| match state.model.as_ref().map(|m| &m.source) {
        Some(Source::Recorded { recording }) => Some(recording.as_str()),
        _ => None,
    });
    if let Some(replay) = &ui.replay {
        right.push(Span::styled(replay_words(replay, ui), theme.style(Scope::HeaderMark)));
    } else if let Some(recording) = recorded {
        right.push(Span::styled("RECORDED ", theme.style(Scope::HeaderMark)));
        let name = clean_line(recording);
        if area.width >= super::layout::WIDE {
            right.push(Span::styled(format!("model words from {name} "), theme.style(Scope::Header)));
        }
    }
    canvas::put(buf, area, 0, &canvas::justified(usize::from(area.width), left, right));
}

/// `REPLAY ▶ 03:12 / 14:40 ×4 event 120/900`
fn replay_words(line: &ReplayLine, ui: &Ui) -> String {
    let g = ui.theme.glyphs();
    let sign = g.player[usize::from(!line.playing)];
    let speed = if line.speed.is_empty() { "at once".to_owned() } else { format!("{}{}", g.times, line.speed) };
    format!(
        "REPLAY {sign} {} / {} {} event {}/{} ",
        clock(line.at_us),
        clock(line.end_us),
        speed,
        line.event,
        line.events
    )
}

/// The tab bar of a narrow screen: it is the title of the pane below it.
pub fn tabs(area: Rect, buf: &mut Buffer, ui: &Ui, state: &State) {
    let theme = &ui.theme;
    let columns = usize::from(area.width);
    let shown = |short: bool| {
        Pane::ALL.map(|pane| {
            let active = pane == ui.focus;
            let title = if short && !active { pane.short() } else { pane.title() };
            let text = format!("{title}{}", badge(pane, state));
            let (scope, shown) =
                if active { (Scope::TabActive, format!("[{text}]")) } else { (Scope::Tab, format!(" {text} ")) };
            Span::styled(shown, theme.style(scope))
        })
    };
    let wide = shown(false);
    let fits = wide.iter().map(Span::width).sum::<usize>() < columns;
    let mut spans = if fits { wide.to_vec() } else { shown(true).to_vec() };
    if spans.iter().map(Span::width).sum::<usize>() + 1 > columns {
        // Only the active one and how to get to the others.
        spans.retain(|s| s.content.starts_with('['));
        spans.push(Span::styled(" tab: other panes", theme.style(Scope::Tab)));
    }
    spans.insert(0, Span::styled(theme.glyphs().focus, theme.style(Scope::RuleFocused)));
    let hint = if ui.focus == Pane::Chat { super::more_hint(ui) } else { Vec::new() };
    let used: usize = spans.iter().chain(&hint).map(Span::width).sum();
    let rule = theme.glyphs().heavy.repeat(columns.saturating_sub(used + 1));
    spans.push(Span::styled(format!(" {rule}"), theme.style(Scope::RuleFocused)));
    spans.extend(hint);
    canvas::put(buf, area, 0, &Line::from(canvas::cut_spans(spans, columns)));
}

/// The tabs in the title of the lower right pane.
pub fn tab_spans(ui: &Ui, state: &State, columns: usize) -> Vec<Span<'static>> {
    let shown = |short: bool| {
        let mut spans = Vec::new();
        for pane in Pane::ALL.into_iter().filter(|p| p.is_tab()) {
            let active = pane == ui.tab;
            let scope = if active { Scope::TabActive } else { Scope::Tab };
            let title = if short && !active { pane.short() } else { pane.title() };
            let text = format!("{title}{}", badge(pane, state));
            let shown = if active { format!("[{text}]") } else { text };
            spans.push(Span::styled(shown, ui.theme.style(scope)));
            spans.push(Span::raw(" "));
        }
        spans
    };
    let wide = shown(false);
    if wide.iter().map(Span::width).sum::<usize>() + 2 < columns { wide } else { shown(true) }
}

fn badge(pane: Pane, state: &State) -> String {
    match pane {
        Pane::Problems if !state.diagnostics.is_empty() => {
            let sign = if has_errors(&state.diagnostics) { "!" } else { "" };
            format!(" {}{sign}", state.diagnostics.len())
        }
        Pane::Connections => {
            let fails = |health: &&ConnectionHealth| {
                matches!(health, ConnectionHealth::Found { verdict: Verdict::Fails { .. }, .. })
            };
            match state.health.values().filter(fails).count() {
                0 => String::new(),
                failed => format!(" {failed}!"),
            }
        }
        _ => String::new(),
    }
}

/// What is missing before somebody can begin: a word for it, what is wrong, what to do, with the key that does
/// it.
fn missing(ui: &Ui, state: &State) -> Vec<(&'static str, String, Vec<String>)> {
    let mut out = Vec::new();
    if let Some(problem) = &ui.model_problem {
        let edit = ui.key_name(Action::EditConfig, state);
        let mut todo = vec![format!(
            "{edit} edits pipesmith.toml: under [model], base_url = \"http://HOST:PORT/v1\" and name for a server of your own"
        )];
        todo.extend(problem.fix.as_ref().map(|fix| format!("or: {}", fix.text)));
        todo.push("or try it without a model: pipesmith demo".to_owned());
        out.push(("No model", problem.message.clone(), todo));
    }
    if ui.surrounded && ui.connections.all.is_empty() {
        let edit = ui.key_name(Action::EditConnections, state);
        let todo = vec![
            format!("{edit} edits pipesmith_connections.yaml; `pipesmith connections add` asks for what it needs"),
            "files of the workspace can be read without one: name their path".to_owned(),
        ];
        out.push(("No connection", "the model knows of no data but what you name".to_owned(), todo));
    }
    out
}

/// What an empty chat says.
pub fn welcome(area: Rect, buf: &mut Buffer, ui: &Ui, state: &State) {
    let theme = &ui.theme;
    if ui.resumes && state.seq == 0 {
        canvas::put(buf, area, 1, &Line::styled("  The session is being read …", theme.style(Scope::Dim)));
        return;
    }
    let steps = [
        ("Ask", "say what data you have and what you want from it"),
        ("Review", "decide about each change of the proposed pipeline"),
        ("Run", "compile it and run it here; see what comes out"),
    ];
    let mut rows = vec![Line::default()];
    let mut add = |text: &str, scope: Scope, lead: Span<'static>| {
        let mut rich = Rich::new();
        rich.push(&clean_line(text), theme.style(scope));
        let rest = Span::raw(" ".repeat(lead.width()));
        rows.extend(rich.wrap(usize::from(area.width), &[lead], &[rest]));
    };
    let margin = || Span::raw("  ");
    add("A pipeline in three steps", Scope::Strong, margin());
    for (word, text) in steps {
        add(text, Scope::Text, Span::styled(format!("  {word:<8}"), theme.style(Scope::ChatModel)));
    }
    if ui.replay.is_none() {
        let help = ui.key_name(Action::Help, state);
        add(&format!("Nothing is written or run before you say so. {help} shows the keys."), Scope::Dim, margin());
        let missing = missing(ui, state);
        if !missing.is_empty() {
            add(" ", Scope::Text, margin());
            add("To do first", Scope::Strong, margin());
        }
        for (word, wrong, todo) in missing {
            let lead = format!("  {} {word}: ", theme.glyphs().warning);
            add(&wrong, Scope::Text, Span::styled(lead, theme.style(Scope::SeverityWarning)));
            for text in todo {
                let lead = format!("    {} ", theme.glyphs().arrow);
                add(&text, Scope::Text, Span::styled(lead, theme.style(Scope::StatusKey)));
            }
        }
    }
    for (y, row) in rows.iter().enumerate() {
        canvas::put(buf, area, y, row);
    }
}
