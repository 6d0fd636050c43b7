//! One turn of the assistant: six stages from a message to a checked proposal.
//!
//! Owns: the stages, what the model is shown, the extraction of a proposal from an answer, the repair
//! loop. Does not own: the conversation's history and its journal (`session`), the checks (`pipeline`),
//! the transport to the model (`model`).

mod again;
mod choice;
mod coalesce;
pub mod codes;
mod context;
mod fact;
mod mention;
mod prompt;
mod proposal;
mod stages;
mod structured;
mod subject;
mod target;
mod think;
mod turn;

use std::path::PathBuf;
use std::sync::Arc;

pub use again::{Again, run_again};
pub use fact::{CacheUse, Purpose, ShownContract, ShownDiscovery, Stage, StageOutcome, TurnFact, TurnOutcome};
pub use mention::{MAX_ALL_BYTES, MAX_BYTES, MAX_MENTIONS, Mention, MentionKind, Named, named, with_mentions};
pub use proposal::proposal_in;
pub use turn::{MAX_MESSAGE_BYTES, run_turn};

use crate::connect::Connections;
use crate::connect::discovery::Cache;
use crate::contract::Registry;
use crate::model::{Message, ModelClient};
use crate::workspace::config::Structured;

/// How the model is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct TurnSettings {
    /// How often the model is asked to repair its proposal.
    pub max_repairs: u32,
    /// Sampling temperature, 0 to 2; the server's default when absent.
    pub temperature: Option<f64>,
    /// Most tokens of an answer; the server's default when absent.
    pub max_tokens: Option<u64>,
    /// Whether a live model is held to answers that fit the contracts.
    pub structured: Structured,
}

impl Default for TurnSettings {
    fn default() -> Self {
        TurnSettings { max_repairs: 2, temperature: None, max_tokens: None, structured: Structured::Off }
    }
}

/// What a turn works with.
#[derive(Clone)]
pub struct TurnEnv {
    /// Who is asked.
    pub model: Arc<dyn ModelClient>,
    /// The contracts.
    pub registry: Arc<Registry>,
    /// The connections of the workspace.
    pub connections: Arc<Connections>,
    /// What connections lead to.
    pub discoveries: Cache,
    /// The workspace's folder.
    pub root: PathBuf,
    /// How the model is asked.
    pub settings: TurnSettings,
}

/// What a turn is about.
#[derive(Clone, Debug, Default)]
pub struct TurnInput {
    /// What the person says.
    pub message: String,
    /// What the message mentions.
    pub mentions: Vec<Mention>,
    /// What stands in the place of still earlier turns.
    pub earlier: Option<String>,
    /// Earlier turns, oldest first, as far as the model is to see them.
    pub history: Vec<Message>,
    /// File (relative to the workspace) and text of the session's document.
    pub document: Option<(String, String)>,
    /// What the person decided about the last proposal.
    pub review_notes: Option<String>,
    /// The number that the turn's first proposal gets.
    pub next_proposal: u32,
}
