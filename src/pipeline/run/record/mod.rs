//! The record of a run: a folder with what happened, kept whatever the outcome.
//!
//! Owns: `run_logs/<pipeline>/<run>/` with `manifest.yaml`, `events.jsonl`, `metrics.json` and
//! `status.json`; finding, reading, comparing and removing records, and the page made of one. Does not
//! own: the session's journal (`session`).

mod compare;
mod event;
mod find;
mod gc;
mod metrics;
mod report;
mod status;

use std::fs::{File, Permissions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

pub use compare::{Comparison, StepChange, compare};
pub use event::RecordedFact;
pub use find::{Recorded, find, list};
pub use gc::{Keep, gc};
pub use metrics::{RunMetrics, StepMetrics};
pub use report::html;
pub use status::{RunFailure, RunStatus};

use super::engine::Job;
use super::fact::{Output, RunFact};
use crate::pipeline::compile::Manifest;
use crate::workspace::{self, slug};

/// Version of the record's format.
const RECORD_VERSION: u32 = 2;

/// The folder of the records, in the workspace.
const FOLDER: &str = "run_logs";

/// Writes the record of one run.
#[derive(Debug)]
pub struct RunRecord {
    folder: PathBuf,
    events: File,
    status: RunStatus,
    metrics: RunMetrics,
    began: Instant,
    /// Microseconds that the run took before it was gone on with.
    before_us: u64,
    /// What it wrote before that.
    before: Vec<Output>,
}

impl RunRecord {
    /// The record of a job: a new one, or that of the run which it goes on with.
    ///
    /// # Errors
    /// As [`RunRecord::create`]; or the run is under way elsewhere.
    pub fn of(job: &Job) -> io::Result<RunRecord> {
        let mut record = match job.extent.resumed {
            Some(_) => RunRecord::go_on(&job.root, &job.manifest, &job.run)?,
            None => RunRecord::create(&job.root, &job.manifest, &job.run)?,
        };
        let extent = &job.extent;
        record.status.limit = extent.limit;
        record.status.dry = extent.dry;
        record.status.partial = extent.resumed.is_none() && !extent.course.is_whole();
        record.write_status()?;
        Ok(record)
    }

    /// Goes on with the record of a run that did not finish. While it is open, nobody else can.
    fn go_on(root: &Path, manifest: &Manifest, run: &str) -> io::Result<RunRecord> {
        let folder = workspace::run_folder(root, &manifest.name, run);
        let mut events = File::options().read(true).append(true).open(folder.join("events.jsonl"))?;
        lock(&events)?;
        let status = std::fs::read(folder.join("status.json"))?;
        let mut status: RunStatus = serde_json::from_slice(&status)?;
        let metrics = std::fs::read(folder.join("metrics.json")).ok();
        let metrics: Option<RunMetrics> = metrics.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let mut metrics = metrics.unwrap_or_else(|| RunMetrics::of(manifest, run));
        let ends = metrics.steps.iter().map(|step| step.started_us + step.duration_us);
        let before_us = ends.chain([metrics.duration_us]).max().unwrap_or(0);
        metrics.duration_us = 0;
        // What was at work when the process was killed is not any more.
        metrics.steps.iter_mut().filter(|s| s.status == "running").for_each(|s| "stopped".clone_into(&mut s.status));
        let recorded = Recorded { folder: folder.clone(), status: status.clone() };
        let earlier = recorded.events().map_err(|diagnostic| io::Error::other(diagnostic.message))?;
        let before = earlier.into_iter().filter_map(|event| match event.fact {
            RunFact::StepWrote { output } => Some(output),
            _ => None,
        });
        let before = before.collect();
        end_line(&mut events)?;
        (status.outcome, status.ended_at, status.duration_us, status.failure) = (None, None, None, None);
        status.pid = std::process::id();
        status.resumed += 1;
        // What was being kept when the process was killed.
        for entry in std::fs::read_dir(folder.join(super::kept::FOLDER)).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(super::kept::DRAFT) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
        let record = RunRecord { folder, events, status, metrics, began: Instant::now(), before_us, before };
        record.write_status()?;
        Ok(record)
    }

    /// Makes the folder `run_logs/<pipeline>/<run>` in the workspace at `root`, with the manifest and a
    /// status that says the run is under way.
    ///
    /// # Errors
    /// The folder can't be made or written to, or there is a record of that run.
    pub fn create(root: &Path, manifest: &Manifest, run: &str) -> io::Result<RunRecord> {
        let folder = workspace::run_folder(root, &manifest.name, run);
        folder.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        std::fs::create_dir(&folder)?;
        let yaml = serde_yaml::to_string(manifest).map_err(io::Error::other)?;
        write_atomically(&folder.join("manifest.yaml"), yaml.as_bytes())?;
        let events = File::create(folder.join("events.jsonl"))?;
        lock(&events)?;
        let status = RunStatus {
            record_version: RECORD_VERSION,
            run: run.to_owned(),
            pipeline: manifest.name.clone(),
            manifest: manifest.fingerprints.manifest.clone(),
            outcome: None,
            started_at: now(),
            ended_at: None,
            duration_us: None,
            pid: std::process::id(),
            limit: None,
            dry: false,
            partial: false,
            resumed: 0,
            outputs: Vec::new(),
            failure: None,
        };
        let metrics = RunMetrics::of(manifest, run);
        let (before_us, before) = (0, Vec::new());
        let record = RunRecord { folder, events, status, metrics, began: Instant::now(), before_us, before };
        record.write_status()?;
        record.write_metrics()?;
        Ok(record)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Adds a fact. The end of the run is on disk when this returns.
    ///
    /// # Errors
    /// The record can't be written to, e.g. a full disk. The facts before stay.
    pub fn add(&mut self, fact: &RunFact) -> io::Result<()> {
        let recorded = RecordedFact { ts: now(), run: self.status.run.clone(), fact: fact.clone() };
        let mut line = recorded.to_line()?;
        line.push('\n');
        self.events.write_all(line.as_bytes())?;
        let since = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        if self.metrics.take(fact, self.before_us.saturating_add(since)) {
            if matches!(fact, RunFact::RunFinished { .. }) {
                self.metrics.duration_us = self.metrics.duration_us.saturating_add(self.before_us);
            }
            self.write_metrics()?;
        }
        match fact {
            RunFact::StepFailed { step, diagnostic, .. } if self.status.failure.is_none() => {
                let (code, message) = (diagnostic.code.clone(), diagnostic.message.clone());
                self.status.failure = Some(RunFailure { step: step.clone(), code, message });
            }
            RunFact::RunFinished { outcome, duration_us, outputs, .. } => {
                self.status.outcome = Some(*outcome);
                self.status.ended_at = Some(now());
                self.status.duration_us = Some(*duration_us);
                let again = |output: &&Output| !outputs.iter().any(|new| new.step == output.step);
                self.status.outputs = self.before.iter().filter(again).chain(outputs).cloned().collect();
                self.events.sync_data()?;
                self.write_status()?;
            }
            _ => {}
        }
        Ok(())
    }

    fn write_status(&self) -> io::Result<()> {
        self.write_json("status.json", &self.status)
    }

    fn write_metrics(&self) -> io::Result<()> {
        self.write_json("metrics.json", &self.metrics)
    }

    fn write_json(&self, name: &str, value: &impl serde::Serialize) -> io::Result<()> {
        let json = serde_json::to_vec_pretty(&crate::secret::to_json(value)).map_err(io::Error::other)?;
        write_atomically(&self.folder.join(name), &json)
    }
}

fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let shared = Permissions::from_mode(0o666);
    let mut file = tempfile::Builder::new().permissions(shared).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_data()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Keeps others from writing to the same record, as far as the file system can.
fn lock(events: &File) -> io::Result<()> {
    use rustix::fs::{FlockOperation, flock};
    match flock(events, FlockOperation::NonBlockingLockExclusive) {
        Err(rustix::io::Errno::WOULDBLOCK) => Err(io::ErrorKind::WouldBlock.into()),
        _ => Ok(()),
    }
}

/// Ends the last line of a file where it was cut off.
fn end_line(file: &mut File) -> io::Result<()> {
    let mut last = [b'\n'];
    if file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    if last == [b'\n'] { Ok(()) } else { file.write_all(b"\n") }
}

/// The time, RFC 3339, UTC, to the microsecond.
pub(super) fn now() -> String {
    format!("{:.6}", jiff::Timestamp::now())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostic;
    use crate::pipeline::compile::Fingerprints;
    use crate::pipeline::run::RunOutcome;

    fn manifest(name: &str) -> Manifest {
        Manifest {
            manifest_version: 1,
            name: name.to_owned(),
            oml_version: "0.1.0".to_owned(),
            profile: None,
            compiler: String::new(),
            validation: None,
            fingerprints: Fingerprints { manifest: "sha256:1".to_owned(), ..Fingerprints::default() },
            steps: Vec::new(),
        }
    }

    #[test]
    fn a_run_leaves_its_record_whatever_the_outcome() {
        let dir = tempfile::tempdir().unwrap();
        let mut record = RunRecord::create(dir.path(), &manifest("Small Demo!"), "01abc").unwrap();
        assert_eq!(record.folder(), dir.path().join("run_logs/small-demo/01abc"));
        let status = |record: &RunRecord| -> RunStatus {
            serde_json::from_slice(&std::fs::read(record.folder().join("status.json")).unwrap()).unwrap()
        };
        assert_eq!(status(&record).outcome, None);
        let diagnostic = Diagnostic::error("sql-error", "no such table");
        let failed = RunFact::StepFailed { step: "t".to_owned(), diagnostic: Box::new(diagnostic), duration_us: 5 };
        let finished = RunFact::RunFinished {
            run: "01abc".to_owned(),
            outcome: RunOutcome::Failed,
            duration_us: 9,
            outputs: vec![],
            previews: vec![],
        };
        record.add(&failed).unwrap();
        record.add(&finished).unwrap();
        let end = status(&record);
        assert_eq!((end.outcome, end.duration_us), (Some(RunOutcome::Failed), Some(9)));
        assert_eq!(end.failure.unwrap().code, "sql-error");
        let events = std::fs::read_to_string(record.folder().join("events.jsonl")).unwrap();
        let facts: Vec<RecordedFact> = events.lines().map(|line| RecordedFact::read(line).unwrap()).collect();
        assert_eq!(facts.iter().map(|f| f.fact.clone()).collect::<Vec<_>>(), [failed, finished]);
        assert!(facts[0].ts.ends_with('Z') && facts[0].ts.contains('T'), "{}", facts[0].ts);
        let yaml = std::fs::read_to_string(record.folder().join("manifest.yaml")).unwrap();
        assert_eq!(serde_yaml::from_str::<Manifest>(&yaml).unwrap(), manifest("Small Demo!"));
        assert!(RunRecord::create(dir.path(), &manifest("small demo"), "01abc").is_err());
    }
}
