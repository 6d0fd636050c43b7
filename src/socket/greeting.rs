//! The greeting: who comes says which versions of the protocol it speaks, which store it means and what for;
//! who has the store lets it in or says why not. The form of the greeting is the same in all versions.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{frame, place};
use crate::diagnostic::Diagnostic;

/// The version of what is said after the greeting.
pub const PROTOCOL: u16 = 1;
/// The oldest version that is still understood.
pub const OLDEST: u16 = 1;

/// How long a greeting may take, on both sides.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// What the connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Keys and values of the store.
    Store,
    /// A session: commands and events.
    Session,
    /// What is open, and sending others away.
    Control,
}

/// What is said first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Hello {
    /// The oldest and the newest version of the protocol that are understood.
    pub protocol: (u16, u16),
    /// Version of the program.
    pub app: String,
    /// Its process.
    pub pid: u32,
    /// [`place::identity`] of the store that is meant.
    pub store: String,
    /// What for. One that is not known is a word of a newer version.
    pub purpose: serde_json::Value,
}

/// What is answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Come in.
    Welcome {
        /// The version that is spoken.
        protocol: u16,
        /// Version of the program.
        app: String,
        /// Its process.
        pid: u32,
    },
    /// Stay out.
    Refused(Box<Diagnostic>),
}

impl Hello {
    /// This program's.
    pub fn of(store: &Path, purpose: Purpose) -> io::Result<Hello> {
        Ok(Hello {
            protocol: (OLDEST, PROTOCOL),
            app: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            store: place::identity(store)?,
            purpose: serde_json::to_value(purpose)?,
        })
    }

    /// What the one who has the store `identity` answers, and what it lets in for.
    pub fn answer(&self, identity: &str) -> (Answer, Option<Purpose>) {
        if let Some(diagnostic) = mismatch((OLDEST, PROTOCOL), self.protocol, &self.app, self.pid) {
            return (Answer::Refused(Box::new(diagnostic)), None);
        }
        if self.store != identity {
            return (Answer::Refused(Box::new(wrong("it serves another store"))), None);
        }
        let Ok(purpose) = serde_json::from_value::<Purpose>(self.purpose.clone()) else {
            let unknown = wrong("it does not know what the connection is for");
            return (Answer::Refused(Box::new(unknown)), None);
        };
        let app = env!("CARGO_PKG_VERSION").to_owned();
        let protocol = PROTOCOL.min(self.protocol.1);
        (Answer::Welcome { protocol, app, pid: std::process::id() }, Some(purpose))
    }
}

fn mismatch(own: (u16, u16), other: (u16, u16), app: &str, pid: u32) -> Option<Diagnostic> {
    if own.0 <= other.1 && other.0 <= own.1 {
        return None;
    }
    let versions = |(from, to): (u16, u16)| if from == to { from.to_string() } else { format!("{from} to {to}") };
    // The words of another process are only words.
    let app: String = app.chars().filter(|c| c.is_ascii_graphic()).take(40).collect();
    let message = format!(
        "process {pid} (Pipesmith {app}) speaks protocol {}, this one (Pipesmith {}) {}",
        versions(other),
        env!("CARGO_PKG_VERSION"),
        versions(own)
    );
    Some(
        Diagnostic::error("protocol-mismatch", message)
            .why("another version of Pipesmith is at work in this workspace, and they do not understand each other")
            .fix("leave what is open with the other version, or use that version here too; then try again"),
    )
}

fn wrong(what: &str) -> Diagnostic {
    Diagnostic::error("wrong-socket", format!("the process at the store's socket does not let in: {what}"))
        .why("what lies at the place of the socket is not what this workspace's store put there")
        .fix("close that Pipesmith and try again; a socket that is left over is replaced")
}

/// A connection that was let in.
#[derive(Debug)]
pub struct Connection {
    /// The stream, blocking.
    pub stream: UnixStream,
    /// The process that has the store.
    pub pid: u32,
}

