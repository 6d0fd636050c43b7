//! The guard of a server: a process between xtask and the server. It waits for the end of its input,
//! which comes when xtask lets go of it, and also when xtask was killed; then it stops the server and
//! removes its folder. It has its own process group, so that ctrl-c in a terminal does not reach it.

use std::fs::File;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::place::{self, User};

/// The hidden verb of xtask that is a guard.
pub const VERB: &str = "guard-a-server";
/// A server that has not stopped by then is killed.
const PATIENCE: Duration = Duration::from_secs(8);
const PAUSE: Duration = Duration::from_millis(20);

/// Holds a guard; lets it stop its server, and waits for that, when dropped.
pub struct Guard {
    process: Child,
}

impl Guard {
    /// Starts `command` under a guard. `signal` stops it (`INT`, `TERM`); `folder` is removed afterwards.
    pub fn start(command: &[String], user: &User, signal: &str, folder: &Path) -> Result<Guard, String> {
        let this = std::env::current_exe().map_err(|e| format!("xtask does not find itself: {e}"))?;
        // Only the end of its input ends it; the server sets its own answers to signals.
        let process = Command::new("sh")
            .args(["-c", "trap '' HUP INT TERM; exec \"$@\"", "sh"])
            .arg(this)
            .args([VERB, signal, &folder.display().to_string(), &user.written()])
            .args(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|e| format!("the guard of a server can't be started: {e}"))?;
        Ok(Guard { process })
    }

    /// Whether the server has ended by itself.
    pub fn is_over(&mut self) -> bool {
        !matches!(self.process.try_wait(), Ok(None))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// The guard itself: `SIGNAL FOLDER USER COMMAND…`.
pub fn verb(arguments: &[String]) -> Result<(), String> {
    let [signal, folder, user, program, rest @ ..] = arguments else {
        return Err(format!("{VERB} SIGNAL FOLDER USER COMMAND…"));
    };
    let folder = PathBuf::from(folder);
    let done = watch(signal, &folder, &User::read(user)?, program, rest);
    let removed = std::fs::remove_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()));
    done.and(removed)
}

fn watch(signal: &str, folder: &Path, user: &User, program: &str, rest: &[String]) -> Result<(), String> {
    let log = File::create(folder.join("log")).map_err(|e| format!("{}: {e}", folder.display()))?;
    let second = log.try_clone().map_err(|e| e.to_string())?;
    let mut command = Command::new(program);
    command.args(rest).current_dir(folder).stdin(Stdio::null()).stdout(log).stderr(second);
    let mut server = user.take_on(&mut command).spawn().map_err(|e| format!("{program}: {e}"))?;
    let (ended, waiting) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = ended.send(());
    });
    loop {
        let asked = waiting.recv_timeout(PAUSE * 5).is_ok();
        if server.try_wait().map_err(|e| e.to_string())?.is_some() {
            return if asked { Ok(()) } else { Err(format!("{program} ended by itself:\n{}", place::log(folder))) };
        }
        if asked {
            return stop(&mut server, signal);
        }
    }
}

/// Asks the server to stop, and kills it when it does not.
fn stop(server: &mut Child, signal: &str) -> Result<(), String> {
    let _ = Command::new("kill").args([&format!("-{signal}"), &server.id().to_string()]).status();
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if server.try_wait().map_err(|e| e.to_string())?.is_some() {
            return Ok(());
        }
        std::thread::sleep(PAUSE);
    }
    server.kill().map_err(|e| e.to_string())?;
    server.wait().map(|_| ()).map_err(|e| e.to_string())
}
