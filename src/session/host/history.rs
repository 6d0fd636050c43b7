//! What of the conversation so far the model is shown again.

use super::compact;
use crate::model::{Message, Role};
use crate::session::State;

/// The earlier turns, oldest first: what the person said and the last answer of each turn. Nothing is shown of
/// what is set aside or compacted, nor of what a new message is said instead of.
pub(super) fn messages(state: &State, instead_of: Option<u64>) -> Vec<Message> {
    let answered = compact::turns(state, instead_of).into_iter().filter(|turn| !turn.answered.is_empty());
    answered
        .flat_map(|turn| [Message::new(Role::User, turn.said), Message::new(Role::Assistant, turn.answered)])
        .collect()
}

/// What stands in the place of the turns that are not shown again.
pub(super) fn earlier(state: &State, instead_of: Option<u64>) -> Option<String> {
    compact::digest(state, instead_of).map(|compacted| compacted.digest.clone())
}
