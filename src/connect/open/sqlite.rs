//! Opening an SQLite file, read-only.

use std::path::Path;
use std::time::Duration;

use rusqlite::{ErrorCode, OpenFlags};

use super::{FailureKind, OpenFailure};
use crate::connect::Connection;

/// How long to wait for somebody who writes.
const BUSY: Duration = Duration::from_secs(5);

pub(super) async fn open(path: &Path, connection: &Connection) -> Result<rusqlite::Connection, OpenFailure> {
    let shown = path.display().to_string();
    let path = path.to_owned();
    let opening = tokio::task::spawn_blocking(move || {
        if !path.is_file() {
            return Err(Err("there is no such file".to_owned()));
        }
        // Without SQLITE_OPEN_URI: a path is a path.
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = rusqlite::Connection::open_with_flags(&path, flags).map_err(Ok)?;
        opened.busy_timeout(BUSY).map_err(Ok)?;
        // Opening alone reads nothing.
        opened.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0)).map_err(Ok)?;
        Ok(opened)
    });
    let failed = |kind, why: String| OpenFailure::new(kind, connection, format!("{shown}: {why}"));
    match opening.await {
        Ok(Ok(opened)) => Ok(opened),
        Ok(Err(Err(why))) => Err(failed(FailureKind::WrongDatabase, why)),
        Ok(Err(Ok(error))) => {
            let kind = match error.sqlite_error_code() {
                Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => FailureKind::WrongDatabase,
                Some(ErrorCode::PermissionDenied | ErrorCode::AuthorizationForStatementDenied) => FailureKind::Auth,
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => FailureKind::Timeout,
                _ => FailureKind::Other,
            };
            Err(failed(kind, error.to_string()))
        }
        Err(error) => Err(failed(FailureKind::Other, format!("a defect of the program: {error}"))),
    }
}
