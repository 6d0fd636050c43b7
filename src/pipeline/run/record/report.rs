//! A run as one page of HTML: no script, nothing from elsewhere.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::{Recorded, RunMetrics, StepMetrics};
use crate::diagnostic::{Diagnostic, Severity};
use crate::pipeline::compile::Manifest;
use crate::pipeline::run::{Preview, RunFact};

/// Size of a box of the graph, and the room between two.
const BOX: (u32, u32) = (190, 56);
const GAP: (u32, u32) = (60, 24);
/// Width of the row of bars.
const BAR: u64 = 460;

const STYLE: &str = "
:root{--bg:#fff;--fg:#1b1f24;--dim:#59636e;--line:#d1d9e0;--ok:#1a7f37;--bad:#cf222e;--stop:#9a6700;--bar:#0969da}
@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--dim:#9198a1;--line:#3d444d;--ok:#3fb950;--bad:#f85149;--stop:#d29922;--bar:#4493f8}}
body{font:15px/1.5 system-ui,sans-serif;background:var(--bg);color:var(--fg);margin:2rem auto;max-width:70rem;padding:0 1rem}
h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}td.n,th.n{text-align:right}
code,pre{font:13px/1.45 ui-monospace,monospace}pre{overflow-x:auto;border:1px solid var(--line);padding:.6rem;border-radius:6px}
.dim{color:var(--dim)}.finished,.succeeded{color:var(--ok)}.failed,.killed{color:var(--bad)}.stopped,.cancelled,.waiting{color:var(--stop)}
.scroll{overflow-x:auto}svg text{fill:var(--fg);font:13px system-ui,sans-serif}svg .small{fill:var(--dim);font-size:11px}
svg rect.box{fill:none;stroke:var(--line);stroke-width:1.5}svg rect.finished{stroke:var(--ok)}svg rect.failed{stroke:var(--bad)}svg rect.stopped{stroke:var(--stop)}
svg path{fill:none;stroke:var(--dim)}svg rect.bar{fill:var(--bar)}";

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
    page += "<h2>Steps</h2>\n<div class=\"scroll\">";
    graph(&mut page, &manifest, &metrics);
    page += "</div>\n";
    table(&mut page, &metrics);
    checks(&mut page, &metrics);
    let facts = || events.iter().map(|event| &event.fact);
    let failures: Vec<(&str, &Diagnostic)> = facts()
        .filter_map(|fact| match fact {
            RunFact::StepFailed { step, diagnostic, .. } => Some((step.as_str(), diagnostic)),
            _ => None,
        })
        .collect();
    if !failures.is_empty() {
        page += "<h2>What went wrong</h2>\n";
        failures.iter().for_each(|(step, diagnostic)| problem(&mut page, step, diagnostic));
    }
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

/// The graph: each step in the column behind those it needs.
fn graph(page: &mut String, manifest: &Manifest, metrics: &RunMetrics) {
    let mut column: HashMap<&str, u32> = HashMap::new();
    let mut used: HashMap<u32, u32> = HashMap::new();
    let mut place: HashMap<&str, (u32, u32)> = HashMap::new();
    // Steps stand after those that they need.
    for step in &manifest.steps {
        let at = step.needs.iter().filter_map(|need| column.get(need.as_str())).max().map_or(0, |c| c + 1);
        column.insert(&step.id, at);
        let row = used.entry(at).or_default();
        place.insert(&step.id, (at * (BOX.0 + GAP.0) + 2, *row * (BOX.1 + GAP.1) + 2));
        *row += 1;
    }
    let width = (column.values().max().unwrap_or(&0) + 1) * (BOX.0 + GAP.0);
    let height = used.values().max().unwrap_or(&1) * (BOX.1 + GAP.1);
    let _ =
        writeln!(page, "<svg width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"The graph of steps\">");
    let of = |id: &str| metrics.steps.iter().find(|s| s.step == id);
    for step in &manifest.steps {
        let Some((x, y)) = place.get(step.id.as_str()) else { continue };
        for (from_x, from_y) in step.needs.iter().filter_map(|need| place.get(need.as_str())) {
            let (start, end) = (from_x + BOX.0, from_y + BOX.1 / 2);
            let middle = start + (x - start) / 2;
            let _ = writeln!(
                page,
                "<path d=\"M{start} {end} C{middle} {end} {middle} {to} {x} {to}\"/>",
                to = y + BOX.1 / 2
            );
        }
        let status = of(&step.id).map_or("waiting", |m| m.status.as_str());
        let rows = of(&step.id).map_or(0, |m| m.rows_out);
        let _ = writeln!(
            page,
            "<rect class=\"box {status}\" x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" rx=\"6\"/><text x=\"{tx}\" y=\"{}\">{}</text><text class=\"small\" x=\"{tx}\" y=\"{}\">{}</text><text class=\"small\" x=\"{tx}\" y=\"{}\">{status}, {rows} rows</text>",
            BOX.0,
            BOX.1,
            y + 19,
            escape(&short(&step.id, 24)),
            y + 34,
            escape(&short(&step.component, 30)),
            y + 48,
            status = escape(status),
            tx = x + 10,
        );
    }
    page.push_str("</svg>");
}

fn table(page: &mut String, metrics: &RunMetrics) {
    page.push_str("<table><tr><th>Step</th><th>Status</th><th class=\"n\">Rows in</th><th class=\"n\">Rows out</th><th class=\"n\">Time</th><th>When</th></tr>\n");
    let ends = metrics.steps.iter().map(|s| s.started_us + s.duration_us);
    let whole = ends.chain([metrics.duration_us, 1]).max().unwrap_or(1);
    for StepMetrics { step, status, started_us, duration_us, rows_in, rows_out, .. } in &metrics.steps {
        let x = started_us * BAR / whole;
        let width = (duration_us * BAR / whole).clamp(1, BAR);
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td class=\"{status}\">{status}</td><td class=\"n\">{rows_in}</td><td class=\"n\">{rows_out}</td><td class=\"n\">{}</td><td><svg width=\"{BAR}\" height=\"14\"><rect class=\"bar\" x=\"{x}\" y=\"2\" width=\"{width}\" height=\"10\" rx=\"2\"/></svg></td></tr>",
            escape(step),
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

fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most - 1).chain(['…']).collect() }
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
