//! Compaction: where the conversation takes too much of what the model can read, its older part is left out, and a
//! digest of it stands in its place.

use super::Host;
use crate::agent::with_mentions;
use crate::diagnostic::Severity;
use crate::session::State;
use crate::session::state::{CHARS_A_TOKEN, ItemBody};
use crate::session::talk::{Compaction, TalkFact};

/// Tokens that the conversation may take where the model's window is not known.
const WITHOUT_WINDOW: u64 = 12_000;
/// Turns that are kept when the person asks for it.
const KEPT: usize = 2;
/// Characters of a message, or of an answer, in the digest.
const SHORT: usize = 300;
/// Characters of a digest.
const DIGEST: usize = 8_000;

/// A turn as the model is shown it again.
pub(super) struct Told {
    /// The event that told the message.
    id: u64,
    /// The message with what it mentions.
    pub(super) said: String,
    /// What the person wrote, without that.
    plain: String,
    /// The last answer; empty where there was none.
    pub(super) answered: String,
}

impl Told {
    fn tokens(&self) -> u64 {
        (self.said.chars().count() + self.answered.chars().count()) as u64 / CHARS_A_TOKEN
    }

    /// Messages that the model is shown of it.
    fn messages(&self) -> u32 {
        if self.answered.is_empty() { 1 } else { 2 }
    }
}

/// The digest that holds for a message that is said instead of a former one.
pub(super) fn digest(state: &State, instead_of: Option<u64>) -> Option<&Compaction> {
    // What came after the former message is no part of the conversation any more, so a digest of it is none.
    state.compacted.as_ref().filter(|compacted| instead_of.is_none_or(|message| message >= compacted.upto))
}

/// The turns that the model is shown again, oldest first; nothing of what is set aside or compacted.
pub(super) fn turns(state: &State, instead_of: Option<u64>) -> Vec<Told> {
    let from = digest(state, instead_of).map_or(0, |compacted| compacted.upto);
    let shown = |id: u64| id >= from && instead_of.is_none_or(|message| id < message);
    let mut turns: Vec<Told> = Vec::new();
    for item in state.transcript.items.iter().filter(|item| item.aside.is_none() && shown(item.id)) {
        match &item.body {
            ItemBody::Said { text, mentions } => turns.push(Told {
                id: item.id,
                said: with_mentions(text, mentions),
                plain: text.clone(),
                answered: String::new(),
            }),
            // Repairs in between are left out: what they led to is in the last answer.
            ItemBody::Answer(answer) if !answer.text.trim().is_empty() => {
                if let Some(turn) = turns.last_mut() {
                    turn.answered.clone_from(&answer.text);
                }
            }
            _ => {}
        }
    }
    turns
}

impl Host {
    /// Compacts the conversation because the person wants it.
    pub(super) fn compact(&mut self) -> bool {
        if self.is_busy("Not compacted") {
            return true;
        }
        let turns = turns(&self.state, None);
        match turns.len().checked_sub(KEPT).filter(|dropped| *dropped > 0) {
            Some(dropped) => self.drop_turns(&turns, dropped, None, true),
            None => self.notice(
                Severity::Info,
                format!("Nothing to compact: the model is shown {} turns, and the last {KEPT} are kept.", turns.len()),
            ),
        }
    }

    /// Compacts the conversation where it takes more than its share of the model's window.
    pub(super) fn compact_if_long(&mut self, instead_of: Option<u64>) -> bool {
        let turns = turns(&self.state, instead_of);
        let share = |window: u64| window / 100 * u64::from(self.setup.compact_percent);
        let limit = self.state.terms.context_tokens.map_or(WITHOUT_WINDOW, share);
        if turns.iter().map(Told::tokens).sum::<u64>() <= limit {
            return true;
        }
        let mut left = limit / 2;
        let newest = turns.iter().rev().take_while(|turn| {
            let fits = turn.tokens() <= left;
            left = left.saturating_sub(turn.tokens());
            fits
        });
        let dropped = turns.len() - newest.count();
        self.drop_turns(&turns, dropped, instead_of, false)
    }

    fn drop_turns(&mut self, turns: &[Told], dropped: usize, instead_of: Option<u64>, asked: bool) -> bool {
        let (old, kept) = turns.split_at(dropped);
        let former = digest(&self.state, instead_of).map(|compacted| compacted.digest.clone());
        let digest = summary(former.as_deref().unwrap_or_default(), old);
        let tokens = |turns: &[Told]| turns.iter().map(Told::tokens).sum::<u64>();
        let count = |turns: &[Told]| turns.iter().map(Told::messages).sum::<u32>();
        let size = |text: &str| text.chars().count() as u64 / CHARS_A_TOKEN;
        let upto = kept.first().map_or(self.state.seq + 1, |turn| turn.id);
        self.tell_talk(TalkFact::Compacted(Compaction {
            asked,
            upto,
            dropped: count(old),
            kept: count(kept),
            tokens_before: tokens(turns) + former.as_deref().map_or(0, size),
            tokens_after: tokens(kept) + size(&digest),
            digest,
        }))
    }
}

/// What remains of turns: their words, shortened; of too many the oldest are left out.
fn summary(former: &str, turns: &[Told]) -> String {
    let line = |who: &str, text: &str| {
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let short: String = words.chars().take(SHORT).collect();
        let more = if short.len() < words.len() { " …" } else { "" };
        format!("{who}: {short}{more}")
    };
    let mut lines: Vec<String> = former.lines().map(str::to_owned).collect();
    for turn in turns {
        lines.push(line("The person", &turn.plain));
        // What stands before its document says what an answer is about.
        let prose = turn.answered.split("```").next().unwrap_or_default();
        if !prose.trim().is_empty() {
            lines.push(line("You", prose));
        }
    }
    let mut left = DIGEST;
    let fitting = lines.iter().rev().take_while(|line| {
        let size = line.chars().count() + 1;
        let fits = size <= left;
        left = left.saturating_sub(size);
        fits
    });
    let kept = fitting.count();
    lines[lines.len() - kept..].join("\n")
}
