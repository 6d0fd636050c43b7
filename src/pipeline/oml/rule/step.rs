//! Rules about the parts of a step.

use std::collections::HashMap;

use super::super::view::{MODES, StepView, View, meant_mode};
use super::CheckContext;
use super::edit;
use super::{list, slip};
use crate::diagnostic::{Diagnostic, Span, did_you_mean};
use crate::yaml::Node;

const KNOWN: [&str; 8] = ["id", "component", "mode", "needs", "config", "description", "retry", "timeout"];

/// `invalid-step-type`: a step is a mapping.
pub fn shape(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    for step in view.steps.iter().filter(|step| step.map.is_none() && !step.node.is_unknown()) {
        out.push(
            Diagnostic::error("invalid-step-type", format!("a step must be a mapping, not {}", step.node.type_name()))
                .at(step.node.span)
                .path(step.path(""))
                .why("a step has at least id, component and mode")
                .fix("write the step with its keys")
                .example("- id: read-orders\n  component: filesystem.csv_extractor\n  mode: read"),
        );
    }
}

/// `unknown-key` (warning): a key of a step that means nothing. Keys that begin with `x-` are free.
pub fn unknown_keys(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    for step in &view.steps {
        let Some(map) = step.map else { continue };
        let missing: Vec<&str> = KNOWN.into_iter().filter(|known| map.get(known).is_none()).collect();
        for entry in &map.entries {
            let key = entry.key.text.as_str();
            if KNOWN.contains(&key) || key.starts_with("x-") {
                continue;
            }
            let diagnostic =
                Diagnostic::warning("unknown-key", format!("the key `{key}` of {} means nothing", step.name()))
                    .at(entry.key.span)
                    .path(step.path(key))
                    .why(format!("known keys: {}; those that begin with `x-` are free for notes", list(KNOWN)));
            let option = step.contract.and_then(|contract| contract.option(key));
            let legacy = match key {
                "uses" => Some("component"),
                "with" => Some("config"),
                "depends_on" | "dependsOn" | "inputs" => Some("needs"),
                _ => None,
            };
            let legacy = legacy.filter(|new| missing.contains(new));
            out.push(match legacy.or_else(|| did_you_mean(key, missing.iter().copied())) {
                Some(meant) => diagnostic.fix_edit(format!("did you mean `{meant}`?"), entry.key.span, meant),
                None if option.is_some() => diagnostic
                    .fix(format!("put it under `config`, it is an option of `{}`", step.component.unwrap_or_default())),
                None => diagnostic.fix("remove it"),
            });
        }
    }
}

/// `missing-step-field`: `id`, `component` and `mode` have to be there.
pub fn required_fields(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    for step in &view.steps {
        let Some(map) = step.map.filter(|map| map.complete) else { continue };
        for key in ["id", "component", "mode"].into_iter().filter(|key| map.get(key).is_none()) {
            let diagnostic = Diagnostic::error("missing-step-field", format!("{} has no `{key}`", step.name()))
                .at(first_line(view, step))
                .path(step.path(key))
                .why("every step has id, component and mode");
            if let Some(slip) = slip(map, key, &KNOWN) {
                let fix = format!("rename `{}` to `{key}`", slip.key.text);
                out.push(diagnostic.fix_edit(fix, slip.key.span, key));
                continue;
            }
            let modes = step.contract.map(|contract| contract.step_modes()).unwrap_or_default();
            out.push(match (key, modes.as_slice()) {
                ("mode", [mode]) => {
                    let entry = format!("mode: {mode}");
                    diagnostic.fix(format!("add `{entry}`")).edit(edit::insert(
                        view,
                        step.node,
                        &["id", "component"],
                        &entry,
                    ))
                }
                ("mode", modes) if !modes.is_empty() => {
                    diagnostic.fix(format!("add `mode`: {}", list(modes.iter().copied())))
                }
                ("mode", _) => diagnostic.fix(format!("add `mode`: {}", list(MODES))),
                ("id", _) => {
                    let entry = format!("id: {}", free_id(view, step));
                    diagnostic.fix("give it an id that no other step has").edit(edit::insert(
                        view,
                        step.node,
                        &[],
                        &entry,
                    ))
                }
                _ => diagnostic.fix("name its component"),
            });
        }
    }
}

/// The step as far as its first line goes.
fn first_line(view: &View<'_>, step: &StepView<'_>) -> Span {
    let span = step.node.span;
    let len = view.lines.text()[span.range()].find(['\n', '\r']).unwrap_or(span.end - span.start);
    view.lines.span(span.start..span.start + len)
}

/// An id that no step has: the step's number.
fn free_id(view: &View<'_>, step: &StepView<'_>) -> String {
    let mut ids = (step.index + 1..).map(|number| format!("step-{number}"));
    ids.find(|id| !view.by_id.contains_key(id.as_str())).unwrap_or_default()
}

