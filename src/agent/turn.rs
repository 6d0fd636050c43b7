//! One turn: the stages in their order, and again from think on for each repair.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::context::{self, Context};
use super::proposal::{self, Block, Found};
use super::stages::{Stages, Stop, micros};
use super::think::{self, Answer};
use super::{Purpose, Stage, StageOutcome, TurnEnv, TurnFact, TurnInput, TurnOutcome, mention, prompt, target};
use crate::contract::grammar::KnownTable;
use crate::diagnostic::Diagnostic;
use crate::model::{Message, ModelRequest, Role};
use crate::pipeline::oml::{self, CheckContext};

/// Most bytes of a message.
pub const MAX_MESSAGE_BYTES: usize = 2 * 1024 * 1024;
/// An answer longer than this is not sent back for repair.
const MAX_REPAIR_BYTES: usize = 512 * 1024;

/// Runs one turn and tells what happens as facts, the last of which is that the turn has ended.
/// Cancelling stops it wherever it is; what had arrived is kept, and the model's connection is closed.
pub async fn run_turn(
    env: &TurnEnv,
    input: TurnInput,
    facts: &UnboundedSender<TurnFact>,
    cancel: CancellationToken,
) -> TurnOutcome {
    finish(facts, &cancel, async |stages| Turn { env, stages, files: None }.run(input).await).await
}

/// Does the work of a turn and tells how it ended.
pub(super) async fn finish(
    facts: &UnboundedSender<TurnFact>,
    cancel: &CancellationToken,
    work: impl AsyncFnOnce(&Stages<'_>) -> Result<(), Stop>,
) -> TurnOutcome {
    let begun = Instant::now();
    let stages = Stages::new(facts, cancel);
    let outcome = match work(&stages).await {
        Ok(()) => TurnOutcome::Completed,
        Err(Stop::Cancelled) => TurnOutcome::Cancelled,
        Err(Stop::Failed(_)) => {
            // What failed has been told where it failed; this stage is the mark in the trace.
            let pass = stages.pass();
            stages.tell(TurnFact::StageStarted { stage: Stage::Error, pass });
            stages.tell(TurnFact::StageFinished {
                stage: Stage::Error,
                pass,
                outcome: StageOutcome::Done,
                duration_us: 0,
            });
            TurnOutcome::Failed
        }
    };
    stages.tell(TurnFact::TurnFinished { outcome, duration_us: micros(begun.elapsed()) });
    outcome
}

pub(super) struct Turn<'a> {
    pub env: &'a TurnEnv,
    pub stages: &'a Stages<'a>,
    /// What files held, where the turn was recorded before; else they are read.
    pub files: Option<&'a BTreeMap<String, String>>,
}

/// A proposal with errors, and what the model said with it.
struct Faulty {
    file: String,
    text: String,
    diagnostics: Vec<Diagnostic>,
}

