//! The demo without a terminal: every stage is done and printed.

use std::io::Cursor;
use std::path::Path;

use super::REQUEST;
use crate::agent::TurnFact;
use crate::cli::exit::{Ended, Exit, Failure};
use crate::cli::headless::Headless;
use crate::cli::{host, logging, output, run, setup};
use crate::diagnostic::{self, Diagnostic};
use crate::model::Source;
use crate::pipeline::oml::hunk::Decision;
use crate::pipeline::run::{RunFact, RunOutcome};
use crate::session::event::{Event, Fact};
use crate::session::wire::{Face, Manner, Wish};
use crate::session::{Command, State, catalogue, export};
use crate::store::Store;
use crate::workspace::Workspace;

pub fn walk(workspace: &Workspace, record: Option<&Path>) -> Ended {
    let _log = logging::start(workspace);
    let runtime = setup::runtime().map_err(|d| Failure::new(d, Exit::Other, false))?;
    let ended = runtime.block_on(stages(workspace, record));
    runtime.shutdown_background();
    ended
}

async fn stages(workspace: &Workspace, record: Option<&Path>) -> Ended {
    let manner = Manner { instant: true, record: host::absolute(record) };
    let mut session = Headless::new(host::attach(workspace, Wish::new(), Face::Verb, manner), false);
    session.until(|_, _| {}, |e, _| matches!(e.fact, Fact::Opened { .. })).await?;

    heading("ask");
    output::line(format!("  {REQUEST}"));
    match session.state.model.as_ref().map(|m| &m.source) {
        Some(Source::Live { base_url }) => output::line(format!("  (asked of the model at {base_url})")),
        _ => output::line("  (the model's words are RECORDED; everything else is done now)"),
    }
    session.send(Command::Send { text: REQUEST.to_owned() });
    session.until(tell_turn, |e, _| matches!(e.fact, Fact::Turn(TurnFact::TurnFinished { .. }))).await?;
    let Some(review) = session.state.review.clone() else {
        return Err(failed("the turn left no proposal", &session.state));
    };
    if diagnostic::has_errors(&session.state.diagnostics) {
        output::diagnostics(&session.state.diagnostics, Some(&review.text));
        return Err(failed("the proposal still has errors", &session.state));
    }

    heading("review");
    output::line(format!("  {}: {} hunks", review.file, review.hunks.len()));
    let unasked = review.hunks.len().saturating_sub(1);
    session.send(Command::Decide {
        proposal: review.proposal,
        hunk: u32::try_from(unasked).unwrap_or(0),
        decision: Decision::Rejected,
    });
    session.send(Command::DecideOpen { proposal: review.proposal, decision: Decision::Accepted });
    session.send(Command::Apply { proposal: review.proposal });
    session.until(|_, _| {}, |e, _| matches!(e.fact, Fact::Applied { .. } | Fact::Notice { .. })).await?;
    let Some(document) = session.state.document.clone() else {
        return Err(failed("the proposal was not written", &session.state));
    };
    output::line(format!("  rejected hunk {} (a step that was not asked for), accepted the others", unasked + 1));
    output::line(format!(
        "  wrote {} ({} lines, {})",
        document.file,
        document.text.lines().count(),
        diagnostic::summary(&session.state.diagnostics)
    ));

    heading("compile and run");
    session.send(Command::Run);
    session
        .until(tell_run, |e, _| {
            matches!(e.fact, Fact::CompileFailed { .. } | Fact::Run(RunFact::RunFinished { .. }) | Fact::Notice { .. })
        })
        .await?;
    let outcome = session.state.run.as_ref().and_then(|r| r.outcome);
    let id = session.state.session.clone();
    let live = session.close().await?;

    heading("replay");
    replay(workspace, &id, &live)?;
    match outcome {
        Some(RunOutcome::Succeeded) => {
            output::line(format!("\nThe demo went through. Look around: cd {} && pipesmith", workspace.root.display()));
            Ok(Exit::Success)
        }
        _ => Ok(Exit::Run),
    }
}

