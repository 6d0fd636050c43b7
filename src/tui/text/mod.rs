//! Text as it may reach a terminal.
//!
//! Owns: making foreign text harmless, its width, its wrapping, Markdown and highlighting as styled
//! lines, finding by a few letters. Does not own: where the lines go (`view`, `pane`), nor the editing of text (`pane::composer`).

pub mod fuzzy;
pub mod highlight;
pub mod markdown;
pub mod rich;
pub mod safe;
pub mod token;
pub mod wrap;

pub use fuzzy::Fuzzy;
pub use highlight::Highlighter;
pub use rich::Rich;
pub use safe::{clean, clean_line};
pub use token::Token;
pub use wrap::{cut, pad, width, wrap};
