//! Going on with a run that failed, was cancelled or was killed.

use std::collections::BTreeSet;
use std::path::Path;

use super::course::Course;
use super::fact::{RunFact, RunOutcome};
use super::kept::{self, FOLDER};
use super::record;
use crate::diagnostic::Diagnostic;
use crate::pipeline::compile::Manifest;

/// What is left of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resumed {
    /// Its id, under which it goes on: what a database has noted as written is not written again.
    pub run: String,
    /// What each step does.
    pub course: Course,
    /// Its `--limit`.
    pub limit: Option<u64>,
    /// The steps that had begun to write, but not finished as far as its record says.
    pub begun: Vec<String>,
    /// Whether it kept rows.
    pub keeps: bool,
}

/// Finds out what is left of the run that a person names.
///
/// # Errors
/// There is none, or it can't go on: it is done, it was of another manifest, it wrote nothing on purpose.
pub fn resume(root: &Path, name: &str, manifest: &Manifest) -> Result<Resumed, Diagnostic> {
    let recorded = record::find(root, name)?;
    let status = &recorded.status;
    let run = &status.run;
    let refuse = |message: String| Diagnostic::error("run-not-resumable", message);
    if status.outcome == Some(RunOutcome::Succeeded) {
        return Err(refuse(format!("run {run} succeeded, so that nothing is left to do"))
            .fix("run the pipeline without --resume"));
    }
    if status.pipeline != manifest.name || status.manifest != manifest.fingerprints.manifest {
        return Err(refuse(format!("run {run} was of another manifest"))
            .why(format!(
                "it ran {} of `{}`; this is {} of `{}`",
                short(&status.manifest),
                status.pipeline,
                short(&manifest.fingerprints.manifest),
                manifest.name
            ))
            .fix("take the document, the parameters and the profile that it ran with, or run the pipeline anew"));
    }
    if status.dry || status.partial {
        let how = if status.dry { "--dry-run" } else { "--only or --from" };
        return Err(refuse(format!("run {run} was made with {how}")).fix("run it again the same way"));
    }
    let (mut done, mut begun) = (BTreeSet::new(), BTreeSet::new());
    for event in recorded.events()? {
        match event.fact {
            RunFact::StepStarted { step } => {
                done.remove(&step);
                begun.insert(step);
            }
            RunFact::StepReused { step, .. } => drop(done.remove(&step)),
            RunFact::StepFinished { step, .. } => drop(done.insert(step)),
            _ => {}
        }
    }
    let wanted = kept::fingerprints(manifest, status.limit);
    let kept = |at: usize| {
        let step = manifest.steps.get(at).filter(|step| step.mode != "write")?;
        kept::find(&recorded, &step.id, wanted.get(at)?)
    };
    let course = Course::rest(manifest, |step| done.contains(&step.id), kept);
    let writing = manifest.steps.iter().filter(|step| step.mode == "write");
    let begun = writing.map(|step| step.id.clone()).filter(|id| begun.contains(id) && !done.contains(id)).collect();
    let keeps = recorded.folder.join(FOLDER).is_dir();
    Ok(Resumed { run: run.clone(), course, limit: status.limit, begun, keeps })
}

fn short(fingerprint: &str) -> &str {
    fingerprint.get(..19).unwrap_or(fingerprint)
}
