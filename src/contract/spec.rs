//! A spec's text to a contract.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

use super::check::{Level, inspect};
use super::constraint::Constraint;
use super::types::{ConnectionField, Contract, Example, OptionSpec, Origin, Override};
use crate::canonical;
use crate::diagnostic::{Diagnostic, LineIndex, Severity, has_errors, sort};
use crate::yaml::load;

/// Largest compiled pattern of a spec, in bytes: a hostile one is refused, not compiled.
const PATTERN_BYTES: usize = 1 << 20;

/// Faults with which a spec is no contract; with any other it is one, and the fault is a warning.
const FATAL: [&str; 4] = ["yaml-parse-error", "duplicate-key", "invalid-spec", "invalid-config-schema"];

pub(super) fn compile(schema: &Value) -> Result<Validator, String> {
    jsonschema::draft202012::options()
        .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_BYTES))
        .offline()
        .build(schema)
        .map_err(|error| error.to_string())
}

/// Reads a spec. With an error among the diagnostics there is no contract; `source` names the file in
/// them. A fault that leaves the contract usable, such as an example that is wrong, is a warning.
pub fn read(source: &str, text: &str, origin: Origin) -> (Option<Contract>, Vec<Diagnostic>) {
    let (contract, mut found) = examine(source, text, origin, Level::Strict);
    for diagnostic in found.iter_mut().filter(|d| !FATAL.contains(&d.code.as_str())) {
        diagnostic.severity = Severity::Warning;
    }
    sort(&mut found);
    (contract.filter(|_| !has_errors(&found)), found)
}

/// Checks a spec at a level. What is found is an error, in the order of the text.
pub fn validate(source: &str, text: &str, level: Level) -> Vec<Diagnostic> {
    let (_, mut found) = examine(source, text, Origin::Project(source.into()), level);
    sort(&mut found);
    found
}

fn examine(source: &str, text: &str, origin: Origin, level: Level) -> (Option<Contract>, Vec<Diagnostic>) {
    let lines = LineIndex::new(text);
    let tree = load(&lines);
    let mut found = tree.problems;
    for duplicate in &tree.duplicates {
        let name = &duplicate.key;
        found.push(
            Diagnostic::error("duplicate-key", format!("the key `{name}` stands twice in one mapping"))
                .at(duplicate.second)
                .related(duplicate.first, "it stands here first")
                .why("only one of the two could count")
                .fix("remove or rename one of them"),
        );
    }
    let contract = match &tree.root {
        None if found.is_empty() => {
            found.push(
                Diagnostic::error("invalid-spec", "the spec is empty")
                    .at(lines.span(0..0))
                    .why("a spec is a mapping with name, version, modes, capabilities and configSchema")
                    .fix("write the spec, or remove the file"),
            );
            None
        }
        // What is compiled in has been checked like any other by a test; the start need not wait for it.
        Some(root) if tree.complete && origin == Origin::BuiltIn => {
            Some(build(&root.to_json(), Arc::default(), origin))
        }
        Some(root) if tree.complete => inspect(root, origin, level, &mut found),
        _ => None,
    };
    for diagnostic in &mut found {
        diagnostic.source = Some(source.to_owned());
    }
    (contract, found)
}

/// The first part of a JSON pointer: of `/headers/Authorization`, `headers`.
pub(super) fn first(pointer: &str) -> &str {
    pointer.trim_start_matches('/').split('/').next().unwrap_or_default()
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(|text| text.trim().to_owned())
}

fn texts(value: Option<&Value>) -> Vec<String> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The contract that a spec means; what is not as it should be is left out.
pub(super) fn build(spec: &Value, validator: Arc<OnceLock<Option<Validator>>>, origin: Origin) -> Contract {
    let schema = spec.get("configSchema").cloned().unwrap_or(Value::Null);
    let name = text(spec, "name").unwrap_or_default();
    let constraints = constraints(spec.get("constraints"));
    let (without_connection, constraints): (Vec<_>, Vec<_>) =
        constraints.into_iter().partition(Constraint::is_about_no_connection);
    let mut required = texts(schema.get("required"));
    required.extend(without_connection.iter().flat_map(|constraint| constraint.must.keys().cloned()));
    let mut secrets = texts(spec.get("secrets"));
    secrets.extend(texts(spec.get("x-secret")));
    let mut seen = std::collections::BTreeSet::new();
    secrets.retain(|pointer| seen.insert(pointer.clone()));
    let hints = spec.get("llmHints");
    let aliases = hints.and_then(|h| h.get("inputAliases")).and_then(Value::as_object);
    let input_aliases: BTreeMap<_, _> =
        aliases.into_iter().flatten().map(|(option, words)| (option.clone(), texts(Some(words)))).collect();
    Contract {
        title: text(spec, "title").unwrap_or_else(|| name.clone()),
        version: text(spec, "version").unwrap_or_default(),
        description: text(spec, "description").unwrap_or_default(),
        modes: texts(spec.get("modes")),
        capabilities: capabilities(spec.get("capabilities")),
        aliases: texts(spec.get("x-aliases")),
        constraints,
        options: options(&schema, &required, &secrets),
        connection_fields: connection_fields(spec.get("x-connection-fields")),
        examples: examples(spec.get("examples")),
        guidance: hints.and_then(|h| text(h, "promptGuidance")),
        fingerprint: canonical::fingerprint(&canonical::json(spec)),
        schema,
        secrets,
        input_aliases,
        origin,
        validator,
        name,
    }
}

