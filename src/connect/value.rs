//! The value of a connection's field: what may be shown of it, and what it is when used.

use secrecy::SecretString;
use serde_json::Value;

use crate::diagnostic::Diagnostic;

const MASK: &str = "***";

/// Words in a field's name that make its value a secret.
const SECRET_WORDS: [&str; 12] = [
    "password",
    "passwd",
    "pwd",
    "secret",
    "token",
    "key",
    "credential",
    "authorization",
    "bearer",
    "cookie",
    "jwt",
    "private",
];

/// Fields whose value has a secret inside, such as a connection string.
const SECRET_NAMES: [&str; 8] =
    ["dsn", "pg_dsn", "connection_string", "connection_url", "database_url", "auth", "headers", "uri"];

/// Whether the value of a field of this name must never be shown.
pub fn looks_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    SECRET_NAMES.contains(&name.as_str()) || SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// A value as it may be shown. A reference to the environment is no secret and stays.
pub(super) fn shown(name: &str, value: &Value) -> String {
    match value {
        Value::String(text) if !looks_secret(name) || is_reference(text) => text.clone(),
        other if looks_secret(name) && !other.is_null() => MASK.to_owned(),
        other => other.to_string(),
    }
}

fn is_reference(text: &str) -> bool {
    text.strip_prefix("${").and_then(|t| t.strip_suffix('}')).is_some_and(is_name)
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

pub(super) fn resolve(value: &Value, path: &str, source: &str) -> Result<SecretString, Diagnostic> {
    match value {
        Value::String(text) => expand(text, path, source, |name| std::env::var(name).ok()),
        Value::Number(number) => Ok(number.to_string().into()),
        Value::Bool(yes) => Ok(yes.to_string().into()),
        _ => Err(Diagnostic::error("connection-field-type", format!("`{path}` is not a text, a number or a boolean"))
            .source(source)
            .path(path)
            .fix("write the value as text")),
    }
}

/// Puts the variables in. Unset and empty are the same: both take the default, or are an error.
fn expand(
    text: &str,
    path: &str,
    source: &str,
    lookup: impl Fn(&str) -> Option<String>,
) -> Result<SecretString, Diagnostic> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let Some(end) = rest[at..].find('}').map(|end| at + end) else { break };
        out.push_str(&rest[..at]);
        let inner = &rest[at + 2..end];
        let (name, default) = inner.split_once(":-").map_or((inner, None), |(name, default)| (name, Some(default)));
        if !is_name(name) {
            return Err(Diagnostic::error("bad-variable", format!("`${{{inner}}}` in `{path}` is no variable"))
                .source(source)
                .path(path)
                .fix("write ${NAME} or ${NAME:-default}"));
        }
        match (lookup(name).filter(|value| !value.is_empty()), default) {
            (Some(value), _) => out.push_str(&value),
            (None, Some(default)) => out.push_str(default),
            (None, None) => {
                return Err(Diagnostic::error("variable-not-set", format!("the variable {name} is not set"))
                    .source(source)
                    .path(path)
                    .why(format!("`{path}` takes its value from it"))
                    .fix(format!("set it, e.g. `export {name}=…`, or give a default: ${{{name}:-…}}")));
            }
        }
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    Ok(out.into())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn expanded(text: &str) -> Result<String, String> {
        expand(text, "connections.x.y.z", "f.yaml", |name| match name {
            "A" => Some("1".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        })
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
        assert_eq!(shown("port", &3306.into()), "3306");
    }
}
