//! Builds that are there already. What a compile depends on has a key; an entry under it names the build,
//! and counts only while the contracts are what they were and the build's files have their hashes.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::build::{Build, CompileInput, compile};
use super::files::{FINGERPRINTS, MANIFEST, hash};
use super::manifest::{COMPILER, Fingerprints, Manifest};
use super::write::{may_replace, point};
use crate::canonical;
use crate::diagnostic::Diagnostic;
use crate::pipeline::oml::Source;
use crate::secret;

/// The folder of the entries, relative to the workspace.
const FOLDER: &str = "build/.cache";
/// Version of the form of entries.
const VERSION: u32 = 1;
/// Most entries that are kept.
const MOST: usize = 256;

/// When a document is compiled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// When there is no build of the same input.
    #[default]
    Auto,
    /// Always.
    Force,
    /// Never: there has to be a build of the same input.
    Never,
}

/// Where the build goes.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The workspace.
    pub root: &'a Path,
    /// The build's folder, instead of one below the workspace that is named after its hash.
    pub out: Option<&'a Path>,
}

/// A build that lies on disk.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The pipeline's name.
    pub name: String,
    /// Its fingerprints.
    pub fingerprints: Fingerprints,
    /// How many steps it has.
    pub steps: usize,
    /// What is doubtful about the document.
    pub warnings: Vec<Diagnostic>,
    /// Where the values of its parameters come from, by name.
    pub sources: BTreeMap<String, Source>,
    /// The build folder, as people name it.
    pub dir: String,
    /// Whether it was there already.
    pub cached: bool,
    path: PathBuf,
    manifest: Option<Manifest>,
}

