//! A face at the other end of a connection: it is fed events, and its commands are taken.

use std::io;
use std::sync::Arc;

use tokio::io::AsyncWriteExt as _;
use tokio::net::UnixStream;
use tokio::net::unix::OwnedReadHalf;
use tokio::sync::oneshot;

use super::Server;
use super::live::{Leave, Live};
use crate::session::Command;
use crate::session::wire::{Face, Told, Want};
use crate::socket::frame;

/// A face in a session; it leaves in any case, without a word as it wanted for that.
struct Attendance {
    live: Arc<Live>,
    face: Face,
    how: Option<Leave>,
}

impl Attendance {
    /// Leaves now. `true` when the session ends with it.
    fn leave(&mut self, how: Leave) -> bool {
        self.how = None;
        self.live.leave(self.face, how)
    }
}

impl Drop for Attendance {
    fn drop(&mut self) {
        if let Some(how) = self.how {
            self.live.leave(self.face, how);
        }
    }
}

/// Serves a face until it goes or the session ends. A frame is never given up halfway.
pub(super) async fn serve(server: &Arc<Server>, mut stream: UnixStream) -> io::Result<()> {
    let want: Want = frame::receive(&mut stream, frame::GREETING).await?;
    let live = match server.attend(&want).await {
        Ok(live) => live,
        Err(diagnostic) => return frame::send(&mut stream, &Told::Ended(Some(Box::new(diagnostic)))).await,
    };
    let mut attendance = Attendance { live: live.clone(), face: want.face, how: Some(want.gone.into()) };
    let mut dismissal = live.dismissal();
    let mut last = live.feed.last.subscribe();
    let past = *last.borrow();
    let (from, mut to) = stream.into_split();
    let (word, mut said) = oneshot::channel();
    let _listening = Listening(tokio::spawn(listen(from, server.clone(), live.clone(), word)));
    frame::send(&mut to, &Told::Attached { session: live.id.clone(), past }).await?;
    let mut next = want.after + 1;
    let mut leaving = false;
    loop {
        let ended = live.has_ended();
        if next <= *last.borrow_and_update() {
            let page = match live.feed.page(&server.store, &live.id, next).await {
                Ok(page) => page,
                Err(diagnostic) => return frame::send(&mut to, &Told::Ended(Some(Box::new(diagnostic)))).await,
            };
            let count = page.len() as u64;
            let bytes = frame::list("{\"events\":[", page.iter().map(AsRef::as_ref), "]}")?;
            drop(page);
            to.write_all(&bytes).await?;
            next += count;
            continue;
        }
        if ended {
            return frame::send(&mut to, &Told::Ended(live.ended().await)).await;
        }
        tokio::select! {
            biased;
            how = &mut said, if !leaving => match how.unwrap_or(None) {
                // Gone without a word.
                None => return Ok(()),
                Some(Leave::Detach) => {
                    attendance.leave(Leave::Detach);
                    return frame::send(&mut to, &Told::Detached).await;
                }
                Some(Leave::Close) if attendance.leave(Leave::Close) => leaving = true,
                Some(Leave::Close) => return frame::send(&mut to, &Told::Ended(None)).await,
            },
            _ = dismissal.changed(), if want.face == Face::Workbench && !leaving => {
                attendance.leave(Leave::Detach);
                return frame::send(&mut to, &Told::Detached).await;
            }
            _ = last.changed() => {}
            _ = live.ended() => {}
        }
    }
}

/// The task that listens to a face ends with it.
struct Listening(tokio::task::JoinHandle<()>);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Takes the commands of a face until it leaves; `word` is how, nothing when it is gone without a word.
async fn listen(mut from: OwnedReadHalf, server: Arc<Server>, live: Arc<Live>, word: oneshot::Sender<Option<Leave>>) {
    let how = loop {
        match frame::receive::<Command>(&mut from, frame::MOST).await {
            Ok(Command::Close) => break Some(Leave::Close),
            Ok(Command::Detach) => break Some(Leave::Detach),
            Ok(command) => server.direct(&live, command).await,
            Err(error) => {
                if error.kind() == io::ErrorKind::InvalidData {
                    tracing::warn!(%error, "a face says what is not understood");
                }
                break None;
            }
        }
    };
    let _ = word.send(how);
}
