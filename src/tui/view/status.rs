//! The line at the bottom: how the session stands, and the keys that matter here.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::words::short;
use super::{canvas, spend};
use crate::session::State;
use crate::session::state::Activity;
use crate::tui::keymap::{Action, Context};
use crate::tui::pane::Pane;
use crate::tui::text::clean_line;
use crate::tui::theme::Scope;
use crate::tui::ui::{Ui, state_word};

/// Draws it.
pub fn draw(area: Rect, buf: &mut Buffer, ui: &Ui, state: &State) {
    let theme = &ui.theme;
    let g = theme.glyphs();
    let columns = usize::from(area.width);
    let busy = state.activity != Activity::Idle && state.closed.is_none();
    let sign = if busy && ui.replay.is_none() && !ui.still { g.spinner[ui.spin % g.spinner.len()] } else { g.model };
    let word = state_word(state);
    let scope = match word {
        "thinking" | "running" | "reading" => Scope::StateRunning,
        "review" => Scope::DecisionOpen,
        _ => Scope::StatusState,
    };
    let mut left = vec![Span::styled(format!(" {sign} {word}"), theme.style(scope))];
    if ui.normal && ui.contexts(state).contains(&Context::Normal) {
        left.push(Span::styled("  NORMAL", theme.style(Scope::StatusNotice)));
    }
    if ui.slow {
        left.push(Span::styled("  slow line, fewer frames", theme.style(Scope::StatusNotice)));
    }
    if let Some(prefix) = &ui.prefix {
        let keys: Vec<String> = prefix.keys.iter().map(ToString::to_string).collect();
        left.push(Span::styled(format!("  {} …", keys.join(" ")), theme.style(Scope::StatusKey)));
    }
    if let Some((notice, _)) = &ui.notice {
        left.push(Span::styled(format!("  {}", clean_line(notice)), theme.style(Scope::StatusNotice)));
        canvas::put(buf, area, 0, &Line::from(canvas::cut_spans(left, columns)));
        return;
    }
    if area.width >= super::layout::WIDE {
        left.push(Span::styled(format!("  {}", clean_line(&short(&state.session))), theme.style(Scope::Status)));
    }
    if let Some(model) = &state.model {
        left.push(Span::styled(format!("  {}", clean_line(&model.name)), theme.style(Scope::Status)));
    }
    // Where there is little room, how full the window is matters more than what it took; the keys matter too.
    let (wide, window) = (area.width >= super::layout::WIDE, state.terms.context_tokens);
    if state.spend.session.is_some() && (wide || window.is_none()) {
        let text = format!("  {}", clean_line(&spend::spent(&state.spend.session)));
        left.push(Span::styled(text, theme.style(Scope::Status)));
    }
    if let Some(text) = spend::context(state).filter(|_| wide || window.is_some()) {
        let full = window.is_some_and(|window| state.spend.context.tokens > window / 10 * 8);
        let scope = if full { Scope::StatusNotice } else { Scope::Status };
        left.push(Span::styled(format!("  {text}{}", if full { "!" } else { "" }), theme.style(scope)));
    }
    let used: usize = left.iter().map(Span::width).sum();
    let right = hints(ui, state, columns.saturating_sub(used + 3));
    canvas::put(buf, area, 0, &canvas::justified(columns, left, right));
}

