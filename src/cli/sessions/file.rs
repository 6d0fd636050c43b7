//! `sessions rename`, `tag`, `delete`, `restore`: what a person files sessions under.

use std::io::{BufRead, IsTerminal, Write};

use serde_json::json;

use super::{at_host, other, store};
use crate::cli::args::{DeleteArgs, RenameArgs, SessionArgs, TagArgs};
use crate::cli::exit::{Ended, Exit, Failure};
use crate::cli::{output, place};
use crate::diagnostic::Diagnostic;
use crate::session::catalogue::{self, SessionSummary, TRASH_DAYS};
use crate::session::{Command, Fact};

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

pub fn rename(args: &RenameArgs) -> Ended {
    let workspace = place::workspace(args.json)?;
    let store = store(&workspace, args.json)?;
    let id = catalogue::find(&store, &args.id).map_err(other(args.json))?.id;
    let title = args.title.clone();
    let now = if at_host::is_open(&workspace, &id, args.json)? {
        let command = Command::Rename { session: id.clone(), title };
        at_host::ask(&workspace, &id, command, args.json, |fact| matches!(fact, Fact::Renamed { .. }))?
    } else {
        catalogue::rename(&store, &id, title, now_ms()).map_err(other(args.json))?
    };
    told(&now, args.json, format!("Session {} is called: {}", now.id, output::safe(&now.title)));
    Ok(Exit::Success)
}

pub fn tag(args: &TagArgs) -> Ended {
    let workspace = place::workspace(args.json)?;
    let store = store(&workspace, args.json)?;
    let found = catalogue::find(&store, &args.id).map_err(other(args.json))?;
    let gone = catalogue::tidy(args.remove.clone());
    let mut tags = found.tags;
    tags.extend(args.tags.iter().cloned());
    tags = catalogue::tidy(tags);
    tags.retain(|tag| !gone.contains(tag));
    let now = if at_host::is_open(&workspace, &found.id, args.json)? {
        let command = Command::Tag { session: found.id.clone(), tags };
        at_host::ask(&workspace, &found.id, command, args.json, |fact| matches!(fact, Fact::Tagged { .. }))?
    } else {
        catalogue::tag(&store, &found.id, tags, now_ms()).map_err(other(args.json))?
    };
    let shown: Vec<String> = now.tags.iter().map(|tag| format!("#{}", output::safe(tag))).collect();
    let shown = if shown.is_empty() { "no tag".to_owned() } else { shown.join(" ") };
    told(&now, args.json, format!("Session {} has {shown}", now.id));
    Ok(Exit::Success)
}

pub fn delete(args: &DeleteArgs) -> Ended {
    let workspace = place::workspace(args.json)?;
    let store = store(&workspace, args.json)?;
    let found: Result<Vec<SessionSummary>, Diagnostic> =
        args.ids.iter().map(|id| catalogue::find(&store, id)).collect();
    let mut found = found.map_err(other(args.json))?;
    found.sort_by(|a, b| a.id.cmp(&b.id));
    found.dedup_by(|a, b| a.id == b.id);
    if !args.yes && !confirmed(&found)? {
        output::note("Nothing was deleted.");
        return Ok(Exit::Success);
    }
    for session in &found {
        if at_host::is_open(&workspace, &session.id, args.json)? {
            let open =
                Diagnostic::error("session-open", format!("session {} is open and can't be deleted", session.id))
                    .why("everything that happens in it is still being written")
                    .fix("close it in its workbench (`pipesmith attach` goes there), then delete it");
            return Err(Failure::new(open, Exit::Other, args.json));
        }
    }
    for session in &found {
        catalogue::delete(&store, &session.id, now_ms()).map_err(other(args.json))?;
        if !args.json {
            output::line(format!(
                "Deleted {}. For {TRASH_DAYS} days `pipesmith sessions restore {}` brings it back.",
                session.id, session.id
            ));
        }
    }
    if args.json {
        let ids: Vec<&str> = found.iter().map(|s| s.id.as_str()).collect();
        output::json(&json!({ "ok": true, "deleted": ids, "kept_days": TRASH_DAYS }));
    }
    Ok(Exit::Success)
}

/// Asks at the terminal.
fn confirmed(found: &[SessionSummary]) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        let diagnostic = Diagnostic::error("not-confirmed", "nothing was deleted: nobody can be asked")
            .why("standard input is no terminal, and what is deleted should be meant")
            .fix("give `--yes`");
        return Err(Failure::new(diagnostic, Exit::Configuration, false));
    }
    for session in found {
        output::note(format!("{}  {} turns  {}", session.id, session.turns, output::safe(&session.title)));
    }
    eprint!("Put {} into the trash? [y/N] ", if found.len() == 1 { "it" } else { "them" });
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    Ok(read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes"))
}

pub fn restore(args: &SessionArgs) -> Ended {
    let store = store(&place::workspace(args.json)?, args.json)?;
    let found = catalogue::find_deleted(&store, &args.id).map_err(other(args.json))?;
    catalogue::undelete(&store, &found.id).map_err(other(args.json))?;
    told(&found, args.json, format!("Session {} is back: {}", found.id, output::safe(&found.title)));
    Ok(Exit::Success)
}

pub fn told(session: &SessionSummary, json: bool, words: String) {
    if json {
        output::json(&json!({ "ok": true, "session": session }));
    } else {
        output::line(words);
    }
}
