//! Who holds a store: a note beside it with the process id. The lock itself is sled's; the note only
//! names its holder, so a stale one does no harm.

use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;

fn note(path: &Path) -> PathBuf {
    path.with_extension("owner")
}

/// Notes this process as the holder. Failing to do so is no reason to refuse work: the lock holds.
pub(super) fn write(path: &Path) {
    let _ = std::fs::write(note(path), std::process::id().to_string());
}

/// The diagnostic for a store that sled refused to open.
pub(super) fn refused(path: &Path, error: &sled::Error) -> Diagnostic {
    let shown = path.display().to_string();
    let text = error.to_string();
    if !is_lock(error, &text) {
        return super::unreadable(&shown, &text);
    }
    let holder = std::fs::read_to_string(note(path)).ok().and_then(|pid| pid.trim().parse::<u32>().ok());
    let who = holder.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"));
    Diagnostic::error("store-held", format!("the session store is held by {who}"))
        .source(shown)
        .why("one process at a time writes a store, so that no event is lost or doubled")
        .fix(match holder {
            Some(pid) => format!("close the other Pipesmith (`ps -p {pid}` shows it), or use verbs that need no session: run, compile, oml validate, components"),
            None => "close the other Pipesmith, or use verbs that need no session: run, compile, oml validate, components".to_owned(),
        })
}

fn is_lock(error: &sled::Error, text: &str) -> bool {
    let would_block = matches!(error, sled::Error::Io(e) if e.kind() == std::io::ErrorKind::WouldBlock);
    would_block || text.contains("could not acquire lock")
}
