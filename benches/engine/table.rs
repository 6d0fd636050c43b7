//! What was measured, as a table of the docs.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;

use super::measure::Figure;

const BEGIN: &str = "<!-- engine-bench: written by `cargo xtask bench-engine --write` -->";
const END: &str = "<!-- engine-bench ends -->";

/// A work, done by both.
pub struct Line {
    pub work: &'static str,
    pub limit: &'static str,
    /// The ratio that is asked for.
    pub target: f64,
    pub most_mib: u64,
    pub limits: Vec<Figure>,
    pub own: Vec<Figure>,
    pub peer: Peer,
    /// How many times as long sling is to take at least.
    pub sling: Option<f64>,
}

/// What another tool took.
#[derive(Default)]
pub struct Peer {
    pub figures: Vec<Figure>,
    /// Whether the result was the same.
    pub same: bool,
}

/// The table.
pub fn table(lines: &[Line], rows: u64, runs: usize) -> String {
    let mut text = format!("{rows} rows, median of {runs} runs in turns; the results were compared.\n\n");
    text.push_str("| Work | Beside | Beside, s | Pipesmith, s | Ratio | Target | Peak memory | Target |\n|---|---|---|---|---|---|---|---|\n");
    for line in lines {
        let (limit, own) = (median(&line.limits), median(&line.own));
        let peak = line.own.iter().map(|figure| figure.peak_mib).max().unwrap_or(0);
        let _ = writeln!(
            text,
            "| {} | {} | {limit:.2} | {own:.2} | {:.2} | ≤ {} | {peak} MiB | ≤ {} MiB |",
            line.work,
            line.limit,
            own / limit,
            line.target,
            line.most_mib
        );
    }
    if lines.iter().any(|line| !line.peer.figures.is_empty()) {
        text.push_str(
            "\n| Work | sling, s | Times as long | Target | Peak memory | Same result |\n|---|---|---|---|---|---|\n",
        );
    }
    for line in lines.iter().filter(|line| !line.peer.figures.is_empty()) {
        let (sling, own) = (median(&line.peer.figures), median(&line.own));
        let peak = line.peer.figures.iter().map(|figure| figure.peak_mib).max().unwrap_or(0);
        let target = line.sling.map_or_else(String::new, |target| format!("≥ {target}"));
        let same = if line.peer.same { "yes" } else { "no" };
        let _ = writeln!(text, "| {} | {sling:.2} | {:.1} | {target} | {peak} MiB | {same} |", line.work, sling / own);
    }
    text
}

pub fn median(figures: &[Figure]) -> f64 {
    let mut seconds: Vec<f64> = figures.iter().map(|figure| figure.seconds).collect();
    seconds.sort_by(f64::total_cmp);
    match seconds.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => seconds[count / 2],
        count => (seconds[count / 2 - 1] + seconds[count / 2]) / 2.0,
    }
}

/// Puts it between the marks of a page.
pub fn write(page: &Path, table: &str) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(page)?;
    let (before, rest) = text.split_once(BEGIN).context("the page has no mark where the table begins")?;
    let (_, after) = rest.split_once(END).context("the page has no mark where the table ends")?;
    std::fs::write(page, format!("{before}{BEGIN}\n\n{table}\n{END}{after}"))?;
    Ok(())
}
