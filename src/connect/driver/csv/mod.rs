//! CSV files.
//!
//! Owns: the tokenizer, the types of columns, reading to and writing from Arrow record batches. Does not
//! own: where a file lies (`place`), how it comes to be (`draft`).
//!
//! NULL and the empty text are kept apart: an empty field without quotes is NULL, one with quotes is ''.
//! (No library at hand does so, see the measurements behind the design.) A file of one column writes
//! NULL as an empty line, and an empty line of such a file is read as NULL.

mod blocks;
pub(super) mod column;
mod format;
pub(super) mod infer;
pub(super) mod options;
mod part;
mod profile;
mod reader;
mod rows;
mod tokenizer;
pub(super) mod value;
mod writer;

pub use super::text::{Compression, Encoding};
pub use format::cell_text;
pub(super) use format::{is_writable, write_value};
pub use options::{Header, Newline, Quoting, ReadOptions, WriteOptions};
pub use part::DRIVERS;
pub use profile::{Depth, Profile, profile};
pub use reader::CsvReader;
pub use writer::CsvWriter;
