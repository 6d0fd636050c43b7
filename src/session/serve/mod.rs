//! Serving: one process has the store and keeps the sessions; faces in other processes come over its socket.
//!
//! Owns: who is let in, which sessions are open, when the process has nothing left to do. Does not own:
//! the sessions' work (`host`), the socket's place, frames and greeting (`socket`), how a process is started
//! for it (`cli`).

mod client;
mod environment;
mod feed;
mod live;

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Mutex, Notify};

pub use self::environment::fingerprint;
use self::live::Live;
use super::host::{HostSetup, Opening};
use super::wire::{Control, LiveSession, Manner, Want, Wish};
use super::{Command, catalogue};
use crate::diagnostic::Diagnostic;
use crate::socket::greeting::{Answer, Hello, PATIENCE};
use crate::socket::{Purpose, frame, place};
use crate::store::{self, Ask, Given, Store};

/// Characters of a session's id, a ULID.
const ID: usize = 26;
/// Who is let in at the same time.
const MOST: usize = 256;
/// So long a host that was just started waits for who started it.
const FIRST: Duration = Duration::from_secs(10);
/// So long a host that was told to end waits for faces to take note.
const LAST_WORD: Duration = Duration::from_millis(500);
/// How often it is looked whether the workspace is still there.
const LOOK: Duration = Duration::from_secs(1);

/// Gathers what a session works with.
pub type Prepare = dyn Fn(&Manner) -> Result<HostSetup, Diagnostic> + Send + Sync;

/// A process that has the store and lets others in.
pub struct Server {
    store: Store,
    prepare: Arc<Prepare>,
    identity: String,
    environment: String,
    place: PathBuf,
    sessions: Mutex<HashMap<String, Arc<Live>>>,
    connections: AtomicUsize,
    changed: Notify,
}

impl Server {
    /// Begins to listen. Must be called inside a Tokio runtime.
    ///
    /// # Errors
    /// The socket can't be made or told.
    pub fn listen(store: Store, prepare: Arc<Prepare>) -> io::Result<(Arc<Server>, UnixListener)> {
        let identity = place::identity(store.path())?;
        let (listener, place) = place::listen(store.path())?;
        listener.set_nonblocking(true)?;
        let listener = UnixListener::from_std(listener)?;
        store::note(store.path(), &place)?;
        tracing::info!(socket = %place.display(), "serving");
        let server = Server {
            store,
            prepare,
            identity,
            environment: fingerprint(),
            place,
            sessions: Mutex::default(),
            connections: AtomicUsize::new(0),
            changed: Notify::new(),
        };
        Ok((Arc::new(server), listener))
    }

