//! Talking to a language model.
//!
//! Owns: the request and the streamed answer as types, the [`ModelClient`] trait, the clients
//! (`openai`: any OpenAI-compatible server; `recorded`: playback of a recording), and the recording of
//! live calls. Does not own: what is asked (that is `agent`), nor where a key comes from
//! (`workspace::config`).

use std::pin::Pin;

use futures_util::Stream;
use serde::{Deserialize, Serialize};

use crate::diagnostic::Diagnostic;

pub mod codes;
mod offer;
pub mod openai;
pub mod recorded;
mod request;
mod retry;
mod sse;
mod terms;
mod unavailable;

pub use offer::Models;
pub use request::{Message, ModelRequest, ResponseFormat, Role};
pub use terms::{Prices, Terms};
pub use unavailable::Unavailable;

/// Where the words of an answer come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// A server, by its base address (without secrets).
    Live {
        /// e.g. `http://127.0.0.1:8080/v1`
        base_url: String,
    },
    /// A recording made earlier, by the name of its file.
    Recorded {
        /// e.g. `demo.jsonl`
        recording: String,
    },
}

/// What is known of a model before it is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// The model's name as the server knows it.
    pub name: String,
    /// Where its words come from.
    pub source: Source,
}

/// Tokens, as the server counted them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the request.
    pub input: u64,
    /// Tokens of the answer, thinking included.
    pub output: u64,
}

/// Why an answer ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FinishReason {
    /// The model was done.
    Stop,
    /// The answer hit a length limit and is incomplete.
    Length,
    /// Something else, in the server's word.
    Other(String),
}

/// One piece of a streamed answer.
#[derive(Clone, Debug, PartialEq)]
pub enum ModelEvent {
    /// A piece of the answer.
    Text(String),
    /// A piece of the model's thinking, where the server sends it apart.
    Thinking(String),
    /// The call failed in a way that passes; it is made again after a wait.
    Retrying {
        /// The number of the try that failed, from 1.
        attempt: u32,
        /// The wait before the next, in milliseconds.
        wait_ms: u64,
        /// What went wrong.
        reason: String,
    },
    /// The server's count.
    Usage(Usage),
    /// The last event of a good answer.
    Finished(FinishReason),
}

/// A failed call. The stream ends with it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}", .0.message)]
pub struct ModelError(pub Box<Diagnostic>);

impl From<Diagnostic> for ModelError {
    fn from(diagnostic: Diagnostic) -> Self {
        ModelError(Box::new(diagnostic))
    }
}

/// A streamed answer. Dropping it ends the call and closes the connection.
pub type Answer = Pin<Box<dyn Stream<Item = Result<ModelEvent, ModelError>> + Send>>;

/// Something that answers requests.
pub trait ModelClient: Send + Sync {
    /// The model and where its words come from.
    fn info(&self) -> ModelInfo;

    /// Asks. The answer streams; an error is its last item.
    fn ask(&self, request: ModelRequest) -> Answer;
}
