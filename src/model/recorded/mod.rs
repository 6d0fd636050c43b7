//! Recordings: model answers kept for playback.
//!
//! Owns: the file format, playback by request hash ([`RecordedClient`]), what is said when a request has
//! no recording, and the making of recordings from live calls ([`Recorder`]). Does not own: which
//! recording is played (`cli`, `workspace`).

mod format;
mod miss;
mod playback;
mod recorder;

pub use format::{FORMAT, Header, VERSION};
pub use playback::{Pace, RecordedClient};
pub use recorder::Recorder;
