//! Windows over the panes.
//!
//! Owns: the help, the session picker, two sessions side by side, the list that is narrowed by typing, the window to write in, their
//! state and their drawing. Does not own: which is open (`ui`).

pub mod chooser;
pub mod compare;
pub mod help;
pub mod picker;
pub mod prompt;
pub mod search;
pub mod window;
