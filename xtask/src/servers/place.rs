//! Where a test server runs: as which user, in which folder, at which port.

use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Whom a server runs as: PostgreSQL refuses root.
#[derive(Clone, Copy)]
pub struct User(Option<(u32, u32)>);

impl User {
    /// This user; for root one of `names`, or `nobody`.
    pub fn fit(names: &[&str]) -> Result<User, String> {
        let root = std::fs::metadata("/proc/self").is_ok_and(|meta| meta.uid() == 0);
        if !root {
            return Ok(User(None));
        }
        let users = std::fs::read_to_string("/etc/passwd").map_err(|e| format!("/etc/passwd: {e}"))?;
        let of = |name: &str| users.lines().find_map(|line| ids(line, name));
        let found = names.iter().chain(&["nobody"]).find_map(|name| of(name));
        found.map(|ids| User(Some(ids))).ok_or_else(|| "no user but root was found to run a server as".to_owned())
    }

    /// As an argument: `UID:GID`, or `-`.
    pub fn written(self) -> String {
        self.0.map_or_else(|| "-".to_owned(), |(user, group)| format!("{user}:{group}"))
    }

    /// The opposite of [`User::written`].
    pub fn read(written: &str) -> Result<User, String> {
        if written == "-" {
            return Ok(User(None));
        }
        let pair = written.split_once(':').and_then(|(user, group)| Some((user.parse().ok()?, group.parse().ok()?)));
        pair.map(|ids| User(Some(ids))).ok_or_else(|| format!("{written} is no user"))
    }

    /// Lets a command run as this user.
    pub fn take_on<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        match self.0 {
            // The standard library drops the other groups too where the user changes.
            Some((user, group)) => command.uid(user).gid(group),
            None => command,
        }
    }

    /// Runs a program to its end; what it said is the error when it fails.
    pub fn run(&self, program: &Path, arguments: &[String], folder: &Path) -> Result<(), String> {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(folder).stdin(Stdio::null());
        let output = self.take_on(&mut command).output().map_err(|e| format!("{}: {e}", program.display()))?;
        if output.status.success() {
            return Ok(());
        }
        let told = [output.stdout, output.stderr].concat();
        let told = String::from_utf8_lossy(&told);
        let tail: Vec<&str> = told.lines().rev().take(8).collect();
        let tail: Vec<&str> = tail.into_iter().rev().collect();
        Err(format!("{} ended with {}:\n{}", program.display(), output.status, tail.join("\n")))
    }

    /// Makes a file or folder this user's, and nobody else's.
    pub fn own(&self, path: &Path, mode: u32) -> Result<(), String> {
        let failed = |e| format!("{}: {e}", path.display());
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).map_err(failed)?;
        match self.0 {
            Some((user, group)) => chown(path, Some(user), Some(group)).map_err(failed),
            None => Ok(()),
        }
    }
}

fn ids(line: &str, name: &str) -> Option<(u32, u32)> {
    let mut fields = line.split(':');
    (fields.next()? == name).then_some(())?;
    Some((fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// A new folder below the folder for temporary files. Short, because sockets lie in it.
pub fn folder(name: &str) -> Result<PathBuf, String> {
    let temporary = std::env::temp_dir();
    for number in 0..1000 {
        let path = temporary.join(format!("pipesmith-{name}-{}-{number}", std::process::id()));
        match std::fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(format!("{}: {error}", path.display())),
        }
    }
    Err(format!("there is no room for another folder in {}", temporary.display()))
}

/// A port that nobody listens at now.
pub fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|e| format!("127.0.0.1: {e}"))?;
    listener.local_addr().map(|address| address.port()).map_err(|e| e.to_string())
}

/// The last lines of a server's log.
pub fn log(folder: &Path) -> String {
    let text = std::fs::read(folder.join("log")).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}
