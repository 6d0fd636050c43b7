//! The files of a workspace that can be mentioned.

use std::path::{Component, Path};

use super::Workspace;

/// How deep folders are looked into, and how many files are named.
const DEPTH: usize = 6;
const MOST: usize = 5000;
/// Folders of what is made, not written.
const MADE: [&str; 4] = ["target", "node_modules", "build", "__pycache__"];

impl Workspace {
    /// Files of the workspace that may be shown, relative to it, sorted. Hidden ones, what is made and what may
    /// hold secrets is passed over.
    pub fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        collect(&self.root, "", DEPTH, &mut found);
        found.sort_unstable();
        found
    }
}

fn collect(folder: &Path, prefix: &str, depth: usize, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let (Ok(name), Ok(kind)) = (entry.file_name().into_string(), entry.file_type()) else { continue };
        if found.len() >= MOST {
            return;
        }
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        if kind.is_dir() && depth > 0 && !name.starts_with('.') && !MADE.contains(&name.as_str()) {
            collect(&entry.path(), &path, depth - 1, found);
        } else if kind.is_file() && may_be_shown(&path) {
            found.push(path);
        }
    }
}

/// Whether the file of a relative path may be shown to a model: it is neither hidden nor outside, and its name is
/// not that of a file that holds secrets.
pub fn may_be_shown(file: &str) -> bool {
    let path = Path::new(file);
    let plain = |part: Component<'_>| match part {
        Component::Normal(name) => name.to_str().is_some_and(|name| !name.starts_with('.')),
        _ => false,
    };
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_lowercase();
    let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let secret = stem.ends_with("_connections")
        || ["pem", "key", "p12", "pfx", "jks", "kdbx", "env"].contains(&extension)
        || ["secret", "credential", "password"].iter().any(|word| name.contains(word))
        || name.starts_with("id_");
    !file.is_empty() && !file.chars().any(char::is_control) && path.components().all(plain) && !secret
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_with_secrets_hidden_files_and_other_folders_are_passed_over() {
        for file in ["data/orders.csv", "README.md", "pipelines/a.yaml", "a b.csv"] {
            assert!(may_be_shown(file), "{file}");
        }
        for file in [
            "",
            ".env",
            "prod.env",
            "a/.git/config",
            "../x",
            "/etc/passwd",
            "./x/../y",
            "pipesmith_connections.yaml",
            "tls.pem",
            "my-secrets.toml",
            "Credentials.json",
            "id_ed25519",
            "a\nb",
        ] {
            assert!(!may_be_shown(file), "{file}");
        }
        let root = tempfile::tempdir().unwrap();
        for file in ["b.csv", "a/c.txt", ".env", "target/x", "a/.d"] {
            let path = root.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let workspace = Workspace { root: root.path().to_owned(), config: super::super::Config::default() };
        assert_eq!(workspace.files(), ["a/c.txt", "b.csv"]);
    }
}
