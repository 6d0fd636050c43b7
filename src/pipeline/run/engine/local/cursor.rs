//! Incremental reads of a run: from where each reads, who keeps where it got to, and when that counts.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::super::super::cursor::{Cursors, WORKSPACE};
use super::super::super::fact::RunFact;
use super::super::Job;
use super::preflight::Work;
use crate::connect::driver::cursor::{CursorNote, Mark, Since};
use crate::connect::driver::flow::{Halt, Io};
use crate::diagnostic::Diagnostic;
use crate::pipeline::incremental::{self, Boundary, Incremental};
use crate::pipeline::run::course::Way;

/// An incremental read.
pub(super) struct Reading {
    step: String,
    along: Incremental,
    /// Begins from the beginning, whatever is kept.
    fresh: bool,
    /// What the workspace keeps.
    kept: Option<Value>,
    /// The steps that write what it reads.
    writers: Vec<usize>,
    /// The only writer, where it keeps the state itself.
    keeper: Option<(Arc<Work>, Io)>,
    moved: Mutex<Moved>,
}

/// What is known of it once it has read.
#[derive(Clone, Debug, Default)]
struct Moved {
    /// What the keeper had.
    before: Option<Value>,
    from: Option<Value>,
    mark: Option<Mark>,
    /// Whether the keeper has taken it in.
    kept: bool,
}

impl Reading {
    /// What the source is asked for.
    ///
    /// # Errors
    /// The target that keeps the state can't be asked.
    pub fn begin(&self, io: &Io) -> Result<Since, Halt> {
        let before = match &self.keeper {
            Some((work, of_writer)) => match work.as_ref() {
                Work::Write(sink) => {
                    let of_writer = Io { cancel: io.cancel.clone(), ..of_writer.clone() };
                    sink.recall(&of_writer, &self.step)?
                }
                _ => None,
            },
            None => None,
        };
        let last = before.clone().or_else(|| self.kept.clone()).filter(|_| !self.fresh);
        let along = &self.along;
        let since = Since {
            column: along.cursor.clone(),
            // The first read has the start itself, too.
            inclusive: along.boundary == Boundary::Inclusive || last.is_none(),
            lag: along.lag.filter(|_| last.is_some()),
            from: last.or_else(|| along.start.clone()),
            nulls: along.nulls,
        };
        *self.lock() = Moved { before, from: since.from.clone(), ..Moved::default() };
        Ok(since)
    }

    /// The read has ended well.
    pub fn read(&self, mark: Mark) {
        self.lock().mark = Some(mark);
    }

    /// What its only writer keeps with what it writes.
    pub fn note(&self) -> Option<CursorNote> {
        let moved = self.lock();
        Some(CursorNote {
            reader: self.step.clone(),
            column: self.along.cursor.clone(),
            before: moved.before.clone(),
            value: moved.mark.as_ref()?.to.clone()?,
        })
    }

