//! Getting a Debian package, where we may.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cargo;

/// Installs packages. Only root can, and only where there is apt-get.
pub fn packages(names: &[&str]) -> Result<(), String> {
    let command = format!("apt-get install -y --no-install-recommends {}", names.join(" "));
    let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    if !root || !cargo::works("apt-get", &["--version"]) {
        return Err(format!(
            "{} is not installed; as root: {command}\n(or name running servers: PIPESMITH_TEST_POSTGRES, PIPESMITH_TEST_MYSQL)",
            names.join(" ")
        ));
    }
    eprintln!("xtask: {command}");
    let install = |lists: bool| {
        if lists {
            quiet(&["update"])?;
        }
        quiet(&[&["install", "-y", "--no-install-recommends"], names].concat())
    };
    // Lists are fetched only when the package is not found in those that are there.
    if install(false).is_ok() {
        return Ok(());
    }
    install(true).map_err(|why| format!("{command} failed:\n{why}"))
}

/// Calls apt-get; says its last words when it fails.
fn quiet(arguments: &[&str]) -> Result<(), String> {
    let output = Command::new("apt-get")
        .args(arguments)
        // No questions, and no service that starts by itself.
        .env("DEBIAN_FRONTEND", "noninteractive")
        .env("RUNLEVEL", "1")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("apt-get can't be called: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let lines: Vec<&str> = said.lines().collect();
    Err(lines[lines.len().saturating_sub(15)..].join("\n"))
}

/// A program, looked for in folders and then in `PATH`.
pub fn program(name: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = folders.iter().cloned().chain(std::env::split_paths(&path));
    all.map(|folder| folder.join(name)).find(|program| Path::is_file(program))
}
