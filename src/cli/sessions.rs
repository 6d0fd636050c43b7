//! `pipesmith sessions`

mod plain;

use std::io::{BufReader, Read};
use std::path::Path;

use serde_json::json;

use super::args::{ExportArgs, ImportArgs, ListSessionsArgs, ReplayArgs, ResumeArgs, SessionArgs, SessionsVerb};
use super::exit::{Ended, Exit, Failure};
use super::{looks, output, place, setup, workbench};
use crate::contract::Registry;
use crate::diagnostic::Diagnostic;
use crate::session::wire::Wish;
use crate::session::{Event, State, catalogue, export};
use crate::store::Store;
use crate::tui;
use crate::workspace::Workspace;

pub use plain::transcript;

pub fn run(verb: &SessionsVerb) -> Ended {
    match verb {
        SessionsVerb::List(args) => list(args),
        SessionsVerb::Show(args) => show(args),
        SessionsVerb::Resume(args) => resume(args),
        SessionsVerb::Replay(args) => replay(args),
        SessionsVerb::Export(args) => export_session(args),
        SessionsVerb::Import(args) => import(args),
    }
}

fn store(workspace: &Workspace, json: bool) -> Result<Store, Failure> {
    Store::reach(&workspace.store()).map_err(other(json))
}

fn other(json: bool) -> impl Fn(Diagnostic) -> Failure {
    move |diagnostic| Failure::new(diagnostic, Exit::Other, json)
}

fn list(args: &ListSessionsArgs) -> Ended {
    let workspace = place::workspace(args.json)?;
    let store = store(&workspace, args.json)?;
    let mut all = catalogue::list(&store).map_err(other(args.json))?;
    all.retain(|s| args.all || s.turns > 0);
    if args.json {
        output::json(&json!({ "ok": true, "sessions": all }));
        return Ok(Exit::Success);
    }
    if all.is_empty() {
        output::line("No session yet. `pipesmith` begins one.");
    }
    for s in &all {
        let turns = format!("{} turn{}", s.turns, if s.turns == 1 { "" } else { "s" });
        output::line(format!(
            "{}  {}  {turns}, {} events  {}  {}",
            s.id,
            plain::when(s.started_ms),
            s.events,
            s.state,
            output::safe(&s.title)
        ));
    }
    Ok(Exit::Success)
}

fn events_of(wanted: &str, json: bool) -> Result<(String, Vec<Event>), Failure> {
    let workspace = place::workspace(json)?;
    let store = store(&workspace, json)?;
    let id = catalogue::find(&store, wanted).map_err(other(json))?.id;
    let events = catalogue::events(&store, &id).map_err(other(json))?;
    Ok((id, events))
}

fn show(args: &SessionArgs) -> Ended {
    let (_, events) = events_of(&args.id, args.json)?;
    let state = State::fold(&events);
    if args.json {
        output::json(&json!({ "ok": true, "session": state }));
    } else {
        output::piece(&transcript(&state));
    }
    Ok(Exit::Success)
}

fn resume(args: &ResumeArgs) -> Ended {
    let workspace = place::workspace(false)?;
    workbench::needs_terminal()?;
    // The id is looked up before the screen is taken, so that a slip is told in the shell.
    let id = {
        let store = store(&workspace, false)?;
        catalogue::find(&store, &args.id).map_err(other(false))?.id
    };
    workbench::run(&workspace, &args.workbench, Wish::Resume(id), None)
}

fn replay(args: &ReplayArgs) -> Ended {
    let file = Path::new(&args.id);
    let events = if file.is_file() { read_export(file, false)?.1 } else { events_of(&args.id, false)?.1 };
    if args.plain {
        for event in &events {
            output::line(plain::event(event));
        }
        return Ok(Exit::Success);
    }
    workbench::needs_terminal()?;
    let workspace = Workspace::find(Path::new(".")).ok();
    let components = workspace.as_ref().map(Workspace::components);
    let registry = Registry::load(components.as_deref());
    let recorded = State::fold(&events).model.and_then(|m| workbench::recording_name(&m.source));
    let contracts = tui::Contracts::later(move || workbench::contract_views(&registry));
    let (_, surroundings) = tokio::sync::watch::channel(tui::Surroundings { contracts, ..Default::default() });
    let options = tui::Options {
        surroundings: Some(surroundings),
        recorded,
        ..looks::options(workspace.as_ref(), &args.workbench)
    };
    let runtime = setup::runtime().map_err(other(false))?;
    let played = runtime.block_on(tui::replay(events, options));
    runtime.shutdown_background();
    played.map(|()| Exit::Success).map_err(workbench::failure)
}

fn export_session(args: &ExportArgs) -> Ended {
    let (id, events) = events_of(&args.id, false)?;
    let failed = |error: std::io::Error| {
        let name = args.output.as_ref().map_or_else(|| "standard output".to_owned(), |p| p.display().to_string());
        Failure::new(
            Diagnostic::error("export-failed", format!("the export can't be written: {error}")).source(name),
            Exit::Other,
            false,
        )
    };
    match &args.output {
        None => export::export(&id, &events, &mut std::io::stdout().lock()).map_err(failed)?,
        Some(path) => {
            let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
            export::export(&id, &events, &mut std::io::BufWriter::new(&mut file)).map_err(failed)?;
            file.persist(path).map_err(|e| failed(e.error))?;
            output::note(format!("Wrote {} events of session {id} to {}", events.len(), path.display()));
        }
    }
    Ok(Exit::Success)
}

fn read_export(file: &Path, json: bool) -> Result<(export::Header, Vec<Event>), Failure> {
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

fn import(args: &ImportArgs) -> Ended {
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
