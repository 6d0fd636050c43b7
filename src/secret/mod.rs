//! Secrets: where their values come from, and that none of them leaves the process.
//!
//! Owns: the one lookup of variables (secrets file, environment, `.env`), which names mean a secret, the
//! values that are known to be secret, and hiding them, in every form they can turn up in, from texts,
//! streams and JSON. Does not own: which fields a connection has (`connect`), the places where something
//! leaves the process: each of them calls this room.

mod address;
pub mod codes;
mod data;
mod file;
mod form;
mod message;
mod name;
mod redactor;
mod stream;
mod variables;

pub use data::{hide_in, to_json};
pub use message::message;
pub use name::{is_secret_variable, looks_secret};
pub use redactor::{Kept, MASK, Redactor, hide, hide_json, hide_passwords, known, remember, remember_passwords};
pub use stream::StreamRedactor;
pub use variables::{Found, Origin, Variables, choose_secrets_file};
