//! `pipesmith components`

use serde_json::{Value, json};

use super::args::{ComponentsVerb, ShowComponentArgs};
use super::exit::{Ended, Exit, Failure};
use super::output;
use super::place::Place;
use crate::contract::{Contract, Registry};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::pipeline::run::is_runnable;

pub fn run(verb: &ComponentsVerb) -> Ended {
    let json = match verb {
        ComponentsVerb::List(args) => args.json,
        ComponentsVerb::Show(args) => args.json,
    };
    let place = Place::of(None).map_err(|d| Failure::new(d, Exit::Configuration, json))?;
    let registry = place.registry();
    match verb {
        ComponentsVerb::List(_) => list(&registry, json),
        ComponentsVerb::Show(args) => show(&registry, args),
    }
}

fn list(registry: &Registry, json: bool) -> Ended {
    if json {
        let all: Vec<Value> = registry.iter().map(summary).collect();
        output::json(&json!({ "ok": true, "components": all, "diagnostics": registry.diagnostics() }));
        return Ok(Exit::Success);
    }
    output::diagnostics(registry.diagnostics(), None);
    for contract in registry.iter() {
        let runnable = if is_runnable(&contract.name) { "" } else { "  (no driver yet: can't be run)" };
        output::line(format!(
            "{:<28} {:<8} {:<22} {}{runnable}",
            contract.name,
            contract.version,
            contract.modes.join(", "),
            contract.title
        ));
    }
    Ok(Exit::Success)
}

fn summary(contract: &Contract) -> Value {
    json!({
        "name": contract.name,
        "version": contract.version,
        "title": contract.title,
        "description": contract.description,
        "modes": contract.modes,
        "aliases": contract.aliases,
        "fingerprint": contract.fingerprint,
        "runnable": is_runnable(&contract.name),
    })
}

fn show(registry: &Registry, args: &ShowComponentArgs) -> Ended {
    let Some(contract) = registry.get(&args.name) else {
        let near = did_you_mean(&args.name, registry.names());
        let diagnostic = Diagnostic::error("unknown-component", format!("there is no component `{}`", args.name)).fix(
            near.map_or_else(
                || "`pipesmith components list` shows all".to_owned(),
                |near| format!("did you mean `{near}`?"),
            ),
        );
        return Err(Failure::new(diagnostic, Exit::Other, args.json));
    };
    if args.json {
        let mut value = summary(contract);
        value["config_schema"] = contract.schema.clone();
        value["examples"] = contract.examples.iter().map(|e| json!({ "title": e.title, "config": e.config })).collect();
        output::json(&json!({ "ok": true, "component": value }));
        return Ok(Exit::Success);
    }
    output::line(format!("{} {}: {}", contract.name, contract.version, contract.title));
    if !contract.aliases.is_empty() {
        output::line(format!("also called {}", contract.aliases.join(", ")));
    }
    output::line(format!("\n{}\n", contract.description.trim()));
    output::line(format!("modes: {}", contract.modes.join(", ")));
    output::line("\noptions (* required):");
    for option in &contract.options {
        let mut facts = vec![option.kind.clone()];
        facts.extend(option.range.clone());
        if !option.allowed.is_empty() {
            facts
                .push(format!("one of {}", option.allowed.iter().map(Value::to_string).collect::<Vec<_>>().join(", ")));
        }
        facts.extend(option.default.as_ref().map(|d| format!("default {d}")));
        if option.secret {
            facts.push("secret".to_owned());
        }
        let star = if option.required { "*" } else { " " };
        output::line(format!("  {star} {:<18} {}", option.name, facts.join("; ")));
        output::line(format!("                       {}", option.description));
    }
    for example in &contract.examples {
        output::line(format!("\nexample: {}", example.title));
        for line in serde_yaml::to_string(&example.config).unwrap_or_default().lines() {
            output::line(format!("  {line}"));
        }
    }
    Ok(Exit::Success)
}
