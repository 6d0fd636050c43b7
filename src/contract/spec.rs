//! A spec's text to a contract.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, OnceLock};

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

use super::constraint::Constraint;
use super::types::{ConnectionField, Contract, Example, OptionSpec, Origin, Override};
use super::values::{self, Place, ValueProblem, dotted};
use crate::canonical;
use crate::diagnostic::{Diagnostic, LineIndex, has_errors, sort};
use crate::yaml::{Node, load};

const SCHEMA_TEXT: &str = include_str!("../../components/spec.schema.json");

/// Largest compiled pattern of a spec, in bytes: a hostile one is refused, not compiled.
const PATTERN_BYTES: usize = 1 << 20;

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

pub(super) fn compile(schema: &Value) -> Result<Validator, String> {
    jsonschema::draft202012::options()
        .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_BYTES))
        .offline()
        .build(schema)
        .map_err(|error| error.to_string())
}

/// Reads a spec. With an error among the diagnostics there is no contract; `source` names the file in
/// them.
pub fn read(source: &str, text: &str, origin: Origin) -> (Option<Contract>, Vec<Diagnostic>) {
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
        Some(root) if tree.complete => from_tree(root, origin, &mut found),
        _ => None,
    };
    for diagnostic in &mut found {
        diagnostic.source = Some(source.to_owned());
    }
    sort(&mut found);
    (contract.filter(|_| !has_errors(&found)), found)
}

fn from_tree(root: &Node, origin: Origin, found: &mut Vec<Diagnostic>) -> Option<Contract> {
    let value = root.to_json();
    let schema = value.get("configSchema").cloned().unwrap_or(Value::Null);
    if origin == Origin::BuiltIn {
        // What is compiled in has been checked like any other by a test; the start need not wait for it.
        return Some(build(&value, schema, Arc::default(), origin));
    }
    let Some(spec_schema) = &*SPEC_SCHEMA else {
        found.push(Diagnostic::error("invalid-spec", "the schema of specs could not be read"));
        return None;
    };
    let problems = values::problems(&spec_schema.validator, &spec_schema.schema, &[], &value);
    if !problems.is_empty() {
        found.extend(problems.into_iter().map(|problem| place("invalid-spec", root, &[], problem)));
        return None;
    }
    let validator = match compile(&schema) {
        Ok(validator) => Arc::new(OnceLock::from(Some(validator))),
        Err(error) => {
            let node = root.nearest(["configSchema"]);
            found.push(
                Diagnostic::error("invalid-config-schema", "configSchema is not a JSON Schema (2020-12)")
                    .at(node.span)
                    .path("configSchema")
                    .why(error)
                    .fix("mend the schema; each type is one of string, integer, number, boolean, array, object, null"),
            );
            return None;
        }
    };
    let contract = build(&value, schema, validator, origin);
    check_examples(&contract, root, found);
    check_names(&contract, root, found);
    Some(contract)
}

/// Places a problem in the text: at the value, or at the nearest thing above it.
fn place(code: &str, root: &Node, prefix: &[Place], problem: ValueProblem) -> Diagnostic {
    let path: Vec<Place> = prefix.iter().cloned().chain(problem.path).collect();
    let parts: Vec<String> = path
        .iter()
        .map(|part| match part {
            Place::Key(key) => key.clone(),
            Place::Index(index) => index.to_string(),
        })
        .collect();
    let node = root.nearest(parts.iter().map(String::as_str));
    let diagnostic = Diagnostic::error(code, problem.message).at(node.span).path(dotted(&path)).why(problem.why);
    match problem.replacement {
        Some(text) => diagnostic.fix_edit(problem.fix, node.span, text),
        None => diagnostic.fix(problem.fix),
    }
}

fn check_examples(contract: &Contract, root: &Node, found: &mut Vec<Diagnostic>) {
    for (number, example) in contract.examples.iter().enumerate() {
        let config = Value::Object(example.config.clone());
        let prefix = [Place::Key("examples".into()), Place::Index(number), Place::Key("config".into())];
        for problem in contract.all_value_problems(&config) {
            let mut diagnostic = place("invalid-example", root, &prefix, problem);
            diagnostic.severity = crate::diagnostic::Severity::Warning;
            found.push(diagnostic);
        }
    }
}

/// Secrets and words for options have to be about options that there are.
fn check_names(contract: &Contract, root: &Node, found: &mut Vec<Diagnostic>) {
    let known = || contract.options.iter().map(|option| option.name.as_str());
    // `x-secret` may also name what only the connection holds.
    let secrets = root.as_map().and_then(|map| map.get("secrets")).and_then(Node::as_seq);
    for item in secrets.into_iter().flat_map(|seq| &seq.items) {
        let pointer = item.as_str().unwrap_or_default();
        let first = pointer.trim_start_matches('/').split('/').next().unwrap_or_default();
        if known().any(|name| name == first) || ["auth", "credentials", "connection"].contains(&first) {
            continue;
        }
        found.push(
            Diagnostic::warning("unknown-secret-pointer", format!("`{pointer}` points to no option"))
                .at(item.span)
                .path("secrets")
                .why(format!("the options are: {}", known().collect::<Vec<_>>().join(", ")))
                .fix("point to an option, or remove it"),
        );
    }
    let aliases = root.nearest(["llmHints", "inputAliases"]);
    for entry in
        aliases.as_map().filter(|_| !contract.input_aliases.is_empty()).into_iter().flat_map(|map| &map.entries)
    {
        if !known().any(|name| name == entry.key.text) {
            found.push(
                Diagnostic::warning("unknown-alias-option", format!("`{}` is no option", entry.key.text))
                    .at(entry.key.span)
                    .path("llmHints.inputAliases")
                    .why(format!("the options are: {}", known().collect::<Vec<_>>().join(", ")))
                    .fix("use the name of an option, or remove it"),
            );
        }
    }
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(|text| text.trim().to_owned())
}

fn texts(value: Option<&Value>) -> Vec<String> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn build(spec: &Value, schema: Value, validator: Arc<OnceLock<Option<Validator>>>, origin: Origin) -> Contract {
    let name = text(spec, "name").unwrap_or_default();
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
        aliases: texts(spec.get("x-aliases")),
        options: options(&schema, &secrets),
        connection_fields: connection_fields(spec.get("x-connection-fields")),
        constraints: constraints(spec),
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

fn constraints(spec: &Value) -> Vec<Constraint> {
    let map = |item: &Value, key: &str| item.get(key).and_then(Value::as_object).cloned();
    let one = |item: &Value| {
        let error = text(item, "error").unwrap_or_default();
        Some(Constraint { when: map(item, "when")?, must: map(item, "must")?, error })
    };
    let all = spec.pointer("/constraints/required").and_then(Value::as_array);
    all.into_iter().flatten().filter_map(one).collect()
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

fn options(schema: &Value, secrets: &[String]) -> Vec<OptionSpec> {
    let required = texts(schema.get("required"));
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
            secret: secrets.iter().any(|pointer| pointer[1..].split('/').next() == Some(name)),
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
