//! What is different between two manifests, step by step.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::manifest::{Manifest, ManifestStep};

/// What is different between two manifests.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Difference {
    /// What is not about steps: name, profile, compiler, fingerprints of what they were made of.
    pub pipeline: Vec<Change>,
    /// The steps that differ: in the order of the second manifest, then those it does not have.
    pub steps: Vec<StepChange>,
}

/// A value that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// The way to it, e.g. `config.limit`.
    pub path: String,
    /// What it was; nothing when it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What it is; nothing when it is not there any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// A step that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepChange {
    /// Its id.
    pub id: String,
    /// `added`, `removed` or `changed`.
    pub what: &'static str,
    /// Its values that differ; all it has when it is added or removed.
    pub changes: Vec<Change>,
}

impl Difference {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.pipeline.is_empty() && self.steps.is_empty()
    }
}

/// Compares two manifests.
pub fn diff(before: &Manifest, after: &Manifest) -> Difference {
    let mut pipeline = Vec::new();
    let top = |m: &Manifest| {
        json!({
            "name": m.name,
            "oml_version": m.oml_version,
            "profile": m.profile,
            "compiler": m.compiler,
            "validation": m.validation,
            "fingerprints": {
                "document": m.fingerprints.document,
                "contracts": m.fingerprints.contracts,
                "parameters": m.fingerprints.parameters,
            },
        })
    };
    compare("", Some(&top(before)), Some(&top(after)), &mut pipeline);
    let old: BTreeMap<&str, &ManifestStep> = before.steps.iter().map(|step| (step.id.as_str(), step)).collect();
    let new: BTreeSet<&str> = after.steps.iter().map(|step| step.id.as_str()).collect();
    let now = after.steps.iter().map(|step| (step.id.as_str(), old.get(step.id.as_str()).copied(), Some(step)));
    let gone = before.steps.iter().filter(|step| !new.contains(step.id.as_str()));
    let all = now.chain(gone.map(|step| (step.id.as_str(), Some(step), None)));
    let steps = all.filter_map(|(id, before, after)| {
        let what = match (before, after) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        };
        let mut changes = Vec::new();
        compare("", before.map(value).as_ref(), after.map(value).as_ref(), &mut changes);
        (!changes.is_empty()).then(|| StepChange { id: id.to_owned(), what, changes })
    });
    Difference { pipeline, steps: steps.collect() }
}

/// What is different between two values: mappings key by key, others as a whole.
pub fn changes(before: Option<&Value>, after: Option<&Value>) -> Vec<Change> {
    let mut found = Vec::new();
    compare("", before, after, &mut found);
    found
}

/// All of a step but its id.
fn value(step: &ManifestStep) -> Value {
    json!({
        "component": step.component,
        "version": step.version,
        "mode": step.mode,
        "needs": step.needs,
        "config": step.config,
        "retry": step.retry,
        "timeout": step.timeout,
        "incremental": step.incremental,
        "expect": (!step.expect.is_empty()).then_some(&step.expect),
    })
}

/// Mappings are compared key by key, other values as a whole.
fn compare(path: &str, before: Option<&Value>, after: Option<&Value>, out: &mut Vec<Change>) {
    let (before, after) = (before.filter(|v| !v.is_null()), after.filter(|v| !v.is_null()));
    if before == after {
        return;
    }
    let map = |value: Option<&Value>| match value {
        None => Some(Map::new()),
        Some(value) => value.as_object().cloned(),
    };
    let one_is_map = [before, after].into_iter().flatten().any(Value::is_object);
    match (map(before), map(after)) {
        (Some(old), Some(new)) if one_is_map && !(old.is_empty() && new.is_empty()) => {
            let keys: Vec<&String> = new.keys().chain(old.keys().filter(|key| !new.contains_key(*key))).collect();
            for key in keys {
                let dot = if path.is_empty() { "" } else { "." };
                compare(&format!("{path}{dot}{key}"), old.get(key), new.get(key), out);
            }
        }
        _ => out.push(Change { path: path.to_owned(), before: before.cloned(), after: after.cloned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(steps: Value) -> Manifest {
        serde_json::from_value(json!({
            "manifest_version": 1, "name": "x", "oml_version": "0.1.0", "compiler": "c",
            "fingerprints": {"document": "d", "contracts": "c", "parameters": "p", "files": "f", "manifest": "m"},
            "steps": steps,
        }))
        .unwrap()
    }

    fn step(id: &str, config: Value) -> Value {
        json!({"id": id, "component": "a.b", "version": "1", "mode": "read", "needs": [], "config": config})
    }

    #[test]
    fn steps_are_compared_by_id_and_options_by_key() {
        let before = manifest(json!([step("a", json!({"n": 1, "h": {"x": 1}, "l": [1]})), step("b", json!({"n": 1}))]));
        let after =
            manifest(json!([step("c", json!({})), step("a", json!({"n": 2, "h": {"x": 1, "y": 2}, "l": [1, 2]}))]));
        let found = diff(&before, &after);
        let told: Vec<String> = found
            .steps
            .iter()
            .flat_map(|s| {
                s.changes.iter().map(move |c| format!("{} {} {} {:?} {:?}", s.what, s.id, c.path, c.before, c.after))
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"));
        assert!(diff(&before, &before).is_empty());
        let mut other = before.clone();
        other.profile = Some("prod".to_owned());
        assert_eq!(
            diff(&before, &other).pipeline,
            [Change { path: "profile".into(), before: None, after: Some("prod".into()) }]
        );
    }
}
