//! A run's facts as people read them.

use crate::cli::output;
use crate::pipeline::run::{Preview, RunFact, RunOutcome};

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
        RunFact::StepRetried { step, attempt, of, wait_us, code, reason, alone } => {
            let whom = if *alone { "" } else { ", with the steps it works with" };
            let when = format!("{attempt} of {of} in {}{whom}", output::duration(*wait_us));
            output::line(output::safe(&format!("  again    {step}: {when}: {reason} [{code}]")));
        }
        RunFact::StepSkipped { step, reason } => output::line(format!("  left     {step}: {reason}")),
        RunFact::StepReused { step, run, rows } => {
            output::line(format!("  taken    {step}: {} rows that run {run} kept", output::count(*rows)));
        }
        RunFact::StepKept { step, problem: Some(problem), .. } => {
            output::line(output::safe(&format!("  not kept {step}: {problem}")));
        }
        RunFact::StepStarted { .. }
        | RunFact::StepProgress { .. }
        | RunFact::StepColumns { .. }
        | RunFact::StepDataset { .. }
        | RunFact::StepKept { .. }
        | RunFact::StepWrote { .. }
        | RunFact::StepMeasured { .. } => {}
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
