//! The words of servers and drivers, fit to be shown.

use std::borrow::Cow;

use super::{MASK, known};

/// Most characters of a message that are shown.
const MAX_CHARS: usize = 600;
/// Settings in a connection string or a query whose value is hidden, known or not.
const SETTINGS: [&str; 8] =
    ["password=", "passwd=", "pwd=", "secret=", "token=", "api_key=", "apikey=", "authorization: "];

/// A message of a server or a driver: one line, bounded, without control characters and without secrets,
/// those in `password=…` too. One that holds a secret too short to be hidden is not shown at all.
pub fn message(text: &str) -> String {
    let redactor = known();
    let short = &redactor.snapshot().short;
    if short.iter().any(|value| holds_word(text, value)) {
        return "(a message that holds a secret; not shown)".to_owned();
    }
    // Before cutting, so that no part of a secret is left at the cut.
    let clean = hide_settings(&redactor.hide(text)).into_owned();
    let line = clean
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    // Once more: a line end may have stood inside of a secret.
    let line = redactor.hide(&line).into_owned();
    if line.chars().count() <= MAX_CHARS {
        return line;
    }
    line.chars().take(MAX_CHARS).chain(['…']).collect()
}

fn holds_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let joined = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        !joined(text[..at].chars().next_back()) && !joined(text[at + word.len()..].chars().next())
    })
}

fn hide_settings(text: &str) -> Cow<'_, str> {
    let lower = text.to_ascii_lowercase();
    let mut out = String::new();
    let mut at = 0;
    while let Some(value) = SETTINGS.iter().filter_map(|key| lower[at..].find(key).map(|n| at + n + key.len())).min() {
        let end = value_end(&text[value..]) + value;
        out.push_str(&text[at..value]);
        let given = &text[value..end];
        out.push_str(if given.is_empty() || given.contains(MASK) || given.starts_with("${") { given } else { MASK });
        at = end;
    }
    if at == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[at..]);
    Cow::Owned(out)
}

/// Where a value ends: at its closing quote, else where the next setting can begin.
fn value_end(text: &str) -> usize {
    match text.chars().next() {
        Some(quote @ ('\'' | '"')) => text[1..].find(quote).map_or(text.len(), |at| at + 2),
        _ => text.find(|c: char| c.is_whitespace() || matches!(c, '&' | ';' | ',' | '"' | '\'')).unwrap_or(text.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_one_bounded_line_without_the_key() {
        known().remember("sk-12345678");
        assert_eq!(message("bad key\r\n sk-12345678!\u{1b}[31m"), "bad key [redacted]! [31m");
        assert_eq!(message(&"ab ".repeat(1000)).chars().count(), MAX_CHARS + 1);
        let cut = format!("{} sk-12345678", "x".repeat(MAX_CHARS - 5));
        assert!(!message(&cut).contains("sk-1"));
    }

    #[test]
    fn a_short_key_withholds_the_message() {
        known().remember("q7z");
        assert!(!message("no q7z here").contains("q7z"));
        assert_eq!(message("xq7zx"), "xq7zx");
    }

    #[test]
    fn settings_hide_their_values() {
        assert_eq!(
            message("host=h password='a b' user=u; Pwd=x;y ?token=t&a=1"),
            "host=h password=[redacted] user=u; Pwd=[redacted];y ?token=[redacted]&a=1"
        );
        assert_eq!(message("password=${PW} password= x"), "password=${PW} password= x");
    }
}
