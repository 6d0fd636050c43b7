//! Which steps are at work when: groups within the limit, each again where its failure passes, all of them
//! stopped where one fails for good.

mod tell;

use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::super::super::course::{Reach, Way, ends, reach};
use super::super::super::fact::{Far, RunFact, RunOutcome};
use super::super::super::kept::{Kept, KeptSource};
use super::super::Job;
use super::group::{Group, Phase, groups, most_at_once};
use super::preflight::{Plan, Work};
use super::start::{Ground, Spill, Starting, start};
use super::step::{Ended, Failure, Meter, Report, STOPPED, Told, Written};
use super::tries::{Tries, passes};
use crate::diagnostic::Diagnostic;

/// A step as the run sees it.
struct Running {
    id: String,
    work: Option<Arc<Work>>,
    needs: Vec<usize>,
    /// Its rows are those of an earlier run, or of an earlier attempt.
    taken: Option<Kept>,
    tries: Tries,
    timeout: Option<Duration>,
    meter: Arc<Meter>,
    /// What was last told of its rows.
    told: ((u64, u64), Option<Far>),
    /// When this attempt began.
    since: Instant,
    working: bool,
    done: bool,
    /// The most memory of the process while it was at work, in bytes.
    peak: u64,
}

/// A run at work.
pub(super) struct Schedule<'a, T: Fn(RunFact)> {
    ground: Arc<Ground>,
    tell: &'a T,
    steps: Vec<Running>,
    groups: Vec<Group>,
    /// What ended the run early, whichever came first.
    pub cause: Option<RunOutcome>,
    unfinished: bool,
    written: Vec<Written>,
}

