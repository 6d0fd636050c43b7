//! Canonical JSON and its fingerprint: the same value always has the same bytes.
//!
//! Owns: the form that Osiris's fingerprints are made of (keys sorted by code point, no blanks, text as
//! UTF-8, floats as Python writes them) and `sha256:` fingerprints. Does not own: what is fingerprinted.

use serde_json::{Number, Value};
use sha2::{Digest, Sha256};

/// Canonical JSON of a value.
pub fn json(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

/// `sha256:` and 64 hex digits of a text's bytes.
pub fn fingerprint(text: &str) -> String {
    format!("sha256:{}", hex(text.as_bytes()))
}

/// SHA-256 of bytes as 64 hex digits.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 15)]);
    Sha256::digest(bytes).iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

/// The value with the keys of every mapping sorted.
pub fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            Value::Object(entries.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect())
        }
        other => other.clone(),
    }
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Number(number) => out.push_str(&python_number(number)),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            let mut first = true;
            let mut entry = |key: &String, value: &Value| {
                if !std::mem::take(&mut first) {
                    out.push(',');
                }
                string(key, out);
                out.push(':');
                write(value, out);
            };
            // UTF-8 sorts like code points.
            if map.keys().is_sorted() {
                map.iter().for_each(|(key, value)| entry(key, value));
            } else {
                let mut entries: Vec<_> = map.iter().collect();
                entries.sort_unstable_by_key(|(key, _)| *key);
                entries.into_iter().for_each(|(key, value)| entry(key, value));
            }
            out.push('}');
        }
        Value::String(text) => string(text, out),
        Value::Null | Value::Bool(_) => out.push_str(&value.to_string()),
    }
}

/// Text as Python's `json.dumps(ensure_ascii=False)` writes it; serde_json writes the same escapes.
fn string(text: &str, out: &mut String) {
    if text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\' && byte != 0x7f) {
        out.push('"');
        out.push_str(text);
        return out.push('"');
    }
    out.push_str(&Value::from(text).to_string());
}

/// A number as Python's `repr` writes it: `1.0`, `1e+20`, `1e-05`.
fn python_number(number: &Number) -> String {
    let Some(value) = number.as_f64().filter(|_| number.is_f64()) else { return number.to_string() };
    let shortest = format!("{value:e}");
    let Some((mantissa, exponent)) = shortest.split_once('e') else { return shortest };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..16).contains(&exponent) {
        let plain = value.to_string();
        return if plain.contains('.') { plain } else { plain + ".0" };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    // Made with Python 3.11's json.dumps(sort_keys=True, separators=(",", ":"), ensure_ascii=False).
    #[test]
    fn as_python_writes_it() {
        let value = json!({"b": [1, 1.0, 1e20, 1e16, 1e15, 0.1, 1e-4, 1e-5, -2.5e-7, 123456789.125], "a": {"ž": null, "z": true}, "c": "q\"\\\n\u{1}ž"});
        let expected = "{\"a\":{\"z\":true,\"ž\":null},\"b\":[1,1.0,1e+20,1e+16,1000000000000000.0,0.1,0.0001,1e-05,-2.5e-07,123456789.125],\"c\":\"q\\\"\\\\\\n\\u0001ž\"}";
        assert_eq!(json(&value), expected);
    }

    #[test]
    fn the_empty_mapping_has_the_fingerprint_that_osiris_gives_it() {
        let expected = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        assert_eq!(fingerprint(&json(&json!({}))), expected);
    }
}
