//! `pipesmith components`

mod docs;
mod example;
mod new;
mod show;
mod spec;
mod validate;

use serde_json::{Value, json};

use super::args::{ComponentsVerb, ListComponentsArgs};
use super::exit::{Ended, Exit, Failure};
use super::output;
use super::place::Place;
use crate::contract::{Contract, Origin, Registry};
use crate::diagnostic::Diagnostic;
use crate::pipeline::run::is_runnable;
use crate::tui::width;

pub use docs::{pages, write};

pub fn run(verb: &ComponentsVerb) -> Ended {
    let json = match verb {
        ComponentsVerb::List(args) => args.json,
        ComponentsVerb::Show(args) => args.json,
        ComponentsVerb::Spec(_) => false,
        ComponentsVerb::Validate(args) => args.json,
        ComponentsVerb::ConfigExample(args) => args.json,
        ComponentsVerb::Docs(args) => args.json,
        ComponentsVerb::New(args) => return new::run(args),
    };
    let place = Place::of(None).map_err(|d| Failure::new(d, Exit::Configuration, json))?;
    let registry = place.registry();
    match verb {
        ComponentsVerb::List(args) => Ok(list(&registry, args)),
        ComponentsVerb::Show(args) => show::run(&registry, args),
        ComponentsVerb::Spec(args) => spec::run(&registry, args),
        ComponentsVerb::Validate(args) => validate::run(&place, &registry, args),
        ComponentsVerb::ConfigExample(args) => example::run(&registry, args),
        ComponentsVerb::Docs(args) => docs::run(&registry, args),
        ComponentsVerb::New(args) => new::run(args),
    }
}

fn list(registry: &Registry, args: &ListComponentsArgs) -> Exit {
    let wanted = |contract: &&Contract| {
        let mode = args.mode.as_ref().is_none_or(|mode| contract.supports(mode) || contract.modes.contains(mode));
        mode && (!args.runnable || is_runnable(&contract.name))
    };
    let shown: Vec<&Contract> = registry.iter().filter(wanted).collect();
    if args.json {
        let all: Vec<Value> = shown.iter().map(|contract| summary(contract)).collect();
        output::json(&json!({ "ok": true, "components": all, "diagnostics": registry.diagnostics() }));
        return Exit::Success;
    }
    output::diagnostics(registry.diagnostics(), None);
    for line in table(&shown) {
        output::line(output::fitting(&line));
    }
    Exit::Success
}

/// A line a component, its columns as wide as their widest value.
fn table(shown: &[&Contract]) -> Vec<String> {
    let rows: Vec<[String; 3]> = shown
        .iter()
        .map(|contract| [contract.name.clone(), contract.version.clone(), contract.modes.join(", ")])
        .collect();
    let widest = |column: usize| rows.iter().map(|row| width(&row[column])).max().unwrap_or_default();
    let widths = [widest(0), widest(1), widest(2)];
    let line = |(row, contract): (&[String; 3], &&Contract)| {
        let cells: String = row
            .iter()
            .zip(widths)
            .map(|(cell, widest)| format!("{cell}{}  ", " ".repeat(widest - width(cell))))
            .collect();
        // Before the title, which may be cut.
        let runnable = if is_runnable(&contract.name) { "" } else { "(no driver yet) " };
        format!("{cells}{runnable}{}", contract.title)
    };
    rows.iter().zip(shown).map(line).collect()
}

/// A contract in short, for programs.
fn summary(contract: &Contract) -> Value {
    json!({
        "name": contract.name,
        "version": contract.version,
        "title": contract.title,
        "description": contract.description,
        "modes": contract.modes,
        "capabilities": contract.capabilities,
        "aliases": contract.aliases,
        "fingerprint": contract.fingerprint,
        "origin": origin(contract),
        "runnable": is_runnable(&contract.name),
    })
}

/// Where a contract comes from, in words.
fn origin(contract: &Contract) -> String {
    match &contract.origin {
        Origin::BuiltIn => "built in".to_owned(),
        Origin::User(file) | Origin::Project(file) => file.display().to_string(),
    }
}

/// The contract of a name.
///
/// # Errors
/// There is none; what was meant is said.
fn find<'a>(registry: &'a Registry, name: &str, json: bool) -> Result<&'a Contract, Failure> {
    registry.get(name).ok_or_else(|| Failure::new(unknown(registry, name), Exit::Other, json))
}

fn unknown(registry: &Registry, name: &str) -> Diagnostic {
    let fix = match registry.meant_by(name) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`pipesmith components list` shows all".to_owned(),
    };
    Diagnostic::error("unknown-component", format!("there is no component `{name}`"))
        .why("no contract has this name, neither built in nor the user's nor the project's")
        .fix(fix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_value() {
        let registry = Registry::builtin();
        let shown: Vec<&Contract> = registry.iter().collect();
        let lines = table(&shown);
        let names = shown.iter().map(|contract| contract.name.len()).max().unwrap();
        let found = lines.iter().zip(&shown).filter_map(|(line, c)| line[names..].find(&c.modes.join(", ")));
        let modes: Vec<usize> = found.map(|at| names + at).collect();
        assert_eq!(modes.len(), shown.len());
        assert!(modes.iter().all(|at| *at == modes[0]), "{modes:?}");
        let longest = shown.iter().map(|c| c.modes.join(", ").len()).max().unwrap();
        for line in lines {
            let gap = &line[modes[0] + longest..modes[0] + longest + 3];
            assert!(gap.starts_with("  ") && !gap.ends_with(' '), "{line}");
        }
    }
}
