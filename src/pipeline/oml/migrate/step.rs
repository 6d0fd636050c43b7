//! A step, task, source or sink of an old document as a step of today.

use serde_json::{Map as JsonMap, Value};

use super::{Migration, refused};
use crate::diagnostic::{Span, did_you_mean};
use crate::pipeline::oml::rule::slug;
use crate::pipeline::oml::view::{MODES, meant_mode};
use crate::yaml::{Map, Node};

/// Keys of steps that have another name today.
pub(super) const OLD_KEYS: [&str; 7] = ["type", "uses", "with", "options", "depends_on", "dependsOn", "inputs"];
/// Kinds of files that the `filesystem` components are for.
const FILES: [&str; 3] = ["csv", "parquet", "json"];
/// Systems with a component to read and one to write.
const SYSTEMS: [&str; 4] = ["mysql", "postgres", "supabase", "sqlite"];

/// A step of the new document.
pub(super) struct NewStep {
    pub id: String,
    pub component: String,
    pub mode: &'static str,
    pub needs: Option<Vec<String>>,
    pub config: JsonMap<String, Value>,
    pub more: JsonMap<String, Value>,
    /// Whether it was a sink, which says itself what it takes, or takes what there is.
    pub sink: bool,
    /// Sources before transforms before sinks.
    pub rank: u8,
    pub span: Span,
}

impl NewStep {
    pub fn into_value(self) -> Value {
        let mut map = JsonMap::new();
        map.insert("id".into(), self.id.into());
        map.insert("component".into(), self.component.into());
        map.insert("mode".into(), self.mode.into());
        if let Some(needs) = self.needs {
            map.insert("needs".into(), needs.into());
        }
        map.extend(self.more);
        if !self.config.is_empty() {
            map.insert("config".into(), Value::Object(self.config));
        }
        Value::Object(map)
    }
}

