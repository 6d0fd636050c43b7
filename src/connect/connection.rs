//! A connection: `@family.alias` and its fields, as they stand in the file.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use secrecy::SecretString;
use serde_json::Value;

use super::value::{self, Place};
use super::{field, file};
use crate::contract::Registry;
use crate::diagnostic::{Diagnostic, Span, did_you_mean};
use crate::secret::{Variables, looks_secret};
use crate::workspace::ValidationMode;

/// One connection. Its values are kept as written, `${VAR}` included, and resolved only when used.
#[derive(Clone, PartialEq, Eq)]
pub struct Connection {
    /// The system: `filesystem`, `mysql`, …
    pub family: String,
    /// Its name within the family.
    pub alias: String,
    /// Whether it is meant where a step of the family names none.
    pub default: bool,
    pub(super) source: String,
    pub(super) fields: BTreeMap<String, Value>,
    /// Where the values stand, by field.
    pub(super) spans: BTreeMap<String, Span>,
    /// Where variables are looked up.
    pub(super) variables: Variables,
}

impl Connection {
    /// `@family.alias`.
    pub fn reference(&self) -> String {
        format!("@{}.{}", self.family, self.alias)
    }

    /// A connection that a step carries itself, in its configuration. Its alias is the step's id.
    pub(crate) fn of_step(family: &str, step: &str, fields: BTreeMap<String, Value>, root: &Path) -> Connection {
        let own = Connection {
            family: family.to_owned(),
            alias: step.to_owned(),
            default: false,
            source: format!("the step {step}"),
            fields,
            spans: BTreeMap::new(),
            variables: Variables::of(root),
        };
        own.remember();
        own
    }

    /// The same connection with some of its fields replaced by those of a step.
    pub(crate) fn with_fields(&self, fields: BTreeMap<String, Value>) -> Connection {
        let mut changed = self.clone();
        for (name, value) in fields {
            changed.spans.remove(&name);
            changed.fields.insert(name, value);
        }
        changed
    }

    /// Its fields as they may be shown: in the order of their names, values that look secret masked.
    pub fn shown(&self) -> impl Iterator<Item = (&str, String)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value::shown(name, value)))
    }

    /// Whether it has a field.
    pub fn has(&self, field: &str) -> bool {
        self.fields.get(field).is_some_and(|value| !value.is_null())
    }

    /// The value of a field with its `${VAR}` and `${VAR:-default}` put in; `None` where the connection has no
    /// such field. It is never stored: each call looks the variables up anew, so that a secret that was changed
    /// is the new one at the next connect.
    ///
    /// # Errors
    /// A variable that is not set (or empty) and has no default; a value that is not text or a number.
    pub fn resolve(&self, field: &str) -> Result<Option<SecretString>, Diagnostic> {
        let Some(value) = self.fields.get(field).filter(|value| !value.is_null()) else { return Ok(None) };
        value::resolve(value, &self.place(field, looks_secret(field)), &self.variables).map(Some)
    }

    /// The values of a field that is a mapping, such as `headers`, by name.
    ///
    /// # Errors
    /// As for [`Connection::resolve`].
    pub fn resolve_map(&self, field: &str) -> Result<BTreeMap<String, SecretString>, Diagnostic> {
        let Some(Value::Object(map)) = self.fields.get(field) else { return Ok(BTreeMap::new()) };
        let one = |(name, value): (&String, &Value)| {
            let place = self.place(&format!("{field}.{name}"), value::is_secret_header(name));
            Ok((name.clone(), value::resolve(value, &place, &self.variables)?))
        };
        map.iter().map(one).collect()
    }

    /// The variables that it needs and that are not set, with the field of each.
    ///
    /// # Errors
    /// A secrets file that can't be used.
    pub fn missing_variables(&self) -> Result<Vec<(String, String)>, Diagnostic> {
        let mut missing = Vec::new();
        for (field, value) in &self.fields {
            for (name, _) in value::variables(value).into_iter().filter(|(_, default)| !default) {
                let found = self.variables.look_up(&name, looks_secret(field))?;
                if found.is_none() && !missing.iter().any(|(known, _)| *known == name) {
                    missing.push((name, field.clone()));
                }
            }
        }
        Ok(missing)
    }

    /// The folder of a `filesystem` connection: its `base_dir`, relative to `root`; `root` without one.
    ///
    /// # Errors
    /// A `base_dir` that can't be resolved.
    pub fn base_dir(&self, root: &Path) -> Result<PathBuf, Diagnostic> {
        use secrecy::ExposeSecret;
        Ok(match self.resolve("base_dir")? {
            Some(dir) => root.join(dir.expose_secret()),
            None => root.to_owned(),
        })
    }

    /// `connections.family.alias.field`
    pub fn path_of(&self, field: &str) -> String {
        format!("connections.{}.{}.{field}", self.family, self.alias)
    }

    /// An error about a field of it, with its place in the file.
    pub fn error(&self, field: &str, code: &str, message: impl Into<String>) -> Diagnostic {
        let diagnostic = Diagnostic::error(code, message).source(self.source.as_str()).path(self.path_of(field));
        match self.spans.get(field) {
            Some(span) => diagnostic.at(*span),
            None => diagnostic,
        }
    }

    fn place(&self, field: &str, secret: bool) -> Place<'_> {
        let span = self.spans.get(field.split('.').next().unwrap_or(field)).copied();
        Place { path: self.path_of(field), source: &self.source, span, secret }
    }

    /// Makes its secrets known, so that they are hidden before anything is done with them.
    fn remember(&self) {
        for (field, value) in &self.fields {
            // What can't be resolved is told when it is used.
            if matches!(value, Value::Object(_)) {
                let _ = self.resolve_map(field);
            } else {
                let _ = self.resolve(field);
            }
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.reference())?;
        f.debug_map().entries(self.shown()).finish()
    }
}

