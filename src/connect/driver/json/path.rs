//! Where in a JSON value something lies: `data.items`, or as a JSON pointer `/data/items`.

use std::fmt;

use serde_json::value::RawValue;

use super::cell::value_of;

/// Keys that lead into a value, and numbers of items of lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::connect::driver) struct Path {
    keys: Vec<String>,
}

impl Path {
    /// A path as a person writes it. The empty one leads to the value itself.
    pub fn parse(text: &str) -> Path {
        let text = text.trim();
        // `$` is how JSONPath calls the whole.
        let text = text.strip_prefix("$.").unwrap_or(if text == "$" { "" } else { text });
        let keys = if let Some(pointer) = text.strip_prefix('/') {
            pointer.split('/').map(|key| key.replace("~1", "/").replace("~0", "~")).collect()
        } else if text.is_empty() {
            Vec::new()
        } else {
            text.split('.').map(str::to_owned).collect()
        };
        Path { keys }
    }

    /// The keys.
    pub fn keys(&self) -> &[String] {
        &self.keys
    }

    /// What lies there, as written; `None` where nothing does.
    ///
    /// # Errors
    /// Broken JSON.
    pub fn find<'a>(&self, value: &'a RawValue) -> Result<Option<&'a RawValue>, serde_json::Error> {
        let mut here = value;
        for key in &self.keys {
            let next = if here.get().starts_with('[') {
                let items: Vec<&RawValue> = serde_json::from_str(here.get())?;
                key.parse::<usize>().ok().and_then(|at| items.get(at).copied())
            } else {
                value_of(here.get(), key)?
            };
            match next {
                Some(next) => here = next,
                None => return Ok(None),
            }
        }
        Ok(Some(here))
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.keys.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_lead_there() {
        let text = r#"{"data": {"items": [{"a/b": 1}, {"a.b": [7]}]}, "": 5}"#;
        let value: &RawValue = serde_json::from_str(text).unwrap();
        let at = |path: &str| Path::parse(path).find(value).unwrap().map(RawValue::get);
        assert_eq!(at("data.items.0"), Some(r#"{"a/b": 1}"#));
        assert_eq!(at("$.data.items.0"), at("/data/items/0"));
        assert_eq!(at("/data/items/0/a~1b"), Some("1"));
        assert_eq!(at("/data/items/1/a.b/0"), Some("7"));
        assert_eq!(at("data.items.2"), None);
        assert_eq!(at("data.nothing.more"), None);
        assert_eq!(at("data.items.x"), None);
        assert_eq!(at(""), Some(text));
        assert_eq!(at("/"), Some("5"));
    }
}
