//! Where a verb works: in a workspace, or, for verbs that need none, in the folder it was called from.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::exit::{Exit, Failure};
use crate::connect::{self, discovery::Settings};
use crate::contract::Registry;
use crate::diagnostic::Diagnostic;
use crate::pipeline::patience::Span;
use crate::pipeline::run::Limits;
use crate::workspace::config::DiscoveryConfig;
use crate::workspace::{Config, Workspace};

/// Pipeline documents are read whole; one larger than this is something else.
const MAX_DOCUMENT_BYTES: u64 = 4 * 1024 * 1024;

/// Where a verb works.
pub struct Place {
    /// Paths of pipelines are relative to this.
    pub root: PathBuf,
    /// The workspace, if there is one.
    pub workspace: Option<Workspace>,
}

impl Place {
    /// The workspace that the document lies in, else the one of the current folder, else the current
    /// folder itself.
    pub fn of(document: Option<&Path>) -> Result<Place, Diagnostic> {
        let folder = document.and_then(Path::parent).filter(|f| !f.as_os_str().is_empty());
        for from in folder.into_iter().chain([Path::new(".")]) {
            match Workspace::find(from) {
                Ok(workspace) => {
                    // Before anything is told of it.
                    connect::remember_secrets(&workspace.root);
                    return Ok(Place { root: workspace.root.clone(), workspace: Some(workspace) });
                }
                Err(diagnostic) if diagnostic.code == "no-workspace" => {}
                Err(diagnostic) => return Err(diagnostic),
            }
        }
        let root = std::path::absolute(".").unwrap_or_else(|_| PathBuf::from("."));
        Ok(Place { root, workspace: None })
    }

    /// The configuration, or its defaults.
    pub fn config(&self) -> Config {
        self.workspace.as_ref().map(|w| w.config.clone()).unwrap_or_default()
    }

    /// The contracts: those of the program and of the workspace.
    pub fn registry(&self) -> Registry {
        Registry::load(self.workspace.as_ref().map(Workspace::components).as_deref())
    }

    /// What a run may use.
    pub fn limits(&self) -> Limits {
        let spill =
            self.workspace.as_ref().map_or_else(|| std::env::temp_dir().join("pipesmith-spill"), Workspace::spill);
        limits(&self.config(), spill)
    }

    /// The document as people name it: relative to the root where it lies inside.
    pub fn shown(&self, file: &Path) -> String {
        let inside = self.workspace.as_ref().and_then(|w| w.relative(file));
        inside.unwrap_or_else(|| file.display().to_string())
    }
}

/// What a run may use, by the configuration.
pub fn limits(config: &Config, spill: PathBuf) -> Limits {
    let mut limits = Limits { spill_dir: spill, ..Limits::default() };
    if let Some(mib) = config.run.memory_mib {
        limits.memory_bytes = mib * 1024 * 1024;
    }
    if let Some(threads) = config.run.threads {
        limits.threads = threads;
    }
    if let Some(parallel) = config.run.parallel {
        limits.parallel = parallel;
    }
    if let Some(retries) = config.run.retries {
        limits.patience.retry.attempts = retries + 1;
    }
    if let Some(seconds) = config.run.timeout_s {
        limits.patience.timeout = Some(Span(Duration::from_secs(seconds)));
    }
    limits
}

/// How connections are looked at, by the configuration.
pub fn discovery(config: &Config) -> Settings {
    let DiscoveryConfig { ttl_s, timeout_s, sample_rows } = config.discovery;
    Settings { ttl: Duration::from_secs(ttl_s), timeout: Duration::from_secs(timeout_s), sample_rows }
}

/// Reads a document whole.
pub fn read_document(file: &Path) -> Result<String, Diagnostic> {
    let shown = file.display().to_string();
    let bad = |code: &str, what: String, fix: &str| Diagnostic::error(code, what).source(shown.as_str()).fix(fix);
    let found = std::fs::metadata(file).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => bad(
            "file-not-found",
            format!("there is no file {shown}"),
            "check the path; it is relative to the current folder",
        ),
        _ => bad("read-error", format!("{shown} can't be read: {error}"), "check the file's permissions"),
    })?;
    if found.is_dir() {
        return Err(bad("read-error", format!("{shown} is a folder"), "name a pipeline document in it"));
    }
    if found.len() > MAX_DOCUMENT_BYTES {
        return Err(bad(
            "read-error",
            format!("{shown} has {} bytes, more than a pipeline document may have ({MAX_DOCUMENT_BYTES})", found.len()),
            "is this the right file?",
        ));
    }
    let bytes = std::fs::read(file)
        .map_err(|e| bad("read-error", format!("{shown} can't be read: {e}"), "check the file's permissions"))?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].iter().filter(|b| **b == b'\n').count() + 1;
        bad("read-error", format!("{shown} is not UTF-8: byte {at}, line {line}"), "save it as UTF-8")
            .why("pipeline documents are UTF-8 text")
    })
}

/// The workspace of the current folder, for verbs that need one.
pub fn workspace(json: bool) -> Result<Workspace, Failure> {
    let found = Workspace::find(Path::new(".")).map_err(|d| Failure::new(d, Exit::Configuration, json))?;
    connect::remember_secrets(&found.root);
    Ok(found)
}
