//! Old pipeline documents as OML 0.1.0: the form of 0.0.1 (`version`, `sources`, `sinks`) and what people
//! wrote before OML (`pipeline`, `tasks`, steps with `type`, `uses` and `with`).
//!
//! What has no counterpart is refused with its place, not left out. Comments are not carried over.

mod step;
mod write;

use std::path::Path;

use serde_json::{Map as JsonMap, Value};

use super::rule::{no_mapping, slug};
use crate::contract::Registry;
use crate::diagnostic::{Diagnostic, LineIndex, Span, has_errors, sort};
use crate::yaml::{Entry, Map, Node, load};

/// The code of what cannot be migrated.
const CODE: &str = "not-migratable";

/// A document in the form of today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// Its text; the old one when nothing had to change.
    pub text: String,
    /// What was done, a line each.
    pub notes: Vec<String>,
}

/// Turns a document into OML 0.1.0.
///
/// # Errors
/// What stands in the way, in document order: broken YAML, and what has no counterpart (`not-migratable`).
pub fn migrate(source: &str, text: &str, registry: &Registry) -> Result<Migrated, Vec<Diagnostic>> {
    let lines = LineIndex::new(text);
    let tree = load(&lines);
    let mut found = tree.problems;
    let done = match tree.root.as_ref() {
        Some(root) if tree.complete => match root.as_map() {
            Some(top) if is_today(top) => {
                Some(Migrated { text: text.to_owned(), notes: vec!["it has the form of OML 0.1.0 already".into()] })
            }
            Some(top) => Migration { registry, notes: Vec::new(), found: &mut found }.run(source, root, top),
            None => {
                found.push(no_mapping(Some(root), &lines));
                None
            }
        },
        None if found.is_empty() => {
            found.push(no_mapping(None, &lines));
            None
        }
        _ => None,
    };
    for duplicate in &tree.duplicates {
        found.push(refused(duplicate.second, format!("the key `{}` stands twice in one mapping", duplicate.key)));
    }
    if let Some(done) = done.filter(|_| !has_errors(&found)) {
        return Ok(done);
    }
    found.iter_mut().for_each(|diagnostic| diagnostic.source = Some(source.to_owned()));
    sort(&mut found);
    Err(found)
}

/// Whether nothing of an old form is in it.
fn is_today(top: &Map) -> bool {
    const OLD: [&str; 9] =
        ["version", "pipeline", "sources", "sinks", "tasks", "transforms", "transformations", "connectors", "outputs"];
    let steps = top.get("steps").and_then(Node::as_seq).map_or(&[][..], |seq| &seq.items);
    let old_step =
        |step: &Node| step.as_map().is_some_and(|map| step::OLD_KEYS.iter().any(|key| map.get(key).is_some()));
    top.get("oml_version").and_then(Node::as_str).is_some_and(|version| version.starts_with("0.") && version != "0.0.1")
        && top.get("steps").is_some()
        && !OLD.iter().any(|key| top.get(key).is_some())
        && !steps.iter().any(old_step)
}

fn refused(span: Span, message: String) -> Diagnostic {
    Diagnostic::error(CODE, message)
        .at(span)
        .why("OML 0.1.0 has nothing that means the same, and leaving it out would change the pipeline")
        .fix("change it by hand, or remove it")
}

/// Empty lists and mappings, and nothing at all, can be left out.
fn is_empty(node: &Node) -> bool {
    node.is_null()
        || node.as_map().is_some_and(|map| map.entries.is_empty())
        || node.as_seq().is_some_and(|seq| seq.items.is_empty())
}

struct Migration<'a> {
    registry: &'a Registry,
    notes: Vec<String>,
    found: &'a mut Vec<Diagnostic>,
}

