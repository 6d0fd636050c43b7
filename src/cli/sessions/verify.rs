//! `sessions verify`, `sessions rerun`, `sessions diff`.

use std::sync::Arc;

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{other, recorded, store};
use crate::agent::TurnEnv;
use crate::cli::args::{DiffArgs, RerunArgs, VerifyArgs};
use crate::cli::exit::{Ended, Exit, Failure};
use crate::cli::place::Place;
use crate::cli::{logging, output, place, setup};
use crate::connect::Connections;
use crate::connect::discovery::Cache;
use crate::diagnostic::Diagnostic;
use crate::model::recorded::Pace;
use crate::pipeline::run::LocalEngine;
use crate::session::verify::{Report, Runs, Today, run_again};
use crate::session::{compare, rerun, verify};

pub fn verify(args: &VerifyArgs) -> Ended {
    let refuse = |d: Diagnostic| Failure::new(d, Exit::Configuration, args.json);
    let (_, events) = recorded(&args.id, args.json)?;
    let place = Place::of(None).map_err(refuse)?;
    let (registry, config) = (place.registry(), place.config());
    let connections = place.workspace.as_ref().map(|w| Connections::load(&w.root).0);
    let profile = config.run.profile.clone();
    let today = Today {
        registry: &registry,
        connections: connections.as_ref(),
        root: &place.root,
        profile: profile.as_deref(),
    };
    let mut report = verify::verify(&events, &today);
    if args.run {
        let runs =
            Runs { root: place.root.clone(), registry, engine: Arc::new(LocalEngine), limits: place.limits(), profile };
        let runtime = setup::runtime().map_err(other(args.json))?;
        runtime.block_on(run_again(&events, &runs, &mut report));
        runtime.shutdown_background();
    }
    if args.json {
        output::json(&json!({ "ok": report.holds(), "first": report.divergences.first(), "report": report }));
    } else {
        output::piece(&told(&report));
    }
    Ok(if report.holds() { Exit::Success } else { Exit::Validation })
}

fn told(report: &Report) -> String {
    let counts = [
        (report.proposals, "proposal"),
        (report.checks, "check"),
        (report.writes, "write"),
        (report.compiles, "compile"),
        (report.runs, "run"),
    ];
    let parts: Vec<String> = counts
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{n} {word}{}", if *n == 1 { "" } else { "s" }))
        .collect();
    let done = if parts.is_empty() { "nothing that could be done again".to_owned() } else { parts.join(", ") };
    let mut out = format!("Session {}: {done}\n", report.session);
    for (n, d) in report.divergences.iter().enumerate() {
        let first = if n == 0 { "first divergence" } else { "then" };
        out.push_str(&output::safe(&format!(
            "{first}: event {}, {}, {}\n  old: {}\n  new: {}\n",
            d.event, d.what, d.field, d.old, d.new
        )));
    }
    let more = (report.count as usize).saturating_sub(report.divergences.len());
    if more > 0 {
        out.push_str(&format!("… and {more} more\n"));
    }
    for skipped in &report.skipped {
        out.push_str(&output::safe(&format!("not done again: {skipped}\n")));
    }
    if report.holds() {
        out.push_str("Everything comes out as it was recorded.\n");
    }
    out
}

pub fn rerun(args: &RerunArgs) -> Ended {
    let (_, events) = recorded(&args.id, args.json)?;
    let mut workspace = place::workspace(args.json)?;
    workspace.config.model.name.clone_from(&args.model);
    let _log = logging::start(&workspace);
    let store = store(&workspace, args.json)?;
    let setup = setup::host(&workspace, Pace::Instant, None);
    let env = TurnEnv {
        model: setup.model,
        registry: setup.registry.current(),
        connections: Arc::new(Connections::load(&workspace.root).0),
        discoveries: Cache::new(Some(store.clone()), setup.discovery),
        root: workspace.root.clone(),
        settings: setup.turn,
    };
    let runtime = setup::runtime().map_err(other(args.json))?;
    let cancel = CancellationToken::new();
    let interrupt = cancel.clone();
    let made = runtime.block_on(async {
        let stop = tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                interrupt.cancel();
            }
        });
        let all = rerun::count(&events);
        let see = |state: &crate::session::State| {
            output::note(format!("turn {} of {}", state.turns, args.turns.map_or(all, |n| all.min(n as usize))));
        };
        let made = rerun::rerun(&store, &env, &events, args.turns, cancel, see).await;
        stop.abort();
        made
    });
    drop(env);
    let made = made.map_err(other(args.json))?;
    let after = crate::session::catalogue::events(&store, &made.id).map_err(other(args.json))?;
    let found = compare::compare(&events, &after);
    if args.json {
        output::json(&json!({ "ok": true, "session": made, "comparison": found }));
    } else {
        output::piece(&output::safe(&compare::plain(&found)));
        output::line(format!("Session {} holds the answers of {}.", made.id, output::safe(&args.model)));
    }
    runtime.shutdown_background();
    let failed = made.standing == crate::session::catalogue::Standing::Failed;
    Ok(if failed { Exit::Other } else { Exit::Success })
}

pub fn diff(args: &DiffArgs) -> Ended {
    let (_, before) = recorded(&args.before, args.json)?;
    let (_, after) = recorded(&args.after, args.json)?;
    let found = compare::compare(&before, &after);
    if args.json {
        output::json(&json!({ "ok": true, "same": found.is_same(), "comparison": found }));
    } else {
        output::piece(&output::safe(&compare::plain(&found)));
    }
    Ok(if found.is_same() { Exit::Success } else { Exit::Other })
}
