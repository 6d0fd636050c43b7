//! A run as one page of HTML: no script, nothing from elsewhere.

mod graph;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::{Recorded, RunMetrics, StepMetrics};
use crate::connect::driver::dataset::Dataset;
use crate::diagnostic::{Diagnostic, Severity};
use crate::pipeline::run::{Column, Preview, RunFact};

/// Width of the row of bars.
const BAR: u64 = 300;
/// Lines about attempts, and columns of a data set, that are shown.
const LINES: usize = 500;
const COLUMNS: usize = 40;

const STYLE: &str = "
:root{--bg:#fff;--fg:#1b1f24;--dim:#59636e;--line:#d1d9e0;--ok:#1a7f37;--bad:#cf222e;--stop:#9a6700;--bar:#0969da}
@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--dim:#9198a1;--line:#3d444d;--ok:#3fb950;--bad:#f85149;--stop:#d29922;--bar:#4493f8}}
body{font:15px/1.5 system-ui,sans-serif;background:var(--bg);color:var(--fg);margin:2rem auto;max-width:70rem;padding:0 1rem}
h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}td.n,th.n{text-align:right}
code,pre{font:13px/1.45 ui-monospace,monospace}pre{overflow-x:auto;border:1px solid var(--line);padding:.6rem;border-radius:6px}
.dim{color:var(--dim)}td{overflow-wrap:anywhere}.finished,.succeeded{color:var(--ok)}.failed,.killed{color:var(--bad)}.stopped,.cancelled,.waiting,.skipped{color:var(--stop)}
.scroll{overflow-x:auto}svg text{fill:var(--fg);font:13px system-ui,sans-serif}svg .small{fill:var(--dim);font-size:11px}
svg rect.box{fill:var(--bg);stroke:var(--line);stroke-width:1.5}svg rect.finished{stroke:var(--ok)}svg rect.failed{stroke:var(--bad)}svg rect.stopped,svg rect.skipped{stroke:var(--stop)}
svg path{fill:none;stroke:var(--dim);opacity:.6}svg rect.bar{fill:var(--bar)}";

/// The page.
///
/// # Errors
/// A record that can't be read.
pub fn html(recorded: &Recorded) -> Result<String, Diagnostic> {
    let (metrics, manifest, events) = (recorded.metrics()?, recorded.manifest()?, recorded.events()?);
    let status = &recorded.status;
    let title = format!("{} · run {}", status.pipeline, status.run);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{}</title><style>{STYLE}</style></head><body>\n",
        escape(&title)
    );
    head(&mut page, recorded, &metrics);
    let facts = || events.iter().map(|event| &event.fact);
    page += "<h2>Steps</h2>\n<div class=\"scroll\">";
    graph::draw(&mut page, &manifest, &metrics);
    page += "</div>\n";
    table(&mut page, &metrics);
    checks(&mut page, &metrics);
    attempts(&mut page, facts());
    let failures: Vec<(&str, &Diagnostic)> = facts()
        .filter_map(|fact| match fact {
            RunFact::StepFailed { step, diagnostic, .. } => Some((step.as_str(), &**diagnostic)),
            _ => None,
        })
        .collect();
    if !failures.is_empty() {
        page += "<h2>What went wrong</h2>\n";
        failures.iter().for_each(|(step, diagnostic)| problem(&mut page, step, diagnostic));
    }
    touched(&mut page, facts());
    if !status.outputs.is_empty() {
        page += "<h2>Written</h2>\n<table><tr><th>Step</th><th>Where</th><th class=\"n\">Rows</th><th class=\"n\">Bytes</th></tr>\n";
        for output in &status.outputs {
            let _ = writeln!(
                page,
                "<tr><td>{}</td><td><code>{}</code></td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
                escape(&output.step),
                escape(&output.path),
                output.rows,
                output.bytes
            );
        }
        page += "</table>\n";
    }
    for fact in facts() {
        if let RunFact::RunFinished { previews, .. } = fact {
            previews.iter().for_each(|preview| rows(&mut page, preview));
        }
    }
    page += "</body></html>\n";
    Ok(page)
}

fn head(page: &mut String, recorded: &Recorded, metrics: &RunMetrics) {
    let (status, word) = (&recorded.status, recorded.status.word());
    let _ = writeln!(
        page,
        "<h1>{}</h1><p><strong class=\"{word}\">{word}</strong> <span class=\"dim\">run {} · began {} · {} · peak memory {} MiB · manifest {}</span></p>",
        escape(&status.pipeline),
        escape(&status.run),
        escape(&status.started_at),
        duration(metrics.duration_us),
        metrics.peak_memory_bytes >> 20,
        escape(status.manifest.get(..19).unwrap_or(&status.manifest)),
    );
}

