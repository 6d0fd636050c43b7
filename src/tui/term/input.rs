//! Reads the keys on a thread of its own. crossterm (0.29) never returns from a terminal that is gone, so
//! whoever asks it can not be the one who ends the program.

use std::io;
use std::sync::Arc;

use crossterm::event::{Event, EventStream};
use futures_util::StreamExt as _;
use tokio::sync::Notify;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::sync::oneshot;

/// Keys read ahead of the loop; a paste is one of them.
const AHEAD: usize = 256;

/// The thread that reads; it ends when this is dropped, at the latest with the program.
#[derive(Debug)]
pub struct Keys {
    read: Receiver<io::Result<Event>>,
    over: Arc<Notify>,
    ended: Option<oneshot::Receiver<()>>,
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.over.notify_one();
    }
}

impl Keys {
    /// Begins to read the standard input. Must be called inside a Tokio runtime.
    pub fn read() -> io::Result<Keys> {
        let over = Arc::new(Notify::new());
        let (sender, read) = channel(AHEAD);
        let (end, ended) = oneshot::channel();
        let runtime = tokio::runtime::Handle::current();
        let stop = Arc::clone(&over);
        let work = async move {
            let mut stream = EventStream::new();
            while let Some(event) = stream.next().await {
                if sender.send(event).await.is_err() {
                    return;
                }
            }
        };
        std::thread::Builder::new().name("keys".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = stop.notified() => {}
                    () = work => {}
                }
            });
            // Whoever waits for it may have gone.
            let _ = end.send(());
        })?;
        Ok(Keys { read, over, ended: Some(ended) })
    }

    /// Stops reading, so that another program can; what was read ahead is dropped.
    pub async fn stop(&mut self) {
        self.over.notify_one();
        if let Some(ended) = self.ended.take() {
            let _ = ended.await;
        }
        self.read.close();
    }

    /// The next one; `None` when there will be none.
    pub async fn next(&mut self) -> Option<io::Result<Event>> {
        self.read.recv().await
    }
}
