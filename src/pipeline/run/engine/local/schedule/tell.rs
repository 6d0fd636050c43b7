//! What is told of the steps of a run.

use std::sync::Arc;
use std::time::Instant;

use super::super::super::super::fact::{Column, RunFact, RunOutcome};
use super::super::super::super::kept::{Kept, file_of};
use super::super::step::{Failure, Findings, Written};
use super::super::tries::Again;
use super::Schedule;
use crate::diagnostic::Diagnostic;

impl<T: Fn(RunFact)> Schedule<'_, T> {
    /// Tells what is known of a step's rows beside their number.
    fn tell_findings(&self, at: usize) {
        let step = &self.steps[at];
        let Findings { checks, rejected } = step.meter.findings();
        if !checks.is_empty() {
            (self.tell)(RunFact::StepChecked { step: step.id.clone(), checks });
        }
        for rejected in rejected {
            (self.tell)(RunFact::StepRejected { step: step.id.clone(), rejected: Box::new(rejected) });
        }
    }

    pub(super) fn tell_failed(&self, at: usize, failure: Failure) {
        self.tell_findings(at);
        let step = &self.steps[at];
        let id = step.id.clone();
        (self.tell)(match failure {
            Failure::Wrong(diagnostic) | Failure::Mistaken(diagnostic) => {
                self.tell_measured(at);
                RunFact::StepFailed { step: id, diagnostic, duration_us: micros(step.since) }
            }
            Failure::Stopped(_) if self.cause == Some(RunOutcome::Cancelled) => {
                RunFact::StepStopped { step: id, reason: "the run was cancelled".to_owned() }
            }
            Failure::Stopped(reason) => RunFact::StepStopped { step: id, reason: reason.to_owned() },
        });
    }

    pub(super) fn tell_finished(&self, at: usize, written: Option<&Written>) {
        self.tell_findings(at);
        let step = &self.steps[at];
        if let Some(output) = written.and_then(|written| written.output.clone()) {
            (self.tell)(RunFact::StepWrote { output });
        }
        self.tell_measured(at);
        let (rows_in, rows_out) = step.meter.read();
        let (bytes_out, duration_us) = (step.meter.bytes(), micros(step.since));
        (self.tell)(RunFact::StepFinished { step: step.id.clone(), rows_in, rows_out, bytes_out, duration_us });
    }

    pub(super) fn tell_measured(&self, at: usize) {
        let step = &self.steps[at];
        if step.peak > 0 {
            (self.tell)(RunFact::StepMeasured { step: step.id.clone(), peak_memory_bytes: step.peak });
        }
    }

    pub(super) fn tell_retry(&self, at: usize, again: Again, diagnostic: &Diagnostic, alone: bool) {
        let reason = match &diagnostic.why {
            Some(why) => format!("{}: {why}", diagnostic.message),
            None => diagnostic.message.clone(),
        };
        (self.tell)(RunFact::StepRetried {
            step: self.steps[at].id.clone(),
            attempt: again.attempt,
            of: again.of,
            wait_us: u64::try_from(again.wait.as_micros()).unwrap_or(u64::MAX),
            code: diagnostic.code.clone(),
            reason,
            alone,
        });
    }

    pub(super) fn tell_kept(&mut self, at: usize, kept: Option<(u64, Result<u64, String>)>) {
        let Some((rows, kept)) = kept else { return };
        let step = &mut self.steps[at];
        let problem = kept.as_ref().err().cloned();
        if let (None, Some(folder)) = (&problem, &self.ground.job.extent.keep) {
            let run = self.ground.job.run.clone();
            step.taken = Some(Kept { file: file_of(folder, &step.id), run, rows });
        }
        let id = step.id.clone();
        (self.tell)(RunFact::StepKept { step: id, rows, bytes: kept.unwrap_or(0), problem });
    }

    pub(super) fn tell_columns(&self, at: usize) {
        let step = &self.steps[at];
        let Some(schema) = step.meter.read_columns() else { return };
        let column = |field: &Arc<arrow::datatypes::Field>| Column {
            name: field.name().clone(),
            data_type: field.data_type().to_string(),
        };
        let columns = schema.fields().iter().map(column).collect();
        (self.tell)(RunFact::StepColumns { step: step.id.clone(), columns });
    }

    /// Tells how far the steps are that are at work.
    pub fn tell_progress(&mut self) {
        self.look_at_memory();
        for step in self.steps.iter_mut().filter(|step| step.working) {
            let now = (step.meter.read(), step.meter.read_far());
            if now != step.told {
                step.told = now;
                let ((rows_in, rows_out), far) = now;
                let (id, bytes_out) = (step.id.clone(), step.meter.bytes());
                (self.tell)(RunFact::StepProgress { step: id, rows_in, rows_out, bytes_out, far });
            }
        }
    }
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}
