//! What becomes of the state when something is said.

use super::{Activity, Asked, ItemBody, Noted, State};
use crate::agent::{Mention, Stage};
use crate::diagnostic::Severity;
use crate::session::talk::TalkFact;

impl State {
    pub(super) fn apply_said(
        &mut self,
        seq: u64,
        text: &str,
        mentions: &[Mention],
        (queued, instead_of): (Option<u32>, Option<u64>),
    ) {
        self.turns += 1;
        self.spend.begin_turn();
        self.activity = Activity::Turn(Stage::Input);
        self.said_first(text);
        if let Some(number) = queued {
            self.queue.take(number);
        }
        if let Some(message) = instead_of {
            self.set_aside(seq, message);
        }
        let notes = self.noted();
        self.decided = None;
        if let Some(review) = &mut self.review {
            review.tell();
        }
        self.transcript.said(seq, text.to_owned(), mentions.to_vec());
        if !notes.is_empty() {
            let told: Vec<String> = notes.iter().map(Noted::summary).collect();
            let text = format!("Told the model with this message: {}.", told.join("; "));
            self.transcript.notice(seq, Severity::Info, text);
        }
    }

    pub(super) fn apply_talk(&mut self, seq: u64, fact: &TalkFact) {
        match fact {
            TalkFact::Queued { .. }
            | TalkFact::QueuedChanged { .. }
            | TalkFact::QueuedRemoved { .. }
            | TalkFact::QueueReleased => self.queue.apply(fact),
            TalkFact::Compacted(compaction) => {
                self.transcript.push(seq, ItemBody::Compacted(compaction.clone()));
                self.compacted = Some(compaction.clone());
            }
            TalkFact::ApprovalAsked(approval) => {
                self.withdraw(seq, "another one took its place");
                self.approvals = self.approvals.max(approval.number);
                self.approval = Some(approval.clone());
                let body = ItemBody::Approval { approval: approval.clone(), decided: None, withdrawn: None };
                self.transcript.push(seq, body);
            }
            TalkFact::ApprovalDecided { number, approved, by, withdrawn } => {
                self.approval.take_if(|approval| approval.number == *number);
                let answer = withdrawn.is_none().then(|| (*approved, by.clone()));
                self.transcript.decided(seq, *number, answer, withdrawn.clone());
            }
            TalkFact::Exported { file, events } => {
                let text = format!("The session was written to {file}, {events} events.");
                self.transcript.notice(seq, Severity::Info, text);
            }
            TalkFact::ModelsListed { models, problem } => self.models = (models.clone(), problem.clone()),
            TalkFact::ModelChosen { model, terms, chosen } => {
                self.terms = terms.clone();
                if *chosen {
                    self.chosen_model = Some(model.name.clone());
                    let text = format!("{} is asked from now on.", model.name);
                    self.transcript.notice(seq, Severity::Info, text);
                }
                self.model = Some(model.clone());
            }
        }
    }

    /// Nobody will be asked any more.
    pub(super) fn withdraw(&mut self, seq: u64, why: &str) {
        if let Some(approval) = self.approval.take() {
            self.transcript.decided(seq, approval.number, None, Some(why.to_owned()));
        }
    }

    /// How the model is asked now.
    pub(super) fn asked(&self, model: &str, hash: &str, body: &str) -> Asked {
        Asked {
            model: model.to_owned(),
            hash: hash.to_owned(),
            contracts: self.contracts.iter().map(|shown| shown.name.clone()).collect(),
            discoveries: self.discoveries.iter().map(|shown| shown.connection.clone()).collect(),
            document: self.shown_document.clone(),
            bytes: body.len() as u64,
            ..Asked::default()
        }
    }

    /// Sets a message and what was said after it aside. A proposal that came of it is put away with it; what
    /// was decided about one is not told any more, because the model does not know of it.
    fn set_aside(&mut self, seq: u64, message: u64) {
        self.transcript.set_aside(seq, message);
        // A digest of what is set aside is none.
        self.compacted.take_if(|compacted| message < compacted.upto);
        let aside = |proposal: u32| {
            let of = |body: &ItemBody| matches!(body, ItemBody::Proposed { proposal: n, .. } if *n == proposal);
            self.transcript.items.iter().any(|item| item.aside.is_some() && of(&item.body))
        };
        if self.review.as_ref().is_some_and(|review| aside(review.proposal)) {
            self.review = None;
            self.diagnostics.clear();
            self.looks.clear();
            self.document_version = seq;
        }
        if self.decided.as_ref().is_some_and(|notes| aside(notes.noted.proposal)) {
            self.decided = None;
        }
    }
}
