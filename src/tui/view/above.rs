//! The rows above the composer: what the message is, what goes with it, and what waits.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::canvas;
use crate::session::State;
use crate::session::state::Noted;
use crate::tui::keymap::{Action, Context};
use crate::tui::pane::meant::Meant;
use crate::tui::text::{Rich, clean_line, cut};
use crate::tui::theme::Scope;
use crate::tui::ui::Ui;

/// Messages that wait and are shown; the others are counted.
const QUEUED: usize = 3;

/// The rows, the most important last: they stand next to the composer.
pub fn rows(area: Rect, ui: &Ui, state: &State) -> Vec<Line<'static>> {
    let columns = usize::from(area.width);
    let theme = &ui.theme;
    let mut rows = Vec::new();
    if let Some(hint) = ui.hint.as_ref().filter(|_| ui.replay.is_none()) {
        let shown = cut(&clean_line(hint), columns.saturating_sub(2)).into_owned();
        rows.push(Line::styled(format!(" {shown}"), theme.style(Scope::StatusNotice)));
    }
    queue(&mut rows, columns, ui, state);
    let mut chip = |text: String| {
        let shown = cut(&clean_line(&text), columns.saturating_sub(4)).into_owned();
        rows.push(Line::from(vec![
            Span::raw(" "),
            Span::styled(format!("[{shown}]"), theme.style(Scope::ComposerChip)),
        ]));
    };
    let notes: Vec<String> = state.noted().iter().map(Noted::summary).collect();
    if !notes.is_empty() && ui.replay.is_none() {
        chip(format!("with the message: {}", notes.join("; ")));
    }
    if let Some(approval) = &state.approval {
        let contexts = [Context::Approval];
        let key = |action| ui.keymap.key_of(&contexts, action).unwrap_or_default();
        let keys = match ui.composer.is_empty() {
            _ if ui.replay.is_some() => "waits for an answer".to_owned(),
            true => format!("{} runs it, {} does not", key(Action::Approve), key(Action::Decline)),
            false => "clear the message to answer, or /approve and /decline".to_owned(),
        };
        let mark = theme.glyphs().warning;
        let style = theme.style(Scope::SeverityWarning);
        let mut rich = Rich::new();
        rich.push(&clean_line(&approval.question()), style);
        let lead = Span::styled(format!("{mark} "), style);
        rows.extend(rich.wrap(columns, &[lead], &[Span::raw("  ")]).into_iter().take(4));
        rows.push(Line::styled(format!("  {keys}"), theme.style(Scope::StatusNotice)));
    }
    let mut chip = |text: String| {
        let shown = cut(&clean_line(&text), columns.saturating_sub(4)).into_owned();
        rows.push(Line::from(vec![
            Span::raw(" "),
            Span::styled(format!("[{shown}]"), theme.style(Scope::ComposerChip)),
        ]));
    };
    match ui.drafts.meant {
        Meant::New => {}
        Meant::Former(_) => chip(ui.keymap.fill(
            "other words for a former message: {composer send} sends it and sets aside what came after, {global interrupt} leaves",
        )),
        Meant::Queued(number) => chip(ui.keymap.fill(&format!(
            "message {number} that waits: {{composer send}} keeps the change, {{global interrupt}} leaves it as it was"
        ))),
    }
    rows
}

fn queue(rows: &mut Vec<Line<'static>>, columns: usize, ui: &Ui, state: &State) {
    let queue = &state.queue;
    let theme = &ui.theme;
    let contexts = ui.contexts(state);
    let key = |action| ui.keymap.key_of(&contexts, action).unwrap_or_default();
    if queue.held {
        let keys = format!(
            "{} or {} sends, {} changes, {} removes",
            ui.keymap.fill("{composer send}"),
            key(Action::SendQueued),
            key(Action::EditQueued),
            key(Action::RemoveQueued)
        );
        let keys = if ui.replay.is_some() { String::new() } else { format!(": {keys}") };
        let text = format!(" {} held{keys}", waiting(queue.messages.len()));
        rows.push(Line::styled(cut(&text, columns).into_owned(), theme.style(Scope::StatusNotice)));
    }
    for (n, queued) in queue.messages.iter().take(QUEUED).enumerate() {
        let first = queued.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let more = match queue.messages.len() - QUEUED.min(queue.messages.len()) {
            0 => String::new(),
            more if n + 1 == QUEUED => format!("  +{more} more"),
            _ => String::new(),
        };
        let left = vec![
            Span::styled(format!(" {} queued {}  ", theme.glyphs().waiting, n + 1), theme.style(Scope::StateWaiting)),
            Span::styled(clean_line(first.trim()).into_owned(), theme.style(Scope::Dim)),
        ];
        rows.push(canvas::justified(columns, left, vec![Span::styled(more, theme.style(Scope::Dim))]));
    }
}

fn waiting(count: usize) -> String {
    if count == 1 { "1 message is".to_owned() } else { format!("{count} messages are") }
}
