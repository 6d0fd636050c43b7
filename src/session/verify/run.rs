//! The pipelines that were run, run again: they write what they write.

use std::path::PathBuf;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::Report;
use crate::contract::Registry;
use crate::diagnostic::Diagnostic;
use crate::pipeline::compile;
use crate::pipeline::run::{Engine, Extent, Job, Limits, RunFact, new_run_id, perform};
use crate::secret;
use crate::session::event::{Event, Fact};
use crate::session::host::compiled;
use crate::session::state::State;
use crate::session::turns::{self, Ran};

/// What runs are done with.
pub struct Runs {
    /// The workspace's folder.
    pub root: PathBuf,
    /// The contracts.
    pub registry: Registry,
    /// Where they run.
    pub engine: Arc<dyn Engine>,
    /// What they may use.
    pub limits: Limits,
    /// The profile to compile for.
    pub profile: Option<String>,
}

/// Runs again what was run, and adds to the report what comes out otherwise: how it ended, and the rows of
/// each step. Times are not compared.
pub async fn run_again(events: &[Event], runs: &Runs, report: &mut Report) {
    let mut state = State::default();
    for event in events {
        if let Fact::Run(RunFact::RunStarted { run, .. }) = &event.fact
            && let Some(then) = recorded(events, run)
        {
            one(event.seq, &then, &state, runs, report).await;
        }
        state.apply(event);
    }
    report.divergences.sort_by_key(|d| d.event);
}

/// What a run came to, as it was recorded.
fn recorded(events: &[Event], id: &str) -> Option<Ran> {
    turns::of(events).into_iter().flat_map(|t| t.runs).find(|run| run.run == id)
}

async fn one(seq: u64, then: &Ran, state: &State, runs: &Runs, report: &mut Report) {
    let Some(outcome) = then.outcome else {
        report.skipped.push(format!("event {seq}: the run did not come to its end"));
        return;
    };
    let Some(document) = state.document.as_ref().filter(|d| !d.text.contains(secret::MASK)) else {
        report.skipped.push(format!("event {seq}: the document of the run is not known"));
        return;
    };
    let make = |input: &compile::CompileInput<'_>| compile::compile(input).map(|built| built.manifest);
    let made = compiled(&document.file, &document.text, &runs.registry, &runs.root, runs.profile.as_deref(), make);
    let (manifest, connections) = match made {
        Ok(made) => made,
        Err(found) => {
            let why = found.iter().find(|d| d.is_error()).map_or("", |d: &Diagnostic| d.message.as_str());
            report.differ(seq, "run", "outcome", &word(outcome), &format!("not compiled: {why}"));
            return;
        }
    };
    report.runs += 1;
    let job = Job {
        manifest: Arc::new(manifest),
        root: runs.root.clone(),
        run: new_run_id(),
        connections: Arc::new(connections),
        limits: runs.limits.clone(),
        extent: Extent::default(),
    };
    let mut rows: Vec<(String, u64)> = Vec::new();
    let mut failure = None;
    let now = perform(&*runs.engine, job, CancellationToken::new(), |fact| match fact {
        RunFact::StepFinished { step, rows_out, .. } => rows.push((step, rows_out)),
        RunFact::StepFailed { step, diagnostic, .. } => failure = Some(format!("{step}: {}", diagnostic.message)),
        _ => {}
    })
    .await;
    if now != outcome {
        let why = failure.map(|why| format!(": {why}")).unwrap_or_default();
        report.differ(seq, "run", "outcome", &word(outcome), &format!("{}{why}", word(now)));
    }
    for (step, old) in &then.rows {
        let new = rows.iter().find(|(id, _)| id == step).map_or("none".to_owned(), |(_, rows)| rows.to_string());
        if new != old.to_string() {
            report.differ(seq, "run", format!("rows of {step}"), &old.to_string(), &new);
        }
    }
}

fn word(outcome: crate::pipeline::run::RunOutcome) -> String {
    format!("{outcome:?}").to_lowercase()
}
