//! Compiling the session's document, and running what comes out.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::{Busy, Host, Report};
use crate::connect::Connections;
use crate::contract::Registry;
use crate::diagnostic::{Diagnostic, Severity};
use crate::pipeline::compile::{self, CompileInput, Manifest, Overwrite, Target, When};
use crate::pipeline::run::course::{Course, Way};
use crate::pipeline::run::lineage::Lineage;
use crate::pipeline::run::{Extent, Job, kept, new_run_id, perform, record};
use crate::secret;
use crate::session::event::{Fact, FormerRun, FormerStep};
use crate::workspace::{self, ValidationMode};

/// What a compile came to.
pub(super) struct Built {
    file: String,
    /// The document as it was compiled, when it was read.
    text: Option<String>,
    duration_us: u64,
    outcome: Result<Good, Vec<Diagnostic>>,
    run: bool,
}

/// What came out of a good one.
pub(super) struct Good {
    pub(super) manifest: Manifest,
    dir: String,
    connections: Connections,
    /// The step that the run begins with, if not with the first.
    pub(super) from: Option<String>,
    /// What each step does in the run.
    course: Course,
}

impl Good {
    /// The tables whose rows the run replaces.
    pub(super) fn overwrites(&self) -> Vec<Overwrite> {
        let at = |step: &str| self.manifest.steps.iter().position(|s| s.id == step);
        let works = |o: &Overwrite| at(&o.step).is_none_or(|at| *self.course.way(at) == Way::Work);
        self.manifest.overwrites().into_iter().filter(works).collect()
    }
}

impl Host {
    /// Compiles the document; `run`: and runs it then, from a step on where one is named.
    pub(super) fn begin_build(&mut self, run: Option<Option<String>>) -> bool {
        let (from, run) = (run.clone().flatten(), run.is_some());
        if self.is_busy(if run { "Run not started" } else { "Compile not started" }) {
            return true;
        }
        let Some(document) = &self.state.document else {
            return self.notice(
                Severity::Warning,
                "There is no document yet: ask for a pipeline and apply the proposal first.",
            );
        };
        let file = document.file.clone();
        if !self.withdraw("it was asked for again") {
            return false;
        }
        let read = self.read_document(&file);
        let (registry, root, profile) =
            (self.setup.registry.current(), self.setup.root.clone(), self.setup.profile.clone());
        let reports = self.reports.clone();
        self.busy = Some(Busy::Build);
        tokio::task::spawn_blocking(move || {
            let started = Instant::now();
            let (text, outcome) = match read {
                Ok(Some(text)) => {
                    let outcome = build(&file, &text, &registry, (&root, profile.as_deref()), from);
                    (Some(text), outcome)
                }
                Ok(None) => (None, Err(vec![missing(&file)])),
                Err(diagnostic) => (None, Err(vec![diagnostic])),
            };
            let duration_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
            let _ = reports.send(Report::Built(Box::new(Built { file, text, duration_us, outcome, run })));
        });
        true
    }

    pub(super) fn built(&mut self, built: Built) -> bool {
        self.busy = None;
        let Built { file, text, duration_us, outcome, run } = built;
        let changed =
            text.as_ref().filter(|text| self.state.document.as_ref().is_some_and(|d| secret::hide(text) != d.text));
        if let Some(text) = changed {
            let diagnostics = outcome.as_ref().err().cloned().unwrap_or_default();
            if !self.record(Fact::DocumentOpened { file: file.clone(), text: text.clone(), diagnostics }) {
                return false;
            }
        }
        match outcome {
            Err(diagnostics) => self.record(Fact::CompileFailed { file, diagnostics }),
            Ok(good) => {
                let compiled = Fact::Compiled {
                    file,
                    pipeline: good.manifest.name.clone(),
                    manifest: good.manifest.fingerprints.manifest.clone(),
                    build: good.dir.clone(),
                    steps: u32::try_from(good.manifest.steps.len()).unwrap_or(u32::MAX),
                    duration_us,
                };
                let kept = self.record(compiled);
                match kept && run && self.closing.is_none() {
                    true => self.run_or_ask(good),
                    false => kept,
                }
            }
        }
    }

