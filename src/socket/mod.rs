//! The socket: how a process that wants the store talks to the one that has it.
//!
//! Owns: where the socket of a store lies, frames, the greeting with its versions and identities, who may
//! speak at all. Does not own: what is said after the greeting (`store` for keys and values, `session` for
//! commands and events).

pub mod codes;
pub mod frame;
pub mod greeting;
pub mod place;

pub use greeting::{Connection, Purpose};
