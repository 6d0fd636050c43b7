//! What is wanted of a conversation beyond saying something, and what happens in it beyond a turn.
//!
//! Owns: the commands and the facts. Does not own: what they do (`host`), nor the state that they make
//! (`state`).

use serde::{Deserialize, Serialize};

use crate::model::{ModelInfo, Terms};
use crate::pipeline::compile::Overwrite;

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
    /// Answer what waits for an approval.
    Decide {
        /// Its number.
        approval: u32,
        /// Whether it may be done.
        approved: bool,
    },
    /// Leave the older part of the conversation out of what the model is shown.
    Compact,
    /// Write the session to a file of the workspace.
    Export {
        /// The file; without one, a name is made in `exports/`.
        file: Option<String>,
    },
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

/// Something that is done only when a person approves: a run that replaces rows of tables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Its number in the session, from 1.
    pub number: u32,
    /// The pipeline.
    pub pipeline: String,
    /// Fingerprint of the manifest: nothing else is run.
    pub manifest: String,
    /// The step that the run begins with, if not with the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// What it replaces.
    pub overwrites: Vec<Overwrite>,
}

impl Approval {
    /// What is asked, in a sentence.
    pub fn question(&self) -> String {
        let each = self.overwrites.iter().map(|o| match o.mode.as_str() {
            "truncate" => format!("{} deletes all rows of {} in {} and writes new ones", o.step, o.table, o.place),
            _ => format!("{} replaces the table {} in {}", o.step, o.table, o.place),
        });
        let from = self.from.as_ref().map(|step| format!(" from {step}")).unwrap_or_default();
        format!("Run of {}{from}: {}", self.pipeline, each.collect::<Vec<_>>().join("; "))
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
    /// Something waits for an approval.
    ApprovalAsked(Approval),
    /// It was answered, or is not to be done any more.
    ApprovalDecided {
        /// Its number.
        number: u32,
        /// Whether it may be done.
        approved: bool,
        /// Who answered.
        by: String,
        /// Why it is not done any more, where nobody answered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        withdrawn: Option<String>,
    },
    /// The older part of the conversation is left out.
    Compacted(Compaction),
    /// The session up to then was written to a file.
    Exported {
        /// The file, relative to the workspace.
        file: String,
        /// How many events are in it.
        events: u64,
    },
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
