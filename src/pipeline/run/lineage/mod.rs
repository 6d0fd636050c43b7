//! Telling others what a run read and wrote: events of OpenLineage 2-0-2, to a file or to a server.
//!
//! Owns: which event is told when, and getting it there. Does not own: what happens in a run (the facts say
//! it), the names of data sets (`connect::driver::dataset`). What can't be told never harms the run.

mod event;
mod send;

use std::path::Path;

use secrecy::SecretString;

use super::{Job, RunFact};
use crate::diagnostic::Diagnostic;
use event::Events;
use send::Sender;

/// Tells the events of one run.
pub struct Lineage {
    events: Events,
    sender: Sender,
}

impl Lineage {
    /// For a job; `to` is a file, relative to the workspace, or the address of a server. `key` is sent as the
    /// bearer's token. Needs a tokio runtime.
    ///
    /// # Errors
    /// `to` is nothing that events can go to: an address that can't be understood or has a login in it.
    pub fn begin(to: &str, job: &Job, key: Option<SecretString>) -> Result<Lineage, Diagnostic> {
        Ok(Lineage { events: Events::of(job), sender: Sender::to(to, &job.root, key)? })
    }

    /// Takes a fact of the run in. Does not wait.
    pub fn take(&mut self, fact: &RunFact) {
        for mut event in self.events.take(fact, &super::record::now()) {
            crate::secret::hide_json(&mut event);
            self.sender.send(&event);
        }
    }

    /// Waits, not for long, until everything is told; says what could not be.
    pub async fn end(self) -> Option<Diagnostic> {
        self.sender.end().await
    }
}

/// Whether events could go there, before anything is run.
///
/// # Errors
/// As [`Lineage::begin`].
pub fn check(to: &str, root: &Path) -> Result<(), Diagnostic> {
    send::place(to, root).map(drop)
}
