//! What is checked before any row moves.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::super::super::course::Way;
use super::super::super::kept::KeptSource;
use super::super::Job;
use super::cursor::{self, Readings};
use super::graph::{self, Needs};
use crate::connect::driver::config::Config;
use crate::connect::driver::dataset::Dataset;
use crate::connect::driver::flow::{Sink, Source};
use crate::connect::driver::part::{Part, Setup, drivers};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::pipeline::compile::ManifestStep;
use crate::pipeline::expect::{self, Check, Problem};

/// What a step will do. It can be done more than once.
pub(super) enum Work {
    Read(Box<dyn Source>),
    Query { text: String },
    Write(Box<dyn Sink>),
}

/// A run that may begin.
pub(super) struct Plan {
    /// In the order of the manifest; nothing for a step that is left out.
    pub works: Vec<Option<Arc<Work>>>,
    /// For each step the indices of the steps whose rows it takes in this run.
    pub needs: Needs,
    /// For each step how it reads incrementally, if it does.
    pub readings: Readings,
    /// For each step the checks of its rows.
    pub checks: Vec<Vec<Check>>,
    /// What each step reads or writes, and whether it writes it.
    pub datasets: Vec<Option<(Dataset, bool)>>,
}

/// The components that the engine runs itself.
const QUERIES: [&str; 2] = ["sql.transform", "duckdb.processor"];

/// The components that this engine runs, with the mode of each.
fn components() -> impl Iterator<Item = (&'static str, &'static str)> {
    let queries = QUERIES.into_iter().map(|name| (name, "transform"));
    drivers().map(|driver| (driver.component, driver.mode)).chain(queries)
}

/// Whether this engine runs the component.
pub fn is_runnable(component: &str) -> bool {
    components().any(|(name, _)| name == component)
}