    /// Whether the writer keeps it.
    pub fn keeps(&self, kept: bool) {
        self.lock().kept = kept;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Moved> {
        self.moved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What there is to tell once the run is over: all that depends on it has been written.
    pub fn told(&self, done: impl Fn(usize) -> bool, place: impl Fn(usize) -> String) -> Option<RunFact> {
        let moved = self.lock().clone();
        let mark = moved.mark?;
        if self.writers.is_empty() || !self.writers.iter().all(|writer| done(*writer)) {
            return None;
        }
        let kept = match self.writers.as_slice() {
            [only] if moved.kept => place(*only),
            _ => WORKSPACE.to_owned(),
        };
        Some(RunFact::CursorMoved {
            step: self.step.clone(),
            column: self.along.cursor.clone(),
            from: moved.from,
            to: mark.to,
            nulls: mark.nulls,
            kept,
        })
    }

    /// Whether this step keeps its state.
    pub fn is_kept_by(&self, writer: usize) -> bool {
        self.keeper.is_some() && self.writers == [writer]
    }
}

/// For each step of a run how it reads incrementally, if it does.
pub(super) type Readings = Vec<Option<Arc<Reading>>>;

/// The incremental reads of a run, by step; nothing for the others.
///
/// # Errors
/// A manifest whose `incremental` is none; rows that would be written twice because the run takes up rows that
/// another run kept.
pub(super) fn readings(
    job: &Job,
    works: &[Option<Arc<Work>>],
    runtime: &tokio::runtime::Handle,
) -> Result<Readings, Vec<(usize, Diagnostic)>> {
    let steps = &job.manifest.steps;
    let mut all = Vec::with_capacity(steps.len());
    let mut wrong = Vec::new();
    let cursors =
        steps.iter().any(|step| step.incremental.is_some()).then(|| Cursors::load(&job.root, &job.manifest.name));
    for (at, step) in steps.iter().enumerate() {
        let Some(value) = &step.incremental else {
            all.push(None);
            continue;
        };
        let along = match incremental::read(value) {
            Ok(along) => along,
            Err(problems) => {
                let path = format!("steps[{}].incremental", step.id);
                wrong.extend(problems.into_iter().map(|problem| (at, problem.diagnostic.path(path.clone()))));
                continue;
            }
        };
        let writers = writers(&job.manifest.steps, at);
        let is_work = matches!(job.extent.course.way(at), Way::Work);
        if !is_work && along.boundary == Boundary::Exclusive && writers.iter().any(|w| works[*w].is_some()) {
            wrong.push((at, taken(&step.id)));
            continue;
        }
        let kept = match &cursors {
            Some(Ok(cursors)) => cursors.steps.get(&step.id).cloned(),
            Some(Err(error)) => {
                wrong.push((at, unreadable(&step.id, error)));
                continue;
            }
            None => None,
        };
        // A try moves nothing; a run whose rows are those of another can't say where that got to.
        let moves = !job.extent.dry && job.extent.limit.is_none() && is_work;
        let only = match writers.as_slice() {
            [only] => works[*only].clone().map(|work| (work, *only)),
            _ => None,
        };
        let keeper = only.map(|(work, writer)| {
            let io = Io {
                runtime: runtime.clone(),
                cancel: tokio_util::sync::CancellationToken::new(),
                run: job.run.clone(),
                pipeline: job.manifest.name.clone(),
                step: steps[writer].id.clone(),
                root: job.root.clone(),
                keeps_cursors: false,
            };
            (work, io)
        });
        let reset = kept.as_ref().is_some_and(|kept| kept.reset);
        all.push(works[at].is_some().then(|| {
            Arc::new(Reading {
                step: step.id.clone(),
                along,
                fresh: job.extent.fresh || reset,
                // What a target keeps, it alone says.
                kept: kept.filter(|kept| kept.kept == WORKSPACE || keeper.is_none()).and_then(|kept| kept.value),
                writers: if moves { writers } else { Vec::new() },
                keeper,
                moved: Mutex::default(),
            })
        }));
    }
    if wrong.is_empty() { Ok(all) } else { Err(wrong) }
}

/// The steps that write what a step hands on, directly or through others, whether they are part of this run or
/// not: a run of some of them moves nothing.
fn writers(steps: &[crate::pipeline::compile::ManifestStep], from: usize) -> Vec<usize> {
    let mut reached = vec![false; steps.len()];
    reached[from] = true;
    // Steps stand after those that they need in every manifest of this compiler; one more pass for others.
    for _ in 0..steps.len() {
        let before = reached.clone();
        for (at, step) in steps.iter().enumerate() {
            let needs = |need: &String| steps.iter().position(|other| other.id == *need).is_some_and(|n| reached[n]);
            reached[at] |= step.needs.iter().any(needs);
        }
        if before == reached {
            break;
        }
    }
    (0..steps.len()).filter(|at| reached[*at] && steps[*at].mode == "write").collect()
}

fn taken(step: &str) -> Diagnostic {
    Diagnostic::error("incremental-taken", format!("`{step}` reads incrementally, and its rows would be taken up"))
        .path(format!("steps[{step}].incremental"))
        .why("with `boundary: exclusive`, nobody could say where the reading got to, and the rows would be written again the next time")
        .fix("run the pipeline as a whole; it goes on where the last run that wrote ended")
}

fn unreadable(step: &str, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error("cursors-unreadable", "where incremental reads got to can't be read")
        .path(format!("steps[{step}].incremental"))
        .why(error.to_string())
        .fix("correct or remove the file; without it the next run begins from the beginning")
}
