//! `pipesmith discover`

use std::time::Instant;

use serde_json::json;
use unicode_width::UnicodeWidthStr;

use super::args::DiscoverArgs;
use super::exit::{Ended, Exit, Failure};
use super::place::{self, Place};
use super::{output, setup};
use crate::connect::Connections;
use crate::connect::discovery::{
    Cache, Column, Component, Discovery, Found, Options, Origin, Request, RowCount, Samples, Table, printable,
    samples_of,
};
use crate::diagnostic::Diagnostic;
use crate::store::Store;

/// More tables than this are only listed.
const IN_FULL: usize = 20;
/// Characters of a cell.
const CELL: usize = 40;

pub fn run(args: &DiscoverArgs) -> Ended {
    let wrong = |diagnostic| Failure::new(diagnostic, Exit::Configuration, args.json);
    let place = Place::of(None).map_err(wrong)?;
    let (connections, problems) = Connections::load(&place.root);
    let connection = match connections.find(&args.connection) {
        Ok(connection) => connection,
        // A file that can't be read is why there is none.
        Err(unknown) => return Err(wrong(problems.into_iter().find(Diagnostic::is_error).unwrap_or(unknown))),
    };
    if !args.json {
        output::diagnostics(&problems, None);
    }
    let mut settings = place::discovery(&place.config());
    settings.sample_rows = args.samples;
    let mut options = Options::of(connection, 0).map_err(wrong)?;
    options.samples = samples(connection, args.samples).map_err(wrong)?;
    options.sample_rows = args.samples;
    options.tables.clone_from(&args.tables);
    options.columns.clone_from(&args.columns);
    if !args.schema.is_empty() {
        options.schemas.clone_from(&args.schema);
    }
    let (store, without) = store(&place);
    if let (Some(why), false) = (&without, args.json) {
        output::note(format!("note: nothing is remembered: {why}"));
    }
    let cache = Cache::new(store.clone(), settings);
    let components = Component::of_family(&place.registry(), &connection.family);
    let request = Request { root: &place.root, connection, options, components, refresh: args.refresh };
    let runtime = setup::runtime().map_err(wrong)?;
    let begun = Instant::now();
    let found = runtime.block_on(cache.discover(request));
    let took = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    runtime.shutdown_background();
    let found = found.map_err(|diagnostic| Failure::new(diagnostic, Exit::Configuration, args.json))?;
    if let Some(Err(error)) = store.map(|store| store.flush()) {
        tracing::warn!(%error, "a discovery can't be kept");
    }
    if args.json {
        output::json(&to_json(&found, took, without.as_deref()));
    } else {
        print(&found, took);
    }
    Ok(Exit::Success)
}

/// What of the values is shown: what the connection says; their form where it says nothing.
fn samples(connection: &crate::connect::Connection, rows: u32) -> Result<Samples, Diagnostic> {
    match (rows, samples_of(connection)?) {
        (0, _) => Ok(Samples::None),
        (_, None) => Ok(Samples::Masked),
        (_, Some(Samples::None)) => {
            Err(Diagnostic::error("samples-off", format!("{} shows no values", connection.reference()))
                .path(connection.path_of("samples"))
                .why("it says `samples: none`")
                .fix("write `samples: masked` or `samples: full` there, or leave --samples out"))
        }
        (_, Some(samples)) => Ok(samples),
    }
}

/// The store of the workspace; else why there is none.
fn store(place: &Place) -> (Option<Store>, Option<String>) {
    let Some(workspace) = &place.workspace else { return (None, Some("this is not a workspace".to_owned())) };
    match Store::reach(&workspace.store()) {
        Ok(store) => (Some(store), None),
        Err(diagnostic) => (None, Some(diagnostic.message)),
    }
}

fn to_json(found: &Found, took_us: u64, without: Option<&str>) -> serde_json::Value {
    let (hit, age_s, miss) = match found.origin {
        Origin::Cache(age) => (true, Some(age.as_secs()), None),
        Origin::System(miss) => (false, None, Some(miss)),
    };
    json!({
        "ok": true,
        "connection": found.discovery.connection,
        "fingerprint": found.discovery.fingerprint,
        "cache": { "key": found.key, "hit": hit, "age_s": age_s, "miss": miss, "not_used": without },
        "duration_us": took_us,
        "cut": found.discovery.cut,
        "tables": found.discovery.tables,
    })
}

