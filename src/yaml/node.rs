//! The tree.

use serde_json::{Map as JsonMap, Number, Value};

use crate::diagnostic::Span;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its bytes, without anchor and tag. An alias has the place of the alias; what is below it, the
    /// places of what it stands for.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A single value.
    Scalar(Scalar),
    /// A list.
    Seq(Seq),
    /// A mapping.
    Map(Map),
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In `'` or `"`.
    Quoted,
    /// As a `|` or `>` block.
    Block,
}

/// What a scalar means.
#[derive(Clone, Debug, PartialEq)]
pub enum Resolved {
    /// `null`, `~` or nothing.
    Null,
    /// `true`, `yes`, `on` and their opposites.
    Bool(bool),
    /// A whole or broken number.
    Number(Number),
    /// The text itself.
    Text,
    /// A value that is not known yet: a reference to a parameter that has none.
    Unknown,
}

/// A single value.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// Its text after unquoting and unfolding.
    pub text: String,
    /// What it means.
    pub value: Resolved,
    /// How it is written.
    pub style: Style,
    /// The text before references were put in, when there were any.
    pub origin: Option<String>,
}

/// A list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seq {
    /// Its items.
    pub items: Vec<Node>,
    /// Whether it was read to its end; broken YAML cuts it off.
    pub complete: bool,
}

/// A mapping, in the order of the text; of keys that stand twice, the last counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map {
    /// Its entries; those from merge keys first.
    pub entries: Vec<Entry>,
    /// Whether it was read to its end; broken YAML cuts it off.
    pub complete: bool,
}

/// A key of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// Its text.
    pub text: String,
    /// Its bytes, with quotes.
    pub span: Span,
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Key,
    /// The value.
    pub value: Node,
    /// Whether it came in through a merge key (`<<`).
    pub merged: bool,
}

impl Map {
    /// The entry of a key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| entry.key.text == key)
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Its keys.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.key.text.as_str())
    }
}

impl Node {
    /// The mapping, if it is one.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.kind {
            Kind::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The list, if it is one.
    pub fn as_seq(&self) -> Option<&Seq> {
        match &self.kind {
            Kind::Seq(seq) => Some(seq),
            _ => None,
        }
    }

    /// The scalar, if it is one.
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The text, if it is a scalar that means text.
    pub fn as_str(&self) -> Option<&str> {
        match self.as_scalar() {
            Some(Scalar { text, value: Resolved::Text, .. }) => Some(text),
            _ => None,
        }
    }

    /// Whether it is null or stands for nothing.
    pub fn is_null(&self) -> bool {
        matches!(self.as_scalar(), Some(Scalar { value: Resolved::Null, .. }))
    }

    /// Whether its value is not known yet.
    pub fn is_unknown(&self) -> bool {
        matches!(self.as_scalar(), Some(Scalar { value: Resolved::Unknown, .. }))
    }

    /// What it is, as a person would say it.
    pub fn type_name(&self) -> &'static str {
        match &self.kind {
            Kind::Map(_) => "a mapping",
            Kind::Seq(_) => "a list",
            Kind::Scalar(scalar) => match &scalar.value {
                Resolved::Null => "nothing (null)",
                Resolved::Bool(_) => "a boolean",
                Resolved::Number(n) if n.is_f64() => "a number",
                Resolved::Number(_) => "an integer",
                Resolved::Text => "text",
                Resolved::Unknown => "a value not known yet",
            },
        }
    }

    /// Its value without places; what is not known yet is null.
    pub fn to_json(&self) -> Value {
        match &self.kind {
            Kind::Scalar(scalar) => match &scalar.value {
                Resolved::Null | Resolved::Unknown => Value::Null,
                Resolved::Bool(value) => Value::Bool(*value),
                Resolved::Number(value) => Value::Number(value.clone()),
                Resolved::Text => Value::String(scalar.text.clone()),
            },
            Kind::Seq(seq) => Value::Array(seq.items.iter().map(Node::to_json).collect()),
            Kind::Map(map) => {
                let mut object = JsonMap::with_capacity(map.entries.len());
                for entry in &map.entries {
                    object.insert(entry.key.text.clone(), entry.value.to_json());
                }
                Value::Object(object)
            }
        }
    }

    /// The node below it at a path of keys and indexes, or the deepest one there is on the way.
    pub fn nearest<'n, 'p>(&'n self, path: impl IntoIterator<Item = &'p str>) -> &'n Node {
        let mut node = self;
        for part in path {
            let next = match &node.kind {
                Kind::Map(map) => map.get(part),
                Kind::Seq(seq) => part.parse::<usize>().ok().and_then(|at| seq.items.get(at)),
                Kind::Scalar(_) => None,
            };
            match next {
                Some(found) => node = found,
                None => break,
            }
        }
        node
    }
}
