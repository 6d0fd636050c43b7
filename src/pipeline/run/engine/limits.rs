//! What a run may use of the machine.

use std::path::PathBuf;

use crate::pipeline::patience::Patience;

const GIB: u64 = 1 << 30;

/// What a run may use of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that the SQL steps of a run may hold in memory, shared evenly between those that can be at work
    /// at once; beyond that they spill.
    pub memory_bytes: u64,
    /// Threads of one SQL step.
    pub threads: usize,
    /// Groups of steps that are at work at once. Steps that hand rows to each other have to be at work
    /// together, so a group is what is joined by `needs`.
    pub parallel: usize,
    /// What steps keep to that say nothing themselves.
    pub patience: Patience,
    /// Where SQL steps spill to. A folder of the run is made in it and removed afterwards.
    pub spill_dir: PathBuf,
    /// Rows of a preview.
    pub preview_rows: usize,
}

impl Default for Limits {
    /// 1 GiB or 40 % of the machine's memory, whichever is less; all cores; as many groups; each step once,
    /// however long it takes; the system's temporary folder; 10 rows.
    fn default() -> Limits {
        let memory = machine_memory().map_or(GIB, |total| (total / 5 * 2).min(GIB));
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Limits {
            memory_bytes: memory,
            threads: cores,
            parallel: cores,
            patience: Patience::default(),
            spill_dir: std::env::temp_dir(),
            preview_rows: 10,
        }
    }
}

/// Bytes of memory: the control group's limit where there is one below the machine's.
fn machine_memory() -> Option<u64> {
    let machine = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| parse_meminfo(&text));
    let group = std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok().and_then(|text| text.trim().parse().ok());
    match (machine, group) {
        (Some(machine), Some(group)) => Some(machine.min(group)),
        (machine, group) => machine.or(group),
    }
}

fn parse_meminfo(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_bounded() {
        let limits = Limits::default();
        assert!(limits.memory_bytes > 0 && limits.memory_bytes <= GIB);
        assert!(limits.threads >= 1);
        assert_eq!(parse_meminfo("MemTotal:       24689764 kB\nMemFree: 1 kB\n"), Some(24_689_764 * 1024));
        assert_eq!(parse_meminfo("nothing"), None);
    }
}
