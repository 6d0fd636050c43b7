//! Trying again: how often a step has been tried, and how long is waited.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use tokio::sync::mpsc;

use super::step::{Failure, Report, Told};
use crate::connect;
use crate::connect::driver::flow::{Halt, Io};
use crate::diagnostic::Diagnostic;
use crate::pipeline::patience::Retry;

/// The code of a step that took too long.
const TIMEOUT: &str = "step-timeout";

/// The tries of a step, over all attempts of a run.
#[derive(Clone)]
pub(super) struct Tries {
    /// The step.
    pub at: usize,
    /// How often and how long.
    pub retry: Retry,
    /// Attempts that were begun.
    pub begun: Arc<AtomicU32>,
    /// Where it is told.
    pub told: mpsc::UnboundedSender<Told>,
}

impl Tries {
    /// Takes another attempt for a failure that passes; says how long to wait before it.
    pub fn take(&self, diagnostic: &Diagnostic) -> Option<Again> {
        if !passes(diagnostic) {
            return None;
        }
        let begun = self.begun.load(Ordering::SeqCst);
        if begun >= self.retry.attempts {
            return None;
        }
        self.begun.store(begun + 1, Ordering::SeqCst);
        let wait = with_chance(self.retry.wait_after(begun));
        Some(Again { attempt: begun + 1, of: self.retry.attempts, wait })
    }

    /// Begins anew at once, with what the step has learnt. That is no failure, so it takes no attempt.
    pub fn anew(&self) -> Again {
        Again { attempt: self.begun.load(Ordering::SeqCst), of: self.retry.attempts, wait: Duration::ZERO }
    }

    /// Waits for another attempt of a step that gave and took no row yet.
    pub fn again(&self, io: &Io, diagnostic: Box<Diagnostic>) -> Result<(), Failure> {
        let Some(again) = self.take(&diagnostic) else { return Err(Failure::Wrong(diagnostic)) };
        let wait = again.wait;
        drop(self.told.send((self.at, Report::Again(again, diagnostic))));
        Ok(io.wait(async {
            tokio::time::sleep(wait).await;
            Ok::<_, Halt>(())
        })?)
    }
}

/// Another attempt.
#[derive(Clone, Copy, Debug)]
pub(super) struct Again {
    /// Its number: 2 is the second.
    pub attempt: u32,
    /// In all.
    pub of: u32,
    /// How long is waited before it.
    pub wait: Duration,
}

/// Whether a failure may pass by itself.
pub(super) fn passes(diagnostic: &Diagnostic) -> bool {
    connect::passes(diagnostic) || diagnostic.code == TIMEOUT
}

/// Up to a quarter more: two that stand in each other's way don't come back at the same time.
fn with_chance(wait: Duration) -> Duration {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |now| now.subsec_nanos());
    wait + wait / 4 * (now % 1000) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::patience::Span;

    #[test]
    fn only_what_passes_is_tried_again_and_not_for_ever() {
        let (told, _reports) = mpsc::unbounded_channel();
        let second = Span(Duration::from_secs(1));
        let retry = Retry { attempts: 3, wait: second, max_wait: second };
        let tries = Tries { at: 0, retry, begun: Arc::new(AtomicU32::new(1)), told };
        assert!(tries.take(&Diagnostic::error("postgres-data", "no")).is_none());
        assert!(tries.take(&Diagnostic::error("postgres-denied", "no")).is_none());
        assert!(tries.take(&Diagnostic::error("csv-value-type", "no")).is_none());
        for attempt in [2, 3] {
            let again = tries.take(&Diagnostic::error("postgres-conflict", "busy")).unwrap();
            assert_eq!((again.attempt, again.of), (attempt, 3));
            assert!(again.wait >= Duration::from_secs(1) && again.wait <= Duration::from_millis(1250));
        }
        assert!(tries.take(&Diagnostic::error("postgres-conflict", "busy")).is_none());
        assert!(passes(&Diagnostic::error("step-timeout", "slow")));
    }
}