impl Compiled {
    /// Its manifest.
    ///
    /// # Errors
    /// It is gone, or was changed in this moment.
    pub fn manifest(self) -> Result<Manifest, Diagnostic> {
        self.manifest.map_or_else(|| Manifest::read(&self.path), Ok)
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    version: u32,
    key: String,
    name: String,
    steps: usize,
    profile: Option<String>,
    dir: String,
    fingerprints: Fingerprints,
    contracts: BTreeMap<String, (String, String)>,
    sources: BTreeMap<String, Source>,
    warnings: Vec<Diagnostic>,
    /// The hash of the file that lists the others with theirs.
    seal: Value,
}

/// The build of a document: one that is there, or a new one.
///
/// # Errors
/// What is wrong with the document, why the build can't be written, or that there is none where none may
/// be made.
pub fn obtain(input: &CompileInput<'_>, target: &Target<'_>, when: When) -> Result<Compiled, Vec<Diagnostic>> {
    if let Some(out) = target.out {
        may_replace(out).map_err(|diagnostic| vec![diagnostic])?;
    }
    let key = key(input, target);
    let file = target.root.join(FOLDER).join(format!("{}.json", &key[..32]));
    if when != When::Force
        && let Some(found) = look_up(input, target, &file, &key)
    {
        return Ok(found);
    }
    if when == When::Never {
        let diagnostic = Diagnostic::error("not-compiled", "there is no build of this input")
            .source(input.file)
            .why("the document, a parameter, the profile, a contract or a connection's name is not what it was when it was compiled, or its build was changed")
            .fix("compile it first, or leave `--compile never` out");
        return Err(vec![diagnostic]);
    }
    let build = compile(input)?;
    guard(&build, input.file)?;
    let path = build.write(target.root, target.out).map_err(|error| {
        let place = target.out.map_or_else(|| build.dir.clone(), |out| out.display().to_string());
        vec![
            Diagnostic::error("build-not-written", format!("the build can't be written: {error}"))
                .source(place)
                .why("a run uses what lies in the build folder, so it must be complete")
                .fix("check the folder's permissions and free space"),
        ]
    })?;
    // Without the entry the next compile is a little slower.
    let _ = keep(&build, target, &file, key);
    Ok(Compiled {
        name: build.manifest.name.clone(),
        fingerprints: build.manifest.fingerprints.clone(),
        steps: build.manifest.steps.len(),
        warnings: build.warnings,
        sources: build.sources,
        dir: target.out.map_or(build.dir, |out| out.display().to_string()),
        cached: false,
        path,
        manifest: Some(build.manifest),
    })
}

/// No secret gets into a build, however it got into the document: by a parameter, say.
fn guard(build: &Build, file: &str) -> Result<(), Vec<Diagnostic>> {
    for (name, bytes) in &build.files {
        let Ok(text) = std::str::from_utf8(bytes) else { continue };
        if !secret::known().holds(text) {
            continue;
        }
        // The manifest, which is YAML, says nothing that the others do not.
        let value: Value = serde_json::from_str(text).unwrap_or_default();
        if gives_away(&value) {
            let diagnostic = Diagnostic::error("secret-in-build", format!("{name} would hold a secret"))
                .source(file)
                .why("a build is kept, compared and shared; the value of a secret came into it, perhaps by a parameter")
                .fix("name a connection that takes the secret from a variable, and leave it out of the document and its parameters");
            return Err(vec![diagnostic]);
        }
    }
    Ok(())
}

fn gives_away(value: &Value) -> bool {
    match value {
        Value::String(text) => secret::known().gives_away(text),
        Value::Array(items) => items.iter().any(gives_away),
        Value::Object(map) => map.values().any(gives_away),
        _ => false,
    }
}

/// All that a compile depends on but the contracts, which are known when the document has been read.
fn key(input: &CompileInput<'_>, target: &Target<'_>) -> String {
    let out = target.out.and_then(|out| std::path::absolute(out).ok()).map(|out| out.display().to_string());
    let all = json!({
        "cache": VERSION,
        "compiler": COMPILER,
        "connections": input.connections,
        "document": canonical::hex(input.text.as_bytes()),
        "env": input.env,
        "file": input.file,
        "out": out,
        "params": input.params,
        "profile": input.profile,
        "profile_is_default": input.profile_is_default,
        "validation": input.validation.to_string(),
    });
    canonical::hex(canonical::json(&all).as_bytes())
}

fn look_up(input: &CompileInput<'_>, target: &Target<'_>, file: &Path, key: &str) -> Option<Compiled> {
    let entry: Entry = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
    let same = |(named, (contract, hash)): (&String, &(String, String))| {
        input.registry.stamp(named) == Some((contract.as_str(), hash.as_str()))
    };
    if entry.version != VERSION || entry.key != key || !entry.contracts.iter().all(same) {
        return None;
    }
    // The entry is a file like others; what it names has to lie where builds do.
    let path = match target.out {
        Some(out) => std::path::absolute(out).ok()?,
        None if entry.dir.starts_with(super::BUILDS) && !entry.dir.contains("..") => target.root.join(&entry.dir),
        None => return None,
    };
    if !is_whole(&path, &entry.seal) {
        return None;
    }
    if target.out.is_none() {
        let hash = entry.fingerprints.manifest.trim_start_matches("sha256:");
        point(path.parent()?, &entry.dir, hash, entry.profile.as_deref()).ok()?;
    }
    Some(Compiled {
        name: entry.name,
        fingerprints: entry.fingerprints,
        steps: entry.steps,
        warnings: entry.warnings,
        sources: entry.sources,
        dir: target.out.map_or(entry.dir, |out| out.display().to_string()),
        cached: true,
        path,
        manifest: None,
    })
}

/// Whether every file of a build has its hash.
fn is_whole(folder: &Path, seal: &Value) -> bool {
    let Ok(list) = fs::read(folder.join(FINGERPRINTS)) else { return false };
    if hash(&list) != *seal {
        return false;
    }
    let Ok(list) = serde_json::from_slice::<Value>(&list) else { return false };
    let Some(files) = list.get("files").and_then(Value::as_object) else { return false };
    files.contains_key(MANIFEST)
        && files.iter().all(|(name, wanted)| fs::read(folder.join(name)).is_ok_and(|bytes| hash(&bytes) == *wanted))
}

fn keep(build: &Build, target: &Target<'_>, file: &Path, key: String) -> std::io::Result<()> {
    let folder = target.root.join(FOLDER);
    fs::create_dir_all(&folder)?;
    let seal = build.files.get(FINGERPRINTS).map_or(Value::Null, |bytes| hash(bytes));
    let entry = Entry {
        version: VERSION,
        key,
        name: build.manifest.name.clone(),
        steps: build.manifest.steps.len(),
        profile: build.manifest.profile.clone(),
        dir: build.dir.clone(),
        fingerprints: build.manifest.fingerprints.clone(),
        contracts: build.contracts.clone(),
        sources: build.sources.clone(),
        warnings: build.warnings.clone(),
        seal,
    };
    let mut temporary = tempfile::Builder::new().prefix(".entry-").tempfile_in(&folder)?;
    temporary.write_all(&serde_json::to_vec(&entry)?)?;
    temporary.persist(file)?;
    prune(&folder)
}

/// Removes the oldest entries when there are too many.
fn prune(folder: &Path) -> std::io::Result<()> {
    let entries: Vec<PathBuf> = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    let Some(too_many) = entries.len().checked_sub(MOST).filter(|n| *n > 0) else { return Ok(()) };
    let age = |path: &PathBuf| path.metadata().and_then(|m| m.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    let mut aged: Vec<(SystemTime, PathBuf)> = entries.into_iter().map(|path| (age(&path), path)).collect();
    aged.sort();
    for (_, path) in aged.into_iter().take(too_many) {
        fs::remove_file(path)?;
    }
    Ok(())
}