    pub(super) fn begin_run(&mut self, good: Good) {
        let cancel = CancellationToken::new();
        self.busy = Some(Busy::Run(cancel.clone()));
        let run = new_run_id();
        let folder = workspace::run_folder(&self.setup.root, &good.manifest.name, &run).join(kept::FOLDER);
        let keep = self.setup.keep.then_some(folder);
        let job = Job {
            manifest: Arc::new(good.manifest),
            root: self.setup.root.clone(),
            run,
            connections: Arc::new(good.connections),
            limits: self.setup.limits.clone(),
            extent: Extent { keep, course: good.course, ..Extent::default() },
        };
        let (engine, reports) = (self.setup.engine.clone(), self.reports.clone());
        let (root, pipeline, run) = (job.root.clone(), job.manifest.name.clone(), job.run.clone());
        let lineage = self.setup.lineage.clone();
        tokio::spawn(async move {
            let mut lineage = lineage.and_then(|(to, key)| {
                let begun = Lineage::begin(&to, &job, key);
                begun.inspect_err(|diagnostic| tracing::warn!("{}", diagnostic.message)).ok()
            });
            let running = perform(&*engine, job, cancel, |fact| {
                if let Some(lineage) = &mut lineage {
                    lineage.take(&fact);
                }
                let _ = reports.send(Report::Run(fact));
            });
            let outcome = running.await;
            if let Some(lineage) = lineage
                && let Some(diagnostic) = lineage.end().await
            {
                tracing::warn!(why = diagnostic.why, "{}", diagnostic.message);
            }
            let compared = tokio::task::spawn_blocking(move || Some((run.clone(), before(&root, &pipeline, &run)?)));
            // A record that can't be read is no reason to keep the session busy.
            let _ = reports.send(Report::RunEnded(outcome, compared.await.ok().flatten()));
        });
    }
}

/// What the run of the same pipeline before this one came to, by the records of both.
fn before(root: &Path, pipeline: &str, run: &str) -> Option<FormerRun> {
    let mut all = record::list(root, Some(pipeline)).into_iter().filter(|r| r.status.pipeline == pipeline);
    let this = all.find(|recorded| recorded.status.run == run)?;
    // The newest is first.
    let former = all.find(|recorded| recorded.status.outcome.is_some())?;
    let comparison = record::compare(&former, &this).ok()?;
    let step = |s: record::StepMetrics| FormerStep {
        step: s.step,
        rows_in: s.rows_in,
        rows_out: s.rows_out,
        duration_us: s.duration_us,
    };
    Some(FormerRun {
        run: comparison.before.0,
        status: comparison.before.1.to_owned(),
        same_manifest: comparison.same_manifest,
        duration_us: comparison.duration_us.0,
        steps: comparison.steps.into_iter().filter_map(|change| change.before).map(step).collect(),
    })
}

fn build(
    file: &str,
    text: &str,
    registry: &Registry,
    (root, profile): (&Path, Option<&str>),
    from: Option<String>,
) -> Result<Good, Vec<Diagnostic>> {
    let obtain = |input: &CompileInput<'_>| {
        let compiled = compile::obtain(input, &Target { root, out: None }, When::Auto)?;
        let dir = compiled.dir.clone();
        Ok((compiled.manifest().map_err(|diagnostic| vec![diagnostic])?, dir))
    };
    let ((manifest, dir), connections) = compiled(file, text, registry, root, profile, obtain)?;
    let course = match &from {
        Some(step) => {
            let there = kept::newest(root, &manifest, None);
            Course::of(&manifest, &[], std::slice::from_ref(step), |at| there.get(at).cloned().flatten())?
        }
        None => Course::default(),
    };
    Ok(Good { manifest, dir, connections, from, course })
}

/// What a compile makes of a text with the connections of the workspace.
pub(in crate::session) fn compiled<T>(
    file: &str,
    text: &str,
    registry: &Registry,
    root: &Path,
    profile: Option<&str>,
    compile: impl FnOnce(&CompileInput<'_>) -> Result<T, Vec<Diagnostic>>,
) -> Result<(T, Connections), Vec<Diagnostic>> {
    let mode = ValidationMode::choose(None).map_err(|diagnostic| vec![diagnostic])?;
    let (connections, problems) = Connections::open(root, registry, mode);
    if problems.iter().any(Diagnostic::is_error) {
        return Err(problems);
    }
    let references = connections.references();
    let env = compile::env_params();
    let input = CompileInput {
        connections: Some(&references),
        profile,
        profile_is_default: true,
        env: &env,
        validation: mode,
        ..CompileInput::new(file, text, registry)
    };
    let made = compile(&input)?;
    Ok((made, connections))
}

fn missing(file: &str) -> Diagnostic {
    Diagnostic::error("file-not-found", format!("there is no file {file} in the workspace"))
        .source(file)
        .why("the session's document was moved or deleted")
        .fix("put it back, or ask for the pipeline again")
}