/// The journal and an export of it, folded, give the very state that was lived through.
fn replay(workspace: &Workspace, id: &str, live: &State) -> Result<(), Failure> {
    let other = |d: Diagnostic| Failure::new(d, Exit::Other, false);
    let store = Store::reach(&workspace.store()).map_err(other)?;
    let events = catalogue::events(&store, id).map_err(other)?;
    let mut bytes = Vec::new();
    export::export(id, &events, &mut bytes).map_err(|e| other(Diagnostic::error("export-failed", e.to_string())))?;
    let (_, imported) = export::read("the export", &mut Cursor::new(&bytes)).map_err(other)?;
    if State::fold(&events) != *live || State::fold(&imported) != *live {
        return Err(failed("the replayed session differs from the lived one", live));
    }
    output::line(format!(
        "  {} events replayed from the journal and from an export ({} bytes): the same state",
        events.len(),
        output::count(bytes.len() as u64)
    ));
    output::line(format!("  see it: pipesmith sessions replay {id}"));
    Ok(())
}

fn heading(name: &str) {
    output::line(format!("\n== {name}"));
}

fn failed(what: &str, state: &State) -> Failure {
    let diagnostic = Diagnostic::error("demo-failed", what)
        .source(format!("session {}", state.session))
        .why("a stage of the demo did not do what it should")
        .fix("`pipesmith sessions show last` tells what happened");
    Failure::new(diagnostic, Exit::Other, false)
}

fn tell_turn(event: &Event, _: &State) {
    let Fact::Turn(fact) = &event.fact else { return };
    match fact {
        TurnFact::ContextBuilt { contracts, discoveries, estimated_tokens, .. } => {
            heading("context");
            for shown in contracts {
                output::line(format!("  contract  {} {} {}", shown.name, shown.version, short(&shown.fingerprint)));
            }
            for shown in discoveries {
                output::line(format!(
                    "  discovery {} {} tables: {}{}",
                    shown.connection,
                    short(&shown.fingerprint),
                    shown.tables.join(", "),
                    shown.cache.as_ref().map(|cache| format!(" ({cache})")).unwrap_or_default()
                ));
            }
            output::line(format!("  about {estimated_tokens} tokens"));
        }
        TurnFact::ModelRequested { .. } => heading("answer"),
        TurnFact::ModelDelta { text, thinking: false, .. } => output::piece(&output::safe(text)),
        TurnFact::ModelFinished { .. } => output::line(""),
        TurnFact::ModelFailed { diagnostic, .. } => output::diagnostics(std::slice::from_ref(diagnostic), None),
        TurnFact::Checked { diagnostics, proposal, .. } => {
            heading("check");
            output::line(format!("  proposal {proposal}: {}", diagnostic::summary(diagnostics)));
            for d in diagnostics {
                let line = d.span.map_or(0, |s| s.line);
                output::line(format!("  {} [{}] line {line}: {}", d.severity, d.code, d.message));
                if let Some(fix) = &d.fix {
                    output::line(format!("      fix: {}", fix.text));
                }
            }
        }
        TurnFact::RepairRequested { attempt, of, errors } => {
            output::line(format!("  repair {attempt} of {of}: {errors} errors sent back to the model"));
        }
        _ => {}
    }
}

fn tell_run(event: &Event, _: &State) {
    match &event.fact {
        Fact::Compiled { build, manifest, duration_us, .. } => {
            output::line(format!("  compiled to {build} ({}) in {}", short(manifest), output::duration(*duration_us)));
        }
        Fact::CompileFailed { diagnostics, .. } => output::diagnostics(diagnostics, None),
        Fact::Run(fact) => run::print(fact),
        Fact::Notice { text, .. } => output::line(format!("  {}", output::safe(text))),
        _ => {}
    }
}

fn short(fingerprint: &str) -> String {
    fingerprint.trim_start_matches("sha256:").chars().take(12).collect()
}
