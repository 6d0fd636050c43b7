//! The host of a workspace: a process of its own that has the store and keeps the sessions, so that they
//! outlive every terminal. Faces find it by its socket and start it where there is none; it ends by itself
//! when nobody looks and nothing runs.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use tokio::signal::unix::{SignalKind, signal};

use super::args::HostArgs;
use super::exit::{Ended, Exit, Failure};
use super::{logging, setup};
use crate::connect;
use crate::diagnostic::Diagnostic;
use crate::model::recorded::Pace;
use crate::session::attach::{self, Attach};
use crate::session::serve::Server;
use crate::session::wire::{Face, Gone, Manner, Wish};
use crate::session::{Link, catalogue};
use crate::socket::Purpose;
use crate::store::Store;
use crate::workspace::Workspace;
use crate::workspace::config::OnHangup;

/// The one line that a host says to who started it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Said {
    /// It serves.
    Ready,
    /// It does not, and ends.
    Failed(Box<Diagnostic>),
}

/// `pipesmith host ROOT`: started by faces, not by people.
pub fn run(args: &HostArgs) -> Ended {
    // Neither the terminal nor its hang-up is this process's business. One that leads already may stay so.
    let _ = rustix::process::setsid();
    match prepare(args) {
        Ok(host) => host.serve(),
        Err(diagnostic) => {
            say(&Said::Failed(Box::new(diagnostic)));
            Ok(Exit::Other)
        }
    }
}

struct Host {
    workspace: Workspace,
    store: Store,
    runtime: tokio::runtime::Runtime,
    _log: Option<tracing_appender::non_blocking::WorkerGuard>,
}

fn prepare(args: &HostArgs) -> Result<Host, Diagnostic> {
    let workspace = Workspace::open(&args.root)?;
    // First of all, so that the lock decides early who of several goes on.
    let store = Store::open(&workspace.store())?;
    connect::remember_secrets(&workspace.root);
    // What has been in the trash for long goes for good.
    let purged = catalogue::purge(&store, jiff::Timestamp::now().as_millisecond());
    let log = logging::start(&workspace);
    if let Err(problem) = purged {
        tracing::warn!(code = %problem.code, "{}", problem.message);
    }
    std::panic::set_hook(Box::new(|info| tracing::error!("panic: {info}")));
    Ok(Host { workspace, store, runtime: setup::runtime()?, _log: log })
}

impl Host {
    fn serve(self) -> Ended {
        let workspace = self.workspace.clone();
        let prepare = move |manner: &Manner| {
            // What was changed since the last session counts for this one.
            let workspace = Workspace::open(&workspace.root).unwrap_or_else(|_| workspace.clone());
            let pace = if manner.instant { Pace::Instant } else { Pace::Real };
            Ok(setup::host(&workspace, pace, manner.record.as_deref()))
        };
        let store = self.store;
        let served = self.runtime.block_on(async move {
            let (server, listener) = Server::listen(store, Arc::new(prepare))?;
            let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
            // Nobody hangs up on a process without a terminal.
            let _hang_up = signal(SignalKind::hangup())?;
            say(&Said::Ready);
            let stop = async move {
                tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
            };
            server.serve(listener, stop).await;
            Ok(())
        });
        self.runtime.shutdown_background();
        served.map(|()| Exit::Success).map_err(|error: std::io::Error| {
            let diagnostic = not_started(&error.to_string());
            say(&Said::Failed(Box::new(diagnostic.clone())));
            Failure::new(diagnostic, Exit::Other, false)
        })
    }
}

/// Says how it stands. Whoever started this process may be gone.
fn say(said: &Said) {
    let line = serde_json::to_string(said).unwrap_or_default();
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn not_started(why: &str) -> Diagnostic {
    Diagnostic::error("host-not-started", format!("the process that keeps the sessions can't be started: {why}"))
        .why("sessions are kept by a process of their own, so that they outlive the terminal")
        .fix("look at the log in .pipesmith/logs, at free space and at `ulimit -u`")
}

static SECRETS: OnceLock<PathBuf> = OnceLock::new();

/// The secrets file of this process is that of a host it starts, too.
pub fn use_secrets_file(file: &Path) {
    let _ = SECRETS.set(std::path::absolute(file).unwrap_or_else(|_| file.to_owned()));
}

/// Starts the host of a workspace and waits until it serves.
fn start(root: &Path) -> Result<(), Diagnostic> {
    let failed = |error: std::io::Error| not_started(&error.to_string());
    // The very program that runs, whatever lies at its path by now.
    let own = Path::new("/proc/self/exe");
    let program = if own.exists() { own.to_owned() } else { std::env::current_exe().map_err(failed)? };
    let mut command = Command::new(program);
    command.arg("host").arg(root).current_dir(root);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    if let Some(file) = SECRETS.get() {
        command.env("PIPESMITH_SECRETS_FILE", file);
    }
    let mut child = command.spawn().map_err(failed)?;
    let mut line = String::new();
    let read = child.stdout.take().map_or(Ok(0), |out| BufReader::new(out).read_line(&mut line));
    // It outlives this process or not; either way somebody takes note of its end.
    std::thread::spawn(move || child.wait());
    read.map_err(failed)?;
    match serde_json::from_str(&line) {
        Ok(Said::Ready) => Ok(()),
        Ok(Said::Failed(diagnostic)) => Err(*diagnostic),
        Err(_) => Err(not_started("it ended before it could say why")),
    }
}

/// Attaches to a session of a workspace; a host is started where there is none. Must be called inside a
/// Tokio runtime.
pub fn attach(workspace: &Workspace, session: Wish, face: Face, manner: Manner) -> Link {
    let root = workspace.root.clone();
    attach::open(Attach {
        store: workspace.store(),
        session,
        face,
        gone: match face {
            Face::Workbench => gone(workspace),
            // What a verb does is done for who called it.
            Face::Verb => Gone::Stop,
        },
        manner,
        start: Arc::new(move || start(&root)),
    })
}

/// The store of a workspace by way of its host, for who wants to attach to one of its sessions next: so a
/// large store is not opened twice.
pub fn store(workspace: &Workspace) -> Result<Store, Diagnostic> {
    let (path, root) = (workspace.store(), workspace.root.clone());
    let connection = attach::host(&path, Purpose::Store, &move || start(&root))?;
    Store::over(connection, &path).map_err(|e| not_started(&e.to_string()))
}

/// What becomes of what runs when the terminal is gone.
pub fn gone(workspace: &Workspace) -> Gone {
    match workspace.config.session.on_hangup {
        OnHangup::Detach => Gone::Detach,
        OnHangup::Stop => Gone::Stop,
    }
}

/// A path as the host, in another folder, understands it.
pub fn absolute(path: Option<&Path>) -> Option<PathBuf> {
    path.map(|path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
}
