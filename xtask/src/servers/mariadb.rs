//! A MariaDB server of our own.

use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::certificate::Certificate;
use super::guard::Guard;
use super::place::{self, User};
use super::{PASSWORD, Purpose, Started, USER, install};

const PATIENCE: Duration = Duration::from_secs(90);

/// The programs.
pub struct Programs {
    install: PathBuf,
    server: PathBuf,
}

/// Those that are there; installed where there are none.
pub fn find_or_install() -> Result<Programs, String> {
    if let Some(found) = find() {
        return Ok(found);
    }
    install::packages(&["mariadb-server"])?;
    find().ok_or_else(|| "mariadb-server was installed, but mariadb-install-db and mariadbd were not found".to_owned())
}

fn find() -> Option<Programs> {
    let folders = [PathBuf::from("/usr/sbin"), PathBuf::from("/usr/bin")];
    let program = |name| install::program(name, &folders);
    Some(Programs { install: program("mariadb-install-db")?, server: program("mariadbd")? })
}

/// Makes a data folder and starts the server.
pub fn start(programs: &Programs, certificate: &Certificate, purpose: Purpose) -> Result<Started, String> {
    let user = User::fit(&["mysql"])?;
    let folder = place::folder("mariadb")?;
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
    let at = folder.display();
    // Not the machine's: a server that starts throws away what others have there.
    let temporary = folder.join("tmp");
    std::fs::create_dir(&temporary).map_err(|e| format!("{}: {e}", temporary.display()))?;
    user.own(&temporary, 0o700)?;
    let words = [
        "--no-defaults".to_owned(),
        format!("--datadir={at}/data"),
        format!("--tmpdir={at}/tmp"),
        "--auth-root-authentication-method=normal".to_owned(),
        "--skip-test-db".to_owned(),
        "--innodb-flush-method=nosync".to_owned(),
    ];
    user.run(&programs.install, &words, folder)?;
    certificate.put(folder, &user)?;
    let init = folder.join("init.sql");
    let sql = format!(
        "CREATE USER '{USER}'@'%' IDENTIFIED BY '{PASSWORD}';\nGRANT ALL ON *.* TO '{USER}'@'%' WITH GRANT OPTION;\n"
    );
    std::fs::write(&init, sql).map_err(|e| format!("{}: {e}", init.display()))?;
    user.own(&init, 0o600)?;
    let port = place::free_port()?;
    let mut command = vec![
        programs.server.display().to_string(),
        "--no-defaults".to_owned(),
        format!("--datadir={at}/data"),
        format!("--tmpdir={at}/tmp"),
        format!("--socket={at}/socket"),
        format!("--pid-file={at}/pid"),
        format!("--port={port}"),
        "--bind-address=127.0.0.1".to_owned(),
        format!("--init-file={}", init.display()),
        format!("--ssl-ca={at}/ca.pem"),
        format!("--ssl-cert={at}/server.pem"),
        format!("--ssl-key={at}/server.key"),
        "--max-connections=200".to_owned(),
        "--local-infile=1".to_owned(),
    ];
    let more = match purpose {
        Purpose::Tests => {
            ["--innodb-flush-method=nosync", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M"]
        }
        Purpose::Measuring => {
            ["--innodb-flush-method=fsync", "--innodb-log-file-size=1G", "--innodb-buffer-pool-size=1G"]
        }
    };
    command.extend(more.map(str::to_owned));
    let mut guard = Guard::start(&command, &user, "TERM", folder)?;
    let begun = Instant::now();
    while !greets(port) {
        if guard.is_over() || begun.elapsed() > PATIENCE {
            return Err("MariaDB did not start".to_owned());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(Started {
        address: format!("mysql://{USER}:{PASSWORD}@127.0.0.1:{port}/mysql"),
        told: format!("MariaDB ({}) runs at 127.0.0.1:{port}", programs.server.display()),
        folder: folder.to_owned(),
        guard,
    })
}

/// Whether the server says hello: it does so only after it went through its init file.
fn greets(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let Ok(mut stream) = TcpStream::connect_timeout(&address, Duration::from_secs(1)) else { return false };
    let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
    stream.read(&mut [0; 5]).is_ok_and(|bytes| bytes == 5)
}
