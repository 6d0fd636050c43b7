//! Rules about what steps need.

use std::collections::HashMap;

use super::super::table::table_name;
use super::super::view::{StepView, View};
use super::CheckContext;
use super::edit;
use super::{MOST_GUESSES, list};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::yaml::quote;

/// Most names that a name is compared with.
const MOST_NAMES: usize = 2000;

/// `invalid-needs-type`, `invalid-dependency-type`, `unknown-dependency`, `duplicate-dependency`
/// (warning): `needs` is a list of ids of other steps.
pub fn shape(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    let mut guesses = 0;
    for step in &view.steps {
        let Some(node) = step.part("needs").filter(|node| !node.is_null() && !node.is_unknown()) else { continue };
        let Some(seq) = node.as_seq() else {
            let diagnostic =
                Diagnostic::error("invalid-needs-type", format!("needs must be a list, not {}", node.type_name()))
                    .at(node.span)
                    .path(step.path("needs"))
                    .why("a step can need several steps");
            out.push(match node.as_str() {
                Some(id) => diagnostic.fix_edit("make it a list", node.span, format!("[{}]", quote(id))),
                None => diagnostic.fix("list the ids of steps").example("needs: [read-orders]"),
            });
            continue;
        };
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for (index, item) in seq.items.iter().enumerate().filter(|(_, item)| !item.is_unknown()) {
            let path = step.path("needs");
            let Some(id) = item.as_str() else {
                let written = &view.lines.text()[item.span.range()];
                let quoted = (item.span, serde_json::Value::from(written).to_string());
                out.push(
                    Diagnostic::error(
                        "invalid-dependency-type",
                        format!("an item of needs must be text, not {}", item.type_name()),
                    )
                    .at(item.span)
                    .path(path)
                    .why("a step is named by its id")
                    .fix("write the id of a step, in quotes if it looks like a number")
                    .edit(Some(quoted).filter(|_| view.by_id.contains_key(written))),
                );
                continue;
            };
            if seen.insert(id, index).is_some() {
                out.push(
                    Diagnostic::warning("duplicate-dependency", format!("`{id}` stands twice in needs"))
                        .at(item.span)
                        .path(path)
                        .why("its rows come in once all the same")
                        .fix("remove one of them"),
                );
                continue;
            }
            if view.by_id.contains_key(id) || !view.complete {
                continue;
            }
            let others = || view.steps.iter().filter_map(|other| other.id).filter(|other| Some(*other) != step.id);
            let diagnostic =
                Diagnostic::error("unknown-dependency", format!("{} needs `{id}`, which is no step", step.name()))
                    .at(item.span)
                    .path(path)
                    .why(format!("the other steps are: {}", list(others().take(20))));
            guesses += 1;
            out.push(match did_you_mean(id, others().take(if guesses > MOST_GUESSES { 0 } else { MOST_NAMES })) {
                Some(meant) => diagnostic.fix_edit(format!("did you mean `{meant}`?"), item.span, quote(meant)),
                None => diagnostic.fix("name a step that there is, or remove it"),
            });
        }
    }
}

/// `dependency-cycle`: no step needs itself, directly or through others.
pub fn cycle(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut reported = 0;
    let mut marks = vec![Mark::New; view.steps.len()];
    for start in 0..view.steps.len() {
        if marks[start] != Mark::New {
            continue;
        }
        // Depth first without recursion: a step and how many of its inputs were looked at.
        let mut path: Vec<(usize, usize)> = vec![(start, 0)];
        marks[start] = Mark::Open;
        while let Some((at, looked)) = path.last_mut() {
            let step = &view.steps[*at];
            let Some(input) = step.inputs.get(*looked) else {
                marks[*at] = Mark::Done;
                path.pop();
                continue;
            };
            *looked += 1;
            match marks[input.step] {
                Mark::Done => {}
                Mark::New => {
                    marks[input.step] = Mark::Open;
                    path.push((input.step, 0));
                }
                Mark::Open if reported == MOST_GUESSES => return,
                Mark::Open => {
                    reported += 1;
                    let from = path.iter().position(|(n, _)| *n == input.step).unwrap_or(0);
                    let steps: Vec<usize> = path[from..].iter().map(|(n, _)| *n).collect();
                    out.push(report(view, &steps, input.span));
                }
            }
        }
    }
}

