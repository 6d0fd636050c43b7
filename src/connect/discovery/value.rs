//! Values of samples: bounded, and masked where only their form may be shown.

use super::Samples;

/// Characters of a value that are kept.
pub(in crate::connect) const MAX_VALUE: usize = 60;
/// Characters of a comment that are kept.
const MAX_COMMENT: usize = 200;

/// A value as it may be shown. Control characters become spaces.
pub(in crate::connect) fn shown(value: Option<&str>, samples: Samples) -> Option<String> {
    let value = value?;
    let cut: String = value.chars().take(MAX_VALUE).collect();
    Some(match samples {
        Samples::None => String::new(),
        Samples::Masked => cut.chars().map(mask).collect(),
        Samples::Full => cut.chars().map(|c| if c.is_control() { ' ' } else { c }).collect(),
    })
}

/// The form of a character: what is neither a letter nor a digit shows how a value is built.
fn mask(c: char) -> char {
    match c {
        c if c.is_numeric() => '9',
        c if c.is_ascii_punctuation() || c == ' ' => c,
        _ => 'x',
    }
}

/// A comment on one line, cut; nothing where it is empty.
pub(in crate::connect) fn comment(text: &str) -> Option<String> {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(4 * MAX_COMMENT).collect();
    let words: Vec<&str> = clean.split_whitespace().collect();
    let line = words.join(" ");
    let cut: String = line.chars().take(MAX_COMMENT).collect();
    let ellipsis = if cut.len() < line.len() { "…" } else { "" };
    (!cut.is_empty()).then(|| cut + ellipsis)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn masks_keep_the_form() {
        let masked = |text| shown(Some(text), Samples::Masked).unwrap();
        assert_eq!(masked("john.doe+1@example.com"), "xxxx.xxx+9@xxxxxxx.xxx");
        assert_eq!(masked("2024-01-02 03:04:05"), "9999-99-99 99:99:99");
        assert_eq!(masked("Zoé\n½"), "xxxx9");
        assert_eq!(shown(None, Samples::Masked), None);
        assert_eq!(shown(Some("a\u{1b}b"), Samples::Full).unwrap(), "a b");
    }

    #[test]
    fn comments_are_one_line_and_short() {
        assert_eq!(comment(" a\n\tb\u{1b}[2J "), Some("a b [2J".to_owned()));
        assert_eq!(comment(" \n"), None);
        assert_eq!(comment(&"é".repeat(500)).unwrap().chars().count(), MAX_COMMENT + 1);
    }

    proptest! {
        #[test]
        fn a_mask_has_no_letter_and_no_digit_of_the_value(value in "\\PC{0,80}") {
            let masked = shown(Some(&value), Samples::Masked).unwrap();
            prop_assert!(masked.chars().all(|c| c == 'x' || c == '9' || c == ' ' || c.is_ascii_punctuation()));
            prop_assert_eq!(masked.chars().count(), value.chars().count().min(MAX_VALUE));
        }
    }
}
