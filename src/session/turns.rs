//! What each turn of a session came to: what was asked, answered, proposed, found wrong, written and run.
//! For whatever reads a session as a whole and not as a screen.

use serde::Serialize;

use super::event::{Event, Fact};
use crate::agent::{TurnFact, TurnOutcome};
use crate::diagnostic::Diagnostic;
use crate::model::{FinishReason, ModelRequest, Usage};
use crate::pipeline::run::{RunFact, RunOutcome};

/// A request to the model and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Asked {
    /// Number of the event that asked.
    pub seq: u64,
    /// Its number in the turn.
    pub request: u32,
    /// The model's name.
    pub model: String,
    /// Hash of the request.
    pub hash: String,
    /// The request as JSON text.
    #[serde(skip)]
    pub body: String,
    /// The answer as far as it came.
    pub answer: String,
    /// Why it ended, when it did so by itself.
    pub finish: Option<FinishReason>,
    /// Tokens, where the server counted them.
    pub usage: Option<Usage>,
    /// Microseconds.
    pub duration_us: u64,
}

impl Asked {
    /// The request itself, where it can be read.
    pub fn read(&self) -> Option<ModelRequest> {
        serde_json::from_str(&self.body).ok()
    }
}

/// A document that was proposed, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Proposed {
    /// Number of the event that told it.
    pub seq: u64,
    /// Its number in the session.
    pub proposal: u32,
    /// The file.
    pub file: String,
    /// What the file held.
    #[serde(skip)]
    pub base: String,
    /// The text.
    pub text: String,
    /// What the checks found, once they were made.
    pub diagnostics: Option<Vec<Diagnostic>>,
}

/// A run that began in a turn or after it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ran {
    /// Number of the event that began it.
    pub seq: u64,
    /// Its id.
    pub run: String,
    /// How it ended, when it did.
    pub outcome: Option<RunOutcome>,
    /// Microseconds.
    pub duration_us: u64,
    /// The steps that finished, with the rows that each handed on or wrote.
    pub rows: Vec<(String, u64)>,
}

/// A turn, and what followed it until the next.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Turn {
    /// From 1; 0 for what happened before the first.
    pub number: u32,
    /// Number of the event that began it.
    pub seq: u64,
    /// Wall clock of its beginning, milliseconds since 1970.
    pub wall_ms: i64,
    /// What was said.
    pub message: String,
    /// What the model was asked, in order.
    pub asked: Vec<Asked>,
    /// What was proposed, by whom ever, in order.
    pub proposed: Vec<Proposed>,
    /// How it ended, when it did.
    pub outcome: Option<TurnOutcome>,
    /// Microseconds.
    pub duration_us: u64,
    /// What was written: the file and its text.
    pub written: Vec<(String, String)>,
    /// What was run.
    pub runs: Vec<Ran>,
}

impl Turn {
    /// The answer: that of the last request.
    pub fn answer(&self) -> &str {
        self.asked.last().map_or("", |asked| asked.answer.as_str())
    }

    /// Tokens of all its requests.
    pub fn usage(&self) -> Usage {
        let mut sum = Usage::default();
        for usage in self.asked.iter().filter_map(|asked| asked.usage) {
            sum.input += usage.input;
            sum.output += usage.output;
        }
        sum
    }

    /// The document that it came to: the last proposal.
    pub fn document(&self) -> Option<&Proposed> {
        self.proposed.last()
    }
}

/// The turns of a session. What happened before the first message is turn 0, and left out where it is
/// nothing.
pub fn of(events: &[Event]) -> Vec<Turn> {
    let mut turns = vec![Turn::default()];
    for event in events {
        if let Fact::Said { text, .. } = &event.fact {
            let number = turns.last().map_or(0, |t| t.number) + 1;
            let (seq, wall_ms, message) = (event.seq, event.wall_ms, text.clone());
            turns.push(Turn { number, seq, wall_ms, message, ..Turn::default() });
        } else if let Some(turn) = turns.last_mut() {
            take(turn, event);
        }
    }
    if turns.first().is_some_and(|t| t.proposed.is_empty() && t.written.is_empty() && t.runs.is_empty()) {
        turns.remove(0);
    }
    turns
}