/// Checks everything that can be known now. Each fault comes with the index of its step. It looks at
/// files, so it blocks.
pub(super) fn check(job: &Job, runtime: &tokio::runtime::Handle) -> Result<Plan, Vec<(usize, Diagnostic)>> {
    let steps = &job.manifest.steps;
    let mut needs = graph::check(steps)?;
    let mut wrong = Vec::new();
    let mut works = Vec::with_capacity(steps.len());
    let mut checks = Vec::with_capacity(steps.len());
    for (at, step) in steps.iter().enumerate() {
        let found = match job.extent.course.way(at) {
            Way::Work => work(job, step).map(Some),
            Way::Take(kept) => {
                needs[at].clear();
                Ok(Some(Work::Read(Box::new(KeptSource(kept.clone())))))
            }
            Way::Leave(_) => {
                needs[at].clear();
                Ok(None)
            }
        };
        match found {
            Ok(work) => works.push(work.map(Arc::new)),
            Err(diagnostics) => wrong.extend(diagnostics.into_iter().map(|diagnostic| (at, diagnostic))),
        }
        match expect::read(&Value::Array(step.expect.clone())) {
            Ok(read) => checks.push(read),
            Err(problems) => wrong.extend(problems.into_iter().map(|problem| (at, unfit_check(step, problem)))),
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    for (at, of_step) in needs.iter().enumerate() {
        wrong.extend(joints(steps, &works, at, of_step).map(|diagnostic| (at, diagnostic)));
    }
    wrong.extend(overwritten(steps, &works));
    wrong.extend(half_written(job, &works));
    let readings = cursor::readings(job, &works, runtime).unwrap_or_else(|found| {
        wrong.extend(found);
        Vec::new()
    });
    if !wrong.is_empty() {
        return Err(wrong);
    }
    // Also of a step whose rows are taken: it is where they come from.
    let dataset = |(at, work): (usize, &Option<Arc<Work>>)| match (work.as_deref()?, job.extent.course.way(at)) {
        (_, Way::Take(_)) => match self::work(job, &steps[at]).ok()? {
            Work::Read(source) => Some((source.dataset()?, false)),
            _ => None,
        },
        (Work::Read(source), _) => Some((source.dataset()?, false)),
        (Work::Write(sink), _) => Some((sink.dataset()?, true)),
        (Work::Query { .. }, _) => None,
    };
    let datasets = works.iter().enumerate().map(dataset).collect();
    Ok(Plan { works, needs, readings, checks, datasets })
}

fn work(job: &Job, step: &ManifestStep) -> Result<Work, Vec<Diagnostic>> {
    let modes: Vec<&str> = components().filter(|(name, _)| *name == step.component).map(|(_, mode)| mode).collect();
    if modes.is_empty() {
        return Err(vec![no_driver(step)]);
    }
    if !modes.contains(&step.mode.as_str()) {
        let message = format!("`{}` can't run in mode `{}`", step.component, step.mode);
        let path = format!("steps[{}].mode", step.id);
        let fix = format!("write `mode: {}`", modes.join("` or `"));
        return Err(vec![Diagnostic::error("incompatible-mode", message).path(path).fix(fix)]);
    }
    let Some(driver) = drivers().find(|d| d.component == step.component && d.mode == step.mode) else {
        let mut config = Config::new(&step.config, &format!("steps[{}].config", step.id));
        let text = config.required_text("query").unwrap_or_default().to_owned();
        let wrong = config.finish();
        return if wrong.is_empty() { Ok(Work::Query { text }) } else { Err(wrong) };
    };
    let setup = Setup {
        step: &step.id,
        component: driver.component,
        mode: driver.mode,
        config: &step.config,
        root: &job.root,
        connections: &job.connections,
    };
    Ok(match (driver.open)(&setup)? {
        Part::Source(source) => Work::Read(source),
        Part::Sink(sink) => Work::Write(sink),
    })
}

/// A check of a manifest that can't be made: another program wrote it.
fn unfit_check(step: &ManifestStep, problem: Problem) -> Diagnostic {
    let place = crate::contract::dotted(&problem.path);
    let dot = if place.is_empty() || place.starts_with('[') { "" } else { "." };
    problem.diagnostic.path(format!("steps[{}].expect{dot}{place}", step.id))
}

fn no_driver(step: &ManifestStep) -> Diagnostic {
    let message = format!("`{}` can't be run: there is no driver for it yet", step.component);
    let diagnostic = Diagnostic::error("not-runnable", message)
        .path(format!("steps[{}].component", step.id))
        .why("its contract is known, so the document can be checked and compiled; the local engine has no part that reads or writes for it");
    match did_you_mean(&step.component, components().map(|(name, _)| name)) {
        Some(near) => diagnostic.fix(format!("did you mean `{near}`?")),
        None => {
            let mut known: Vec<&str> = components().map(|(name, _)| name).collect();
            known.dedup();
            diagnostic.fix(format!("use a component that can be run: {}", known.join(", ")))
        }
    }
}

/// Whether what a step takes in fits what it is.
fn joints(steps: &[ManifestStep], works: &[Option<Arc<Work>>], at: usize, needs: &[usize]) -> Option<Diagnostic> {
    let step = &steps[at];
    let path = format!("steps[{}].needs", step.id);
    let writes = |at: usize| matches!(works[at].as_deref(), Some(Work::Write(_)));
    let writers = needs.iter().find(|need| writes(**need));
    if let Some(writer) = writers {
        let message = format!("`{}` needs `{}`, which hands no rows on", step.id, steps[*writer].id);
        return Some(
            Diagnostic::error("needs-writer", message).path(path).fix("need the step whose rows are written instead"),
        );
    }
    if writes(at) && needs.len() != 1 {
        let message = format!("`{}` needs {} steps; a write step takes the rows of exactly one", step.id, needs.len());
        return Some(
            Diagnostic::error("writer-inputs", message)
                .path(path)
                .fix("need one step; join several with a sql.transform step before"),
        );
    }
    None
}

/// Writes of a run that did not finish which can't be begun again.
fn half_written(job: &Job, works: &[Option<Arc<Work>>]) -> Vec<(usize, Diagnostic)> {
    let begun = job.extent.resumed.as_deref().unwrap_or_default();
    let stuck = |(at, work): (usize, &Option<Arc<Work>>)| {
        let step = &job.manifest.steps[at];
        let Some(Work::Write(sink)) = work.as_deref() else { return None };
        (begun.contains(&step.id) && !sink.repeatable()).then(|| {
            let message = format!("`{}` may have written some of its rows already", step.id);
            let diagnostic = Diagnostic::error("resume-half-written", message)
                .path(format!("steps[{}].config", step.id))
                .why("what it writes to takes nothing back, so that these rows would be there twice")
                .fix("take the rows out of the target and run the pipeline anew; an upsert, or a connection to the database itself, can be resumed");
            (at, diagnostic)
        })
    };
    works.iter().enumerate().filter_map(stuck).collect()
}

/// Files that would be written twice, or over what the run reads.
fn overwritten(steps: &[ManifestStep], works: &[Option<Arc<Work>>]) -> Vec<(usize, Diagnostic)> {
    let mut read: HashMap<_, usize> = HashMap::new();
    for (at, work) in works.iter().enumerate() {
        if let Some(Work::Read(source)) = work.as_deref() {
            for (identity, _) in source.files() {
                read.entry(identity).or_insert(at);
            }
        }
    }
    let mut wrong = Vec::new();
    let mut written: HashMap<_, usize> = HashMap::new();
    for (at, work) in works.iter().enumerate() {
        let Some(Work::Write(sink)) = work.as_deref() else { continue };
        let path = format!("steps[{}].config.path", steps[at].id);
        for (identity, name) in sink.files() {
            if let Some(reader) = read.get(&identity) {
                let message =
                    format!("`{}` would write over {name}, which `{}` reads", steps[at].id, steps[*reader].id);
                let fault = Diagnostic::error("output-is-input", message);
                wrong.push((at, fault.path(path.clone()).fix("write to another file")));
            }
            if let Some(other) = written.insert(identity, at) {
                let message = format!("`{}` and `{}` write to the same file, {name}", steps[other].id, steps[at].id);
                let fault = Diagnostic::error("output-twice", message);
                wrong.push((at, fault.path(path.clone()).fix("write to another file")));
            }
        }
    }
    wrong
}
