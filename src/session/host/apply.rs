//! Writing what was accepted, and opening documents.

use std::borrow::Cow;

use super::Host;
use crate::connect::Connections;
use crate::diagnostic::{Diagnostic, Severity};
use crate::pipeline::oml::hunk::Decision;
use crate::pipeline::oml::{self, CheckContext};
use crate::secret;
use crate::session::document::{self, MAX_DOCUMENT_BYTES, inside, write_atomically};
use crate::session::event::Fact;

impl Host {
    /// Writes the accepted hunks, if the file is still what the proposal was made for.
    pub(super) fn apply_proposal(&mut self, proposal: u32) -> bool {
        let Some(review) = self.state.review.as_ref().filter(|r| r.proposal == proposal) else { return true };
        let (file, base, text) = (review.file.clone(), review.base.clone(), review.result());
        let accepted = review.count(Decision::Accepted);
        let rejected = review.hunks.len() - accepted;
        if self.is_busy("Proposal not applied") {
            return true;
        }
        if accepted == 0 {
            return self.notice(
                Severity::Warning,
                "Nothing is accepted, so nothing was written. `a` accepts a hunk, `A` all of them.",
            );
        }
        let before = match self.read_document(&file) {
            Ok(before) => before,
            Err(diagnostic) => {
                return self.notice(Severity::Error, format!("{} Nothing was written.", diagnostic.message));
            }
        };
        let on_disk = before.as_deref().unwrap_or_default();
        if text.contains(secret::MASK) && !on_disk.contains(secret::MASK) {
            let text = format!(
                "{file} would hold a secret, hidden here as {}; nothing was written. Put the secret into a connection and name that.",
                secret::MASK
            );
            return self.notice(Severity::Error, text);
        }
        if secret::hide(on_disk) != base {
            let text = format!(
                "{file} has changed on disk since the proposal was made; nothing was written. Ask again to get a proposal for the file as it is now."
            );
            return self.notice(Severity::Error, text);
        }
        let path = self.setup.root.join(&file);
        if let Err(error) = write_atomically(&path, text.as_bytes()) {
            return self.notice(
                Severity::Error,
                format!("{file} can't be written: {error}. It is as it was; the proposal is still here."),
            );
        }
        let diagnostics = self.check(&file, &text);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (accepted, rejected) = (count(accepted), count(rejected));
        self.record(Fact::Applied { proposal, file, before, text, accepted, rejected, diagnostics })
    }

    /// Makes a proposal of the fix that a diagnostic offers.
    pub(super) fn propose_fix(&mut self, diagnostic: u32, code: &str) -> bool {
        if self.is_busy("Fix not proposed") {
            return true;
        }
        let shown = self.state.diagnostics.get(diagnostic as usize).filter(|d| d.code == code);
        let (file, base, text) = match (&self.state.review, &self.state.document) {
            (Some(review), _) => (&review.file, &review.base, &review.text),
            (None, Some(document)) => (&document.file, &document.text, &document.text),
            (None, None) => return true,
        };
        let edit = shown.and_then(|d| d.fix.as_ref()).and_then(|fix| fix.edit.as_ref());
        let Some(text) = edit.and_then(|edit| edit.applied(text)) else {
            return self.notice(Severity::Warning, "There is no fix for that problem that could be made for you.");
        };
        let (proposal, file, base) = (self.state.proposals + 1, file.clone(), base.clone());
        let diagnostics = self.check(&file, &text);
        self.record(Fact::FixProposed { proposal, file, base, text, code: code.to_owned(), diagnostics })
    }

