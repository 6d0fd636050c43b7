//! What is wanted of a conversation beyond saying something, and what happens in it beyond a turn.
//!
//! Owns: the commands and the facts. Does not own: what they do (`host`), nor the state that they make
//! (`state`).

use serde::{Deserialize, Serialize};

use crate::model::{ModelInfo, Terms};

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
    /// Leave the older part of the conversation out of what the model is shown.
    Compact,
    /// Find out which models there are.
    ListModels,
    /// Ask another model from the next turn on.
    ChooseModel {
        /// Its name.
        name: String,
    },
}

impl Compaction {
    /// What was dropped and what was kept, in a sentence.
    pub fn summary(&self) -> String {
        let some = |n: u32| if n == 1 { "1 message".to_owned() } else { format!("{n} messages") };
        let Compaction { asked, dropped, kept, tokens_before, tokens_after, .. } = self;
        let why = if *asked { "" } else { ", because the conversation took too much of what the model can read" };
        format!(
            "Compacted{why}: {} and answers are now a digest, the last {kept} are kept whole; about {tokens_before} tokens \
             became {tokens_after}.",
            some(*dropped)
        )
    }
}

/// A model that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedModel {
    /// Its name.
    pub name: String,
    /// Whether the configuration names it.
    pub configured: bool,
    /// What is known of it.
    pub terms: Terms,
}

/// That the older part of the conversation is left out of what the model is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compaction {
    /// Whether the person wanted it; else the conversation had become too long.
    pub asked: bool,
    /// What was said before this event is left out.
    pub upto: u64,
    /// Messages and answers that are left out now.
    pub dropped: u32,
    /// Messages and answers that the model is still shown whole.
    pub kept: u32,
    /// About how many tokens the conversation had.
    pub tokens_before: u64,
    /// About how many it has.
    pub tokens_after: u64,
    /// What the model is shown instead.
    pub digest: String,
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
    /// The older part of the conversation is left out.
    Compacted(Compaction),
    /// These models can be chosen.
    ModelsListed {
        /// Those of the configuration, then those that the server lists.
        models: Vec<OfferedModel>,
        /// Why the server's list is missing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        problem: Option<String>,
    },
    /// This model is asked from now on.
    ModelChosen {
        /// The model.
        model: ModelInfo,
        /// What is known of it.
        terms: Terms,
        /// Whether the person chose it; else only what is known of it has changed.
        chosen: bool,
    },
}
