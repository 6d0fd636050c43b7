//! A change to a session that somebody has open: its host alone writes it, so the host is asked.

use super::other;
use crate::cli::exit::Failure;
use crate::cli::headless::Headless;
use crate::cli::{host, setup};
use crate::session::attach;
use crate::session::catalogue::SessionSummary;
use crate::session::wire::{Face, Manner, Wish};
use crate::session::{Command, Fact};
use crate::workspace::Workspace;

/// Whether somebody has the session open.
pub fn is_open(workspace: &Workspace, session: &str, json: bool) -> Result<bool, Failure> {
    let live = attach::live(&workspace.store()).map_err(other(json))?;
    Ok(live.iter().any(|live| live.session == session))
}

/// Asks for something and waits for the fact that answers it; the session after it.
pub fn ask(
    workspace: &Workspace,
    session: &str,
    command: Command,
    json: bool,
    answers: impl Fn(&Fact) -> bool,
) -> Result<SessionSummary, Failure> {
    let runtime = setup::runtime().map_err(other(json))?;
    let asked = runtime.block_on(async {
        let wish = Wish::Resume(session.to_owned());
        let link = host::attach(workspace, wish, Face::Verb, Manner::default());
        let past = link.past.clone();
        let mut face = Headless::new(link, json);
        face.send(command);
        // What came before answers nothing; what others do in between is no answer either.
        let is_new = |seq: u64| past.borrow().is_some_and(|past| seq > past);
        face.until(|_, _| {}, |event, _| is_new(event.seq) && answers(&event.fact)).await?;
        let summary = SessionSummary::of(&face.state);
        face.leave().await?;
        Ok(summary)
    });
    runtime.shutdown_background();
    asked
}
