//! One run of a program: how long it takes, and the most memory that it and its children hold.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

/// What this program is called with to be DuckDB.
pub const DUCKDB: &str = "duckdb";
/// Time between two looks at the memory.
const LOOK: Duration = Duration::from_millis(10);

/// What a run took.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    pub seconds: f64,
    pub peak_mib: u64,
}

/// Runs a program to its end, which has to be a good one.
pub fn run(mut command: Command) -> anyhow::Result<Figure> {
    let begin = Instant::now();
    let log = tempfile::NamedTempFile::new()?;
    command.stdin(Stdio::null()).stdout(log.reopen()?).stderr(log.reopen()?);
    let mut child = command.spawn().with_context(|| format!("{:?} can't be started", command.get_program()))?;
    let mut peak = 0;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        peak = peak.max(held(child.id()));
        std::thread::sleep(LOOK);
    };
    let seconds = begin.elapsed().as_secs_f64();
    if !status.success() {
        bail!("{command:?} ended with {status}: {}", std::fs::read_to_string(log.path())?);
    }
    Ok(Figure { seconds, peak_mib: peak / 1024 })
}

/// KiB that a process and those below it hold.
fn held(process: u32) -> u64 {
    let read = |name: &str| std::fs::read_to_string(format!("/proc/{process}/{name}")).unwrap_or_default();
    let status = read("status");
    let own = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let own = own.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()).unwrap_or(0);
    let children = read(&format!("task/{process}/children"));
    own + children.split_whitespace().filter_map(|child| child.parse().ok()).map(held).sum::<u64>()
}