fn table(page: &mut String, metrics: &RunMetrics) {
    page.push_str("<table><tr><th>Step</th><th>Status</th><th class=\"n\">Rows in</th><th class=\"n\">Rows out</th><th class=\"n\">Bytes</th><th class=\"n\">Rows/s</th><th class=\"n\" title=\"the most that the whole process held while the step was at work\">Memory</th><th class=\"n\">Time</th><th>When</th></tr>\n");
    let ends = metrics.steps.iter().map(|s| s.started_us + s.duration_us);
    let whole = ends.chain([metrics.duration_us, 1]).max().unwrap_or(1);
    for step in &metrics.steps {
        let StepMetrics { status, started_us, duration_us, rows_in, rows_out, bytes_out, attempts, .. } = step;
        let x = started_us * BAR / whole;
        let width = (duration_us * BAR / whole).clamp(1, BAR);
        let tries =
            if *attempts > 1 { format!(" <span class=\"dim\">({attempts} attempts)</span>") } else { String::new() };
        let rate = u128::from(*rows_in.max(rows_out)) * 1_000_000 / u128::from((*duration_us).max(1));
        let rate = if *duration_us > 0 { count(u64::try_from(rate).unwrap_or(u64::MAX)) } else { String::new() };
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td class=\"{status}\">{status}{tries}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{rate}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td><svg width=\"{BAR}\" height=\"14\"><rect class=\"bar\" x=\"{x}\" y=\"2\" width=\"{width}\" height=\"10\" rx=\"2\"/></svg></td></tr>",
            escape(&step.step),
            count(*rows_in),
            count(*rows_out),
            size(*bytes_out),
            size(step.process_peak_memory_bytes),
            duration(*duration_us),
            status = escape(status),
        );
    }
    page.push_str("</table>\n");
}

/// What the checks found, and rows that were taken out.
fn checks(page: &mut String, metrics: &RunMetrics) {
    if metrics.steps.iter().any(|step| !step.checks.is_empty()) {
        page.push_str("<h2>Checks</h2>\n<table><tr><th>Step</th><th>Check</th><th>Result</th><th class=\"n\">Rows</th><th>Found</th></tr>\n");
        for (step, check) in metrics.steps.iter().flat_map(|step| step.checks.iter().map(move |check| (step, check))) {
            let class = match check.word() {
                "passed" => "finished",
                "failed" => "failed",
                _ => "stopped",
            };
            let sample: Vec<String> = check.sample.iter().map(|row| escape(row)).collect();
            let _ = writeln!(
                page,
                "<tr><td>{}</td><td>{}</td><td class=\"{class}\">{}</td><td class=\"n\">{}</td><td>{}<br><span class=\"dim\">{}</span></td></tr>",
                escape(&step.step),
                escape(&check.label()),
                check.word(),
                check.offending,
                escape(&check.told),
                sample.join("<br>")
            );
        }
        page.push_str("</table>\n");
    }
    if metrics.steps.iter().any(|step| !step.rejected.is_empty()) {
        page.push_str("<h2>Rejected rows</h2>\n<table><tr><th>Step</th><th class=\"n\">Rows</th><th>Kept in</th><th>Why</th></tr>\n");
        for (step, rejected) in metrics.steps.iter().flat_map(|step| step.rejected.iter().map(move |r| (step, r))) {
            let why: Vec<String> =
                rejected.reasons.iter().map(|(reason, rows)| format!("{rows} × {}", escape(reason))).collect();
            let _ = writeln!(
                page,
                "<tr><td>{}</td><td class=\"n\">{}</td><td><code>{}</code></td><td>{}</td></tr>",
                escape(&step.step),
                rejected.rows,
                escape(&rejected.file),
                why.join("<br>")
            );
        }
        page.push_str("</table>\n");
    }
}

/// What was tried again, taken from elsewhere, left out or kept.
fn attempts<'a>(page: &mut String, facts: impl Iterator<Item = &'a RunFact>) {
    let line = |fact: &RunFact| match fact {
        RunFact::StepRetried { step, attempt, of, wait_us, code, reason, alone } => {
            let whom = if *alone { "by itself" } else { "with the steps it works with" };
            Some((
                step.clone(),
                format!("attempt {attempt} of {of} after {}, {whom}: {reason} [{code}]", duration(*wait_us)),
            ))
        }
        RunFact::StepReused { step, run, rows } => {
            Some((step.clone(), format!("{} rows that run {run} kept were taken", count(*rows))))
        }
        RunFact::StepSkipped { step, reason } => Some((step.clone(), format!("left out: {reason}"))),
        RunFact::StepKept { step, problem: Some(problem), .. } => Some((step.clone(), format!("not kept: {problem}"))),
        RunFact::StepKept { step, rows, bytes, .. } => {
            Some((step.clone(), format!("{} rows kept, {}", count(*rows), size(*bytes))))
        }
        _ => None,
    };
    let lines: Vec<(String, String)> = facts.filter_map(line).take(LINES).collect();
    if lines.is_empty() {
        return;
    }
    page.push_str("<h2>Attempts</h2>\n<table>\n");
    for (step, what) in lines {
        let _ = writeln!(page, "<tr><td><code>{}</code></td><td>{}</td></tr>", escape(&step), escape(&what));
    }
    page.push_str("</table>\n");
}

