//! A file that is being written: it gets its name only when it is whole.

use std::fs::{File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::place::Place;
use crate::diagnostic::Diagnostic;

/// A file that is not whole yet. Dropping it removes the folders that were made for it; the file has to
/// go before.
pub struct Draft {
    place: Place,
    folders: MadeFolders,
}

impl Draft {
    /// Begins a file beside its place, and makes the folders that it needs.
    ///
    /// # Errors
    /// The folder can't be made or written to.
    pub fn begin(place: &Place) -> Result<(Draft, NamedTempFile), Diagnostic> {
        let folder = place.path.parent().unwrap_or(Path::new("."));
        let folders = MadeFolders::make(folder).map_err(|error| unwritable(place, &error))?;
        // As a plain creation would: what the umask leaves.
        let file = tempfile::Builder::new()
            .prefix(".pipesmith-")
            .suffix(".tmp")
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder)
            .map_err(|error| unwritable(place, &error))?;
        Ok((Draft { place: place.clone(), folders }, file))
    }

    /// Gives the whole file its name. Until then nothing is seen of it.
    ///
    /// # Errors
    /// The disk is full, the folder is gone, …
    pub fn publish(self, file: NamedTempFile) -> Result<(), Diagnostic> {
        let place = &self.place;
        file.as_file().sync_all().map_err(|error| unwritable(place, &error))?;
        // A link stays a link: what it leads to is replaced, with its permissions.
        let target = place.path.canonicalize().unwrap_or_else(|_| place.path.clone());
        if let Ok(meta) = target.metadata() {
            file.as_file().set_permissions(meta.permissions()).map_err(|error| unwritable(place, &error))?;
        }
        file.persist(&target).map_err(|error| unwritable(place, &error.error))?;
        self.folders.keep();
        // So that the name survives a power cut too; the file is whole in any case.
        if let Some(folder) = target.parent().and_then(|folder| File::open(folder).ok()) {
            let _ = folder.sync_all();
        }
        Ok(())
    }
}

/// Folders that were made for a file and go again when it never comes to be.
struct MadeFolders(Vec<PathBuf>);

impl MadeFolders {
    fn make(folder: &Path) -> std::io::Result<MadeFolders> {
        let missing: Vec<PathBuf> = folder.ancestors().take_while(|f| !f.exists()).map(Path::to_owned).collect();
        let made = MadeFolders(missing);
        std::fs::create_dir_all(folder)?;
        Ok(made)
    }

    fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for MadeFolders {
    fn drop(&mut self) {
        for folder in &self.0 {
            // Only an empty one goes; another step may have put its file there.
            let _ = std::fs::remove_dir(folder);
        }
    }
}

/// Says that a file can't be written.
pub fn unwritable(place: &Place, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error("file-unwritable", format!("{} can't be written", place.name))
        .source(&place.name)
        .why(error.to_string())
}
