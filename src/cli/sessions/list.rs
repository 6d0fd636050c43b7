//! `sessions list`: what there is, and what lies in the trash.

use serde_json::json;

use super::plain::when;
use super::{other, store};
use crate::cli::args::ListSessionsArgs;
use crate::cli::exit::{Ended, Exit};
use crate::cli::{output, place};
use crate::session::catalogue::{self, Deleted, Hit, SessionSummary};
use crate::store::Store;

pub fn run(args: &ListSessionsArgs) -> Ended {
    let workspace = place::workspace(args.json)?;
    let store = store(&workspace, args.json)?;
    let now_ms = jiff::Timestamp::now().as_millisecond();
    catalogue::purge(&store, now_ms).map_err(other(args.json))?;
    if args.deleted {
        let all = catalogue::deleted_sessions(&store).map_err(other(args.json))?;
        trash(&all, args.json);
        return Ok(Exit::Success);
    }
    let hits = wanted(&store, args).map_err(other(args.json))?;
    if args.json {
        let all: Vec<serde_json::Value> = hits.iter().map(|hit| value(hit, args.search.is_some())).collect();
        output::json(&json!({ "ok": true, "sessions": all }));
        return Ok(Exit::Success);
    }
    if hits.is_empty() {
        let narrowed = args.search.is_some() || args.tag.is_some() || args.state.is_some();
        output::line(if narrowed { "No session is like that." } else { "No session yet. `pipesmith` begins one." });
    }
    for hit in &hits {
        output::line(line(&hit.session));
        if !hit.excerpt.is_empty() {
            output::line(format!("      event {}: … {} …", hit.seq, output::safe(&hit.excerpt)));
        }
    }
    Ok(Exit::Success)
}

fn wanted(store: &Store, args: &ListSessionsArgs) -> Result<Vec<Hit>, crate::diagnostic::Diagnostic> {
    let mut hits = match &args.search {
        Some(words) => catalogue::search(store, words)?,
        None => {
            let hit = |session| Hit { session, seq: 0, excerpt: String::new() };
            catalogue::list(store)?.into_iter().map(hit).collect()
        }
    };
    hits.retain(|hit| {
        let s = &hit.session;
        (args.all || s.turns > 0)
            && args.tag.as_ref().is_none_or(|tag| s.tags.contains(tag))
            && args.state.as_ref().is_none_or(|state| s.standing.word() == state)
    });
    Ok(hits)
}

/// A session as JSON, with where what was looked for stands.
fn value(hit: &Hit, searched: bool) -> serde_json::Value {
    let mut value = serde_json::to_value(&hit.session).unwrap_or_default();
    if searched && let Some(map) = value.as_object_mut() {
        map.insert("found".into(), json!({ "event": hit.seq, "excerpt": hit.excerpt }));
    }
    value
}

fn line(s: &SessionSummary) -> String {
    let turns = format!("{} turn{}", s.turns, if s.turns == 1 { "" } else { "s" });
    let tokens = if s.tokens > 0 { format!(", {} tokens", output::count(s.tokens)) } else { String::new() };
    let tags: String = s.tags.iter().map(|tag| format!("  #{}", output::safe(tag))).collect();
    let from = s.parent.as_ref().map(|p| format!("  ({} of {} at {})", p.how.word(), output::safe(&p.session), p.seq));
    format!(
        "{}  {}  {:<8}  {turns}, {} events{tokens}  {}{tags}{}",
        s.id,
        when(s.started_ms),
        s.standing.word(),
        s.events,
        output::safe(&s.title),
        from.unwrap_or_default()
    )
}

fn trash(all: &[Deleted], json: bool) {
    if json {
        output::json(&json!({ "ok": true, "sessions": all }));
        return;
    }
    if all.is_empty() {
        output::line("The trash is empty.");
    }
    for gone in all {
        output::line(format!(
            "{}  deleted {}, kept until {}  {}",
            gone.session.id,
            when(gone.deleted_ms),
            when(gone.until_ms),
            output::safe(&gone.session.title)
        ));
    }
}
