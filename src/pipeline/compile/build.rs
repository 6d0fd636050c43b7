//! From a document to a build.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value, json};

use super::manifest::{Fingerprints, MANIFEST_VERSION, Manifest, ManifestStep};
use super::order::topological;
use crate::canonical;
use crate::contract::Registry;
use crate::diagnostic::{Diagnostic, has_errors};
use crate::pipeline::oml::{CheckContext, Checking, Document, Provided, Step, check_for};

/// Characters of the hash that stand before the whole of it in the folder's name.
const SHORT: usize = 7;

/// What is compiled.
#[derive(Clone, Copy, Debug)]
pub struct CompileInput<'a> {
    /// The document's file, as diagnostics name it; the build folder is named after its stem.
    pub file: &'a str,
    /// The document.
    pub text: &'a str,
    /// The contracts.
    pub registry: &'a Registry,
    /// The connections there are, as `@family.alias`; without it they are not checked.
    pub connections: Option<&'a [String]>,
    /// The profile.
    pub profile: Option<&'a str>,
    /// Values of parameters from the command line.
    pub params: &'a BTreeMap<String, String>,
    /// Values of parameters from the environment, by name in lower case.
    pub env: &'a BTreeMap<String, String>,
}

/// A compiled pipeline.
#[derive(Clone, Debug)]
pub struct Build {
    /// The pipeline, ready to run.
    pub manifest: Manifest,
    /// What is doubtful about the document.
    pub warnings: Vec<Diagnostic>,
    /// The files of the build folder: paths relative to it, with `/`.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The build folder relative to the workspace, with `/`.
    pub dir: String,
}

/// Compiles a document.
///
/// # Errors
/// All diagnostics, at least one of them an error: what the check refuses is not compiled.
pub fn compile(input: &CompileInput<'_>) -> Result<Build, Vec<Diagnostic>> {
    let provided = Provided { profile: input.profile, params: Some(input.params), env: Some(input.env) };
    let ctx = CheckContext { registry: input.registry, connections: input.connections };
    let what = Checking { source: input.file, text: input.text, provided, compiling: true };
    let checked = check_for(&what, &ctx);
    if has_errors(&checked.diagnostics) {
        return Err(checked.diagnostics);
    }
    let internal = |message: &str| {
        let text = "this is a fault of the program; please report it with the document";
        vec![Diagnostic::error("compile-failed", message).source(input.file).why("the check let it pass").fix(text)]
    };
    let document = checked.document.ok_or_else(|| internal("there is no document"))?;
    let manifest = manifest(&document, input).map_err(|message| internal(&message))?;
    let files = files(&manifest).map_err(|message| internal(&message))?;
    let dir = folder(input, &manifest.fingerprints.manifest);
    Ok(Build { manifest, warnings: checked.diagnostics, files, dir })
}

fn manifest(document: &Document, input: &CompileInput<'_>) -> Result<Manifest, String> {
    let index: HashMap<&str, usize> =
        document.steps.iter().enumerate().map(|(n, s)| (s.id.value.as_str(), n)).collect();
    let needs: Vec<Vec<usize>> = document
        .steps
        .iter()
        .map(|step| step.needs.iter().filter_map(|id| index.get(id.value.as_str()).copied()).collect())
        .collect();
    let order = topological(&needs);
    if order.len() != document.steps.len() {
        return Err("steps need each other".to_owned());
    }
    let steps: Result<Vec<ManifestStep>, String> =
        order.into_iter().map(|n| manifest_step(&document.steps[n], input.registry)).collect();
    let effective: Map<String, Value> =
        document.effective.iter().map(|(name, effective)| (name.clone(), effective.value.clone())).collect();
    let mut manifest = Manifest {
        manifest_version: MANIFEST_VERSION,
        name: document.name.value.clone(),
        oml_version: document.oml_version.value.clone(),
        profile: input.profile.map(str::to_owned),
        fingerprints: Fingerprints {
            document: canonical::fingerprint(&canonical::json(&document.value)),
            contracts: canonical::fingerprint(&canonical::json(&contracts(document, input.registry))),
            parameters: canonical::fingerprint(&canonical::json(&Value::Object(effective))),
            manifest: String::new(),
        },
        steps: steps?,
    };
    manifest.fingerprints.manifest = manifest.fingerprint();
    Ok(manifest)
}

