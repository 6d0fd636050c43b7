//! What is written for an option that is missing.

use serde_json::Value;

use super::super::view::{StepView, View};
use super::edit::{self, Change};
use crate::contract::{Contract, OptionSpec, Place};
use crate::yaml::{Node, quote};

/// A value that an option can have, as YAML on one line: its default, the first that is allowed, the one
/// of an example, or one that says that it is to be replaced. Secrets get none.
pub(super) fn of(contract: &Contract, option: &OptionSpec, step: &StepView<'_>) -> Option<String> {
    if option.secret {
        return None;
    }
    let shown = contract.examples.iter().find_map(|example| example.config.get(&option.name));
    let made = match option.kind.split(' ').next().unwrap_or_default() {
        "string" => Value::from(format!("<{}>", option.name)),
        "integer" | "number" => Value::from(1),
        "boolean" => Value::from(false),
        _ => Value::Null,
    };
    let config = step.part("config").map_or(Value::Null, Node::to_json);
    let candidates = option.default.as_ref().into_iter().chain(option.allowed.first()).chain(shown);
    let value = candidates.chain([&made]).find(|value| !value.is_null() && fits(contract, option, &config, value))?;
    Some(value.as_str().map_or_else(|| value.to_string(), quote))
}

fn fits(contract: &Contract, option: &OptionSpec, config: &Value, value: &Value) -> bool {
    let mut config = config.as_object().cloned().unwrap_or_default();
    config.insert(option.name.clone(), value.clone());
    let own = |place: Option<&Place>| place == Some(&Place::Key(option.name.clone()));
    !contract.value_problems(&Value::Object(config)).iter().any(|problem| own(problem.path.first()))
}

/// A new entry of a step's configuration, which may itself be missing.
pub(super) fn insert(view: &View<'_>, step: &StepView<'_>, entry: &str) -> Option<Change> {
    match step.part("config") {
        None => edit::insert(view, step.node, &["id", "component", "mode", "needs"], &format!("config: {{{entry}}}")),
        Some(node) if node.is_null() => {
            let text = &view.lines.text()[node.span.range()];
            let space = if text.is_empty() { " " } else { "" };
            Some((node.span, format!("{space}{{{entry}}}")))
        }
        Some(node) => edit::insert(view, node, &[], entry),
    }
}
