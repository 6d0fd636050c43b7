//! Hiding secrets in data with a type: an event, a request.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Redactor, hide_json, known};

/// The same data without secrets in its texts. Words that the type itself is written with stay.
pub fn hide_in<T: Serialize + DeserializeOwned>(data: T) -> T {
    hide_with(known(), data)
}

fn hide_with<T: Serialize + DeserializeOwned>(redactor: &Redactor, data: T) -> T {
    let Ok(json) = serde_json::to_string(&data) else { return data };
    if !redactor.holds(&json) {
        return data;
    }
    let Ok(mut value) = serde_json::to_value(&data) else { return data };
    let whole = value.clone();
    redactor.hide_json(&mut value);
    if let Ok(hidden) = serde_json::from_value(value) {
        return hidden;
    }
    // A secret is also a word of the type. What can be hidden without losing the data is hidden.
    let mut left = whole;
    let mut pointers = Vec::new();
    texts(&left, &mut String::new(), &mut pointers);
    for pointer in pointers {
        let Some(Value::String(text)) = left.pointer_mut(&pointer) else { continue };
        let hidden = redactor.hide(text).into_owned();
        if hidden == *text {
            continue;
        }
        let before = std::mem::replace(text, hidden);
        if serde_json::from_value::<T>(left.clone()).is_err()
            && let Some(place) = left.pointer_mut(&pointer)
        {
            *place = Value::String(before);
        }
    }
    serde_json::from_value(left).unwrap_or(data)
}

/// The ways to all texts of a value.
fn texts(value: &Value, way: &mut String, found: &mut Vec<String>) {
    let length = way.len();
    match value {
        Value::String(_) => found.push(way.clone()),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                way.push_str(&format!("/{at}"));
                texts(item, way, found);
                way.truncate(length);
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                way.push('/');
                way.push_str(&key.replace('~', "~0").replace('/', "~1"));
                texts(item, way, found);
                way.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A value as JSON without secrets.
pub fn to_json(data: &impl Serialize) -> Value {
    let mut value = serde_json::to_value(data).unwrap_or_default();
    hide_json(&mut value);
    value
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Told {
        Started { word: String, kind: Kind },
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Kind {
        Quick,
    }

    fn told(word: &str) -> Told {
        Told::Started { word: word.to_owned(), kind: Kind::Quick }
    }

    #[test]
    fn texts_lose_their_secrets_and_the_type_its_shape_never() {
        let redactor = Redactor::new();
        assert_eq!(hide_with(&redactor, told("hunter2")), told("hunter2"));
        redactor.remember("hunter2");
        assert_eq!(hide_with(&redactor, told("a hunter2")), told("a [redacted]"));
        // Words of the type itself.
        redactor.remember("started");
        redactor.remember("quick");
        assert_eq!(hide_with(&redactor, told("quick hunter2")), told("[redacted] [redacted]"));
    }
}
