//! Whether a folder can be used.

use std::path::Path;

use super::Unwell;
use crate::connect::Connection;
use crate::connect::open::FailureKind;

pub(super) async fn check(root: &Path, connection: &Connection) -> Result<String, Unwell> {
    let other = |diagnostic| Unwell { kind: FailureKind::Other, diagnostic };
    let folder = connection.base_dir(root).map_err(other)?;
    let looked = {
        let folder = folder.clone();
        // A network folder can take its time.
        tokio::task::spawn_blocking(move || look(&folder)).await
    };
    let shown = folder.strip_prefix(root).unwrap_or(&folder).display().to_string();
    let shown = if shown.is_empty() { ".".to_owned() } else { shown };
    let reference = connection.reference();
    let failed = |kind, message: String, why: String, fix: &str| {
        Err(Unwell::new(kind, connection, "base_dir", message, format!("{}: {why}", folder.display()), fix))
    };
    match looked {
        Ok(Ok(writable)) => {
            Ok(format!("{shown} can be read{}", if writable { " and written" } else { ", not written" }))
        }
        Ok(Err(error)) => match error.kind() {
            std::io::ErrorKind::PermissionDenied => failed(
                FailureKind::Auth,
                format!("the folder of {reference} may not be read"),
                error.to_string(),
                "give this user the right to read it",
            ),
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => failed(
                FailureKind::WrongDatabase,
                format!("the folder of {reference} is not there"),
                error.to_string(),
                "make the folder, or correct `base_dir`",
            ),
            _ => failed(
                FailureKind::Other,
                format!("the folder of {reference} can't be read"),
                error.to_string(),
                "check the disk and the folder",
            ),
        },
        Err(error) => failed(
            FailureKind::Other,
            format!("the folder of {reference} can't be read"),
            error.to_string(),
            "try again",
        ),
    }
}

/// Whether it can be written; it can be read.
fn look(folder: &Path) -> std::io::Result<bool> {
    std::fs::read_dir(folder)?.next().transpose()?;
    // Asked, not tried: a check leaves nothing behind.
    Ok(rustix::fs::access(folder, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK).is_ok())
}
