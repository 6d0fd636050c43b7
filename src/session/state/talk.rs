//! What becomes of the state when something is said.

use super::{Activity, ItemBody, Noted, State};
use crate::agent::Stage;
use crate::diagnostic::Severity;

const TITLE_CHARS: usize = 80;

impl State {
    pub(super) fn apply_said(&mut self, seq: u64, text: &str, queued: Option<u32>, instead_of: Option<u64>) {
        self.turns += 1;
        self.activity = Activity::Turn(Stage::Input);
        if self.title.is_empty() {
            self.title = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(TITLE_CHARS).collect();
        }
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
        self.transcript.said(seq, text.to_owned());
        if !notes.is_empty() {
            let told: Vec<String> = notes.iter().map(Noted::summary).collect();
            let text = format!("Told the model with this message: {}.", told.join("; "));
            self.transcript.notice(seq, Severity::Info, text);
        }
    }

    /// Sets a message and what was said after it aside. A proposal that came of it is put away with it; what
    /// was decided about one is not told any more, because the model does not know of it.
    fn set_aside(&mut self, seq: u64, message: u64) {
        self.transcript.set_aside(seq, message);
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
