//! Rules about reading only what came since the last run.

use super::super::view::{StepView, View};
use super::CheckContext;
use super::expect::placed;
use super::sql;
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::pipeline::incremental::{self, Boundary, Incremental};
use crate::yaml::{Map, Node};

/// Families whose read steps can.
const FAMILIES: [&str; 3] = ["postgres", "mysql", "sqlite"];
/// Options that cut rows off.
const CUTS: [&str; 2] = ["limit", "offset"];

/// `invalid-incremental`: keys and values that mean something.
pub fn shape(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    for step in &view.steps {
        let Some(node) = step.part("incremental").filter(|node| !node.is_unknown() && !node.is_null()) else {
            continue;
        };
        for problem in incremental::read(&node.to_json()).err().unwrap_or_default() {
            out.extend(placed(step, node, "incremental", problem));
        }
    }
}

/// `incremental-unsupported`, `incremental-limit`, `unknown-cursor-column`: on a step that can read so.
pub fn step(view: &View<'_>, ctx: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    for step in &view.steps {
        let Some(entry) = step.map.and_then(|map| map.entry("incremental")).filter(|e| !e.value.is_null()) else {
            continue;
        };
        let can = step.contract.is_none_or(|contract| FAMILIES.contains(&contract.family()));
        if step.mode.is_some_and(|mode| mode != "read") || !can {
            out.push(
                Diagnostic::error("incremental-unsupported", format!("{} can't read incrementally", step.name()))
                    .at(entry.key.span)
                    .path(step.path("incremental"))
                    .why(format!(
                        "steps that read {} can: they are asked for rows with greater values",
                        FAMILIES.join(", ")
                    ))
                    .fix("remove it, or put it on the step that reads the database"),
            );
            continue;
        }
        for key in CUTS {
            let given = step.config.and_then(|config| config.entry(key)).filter(|entry| !entry.value.is_null());
            if let Some(cut) = given {
                out.push(
                    Diagnostic::error("incremental-limit", format!("`{key}` does not go with `incremental`"))
                        .at(cut.key.span)
                        .path(step.path(&format!("config.{key}")))
                        .why("rows that are cut off would never be read")
                        .fix(format!("remove `{key}`")),
                );
            }
        }
        column(step, ctx, out);
    }
}

fn column(step: &StepView<'_>, ctx: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    let node = step.part("incremental").and_then(Node::as_map).and_then(|map| map.get("cursor"));
    let (Some(node), Some(known)) = (node, sql::table_columns(step, ctx)) else { return };
    let Some(name) = node.as_str().filter(|name| !known.iter().any(|known| known.eq_ignore_ascii_case(name))) else {
        return;
    };
    let wrong =
        Diagnostic::error("unknown-cursor-column", format!("the table of {} has no column `{name}`", step.name()))
            .at(node.span)
            .path(step.path("incremental.cursor"))
            .why(format!("its columns are: {}", known.join(", ")));
    out.push(match did_you_mean(name, known.iter().copied()) {
        Some(near) => wrong.fix_edit(format!("did you mean `{near}`?"), node.span, crate::yaml::quote(near)),
        None => wrong.fix("name a column that grows"),
    });
}

/// `incremental-write`: what is written of an incremental read has to stay right when rows come again, and
/// when only new ones come.
pub fn writes(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    for step in view.steps.iter().filter(|step| step.mode == Some("write")) {
        let (Some(contract), Some(reader)) = (step.contract, reader_of(view, step)) else { continue };
        if contract.option("write_mode").is_none() {
            continue;
        }
        let Some(read) =
            view.steps[reader].part("incremental").and_then(|node| incremental::read(&node.to_json()).ok())
        else {
            continue;
        };
        let given = step.config.and_then(|config: &Map| config.get("write_mode"));
        if given.is_some_and(Node::is_unknown) {
            continue;
        }
        let mode = given.and_then(Node::as_str).unwrap_or("append");
        let Some((why, fix)) = unfit(mode, &read) else { continue };
        let span = given.map_or_else(|| step.part("id").map_or(step.node.span, |node| node.span), |node| node.span);
        let from = view.steps[reader].name();
        let message = format!("{} writes what {from} reads incrementally with `write_mode: {mode}`", step.name());
        out.push(
            Diagnostic::error("incremental-write", message)
                .at(span)
                .path(step.path("config.write_mode"))
                .why(why)
                .fix(fix),
        );
    }
}

/// Why a way to write does not fit, and what to do.
fn unfit(mode: &str, read: &Incremental) -> Option<(&'static str, &'static str)> {
    match mode {
        "append" if read.boundary == Boundary::Inclusive || read.nulls => Some((
            "rows with the last value come again, so that none is lost; appended, they would be doubled",
            "use `write_mode: upsert` with `primary_key`, or `boundary: exclusive` where the column's values never come twice",
        )),
        "replace" | "truncate" => Some((
            "only rows that are new come; the others would be gone",
            "use `write_mode: upsert` with `primary_key`",
        )),
        _ => None,
    }
}

/// The first incremental read that rows of a step come from.
fn reader_of(view: &View<'_>, step: &StepView<'_>) -> Option<usize> {
    let mut seen = vec![false; view.steps.len()];
    let mut left: Vec<usize> = step.inputs.iter().map(|input| input.step).collect();
    while let Some(at) = left.pop() {
        if std::mem::replace(&mut seen[at], true) {
            continue;
        }
        if view.steps[at].part("incremental").is_some_and(|node| !node.is_null()) {
            return Some(at);
        }
        left.extend(view.steps[at].inputs.iter().map(|input| input.step));
    }
    None
}
