//! What a run cost, step by step: `metrics.json`.

use serde::{Deserialize, Serialize};

use super::super::fact::{CheckOutcome, Rejected, RunFact};
use super::RECORD_VERSION;
use crate::pipeline::compile::Manifest;

/// What a run cost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunMetrics {
    /// Version of this format.
    pub record_version: u32,
    /// The run's id.
    pub run: String,
    /// Microseconds from its beginning to its end; 0 while it runs.
    pub duration_us: u64,
    /// The most memory that the process had held by the last change of this file, in bytes.
    pub peak_memory_bytes: u64,
    /// In the order of the manifest.
    pub steps: Vec<StepMetrics>,
}

/// What a step cost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepMetrics {
    /// Its id.
    pub step: String,
    /// Its component.
    pub component: String,
    /// `waiting`, `running`, `finished`, `failed`, `stopped` or `skipped`.
    pub status: String,
    /// Microseconds from the beginning of the run to the step's.
    pub started_us: u64,
    /// Microseconds; 0 until it has ended.
    pub duration_us: u64,
    /// Rows taken in.
    pub rows_in: u64,
    /// Rows handed on or written.
    pub rows_out: u64,
    /// Bytes of these in memory, as record batches.
    pub bytes_out: u64,
    /// Times that it was tried.
    pub attempts: u32,
    /// The most memory that the whole process held while the step was at work, in bytes: it was looked at
    /// five times a second, and all steps at work share it. 0 where it is not known.
    #[serde(default)]
    pub process_peak_memory_bytes: u64,
    /// Rows that were taken out or refused.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rows_rejected: u64,
    /// Where these are kept, and why they are there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejected: Vec<Rejected>,
    /// What the checks of its rows found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckOutcome>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl RunMetrics {
    /// Before anything has happened.
    pub fn of(manifest: &Manifest, run: &str) -> RunMetrics {
        let step = |s: &crate::pipeline::compile::ManifestStep| StepMetrics {
            step: s.id.clone(),
            component: s.component.clone(),
            status: "waiting".to_owned(),
            ..StepMetrics::default()
        };
        RunMetrics {
            record_version: RECORD_VERSION,
            run: run.to_owned(),
            steps: manifest.steps.iter().map(step).collect(),
            ..RunMetrics::default()
        }
    }

    /// Takes a fact in, so many microseconds after the run began; says whether it is worth writing down at once.
    pub fn take(&mut self, fact: &RunFact, since_us: u64) -> bool {
        if let RunFact::RunFinished { duration_us, .. } = fact {
            self.duration_us = *duration_us;
            self.peak_memory_bytes = peak_memory();
            return true;
        }
        let Some(step) = fact.step().and_then(|id| self.steps.iter_mut().find(|s| s.step == id)) else { return false };
        let finished = step.status == "finished";
        let mut ended = |word: &str, duration: u64| {
            word.clone_into(&mut step.status);
            step.duration_us = duration;
        };
        match fact {
            RunFact::StepMeasured { peak_memory_bytes, .. } => {
                step.process_peak_memory_bytes = step.process_peak_memory_bytes.max(*peak_memory_bytes);
                return false;
            }
            // One that starts again with others says so.
            RunFact::StepRetried { alone, .. } => {
                step.attempts += u32::from(*alone);
                return false;
            }
            // Of a run that goes on: what the step cost before stays.
            RunFact::StepSkipped { .. } if finished => return false,
            RunFact::StepSkipped { .. } => ended("skipped", 0),
            RunFact::StepStarted { .. } | RunFact::StepReused { .. } => {
                "running".clone_into(&mut step.status);
                step.attempts += 1;
                step.started_us = since_us;
                return false;
            }
            RunFact::StepProgress { rows_in, rows_out, bytes_out, .. } => {
                (step.rows_in, step.rows_out, step.bytes_out) = (*rows_in, *rows_out, *bytes_out);
                return false;
            }
            RunFact::StepColumns { .. }
            | RunFact::StepDataset { .. }
            | RunFact::StepKept { .. }
            | RunFact::StepWrote { .. } => return false,
            RunFact::StepFinished { rows_in, rows_out, bytes_out, duration_us, .. } => {
                ended("finished", *duration_us);
                (step.rows_in, step.rows_out, step.bytes_out) = (*rows_in, *rows_out, *bytes_out);
            }
            RunFact::CursorMoved { .. } => return false,
            RunFact::StepChecked { checks, .. } => {
                step.checks.clone_from(checks);
                return false;
            }
            RunFact::StepRejected { rejected, .. } => {
                step.rows_rejected += rejected.rows;
                step.rejected.push((**rejected).clone());
                return false;
            }
            RunFact::StepFailed { duration_us, .. } => ended("failed", *duration_us),
            RunFact::StepStopped { .. } => ended("stopped", 0),
            RunFact::RunStarted { .. } | RunFact::RunFinished { .. } => return false,
        }
        self.peak_memory_bytes = peak_memory();
        true
    }
}

/// The most memory that this process has held, in bytes; 0 where the system does not tell.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_tells_the_most_memory() {
        assert!(peak_memory() > 1 << 20);
    }
}
