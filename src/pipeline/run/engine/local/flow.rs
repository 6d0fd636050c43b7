//! A run from its beginning to its end: what starts, what is told, what stops.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::super::super::fact::{PlannedStep, RunFact, RunOutcome};
use super::super::{FactSink, Job};
use super::preflight::{self, Plan, Work};
use super::schedule::Schedule;
use super::start::{self, Spill};
use super::step::Written;
use crate::diagnostic::Diagnostic;

/// Time between two facts about a step's progress.
const PROGRESS: Duration = Duration::from_millis(200);

/// Time between two attempts to stop what still runs.
const STOPPING: Duration = Duration::from_millis(50);

pub(super) async fn run(engine: String, job: Job, facts: FactSink, cancel: CancellationToken) -> RunOutcome {
    let began = Instant::now();
    let run = job.run.clone();
    // A closed sink is nobody who listens; the run goes on.
    let tell = |fact: RunFact| drop(facts.send(fact));
    let planned = job.manifest.steps.iter();
    let planned =
        planned.map(|s| PlannedStep { id: s.id.clone(), component: s.component.clone(), needs: s.needs.clone() });
    tell(RunFact::RunStarted {
        run: run.clone(),
        pipeline: job.manifest.name.clone(),
        manifest: job.manifest.fingerprints.manifest.clone(),
        engine,
        steps: planned.collect(),
    });
    let job = Arc::new(job);
    let (outcome, written) = match prepare(&job).await {
        Ok((plan, spill)) => go(&job, plan, spill, &tell, &cancel).await,
        Err(wrong) => {
            refuse(&job, wrong, &tell);
            (RunOutcome::Failed, Vec::new())
        }
    };
    let (outputs, previews): (Vec<_>, Vec<_>) =
        written.into_iter().map(|written| (written.output, written.preview)).unzip();
    let outputs = outputs.into_iter().flatten().collect();
    let duration_us = micros(began);
    tell(RunFact::RunFinished { run, outcome, duration_us, outputs, previews });
    outcome
}

type Wrong = Vec<(usize, Diagnostic)>;

async fn prepare(job: &Arc<Job>) -> Result<(Plan, Spill), Wrong> {
    let job = job.clone();
    let runtime = tokio::runtime::Handle::current();
    let checked = tokio::task::spawn_blocking(move || {
        let plan = preflight::check(&job, &runtime)?;
        let query = |at: usize| matches!(plan.works[at].as_deref(), Some(Work::Query { .. }));
        let first = (0..plan.works.len()).find(|at| query(*at) || start::spills(&plan.checks[*at]));
        let spill = match first {
            None => None,
            Some(at) => {
                let folder = spill_folder(&job.limits.spill_dir);
                Some(Arc::new(folder.map_err(|error| vec![(at, no_spill(&job, &error))])?))
            }
        };
        Ok((plan, spill))
    });
    // A panic in there is a mistake of this program's own; it must not take the session with it.
    checked.await.unwrap_or_else(|error| Err(vec![(0, start::internal(&error.to_string()))]))
}

fn spill_folder(within: &Path) -> std::io::Result<tempfile::TempDir> {
    std::fs::create_dir_all(within)?;
    tempfile::Builder::new().prefix("pipesmith-spill-").tempdir_in(within)
}

fn no_spill(job: &Job, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error("spill-folder", format!("nothing can be made in {}", job.limits.spill_dir.display()))
        .why(format!("SQL steps spill to it: {error}"))
        .fix("make the folder writable, or name another")
}

/// Tells what is wrong before anything ran: the first fault of each step, with the others named.
fn refuse(job: &Job, wrong: Wrong, tell: &impl Fn(RunFact)) {
    let mut by_step: Vec<Option<Diagnostic>> = job.manifest.steps.iter().map(|_| None).collect();
    for (at, diagnostic) in wrong {
        match by_step.get_mut(at) {
            Some(Some(first)) => {
                let before = first.why.take().map(|why| format!("{why}; ")).unwrap_or_default();
                first.why = Some(format!("{before}also: {}", diagnostic.message));
            }
            Some(none) => *none = Some(diagnostic),
            None => {}
        }
    }
    for (step, diagnostic) in job.manifest.steps.iter().zip(by_step) {
        let step = step.id.clone();
        tell(match diagnostic {
            Some(diagnostic) => RunFact::StepFailed { step, diagnostic: Box::new(diagnostic), duration_us: 0 },
            None => RunFact::StepStopped { step, reason: "the run did not begin".to_owned() },
        });
    }
}

async fn go(
    job: &Arc<Job>,
    plan: Plan,
    spill: Spill,
    tell: &impl Fn(RunFact),
    cancel: &CancellationToken,
) -> (RunOutcome, Vec<Written>) {
    let (told, mut reports) = mpsc::unbounded_channel();
    let mut schedule = Schedule::new(job, plan, spill, &told, tell);
    let mut progress = tokio::time::interval(PROGRESS);
    progress.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    progress.reset();
    loop {
        schedule.go_on();
        if schedule.is_over() {
            return schedule.end();
        }
        let next = schedule.next().map(tokio::time::Instant::from_std);
        tokio::select! {
            biased;
            Some(report) = reports.recv() => schedule.take(report),
            () = cancel.cancelled(), if schedule.cause.is_none() => schedule.cause = Some(RunOutcome::Cancelled),
            _ = progress.tick() => schedule.tell_progress(),
            // An interrupt that meets no running query is lost, so what stops is told so again and again.
            () = tokio::time::sleep(STOPPING), if schedule.is_stopping() => {}
            () = until(next), if next.is_some() => {}
        }
    }
}

async fn until(next: Option<tokio::time::Instant>) {
    if let Some(next) = next {
        tokio::time::sleep_until(next).await;
    }
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}
