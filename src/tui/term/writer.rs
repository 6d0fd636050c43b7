//! Writes frames on a thread of its own: one write a frame, one frame at a time. A slow terminal lowers
//! the frame rate and holds nothing else up.

use std::io::Write;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::claim;

/// A frame has been written.
#[derive(Debug)]
pub struct Written {
    /// The buffer, to be used again.
    pub buffer: Vec<u8>,
    /// How long the terminal took to take it.
    pub took: Duration,
    /// The terminal is gone.
    pub hung_up: bool,
}

/// The thread that writes.
#[derive(Debug)]
pub struct Writer {
    frames: mpsc::Sender<Vec<u8>>,
    written: UnboundedReceiver<Written>,
    busy: bool,
}

impl Writer {
    /// Starts it on the standard output.
    pub fn stdout() -> std::io::Result<Writer> {
        Writer::start(Stdout, claim::is_claimed)
    }

    /// Starts it on any output; frames are dropped while `allowed` says no.
    pub fn start(mut out: impl Write + Send + 'static, allowed: fn() -> bool) -> std::io::Result<Writer> {
        let (frames, inbox) = mpsc::channel::<Vec<u8>>();
        let (done, written): (UnboundedSender<Written>, _) = unbounded_channel();
        let work = move || {
            while let Ok(buffer) = inbox.recv() {
                let start = Instant::now();
                let result = if allowed() { out.write_all(&buffer) } else { Ok(()) };
                if done.send(Written { buffer, took: start.elapsed(), hung_up: result.is_err() }).is_err() {
                    return;
                }
            }
        };
        std::thread::Builder::new().name("terminal".to_owned()).spawn(work)?;
        Ok(Writer { frames, written, busy: false })
    }

    /// Whether a frame is on its way.
    pub fn is_busy(&self) -> bool {
        self.busy
    }

    /// Hands a frame over. One must not be on its way.
    pub fn write(&mut self, frame: Vec<u8>) {
        self.busy = self.frames.send(frame).is_ok();
    }

    /// Waits until the frame on its way is written; for ever when there is none.
    pub async fn written(&mut self) -> Written {
        loop {
            match self.written.recv().await {
                Some(done) => {
                    self.busy = false;
                    return done;
                }
                None => std::future::pending::<()>().await,
            }
        }
    }

    /// Waits a little for the frame on its way, so that nothing is written after it.
    pub async fn settle(&mut self) {
        if self.busy {
            // After this the terminal is stuck and the restore sequences queue behind the frame.
            let _ = tokio::time::timeout(Duration::from_millis(300), self.written()).await;
        }
    }
}

/// The standard output without the line buffer of the standard library.
struct Stdout;

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        Ok(rustix::io::write(rustix::stdio::stdout(), bytes)?)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Counting(Arc<Mutex<Vec<usize>>>);

    impl Write for Counting {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().push(bytes.len());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn one_write_a_frame() {
        let out = Counting::default();
        let mut writer = Writer::start(out.clone(), || true).unwrap();
        for size in [10, 100_000, 3] {
            writer.write(vec![b'x'; size]);
            assert!(writer.is_busy());
            assert!(!writer.written().await.hung_up);
        }
        assert_eq!(*out.0.lock().unwrap(), [10, 100_000, 3]);
    }

    #[tokio::test]
    async fn a_dead_terminal_is_told() {
        struct Dead;
        impl Write for Dead {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::Error::from_raw_os_error(5))
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let mut writer = Writer::start(Dead, || true).unwrap();
        writer.write(vec![1]);
        assert!(writer.written().await.hung_up);
    }
}
