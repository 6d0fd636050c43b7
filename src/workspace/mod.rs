//! The workspace: a project folder with a `pipesmith.toml`.
//!
//! Owns: finding and making it, its paths, its configuration and the environment that overrides it, how
//! much checks may stop (`ValidationMode`).
//! Does not own: what lies in the folders.

pub mod codes;
pub mod config;
mod documents;
mod files;
pub mod init;
mod runs;
mod terms;
pub mod user;
mod validation;

use std::path::{Path, PathBuf};

pub use config::Config;
pub use files::may_be_shown;
pub use runs::{run_folder, slug};
pub use terms::ModelTerms;
pub use validation::{UnknownMode, VALIDATION_VARIABLES, ValidationMode};

use crate::diagnostic::Diagnostic;

/// The file that makes a folder a workspace.
pub const CONFIG_FILE: &str = "pipesmith.toml";

/// A project folder.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// The folder.
    pub root: PathBuf,
    /// What its configuration says.
    pub config: Config,
}

impl Workspace {
    /// The workspace that `from` lies in: the nearest folder upwards with a `pipesmith.toml`.
    pub fn find(from: &Path) -> Result<Workspace, Diagnostic> {
        let start = std::path::absolute(from).unwrap_or_else(|_| from.to_owned());
        let root = start.ancestors().find(|folder| folder.join(CONFIG_FILE).is_file());
        match root {
            Some(root) => Workspace::open(root),
            None => {
                Err(Diagnostic::error("no-workspace", format!("{} is not in a Pipesmith workspace", start.display()))
                    .why(format!("no {CONFIG_FILE} was found in this folder or in one above it"))
                    .fix("`pipesmith init` makes this folder a workspace; `pipesmith demo` makes one with data to try"))
            }
        }
    }

    /// The workspace whose folder is `root`.
    pub fn open(root: &Path) -> Result<Workspace, Diagnostic> {
        let config = Config::read(&root.join(CONFIG_FILE))?;
        Ok(Workspace { root: root.to_owned(), config })
    }

    /// What screens call it: its folder's name.
    pub fn name(&self) -> String {
        self.root
            .file_name()
            .map_or_else(|| self.root.display().to_string(), |name| name.to_string_lossy().into_owned())
    }

    /// The project's own contracts.
    pub fn components(&self) -> PathBuf {
        self.root.join("components")
    }

    /// The session store.
    pub fn store(&self) -> PathBuf {
        self.private().join("store")
    }

    /// The log files.
    pub fn logs(&self) -> PathBuf {
        self.private().join("logs")
    }

    /// The contracts as text for a model.
    pub fn model_context(&self) -> PathBuf {
        self.private().join("context.md")
    }

    /// What the screens of sessions showed when they were left.
    pub fn screens(&self) -> PathBuf {
        self.private().join("screens")
    }

    /// Where runs spill what does not fit in memory.
    pub fn spill(&self) -> PathBuf {
        self.private().join("spill")
    }

    /// The folder of everything that belongs to the program and not to the project.
    fn private(&self) -> PathBuf {
        self.root.join(".pipesmith")
    }

    /// A path as a person would write it: relative to the workspace where it lies inside.
    pub fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }

    /// The file that an argument names, relative to the workspace, when it lies inside.
    pub fn relative(&self, argument: &Path) -> Option<String> {
        let absolute = std::path::absolute(argument).ok()?;
        let root = self.root.canonicalize().unwrap_or_else(|_| self.root.clone());
        let folder = absolute.parent()?.canonicalize().ok()?;
        let inside = folder.join(absolute.file_name()?);
        inside.strip_prefix(&root).ok().map(|path| path.to_string_lossy().into_owned())
    }
}
