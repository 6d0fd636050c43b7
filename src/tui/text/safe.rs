//! Makes foreign text harmless: no control byte, no text direction trick, no endless line.

use std::borrow::Cow;

/// A line longer than this many bytes is cut for display.
pub const LINE_BYTES: usize = 8 * 1024;

const TAB: &str = "    ";
const REPLACEMENT: char = '\u{fffd}';

/// Whether a character could act on the terminal or hide what a text says: control characters,
/// direction controls, invisible formatting, tag characters.
fn hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..='\u{10ffff}')
}

/// The text with line ends kept (`\r\n` as `\n`), tabs as spaces and everything hostile replaced by
/// U+FFFD.
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| c != '\n' && hostile(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' => out.push('\n'),
            '\t' => out.push_str(TAB),
            '\r' if chars.peek() == Some(&'\n') => {}
            c if hostile(c) => out.push(REPLACEMENT),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// One line: as [`clean`], a line end becomes a space, and what is longer than [`LINE_BYTES`] is cut and
/// says so.
pub fn clean_line(text: &str) -> Cow<'_, str> {
    let (shown, rest) = text.split_at(floor(text, LINE_BYTES));
    let mut shown = clean(shown);
    if shown.contains('\n') {
        shown = Cow::Owned(shown.replace('\n', " "));
    }
    if rest.is_empty() {
        return shown;
    }
    Cow::Owned(format!("{shown}… ({} more bytes)", rest.len()))
}

/// The largest character border at or before `at`.
pub fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escape_sequences_and_direction_tricks_are_shown_as_what_they_are() {
        assert_eq!(clean("a\u{1b}]52;c;x\u{7}b"), "a\u{fffd}]52;c;x\u{fffd}b");
        assert_eq!(clean("\u{9b}31m\u{202e}x\u{200b}"), "\u{fffd}31m\u{fffd}x\u{fffd}");
        assert_eq!(clean("a\tb\r\nc\rd"), "a    b\nc\u{fffd}d");
        assert!(matches!(clean("plain\ntext 你好 👩‍👩‍👧"), Cow::Borrowed(_)));
    }

    #[test]
    fn long_lines_are_cut() {
        let long = "é".repeat(1 << 20);
        let shown = clean_line(&long);
        assert!(shown.len() < LINE_BYTES + 64);
        assert!(shown.ends_with("more bytes)"), "{}", &shown[shown.len() - 30..]);
        assert_eq!(clean_line("a\nb"), "a b");
    }

    proptest! {
        #[test]
        fn nothing_hostile_is_left(text in any::<String>()) {
            prop_assert!(!clean(&text).chars().any(|c| c != '\n' && hostile(c)));
            prop_assert!(!clean_line(&text).chars().any(hostile));
        }
    }
}
