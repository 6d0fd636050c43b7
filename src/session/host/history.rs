//! What of the conversation so far the model is shown again.

use crate::model::{Message, Role};
use crate::session::State;
use crate::session::state::ItemBody;

/// Characters of earlier turns that are shown again, newest first; about 12,000 tokens.
const MAX_CHARS: usize = 48_000;

/// The earlier turns, oldest first: what the person said and the last answer of each turn. Repairs in
/// between are left out: what they led to is in that last answer. Nothing is shown of what is set aside, nor
/// of what a new message is said instead of.
pub(super) fn messages(state: &State, instead_of: Option<u64>) -> Vec<Message> {
    let mut turns: Vec<(String, String)> = Vec::new();
    let before = |id: u64| instead_of.is_none_or(|message| id < message);
    for item in state.transcript.items.iter().filter(|item| item.aside.is_none() && before(item.id)) {
        match &item.body {
            ItemBody::Said { text } => turns.push((text.clone(), String::new())),
            ItemBody::Answer(answer) if !answer.text.trim().is_empty() => {
                if let Some(turn) = turns.last_mut() {
                    turn.1.clone_from(&answer.text);
                }
            }
            _ => {}
        }
    }
    let mut left = MAX_CHARS;
    let mut kept = Vec::new();
    for (said, answered) in turns.into_iter().rev() {
        let size = said.chars().count() + answered.chars().count();
        if size > left {
            break;
        }
        left -= size;
        if !answered.is_empty() {
            kept.push(Message::new(Role::Assistant, answered));
            kept.push(Message::new(Role::User, said));
        }
    }
    kept.reverse();
    kept
}
