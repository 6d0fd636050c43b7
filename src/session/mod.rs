//! The spine: commands in, events out, state is a fold.
//!
//! Owns: commands, events, the fold, the host that turns commands into events, the journal, replay,
//! export and import, serving sessions to other processes and attaching to them. Does not own: how anything is shown (`tui`, `cli`), nor the work itself (`agent`,
//! `pipeline`).

pub mod attach;
pub mod catalogue;
mod clock;
pub mod codes;
pub mod command;
pub mod compare;
mod document;
pub mod event;
pub mod export;
pub mod fork;
#[cfg(test)]
pub(crate) mod generated;
pub mod host;
mod journal;
pub mod link;
pub mod rerun;
pub mod rewind;
pub mod serve;
pub mod state;
pub mod talk;
pub mod turns;
mod unheard;
pub mod verify;
pub mod wire;

pub use command::Command;
pub use event::{Event, Fact};
pub use link::Link;
pub use state::State;
