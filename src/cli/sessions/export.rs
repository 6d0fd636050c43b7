//! `sessions export` and `sessions import`.

use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

use serde_json::json;

use super::{other, recorded, replay, store};
use crate::cli::args::{ExportArgs, ExportFormat, ImportArgs};
use crate::cli::exit::{Ended, Exit, Failure};
use crate::cli::{output, place};
use crate::diagnostic::Diagnostic;
use crate::session::{Event, export};
use crate::tui;
use crate::tui::cast::{Film, Version};
use crate::workspace::Workspace;

pub fn export_session(args: &ExportArgs) -> Ended {
    let (id, events) = recorded(&args.id, false)?;
    let workspace = Workspace::find(Path::new(".")).ok();
    let gap_us = replay::gap_us(args.gap, workspace.as_ref())?;
    let write = |out: &mut dyn Write| write(args, (workspace.as_ref(), gap_us), &id, &events, out);
    let failed = |error: std::io::Error| {
        let name = args.output.as_ref().map_or_else(|| "standard output".to_owned(), |p| p.display().to_string());
        Failure::new(
            Diagnostic::error("export-failed", format!("the export can't be written: {error}")).source(name),
            Exit::Other,
            false,
        )
    };
    match &args.output {
        None => write(&mut BufWriter::new(std::io::stdout().lock())).map_err(failed)?,
        Some(path) => {
            let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
            write(&mut BufWriter::new(&mut file)).map_err(failed)?;
            file.persist(path).map_err(|e| failed(e.error))?;
            output::note(format!("Wrote {} events of session {id} to {}", events.len(), path.display()));
        }
    }
    Ok(Exit::Success)
}

fn write(
    args: &ExportArgs,
    (workspace, gap_us): (Option<&Workspace>, Option<u64>),
    id: &str,
    events: &[Event],
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let version = match args.format {
        ExportFormat::Jsonl => return export::export(id, events, out),
        ExportFormat::Markdown => return whole(out, &export::markdown(events)),
        ExportFormat::Html => return whole(out, &export::html(events)),
        ExportFormat::Asciicast => Version::Three,
        ExportFormat::AsciicastV2 => Version::Two,
    };
    let options = tui::Options {
        theme: args.theme.clone(),
        theme_dirs: workspace.iter().map(|w| w.root.join("themes")).collect(),
        ..tui::Options::default()
    };
    tui::cast::cast(events, Film { version, size: args.size, gap_us }, &options, out)
}

fn whole(out: &mut dyn Write, text: &str) -> std::io::Result<()> {
    out.write_all(text.as_bytes())?;
    out.flush()
}

pub fn read_export(file: &Path, json: bool) -> Result<(export::Header, Vec<Event>), Failure> {
    let shown = file.display().to_string();
    let input: Box<dyn Read> = if shown == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(file).map_err(|error| {
            let diagnostic =
                Diagnostic::error("file-not-found", format!("{shown} can't be read: {error}")).fix("check the path");
            Failure::new(diagnostic, Exit::Other, json)
        })?)
    };
    export::read(&shown, &mut BufReader::new(input)).map_err(other(json))
}

pub fn import(args: &ImportArgs) -> Ended {
    let workspace = place::workspace(args.json)?;
    let (header, events) = read_export(&args.file, args.json)?;
    let store = store(&workspace, args.json)?;
    let summary = export::import(&store, &header, &events).map_err(other(args.json))?;
    if args.json {
        output::json(&json!({ "ok": true, "session": summary }));
    } else {
        output::line(format!(
            "Imported session {} ({} events): {}",
            summary.id,
            summary.events,
            output::safe(&summary.title)
        ));
    }
    Ok(Exit::Success)
}
