//! The pipeline documents of a workspace: YAML files in its folder and in `pipelines/`.

use std::path::Path;

use super::Workspace;

/// The folder of pipelines.
const FOLDER: &str = "pipelines";
/// How deep it is looked into, and how many files are named.
const DEPTH: usize = 4;
const MOST: usize = 2000;

impl Workspace {
    /// The documents, relative to the workspace, sorted. What can't be read is passed over.
    pub fn documents(&self) -> Vec<String> {
        let mut found = Vec::new();
        collect(&self.root, "", 0, &mut found);
        found.retain(|name| !name.ends_with("_connections.yaml") && !name.ends_with("_connections.yml"));
        collect(&self.root.join(FOLDER), FOLDER, DEPTH, &mut found);
        found.sort_unstable();
        found
    }
}

fn collect(folder: &Path, prefix: &str, depth: usize, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let (Ok(name), Ok(kind)) = (entry.file_name().into_string(), entry.file_type()) else { continue };
        if name.starts_with('.') || found.len() >= MOST {
            continue;
        }
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        if kind.is_dir() && depth > 0 {
            collect(&entry.path(), &path, depth - 1, found);
        } else if kind.is_file() && (name.ends_with(".yaml") || name.ends_with(".yml")) {
            found.push(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pipelines_are_found_and_other_files_are_not() {
        let root = tempfile::tempdir().unwrap();
        for file in [
            "a.yaml",
            "pipesmith_connections.yaml",
            "pipelines/b.yml",
            "pipelines/x/c.yaml",
            "pipelines/.d.yaml",
            "build/e.yaml",
        ] {
            let path = root.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let workspace = Workspace { root: root.path().to_owned(), config: super::super::Config::default() };
        assert_eq!(workspace.documents(), ["a.yaml", "pipelines/b.yml", "pipelines/x/c.yaml"]);
    }
}
