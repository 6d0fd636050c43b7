//! The stages of a turn as pairs of facts, with their durations; and how a turn is stopped.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Stage, StageOutcome, TurnFact};
use crate::diagnostic::Diagnostic;

/// Why a turn doesn't go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The person interrupted it.
    Cancelled,
    /// It failed; one line that says why.
    Failed(String),
}

impl From<Diagnostic> for Stop {
    fn from(diagnostic: Diagnostic) -> Self {
        let fix = diagnostic.fix.map(|fix| format!(" ({})", fix.text)).unwrap_or_default();
        let why = diagnostic.why.map(|why| format!(": {why}")).unwrap_or_default();
        Stop::Failed(format!("{}{why}{fix}", diagnostic.message))
    }
}

/// Tells the facts of a turn.
pub(super) struct Stages<'a> {
    facts: &'a UnboundedSender<TurnFact>,
    pub cancel: &'a CancellationToken,
    pass: AtomicU32,
}

impl<'a> Stages<'a> {
    pub(super) fn new(facts: &'a UnboundedSender<TurnFact>, cancel: &'a CancellationToken) -> Stages<'a> {
        Stages { facts, cancel, pass: AtomicU32::new(1) }
    }

    /// Tells a fact. When nobody listens any more there is nobody to tell that to either.
    pub(super) fn tell(&self, fact: TurnFact) {
        let _ = self.facts.send(fact);
    }

    /// The pass that the stages belong to, from 1.
    pub(super) fn pass(&self) -> u32 {
        self.pass.load(Ordering::Relaxed)
    }

    /// From here on the stages belong to the next pass.
    pub(super) fn next_pass(&self) {
        self.pass.fetch_add(1, Ordering::Relaxed);
    }

    /// Does the work of a stage between its two facts. The work says how the stage ended.
    pub(super) async fn stage<T>(
        &self,
        stage: Stage,
        work: impl Future<Output = Result<(T, StageOutcome), Stop>>,
    ) -> Result<T, Stop> {
        let pass = self.pass();
        self.tell(TurnFact::StageStarted { stage, pass });
        let begun = Instant::now();
        let result = if self.cancel.is_cancelled() { Err(Stop::Cancelled) } else { work.await };
        let outcome = match &result {
            Ok((_, outcome)) => outcome.clone(),
            Err(Stop::Cancelled) => StageOutcome::Cancelled,
            Err(Stop::Failed(message)) => StageOutcome::Failed { message: message.clone() },
        };
        self.tell(TurnFact::StageFinished { stage, pass, outcome, duration_us: micros(begun.elapsed()) });
        result.map(|(value, _)| value)
    }

    /// A stage that has nothing to do.
    pub(super) fn skip(&self, stage: Stage, reason: &str) {
        let outcome = StageOutcome::Skipped { reason: reason.to_owned() };
        self.tell(TurnFact::StageFinished { stage, pass: self.pass(), outcome, duration_us: 0 });
    }

    /// Does work that blocks, and stops waiting for it when the turn is cancelled. Such work only reads,
    /// so that what is still under way then does no harm.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Stop> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(Stop::Cancelled),
            done = tokio::task::spawn_blocking(work) => {
                done.map_err(|error| Stop::Failed(format!("a defect of the program: {error}")))
            }
        }
    }
}

/// Microseconds of a duration.
pub(super) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
