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
pub use scalar::{is_date, resolve};

/// A text as a YAML scalar that stands on one line and is read back as this very text.
pub fn quote(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '/')
        && !text.ends_with('.')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/'))
        && resolve(text).0 == Resolved::Text;
    // JSON's strings are YAML's double-quoted scalars.
    if plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::diagnostic::LineIndex;

    proptest! {
        #[test]
        fn what_is_quoted_is_read_back(text in any::<String>()) {
            let source = format!("a: [{}]\n", quote(&text));
            let tree = load(&LineIndex::new(&source));
            prop_assert_eq!(tree.root.map(|root| root.to_json()), Some(serde_json::json!({"a": [text]})));
        }
    }
}
