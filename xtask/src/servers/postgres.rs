//! A PostgreSQL server of our own.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::certificate::Certificate;
use super::guard::Guard;
use super::place::{self, User};
use super::{PASSWORD, Purpose, Started, USER, install};
use crate::cargo;

const PATIENCE: Duration = Duration::from_secs(60);

/// The programs of one version.
pub struct Programs {
    initdb: PathBuf,
    postgres: PathBuf,
    ready: PathBuf,
}

/// The newest version there is; installed where there is none.
pub fn find_or_install() -> Result<Programs, String> {
    if let Some(found) = find() {
        return Ok(found);
    }
    install::packages(&["postgresql"])?;
    find().ok_or_else(|| "postgresql was installed, but initdb, postgres and pg_isready were not found".to_owned())
}

fn find() -> Option<Programs> {
    // Debian keeps one folder a version: /usr/lib/postgresql/15/bin.
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(Result::ok);
    let mut folders: Vec<(u32, PathBuf)> = versions
        .map(|entry| (entry.file_name().to_string_lossy().parse().unwrap_or(0), entry.path().join("bin")))
        .collect();
    folders.sort();
    let folders: Vec<PathBuf> = folders.into_iter().rev().map(|(_, folder)| folder).collect();
    let program = |name| install::program(name, &folders);
    Some(Programs { initdb: program("initdb")?, postgres: program("postgres")?, ready: program("pg_isready")? })
}

/// Makes a cluster and starts it.
pub fn start(programs: &Programs, certificate: &Certificate, purpose: Purpose) -> Result<Started, String> {
    let user = User::fit(&["postgres"])?;
    let folder = place::folder("postgres")?;
    let begun = begin(programs, certificate, purpose, user, &folder);
    if begun.is_err() {
        let _ = std::fs::remove_dir_all(&folder);
    }
    begun
}

fn begin(
    programs: &Programs,
    certificate: &Certificate,
    purpose: Purpose,
    user: User,
    folder: &Path,
) -> Result<Started, String> {
    user.own(folder, 0o700)?;
    let password = folder.join("password");
    std::fs::write(&password, PASSWORD).map_err(|e| format!("{}: {e}", password.display()))?;
    user.own(&password, 0o600)?;
    let words = format!(
        "-D data -U {USER} --pwfile=password --auth-local=trust --auth-host=scram-sha-256 -E UTF8 --locale=C --no-sync"
    );
    let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
    user.run(&programs.initdb, &words, folder)?;
    certificate.put(folder, &user)?;
    let port = place::free_port()?;
    let at = folder.display();
    let mut command = vec![programs.postgres.display().to_string(), "-D".to_owned(), format!("{at}/data")];
    for setting in [
        "listen_addresses=127.0.0.1".to_owned(),
        format!("port={port}"),
        format!("unix_socket_directories={at}"),
        "max_connections=200".to_owned(),
        "ssl=on".to_owned(),
        format!("ssl_cert_file={at}/server.pem"),
        format!("ssl_key_file={at}/server.key"),
    ] {
        command.extend(["-c".to_owned(), setting]);
    }
    let more = match purpose {
        Purpose::Tests => ["fsync=off", "synchronous_commit=off", "full_page_writes=off"],
        Purpose::Measuring => ["shared_buffers=1GB", "max_wal_size=8GB", "checkpoint_timeout=30min"],
    };
    command.extend(more.iter().flat_map(|setting| ["-c".to_owned(), (*setting).to_owned()]));
    let mut guard = Guard::start(&command, &user, "INT", folder)?;
    let ready = programs.ready.display().to_string();
    let begun = Instant::now();
    while !cargo::works(&ready, &["-q", "-h", "127.0.0.1", "-p", &port.to_string()]) {
        if guard.is_over() || begun.elapsed() > PATIENCE {
            return Err("PostgreSQL did not start".to_owned());
        }
        std::thread::sleep(Duration::from_millis(30));
    }
    Ok(Started {
        address: format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{port}/postgres"),
        told: format!("PostgreSQL ({}) runs at 127.0.0.1:{port}", programs.postgres.display()),
        folder: folder.to_owned(),
        guard,
    })
}
