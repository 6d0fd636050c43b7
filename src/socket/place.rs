//! Where the socket of a store lies: in `$XDG_RUNTIME_DIR/pipesmith` where that is a folder of one's own,
//! else beside the store. Who has the store notes the place there, so that whoever comes finds it even
//! with another environment.

use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use sha2::{Digest as _, Sha256};

/// The kernel takes no longer path of a socket, its end included.
const LONGEST: usize = 107;

/// Says which store this is: a folder that was removed and made again is another.
pub fn identity(store: &Path) -> io::Result<String> {
    let found = std::fs::metadata(store)?;
    Ok(format!("{:x}:{:x}", found.dev(), found.ino()))
}

/// Where a socket may lie, the best place first.
fn candidates(store: &Path, runtime: Option<&Path>) -> Vec<PathBuf> {
    let named = || {
        let whole = store.canonicalize().unwrap_or_else(|_| store.to_owned());
        let hash = Sha256::digest(whole.as_os_str().as_encoded_bytes());
        let name: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        runtime.map(|folder| folder.join("pipesmith").join(name).with_extension("sock"))
    };
    let short = |path: &PathBuf| path.as_os_str().len() <= LONGEST;
    named().filter(short).into_iter().chain([store.with_extension("sock")]).collect()
}

/// The folder for sockets that the session manager gives, if it belongs to this user alone.
fn runtime() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("XDG_RUNTIME_DIR")?);
    let found = std::fs::metadata(&folder).ok()?;
    let own = found.uid() == rustix::process::geteuid().as_raw() && found.mode().trailing_zeros() >= 6;
    (folder.is_absolute() && found.is_dir() && own).then_some(folder)
}

/// Listens at the store's socket. Whoever calls this has the store: what lies at the place is left over.
///
/// # Errors
/// Those of the last place that was tried.
pub fn listen(store: &Path) -> io::Result<(UnixListener, PathBuf)> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for place in candidates(store, runtime().as_deref()) {
        match listen_at(&place) {
            Ok(listener) => return Ok((listener, place)),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn listen_at(place: &Path) -> io::Result<UnixListener> {
    if let Some(folder) = place.parent().filter(|folder| !folder.exists()) {
        std::fs::create_dir(folder)?;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    }
    match std::fs::remove_file(place) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = short(place, |path| UnixListener::bind(path))?;
    std::fs::set_permissions(place, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Connects with the socket at a place.
pub fn connect(place: &Path) -> io::Result<UnixStream> {
    short(place, |path| UnixStream::connect(path))
}

/// Calls with a path that the kernel takes: one that is too long is named by way of its open folder.
fn short<T>(place: &Path, call: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    if place.as_os_str().len() <= LONGEST {
        return call(place);
    }
    let (Some(folder), Some(name)) = (place.parent(), place.file_name()) else {
        return Err(io::ErrorKind::InvalidFilename.into());
    };
    let open: OwnedFd = rustix::fs::open(folder, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    call(&Path::new("/proc/self/fd").join(open.as_raw_fd().to_string()).join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_lies_where_it_fits_and_nobody_else_gets_in() {
        let dir = tempfile::tempdir().unwrap();
        // Deeper than the kernel takes.
        let deep = dir.path().join("a".repeat(60)).join("b".repeat(60)).join("store");
        std::fs::create_dir_all(&deep).unwrap();
        let beside = deep.with_extension("sock");
        assert_eq!(candidates(&deep, None), std::slice::from_ref(&beside));
        let named = candidates(&deep, Some(Path::new("/run/user/1000")));
        assert!(named[0].starts_with("/run/user/1000/pipesmith") && named[0].as_os_str().len() < 60, "{named:?}");
        let long = candidates(&deep, Some(&dir.path().join("c".repeat(90))));
        assert_eq!(long, std::slice::from_ref(&beside), "it is too long");
        let _listener = listen_at(&beside).unwrap();
        assert_eq!(std::fs::metadata(&beside).unwrap().mode() & 0o777, 0o600);
        connect(&beside).unwrap();
        // What is left over is replaced.
        let _second = listen_at(&beside).unwrap();
        connect(&beside).unwrap();
    }

    #[test]
    fn a_folder_that_is_made_again_is_another() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (dir.path().join("one"), dir.path().join("two"));
        std::fs::create_dir(&one).unwrap();
        std::fs::create_dir(&two).unwrap();
        assert_ne!(identity(&one).unwrap(), identity(&two).unwrap());
        assert_eq!(identity(&one).unwrap(), identity(&dir.path().join("two/../one")).unwrap());
        assert!(identity(&dir.path().join("none")).is_err());
    }
}
