//! What keys that move do: in the composer, in the conversation, in each pane.

use super::edit;
use crate::session::State;
use crate::tui::keymap::Action;
use crate::tui::pane::Pane;
use crate::tui::pane::chat::Means;
use crate::tui::ui::Ui;

impl Ui {
    /// What an action does to the text that is being written.
    pub(super) fn compose(&mut self, action: Action, state: &State) {
        let empty = self.composer.is_empty();
        let composer = &mut self.composer;
        match action {
            Action::Newline => composer.newline(),
            Action::LineStart if empty => self.chat.go_to_start(),
            Action::LineEnd if empty => self.chat.go_to_end(),
            Action::UpOrHistory => {
                if !composer.editing.up() {
                    let mut composer = std::mem::take(&mut self.composer);
                    composer.older(self.history(state).into_iter());
                    self.composer = composer;
                }
            }
            Action::DownOrHistory => {
                if !composer.editing.down() {
                    let mut composer = std::mem::take(&mut self.composer);
                    composer.newer(self.history(state).into_iter());
                    self.composer = composer;
                }
            }
            _ if edit::apply(&mut composer.editing, action) => {}
            _ => self.move_in_chat(action, state),
        }
    }

    /// Scrolls the conversation.
    pub(super) fn move_in_chat(&mut self, action: Action, state: &State) {
        let mut means = Means { transcript: &state.transcript, theme: &self.theme, highlighter: &mut self.highlighter };
        match action {
            Action::ScrollUp | Action::Up => self.chat.scroll(-1, &mut means),
            Action::ScrollDown | Action::Down => self.chat.scroll(1, &mut means),
            Action::PageUp => self.chat.page(-1, &mut means),
            Action::PageDown => self.chat.page(1, &mut means),
            Action::First => self.chat.go_to_start(),
            Action::Last => self.chat.go_to_end(),
            _ => {}
        }
    }

    /// Moves in the pane that has the keys.
    pub(super) fn move_in_pane(&mut self, action: Action, state: &State) {
        let (rows, pages) = match action {
            Action::Up => (-1, 0),
            Action::Down => (1, 0),
            Action::PageUp => (0, -1),
            Action::PageDown => (0, 1),
            _ => (0, 0),
        };
        let last = action == Action::Last;
        let edge = last || action == Action::First;
        match self.focus {
            Pane::Chat => self.move_in_chat(action, state),
            Pane::Document => match action {
                Action::Left => self.document.sideways(-8),
                Action::Right => self.document.sideways(8),
                _ if edge => self.document.edge(last),
                _ if pages != 0 => self.document.page(pages),
                _ => self.document.move_by(rows),
            },
            Pane::Trace => {
                let count = state.trace.spans.len();
                match pages {
                    _ if edge => self.trace.edge(last, count),
                    0 => self.trace.move_by(rows, count),
                    _ => self.trace.page_by(pages, count),
                }
            }
            Pane::Problems => match action {
                Action::Open => self.open_problem(state),
                Action::Left | Action::Right => self.problems.unfold(action == Action::Right, state),
                _ if edge => self.problems.edge(last, state),
                _ if pages != 0 => self.problems.page_by(pages, state),
                _ => self.problems.move_by(rows, state),
            },
            Pane::Components => {
                let count = self.components.shown(&self.contracts).len();
                match pages {
                    _ if edge => {
                        self.components.list.select(if last { count.saturating_sub(1) } else { 0 });
                        self.components.details.top = 0;
                    }
                    0 => self.components.move_by(rows, count),
                    _ => self.components.details.page_by(pages),
                }
            }
            Pane::Connections => {
                let count = self.connections.names(state).len();
                match pages {
                    _ if edge => self.connections.list.select(if last { count.saturating_sub(1) } else { 0 }),
                    0 => self.connections.list.move_by(rows, count),
                    _ => self.connections.list.page_by(pages, count),
                }
            }
            Pane::Run => match pages {
                _ if edge => self.run.scroll.top = if last { usize::MAX / 2 } else { 0 },
                0 => self.run.scroll.move_by(rows),
                _ => self.run.scroll.page_by(pages),
            },
            Pane::Graph => self.move_in_graph(action, state),
            Pane::Data => self.data.act(action),
        }
    }
}
