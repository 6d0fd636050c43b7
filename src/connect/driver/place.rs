//! Where a step's file lies.

use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use super::part::Setup;
use crate::diagnostic::{Diagnostic, did_you_mean};

/// A file of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where it is, without `.` and `..` where that can be told from the text.
    pub path: PathBuf,
    /// How a person calls it: relative to the workspace where it lies inside.
    pub name: String,
    /// The path of `path` in the configuration.
    key: String,
}

impl Place {
    /// The place that the `path` of a step's config names: relative to the `base_dir` of its `connection`,
    /// else to the workspace. An absolute path is taken as written.
    ///
    /// # Errors
    /// No path, or a connection that is none of files.
    pub fn of(setup: &Setup<'_>) -> Result<Place, Diagnostic> {
        let key = setup.key("path");
        let text = setup.config.get("path").and_then(Value::as_str).unwrap_or_default();
        if text.trim().is_empty() || text.contains('\0') {
            return Err(Diagnostic::error("missing-config-key", "`path` is missing").path(key).fix("name the file"));
        }
        let base = match setup.connection("filesystem")? {
            None => setup.root.to_owned(),
            Some(connection) => connection.base_dir(setup.root)?,
        };
        let path = normal(&base.join(text));
        let name = match path.strip_prefix(normal(setup.root)) {
            Ok(inside) if !inside.as_os_str().is_empty() => inside.to_string_lossy().into_owned(),
            _ => path.to_string_lossy().into_owned(),
        };
        Ok(Place { path, name, key })
    }

    /// Whether it can be read; `format` is the extension of its kind.
    ///
    /// # Errors
    /// Why not.
    pub fn readable(&self, format: &str) -> Result<(), Diagnostic> {
        let unreadable = |why: String| {
            Diagnostic::error("file-unreadable", format!("{} can't be read", self.name))
                .source(&self.name)
                .path(self.key.clone())
                .why(why)
        };
        match std::fs::File::open(&self.path) {
            Ok(file) => match file.metadata() {
                Ok(meta) if meta.is_dir() => Err(unreadable("it is a folder".to_owned()).fix("name a file in it")),
                // Types are found out in a pass of its own, so that what can be read once only won't do.
                Ok(meta) if !meta.is_file() => Err(unreadable("it is not a regular file".to_owned())),
                Ok(_) => Ok(()),
                Err(error) => Err(unreadable(error.to_string())),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(self.not_found(format)),
            Err(error) => Err(unreadable(error.to_string())),
        }
    }

    /// Whether it can be written.
    ///
    /// # Errors
    /// Why not.
    pub fn writable(&self, create_dirs: bool) -> Result<(), Diagnostic> {
        let unwritable = |why: String| {
            Diagnostic::error("file-unwritable", format!("{} can't be written", self.name))
                .source(&self.name)
                .path(self.key.clone())
                .why(why)
        };
        if self.path.is_dir() {
            return Err(unwritable("it is a folder".to_owned()).fix("name a file in it"));
        }
        let Some(folder) = self.path.parent() else { return Err(unwritable("it has no folder".to_owned())) };
        if !folder.exists() && !create_dirs {
            let why = format!("the folder {} does not exist", folder.display());
            return Err(unwritable(why).fix("make the folder, or set `create_dirs: true`"));
        }
        let there = folder.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("/"));
        if !there.is_dir() {
            return Err(unwritable(format!("{} is not a folder", there.display())));
        }
        rustix::fs::access(there, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK)
            .map_err(|error| unwritable(format!("nothing may be made in {}: {error}", there.display())))
    }

    /// The same for every way to name one file, as far as the file system knows.
    pub fn identity(&self) -> PathBuf {
        if let Ok(real) = self.path.canonicalize() {
            return real;
        }
        // A file that is to be made: its folder may be there.
        match (self.path.parent().and_then(|folder| folder.canonicalize().ok()), self.path.file_name()) {
            (Some(folder), Some(name)) => folder.join(name),
            _ => self.path.clone(),
        }
    }

    /// A diagnostic for a file that is not there, with what is.
    fn not_found(&self, format: &str) -> Diagnostic {
        let diagnostic = Diagnostic::error("data-file-not-found", format!("{} does not exist", self.name))
            .source(&self.name)
            .path(self.key.clone())
            .why(format!("looked at {}", self.path.display()));
        let wanted = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(folder) = self.path.parent() else { return diagnostic };
        let Ok(entries) = std::fs::read_dir(folder) else {
            return diagnostic.fix(format!("the folder {} does not exist; correct `path`", folder.display()));
        };
        let mut names: Vec<String> =
            entries.flatten().take(10_000).map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names.retain(|name| !name.starts_with('.') && !name.chars().any(char::is_control));
        if let Some(near) = did_you_mean(&wanted, names.iter().map(String::as_str)) {
            return diagnostic.fix(format!("did you mean `{near}`?"));
        }
        let end = format!(".{format}");
        names.retain(|name| name.contains(&end) || (format == "csv" && name.contains(".tsv")));
        names.truncate(10);
        if names.is_empty() {
            return diagnostic.fix("put the file there, or correct `path`");
        }
        diagnostic.fix(format!("use one of the files there: {}", names.join(", ")))
    }
}

fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}
