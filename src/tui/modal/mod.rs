//! Windows over the panes.
//!
//! Owns: the help, the session picker and the list that is narrowed by typing, their state and their drawing. Does not own: which is open
//! (`ui`).

pub mod chooser;
pub mod help;
pub mod picker;
mod window;
