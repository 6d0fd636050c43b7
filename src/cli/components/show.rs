//! `pipesmith components show`

use serde_json::{Value, json};

use super::{find, origin, summary};
use crate::cli::args::ShowComponentArgs;
use crate::cli::exit::{Ended, Exit};
use crate::cli::output;
use crate::contract::{Contract, OptionSpec, Override, Registry};
use crate::pipeline::run::is_runnable;

pub fn run(registry: &Registry, args: &ShowComponentArgs) -> Ended {
    let contract = find(registry, &args.name, args.json)?;
    if args.json {
        let mut value = summary(contract);
        value["options"] = json!(contract.options);
        value["config_schema"] = contract.schema.clone();
        value["connection_fields"] = json!(contract.connection_fields);
        value["secrets"] = json!(contract.secrets);
        value["constraints"] = json!(contract.constraints);
        value["examples"] = contract.examples.iter().map(|e| json!({ "title": e.title, "config": e.config })).collect();
        output::json(&json!({ "ok": true, "component": value }));
    } else {
        for line in lines(contract) {
            output::line(output::safe(&line));
        }
    }
    Ok(Exit::Success)
}

fn lines(contract: &Contract) -> Vec<String> {
    let mut out = vec![format!("{} {}: {}", contract.name, contract.version, contract.title)];
    if !contract.aliases.is_empty() {
        out.push(format!("also called {}", contract.aliases.join(", ")));
    }
    if !is_runnable(&contract.name) {
        out.push("no driver yet: documents that use it can be checked and compiled, not run".to_owned());
    }
    out.push(format!("\n{}\n", contract.description.trim()));
    out.push(format!("modes: {}", contract.modes.join(", ")));
    if !contract.capabilities.is_empty() {
        out.push(format!("capabilities: {}", contract.capabilities.join(", ")));
    }
    out.push(format!("spec: {}", origin(contract)));
    out.push("\noptions (* required):".to_owned());
    for option in &contract.options {
        let star = if option.required { "*" } else { " " };
        out.push(format!("  {star} {:<18} {}", option.name, facts(contract, option)));
        out.push(format!("                       {}", option.description));
    }
    let only = contract.connection_fields.iter().filter(|field| contract.option(&field.name).is_none());
    let only: Vec<&str> = only.map(|field| field.name.as_str()).collect();
    if !only.is_empty() {
        out.push(format!("\nthe connection also holds: {}", only.join(", ")));
    }
    if !contract.constraints.is_empty() {
        out.push("\nconstraints:".to_owned());
    }
    for constraint in &contract.constraints {
        out.push(format!("  when {}: {}. {}", constraint.condition(), constraint.demand(), constraint.error));
    }
    for example in &contract.examples {
        out.push(format!("\nexample: {}", example.title));
        out.extend(serde_yaml::to_string(&example.config).unwrap_or_default().lines().map(|line| format!("  {line}")));
    }
    out
}

fn facts(contract: &Contract, option: &OptionSpec) -> String {
    let mut facts = vec![option.kind.clone()];
    facts.extend(option.range.clone());
    if !option.allowed.is_empty() {
        let allowed: Vec<String> = option.allowed.iter().map(Value::to_string).collect();
        facts.push(format!("one of {}", allowed.join(", ")));
    }
    facts.extend(option.default.as_ref().map(|default| format!("default {default}")));
    if option.secret {
        facts.push("secret".to_owned());
    }
    let field = contract.connection_fields.iter().find(|field| field.name == option.name);
    facts.extend(field.map(|field| {
        match field.policy {
            Override::Allowed => "from the connection, the step may override it",
            Override::Warning => "from the connection, overriding it is warned about",
            Override::Forbidden => "from the connection only, where one is named",
        }
        .to_owned()
    }));
    facts.join("; ")
}
