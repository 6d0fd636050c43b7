//! What happens during a turn, as facts that the session journals.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::connect::discovery::Miss;
use crate::diagnostic::Diagnostic;
use crate::model::{FinishReason, ModelInfo, Usage};

/// The six stages of a turn, and the one for failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Take the message in.
    Input,
    /// Find out what it is about; gather contracts and discovery.
    Parse,
    /// Ask the model.
    Think,
    /// Carry out the tools the model asked for.
    Do,
    /// Extract and check the proposal; ask for repair.
    Review,
    /// Hand the result over.
    Output,
    /// Something failed; say what.
    Error,
}

impl Stage {
    /// The word used on screens and in documents.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Input => "input",
            Stage::Parse => "parse",
            Stage::Think => "think",
            Stage::Do => "do",
            Stage::Review => "review",
            Stage::Output => "output",
            Stage::Error => "error",
        }
    }
}

/// How a stage ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StageOutcome {
    /// It did its work.
    Done,
    /// There was nothing for it to do.
    Skipped {
        /// Why not.
        reason: String,
    },
    /// It failed; the error stage follows.
    Failed {
        /// What went wrong, one line.
        message: String,
    },
    /// The person interrupted it.
    Cancelled,
}

/// How a turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TurnOutcome {
    /// It ran to its end.
    Completed,
    /// The person interrupted it; what had arrived is kept.
    Cancelled,
    /// It failed.
    Failed,
}

/// Why the model is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// To answer the person.
    Answer,
    /// To repair its proposal: repair `attempt` of at most `of`.
    Repair {
        /// From 1.
        attempt: u32,
        /// The limit.
        of: u32,
    },
}

/// A contract that the model was shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownContract {
    /// The component's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of the contract.
    pub fingerprint: String,
}

/// A discovery that the model was shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownDiscovery {
    /// The connection, `@family.alias`.
    pub connection: String,
    /// SHA-256 of the discovery.
    pub fingerprint: String,
    /// The tables it names.
    pub tables: Vec<String>,
    /// How many tables there are beside those.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: usize,
    /// Whether it was remembered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<CacheUse>,
}

/// How the cache of discoveries was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheUse {
    /// SHA-256 of what the discovery depends on, 64 hex digits.
    pub key: String,
    /// How old it was, in seconds, when it was remembered; nothing when the system itself was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_s: Option<u64>,
    /// Why the system itself was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub miss: Option<Miss>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(n: &usize) -> bool {
    *n == 0
}

impl fmt::Display for CacheUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.age_s, self.miss) {
            (Some(age), _) if age < 120 => write!(f, "cache hit, {age} s old"),
            (Some(age), _) => write!(f, "cache hit, {} min old", age / 60),
            (None, Some(miss)) => write!(f, "cache miss: {}", miss.as_str()),
            (None, None) => f.write_str("cache miss"),
        }
    }
}

/// Something that happened during a turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TurnFact {
    /// A stage began. `pass` counts from 1 and grows with each repair.
    StageStarted {
        /// Which.
        stage: Stage,
        /// 1 for the first try, 2 for the first repair.
        pass: u32,
    },
    /// A stage ended (or was skipped without beginning: then the duration is 0).
    StageFinished {
        /// Which.
        stage: Stage,
        /// 1 for the first try, 2 for the first repair.
        pass: u32,
        /// How.
        outcome: StageOutcome,
        /// Microseconds.
        duration_us: u64,
    },
    /// What the model will be shown beside the conversation.
    ContextBuilt {
        /// Contracts.
        contracts: Vec<ShownContract>,
        /// Discoveries.
        discoveries: Vec<ShownDiscovery>,
        /// The pipeline file whose text is shown, if any.
        document: Option<String>,
        /// Size of the context, about (characters / 4).
        estimated_tokens: u64,
        /// What could not be shown, e.g. a connection that can't be read.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        problems: Vec<Diagnostic>,
    },
    /// The model is asked.
    ModelRequested {
        /// Counts requests of the turn from 1.
        request: u32,
        /// Why.
        purpose: Purpose,
        /// Whom.
        model: ModelInfo,
        /// Hash of the request.
        hash: String,
        /// The request itself, as JSON text.
        body: String,
    },
    /// The call failed in a way that passes, and is made again.
    ModelRetried {
        /// Which request.
        request: u32,
        /// The try that failed, from 1.
        attempt: u32,
        /// Wait before the next, milliseconds.
        wait_ms: u64,
        /// What went wrong.
        reason: String,
    },
    /// Words arrived (coalesced: at most one such fact in 66 ms).
    ModelDelta {
        /// Which request.
        request: u32,
        /// The words.
        text: String,
        /// Whether they are thinking and not answer.
        thinking: bool,
    },
    /// The answer is complete.
    ModelFinished {
        /// Which request.
        request: u32,
        /// Why it ended.
        finish: FinishReason,
        /// Tokens, where the server counts them.
        usage: Option<Usage>,
        /// Microseconds until the first words.
        first_us: u64,
        /// Microseconds until the end.
        duration_us: u64,
    },
    /// The call failed for good.
    ModelFailed {
        /// Which request.
        request: u32,
        /// What went wrong and what to do.
        diagnostic: Box<Diagnostic>,
    },
    /// The model's answer holds OML.
    Proposed {
        /// Number of the proposal in the session, from 1.
        proposal: u32,
        /// The file it is for, relative to the workspace.
        file: String,
        /// What the file held when it was proposed (empty for a new one).
        base: String,
        /// What the model wrote.
        text: String,
    },
    /// The proposal was checked.
    Checked {
        /// Which.
        proposal: u32,
        /// What is wrong with it.
        diagnostics: Vec<Diagnostic>,
        /// Microseconds.
        duration_us: u64,
    },
    /// The model is asked to repair the proposal.
    RepairRequested {
        /// From 1.
        attempt: u32,
        /// The limit.
        of: u32,
        /// How many errors it is told of.
        errors: u32,
    },
    /// The turn ended.
    TurnFinished {
        /// How.
        outcome: TurnOutcome,
        /// Microseconds.
        duration_us: u64,
    },
}

impl TurnFact {
    /// The model request it belongs to, if any.
    pub fn request(&self) -> Option<u32> {
        match self {
            TurnFact::ModelRequested { request, .. }
            | TurnFact::ModelRetried { request, .. }
            | TurnFact::ModelDelta { request, .. }
            | TurnFact::ModelFinished { request, .. }
            | TurnFact::ModelFailed { request, .. } => Some(*request),
            _ => None,
        }
    }
}
