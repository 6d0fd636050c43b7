//! JSON: rows that are objects, in files and in answers of servers.
//!
//! Owns: finding the objects in a text, the types of their keys, turning them into Arrow record batches and
//! back into JSON. Does not own: where a file lies (`place`), how it comes to be (`draft`), asking a server
//! (`http`).
//!
//! A key that is missing and one that is `null` are both NULL. Numbers are taken from the text, so that none
//! is rounded on its way to a decimal. Objects and lists inside of a row are handed on as JSON text, which the
//! JSON functions of SQL take; such a column is marked, so that a JSON file that is written from it holds the
//! objects again and not their text.

mod cell;
mod columns;
mod format;
mod infer;
mod number;
mod options;
mod part;
mod path;
mod source;
mod values;
mod writer;

use arrow::datatypes::Field;

pub(super) use cell::read_row;
pub(super) use columns::{Columns, Misfit};
pub(super) use infer::Shape;
pub use part::DRIVERS;
pub(super) use path::Path;

const EXTENSION: &str = "ARROW:extension:name";

/// Marks a column of texts as one of JSON, by Arrow's canonical name.
pub(super) fn marked(field: Field) -> Field {
    let mut metadata = field.metadata().clone();
    metadata.insert(EXTENSION.to_owned(), "arrow.json".to_owned());
    field.with_metadata(metadata)
}

/// Whether the texts of a column are JSON.
pub(super) fn is_json(field: &Field) -> bool {
    field.metadata().get(EXTENSION).is_some_and(|name| name == "arrow.json")
}
