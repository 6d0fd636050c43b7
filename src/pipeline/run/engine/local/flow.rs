//! A run from its beginning to its end: what starts, what is told, what stops.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::super::super::fact::{PlannedStep, RunFact, RunOutcome};
use super::super::{FactSink, Job};
use super::preflight::{self, Plan, Work};
use super::start::{self, Running, Spill};
use super::step::{Ended, Failure, Findings, Stop, Written};
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
    let checked = tokio::task::spawn_blocking(move || {
        let plan = preflight::check(&job)?;
        let spills = |at: &usize| matches!(plan.works[*at], Work::Query { .. }) || start::spills(&plan.checks[*at]);
        let first = (0..plan.works.len()).find(spills);
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
            Some(diagnostic) => RunFact::StepFailed { step, diagnostic, duration_us: 0 },
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
    let stop = Arc::new(Stop::default());
    let (ends, mut ended) = mpsc::unbounded_channel::<(usize, Ended)>();
    let mut steps = start::all(job, plan, spill, &stop, &ends, tell);
    drop(ends);
    // What ended the run early, whichever came first.
    let mut cause: Option<RunOutcome> = None;
    let mut unfinished = false;
    let mut written = Vec::new();
    let mut progress = tokio::time::interval(PROGRESS);
    progress.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    progress.reset();
    loop {
        tokio::select! {
            biased;
            next = ended.recv() => {
                // The last sender goes when the last step has ended.
                let Some((at, end)) = next else { break };
                if matches!(end, Err(Failure::Wrong(_))) {
                    cause.get_or_insert(RunOutcome::Failed);
                }
                unfinished |= end.is_err();
                steps[at].ended = true;
                tell_findings(&steps[at], tell);
                tell(end_fact(&steps[at], &end, cause));
                written.extend(end.ok().flatten());
            }
            () = cancel.cancelled(), if cause.is_none() => cause = Some(RunOutcome::Cancelled),
            _ = progress.tick() => steps.iter_mut().filter(|step| !step.ended).for_each(|step| tell_progress(step, tell)),
            () = tokio::time::sleep(STOPPING), if cause.is_some() => {}
        }
        if cause.is_some() {
            stop.set();
        }
    }
    // A cancellation that came when all was done stopped nothing.
    let outcome = if unfinished { cause.unwrap_or(RunOutcome::Failed) } else { RunOutcome::Succeeded };
    (outcome, written)
}

fn end_fact(step: &Running, end: &Ended, cause: Option<RunOutcome>) -> RunFact {
    let (rows_in, rows_out) = step.meter.read();
    let (id, duration_us) = (step.id.clone(), micros(step.since));
    match end {
        Ok(_) => RunFact::StepFinished { step: id, rows_in, rows_out, bytes_out: step.meter.bytes(), duration_us },
        Err(Failure::Wrong(diagnostic)) => {
            RunFact::StepFailed { step: id, diagnostic: diagnostic.as_ref().clone(), duration_us }
        }
        Err(Failure::Stopped(_)) if cause == Some(RunOutcome::Cancelled) => {
            RunFact::StepStopped { step: id, reason: "the run was cancelled".to_owned() }
        }
        Err(Failure::Stopped(reason)) => RunFact::StepStopped { step: id, reason: (*reason).to_owned() },
    }
}

/// Tells what is known of a step's rows beside their number.
fn tell_findings(step: &Running, tell: &impl Fn(RunFact)) {
    let Findings { checks, rejected } = step.meter.findings();
    if !checks.is_empty() {
        tell(RunFact::StepChecked { step: step.id.clone(), checks });
    }
    for rejected in rejected {
        tell(RunFact::StepRejected { step: step.id.clone(), rejected });
    }
}

fn tell_progress(step: &mut Running, tell: &impl Fn(RunFact)) {
    let now = step.meter.read();
    if now != step.told {
        step.told = now;
        tell(RunFact::StepProgress { step: step.id.clone(), rows_in: now.0, rows_out: now.1 });
    }
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}
