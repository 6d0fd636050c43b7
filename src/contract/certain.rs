//! Whether a value surely fits a schema, by the keywords that nearly all specs get by with.
//!
//! A validator costs more to build than most programs that need one have to do besides, so values that
//! surely fit are let pass without one. Does not own: saying what is wrong. What this is not sure of, the
//! validator decides, so it may doubt anything and must never be wrong when it is sure.

use serde_json::{Map, Value};

/// Largest whole number that a float holds exactly.
const EXACT: i64 = 1 << 53;
/// Most items that are compared with each other.
const MAX_UNIQUE: usize = 32;

/// Whether the values of a configuration surely fit its schema. Which keys it has is not looked at.
pub fn values_fit(schema: &Value, config: &Value) -> bool {
    let (Some(schema), Some(config)) = (schema.as_object(), config.as_object()) else { return false };
    let known = |key: &String| {
        is_remark(key) || matches!(key.as_str(), "type" | "properties" | "required" | "additionalProperties")
    };
    if !schema.keys().all(known) || schema.get("type").is_some_and(|kind| kind != "object") {
        return false;
    }
    let none = Map::new();
    let properties = schema.get("properties").map_or(Some(&none), Value::as_object);
    let others = match schema.get("additionalProperties") {
        None | Some(Value::Bool(_)) => None,
        Some(other) => Some(other),
    };
    let Some(properties) = properties else { return false };
    config.iter().all(|(key, value)| match properties.get(key).or(others) {
        Some(sub) => fits(sub, value),
        None => true,
    })
}

/// Keywords that ask nothing of a value.
fn is_remark(key: &str) -> bool {
    matches!(key, "title" | "description" | "default" | "examples" | "deprecated" | "$comment" | "$schema")
        || key.starts_with("x-")
}

fn fits(schema: &Value, value: &Value) -> bool {
    let Some(schema) = schema.as_object() else { return *schema == Value::Bool(true) };
    schema.iter().all(|(key, wanted)| match key.as_str() {
        key if is_remark(key) => true,
        "type" => match wanted {
            Value::String(kind) => is(kind, value),
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).any(|kind| is(kind, value)),
            _ => false,
        },
        "enum" => wanted.as_array().is_some_and(|all| all.contains(value)),
        "const" => wanted == value,
        "minimum" => compared(value, wanted).is_some_and(|(value, limit)| value >= limit),
        "maximum" => compared(value, wanted).is_some_and(|(value, limit)| value <= limit),
        "minLength" => text(value, wanted).is_some_and(|(len, limit)| len >= limit),
        "maxLength" => text(value, wanted).is_some_and(|(len, limit)| len <= limit),
        "minItems" => items(value, wanted).is_some_and(|(len, limit)| len >= limit),
        "maxItems" => items(value, wanted).is_some_and(|(len, limit)| len <= limit),
        "uniqueItems" => *wanted == Value::Bool(false) || value.as_array().is_some_and(|items| differ(items)),
        "items" => value.as_array().is_some_and(|items| items.iter().all(|item| fits(wanted, item))),
        "additionalProperties" if !schema.contains_key("properties") => {
            value.as_object().is_some_and(|map| map.values().all(|value| fits(wanted, value)))
        }
        "pattern" => value.as_str().is_some_and(|text| is_reference(wanted, text)),
        _ => false,
    })
}

fn is(kind: &str, value: &Value) -> bool {
    match (kind, value) {
        ("string", Value::String(_))
        | ("boolean", Value::Bool(_))
        | ("null", Value::Null)
        | ("array", Value::Array(_))
        | ("object", Value::Object(_))
        | ("number", Value::Number(_)) => true,
        ("integer", Value::Number(number)) => number.is_i64() || number.is_u64(),
        _ => false,
    }
}

/// Two numbers, both whole and not too large for an exact comparison.
fn compared(value: &Value, limit: &Value) -> Option<(i64, i64)> {
    let exact = |value: &Value| value.as_i64().filter(|n| (-EXACT..=EXACT).contains(n));
    Some((exact(value)?, exact(limit)?))
}

fn text(value: &Value, limit: &Value) -> Option<(u64, u64)> {
    Some((value.as_str()?.chars().count().try_into().ok()?, limit.as_u64()?))
}

fn items(value: &Value, limit: &Value) -> Option<(u64, u64)> {
    Some((value.as_array()?.len().try_into().ok()?, limit.as_u64()?))
}

/// Whether no text stands twice in a list. Of other items it is not sure.
fn differ(items: &[Value]) -> bool {
    items.len() <= MAX_UNIQUE
        && items.iter().all(Value::is_string)
        && items.iter().enumerate().all(|(n, item)| !items[..n].contains(item))
}

