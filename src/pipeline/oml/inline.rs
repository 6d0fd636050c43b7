//! Secrets that stand in a document: once they are found they are known, and hidden like all others.

use crate::diagnostic::Diagnostic;
use crate::secret;

/// The code of a secret in a document.
const CODE: &str = "inline-secret";

/// Makes the secrets that a check has found in a document known. Not for a text that is being typed: half a
/// secret is none.
pub fn remember_inline(text: &str, found: &[Diagnostic]) {
    for span in found.iter().filter(|diagnostic| diagnostic.code == CODE).filter_map(|diagnostic| diagnostic.span) {
        let Some(written) = text.get(span.range()) else { continue };
        secret::remember_passwords(written);
        let value = written.trim();
        let inner = ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
        secret::remember(&inner.unwrap_or(value).to_owned().into());
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Span;

    use super::*;

    #[test]
    fn what_was_found_is_hidden() {
        let text = "a: \"inl1ne-secret\"\nb: other\n";
        let found = [Diagnostic::error(CODE, "x").at(Span::of(text, 3..18)), Diagnostic::error("y", "y")];
        remember_inline(text, &found);
        assert_eq!(secret::hide(text), "a: \"[redacted]\"\nb: other\n");
    }
}
