//! Markdown as styled rows.
//!
//! Owns: cutting a growing text into blocks that never change again ([`Blocks`]), and drawing a block as
//! rows of a width. Does not own: which blocks are visible, nor their cache (`pane::chat`).

mod blocks;
mod code;
mod render;
mod table;

pub use blocks::{Block, Blocks, Kind};
pub use code::{code_rows, push_tokens};
pub use render::render;
pub use table::Table;
