//! Values against a JSON Schema, with an explanation that names the key, the value and what is allowed.

use jsonschema::error::{TypeKind, ValidationError, ValidationErrorKind as Kind};
use serde_json::Value;

use crate::diagnostic::did_you_mean;
use crate::yaml::quote;

/// Longest value that is repeated in a message, in characters.
const SHOWN_CHARS: usize = 60;
/// Most problems that are reported of one configuration.
const MAX_PROBLEMS: usize = 100;

/// Part of the way to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A key of a mapping.
    Key(String),
    /// An index of a list, from 0.
    Index(usize),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::Key(key) => f.write_str(key),
            Place::Index(index) => write!(f, "{index}"),
        }
    }
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueProblem {
    /// The way to the value.
    pub path: Vec<Place>,
    /// Whether it is about which keys a mapping has rather than about a value.
    pub about_keys: bool,
    /// What is wrong, one line.
    pub message: String,
    /// Why.
    pub why: String,
    /// What to do.
    pub fix: String,
    /// YAML that can stand in the value's place.
    pub replacement: Option<String>,
    /// The key of the mapping at the way that it is about, when the mapping cannot have it.
    pub key: Option<UnknownKey>,
}

/// A key that a mapping cannot have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKey {
    /// The key.
    pub name: String,
    /// The key that was meant.
    pub meant: Option<String>,
}

/// The way as text: `dtype.amount`, `columns[1]`.
pub fn dotted(path: &[Place]) -> String {
    let mut out = String::new();
    for place in path {
        match place {
            Place::Key(key) if out.is_empty() => out.push_str(key),
            Place::Key(key) => {
                out.push('.');
                out.push_str(key);
            }
            Place::Index(index) => out.push_str(&format!("[{index}]")),
        }
    }
    out
}

/// All that is wrong with a value, in the order of its way.
pub(super) fn problems(
    validator: &jsonschema::Validator,
    schema: &Value,
    secrets: &[String],
    value: &Value,
) -> Vec<ValueProblem> {
    if validator.is_valid(value) {
        return Vec::new();
    }
    let mut found: Vec<ValueProblem> =
        validator.iter_errors(value).take(MAX_PROBLEMS).flat_map(|error| explain(&error, schema, secrets)).collect();
    found.truncate(MAX_PROBLEMS);
    found.dedup_by(|a, b| a.message == b.message);
    found
}

fn explain(error: &ValidationError<'_>, schema: &Value, secrets: &[String]) -> Vec<ValueProblem> {
    let path: Vec<Place> = error
        .instance_path()
        .segments()
        .map(|segment| match segment {
            jsonschema::paths::LocationSegment::Property(key) => Place::Key(key.into_owned()),
            jsonschema::paths::LocationSegment::Index(index) => Place::Index(index),
        })
        .collect();
    let pointer = error.instance_path().as_str();
    // What holds a secret is not repeated either.
    let inside = |whole: &str, part: &str| part.strip_prefix(whole).is_some_and(|rest| rest.starts_with('/'));
    let secret =
        !pointer.is_empty() && secrets.iter().any(|s| pointer == s || inside(s, pointer) || inside(pointer, s));
    let key = if path.is_empty() { "the value".to_owned() } else { format!("`{}`", dotted(&path)) };
    let value = error.instance();
    let shown = if secret { "what is given".to_owned() } else { show(value) };
    let parent = error.schema_path().as_str().rsplit_once('/').map_or("", |(parent, _)| parent);
    let sub = schema.pointer(parent).unwrap_or(&Value::Null);
    let description = sub.get("description").and_then(Value::as_str).unwrap_or_default();
    let why = |reason: String| if description.is_empty() { reason } else { format!("{reason}. {description}") };
    let about_keys = matches!(error.kind(), Kind::Required { .. } | Kind::AdditionalProperties { .. });
    let done = |message: String, reason: String, fix: String, replacement: Option<String>| ValueProblem {
        path: path.clone(),
        about_keys,
        message,
        why: why(reason),
        fix,
        replacement: replacement.filter(|_| !secret),
        key: None,
    };
    if let Kind::AdditionalProperties { unexpected } = error.kind() {
        let keys = sub.get("properties").and_then(Value::as_object);
        let known: Vec<&str> = keys.into_iter().flatten().map(|(key, _)| key.as_str()).collect();
        return unexpected
            .iter()
            .map(|name| {
                let meant = did_you_mean(name, known.iter().copied()).map(str::to_owned);
                let fix = meant.as_ref().map_or_else(|| "remove it".to_owned(), |m| format!("did you mean `{m}`?"));
                let message = format!("{key} has no `{name}`");
                let problem = done(message, format!("known keys: {}", known.join(", ")), fix, None);
                ValueProblem { key: Some(UnknownKey { name: name.clone(), meant }), ..problem }
            })
            .collect();
    }
    vec![match error.kind() {
        Kind::Enum { options } => {
            let allowed: Vec<String> = options.as_array().into_iter().flatten().map(plain).collect();
            let list = allowed.join(", ");
            let meant = value.as_str().and_then(|v| did_you_mean(v, allowed.iter().map(String::as_str)));
            let only = (allowed.len() == 1).then(|| allowed[0].as_str());
            let fix = meant.map_or_else(|| format!("use one of: {list}"), |m| format!("did you mean `{m}`?"));
            done(format!("{key} cannot be {shown}"), format!("allowed: {list}"), fix, meant.or(only).map(quote))
        }
        Kind::Constant { expected_value } => {
            let expected = plain(expected_value);
            done(format!("{key} cannot be {shown}"), format!("allowed: {expected}"), format!("write {expected}"), None)
        }
        Kind::Type { kind } => {
            let kinds: Vec<String> = match kind {
                TypeKind::Single(kind) => vec![kind.to_string()],
                TypeKind::Multiple(kinds) => kinds.iter().map(|kind| kind.to_string()).collect(),
            };
            let wanted = kinds.iter().map(|kind| article(kind)).collect::<Vec<_>>().join(" or ");
            let replacement = retyped(value, &kinds);
            let fix = match &replacement {
                Some(text) => format!("write {text}"),
                None => format!("give {wanted}"),
            };
            let message = format!(
                "{key} must be {wanted}, not {} {}",
                type_word(value),
                if value.is_null() { "" } else { &shown }
            );
            done(message.trim_end().to_owned(), format!("its type is {}", kinds.join(" or ")), fix, replacement)
        }
        Kind::Minimum { limit } => bound(&done, &key, &shown, "at least", limit, true),
        Kind::Maximum { limit } => bound(&done, &key, &shown, "at most", limit, true),
        Kind::ExclusiveMinimum { limit } => bound(&done, &key, &shown, "more than", limit, false),
        Kind::ExclusiveMaximum { limit } => bound(&done, &key, &shown, "less than", limit, false),
        Kind::MinLength { limit } => count(&done, &key, &shown, "at least", *limit, "character"),
        Kind::MaxLength { limit } => count(&done, &key, &shown, "at most", *limit, "character"),
        Kind::MinItems { limit } => count(&done, &key, &shown, "at least", *limit, "item"),
        Kind::MaxItems { limit } => count(&done, &key, &shown, "at most", *limit, "item"),
        Kind::MinProperties { limit } => count(&done, &key, &shown, "at least", *limit, "key"),
        Kind::MaxProperties { limit } => count(&done, &key, &shown, "at most", *limit, "key"),
        Kind::UniqueItems => done(
            format!("{key} holds the same item twice"),
            "its items have to differ".into(),
            "remove the repeated item".into(),
            None,
        ),
        Kind::Pattern { pattern } => {
            let example = sub.get("examples").and_then(|e| e.get(0)).map(plain);
            let fix = match (&example, description.is_empty()) {
                (_, false) => format!("give {}", first_lower(description)),
                (Some(example), true) => format!("write it like `{example}`"),
                (None, true) => format!("write it so that it fits `{pattern}`"),
            };
            done(format!("{key} cannot be {shown}"), format!("it has to fit `{pattern}`"), fix, None)
        }
        Kind::Required { property } => {
            let missing = plain(property);
            done(format!("{key} lacks `{missing}`"), "it is required".into(), format!("add `{missing}`"), None)
        }
        _ => {
            let text = if secret { error.masked().to_string() } else { error.to_string() };
            let text: String = text.chars().take(4 * SHOWN_CHARS).collect();
            done(format!("{key} does not fit its contract"), text, "see the component's contract".into(), None)
        }
    }]
}

