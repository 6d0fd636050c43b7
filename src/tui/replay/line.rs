//! What the screen shows of the player.

use std::sync::Arc;

/// A mark on the bar of the replay player.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BarMark {
    /// Where, microseconds.
    pub at_us: u64,
    /// What: one of the constants; where several stand in one place, the greatest is shown.
    pub sign: u8,
}

impl BarMark {
    /// A turn begins.
    pub const TURN: u8 = 0;
    /// Something went wrong.
    pub const ERROR: u8 = 1;
    /// A marker of the person.
    pub const MARKER: u8 = 2;
}

/// What the line of the replay player says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplayLine {
    /// It plays.
    pub playing: bool,
    /// Where it is, microseconds.
    pub at_us: u64,
    /// The end, microseconds.
    pub end_us: u64,
    /// The speed; empty for "at once".
    pub speed: String,
    /// The event.
    pub event: usize,
    /// All events.
    pub events: usize,
    /// What stands on the bar.
    pub marks: Arc<Vec<BarMark>>,
    /// The name of the marker that stands here.
    pub marker: Option<String>,
}
