//! The connections file.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::connection::{Connection, Connections};
use crate::diagnostic::{Diagnostic, Span};

/// Pipesmith's own file first, Osiris's where there is none.
const NAMES: [&str; 2] = ["pipesmith_connections.yaml", "osiris_connections.yaml"];

/// More than any hand-written file needs; a guard against reading something else.
const MAX_BYTES: u64 = 4 << 20;

const EXAMPLE: &str = "version: 1\nconnections:\n  filesystem:\n    data: {base_dir: ./data}";

pub(super) fn load(root: &Path) -> (Connections, Vec<Diagnostic>) {
    for name in NAMES {
        let path = root.join(name);
        let unreadable = |why: String| {
            Diagnostic::error("connections-unreadable", format!("{name} can't be read")).source(name).why(why)
        };
        match std::fs::metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return (Connections::default(), vec![unreadable(error.to_string())]),
            Ok(meta) if meta.len() > MAX_BYTES => {
                return (Connections::default(), vec![unreadable(format!("it is larger than {MAX_BYTES} bytes"))]);
            }
            Ok(_) => {}
        }
        return match std::fs::read(&path).map(String::from_utf8) {
            Ok(Ok(text)) => parse(&text, name),
            Ok(Err(error)) => {
                let at = error.utf8_error().valid_up_to();
                (Connections::default(), vec![unreadable(format!("byte {at} is not valid UTF-8"))])
            }
            Err(error) => (Connections::default(), vec![unreadable(error.to_string())]),
        };
    }
    (Connections::default(), Vec::new())
}

fn parse(text: &str, name: &str) -> (Connections, Vec<Diagnostic>) {
    let mut all = BTreeMap::new();
    let mut diagnostics = Vec::new();
    let document: serde_yaml::Value = match serde_yaml::from_str(text) {
        Ok(document) => document,
        Err(error) => {
            let at = error.location().map_or(0, |l| l.index());
            let diagnostic = Diagnostic::error("yaml-parse-error", format!("{name} is not valid YAML"))
                .source(name)
                .at(Span::of(text, at..at + 1))
                .why(error.to_string())
                .example(EXAMPLE);
            return (Connections::default(), vec![diagnostic]);
        }
    };
    if document.is_null() {
        return (Connections::default(), diagnostics);
    }
    let wrong = |path: &str, message: String| {
        Diagnostic::error("connections-invalid", message).source(name).path(path).example(EXAMPLE)
    };
    let Some(document) = mapping(&document) else {
        diagnostics.push(wrong("", format!("{name} is not a mapping")));
        return (Connections::default(), diagnostics);
    };
    match document.get("version") {
        None => diagnostics.push(
            Diagnostic::warning("connections-version", format!("{name} has no `version`"))
                .source(name)
                .fix("add `version: 1`"),
        ),
        Some(Value::Number(number)) if number.as_u64() == Some(1) => {}
        Some(other) => {
            diagnostics.push(wrong("version", format!("version {other} is not known")).fix("write `version: 1`"));
        }
    }
    let families = match document.get("connections") {
        None | Some(Value::Null) => return (Connections::default(), diagnostics),
        Some(Value::Object(families)) => families,
        Some(_) => {
            diagnostics.push(wrong("connections", "`connections` is not a mapping of families".to_owned()));
            return (Connections::default(), diagnostics);
        }
    };
    for (family, aliases) in families {
        let path = format!("connections.{family}");
        let Value::Object(aliases) = aliases else {
            diagnostics.push(wrong(&path, format!("`{path}` is not a mapping of aliases")));
            continue;
        };
        for (alias, fields) in aliases {
            let path = format!("{path}.{alias}");
            if !is_word(family) || !is_word(alias) {
                let message = format!("`{}` is not a name that a step can refer to", printable(&path));
                diagnostics.push(wrong(&path, message).fix("use letters, digits, `_` and `-`"));
                continue;
            }
            let fields: BTreeMap<String, Value> = match fields {
                Value::Null => BTreeMap::new(),
                Value::Object(fields) => fields.iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
                _ => {
                    diagnostics.push(wrong(&path, format!("`{path}` is not a mapping of fields")));
                    continue;
                }
            };
            let default = match fields.get("default") {
                None => false,
                Some(Value::Bool(default)) => *default,
                Some(_) => {
                    diagnostics
                        .push(wrong(&format!("{path}.default"), format!("`{path}.default` is not true or false")));
                    false
                }
            };
            let connection =
                Connection { family: family.clone(), alias: alias.clone(), default, source: name.to_owned(), fields };
            all.insert(connection.reference(), connection);
        }
    }
    several_defaults(&all, name, &mut diagnostics);
    (Connections { all }, diagnostics)
}

fn several_defaults(all: &BTreeMap<String, Connection>, name: &str, diagnostics: &mut Vec<Diagnostic>) {
    let mut families: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for connection in all.values().filter(|c| c.default) {
        families.entry(&connection.family).or_default().push(&connection.alias);
    }
    for (family, aliases) in families.into_iter().filter(|(_, aliases)| aliases.len() > 1) {
        let path = format!("connections.{family}");
        let message = format!("family `{family}` has {} defaults: {}", aliases.len(), aliases.join(", "));
        diagnostics.push(
            Diagnostic::error("several-defaults", message)
                .source(name)
                .path(path)
                .fix("keep `default: true` in one of them"),
        );
    }
}

