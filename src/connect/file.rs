//! The connections file.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::connection::{Connection, Connections};
use crate::diagnostic::{Diagnostic, LineIndex, Span};
use crate::secret::{Variables, looks_secret};
use crate::yaml::{self, Entry, Kind, Map, Node, Resolved};

/// The connections file of a workspace: the one that is there, else the one to write.
pub fn connections_file(root: &Path) -> std::path::PathBuf {
    let own = NAMES.map(|name| root.join(name));
    own.iter().find(|path| path.is_file()).unwrap_or(&own[0]).clone()
}

/// Pipesmith's own file first, Osiris's where there is none.
pub(super) const NAMES: [&str; 2] = ["pipesmith_connections.yaml", "osiris_connections.yaml"];

/// More than any hand-written file needs; a guard against reading something else.
const MAX_BYTES: u64 = 4 << 20;

const EXAMPLE: &str = "version: 1\nconnections:\n  filesystem:\n    data: {base_dir: ./data}";

/// What was read.
#[derive(Default)]
pub(super) struct Read {
    /// What is right.
    pub connections: Connections,
    /// What is wrong with the file's form.
    pub problems: Vec<Diagnostic>,
    /// What stands under `connections`.
    pub families: Option<Map>,
    /// The file's name.
    pub source: Option<String>,
}

/// The text of the connections file, with its name; `None` when there is none.
pub(super) fn text(root: &Path) -> Result<Option<(&'static str, String)>, Diagnostic> {
    for name in NAMES {
        let path = root.join(name);
        let unreadable = |why: String| {
            Diagnostic::error("connections-unreadable", format!("{name} can't be read"))
                .source(name)
                .why(why)
                .fix("make it a UTF-8 file that you may read")
        };
        match std::fs::metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(unreadable(error.to_string())),
            Ok(meta) if meta.len() > MAX_BYTES => {
                return Err(unreadable(format!("it is larger than {MAX_BYTES} bytes")));
            }
            Ok(_) => {}
        }
        return match std::fs::read(&path).map(String::from_utf8) {
            Ok(Ok(text)) => Ok(Some((name, text))),
            Ok(Err(error)) => {
                let at = error.utf8_error().valid_up_to();
                Err(unreadable(format!("byte {at} is not valid UTF-8")))
            }
            Err(error) => Err(unreadable(error.to_string())),
        };
    }
    Ok(None)
}

pub(super) fn load(root: &Path) -> Read {
    match text(root) {
        Ok(None) => Read::default(),
        Ok(Some((name, text))) => parse(&text, name, &Variables::of(root)),
        Err(problem) => Read { problems: vec![problem], ..Read::default() },
    }
}

/// Reads the text of a file. What is right is kept, whatever is wrong beside it.
pub(super) fn parse(text: &str, name: &str, variables: &Variables) -> Read {
    let lines = LineIndex::new(text);
    let tree = yaml::load(&lines);
    let mut reader = Reader { name, variables, all: BTreeMap::new(), problems: Vec::new() };
    for problem in tree.problems {
        reader.problems.push(problem.source(name));
    }
    for twice in &tree.duplicates {
        let message = format!("the key `{}` stands twice in one mapping", printable(&twice.key));
        reader.problems.push(
            Diagnostic::error("connections-invalid", message)
                .source(name)
                .at(twice.second)
                .why(format!("only the last would count; it stands in line {} already", twice.first.line))
                .fix("remove one of them, or give it another name")
                .related(twice.first, "it stands here already"),
        );
    }
    let families = tree.root.filter(|root| !root.is_null()).and_then(|root| reader.document(&root));
    reader.several_defaults();
    Read {
        connections: Connections { all: reader.all },
        problems: reader.problems,
        families,
        source: Some(name.to_owned()),
    }
}