/// Why there is no connection.
#[derive(Debug)]
pub enum Absent {
    /// Nobody is there; a new owner may be.
    Nobody,
    /// Somebody is there and does not let in, or does not answer.
    Refused(Box<Diagnostic>),
}

/// Connects with who has the store, at the place that it noted.
pub fn knock(store: &Path, at: &Path, purpose: Purpose) -> Result<Connection, Absent> {
    let mut stream = place::connect(at).map_err(|_| Absent::Nobody)?;
    if peer(&stream).is_some_and(|uid| uid != rustix::process::geteuid().as_raw()) {
        return Err(Absent::Refused(Box::new(wrong("it belongs to another user").source(at.display().to_string()))));
    }
    let hello = Hello::of(store, purpose).map_err(|_| Absent::Nobody)?;
    let silent = |error: io::Error| match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Absent::Refused(Box::new(silent(at))),
        io::ErrorKind::InvalidData => {
            Absent::Refused(Box::new(wrong("it answers with something else").source(at.display().to_string())))
        }
        // It was just about to go.
        _ => Absent::Nobody,
    };
    stream.set_read_timeout(Some(PATIENCE)).map_err(|_| Absent::Nobody)?;
    stream.set_write_timeout(Some(PATIENCE)).map_err(|_| Absent::Nobody)?;
    frame::write(&mut stream, &hello).map_err(silent)?;
    let answer: Answer = frame::read(&mut stream, frame::GREETING).map_err(silent)?;
    match answer {
        Answer::Refused(diagnostic) => Err(Absent::Refused(diagnostic)),
        Answer::Welcome { protocol, app, pid } => {
            if let Some(diagnostic) = mismatch((OLDEST, PROTOCOL), (protocol, protocol), &app, pid) {
                return Err(Absent::Refused(Box::new(diagnostic)));
            }
            let timeless = stream.set_read_timeout(None).and_then(|()| stream.set_write_timeout(None));
            timeless.map_err(|_| Absent::Nobody)?;
            Ok(Connection { stream, pid })
        }
    }
}

fn silent(at: &Path) -> Diagnostic {
    Diagnostic::error("host-silent", format!("who has the store does not answer within {} s", PATIENCE.as_secs()))
        .source(at.display().to_string())
        .why("the process is stopped, or the machine is very busy")
        .fix("look at it with `ps`: `kill -CONT` goes on with one that is stopped (T); else end it: nothing that was shown is lost")
}

/// The user at the other end, where the system tells.
#[cfg(target_os = "linux")]
fn peer(stream: &UnixStream) -> Option<u32> {
    rustix::net::sockopt::socket_peercred(stream).ok().map(|found| found.uid.as_raw())
}

#[cfg(not(target_os = "linux"))]
fn peer(_: &UnixStream) -> Option<u32> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(protocol: (u16, u16)) -> Hello {
        let dir = tempfile::tempdir().unwrap();
        Hello { protocol, store: "1:2".into(), ..Hello::of(dir.path(), Purpose::Session).unwrap() }
    }

    #[test]
    fn versions_are_negotiated() {
        let (answer, purpose) = hello((0, PROTOCOL + 3)).answer("1:2");
        assert!(matches!(answer, Answer::Welcome { protocol: PROTOCOL, .. }) && purpose == Some(Purpose::Session));
        for protocol in [(0, 0), (PROTOCOL + 1, PROTOCOL + 2)] {
            let (Answer::Refused(refused), None) = hello(protocol).answer("1:2") else { panic!("it was let in") };
            assert_eq!(refused.code, "protocol-mismatch");
            assert!(refused.message.contains(&std::process::id().to_string()), "{}", refused.message);
        }
        let (Answer::Refused(refused), None) = hello((OLDEST, PROTOCOL)).answer("1:3") else { panic!("let in") };
        assert_eq!(refused.code, "wrong-socket");
    }
}
