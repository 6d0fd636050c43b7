//! Who holds a store. The lock itself is sled's; its holder is found among the locks that the kernel
//! lists, else (on systems without such a list) in a note beside the store. A stale note does no harm: it
//! is only looked at when the lock is held.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;

/// What the owner of a store notes beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// Its process.
    pub pid: Option<u32>,
    /// Where its socket lies, if it has one.
    pub socket: Option<PathBuf>,
}

/// A note is this small.
const MOST: u64 = 8 * 1024;

fn place(path: &Path) -> PathBuf {
    path.with_extension("owner")
}

/// Notes this process as the holder. Failing to do so is no reason to refuse work: the lock holds.
pub(super) fn write(path: &Path) {
    let _ = announce(path, None);
}

/// Notes this process, and where its socket lies, so that others find it. It is there at once or not at all.
fn announce(path: &Path, socket: Option<&Path>) -> std::io::Result<()> {
    use std::io::Write as _;
    let place = place(path);
    let mut file = tempfile::NamedTempFile::new_in(place.parent().unwrap_or(Path::new(".")))?;
    writeln!(file, "{}", std::process::id())?;
    if let Some(socket) = socket {
        file.write_all(socket.as_os_str().as_encoded_bytes())?;
        file.write_all(b"\n")?;
    }
    file.persist(place)?;
    Ok(())
}

/// Notes where the socket of this process lies.
pub fn note(path: &Path, socket: &Path) -> std::io::Result<()> {
    announce(path, Some(socket))
}

impl Note {
    /// What is noted beside a store. It may be left over.
    pub fn read(path: &Path) -> Note {
        use std::io::Read as _;
        use std::os::unix::ffi::OsStringExt as _;
        let mut bytes = Vec::new();
        let read = std::fs::File::open(place(path)).and_then(|file| file.take(MOST).read_to_end(&mut bytes));
        if read.is_err() {
            return Note::default();
        }
        let mut lines = bytes.split(|byte| *byte == b'\n');
        let pid = lines.next().and_then(|line| std::str::from_utf8(line).ok()?.trim().parse().ok());
        let socket = lines.next().filter(|line| !line.is_empty());
        Note { pid, socket: socket.map(|line| PathBuf::from(std::ffi::OsString::from_vec(line.to_vec()))) }
    }
}

/// The process that has the store, if one has it and that can be told.
pub fn holder(path: &Path) -> Option<u32> {
    lock_holder(path)
}

/// The diagnostic for a store that sled refused to open.
pub(super) fn refused(path: &Path, error: &sled::Error) -> Diagnostic {
    let shown = path.display().to_string();
    let text = error.to_string();
    if !is_lock(error, &text) {
        return super::unreadable(&shown, &text);
    }
    unserved(path)
}

/// The diagnostic for a store that somebody has who serves nobody.
pub(super) fn unserved(path: &Path) -> Diagnostic {
    let shown = path.display().to_string();
    let holder = lock_holder(path).or_else(|| Note::read(path).pid);
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
