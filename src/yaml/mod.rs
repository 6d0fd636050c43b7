//! YAML text as a tree with places.
//!
//! Owns: reading events into nodes that know their bytes, the YAML 1.1 meaning of plain scalars, aliases
//! and merge keys, the limits that keep hostile text small, and saying what is wrong with broken YAML.
//! What stands before the broken place is kept. Does not own: what any key means (`contract`,
//! `pipeline::oml`), writing YAML.

mod explain;
mod load;
mod node;
mod scalar;

pub use load::{Duplicate, MAX_BYTES, MAX_DEPTH, MAX_NODES, Tree, load};
pub use node::{Entry, Key, Kind, Map, Node, Resolved, Scalar, Seq, Style};
pub use scalar::resolve;
