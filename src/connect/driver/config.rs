//! A step's configuration, read with its types. Everything that is wrong is collected.

use serde_json::{Map, Value};

use crate::diagnostic::{Diagnostic, did_you_mean};

/// Reads keys of a configuration and remembers which were asked for.
pub(crate) struct Config<'a> {
    map: &'a Map<String, Value>,
    at: String,
    known: Vec<&'static str>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Config<'a> {
    /// `at` is the path of the configuration, e.g. `steps[extract].config`.
    pub fn new(map: &'a Map<String, Value>, at: &str) -> Config<'a> {
        Config { map, at: at.to_owned(), known: Vec::new(), diagnostics: Vec::new() }
    }

    /// Ends the reading: a key that nobody asked for is wrong too.
    pub fn finish(mut self) -> Vec<Diagnostic> {
        for key in self.map.keys().filter(|key| !self.known.contains(&key.as_str())) {
            let diagnostic = Diagnostic::error("unknown-config-key", format!("`{key}` is not a setting of this step"))
                .path(format!("{}.{key}", self.at));
            self.diagnostics.push(match did_you_mean(key, self.known.iter().copied()) {
                Some(near) => diagnostic.fix(format!("did you mean `{near}`?")),
                None => diagnostic.fix(format!("use one of: {}", self.known.join(", "))),
            });
        }
        self.diagnostics
    }

    /// Says that a value is wrong.
    pub fn wrong(&mut self, key: &str, message: impl Into<String>, fix: impl Into<String>) {
        let path = format!("{}.{key}", self.at);
        self.diagnostics.push(Diagnostic::error("invalid-config-value", message).path(path).fix(fix));
    }

    /// The value of a key; null is the same as absent.
    pub fn get(&mut self, key: &'static str) -> Option<&'a Value> {
        self.known.push(key);
        self.map.get(key).filter(|value| !value.is_null())
    }

    /// A text.
    pub fn text(&mut self, key: &'static str) -> Option<&'a str> {
        match self.get(key)? {
            Value::String(text) => Some(text),
            other => self.mistyped(key, "a text", other),
        }
    }

    /// A text that has to be there and not be empty.
    pub fn required_text(&mut self, key: &'static str) -> Option<&'a str> {
        let before = self.diagnostics.len();
        let found = self.text(key).filter(|text| !text.trim().is_empty());
        if found.is_none() && self.diagnostics.len() == before {
            let path = format!("{}.{key}", self.at);
            self.diagnostics.push(
                Diagnostic::error("missing-config-key", format!("`{key}` is missing"))
                    .path(path)
                    .fix(format!("add `{key}` to the step's config")),
            );
        }
        found
    }

    /// true or false.
    pub fn boolean(&mut self, key: &'static str) -> Option<bool> {
        match self.get(key)? {
            Value::Bool(yes) => Some(*yes),
            other => self.mistyped(key, "true or false", other),
        }
    }

    /// A whole number from `least` on.
    pub fn number(&mut self, key: &'static str, least: u64) -> Option<u64> {
        let value = self.get(key)?;
        match value.as_u64() {
            Some(number) if number >= least => Some(number),
            _ if value.is_number() => {
                self.wrong(key, format!("`{key}` is {value}"), format!("use a whole number from {least} on"));
                None
            }
            _ => self.mistyped(key, "a whole number", value),
        }
    }

    /// One of several words.
    pub fn choice<T: Copy>(&mut self, key: &'static str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(key)?;
        let found = choices.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map(|(_, choice)| *choice);
        if found.is_none() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            self.wrong(key, format!("`{key}` is `{text}`"), format!("use one of: {}", words.join(", ")));
        }
        found
    }

    /// A list of texts.
    pub fn texts(&mut self, key: &'static str) -> Option<Vec<String>> {
        let value = self.get(key)?;
        let texts = value.as_array().and_then(|items| items.iter().map(|i| i.as_str().map(str::to_owned)).collect());
        if texts.is_none() {
            return self.mistyped(key, "a list of texts", value);
        }
        texts
    }

    /// One ASCII character that is neither a quote nor a line end; `\t` may be written out.
    pub fn character(&mut self, key: &'static str) -> Option<u8> {
        let text = self.text(key)?;
        match text.as_bytes() {
            [one] if one.is_ascii() && !matches!(one, b'"' | b'\n' | b'\r') => Some(*one),
            b"\\t" => Some(b'\t'),
            _ => {
                let message = format!("`{key}` is {}", Value::from(text));
                self.wrong(key, message, "use one ASCII character, not a quote and not a line end");
                None
            }
        }
    }

    /// Says that a value has the wrong type.
    pub fn mistyped<T>(&mut self, key: &str, wanted: &str, value: &Value) -> Option<T> {
        let found = match value {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::String(_) => "a text",
            Value::Array(_) => "a list",
            Value::Object(_) => "a mapping",
        };
        self.wrong(key, format!("`{key}` is {found}, not {wanted}"), format!("write {wanted}"));
        None
    }
}
