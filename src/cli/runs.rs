//! `pipesmith runs`: the records of runs.

use std::path::Path;

use serde_json::{Value, json};

use super::args::{CompareRunsArgs, GcArgs, ListRunsArgs, ReportArgs, RunsVerb, ShowRunArgs};
use super::exit::{Ended, Exit, Failure};
use super::output;
use super::place::Place;
use super::run::print;
use crate::diagnostic::Diagnostic;
use crate::pipeline::run::record::{self, Keep, Recorded};

pub fn run(verb: &RunsVerb) -> Ended {
    let json = match verb {
        RunsVerb::List(args) => args.json,
        RunsVerb::Show(args) => args.json,
        RunsVerb::Report(_) => false,
        RunsVerb::Compare(args) => args.json,
        RunsVerb::Gc(args) => args.json,
    };
    let failed = |diagnostic| Failure::new(diagnostic, Exit::Other, json);
    let place = Place::of(None).map_err(|d| Failure::new(d, Exit::Configuration, json))?;
    match verb {
        RunsVerb::List(args) => Ok(list(&place.root, args)),
        RunsVerb::Show(args) => show(&place.root, args).map_err(failed),
        RunsVerb::Report(args) => report(&place, args).map_err(failed),
        RunsVerb::Compare(args) => compare(&place.root, args).map_err(failed),
        RunsVerb::Gc(args) => gc(&place.root, args).map_err(failed),
    }
}

fn list(root: &Path, args: &ListRunsArgs) -> Exit {
    let mut all = record::list(root, args.pipeline.as_deref());
    all.truncate(args.limit);
    if args.json {
        let all: Vec<Value> = all.iter().map(brief).collect();
        output::json(&json!({ "ok": true, "runs": all }));
        return Exit::Success;
    }
    for recorded in &all {
        let status = &recorded.status;
        let rows: u64 = status.outputs.iter().map(|o| o.rows).sum();
        output::line(output::safe(&format!(
            "{}  {:<10} {}  {:>8}  {:>12} rows  {}",
            status.run,
            status.word(),
            status.started_at.get(..19).unwrap_or(&status.started_at),
            status.duration_us.map(output::duration).unwrap_or_default(),
            output::count(rows),
            status.pipeline
        )));
    }
    if all.is_empty() {
        output::note("Nothing has been run in this workspace yet.");
    }
    Exit::Success
}

fn brief(recorded: &Recorded) -> Value {
    let mut value = serde_json::to_value(&recorded.status).unwrap_or_default();
    value["status"] = recorded.status.word().into();
    value["folder"] = recorded.folder.display().to_string().into();
    value
}

fn show(root: &Path, args: &ShowRunArgs) -> Result<Exit, Diagnostic> {
    let recorded = record::find(root, &args.run)?;
    if args.json {
        let metrics = recorded.metrics()?;
        output::json(&json!({ "ok": true, "run": brief(&recorded), "metrics": metrics }));
        return Ok(Exit::Success);
    }
    for event in recorded.events()? {
        print(&event.fact);
    }
    if recorded.status.outcome.is_none() {
        output::line(format!("Run {}: {}", recorded.status.run, recorded.status.word()));
    }
    output::line(format!("Record: {}", recorded.folder.display()));
    Ok(Exit::Success)
}

fn report(place: &Place, args: &ReportArgs) -> Result<Exit, Diagnostic> {
    let recorded = record::find(&place.root, &args.run)?;
    let page = record::html(&recorded)?;
    let path = args.output.clone().unwrap_or_else(|| recorded.folder.join("report.html"));
    if path.as_os_str() == "-" {
        output::piece(&page);
        return Ok(Exit::Success);
    }
    std::fs::write(&path, page).map_err(|error| {
        Diagnostic::error("report-not-written", format!("{} can't be written: {error}", path.display()))
            .fix("give another file with --output, or - for standard output")
    })?;
    output::line(format!("Wrote {}", path.display()));
    Ok(Exit::Success)
}

fn compare(root: &Path, args: &CompareRunsArgs) -> Result<Exit, Diagnostic> {
    let after = record::find(root, &args.after)?;
    let before = match &args.before {
        Some(name) => record::find(root, name)?,
        None => record::list(root, Some(&after.status.pipeline))
            .into_iter()
            .find(|r| r.status.run < after.status.run)
            .ok_or_else(|| {
                Diagnostic::error("unknown-run", format!("{} has no run before this one", after.status.pipeline))
                    .fix("name the run to compare with")
            })?,
    };
    let found = record::compare(&before, &after)?;
    if args.json {
        output::json(&json!({ "ok": true, "comparison": found }));
        return Ok(Exit::Success);
    }
    let manifest = if found.same_manifest { "the same manifest" } else { "another manifest" };
    output::line(format!(
        "{} ({}) → {} ({}), {manifest}",
        found.before.0, found.before.1, found.after.0, found.after.1
    ));
    output::line(format!(
        "  time {} → {}, peak memory {} → {} MiB",
        output::duration(found.duration_us.0),
        output::duration(found.duration_us.1),
        found.peak_memory_bytes.0 >> 20,
        found.peak_memory_bytes.1 >> 20
    ));
    for change in &found.steps {
        let told = |m: &Option<record::StepMetrics>| match m {
            Some(m) => format!(
                "{} in, {} out, {}, {}",
                output::count(m.rows_in),
                output::count(m.rows_out),
                output::duration(m.duration_us),
                m.status
            ),
            None => "not there".to_owned(),
        };
        let mark = if change.differs() { "!" } else { " " };
        let line = format!("{mark} {}: {} → {}", change.step, told(&change.before), told(&change.after));
        output::line(output::safe(&line));
    }
    Ok(Exit::Success)
}

fn gc(root: &Path, args: &GcArgs) -> Result<Exit, Diagnostic> {
    let keep = Keep { last: args.keep, days: args.days };
    if keep == Keep::default() {
        return Err(Diagnostic::error("nothing-to-keep", "no rule says which records stay")
            .fix("give --keep N (of each pipeline), --days N, or both"));
    }
    let removed = record::gc(root, keep, jiff::Timestamp::now(), args.dry_run).map_err(|error| {
        Diagnostic::error("run-not-removed", "a record can't be removed")
            .why(error.to_string())
            .fix("check the permissions of run_logs/")
    })?;
    if args.json {
        let ids: Vec<&str> = removed.iter().map(|r| r.status.run.as_str()).collect();
        output::json(&json!({ "ok": true, "dry_run": args.dry_run, "removed": ids }));
        return Ok(Exit::Success);
    }
    let word = if args.dry_run { "Would remove" } else { "Removed" };
    for recorded in &removed {
        output::line(format!("{word} {}", recorded.folder.display()));
    }
    output::line(format!("{word} {} records", removed.len()));
    Ok(Exit::Success)
}
