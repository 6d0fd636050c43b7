//! From a document to a build.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::files::{Parts, files};
use super::manifest::{COMPILER, Fingerprints, MANIFEST_VERSION, Manifest, ManifestStep};
use super::order::topological;
use crate::canonical;
use crate::contract::Registry;
use crate::diagnostic::{Diagnostic, Severity, has_errors};
use crate::pipeline::oml::{CheckContext, Checking, Document, Provided, Source, Step, check_for};
use crate::workspace::ValidationMode;

/// Errors that a build can be made in spite of, where the validation mode lets them pass: what the step
/// does is said, only its contract or a connection says otherwise.
const PASSABLE: [&str; 14] = [
    "ambiguous-table",
    "config-constraint",
    "connection-mismatch",
    "forbidden-override",
    "input-without-rows",
    "invalid-config-value",
    "missing-config-key",
    "no-input",
    "sql-syntax",
    "unknown-config-key",
    "unknown-connection",
    "unknown-sql-column",
    "unknown-sql-table",
    "unsupported-encoding",
];

/// Characters of the hash that stand before the whole of it in the folder's name.
const SHORT: usize = 7;

/// The folder of all builds, relative to the workspace.
pub const BUILDS: &str = "build/pipelines";

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
    /// Whether nobody asked for that profile just now: then a document need not have it.
    pub profile_is_default: bool,
    /// Values of parameters from the command line.
    pub params: &'a BTreeMap<String, String>,
    /// Values of parameters from the environment, by name in lower case.
    pub env: &'a BTreeMap<String, String>,
    /// What the check may stop.
    pub validation: ValidationMode,
}

