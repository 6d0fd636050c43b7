//! The value of a connection's field: what may be shown of it, and what it is when used.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use crate::diagnostic::{Diagnostic, Span};
use crate::secret::{self, Variables, looks_secret};

const MASK: &str = "***";

/// Where a value stands.
pub(super) struct Place<'a> {
    pub path: String,
    pub source: &'a str,
    pub span: Option<Span>,
    /// Whether the value is a secret.
    pub secret: bool,
}

impl Place<'_> {
    fn error(&self, code: &str, message: String) -> Diagnostic {
        let diagnostic = Diagnostic::error(code, message).source(self.source).path(self.path.as_str());
        match self.span {
            Some(span) => diagnostic.at(span),
            None => diagnostic,
        }
    }
}

/// A value as it may be shown. A reference to a variable is no secret and stays. It does not depend on what
/// secrets are known: a connection is recognised by it.
pub(super) fn shown(name: &str, value: &Value) -> String {
    match value {
        Value::String(text) if !looks_secret(name) || is_reference(text) => secret::hide_passwords(text).into_owned(),
        Value::Object(map) if looks_secret(name) => {
            let inside: BTreeMap<&str, String> = map.iter().map(|(k, v)| (k.as_str(), shown_header(k, v))).collect();
            serde_json::to_string(&inside).unwrap_or_default()
        }
        other if looks_secret(name) && !other.is_null() => MASK.to_owned(),
        other => other.to_string(),
    }
}

/// Of headers, the ordinary ones can be seen.
fn shown_header(name: &str, value: &Value) -> String {
    match value {
        Value::String(text) if !is_secret_header(name) || is_reference(text) => {
            secret::hide_passwords(text).into_owned()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) if !is_secret_header(name) => value.to_string(),
        _ => MASK.to_owned(),
    }
}

/// Whether a header holds a secret.
pub(super) fn is_secret_header(name: &str) -> bool {
    looks_secret(name) || name.to_lowercase().contains("auth")
}

/// Whether a text is a reference to one variable and nothing else.
pub(super) fn is_reference(text: &str) -> bool {
    text.strip_prefix("${").and_then(|t| t.strip_suffix('}')).is_some_and(is_name)
}

/// Whether a text is the name of a variable.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A part of a text with variables.
pub(super) enum Part<'t> {
    /// Text as it is.
    Text(&'t str),
    /// `${NAME}` or `${NAME:-default}`.
    Variable { name: &'t str, default: Option<&'t str> },
    /// `${` and `}` with something between that is no variable.
    Wrong(&'t str),
}

/// The parts of a text.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let Some(end) = rest[at..].find('}').map(|end| at + end) else { break };
        out.push(Part::Text(&rest[..at]));
        let inner = &rest[at + 2..end];
        let (name, default) = inner.split_once(":-").map_or((inner, None), |(name, default)| (name, Some(default)));
        out.push(if is_name(name) { Part::Variable { name, default } } else { Part::Wrong(inner) });
        rest = &rest[end + 1..];
    }
    out.push(Part::Text(rest));
    out
}