fn capabilities(value: Option<&Value>) -> Vec<String> {
    let all = value.and_then(Value::as_object).into_iter().flatten();
    all.filter(|(_, able)| **able == Value::Bool(true)).map(|(name, _)| name.clone()).collect()
}

fn constraints(value: Option<&Value>) -> Vec<Constraint> {
    let all = value.and_then(|value| value.get("required")).and_then(Value::as_array);
    let one = |item: &Value| {
        let conditions = |key: &str| item.get(key).and_then(Value::as_object).cloned();
        Some(Constraint { when: conditions("when")?, must: conditions("must")?, error: text(item, "error")? })
    };
    all.into_iter().flatten().filter_map(one).collect()
}

fn connection_fields(value: Option<&Value>) -> Vec<ConnectionField> {
    let field = |item: &Value| {
        let name = item.as_str().map(str::to_owned).or_else(|| text(item, "name"))?;
        let policy = match item.get("override").and_then(Value::as_str) {
            Some("forbidden") => Override::Forbidden,
            Some("warning") => Override::Warning,
            _ => Override::Allowed,
        };
        Some(ConnectionField { name, policy })
    };
    value.and_then(Value::as_array).into_iter().flatten().filter_map(field).collect()
}

fn examples(value: Option<&Value>) -> Vec<Example> {
    let example = |item: &Value| Example {
        title: text(item, "title").unwrap_or_default(),
        config: item.get("config").and_then(Value::as_object).cloned().unwrap_or_default(),
        snippet: text(item, "omlSnippet"),
        notes: text(item, "notes"),
    };
    value.and_then(Value::as_array).into_iter().flatten().map(example).collect()
}

fn options(schema: &Value, required: &[String], secrets: &[String]) -> Vec<OptionSpec> {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties
        .into_iter()
        .flatten()
        .map(|(name, sub)| OptionSpec {
            description: text(sub, "description").unwrap_or_default(),
            kind: kind(sub),
            required: required.contains(name),
            default: sub.get("default").filter(|value| !value.is_null()).cloned(),
            allowed: sub.get("enum").and_then(Value::as_array).cloned().unwrap_or_default(),
            range: range(sub),
            // A secret below it (`/headers/Authorization`) does not make all of it secret.
            secret: secrets.iter().any(|pointer| pointer[1..] == **name),
            name: name.clone(),
        })
        .collect()
}

fn kind(sub: &Value) -> String {
    let one = |word: &str| match word {
        "array" => match sub.get("items").map(kind).filter(|items| items != "any") {
            Some(items) => format!("array of {items}"),
            None => "array".to_owned(),
        },
        "object" => match sub.get("additionalProperties").filter(|v| v.is_object()).map(kind).filter(|v| v != "any") {
            Some(items) => format!("object of {items}"),
            None => "object".to_owned(),
        },
        other => other.to_owned(),
    };
    let any_of = |key: &str| sub.get(key).and_then(Value::as_array).map(|all| all.iter().map(kind).collect::<Vec<_>>());
    match sub.get("type") {
        Some(Value::String(word)) => one(word),
        Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).map(one).collect::<Vec<_>>().join(" or "),
        _ => any_of("oneOf").or_else(|| any_of("anyOf")).map_or_else(|| "any".to_owned(), |kinds| kinds.join(" or ")),
    }
}

fn range(sub: &Value) -> Option<String> {
    let get = |key: &str| sub.get(key).map(Value::to_string);
    let span = |least: Option<String>, most: Option<String>| match (least, most) {
        (None, None) => None,
        (least, most) if least == most => least,
        (least, most) => Some(format!("{}…{}", least.unwrap_or_default(), most.unwrap_or_default())),
    };
    let unit = |text: String, unit: &str| if text == "1" { format!("1 {unit}") } else { format!("{text} {unit}s") };
    let number = span(get("minimum"), get("maximum"));
    let length = span(get("minLength"), get("maxLength")).map(|text| unit(text, "character"));
    let items = span(get("minItems"), get("maxItems")).map(|text| unit(text, "item"));
    let unique = (sub.get("uniqueItems") == Some(&Value::Bool(true))).then(|| "no item twice".to_owned());
    let parts: Vec<String> = [number, length, items, unique].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