fn report(view: &View<'_>, steps: &[usize], span: crate::diagnostic::Span) -> Diagnostic {
    let name = |n: &usize| view.steps[*n].id.unwrap_or("?");
    let around: Vec<&str> = steps.iter().chain(steps.first()).map(name).collect();
    let last = steps.last().map_or(0, |n| *n);
    let mut diagnostic =
        Diagnostic::error("dependency-cycle", format!("steps need each other: {}", around.join(" → ")))
            .at(span)
            .path(view.steps[last].path("needs"))
            .why("each waits for the next, so none of them could begin")
            .fix(if steps.len() == 1 {
                "remove the step from its own needs"
            } else {
                "take one of them out of the needs of another"
            });
    for n in steps.iter().filter(|n| **n != last).take(8) {
        if let Some(node) = view.steps[*n].part("needs") {
            diagnostic = diagnostic.related(node.span, format!("`{}` needs these", name(n)));
        }
    }
    diagnostic
}

/// `no-input`, `too-many-inputs`, `input-without-rows`, `unused-input` (warning): what a step needs has
/// rows, a write step needs exactly one step, a read step takes no rows. A transform without input is
/// only pointed out (warning): its query can make rows.
pub fn rows(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    for step in view.steps.iter().filter(|step| step.map.is_some_and(|map| map.complete)) {
        let needs = step.part("needs");
        let whole = needs.is_none_or(|node| {
            node.is_null() || node.as_seq().is_some_and(|seq| seq.complete && seq.items.len() == step.inputs.len())
        });
        let span = needs.or_else(|| step.part("id")).map_or(step.node.span, |node| node.span);
        let path = step.path("needs");
        match step.mode {
            Some(mode @ ("write" | "transform")) if step.inputs.is_empty() && whole => {
                let message = format!("{} has no input", step.name());
                let diagnostic = if mode == "write" {
                    Diagnostic::error("no-input", message).why("a write step writes the rows of a step that it needs")
                } else if step.config.is_some() && first_or_explicit(step) {
                    Diagnostic::warning("no-input", message).why("its query runs without any table of another step")
                } else {
                    continue;
                };
                let fix = match source_before(view, step) {
                    Some(id) => format!("name the step whose rows it takes: `needs: [{}]`", quote(id)),
                    None => "name the step whose rows it takes in `needs`".to_owned(),
                };
                let change = source_before(view, step).filter(|_| diagnostic.is_error());
                let change = change.and_then(|id| edit::needs(view, step, &[id]));
                out.push(diagnostic.at(span).path(path).fix(fix).edit(change));
            }
            Some("write") if step.inputs.len() > 1 => {
                let ids = step.inputs.iter().filter_map(|input| view.steps[input.step].id);
                out.push(
                    Diagnostic::error("too-many-inputs", format!("{} needs {} steps", step.name(), step.inputs.len()))
                        .at(span)
                        .path(path)
                        .why("a write step writes the rows of one step; of several, it would not be clear which")
                        .fix(format!(
                            "put {} together in an SQL step, or write each with a step of its own",
                            list(ids)
                        )),
                );
            }
            Some("read") if step.explicit && !step.inputs.is_empty() => out.push(
                Diagnostic::warning(
                    "unused-input",
                    format!("{} reads, so it takes no rows of other steps", step.name()),
                )
                .at(span)
                .path(path)
                .why("needs only makes it wait for them")
                .fix("remove `needs`, unless it is meant to wait"),
            ),
            _ => {}
        }
        if step.mode != Some("read") {
            without_rows(view, step, out);
        }
    }
}

fn first_or_explicit(step: &StepView<'_>) -> bool {
    step.index == 0 || step.explicit
}