/// The variables that a value names, those inside of it too, and whether each has a default.
pub(super) fn variables(value: &Value) -> Vec<(String, bool)> {
    match value {
        Value::String(text) => parts(text)
            .into_iter()
            .filter_map(|part| match part {
                Part::Variable { name, default } => Some((name.to_owned(), default.is_some())),
                Part::Text(_) | Part::Wrong(_) => None,
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(variables).collect(),
        Value::Object(map) => map.values().flat_map(variables).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

pub(super) fn resolve(value: &Value, place: &Place<'_>, lookup: &Variables) -> Result<SecretString, Diagnostic> {
    let resolved: SecretString = match value {
        Value::String(text) => expand(text, place, lookup)?,
        Value::Number(number) => number.to_string().into(),
        Value::Bool(yes) => yes.to_string().into(),
        _ => {
            let message = format!("`{}` is not a text, a number or a boolean", place.path);
            return Err(place.error("connection-field-type", message).fix("write the value as text"));
        }
    };
    if place.secret {
        secret::remember(&resolved);
    } else {
        secret::remember_passwords(resolved.expose_secret());
    }
    Ok(resolved)
}

/// Puts the variables in. Unset and empty are the same: both take the default, or are an error.
fn expand(text: &str, place: &Place<'_>, lookup: &Variables) -> Result<SecretString, Diagnostic> {
    let path = &place.path;
    let mut out = String::with_capacity(text.len());
    for part in parts(text) {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Wrong(inner) => {
                let shown: String = inner.chars().filter(|c| !c.is_control()).take(40).collect();
                return Err(place
                    .error("bad-variable", format!("`${{{shown}}}` in `{path}` is no variable"))
                    .why("a name has letters, digits and `_`, and does not begin with a digit")
                    .fix("write ${NAME} or ${NAME:-default}"));
            }
            Part::Variable { name, default } => {
                match (lookup.text(name, place.secret)?, default) {
                    (Some(value), _) => out.push_str(&value),
                    (None, Some(default)) => out.push_str(default),
                    (None, None) => {
                        return Err(place
                        .error("variable-not-set", format!("the variable {name} is not set"))
                        .why(format!("`{path}` takes its value from it"))
                        .fix(format!("`export {name}=…`, put it into .env or the secrets file, or give a default: ${{{name}:-…}}")));
                    }
                }
            }
        }
    }
    Ok(out.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str) -> Result<String, String> {
        let set = [("A", "1"), ("EMPTY", "")].into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        let place = Place { path: "connections.x.y.z".to_owned(), source: "f.yaml", span: None, secret: false };
        expand(text, &place, &Variables::fixed(set, None, None))
            .map(|secret| secret.expose_secret().to_owned())
            .map_err(|diagnostic| diagnostic.code)
    }

    #[test]
    fn variables_and_defaults_are_put_in() {
        assert_eq!(expanded("a${A}b${A}").as_deref(), Ok("a1b1"));
        assert_eq!(expanded("${NOPE:-x y}").as_deref(), Ok("x y"));
        assert_eq!(expanded("${EMPTY:-x}").as_deref(), Ok("x"));
        assert_eq!(expanded("${NOPE:-}").as_deref(), Ok(""));
        assert_eq!(expanded("plain $A {A} ${").as_deref(), Ok("plain $A {A} ${"));
        assert_eq!(expanded("${NOPE}"), Err("variable-not-set".to_owned()));
        assert_eq!(expanded("${EMPTY}"), Err("variable-not-set".to_owned()));
        assert_eq!(expanded("${a b}"), Err("bad-variable".to_owned()));
    }

    #[test]
    fn what_looks_secret_is_masked_and_a_reference_is_not() {
        assert_eq!(shown("password", &"hunter2".into()), "***");
        assert_eq!(shown("service_role_key", &"x".into()), "***");
        assert_eq!(shown("pg_dsn", &"postgres://u:p@h/d".into()), "***");
        assert_eq!(shown("password", &"${PW}".into()), "${PW}");
        assert_eq!(shown("password", &"${PW}hunter2".into()), "***");
        assert_eq!(shown("password", &"${PW:-hunter2}".into()), "***");
        assert_eq!(shown("base_dir", &"./data".into()), "./data");
        assert_eq!(shown("base_url", &"https://u:pw@h/x".into()), "https://u:[redacted]@h/x");
        assert_eq!(shown("port", &3306.into()), "3306");
        let headers = serde_json::json!({"Accept": "a/b", "X-Auth": "s3cr3t", "Authorization": "${T}"});
        assert_eq!(shown("headers", &headers), r#"{"Accept":"a/b","Authorization":"${T}","X-Auth":"***"}"#);
    }
}
