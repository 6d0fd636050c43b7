//! `pipesmith run`

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::args::RunArgs;
use super::exit::{Ended, Exit, Failure};
use super::{compile, output, setup};
use crate::diagnostic::Diagnostic;
use crate::pipeline::run::{
    CheckOutcome, Extent, Job, Limits, LocalEngine, Preview, Rejected, RunFact, RunOutcome, new_run_id, perform,
};

pub fn run(args: &RunArgs) -> Ended {
    let built = match compile::build(&args.build, None)? {
        Ok(built) => built,
        Err(exit) => return Ok(exit),
    };
    let manifest = built.compiled.manifest().map_err(|d| Failure::new(d, Exit::Compile, args.build.json))?;
    let limits = built.place.limits();
    let job = Job {
        manifest: Arc::new(manifest),
        root: built.place.root.clone(),
        run: new_run_id(),
        connections: Arc::new(built.connections),
        limits: Limits { memory_bytes: args.memory.unwrap_or(limits.memory_bytes), ..limits },
        extent: Extent { limit: args.limit, dry: args.dry_run },
    };
    let runtime = setup::runtime().map_err(|d| Failure::new(d, Exit::Other, args.build.json))?;
    let face = Face { json: args.build.json, events: args.events, bar: progress_bar(args) };
    let told = runtime.block_on(drive(job, &face));
    runtime.shutdown_background();
    if args.build.json {
        output::json(&told.to_json());
    }
    Ok(if told.outcome == RunOutcome::Succeeded { Exit::Success } else { Exit::Run })
}

struct Face {
    json: bool,
    events: bool,
    bar: Option<ProgressBar>,
}

/// What a run told, for `--json`.
struct Told {
    run: String,
    outcome: RunOutcome,
    facts: Vec<RunFact>,
}

fn progress_bar(args: &RunArgs) -> Option<ProgressBar> {
    let wanted = !args.build.json && !args.events && std::io::stderr().is_terminal();
    wanted.then(|| {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    })
}

async fn drive(job: Job, face: &Face) -> Told {
    let cancel = CancellationToken::new();
    let on_interrupt = cancel.clone();
    tokio::spawn(async move {
        if interrupted().await {
            on_interrupt.cancel();
        }
    });
    let mut told = Told { run: job.run.clone(), outcome: RunOutcome::Failed, facts: Vec::new() };
    let mut progress = BTreeMap::new();
    let running = perform(&LocalEngine, job, cancel, |fact| {
        tell(face, &fact, &mut progress);
        if !matches!(fact, RunFact::StepProgress { .. }) {
            told.facts.push(fact);
        }
    });
    told.outcome = running.await;
    told
}

/// Waits for Ctrl-C or SIGTERM.
pub async fn interrupted() -> bool {
    let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
    match terminate {
        Ok(mut terminate) => tokio::select! {
            pressed = tokio::signal::ctrl_c() => pressed.is_ok(),
            got = terminate.recv() => got.is_some(),
        },
        Err(_) => tokio::signal::ctrl_c().await.is_ok(),
    }
}

fn tell(face: &Face, fact: &RunFact, progress: &mut BTreeMap<String, u64>) {
    if face.events {
        output::line(serde_json::to_string(fact).unwrap_or_default());
        return;
    }
    if face.json {
        return;
    }
    if let (Some(bar), RunFact::StepProgress { step, rows_in, rows_out }) = (&face.bar, fact) {
        progress.insert(step.clone(), (*rows_in).max(*rows_out));
        let parts: Vec<String> =
            progress.iter().map(|(step, rows)| format!("{step} {}", output::count(*rows))).collect();
        bar.set_message(output::safe(&parts.join(" · ")));
    }
    let show = || print(fact);
    match &face.bar {
        Some(bar) => {
            if matches!(fact, RunFact::RunFinished { .. }) {
                bar.finish_and_clear();
            }
            bar.suspend(show);
        }
        None => show(),
    }
}

/// A run's fact as people read it.
pub fn print(fact: &RunFact) {
    match fact {
        RunFact::RunStarted { run, pipeline, engine, steps, .. } => {
            output::line(format!("Run {run}: {pipeline} on {engine}, {} steps", steps.len()));
        }
        RunFact::StepFinished { step, rows_in, rows_out, duration_us, .. } => {
            let rows = format!("{} rows in, {} out", output::count(*rows_in), output::count(*rows_out));
            output::line(format!("  ok       {step}: {rows}, {}", output::duration(*duration_us)));
        }
        RunFact::StepChecked { step, checks } => checks.iter().for_each(|check| print_check(step, check)),
        RunFact::StepRejected { step, rejected } => {
            let rows = output::count(rejected.rows);
            output::line(output::safe(&format!("  rejected {step}: {rows} rows, see {}", rejected.file)));
            for (reason, rows) in &rejected.reasons {
                output::line(output::safe(&format!("           {} × {reason}", output::count(*rows))));
            }
        }
        RunFact::StepFailed { step, diagnostic, .. } => {
            output::line(format!("  failed   {step}"));
            output::diagnostics(std::slice::from_ref(diagnostic), None);
        }
        RunFact::StepStopped { step, reason } => output::line(format!("  stopped  {step}: {reason}")),
        RunFact::RunFinished { outcome, duration_us, outputs, previews, .. } => {
            let word = match outcome {
                RunOutcome::Succeeded => "succeeded",
                RunOutcome::Failed => "failed; no half-written output was left",
                RunOutcome::Cancelled => "was interrupted; no half-written output was left",
            };
            output::line(format!("Run {word} ({})", output::duration(*duration_us)));
            for written in outputs {
                output::line(format!(
                    "  wrote {}: {} rows, {} bytes",
                    output::safe(&written.path),
                    output::count(written.rows),
                    output::count(written.bytes)
                ));
            }
            for preview in previews {
                output::piece(&table(preview));
            }
        }
        RunFact::StepStarted { .. } | RunFact::StepProgress { .. } => {}
    }
}

