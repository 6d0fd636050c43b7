//! One turn of the assistant: six stages from a message to a checked proposal.
//!
//! Owns: the stages, what the model is shown, the extraction of a proposal from an answer, the repair
//! loop. Does not own: the conversation's history and its journal (`session`), the checks (`pipeline`),
//! the transport to the model (`model`).

mod fact;

pub use fact::{Purpose, ShownContract, ShownDiscovery, Stage, StageOutcome, TurnFact, TurnOutcome};
