//! Who holds a store. The lock itself is sled's; its holder is found among the locks that the kernel
//! lists, else (on systems without such a list) in a note beside the store. A stale note does no harm: it
//! is only looked at when the lock is held.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;

fn note(path: &Path) -> PathBuf {
    path.with_extension("owner")
}

/// Notes this process as the holder. Failing to do so is no reason to refuse work: the lock holds.
pub(super) fn write(path: &Path) {
    let _ = std::fs::write(note(path), std::process::id().to_string());
}

/// The diagnostic for a store that sled refused to open.
pub(super) fn refused(path: &Path, error: &sled::Error) -> Diagnostic {
    let shown = path.display().to_string();
    let text = error.to_string();
    if !is_lock(error, &text) {
        return super::unreadable(&shown, &text);
    }
    let holder = lock_holder(path).or_else(|| std::fs::read_to_string(note(path)).ok()?.trim().parse().ok());
    let who = holder.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"));
    Diagnostic::error("store-held", format!("the session store is held by {who}"))
        .source(shown)
        .why("one process at a time writes a store, so that no event is lost or doubled")
        .fix(match holder {
            Some(pid) => format!("close the other Pipesmith (`ps -p {pid}` shows it), or use verbs that need no session: run, compile, oml validate, components"),
            None => "close the other Pipesmith, or use verbs that need no session: run, compile, oml validate, components".to_owned(),
        })
}

/// The process that holds the lock on the store's file, by `/proc/locks`.
fn lock_holder(path: &Path) -> Option<u32> {
    let inode = std::fs::metadata(path.join("db")).ok()?.ino();
    holder_of(&std::fs::read_to_string("/proc/locks").ok()?, inode)
}

/// A line reads `1: FLOCK  ADVISORY  WRITE 4321 fe:01:131090 0 EOF`;
/// `->` marks one that waits.
fn holder_of(locks: &str, inode: u64) -> Option<u32> {
    locks.lines().filter(|line| !line.contains("->")).find_map(|line| {
        let mut words = line.split_whitespace().skip_while(|w| *w != "WRITE").skip(1);
        let pid = words.next()?.parse().ok()?;
        let found: u64 = words.next()?.rsplit(':').next()?.parse().ok()?;
        (found == inode).then_some(pid)
    })
}

fn is_lock(error: &sled::Error, text: &str) -> bool {
    let would_block = matches!(error, sled::Error::Io(e) if e.kind() == std::io::ErrorKind::WouldBlock);
    would_block || text.contains("could not acquire lock")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_kernels_list_names_the_holder() {
        let locks = "1: FLOCK  ADVISORY  WRITE 4321 fe:01:131090 0 EOF\n2: POSIX  ADVISORY  READ 7 fe:01:9 0 EOF\n\
            2: -> FLOCK  ADVISORY  WRITE 8 fe:01:10 0 EOF\n";
        assert_eq!(super::holder_of(locks, 131_090), Some(4321));
        assert_eq!(super::holder_of(locks, 10), None, "one that waits holds nothing");
        assert_eq!(super::holder_of(locks, 9), None);
        assert_eq!(super::holder_of("nonsense", 9), None);
    }
}
