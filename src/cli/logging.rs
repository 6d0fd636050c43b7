//! Logs go to a rotating file of the workspace, never to the screen.

use std::io::Write;
use std::sync::Mutex;

use tracing_appender::non_blocking::{NonBlocking, WorkerGuard};
use tracing_subscriber::filter::LevelFilter;

use crate::secret;
use crate::workspace::Workspace;

/// Writes lines without secrets. The subscriber hands over one whole line at a time.
struct Hidden(NonBlocking);

impl Write for Hidden {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        self.0.write_all(secret::hide(&text).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

/// Starts logging; what is still in memory is written when the guard is dropped. A folder that can't be
/// written is no reason to refuse work: then there are no logs, and `doctor` says so.
pub fn start(workspace: &Workspace) -> Option<WorkerGuard> {
    let log = &workspace.config.log;
    let level: LevelFilter = log.level.parse().ok()?;
    std::fs::create_dir_all(workspace.logs()).ok()?;
    let files = tracing_appender::rolling::Builder::new()
        .rotation(tracing_appender::rolling::Rotation::DAILY)
        .filename_prefix("pipesmith")
        .filename_suffix("log")
        .max_log_files(log.keep_files.max(1))
        .build(workspace.logs())
        .ok()?;
    let (writer, guard) = tracing_appender::non_blocking(files);
    let subscriber = tracing_subscriber::fmt()
        .with_writer(Mutex::new(Hidden(writer)))
        .with_ansi(false)
        .with_max_level(level)
        .finish();
    tracing::subscriber::set_global_default(subscriber).ok()?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), pid = std::process::id(), "start");
    Some(guard)
}
