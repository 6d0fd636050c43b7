//! Going back: the last write of the document is taken back, a former version becomes a proposal.

use super::Host;
use crate::diagnostic::Diagnostic;
use crate::secret;
use crate::session::document::{self, hidden};
use crate::session::event::Fact;

impl Host {
    /// Takes the last write of the document back, if the file still holds what was written.
    pub(super) fn restore(&mut self) -> bool {
        if self.is_busy("Nothing taken back") {
            return true;
        }
        match self.former() {
            Err(diagnostic) => self.refuse(diagnostic),
            Ok((file, before, text)) => {
                if let Err(diagnostic) = document::write(&self.setup.root, &file, text.as_deref()) {
                    return self.refuse(diagnostic);
                }
                let diagnostics = text.as_ref().map(|text| self.check(&file, text)).unwrap_or_default();
                self.record(Fact::Restored { file, before, text, diagnostics })
            }
        }
    }

    /// The document's file, what it holds, and what it held before the last write.
    fn former(&self) -> Result<(String, String, Option<String>), Diagnostic> {
        let nothing = || {
            Diagnostic::error("nothing-to-restore", "nothing that this session wrote can be taken back")
                .why("the document was not written in this session, or everything was taken back already")
                .fix("`alt-v` lists the versions that the session knows; any of them can become a proposal")
        };
        let document = self.state.document.as_ref().ok_or_else(nothing)?;
        let write = self.state.versions.last_write(&document.file).ok_or_else(nothing)?;
        let file = write.file.clone();
        let text = write.before.as_ref().map(|text| text.to_string());
        let now = self.read_document(&file)?.unwrap_or_default();
        if secret::hide(&now) != *write.after {
            return Err(Diagnostic::error(
                "changed-meanwhile",
                format!("{file} has changed since the session wrote it"),
            )
            .source(&file)
            .why("to take the write back would throw away what was changed after it")
            .fix("`alt-v` makes a proposal of a former version, to be reviewed against the file as it is now"));
        }
        if text.as_ref().is_some_and(|text| text.contains(secret::MASK)) {
            return Err(hidden(&file));
        }
        Ok((file, now, text))
    }

    /// Makes a proposal of a former version of the document. Nothing is written by it.
    pub(super) fn propose_version(&mut self, version: u64) -> bool {
        if self.is_busy("Version not opened") {
            return true;
        }
        match self.version(version) {
            Err(diagnostic) => self.refuse(diagnostic),
            Ok((file, base, text)) => {
                let proposal = self.state.proposals + 1;
                let diagnostics = self.check(&file, &text);
                self.record(Fact::VersionProposed { proposal, file, base, text, version, diagnostics })
            }
        }
    }

    fn version(&self, version: u64) -> Result<(String, String, String), Diagnostic> {
        let unknown = || {
            Diagnostic::error("unknown-version", "the session does not hold that version of the document")
                .why("it is of another file, or so old that its text is in the journal only")
                .fix("`pipesmith sessions export` writes every version that the session ever held")
        };
        let file = self.state.document.as_ref().map(|d| d.file.clone()).ok_or_else(unknown)?;
        let found = self.state.versions.find(&file, version).ok_or_else(unknown)?;
        let text = found.text.as_ref().ok_or_else(unknown)?.to_string();
        let base = self.read_document(&file)?.unwrap_or_default();
        if text.contains(secret::MASK) && !base.contains(secret::MASK) {
            return Err(hidden(&file));
        }
        Ok((file, secret::hide(&base).into_owned(), text))
    }
}
