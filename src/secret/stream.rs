//! Hiding secrets in a text that comes in pieces.

use super::redactor::{Known, Search};
use super::{MASK, Redactor, address};

/// Hides secrets also where they are split between pieces. What may be the beginning of one is held back
/// until the next piece decides.
#[derive(Debug, Default)]
pub struct StreamRedactor {
    held: String,
}

impl StreamRedactor {
    /// Takes a piece and returns what can be passed on.
    pub fn push(&mut self, piece: &str) -> String {
        self.push_with(super::known(), piece)
    }

    /// What was held back at the end: the beginning of a secret that never came whole.
    pub fn finish(&mut self) -> String {
        self.finish_with(super::known())
    }

    fn push_with(&mut self, redactor: &Redactor, piece: &str) -> String {
        if piece.is_empty() {
            return String::new();
        }
        let mut text = std::mem::take(&mut self.held);
        text.push_str(piece);
        let known = redactor.snapshot();
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        loop {
            let held = hold_from(&known, &text, at);
            match known.next(&text, at).filter(|found| found.start < held) {
                Some(found) => {
                    out.push_str(&text[at..found.start]);
                    out.push_str(MASK);
                    at = found.end;
                }
                None => {
                    out.push_str(&text[at..held]);
                    self.held = text.split_off(held);
                    return redactor.hide(&out).into_owned();
                }
            }
        }
    }

    fn finish_with(&mut self, redactor: &Redactor) -> String {
        redactor.hide(&std::mem::take(&mut self.held)).into_owned()
    }
}

/// The first place, not before `from`, from which on the text is the beginning of a secret.
fn hold_from(known: &Known, text: &str, from: usize) -> usize {
    let Search { forms, longest, .. } = known.search();
    let first = from.max(text.len().saturating_sub(longest.saturating_sub(1)));
    let begins = |at: usize| {
        let tail = &text[at..];
        let next = forms.binary_search_by(|form| form.as_str().cmp(tail)).map_or_else(|at| at, |at| at + 1);
        forms.get(next).is_some_and(|form| form.starts_with(tail))
    };
    let value = (first..text.len()).filter(|at| text.is_char_boundary(*at)).find(|at| begins(*at));
    let address = address::unfinished(&text[from..]).map(|at| from + at);
    value.into_iter().chain(address).min().unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pieces(redactor: &Redactor, cuts: &[&str]) -> String {
        let mut stream = StreamRedactor::default();
        let mut out: String = cuts.iter().map(|piece| stream.push_with(redactor, piece)).collect();
        out.push_str(&stream.finish_with(redactor));
        out
    }

    #[test]
    fn a_secret_split_between_pieces_is_hidden() {
        let redactor = Redactor::new();
        redactor.remember("sk-ščé-78");
        let text = "a sk- sk-sk-ščé-78 b https://u:pw@h/ sk-ščé-7";
        for cut in (0..=text.len()).filter(|n| text.is_char_boundary(*n)) {
            let shown = pieces(&redactor, &[&text[..cut], &text[cut..]]);
            assert_eq!(shown, "a sk- sk-[redacted] b https://u:[redacted]@h/ sk-ščé-7", "cut at {cut}");
        }
        let single: Vec<String> = text.chars().map(String::from).collect();
        let single: Vec<&str> = single.iter().map(String::as_str).collect();
        assert_eq!(pieces(&redactor, &single), "a sk- sk-[redacted] b https://u:[redacted]@h/ sk-ščé-7");
    }

    #[test]
    fn nothing_is_held_that_can_not_begin_a_secret() {
        let redactor = Redactor::new();
        redactor.remember("hunter2");
        let mut stream = StreamRedactor::default();
        assert_eq!(stream.push_with(&redactor, "hello!"), "hello!");
        assert_eq!(stream.push_with(&redactor, " hun"), " ");
        assert_eq!(stream.push_with(&redactor, "gry"), "hungry");
    }

    proptest! {
        #[test]
        fn pieces_come_to_the_same_as_the_whole(text in "[a-d ]{0,40}", cuts in proptest::collection::vec(0usize..40, 0..6)) {
            let redactor = Redactor::new();
            redactor.remember("abcab");
            redactor.remember("cabd");
            let mut ends: Vec<usize> = cuts.into_iter().filter(|cut| *cut <= text.len()).chain([0, text.len()]).collect();
            ends.sort_unstable();
            let parts: Vec<&str> = ends.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
            prop_assert_eq!(pieces(&redactor, &parts), redactor.hide(&text).into_owned());
        }
    }
}
