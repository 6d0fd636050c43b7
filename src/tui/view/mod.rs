//! From state to cells. Pure.
//!
//! Owns: the arrangement of header, panes, tabs, composer and status line for a size, and what several
//! panes draw alike. Does not own: the inside of a pane (`pane`), windows (`modal`).

mod above;
mod ascii;
pub mod canvas;
mod composer;
pub mod diagnostic;
mod header;
mod layout;
pub mod preview;
mod replay;
pub mod spend;
mod status;
mod which;
pub mod words;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use crate::session::State;
use crate::session::state::Activity;
use crate::tui::keymap::Action;
use crate::tui::pane::chat::Means;
use crate::tui::pane::{Pane, components, document};
use crate::tui::text::{cut, width};
use crate::tui::theme::Scope;
use crate::tui::ui::{Overlay, Ui};
use layout::Arrangement;

/// Draws everything; returns where the cursor stands, if it is shown.
pub fn draw(ui: &mut Ui, state: &State, area: Rect, buf: &mut Buffer) -> Option<Position> {
    let area = area.intersection(buf.area);
    let cursor = arrange(ui, state, area, buf);
    if ui.theme.is_ascii() {
        ascii::replace(buf, ui.ascii_only);
    }
    cursor
}

fn arrange(ui: &mut Ui, state: &State, area: Rect, buf: &mut Buffer) -> Option<Position> {
    let Some(arrangement) = Arrangement::of(area, ui) else {
        layout::too_small(area, buf, &ui.theme);
        return None;
    };
    ui.steps.learn(state);
    header::draw(arrangement.header, buf, ui, state);
    if let Some(tabs) = arrangement.tabs {
        header::tabs(tabs, buf, ui, state);
    }
    if let Some(divider) = arrangement.divider {
        for y in 0..usize::from(divider.height) {
            let line = Line::styled(ui.theme.glyphs().vertical, ui.theme.style(Scope::Rule));
            canvas::put(buf, divider, y, &line);
        }
    }
    let mut cursor = None;
    ui.places.clear();
    for (pane, area) in arrangement.panes.clone() {
        let titled = arrangement.tabs.is_none() || pane == Pane::Document;
        let inner = if titled { frame(pane, area, buf, ui, state, arrangement.tabbed(pane)) } else { area };
        let at = inside(pane, inner, buf, ui, state);
        ui.places.push((pane, inner));
        if ui.focus == pane {
            cursor = at;
        }
    }
    status::draw(arrangement.status, buf, ui, state);
    if let (Some(bar), Some(line)) = (arrangement.bar, &ui.replay) {
        replay::draw(bar, buf, ui, line);
    }
    let contexts = match ui.overlay {
        Some(Overlay::Help(_)) => {
            let overlay = ui.overlay.take();
            let contexts = ui.contexts(state);
            ui.overlay = overlay;
            contexts
        }
        _ => Vec::new(),
    };
    if ui.shows_which_key() {
        which::draw(area, buf, ui, state);
    }
    match &mut ui.overlay {
        Some(Overlay::Help(help)) => return help.draw(area, buf, &ui.keymap, &contexts, &ui.theme),
        Some(Overlay::Chooser(chooser)) => return chooser.draw(area, buf, &ui.keymap, &ui.theme),
        Some(Overlay::Prompt(prompt)) => return prompt.draw(area, buf, &ui.keymap, &ui.theme),
        Some(Overlay::Search(search)) => return search.draw(area, buf, &ui.keymap, &ui.theme),
        Some(Overlay::Compare(compare)) => compare.draw(area, buf, &ui.keymap, &ui.theme),
        Some(Overlay::Picker(picker)) => picker.draw(area, buf, (&ui.sessions, &state.session), &ui.keymap, &ui.theme),
        None => return cursor.filter(|at| area.contains(*at)),
    }
    None
}