fn take(turn: &mut Turn, event: &Event) {
    match &event.fact {
        Fact::Turn(fact) => take_turn(turn, event.seq, fact),
        Fact::FixProposed { proposal, file, base, text, diagnostics, .. }
        | Fact::VersionProposed { proposal, file, base, text, diagnostics, .. }
        | Fact::ProposalEdited { proposal, file, base, text, diagnostics } => turn.proposed.push(Proposed {
            seq: event.seq,
            proposal: *proposal,
            file: file.clone(),
            base: base.clone(),
            text: text.clone(),
            diagnostics: Some(diagnostics.clone()),
        }),
        Fact::Applied { file, text, .. } | Fact::Edited { file, text, .. } => {
            turn.written.push((file.clone(), text.clone()));
        }
        Fact::Run(fact) => take_run(turn, event.seq, fact),
        _ => {}
    }
}

fn take_turn(turn: &mut Turn, seq: u64, fact: &TurnFact) {
    match fact {
        TurnFact::ModelRequested { request, model, hash, body, .. } => turn.asked.push(Asked {
            seq,
            request: *request,
            model: model.name.clone(),
            hash: hash.clone(),
            body: body.clone(),
            answer: String::new(),
            finish: None,
            usage: None,
            duration_us: 0,
        }),
        TurnFact::ModelDelta { text, thinking: false, .. } => {
            if let Some(asked) = turn.asked.last_mut() {
                asked.answer.push_str(text);
            }
        }
        TurnFact::ModelFinished { finish, usage, duration_us, .. } => {
            if let Some(asked) = turn.asked.last_mut() {
                (asked.finish, asked.usage, asked.duration_us) = (Some(finish.clone()), *usage, *duration_us);
            }
        }
        TurnFact::Proposed { proposal, file, base, text } => turn.proposed.push(Proposed {
            seq,
            proposal: *proposal,
            file: file.clone(),
            base: base.clone(),
            text: text.clone(),
            diagnostics: None,
        }),
        TurnFact::Checked { proposal, diagnostics, .. } => {
            if let Some(proposed) = turn.proposed.iter_mut().rev().find(|p| p.proposal == *proposal) {
                proposed.diagnostics = Some(diagnostics.clone());
            }
        }
        TurnFact::TurnFinished { outcome, duration_us } => {
            (turn.outcome, turn.duration_us) = (Some(*outcome), *duration_us);
        }
        _ => {}
    }
}

fn take_run(turn: &mut Turn, seq: u64, fact: &RunFact) {
    match fact {
        RunFact::RunStarted { run, .. } => {
            turn.runs.push(Ran { seq, run: run.clone(), outcome: None, duration_us: 0, rows: Vec::new() });
        }
        RunFact::StepFinished { step, rows_out, .. } => {
            if let Some(run) = turn.runs.last_mut() {
                run.rows.push((step.clone(), *rows_out));
            }
        }
        RunFact::RunFinished { outcome, duration_us, .. } => {
            if let Some(run) = turn.runs.last_mut() {
                (run.outcome, run.duration_us) = (Some(*outcome), *duration_us);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::scenes;

    #[test]
    fn a_turn_is_all_until_the_next() {
        let turns = of(&scenes::whole_session());
        assert_eq!(turns.len(), 1);
        let turn = &turns[0];
        assert_eq!((turn.number, turn.asked.len(), turn.proposed.len(), turn.runs.len()), (1, 2, 2, 1));
        assert!(turn.asked[0].answer.contains("orders.csv") && turn.usage().input == 2 * 2_150);
        assert!(turn.document().is_some_and(|d| d.diagnostics.is_some()) && turn.written.len() == 1);
        assert!(of(&scenes::Script::opened().events).is_empty());
    }
}