/// The fingerprints of the contracts that are used, by name.
fn contracts(document: &Document, registry: &Registry) -> Value {
    let names: BTreeSet<&str> = document.steps.iter().map(|step| step.contract.as_str()).collect();
    let fingerprints = names.iter().filter_map(|name| registry.get(name));
    Value::Object(
        fingerprints.map(|contract| (contract.name.clone(), Value::from(contract.fingerprint.as_str()))).collect(),
    )
}

fn manifest_step(step: &Step, registry: &Registry) -> Result<ManifestStep, String> {
    let contract = registry.get(&step.contract).ok_or_else(|| format!("no contract for step {}", step.id.value))?;
    let given = match step.config.as_ref().map(|node| node.to_json()) {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    };
    let Value::Object(config) = canonical::sorted(&Value::Object(contract.with_defaults(&given))) else {
        return Err(format!("no configuration for step {}", step.id.value));
    };
    let mut needs: Vec<String> = Vec::with_capacity(step.needs.len());
    for id in &step.needs {
        if !needs.contains(&id.value) {
            needs.push(id.value.clone());
        }
    }
    Ok(ManifestStep {
        id: step.id.value.clone(),
        component: contract.name.clone(),
        version: contract.version.clone(),
        mode: step.mode.value.clone(),
        needs,
        config,
    })
}

fn files(manifest: &Manifest) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let mut files = BTreeMap::new();
    let yaml = serde_yaml::to_string(manifest).map_err(|error| error.to_string())?;
    files.insert("manifest.yaml".to_owned(), yaml.into_bytes());
    let mut plan = Vec::with_capacity(manifest.steps.len());
    for step in &manifest.steps {
        let mut config = step.config.clone();
        config.insert("component".to_owned(), Value::from(step.component.as_str()));
        let word = if step.mode == "read" { "extract" } else { step.mode.as_str() };
        config.insert("mode".to_owned(), Value::from(word));
        let path = format!("cfg/{}.json", file_stem(&step.id));
        files.insert(path, line(&Value::Object(config)));
        plan.push(json!({"id": step.id, "driver": step.component, "needs": step.needs}));
    }
    files.insert("plan.json".to_owned(), line(&json!({ "steps": plan })));
    let fingerprints = serde_json::to_value(&manifest.fingerprints).map_err(|error| error.to_string())?;
    files.insert("fingerprints.json".to_owned(), line(&json!({ "fingerprints": fingerprints })));
    Ok(files)
}

fn line(value: &Value) -> Vec<u8> {
    (canonical::json(value) + "\n").into_bytes()
}

/// A step's id as the name of a file: itself where that is safe everywhere, else with what is not
/// replaced and a piece of its hash, so that two ids never share a file.
fn file_stem(id: &str) -> String {
    let safe = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
    if !id.is_empty() && !id.starts_with('.') && id.chars().all(safe) {
        return id.to_owned();
    }
    let replaced: String = id.chars().map(|c| if safe(c) && c != '.' { c } else { '_' }).collect();
    format!("{replaced}-{}", &canonical::hex(id.as_bytes())[..8])
}

fn folder(input: &CompileInput<'_>, fingerprint: &str) -> String {
    let hash = fingerprint.trim_start_matches("sha256:");
    let file = input.file.rsplit(['/', '\\']).next().unwrap_or(input.file);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let slug = Some(slug(stem)).filter(|s| !s.is_empty()).unwrap_or_else(|| "pipeline".to_owned());
    let profile = input.profile.map(self::slug).filter(|s| !s.is_empty()).map(|s| s + "/").unwrap_or_default();
    format!("build/pipelines/{profile}{slug}/{}-{hash}", hash.get(..SHORT).unwrap_or(hash))
}

/// Lower case, blanks and `_` as `-`, other characters dropped: as Osiris names its folders.
fn slug(text: &str) -> String {
    let mapped = text.to_lowercase().chars().map(|c| if matches!(c, ' ' | '_') { '-' } else { c }).collect::<String>();
    mapped
        .chars()
        .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-')
        .collect::<String>()
        .trim_matches('-')
        .to_owned()
}

#[cfg(test)]
mod tests;
