//! The workbench: a face of a session at a terminal.
//!
//! Owns: the terminal, what is on it, what keys do, the replay player, themes. Does not own: the
//! session's state (`session::State`, a fold that this only reads), nor any effect: what a person wants
//! goes out as a [`Command`](crate::session::Command), what happened comes in as an
//! [`Event`](crate::session::Event).
//!
//! - `app`: the loop: terminal, link, clock; the only place with effects.
//! - `ui`, `update`: what the screen remembers, and how a key changes it; pure.
//! - `view`, `pane`, `modal`: from state to cells; pure.
//! - `term`: claim, frames, signals, hang-up. `text`: width, wrapping, Markdown, highlighting.
//! - `screen`: how it is divided, remembered for a workspace. `theme`, `keymap`: data with its checks and its documentation.

mod app;
pub mod cast;
pub mod codes;
pub mod headless;
mod kept;
pub mod keymap;
mod modal;
mod options;
mod pane;
mod replay;
mod screen;
mod term;
mod text;
pub mod theme;
mod toml_text;
mod ui;
mod update;
mod view;

pub use app::{replay, run};
pub use keymap::keys_markdown;
pub use options::{
    Answer, Checker, ConnectionView, ContractView, Contracts, Exit, Found, Left, Library, OptionView, Options, Request,
    SessionEntry, Surroundings, TuiError,
};
pub use pane::completion::Around;
pub(crate) use text::{cut, width};

#[cfg(test)]
pub(crate) mod scenes;