/// `invalid-id-type`, `empty-id`, `invalid-id`, `duplicate-id`: an id is a text of its own that can name
/// a file and a table.
pub fn id(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<&str, Span> = HashMap::with_capacity(view.steps.len());
    for step in &view.steps {
        let Some(node) = step.part("id").filter(|node| !node.is_unknown()) else { continue };
        let at = |code: &str, message: String| Diagnostic::error(code, message).at(node.span).path(step.path("id"));
        let Some(id) = step.id else {
            let message = format!("an id must be text, not {}", node.type_name());
            let written =
                node.as_scalar().map(|_| &view.lines.text()[node.span.range()]).filter(|text| !text.is_empty());
            let diagnostic = at("invalid-id-type", message).why("other steps name it in `needs`");
            out.push(match written {
                Some(written) => {
                    diagnostic.fix_edit("put it in quotes", node.span, serde_json::Value::from(written).to_string())
                }
                None => diagnostic.fix("give the step an id"),
            });
            continue;
        };
        if id.trim().is_empty() {
            out.push(
                at("empty-id", "the id is empty".into())
                    .why("other steps name it in `needs`")
                    .fix("give the step an id"),
            );
            continue;
        }
        if id.len() > 128 || id.starts_with('.') || id.chars().any(|c| c.is_control() || matches!(c, '/' | '\\' | ':'))
        {
            out.push(
                at("invalid-id", format!("`{}` cannot be an id", id.escape_debug()))
                    .why("files and tables are named after it, so it has no `/`, `\\`, `:` or control character, does not begin with a dot and has at most 128 bytes")
                    .fix("use letters, digits, `-` and `_`"),
            );
        }
        if let Some(first) = seen.get(id) {
            out.push(
                at("duplicate-id", format!("two steps have the id `{id}`"))
                    .related(*first, "the first of them")
                    .why("a step is known by its id")
                    .fix("give one of them another id"),
            );
        } else {
            seen.insert(id, node.span);
        }
    }
}

/// `invalid-component-type`, `unknown-component`: a component that there is.
pub fn component(view: &View<'_>, ctx: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    for step in &view.steps {
        let Some(node) = step.part("component").filter(|node| !node.is_unknown()) else { continue };
        let Some(name) = step.component else {
            out.push(
                Diagnostic::error(
                    "invalid-component-type",
                    format!("a component must be text, not {}", node.type_name()),
                )
                .at(node.span)
                .path(step.path("component"))
                .why("a component is known by its name")
                .fix(format!("use one of: {}", list(ctx.registry.names()))),
            );
            continue;
        };
        if step.contract.is_some() && !step.slip {
            continue;
        }
        let message = if name.is_empty() {
            "the component is empty".to_owned()
        } else {
            format!("there is no component `{name}`")
        };
        let diagnostic = Diagnostic::error("unknown-component", message)
            .at(node.span)
            .path(step.path("component"))
            .why(format!("the components are: {}", list(ctx.registry.names())));
        out.push(match ctx.registry.meant_by(name).filter(|_| step.slip) {
            Some(meant) => diagnostic.fix_edit(format!("did you mean `{meant}`?"), node.span, meant),
            None => diagnostic.fix("use a component that there is, or add its contract to the project's components"),
        });
    }
}

/// `invalid-mode-type`, `invalid-mode`, `incompatible-mode`: `read`, `transform` or `write`, and one that
/// the component can do.
pub fn mode(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    for step in &view.steps {
        let Some(node) = step.part("mode").filter(|node| !node.is_unknown()) else { continue };
        let known = step.contract.map(|contract| contract.step_modes()).filter(|modes| !modes.is_empty());
        let modes = known.clone().unwrap_or_else(|| MODES.to_vec());
        let at = |code: &str, message: String| {
            Diagnostic::error(code, message).at(node.span).path(step.path("mode")).why(format!(
                "{}: {}",
                if known.is_some() { "modes of this component" } else { "the modes" },
                list(modes.iter().copied())
            ))
        };
        let (diagnostic, meant) = match node.as_str() {
            None => (at("invalid-mode-type", format!("a mode must be text, not {}", node.type_name())), None),
            Some(mode) if !MODES.contains(&mode) => (
                at("invalid-mode", format!("there is no mode `{mode}`")),
                meant_mode(mode).filter(|m| modes.contains(m)),
            ),
            Some(mode) if step.contract.is_some_and(|contract| !contract.supports(mode)) => {
                let message = format!("`{}` cannot {mode}", step.component.unwrap_or_default());
                (at("incompatible-mode", message), None)
            }
            Some(_) => continue,
        };
        let only = (known.is_some() && modes.len() == 1).then(|| modes[0]);
        out.push(fix_mode(diagnostic, node, only.or(meant), &modes));
    }
}

fn fix_mode(diagnostic: Diagnostic, node: &Node, meant: Option<&str>, modes: &[&str]) -> Diagnostic {
    match meant {
        Some(meant) => diagnostic.fix_edit(format!("write `{meant}`"), node.span, meant),
        None => diagnostic.fix(format!("write one of: {}", list(modes.iter().copied()))),
    }
}
