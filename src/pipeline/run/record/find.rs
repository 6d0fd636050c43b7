//! The records that there are.

use std::path::{Path, PathBuf};

use super::{FOLDER, RecordedFact, RunMetrics, RunStatus, slug};
use crate::diagnostic::Diagnostic;
use crate::pipeline::compile::Manifest;

/// Files of a record that are larger are not read.
const MOST: u64 = 256 << 20;

/// A record as it lies on disk.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Its folder.
    pub folder: PathBuf,
    /// Where the run stands.
    pub status: RunStatus,
}

impl Recorded {
    /// What the run cost.
    ///
    /// # Errors
    /// A file that is not there or is none.
    pub fn metrics(&self) -> Result<RunMetrics, Diagnostic> {
        let text = self.text("metrics.json")?;
        serde_json::from_str(&text).map_err(|error| self.unreadable("metrics.json", &error.to_string()))
    }

    /// The manifest that it ran.
    ///
    /// # Errors
    /// A file that is not there or is none.
    pub fn manifest(&self) -> Result<Manifest, Diagnostic> {
        let text = self.text("manifest.yaml")?;
        serde_yaml::from_str(&text).map_err(|error| self.unreadable("manifest.yaml", &error.to_string()))
    }

    /// What happened. The last line of a run that was killed may be cut: it is left out, as any line that
    /// this program does not know.
    ///
    /// # Errors
    /// A file that is not there.
    pub fn events(&self) -> Result<Vec<RecordedFact>, Diagnostic> {
        Ok(self.text("events.jsonl")?.lines().filter_map(RecordedFact::read).collect())
    }

    fn text(&self, name: &str) -> Result<String, Diagnostic> {
        read(&self.folder.join(name)).map_err(|error| self.unreadable(name, &error))
    }

    fn unreadable(&self, name: &str, why: &str) -> Diagnostic {
        Diagnostic::error("run-unreadable", format!("the record of run {} can't be read", self.status.run))
            .source(self.folder.join(name).display().to_string())
            .why(why)
            .fix("it was changed or cut; the other records are not concerned")
    }
}

fn read(path: &Path) -> Result<String, String> {
    let size = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > MOST {
        return Err(format!("it is larger than {} MiB", MOST >> 20));
    }
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The records of the workspace at `root`, the newest first; only those of a pipeline where one is named.
/// Folders that hold no record are passed over.
pub fn list(root: &Path, pipeline: Option<&str>) -> Vec<Recorded> {
    let wanted = pipeline.map(slug);
    let mut all = Vec::new();
    for of_pipeline in folders(&root.join(FOLDER)) {
        if wanted.as_ref().is_some_and(|wanted| of_pipeline.file_name().is_none_or(|n| n != wanted.as_str())) {
            continue;
        }
        for folder in folders(&of_pipeline) {
            let status = read(&folder.join("status.json")).ok().and_then(|text| serde_json::from_str(&text).ok());
            all.extend(status.map(|status| Recorded { folder, status }));
        }
    }
    // Ids are in the order of time.
    all.sort_by(|a, b| b.status.run.cmp(&a.status.run));
    all
}

fn folders(within: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(within).into_iter().flatten().flatten();
    entries.filter(|e| e.file_type().is_ok_and(|t| t.is_dir())).map(|e| e.path()).collect()
}

/// The record that a person names: an id, the beginning or the end of one, `last`, or a pipeline, whose
/// last run is meant.
///
/// # Errors
/// None, or several.
pub fn find(root: &Path, name: &str) -> Result<Recorded, Diagnostic> {
    let all = list(root, None);
    if name == "last" {
        return all.into_iter().next().ok_or_else(|| unknown(name, &[]));
    }
    let lower = name.to_lowercase();
    let fits = |r: &&Recorded| r.status.run == lower;
    if let Some(found) = all.iter().find(fits) {
        return Ok(found.clone());
    }
    let part = |r: &&Recorded| r.status.run.starts_with(&lower) || r.status.run.ends_with(&lower);
    let found: Vec<&Recorded> = if lower.len() >= 4 { all.iter().filter(part).collect() } else { Vec::new() };
    match found.as_slice() {
        [one] => return Ok((*one).clone()),
        [] => {}
        several => {
            let ids: Vec<&str> = several.iter().take(5).map(|r| r.status.run.as_str()).collect();
            return Err(Diagnostic::error("ambiguous-run", format!("`{name}` fits {} runs", several.len()))
                .fix(format!("give more of the id: {}", ids.join(", "))));
        }
    }
    let of_pipeline = |r: &&Recorded| r.status.pipeline == name || slug(&r.status.pipeline) == slug(name);
    all.iter().find(of_pipeline).cloned().ok_or_else(|| unknown(name, &all))
}

fn unknown(name: &str, all: &[Recorded]) -> Diagnostic {
    let shown: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
    let diagnostic = Diagnostic::error("unknown-run", format!("there is no run `{shown}`"));
    if all.is_empty() {
        return diagnostic.why("nothing has been run in this workspace yet").fix("pipesmith run FILE");
    }
    diagnostic.fix("`pipesmith runs list` lists them")
}
