//! Making a workspace.

use std::path::{Path, PathBuf};

use super::CONFIG_FILE;
use crate::diagnostic::Diagnostic;

const CONFIG: &str = r#"# Pipesmith workspace. Every key is in docs/reference/configuration.md; all may be left out.

[model]
# Any OpenAI-compatible server. The environment wins: PIPESMITH_BASE_URL, PIPESMITH_MODEL.
# base_url = "http://127.0.0.1:8080/v1"
# name = "gpt-5-mini"
# api_key_env = "OPENAI_API_KEY"

[ui]
# theme = "dark"
"#;

const CONNECTIONS: &str = r#"# Connections by family and alias; a pipeline names one as "@family.alias".
# Secrets stay in the environment: write ${NAME}.
version: 1
connections:
  filesystem:
    data:
      base_dir: data
"#;

const GITIGNORE: &str = "/.pipesmith/\n/build/\n/output/\n/run_logs/\n/.env\n";

/// What was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The workspace's folder.
    pub root: PathBuf,
    /// Files and folders that were not there before, relative to it.
    pub paths: Vec<String>,
}

/// Makes `root` a workspace. What is there stays as it is.
pub fn init(root: &Path) -> Result<Made, Diagnostic> {
    make(root, CONFIG, CONNECTIONS)
}

/// The same with other contents of its two files.
pub fn make(root: &Path, config: &str, connections: &str) -> Result<Made, Diagnostic> {
    let failed = |path: &Path, error: &std::io::Error| {
        Diagnostic::error("workspace-not-made", format!("{} can't be made: {error}", path.display()))
            .source(root.display().to_string())
            .fix("check the folder's permissions and free space")
    };
    let mut paths = Vec::new();
    for folder in ["", "pipelines", "components", "data"] {
        let path = root.join(folder);
        if !path.is_dir() {
            std::fs::create_dir_all(&path).map_err(|e| failed(&path, &e))?;
            paths.push(if folder.is_empty() { ".".to_owned() } else { format!("{folder}/") });
        }
    }
    for (file, text) in [("pipesmith_connections.yaml", connections), (".gitignore", GITIGNORE), (CONFIG_FILE, config)]
    {
        let path = root.join(file);
        let made = std::fs::OpenOptions::new().write(true).create_new(true).open(&path);
        match made {
            Ok(mut out) => {
                std::io::Write::write_all(&mut out, text.as_bytes()).map_err(|e| failed(&path, &e))?;
                paths.push(file.to_owned());
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(&path, &error)),
        }
    }
    Ok(Made { root: root.to_owned(), paths })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Workspace;

    #[test]
    fn a_made_workspace_opens_and_keeps_what_was_there() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("w");
        let made = init(&root).unwrap();
        assert!(made.paths.contains(&CONFIG_FILE.to_owned()));
        std::fs::write(root.join(".gitignore"), "mine\n").unwrap();
        assert_eq!(init(&root).unwrap().paths, Vec::<String>::new());
        assert_eq!(std::fs::read_to_string(root.join(".gitignore")).unwrap(), "mine\n");
        let deep = root.join("data");
        assert_eq!(Workspace::find(&deep).unwrap().root, root);
    }

    #[test]
    fn outside_of_a_workspace_the_way_in_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let found = Workspace::find(dir.path()).unwrap_err();
        assert_eq!(found.code, "no-workspace");
        assert!(found.fix.unwrap().text.contains("pipesmith init"));
    }
}