impl<'a> CompileInput<'a> {
    /// A document with nothing from outside, checked strictly.
    pub fn new(file: &'a str, text: &'a str, registry: &'a Registry) -> CompileInput<'a> {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        CompileInput {
            file,
            text,
            registry,
            connections: None,
            profile: None,
            profile_is_default: false,
            params: &NONE,
            env: &NONE,
            validation: ValidationMode::Strict,
        }
    }
}

/// A compiled pipeline.
#[derive(Clone, Debug)]
pub struct Build {
    /// The pipeline, ready to run.
    pub manifest: Manifest,
    /// What is doubtful about the document.
    pub warnings: Vec<Diagnostic>,
    /// Where the values of its parameters come from, by name.
    pub sources: BTreeMap<String, Source>,
    /// The contract of each component that it names: as written, the contract's name, the SHA-256 of the
    /// spec's text.
    pub contracts: BTreeMap<String, (String, String)>,
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
    let provided = Provided {
        profile: input.profile,
        profile_is_default: input.profile_is_default,
        params: Some(input.params),
        env: Some(input.env),
    };
    let off = input.validation == ValidationMode::Off;
    let connections = input.connections.filter(|_| !off);
    let ctx = CheckContext { registry: input.registry, connections };
    let what = Checking { source: input.file, text: input.text, provided, compiling: true };
    let checked = check_for(&what, &ctx);
    let warnings = judged(input.validation, checked.diagnostics);
    if has_errors(&warnings) {
        return Err(warnings);
    }
    let internal = |message: &str| {
        let text = "this is a fault of the program; please report it with the document";
        vec![Diagnostic::error("compile-failed", message).source(input.file).why("the check let it pass").fix(text)]
    };
    let document = checked.document.ok_or_else(|| internal("there is no document"))?;
    let (manifest, files) = manifest(&document, input).map_err(|message| internal(&message))?;
    let dir = folder(input, &manifest.fingerprints.manifest);
    let sources = document.effective.iter().map(|(name, effective)| (name.clone(), effective.source)).collect();
    let named = document.steps.iter().map(|step| step.component.value.as_str());
    let stamp = |name: &str| input.registry.stamp(name).map(|(of, hash)| (of.to_owned(), hash.to_owned()));
    let contracts = named.filter_map(|name| Some((name.to_owned(), stamp(name)?))).collect();
    Ok(Build { manifest, warnings, sources, contracts, files, dir })
}

/// What the mode leaves of what was found; what no build can be made of stays an error in each.
fn judged(mode: ValidationMode, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let passable = |d: &Diagnostic| d.severity < Severity::Error || PASSABLE.contains(&d.code.as_str());
    let (passable, mut all): (Vec<_>, Vec<_>) = found.into_iter().partition(passable);
    all.extend(mode.judge(passable));
    crate::diagnostic::sort(&mut all);
    all
}

fn manifest(document: &Document, input: &CompileInput<'_>) -> Result<(Manifest, BTreeMap<String, Vec<u8>>), String> {
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
        order.iter().map(|n| manifest_step(&document.steps[*n], input.registry)).collect();
    let effective: Map<String, Value> =
        document.effective.iter().map(|(name, effective)| (name.clone(), effective.value.clone())).collect();
    let effective = Value::Object(effective);
    let contracts = contracts(document, input.registry);
    let manifest = Manifest {
        manifest_version: MANIFEST_VERSION,
        name: document.name.value.clone(),
        oml_version: document.oml_version.value.clone(),
        profile: input.profile.map(str::to_owned),
        compiler: COMPILER.to_owned(),
        validation: Some(input.validation).filter(|mode| *mode != ValidationMode::Strict).map(|mode| mode.to_string()),
        fingerprints: Fingerprints {
            document: canonical::fingerprint(&canonical::json(&document.value)),
            contracts: canonical::fingerprint(&canonical::json(&contracts)),
            parameters: canonical::fingerprint(&canonical::json(&effective)),
            ..Fingerprints::default()
        },
        steps: steps?,
    };
    let given: Vec<Map<String, Value>> = order.iter().map(|n| given(&document.steps[*n])).collect();
    files(manifest, &Parts { contracts, parameters: effective, given: &given, document: &document.value })
}

/// The fingerprints of the contracts that are used, by name.
fn contracts(document: &Document, registry: &Registry) -> Value {
    let names: BTreeSet<&str> = document.steps.iter().map(|step| step.contract.as_str()).collect();
    let fingerprints = names.iter().filter_map(|name| registry.get(name));
    Value::Object(
        fingerprints.map(|contract| (contract.name.clone(), Value::from(contract.fingerprint.as_str()))).collect(),
    )
}

/// The options that the document gives to a step, those of the profile among them.
fn given(step: &Step) -> Map<String, Value> {
    match step.config.as_ref().map(|node| node.to_json()) {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

fn manifest_step(step: &Step, registry: &Registry) -> Result<ManifestStep, String> {
    let contract = registry.get(&step.contract).ok_or_else(|| format!("no contract for step {}", step.id.value))?;
    let Value::Object(config) = canonical::sorted(&Value::Object(contract.with_defaults(&given(step)))) else {
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
        retry: step.retry,
        timeout: step.timeout,
    })
}

fn folder(input: &CompileInput<'_>, fingerprint: &str) -> String {
    let hash = fingerprint.trim_start_matches("sha256:");
    format!("{}/{}-{hash}", builds_of(input.file, input.profile), hash.get(..SHORT).unwrap_or(hash))
}

/// The folder of all builds of a document, relative to the workspace.
pub fn builds_of(file: &str, profile: Option<&str>) -> String {
    let file = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let slug = Some(slug(stem)).filter(|s| !s.is_empty()).unwrap_or_else(|| "pipeline".to_owned());
    let profile = profile.map(self::slug).filter(|s| !s.is_empty()).map(|s| s + "/").unwrap_or_default();
    format!("{BUILDS}/{profile}{slug}")
}

/// Lower case, blanks and `_` as `-`, other characters dropped: as Osiris names its folders.
pub(super) fn slug(text: &str) -> String {
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
