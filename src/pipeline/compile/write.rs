//! The build folder on disk. It appears whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::build::Build;

/// What unfinished folders begin with.
const UNFINISHED: &str = ".build-";
/// How old an unfinished folder is when no living process can be at work on it.
const ABANDONED: Duration = Duration::from_secs(3600);

impl Build {
    /// Writes the build below the workspace and points `LATEST` beside it to it. The files are written
    /// and flushed to a folder beside, which then takes the name: a process killed at any point leaves
    /// the former build or the new one. A build that is there with the same files is left as it is.
    ///
    /// # Errors
    /// What the file system says.
    pub fn write(&self, root: &Path) -> io::Result<PathBuf> {
        let target = root.join(&self.dir);
        let parent = target.parent().unwrap_or(root).to_path_buf();
        fs::create_dir_all(&parent)?;
        if !self.is_there(&target) {
            remove_abandoned(&parent);
            let beside = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(&parent)?;
            let folder = beside.path().join("build");
            self.fill(&folder)?;
            put(&folder, &target)?;
            sync(&parent)?;
        }
        self.point(&parent)?;
        Ok(target)
    }

    /// Whether the folder holds exactly these files.
    fn is_there(&self, target: &Path) -> bool {
        let same = |(name, bytes): (&String, &Vec<u8>)| fs::read(target.join(name)).is_ok_and(|there| there == *bytes);
        self.files.iter().all(same)
    }

    fn fill(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder.join("cfg"))?;
        for (name, bytes) in &self.files {
            let mut file = File::create_new(folder.join(name))?;
            file.write_all(bytes)?;
            file.sync_all()?;
        }
        sync(&folder.join("cfg"))?;
        sync(folder)
    }

    /// `LATEST`: the manifest's path from the workspace, the hash, the profile.
    fn point(&self, parent: &Path) -> io::Result<()> {
        let hash = self.manifest.fingerprints.manifest.trim_start_matches("sha256:");
        let profile = self.manifest.profile.as_deref().unwrap_or_default();
        let text = format!("{}/manifest.yaml\n{hash}\n{profile}\n", self.dir);
        let latest = parent.join("LATEST");
        if fs::read(&latest).is_ok_and(|there| there == text.as_bytes()) {
            return Ok(());
        }
        let mut file = tempfile::Builder::new().prefix(".latest-").tempfile_in(parent)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&latest)?;
        sync(parent)
    }
}

/// Gives the folder its name. A folder that has it (damaged, for the name holds the hash of the
/// content) changes places with it in one step where the system can do that.
fn put(folder: &Path, target: &Path) -> io::Result<()> {
    if !target.exists() {
        return fs::rename(folder, target);
    }
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

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
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
