//! One recorded event done again.

use std::collections::BTreeMap;

use super::{Report, Today};
use crate::agent::{self, TurnFact};
use crate::connect::Connections;
use crate::diagnostic::Diagnostic;
use crate::model::FinishReason;
use crate::pipeline::compile::{self, CompileInput};
use crate::pipeline::oml::{self, CheckContext};
use crate::secret;
use crate::session::event::{Event, Fact};
use crate::session::state::State;
use crate::workspace::ValidationMode;

/// What only the turn could tell: the path that a model chose, and columns of tables that were looked at.
const KNOWN_THEN: [&str; 2] = ["unsafe-proposal-path", "unknown-sql-column"];

/// What is remembered between events.
pub struct Work<'a> {
    today: &'a Today<'a>,
    references: Option<Vec<String>>,
    env: BTreeMap<String, String>,
    answer: String,
    finish: Option<FinishReason>,
    /// The text of the proposal that is checked next.
    proposed: Option<(String, String)>,
}

impl<'a> Work<'a> {
    /// Nothing is remembered yet.
    pub fn new(today: &'a Today<'a>) -> Work<'a> {
        Work {
            today,
            references: today.connections.map(Connections::references),
            env: compile::env_params(),
            answer: String::new(),
            finish: None,
            proposed: None,
        }
    }

    /// Does an event again, in the state before it.
    pub fn again(&mut self, event: &Event, state: &State, report: &mut Report) {
        match &event.fact {
            Fact::Turn(fact) => self.turn(event.seq, fact, report),
            Fact::Applied { proposal, file, text, diagnostics, .. } => {
                if let Some(review) = state.review.as_ref().filter(|r| r.proposal == *proposal) {
                    report.writes += 1;
                    report.same_text(event.seq, "write", file, text, &review.result());
                }
                self.check(event.seq, file, text, diagnostics, report);
            }
            Fact::Edited { file, text, diagnostics, .. }
            | Fact::DocumentOpened { file, text, diagnostics }
            | Fact::FixProposed { file, text, diagnostics, .. }
            | Fact::VersionProposed { file, text, diagnostics, .. }
            | Fact::ProposalEdited { file, text, diagnostics, .. } => {
                self.check(event.seq, file, text, diagnostics, report);
            }
            Fact::Restored { file, text: Some(text), diagnostics, .. } => {
                self.check(event.seq, file, text, diagnostics, report);
            }
            Fact::Compiled { file, manifest, steps, .. } => {
                let Some(text) = document(state, file) else { return };
                report.compiles += 1;
                match self.compile(file, text) {
                    Ok((now, count)) => {
                        if now != *manifest {
                            report.differ(event.seq, "compile", "manifest", manifest, &now);
                        }
                        if count != *steps {
                            report.differ(event.seq, "compile", "steps", &steps.to_string(), &count.to_string());
                        }
                    }
                    Err(found) => report.differ(event.seq, "compile", "outcome", "compiled", &failed(&found)),
                }
            }
            Fact::CompileFailed { file, diagnostics } => {
                let Some(text) = document(state, file) else { return };
                report.compiles += 1;
                match self.compile(file, text) {
                    Ok(_) => report.differ(event.seq, "compile", "outcome", &failed(diagnostics), "compiled"),
                    Err(found) => report.same_diagnostics(event.seq, "compile", diagnostics, &found),
                }
            }
            _ => {}
        }
    }

    fn turn(&mut self, seq: u64, fact: &TurnFact, report: &mut Report) {
        match fact {
            TurnFact::ModelRequested { .. } => {
                self.answer.clear();
                (self.finish, self.proposed) = (None, None);
            }
            TurnFact::ModelDelta { text, thinking: false, .. } => self.answer.push_str(text),
            TurnFact::ModelFinished { finish, .. } => self.finish = Some(finish.clone()),
            TurnFact::Proposed { file, text, .. } => {
                self.proposed = Some((file.clone(), text.clone()));
                let Some(finish) = &self.finish else { return };
                report.proposals += 1;
                match agent::proposal_in(&self.answer, finish) {
                    Some(found) => report.same_text(seq, "proposal", file, text, &found),
                    None => report.differ(seq, "proposal", file, "a proposal", "the answer holds none"),
                }
            }
            TurnFact::Checked { diagnostics, .. } => {
                if let Some((file, text)) = self.proposed.take() {
                    self.check(seq, &file, &text, diagnostics, report);
                }
            }
            _ => {}
        }
    }

    fn check(&self, seq: u64, file: &str, text: &str, recorded: &[Diagnostic], report: &mut Report) {
        if text.contains(secret::MASK) {
            report.skipped.push(format!("event {seq}: {file} held a secret, which a session never keeps"));
            return;
        }
        report.checks += 1;
        let context =
            CheckContext { registry: self.today.registry, connections: self.references.as_deref(), tables: &[] };
        let found = oml::check(file, text, &context).diagnostics;
        let known = |d: &&Diagnostic| !KNOWN_THEN.contains(&d.code.as_str());
        let then: Vec<Diagnostic> = recorded.iter().filter(known).cloned().collect();
        let now: Vec<Diagnostic> = found.iter().filter(known).cloned().collect();
        report.same_diagnostics(seq, "check", &then, &now);
    }

    /// Fingerprint of the manifest, and its steps.
    fn compile(&self, file: &str, text: &str) -> Result<(String, u32), Vec<Diagnostic>> {
        let validation = ValidationMode::choose(None).map_err(|diagnostic| vec![diagnostic])?;
        let input = CompileInput {
            connections: self.references.as_deref(),
            profile: self.today.profile,
            profile_is_default: true,
            env: &self.env,
            validation,
            ..CompileInput::new(file, text, self.today.registry)
        };
        let built = compile::compile(&input)?;
        let steps = u32::try_from(built.manifest.steps.len()).unwrap_or(u32::MAX);
        Ok((built.manifest.fingerprints.manifest, steps))
    }
}

/// The document as the session knew it then; one that held a secret is not known.
fn document<'s>(state: &'s State, file: &str) -> Option<&'s str> {
    let known = state.document.as_ref().filter(|d| d.file == file && !d.text.contains(secret::MASK));
    known.map(|d| d.text.as_str())
}

fn failed(found: &[Diagnostic]) -> String {
    let first = found.iter().find(|d| d.is_error()).or(found.first());
    first.map_or_else(|| "not compiled".to_owned(), |d| format!("not compiled: {}: {}", d.code, d.message))
}
