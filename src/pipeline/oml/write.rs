//! A document as data to its text: keys in the order that people expect, SQL as a block.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::yaml::quote;

/// Keys that come first, in this order; the others follow as they are.
const TOP: [&str; 5] = ["oml_version", "name", "description", "params", "steps"];
const STEP: [&str; 7] = ["id", "component", "mode", "needs", "retry", "timeout", "config"];
/// A longer list has a line for each item, in bytes.
const MAX_FLOW_BYTES: usize = 80;

/// The text of a document. What is null is left out: it says nothing.
pub fn to_yaml(document: &Value) -> String {
    let mut out = String::new();
    match document {
        Value::Object(top) => entries(top, &TOP, 0, true, &mut out),
        other => {
            let _ = writeln!(out, "{}", flow(other));
        }
    }
    out
}

/// The entries of a mapping at a depth. Writing to a string cannot fail, so the results are dropped.
fn entries(map: &Map<String, Value>, first: &[&str], depth: usize, top: bool, out: &mut String) {
    let known = first.iter().filter_map(|key| map.get_key_value(*key));
    let others = map.iter().filter(|(key, _)| !first.contains(&key.as_str()));
    for (key, value) in known.chain(others).filter(|(_, value)| !value.is_null()) {
        let pad = "  ".repeat(depth);
        let _ = write!(out, "{pad}{}:", quote(key));
        match value {
            Value::Array(items) if top && key == "steps" && items.iter().any(Value::is_object) => {
                out.push('\n');
                items.iter().for_each(|item| list_item(item, &STEP, depth + 1, out));
            }
            value => behind_key(value, depth, out),
        }
    }
}

/// A value behind the colon of its key.
fn behind_key(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Object(map) if map.values().any(|value| !value.is_null()) => {
            out.push('\n');
            entries(map, &[], depth + 1, false, out);
        }
        Value::Array(items) if !is_short(items) => {
            out.push('\n');
            items.iter().for_each(|item| list_item(item, &[], depth + 1, out));
        }
        Value::String(text) if is_block(text) => block(text, depth + 1, out),
        other => {
            let _ = writeln!(out, " {}", flow(other));
        }
    }
}

fn list_item(item: &Value, first: &[&str], depth: usize, out: &mut String) {
    let pad = "  ".repeat(depth);
    match item {
        Value::Object(map) if map.values().any(|value| !value.is_null()) => {
            let mut inner = String::new();
            entries(map, first, depth + 1, false, &mut inner);
            // The dash takes the place of the first entry's indentation.
            let _ = write!(out, "{pad}- {}", inner.get(pad.len() + 2..).unwrap_or_default());
        }
        Value::String(text) if is_block(text) => {
            let _ = write!(out, "{pad}-");
            block(text, depth + 1, out);
        }
        other => {
            let _ = writeln!(out, "{pad}- {}", flow(other));
        }
    }
}

/// Whether a list stands on one line.
fn is_short(items: &[Value]) -> bool {
    let scalar = |item: &Value| !item.is_array() && !item.is_object() && !item.as_str().is_some_and(is_block);
    items.iter().all(scalar) && items.iter().map(|item| flow(item).len() + 2).sum::<usize>() <= MAX_FLOW_BYTES
}

/// A value on one line.
fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => quote(text),
        Value::Number(number) => {
            let text = number.to_string();
            // YAML 1.1 reads a float only with a point and a sign.
            match text.split_once('e') {
                Some((digits, exponent)) => {
                    let point = if digits.contains('.') { "" } else { ".0" };
                    let sign = if exponent.starts_with(['-', '+']) { "" } else { "+" };
                    format!("{digits}{point}e{sign}{exponent}")
                }
                None => text,
            }
        }
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let entry = |(key, value): (&String, &Value)| format!("{}: {}", quote(key), flow(value));
            format!("{{{}}}", map.iter().filter(|(_, v)| !v.is_null()).map(entry).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// Whether a text is written as a block: it has lines, and a block gives back this very text.
fn is_block(text: &str) -> bool {
    let body = text.trim_end_matches('\n');
    body.contains('\n')
        && !text.starts_with([' ', '\t', '\n', '#'])
        && !body.split('\n').any(|line| line.starts_with('\t') || !line.is_empty() && line.trim().is_empty())
        && text.chars().all(|c| c == '\n' || c == '\t' || !c.is_control() && !"\u{2028}\u{2029}\u{feff}".contains(c))
}

fn block(text: &str, depth: usize, out: &mut String) {
    let body = text.trim_end_matches('\n');
    let chomping = match text.len() - body.len() {
        0 => "-",
        1 => "",
        _ => "+",
    };
    let _ = writeln!(out, " |{chomping}");
    let pad = "  ".repeat(depth);
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        let _ = if line.is_empty() { writeln!(out) } else { writeln!(out, "{pad}{line}") };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::diagnostic::LineIndex;
    use crate::yaml::load;

    fn read(text: &str) -> Option<Value> {
        let tree = load(&LineIndex::new(text));
        tree.root.filter(|_| tree.complete && tree.problems.is_empty()).map(|root| root.to_json())
    }

    #[test]
    fn a_document_as_people_write_it() {
        let document = json!({
            "steps": [
                {"config": {"path": "orders.csv", "limit": null, "columns": ["id", "a b"], "header": true},
                 "mode": "read", "component": "filesystem.csv_extractor", "id": "read-orders", "needs": null},
                {"id": "sums", "component": "sql.transform", "mode": "transform", "needs": ["read-orders"],
                 "config": {"query": "SELECT city,\n       sum(amount)\n\nFROM df_read_orders\n"}},
                {"id": "write", "component": "filesystem.csv_writer", "mode": "write", "needs": ["sums"],
                 "config": {"connection": "@filesystem.shop", "path": "${params.file}", "delimiter": "\t"}}
            ],
            "params": {"file": {"default": "out.csv", "type": "string"}, "n": 3, "none": {}},
            "description": null, "name": "shop", "x-more": [1.5, 1e30], "oml_version": "0.1.0"
        });
        insta::assert_snapshot!(to_yaml(&document), @r#"
        oml_version: "0.1.0"
        name: shop
        params:
          file:
            default: out.csv
            type: string
          n: 3
          none: {}
        steps:
          - id: read-orders
            component: filesystem.csv_extractor
            mode: read
            config:
              path: orders.csv
              columns: [id, "a b"]
              header: true
          - id: sums
            component: sql.transform
            mode: transform
            needs: [read-orders]
            config:
              query: |
                SELECT city,
                       sum(amount)

                FROM df_read_orders
          - id: write
            component: filesystem.csv_writer
            mode: write
            needs: [sums]
            config:
              connection: "@filesystem.shop"
              path: "${params.file}"
              delimiter: "\t"
        x-more: [1.5, 1.0e+30]
        "#);
    }

    fn value() -> impl Strategy<Value = Value> {
        let text = prop_oneof![
            any::<String>(),
            "[ a\n\t#:'-]{0,20}",
            Just("yes".to_owned()),
            Just("a\nb\n\n".to_owned()),
            Just("a\n b".to_owned())
        ];
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (-1e40..1e40).prop_map(Value::from),
            text.prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
                proptest::collection::vec(("[a-z#: ]{1,6}|steps|config|id", inner), 0..5)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(steps in proptest::collection::vec(value(), 0..4), more in value()) {
            let document = json!({"name": "x", "steps": steps, "more": more});
            let text = to_yaml(&document);
            prop_assert_eq!(read(&text), Some(document), "{}", text);
        }
    }
}
