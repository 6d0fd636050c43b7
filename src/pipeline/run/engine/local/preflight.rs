//! What is checked before any row moves.

use std::collections::HashMap;
use std::path::Path;

use super::super::Job;
use super::graph::{self, Needs};
use super::place::{self, Place};
use crate::connect::driver::config::Config;
use crate::connect::driver::csv::{ReadOptions, WriteOptions};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::pipeline::compile::ManifestStep;

/// What a step will do.
#[derive(Debug)]
pub(super) enum Work {
    Read { place: Place, options: ReadOptions },
    Query { text: String },
    Write { place: Place, options: WriteOptions },
}

/// A run that may begin.
pub(super) struct Plan {
    /// In the order of the manifest.
    pub works: Vec<Work>,
    /// For each step the indices of the steps it needs.
    pub needs: Needs,
}

/// The components that this engine runs, with the mode of each.
const COMPONENTS: [(&str, &str); 4] = [
    ("filesystem.csv_extractor", "read"),
    ("sql.transform", "transform"),
    ("duckdb.processor", "transform"),
    ("filesystem.csv_writer", "write"),
];

/// Whether this engine runs the component.
pub fn is_runnable(component: &str) -> bool {
    COMPONENTS.iter().any(|(name, _)| *name == component)
}

/// Checks everything that can be known now. Each fault comes with the index of its step. It looks at
/// files, so it blocks.
pub(super) fn check(job: &Job) -> Result<Plan, Vec<(usize, Diagnostic)>> {
    let steps = &job.manifest.steps;
    let needs = graph::check(steps)?;
    let mut wrong = Vec::new();
    let mut works = Vec::with_capacity(steps.len());
    for (at, step) in steps.iter().enumerate() {
        match work(job, step) {
            Ok(work) => works.push(work),
            Err(diagnostics) => wrong.extend(diagnostics.into_iter().map(|diagnostic| (at, diagnostic))),
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    for (at, of_step) in needs.iter().enumerate() {
        wrong.extend(joints(steps, &works, at, of_step).map(|diagnostic| (at, diagnostic)));
    }
    wrong.extend(overwritten(steps, &works));
    if wrong.is_empty() { Ok(Plan { works, needs }) } else { Err(wrong) }
}

fn work(job: &Job, step: &ManifestStep) -> Result<Work, Vec<Diagnostic>> {
    let Some((component, mode)) = COMPONENTS.into_iter().find(|(name, _)| *name == step.component) else {
        let known = COMPONENTS.map(|(name, _)| name);
        let message = format!("`{}` can't be run: there is no driver for it yet", step.component);
        let diagnostic = Diagnostic::error("not-runnable", message)
            .path(format!("steps[{}].component", step.id))
            .why("its contract is known, so the document can be checked and compiled; the local engine has no part that reads or writes for it");
        return Err(vec![match did_you_mean(&step.component, known) {
            Some(near) => diagnostic.fix(format!("did you mean `{near}`?")),
            None => diagnostic.fix(format!("use a component that can be run: {}", known.join(", "))),
        }]);
    };
    if step.mode != mode {
        let message = format!("`{component}` can't run in mode `{}`", step.mode);
        let path = format!("steps[{}].mode", step.id);
        return Err(vec![
            Diagnostic::error("incompatible-mode", message).path(path).fix(format!("write `mode: {mode}`")),
        ]);
    }
    let at = format!("steps[{}].config", step.id);
    match mode {
        "read" => {
            let options = ReadOptions::from_config(&step.config, &at)?;
            let place = place::of_step(job, step).map_err(|diagnostic| vec![diagnostic])?;
            readable(&place, &step.id).map_err(|diagnostic| vec![diagnostic])?;
            Ok(Work::Read { place, options })
        }
        "write" => {
            let options = WriteOptions::from_config(&step.config, &at)?;
            let place = place::of_step(job, step).map_err(|diagnostic| vec![diagnostic])?;
            writable(&place, &step.id, options.create_dirs).map_err(|diagnostic| vec![diagnostic])?;
            Ok(Work::Write { place, options })
        }
        _ => {
            let mut config = Config::new(&step.config, &at);
            let text = config.required_text("query").unwrap_or_default().to_owned();
            let wrong = config.finish();
            if wrong.is_empty() { Ok(Work::Query { text }) } else { Err(wrong) }
        }
    }
}

fn readable(place: &Place, step: &str) -> Result<(), Diagnostic> {
    let unreadable = |why: String| {
        Diagnostic::error("csv-unreadable", format!("{} can't be read", place.name))
            .source(&place.name)
            .path(format!("steps[{step}].config.path"))
            .why(why)
    };
    match std::fs::File::open(&place.path) {
        Ok(file) => match file.metadata() {
            Ok(meta) if meta.is_dir() => Err(unreadable("it is a folder".to_owned()).fix("name a file in it")),
            // Types are found out in a pass of its own, so that what can be read once only won't do.
            Ok(meta) if !meta.is_file() => Err(unreadable("it is not a regular file".to_owned())),
            Ok(_) => Ok(()),
            Err(error) => Err(unreadable(error.to_string())),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(place.not_found(step)),
        Err(error) => Err(unreadable(error.to_string())),
    }
}

fn writable(place: &Place, step: &str, create_dirs: bool) -> Result<(), Diagnostic> {
    let unwritable = |why: String| {
        Diagnostic::error("csv-unwritable", format!("{} can't be written", place.name))
            .source(&place.name)
            .path(format!("steps[{step}].config.path"))
            .why(why)
    };
    if place.path.is_dir() {
        return Err(unwritable("it is a folder".to_owned()).fix("name a file in it"));
    }
    let Some(folder) = place.path.parent() else { return Err(unwritable("it has no folder".to_owned())) };
    if !folder.exists() && !create_dirs {
        let why = format!("the folder {} does not exist", folder.display());
        return Err(unwritable(why).fix("make the folder, or set `create_dirs: true`"));
    }
    let there = folder.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("/"));
    if !there.is_dir() {
        return Err(unwritable(format!("{} is not a folder", there.display())));
    }
    rustix::fs::access(there, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK)
        .map_err(|error| unwritable(format!("nothing may be made in {}: {error}", there.display())))
}

/// Whether what a step takes in fits what it is.
fn joints(steps: &[ManifestStep], works: &[Work], at: usize, needs: &[usize]) -> Option<Diagnostic> {
    let step = &steps[at];
    let path = format!("steps[{}].needs", step.id);
    let writers = needs.iter().find(|need| matches!(works[**need], Work::Write { .. }));
    if let Some(writer) = writers {
        let message = format!("`{}` needs `{}`, which hands no rows on", step.id, steps[*writer].id);
        return Some(
            Diagnostic::error("needs-writer", message).path(path).fix("need the step whose rows are written instead"),
        );
    }
    if matches!(works[at], Work::Write { .. }) && needs.len() != 1 {
        let message = format!("`{}` needs {} steps; a write step takes the rows of exactly one", step.id, needs.len());
        return Some(
            Diagnostic::error("writer-inputs", message)
                .path(path)
                .fix("need one step; join several with a sql.transform step before"),
        );
    }
    None
}

/// Files that would be written twice, or over what the run reads.
fn overwritten(steps: &[ManifestStep], works: &[Work]) -> Vec<(usize, Diagnostic)> {
    let mut read: HashMap<_, usize> = HashMap::new();
    for (at, work) in works.iter().enumerate() {
        if let Work::Read { place, .. } = work {
            read.entry(place.identity()).or_insert(at);
        }
    }
    let mut wrong = Vec::new();
    let mut written: HashMap<_, usize> = HashMap::new();
    for (at, work) in works.iter().enumerate() {
        let Work::Write { place, .. } = work else { continue };
        let path = format!("steps[{}].config.path", steps[at].id);
        let identity = place.identity();
        if let Some(reader) = read.get(&identity) {
            let message =
                format!("`{}` would write over {}, which `{}` reads", steps[at].id, place.name, steps[*reader].id);
            wrong.push((
                at,
                Diagnostic::error("output-is-input", message).path(path.clone()).fix("write to another file"),
            ));
        }
        if let Some(other) = written.insert(identity, at) {
            let message =
                format!("`{}` and `{}` write to the same file, {}", steps[other].id, steps[at].id, place.name);
            wrong.push((at, Diagnostic::error("output-twice", message).path(path).fix("write to another file")));
        }
    }
    wrong
}