/// Whether a pattern is that of references to connections, and a text is one: `^@mysql\.[a-zA-Z0-9_-]+$`.
fn is_reference(pattern: &Value, text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let parts = || {
        let family = pattern.as_str()?.strip_prefix("^@")?.strip_suffix(r"\.[a-zA-Z0-9_-]+$")?;
        Some((family, text.strip_prefix('@')?.strip_prefix(family)?.strip_prefix('.')?))
    };
    parts().is_some_and(|(family, alias)| {
        !family.is_empty() && family.chars().all(word) && !alias.is_empty() && alias.chars().all(word)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::spec::compile;
    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        let one = prop_oneof![
            Just(json!(null)),
            any::<bool>().prop_map(Value::from),
            (-3i64..12).prop_map(Value::from),
            Just(json!(1.0)),
            Just(json!(2.5)),
            Just(json!(u64::MAX)),
            Just(json!(1e300)),
            "[ab@.č]{0,4}".prop_map(Value::from),
            Just(json!("@mysql.main")),
            Just(json!("@mysql.main\n")),
        ];
        one.prop_recursive(2, 8, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[abc]", inner, 0..3)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    fn schema() -> impl Strategy<Value = Value> {
        let kind = prop::sample::select(vec!["string", "integer", "number", "boolean", "array", "object", "null"]);
        let keyword = prop_oneof![
            kind.clone().prop_map(|kind| ("type", json!(kind))),
            prop::collection::vec(kind, 1..3)
                .prop_filter("types differ", |all| all.len() < 2 || all[0] != all[1])
                .prop_map(|kinds| ("type", json!(kinds))),
            prop::collection::vec(value(), 1..4).prop_map(|all| ("enum", json!(all))),
            value().prop_map(|value| ("const", value)),
            (-2i64..9).prop_map(|n| ("minimum", json!(n))),
            (-2i64..9).prop_map(|n| ("maximum", json!(n))),
            Just(("maximum", json!(2.5))),
            (0u64..4).prop_map(|n| ("minLength", json!(n))),
            (0u64..4).prop_map(|n| ("maxLength", json!(n))),
            (0u64..3).prop_map(|n| ("minItems", json!(n))),
            (0u64..3).prop_map(|n| ("maxItems", json!(n))),
            any::<bool>().prop_map(|yes| ("uniqueItems", json!(yes))),
            Just(("pattern", json!(r"^@mysql\.[a-zA-Z0-9_-]+$"))),
            Just(("pattern", json!("^a"))),
            Just(("format", json!("date"))),
            Just(("description", json!("x"))),
        ];
        let leaf = prop::collection::vec(keyword, 0..3)
            .prop_map(|all| Value::Object(all.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()));
        leaf.prop_recursive(2, 8, 3, |inner| {
            prop_oneof![
                inner.clone().prop_map(|sub| json!({"type": "array", "items": sub})),
                inner.clone().prop_map(|sub| json!({"additionalProperties": sub})),
                (inner.clone(), inner.clone())
                    .prop_map(|(a, b)| json!({"properties": {"a": a}, "additionalProperties": b})),
                (inner.clone(), inner).prop_map(|(a, b)| json!({"oneOf": [a, b]})),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn what_is_sure_is_what_the_validator_says(sub in schema(), value in value()) {
            if fits(&sub, &value) {
                let validator = compile(&sub).unwrap();
                prop_assert!(validator.is_valid(&value), "{sub} {value}");
            }
            let (whole, config) = (json!({"type": "object", "properties": {"a": sub}}), json!({"a": value}));
            if values_fit(&whole, &config) {
                prop_assert!(compile(&whole).unwrap().is_valid(&config));
            }
        }
    }

    #[test]
    fn it_is_sure_of_what_is_ordinary() {
        let schema = json!({
            "type": "object", "required": ["path"], "additionalProperties": false,
            "properties": {
                "path": {"type": "string", "minLength": 1, "description": "A file."},
                "limit": {"type": "integer", "minimum": 1, "default": 5},
                "newline": {"enum": ["lf", "crlf"]},
                "connection": {"type": "string", "pattern": r"^@filesystem\.[a-zA-Z0-9_-]+$"},
                "columns": {"type": "array", "items": {"type": "string"}, "uniqueItems": true},
            },
        });
        let right =
            json!({"path": "a", "limit": 5, "newline": "lf", "connection": "@filesystem.data", "columns": ["a", "b"]});
        assert!(values_fit(&schema, &right));
        for (key, wrong) in [
            ("path", json!("")),
            ("path", json!(5)),
            ("limit", json!(0)),
            ("limit", json!(1.5)),
            ("newline", json!("cr")),
            ("connection", json!("@mysql.data")),
            ("connection", json!("@filesystem.data\n")),
            ("columns", json!(["a", "a"])),
        ] {
            let mut config = right.clone();
            config[key] = wrong;
            assert!(!values_fit(&schema, &config), "{config}");
        }
    }
}
