//! Where a step's file lies.

use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use super::super::Job;
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::pipeline::compile::ManifestStep;

/// A file of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Where it is, without `.` and `..` where that can be told from the text.
    pub path: PathBuf,
    /// How a person calls it: relative to the workspace where it lies inside.
    pub name: String,
}

/// The place that the `path` of a step's config names: relative to the `base_dir` of its `connection`,
/// else to the workspace. An absolute path is taken as written.
pub(super) fn of_step(job: &Job, step: &ManifestStep) -> Result<Place, Diagnostic> {
    let at = |key: &str| format!("steps[{}].config.{key}", step.id);
    let text = step.config.get("path").and_then(Value::as_str).unwrap_or_default();
    if text.trim().is_empty() || text.contains('\0') {
        return Err(Diagnostic::error("missing-config-key", "`path` is missing").path(at("path")).fix("name the file"));
    }
    let base = match step.config.get("connection").filter(|value| !value.is_null()) {
        None => job.root.clone(),
        Some(Value::String(reference)) => {
            let connection = job.connections.find(reference).map_err(|d| d.path(at("connection")))?;
            if connection.family != "filesystem" {
                let message = format!("`{reference}` is not a filesystem connection");
                return Err(Diagnostic::error("connection-family-mismatch", message)
                    .path(at("connection"))
                    .why("the step reads or writes a file")
                    .fix("use a connection @filesystem.…, or none"));
            }
            connection.base_dir(&job.root)?
        }
        Some(_) => {
            return Err(Diagnostic::error("invalid-connection-ref", "`connection` is not a text")
                .path(at("connection"))
                .fix("write @filesystem.<alias>"));
        }
    };
    let path = normal(&base.join(text));
    let name = match path.strip_prefix(normal(&job.root)) {
        Ok(inside) if !inside.as_os_str().is_empty() => inside.to_string_lossy().into_owned(),
        _ => path.to_string_lossy().into_owned(),
    };
    Ok(Place { path, name })
}

impl Place {
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
    pub fn not_found(&self, step: &str) -> Diagnostic {
        let diagnostic = Diagnostic::error("csv-file-not-found", format!("{} does not exist", self.name))
            .source(&self.name)
            .path(format!("steps[{step}].config.path"))
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
        names.retain(|name| name.contains(".csv") || name.contains(".tsv"));
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
