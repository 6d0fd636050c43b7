//! Performing a run: the engine works, every fact is recorded and handed on.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::record::RunRecord;
use super::{Engine, Job, RunFact, RunOutcome};

/// Runs a job to its end. Each fact is written to the record of the run and then given to `tell`. A
/// record that can't be written is no reason to stop the run; it is logged.
pub async fn perform(
    engine: &dyn Engine,
    job: Job,
    cancel: CancellationToken,
    tell: impl FnMut(RunFact),
) -> RunOutcome {
    let record = kept(RunRecord::of(&job));
    perform_recorded(engine, job, record, cancel, tell).await
}

/// The same with a record that is open.
pub async fn perform_recorded(
    engine: &dyn Engine,
    job: Job,
    mut record: Option<RunRecord>,
    cancel: CancellationToken,
    mut tell: impl FnMut(RunFact),
) -> RunOutcome {
    let (facts, mut incoming) = mpsc::unbounded_channel();
    let running = engine.run(job, facts, cancel);
    tokio::pin!(running);
    let mut ended = None;
    // The run is over when the engine is done and has nothing more to tell.
    loop {
        tokio::select! {
            fact = incoming.recv() => match fact {
                Some(fact) => {
                    if let Some(open) = &mut record && kept(open.add(&fact)).is_none() {
                        record = None;
                    }
                    tell(fact);
                }
                None => break,
            },
            outcome = &mut running, if ended.is_none() => ended = Some(outcome),
        }
    }
    match ended {
        Some(outcome) => outcome,
        None => running.await,
    }
}

fn kept<T>(written: std::io::Result<T>) -> Option<T> {
    written.inspect_err(|error| tracing::warn!(%error, "the record of the run can't be written")).ok()
}
