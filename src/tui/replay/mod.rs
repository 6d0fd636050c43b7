//! The replay player: where in a recorded session we are, and how it moves on. Pure: time is passed in.
//!
//! Owns: the time line, seeking (`checkpoints`), where steps stop (`stops`), search, the person's markers.
//! Does not own: how it is drawn (`view`), nor the session: what it shows is a fold like any other.

mod checkpoints;
mod line;
mod markers;
mod search;
mod stops;
#[cfg(test)]
mod tests;
mod times;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::session::{Event, State};
use crate::tui::keymap::Action;
use checkpoints::Checkpoints;
pub use line::{BarMark, ReplayLine};
pub use markers::{Marker, Markers};
use search::Search;
use stops::Stop;
pub use times::{Seek, times};

/// Speeds in quarters; beyond the last one everything comes at once.
const SPEEDS: [u64; 8] = [1, 2, 4, 8, 16, 32, 64, 128];
const NORMAL: usize = 2;

/// What the player is asked for beside its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// To a place that was typed: a time, `#event`, `percent%`.
    Seek(String),
    /// To the next event that holds this.
    Search(String),
    /// A marker here, of this name.
    Mark(String),
    /// To just after this many events.
    GoTo(usize),
}

/// A recorded session on its way.
pub struct Player {
    events: Vec<Event>,
    /// When each event comes, gaps shortened, microseconds.
    at: Vec<u64>,
    checkpoints: Checkpoints,
    state: State,
    applied: usize,
    now: u64,
    playing: bool,
    speed: usize,
    /// Grows whenever the state is another one and not only a later one.
    generation: u64,
    search: Search,
    markers: Markers,
    /// What stands on the bar.
    marks: Arc<Vec<BarMark>>,
}

impl Player {
    /// At the start, playing.
    #[cfg(test)]
    pub fn new(events: Vec<Event>) -> Player {
        Player::with(events, Some(2_000_000), None)
    }

    /// At the start, playing; with a longest gap, and markers that are remembered in a file.
    pub fn with(events: Vec<Event>, gap_us: Option<u64>, markers: Option<PathBuf>) -> Player {
        let at = times(&events, gap_us);
        let checkpoints = Checkpoints::of(&events, checkpoints::SPACING);
        let markers = Markers::open(markers, events.len());
        let mut player = Player {
            events,
            at,
            checkpoints,
            state: State::default(),
            applied: 0,
            now: 0,
            playing: true,
            speed: NORMAL,
            generation: 0,
            search: Search::default(),
            markers,
            marks: Arc::default(),
        };
        player.mark_bar();
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

    /// The person's markers, in order.
    pub fn markers(&self) -> &[Marker] {
        self.markers.all()
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
            marks: self.marks.clone(),
            marker: self.markers.at(self.applied).map(|marker| marker.name.clone()),
        }
    }

    fn events_until(&self, us: u64) -> usize {
        self.at.partition_point(|at| *at <= us)
    }

