//! A session that is open, and the faces that look at it. It is closed when the last face closes it, or
//! when none is there and nothing runs any more.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, watch};

use super::feed::Feed;
use super::{Server, environment};
use crate::diagnostic::Diagnostic;
use crate::session::Command;
use crate::session::host::{self, Opening, Rest, Served};
use crate::session::wire::{Face, Gone, LiveSession, Want};

/// How a session ended, once it has.
type Ended = Option<Option<Box<Diagnostic>>>;

pub(super) struct Live {
    pub(super) id: String,
    pub(super) feed: Feed,
    commands: mpsc::UnboundedSender<Command>,
    standing: Mutex<Standing>,
    rest: watch::Receiver<Rest>,
    end: watch::Sender<Ended>,
    dismissed: watch::Sender<u64>,
}

#[derive(Default)]
struct Standing {
    workbenches: u32,
    verbs: u32,
    closing: bool,
    /// Commands that were handed to the host.
    sent: u64,
}

/// How a face goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    /// It closes the session.
    Close,
    /// It leaves what runs running.
    Detach,
}

impl From<Gone> for Leave {
    fn from(gone: Gone) -> Leave {
        match gone {
            Gone::Stop => Leave::Close,
            Gone::Detach => Leave::Detach,
        }
    }
}

impl Live {
    /// Opens a session for its first face.
    pub(super) fn open(server: &Arc<Server>, id: &str, opening: Opening, past: u64, want: &Want) -> Arc<Live> {
        let (prepare, store, manner) = (server.prepare.clone(), server.store.clone(), want.manner.clone());
        let (rest_sender, rest) = watch::channel(Rest::default());
        let other = want.environment.as_ref().is_some_and(|of| *of != server.environment);
        let served = Served { rest: rest_sender, notice: other.then(environment::notice) };
        let mut link = host::serve(opening, served, move || Ok((prepare(&manner)?, store)));
        let live = Arc::new(Live {
            id: id.to_owned(),
            feed: Feed::after(past),
            commands: link.commands.clone(),
            standing: Mutex::default(),
            rest,
            end: watch::Sender::new(None),
            dismissed: watch::Sender::new(0),
        });
        live.enter(want.face);
        let (fed, server) = (live.clone(), server.clone());
        tokio::spawn(async move {
            while let Some(event) = link.events.recv().await {
                fed.feed.push(&event);
            }
            let end = match link.ended.await {
                Ok(Ok(_)) => None,
                Ok(Err(diagnostic)) => Some(diagnostic),
                Err(_) => Some(Box::new(lost())),
            };
            fed.standing().closing = true;
            server.forget(&fed.id).await;
            fed.end.send_replace(Some(end));
        });
        let (watched, mut rest) = (live.clone(), live.rest.clone());
        tokio::spawn(async move {
            while rest.changed().await.is_ok() {
                watched.settle(&mut watched.standing());
            }
        });
        live
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A face comes. `false` when the session is about to end.
    pub(super) fn enter(&self, face: Face) -> bool {
        let mut standing = self.standing();
        if standing.closing {
            return false;
        }
        *standing.count(face) += 1;
        true
    }

    /// A face goes. `true` when the session ends with it: then it is still told the end.
    pub(super) fn leave(&self, face: Face, how: Leave) -> bool {
        let mut standing = self.standing();
        let count = standing.count(face);
        *count = count.saturating_sub(1);
        if how == Leave::Close && standing.alone() && !standing.closing {
            standing.closing = true;
            let _ = self.commands.send(Command::Close);
        }
        self.settle(&mut standing);
        standing.closing
    }

    /// Closes the session when nobody looks and nothing runs.
    fn settle(&self, standing: &mut Standing) {
        let rest = *self.rest.borrow();
        if standing.alone() && !standing.closing && !rest.busy && rest.taken == standing.sent {
            standing.closing = true;
            let _ = self.commands.send(Command::Detach);
        }
    }

    /// Hands a command of a face to the host.
    pub(super) fn command(&self, command: Command) {
        let mut standing = self.standing();
        if !standing.closing {
            standing.sent += 1;
            let _ = self.commands.send(command);
        }
    }

    /// Closes the session whoever looks.
    pub(super) fn close(&self, how: Command) {
        let mut standing = self.standing();
        if !standing.closing {
            standing.closing = true;
            let _ = self.commands.send(how);
        }
    }

    /// Sends the workbenches away.
    pub(super) fn dismiss(&self) {
        self.dismissed.send_modify(|times| *times += 1);
    }

    /// Resolves when the workbenches are sent away after this was called.
    pub(super) fn dismissal(&self) -> watch::Receiver<u64> {
        let mut dismissal = self.dismissed.subscribe();
        dismissal.mark_unchanged();
        dismissal
    }

    /// Waits for the end of the session; what went wrong, if something did.
    pub(super) async fn ended(&self) -> Option<Box<Diagnostic>> {
        let mut end = self.end.subscribe();
        let ended = end.wait_for(Option::is_some).await;
        ended.ok().and_then(|end| end.clone().flatten())
    }

    pub(super) fn has_ended(&self) -> bool {
        self.end.borrow().is_some()
    }

    pub(super) fn told(&self) -> LiveSession {
        LiveSession {
            session: self.id.clone(),
            workbenches: self.standing().workbenches,
            busy: self.rest.borrow().busy,
            events: *self.feed.last.borrow(),
        }
    }
}

impl Standing {
    fn count(&mut self, face: Face) -> &mut u32 {
        match face {
            Face::Workbench => &mut self.workbenches,
            Face::Verb => &mut self.verbs,
        }
    }

    fn alone(&self) -> bool {
        self.workbenches == 0 && self.verbs == 0
    }
}

fn lost() -> Diagnostic {
    Diagnostic::error("journal-failed", "the session ended without a word: a part of its host failed")
        .why("an event is shown only after it is on disk; where that can't be known, the session stops")
        .fix("look at the log in .pipesmith/logs, then resume the session: everything shown so far is kept")
}
