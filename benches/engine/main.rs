//! The engine beside what the systems' own programs can do: the same work in turns, results checked,
//! medians and ratios. `cargo xtask bench-engine [--rows N] [--runs N] [--only NAME]… [--write]`. Where
//! `BENCH_SLING` names the program of sling, it is measured too.
//!
//! Owns: the table of docs/reference/performance.md between the marks `engine-bench`. Does not own: the
//! servers; the environment names them (`cargo xtask servers` starts some).

mod data;
mod extra;
mod measure;
mod peer;
mod scenario;
mod system;
mod table;

use std::path::PathBuf;

use anyhow::{Context as _, bail};

use scenario::Scenario;

/// What to measure.
struct Options {
    rows: u64,
    runs: usize,
    only: Vec<String>,
    write: bool,
}

fn main() -> anyhow::Result<()> {
    let mut arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    // DuckDB as a process of its own, so that it is measured as the others are.
    if arguments.first().is_some_and(|first| first == measure::DUCKDB) {
        return system::duckdb(&arguments.split_off(1));
    }
    let options = options(&arguments)?;
    let systems = system::Systems::of_environment()?;
    let folder = tempfile::tempdir().context("a folder for the data")?;
    let bench = scenario::Bench { folder: folder.path().to_owned(), systems };
    eprintln!("{} rows in {}", options.rows, folder.path().display());
    data::write(&folder.path().join("data"), options.rows)?;
    bench.prepare()?;
    let mut lines = Vec::new();
    for scenario in scenario::ALL
        .iter()
        .filter(|scenario| options.only.is_empty() || options.only.iter().any(|name| name == scenario.name))
    {
        lines.push(compare(&bench, scenario, options.runs)?);
    }
    let mut text = String::new();
    if !lines.is_empty() {
        text.push_str(&table::table(&lines, options.rows, options.runs));
    }
    if options.only.is_empty() || options.only.iter().any(|name| name == extra::NAME) {
        text = format!("{text}\n{}", extra::table(&bench, options.runs)?);
    }
    println!("{text}");
    if options.write {
        let page = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/reference/performance.md");
        table::write(&page, &text)?;
    }
    Ok(())
}

fn options(arguments: &[String]) -> anyhow::Result<Options> {
    let mut options = Options { rows: 1_000_000, runs: 3, only: Vec::new(), write: false };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("{word} needs a value"));
        match word.as_str() {
            "--rows" => options.rows = value()?.parse().context("--rows takes a number")?,
            "--runs" => options.runs = value()?.parse::<usize>().context("--runs takes a number")?.max(1),
            "--only" => options.only.push(value()?.clone()),
            "--write" => options.write = true,
            other => bail!("{other} is no option: --rows N, --runs N, --only NAME, --write"),
        }
    }
    let known = |name: &String| name == extra::NAME || scenario::ALL.iter().any(|scenario| scenario.name == name);
    if let Some(name) = options.only.iter().find(|name| !known(name)) {
        let mut names: Vec<&str> = scenario::ALL.iter().map(|scenario| scenario.name).collect();
        names.push(extra::NAME);
        bail!("there is no work called {name}: {}", names.join(", "));
    }
    Ok(options)
}

/// Runs both in turns, and compares what came of it.
fn compare(bench: &scenario::Bench, scenario: &Scenario, runs: usize) -> anyhow::Result<table::Line> {
    let (mut limit, mut own) = (Vec::new(), Vec::new());
    let mut peer = table::Peer::default();
    for run in 0..runs {
        let mut results = Vec::with_capacity(2);
        for (command, figures) in [(bench.limit(scenario), &mut limit), (bench.own(scenario), &mut own)] {
            bench.reset(scenario)?;
            let figure = measure::run(command?)?;
            eprintln!("{} {run}: {:.2} s, {} MiB", scenario.name, figure.seconds, figure.peak_mib);
            figures.push(figure);
            results.push(bench.result(scenario)?);
        }
        if results[0] != results[1] {
            bail!("{}: the results differ: {} of the limit, {} of Pipesmith", scenario.name, results[0], results[1]);
        }
        if let Some(command) = peer::sling().and_then(|program| peer::command(bench, scenario, &program)) {
            bench.reset(scenario)?;
            let figure = measure::run(command)?;
            eprintln!("{} {run}: {:.2} s, {} MiB (sling)", scenario.name, figure.seconds, figure.peak_mib);
            peer.figures.push(figure);
            // What it can't write cannot be read back either.
            peer.same = bench.result(scenario).is_ok_and(|result| result == results[0]);
        }
    }
    Ok(table::Line {
        work: scenario.work,
        limit: scenario.limit,
        target: scenario.target,
        most_mib: scenario.most_mib,
        limits: limit,
        own,
        peer,
        sling: scenario.sling,
    })
}
