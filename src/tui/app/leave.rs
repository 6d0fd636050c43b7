//! Leaving the terminal: for a while (suspend), for good (close), and because it is gone (hang-up).

use std::time::Duration;

use super::{App, Dirty, Source};
use crate::session::Command;
use crate::tui::options::TuiError;
use crate::tui::term::stop_group;

/// The session gets this long to close when the terminal is gone.
pub(super) const HANG_UP: Duration = Duration::from_millis(700);
/// And this long otherwise.
pub(super) const CLOSE: Duration = Duration::from_secs(5);

impl App {
    pub(super) async fn suspend(&mut self) -> Result<(), TuiError> {
        self.writer.settle().await;
        self.claim.release();
        stop_group()?;
        self.continued = true;
        if self.claim_again().await.is_err() {
            return Err(self.hang_up().await);
        }
        self.encoder.forget();
        self.dirty = Dirty::Now;
        Ok(())
    }

    async fn claim_again(&mut self) -> std::io::Result<()> {
        // The shell may still be handing the terminal over.
        for _ in 0..10 {
            if self.claim.again().is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.claim.again()
    }

    /// Continued after a stop that somebody else caused: the terminal's modes are unknown.
    pub(super) fn continued(&mut self) -> std::io::Result<()> {
        if !std::mem::take(&mut self.continued) {
            self.claim.release();
            self.claim.again()?;
            self.encoder.forget();
            self.dirty = Dirty::Now;
        }
        Ok(())
    }

    /// Gives the terminal back and closes the session.
    pub(super) async fn close(&mut self) -> Result<(), TuiError> {
        self.writer.settle().await;
        self.claim.release();
        self.close_session(CLOSE).await
    }

    pub(super) async fn close_session(&mut self, limit: Duration) -> Result<(), TuiError> {
        let Source::Live(live) = &mut self.source else { return Ok(()) };
        if !live.open || live.link.commands.send(Command::Close).is_err() {
            return Ok(());
        }
        let drain = async {
            while live.link.events.recv().await.is_some() {}
            (&mut live.link.ended).await
        };
        match tokio::time::timeout(limit, drain).await {
            Ok(Ok(Err(diagnostic))) => Err(TuiError::Session(diagnostic)),
            _ => Ok(()),
        }
    }

    /// The terminal is gone: not a byte more to it; the session gets a moment to close, then the process
    /// ends, because the thread that reads the dead terminal spins.
    pub(super) async fn hang_up(&mut self) -> TuiError {
        self.claim.abandon();
        // Whatever went wrong with the session, there is nobody to tell.
        let _ = self.close_session(HANG_UP).await;
        std::process::exit(129)
    }
}
