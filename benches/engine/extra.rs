//! What is done beyond moving rows, and what it costs: the same work with it and without, in turns.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::measure::{self, Figure};
use super::scenario::{ALL, Bench};
use super::table::median;

/// What this is called among the works.
pub const NAME: &str = "extra";

const CHECKS: &str = ", expect: [{check: not_null, columns: [id, status, amount]}, {check: unique, column: id}, \
     {check: accepted_values, column: is_paid, values: [true, false]}, {check: row_count, min: 1}, \
     {check: range, column: amount, min: -1000000}, {check: pattern, column: country, pattern: '^[A-Z]{2}$'}]}";

/// A way to do the work: what it is called, what is put at the end of the last step, what the command is told.
const WAYS: [(&str, &str, &[&str]); 3] =
    [("as it is", "}", &[]), ("six checks of the rows that are written", CHECKS, &[]), ("`--keep`", "}", &["--keep"])];

/// Measures CSV → PostgreSQL in each way; a table.
pub fn table(bench: &Bench, runs: usize) -> anyhow::Result<String> {
    let work = &ALL[0];
    let mut figures: [Vec<Figure>; WAYS.len()] = Default::default();
    for run in 0..runs {
        let mut results = Vec::new();
        for ((name, end, words), figures) in WAYS.iter().zip(&mut figures) {
            bench.reset(work)?;
            let file: PathBuf = bench.folder.join("extra.yaml");
            let plain = std::fs::read_to_string(bench.folder.join(format!("{}.yaml", work.name)))?;
            let last = plain.trim_end().strip_suffix('}').unwrap_or(&plain);
            std::fs::write(&file, format!("{last}{end}\n"))?;
            let mut command = bench.run(&file);
            let figure = measure::run({
                command.args(*words);
                command
            })?;
            eprintln!("{name} {run}: {:.2} s, {} MiB", figure.seconds, figure.peak_mib);
            figures.push(figure);
            results.push(bench.result(work)?);
        }
        anyhow::ensure!(results.windows(2).all(|pair| pair[0] == pair[1]), "the results differ: {results:?}");
    }
    let plain = median(&figures[0]);
    let mut text = format!("{}, median of {runs} runs in turns:\n\n", work.work);
    text.push_str("| How | s | Times as long | Peak memory |\n|---|---|---|---|\n");
    for ((name, ..), figures) in WAYS.iter().zip(&figures) {
        let peak = figures.iter().map(|figure| figure.peak_mib).max().unwrap_or(0);
        let _ = writeln!(text, "| {name} | {:.2} | {:.2} | {peak} MiB |", median(figures), median(figures) / plain);
    }
    Ok(text)
}
