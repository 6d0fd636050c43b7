//! Joining the steps of a group and starting them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::super::super::kept::{Keeper, fingerprints};
use super::super::Job;
use super::channel::{Inbox, Outlet, Tap};
use super::check::{Inspector, Room};
use super::cursor::{Reading, Readings};
use super::preflight::Work;
use super::seen::Seen;
use super::step::{Ended, Gear, Meter, Report, Stop, Written};
use super::tries::Tries;
use super::{read, sql, write};
use crate::connect::driver::flow::Io;
use crate::diagnostic::Diagnostic;
use crate::pipeline::expect::{Check, Kind};

/// The folder that a run spills to; none where no step needs one.
pub(super) type Spill = Option<Arc<tempfile::TempDir>>;

/// A fault of this program's own.
pub(super) fn internal(what: &str) -> Diagnostic {
    Diagnostic::error("step-panicked", format!("the step ended with a fault of Pipesmith's own: {what}"))
        .fix("please report it with the pipeline that shows it")
}

/// A step that is to start.
pub(super) struct Starting {
    pub at: usize,
    pub work: Arc<Work>,
    /// The steps of the same start whose rows it takes.
    pub needs: Vec<usize>,
    pub meter: Arc<Meter>,
    pub tries: Tries,
    /// Whether its rows are kept.
    pub keep: bool,
}

/// What all steps of a run have in common.
pub(super) struct Ground {
    pub job: Arc<Job>,
    pub spill: Spill,
    /// Bytes that a SQL step may hold.
    pub memory: u64,
    pub runtime: tokio::runtime::Handle,
    /// For each step how it reads incrementally, if it does.
    pub readings: Readings,
    /// For each step the checks of its rows.
    pub checks: Vec<Vec<Check>>,
    /// What decides which rows each step hands on; empty where nothing is kept.
    marks: Vec<String>,
}

impl Ground {
    pub fn new(job: Arc<Job>, spill: Spill, memory: u64, checks: Vec<Vec<Check>>, readings: Readings) -> Ground {
        let keep = job.extent.keep.is_some();
        let marks = if keep { fingerprints(&job.manifest, job.extent.limit) } else { Vec::new() };
        Ground { job, spill, memory, runtime: tokio::runtime::Handle::current(), readings, checks, marks }
    }
}

/// Joins the steps and starts each on a thread of its own: they block, all of them have to be at work for
/// the data to flow, and a pool has an end.
pub(super) fn start(ground: &Arc<Ground>, starting: Vec<Starting>, stop: &Arc<Stop>) {
    let mut ends = join(&starting);
    let apart = is_forest(&starting);
    let job_is_dry = ground.job.extent.dry;
    let may_suppose = starting.iter().all(|step| match &*step.work {
        Work::Write(sink) => job_is_dry || sink.repeatable(),
        Work::Read(_) | Work::Query { .. } => true,
    });
    for step in starting {
        let Some((inbox, mut outlet)) = ends.pop() else { return };
        let Starting { at, work, meter, tries, keep, .. } = step;
        let manifest = &ground.job.manifest.steps[at];
        let keeper = ground.job.extent.keep.as_deref().filter(|_| keep && manifest.mode != "write").map(|folder| {
            Keeper::new(folder, &manifest.id, &ground.job.run, ground.marks.get(at).cloned().unwrap_or_default())
        });
        // The rows of a step that nobody takes are shown instead.
        let shown = outlet.is_open() && !matches!(*work, Work::Write(_));
        let seen = shown.then(|| Seen::new(ground.job.limits.preview_rows));
        outlet.tap(Tap { keeper, seen, meter: Some(meter.clone()) });
        let told = tries.told.clone();
        let seat = Seat { ground: ground.clone(), at, meter, stop: stop.clone(), tries, own: keep, apart, may_suppose };
        let body = move || {
            let end = catch_unwind(AssertUnwindSafe(|| {
                let checks = if keep { seat.inspector() } else { None };
                // A write step hands nothing on: it checks what it takes.
                let checks = if matches!(*work, Work::Write(_)) {
                    checks
                } else {
                    outlet.check(checks);
                    None
                };
                seat.work(&work, inbox, &outlet, checks)
            }))
            .unwrap_or_else(|panic| {
                let what = panic.downcast_ref::<String>().map(String::as_str);
                let what = what.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
                Err(internal(what).into())
            });
            let tap = outlet.take_tap();
            let kept = tap.keeper.and_then(|keeper| keeper.outcome());
            let end = end.map_err(|failure| failure.at(seat.path(&work)));
            let end = end.map(|written| written.or_else(|| tap.seen.map(|seen| seat.shown(seen))));
            // Closing it tells the steps that need this one; they have to know before the run does.
            drop(outlet);
            drop(seat.tries.told.send((at, Report::Ended(end, kept))));
        };
        if let Err(error) = std::thread::Builder::new().name(format!("step-{at}")).spawn(body) {
            let diagnostic = Diagnostic::error("no-thread", "the step could not be started").why(error.to_string());
            drop(told.send((at, Report::Ended(Err(diagnostic.into()), None))));
        }
    }
}

/// Whether checks may need a folder to spill to.
pub(super) fn spills(checks: &[Check]) -> bool {
    checks.iter().any(|check| matches!(check.kind, Kind::Sql { .. } | Kind::Unique { .. }))
}

