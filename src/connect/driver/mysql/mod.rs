//! MySQL and MariaDB: reading by streamed rows of the text protocol in one snapshot, writing by LOAD DATA
//! LOCAL fed from memory in one transaction.
//!
//! Owns: which Arrow type a column of MySQL has and the way back, the statements, and that a write leaves
//! the target as it was until it is finished. Does not own: opening (`connect::open`), pairing columns with
//! those of a target (`driver::plan`).

mod decode;
mod encode;
mod judge;
mod kind;
mod ledger;
mod load;
mod merge;
mod options;
mod part;
mod session;
mod since;
mod sink;
mod source;
mod state;
mod table;
mod told;
mod types;
mod writing;

pub use part::DRIVERS;
pub use types::types_page;

use crate::connect::quote::{Ident, Quote};

/// A name, quoted when displayed.
fn quoted(name: &str) -> Ident<'_> {
    Ident(Quote::Mysql, name)
}