/// The data sets that were read and written, and their columns.
fn touched<'a>(page: &mut String, facts: impl Iterator<Item = &'a RunFact> + Clone) {
    let datasets: BTreeMap<&str, (&Dataset, bool)> = facts
        .clone()
        .filter_map(|fact| match fact {
            RunFact::StepDataset { step, dataset, written } => Some((step.as_str(), (dataset, *written))),
            _ => None,
        })
        .collect();
    let columns: BTreeMap<&str, &[Column]> = facts
        .filter_map(|fact| match fact {
            RunFact::StepColumns { step, columns } => Some((step.as_str(), columns.as_slice())),
            _ => None,
        })
        .collect();
    if datasets.is_empty() && columns.is_empty() {
        return;
    }
    page.push_str("<h2>Data</h2>\n<table><tr><th>Step</th><th>Reads or writes</th><th>Columns</th></tr>\n");
    for step in datasets.keys().chain(columns.keys()).collect::<BTreeSet<_>>() {
        let what = datasets.get(*step).map_or_else(String::new, |(dataset, written)| {
            let verb = if *written { "writes" } else { "reads" };
            format!("{verb} <code>{} {}</code>", escape(&dataset.namespace), escape(&dataset.name))
        });
        let all = columns.get(*step).copied().unwrap_or_default();
        let shown = all
            .iter()
            .take(COLUMNS)
            .map(|c| format!("{} <span class=\"dim\">{}</span>", escape(&c.name), escape(&c.data_type)));
        let mut shown = shown.collect::<Vec<_>>().join(", ");
        if all.len() > COLUMNS {
            let _ = write!(shown, " and {} more", all.len() - COLUMNS);
        }
        let _ = writeln!(page, "<tr><td>{}</td><td>{what}</td><td>{shown}</td></tr>", escape(step));
    }
    page.push_str("</table>\n");
}

fn problem(page: &mut String, step: &str, d: &Diagnostic) {
    let word = if d.severity == Severity::Error { "failed" } else { "stopped" };
    let _ = write!(
        page,
        "<p><strong class=\"{word}\">{}</strong> in step <code>{}</code>: {}",
        escape(&d.code),
        escape(step),
        escape(&d.message)
    );
    if let Some(why) = &d.why {
        let _ = write!(page, "<br>why: {}", escape(why));
    }
    if let Some(fix) = &d.fix {
        let _ = write!(page, "<br>fix: {}", escape(&fix.text));
    }
    page.push_str("</p>\n");
}

fn rows(page: &mut String, preview: &Preview) {
    let _ = write!(
        page,
        "<h2>First rows of <code>{}</code> <span class=\"dim\">({} of {})</span></h2>\n<div class=\"scroll\"><table><tr>",
        escape(&preview.path),
        preview.rows.len(),
        preview.total
    );
    for column in &preview.columns {
        let _ = write!(page, "<th>{}</th>", escape(column));
    }
    page.push_str("</tr>\n");
    for row in &preview.rows {
        page.push_str("<tr>");
        for cell in row {
            match cell {
                Some(text) => drop(write!(page, "<td>{}</td>", escape(text))),
                None => page.push_str("<td class=\"dim\">NULL</td>"),
            }
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</table></div>\n");
}

/// `1,234,567`
fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `12 kB`; nothing of nothing.
fn size(bytes: u64) -> String {
    match bytes {
        0 => String::new(),
        1..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        1_000_000..10_000_000_000 => format!("{} MB", count(bytes / 1_000_000)),
        _ => format!("{} GB", count(bytes / 1_000_000_000)),
    }
}

fn duration(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..1_000_000 => format!("{:.1} ms", us as f64 / 1e3),
        _ => format!("{:.2} s", us as f64 / 1e6),
    }
}

/// Text as HTML: what came from a document or a database is never markup, and holds no secret.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in crate::secret::hide(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() && c != '\n' && c != '\t' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_no_markup() {
        assert_eq!(escape("<script>'\"&\u{1b}"), "&lt;script&gt;&#39;&quot;&amp;\u{fffd}");
    }
}