impl Migration<'_> {
    fn run(&mut self, source: &str, root: &Node, top: &Map) -> Option<Migrated> {
        let mut out = JsonMap::new();
        out.insert("oml_version".into(), "0.1.0".into());
        out.insert("name".into(), Value::Null);
        let mut name = None;
        let mut steps = Vec::new();
        for entry in &top.entries {
            let node = &entry.value;
            match entry.key.text.as_str() {
                "oml_version" | "version" => self.version(node),
                "name" => name = node.as_scalar().map(|scalar| scalar.text.clone()).filter(|text| !text.is_empty()),
                "pipeline" => name = self.pipeline(node, &mut out).or(name),
                "params" | "parameters" => {
                    out.insert("params".into(), node.to_json());
                }
                "description" | "metadata" | "profiles" | "schedule" => {
                    out.insert(entry.key.text.clone(), node.to_json());
                }
                "steps" | "tasks" => steps.extend(self.steps(entry, None)),
                "sources" => steps.extend(self.steps(entry, Some("read"))),
                "transforms" | "transformations" => steps.extend(self.steps(entry, Some("transform"))),
                "sinks" => steps.extend(self.steps(entry, Some("write"))),
                "connectors" | "connections" if !is_empty(node) => self.found.push(
                    refused(entry.key.span, format!("`{}` is not part of a pipeline", entry.key.text))
                        .fix("put them into pipesmith_connections.yaml, and name them in a step's config: `connection: \"@family.alias\"`"),
                ),
                "outputs" if !is_empty(node) => self.found.push(
                    refused(entry.key.span, "`outputs` is not part of a pipeline".into())
                        .fix("write a step with `mode: write` for each"),
                ),
                "connectors" | "connections" | "outputs" => {
                    self.notes.push(format!("`{}` was empty and is left out", entry.key.text));
                }
                key if key.starts_with("x-") => {
                    out.insert(key.to_owned(), node.to_json());
                }
                key => {
                    let fix = format!("remove it, or call it `x-{key}` to keep it as a note");
                    self.found.push(refused(entry.key.span, format!("the key `{key}` is not known")).fix(fix));
                }
            }
        }
        if steps.is_empty() && self.found.is_empty() {
            self.found.push(refused(root.span, "there is no step, source or sink in it".into()));
        }
        steps.sort_by_key(|step| step.rank);
        self.link(&mut steps);
        let stem = Path::new(source).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let written = name.or(stem).unwrap_or_default();
        let slugged = Some(slug(&written)).filter(|name| !name.is_empty()).unwrap_or_else(|| "pipeline".to_owned());
        if slugged != written {
            self.notes.push(format!("the name is `{slugged}`"));
        }
        out.insert("name".into(), slugged.into());
        out.insert("steps".into(), steps.into_iter().map(step::NewStep::into_value).collect());
        Some(Migrated { text: write::document(&out), notes: std::mem::take(&mut self.notes) })
    }

    fn version(&mut self, node: &Node) {
        let known = node.as_scalar().is_some_and(|scalar| scalar.text.starts_with(['0', '1']));
        if !known {
            self.found.push(refused(node.span, "this version is not known".into()));
        }
    }

    /// The name in `pipeline: name` or `pipeline: {id: …, name: …}`.
    fn pipeline(&mut self, node: &Node, out: &mut JsonMap<String, Value>) -> Option<String> {
        let Some(map) = node.as_map() else { return node.as_str().map(str::to_owned) };
        for Entry { key, value, .. } in &map.entries {
            match key.text.as_str() {
                "id" | "name" | "version" => {}
                "description" => {
                    out.insert("description".into(), value.to_json());
                }
                other => self.found.push(refused(key.span, format!("the key `{other}` of a pipeline is not known"))),
            }
        }
        ["id", "name"].into_iter().find_map(|key| map.get(key).and_then(Node::as_str)).map(str::to_owned)
    }

    /// The steps of a list, or of a mapping by id.
    fn steps(&mut self, entry: &Entry, mode: Option<&'static str>) -> Vec<step::NewStep> {
        let node = &entry.value;
        if is_empty(node) {
            return Vec::new();
        }
        let items: Vec<(Option<&str>, &Node)> = match (node.as_seq(), node.as_map()) {
            (Some(seq), _) => seq.items.iter().map(|item| (None, item)).collect(),
            (_, Some(map)) => map.entries.iter().map(|e| (Some(e.key.text.as_str()), &e.value)).collect(),
            _ => {
                self.found.push(refused(node.span, format!("`{}` must be a list", entry.key.text)));
                Vec::new()
            }
        };
        items.into_iter().filter_map(|(id, item)| self.step(id, item, mode)).collect()
    }

    /// Gives each sink that names no source the only thing that it can take.
    fn link(&mut self, steps: &mut [step::NewStep]) {
        let sinks: Vec<usize> = (0..steps.len()).filter(|n| steps[*n].sink && steps[*n].needs.is_none()).collect();
        let transform = steps.iter().rposition(|step| step.mode == "transform");
        let sources: Vec<usize> = (0..steps.len()).filter(|n| steps[*n].mode == "read").collect();
        for sink in sinks {
            let from = transform.or(Some(sources.as_slice()).filter(|all| all.len() == 1).map(|all| all[0]));
            match from {
                Some(from) => {
                    let id = steps[from].id.clone();
                    self.notes.push(format!("`{}` writes the rows of `{id}`", steps[sink].id));
                    steps[sink].needs = Some(vec![id]);
                }
                None => self.found.push(
                    refused(steps[sink].span, format!("sink `{}` does not say which source it writes", steps[sink].id))
                        .why("there is not exactly one source")
                        .fix("name it: `needs: [id of a source]`"),
                ),
            }
        }
    }
}

#[cfg(test)]
mod tests;