/// The hints of the focused pane that fit.
fn hints(ui: &Ui, state: &State, columns: usize) -> Vec<Span<'static>> {
    let contexts = ui.contexts(state);
    let busy = state.activity != Activity::Idle;
    let wanted: &[(Action, &str)] = match ui.focus {
        _ if contexts.contains(&Context::Replay) => &[
            (Action::PlayPause, "play"),
            (Action::NextEvent, "event"),
            (Action::NextTurn, "turn"),
            (Action::Faster, "speed"),
            (Action::Quit, "quit"),
            (Action::SeekTo, "go"),
            (Action::SearchWords, "find"),
            (Action::Mark, "mark"),
            (Action::ForkHere, "go on here"),
            (Action::Help, "help"),
        ],
        _ if busy => &[(Action::Interrupt, "interrupt"), (Action::NextPane, "pane"), (Action::Help, "help")],
        Pane::Document if ui.editor.is_some() => &[
            (Action::Write, "write"),
            (Action::LeaveEditor, "leave"),
            (Action::NextProblem, "problem"),
            (Action::FixHere, "fix"),
            (Action::Undo, "undo"),
            (Action::Help, "help"),
        ],
        Pane::Document if state.review.is_some() => &[
            (Action::AcceptHunk, "accept"),
            (Action::RejectHunk, "reject"),
            (Action::AcceptOpen, "all"),
            (Action::Apply, "write"),
            (Action::CommentHunk, "comment"),
            (Action::SplitHunk, "split"),
            (Action::UndoDecision, "undo"),
            (Action::Discard, "discard"),
            (Action::Help, "help"),
        ],
        Pane::Document => &[
            (Action::Run, "run"),
            (Action::Compile, "compile"),
            (Action::Edit, "edit"),
            (Action::Restore, "undo write"),
            (Action::NextPane, "pane"),
            (Action::Help, "help"),
        ],
        Pane::Chat if ui.composer.is_empty() && state.document.is_some() => &[
            (Action::Send, "send"),
            (Action::Run, "run"),
            (Action::NextPane, "pane"),
            (Action::Help, "help"),
            (Action::Quit, "quit"),
        ],
        Pane::Chat => &[
            (Action::Send, "send"),
            (Action::Newline, "line"),
            (Action::NextPane, "pane"),
            (Action::Help, "help"),
            (Action::Quit, "quit"),
        ],
        Pane::Problems => &[
            (Action::Open, "line"),
            (Action::FixProblem, "fix"),
            (Action::TellProblem, "ask"),
            (Action::OpenContract, "contract"),
            (Action::Help, "help"),
            (Action::NextPane, "pane"),
        ],
        Pane::Connections => &[
            (Action::TestConnection, "test"),
            (Action::TestConnections, "test all"),
            (Action::NextPane, "pane"),
            (Action::Help, "help"),
        ],
        Pane::Graph => &[
            (Action::Look, "rows"),
            (Action::PaneDocument, "document"),
            (Action::NextPane, "pane"),
            (Action::Help, "help"),
        ],
        Pane::Data => &[
            (Action::Look, "read"),
            (Action::ToggleProfile, "profile"),
            (Action::NextStep, "next step"),
            (Action::Zoom, "zoom"),
            (Action::Help, "help"),
        ],
        Pane::Run => &[
            (Action::NextStep, "next step"),
            (Action::Look, "rows"),
            (Action::NextPane, "pane"),
            (Action::Interrupt, "chat"),
            (Action::Help, "help"),
        ],
        Pane::Components if ui.components.typing => &[(Action::FilterKeep, "keep"), (Action::FilterDrop, "all")],
        Pane::Components => &[
            (Action::Filter, "filter"),
            (Action::NextPane, "pane"),
            (Action::Interrupt, "chat"),
            (Action::Help, "help"),
        ],
        _ => &[(Action::NextPane, "pane"), (Action::Interrupt, "chat"), (Action::Help, "help")],
    };
    let mut spans: Vec<Span<'static>> = Vec::new();
    let mut used = 0;
    for (action, word) in wanted {
        let Some(key) = ui.keymap.key_of(&contexts, *action) else { continue };
        let cells = key.len() + word.len() + 3;
        if used + cells > columns {
            break;
        }
        used += cells;
        spans.push(Span::styled(format!(" {key}"), ui.theme.style(Scope::StatusKey)));
        spans.push(Span::styled(format!(" {word} "), ui.theme.style(Scope::Status)));
    }
    spans
}
