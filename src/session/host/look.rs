//! Looking at the rows that a step would hand on.

use std::path::Path;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::{Busy, Host, Report, build};
use crate::connect::Connections;
use crate::contract::Registry;
use crate::diagnostic::{Diagnostic, Severity};
use crate::pipeline::compile::{self, Manifest};
use crate::pipeline::oml::hunk::{self, Decision};
use crate::pipeline::run::look::{LookFact, READ_ROWS, look};
use crate::pipeline::run::{Extent, Job, new_run_id};
use crate::session::event::Fact;

impl Host {
    /// Begins to look at a step of what the person sees: of the proposal under review without what was
    /// rejected, else of the document.
    pub(super) fn begin_look(&mut self, step: String) -> bool {
        if self.is_busy("Rows not read") {
            return true;
        }
        let (file, text) = match (&self.state.review, &self.state.document) {
            (Some(review), _) => {
                let wanted = review.decisions.iter().map(|d| match d {
                    Decision::Rejected => Decision::Rejected,
                    Decision::Open | Decision::Accepted => Decision::Accepted,
                });
                let decisions: Vec<Decision> = wanted.collect();
                (review.file.clone(), hunk::apply(&review.base, &review.text, &review.hunks, &decisions))
            }
            (None, Some(document)) => {
                let file = document.file.clone();
                match self.read_document(&file) {
                    Ok(Some(text)) => (file, text),
                    Ok(None) => {
                        return self.notice(Severity::Error, format!("There is no file {file} in the workspace."));
                    }
                    Err(diagnostic) => return self.refuse(diagnostic),
                }
            }
            (None, None) => return self.notice(Severity::Warning, "There is no document yet: ask for a pipeline."),
        };
        if !self.record(Fact::Look(LookFact::Started { step: step.clone() })) {
            return false;
        }
        let cancel = CancellationToken::new();
        self.busy = Some(Busy::Look(cancel.clone()));
        let (setup, reports) = (self.setup.clone(), self.reports.clone());
        tokio::spawn(async move {
            let registry = setup.registry.current();
            let (root, profile) = (setup.root.clone(), setup.profile.clone());
            let made = tokio::task::spawn_blocking(move || made(&file, &text, &registry, &root, profile.as_deref()));
            let fact = match made.await {
                Ok(Ok((manifest, connections))) => {
                    let job = Job {
                        manifest: Arc::new(manifest),
                        root: setup.root.clone(),
                        run: new_run_id(),
                        connections: Arc::new(connections),
                        limits: setup.limits.clone(),
                        extent: few(Extent::default()),
                    };
                    look(&*setup.engine, job, &step, cancel).await
                }
                Ok(Err(diagnostic)) => LookFact::Failed { step, diagnostic: Box::new(diagnostic) },
                Err(_) => LookFact::Stopped { step },
            };
            // Before the report: what holds the store must be gone when the look is told to have ended.
            drop(setup);
            let _ = reports.send(Report::Look(fact));
        });
        true
    }
}

/// Few rows, and nothing written.
fn few(mut extent: Extent) -> Extent {
    extent.limit = Some(READ_ROWS);
    extent.dry = true;
    extent
}

/// The text, compiled; nothing is written by that.
fn made(
    file: &str,
    text: &str,
    registry: &Registry,
    root: &Path,
    profile: Option<&str>,
) -> Result<(Manifest, Connections), Diagnostic> {
    let first = |found: Vec<Diagnostic>| {
        let all = found.len();
        let mut errors = found.into_iter().filter(Diagnostic::is_error);
        let first = errors.next();
        first
            .unwrap_or_else(|| Diagnostic::error("not-compiled", format!("{all} problems keep it from being compiled")))
    };
    let (build, connections) = build::compiled(file, text, registry, root, profile, compile::compile).map_err(first)?;
    Ok((build.manifest, connections))
}
