//! The replay player: where in a recorded session we are, and how it moves on. Pure: time is passed in.

use std::time::Duration;

use crate::session::{Event, Fact, State};
use crate::tui::keymap::Action;
use crate::tui::ui::ReplayLine;

/// A gap in which nothing happened is not longer than this when played.
const GAP_US: u64 = 2_000_000;
/// Speeds in quarters; the last one is "at once".
const SPEEDS: [u64; 8] = [1, 2, 4, 8, 16, 32, 64, 128];
const NORMAL: usize = 2;

/// A recorded session on its way.
pub struct Player {
    events: Vec<Event>,
    /// When each event comes, gaps shortened, microseconds.
    at: Vec<u64>,
    state: State,
    applied: usize,
    now: u64,
    playing: bool,
    speed: usize,
    /// Grows whenever the state is another one and not only a later one.
    generation: u64,
}

impl Player {
    /// At the start, playing.
    pub fn new(events: Vec<Event>) -> Player {
        let mut at = Vec::with_capacity(events.len());
        let (mut now, mut before) = (0, None);
        for event in &events {
            now += before.map_or(0, |b: u64| event.mono_us.saturating_sub(b).min(GAP_US));
            before = Some(event.mono_us);
            at.push(now);
        }
        let mut player = Player {
            events,
            at,
            state: State::default(),
            applied: 0,
            now: 0,
            playing: true,
            speed: NORMAL,
            generation: 0,
        };
        player.apply_to(player.events_until(0));
        player
    }