impl<'a, T: Fn(RunFact)> Schedule<'a, T> {
    /// Everything is there, nothing has begun.
    pub fn new(
        job: &Arc<Job>,
        mut plan: Plan,
        spill: Spill,
        told: &mpsc::UnboundedSender<Told>,
        tell: &'a T,
    ) -> Schedule<'a, T> {
        let (limits, course) = (&job.limits, &job.extent.course);
        let groups = groups(&plan.needs, |at| plan.works[at].is_some());
        let query = |at: usize| matches!(plan.works[at].as_deref(), Some(Work::Query { .. }));
        let queries = most_at_once(&groups, limits.parallel, query).max(1);
        let memory = limits.memory_bytes / queries as u64;
        let ground = Arc::new(Ground::new(job.clone(), spill, memory));
        let running = |(at, (work, needs)): (usize, (Option<Arc<Work>>, Vec<usize>))| {
            let step = &job.manifest.steps[at];
            Running {
                id: step.id.clone(),
                work,
                needs,
                taken: match course.way(at) {
                    Way::Take(kept) => Some(kept.clone()),
                    Way::Work | Way::Leave(_) => None,
                },
                tries: Tries {
                    at,
                    retry: step.retry.unwrap_or(limits.patience.retry),
                    begun: Arc::new(AtomicU32::new(1)),
                    told: told.clone(),
                },
                timeout: step.timeout.or(limits.patience.timeout).map(|span| span.0),
                meter: Arc::default(),
                told: Default::default(),
                since: Instant::now(),
                working: false,
                done: false,
                peak: 0,
            }
        };
        let steps: Vec<Running> = std::mem::take(&mut plan.works)
            .into_iter()
            .zip(std::mem::take(&mut plan.needs))
            .enumerate()
            .map(running)
            .collect();
        for (at, step) in steps.iter().enumerate() {
            if let Way::Leave(reason) = course.way(at) {
                tell(RunFact::StepSkipped { step: step.id.clone(), reason: reason.clone() });
            }
            if let Some((dataset, written)) = plan.datasets[at].clone() {
                tell(RunFact::StepDataset { step: step.id.clone(), dataset, written });
            }
        }
        Schedule { ground, tell, steps, groups, cause: None, unfinished: false, written: Vec::new() }
    }

    /// Whether nothing more happens.
    pub fn is_over(&self) -> bool {
        self.groups.iter().all(|group| group.phase == Phase::Over)
    }

    /// How the run ended, and what it wrote.
    pub fn end(self) -> (RunOutcome, Vec<Written>) {
        // A cancellation that came when all was done stopped nothing.
        let failed = self.cause.unwrap_or(RunOutcome::Failed);
        (if self.unfinished { failed } else { RunOutcome::Succeeded }, self.written)
    }

    /// Starts what may start now, stops what took too long and, where the run has come to its end, all.
    pub fn go_on(&mut self) {
        let now = Instant::now();
        if self.cause.is_some() {
            for at in 0..self.groups.len() {
                match self.groups[at].phase {
                    Phase::Working(_) => self.groups[at].stop.set(),
                    Phase::Waiting | Phase::Resting(_) => self.give_up(at),
                    Phase::Over => {}
                }
            }
            return;
        }
        let late = |step: &Running| step.working && step.timeout.is_some_and(|most| step.since + most <= now);
        for group in &mut self.groups {
            if group.late.is_none()
                && let Some(at) = group.steps.iter().copied().find(|at| late(&self.steps[*at]))
            {
                group.late = Some(at);
            }
            if group.late.is_some() || group.again.is_some() {
                group.stop.set();
            }
        }
        let mut free = self.ground.job.limits.parallel.max(1);
        free = free.saturating_sub(self.groups.iter().filter(|group| group.is_working()).count());
        for at in 0..self.groups.len() {
            let ready = match self.groups[at].phase {
                Phase::Waiting => true,
                Phase::Resting(until) => until <= now,
                Phase::Working(_) | Phase::Over => false,
            };
            if ready && free > 0 {
                free -= 1;
                self.begin(at);
            }
        }
    }

    /// Whether steps are at work that have been told to stop.
    pub fn is_stopping(&self) -> bool {
        let told = |group: &Group| self.cause.is_some() || group.again.is_some() || group.late.is_some();
        self.groups.iter().any(|group| group.is_working() && told(group))
    }

    /// When the next step takes too long, or the next group begins again.
    pub fn next(&self) -> Option<Instant> {
        let late = |step: &&Running| step.working;
        let late = self.steps.iter().filter(late).filter_map(|step| Some(step.since + step.timeout?));
        let rested = self.groups.iter().filter_map(|group| match group.phase {
            Phase::Resting(until) => Some(until),
            _ => None,
        });
        late.chain(rested).min()
    }

    /// Begins a group, or begins it again with what is left of it to do.
    fn begin(&mut self, group: usize) {
        let needs: Vec<Vec<usize>> = self.steps.iter().map(|step| step.needs.clone()).collect();
        let inside = |at: &usize| self.groups[group].steps.contains(at);
        let writes = |at: usize| matches!(self.steps[at].work.as_deref(), Some(Work::Write(_)));
        let mut goals = ends(&needs, writes, |at| self.steps[at].done);
        (0..goals.len()).filter(|at| !inside(at)).for_each(|at| goals[at] = false);
        let reached = reach(&needs, &goals, |at| self.steps[at].taken.is_some());
        let mut starting = Vec::new();
        for at in self.groups[group].steps.clone() {
            let step = &mut self.steps[at];
            let (work, needs, keep) = match (reached[at], &step.taken, &step.work) {
                (Reach::Taken, Some(kept), _) => {
                    (Arc::new(Work::Read(Box::new(KeptSource(kept.clone())))), Vec::new(), false)
                }
                (Reach::Work | Reach::Taken, _, Some(work)) => (work.clone(), step.needs.clone(), true),
                _ => continue,
            };
            step.meter = Arc::default();
            step.told = Default::default();
            step.since = Instant::now();
            (step.working, step.done, step.peak) = (true, false, 0);
            let id = step.id.clone();
            (self.tell)(match step.taken.as_ref().filter(|_| !keep) {
                Some(kept) => RunFact::StepReused { step: id, run: kept.run.clone(), rows: kept.rows },
                None => RunFact::StepStarted { step: id },
            });
            let (meter, tries) = (step.meter.clone(), step.tries.clone());
            starting.push(Starting { at, work, needs, meter, tries, keep });
        }
        let group = &mut self.groups[group];
        group.stop = Arc::default();
        group.late = None;
        group.phase = if starting.is_empty() { Phase::Over } else { Phase::Working(starting.len()) };
        start(&self.ground, starting, &group.stop);
        self.look_at_memory();
    }

    /// Takes in what a step says.
    pub fn take(&mut self, (at, report): Told) {
        match report {
            Report::Again(again, diagnostic) => {
                self.steps[at].since = Instant::now() + again.wait;
                self.tell_retry(at, again, &diagnostic, true);
            }
            Report::Ended(end, kept) => {
                self.look_at_memory();
                self.steps[at].working = false;
                self.tell_kept(at, kept);
                self.tell_columns(at);
                self.ended(at, end);
            }
        }
    }

    fn ended(&mut self, at: usize, end: Ended) {
        let Some(of) = self.groups.iter().position(|group| group.steps.contains(&at)) else { return };
        if let Phase::Working(left) = &mut self.groups[of].phase {
            *left -= 1;
        }
        match end {
            Ok(written) => {
                self.steps[at].done = true;
                self.tell_finished(at, written.as_ref());
                self.written.extend(written);
            }
            Err(failure) => {
                let failure = match failure {
                    _ if self.groups[of].late == Some(at) => self.too_long(at).into(),
                    failure => failure,
                };
                self.failed(of, at, failure);
            }
        }
        if self.groups[of].phase == Phase::Working(0) {
            self.all_ended(of);
        }
    }

    /// A step did not do its work: whether its group is to begin again, or the run ends with it.
    fn failed(&mut self, of: usize, at: usize, failure: Failure) {
        if let Failure::Mistaken(diagnostic) = failure {
            let again = self.steps[at].tries.anew();
            self.groups[of].again.get_or_insert((at, again, diagnostic));
            return self.groups[of].held.push((at, STOPPED));
        }
        if let Failure::Wrong(diagnostic) = &failure {
            let again = (self.cause.is_none() && self.groups[of].again.is_none() && self.is_repeatable(of))
                .then(|| self.steps[at].tries.take(diagnostic))
                .flatten();
            if let Some(again) = again {
                self.groups[of].again = Some((at, again, diagnostic.clone()));
            } else if self.groups[of].again.is_none() || !passes(diagnostic) {
                self.groups[of].again = None;
                self.cause.get_or_insert(RunOutcome::Failed);
                self.unfinished = true;
                self.tell_failed(at, failure);
                return;
            }
        }
        self.groups[of].held.push((at, failure));
    }

    /// Whether a group can be begun again: nothing is left of what it wrote so far.
    fn is_repeatable(&self, of: usize) -> bool {
        self.groups[of].steps.iter().map(|at| &self.steps[*at]).all(|step| match step.work.as_deref() {
            Some(Work::Write(sink)) => step.done || step.meter.read().0 == 0 || sink.repeatable(),
            _ => true,
        })
    }

    fn all_ended(&mut self, of: usize) {
        let group = &mut self.groups[of];
        let mut held = std::mem::take(&mut group.held);
        if let Some((at, again, diagnostic)) = group.again.take().filter(|_| self.cause.is_none()) {
            group.phase = Phase::Resting(Instant::now() + again.wait);
            self.tell_retry(at, again, &diagnostic, false);
            return;
        }
        group.phase = Phase::Over;
        let late = group.late.filter(|_| self.cause.is_none());
        // The step that took too long did finish in the end, but others were stopped for it.
        if let (Some(late), Some((_, first))) = (late, held.first_mut())
            && matches!(first, Failure::Stopped(_))
        {
            *first = self.too_long(late).into();
        }
        for (at, failure) in held {
            self.unfinished = true;
            if matches!(failure, Failure::Wrong(_)) {
                self.cause.get_or_insert(RunOutcome::Failed);
            }
            self.tell_failed(at, failure);
        }
    }

    /// A group that has not begun, or rests, does so no more.
    fn give_up(&mut self, of: usize) {
        self.groups[of].phase = Phase::Over;
        for at in self.groups[of].steps.clone() {
            if !self.steps[at].done {
                self.unfinished = true;
                self.tell_failed(at, Failure::Stopped("another step failed before it could begin"));
            }
        }
    }

    fn too_long(&self, at: usize) -> Diagnostic {
        let step = &self.steps[at];
        let most = step.timeout.map(|most| crate::pipeline::patience::Span(most).to_string()).unwrap_or_default();
        Diagnostic::error("step-timeout", format!("`{}` took longer than {most}", step.id))
            .path(format!("steps[{}].timeout", step.id))
            .why("the time of a step counts from its start, with all that it waits for the steps it works with")
            .fix("allow more with `timeout`, or see what it waits for")
    }

    fn look_at_memory(&mut self) {
        let held = memory_held();
        self.steps.iter_mut().filter(|step| step.working).for_each(|step| step.peak = step.peak.max(held));
    }
}

/// Bytes of memory that this process holds; 0 where the system does not tell.
fn memory_held() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_tells_the_memory() {
        assert!(memory_held() > 1 << 20);
    }
}