impl Turn<'_> {
    async fn run(&self, input: TurnInput) -> Result<(), Stop> {
        let message = self.stages.stage(Stage::Input, async { take_in(&input.message) }).await?;
        let next_proposal = input.next_proposal;
        let (context, conversation) = self.stages.stage(Stage::Parse, self.parse(message, input)).await?;
        self.converse(&context, conversation, next_proposal).await
    }

    /// Asks, checks, and asks for repair.
    pub(super) async fn converse(
        &self,
        context: &Context,
        conversation: Vec<Message>,
        next_proposal: u32,
    ) -> Result<(), Stop> {
        let mut messages = conversation.clone();
        let mut purpose = Purpose::Answer;
        let of = self.env.settings.max_repairs;
        loop {
            let pass = self.stages.pass();
            let request = self.request(messages, context);
            let answer = self.stages.stage(Stage::Think, self.think(pass, purpose, request)).await?;
            self.stages.skip(Stage::Do, "the model asked for no tools");
            let number = next_proposal.saturating_add(pass - 1);
            let faulty = self.stages.stage(Stage::Review, self.review(&answer, context, number)).await?;
            let Some(faulty) = faulty else { break };
            messages = conversation.clone();
            messages.push(Message::new(Role::Assistant, answer.text));
            messages.push(Message::new(Role::User, prompt::repair(&faulty.file, &faulty.text, &faulty.diagnostics)));
            purpose = Purpose::Repair { attempt: pass, of };
            self.stages.next_pass();
        }
        self.stages.stage(Stage::Output, async { Ok(((), StageOutcome::Done)) }).await
    }

    /// Finds out what the message is about and gathers what the model has to know.
    async fn parse(&self, message: String, input: TurnInput) -> Result<((Context, Vec<Message>), StageOutcome), Stop> {
        let env = self.env.clone();
        let (scope, message, input) = self
            .stages
            .blocking(move || {
                let scope = context::scope(&env, &message, &input);
                (scope, message, input)
            })
            .await?;
        let looked = tokio::select! {
            biased;
            () = self.stages.cancel.cancelled() => return Err(Stop::Cancelled),
            looked = context::look(self.env, &scope) => looked,
        };
        let env = self.env.clone();
        let (context, message, input) = self
            .stages
            .blocking(move || {
                let context = context::gather(&env, &message, &input, scope, looked);
                (context, message, input)
            })
            .await?;
        let mut messages = vec![Message::new(Role::System, prompt::system(&context.parts))];
        messages.extend(input.history);
        messages.push(Message::new(Role::User, mention::with_mentions(&message, &input.mentions)));
        let characters: usize = messages.iter().map(|m| m.content.chars().count()).sum();
        self.stages.tell(TurnFact::ContextBuilt {
            contracts: context.contracts.clone(),
            discoveries: context.discoveries.clone(),
            document: context.parts.document.as_ref().map(|(file, _)| file.clone()),
            estimated_tokens: (characters / 4) as u64,
            problems: context.problems.clone(),
        });
        Ok(((context, messages), StageOutcome::Done))
    }

    fn request(&self, messages: Vec<Message>, context: &Context) -> ModelRequest {
        ModelRequest {
            model: self.env.model.info().name,
            messages,
            temperature: self.env.settings.temperature,
            max_tokens: self.env.settings.max_tokens,
            response_format: context.response_format.clone(),
        }
    }

    async fn think(
        &self,
        number: u32,
        purpose: Purpose,
        request: ModelRequest,
    ) -> Result<(Answer, StageOutcome), Stop> {
        let answer = think::ask(self.stages, &*self.env.model, number, purpose, request).await?;
        Ok((answer, StageOutcome::Done))
    }

    /// Takes the proposal out of an answer and checks it. Returns it when the model is to repair it.
    async fn review(
        &self,
        answer: &Answer,
        context: &Context,
        number: u32,
    ) -> Result<(Option<Faulty>, StageOutcome), Stop> {
        let (text, finish) = (answer.text.clone(), answer.finish.clone());
        let block = match self.stages.blocking(move || proposal::find(&text, &finish)).await? {
            Found::Oml(block) => block,
            Found::Nothing(reason) => return Ok((None, StageOutcome::Skipped { reason: reason.to_owned() })),
        };
        let (file, refused) = self.propose(&block, context, number).await?;
        let begun = Instant::now();
        let mut diagnostics = self.check(&file, &block.text, context.tables.clone()).await?;
        diagnostics.extend(refused);
        let duration_us = micros(begun.elapsed());
        self.stages.tell(TurnFact::Checked { proposal: number, diagnostics: diagnostics.clone(), duration_us });

        let errors = diagnostics.iter().filter(|d| d.is_error()).count();
        let (attempt, of) = (self.stages.pass(), self.env.settings.max_repairs);
        if errors == 0 || attempt > of || answer.text.len() > MAX_REPAIR_BYTES {
            return Ok((None, StageOutcome::Done));
        }
        self.stages.tell(TurnFact::RepairRequested { attempt, of, errors: u32::try_from(errors).unwrap_or(u32::MAX) });
        Ok((Some(Faulty { file, text: block.text, diagnostics }), StageOutcome::Done))
    }

    /// Decides the file of a proposal and tells the proposal.
    async fn propose(
        &self,
        block: &Block,
        context: &Context,
        number: u32,
    ) -> Result<(String, Option<Diagnostic>), Stop> {
        let target = target::of(block, context.parts.document.as_ref());
        let (root, file) = (self.env.root.clone(), target.file.clone());
        let base = match self.files {
            Some(files) => files.get(&file).cloned(),
            None => self.stages.blocking(move || target::read(&root, &file)).await??,
        };
        let base = base.unwrap_or_default();
        let (file, text) = (target.file.clone(), block.text.clone());
        self.stages.tell(TurnFact::Proposed { proposal: number, file, base, text });
        Ok((target.file, target.refused))
    }

    async fn check(&self, file: &str, text: &str, tables: Vec<KnownTable>) -> Result<Vec<Diagnostic>, Stop> {
        let (registry, connections) = (Arc::clone(&self.env.registry), self.env.connections.references());
        let (file, text) = (file.to_owned(), text.to_owned());
        self.stages
            .blocking(move || {
                let known = CheckContext { registry: &registry, connections: Some(&connections), tables: &tables };
                oml::check(&file, &text, &known).diagnostics
            })
            .await
    }
}

/// The message as the model gets it: with plain line ends, without control characters.
fn take_in(message: &str) -> Result<(String, StageOutcome), Stop> {
    if message.len() > MAX_MESSAGE_BYTES {
        let problem = Diagnostic::error("message-too-long", format!("the message has {} bytes", message.len()))
            .why(format!("a message may have up to {} MiB", MAX_MESSAGE_BYTES >> 20))
            .fix("put data into a file of a connection and name the connection");
        return Err(problem.into());
    }
    let plain = message.replace("\r\n", "\n").replace('\r', "\n");
    let clean: String = plain.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    if clean.trim().is_empty() {
        return Err(Diagnostic::error("empty-message", "the message is empty").fix("say what you want").into());
    }
    Ok((clean, StageOutcome::Done))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_cleaned_and_bounded() {
        let taken = |text: &str| take_in(text).map(|(text, _)| text);
        assert_eq!(taken("a\r\nb\rc\td\u{1b}[31m\u{0}č"), Ok("a\nb\nc\td[31mč".to_owned()));
        assert!(matches!(taken(" \u{1b}\r\n"), Err(Stop::Failed(why)) if why.contains("empty")));
        assert!(matches!(taken(&"x".repeat(MAX_MESSAGE_BYTES + 1)), Err(Stop::Failed(why)) if why.contains("2 MiB")));
    }
}
