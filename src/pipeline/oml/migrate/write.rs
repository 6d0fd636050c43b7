//! A value as YAML in the way people write pipelines: blocks, short lists on one line.

use serde_json::{Map, Value};

use crate::yaml::quote;

/// Longest list or mapping that is written on one line, in characters.
const LINE: usize = 60;

/// A document.
pub(super) fn document(map: &Map<String, Value>) -> String {
    let mut out = String::new();
    for (key, value) in map {
        if key == "oml_version" {
            // Quoted, so that nobody reads a number.
            out.push_str(&format!("oml_version: {value}\n"));
        } else {
            entry(key, value, 0, &mut out);
        }
    }
    out
}

fn entry(key: &str, value: &Value, depth: usize, out: &mut String) {
    out.push_str(&"  ".repeat(depth));
    out.push_str(&quote(key));
    out.push(':');
    below(value, depth, out);
}

/// What follows a `:`, to the end of its last line.
fn below(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::String(text) if is_block(text) => {
            out.push_str(if text.ends_with('\n') { " |\n" } else { " |-\n" });
            for line in text.lines() {
                if !line.is_empty() {
                    out.push_str(&"  ".repeat(depth + 1));
                    out.push_str(line);
                }
                out.push('\n');
            }
        }
        Value::Object(map) if !map.is_empty() => {
            out.push('\n');
            map.iter().for_each(|(key, value)| entry(key, value, depth + 1, out));
        }
        Value::Array(items) if items.iter().any(Value::is_object) || flow(value).chars().count() > LINE => {
            out.push('\n');
            for item in items {
                self::item(item, depth + 1, out);
            }
        }
        other => out.push_str(&format!(" {}\n", flow(other))),
    }
}

fn item(value: &Value, depth: usize, out: &mut String) {
    let pad = "  ".repeat(depth);
    match value {
        Value::Object(map) if !map.is_empty() => {
            let mut inner = String::new();
            map.iter().for_each(|(key, value)| entry(key, value, depth + 1, &mut inner));
            out.push_str(&format!("{pad}- {}", inner.trim_start()));
        }
        other => out.push_str(&format!("{pad}- {}\n", flow(other))),
    }
}

/// Text over several lines that a block can hold as it is.
fn is_block(text: &str) -> bool {
    let plain =
        |c: char| c == '\n' || (!c.is_control() && !matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}'));
    text.contains('\n')
        && text.chars().all(plain)
        && !text.starts_with([' ', '\n'])
        && !text.ends_with("\n\n")
        && text.lines().all(|line| !line.ends_with(' '))
}

/// On one line.
fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => quote(text),
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let entries: Vec<String> =
                map.iter().map(|(key, value)| format!("{}: {}", quote(key), flow(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::diagnostic::LineIndex;
    use crate::yaml::load;

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-z:#\\- \n'\"]{0,12}".prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map("[a-z<]{1,4}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(value in value()) {
            let map = json!({ "a": value, "b": [value, value] });
            let text = document(map.as_object().unwrap());
            let tree = load(&LineIndex::new(&text));
            prop_assert_eq!(tree.problems.len(), 0, "{}", text);
            prop_assert_eq!(tree.root.unwrap().to_json(), map, "{}", text);
        }
    }
}
