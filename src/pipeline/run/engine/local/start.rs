//! Joining the steps of a run and starting them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc;

use super::super::super::fact::RunFact;
use super::super::Job;
use super::channel::{Inbox, Outlet};
use super::check::{Inspector, Room};
use super::preflight::{Plan, Work};
use super::step::{Ended, Meter, Stop};
use super::{read, sql, write};
use crate::connect::driver::flow::Io;
use crate::diagnostic::Diagnostic;
use crate::pipeline::expect::{Check, Kind};

/// A step at work, as the run sees it.
pub(super) struct Running {
    pub id: String,
    pub meter: Arc<Meter>,
    /// The rows last told of.
    pub told: (u64, u64),
    pub since: Instant,
    pub ended: bool,
}

/// The folder that a run spills to; none where no step needs one.
pub(super) type Spill = Option<Arc<tempfile::TempDir>>;

/// A fault of this program's own.
pub(super) fn internal(what: &str) -> Diagnostic {
    Diagnostic::error("step-panicked", format!("the step ended with a fault of Pipesmith's own: {what}"))
        .fix("please report it with the pipeline that shows it")
}

/// Joins the steps and starts each on a thread of its own: they block, all of them have to be at work for
/// the data to flow, and a pool has an end.
pub(super) fn all(
    job: &Arc<Job>,
    plan: Plan,
    spill: Spill,
    stop: &Arc<Stop>,
    ends: &mpsc::UnboundedSender<(usize, Ended)>,
    tell: &impl Fn(RunFact),
) -> Vec<Running> {
    let queries = plan.works.iter().filter(|work| matches!(work, Work::Query { .. })).count()
        + plan.checks.iter().filter(|checks| spills(checks)).count();
    let queries = queries as u64;
    let memory = job.limits.memory_bytes / queries.max(1);
    let joined = join(&plan);
    let checks = plan.checks;
    let runtime = tokio::runtime::Handle::current();
    let mut steps = Vec::with_capacity(plan.works.len());
    for (at, ((work, checks), (inbox, mut outlet))) in plan.works.into_iter().zip(checks).zip(joined).enumerate() {
        let meter = Arc::new(Meter::default());
        let id = job.manifest.steps[at].id.clone();
        tell(RunFact::StepStarted { step: id.clone() });
        steps.push(Running { id, meter: meter.clone(), told: (0, 0), since: Instant::now(), ended: false });
        let seat = Seat {
            job: job.clone(),
            at,
            spill: spill.clone(),
            memory,
            meter,
            stop: stop.clone(),
            runtime: runtime.clone(),
        };
        let sender = ends.clone();
        let body = move || {
            let end = catch_unwind(AssertUnwindSafe(|| {
                let checks = seat.inspector(checks);
                // A write step hands nothing on: it checks what it takes.
                let checks = if matches!(work, Work::Write(_)) {
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
            let end = end.map_err(|failure| failure.at(seat.path(&work)));
            // Closing it tells the steps that need this one; they have to know before the run does.
            drop(outlet);
            drop(sender.send((at, end)));
        };
        if let Err(error) = std::thread::Builder::new().name(format!("step-{at}")).spawn(body) {
            let diagnostic = Diagnostic::error("no-thread", "the step could not be started").why(error.to_string());
            drop(ends.send((at, Err(diagnostic.into()))));
        }
    }
    steps
}

/// Whether checks may need a folder to spill to.
pub(super) fn spills(checks: &[Check]) -> bool {
    checks.iter().any(|check| matches!(check.kind, Kind::Sql { .. } | Kind::Unique { .. }))
}

/// For each step what it receives by and what it sends by.
fn join(plan: &Plan) -> Vec<(Inbox, Outlet)> {
    let mut outlets: Vec<Outlet> = plan.works.iter().map(|_| Outlet::default()).collect();
    let mut inboxes = Vec::with_capacity(plan.works.len());
    for needs in &plan.needs {
        let (inbox, sender) = Inbox::new(needs.len());
        for (input, need) in needs.iter().enumerate() {
            outlets[*need].add(sender.clone(), input);
        }
        inboxes.push(inbox);
    }
    inboxes.into_iter().zip(outlets).collect()
}

/// What a step's thread has.
struct Seat {
    job: Arc<Job>,
    at: usize,
    spill: Spill,
    memory: u64,
    meter: Arc<Meter>,
    stop: Arc<Stop>,
    runtime: tokio::runtime::Handle,
}

impl Seat {
    fn io(&self) -> Io {
        Io {
            runtime: self.runtime.clone(),
            cancel: self.stop.token(),
            run: self.job.run.clone(),
            pipeline: self.job.manifest.name.clone(),
            step: self.job.manifest.steps[self.at].id.clone(),
            root: self.job.root.clone(),
        }
    }

    /// What a person would change about the step: the place of a fault that has none of its own.
    fn path(&self, work: &Work) -> String {
        let step = &self.job.manifest.steps[self.at];
        let key = if matches!(work, Work::Query { .. }) { "query" } else { "path" };
        let key = if step.config.contains_key(key) { format!(".{key}") } else { String::new() };
        format!("steps[{}].config{key}", step.id)
    }

    /// The checks of the step's rows, if it has any.
    fn inspector(&self, checks: Vec<Check>) -> Option<Inspector> {
        let limits = &self.job.limits;
        let folder = self.spill.as_ref().map_or(limits.spill_dir.as_path(), |folder| folder.path());
        let spill = folder.join(format!("{}-checks", self.at));
        let room = Room { memory: self.memory, threads: limits.threads, spill };
        Inspector::new(self.io(), room, checks, self.meter.clone(), self.stop.clone())
    }

    fn work(&self, work: &Work, inbox: Inbox, outlet: &Outlet, checks: Option<Inspector>) -> Ended {
        let (limits, step) = (&self.job.limits, &self.job.manifest.steps[self.at]);
        let (meter, stop) = (&self.meter, &self.stop);
        match work {
            Work::Read(source) => read::run(source.as_ref(), &self.io(), self.job.extent, inbox, outlet, meter, stop),
            Work::Write(sink) => {
                let sink = (!self.job.extent.dry).then_some(sink.as_ref());
                write::run(sink, &self.io(), limits.preview_rows, inbox, checks, meter, stop)
            }
            Work::Query { text } => {
                let folder = self.spill.as_ref().map_or(limits.spill_dir.as_path(), |folder| folder.path());
                let query = sql::Query {
                    step: &step.id,
                    text,
                    inputs: &step.needs,
                    memory: self.memory,
                    threads: limits.threads,
                    spill: &folder.join(self.at.to_string()),
                };
                sql::run(&query, inbox, outlet, meter, stop)
            }
        }
    }
}
