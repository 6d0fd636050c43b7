//! A link to a session in another process. When that process is gone without a word, another host is found
//! or started, and the link goes on after the last event that came: each comes once, in order.
//!
//! Does not own: how a host is started (whoever opens the link says that).

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot, watch};

use super::link::End;
use super::unheard::Unheard;
use super::wire::{Control, Face, Gone, LiveSession, Manner, Told, Want, Wish};
use super::{Command, Event, Link, serve};
use crate::diagnostic::Diagnostic;
use crate::socket::greeting::Absent;
use crate::socket::{Connection, Purpose, frame};
use crate::store;

/// So long a host is looked for before it is told that there is none.
const PATIENCE: Duration = Duration::from_secs(10);
/// The first pause before it is looked again; each is twice as long, up to [`LONGEST`].
const AGAIN: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_millis(160);
/// Frames that are read ahead.
const FRAMES: usize = 4;
/// So often, one after the other, a host may go that has told nothing but that the session was resumed.
const TIMES: u32 = 8;

/// Starts a host for the store. Returns when it serves, or with why it does not: `store-held` when another
/// process was first.
pub type Start = dyn Fn() -> Result<(), Diagnostic> + Send + Sync;

/// What to attach to, and how.
#[derive(Clone)]
pub struct Attach {
    /// The folder of the store.
    pub store: PathBuf,
    /// The session.
    pub session: Wish,
    /// Who looks.
    pub face: Face,
    /// What becomes of what runs when this process is gone without a word.
    pub gone: Gone,
    /// How a session that is opened for this works.
    pub manner: Manner,
    /// Starts a host where there is none.
    pub start: Arc<Start>,
}

impl Wish {
    /// A new session.
    pub fn new() -> Wish {
        Wish::Begin(ulid::Ulid::generate().to_string())
    }
}

impl Default for Wish {
    fn default() -> Wish {
        Wish::new()
    }
}

/// Attaches to a session. Returns at once; what goes wrong is told through [`Link::ended`]. Dropping the link
/// without a command to close or detach is going without a word.
///
/// Must be called inside a Tokio runtime.
pub fn open(attach: Attach) -> Link {
    let (commands, incoming) = mpsc::unbounded_channel();
    let (faces, events) = mpsc::unbounded_channel();
    let (ended_sender, ended) = oneshot::channel();
    let (past_sender, past) = watch::channel(None);
    let (unsaid, unheard) = (None, Unheard::default());
    let line = Line { attach, after: 0, past: past_sender, faces, commands: incoming, unsaid, unheard };
    tokio::spawn(async move {
        if let Some(end) = line.hold().await {
            let _ = ended_sender.send(end);
        }
    });
    Link { commands, events, past, ended }
}

/// The sessions that a host has open; none when there is no host.
pub fn live(store: &Path) -> Result<Vec<LiveSession>, Diagnostic> {
    control(store, &Control::Live)
}

/// Sends the workbenches of a session away, or of all; the sessions that were meant.
pub fn detach(store: &Path, session: Option<String>) -> Result<Vec<LiveSession>, Diagnostic> {
    control(store, &Control::Detach { session })
}

fn control(store: &Path, control: &Control) -> Result<Vec<LiveSession>, Diagnostic> {
    let mut connection = match store::connect(store, Purpose::Control) {
        Ok(connection) => connection,
        Err(Absent::Nobody) => return Ok(Vec::new()),
        Err(Absent::Refused(diagnostic)) => return Err(*diagnostic),
    };
    let told =
        frame::write(&mut connection.stream, control).and_then(|()| frame::read(&mut connection.stream, frame::MOST));
    // One that was just about to go has nothing open.
    told.or_else(|error| if error.kind() == io::ErrorKind::InvalidData { Err(lost()) } else { Ok(Vec::new()) })
}

/// A link's own end of a connection, over all hosts that it has.
struct Line {
    attach: Attach,
    /// Number of the last event that came.
    after: u64,
    past: watch::Sender<Option<u64>>,
    faces: mpsc::UnboundedSender<Arc<Event>>,
    commands: mpsc::UnboundedReceiver<Command>,
    /// A command that could not be said any more.
    unsaid: Option<Command>,
    /// Messages that the host may not have heard.
    unheard: Unheard,
}

type Ended = Result<End, Box<Diagnostic>>;

/// How one connection ended.
enum Over {
    /// The session or the link has ended, too; nobody is there to be told where it is `None`.
    Ended(Option<Ended>),
    /// The host is gone.
    Lost(io::Error),
}

impl Line {
    async fn hold(mut self) -> Option<Ended> {
        let mut losses = 0;
        loop {
            let attach = self.attach.clone();
            let find = move || host(&attach.store, Purpose::Session, &*attach.start);
            let found = tokio::task::spawn_blocking(find).await;
            let connection = match found {
                Ok(Ok(connection)) => connection,
                Ok(Err(diagnostic)) => return Some(Err(Box::new(diagnostic))),
                Err(_) => return Some(Err(Box::new(lost()))),
            };
            let (pid, before) = (connection.pid, self.after);
            let over = match self.talk(connection).await {
                Ok(over) => over,
                Err(error) => Over::Lost(error),
            };
            match over {
                Over::Ended(end) => return end,
                Over::Lost(error) => {
                    tracing::warn!(%error, pid, after = self.after, "the host is gone; another is looked for");
                    losses = if self.after > before + 1 { 0 } else { losses + 1 };
                    if losses > TIMES {
                        return Some(Err(Box::new(lost())));
                    }
                }
            }
        }
    }

