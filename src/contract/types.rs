//! What a contract holds.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use serde::Serialize;
use serde_json::{Map, Value};

use super::certain;
use super::constraint::Constraint;
use super::spec;
use super::values::{self, ValueProblem};

/// A component's contract.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Contract {
    /// Its name, e.g. `filesystem.csv_extractor`.
    pub name: String,
    /// Version of the spec.
    pub version: String,
    /// Short title; the name when the spec has none.
    pub title: String,
    /// What it does.
    pub description: String,
    /// What it can do, in the spec's words: `extract`, `write`, `transform`, `discover`, …
    pub modes: Vec<String>,
    /// What it is able to, in the spec's words: `discover`, `streaming`, …
    pub capabilities: Vec<String>,
    /// Other names that documents may use.
    pub aliases: Vec<String>,
    /// Its options, in the order of the spec.
    pub options: Vec<OptionSpec>,
    /// JSON Schema of its configuration.
    pub schema: Value,
    /// Options that a connection can provide.
    pub connection_fields: Vec<ConnectionField>,
    /// Rules between its options.
    pub constraints: Vec<Constraint>,
    /// JSON pointers to secrets in the configuration.
    pub secrets: Vec<String>,
    /// Words that people use for an option, by option.
    pub input_aliases: BTreeMap<String, Vec<String>>,
    /// Configurations that are right.
    pub examples: Vec<Example>,
    /// How to use it, for a model.
    pub guidance: Option<String>,
    /// `sha256:` of the canonical JSON of the spec.
    pub fingerprint: String,
    /// Where it comes from.
    pub origin: Origin,
    /// Of the schema; compiled when a value is first checked.
    #[serde(skip)]
    pub(super) validator: Arc<OnceLock<Option<jsonschema::Validator>>>,
}

/// Where a contract comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Compiled into the program.
    BuiltIn,
    /// A file of the user.
    User(PathBuf),
    /// A file of the project.
    Project(PathBuf),
}

/// An option of a component.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OptionSpec {
    /// Its key.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Its type in words: `string`, `integer`, `array of string`, …
    pub kind: String,
    /// Whether it has to be given, by the step or by its connection.
    pub required: bool,
    /// What counts when it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// The values it can have; empty when they are not listed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<Value>,
    /// Its range in words, e.g. `1…`, `100…1000000`, `1 character`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<String>,
    /// Whether its value is secret.
    pub secret: bool,
}

/// Whether a step may set what its connection provides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Override {
    /// It may.
    Allowed,
    /// It may, and is warned.
    Warning,
    /// It may not.
    Forbidden,
}

/// An option that a connection can provide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConnectionField {
    /// The option's key.
    pub name: String,
    /// Whether the step may set it all the same.
    pub policy: Override,
}

/// A configuration that is right.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Example {
    /// What it shows.
    pub title: String,
    /// The configuration.
    pub config: Map<String, Value>,
    /// A step of a document that uses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snippet: Option<String>,
    /// What to know about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

impl Contract {
    /// The option of a key.
    pub fn option(&self, name: &str) -> Option<&OptionSpec> {
        self.options.iter().find(|option| option.name == name)
    }

    /// Whether it can do what a step's mode (`read`, `write`, `transform`) asks for.
    pub fn supports(&self, mode: &str) -> bool {
        let word = if mode == "read" { "extract" } else { mode };
        self.modes.iter().any(|m| m == word || (m == "load" && word == "write"))
    }

    /// The step modes it can be used with.
    pub fn step_modes(&self) -> Vec<&'static str> {
        ["read", "transform", "write"].into_iter().filter(|mode| self.supports(mode)).collect()
    }

    /// The family of its connections: what stands before the dot of its name.
    pub fn family(&self) -> &str {
        self.name.split('.').next().unwrap_or(&self.name)
    }

    /// Whether a step with it can name a connection.
    pub fn takes_connection(&self) -> bool {
        self.option("connection").is_some() || !self.connection_fields.is_empty() || !self.secrets.is_empty()
    }

    /// The option that people mean by a word, by the spec's list of such words.
    pub fn meant_by(&self, word: &str) -> Option<&str> {
        let word = word.to_lowercase();
        let named = |aliases: &Vec<String>| aliases.iter().any(|alias| alias.to_lowercase() == word);
        self.input_aliases.iter().find(|(_, aliases)| named(aliases)).map(|(option, _)| option.as_str())
    }

    /// What is wrong with the values of a configuration, each explained. Keys that are missing or not
    /// known at the top are not among it: they have places of their own.
    pub fn value_problems(&self, config: &Value) -> Vec<ValueProblem> {
        if certain::values_fit(&self.schema, config) {
            return Vec::new();
        }
        self.all_value_problems(config)
            .into_iter()
            .filter(|problem| !(problem.path.is_empty() && problem.about_keys))
            .collect()
    }

    /// The same with those about keys. A schema that is none has been refused when the spec was read.
    pub(super) fn all_value_problems(&self, config: &Value) -> Vec<ValueProblem> {
        let validator = self.validator.get_or_init(|| spec::compile(&self.schema).ok());
        validator.as_ref().map_or_else(Vec::new, |v| values::problems(v, &self.schema, &self.secrets, config))
    }

    /// The configuration with the defaults of the options that are not given. With a connection, what it
    /// provides has none: the connection's own value is not to be hidden.
    pub fn with_defaults(&self, config: &Map<String, Value>) -> Map<String, Value> {
        let mut all = config.clone();
        let connected = config.get("connection").is_some_and(|value| !value.is_null());
        for option in &self.options {
            if connected && self.connection_fields.iter().any(|field| field.name == option.name) {
                continue;
            }
            if let Some(default) = option.default.as_ref().filter(|_| !config.contains_key(&option.name)) {
                all.insert(option.name.clone(), default.clone());
            }
        }
        all
    }
}
