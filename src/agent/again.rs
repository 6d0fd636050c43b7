//! A turn asked again: the request of a recorded turn, to the model of today. What the model is shown is
//! what it was shown then; repairs of its own faults are asked for as in any turn.

use std::collections::BTreeMap;

use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use super::context::Context;
use super::prompt::Parts;
use super::turn::{Turn, finish};
use super::{ShownContract, ShownDiscovery, Stage, TurnEnv, TurnFact, TurnOutcome};
use crate::model::ModelRequest;

/// A recorded turn to be asked again.
#[derive(Clone, Debug, PartialEq)]
pub struct Again {
    /// Its first request.
    pub request: ModelRequest,
    /// The contracts that the request shows.
    pub contracts: Vec<ShownContract>,
    /// The discoveries that it shows.
    pub discoveries: Vec<ShownDiscovery>,
    /// File and text of the document that it shows.
    pub document: Option<(String, String)>,
    /// What files held then; what is not among them was not there.
    pub files: BTreeMap<String, String>,
    /// The number that the turn's first proposal gets.
    pub next_proposal: u32,
}

/// Asks a recorded turn again and tells what happens as facts, the last of which is that the turn has ended.
pub async fn run_again(
    env: &TurnEnv,
    again: Again,
    facts: &UnboundedSender<TurnFact>,
    cancel: CancellationToken,
) -> TurnOutcome {
    let mut env = env.clone();
    (env.settings.temperature, env.settings.max_tokens) = (again.request.temperature, again.request.max_tokens);
    finish(facts, &cancel, async |stages| {
        for stage in [Stage::Input, Stage::Parse] {
            stages.skip(stage, "the request was recorded");
        }
        let characters: usize = again.request.messages.iter().map(|m| m.content.chars().count()).sum();
        stages.tell(TurnFact::ContextBuilt {
            contracts: again.contracts.clone(),
            discoveries: again.discoveries.clone(),
            document: again.document.as_ref().map(|(file, _)| file.clone()),
            estimated_tokens: (characters / 4) as u64,
            problems: Vec::new(),
        });
        let context = Context {
            parts: Parts { document: again.document, ..Parts::default() },
            contracts: again.contracts,
            discoveries: again.discoveries,
            problems: Vec::new(),
            tables: Vec::new(),
            response_format: again.request.response_format,
        };
        let turn = Turn { env: &env, stages, files: Some(&again.files) };
        turn.converse(&context, again.request.messages, again.next_proposal).await
    })
    .await
}
