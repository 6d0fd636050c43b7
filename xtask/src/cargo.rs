//! Calling cargo and what it built.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::duckdb;

/// The folder of the repository.
pub fn root() -> PathBuf {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map(Path::to_owned).unwrap_or(manifest)
}

/// Cargo, with the features and the environment that fit the DuckDB that was found.
pub struct Cargo {
    duckdb: Option<PathBuf>,
}

impl Cargo {
    /// Looks for DuckDB and says what it found.
    pub fn new() -> Result<Cargo, String> {
        let found = duckdb::find();
        eprintln!("xtask: DuckDB: {}", found.told);
        Ok(Cargo { duckdb: found.folder })
    }

    /// `cargo VERB [FEATURES] …`: the features are put before a `--`.
    pub fn run(&self, words: &[&str], more: &[String]) -> Result<(), String> {
        self.run_with(words, more, &[])
    }

    /// The same with more variables in the environment.
    pub fn run_with(&self, words: &[&str], more: &[String], variables: &[(&str, String)]) -> Result<(), String> {
        let mut arguments: Vec<String> = Vec::new();
        let (before, after) = match words.iter().position(|w| *w == "--") {
            Some(at) => words.split_at(at),
            None => (words, &[][..]),
        };
        arguments.extend(before.iter().map(|w| (*w).to_owned()));
        let mut environment = variables.to_vec();
        if let Some(folder) = &self.duckdb {
            arguments.push("--no-default-features".to_owned());
            environment.push(("DUCKDB_LIB_DIR", folder.display().to_string()));
        }
        arguments.extend(after.iter().map(|w| (*w).to_owned()));
        arguments.extend_from_slice(more);
        let cargo = std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
        call(&cargo, &arguments, &environment)
    }

    /// The program, as `profile` (`debug`, `release`) built it.
    pub fn binary(&self, profile: &str) -> PathBuf {
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
        target.join(profile).join("pipesmith")
    }
}

/// Runs a program in the folder that xtask was called from, and fails when it fails.
pub fn call(program: &Path, arguments: &[String], environment: &[(&str, String)]) -> Result<(), String> {
    let mut command = Command::new(program);
    // What cargo told this program about itself is none of the other's business: build scripts that look at it would
    // run again, and with them everything that is built on theirs.
    let own = |name: &String| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for name in std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).filter(own) {
        command.env_remove(name);
    }
    command.args(arguments).envs(environment.iter().map(|(name, value)| (name, value)));
    let status = command.status().map_err(|e| format!("{} can't be started: {e}", program.display()))?;
    if status.success() {
        return Ok(());
    }
    Err(format!("{} {} ended with {status}", program.display(), arguments.join(" ")))
}

/// Whether a program is there and says so.
pub fn works(program: &str, arguments: &[&str]) -> bool {
    let status =
        Command::new(program).args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|s| s.success())
}
