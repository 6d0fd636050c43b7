//! What a session is called, filed under and related to.

use serde::Serialize;

use super::{Document, State, at, versions};
use crate::diagnostic::Severity;
use crate::session::event::{Branching, Event, Parent, RestoredFile};

const TITLE_CHARS: usize = 80;

/// The sessions that share events with this one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Family {
    /// The one that it began as a branch of.
    pub parent: Option<Parent>,
    /// Those that began as branches of it while it was open, oldest first.
    pub branches: Vec<Branch>,
    /// The first message, shortened: the title where none was given.
    #[serde(skip)]
    first: String,
}

/// A session that began as a branch of this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Branch {
    /// Number of the event that told it.
    pub told: u64,
    /// Its id.
    pub session: String,
    /// The last event of this session that is also one of that.
    pub seq: u64,
    /// Why.
    pub how: Branching,
}

impl State {
    /// The first message gives the title, unless the person did.
    pub(super) fn said_first(&mut self, text: &str) {
        if !self.family.first.is_empty() {
            return;
        }
        self.family.first = shortened(text);
        if !self.named {
            self.title.clone_from(&self.family.first);
        }
    }

    pub(super) fn rename(&mut self, title: &str) {
        let title = shortened(title);
        self.named = !title.is_empty();
        self.title = if self.named { title } else { self.family.first.clone() };
    }

    pub(super) fn branched(&mut self, told: u64, session: &str, seq: u64, how: Branching) {
        self.family.branches.push(Branch { told, session: session.to_owned(), seq, how });
        let text = match how {
            Branching::Fork => format!("Forked after event {seq}: session {session} goes its own way from there."),
            Branching::Rewind => format!("Rewound to event {seq}: session {session} goes on from there."),
            Branching::Rerun => format!("The same was asked again in session {session}."),
        };
        self.transcript.notice(told, Severity::Info, text);
    }

    pub(super) fn restored(&mut self, event: &Event, files: &[RestoredFile]) {
        for RestoredFile { file, before, text } in files {
            let at = at(event, file);
            let text = text.as_deref();
            self.versions.wrote(at, versions::Origin::Restored, before.as_deref(), text.unwrap_or_default());
            if self.document.as_ref().is_none_or(|d| d.file == *file) {
                self.document = text.map(|text| Document { file: file.clone(), text: text.to_owned() });
            }
        }
        self.compiled = None;
        let named: Vec<&str> = files.iter().map(|f| f.file.as_str()).collect();
        let text = format!("As they were at this point again: {}.", named.join(", "));
        self.transcript.notice(event.seq, Severity::Info, text);
    }
}

fn shortened(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(TITLE_CHARS).collect()
}