/// The connections of a workspace, in the order of their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connections {
    pub(super) all: BTreeMap<String, Connection>,
}

impl Connections {
    /// Reads `pipesmith_connections.yaml`, else `osiris_connections.yaml`, of the workspace at `root`. What
    /// is wrong with the file is said; the connections that are right are kept. Its secrets are hidden from
    /// then on. Fields are not checked: see [`Connections::open`].
    pub fn load(root: &Path) -> (Connections, Vec<Diagnostic>) {
        let read = file::load(root);
        read.connections.remember(root);
        (read.connections, read.problems)
    }

    /// The same, and checks the fields of each connection against its family.
    pub fn open(root: &Path, registry: &Registry, mode: ValidationMode) -> (Connections, Vec<Diagnostic>) {
        let read = file::load(root);
        read.connections.remember(root);
        let mut problems = read.problems;
        if let (Some(families), Some(source)) = (&read.families, &read.source) {
            let found = field::check(families, registry).into_iter().map(|problem| problem.source(source.as_str()));
            problems.extend(mode.judge(found.collect()));
        }
        crate::diagnostic::sort(&mut problems);
        (read.connections, problems)
    }

    /// The text of the connections file, for showing lines of it.
    pub fn text(root: &Path) -> Option<String> {
        file::text(root).ok().flatten().map(|(_, text)| text)
    }

    /// When the files that connections and their variables are read from were changed last, and how large they
    /// are: another value means another content.
    pub fn stamp(root: &Path) -> Vec<Option<(SystemTime, u64)>> {
        let own = file::NAMES.iter().map(|name| root.join(name));
        let look = |path: PathBuf| {
            let found = std::fs::metadata(path).ok()?;
            Some((found.modified().ok()?, found.len()))
        };
        own.chain(Variables::of(root).files()).map(look).collect()
    }

    /// What is wrong with the files that variables are taken from.
    pub fn variable_problems(&self, root: &Path) -> Vec<Diagnostic> {
        Variables::of(root).problems()
    }

    fn remember(&self, root: &Path) {
        let shown = |name: &String| !looks_secret(name);
        let open = self
            .iter()
            .flat_map(|connection| connection.fields.iter().filter(|(name, _)| shown(name)))
            .flat_map(|(_, value)| value::variables(value).into_iter().map(|(name, _)| name))
            .collect();
        Variables::of(root).remember(&open);
        self.iter().for_each(Connection::remember);
    }

    /// All references, `@family.alias`, sorted.
    pub fn references(&self) -> Vec<String> {
        self.all.keys().cloned().collect()
    }

    /// The connection that a reference names.
    pub fn get(&self, reference: &str) -> Option<&Connection> {
        self.all.get(reference)
    }

    /// The connection meant where a step of the family names none: the one marked `default: true`, else
    /// the one named `default`.
    pub fn default_of(&self, family: &str) -> Option<&Connection> {
        let mut of_family = self.iter().filter(|c| c.family == family);
        of_family.clone().find(|c| c.default).or_else(|| of_family.find(|c| c.alias == "default"))
    }

    /// All of them, sorted by reference.
    pub fn iter(&self) -> impl Iterator<Item = &Connection> + Clone {
        self.all.values()
    }

    /// The connection that a reference names.
    ///
    /// # Errors
    /// A diagnostic that names what there is.
    pub fn find(&self, reference: &str) -> Result<&Connection, Diagnostic> {
        self.get(reference).ok_or_else(|| self.unknown(reference))
    }

    fn unknown(&self, reference: &str) -> Diagnostic {
        let shown: String = reference.chars().filter(|c| !c.is_control()).take(80).collect();
        let diagnostic = Diagnostic::error("unknown-connection", format!("there is no connection `{shown}`"));
        let names = self.references();
        match did_you_mean(reference, names.iter().map(String::as_str)) {
            Some(near) => diagnostic.fix(format!("did you mean `{near}`?")),
            None if names.is_empty() => diagnostic
                .why("the workspace has no connections")
                .fix("`pipesmith connections add` writes one into pipesmith_connections.yaml")
                .example("version: 1\nconnections:\n  filesystem:\n    data: {base_dir: ./data}"),
            None => diagnostic.fix(format!("use one of: {}", names.join(", "))),
        }
    }
}
