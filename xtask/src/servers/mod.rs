//! Database servers for tests: real ones, started on free ports of 127.0.0.1 with throw-away data.
//!
//! A server that the environment names already is used as it is. Each of the others runs under a guard
//! (`guard.rs`), a process that stops it and removes its data as soon as xtask is gone, however it went.

mod certificate;
pub mod guard;
mod install;
mod mariadb;
mod place;
mod postgres;

use std::io::Read;
use std::path::PathBuf;

use crate::cargo;

/// Where tests find PostgreSQL: `postgres://USER:PASSWORD@HOST:PORT/DATABASE` of somebody who may make databases.
const POSTGRES: &str = "PIPESMITH_TEST_POSTGRES";
/// Where tests find MariaDB or MySQL: `mysql://USER:PASSWORD@HOST:PORT/DATABASE`.
const MYSQL: &str = "PIPESMITH_TEST_MYSQL";
/// The PEM file of the authority that signed the certificates of both.
const CA: &str = "PIPESMITH_TEST_CA";

/// The user that the servers are made with; it exists nowhere else.
const USER: &str = "pipesmith";
/// It begins like no word: the end of a text that may be the beginning of a secret is held back for a moment.
const PASSWORD: &str = "Zq7-only-for-tests";

/// What servers are started for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Small, and nothing is kept for good.
    Tests,
    /// As on a machine that means it: room in memory, and what is committed is on the disk.
    Measuring,
}

/// What tests need; stops when dropped.
pub struct Servers {
    variables: Vec<(&'static str, String)>,
    guards: Vec<guard::Guard>,
}

impl Servers {
    /// Starts what the environment does not name, and says what it did.
    pub fn start(purpose: Purpose) -> Result<Servers, String> {
        let named = |name: &str| std::env::var(name).is_ok_and(|value| !value.is_empty());
        let (postgres, mysql) = (named(POSTGRES), named(MYSQL));
        for (name, there) in [(POSTGRES, postgres), (MYSQL, mysql)] {
            if there {
                eprintln!("xtask: {name} is set: that server is used");
            }
        }
        if postgres && mysql {
            return Ok(Servers { variables: Vec::new(), guards: Vec::new() });
        }
        // One after the other: two calls of apt-get would wait for each other.
        let postgres_programs = if postgres { None } else { Some(postgres::find_or_install()?) };
        let mariadb_programs = if mysql { None } else { Some(mariadb::find_or_install()?) };
        let certificate = certificate::Certificate::make()?;
        let (first, second) = std::thread::scope(|scope| {
            let first =
                scope.spawn(|| postgres_programs.map(|programs| postgres::start(&programs, &certificate, purpose)));
            let second =
                scope.spawn(|| mariadb_programs.map(|programs| mariadb::start(&programs, &certificate, purpose)));
            (first.join(), second.join())
        });
        let panicked = |_| "starting a server panicked".to_owned();
        let mut servers = Servers { variables: Vec::new(), guards: Vec::new() };
        for (variable, started) in [(POSTGRES, first.map_err(panicked)?), (MYSQL, second.map_err(panicked)?)] {
            let Some(started) = started else { continue };
            let started = started?;
            eprintln!("xtask: {}", started.told);
            // Each server's folder has a copy, and goes with the server whatever happens to xtask.
            let authority = started.folder.join("ca.pem").display().to_string();
            servers.variables.retain(|(name, _)| *name != CA);
            servers.variables.extend([(variable, started.address), (CA, authority)]);
            servers.guards.push(started.guard);
        }
        Ok(servers)
    }

    /// The variables that tests look at.
    pub fn variables(&self) -> &[(&'static str, String)] {
        &self.variables
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        if !self.guards.is_empty() {
            eprintln!("xtask: stopping the servers");
        }
        self.guards.clear();
    }
}

/// A server that answers.
struct Started {
    address: String,
    told: String,
    folder: PathBuf,
    guard: guard::Guard,
}

/// `cargo xtask servers`: prints the exports and keeps the servers until the input ends or ctrl-c; or
/// runs one command with them.
pub fn verb(arguments: &[String]) -> Result<(), String> {
    let servers = Servers::start(Purpose::Tests)?;
    let Some((program, rest)) = arguments.split_first() else {
        for (name, value) in servers.variables() {
            println!("export {name}='{value}'");
        }
        eprintln!("xtask: the servers run until the end of the input (ctrl-d) or ctrl-c");
        let mut ignored = Vec::new();
        return std::io::stdin().read_to_end(&mut ignored).map(|_| ()).map_err(|e| format!("the input: {e}"));
    };
    cargo::call(program.as_ref(), rest, servers.variables())
}
