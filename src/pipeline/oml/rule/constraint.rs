//! Rules about options that depend on each other.

use super::super::view::{StepView, View};
use super::CheckContext;
use super::config::{has_connection, provided};
use crate::diagnostic::Diagnostic;
use crate::yaml::{Map, Node};

/// What a way of writing can be called.
const WRITE_MODES: [&str; 4] = ["append", "replace", "truncate", "upsert"];
/// What a file's encoding can be called where the contract does not list them.
const ENCODINGS: [&str; 5] = ["utf-8", "utf-16", "ascii", "latin-1", "iso-8859-1"];

/// The option that says how rows are written, and its value.
fn write_mode<'a>(step: &StepView<'a>) -> Option<(&'static str, &'a Node)> {
    let config = step.config?;
    let write = step.mode == Some("write") || step.contract.is_some_and(|contract| contract.supports("write"));
    ["write_mode", "mode"].into_iter().filter(|_| write).find_map(|key| Some((key, config.get(key)?)))
}

/// The way of writing that needs a key, when the step has none.
fn lacks_key<'a>(step: &StepView<'a>, config: &Map) -> Option<(&'static str, &'a str)> {
    let (key, node) = write_mode(step)?;
    let mode = node.as_str().filter(|mode| matches!(*mode, "replace" | "upsert"))?;
    let has = |name: &str| config.get(name).is_some_and(|node| !node.is_null());
    // A contract that has another option for it, and not this one, says itself when that is needed.
    let other = step.contract.is_some_and(|c| c.option("primary_key").is_none() && c.option("upsert_keys").is_some());
    (config.complete && !has("primary_key") && !other).then_some((key, mode))
}

/// `missing-required-field`: to replace or update rows, a write step needs to know which belong together.
pub fn write_keys(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    for step in &view.steps {
        let Some(config) = step.config else { continue };
        let Some((key, mode)) = lacks_key(step, config) else { continue };
        let span = config.entry(key).map_or(step.node.span, |entry| entry.value.span);
        let diagnostic = Diagnostic::error(
            "missing-required-field",
            format!("{} lacks `primary_key`, which `{key}: {mode}` needs", step.name()),
        )
        .at(span)
        .path(step.path("config.primary_key"))
        .why("rows that are there already are found by their key");
        let takes = step.contract.is_none_or(|contract| contract.option("primary_key").is_some());
        out.push(if takes {
            diagnostic
                .fix("name the column, or the columns, that tell rows apart, or write `append`")
                .example("primary_key: [id]")
        } else {
            diagnostic.fix(format!("remove `{key}`: the component writes all rows anew and takes no key"))
        });
    }
}

/// `unknown-write-mode` (warning): a way of writing that has no meaning, where the contract does not list
/// those that it takes.
pub fn write_modes(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    for step in view.steps.iter().filter(|step| step.mode == Some("write")) {
        let Some((key, node)) = write_mode(step) else { continue };
        let Some(mode) = node.as_str().filter(|mode| !WRITE_MODES.contains(mode)) else { continue };
        if step.contract.is_some_and(|contract| contract.option(key).is_none_or(|o| !o.allowed.is_empty()))
            && key == "mode"
        {
            continue;
        }
        if step.contract.and_then(|contract| contract.option(key)).is_some_and(|option| !option.allowed.is_empty()) {
            continue;
        }
        let diagnostic = Diagnostic::warning("unknown-write-mode", format!("`{mode}` is no way of writing"))
            .at(node.span)
            .path(step.path(&format!("config.{key}")))
            .why(format!("known are: {}", super::list(WRITE_MODES)));
        let meant = match mode {
            "overwrite" | "full" => Some("replace"),
            "insert" | "add" => Some("append"),
            "merge" | "update" => Some("upsert"),
            other => crate::diagnostic::did_you_mean(other, WRITE_MODES),
        };
        out.push(match meant {
            Some(meant) => diagnostic.fix(format!("did you mean `{meant}`?")),
            None => diagnostic.fix("use one of them"),
        });
    }
}

/// `unsupported-encoding` (warning): an encoding that is not known, where the contract does not list
/// those that it takes.
pub fn encodings(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    for step in &view.steps {
        let Some(node) = step.config.and_then(|config| config.get("encoding")) else { continue };
        let Some(encoding) = node.as_str().filter(|name| !ENCODINGS.contains(&name.to_lowercase().as_str())) else {
            continue;
        };
        let Some(option) = step.contract.and_then(|contract| contract.option("encoding")) else { continue };
        if !option.allowed.is_empty() {
            continue;
        }
        out.push(
            Diagnostic::warning("unsupported-encoding", format!("the encoding `{encoding}` may not be understood"))
                .at(node.span)
                .path(step.path("config.encoding"))
                .why(format!("these are: {}", super::list(ENCODINGS)))
                .fix("use one of them"),
        );
    }
}

/// `config-constraint`: a condition of the contract that binds options to each other.
pub fn conditions(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    for step in &view.steps {
        let (Some(contract), Some(config)) = (step.contract, step.config.filter(|config| config.complete)) else {
            continue;
        };
        if contract.constraints.is_empty() {
            continue;
        }
        let value = step.part("config").map(Node::to_json);
        let Some(values) = value.as_ref().and_then(serde_json::Value::as_object) else { continue };
        let connected = has_connection(step);
        let open = |key: &str| {
            config.get(key).is_some_and(Node::is_unknown)
                || (connected && config.get(key).is_none() && provided(contract, key))
        };
        let key_reported = lacks_key(step, config).is_some();
        for problem in contract.constraint_problems(values, &open) {
            if key_reported && problem.option == "primary_key" {
                continue;
            }
            let constraint = problem.constraint;
            let entry = config.entry(problem.option).filter(|_| !problem.missing);
            let cause = constraint.when.keys().find_map(|key| config.entry(key));
            let config_key = step.map.and_then(|map| map.entry("config")).map(|entry| entry.key.span);
            let span = entry
                .map(|entry| entry.value.span)
                .or_else(|| cause.map(|entry| entry.key.span))
                .or(config_key)
                .unwrap_or(step.node.span);
            let mut diagnostic = Diagnostic::error("config-constraint", constraint.error.clone())
                .at(span)
                .path(step.path(&format!("config.{}", problem.option)))
                .why(format!(
                    "the contract of `{}` says: when {}, {}",
                    contract.name,
                    constraint.condition(),
                    constraint.demand()
                ));
            if let Some(cause) = cause.filter(|cause| cause.key.span != span) {
                diagnostic = diagnostic.related(cause.value.span, "because of this");
            }
            out.push(diagnostic.fix(if problem.missing {
                format!("add `{}`, or change what asks for it", problem.option)
            } else {
                format!("change `{}`, or what asks for it", problem.option)
            }));
        }
    }
}
