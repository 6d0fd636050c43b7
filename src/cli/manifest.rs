//! `pipesmith manifest`

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::args::{ManifestArgs, ManifestDiffArgs, ManifestVerb};
use super::exit::{Ended, Exit, Failure};
use super::output;
use super::place::Place;
use crate::diagnostic::Diagnostic;
use crate::pipeline::compile::{self, BUILDS, Change, Difference, Manifest};

/// Shortest beginning of a hash that names a build.
const SHORTEST: usize = 6;
/// Most folders that are looked into for a hash.
const MAX_FOLDERS: usize = 100_000;
/// Longest value that is printed in a line, in characters.
const LONGEST: usize = 120;

pub fn run(verb: &ManifestVerb) -> Ended {
    match verb {
        ManifestVerb::Show(args) => show(args),
        ManifestVerb::Diff(args) => diff(args),
        ManifestVerb::Verify(args) => verify(args),
    }
}

fn show(args: &ManifestArgs) -> Ended {
    let refuse = |d: Diagnostic| Failure::new(d, Exit::Configuration, args.json);
    let place = Place::of(None).map_err(refuse)?;
    let folder = find(&place, &args.build, args.profile.as_deref()).map_err(refuse)?;
    let manifest = Manifest::read(&folder).map_err(refuse)?;
    if args.json {
        output::json(&json!({ "ok": true, "build": shown(&place, &folder), "manifest": manifest }));
        return Ok(Exit::Success);
    }
    output::line(format!("Pipeline   {}", output::safe(&manifest.name)));
    output::line(format!("Build      {}", shown(&place, &folder)));
    if let Some(profile) = &manifest.profile {
        output::line(format!("Profile    {}", output::safe(profile)));
    }
    if let Some(mode) = &manifest.validation {
        output::line(format!("Validation {}: errors of the check were let pass", output::safe(mode)));
    }
    output::line(format!("Compiler   {}", output::safe(&manifest.compiler)));
    let hashes = &manifest.fingerprints;
    for (name, hash) in [
        ("Manifest", &hashes.manifest),
        ("Document", &hashes.document),
        ("Contracts", &hashes.contracts),
        ("Parameters", &hashes.parameters),
        ("Files", &hashes.files),
    ] {
        output::line(format!("{name:<10} {}", output::safe(hash)));
    }
    for step in &manifest.steps {
        let needs = if step.needs.is_empty() { String::new() } else { format!(" ← {}", step.needs.join(", ")) };
        let line = format!("\n{} ({} {} {}){needs}", step.id, step.mode, step.component, step.version);
        output::line(output::safe(&line));
        for (key, value) in &step.config {
            output::line(output::safe(&format!("  {key}: {}", short(value))));
        }
        let incremental = step.incremental.iter().map(|value| ("incremental", value));
        for (key, value) in incremental.chain(step.expect.iter().map(|value| ("expect", value))) {
            output::line(output::safe(&format!("  {key}: {}", short(value))));
        }
    }
    Ok(Exit::Success)
}

fn diff(args: &ManifestDiffArgs) -> Ended {
    let refuse = |d: Diagnostic| Failure::new(d, Exit::Configuration, args.json);
    let place = Place::of(None).map_err(refuse)?;
    let read = |build: &str| {
        let folder = find(&place, build, None)?;
        Ok((Manifest::read(&folder)?, shown(&place, &folder)))
    };
    let (before, before_dir) = read(&args.before).map_err(refuse)?;
    let (after, after_dir) = read(&args.after).map_err(refuse)?;
    let found = compile::diff(&before, &after);
    if args.json {
        output::json(&json!({
            "ok": true,
            "same": found.is_empty(),
            "before": { "build": before_dir, "manifest": before.fingerprints.manifest },
            "after": { "build": after_dir, "manifest": after.fingerprints.manifest },
            "difference": found,
        }));
    } else {
        output::line(format!("--- {before_dir}\n+++ {after_dir}"));
        output::piece(&output::safe(&told(&found)));
    }
    Ok(if found.is_empty() { Exit::Success } else { Exit::Other })
}

