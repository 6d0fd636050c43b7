//! Leaving the terminal: for a while (suspend), for good (close), and because it is gone (hang-up).

use std::time::Duration;

use super::{App, Dirty, Source};
use crate::session::Command;
use crate::tui::kept::Kept;
use crate::tui::options::{Exit, TuiError};
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

    /// Gives the terminal back and leaves the session as it should be for this exit.
    pub(super) async fn close(&mut self, exit: &Exit) -> Result<(), TuiError> {
        self.writer.settle().await;
        self.claim.release();
        self.keep_screen();
        let how = match exit {
            Exit::Quit => Command::Close,
            // What runs in a session goes on while another is looked at.
            Exit::Detach | Exit::Switch(_) | Exit::New | Exit::Replay(_) | Exit::Fork { .. } => Command::Detach,
        };
        self.close_session(how, CLOSE).await
    }

    /// Keeps what the screen shows, for when somebody comes back.
    pub(super) fn keep_screen(&self) {
        let (Some(folder), Source::Live(live)) = (&self.screens, &self.source) else { return };
        if live.state.turns > 0 || !self.ui.composer.is_empty() {
            Kept::of(&self.ui).write(folder, &live.state.session);
        }
    }

    pub(super) async fn close_session(&mut self, how: Command, limit: Duration) -> Result<(), TuiError> {
        let Source::Live(live) = &mut self.source else { return Ok(()) };
        if !live.open || live.link.commands.send(how).is_err() {
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

    /// The terminal is gone: not a byte more to it; the session gets a moment to take note, then the process
    /// ends, because the thread that reads the dead terminal spins. What runs goes on without it, unless that
    /// is not wanted.
    pub(super) async fn hang_up(&mut self) -> TuiError {
        self.claim.abandon();
        // Whatever went wrong with the session, there is nobody to tell.
        let how = if self.stop_on_hangup { Command::Close } else { Command::Detach };
        self.keep_screen();
        let _ = self.close_session(how, HANG_UP).await;
        std::process::exit(129)
    }
}