impl Migration<'_> {
    /// One of them; `listed` is the mode of the list that it stands in.
    pub(super) fn step(&mut self, key: Option<&str>, node: &Node, listed: Option<&'static str>) -> Option<NewStep> {
        let Some(map) = node.as_map() else {
            self.found.push(refused(node.span, "a step must be a mapping".into()));
            return None;
        };
        let text = |keys: &[&str]| keys.iter().find_map(|key| map.get(key).and_then(Node::as_str));
        let named = key.or_else(|| text(&["id"])).map(str::to_owned);
        let Some(id) = named.or_else(|| text(&["name"]).map(slug)).filter(|id| !id.is_empty()) else {
            self.found.push(refused(node.span, "a step without id or name".into()));
            return None;
        };
        let Some(kind) = text(&["component", "uses", "type"]) else {
            let message = format!("`{id}` does not say its component");
            self.found.push(refused(node.span, message).fix("add `component`, with the name of a component"));
            return None;
        };
        let said = text(&["mode"]).and_then(meant_mode).and_then(|mode| MODES.into_iter().find(|m| *m == mode));
        let kind_span = ["component", "uses", "type"].iter().find_map(|key| map.get(key)).map_or(node.span, |n| n.span);
        let (component, mode) = self.component(kind, said.or(listed), kind_span)?;
        if component != kind {
            self.notes.push(format!("`{id}`: `{kind}` is the component `{component}`"));
        }
        let mut step = NewStep {
            id,
            component,
            mode,
            needs: self.needs(map),
            config: JsonMap::new(),
            more: JsonMap::new(),
            sink: listed == Some("write"),
            rank: match listed {
                Some("read") => 0,
                Some("write") => 2,
                _ => 1,
            },
            span: node.span,
        };
        self.options(map, listed.is_some(), &mut step);
        Some(step)
    }

    /// The component that a word names, and what it does there.
    fn component(&mut self, kind: &str, mode: Option<&'static str>, span: Span) -> Option<(String, &'static str)> {
        let contract = self.registry.get(kind);
        let only =
            contract.map(|contract| contract.step_modes()).filter(|modes| modes.len() == 1).map(|modes| modes[0]);
        let ending = kind.rsplit(['.', '_']).next().unwrap_or_default().to_lowercase();
        let by_ending = match ending.as_str() {
            "extractor" | "reader" | "source" => Some("read"),
            "writer" | "loader" | "sink" => Some("write"),
            "processor" | "transform" | "transformer" => Some("transform"),
            _ => None,
        };
        let lower = kind.to_lowercase();
        let family = lower.split('.').next().unwrap_or_default();
        let sql = matches!(family, "sql" | "duckdb");
        let Some(mode) = only.or(mode).or(by_ending).or(sql.then_some("transform")) else {
            let message = format!("`{kind}` does not say whether it reads, transforms or writes");
            self.found.push(refused(span, message).fix("add `mode`, or name a component"));
            return None;
        };
        if contract.is_some() {
            return Some((kind.to_owned(), mode));
        }
        if sql && mode == "transform" {
            return Some(("sql.transform".to_owned(), mode));
        }
        if kind.contains('.') {
            return Some((kind.to_owned(), mode));
        }
        let word = match lower.as_str() {
            "postgresql" | "pg" => "postgres",
            "http" | "api" => "rest",
            "jsonl" | "ndjson" => "json",
            other => other,
        };
        let what = if mode == "write" { "writer" } else { "extractor" };
        if mode != "transform" {
            if FILES.contains(&word) {
                return Some((format!("filesystem.{word}_{what}"), mode));
            }
            if SYSTEMS.contains(&word) || (matches!(word, "rest" | "graphql") && mode == "read") {
                return Some((format!("{word}.{what}"), mode));
            }
        }
        let near = did_you_mean(word, FILES.into_iter().chain(SYSTEMS)).map(|near| format!("did you mean `{near}`?"));
        let fix = near.unwrap_or_else(|| "write the name of a component: `component: …`".to_owned());
        self.found.push(refused(span, format!("there is no component for `{kind}`")).fix(fix));
        None
    }

    /// The steps that it says it takes.
    fn needs(&mut self, map: &Map) -> Option<Vec<String>> {
        let keys = ["needs", "depends_on", "dependsOn", "inputs", "input", "from", "source"];
        let node = keys.iter().find_map(|key| map.get(key)).filter(|node| !node.is_null())?;
        if let Some(id) = node.as_str() {
            return Some(vec![id.to_owned()]);
        }
        let items = node.as_seq().map_or(&[][..], |seq| &seq.items);
        let ids: Vec<String> = items.iter().filter_map(Node::as_str).map(str::to_owned).collect();
        if node.as_seq().is_none() || ids.len() < items.len() {
            self.found.push(refused(node.span, "this does not name steps".into()).fix("list the ids of steps"));
        }
        Some(ids)
    }

    /// Its options, from where they were kept. `inline`: whether they stood beside the id.
    fn options(&mut self, map: &Map, inline: bool, step: &mut NewStep) {
        for entry in &map.entries {
            match entry.key.text.as_str() {
                "id" | "component" | "uses" | "type" | "mode" | "needs" | "depends_on" | "dependsOn" | "inputs" => {}
                "input" | "from" | "source" => {}
                "name" if map.get("id").is_none() || !inline => {}
                "config" | "with" | "options" => match entry.value.as_map() {
                    Some(config) => {
                        step.config.extend(config.entries.iter().map(|e| (e.key.text.clone(), e.value.to_json())));
                    }
                    None if entry.value.is_null() => {}
                    None => self.found.push(refused(entry.value.span, "options must be a mapping".into())),
                },
                key if key == "description" || key.starts_with("x-") => {
                    step.more.insert(key.to_owned(), entry.value.to_json());
                }
                key => {
                    let known = self.registry.get(&step.component).is_some_and(|c| c.option(key).is_some());
                    if inline || known {
                        step.config.insert(key.to_owned(), entry.value.to_json());
                    } else {
                        let message = format!("the key `{key}` of step `{}` is not known", step.id);
                        self.found.push(refused(entry.key.span, message));
                    }
                }
            }
        }
    }
}
