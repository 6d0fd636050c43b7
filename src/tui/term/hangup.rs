//! Watches for a terminal that is gone without a signal (SIGHUP ignored by the parent): the terminal's
//! file descriptor says so to a poll.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::sync::Notify;

/// Longest wait between two looks at whether the watch is over.
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 500_000_000 };

/// The watch; it ends when this is dropped.
#[derive(Debug)]
pub struct Watch(Arc<AtomicBool>);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Rings `bell` when the terminal at the standard input or output hangs up.
pub fn watch(bell: Arc<Notify>) -> std::io::Result<Watch> {
    let over = Arc::new(AtomicBool::new(false));
    let flag = over.clone();
    let work = move || {
        let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
        while !flag.load(Ordering::Relaxed) {
            let (input, output) = (rustix::stdio::stdin(), rustix::stdio::stdout());
            // Nothing is asked for: hang-up and error are reported anyway.
            let mut fds = [PollFd::new(&input, PollFlags::empty()), PollFd::new(&output, PollFlags::empty())];
            if poll(&mut fds, Some(&LOOK)).is_ok_and(|n| n > 0) && fds.iter().any(|fd| fd.revents().intersects(gone)) {
                bell.notify_one();
                return;
            }
        }
    };
    std::thread::Builder::new().name("hang-up".to_owned()).spawn(work)?;
    Ok(Watch(over))
}