    async fn talk(&mut self, connection: Connection) -> io::Result<Over> {
        connection.stream.set_nonblocking(true)?;
        let (mut from, mut to) = UnixStream::from_std(connection.stream)?.into_split();
        let want = Want {
            session: self.attach.session.clone(),
            after: self.after,
            face: self.attach.face,
            gone: self.attach.gone,
            manner: self.attach.manner.clone(),
            environment: Some(serve::fingerprint()),
        };
        frame::send(&mut to, &want).await?;
        let there = match frame::receive(&mut from, frame::MOST).await? {
            Told::Attached { session, past } => {
                self.attach.session = match &self.attach.session {
                    Wish::Begin(_) => Wish::Begin(session),
                    Wish::Resume(_) => Wish::Resume(session),
                };
                self.past.send_if_modified(|known| {
                    known.is_none() && {
                        *known = Some(past);
                        true
                    }
                });
                past
            }
            told => return Ok(end_of(told)),
        };
        // What the last host heard before its end is in the journal.
        while !self.unheard.is_empty() && self.after < there {
            if let Some(over) = self.take(frame::receive(&mut from, frame::MOST).await?)? {
                return Ok(over);
            }
        }
        for command in self.unheard.again() {
            frame::send(&mut to, &command).await?;
        }
        if let Some(command) = self.unsaid.take() {
            self.say(&mut to, command).await?;
        }
        // A frame that has begun to come is not given up for a command.
        let (frames, mut told) = mpsc::channel(FRAMES);
        let _reading = Reading(tokio::spawn(read(from, frames)));
        loop {
            tokio::select! {
                told = told.recv() => match told {
                    Some(told) => if let Some(over) = self.take(told?)? {
                        return Ok(over);
                    },
                    None => return Err(io::ErrorKind::UnexpectedEof.into()),
                },
                command = self.commands.recv() => match command {
                    Some(command) => self.say(&mut to, command).await?,
                    None => return Ok(Over::Ended(None)),
                },
            }
        }
    }

    /// Says a command; one that can't be said is kept for the next host.
    async fn say(&mut self, to: &mut OwnedWriteHalf, command: Command) -> io::Result<()> {
        let kept = self.unheard.keep(&command);
        let said = frame::send(to, &command).await;
        if said.is_err() && !kept {
            self.unsaid = Some(command);
        }
        said
    }

    /// Takes in what the host tells; how the connection has ended, if it has.
    fn take(&mut self, told: Told) -> io::Result<Option<Over>> {
        let Told::Events(events) = told else { return Ok(Some(end_of(told))) };
        for event in events {
            if event.seq != self.after + 1 {
                let gap = format!("event {} came after event {}", event.seq, self.after);
                return Err(io::Error::new(io::ErrorKind::InvalidData, gap));
            }
            self.after = event.seq;
            self.unheard.hear(&event);
            if self.faces.send(Arc::new(event)).is_err() {
                return Ok(Some(Over::Ended(None)));
            }
        }
        Ok(None)
    }
}

/// The task that reads ends with its connection.
struct Reading(tokio::task::JoinHandle<()>);

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Reads what the host tells until it says no more, or nobody wants to know.
async fn read(mut from: OwnedReadHalf, frames: mpsc::Sender<io::Result<Told>>) {
    loop {
        let told = frame::receive(&mut from, frame::MOST).await;
        let last = told.is_err();
        if frames.send(told).await.is_err() || last {
            return;
        }
    }
}

fn end_of(told: Told) -> Over {
    match told {
        Told::Ended(None) => Over::Ended(Some(Ok(End::Closed))),
        Told::Ended(Some(diagnostic)) => Over::Ended(Some(Err(diagnostic))),
        Told::Detached => Over::Ended(Some(Ok(End::Detached))),
        Told::Attached { .. } | Told::Events(_) => {
            Over::Lost(io::Error::new(io::ErrorKind::InvalidData, "the host says something out of turn"))
        }
    }
}

/// Finds the host, or starts one. Several may try at once: the lock of the store decides.
///
/// # Errors
/// What `start` says; `store-held` when somebody has the store and serves nobody for long; what the host
/// refuses with.
pub fn host(store: &Path, purpose: Purpose, start: &Start) -> Result<Connection, Diagnostic> {
    let end = Instant::now() + PATIENCE;
    let mut pause = AGAIN;
    loop {
        match store::connect(store, purpose) {
            Ok(connection) => return Ok(connection),
            Err(Absent::Refused(diagnostic)) => return Err(*diagnostic),
            Err(Absent::Nobody) => {}
        }
        // While somebody has the store, there is no use in starting another.
        let held = match store::holder(store) {
            Some(_) if Instant::now() < end => None,
            _ => match start() {
                Ok(()) => continue,
                Err(diagnostic) if diagnostic.code == "store-held" => Some(diagnostic),
                Err(diagnostic) => return Err(diagnostic),
            },
        };
        if let Some(diagnostic) = held.filter(|_| Instant::now() >= end) {
            return Err(diagnostic);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(LONGEST);
    }
}

fn lost() -> Diagnostic {
    Diagnostic::error("host-lost", "the process that keeps the sessions ends again and again")
        .why("a face goes on with another host when one is gone; none of the last ones stayed")
        .fix("look at the log in .pipesmith/logs; everything shown so far is kept: `pipesmith sessions export last` saves it")
}
