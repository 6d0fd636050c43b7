//! Finding words in a recording.

use crate::agent::TurnFact;
use crate::session::catalogue::text_of;
use crate::session::{Event, Fact};

/// What is looked for, and the texts of the recording once they were gathered.
#[derive(Debug, Default)]
pub(super) struct Search {
    words: String,
    lower: String,
    texts: Option<Vec<Text>>,
}

/// A text in small letters, and where it stands.
#[derive(Debug)]
struct Text {
    text: String,
    /// Where the words of each event begin, and how many events there are with it.
    pieces: Vec<(usize, usize)>,
}

impl Search {
    pub fn look_for(&mut self, words: &str) {
        // Nothing typed looks for the same again.
        if !words.trim().is_empty() {
            words.trim().clone_into(&mut self.words);
            self.lower = self.words.to_lowercase();
        }
    }

    pub fn is_empty(&self) -> bool {
        self.lower.is_empty()
    }

    pub fn words(&self) -> &str {
        &self.words
    }

    /// How many events there are with the next event that holds the words, or the former one; and whether
    /// that was beyond the end.
    pub fn find(&mut self, events: &[Event], applied: usize, by: isize) -> Option<(usize, bool)> {
        let texts = self.texts.get_or_insert_with(|| texts(events));
        let mut hits: Vec<usize> = Vec::new();
        for text in texts.iter() {
            for (at, _) in text.text.match_indices(&self.lower) {
                // Where the last letter stands, so that all of it can be seen.
                let end = at + self.lower.len() - 1;
                let piece = text.pieces.partition_point(|(begin, _)| *begin <= end).saturating_sub(1);
                hits.extend(text.pieces.get(piece).map(|(_, count)| *count));
            }
        }
        hits.sort_unstable();
        hits.dedup();
        let next = if by > 0 {
            hits.iter().find(|n| **n > applied).or(hits.first())
        } else {
            hits.iter().rev().find(|n| **n < applied).or(hits.last())
        }?;
        Some((*next, (by > 0) == (*next <= applied)))
    }
}

/// All texts; the words of an answer come in pieces and are one.
fn texts(events: &[Event]) -> Vec<Text> {
    let mut all = Vec::new();
    let mut answer = Text { text: String::new(), pieces: Vec::new() };
    for (count, event) in (1..).zip(events) {
        match &event.fact {
            Fact::Turn(TurnFact::ModelDelta { text, thinking: false, .. }) => {
                answer.pieces.push((answer.text.len(), count));
                answer.text.push_str(&text.to_lowercase());
                continue;
            }
            Fact::Turn(TurnFact::ModelRequested { .. }) if !answer.pieces.is_empty() => {
                all.push(std::mem::replace(&mut answer, Text { text: String::new(), pieces: Vec::new() }));
            }
            _ => {}
        }
        if let Some(text) = text_of(event) {
            all.push(Text { text: text.to_lowercase(), pieces: vec![(0, count)] });
        }
    }
    all.push(answer);
    all
}
