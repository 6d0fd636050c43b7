//! Keeps a key out of everything that is shown, journalled or recorded, and keeps a server's words fit
//! to be shown.

use secrecy::{ExposeSecret, SecretString};

/// Stands where the key stood.
const MASK: &str = "[redacted]";
/// A key shorter than this may be part of ordinary words; a text that holds it is withheld instead.
const MIN_KEY_BYTES: usize = 6;
/// Most characters of a server's message that are shown.
const MAX_MESSAGE_CHARS: usize = 600;

/// A server's message, fit for a diagnostic: one line, bounded, without control characters and without
/// the key.
pub(crate) fn message(text: &str, key: Option<&SecretString>) -> String {
    let key = key.map(ExposeSecret::expose_secret).unwrap_or_default();
    let withheld = !key.is_empty() && key.len() < MIN_KEY_BYTES && text.contains(key);
    if withheld {
        return "(a message that holds the key; not shown)".to_owned();
    }
    // Before cutting, so that no part of a key is left at the cut.
    let clean = if key.is_empty() { text.to_owned() } else { text.replace(key, MASK) };
    let line = clean
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    if line.chars().count() <= MAX_MESSAGE_CHARS {
        return line;
    }
    line.chars().take(MAX_MESSAGE_CHARS).chain(['…']).collect()
}

/// Masks the key in a text that comes in pieces, also when it is split between them. What may be the
/// beginning of the key is held back until the next piece decides.
#[derive(Debug, Default)]
pub(crate) struct StreamRedactor {
    held: String,
}

impl StreamRedactor {
    /// Takes a piece and returns what can be passed on.
    pub(crate) fn push(&mut self, piece: &str, key: Option<&SecretString>) -> String {
        let key = key.map(ExposeSecret::expose_secret).unwrap_or_default();
        if key.len() < MIN_KEY_BYTES {
            return piece.to_owned();
        }
        let mut text = std::mem::take(&mut self.held);
        text.push_str(piece);
        let mut clean = text.replace(key, MASK);
        let longest = (1..key.len().min(clean.len() + 1))
            .rev()
            .find(|n| key.is_char_boundary(*n) && clean.ends_with(&key[..*n]))
            .unwrap_or(0);
        self.held = clean.split_off(clean.len() - longest);
        clean
    }

    /// What was held back at the end: the beginning of a key that never came whole.
    pub(crate) fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_one_bounded_line_without_the_key() {
        let key = SecretString::from("sk-12345678");
        assert_eq!(message("bad key\r\n sk-12345678!\u{1b}[31m", Some(&key)), "bad key [redacted]! [31m");
        let long = message(&"ab ".repeat(1000), None);
        assert_eq!(long.chars().count(), MAX_MESSAGE_CHARS + 1);
        let cut = format!("{} sk-12345678", "x".repeat(MAX_MESSAGE_CHARS - 5));
        assert!(!message(&cut, Some(&key)).contains("sk-1"));
    }

    #[test]
    fn a_short_key_withholds_the_message() {
        let key = SecretString::from("abc");
        assert!(!message("no abc here", Some(&key)).contains("abc"));
        assert_eq!(message("nothing", Some(&key)), "nothing");
    }

    #[test]
    fn a_key_split_between_pieces_is_masked() {
        let key = SecretString::from("sk-ščé-78");
        let text = "a sk- sk-sk-ščé-78 b sk-ščé-7";
        for cut in (0..=text.len()).filter(|n| text.is_char_boundary(*n)) {
            let mut redactor = StreamRedactor::default();
            let shown =
                [redactor.push(&text[..cut], Some(&key)), redactor.push(&text[cut..], Some(&key)), redactor.finish()];
            assert_eq!(shown.concat(), "a sk- sk-[redacted] b sk-ščé-7", "cut at {cut}");
        }
    }

    #[test]
    fn without_a_key_nothing_is_held() {
        let mut redactor = StreamRedactor::default();
        assert_eq!(redactor.push("hello", None), "hello");
    }
}
