//! `sessions fork` and `sessions rewind`.

use serde_json::json;

use super::file::told;
use super::{other, store};
use crate::cli::args::{BranchArgs, PointArgs, RewindArgs};
use crate::cli::exit::{Ended, Exit, Failure};
use crate::cli::{output, place};
use crate::diagnostic::Diagnostic;
use crate::session::catalogue;
use crate::session::event::Branching;
use crate::session::fork::{self, Point};
use crate::session::rewind;

fn point(args: &PointArgs) -> Point {
    match (args.at, args.before_turn) {
        (Some(seq), _) => Point::Event(seq),
        (None, Some(turn)) => Point::BeforeTurn(turn),
        (None, None) => Point::Now,
    }
}

pub fn fork(args: &BranchArgs) -> Ended {
    let store = store(&place::workspace(args.json)?, args.json)?;
    let id = catalogue::find(&store, &args.id).map_err(other(args.json))?.id;
    let made = fork::fork(&store, &id, point(&args.point), Branching::Fork).map_err(other(args.json))?;
    let words = format!(
        "Session {} begins with the first {} events of {id}. Go on with: pipesmith sessions resume {}",
        made.id, made.events, made.id
    );
    told(&made, args.json, words);
    Ok(Exit::Success)
}

pub fn rewind(args: &RewindArgs) -> Ended {
    if args.point.at.is_none() && args.point.before_turn.is_none() {
        let diagnostic = Diagnostic::error("no-such-point", "it is not said where to go back to")
            .why("to go back to the last event would change nothing")
            .fix("give `--before-turn TURN` or `--at EVENT`");
        return Err(Failure::new(diagnostic, Exit::Configuration, args.json));
    }
    let workspace = place::workspace(args.json)?;
    let store = store(&workspace, args.json)?;
    let id = catalogue::find(&store, &args.id).map_err(other(args.json))?.id;
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let (made, files) = rewind::rewind(&store, &workspace.root, &id, point(&args.point), args.files.into(), now_ms)
        .map_err(other(args.json))?;
    let named: Vec<String> = files.iter().map(|f| output::safe(&f.file)).collect();
    if args.json {
        output::json(&json!({ "ok": true, "session": made, "files": named }));
        return Ok(Exit::Success);
    }
    for file in &named {
        output::line(format!("{file} is as it was then"));
    }
    output::line(format!(
        "Session {} goes on from there; {id} is kept as it is. Go on with: pipesmith sessions resume {}",
        made.id, made.id
    ));
    Ok(Exit::Success)
}