/// The document as JSON data with text keys.
fn mapping(document: &serde_yaml::Value) -> Option<serde_json::Map<String, Value>> {
    match json(document) {
        Value::Object(map) => Some(map),
        _ => None,
    }
}

fn json(value: &serde_yaml::Value) -> Value {
    use serde_yaml::Value as Yaml;
    match value {
        Yaml::Null => Value::Null,
        Yaml::Bool(yes) => Value::Bool(*yes),
        Yaml::Number(number) => serde_json::to_value(number).unwrap_or(Value::Null),
        Yaml::String(text) => Value::String(text.clone()),
        Yaml::Sequence(items) => items.iter().map(json).collect(),
        Yaml::Mapping(map) => map.iter().map(|(key, value)| (key_text(key), json(value))).collect(),
        Yaml::Tagged(tagged) => json(&tagged.value),
    }
}

fn key_text(key: &serde_yaml::Value) -> String {
    match json(key) {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(diagnostics: &[Diagnostic]) -> Vec<&str> {
        diagnostics.iter().map(|d| d.code.as_str()).collect()
    }

    #[test]
    fn a_good_file_is_read() {
        let text = "version: 1\nconnections:\n  filesystem:\n    data: {base_dir: ./data, default: true}\n    raw: {}\n  mysql:\n    default: {host: h, port: 3306, password: '${PW}'}\n";
        let (connections, diagnostics) = parse(text, "f.yaml");
        assert_eq!(codes(&diagnostics), Vec::<&str>::new());
        assert_eq!(connections.references(), ["@filesystem.data", "@filesystem.raw", "@mysql.default"]);
        assert_eq!(
            connections.default_of("filesystem").map(Connection::reference).as_deref(),
            Some("@filesystem.data")
        );
        assert_eq!(connections.default_of("mysql").map(Connection::reference).as_deref(), Some("@mysql.default"));
        assert_eq!(connections.default_of("supabase"), None);
        let data = connections.get("@filesystem.data").unwrap();
        assert_eq!(data.base_dir(Path::new("/w")).unwrap(), Path::new("/w/./data"));
        assert_eq!(connections.get("@filesystem.raw").unwrap().base_dir(Path::new("/w")).unwrap(), Path::new("/w"));
    }

    #[test]
    fn no_debug_output_holds_a_secret() {
        let text = "version: 1\nconnections: {mysql: {m: {host: h, password: hunter2, pg_dsn: 'x://u:hunter2@h'}}}";
        let (connections, _) = parse(text, "f.yaml");
        let shown = format!("{connections:?}");
        assert!(shown.contains("host") && !shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn what_is_wrong_is_said_and_what_is_right_is_kept() {
        let text = "version: 2\nconnections:\n  filesystem: {good: {base_dir: d}, 'b ad': {}, odd: 5}\n  mysql: 7\n";
        let (connections, diagnostics) = parse(text, "f.yaml");
        assert_eq!(connections.references(), ["@filesystem.good"]);
        assert_eq!(codes(&diagnostics), ["connections-invalid"; 4]);
        assert_eq!(codes(&parse("a: [", "f.yaml").1), ["yaml-parse-error"]);
        assert!(parse("a: [", "f.yaml").1[0].span.is_some());
        assert_eq!(codes(&parse("- 1", "f.yaml").1), ["connections-invalid"]);
        assert_eq!(codes(&parse("", "f.yaml").1), Vec::<&str>::new());
        let two = "version: 1\nconnections: {filesystem: {a: {default: true}, b: {default: true}}}";
        assert_eq!(codes(&parse(two, "f.yaml").1), ["several-defaults"]);
    }

    #[test]
    fn files_are_found_in_order_and_bad_bytes_are_said() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(load(dir.path()), (Connections::default(), Vec::new()));
        std::fs::write(dir.path().join(NAMES[1]), "version: 1\nconnections: {filesystem: {o: {}}}").unwrap();
        assert_eq!(load(dir.path()).0.references(), ["@filesystem.o"]);
        std::fs::write(dir.path().join(NAMES[0]), "version: 1\r\nconnections: {filesystem: {p: {}}}\r\n").unwrap();
        assert_eq!(load(dir.path()).0.references(), ["@filesystem.p"]);
        std::fs::write(dir.path().join(NAMES[0]), b"\xff\xfe").unwrap();
        assert_eq!(codes(&load(dir.path()).1), ["connections-unreadable"]);
    }

    #[test]
    fn an_unknown_reference_names_what_there_is() {
        let (connections, _) = parse("version: 1\nconnections: {filesystem: {data: {}}}", "f.yaml");
        let near = connections.find("@filesystem.dat").unwrap_err();
        assert_eq!(near.fix.unwrap().text, "did you mean `@filesystem.data`?");
        assert_eq!(Connections::default().find("@a.b").unwrap_err().code, "unknown-connection");
    }
}