    /// The session as it was.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// See the field.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    fn end(&self) -> u64 {
        self.at.last().copied().unwrap_or(0)
    }

    /// What the line says.
    pub fn line(&self) -> ReplayLine {
        let speed = match SPEEDS.get(self.speed) {
            None => String::new(),
            Some(quarters) if quarters % 4 == 0 => (quarters / 4).to_string(),
            Some(1) => "0.25".to_owned(),
            Some(_) => "0.5".to_owned(),
        };
        ReplayLine {
            playing: self.playing,
            at_us: self.now,
            end_us: self.end(),
            speed,
            event: self.applied,
            events: self.events.len(),
        }
    }

    fn events_until(&self, us: u64) -> usize {
        self.at.partition_point(|at| *at <= us)
    }

    fn apply_to(&mut self, count: usize) {
        let count = count.min(self.events.len());
        if count < self.applied {
            self.generation += 1;
            // Folding 100,000 events takes about 5 ms, so the way back is the way from the start.
            (self.applied, self.state) = (0, State::default());
        }
        while self.applied < count {
            self.state.apply(&self.events[self.applied]);
            self.applied += 1;
        }
    }

    fn seek_event(&mut self, count: usize) {
        self.playing = false;
        let count = count.min(self.events.len());
        self.apply_to(count);
        self.now = count.checked_sub(1).map_or(0, |n| self.at[n]);
    }

    fn seek_time(&mut self, us: u64) {
        self.now = us.min(self.end());
        self.apply_to(self.events_until(self.now));
    }

    /// Time has passed. Says whether anything changed that is to be seen.
    pub fn advance(&mut self, passed: Duration) -> bool {
        if !self.playing {
            return false;
        }
        let before = (self.applied, self.now / 1_000_000);
        let passed = u64::try_from(passed.as_micros()).unwrap_or(u64::MAX);
        self.now = match SPEEDS.get(self.speed) {
            Some(quarters) => self.now.saturating_add(passed.saturating_mul(*quarters) / 4).min(self.end()),
            None => self.end(),
        };
        self.apply_to(self.events_until(self.now));
        if self.applied == self.events.len() {
            self.playing = false;
            return true;
        }
        before != (self.applied, self.now / 1_000_000)
    }

    /// When something will be to be seen, if it plays.
    pub fn next_change(&self) -> Option<Duration> {
        if !self.playing {
            return None;
        }
        let Some(quarters) = SPEEDS.get(self.speed) else { return Some(Duration::ZERO) };
        let second = (self.now / 1_000_000 + 1) * 1_000_000;
        let next = self.at.get(self.applied).copied().unwrap_or(second).min(second);
        Some(Duration::from_micros(next.saturating_sub(self.now).saturating_mul(4) / quarters + 1))
    }

    /// Takes a key's action in.
    pub fn act(&mut self, action: Action, digit: Option<u8>) {
        match action {
            Action::PlayPause => {
                if self.applied == self.events.len() && !self.playing {
                    self.seek_time(0);
                }
                self.playing = !self.playing;
            }
            Action::NextEvent => self.seek_event(self.applied + 1),
            Action::PreviousEvent => self.seek_event(self.applied.saturating_sub(1)),
            Action::NextTurn => {
                let next = self.turns().find(|n| *n > self.applied).unwrap_or(self.events.len());
                self.seek_event(next);
            }
            Action::PreviousTurn => {
                let before = self.turns().filter(|n| *n < self.applied).last().unwrap_or(0);
                self.seek_event(before);
            }
            Action::Faster => self.speed = (self.speed + 1).min(SPEEDS.len()),
            Action::Slower => self.speed = self.speed.saturating_sub(1),
            Action::SeekStart => self.seek_event(0),
            Action::SeekEnd => self.seek_event(self.events.len()),
            Action::SeekTenth => {
                let playing = self.playing;
                self.seek_time(self.end() / 10 * u64::from(digit.unwrap_or(0)));
                self.playing = playing;
            }
            _ => {}
        }
    }

    /// How many events are applied when each turn has just begun.
    fn turns(&self) -> impl Iterator<Item = usize> {
        self.events.iter().enumerate().filter(|(_, e)| matches!(e.fact, Fact::Said { .. })).map(|(n, _)| n + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::scenes;

    #[test]
    fn any_seek_shows_what_was() {
        let events = scenes::whole_session();
        let mut player = Player::new(events.clone());
        for count in [events.len(), 3, 0, events.len() / 2, 1] {
            player.seek_event(count);
            assert_eq!(*player.state(), State::fold(&events[..count]), "after {count}");
        }
    }

    #[test]
    fn going_back_in_a_long_session_shows_what_was() {
        let events = scenes::long_stream(5_000);
        let mut player = Player::new(events.clone());
        player.act(Action::SeekEnd, None);
        for count in [4_321, 1_000, 999, 4_999] {
            player.seek_event(count);
            assert_eq!(player.state().seq, events[count - 1].seq);
            assert_eq!(*player.state(), State::fold(&events[..count]), "after {count}");
        }
    }

    #[test]
    fn it_plays_pauses_and_ends() {
        let mut player = Player::new(scenes::whole_session());
        assert!(player.line().playing);
        let wait = player.next_change().unwrap();
        let before = player.line();
        assert!(player.advance(wait));
        assert_ne!(player.line(), before);
        player.act(Action::PlayPause, None);
        assert!(!player.advance(Duration::from_secs(9)) && player.next_change().is_none());
        player.act(Action::PlayPause, None);
        assert!(player.advance(Duration::from_secs(9_000)));
        let line = player.line();
        assert_eq!((line.playing, line.event, line.at_us), (false, line.events, line.end_us));
    }

    #[test]
    fn speeds_gaps_and_turns() {
        let mut events = scenes::whole_session();
        let gap = 3_600_000_000;
        for event in events.iter_mut().skip(5) {
            event.mono_us += gap;
        }
        let mut player = Player::new(events);
        assert!(player.end() < 120_000_000);
        (0..20).for_each(|_| player.act(Action::Faster, None));
        assert_eq!(player.line().speed, "");
        assert!(player.advance(Duration::ZERO));
        (0..20).for_each(|_| player.act(Action::Slower, None));
        assert_eq!(player.line().speed, "0.25");
        player.act(Action::SeekStart, None);
        player.act(Action::NextTurn, None);
        assert_eq!(player.state().turns, 1);
        player.act(Action::PreviousTurn, None);
        assert_eq!(player.line().event, 0);
        player.act(Action::SeekTenth, Some(5));
        assert!(player.line().at_us <= player.end() / 2 + 1);
    }

    #[test]
    fn nothing_to_play_is_no_reason_to_panic() {
        let mut player = Player::new(Vec::new());
        for action in Action::ALL {
            player.act(*action, Some(9));
            player.advance(Duration::from_secs(1));
        }
    }
}
