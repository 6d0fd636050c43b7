//! What becomes of the state during a turn and during a run.

use super::{Activity, ItemBody, Review, RunState, State};
use crate::agent::{StageOutcome, TurnFact, TurnOutcome};
use crate::diagnostic::{Diagnostic, Severity};
use crate::pipeline::run::{RunFact, RunOutcome};
use crate::session::event::Event;

impl State {
    pub(super) fn apply_turn(&mut self, seq: u64, fact: &TurnFact) {
        self.spend.apply(fact, &self.terms);
        match fact {
            TurnFact::StageStarted { stage, .. } => self.activity = Activity::Turn(*stage),
            TurnFact::StageFinished { stage, outcome: StageOutcome::Failed { .. }, .. } => {
                self.activity = Activity::Turn(*stage);
            }
            TurnFact::StageFinished { .. } => {}
            TurnFact::ContextBuilt { contracts, discoveries, estimated_tokens, problems, document } => {
                self.shown_document.clone_from(document);
                self.contracts.clone_from(contracts);
                self.discoveries.clone_from(discoveries);
                self.context_tokens = *estimated_tokens;
                for problem in problems {
                    let fix = problem.fix.as_ref().map(|fix| format!(" ({})", fix.text)).unwrap_or_default();
                    let text = format!("Not shown to the model: {}{fix}.", problem.message);
                    self.transcript.notice(seq, Severity::Warning, text);
                }
            }
            TurnFact::ModelRequested { purpose, model, hash, body, .. } => {
                let asked = self.asked(&model.name, hash, body);
                self.transcript.begin_answer(seq, *purpose, asked);
            }
            TurnFact::ModelRetried { attempt, wait_ms, reason, .. } => {
                let text = format!("The model call failed ({reason}); try {} in {wait_ms} ms.", attempt + 1);
                self.transcript.notice(seq, Severity::Warning, text);
            }
            TurnFact::ModelDelta { text, thinking, .. } => self.transcript.delta(seq, text, *thinking),
            TurnFact::ModelFinished { usage, finish, first_us, duration_us, .. } => {
                if let Some(usage) = usage {
                    self.usage.input += usage.input;
                    self.usage.output += usage.output;
                }
                self.transcript.end_answer(seq, finish, (*usage, *first_us, *duration_us));
            }
            TurnFact::ModelFailed { diagnostic, .. } => {
                self.transcript.stop_streaming(seq);
                self.transcript.push(seq, ItemBody::Failed { diagnostic: diagnostic.clone() });
            }
            TurnFact::Proposed { proposal, file, base, text } => {
                self.proposals = self.proposals.max(*proposal);
                let mut review = Review::new(*proposal, file.clone(), base.clone(), text.clone());
                if let Some(before) = &self.review {
                    // What was said about it has been told.
                    review.keep_decisions(before, false);
                }
                self.review = Some(review);
                self.diagnostics.clear();
            }
            TurnFact::Checked { proposal, diagnostics, .. } => self.show_proposal(seq, *proposal, diagnostics),
            TurnFact::RepairRequested { attempt, of, errors } => {
                self.transcript.push(seq, ItemBody::Repair { attempt: *attempt, of: *of, errors: *errors });
            }
            TurnFact::TurnFinished { outcome, duration_us } => {
                self.activity = Activity::Idle;
                if *outcome != TurnOutcome::Completed {
                    self.queue.hold();
                }
                self.transcript.stop_streaming(seq);
                self.transcript.push(
                    seq,
                    ItemBody::TurnEnded {
                        outcome: *outcome,
                        duration_us: *duration_us,
                        spent: self.spend.turn.clone(),
                    },
                );
            }
        }
    }

    /// The proposal has been checked.
    pub(super) fn show_proposal(&mut self, seq: u64, proposal: u32, diagnostics: &[Diagnostic]) {
        let Some(review) = self.review.as_mut().filter(|r| r.proposal == proposal) else { return };
        review.checked = true;
        self.diagnostics = diagnostics.to_vec();
        let body = ItemBody::Proposed {
            proposal,
            file: review.file.clone(),
            hunks: u32::try_from(review.hunks.len()).unwrap_or(u32::MAX),
            diagnostics: diagnostics.to_vec(),
        };
        self.transcript.push(seq, body);
    }

    pub(super) fn apply_run(&mut self, event: &Event, fact: &RunFact) {
        match fact {
            RunFact::RunStarted { run, pipeline, engine, steps, .. } => {
                self.activity = Activity::Running;
                self.run = Some(RunState::new(run.clone(), engine.clone(), steps, event.mono_us));
                let body =
                    ItemBody::RunStarted { run: run.clone(), pipeline: pipeline.clone(), engine: engine.clone() };
                self.transcript.push(event.seq, body);
            }
            RunFact::RunFinished { outcome, duration_us, outputs, previews, .. } => {
                self.activity = Activity::Idle;
                if *outcome != RunOutcome::Succeeded {
                    self.queue.hold();
                }
                if let Some(run) = &mut self.run {
                    run.finish(event.mono_us, fact);
                    let failed = run.failure().cloned().map(Box::new);
                    let body = ItemBody::RunEnded {
                        outcome: *outcome,
                        duration_us: *duration_us,
                        outputs: outputs.clone(),
                        previews: previews.clone(),
                        failure: failed,
                    };
                    self.transcript.push(event.seq, body);
                }
            }
            other => {
                if let Some(run) = &mut self.run {
                    run.apply(other, event.mono_us);
                }
            }
        }
    }
}