fn print(found: &Found, took_us: u64) {
    let Discovery { connection, tables, cut, .. } = &found.discovery;
    let origin = match found.origin {
        Origin::Cache(age) => {
            format!("remembered, {} old", output::duration(u64::try_from(age.as_micros()).unwrap_or(0)))
        }
        Origin::System(miss) => format!("looked at: {}", miss.as_str()),
    };
    let count = if tables.len() == 1 { "1 table".to_owned() } else { format!("{} tables", tables.len()) };
    let more = if *cut { " (there are more)" } else { "" };
    output::line(format!("{connection}: {count}{more}, {origin} ({})", output::duration(took_us)));
    let in_full = tables.len() <= IN_FULL;
    for table in tables {
        if in_full {
            output::line("");
        }
        output::line(heading(table));
        if in_full {
            columns(table);
        }
    }
    if !in_full {
        output::line("\n--tables NAME shows the columns of some (a * stands for anything); --json has everything.");
    }
}

fn heading(table: &Table) -> String {
    if let Some(problem) = &table.problem {
        return format!("  {}: {}", clean(&table.path), clean(&problem.message));
    }
    let rows = match table.rows {
        RowCount::Exact(rows) => format!("{} rows", output::count(rows)),
        RowCount::Estimated(rows) => format!("about {} rows", output::count(rows)),
        RowCount::Unknown => "rows not known".to_owned(),
    };
    let view = if table.view { "view, " } else { "" };
    let comment = table.comment.as_ref().map(|comment| format!(": {}", clean(comment))).unwrap_or_default();
    format!("  {} ({view}{rows}){comment}", clean(&table.path))
}

fn columns(table: &Table) {
    let mut rows: Vec<[String; 3]> = Vec::new();
    for column in &table.columns {
        rows.push([clean(&column.name), kind(column), notes(table, column)]);
    }
    let width = |at: usize| rows.iter().map(|row| row[at].width()).max().unwrap_or(0);
    let widths = [width(0), width(1)];
    for [name, kind, notes] in &rows {
        let pad = |text: &str, width: usize| " ".repeat(width.saturating_sub(text.width()));
        let line = format!("    {name}{}  {kind}{}  {notes}", pad(name, widths[0]), pad(kind, widths[1]));
        output::line(line.trim_end());
    }
    for key in table.unique.iter().filter(|key| key.len() > 1) {
        output::line(format!("    unique ({})", list(key)));
    }
    for key in table.foreign_keys.iter().filter(|key| key.columns.len() > 1) {
        output::line(format!("    ({}) → {} ({})", list(&key.columns), clean(&key.table), list(&key.references)));
    }
    for row in &table.samples {
        let cells: Vec<String> = row.iter().map(|cell| cell.as_deref().map_or("NULL".to_owned(), clean)).collect();
        output::line(format!("    | {}", cells.join(" | ")));
    }
}

fn kind(column: &Column) -> String {
    match &column.native {
        Some(native) if native != column.kind.as_str() => format!("{} ({})", column.kind, clean(native)),
        _ => column.kind.to_string(),
    }
}

fn notes(table: &Table, column: &Column) -> String {
    let mut notes = Vec::new();
    if table.primary_key.contains(&column.name) {
        notes.push("primary key".to_owned());
    } else if column.nullable {
        notes.push("nullable".to_owned());
    }
    if table.unique.iter().any(|key| *key == [column.name.as_str()]) {
        notes.push("unique".to_owned());
    }
    for key in table.foreign_keys.iter().filter(|key| key.columns == [column.name.as_str()]) {
        notes.push(format!("→ {} ({})", clean(&key.table), list(&key.references)));
    }
    notes.extend(column.comment.as_deref().map(clean));
    notes.join(", ")
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| clean(name)).collect::<Vec<_>>().join(", ")
}

/// A name or a value from outside, on one line, cut.
fn clean(text: &str) -> String {
    let line = printable(text);
    let cut: String = line.chars().take(CELL).collect();
    if cut.len() < line.len() { cut + "…" } else { cut }
}
