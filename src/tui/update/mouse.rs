//! What a click and the wheel do, where they are wanted: focus, select, scroll. Everything has a key too.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::Effect;
use crate::session::State;
use crate::tui::keymap::Action;
use crate::tui::pane::Pane;
use crate::tui::ui::{Millis, Ui};

/// Rows that a turn of the wheel scrolls.
const WHEEL: usize = 3;

impl Ui {
    /// Takes a click or a turn of the wheel.
    pub fn mouse(&mut self, event: MouseEvent, state: &State, now: Millis) -> Vec<Effect> {
        let at = Position { x: event.column, y: event.row };
        let action = match event.kind {
            MouseEventKind::Down(MouseButton::Left) => None,
            MouseEventKind::ScrollUp => Some(Action::Up),
            MouseEventKind::ScrollDown => Some(Action::Down),
            _ => return Vec::new(),
        };
        self.last_key = now;
        if self.overlay.is_some() {
            // In a window the wheel moves the selection; a click could be meant for anything.
            let times = if action.is_some() { WHEEL } else { 0 };
            return (0..times)
                .flat_map(|_| action.map(|a| self.act(a, None, true, state, now)).unwrap_or_default())
                .collect();
        }
        let Some((pane, area)) = self.places.iter().copied().find(|(_, area)| reaches(*area, at)) else {
            return Vec::new();
        };
        let Some(action) = action else {
            self.focus(pane);
            self.click(pane, usize::from(at.y.saturating_sub(area.y)), state);
            return Vec::new();
        };
        let focus = std::mem::replace(&mut self.focus, pane);
        for _ in 0..WHEEL {
            match pane {
                Pane::Chat => self.move_in_chat(action, state),
                Pane::Document if self.editor.is_some() => drop(self.edit(action, None, state, now)),
                _ => self.move_in_pane(action, state),
            }
        }
        self.focus = focus;
        Vec::new()
    }

    /// Selects the row that was clicked, where the pane is a list.
    fn click(&mut self, pane: Pane, row: usize, state: &State) {
        match pane {
            Pane::Trace => self.trace.click(row, state.trace.spans.len()),
            Pane::Components => {
                let count = self.components.shown(&self.contracts).len();
                select(&mut self.components.list, row, count);
            }
            Pane::Connections => {
                let count = self.connections.names(state).len();
                select(&mut self.connections.list, row, count);
            }
            Pane::Document if self.editor.is_none() => self.document.click(row),
            _ => {}
        }
        self.follow_step(state);
    }
}

/// Whether a place belongs to a pane: its inside, or the title above it.
fn reaches(area: Rect, at: Position) -> bool {
    let whole = Rect { y: area.y.saturating_sub(1), height: area.height.saturating_add(1), ..area };
    whole.contains(at)
}

fn select(list: &mut crate::tui::pane::list::List, row: usize, count: usize) {
    if row < list.page && list.top + row < count {
        list.select(list.top + row);
    }
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;

    use super::*;
    use crate::tui::scenes;
    use crate::tui::text::Highlighter;
    use crate::tui::theme::Theme;
    use crossterm::event::KeyModifiers;

    #[test]
    fn a_click_focuses_and_selects_and_the_wheel_scrolls_what_it_is_over() {
        let state = State::fold(&scenes::whole_session());
        let mut ui = Ui::new(Theme::plain(), Highlighter::off());
        let area = Rect::new(0, 0, 120, 40);
        let mut buf = Buffer::empty(area);
        crate::tui::view::draw(&mut ui, &state, area, &mut buf);
        let event = |kind, (_, area): (Pane, Rect), row: u16| MouseEvent {
            kind,
            column: area.x + 2,
            row: area.y + row,
            modifiers: KeyModifiers::NONE,
        };
        let click = MouseEventKind::Down(MouseButton::Left);
        let trace = ui.places[2];
        assert_eq!(trace.0, Pane::Trace);
        ui.mouse(event(click, trace, 1), &state, 0);
        assert_eq!((ui.focus, ui.trace.selected(&state).map(|s| s.label.as_str())), (Pane::Trace, Some("think")));
        let document = ui.places[1];
        ui.mouse(event(click, document, 4), &state, 0);
        assert_eq!((ui.focus, ui.document.line()), (Pane::Document, Some(5)));
        ui.mouse(event(MouseEventKind::ScrollDown, trace, 1), &state, 0);
        assert_eq!(ui.focus, Pane::Document, "the wheel leaves the focus where it is");
        assert_ne!(ui.trace.selected(&state).map(|s| s.label.as_str()), Some("think"));
        for row in 0..200 {
            let wild = MouseEvent { kind: click, column: row, row, modifiers: KeyModifiers::NONE };
            ui.mouse(wild, &state, 0);
            crate::tui::view::draw(&mut ui, &state, area, &mut buf);
        }
    }
}
