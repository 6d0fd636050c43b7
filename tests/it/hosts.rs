//! Hosts and faces for tests: links to a real host process, as faces have them.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use pipesmith::diagnostic::Diagnostic;
use pipesmith::session::attach::{self, Attach};
use pipesmith::session::wire::{Face, Gone, Manner, Wish};
use pipesmith::session::{Event, Fact, Link};
use pipesmith::store::Note;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::program::{BINARY, CLEARED, Folder};

/// How long anything may take. Generous: it bounds a hang, it measures nothing.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub fn store(root: &Path) -> PathBuf {
    root.join(".pipesmith/store")
}

/// Starts a host; the process, and what it said: `"ready"` or why not.
pub fn start(root: &Path) -> (Child, Value) {
    let mut command = Command::new(BINARY);
    for name in CLEARED {
        command.env_remove(name);
    }
    command.arg("host").arg(root).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let said = serde_json::from_str(&line).unwrap_or(Value::Null);
    (child, said)
}

fn started(root: &Path) -> Result<(), Diagnostic> {
    let (mut child, said) = start(root);
    std::thread::spawn(move || child.wait());
    match said.get("failed") {
        None => Ok(()),
        Some(failed) => Err(serde_json::from_value(failed.clone()).unwrap()),
    }
}

/// A workbench's link to a session of a workspace.
pub fn link(root: &Path, session: Wish) -> Link {
    let of = root.to_owned();
    attach::open(Attach {
        store: store(root),
        session,
        face: Face::Workbench,
        gone: Gone::Detach,
        manner: Manner::default(),
        start: Arc::new(move || started(&of)),
    })
}

/// The process that serves the store.
pub fn owner(root: &Path) -> Pid {
    let end = Instant::now() + PATIENCE;
    loop {
        let note = Note::read(&store(root));
        if let (Some(pid), Some(_)) = (note.pid, note.socket)
            && let Ok(raw) = i32::try_from(pid)
            && let Some(pid) = Pid::from_raw(raw)
            && rustix::process::test_kill_process(pid).is_ok()
        {
            return pid;
        }
        assert!(Instant::now() < end, "nobody serves the store");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub fn kill(pid: Pid) {
    // One that has just ended by itself is as good as killed.
    let _ = kill_process(pid, Signal::KILL);
}

/// Waits until nobody has the store of a workspace.
pub fn until_free(folder: &Folder) {
    let end = Instant::now() + PATIENCE;
    while pipesmith::store::holder(&store(folder.path())).is_some() {
        assert!(Instant::now() < end, "the store is still held");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A face that has seen events, each once and in order.
pub struct Watcher {
    pub link: Link,
    pub seen: Vec<Arc<Event>>,
}

impl Watcher {
    pub fn new(link: Link) -> Watcher {
        Watcher { link, seen: Vec::new() }
    }

    /// The next event.
    pub async fn next(&mut self) -> Arc<Event> {
        let Ok(event) = tokio::time::timeout(PATIENCE, self.link.events.recv()).await else {
            panic!("no event came after {:?}", self.seen.last())
        };
        let Some(event) = event else { panic!("the link ended: {:?}", (&mut self.link.ended).await) };
        assert_eq!(event.seq, self.seen.len() as u64 + 1, "each event comes once, in order");
        self.seen.push(event.clone());
        event
    }

    /// Events until one is as wanted.
    pub async fn until(&mut self, wanted: impl Fn(&Fact) -> bool) -> Arc<Event> {
        loop {
            let event = self.next().await;
            if wanted(&event.fact) {
                return event;
            }
        }
    }
}

/// The whole session as the store has it.
pub fn exported(folder: &Folder, session: &str) -> Vec<Event> {
    let output = folder.run(&["sessions", "export", session]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout.lines().skip(1).map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect()
}

/// A number of rounds or seconds: few in a run of all tests, many where the environment says so
/// (`cargo xtask soak`).
pub fn often(variable: &str, by_default: u32) -> u32 {
    std::env::var(variable).ok().and_then(|value| value.parse().ok()).unwrap_or(by_default)
}

/// Numbers that look random and are the same in each run.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % limit
    }
}
