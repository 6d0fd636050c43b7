//! `pipesmith state`: where incremental reads got to.

use std::path::Path;

use serde_json::{Value, json};

use super::args::{ListStateArgs, ResetStateArgs, ShowStateArgs, StateVerb};
use super::exit::{Ended, Exit, Failure};
use super::output;
use super::place::Place;
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::pipeline::run::cursor::{Cursor, Cursors};

pub fn run(verb: &StateVerb) -> Ended {
    let json = match verb {
        StateVerb::List(args) => args.json,
        StateVerb::Show(args) => args.json,
        StateVerb::Reset(args) => args.json,
    };
    let place = Place::of(None).map_err(|d| Failure::new(d, Exit::Configuration, json))?;
    let all = Cursors::all(&place.root).map_err(|error| Failure::new(unreadable(&error), Exit::Other, json))?;
    match verb {
        StateVerb::List(args) => Ok(list(&all, args)),
        StateVerb::Show(args) => show(&all, args).map_err(|d| Failure::new(d, Exit::Other, json)),
        StateVerb::Reset(args) => reset(&place.root, all, args).map_err(|d| Failure::new(d, Exit::Other, json)),
    }
}

fn unreadable(error: &std::io::Error) -> Diagnostic {
    Diagnostic::error("cursors-unreadable", "where incremental reads got to can't be read")
        .why(error.to_string())
        .fix("correct or remove the file; without it the next run begins from the beginning")
}

fn told(step: &str, cursor: &Cursor) -> Value {
    let mut told = serde_json::to_value(cursor).unwrap_or_default();
    told["step"] = step.into();
    told
}

fn line(step: &str, cursor: &Cursor) -> String {
    let value = cursor.value.as_ref().map_or_else(|| "from the beginning".to_owned(), Value::to_string);
    let kept = if cursor.reset { "reset".to_owned() } else { format!("kept in {}", cursor.kept) };
    format!("  {step}: {} {value}, {kept}, {} (run {})", cursor.column, cursor.changed_at, cursor.run)
}

fn list(all: &[Cursors], args: &ListStateArgs) -> Exit {
    if args.json {
        let of = |one: &Cursors| {
            let steps: Vec<Value> = one.steps.iter().map(|(step, cursor)| told(step, cursor)).collect();
            json!({ "pipeline": one.pipeline, "steps": steps })
        };
        output::json(&json!({ "ok": true, "state": all.iter().map(of).collect::<Vec<_>>() }));
        return Exit::Success;
    }
    for one in all {
        output::line(output::safe(&one.pipeline));
        one.steps.iter().for_each(|(step, cursor)| output::line(output::safe(&line(step, cursor))));
    }
    if all.is_empty() {
        output::note("No pipeline of this workspace has read incrementally yet.");
    }
    Exit::Success
}

fn find<'a>(all: &'a [Cursors], name: &str) -> Result<&'a Cursors, Diagnostic> {
    all.iter().find(|one| one.pipeline == name).ok_or_else(|| {
        let wrong = Diagnostic::error("unknown-state", format!("nothing is kept of a pipeline {name:?}"));
        match did_you_mean(name, all.iter().map(|one| one.pipeline.as_str())) {
            Some(near) => wrong.fix(format!("did you mean `{near}`?")),
            None => wrong.fix("see `pipesmith state list`"),
        }
    })
}

fn show(all: &[Cursors], args: &ShowStateArgs) -> Result<Exit, Diagnostic> {
    let one = find(all, &args.pipeline)?;
    if args.json {
        let steps: Vec<Value> = one.steps.iter().map(|(step, cursor)| told(step, cursor)).collect();
        output::json(&json!({ "ok": true, "pipeline": one.pipeline, "steps": steps }));
        return Ok(Exit::Success);
    }
    output::line(output::safe(&one.pipeline));
    one.steps.iter().for_each(|(step, cursor)| output::line(output::safe(&line(step, cursor))));
    Ok(Exit::Success)
}

fn reset(root: &Path, all: Vec<Cursors>, args: &ResetStateArgs) -> Result<Exit, Diagnostic> {
    let mut one = find(&all, &args.pipeline)?.clone();
    let now = format!("{:.0}", jiff::Timestamp::now());
    let count = one.reset(args.step.as_deref(), &now);
    if count == 0 {
        let step = args.step.as_deref().unwrap_or_default();
        let message = format!("nothing is kept of a step {step:?} of {}", one.pipeline);
        return Err(Diagnostic::error("unknown-state", message).fix("see `pipesmith state show`"));
    }
    one.save(root).map_err(|error| {
        Diagnostic::error("state-not-written", "the state can't be written")
            .why(error.to_string())
            .fix("check the permissions of .pipesmith/cursors")
    })?;
    if args.json {
        output::json(&json!({ "ok": true, "pipeline": one.pipeline, "reset": count }));
    } else {
        output::line(output::safe(&format!("{}: the next run reads {count} steps from the beginning", one.pipeline)));
    }
    Ok(Exit::Success)
}
