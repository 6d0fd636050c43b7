//! Checking a spec, level by level.

use std::sync::{Arc, LazyLock, OnceLock};

use jsonschema::Validator;
use serde_json::Value;

use super::names;
use super::spec::{build, compile};
use super::types::{Contract, Origin};
use super::values::{self, Place, ValueProblem, dotted};
use crate::diagnostic::Diagnostic;
use crate::yaml::{Entry, Kind, Node};

/// The schema of specs as text.
pub(super) const SCHEMA_TEXT: &str = include_str!("../../components/spec.schema.json");

/// How closely a spec is looked at. Each level has all of the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// It has the form of a spec.
    Basic,
    /// Its configSchema is a JSON Schema, and defaults and examples fit it.
    Enhanced,
    /// Whatever it names is there: secrets, aliases, connection fields, options of constraints. Examples
    /// keep the constraints.
    Strict,
}

struct SpecSchema {
    schema: Value,
    validator: Validator,
}

/// The schema of specs. It is part of the program, and a test reads it, so that it always compiles.
static SPEC_SCHEMA: LazyLock<Option<SpecSchema>> = LazyLock::new(|| {
    let schema: Value = serde_json::from_str(SCHEMA_TEXT).ok()?;
    let validator = compile(&schema).ok()?;
    Some(SpecSchema { schema, validator })
});

/// Checks a spec and makes its contract. What is found is an error; a contract can have come out all the
/// same.
pub(super) fn inspect(root: &Node, origin: Origin, level: Level, found: &mut Vec<Diagnostic>) -> Option<Contract> {
    let value = root.to_json();
    let Some(spec_schema) = &*SPEC_SCHEMA else {
        found.push(Diagnostic::error("invalid-spec", "the schema of specs could not be read"));
        return None;
    };
    let problems = values::problems(&spec_schema.validator, &spec_schema.schema, &[], &value);
    if !problems.is_empty() {
        found.extend(problems.into_iter().map(|problem| place("invalid-spec", root, &[], problem)));
        return None;
    }
    if level == Level::Basic {
        return Some(build(&value, Arc::default(), origin));
    }
    let validator = match compile(value.get("configSchema").unwrap_or(&Value::Null)) {
        Ok(validator) => Arc::new(OnceLock::from(Some(validator))),
        Err(error) => {
            found.push(no_schema(root, error));
            return None;
        }
    };
    let contract = build(&value, validator, origin);
    defaults(&contract, root, found);
    examples(&contract, root, found);
    if level == Level::Strict {
        names::check(&contract, root, found);
        kept_constraints(&contract, root, found);
    }
    Some(contract)
}

/// `invalid-config-schema`, placed at the option whose schema is none.
fn no_schema(root: &Node, error: String) -> Diagnostic {
    let properties = root.nearest(["configSchema", "properties"]);
    let wrong = properties.as_map().into_iter().flat_map(|map| &map.entries).find_map(|entry| {
        let error = compile(&entry.value.to_json()).err()?;
        Some((entry, error))
    });
    let (span, path, error) = match wrong {
        Some((entry, error)) => (deepest_wrong(entry), format!("configSchema.properties.{}", entry.key.text), error),
        None => (root.nearest(["configSchema"]).span, "configSchema".to_owned(), error),
    };
    Diagnostic::error("invalid-config-schema", "configSchema is not a JSON Schema (2020-12)")
        .at(span)
        .path(path)
        .why(error)
        .fix("mend the schema; each type is one of string, integer, number, boolean, array, object, null")
}

/// The keyword of a wrong schema without which it would be right, else the whole of it.
fn deepest_wrong(entry: &Entry) -> crate::diagnostic::Span {
    let Kind::Map(map) = &entry.value.kind else { return entry.value.span };
    let whole = entry.value.to_json();
    let alone = map.entries.iter().find(|keyword| {
        let mut without = whole.clone();
        without.as_object_mut().map(|object| object.remove(&keyword.key.text));
        compile(&without).is_ok()
    });
    alone.map_or(entry.value.span, |keyword| keyword.value.span)
}

/// Places a problem in the text: at the value, at the key that is wrong, or at the nearest thing above.
fn place(code: &str, root: &Node, prefix: &[Place], problem: ValueProblem) -> Diagnostic {
    let mut path: Vec<Place> = prefix.iter().cloned().chain(problem.path).collect();
    let parts: Vec<String> = path.iter().map(Place::to_string).collect();
    let node = root.nearest(parts.iter().map(String::as_str));
    let entry = problem.key.as_ref().and_then(|key| node.as_map()?.entry(&key.name));
    if let (Some(entry), Some(key)) = (entry, &problem.key) {
        path.push(Place::Key(key.name.clone()));
        let diagnostic =
            Diagnostic::error(code, problem.message).at(entry.key.span).path(dotted(&path)).why(problem.why);
        let taken = |name: &String| node.as_map().is_some_and(|map| map.entry(name).is_some());
        return match key.meant.as_ref().filter(|name| !taken(name) && !entry.merged) {
            Some(name) => diagnostic.fix_edit(problem.fix, entry.key.span, name.as_str()),
            None => diagnostic.fix(problem.fix),
        };
    }
    let diagnostic = Diagnostic::error(code, problem.message).at(node.span).path(dotted(&path)).why(problem.why);
    match problem.replacement {
        Some(text) => diagnostic.fix_edit(problem.fix, node.span, text),
        None => diagnostic.fix(problem.fix),
    }
}

/// `invalid-default`: the default of an option is a value that the option can have. Null is no default.
fn defaults(contract: &Contract, root: &Node, found: &mut Vec<Diagnostic>) {
    for option in &contract.options {
        let Some(default) = &option.default else { continue };
        let Some(schema) = contract.schema.pointer("/properties").and_then(|all| all.get(&option.name)) else {
            continue;
        };
        let Ok(validator) = compile(schema) else { continue };
        let prefix = ["configSchema", "properties", &option.name, "default"].map(|key| Place::Key(key.to_owned()));
        for problem in values::problems(&validator, schema, &[], default) {
            found.push(place("invalid-default", root, &prefix, problem));
        }
    }
}

fn prefix_of(number: usize) -> [Place; 3] {
    [Place::Key("examples".into()), Place::Index(number), Place::Key("config".into())]
}

/// `invalid-example`: an example fits configSchema.
fn examples(contract: &Contract, root: &Node, found: &mut Vec<Diagnostic>) {
    for (number, example) in contract.examples.iter().enumerate() {
        let config = Value::Object(example.config.clone());
        for problem in contract.all_value_problems(&config) {
            found.push(place("invalid-example", root, &prefix_of(number), problem));
        }
    }
}

/// `invalid-example`: an example keeps the constraints. What its connection provides is not judged.
fn kept_constraints(contract: &Contract, root: &Node, found: &mut Vec<Diagnostic>) {
    for (number, example) in contract.examples.iter().enumerate() {
        let provided = |key: &str| {
            let connected = example.config.contains_key("connection") && !example.config.contains_key(key);
            connected && contract.connection_fields.iter().any(|field| field.name == key)
        };
        for problem in contract.constraint_problems(&example.config, &provided) {
            let node = root.nearest(["examples", &number.to_string(), "config"]);
            found.push(
                Diagnostic::error(
                    "invalid-example",
                    format!("the example breaks a constraint: {}", problem.constraint.error),
                )
                .at(node.span)
                .path(dotted(&prefix_of(number)))
                .why(format!("when {}, {}", problem.constraint.condition(), problem.constraint.demand()))
                .fix(format!("mend `{}` in the example, or the constraint", problem.option)),
            );
        }
    }
}
