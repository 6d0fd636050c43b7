//! Finding by a few letters: what fits, the best first.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::safe::clean;

/// Bytes of what is typed to find something.
const LONGEST: usize = 200;

/// Scores texts by how well they fit what is typed.
pub struct Fuzzy {
    pattern: Pattern,
    matcher: Matcher,
    buffer: Vec<char>,
}

impl Fuzzy {
    /// For what is typed.
    pub fn new(typed: &str) -> Fuzzy {
        Fuzzy::with(typed, Config::DEFAULT)
    }

    /// For what is typed where the texts are paths: the beginning of a name counts for more.
    pub fn paths(typed: &str) -> Fuzzy {
        Fuzzy::with(typed, Config::DEFAULT.match_paths())
    }

    fn with(typed: &str, config: Config) -> Fuzzy {
        let pattern = Pattern::parse(typed, CaseMatching::Smart, Normalization::Smart);
        Fuzzy { pattern, matcher: Matcher::new(config), buffer: Vec::new() }
    }

    /// How well a text fits; `None` where it does not.
    pub fn score(&mut self, text: &str) -> Option<u32> {
        self.pattern.score(Utf32Str::new(text, &mut self.buffer), &mut self.matcher)
    }

    /// The places of those that fit, the best first; among equals their order decides.
    pub fn rank<T: AsRef<str>>(mut self, texts: impl IntoIterator<Item = T>) -> Vec<usize> {
        let scored = texts.into_iter().enumerate().filter_map(|(n, text)| Some((self.score(text.as_ref())?, n)));
        let mut scored: Vec<(u32, usize)> = scored.collect();
        scored.sort_by_key(|(score, n)| (std::cmp::Reverse(*score), *n));
        scored.into_iter().map(|(_, n)| n).collect()
    }
}

/// Adds a character to what is typed to find something; says whether there was room.
pub fn type_char(typed: &mut String, c: char) -> bool {
    let room = typed.len() < LONGEST;
    if room {
        typed.push_str(&clean(c.encode_utf8(&mut [0; 4])));
    }
    room
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_comes_first_and_the_order_decides_among_equals() {
        let texts = ["sum of orders", "orders", "customers", "orders"];
        assert_eq!(Fuzzy::new("orders").rank(texts), [0, 1, 3]);
        assert_eq!(Fuzzy::new("").rank(texts), [0, 1, 2, 3]);
        assert!(Fuzzy::paths("nothing").rank(texts).is_empty());
    }

    #[test]
    fn what_is_typed_is_bounded_and_harmless() {
        let mut typed = String::new();
        assert!(type_char(&mut typed, '\u{1b}'));
        assert!(!typed.contains('\u{1b}'));
        while type_char(&mut typed, 'ž') {}
        assert!(typed.len() <= LONGEST + 1);
    }
}
