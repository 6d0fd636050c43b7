//! A connection: `@family.alias` and its fields, as they stand in the file.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde_json::Value;

use super::{file, value};
use crate::diagnostic::{Diagnostic, did_you_mean};

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
}

impl Connection {
    /// `@family.alias`.
    pub fn reference(&self) -> String {
        format!("@{}.{}", self.family, self.alias)
    }

    /// Its fields as they may be shown: in the order of their names, values that look secret masked.
    pub fn shown(&self) -> impl Iterator<Item = (&str, String)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value::shown(name, value)))
    }

    /// The value of a field with its `${VAR}` and `${VAR:-default}` put in from the environment; `None`
    /// where the connection has no such field. It is never stored.
    ///
    /// # Errors
    /// A variable that is not set (or empty) and has no default; a value that is not text or a number.
    pub fn resolve(&self, field: &str) -> Result<Option<SecretString>, Diagnostic> {
        self.fields.get(field).map(|value| value::resolve(value, &self.path_of(field), &self.source)).transpose()
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

    fn path_of(&self, field: &str) -> String {
        format!("connections.{}.{}.{field}", self.family, self.alias)
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
    /// is wrong with the file is said; the connections that are right are kept.
    pub fn load(root: &Path) -> (Connections, Vec<Diagnostic>) {
        file::load(root)
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
                .fix("add it to pipesmith_connections.yaml")
                .example("version: 1\nconnections:\n  filesystem:\n    data: {base_dir: ./data}"),
            None => diagnostic.fix(format!("use one of: {}", names.join(", "))),
        }
    }
}
