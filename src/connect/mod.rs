//! Connections and what lies behind them.
//!
//! Owns: the connections file, resolving its values when they are used, the drivers (one folder or file
//! a system) that read and write, opening, and discovery. Does not own: which step uses a connection and when
//! (`pipeline::run`), the contract of a component (`contract`), keeping discoveries (`store`).

mod connection;
pub mod discovery;
pub mod driver;
mod file;
pub mod open;
mod quote;
mod value;

pub use connection::{Connection, Connections};
pub use open::{FailureKind, OpenFailure, Opened, Target, open};
pub use value::looks_secret;