type Done<'a> = dyn Fn(String, String, String, Option<String>) -> ValueProblem + 'a;

fn bound(done: &Done<'_>, key: &str, shown: &str, word: &str, limit: &Value, reachable: bool) -> ValueProblem {
    let message = format!("{key} must be {word} {limit}, not {shown}");
    let replacement = reachable.then(|| limit.to_string());
    done(message, format!("allowed: {word} {limit}"), format!("give a number that is {word} {limit}"), replacement)
}

fn count(done: &Done<'_>, key: &str, shown: &str, word: &str, limit: u64, unit: &str) -> ValueProblem {
    let unit = if limit == 1 { unit.to_owned() } else { format!("{unit}s") };
    let message = format!("{key} must have {word} {limit} {unit}, not be {shown}");
    done(message, format!("allowed: {word} {limit} {unit}"), format!("give {word} {limit} {unit}"), None)
}

/// The value as YAML of one of the wanted types, when it only has the wrong one.
fn retyped(value: &Value, kinds: &[String]) -> Option<String> {
    let wants = |kind: &str| kinds.iter().any(|k| k == kind);
    match value {
        Value::String(text) => {
            let text = text.trim();
            if wants("integer") && text.parse::<i64>().is_ok()
                || wants("number") && text.parse::<f64>().is_ok_and(f64::is_finite)
            {
                return Some(text.trim_start_matches('+').to_owned());
            }
            match text.to_lowercase().as_str() {
                "true" | "yes" | "on" if wants("boolean") => Some("true".to_owned()),
                "false" | "no" | "off" if wants("boolean") => Some("false".to_owned()),
                _ if wants("array") && !text.is_empty() => Some(format!("[{}]", quote(text))),
                _ => None,
            }
        }
        Value::Number(_) | Value::Bool(_) if wants("string") => Some(format!("\"{value}\"")),
        Value::Number(n) if wants("boolean") => match n.as_i64() {
            Some(0) => Some("false".to_owned()),
            Some(1) => Some("true".to_owned()),
            _ => None,
        },
        _ => None,
    }
}

fn type_word(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing (null)",
        Value::Bool(_) => "a boolean,",
        Value::Number(n) if n.is_f64() => "a number,",
        Value::Number(_) => "an integer,",
        Value::String(_) => "text,",
        Value::Array(_) => "a list,",
        Value::Object(_) => "a mapping,",
    }
}

fn article(kind: &str) -> String {
    match kind {
        "string" => "text".to_owned(),
        "object" => "a mapping".to_owned(),
        "array" => "a list".to_owned(),
        "integer" => "an integer".to_owned(),
        "null" => "null".to_owned(),
        other => format!("a {other}"),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A value as it is repeated in a message: JSON, cut.
fn show(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= SHOWN_CHARS {
        return text;
    }
    text.chars().take(SHOWN_CHARS).chain(['…']).collect()
}

fn first_lower(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_lowercase().chain(chars).collect())
}