    /// Writes a text that was edited by hand, or makes a proposal of it where it is the text of one.
    pub(super) fn take_edit(&mut self, file: String, edited: Option<u32>, base: &str, text: String) -> bool {
        if self.is_busy("Edit not taken") {
            return true;
        }
        if text.len() as u64 > MAX_DOCUMENT_BYTES {
            return self.notice(
                Severity::Error,
                format!("The text is longer than {MAX_DOCUMENT_BYTES} bytes; it was not taken."),
            );
        }
        if let Some(number) = edited {
            let Some(review) = self.state.review.as_ref().filter(|r| r.proposal == number && r.file == file) else {
                return self.notice(
                    Severity::Error,
                    "The proposal that was edited is not under review any more; the edit was not taken.",
                );
            };
            let (proposal, base) = (self.state.proposals + 1, review.base.clone());
            let diagnostics = self.check(&file, &text);
            return self.record(Fact::ProposalEdited { proposal, file, base, text, diagnostics });
        }
        if self.state.document.as_ref().is_none_or(|d| d.file != file) {
            return self
                .notice(Severity::Error, format!("{file} is not the document of this session; nothing was written."));
        }
        let before = match self.read_document(&file) {
            Ok(before) => before.unwrap_or_default(),
            Err(diagnostic) => {
                return self.notice(Severity::Error, format!("{} Nothing was written.", diagnostic.message));
            }
        };
        if text.contains(secret::MASK) && !before.contains(secret::MASK) {
            let text = format!(
                "{file} holds a secret, hidden here as {}; nothing was written. Put the secret into a connection first, in another editor.",
                secret::MASK
            );
            return self.notice(Severity::Error, text);
        }
        if secret::hide(&before) != base {
            let text = format!(
                "{file} has changed on disk since the edit began; nothing was written. The edit is still in the editor."
            );
            return self.notice(Severity::Error, text);
        }
        if let Err(error) = write_atomically(&self.setup.root.join(&file), text.as_bytes()) {
            return self.notice(Severity::Error, format!("{file} can't be written: {error}. It is as it was."));
        }
        let (text, diagnostics) = self.checked(&file, &text);
        self.record(Fact::Edited { file, before, text, diagnostics })
    }

    /// Makes a file the document of the session.
    pub(super) fn open_document(&mut self, file: &str) -> bool {
        if self.is_busy("Document not opened") {
            return true;
        }
        match self.read_document(file) {
            Ok(Some(text)) => {
                let (text, diagnostics) = self.checked(file, &text);
                self.record(Fact::DocumentOpened { file: file.to_owned(), text, diagnostics })
            }
            Ok(None) => self.notice(Severity::Error, format!("There is no file {file} in the workspace.")),
            Err(diagnostic) => self.notice(Severity::Error, diagnostic.message),
        }
    }

    /// Takes the document in again where its file has changed.
    pub(super) fn look_at_document(&mut self) -> bool {
        let Some(path) = self.state.document.as_ref().and_then(|d| inside(&self.setup.root, &d.file).ok()) else {
            return true;
        };
        let stamp = std::fs::metadata(path).ok().and_then(|m| Some((m.modified().ok()?, m.len())));
        if stamp.is_some() && stamp != self.seen {
            self.seen = stamp;
            self.reopen_document();
        }
        true
    }

    /// The document as it is on disk now, if it has changed since.
    pub(super) fn reopen_document(&mut self) {
        let Some(known) = self.state.document.clone() else { return };
        match self.read_document(&known.file) {
            Ok(Some(text)) if secret::hide(&text) != known.text => {
                let (text, diagnostics) = self.checked(&known.file, &text);
                self.record(Fact::DocumentOpened { file: known.file.clone(), text, diagnostics });
                self.notice(
                    Severity::Info,
                    format!("{} was changed outside of the session; this is how it is now.", known.file),
                );
            }
            Ok(Some(_)) => {}
            Ok(None) => {
                self.notice(Severity::Warning, format!("{} is not there any more.", known.file));
            }
            Err(diagnostic) => {
                self.notice(Severity::Warning, diagnostic.message);
            }
        }
    }

    /// The document's text, `None` when there is no such file.
    pub(super) fn read_document(&self, file: &str) -> Result<Option<String>, Diagnostic> {
        document::read(&self.setup.root, file)
    }

    /// A document as it may be shown, and what is wrong with it. Places are those of what is shown.
    fn checked(&self, file: &str, text: &str) -> (String, Vec<Diagnostic>) {
        let found = self.check(file, text);
        // Only the check tells of secrets that stand in the document itself.
        match secret::hide(text) {
            Cow::Borrowed(_) => (text.to_owned(), found),
            Cow::Owned(hidden) => {
                let found = self.check(file, &hidden);
                (hidden, found)
            }
        }
    }

    /// What is wrong with a document, checked against the connections as they are now.
    pub(super) fn check(&self, file: &str, text: &str) -> Vec<Diagnostic> {
        let (connections, _) = Connections::load(&self.setup.root);
        let references = connections.references();
        let registry = self.setup.registry.current();
        let named = connections.iter().filter(|connection| text.contains(&connection.reference()));
        let tables = self.cache.remembered(&self.setup.root, named);
        let context = CheckContext { registry: &registry, connections: Some(&references), tables: &tables };
        let found = oml::check(file, text, &context).diagnostics;
        oml::remember_inline(text, &found);
        found
    }
}