    fn apply_to(&mut self, count: usize) {
        let count = count.min(self.events.len());
        let known = self.checkpoints.before(count);
        if count < self.applied {
            self.generation += 1;
            (self.applied, self.state) = known.map_or_else(Default::default, |(n, state)| (n, state.clone()));
        } else if let Some((n, state)) = known.filter(|(n, _)| *n > self.applied) {
            (self.applied, self.state) = (n, state.clone());
        }
        for event in &self.events[self.applied..count] {
            self.state.apply(event);
        }
        self.applied = count;
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

    /// Takes a key's action in. Returns what is to be said.
    pub fn act(&mut self, action: Action, digit: Option<u8>) -> Option<String> {
        match action {
            Action::PlayPause => {
                if self.applied == self.events.len() && !self.playing {
                    self.seek_time(0);
                }
                self.playing = !self.playing;
            }
            Action::NextEvent => self.seek_event(self.applied + 1),
            Action::PreviousEvent => self.seek_event(self.applied.saturating_sub(1)),
            Action::NextTurn => return self.step(Stop::Turn, 1),
            Action::PreviousTurn => return self.step(Stop::Turn, -1),
            Action::NextRequest => return self.step(Stop::Request, 1),
            Action::PreviousRequest => return self.step(Stop::Request, -1),
            Action::NextFinding => return self.step(Stop::Finding, 1),
            Action::PreviousFinding => return self.step(Stop::Finding, -1),
            Action::NextRun => return self.step(Stop::Run, 1),
            Action::PreviousRun => return self.step(Stop::Run, -1),
            Action::NextHit => return self.find(1),
            Action::PreviousHit => return self.find(-1),
            Action::Unmark => return Some(self.unmark()),
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
        None
    }

    /// To the next or former place where such a step stops.
    fn step(&mut self, stop: Stop, by: isize) -> Option<String> {
        let stops = |n: &usize| stop.at(&self.events[*n]);
        let found = if by > 0 {
            (self.applied..self.events.len()).find(stops)
        } else {
            (0..self.applied.saturating_sub(1)).rev().find(stops)
        };
        match found {
            Some(n) => {
                self.seek_event(n + 1);
                None
            }
            None => {
                // The ends of the recording are where steps stop too.
                self.seek_event(if by > 0 { self.events.len() } else { 0 });
                Some(format!("There is no {} {}.", stop.word(), if by > 0 { "after this" } else { "before this" }))
            }
        }
    }

    /// Does what is wished. Returns what is to be said.
    pub fn wish(&mut self, wish: Wish) -> Option<String> {
        match wish {
            Wish::Seek(typed) => match times::parse(&typed) {
                Some(Seek::Time(us)) => {
                    self.playing = false;
                    self.seek_time(us);
                    None
                }
                Some(Seek::Event(n)) => {
                    self.seek_event(n);
                    None
                }
                Some(Seek::Percent(percent)) => {
                    self.playing = false;
                    self.seek_time(self.end() / 100 * u64::from(percent));
                    None
                }
                None => Some("That is no place: type a time like 1:23, an event like #120, or 50%.".to_owned()),
            },
            Wish::Search(words) => {
                self.search.look_for(&words);
                self.find(1)
            }
            Wish::Mark(name) => {
                let said = self.markers.set(self.applied, &name);
                self.mark_bar();
                said
            }
            Wish::GoTo(count) => {
                self.seek_event(count);
                None
            }
        }
    }

    fn unmark(&mut self) -> String {
        let said = match self.markers.remove(self.applied) {
            true => "The marker is gone.",
            false => "There is no marker here.",
        };
        self.mark_bar();
        said.to_owned()
    }

    fn find(&mut self, by: isize) -> Option<String> {
        if self.search.is_empty() {
            return Some("Nothing is searched for yet; / asks for words.".to_owned());
        }
        match self.search.find(&self.events, self.applied, by) {
            Some((count, wrapped)) => {
                self.seek_event(count);
                wrapped.then(|| format!("From the {} again.", if by > 0 { "start" } else { "end" }))
            }
            None => Some(format!("Nothing in the session holds `{}`.", self.search.words())),
        }
    }

    /// What stands on the bar: turns, what went wrong, and the person's markers over both.
    fn mark_bar(&mut self) {
        let stop = |n: usize| match &self.events[n] {
            event if stops::is_error(event) => Some(BarMark { at_us: self.at[n], sign: BarMark::ERROR }),
            event if Stop::Turn.at(event) => Some(BarMark { at_us: self.at[n], sign: BarMark::TURN }),
            _ => None,
        };
        let mut marks: Vec<BarMark> = (0..self.events.len()).filter_map(stop).collect();
        let mine = |marker: &Marker| {
            let at_us = marker.event.checked_sub(1).and_then(|n| self.at.get(n)).copied().unwrap_or(0);
            BarMark { at_us, sign: BarMark::MARKER }
        };
        marks.extend(self.markers.all().iter().map(mine));
        self.marks = Arc::new(marks);
    }
}
