//! Where incremental reads got to, as far as the workspace keeps it: `.pipesmith/cursors/<pipeline>.json`.
//!
//! A target that can keeps the state itself, in the transaction of what was written; then the file only says
//! so. Else the value is in the file, which is replaced as a whole after the writes that depend on it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fact::RunFact;
use crate::workspace::slug;

/// Version of the files' format.
const VERSION: u32 = 1;
/// The folder, in the workspace.
const FOLDER: &str = ".pipesmith/cursors";

/// The state of a pipeline's incremental reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cursors {
    /// Version of this format.
    pub version: u32,
    /// The pipeline.
    pub pipeline: String,
    /// For each step that reads, where it got to.
    pub steps: BTreeMap<String, Cursor>,
}

/// Where an incremental read got to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cursor {
    /// The column.
    pub column: String,
    /// The value, as the source wrote it; none after a reset.
    pub value: Option<Value>,
    /// Where the value is kept that counts: `workspace`, or the target as a person calls it.
    pub kept: String,
    /// The run that got there.
    pub run: String,
    /// When, RFC 3339, UTC.
    pub changed_at: String,
    /// Whether the next run begins from the beginning, whatever a target says.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reset: bool,
}

/// The word for a state that the workspace keeps.
pub const WORKSPACE: &str = "workspace";

impl Cursors {
    fn file(root: &Path, pipeline: &str) -> PathBuf {
        root.join(FOLDER).join(format!("{}.json", slug(pipeline)))
    }

    /// The state of a pipeline; nothing where none is kept.
    ///
    /// # Errors
    /// The file can't be read, or was changed so that it is none.
    pub fn load(root: &Path, pipeline: &str) -> io::Result<Cursors> {
        match read(&Cursors::file(root, pipeline)) {
            // Two names can have one file; the state is only of the pipeline that it names.
            Ok(Some(found)) if found.pipeline == pipeline => Ok(found),
            Ok(_) => Ok(Cursors { version: VERSION, pipeline: pipeline.to_owned(), steps: BTreeMap::new() }),
            Err(error) => Err(error),
        }
    }

    /// The states of all pipelines of a workspace, by name.
    ///
    /// # Errors
    /// The folder can't be read.
    pub fn all(root: &Path) -> io::Result<Vec<Cursors>> {
        let entries = match std::fs::read_dir(root.join(FOLDER)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut all = Vec::new();
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == "json") {
                all.extend(read(&path)?);
            }
        }
        all.sort_by(|a: &Cursors, b| a.pipeline.cmp(&b.pipeline));
        Ok(all)
    }

    /// Takes back where reads got to: of one step, or of all. Says how many.
    pub fn reset(&mut self, step: Option<&str>, now: &str) -> usize {
        let mut count = 0;
        for (id, cursor) in &mut self.steps {
            if step.is_none_or(|step| step == id) {
                (cursor.value, cursor.reset, cursor.changed_at) = (None, true, now.to_owned());
                count += 1;
            }
        }
        count
    }

    /// Writes the file; it is there whole or as it was.
    ///
    /// # Errors
    /// The folder can't be written.
    pub fn save(&self, root: &Path) -> io::Result<()> {
        let path = Cursors::file(root, &self.pipeline);
        let folder = path.parent().unwrap_or(root);
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&mut file, self).map_err(io::Error::other)?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok(())
    }
}

fn read(path: &Path) -> io::Result<Option<Cursors>> {
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        text => text?,
    };
    let found: Cursors = serde_json::from_str(&text)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, format!("{}: {error}", path.display())))?;
    if found.version == VERSION {
        return Ok(Some(found));
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, format!("{} has the format {}", path.display(), found.version)))
}

/// Keeps what a fact of a run tells of an incremental read.
///
/// # Errors
/// The file can't be written.
pub fn take(root: &Path, pipeline: &str, run: &str, fact: &RunFact) -> io::Result<()> {
    let RunFact::CursorMoved { step, column, to: Some(to), kept, .. } = fact else { return Ok(()) };
    let mut cursors = Cursors::load(root, pipeline)?;
    let cursor = Cursor {
        column: column.clone(),
        value: Some(to.clone()),
        kept: kept.clone(),
        run: run.to_owned(),
        changed_at: format!("{:.0}", jiff::Timestamp::now()),
        reset: false,
    };
    cursors.steps.insert(step.clone(), cursor);
    cursors.save(root)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_state_is_kept_and_taken_back() {
        let dir = tempfile::tempdir().unwrap();
        let moved = |to: Option<Value>| RunFact::CursorMoved {
            step: "r".into(),
            column: "id".into(),
            from: None,
            to,
            nulls: 0,
            kept: WORKSPACE.into(),
        };
        take(dir.path(), "Shop a", "1", &moved(None)).unwrap();
        assert_eq!(Cursors::all(dir.path()).unwrap(), []);
        take(dir.path(), "Shop a", "1", &moved(Some(json!(7)))).unwrap();
        let mut all = Cursors::all(dir.path()).unwrap();
        assert_eq!(all[0].steps["r"].value, Some(json!(7)));
        // Another pipeline whose file has the same name does not take it for its own.
        assert!(Cursors::load(dir.path(), "shop-a").unwrap().steps.is_empty());
        assert_eq!((all[0].reset(Some("x"), "now"), all[0].reset(None, "now")), (0, 1));
        all[0].save(dir.path()).unwrap();
        let read = Cursors::load(dir.path(), "Shop a").unwrap();
        assert!(read.steps["r"].reset && read.steps["r"].value.is_none());
        std::fs::write(dir.path().join(FOLDER).join("shop-a.json"), "{").unwrap();
        assert!(Cursors::load(dir.path(), "Shop a").is_err());
    }
}
