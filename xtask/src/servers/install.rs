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
        if lists && !quiet(&["update"]) {
            return false;
        }
        quiet(&[&["install", "-y", "--no-install-recommends"], names].concat())
    };
    // Lists are fetched only when the package is not found in those that are there.
    if install(false) || install(true) {
        return Ok(());
    }
    Err(format!("this failed; say it by hand to see why: {command}"))
}

fn quiet(arguments: &[&str]) -> bool {
    Command::new("apt-get")
        .args(arguments)
        // No questions, and no service that starts by itself.
        .env("DEBIAN_FRONTEND", "noninteractive")
        .env("RUNLEVEL", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// A program, looked for in folders and then in `PATH`.
pub fn program(name: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = folders.iter().cloned().chain(std::env::split_paths(&path));
    all.map(|folder| folder.join(name)).find(|program| Path::is_file(program))
}
