//! Parameters: what a document declares, and the values that count.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

use crate::diagnostic::Span;
use crate::yaml::{Map, Node};

/// The type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamKind {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// True or false.
    Boolean,
    /// A list.
    Array,
    /// A mapping.
    Object,
}

impl ParamKind {
    /// The type of a word, with the words that Osiris documents use.
    pub fn named(word: &str) -> Option<ParamKind> {
        Some(match word.to_ascii_lowercase().as_str() {
            "string" | "str" | "text" | "date" | "datetime" | "timestamp" => ParamKind::String,
            "integer" | "int" => ParamKind::Integer,
            "number" | "float" | "double" | "decimal" => ParamKind::Number,
            "boolean" | "bool" => ParamKind::Boolean,
            "array" | "list" => ParamKind::Array,
            "object" | "dict" | "map" | "mapping" => ParamKind::Object,
            _ => return None,
        })
    }

    /// The type of a value; nothing for null.
    pub fn of(value: &Value) -> Option<ParamKind> {
        Some(match value {
            Value::Null => return None,
            Value::Bool(_) => ParamKind::Boolean,
            Value::Number(n) if n.is_f64() => ParamKind::Number,
            Value::Number(_) => ParamKind::Integer,
            Value::String(_) => ParamKind::String,
            Value::Array(_) => ParamKind::Array,
            Value::Object(_) => ParamKind::Object,
        })
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            ParamKind::String => "string",
            ParamKind::Integer => "integer",
            ParamKind::Number => "number",
            ParamKind::Boolean => "boolean",
            ParamKind::Array => "array",
            ParamKind::Object => "object",
        }
    }

    /// Whether a value has this type.
    pub fn fits(self, value: &Value) -> bool {
        ParamKind::of(value).is_some_and(|kind| kind == self || (self, kind) == (ParamKind::Number, ParamKind::Integer))
    }

    /// A text from outside as a value of this type.
    pub fn parse(self, text: &str) -> Option<Value> {
        let trimmed = text.trim();
        match self {
            ParamKind::String => Some(Value::from(text)),
            ParamKind::Integer => trimmed.parse::<i64>().ok().map(Value::from),
            ParamKind::Number => {
                let whole = trimmed.parse::<i64>().ok().map(Value::from);
                whole.or_else(|| trimmed.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number))
            }
            ParamKind::Boolean => match trimmed.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" | "1" => Some(Value::Bool(true)),
                "false" | "no" | "off" | "0" => Some(Value::Bool(false)),
                _ => None,
            },
            ParamKind::Array | ParamKind::Object => serde_json::from_str(trimmed).ok().filter(|value| self.fits(value)),
        }
    }
}

/// A declared parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// Its type: declared, or that of the default when it is not text.
    pub kind: Option<ParamKind>,
    /// The values it can have; empty when they are not listed.
    pub allowed: Vec<Value>,
    /// What counts when nothing else is given, and where it stands.
    pub default: Option<(Value, Span)>,
}

/// Where a value comes from; a later one wins over an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The parameter's default.
    Default,
    /// The profile.
    Profile,
    /// An environment variable.
    Environment,
    /// The command line.
    CommandLine,
}

/// The value of a parameter that counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Effective {
    /// The value.
    pub value: Value,
    /// Where it comes from.
    pub source: Source,
}

/// What is given from outside.
#[derive(Clone, Copy, Debug, Default)]
pub struct Provided<'a> {
    /// The profile.
    pub profile: Option<&'a str>,
    /// Whether nobody asked for that profile just now: then a document need not have it.
    pub profile_is_default: bool,
    /// From the command line, by name.
    pub params: Option<&'a BTreeMap<String, String>>,
    /// From the environment, by name in lower case.
    pub env: Option<&'a BTreeMap<String, String>>,
}

/// A text from outside that is no value of its parameter's type.
#[derive(Clone, Debug, PartialEq)]
pub struct Misfit {
    /// The parameter.
    pub name: String,
    /// Where the text comes from.
    pub source: Source,
}

/// All about a document's parameters.
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    /// Those it declares, in its order.
    pub declared: Vec<Parameter>,
    /// The values that count, by name.
    pub effective: BTreeMap<String, Effective>,
    /// Names that only profiles give a value to.
    pub of_profiles: Vec<String>,
    /// Texts from outside that could not be read.
    pub misfits: Vec<Misfit>,
    /// Names from the command line that are not declared.
    pub strangers: Vec<String>,
}