/// A difference for people.
fn told(found: &Difference) -> String {
    if found.is_empty() {
        return "The manifests are the same.\n".to_owned();
    }
    let mut out = String::new();
    for change in &found.pipeline {
        out.push_str(&format!("{}\n", one(change)));
    }
    for step in &found.steps {
        out.push_str(&format!("\nstep {}: {}\n", step.id, step.what));
        for change in &step.changes {
            out.push_str(&format!("  {}\n", one(change)));
        }
    }
    out
}

fn one(change: &Change) -> String {
    let path = &change.path;
    match (&change.before, &change.after) {
        (None, Some(after)) => format!("+ {path}: {}", short(after)),
        (Some(before), None) => format!("- {path}: {}", short(before)),
        (before, after) => {
            let text = |value: &Option<Value>| value.as_ref().map(short).unwrap_or_default();
            format!("~ {path}: {} → {}", text(before), text(after))
        }
    }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > LONGEST { text.chars().take(LONGEST - 1).chain(['…']).collect() } else { text }
}

fn verify(args: &ManifestArgs) -> Ended {
    let refuse = |d: Diagnostic| Failure::new(d, Exit::Configuration, args.json);
    let place = Place::of(None).map_err(refuse)?;
    let folder = find(&place, &args.build, args.profile.as_deref()).map_err(refuse)?;
    let found = compile::verify(&folder);
    let build = shown(&place, &folder);
    if args.json {
        output::json(&json!({ "ok": found.is_empty(), "build": build, "diagnostics": found }));
    } else {
        output::diagnostics(&found, None);
        let word = if found.is_empty() { "is as it was compiled" } else { "is not as it was compiled" };
        output::line(format!("{build} {word} ({})", crate::diagnostic::summary(&found)));
    }
    Ok(if found.is_empty() { Exit::Success } else { Exit::Validation })
}

fn shown(place: &Place, folder: &Path) -> String {
    folder.strip_prefix(&place.root).unwrap_or(folder).display().to_string()
}

/// The folder of a build: named itself, by its manifest, by the beginning of its hash, or as the latest of
/// a pipeline.
fn find(place: &Place, named: &str, profile: Option<&str>) -> Result<PathBuf, Diagnostic> {
    let path = Path::new(named);
    if path.is_dir() {
        return Ok(std::path::absolute(path).unwrap_or_else(|_| path.to_owned()));
    }
    if path.file_name().is_some_and(|name| name == "manifest.yaml") && path.is_file() {
        let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        return Ok(whole.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf));
    }
    let profile = profile.map(str::to_owned).or_else(|| place.config().run.profile);
    let document = if path.extension().is_some() { named.to_owned() } else { format!("{named}.yaml") };
    for profile in [profile.as_deref(), None] {
        let latest = place.root.join(compile::builds_of(&document, profile)).join("LATEST");
        let Ok(text) = std::fs::read_to_string(latest) else { continue };
        let manifest = text.lines().next().unwrap_or_default();
        if let Some(folder) =
            manifest.strip_suffix("/manifest.yaml").filter(|f| f.starts_with(BUILDS) && !f.contains(".."))
        {
            return Ok(place.root.join(folder));
        }
    }
    by_hash(place, named)
}

fn by_hash(place: &Place, named: &str) -> Result<PathBuf, Diagnostic> {
    let hash = named.trim_start_matches("sha256:").to_lowercase();
    let mut found = Vec::new();
    if hash.len() >= SHORTEST && hash.bytes().all(|b| b.is_ascii_hexdigit()) {
        let mut folders = vec![(place.root.join(BUILDS), 0)];
        let mut seen = 0;
        while let Some((folder, depth)) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                seen += 1;
                let name = entry.file_name().to_string_lossy().into_owned();
                if name.split_once('-').is_some_and(|(_, whole)| whole.len() == 64 && whole.starts_with(&hash)) {
                    found.push(entry.path());
                } else if depth < 2 && seen < MAX_FOLDERS && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    folders.push((entry.path(), depth + 1));
                }
            }
        }
    }
    let missing = |message: String, why: &str| {
        Diagnostic::error("no-such-build", message)
            .why(why)
            .fix("compile the pipeline, or name the build's folder, its hash, or its document")
    };
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(missing(
            format!("there is no build `{}`", output::safe(named)),
            "it is no folder, no pipeline that was compiled, and no hash of a build",
        )),
        _ => Err(missing(format!("`{}` names several builds", output::safe(named)), "their hashes begin with it")),
    }
}