/// The title line of a pane; returns what is below it.
fn frame(pane: Pane, area: Rect, buf: &mut Buffer, ui: &Ui, state: &State, tabbed: bool) -> Rect {
    if area.height == 0 {
        return area;
    }
    let theme = &ui.theme;
    let focused = ui.focus == pane && ui.overlay.is_none();
    let g = theme.glyphs();
    let (mark, rule) = if focused { (g.focus, g.heavy) } else { (" ", g.horizontal) };
    let rule_style = theme.style(if focused { Scope::RuleFocused } else { Scope::Rule });
    let title_style = theme.style(if focused { Scope::TitleFocused } else { Scope::Title });
    let columns = usize::from(area.width);
    let mut spans = vec![Span::styled(mark, rule_style)];
    if tabbed {
        spans.extend(header::tab_spans(ui, state, columns));
    } else {
        let (title, more) = match pane {
            Pane::Document => match &ui.editor {
                Some(editor) => ("Editor".to_owned(), format!("{}  {}", editor.file, editor.standing())),
                None => document::title(state),
            },
            pane => (pane.title().to_owned(), String::new()),
        };
        spans.push(Span::styled(format!("{title} "), title_style));
        if !more.is_empty() {
            let space = columns.saturating_sub(width(&title) + 4);
            let more = crate::tui::text::clean_line(&more).into_owned();
            spans.push(Span::styled(format!("{} ", cut(&more, space)), theme.style(Scope::Dim)));
        }
    }
    let used: usize = spans.iter().map(Span::width).sum();
    let mut hint = if pane == Pane::Chat { more_hint(ui) } else { Vec::new() };
    if ui.zoomed && width_of(&spans) + 24 < columns {
        let key = ui.keymap.key_of(&ui.contexts(state), Action::Zoom).unwrap_or_default();
        hint.push(Span::styled(format!(" {key}: all panes "), theme.style(Scope::StatusNotice)));
    }
    let hint_cells: usize = hint.iter().map(Span::width).sum();
    spans.push(Span::styled(rule.repeat(columns.saturating_sub(used + hint_cells)), rule_style));
    spans.extend(hint);
    canvas::put(buf, area, 0, &Line::from(canvas::cut_spans(spans, columns)));
    Rect { x: area.x, y: area.y + 1, height: area.height - 1, ..area }
}

fn width_of(spans: &[Span<'_>]) -> usize {
    spans.iter().map(Span::width).sum()
}

/// Says that the chat goes on below what is in sight.
fn more_hint(ui: &Ui) -> Vec<Span<'static>> {
    if !ui.chat.more().1 {
        return Vec::new();
    }
    let text = format!(" {} more below ", ui.theme.glyphs().more[1]);
    vec![Span::styled(text, ui.theme.style(Scope::StatusNotice))]
}

fn inside(pane: Pane, area: Rect, buf: &mut Buffer, ui: &mut Ui, state: &State) -> Option<Position> {
    let focused = ui.focus == pane;
    match pane {
        Pane::Chat => return chat(area, buf, ui, state),
        Pane::Document if ui.editor.is_some() => {
            return ui.editor.as_mut().and_then(|e| e.draw(area, buf, &ui.theme, &mut ui.highlighter));
        }
        Pane::Document => {
            let step = ui.steps.selected().map(|at| ui.steps.all()[at].lines.clone());
            ui.document.draw(area, buf, (state, step), focused, &ui.theme, &mut ui.highlighter);
        }
        Pane::Trace => ui.trace.draw(area, buf, state, focused, &ui.theme),
        Pane::Problems => ui.problems.draw(area, buf, state, focused, &ui.theme),
        Pane::Components => {
            ui.follow_contract();
            let contracts = ui.contracts.clone();
            let area = components::draw_problems(area, buf, &ui.contract_problems, &ui.theme);
            ui.components.draw(area, buf, state, &contracts, &ui.theme, &mut ui.highlighter);
        }
        Pane::Run => {
            let now_us = ui.session_us(state);
            ui.run.draw(inset(area), buf, state, ui.steps.selected_id(), now_us, &ui.theme);
        }
        Pane::Graph => ui.graph.draw(area, buf, state, &ui.steps, &ui.theme),
        Pane::Data => ui.data.draw(inset(area), buf, state, &ui.steps, (&ui.keymap, &ui.theme)),
        Pane::Connections => ui.connections.draw(area, buf, state, focused, &ui.theme),
    }
    None
}

/// The area without its first column.
fn inset(area: Rect) -> Rect {
    let less = area.width.min(1);
    Rect { x: area.x + less, width: area.width - less, ..area }
}

fn chat(area: Rect, buf: &mut Buffer, ui: &mut Ui, state: &State) -> Option<Position> {
    let composer_rows = composer::height(area, ui, state);
    let transcript = Rect { height: area.height.saturating_sub(composer_rows), ..area };
    if state.transcript.items.is_empty() {
        header::welcome(transcript, buf, ui, state);
    } else {
        let streaming = matches!(state.activity, Activity::Turn(_));
        let mut means = Means { transcript: &state.transcript, theme: &ui.theme, highlighter: &mut ui.highlighter };
        ui.chat.draw(transcript, buf, streaming, &mut means);
    }
    if let Some(completion) = ui.completion.as_mut().filter(|_| ui.focus == Pane::Chat && ui.overlay.is_none()) {
        completion.draw(transcript, buf, &ui.theme);
    }
    let below = Rect { y: transcript.bottom(), height: composer_rows, ..area };
    composer::draw(below, buf, ui, state)
}

#[cfg(test)]
mod tests;
