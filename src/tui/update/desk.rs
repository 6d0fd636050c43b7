//! A desk for the tests of keys: the screen, a session, and the time.

use super::{Effect, Millis, Ui};
use crate::session::{Command, Event, Fact, State};
use crate::tui::keymap::Chord;
use crate::tui::text::Highlighter;
use crate::tui::theme::Theme;

pub struct Desk {
    pub ui: Ui,
    pub state: State,
    pub now: Millis,
}

impl Desk {
    pub fn new(events: &[Event]) -> Desk {
        let mut desk =
            Desk { ui: Ui::new(Theme::plain(), Highlighter::off()), state: State::fold(events), now: 10_000 };
        desk.ui.observe(&desk.state, desk.now);
        desk
    }

    /// Something happened.
    pub fn happens(&mut self, fact: Fact) {
        let seq = self.state.seq + 1;
        let mono_us = self.state.mono_us + 1;
        let event = Event { v: 1, seq, wall_ms: 1, mono_us, turn: None, request: None, step: None, fact };
        self.state.apply(&event);
        self.ui.observe(&self.state, self.now);
    }

    /// The screen as text.
    pub fn screen(&mut self, columns: u16, rows: u16) -> String {
        let area = ratatui::layout::Rect::new(0, 0, columns, rows);
        let mut buf = ratatui::buffer::Buffer::empty(area);
        crate::tui::view::draw(&mut self.ui, &self.state, area, &mut buf);
        let row = |y: u16| (0..columns).map(|x| buf[(x, y)].symbol()).collect::<String>();
        (0..rows).map(|y| row(y).trim_end().to_owned() + "\n").collect()
    }

    pub fn key(&mut self, key: &str) -> Vec<Effect> {
        self.now += 10;
        let chord = Chord::parse(key).unwrap_or_else(|| panic!("bad key {key}"));
        self.ui.key(chord, &self.state, self.now)
    }

    pub fn draw(&mut self) {
        let area = ratatui::layout::Rect::new(0, 0, 120, 40);
        crate::tui::view::draw(&mut self.ui, &self.state, area, &mut ratatui::buffer::Buffer::empty(area));
    }

    pub fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            self.key(&if c == ' ' { "space".to_owned() } else { c.to_string() });
        }
    }

    pub fn wait(&mut self, ms: Millis) -> &mut Desk {
        self.now += ms;
        self
    }
}

pub fn sends(effects: &[Effect]) -> Vec<Command> {
    effects
        .iter()
        .filter_map(|e| match e {
            Effect::Send(c) => Some(c.clone()),
            _ => None,
        })
        .collect()
}
