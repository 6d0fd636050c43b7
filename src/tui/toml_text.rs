//! Reading TOML that a person wrote: what is wrong is said, what can be read is used.

use toml::de::DeTable;

use crate::diagnostic::{Diagnostic, Span};

/// Reads a file as far as it can be read; `rest` names what is used nevertheless.
pub(super) fn read<'t>(text: &'t str, source: &str, rest: &str) -> (toml::Spanned<DeTable<'t>>, Vec<Diagnostic>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let told = errors.into_iter().map(|error| {
        let d = Diagnostic::error("broken-toml", error.message().to_owned()).source(source);
        let d = match error.span() {
            Some(range) => d.at(Span::of(text, range)),
            None => d,
        };
        d.fix(format!("correct the TOML at this place; the rest of the {rest} is used as far as it can be read"))
    });
    (table, told.collect())
}
