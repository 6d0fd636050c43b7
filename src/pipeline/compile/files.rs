//! The files of a build, made of the manifest and what it was made of. `docs/reference/manifest.md`
//! describes each.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};

use super::manifest::{Manifest, ManifestStep};
use crate::canonical;

pub const MANIFEST: &str = "manifest.yaml";
pub const FINGERPRINTS: &str = "fingerprints.json";
/// When and how the build was made: the one file that differs from one compile to the next.
pub const COMPILED: &str = "compiled.json";
const PLAN: &str = "plan.json";
const EFFECTIVE: &str = "effective_config.json";

/// Longest id that names its file, in bytes.
const MAX_STEM: usize = 120;

/// What a build is made of besides its manifest.
pub struct Parts<'a> {
    /// The fingerprints of the contracts, by name.
    pub contracts: Value,
    /// The values of the parameters, by name.
    pub parameters: Value,
    /// For each step of the manifest, the options that the document gives.
    pub given: &'a [Map<String, Value>],
    /// The document.
    pub document: &'a Value,
}

/// The manifest with all its fingerprints, and every file but [`COMPILED`], by its path.
pub fn files(mut manifest: Manifest, parts: &Parts<'_>) -> Result<(Manifest, BTreeMap<String, Vec<u8>>), String> {
    let mut files: BTreeMap<String, Vec<u8>> =
        manifest.steps.iter().map(|step| (format!("cfg/{}.json", file_stem(&step.id)), line(&driver(step)))).collect();
    if files.len() < manifest.steps.len() {
        return Err("two steps would share a file".to_owned());
    }
    files.insert(PLAN.to_owned(), line(&plan(&manifest.steps)));
    files.insert(EFFECTIVE.to_owned(), line(&effective(&manifest, parts)));
    let mut hashes: Map<String, Value> = files.iter().map(|(name, bytes)| (name.clone(), hash(bytes))).collect();
    manifest.fingerprints.files = files_fingerprint(&hashes);
    manifest.fingerprints.manifest = manifest.fingerprint();
    let yaml = serde_yaml::to_string(&manifest).map_err(|error| error.to_string())?.into_bytes();
    hashes.insert(MANIFEST.to_owned(), hash(&yaml));
    files.insert(MANIFEST.to_owned(), yaml);
    let fingerprints = serde_json::to_value(&manifest.fingerprints).map_err(|error| error.to_string())?;
    let all = json!({ "contracts": parts.contracts, "files": hashes, "fingerprints": fingerprints });
    files.insert(FINGERPRINTS.to_owned(), line(&all));
    Ok((manifest, files))
}

/// The fingerprint of the list of a build's files; the manifest, which holds it, is not of the list.
pub fn files_fingerprint(hashes: &Map<String, Value>) -> String {
    let mut others = hashes.clone();
    others.remove(MANIFEST);
    canonical::fingerprint(&canonical::json(&Value::Object(others)))
}

/// `sha256:` and the hash of a file's bytes.
pub fn hash(bytes: &[u8]) -> Value {
    Value::from(format!("sha256:{}", canonical::hex(bytes)))
}

/// A value as the one line of a file.
pub fn line(value: &Value) -> Vec<u8> {
    (canonical::json(value) + "\n").into_bytes()
}

/// What the step's driver is given.
fn driver(step: &ManifestStep) -> Value {
    let mut config = step.config.clone();
    config.insert("component".to_owned(), Value::from(step.component.as_str()));
    let word = if step.mode == "read" { "extract" } else { step.mode.as_str() };
    config.insert("mode".to_owned(), Value::from(word));
    Value::Object(config)
}

/// The graph: the steps in an order in which they can run, each with its stage (0 needs nothing, others
/// come one after the last that they need), and the edges along which rows go.
fn plan(steps: &[ManifestStep]) -> Value {
    let mut stages: HashMap<&str, usize> = HashMap::with_capacity(steps.len());
    let (mut nodes, mut edges) = (Vec::with_capacity(steps.len()), Vec::new());
    for step in steps {
        let stage = step.needs.iter().filter_map(|id| stages.get(id.as_str())).max().map_or(0, |last| last + 1);
        stages.insert(&step.id, stage);
        nodes.push(json!({
            "driver": step.component, "id": step.id, "mode": step.mode, "needs": step.needs, "stage": stage,
        }));
        edges.extend(step.needs.iter().map(|from| json!({ "from": from, "to": step.id })));
    }
    json!({ "edges": edges, "steps": nodes })
}

/// Each option that counts with where it comes from: the document, the profile, or the contract's default.
fn effective(manifest: &Manifest, parts: &Parts<'_>) -> Value {
    let of_profile = manifest.profile.as_deref().and_then(|p| parts.document.get("profiles")?.get(p)?.get("steps"));
    let steps: Map<String, Value> = manifest
        .steps
        .iter()
        .zip(parts.given)
        .map(|(step, given)| {
            let profile = of_profile.and_then(|steps| steps.get(&step.id)?.get("config"));
            let option = |(key, value): (&String, &Value)| {
                let from = match (profile.and_then(|config| config.get(key)), given.contains_key(key)) {
                    (Some(_), _) => "profile",
                    (None, true) => "document",
                    (None, false) => "default",
                };
                (key.clone(), json!({ "from": from, "value": value }))
            };
            (step.id.clone(), Value::Object(step.config.iter().map(option).collect()))
        })
        .collect();
    json!({ "parameters": parts.parameters, "profile": manifest.profile, "steps": steps })
}

/// A step's id as the name of a file: itself where that is safe everywhere, else with what is not
/// replaced and a piece of its hash, so that two ids never share a file.
pub fn file_stem(id: &str) -> String {
    let safe = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
    if (1..=MAX_STEM).contains(&id.len()) && !id.starts_with('.') && id.chars().all(safe) {
        return id.to_owned();
    }
    let replaced: String = id.chars().map(|c| if safe(c) && c != '.' { c } else { '_' }).take(MAX_STEM / 2).collect();
    format!("{replaced}-{}", &canonical::hex(id.as_bytes())[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_safe_file_names() {
        for id in ["read", "a-b_c.d"] {
            assert_eq!(file_stem(id), id);
        }
        for id in ["../x", "..", "A", "a b", "č", "con/aux", ""] {
            let stem = file_stem(id);
            assert!(stem.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')), "{stem}");
            assert_ne!(stem, id);
        }
        assert_ne!(file_stem("A"), file_stem("B"));
        assert!(file_stem(&"a".repeat(300)).len() < 100);
    }
}