/// What a check found; the rows only where it did not pass.
fn print_check(step: &str, check: &CheckOutcome) {
    let mark = if check.passed { "check ok" } else { "check   " };
    let word = if check.passed { String::new() } else { format!(", {}", check.word()) };
    output::line(output::safe(&format!("  {mark} {step}: {}: {}{word}", check.label(), check.told)));
    for row in check.sample.iter().filter(|_| !check.passed) {
        output::line(output::safe(&format!("           {row}")));
    }
}

/// The first rows of an output as a table.
fn table(preview: &Preview) -> String {
    const CELL: usize = 28;
    let cut = |text: &str| -> String {
        let clean = output::safe(text).replace(['\n', '\t'], " ");
        if clean.chars().count() > CELL { clean.chars().take(CELL - 1).chain(['…']).collect() } else { clean }
    };
    let mut rows: Vec<Vec<String>> = vec![preview.columns.iter().map(|c| cut(c)).collect()];
    rows.extend(
        preview
            .rows
            .iter()
            .map(|row| row.iter().map(|cell| cell.as_deref().map_or_else(|| "NULL".to_owned(), &cut)).collect()),
    );
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |at: usize| {
        rows.iter()
            .filter_map(|r| r.get(at))
            .map(|c| unicode_width::UnicodeWidthStr::width(c.as_str()))
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = format!(
        "  first {} of {} rows of {}:\n",
        preview.rows.len(),
        output::count(preview.total),
        output::safe(&preview.path)
    );
    for row in &rows {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| {
                format!(
                    "{cell}{}",
                    " ".repeat(width.saturating_sub(unicode_width::UnicodeWidthStr::width(cell.as_str())))
                )
            })
            .collect();
        out.push_str(format!("    {}", cells.join("  ")).trim_end());
        out.push('\n');
    }
    out
}

impl Told {
    fn to_json(&self) -> serde_json::Value {
        let failures: Vec<&Diagnostic> = self
            .facts
            .iter()
            .filter_map(|f| match f {
                RunFact::StepFailed { diagnostic, .. } => Some(diagnostic),
                _ => None,
            })
            .collect();
        let checks = |of: &str| -> Vec<&CheckOutcome> {
            let of_step = self.facts.iter().filter_map(|fact| match fact {
                RunFact::StepChecked { step, checks } if step == of => Some(checks),
                _ => None,
            });
            of_step.flatten().collect()
        };
        let rejected = |of: &str| -> Vec<&Rejected> {
            let of_step = self.facts.iter().filter_map(|fact| match fact {
                RunFact::StepRejected { step, rejected } if step == of => Some(rejected),
                _ => None,
            });
            of_step.collect()
        };
        let mut steps: Vec<_> = self
            .facts
            .iter()
            .filter_map(|f| match f {
                RunFact::StepFinished { step, rows_in, rows_out, duration_us, .. } => {
                    Some(json!({ "step": step, "status": "finished", "rows_in": rows_in, "rows_out": rows_out, "duration_us": duration_us }))
                }
                RunFact::StepFailed { step, .. } => Some(json!({ "step": step, "status": "failed" })),
                RunFact::StepStopped { step, reason } => Some(json!({ "step": step, "status": "stopped", "reason": reason })),
                _ => None,
            })
            .collect();
        // In the order of the manifest: steps end in an order that differs from run to run.
        let planned: Vec<&str> = self
            .facts
            .iter()
            .find_map(|f| match f {
                RunFact::RunStarted { steps, .. } => Some(steps.iter().map(|s| s.id.as_str()).collect()),
                _ => None,
            })
            .unwrap_or_default();
        for told in &mut steps {
            let id = told["step"].as_str().unwrap_or_default().to_owned();
            let (checks, rejected) = (checks(&id), rejected(&id));
            if !checks.is_empty() {
                told["checks"] = json!(checks);
            }
            if !rejected.is_empty() {
                told["rejected"] = json!(rejected);
            }
        }
        steps.sort_by_key(|told| planned.iter().position(|id| told["step"] == *id));
        let ended = self.facts.iter().find_map(|f| match f {
            RunFact::RunFinished { duration_us, outputs, previews, .. } => {
                Some(json!({ "duration_us": duration_us, "outputs": outputs, "previews": previews }))
            }
            _ => None,
        });
        json!({
            "ok": self.outcome == RunOutcome::Succeeded,
            "run": self.run,
            "outcome": self.outcome,
            "steps": steps,
            "result": ended,
            "diagnostics": failures,
        })
    }
}
