//! Saying something to the model: at once, when what runs has ended, or in the place of a former message.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Busy, Host, Report, history};
use crate::agent::{self, TurnEnv, TurnInput};
use crate::connect::Connections;
use crate::diagnostic::Diagnostic;
use crate::session::State;
use crate::session::event::Fact;

/// Something that is to be said.
pub(super) struct Saying {
    /// The message.
    pub(super) text: String,
    /// Its number, if it waited.
    pub(super) queued: Option<u32>,
    /// The event that told the message in whose place it stands.
    pub(super) instead_of: Option<u64>,
}

impl Host {
    /// Says something: at once, or when what runs has ended.
    pub(super) fn say(&mut self, text: String) -> bool {
        if text.trim().is_empty() {
            return true;
        }
        match self.busy.is_some() {
            true => self.enqueue(text),
            false => self.begin_turn(Saying { text, queued: None, instead_of: None }),
        }
    }

    /// Says a former message again, as it was or in other words.
    pub(super) fn resend(&mut self, message: u64, text: Option<String>) -> bool {
        let Some(former) = self.state.transcript.message(message).map(str::to_owned) else {
            let diagnostic =
                Diagnostic::error("unknown-message", format!("event {message} is no message that can be sent again"))
                    .why("it was set aside meanwhile, or is none of this conversation")
                    .fix("write it anew");
            return self.refuse(diagnostic);
        };
        let text = text.filter(|text| !text.trim().is_empty()).unwrap_or(former);
        // Another face may have begun something: the words are kept all the same.
        match self.busy.is_some() {
            true => self.enqueue(text),
            false => self.begin_turn(Saying { text, queued: None, instead_of: Some(message) }),
        }
    }

    pub(super) fn begin_turn(&mut self, saying: Saying) -> bool {
        let Saying { text, queued, instead_of } = saying;
        if !self.compact_if_long(instead_of) {
            return false;
        }
        let (connections, problems) = Connections::load(&self.setup.root);
        let mentions = self.mentions(&text, &connections);
        let input = TurnInput {
            message: text.clone(),
            mentions: mentions.clone(),
            earlier: history::earlier(&self.state, instead_of),
            history: history::messages(&self.state, instead_of),
            document: self.state.document.as_ref().map(|d| (d.file.clone(), d.text.clone())),
            review_notes: told(&self.state, instead_of),
            next_proposal: self.state.proposals + 1,
        };
        if !self.record(Fact::Said { text, mentions, queued, instead_of }) {
            return false;
        }
        for problem in problems.into_iter().filter(Diagnostic::is_error) {
            self.notice(
                problem.severity,
                format!("{}: {}", problem.source.as_deref().unwrap_or("connections"), problem.message),
            );
        }
        let env = TurnEnv {
            model: self.setup.model.clone(),
            registry: self.setup.registry.current(),
            connections: Arc::new(connections),
            discoveries: self.cache.clone(),
            root: self.setup.root.clone(),
            settings: self.setup.turn.clone(),
        };
        let cancel = CancellationToken::new();
        self.busy = Some(Busy::Turn(cancel.clone()));
        let reports = self.reports.clone();
        tokio::spawn(async move {
            let (facts, mut incoming) = mpsc::unbounded_channel();
            {
                let turn = agent::run_turn(&env, input, &facts, cancel);
                tokio::pin!(turn);
                loop {
                    tokio::select! {
                        Some(fact) = incoming.recv() => { let _ = reports.send(Report::Turn(fact)); }
                        _ = &mut turn => break,
                    }
                }
            }
            // It holds the store, which must be free when the turn is told to have ended.
            drop(env);
            while let Ok(fact) = incoming.try_recv() {
                let _ = reports.send(Report::Turn(fact));
            }
            let _ = reports.send(Report::TurnEnded);
        });
        true
    }
}

/// What the model is told of the last reviews; nothing of a proposal that is set aside with a message.
fn told(state: &State, instead_of: Option<u64>) -> Option<String> {
    let stays = |proposal: u32| instead_of.is_none_or(|message| !state.transcript.came_after(message, proposal));
    let notes = state.notes().into_iter().filter(|notes| stays(notes.noted.proposal));
    let notes: Vec<String> = notes.map(|notes| notes.text).collect();
    (!notes.is_empty()).then(|| notes.join("\n\n"))
}
