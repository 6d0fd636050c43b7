//! Contracts as text for a model: compact, and the same whenever the contracts are.

use std::fmt::Write as _;

use serde_json::Value;

use super::types::{Contract, OptionSpec};
use crate::yaml::quote;

/// The text of the contracts, in the order given: each option with type, default, allowed values and
/// whether it is required, one example, and how to use it. Options that are secret are left out: a
/// connection provides them.
pub fn for_model<'a>(contracts: impl IntoIterator<Item = &'a Contract>) -> String {
    let mut out = String::new();
    for contract in contracts {
        one(contract, &mut out);
    }
    out
}

// Writing to a string cannot fail, so the results of `write!` are dropped.
fn one(contract: &Contract, out: &mut String) {
    let _ = writeln!(out, "## {} {} (mode: {})", contract.name, contract.version, contract.step_modes().join(", "));
    let _ = writeln!(out, "{}", contract.description);
    let _ = writeln!(out, "config:");
    for option in contract.options.iter().filter(|option| !option.secret) {
        let _ = writeln!(out, "- {}", line(option));
    }
    if let Some(guidance) = &contract.guidance {
        let _ = writeln!(out, "use: {}", guidance.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    if let Some(example) = contract.examples.iter().find(|example| !holds_secret(contract, &example.config)) {
        let _ = writeln!(out, "example ({}):", example.title);
        match &example.snippet {
            Some(snippet) => out.push_str(&indented(snippet.trim_end(), "  ")),
            None => mapping(&example.config, 1, out),
        }
    }
    out.push('\n');
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

fn holds_secret(contract: &Contract, config: &serde_json::Map<String, Value>) -> bool {
    config.keys().any(|key| contract.option(key).is_some_and(|option| option.secret))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Origin, Registry, read};

    #[test]
    fn the_built_in_contracts() {
        let registry = Registry::builtin();
        let shown = ["filesystem.csv_extractor", "filesystem.csv_writer", "sql.transform"];
        insta::assert_snapshot!(for_model(shown.into_iter().filter_map(|name| registry.get(name))));
    }

    #[test]
    fn no_secret_option_is_in_it() {
        let spec = "name: my.extractor\nversion: 1.0.0\nmodes: [extract]\ncapabilities: {}\nsecrets: [/password]\n\
            configSchema:\n  type: object\n  properties:\n    password: {type: string}\n    table: {type: string}\n\
            examples:\n  - {title: a, config: {password: hunter22, table: t}}\n  - {title: b, config: {table: u}}\n";
        let (contract, found) = read("spec.yaml", spec, Origin::BuiltIn);
        assert_eq!(found, []);
        let text = for_model(contract.as_ref());
        assert!(!text.contains("password") && !text.contains("hunter22"), "{text}");
        assert!(text.contains("table: u"), "{text}");
    }
}
