//! Whether a build is what was compiled: every hash is computed again.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use serde_json::{Map, Value};

use super::files::{COMPILED, FINGERPRINTS, MANIFEST, files_fingerprint, hash, line};
use super::manifest::Manifest;
use crate::canonical;
use crate::diagnostic::Diagnostic;

/// Largest file that is read, in bytes.
const MAX_BYTES: u64 = 64 << 20;
/// Most files of a folder that are looked at.
const MAX_FILES: usize = 100_000;

/// What is wrong with a build; nothing when every file is there, none is there besides, and each has the
/// hash it was compiled with.
pub fn verify(folder: &Path) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let manifest = Manifest::read_as_it_is(folder).map_err(|diagnostic| found.push(diagnostic)).ok();
    if let Some((manifest, source)) = manifest.as_ref().filter(|(m, _)| m.fingerprint() != m.fingerprints.manifest) {
        found.push(fault(
            "manifest-changed",
            source,
            format!("{source} was changed after it was compiled"),
            format!("it states {}, and what it says has {}", manifest.fingerprints.manifest, manifest.fingerprint()),
        ));
    }
    let stated = manifest.as_ref().map(|(manifest, _)| manifest);
    let listed = list(folder, stated, &mut found);
    for (name, wanted) in listed.iter().flatten() {
        let path = folder.join(name);
        let source = path.display().to_string();
        match read(&path) {
            Ok(bytes) if hash(&bytes) == *wanted => {}
            // The manifest's own fingerprint has told of it.
            Ok(_) if name == MANIFEST && found.iter().any(|d| d.code == "manifest-changed") => {}
            Ok(bytes) => found.push(fault(
                "build-file-changed",
                &source,
                format!("{name} was changed after it was compiled"),
                format!("its hash was {}, and is {}", text(wanted), text(&hash(&bytes))),
            )),
            // That it cannot be read has been told.
            Err(_) if name == MANIFEST => {}
            Err(why) => {
                found.push(fault("build-file-missing", &source, format!("{name} is missing or can't be read"), why));
            }
        }
    }
    let known: BTreeSet<&str> = listed.iter().flatten().map(|(name, _)| name.as_str()).collect();
    for name in files_in(folder) {
        if listed.is_some() && !known.contains(name.as_str()) && name != FINGERPRINTS && name != COMPILED {
            let why = "no compile wrote it".to_owned();
            let source = folder.join(&name).display().to_string();
            found.push(fault("build-file-extra", &source, format!("{name} does not belong to the build"), why));
        }
    }
    if let Some(manifest) = stated {
        found.extend(misnamed(folder, manifest));
    }
    found
}

/// The files of the build with their hashes, as it lists them.
fn list(folder: &Path, manifest: Option<&Manifest>, found: &mut Vec<Diagnostic>) -> Option<Map<String, Value>> {
    let path = folder.join(FINGERPRINTS);
    let source = path.display().to_string();
    let bytes = match read(&path) {
        Ok(bytes) => bytes,
        Err(why) => {
            let message = format!("{FINGERPRINTS} is missing or can't be read");
            found.push(fault("build-file-missing", &source, message, why));
            return None;
        }
    };
    let value: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let part = |name: &str| value.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
    let (files, contracts) = (part("files"), part("contracts"));
    let changed = match manifest {
        _ if line(&value) != bytes => Some("it is not in the form in which a compile writes it"),
        Some(m) if serde_json::to_value(&m.fingerprints).ok().as_ref() != value.get("fingerprints") => {
            Some("its fingerprints are not those of the manifest")
        }
        Some(m) if files_fingerprint(&files) != m.fingerprints.files => {
            Some("its list of files is not the one that the manifest states")
        }
        Some(m) if canonical::fingerprint(&canonical::json(&contracts.into())) != m.fingerprints.contracts => {
            Some("its list of contracts is not the one that the manifest states")
        }
        _ => None,
    };
    if let Some(why) = changed {
        let message = format!("{FINGERPRINTS} was changed after it was compiled");
        found.push(fault("build-file-changed", &source, message, why.to_owned()));
    }
    // What it lists is only looked at inside the folder.
    Some(files.into_iter().filter(|(name, _)| !name.starts_with('/') && !name.contains("..")).collect())
}