    /// Serves until nobody is there and nothing runs, or until `stop`.
    pub async fn serve(self: Arc<Server>, listener: UnixListener, stop: impl Future<Output = ()>) {
        let mut look = tokio::time::interval(LOOK);
        let first = tokio::time::sleep(FIRST);
        tokio::pin!(stop, first);
        let mut waiting = true;
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        waiting = false;
                        self.connections.fetch_add(1, Ordering::SeqCst);
                        let server = self.clone();
                        tokio::spawn(async move {
                            if let Err(error) = server.clone().greet(stream).await {
                                tracing::debug!(%error, "a connection ended");
                            }
                            server.connections.fetch_sub(1, Ordering::SeqCst);
                            server.changed.notify_one();
                        });
                    }
                    Err(error) => {
                        tracing::warn!(%error, "nobody can be let in");
                        tokio::time::sleep(LOOK).await;
                    }
                },
                () = self.changed.notified() => {}
                () = &mut first, if waiting => waiting = false,
                _ = look.tick() => if place::identity(self.store.path()).ok().as_ref() != Some(&self.identity) {
                    tracing::warn!("the workspace is gone");
                    break;
                },
                () = &mut stop => break,
            }
            let quiet = self.connections.load(Ordering::SeqCst) == 0 && self.sessions.lock().await.is_empty();
            if quiet && !waiting {
                break;
            }
        }
        // Nobody finds the way in any more before the store is free; so no successor's socket is removed.
        drop(listener);
        let _ = std::fs::remove_file(&self.place);
        self.close_all().await;
        self.told().await;
        if let Err(error) = self.store.flush() {
            tracing::error!(%error, "the store can't be flushed");
        }
        tracing::info!("served");
    }

    async fn close_all(&self) {
        let open: Vec<Arc<Live>> = self.sessions.lock().await.values().cloned().collect();
        for live in &open {
            live.close(Command::Close);
        }
        for live in open {
            live.ended().await;
        }
    }

    /// Waits until the faces have been told the end, but not for one that does not listen.
    async fn told(&self) {
        let all = async {
            while self.connections.load(Ordering::SeqCst) > 0 {
                self.changed.notified().await;
            }
        };
        let _ = tokio::time::timeout(LAST_WORD, all).await;
    }

    async fn greet(self: Arc<Server>, mut stream: UnixStream) -> io::Result<()> {
        if stream.peer_cred()?.uid() != rustix::process::geteuid().as_raw() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let hello = frame::receive::<Hello>(&mut stream, frame::GREETING);
        let hello = tokio::time::timeout(PATIENCE, hello).await??;
        let (answer, purpose) = if self.connections.load(Ordering::SeqCst) > MOST {
            (Answer::Refused(Box::new(crowded())), None)
        } else {
            hello.answer(&self.identity)
        };
        frame::send(&mut stream, &answer).await?;
        match purpose {
            None => Ok(()),
            Some(Purpose::Store) => self.lend(stream).await,
            Some(Purpose::Session) => client::serve(&self, stream).await,
            Some(Purpose::Control) => self.control(stream).await,
        }
    }

    /// Answers what is asked of the store.
    async fn lend(&self, mut stream: UnixStream) -> io::Result<()> {
        loop {
            let ask: Ask = frame::receive(&mut stream, frame::MOST).await?;
            if let Some(id) = self.open_one(&ask).await {
                let refused = format!("session {id} is open in a workbench; do it there, or when it is closed");
                frame::send(&mut stream, &Given::Failed(refused)).await?;
                continue;
            }
            let store = self.store.clone();
            let given = tokio::task::spawn_blocking(move || frame::encode(&store.answer(ask))).await??;
            tokio::io::AsyncWriteExt::write_all(&mut stream, &given).await?;
        }
    }

    /// The open session that would be changed: its host alone writes it. Keys begin with the session's id.
    async fn open_one(&self, ask: &Ask) -> Option<String> {
        let sessions = self.sessions.lock().await;
        let mut changed = ask.changes().filter_map(|key| key.get(..ID).and_then(|id| std::str::from_utf8(id).ok()));
        changed.find(|id| sessions.contains_key(*id)).map(str::to_owned)
    }

    async fn control(&self, mut stream: UnixStream) -> io::Result<()> {
        let control: Control = frame::receive(&mut stream, frame::GREETING).await?;
        let open: Vec<Arc<Live>> = self.sessions.lock().await.values().cloned().collect();
        let mut told: Vec<LiveSession> = Vec::new();
        for live in open {
            match &control {
                Control::Live => told.push(live.told()),
                Control::Detach { session } if session.as_ref().is_none_or(|id| *id == live.id) => {
                    told.push(live.told());
                    live.dismiss();
                }
                Control::Detach { .. } => {}
            }
        }
        frame::send(&mut stream, &told).await
    }

    /// Lets a face into a session, which is opened if it is not. The face must [`Live::leave`] it.
    async fn attend(self: &Arc<Server>, want: &Want) -> Result<Arc<Live>, Diagnostic> {
        let id = match &want.session {
            Wish::Begin(id) => id.clone(),
            Wish::Resume(wanted) => {
                let (store, wanted) = (self.store.clone(), wanted.clone());
                let found = tokio::task::spawn_blocking(move || catalogue::find(&store, &wanted)).await;
                found.map_err(|e| catalogue::unreadable(&self.store, &e.to_string()))??.id
            }
        };
        loop {
            let mut sessions = self.sessions.lock().await;
            let Some(live) = sessions.get(&id).cloned() else {
                let last = self.store.last_event(&id);
                let last = last.map_err(|e| catalogue::unreadable(&self.store, &e.to_string()))?;
                let past = last.map(|(seq, _)| seq);
                let opening = past.map_or_else(|| Opening::Begin(id.clone()), |_| Opening::Resume(id.clone()));
                let live = Live::open(self, &id, opening, past.unwrap_or(0), want);
                sessions.insert(id, live.clone());
                return Ok(live);
            };
            drop(sessions);
            if want.manner.record.is_some() {
                return Err(open_already(&id));
            }
            if live.enter(want.face) {
                return Ok(live);
            }
            live.ended().await;
        }
    }

    /// Hands a command to the host that it is for. What is wanted of another session goes to that one's own
    /// host while it is open, for nobody else writes it; only that it be deleted is refused by the asker's.
    async fn direct(&self, asker: &Arc<Live>, command: Command) {
        let about = match &command {
            Command::Rename { session, .. } | Command::Tag { session, .. } | Command::Delete { session } => session,
            _ => return asker.command(command),
        };
        let sessions = self.sessions.lock().await;
        match (sessions.get(about), &command) {
            (Some(_), Command::Delete { .. }) => asker.command(Command::Delete { session: asker.id.clone() }),
            (Some(other), _) => other.command(command),
            (None, _) => asker.command(command),
        }
    }

    /// A session has ended.
    async fn forget(&self, id: &str) {
        self.sessions.lock().await.remove(id);
        self.changed.notify_one();
    }
}

fn crowded() -> Diagnostic {
    Diagnostic::error("too-many-faces", format!("{MOST} others look at the sessions of this workspace already"))
        .why("each of them costs the host memory; so many are no people")
        .fix("close some of them: `pipesmith detach` sends the workbenches away")
}

fn open_already(id: &str) -> Diagnostic {
    Diagnostic::error("session-live", format!("session {id} is open, so what its model answers can't be recorded now"))
        .why("whether answers are recorded is decided when a session is opened")
        .fix("close it first, or record a new session")
}