/// Inputs that are write steps.
fn without_rows(view: &View<'_>, step: &StepView<'_>, out: &mut Vec<Diagnostic>) {
    for input in step.inputs.iter().filter(|input| input.step != step.index) {
        let other = &view.steps[input.step];
        if other.mode != Some("write") {
            continue;
        }
        let how = if step.explicit { "needs" } else { "comes after" };
        let id = other.id.unwrap_or("a step without id");
        let fix = match source_before(view, step) {
            Some(source) => format!("write `needs: [{}]`, if those are the rows that it takes", quote(source)),
            None => "name the step whose rows it takes in `needs`".to_owned(),
        };
        out.push(
            Diagnostic::error("input-without-rows", format!("{} {how} `{id}`, which hands on no rows", step.name()))
                .at(input.span)
                .path(step.path("needs"))
                .why("a write step is an end; without `needs`, a step takes the rows of the step before it")
                .fix(fix)
                .edit(
                    source_before(view, step)
                        .filter(|_| step.inputs.len() == 1)
                        .and_then(|id| edit::needs(view, step, &[id])),
                ),
        );
    }
}

/// The last step before this one that hands on rows.
fn source_before<'a>(view: &View<'a>, step: &StepView<'_>) -> Option<&'a str> {
    view.steps[..step.index]
        .iter()
        .rev()
        .find(|other| matches!(other.mode, Some("read" | "transform")))
        .and_then(|other| other.id)
}

/// `ambiguous-table` (warning): two inputs of a step whose tables would have the same name.
pub fn table_names(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    for step in view.steps.iter().filter(|step| step.mode == Some("transform") && step.inputs.len() > 1) {
        let mut seen: HashMap<String, usize> = HashMap::new();
        for input in &step.inputs {
            let Some(id) = view.steps[input.step].id else { continue };
            let table = table_name(id).to_lowercase();
            match seen.insert(table.clone(), input.step) {
                Some(other) if other != input.step => out.push(
                    Diagnostic::warning("ambiguous-table", format!("two inputs of {} would have the table `{table}`", step.name()))
                        .at(input.span)
                        .path(step.path("needs"))
                        .why("a table is named after its step, with `_` for what is no letter, digit or `_`, without regard to case; the second gets a piece of a hash at its end")
                        .fix(format!("rename step `{id}` or step `{}`", view.steps[other].id.unwrap_or_default())),
                ),
                _ => {}
            }
        }
    }
}

/// `unused-step` (warning): a step that reads or transforms, and whose rows nobody takes. Not said while
/// some step's needs are wrong: those may be the rows it was to take.
pub fn unused(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    let sound = |step: &StepView<'_>| {
        step.map.is_some_and(|map| map.complete)
            && match step.mode {
                Some("write") => !step.inputs.is_empty(),
                mode => matches!(mode, Some("read" | "transform")),
            }
            && step.contract.is_none_or(|contract| step.mode.is_some_and(|mode| contract.supports(mode)))
            && step.part("needs").is_none_or(|node| {
                node.is_null() || node.as_seq().is_some_and(|seq| seq.items.len() == step.inputs.len())
            })
    };
    if !view.complete || !view.steps.iter().all(sound) {
        return;
    }
    let named = |step: &StepView<'_>| Some((table_name(step.id?).to_lowercase(), step.index));
    let tables: HashMap<String, usize> = view.steps.iter().filter_map(named).collect();
    let mut taken = vec![false; view.steps.len()];
    for step in &view.steps {
        step.inputs.iter().for_each(|input| taken[input.step] = true);
        // A query that names a table of a step that it does not need has an error of its own.
        let query = step.config.and_then(|config| config.get("query")).and_then(crate::yaml::Node::as_str);
        for word in query.into_iter().flat_map(|query| query.split(|c: char| !(c.is_alphanumeric() || c == '_'))) {
            if let Some(index) = tables.get(&word.to_lowercase()).filter(|index| **index != step.index) {
                taken[*index] = true;
            }
        }
    }
    for step in view.steps.iter().filter(|step| step.mode != Some("write") && !taken[step.index]) {
        let Some(id) = step.id.filter(|id| view.by_id.get(id) == Some(&step.index)) else { continue };
        let span = step.part("id").map_or(step.node.span, |node| node.span);
        out.push(
            Diagnostic::warning("unused-step", format!("nobody takes the rows of step `{id}`"))
                .at(span)
                .path(step.path("id"))
                .why("no other step needs it, so its rows are made and thrown away")
                .fix(format!("write them with a write step, name `{id}` in the needs of a step, or remove it")),
        );
    }
}
