//! A contract with all that is said of its options.

use std::fmt::Write as _;

use serde_json::Value;

use super::{holds_secret, secret_values};
use crate::contract::types::{Contract, Example, OptionSpec};
use crate::yaml::quote;

/// Adds a contract. Writing to a string cannot fail, so the results of `write!` are dropped.
pub(super) fn one(contract: &Contract, out: &mut String) {
    let _ = writeln!(out, "## {} {} (mode: {})", contract.name, contract.version, contract.step_modes().join(", "));
    let _ = writeln!(out, "{}", contract.description);
    let _ = writeln!(out, "config:");
    for option in contract.options.iter().filter(|option| !option.secret) {
        let _ = writeln!(out, "- {}", line(option));
    }
    if let Some(guidance) = &contract.guidance {
        let _ = writeln!(out, "use: {}", guidance.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    let secrets = secret_values(contract);
    if let Some(example) = contract.examples.iter().find_map(|example| shown(contract, example, &secrets)) {
        out.push_str(&example);
    }
}

/// An example, unless it shows a secret.
fn shown(contract: &Contract, example: &Example, secrets: &[String]) -> Option<String> {
    if example.config.keys().any(|key| contract.option(key).is_some_and(|option| option.secret)) {
        return None;
    }
    let mut out = format!("example ({}):\n", example.title);
    match &example.snippet {
        Some(snippet) => out.push_str(&indented(snippet.trim_end(), "  ")),
        None => mapping(&example.config, 1, &mut out),
    }
    (!holds_secret(&out, secrets)).then_some(out)
}

fn line(option: &OptionSpec) -> String {
    let mut line = format!("{}: {}", option.name, option.kind);
    if option.required {
        line.push_str(", required");
    }
    if let Some(default) = &option.default {
        let _ = write!(line, ", default {default}");
    }
    if !option.allowed.is_empty() {
        let allowed: Vec<String> = option.allowed.iter().map(Value::to_string).collect();
        let _ = write!(line, ", one of {}", allowed.join(" "));
    }
    if let Some(range) = &option.range {
        let _ = write!(line, ", {range}");
    }
    if !option.description.is_empty() {
        let _ = write!(line, ". {}", option.description);
    }
    line
}

fn mapping(config: &serde_json::Map<String, Value>, depth: usize, out: &mut String) {
    for (key, value) in config {
        let pad = "  ".repeat(depth);
        match value {
            Value::String(text) if text.contains('\n') => {
                let _ = writeln!(out, "{pad}{key}: |");
                out.push_str(&indented(text.trim_end(), &"  ".repeat(depth + 1)));
            }
            Value::String(text) => {
                let _ = writeln!(out, "{pad}{key}: {}", quote(text));
            }
            // JSON is YAML too.
            other => {
                let _ = writeln!(out, "{pad}{key}: {other}");
            }
        }
    }
}

fn indented(text: &str, pad: &str) -> String {
    text.lines().fold(String::new(), |out, line| out + pad + line + "\n")
}
