//! Branches of the open session, and what a person files sessions under.

use std::time::{Duration, Instant};

use super::{Busy, Host, Report};
use crate::diagnostic::Diagnostic;
use crate::secret;
use crate::session::catalogue::{self, SessionSummary};
use crate::session::clock::Clock;
use crate::session::event::{Branching, Fact};
use crate::session::fork::{self, Point};
use crate::session::rewind::{self, Files};
use crate::store::Store;

/// The journal has this long to bring the last events to the disk.
const PATIENCE: Duration = Duration::from_secs(30);

/// What came of making a branch.
pub(super) struct Branched {
    at: u64,
    how: Branching,
    made: Result<SessionSummary, Diagnostic>,
}

impl Host {
    /// Begins a branch: a fork, or with what becomes of the files, a rewind.
    pub(super) fn branch(&mut self, at: u64, files: Option<Files>) -> bool {
        if self.is_busy(if files.is_some() { "Not rewound" } else { "Not forked" }) {
            return true;
        }
        let how = if files.is_some() { Branching::Rewind } else { Branching::Fork };
        let (store, root, session) = (self.store.clone(), self.setup.root.clone(), self.state.session.clone());
        let (last, reports) = (self.state.seq, self.reports.clone());
        self.busy = Some(Busy::Branch);
        tokio::task::spawn_blocking(move || {
            let made = settled(&store, &session, last).and_then(|()| match files {
                None => fork::fork(&store, &session, Point::Event(at), how),
                Some(files) => {
                    let done = rewind::rewind(&store, &root, &session, Point::Event(at), files, Clock::wall_ms());
                    done.map(|(summary, _)| summary)
                }
            });
            // The store must be free when the session ends.
            drop(store);
            let _ = reports.send(Report::Branched(Box::new(Branched { at, how, made })));
        });
        true
    }

    /// A branch was made, or not.
    pub(super) fn branched(&mut self, Branched { at, how, made }: Branched) -> bool {
        self.busy = None;
        match made {
            Ok(summary) => self.record(Fact::Branched { session: summary.id, seq: at, how }),
            Err(diagnostic) => self.refuse(diagnostic),
        }
    }

    /// Whether nothing has happened in this session since it began as a branch.
    pub(super) fn is_new_branch(&self) -> bool {
        self.state.family.parent.as_ref().is_some_and(|parent| parent.seq == self.state.seq)
    }

    /// A branch begins with the document of its point. The file belongs to its parent as well, so what it
    /// held at that point is proposed, and not written.
    pub(super) fn propose_branched_document(&mut self) {
        let then = self.state.document.clone();
        let under_review = self.state.review.is_some();
        self.reopen_document();
        let (Some(then), false) = (then, under_review) else { return };
        let file = then.file;
        let Ok(now) = self.read_document(&file) else { return };
        let base = secret::hide(&now.unwrap_or_default()).into_owned();
        if base == then.text || (then.text.contains(secret::MASK) && !base.contains(secret::MASK)) {
            return;
        }
        let told = self.state.versions.of(&file).find(|v| v.text.as_deref() == Some(then.text.as_str()));
        let (proposal, version) = (self.state.proposals + 1, told.map_or(0, |v| v.seq));
        let diagnostics = self.check(&file, &then.text);
        self.record(Fact::VersionProposed { proposal, file, base, text: then.text, version, diagnostics });
    }

    /// Gives this session or another one a title.
    pub(super) fn rename(&mut self, session: &str, title: String) -> bool {
        if session == self.state.session {
            return self.record(Fact::Renamed { title });
        }
        let done = catalogue::rename(&self.store, session, title, Clock::wall_ms());
        self.tell(done)
    }

    /// Files this session or another one.
    pub(super) fn tag(&mut self, session: &str, tags: Vec<String>) -> bool {
        if session == self.state.session {
            return self.record(Fact::Tagged { tags: catalogue::tidy(tags) });
        }
        let done = catalogue::tag(&self.store, session, tags, Clock::wall_ms());
        self.tell(done)
    }

    /// Puts another session into the trash.
    pub(super) fn delete(&mut self, session: &str) -> bool {
        let done = if session == self.state.session {
            Err(Diagnostic::error("session-open", "the session that is open can't be deleted")
                .why("everything that happens in it is still being written")
                .fix("begin or open another one, then delete it from there"))
        } else {
            catalogue::delete(&self.store, session, Clock::wall_ms())
        };
        self.tell(done)
    }

    /// Takes a session out of the trash.
    pub(super) fn undelete(&mut self, session: &str) -> bool {
        let done = catalogue::undelete(&self.store, session);
        self.tell(done)
    }

    fn tell<T>(&mut self, done: Result<T, Diagnostic>) -> bool {
        match done {
            Ok(_) => true,
            Err(diagnostic) => self.refuse(diagnostic),
        }
    }
}

/// Waits until everything that was recorded is on disk.
fn settled(store: &Store, session: &str, last: u64) -> Result<(), Diagnostic> {
    let begun = Instant::now();
    loop {
        let there = catalogue::last_event(store, session)?;
        if there >= last {
            return Ok(());
        }
        if begun.elapsed() > PATIENCE {
            return Err(Diagnostic::error("session-not-written", "the events of the session are not on disk yet")
                .why(format!("{there} of {last} events were written; the disk is slow or full"))
                .fix("try again in a moment"));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}
