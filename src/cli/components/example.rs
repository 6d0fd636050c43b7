//! `pipesmith components config-example`

use serde_json::json;

use super::find;
use crate::cli::args::ConfigExampleArgs;
use crate::cli::exit::{Ended, Exit, Failure};
use crate::cli::output;
use crate::contract::Registry;
use crate::diagnostic::Diagnostic;

/// Prints an example of a step's config as YAML.
pub fn run(registry: &Registry, args: &ConfigExampleArgs) -> Ended {
    let contract = find(registry, &args.name, args.json)?;
    let Some(example) = args.example.checked_sub(1).and_then(|at| contract.examples.get(at)) else {
        let diagnostic = Diagnostic::error(
            "no-example",
            format!("`{}` has no example {}: it has {}", contract.name, args.example, contract.examples.len()),
        );
        let fix = match contract.examples.len() {
            0 => format!("`pipesmith components show {}` shows its options", contract.name),
            1 => "give 1, or nothing".to_owned(),
            many => format!("give a number from 1 to {many}"),
        };
        return Err(Failure::new(diagnostic.fix(fix), Exit::Configuration, args.json));
    };
    let yaml = serde_yaml::to_string(&example.config).unwrap_or_default();
    let text = format!("# {}: {}\n{yaml}", contract.name, example.title.replace(['\n', '\r'], " "));
    if args.json {
        output::json(&json!({
            "ok": true,
            "component": contract.name,
            "title": example.title,
            "config": example.config,
            "yaml": text,
        }));
    } else {
        output::piece(&output::safe(&text));
    }
    Ok(Exit::Success)
}
