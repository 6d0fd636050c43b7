//! The workbench without a terminal: events and keys go in, the bytes of frames come out. For benches,
//! tests and whoever wants to render a session.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::session::{Command, Event, State};
use crate::tui::keymap::Chord;
use crate::tui::options::Options;
use crate::tui::pane::composer::Composer;
use crate::tui::replay::{Player, Wish};
use crate::tui::term::Encoder;
use crate::tui::text::Highlighter;
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;
use crate::tui::update::Effect;
use crate::tui::view;

/// A screen that nobody sees.
pub struct Screen {
    ui: Ui,
    state: State,
    encoder: Encoder,
    area: Rect,
    /// Advances with each key, so that no key falls into a grace period.
    now: u64,
    out: Vec<u8>,
}

impl Screen {
    /// A screen of this size. Code stays without colours: those come from a thread, at any time.
    pub fn new(columns: u16, rows: u16, options: &Options) -> Screen {
        let (theme, problems) = Theme::load(options.theme.as_deref().unwrap_or("dark"), &options.theme_dirs);
        let theme = if options.ascii { theme.ascii() } else { theme };
        let mut ui = Ui::new(theme, Highlighter::off());
        if let Some(surroundings) = &options.surroundings {
            ui.surround(&surroundings.borrow());
        }
        ui.recorded.clone_from(&options.recorded);
        ui.hint.clone_from(&options.hint);
        ui.composer = options.draft.as_deref().map(Composer::with).unwrap_or_default();
        ui.keymap = options.keymap.clone();
        ui.which_key = !options.no_which_key;
        ui.setting_problems(&[options.problems.as_slice(), &problems].concat(), 0);
        let area = Rect::new(0, 0, columns, rows);
        Screen { ui, state: State::default(), encoder: Encoder::default(), area, now: 0, out: Vec::new() }
    }

    /// Takes an event in.
    pub fn apply(&mut self, event: &Event) {
        self.state.apply(event);
        self.ui.observe(&self.state, self.now);
    }

    /// The same at a time, milliseconds since the start.
    pub fn apply_at(&mut self, event: &Event, now: u64) {
        self.now = now;
        self.ui.now = now;
        self.apply(event);
    }

    /// Takes a key in, written as in the reference of keys; one that is none is ignored. Returns what is
    /// wanted of the session.
    pub fn press(&mut self, key: &str) -> Vec<Command> {
        self.now += 1_000;
        let Some(chord) = Chord::parse(key) else { return Vec::new() };
        let effects = self.ui.key(chord, &self.state, self.now);
        effects
            .into_iter()
            .filter_map(|effect| match effect {
                Effect::Send(command) => Some(command),
                _ => None,
            })
            .collect()
    }

    /// Another size.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.area = Rect::new(0, 0, columns, rows);
    }

    fn buffer(&mut self) -> (Buffer, Option<ratatui::layout::Position>) {
        let mut next = Buffer::empty(self.area);
        let cursor = view::draw(&mut self.ui, &self.state, self.area, &mut next);
        (next, cursor)
    }

    /// The bytes that make a terminal show what is new since the last frame.
    pub fn frame(&mut self) -> &[u8] {
        let (next, cursor) = self.buffer();
        self.encoder.frame(next, cursor, &mut self.out);
        &self.out
    }

    /// The rows as text.
    pub fn text(&mut self) -> Vec<String> {
        let (buffer, _) = self.buffer();
        let columns = usize::from(self.area.width).max(1);
        buffer
            .content
            .chunks(columns)
            .map(|row| {
                let mut out = String::new();
                let mut covered = 0;
                for cell in row {
                    if covered == 0 {
                        out.push_str(cell.symbol());
                        covered = crate::tui::text::width(cell.symbol());
                    }
                    covered = covered.saturating_sub(1);
                }
                out.trim_end().to_owned()
            })
            .collect()
    }
}

/// A replay that nobody sees: a player and its screen.
pub struct Playback {
    player: Player,
    screen: Screen,
}

impl Playback {
    /// At the start of a session.
    pub fn new(events: Vec<Event>, columns: u16, rows: u16) -> Playback {
        let mut screen = Screen::new(columns, rows, &Options::default());
        let player = Player::with(events, None, None);
        screen.ui.replay = Some(player.line());
        Playback { player, screen }
    }

    /// Goes to just after so many events, and draws; returns the bytes of the frame.
    pub fn seek(&mut self, count: usize) -> &[u8] {
        let before = self.player.generation();
        self.player.wish(Wish::GoTo(count));
        if self.player.generation() != before {
            self.screen.ui.reset();
        }
        self.screen.ui.replay = Some(self.player.line());
        let mut next = Buffer::empty(self.screen.area);
        let cursor = view::draw(&mut self.screen.ui, self.player.state(), self.screen.area, &mut next);
        self.screen.encoder.frame(next, cursor, &mut self.screen.out);
        &self.screen.out
    }

    /// The session as it was there.
    pub fn state(&self) -> &State {
        self.player.state()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::scenes;

    #[test]
    fn a_terminal_that_saw_every_frame_shows_the_screen() {
        let mut screen = Screen::new(100, 30, &Options::default());
        let mut terminal = vt100::Parser::new(30.try_into().unwrap(), 100.try_into().unwrap(), 0);
        for event in scenes::whole_session() {
            screen.apply(&event);
            terminal.process(screen.frame());
            let rows: Vec<String> = terminal.screen().rows(0, 100).map(|r| r.trim_end().to_owned()).collect();
            assert_eq!(rows, screen.text(), "after event {}", event.seq);
        }
    }

    #[test]
    fn replay_to_an_event_shows_what_was_live() {
        let events = scenes::whole_session();
        let mut player = Player::new(events.clone());
        for count in (0..=events.len()).rev() {
            while player.line().event > count {
                player.act(crate::tui::keymap::Action::PreviousEvent, None);
            }
            let shown = |state: &State| {
                let mut screen = Screen::new(120, 40, &Options::default());
                screen.state = state.clone();
                screen.text()
            };
            if player.line().event == count {
                assert_eq!(shown(player.state()), shown(&State::fold(&events[..count])), "after {count}");
            }
        }
    }

    #[test]
    fn keys_ask_for_commands() {
        let mut screen = Screen::new(80, 24, &Options { draft: Some("do it".into()), ..Options::default() });
        for event in scenes::Script::opened().events {
            screen.apply(&event);
        }
        assert_eq!(screen.press("enter"), [Command::Send { text: "do it".into() }]);
        assert!(screen.press("no such key").is_empty());
        screen.resize(20, 4);
        assert!(screen.text()[0].starts_with("Too small"));
    }
}
