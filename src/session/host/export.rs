//! Writing the session to a file of the workspace while it goes on.

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use super::{Host, Report};
use crate::diagnostic::Diagnostic;
use crate::session::talk::TalkFact;
use crate::session::{Event, catalogue, export};
use crate::store::Store;
use crate::workspace::may_be_shown;

/// How long the journal may take to write what has happened.
const PATIENCE: Duration = Duration::from_secs(5);

impl Host {
    /// Writes everything up to now to a file; one that exists is not overwritten.
    pub(super) fn export(&mut self, file: Option<String>) -> bool {
        let (session, upto) = (self.state.session.clone(), self.state.seq);
        let file = file.unwrap_or_else(|| format!("exports/{session}-{upto}.jsonl"));
        if !may_be_shown(&file) {
            let diagnostic = Diagnostic::error("outside-workspace", format!("{file} is no place for an export"))
                .why("it is hidden, lies outside of the workspace, or has the name of a file that holds secrets")
                .fix("give a path inside of the workspace, e.g. /export session.jsonl");
            return self.refuse(diagnostic);
        }
        let (root, reports) = (self.setup.root.clone(), self.reports.clone());
        let Some(store) = self.cache.store() else { return true };
        tokio::task::spawn_blocking(move || {
            let written = events(&store, &session, upto).and_then(|events| {
                write(&root, &file, &session, &events).map_err(|error| failed(&file, &error.to_string()))?;
                Ok((file, events.len() as u64))
            });
            // Before the report: the store must be free when the session is told to have ended.
            drop(store);
            let _ = reports.send(Report::Exported(written.map_err(Box::new)));
        });
        true
    }

    pub(super) fn exported(&mut self, written: Result<(String, u64), Box<Diagnostic>>) -> bool {
        match written {
            Ok((file, events)) => self.tell_talk(TalkFact::Exported { file, events }),
            Err(diagnostic) => self.refuse(diagnostic),
        }
    }
}

/// The events up to a number. The journal may be behind by a moment.
fn events(store: &Store, session: &str, upto: u64) -> Result<Vec<Event>, Diagnostic> {
    let begun = Instant::now();
    loop {
        let last = store.last_event(session).ok().flatten().map_or(0, |(seq, _)| seq);
        if last >= upto {
            break;
        }
        if begun.elapsed() > PATIENCE {
            return Err(failed(session, "the journal did not write its last events in time"));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    catalogue::each_event(store, session).take_while(|event| event.as_ref().map_or(true, |e| e.seq <= upto)).collect()
}

fn write(root: &Path, file: &str, session: &str, events: &[Event]) -> std::io::Result<()> {
    let path = root.join(file);
    let folder = path.parent().unwrap_or(root);
    std::fs::create_dir_all(folder)?;
    if !folder.canonicalize()?.starts_with(root.canonicalize()?) {
        return Err(std::io::Error::other("it leads out of the workspace"));
    }
    let mut out = std::io::BufWriter::new(tempfile::NamedTempFile::new_in(folder)?);
    export::export(session, events, &mut out).map_err(std::io::Error::other)?;
    out.flush()?;
    let written = out.into_inner().map_err(|error| error.into_error())?;
    written.as_file().sync_all()?;
    written.persist_noclobber(&path).map_err(|error| error.error)?;
    Ok(())
}

fn failed(file: &str, why: &str) -> Diagnostic {
    Diagnostic::error("export-failed", format!("the session was not written to {file}")).why(why).fix(
        "give another file, or free some space; `pipesmith sessions export` does the same outside of the workbench",
    )
}
