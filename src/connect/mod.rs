//! Connections and what lies behind them.
//!
//! Owns: the connections file, resolving its values when they are used, the drivers (one folder or file
//! a system) that read and write, opening, health, and discovery. Does not own: where secrets come from and
//! how they are hidden (`secret`), which step uses a connection and when (`pipeline::run`), the contract of a
//! component (`contract`), keeping discoveries (`store`).

mod add;
mod catalogue;
pub mod codes;
mod connection;
pub mod discovery;
pub mod driver;
mod family;
mod field;
mod file;
pub mod health;
pub mod open;
mod page;
mod quote;
mod value;

/// Makes the secrets of the workspace's connections, environment and files known, so that they are hidden
/// before anything leaves the process.
pub fn remember_secrets(root: &std::path::Path) {
    let _ = Connections::load(root);
}

/// Whether a failure of a driver or a connection may pass by itself, so that trying again can help: a line
/// that broke, a deadlock, a server that is busy. Never what is wrong with data, rights or names.
pub fn passes(diagnostic: &crate::diagnostic::Diagnostic) -> bool {
    let codes = [codes::CODES, driver::table_codes::CODES, driver::http_codes, driver::codes::CODES];
    codes.into_iter().flatten().any(|brief| brief.passes && brief.code == diagnostic.code)
}

pub use crate::secret::looks_secret;
pub use add::{Added, NewConnection, add};
pub use catalogue::catalogue;
pub use connection::{Connection, Connections};
pub use family::{FamilyField, FamilySpec, FieldKind, families};
pub use file::connections_file;
pub use open::{FailureKind, OpenFailure, Opened, Target, open};
pub use page::page;
