//! How large a text is for a model, without a vocabulary: an estimate from the kinds of characters. A
//! test holds it against a real tokenizer.

/// Letters of one token of a longer word.
const LETTERS: u32 = 7;
/// Digits of one token.
const DIGITS: u32 = 3;
/// What a character costs beside letters and digits, in tenths of a token.
const BEFORE_WORD: u64 = 5;
const BEHIND_SIGN: u64 = 6;
const ALONE: u64 = 9;
const NOT_ASCII: u64 = 12;

/// About how many tokens a text has; seldom fewer than a tokenizer counts, and seldom a third more.
pub fn estimated_tokens(text: &str) -> u64 {
    let mut tenths = 0;
    let (mut letters, mut digits) = (0_u32, 0_u32);
    let mut last = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c.is_ascii_alphabetic() && digits == 0 {
            letters += 1;
        } else if c.is_ascii_digit() && letters == 0 {
            digits += 1;
        } else {
            tenths += 10 * u64::from(letters.div_ceil(LETTERS) + digits.div_ceil(DIGITS));
            letters = u32::from(c.is_ascii_alphabetic());
            digits = u32::from(c.is_ascii_digit());
            tenths += match c {
                c if c.is_ascii_alphanumeric() => 0,
                // A blank belongs to the word behind it, and a row of line ends is one token.
                ' ' => 0,
                '\n' if last == '\n' => 0,
                c if !c.is_ascii() => NOT_ASCII,
                _ if rest.peek().is_some_and(char::is_ascii_alphabetic) => BEFORE_WORD,
                _ if last.is_ascii_punctuation() => BEHIND_SIGN,
                _ => ALONE,
            };
        }
        last = c;
    }
    tenths += 10 * u64::from(letters.div_ceil(LETTERS) + digits.div_ceil(DIGITS));
    tenths.div_ceil(10)
}
