//! `pipesmith sessions`

mod at_host;
mod branch;
mod export;
mod file;
mod list;
mod plain;
pub mod replay;
mod verify;

use std::path::Path;

use serde_json::json;

use super::args::{ResumeArgs, SessionArgs, SessionsVerb};
use super::exit::{Ended, Exit, Failure};
use super::{output, place, workbench};
use crate::diagnostic::Diagnostic;
use crate::session::{Event, State, catalogue};
use crate::store::Store;
use crate::workspace::Workspace;

pub use plain::transcript;

pub fn run(verb: &SessionsVerb) -> Ended {
    match verb {
        SessionsVerb::List(args) => list::run(args),
        SessionsVerb::Show(args) => show(args),
        SessionsVerb::Resume(args) => resume(args),
        SessionsVerb::Replay(args) => replay::run(args),
        SessionsVerb::Fork(args) => branch::fork(args),
        SessionsVerb::Rewind(args) => branch::rewind(args),
        SessionsVerb::Rename(args) => file::rename(args),
        SessionsVerb::Tag(args) => file::tag(args),
        SessionsVerb::Delete(args) => file::delete(args),
        SessionsVerb::Restore(args) => file::restore(args),
        SessionsVerb::Export(args) => export::export_session(args),
        SessionsVerb::Import(args) => export::import(args),
        SessionsVerb::Verify(args) => verify::verify(args),
        SessionsVerb::Rerun(args) => verify::rerun(args),
        SessionsVerb::Diff(args) => verify::diff(args),
    }
}

fn store(workspace: &Workspace, json: bool) -> Result<Store, Failure> {
    Store::reach(&workspace.store()).map_err(other(json))
}

fn other(json: bool) -> impl Fn(Diagnostic) -> Failure {
    move |diagnostic| Failure::new(diagnostic, Exit::Other, json)
}

/// The id and the events of a session of the store, or of an exported file.
fn recorded(wanted: &str, json: bool) -> Result<(String, Vec<Event>), Failure> {
    let file = Path::new(wanted);
    if file.is_file() {
        let (header, events) = export::read_export(file, json)?;
        return Ok((header.session, events));
    }
    let workspace = place::workspace(json)?;
    let store = store(&workspace, json)?;
    let id = catalogue::find(&store, wanted).map_err(other(json))?.id;
    let events = catalogue::events(&store, &id).map_err(other(json))?;
    Ok((id, events))
}

fn show(args: &SessionArgs) -> Ended {
    let (_, events) = recorded(&args.id, args.json)?;
    let state = State::fold(&events);
    if args.json {
        output::json(&json!({ "ok": true, "session": state }));
    } else {
        output::piece(&transcript(&state));
    }
    Ok(Exit::Success)
}

fn resume(args: &ResumeArgs) -> Ended {
    workbench::resume(&place::workspace(false)?, &args.workbench, &args.id)
}
