//! Windows over the panes.
//!
//! Owns: the help and the session picker, their state and their drawing. Does not own: which is open
//! (`ui`).

pub mod help;
pub mod picker;
mod window;
