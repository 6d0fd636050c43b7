//! `pipesmith run`

mod bar;
mod show;
mod told;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::args::RunArgs;
use super::exit::{Ended, Exit, Failure};
use super::{compile, output, setup};
use crate::connect::Connections;
use crate::diagnostic::Diagnostic;
use crate::pipeline::compile::Manifest;
use crate::pipeline::run::course::Course;
use crate::pipeline::run::lineage::{self, Lineage};
use crate::pipeline::run::record::RunRecord;
use crate::pipeline::run::{
    Extent, Job, Limits, LocalEngine, RunFact, RunOutcome, kept, new_run_id, perform_recorded, resume,
};
use crate::workspace;
use bar::Bars;
use told::Told;

pub use show::print;

pub fn run(args: &RunArgs) -> Ended {
    let built = match compile::build(&args.build, None)? {
        Ok(built) => built,
        Err(exit) => return Ok(exit),
    };
    let json = args.build.json;
    let manifest = built.compiled.manifest().map_err(|d| Failure::new(d, Exit::Compile, json))?;
    let config = built.place.config();
    let mut limits = built.place.limits();
    take_over(args, &mut limits);
    let keep = args.keep || config.run.keep;
    let job = job(args, &built.place.root, manifest, Arc::new(built.connections), limits, keep);
    let job = match job {
        Ok(job) => job,
        Err(mut wrong) => {
            let last = wrong.pop();
            if !json {
                output::diagnostics(&wrong, None);
            }
            return match last {
                Some(diagnostic) => Err(Failure::new(diagnostic, Exit::Configuration, json)),
                None => Ok(Exit::Configuration),
            };
        }
    };
    let lineage = args.lineage.clone().or(config.run.lineage);
    if let Some(to) = &lineage {
        lineage::check(to, &job.root).map_err(|d| Failure::new(d, Exit::Configuration, json))?;
    }
    let record = record(&job).map_err(|d| Failure::new(d, Exit::Run, json))?;
    let runtime = setup::runtime().map_err(|d| Failure::new(d, Exit::Other, json))?;
    let bars = if json || args.events { None } else { Bars::new() };
    let face = Face { json, events: args.events, bars };
    let told = runtime.block_on(drive(job, record, face, lineage.as_deref()));
    runtime.shutdown_background();
    if json {
        output::json(&told.to_json());
    }
    Ok(if told.outcome == RunOutcome::Succeeded { Exit::Success } else { Exit::Run })
}

/// What the command line says wins over the configuration.
fn take_over(args: &RunArgs, limits: &mut Limits) {
    limits.memory_bytes = args.memory.unwrap_or(limits.memory_bytes);
    if let Some(parallel) = args.parallel {
        limits.parallel = usize::try_from(parallel).unwrap_or(limits.parallel);
    }
    if let Some(retries) = args.retries {
        limits.patience.retry.attempts = retries + 1;
    }
    limits.patience.timeout = args.timeout.or(limits.patience.timeout);
}

/// What is run, by the arguments.
fn job(
    args: &RunArgs,
    root: &std::path::Path,
    manifest: Manifest,
    connections: Arc<Connections>,
    limits: Limits,
    keep: bool,
) -> Result<Job, Vec<Diagnostic>> {
    let (run, extent, keep) = match &args.resume {
        Some(name) => {
            let left = resume(root, name, &manifest).map_err(|diagnostic| vec![diagnostic])?;
            let extent =
                Extent { limit: left.limit, course: left.course, resumed: Some(left.begun), ..Extent::default() };
            (left.run, extent, keep || left.keeps)
        }
        None => {
            let course = if args.only.is_empty() && args.from.is_empty() {
                Course::default()
            } else {
                let there = kept::newest(root, &manifest, args.limit);
                Course::of(&manifest, &args.only, &args.from, |at| there.get(at).cloned().flatten())?
            };
            let extent = Extent { limit: args.limit, dry: args.dry_run, course, ..Extent::default() };
            (new_run_id(), extent, keep)
        }
    };
    let folder = workspace::run_folder(root, &manifest.name, &run).join(kept::FOLDER);
    let extent = Extent { keep: keep.then_some(folder), ..extent };
    Ok(Job { manifest: Arc::new(manifest), root: root.to_owned(), run, connections, limits, extent })
}

/// The record of the job. A new one that can't be made is no reason not to run; one that should be gone on
/// with is.
fn record(job: &Job) -> Result<Option<RunRecord>, Diagnostic> {
    match RunRecord::of(job) {
        Ok(record) => Ok(Some(record)),
        Err(error) if job.extent.resumed.is_some() => {
            let message = format!("run {} can't be gone on with", job.run);
            let under_way = error.kind() == std::io::ErrorKind::WouldBlock;
            let why = if under_way { "it is under way in another process".to_owned() } else { error.to_string() };
            Err(Diagnostic::error("run-not-resumable", message).why(why).fix("see `pipesmith runs list`"))
        }
        Err(error) => {
            tracing::warn!(%error, "the record of the run can't be written");
            Ok(None)
        }
    }
}

struct Face {
    json: bool,
    events: bool,
    bars: Option<Bars>,
}

async fn drive(job: Job, record: Option<RunRecord>, mut face: Face, lineage: Option<&str>) -> Told {
    let cancel = CancellationToken::new();
    let on_interrupt = cancel.clone();
    tokio::spawn(async move {
        if interrupted().await {
            on_interrupt.cancel();
        }
    });
    let mut told = Told { run: job.run.clone(), outcome: RunOutcome::Failed, facts: Vec::new() };
    let mut lineage = lineage.and_then(|to| Lineage::begin(to, &job, setup::lineage_key(&job.root)).ok());
    let running = perform_recorded(&LocalEngine, job, record, cancel, |fact| {
        tell(&mut face, &fact);
        if let Some(lineage) = &mut lineage {
            lineage.take(&fact);
        }
        if !matches!(fact, RunFact::StepProgress { .. }) {
            told.facts.push(fact);
        }
    });
    told.outcome = running.await;
    if let Some(lineage) = lineage
        && let Some(diagnostic) = lineage.end().await
    {
        // Standard output is for the result.
        output::diagnostics(&[diagnostic], None);
    }
    told
}

/// Waits for Ctrl-C or SIGTERM.
pub async fn interrupted() -> bool {
    let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
    match terminate {
        Ok(mut terminate) => tokio::select! {
            pressed = tokio::signal::ctrl_c() => pressed.is_ok(),
            got = terminate.recv() => got.is_some(),
        },
        Err(_) => tokio::signal::ctrl_c().await.is_ok(),
    }
}

fn tell(face: &mut Face, fact: &RunFact) {
    if face.events {
        output::line(serde_json::to_string(fact).unwrap_or_default());
    } else if !face.json {
        match &mut face.bars {
            Some(bars) => bars.take(fact, || print(fact)),
            None => print(fact),
        }
    }
}
