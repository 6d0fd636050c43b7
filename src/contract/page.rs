//! A contract as a page of the reference, and the list of all.

use std::fmt::Write as _;

use serde_json::Value;

use super::types::{Contract, OptionSpec, Override};

/// The list of the components, as Markdown; `runnable` says which have a driver.
pub fn index<'a>(contracts: impl IntoIterator<Item = &'a Contract>, runnable: &dyn Fn(&str) -> bool) -> String {
    let mut out = String::from(
        "# Components\n\n\
         What a step can use. Each has a contract that documents are checked against; one that can't be run yet is\n\
         checked and compiled, and a run of it is refused. `pipesmith components list` prints the same, with the\n\
         contracts of the user and of the project. How a contract is written: [component-spec.md](../component-spec.md).\n\n\
         | Component | Step modes | Can be run | What it does |\n|---|---|---|---|\n",
    );
    for contract in contracts {
        let name = &contract.name;
        let can = if runnable(name) { "yes" } else { "not yet" };
        let _ = writeln!(
            out,
            "| [`{name}`]({name}.md) | {} | {can} | {} |",
            contract.step_modes().join(", "),
            cell(&contract.description)
        );
    }
    out
}

/// The page of a component, as Markdown.
pub fn page(contract: &Contract, runnable: bool) -> String {
    let mut out = format!("# `{}`\n\n{}\n\n", contract.name, contract.description);
    if !contract.aliases.is_empty() {
        let _ = writeln!(out, "Documents may also call it {}.\n", code_list(&contract.aliases));
    }
    if !runnable {
        out.push_str("It has no driver yet: documents that use it are checked and compiled, and a run is refused.\n\n");
    }
    let _ = writeln!(out, "- Version: {}", contract.version);
    let _ = writeln!(out, "- Step modes: {}", contract.step_modes().join(", "));
    let _ = writeln!(out, "- Modes of the spec: {}", contract.modes.join(", "));
    if !contract.capabilities.is_empty() {
        let _ = writeln!(out, "- Capabilities: {}", contract.capabilities.join(", "));
    }
    options(contract, &mut out);
    connection(contract, &mut out);
    if !contract.constraints.is_empty() {
        out.push_str("\n## Constraints\n\n");
    }
    for constraint in &contract.constraints {
        let _ = writeln!(out, "- When {}: {}. ({})", constraint.condition(), constraint.demand(), constraint.error);
    }
    out.push_str("\n## Examples\n");
    for example in &contract.examples {
        let yaml = serde_yaml::to_string(&example.config).unwrap_or_default();
        let _ = write!(out, "\n{}\n\n```yaml\n{yaml}```\n", example.title);
        if let Some(notes) = &example.notes {
            let _ = writeln!(out, "\n{notes}");
        }
    }
    if let Some(guidance) = &contract.guidance {
        let _ = writeln!(out, "\n## What a model is told\n\n{guidance}");
    }
    out
}

// Writing to a string cannot fail, so the results of `write!` are dropped.
fn options(contract: &Contract, out: &mut String) {
    out.push_str("\n## Options\n\n| Option | Type | Default | Allowed | What it is |\n|---|---|---|---|---|\n");
    for option in &contract.options {
        let required = if option.required { " (required)" } else { "" };
        let default =
            option.default.as_ref().map(|value| format!("`{}`", cell(&value.to_string()))).unwrap_or_default();
        let _ = writeln!(
            out,
            "| `{}`{required} | {} | {default} | {} | {} |",
            option.name,
            cell(&option.kind),
            cell(&allowed(contract, option)),
            cell(&option.description)
        );
    }
}

fn allowed(contract: &Contract, option: &OptionSpec) -> String {
    let mut parts: Vec<String> = Vec::new();
    if !option.allowed.is_empty() {
        let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        parts.push(option.allowed.iter().map(|value| format!("`{}`", plain(value))).collect::<Vec<_>>().join(" "));
    }
    parts.extend(option.range.clone());
    let schema = contract.schema.get("properties").and_then(|all| all.get(&option.name));
    if let Some(pattern) = schema.and_then(|schema| schema.get("pattern")).and_then(Value::as_str) {
        parts.push(format!("`{pattern}`"));
    }
    if option.secret {
        parts.push("secret".to_owned());
    }
    parts.join("; ")
}

fn connection(contract: &Contract, out: &mut String) {
    if contract.connection_fields.is_empty() {
        return;
    }
    let _ = write!(
        out,
        "\n## From the connection\n\n`connection: \"@{}.…\"` provides these. A required option need not stand in the step then.\n\n",
        contract.family()
    );
    for field in &contract.connection_fields {
        let policy = match (contract.option(&field.name), field.policy) {
            (None, _) => "only the connection has it",
            (_, Override::Allowed) => "the step may override it",
            (_, Override::Warning) => "the step may override it and is warned",
            (_, Override::Forbidden) => "the step must not give it too",
        };
        let _ = writeln!(out, "- `{}`: {policy}", field.name);
    }
}

fn code_list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Text for a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").split_whitespace().collect::<Vec<_>>().join(" ")
}
