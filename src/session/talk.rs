//! What is wanted of a conversation beyond saying something, and what happens in it beyond a turn.
//!
//! Owns: the commands and the facts. Does not own: what they do (`host`), nor the state that they make
//! (`state`).

use serde::{Deserialize, Serialize};

/// Most messages that wait.
pub const MAX_QUEUED: usize = 32;

/// Something that is wanted of the conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TalkCommand {
    /// Put another text in the place of a message that waits; an empty one takes it out.
    ChangeQueued {
        /// The message's number.
        number: u32,
        /// The text.
        text: String,
    },
    /// Take a message that waits out of the queue.
    RemoveQueued {
        /// The message's number.
        number: u32,
    },
    /// Let the messages that wait be sent, after an interrupt has held them.
    ReleaseQueue,
    /// Say a former message again, as it was or in other words. What came after it is set aside.
    Resend {
        /// Number of the event that told the message.
        message: u64,
        /// Other words; nothing for the same.
        text: Option<String>,
    },
}

/// Something that happened in the conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TalkFact {
    /// A message waits until what runs has ended.
    Queued {
        /// Its number in the session, from 1.
        number: u32,
        /// The message.
        text: String,
    },
    /// A message that waits has another text.
    QueuedChanged {
        /// Its number.
        number: u32,
        /// The text.
        text: String,
    },
    /// A message that waited will not be sent.
    QueuedRemoved {
        /// Its number.
        number: u32,
    },
    /// The messages that wait may be sent again.
    QueueReleased,
}
