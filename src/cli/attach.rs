//! `pipesmith attach` and `pipesmith detach`: leaving what runs running, and coming back to it.

use serde_json::json;

use super::args::{AttachArgs, DetachArgs};
use super::exit::{Ended, Exit, Failure};
use super::{output, place, workbench};
use crate::diagnostic::Diagnostic;
use crate::session::wire::LiveSession;
use crate::session::{attach, catalogue};
use crate::store::Store;

fn other(json: bool) -> impl Fn(Diagnostic) -> Failure {
    move |diagnostic| Failure::new(diagnostic, Exit::Other, json)
}

/// `pipesmith attach`
pub fn run(args: &AttachArgs) -> Ended {
    let workspace = place::workspace(false)?;
    let wanted = match &args.id {
        Some(id) => Some(id.clone()),
        None => waiting(attach::live(&workspace.store()).map_err(other(false))?),
    };
    workbench::resume(&workspace, &args.workbench, wanted.as_deref().unwrap_or("last"))
}

/// Of the open sessions the one that is most likely meant: something runs in it and nobody looks.
fn waiting(mut live: Vec<LiveSession>) -> Option<String> {
    live.sort_by(|a, b| (b.busy, a.workbenches, &b.session).cmp(&(a.busy, b.workbenches, &a.session)));
    live.into_iter().next().map(|found| found.session)
}

/// `pipesmith detach`
pub fn detach(args: &DetachArgs) -> Ended {
    let workspace = place::workspace(args.json)?;
    let path = workspace.store();
    let session = match &args.id {
        None => None,
        Some(wanted) => {
            let store = Store::reach(&path).map_err(other(args.json))?;
            Some(catalogue::find(&store, wanted).map_err(other(args.json))?.id)
        }
    };
    let left = attach::detach(&path, session).map_err(other(args.json))?;
    if args.json {
        output::json(&json!({ "ok": true, "sessions": left }));
        return Ok(Exit::Success);
    }
    let left: Vec<LiveSession> = left.into_iter().filter(|live| live.workbenches > 0).collect();
    for live in &left {
        let goes_on = if live.busy { "what runs in it goes on" } else { "nothing runs in it" };
        output::line(format!(
            "Left session {}; {goes_on}. Come back with: pipesmith attach {}",
            live.session, live.session
        ));
    }
    if left.is_empty() {
        output::note("No workbench is open there.");
    }
    Ok(Exit::Success)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_and_is_alone_is_meant() {
        let live =
            |session: &str, workbenches, busy| LiveSession { session: session.into(), workbenches, busy, events: 1 };
        assert_eq!(waiting(vec![]), None);
        let all = vec![live("1", 0, false), live("2", 1, true), live("3", 0, true), live("4", 0, false)];
        assert_eq!(waiting(all.clone()).as_deref(), Some("3"));
        assert_eq!(waiting(vec![all[0].clone(), all[3].clone()]).as_deref(), Some("4"), "the newest");
    }
}
