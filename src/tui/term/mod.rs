//! The terminal.
//!
//! Owns: claiming and giving back the terminal on every path out, turning a buffer into the bytes of one
//! frame, writing them on a thread of its own, signals, the keys, the hang-up watcher. Does not own: what is drawn
//! (`view`), nor when (`app`).

mod claim;
mod encode;
mod hangup;
mod input;
mod outside;
mod pace;
mod replies;
mod signals;
mod writer;

pub use claim::{Claim, Modes, panicked};
pub use encode::Encoder;
pub use hangup::{Watch, watch as watch_hangup};
pub use input::Keys;
pub use outside::Outside;
pub use pace::Pace;
pub use replies::{QUESTION, Replies, Taken};
pub use signals::{Signal, Signals, stop_group};
pub use writer::{Writer, Written};
