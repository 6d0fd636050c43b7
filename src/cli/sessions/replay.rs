//! `sessions replay`: the player, and what its keys lead to.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{other, plain, recorded};
use crate::cli::args::{ReplayArgs, WorkbenchArgs};
use crate::cli::exit::{Ended, Exit, Failure};
use crate::cli::{looks, output, place, setup, workbench};
use crate::contract::Registry;
use crate::diagnostic::Diagnostic;
use crate::session::event::Branching;
use crate::session::fork::{self, Point};
use crate::session::wire::Wish;
use crate::session::{Event, State, catalogue, export};
use crate::store::Store;
use crate::tui;
use crate::workspace::Workspace;
use crate::workspace::config::SessionConfig;

pub fn run(args: &ReplayArgs) -> Ended {
    let (id, events) = recorded(&args.id, false)?;
    if args.plain {
        for event in &events {
            output::line(plain::event(event));
        }
        return Ok(Exit::Success);
    }
    workbench::needs_terminal()?;
    let workspace = Workspace::find(Path::new(".")).ok();
    let gap_us = gap_us(args.gap, workspace.as_ref())?;
    let options = options(workspace.as_ref(), &args.workbench, &id, &events, gap_us);
    let runtime = setup::runtime().map_err(other(false))?;
    let played = runtime.block_on(tui::replay(events.clone(), options));
    runtime.shutdown_background();
    match played.map_err(workbench::failure)?.exit {
        tui::Exit::Fork { at, .. } => go_on(&id, &events, at, &args.workbench),
        _ => Ok(Exit::Success),
    }
}

/// The longest gap: as it is wanted, else as it is configured; nothing where every gap is played.
pub fn gap_us(wanted: Option<f64>, workspace: Option<&Workspace>) -> Result<Option<u64>, Failure> {
    let seconds = wanted.unwrap_or_else(|| match workspace {
        Some(workspace) => workspace.config.session.replay_gap_s,
        None => SessionConfig::default().replay_gap_s,
    });
    let us = Duration::try_from_secs_f64(seconds).ok().and_then(|d| u64::try_from(d.as_micros()).ok());
    match us {
        Some(us) => Ok(Some(us).filter(|us| *us > 0)),
        None => {
            let wrong = Diagnostic::error("wrong-gap", "that is no time: give seconds, e.g. 2 or 0.5");
            Err(Failure::new(wrong, Exit::Configuration, false))
        }
    }
}

/// What the player is started with.
pub fn options(
    workspace: Option<&Workspace>,
    args: &WorkbenchArgs,
    session: &str,
    events: &[Event],
    gap_us: Option<u64>,
) -> tui::Options {
    let components = workspace.map(Workspace::components);
    let registry = Registry::load(components.as_deref());
    let recorded = State::fold(events.iter().take(1)).model.and_then(|m| workbench::recording_name(&m.source));
    let contracts = tui::Contracts::later(move || workbench::contract_views(&registry));
    let (_, surroundings) = tokio::sync::watch::channel(tui::Surroundings { contracts, ..Default::default() });
    tui::Options {
        surroundings: Some(surroundings),
        recorded,
        gap_us,
        markers: workspace.and_then(|w| markers(w, session)),
        liking: None,
        ..looks::options(workspace, args)
    }
}

/// Where the markers of a session are remembered: apart from the recording, which is never changed.
fn markers(workspace: &Workspace, session: &str) -> Option<PathBuf> {
    // An id may come from a file that somebody else wrote.
    session.parse::<ulid::Ulid>().ok().map(|id| workspace.root.join(format!(".pipesmith/markers/{id}.json")))
}

/// Begins a session that goes on from a point of a recording, and opens it.
fn go_on(id: &str, events: &[Event], at: u64, args: &WorkbenchArgs) -> Ended {
    let workspace = place::workspace(false)?;
    let forked = {
        let store = super::store(&workspace, false)?;
        begin(&store, id, events, at).map_err(other(false))?
    };
    workbench::run(&workspace, args, Wish::Resume(forked), None)
}

/// Begins a branch of a session; one that is not in the store comes there first.
fn begin(store: &Store, id: &str, events: &[Event], at: u64) -> Result<String, Diagnostic> {
    if catalogue::last_event(store, id)? == 0 {
        let header = export::Header::of(id, events);
        export::import(store, &header, events)?;
    }
    Ok(fork::fork(store, id, Point::Event(at), Branching::Fork)?.id)
}