/// For each step what it receives by and what it sends by; the last step's come first.
fn join(starting: &[Starting]) -> Vec<(Inbox, Outlet)> {
    let mut outlets: Vec<Outlet> = starting.iter().map(|_| Outlet::default()).collect();
    let mut inboxes = Vec::with_capacity(starting.len());
    for step in starting {
        let (inbox, senders) = Inbox::new(step.needs.len());
        for (sender, need) in senders.into_iter().zip(&step.needs) {
            if let Some(from) = starting.iter().position(|other| other.at == *need) {
                outlets[from].add(sender);
            }
        }
        inboxes.push(inbox);
    }
    let mut ends: Vec<(Inbox, Outlet)> = inboxes.into_iter().zip(outlets).collect();
    ends.reverse();
    ends
}

/// Whether there is one way at most from each step to each other. Then a step may leave an input waiting as
/// long as it likes: nothing that it waits for hangs on that input.
fn is_forest(starting: &[Starting]) -> bool {
    let mut tree: Vec<usize> = (0..starting.len()).collect();
    for (at, step) in starting.iter().enumerate() {
        for need in &step.needs {
            let Some(from) = starting.iter().position(|other| other.at == *need) else { continue };
            let (one, other) = (tree[at], tree[from]);
            if one == other {
                return false;
            }
            tree.iter_mut().filter(|tree| **tree == one).for_each(|tree| *tree = other);
        }
    }
    true
}

/// What a step's thread has.
struct Seat {
    ground: Arc<Ground>,
    at: usize,
    meter: Arc<Meter>,
    stop: Arc<Stop>,
    tries: Tries,
    /// Whether it does its own work; else it hands on rows that were kept.
    own: bool,
    /// Whether no input of the step can be waiting for another of them.
    apart: bool,
    /// Whether all steps can begin again as if nothing had been.
    may_suppose: bool,
}

impl Seat {
    fn io(&self) -> Io {
        let job = &self.ground.job;
        Io {
            runtime: self.ground.runtime.clone(),
            cancel: self.stop.token(),
            run: job.run.clone(),
            pipeline: job.manifest.name.clone(),
            step: job.manifest.steps[self.at].id.clone(),
            root: job.root.clone(),
            keeps_cursors: self.kept_here().next().is_some(),
        }
    }

    /// The incremental reads whose state this step keeps with what it writes.
    fn kept_here(&self) -> impl Iterator<Item = &Reading> {
        let readings = self.ground.readings.iter().flatten().map(Arc::as_ref);
        readings.filter(|reading| reading.is_kept_by(self.at))
    }

    /// What a person would change about the step: the place of a fault that has none of its own.
    fn path(&self, work: &Work) -> String {
        let step = &self.ground.job.manifest.steps[self.at];
        let key = if matches!(work, Work::Query { .. }) { "query" } else { "path" };
        let key = if step.config.contains_key(key) { format!(".{key}") } else { String::new() };
        format!("steps[{}].config{key}", step.id)
    }

    /// The checks of the step's rows, if it has any.
    fn inspector(&self) -> Option<Inspector> {
        let limits = &self.ground.job.limits;
        let folder = self.ground.spill.as_ref().map_or(limits.spill_dir.as_path(), |folder| folder.path());
        let spill = folder.join(format!("{}-checks", self.at));
        let room = Room { memory: self.ground.memory, threads: limits.threads, spill };
        let checks = self.ground.checks.get(self.at).cloned().unwrap_or_default();
        Inspector::new(self.io(), room, checks, self.meter.clone(), self.stop.clone())
    }

    /// What nobody took.
    fn shown(&self, seen: Seen) -> Written {
        let step = self.ground.job.manifest.steps[self.at].id.clone();
        let place = format!("{step} (not written)");
        Written { output: None, preview: seen.preview(step, place, self.meter.read().1) }
    }

    fn work(&self, work: &Work, inbox: Inbox, outlet: &Outlet, checks: Option<Inspector>) -> Ended {
        let job = &self.ground.job;
        let (limits, step) = (&job.limits, &job.manifest.steps[self.at]);
        let (meter, stop) = (&self.meter, &*self.stop);
        let gear = || Gear { io: self.io(), meter, stop, tries: &self.tries, may_suppose: self.may_suppose };
        match work {
            Work::Read(source) => {
                let reading = self.ground.readings.get(self.at).and_then(Option::as_deref).filter(|_| self.own);
                read::run(source.as_ref(), &gear(), (job.extent.limit, reading), inbox, outlet)
            }
            Work::Write(sink) => {
                let sink = (!job.extent.dry).then_some(sink.as_ref());
                let kept: Vec<&Reading> = self.kept_here().collect();
                write::run(sink, &gear(), limits.preview_rows, inbox, checks, &kept)
            }
            Work::Query { text } => {
                let spill = self.ground.spill.as_ref();
                let folder = spill.map_or(limits.spill_dir.as_path(), |folder| folder.path());
                let query = sql::Query {
                    step: &step.id,
                    text,
                    inputs: &step.needs,
                    apart: self.apart,
                    memory: self.ground.memory,
                    threads: limits.threads,
                    spill: &folder.join(self.at.to_string()),
                };
                sql::run(&query, inbox, outlet, meter, stop)
            }
        }
    }
}
