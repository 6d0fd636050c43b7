//! What was deleted by word or line, the newest first, to be inserted again.

use std::collections::VecDeque;

/// Texts that are kept, and their bytes.
const MOST: usize = 32;
const MOST_BYTES: usize = 1 << 20;

/// The ring.
#[derive(Clone, Debug, Default)]
pub struct Kills {
    texts: VecDeque<String>,
}

impl Kills {
    /// Keeps a text.
    pub fn keep(&mut self, text: &str) {
        self.texts.push_front(text.to_owned());
        let mut bytes = 0;
        let fits = |text: &&String| {
            bytes += text.len();
            bytes <= MOST_BYTES
        };
        // The newest is kept, whatever its length.
        let kept = self.texts.iter().take(MOST).take_while(fits).count().max(1);
        self.texts.truncate(kept);
    }

    /// The text that was deleted `back` times before the last, round and round.
    pub fn get(&self, back: usize) -> Option<&str> {
        let at = back.checked_rem(self.texts.len())?;
        self.texts.get(at).map(String::as_str)
    }

    /// Forgets the texts that hold such a character.
    pub fn forget(&mut self, holds: impl Fn(char) -> bool) {
        self.texts.retain(|text| !text.chars().any(&holds));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_bounded_and_goes_round() {
        let mut kills = Kills::default();
        assert_eq!(kills.get(0), None);
        for n in 0..40 {
            kills.keep(&n.to_string());
        }
        assert_eq!((kills.get(0), kills.get(31), kills.get(32)), (Some("39"), Some("8"), Some("39")));
        kills.keep(&"x".repeat(2 * MOST_BYTES));
        assert_eq!(kills.texts.len(), 1);
        kills.forget(|c| c == 'x');
        assert_eq!(kills.get(0), None);
    }
}
