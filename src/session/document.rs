//! The files that a session works on: read, written and taken away inside of the workspace only.

use std::io::Write;
use std::path::{Component, Path, PathBuf};

use crate::diagnostic::Diagnostic;

/// Pipeline files are written by people and models; one larger than this is something else.
pub(super) const MAX_DOCUMENT_BYTES: u64 = 4 * 1024 * 1024;

/// A file's text, `None` when there is no such file.
pub(super) fn read(root: &Path, file: &str) -> Result<Option<String>, Diagnostic> {
    let path = inside(root, file)?;
    let bad =
        |what: String| Diagnostic::error("unreadable-document", format!("{file} can't be read: {what}.")).source(file);
    let size = match std::fs::metadata(&path) {
        Ok(found) => found.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(bad(error.to_string())),
    };
    if size > MAX_DOCUMENT_BYTES {
        return Err(bad(format!("it has {size} bytes, more than a pipeline document may have ({MAX_DOCUMENT_BYTES})")));
    }
    let bytes = std::fs::read(&path).map_err(|e| bad(e.to_string()))?;
    String::from_utf8(bytes)
        .map(Some)
        .map_err(|e| bad(format!("it is not UTF-8 (byte {})", e.utf8_error().valid_up_to())))
}

/// Gives a file this text, or takes it away.
pub(super) fn write(root: &Path, file: &str, text: Option<&str>) -> Result<(), Diagnostic> {
    let path = inside(root, file)?;
    let done = match text {
        Some(text) => write_atomically(&path, text.as_bytes()),
        None => std::fs::remove_file(&path),
    };
    done.map_err(|error| {
        Diagnostic::error("write-failed", format!("{file} can't be written"))
            .source(file)
            .why(error.to_string())
            .fix("mend the permissions or free some space, then try again; the file is as it was")
    })
}

/// The path of a file of the workspace; one that would lead outside is refused.
pub(super) fn inside(root: &Path, file: &str) -> Result<PathBuf, Diagnostic> {
    let relative = Path::new(file);
    let safe = !file.is_empty() && relative.components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir));
    if safe {
        return Ok(root.join(relative));
    }
    Err(Diagnostic::error("outside-workspace", format!("{file} lies outside of the workspace."))
        .why("documents are opened and written only inside the workspace's folder")
        .fix("give a path relative to the workspace, without `..`"))
}

/// Whether a file that a session names may be a pipeline document: a session may come from anywhere, and
/// is no reason to write configuration or hidden files.
pub(super) fn is_document(file: &str) -> Result<(), Diagnostic> {
    inside(Path::new(""), file)?;
    let hidden = file.split('/').any(|part| part.starts_with('.'));
    if !hidden && (file.ends_with(".yaml") || file.ends_with(".yml")) && !file.chars().any(char::is_control) {
        return Ok(());
    }
    let shown: String = file.chars().filter(|c| !c.is_control()).take(200).collect();
    Err(Diagnostic::error("outside-workspace", format!("`{shown}` is no pipeline document."))
        .why("going back writes files that end in .yaml or .yml and are not hidden, and no others")
        .fix("leave the files as they are: `--files keep`"))
}

/// Writes a file so that a reader, also after a crash, finds the old content or the new, never a part.
pub(super) fn write_atomically(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    // A temporary file is private; a pipeline document keeps the permissions it had, or gets usual ones.
    let permissions = match std::fs::metadata(path) {
        Ok(found) => found.permissions(),
        Err(_) => std::os::unix::fs::PermissionsExt::from_mode(0o644),
    };
    file.as_file().set_permissions(permissions)?;
    file.persist(path).map_err(|e| e.error)?;
    std::fs::File::open(folder)?.sync_all()
}

/// What a session knows of a text is not what the file held.
pub(super) fn hidden(file: &str) -> Diagnostic {
    Diagnostic::error("version-hides-secret", format!("that version of {file} held a secret"))
        .source(file)
        .why("a session never keeps secrets, so what it knows of that version is not what the file held")
        .fix("take that version from your version control, and put the secret into a connection")
}
