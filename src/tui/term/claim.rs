//! Claims the terminal and gives it back: on exit, on error, on panic, before a suspend. Each claim is
//! given back exactly once; after a hang-up it is given up without a byte.

use std::io::{self, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use tokio::sync::Notify;

static CLAIMED: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();
static PANICKED: Notify = Notify::const_new();

/// Alternate screen, bracketed paste.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?2004h";
/// End of a frame that may be open, plain style, paste off, cursor on, the other screen back.
const LEAVE: &[u8] = b"\x1b[?2026l\x1b[0m\x1b[?2004l\x1b[?25h\x1b[?1049l";

/// Resolves when some thread has panicked (and the terminal has been given back by the panic hook).
pub async fn panicked() {
    PANICKED.notified().await;
}

/// The terminal is ours while this lives.
#[derive(Debug)]
pub struct Claim(());

impl Claim {
    /// Takes the terminal: raw mode, alternate screen, bracketed paste. The mouse stays the terminal's.
    pub fn take() -> io::Result<Claim> {
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                let ours = give_back();
                before(info);
                if ours {
                    PANICKED.notify_one();
                }
            }));
        });
        let claim = Claim(());
        claim.again()?;
        Ok(claim)
    }

    /// Takes it again after [`Claim::release`].
    pub fn again(&self) -> io::Result<()> {
        if !CLAIMED.swap(true, Ordering::SeqCst) {
            enable_raw_mode()?;
            write_all(ENTER)?;
        }
        Ok(())
    }

    /// Gives it back for a while.
    pub fn release(&self) {
        give_back();
    }

    /// The terminal is gone: nothing is written to it any more.
    pub fn abandon(&self) {
        CLAIMED.store(false, Ordering::SeqCst);
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        give_back();
    }
}

/// Whether frames may be written.
pub(super) fn is_claimed() -> bool {
    CLAIMED.load(Ordering::SeqCst)
}

fn give_back() -> bool {
    let ours = CLAIMED.swap(false, Ordering::SeqCst);
    if ours {
        // Nobody is left to tell if this fails.
        let _ = write_all(LEAVE);
        let _ = disable_raw_mode();
    }
    ours
}

fn write_all(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}