/// A folder that is named after another hash than that of its manifest.
fn misnamed(folder: &Path, manifest: &Manifest) -> Option<Diagnostic> {
    let name = folder.file_name()?.to_str()?;
    let (short, hash) = name.split_once('-')?;
    let is_hash = hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()) && hash.starts_with(short);
    let stated = manifest.fingerprints.manifest.trim_start_matches("sha256:");
    (is_hash && hash != stated).then(|| {
        let message = "the folder has the name of another build".to_owned();
        let why = format!("its manifest has the hash {stated}");
        fault("build-folder-renamed", &folder.display().to_string(), message, why)
    })
}

fn fault(code: &str, source: &str, message: String, why: String) -> Diagnostic {
    Diagnostic::error(code, message).source(source).why(why).fix("compile the pipeline again: `--compile force`")
}

fn text(hash: &Value) -> &str {
    hash.as_str().unwrap_or("no text")
}

/// A regular file, whole.
fn read(path: &Path) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| error.to_string();
    let meta = path.symlink_metadata().map_err(failed)?;
    if !meta.is_file() {
        return Err("it is no file of its own".to_owned());
    }
    if meta.len() > MAX_BYTES {
        return Err(format!("it is longer than {} MiB", MAX_BYTES >> 20));
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_end(&mut bytes)).map_err(failed)?;
    Ok(bytes)
}

/// What lies in a build folder and in folders in it, with `/`, in order; of folders in those, their name.
fn files_in(folder: &Path) -> BTreeSet<String> {
    let names = |folder: &Path| -> Vec<(String, bool)> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(MAX_FILES);
        entries
            .map(|entry| {
                (entry.file_name().to_string_lossy().into_owned(), entry.file_type().is_ok_and(|kind| kind.is_dir()))
            })
            .collect()
    };
    let mut all = BTreeSet::new();
    for (name, is_folder) in names(folder) {
        if is_folder {
            all.extend(names(&folder.join(&name)).into_iter().map(|(inner, _)| format!("{name}/{inner}")));
        } else {
            all.insert(name);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::{CompileInput, compile};
    use super::*;
    use crate::contract::Registry;

    fn codes(folder: &Path) -> Vec<String> {
        verify(folder).into_iter().map(|d| d.code).collect()
    }

    #[test]
    fn every_change_of_a_build_is_found() {
        let text = "oml_version: \"0.1.0\"\nname: x\nsteps:\n  - {id: r, component: filesystem.csv_extractor, mode: read, config: {path: a.csv}}\n  - {id: w, component: filesystem.csv_writer, mode: write, config: {path: b.csv}}\n";
        let registry = Registry::builtin();
        let build = compile(&CompileInput::new("x.yaml", text, &registry)).unwrap();
        let root = tempfile::tempdir().unwrap();
        let folder = build.write(root.path(), None).unwrap();
        assert_eq!(codes(&folder), Vec::<String>::new());
        let again = || build.write(root.path(), None).unwrap();
        for name in build.files.keys() {
            let path = folder.join(name);
            for change in ["edit", "blank", "remove", "link"] {
                let whole = fs::read(&path).unwrap();
                match change {
                    "edit" => {
                        fs::write(&path, String::from_utf8(whole.clone()).unwrap().replacen(".csv", ".tsv", 1) + " ")
                            .unwrap()
                    }
                    "blank" => fs::write(&path, [whole.as_slice(), b" "].concat()).unwrap(),
                    "remove" => fs::remove_file(&path).unwrap(),
                    _ => {
                        let aside = root.path().join("aside");
                        fs::write(&aside, &whole).unwrap();
                        fs::remove_file(&path).unwrap();
                        #[cfg(unix)]
                        std::os::unix::fs::symlink(aside, &path).unwrap();
                    }
                }
                let found = verify(&folder);
                let told = found.iter().any(|d| d.source.as_deref().is_some_and(|s| s.ends_with(name.as_str())));
                assert!(told || (change == "link" && name == MANIFEST), "{name} {change}: {found:?}");
                fs::remove_file(&path).unwrap_or_default();
                again();
                assert_eq!(codes(&folder), Vec::<String>::new(), "{name} {change}");
            }
        }
        for extra in ["cfg/more.json", "note.txt"] {
            fs::write(folder.join(extra), "x").unwrap();
            assert_eq!(codes(&folder), ["build-file-extra"]);
            fs::remove_file(folder.join(extra)).unwrap();
        }
        let other = folder.with_file_name(format!("0000000-{}", "0".repeat(64)));
        fs::rename(&folder, &other).unwrap();
        assert_eq!(codes(&other), ["build-folder-renamed"]);
        assert_eq!(codes(Path::new("/nonexistent")), ["unreadable-manifest", "build-file-missing"]);
    }
}