struct Reader<'a> {
    name: &'a str,
    variables: &'a Variables,
    all: BTreeMap<String, Connection>,
    problems: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn wrong(&mut self, span: Span, path: &str, message: String, fix: &str) {
        self.problems.push(
            Diagnostic::error("connections-invalid", message)
                .source(self.name)
                .at(span)
                .path(path)
                .why("the file holds families, each with aliases, each with fields")
                .fix(fix)
                .example(EXAMPLE),
        );
    }

    fn document(&mut self, root: &Node) -> Option<Map> {
        let Some(document) = root.as_map() else {
            self.wrong(root.span, "", format!("{} is not a mapping", self.name), "begin with `version: 1`");
            return None;
        };
        self.version(document, root.span);
        for entry in document.entries.iter().filter(|e| !["version", "connections"].contains(&e.key.text.as_str())) {
            let message = format!("`{}` has no meaning here", printable(&entry.key.text));
            self.wrong(entry.key.span, &entry.key.text, message, "put families below `connections`");
        }
        let node = document.get("connections").filter(|node| !node.is_null())?;
        let Some(families) = node.as_map() else {
            let message = format!("`connections` is {}, not a mapping of families", node.type_name());
            self.wrong(node.span, "connections", message, "put families below it");
            return None;
        };
        for family in &families.entries {
            self.family(family);
        }
        Some(families.clone())
    }

    fn version(&mut self, document: &Map, whole: Span) {
        let Some(version) = document.get("version") else {
            let start = Span { end: whole.start, ..whole };
            self.problems.push(
                Diagnostic::warning("connections-version", format!("{} has no `version`", self.name))
                    .source(self.name)
                    .at(start)
                    .why("it says which form the file has")
                    .fix("add `version: 1`"),
            );
            return;
        };
        if version.to_json() != 1 {
            let shown = version.as_scalar().map_or_else(|| version.type_name().to_owned(), |s| printable(&s.text));
            self.wrong(version.span, "version", format!("version {shown} is not known"), "write `version: 1`");
        }
    }

    fn family(&mut self, family: &Entry) {
        let name = &family.key.text;
        let path = format!("connections.{name}");
        if family.value.is_null() {
            return;
        }
        let Some(aliases) = family.value.as_map() else {
            let message = format!("`{}` is {}, not a mapping of aliases", printable(&path), family.value.type_name());
            return self.wrong(family.value.span, &path, message, "put aliases below it");
        };
        for alias in &aliases.entries {
            self.alias(name, alias);
        }
    }

    fn alias(&mut self, family: &str, entry: &Entry) {
        let alias = &entry.key.text;
        let path = format!("connections.{family}.{alias}");
        if !is_word(family) || !is_word(alias) {
            let message = format!("`{}` is not a name that a step can refer to", printable(&path));
            return self.wrong(entry.key.span, &path, message, "use letters, digits, `_` and `-`");
        }
        let nothing = Map { complete: true, ..Map::default() };
        let fields = match &entry.value.kind {
            Kind::Map(fields) => fields,
            Kind::Scalar(scalar) if scalar.value == Resolved::Null => &nothing,
            _ => {
                let message = format!("`{path}` is {}, not a mapping of fields", entry.value.type_name());
                return self.wrong(entry.value.span, &path, message, "put fields below it, or `{}`");
            }
        };
        let default = match fields.get("default").map(|node| (node, node.to_json())) {
            None | Some((_, Value::Null)) => false,
            Some((_, Value::Bool(default))) => default,
            Some((node, _)) => {
                let path = format!("{path}.default");
                let message = format!("`{path}` is {}, not true or false", node.type_name());
                self.wrong(node.span, &path, message, "write `default: true`, or leave it out");
                false
            }
        };
        let connection = Connection {
            family: family.to_owned(),
            alias: alias.clone(),
            default,
            source: self.name.to_owned(),
            fields: fields.entries.iter().map(|field| (field.key.text.clone(), value(field))).collect(),
            spans: fields.entries.iter().map(|field| (field.key.text.clone(), field.value.span)).collect(),
            variables: self.variables.clone(),
        };
        self.all.insert(connection.reference(), connection);
    }

    fn several_defaults(&mut self) {
        let mut families: BTreeMap<&str, Vec<&Connection>> = BTreeMap::new();
        for connection in self.all.values().filter(|c| c.default) {
            families.entry(&connection.family).or_default().push(connection);
        }
        for (family, several) in families.into_iter().filter(|(_, several)| several.len() > 1) {
            let aliases: Vec<&str> = several.iter().map(|c| c.alias.as_str()).collect();
            let message = format!("family `{family}` has {} defaults: {}", aliases.len(), aliases.join(", "));
            let mut spans: Vec<Span> = several.iter().filter_map(|c| c.spans.get("default").copied()).collect();
            spans.sort_by_key(|span| span.start);
            let mut diagnostic = Diagnostic::error("several-defaults", message)
                .source(self.name)
                .path(format!("connections.{family}"))
                .why("a step that names no connection would not know which is meant")
                .fix("keep `default: true` in one of them");
            if let [first, rest @ ..] = spans.as_slice() {
                diagnostic = rest.iter().fold(diagnostic.at(*first), |d, span| d.related(*span, "and this one"));
            }
            self.problems.push(diagnostic);
        }
    }
}

/// A field's value. A secret is taken as it is written: `012345` is no number there.
fn value(field: &Entry) -> Value {
    match field.value.as_scalar() {
        Some(scalar) if looks_secret(&field.key.text) && scalar.value != Resolved::Null => {
            Value::String(scalar.text.clone())
        }
        _ => field.value.to_json(),
    }
}

pub(super) fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

pub(super) fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(120).collect()
}

#[cfg(test)]
mod tests;
