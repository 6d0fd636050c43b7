//! Rules about profiles.

use serde_json::{Value, json};

use super::super::profile::{options_of, step_nodes};
use super::super::view::{StepView, View};
use super::{CheckContext, list};
use crate::contract::Contract;
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::yaml::{Entry, Map, Node, quote};

/// `unknown-profile`: the profile that is asked for is none of the document's. A document without
/// profiles fits every one: then a profile only names the build.
pub fn chosen(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    let (Some(profile), false) = (view.provided.profile, view.provided.profile_is_default) else { return };
    let Some(entry) = view.top.entry("profiles") else { return };
    let Some(profiles) = entry.value.as_map().filter(|map| map.get(profile).is_none() && !map.entries.is_empty())
    else {
        return;
    };
    let fix = did_you_mean(profile, profiles.keys())
        .map_or_else(|| "ask for one of them, or add it".to_owned(), |meant| format!("did you mean `{meant}`?"));
    out.push(
        Diagnostic::error("unknown-profile", format!("there is no profile `{profile}`"))
            .at(entry.key.span)
            .path("profiles")
            .why(format!("its profiles are: {}", list(profiles.keys())))
            .fix(fix),
    );
}

/// `unknown-profile-step`, and for the profiles that are not chosen `unknown-config-key` and
/// `invalid-config-value`: a profile gives options to steps that there are, with values they can have.
pub fn steps(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    for (profile, node) in step_nodes(view.top) {
        let path = format!("profiles.{profile}.steps");
        let Some(map) = node.as_map() else {
            out.push(no_mapping(node, &path, "write each step's id and below it `config:`"));
            continue;
        };
        for entry in &map.entries {
            let path = format!("{path}.{}", entry.key.text);
            let Some(step) = view.by_id.get(entry.key.text.as_str()).map(|index| &view.steps[*index]) else {
                out.push(unknown_step(view, profile, entry, path));
                continue;
            };
            let Some(parts) = entry.value.as_map() else {
                out.push(no_mapping(&entry.value, &path, "write `config:` and below it the options"));
                continue;
            };
            for part in parts.entries.iter().filter(|part| part.key.text != "config") {
                out.push(
                    Diagnostic::error("unknown-key", format!("a profile cannot change `{}` of a step", part.key.text))
                        .at(part.key.span)
                        .path(format!("{path}.{}", part.key.text))
                        .why("a profile gives other values to parameters and to options of steps; what a step does stays")
                        .fix("remove it; options stand below `config`"),
                );
            }
            // What the chosen profile gives stands in the step by now, and is checked there.
            if view.provided.profile != Some(profile)
                && let Some(options) = options_of(&entry.value)
            {
                options_fit(step, options, &path, out);
            }
        }
    }
}

fn no_mapping(node: &Node, path: &str, fix: &str) -> Diagnostic {
    Diagnostic::error("invalid-type", format!("{path} must be a mapping, not {}", node.type_name()))
        .at(node.span)
        .path(path)
        .why("a profile names steps, and for each the options that are different")
        .fix(fix)
        .example("profiles: {prod: {steps: {read-orders: {config: {limit: 1000}}}}}")
}

fn unknown_step(view: &View<'_>, profile: &str, entry: &Entry, path: String) -> Diagnostic {
    let ids = || view.steps.iter().filter_map(|step| step.id);
    let id = &entry.key.text;
    let message = format!("profile `{profile}` speaks of step `{id}`, which there is not");
    let diagnostic = Diagnostic::error("unknown-profile-step", message)
        .at(entry.key.span)
        .path(path)
        .why(format!("the steps are: {}", list(ids().take(20))));
    match did_you_mean(id, ids()) {
        Some(meant) => diagnostic.fix_edit(format!("did you mean `{meant}`?"), entry.key.span, quote(meant)),
        None => diagnostic.fix("remove it, or name a step that there is"),
    }
}

fn options_fit(step: &StepView<'_>, options: &Map, path: &str, out: &mut Vec<Diagnostic>) {
    let Some(contract) = step.contract else { return };
    let open = contract.schema.get("additionalProperties") != Some(&Value::Bool(false));
    for entry in &options.entries {
        let key = entry.key.text.as_str();
        let path = format!("{path}.config.{key}");
        let known = contract.option(key).is_some() || (key == "connection" && contract.takes_connection());
        if !known {
            if !open {
                out.push(unknown_option(contract, entry, path));
            }
            continue;
        }
        let value = entry.value.to_json();
        // What stands in it is not known before the parameters are.
        if value.to_string().contains("${") {
            continue;
        }
        for problem in contract.value_problems(&json!({ key: value })) {
            out.push(
                Diagnostic::error("invalid-config-value", problem.message)
                    .at(entry.value.span)
                    .path(path.clone())
                    .why(problem.why)
                    .fix(problem.fix),
            );
        }
    }
}

fn unknown_option(contract: &Contract, entry: &Entry, path: String) -> Diagnostic {
    let key = entry.key.text.as_str();
    let names = || contract.options.iter().map(|option| option.name.as_str());
    let diagnostic = Diagnostic::error("unknown-config-key", format!("`{}` has no option `{key}`", contract.name))
        .at(entry.key.span)
        .path(path)
        .why(format!("its options are: {}", list(names())));
    match did_you_mean(key, names()) {
        Some(meant) => diagnostic.fix_edit(format!("did you mean `{meant}`?"), entry.key.span, meant),
        None => diagnostic.fix("remove it"),
    }
}
