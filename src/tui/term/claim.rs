//! Claims the terminal and gives it back: on exit, on error, on panic, before a suspend. Each claim is
//! given back exactly once; after a hang-up it is given up without a byte.

use std::io::{self, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use tokio::sync::Notify;

static CLAIMED: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();
static PANICKED: Notify = Notify::const_new();

/// The modes that are on while it is claimed, as bits.
static MODES: AtomicU8 = AtomicU8::new(0);

/// Alternate screen, bracketed paste, reports of the focus.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?2004h\x1b[?1004h";
/// End of a frame that may be open, plain style, reports and paste off, cursor on, the other screen back.
const LEAVE: &[u8] = b"\x1b[?2026l\x1b[0m\x1b[?1004l\x1b[?2004l\x1b[?25h\x1b[?1049l";
/// Clicks and the wheel, in numbers that know no largest column.
const MOUSE: (&[u8], &[u8]) = (b"\x1b[?1000h\x1b[?1006h", b"\x1b[?1006l\x1b[?1000l");
/// Keep the title of the window, and put it back.
const TITLE: (&[u8], &[u8]) = (b"\x1b[22;2t", b"\x1b[23;2t");

/// What is wanted of the terminal beside its screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modes {
    /// Clicks and the wheel.
    Mouse = 1,
    /// The title of the window.
    Title = 2,
}

fn is_on(mode: Modes) -> bool {
    MODES.load(Ordering::SeqCst) & mode as u8 != 0
}

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
            let mut bytes = ENTER.to_vec();
            for (mode, (begin, _)) in [(Modes::Mouse, MOUSE), (Modes::Title, TITLE)] {
                bytes.extend_from_slice(if is_on(mode) { begin } else { b"" });
            }
            write_all(&bytes)?;
        }
        Ok(())
    }

    /// Wants a mode of the terminal from the next claim on.
    pub fn want(mode: Modes, on: bool) {
        if on {
            MODES.fetch_or(mode as u8, Ordering::SeqCst);
        } else {
            MODES.fetch_and(!(mode as u8), Ordering::SeqCst);
        }
    }

    /// Turns the mouse on or off now; the bytes that say so.
    pub fn mouse(on: bool) -> &'static [u8] {
        Claim::want(Modes::Mouse, on);
        if on { MOUSE.0 } else { MOUSE.1 }
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
        let mut bytes = Vec::with_capacity(96);
        for (mode, (_, end)) in [(Modes::Mouse, MOUSE), (Modes::Title, TITLE)] {
            bytes.extend_from_slice(if is_on(mode) { end } else { b"" });
        }
        bytes.extend_from_slice(LEAVE);
        let _ = write_all(&bytes);
        let _ = disable_raw_mode();
    }
    ours
}

fn write_all(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}
