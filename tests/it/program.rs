//! The real binary, called as a person or a script would.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

pub const BINARY: &str = env!("CARGO_BIN_EXE_pipesmith");

/// Variables of the machine that would change what the program does.
pub const CLEARED: [&str; 15] = [
    "PIPESMITH_BASE_URL",
    "PIPESMITH_MODEL",
    "PIPESMITH_API_KEY",
    "PIPESMITH_RECORDING",
    "PIPESMITH_THEME",
    "OPENAI_BASE_URL",
    "OPENAI_API_KEY",
    "NO_COLOR",
    "TMUX",
    "PIPESMITH_KEYS",
    "XDG_CONFIG_HOME",
    "HOME",
    "ACCESSIBLE",
    "TERM_PROGRAM",
    "STY",
];

/// A folder of its own for a test, removed with it.
pub struct Folder {
    dir: TempDir,
}

impl Folder {
    pub fn empty() -> Folder {
        Folder { dir: tempfile::tempdir().unwrap() }
    }

    /// A workspace whose model is the server at `base_url`.
    pub fn workspace(base_url: &str) -> Folder {
        let folder = Folder::empty();
        assert!(folder.run(&["init"]).status.success());
        folder
            .write("pipesmith.toml", format!("[model]\nbase_url = \"{base_url}\"\nname = \"mock\"\nmax_retries = 0\n"));
        folder
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn at(&self, relative: &str) -> PathBuf {
        self.path().join(relative)
    }

    pub fn write(&self, relative: &str, text: impl AsRef<[u8]>) {
        let path = self.at(relative);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn read(&self, relative: &str) -> String {
        std::fs::read_to_string(self.at(relative)).unwrap_or_else(|e| panic!("{relative}: {e}"))
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.args(arguments).current_dir(self.path());
        for name in CLEARED {
            command.env_remove(name);
        }
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs a verb with `--json`: standard output must be one JSON value, whatever happened.
    pub fn json(&self, arguments: &[&str]) -> (i32, Value) {
        let output = self.run(arguments);
        let text = text(&output.stdout);
        let value = serde_json::from_str(&text)
            .unwrap_or_else(|e| panic!("{arguments:?}: {e}\n{text}\n{}", self::text(&output.stderr)));
        (output.status.code().unwrap(), value)
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