impl Parameters {
    /// Reads the declarations and puts the values together: command line before environment before
    /// profile before default.
    pub fn read(top: &Map, provided: Provided<'_>) -> Parameters {
        let mut all = Parameters::default();
        if let Some(params) = top.get("params").and_then(Node::as_map) {
            all.declared =
                params.entries.iter().map(|entry| declaration(&entry.key.text, entry.key.span, &entry.value)).collect();
        }
        for param in &all.declared {
            if let Some((value, _)) = &param.default {
                all.effective.insert(param.name.clone(), Effective { value: value.clone(), source: Source::Default });
            }
        }
        for (profile, values) in profile_values(top) {
            for entry in &values.entries {
                let name = &entry.key.text;
                if !all.is_declared(name) && !all.of_profiles.contains(name) {
                    all.of_profiles.push(name.clone());
                }
                if provided.profile == Some(profile) {
                    let value = entry.value.to_json();
                    all.effective.insert(name.clone(), Effective { value, source: Source::Profile });
                }
            }
        }
        all.take(provided);
        all
    }

    fn take(&mut self, provided: Provided<'_>) {
        let names: Vec<String> =
            self.declared.iter().map(|param| param.name.clone()).chain(self.of_profiles.iter().cloned()).collect();
        for name in names {
            let env = provided.env.and_then(|env| env.get(&name.to_lowercase()));
            let param = provided.params.and_then(|params| params.get(&name));
            if let Some((text, source)) =
                param.map(|text| (text, Source::CommandLine)).or_else(|| env.map(|text| (text, Source::Environment)))
            {
                match self.kind_of(&name).unwrap_or(ParamKind::String).parse(text) {
                    Some(value) => {
                        self.effective.insert(name, Effective { value, source });
                    }
                    None => self.misfits.push(Misfit { name, source }),
                }
            }
        }
        for name in provided.params.into_iter().flatten().map(|(name, _)| name) {
            if !self.is_declared(name) && !self.of_profiles.contains(name) {
                self.strangers.push(name.clone());
            }
        }
    }

    fn kind_of(&self, name: &str) -> Option<ParamKind> {
        let declared = self.declared.iter().rev().find(|param| param.name == name).and_then(|param| param.kind);
        declared.or_else(|| self.effective.get(name).and_then(|e| ParamKind::of(&e.value)))
    }

    /// Whether the document declares it.
    pub fn is_declared(&self, name: &str) -> bool {
        self.declared.iter().any(|param| param.name == name)
    }

    /// Whether it is declared or has a value in some profile.
    pub fn is_known(&self, name: &str) -> bool {
        self.is_declared(name) || self.of_profiles.iter().any(|known| known == name)
    }

    /// The names that are known.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.declared.iter().map(|param| param.name.as_str()).chain(self.of_profiles.iter().map(String::as_str))
    }
}

/// The values of each profile.
pub(super) fn profile_values(top: &Map) -> impl Iterator<Item = (&str, &Map)> {
    let profiles = top.get("profiles").and_then(Node::as_map);
    profiles.into_iter().flat_map(|map| &map.entries).filter_map(|entry| {
        let params = entry.value.as_map()?.get("params")?.as_map()?;
        Some((entry.key.text.as_str(), params))
    })
}

/// `name: {type: integer, default: 5}` or, short, `name: 5`.
fn declaration(name: &str, span: Span, node: &Node) -> Parameter {
    let mut param = Parameter { name: name.to_owned(), span, kind: None, allowed: Vec::new(), default: None };
    let default = match node.as_map() {
        Some(map) => {
            param.kind = map.get("type").and_then(Node::as_str).and_then(ParamKind::named);
            let allowed = map.get("enum").and_then(Node::as_seq);
            param.allowed = allowed.into_iter().flat_map(|seq| &seq.items).map(Node::to_json).collect();
            map.get("default")
        }
        None => Some(node),
    };
    param.default =
        default.filter(|node| !node.is_null() && !node.is_unknown()).map(|node| (node.to_json(), node.span));
    if param.kind.is_none() {
        param.kind = param.default.as_ref().and_then(|(value, _)| ParamKind::of(value));
    }
    param
}
