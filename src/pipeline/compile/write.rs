//! The build folder on disk. It appears whole or not at all.
//!
//! A process that is killed at any point leaves the former build or the new one: files are written to a
//! folder beside, which then takes the name, in one step also where a folder has it. Nothing waits for the
//! disk: a build is made again in milliseconds, and one that a power failure tore does not have its hashes.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::json;

use super::build::Build;
use super::files::{COMPILED, FINGERPRINTS, MANIFEST, line};
use crate::diagnostic::Diagnostic;

/// What unfinished folders begin with.
const UNFINISHED: &str = ".build-";
/// How old an unfinished folder is when no living process can be at work on it.
const ABANDONED: Duration = Duration::from_secs(3600);
/// How often a folder is put in place when another process does the same.
const TRIES: usize = 20;
/// What a build folder holds besides `cfg/`.
const NAMES: [&str; 5] = [MANIFEST, "plan.json", FINGERPRINTS, "effective_config.json", COMPILED];

impl Build {
    /// Writes the build below the workspace and points `LATEST` beside it to it; or, with `out`, to that
    /// folder, whose build it replaces. A build that is there with the same files is left as it is.
    ///
    /// # Errors
    /// What the file system says.
    pub fn write(&self, root: &Path, out: Option<&Path>) -> io::Result<PathBuf> {
        let target = match out {
            Some(out) => std::path::absolute(out)?,
            None => root.join(&self.dir),
        };
        let parent = target.parent().unwrap_or(root).to_path_buf();
        fs::create_dir_all(&parent)?;
        if !self.is_there(&target) {
            remove_abandoned(&parent);
            let beside = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(&parent)?;
            let folder = beside.path().join("build");
            self.fill(&folder)?;
            self.put(&folder, &target)?;
        }
        if out.is_none() {
            let hash = self.manifest.fingerprints.manifest.trim_start_matches("sha256:");
            point(&parent, &self.dir, hash, self.manifest.profile.as_deref())?;
        }
        Ok(target)
    }

    /// Whether the folder holds these files.
    fn is_there(&self, target: &Path) -> bool {
        let same = |(name, bytes): (&String, &Vec<u8>)| fs::read(target.join(name)).is_ok_and(|there| there == *bytes);
        self.files.iter().all(same)
    }

    fn fill(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder.join("cfg"))?;
        for (name, bytes) in &self.files {
            File::create_new(folder.join(name))?.write_all(bytes)?;
        }
        let compiled = json!({
            "compiled_at": jiff::Timestamp::now().to_string(),
            "compiler": self.manifest.compiler,
            "manifest": self.manifest.fingerprints.manifest,
            "parameters": self.sources,
        });
        File::create_new(folder.join(COMPILED))?.write_all(&line(&compiled))
    }

    /// Gives the folder its name. A folder that has it changes places with it in one step where the system
    /// can do that. Another process may do the same at the same time; either build is whole.
    fn put(&self, folder: &Path, target: &Path) -> io::Result<()> {
        let mut failed = None;
        for _ in 0..TRIES {
            match fs::rename(folder, target) {
                Ok(()) => return Ok(()),
                Err(error) if target.symlink_metadata().is_err() => failed = Some(error),
                Err(_) if self.is_there(target) => return Ok(()),
                Err(error) => match exchange(folder, target) {
                    Ok(()) => return Ok(()),
                    Err(_) => failed = Some(error),
                },
            }
        }
        Err(failed.unwrap_or_else(|| io::Error::other("the folder could not be put in place")))
    }
}

/// Lets two folders change places.
fn exchange(folder: &Path, target: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        if renameat_with(CWD, folder, CWD, target, RenameFlags::EXCHANGE).is_ok() {
            return Ok(());
        }
    }
    fs::rename(target, folder.with_extension("former"))?;
    fs::rename(folder, target)
}

/// `LATEST`: the manifest's path from the workspace, the hash, the profile.
pub fn point(parent: &Path, dir: &str, hash: &str, profile: Option<&str>) -> io::Result<()> {
    let text = format!("{dir}/{MANIFEST}\n{hash}\n{}\n", profile.unwrap_or_default());
    let latest = parent.join("LATEST");
    if fs::read(&latest).is_ok_and(|there| there == text.as_bytes()) {
        return Ok(());
    }
    let mut file = tempfile::Builder::new().prefix(".latest-").tempfile_in(parent)?;
    file.write_all(text.as_bytes())?;
    #[cfg(unix)]
    file.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    file.persist(&latest)?;
    Ok(())
}

/// Refuses to replace a folder that is no build.
///
/// # Errors
/// What lies in it that no compile wrote.
pub fn may_replace(out: &Path) -> Result<(), Diagnostic> {
    let refuse = |message: String, why: &str| {
        Err(Diagnostic::error("not-a-build-folder", message)
            .source(out.display().to_string())
            .why(why)
            .fix("name a folder that is not there yet, an empty one, or one that an earlier compile made"))
    };
    let all_of_folder = "`--out` replaces all of the folder";
    let names = |folder: &Path| -> io::Result<Vec<String>> {
        let entries = fs::read_dir(folder)?;
        entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    };
    let there = match out.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return refuse(format!("{} can't be looked at: {error}", out.display()), all_of_folder),
        Ok(meta) if !meta.is_dir() => return refuse(format!("{} is no folder", out.display()), all_of_folder),
        Ok(_) => names(out).map(|top| (top, names(&out.join("cfg")).unwrap_or_default())),
    };
    match there {
        Ok((top, _)) if top.is_empty() => Ok(()),
        Ok((top, cfg)) => {
            let strange = top.iter().find(|name| !NAMES.contains(&name.as_str()) && *name != "cfg");
            match strange.or_else(|| cfg.iter().find(|name| !name.ends_with(".json"))) {
                Some(name) => {
                    refuse(format!("{} holds `{name}`, which no compile wrote", out.display()), all_of_folder)
                }
                None if top.iter().any(|name| name == FINGERPRINTS) => Ok(()),
                None => refuse(format!("{} is not empty, and no build", out.display()), all_of_folder),
            }
        }
        Err(error) => refuse(format!("{} can't be read: {error}", out.display()), all_of_folder),
    }
}

/// Removes what killed processes left. That it fails is no reason not to build.
fn remove_abandoned(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(UNFINISHED)) {
        let age = entry
            .metadata()
            .and_then(|meta| meta.modified())
            .ok()
            .and_then(|at| SystemTime::now().duration_since(at).ok());
        if age.is_some_and(|age| age > ABANDONED) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
