//! The database of a query step: small, alone, and locked.

use duckdb::{Config, Connection};

use super::{Query, fault};
use crate::diagnostic::Diagnostic;

/// The least memory DuckDB can do useful work in.
const LEAST_MEMORY: u64 = 64 << 20;

/// Opens it. What a model wrote runs in here: no files but spilling, no network, no extensions, and no
/// way to change that.
pub(super) fn open(query: &Query<'_>) -> Result<Connection, Diagnostic> {
    std::fs::create_dir_all(query.spill).map_err(|error| {
        Diagnostic::error("spill-folder", format!("{} can't be made", query.spill.display())).why(error.to_string())
    })?;
    let opened = Config::default()
        .enable_autoload_extension(false)
        .and_then(|config| config.with("autoinstall_known_extensions", "false"))
        .and_then(|config| config.with("allow_community_extensions", "false"))
        .and_then(|config| config.threads(i64::try_from(query.threads.max(1)).unwrap_or(1)))
        .and_then(|config| config.with("memory_limit", format!("{}B", query.memory.max(LEAST_MEMORY))))
        .and_then(|config| config.with("temp_directory", query.spill.to_string_lossy()))
        .and_then(Connection::open_in_memory_with_flags)
        .and_then(|connection| {
            let mut settings = String::new();
            if let Some(most) = most_to_spill(query) {
                settings = format!("SET max_temp_directory_size='{most}B';");
            }
            settings.push_str("SET enable_external_access=false; SET lock_configuration=true;");
            connection.execute_batch(&settings)?;
            Ok(connection)
        });
    opened.map_err(|error| {
        Diagnostic::error("sql-engine", "DuckDB could not be started").path(query.path()).why(fault::text(&error))
    })
}

/// Half of what is free where it spills to, so that a query can't fill the disk.
fn most_to_spill(query: &Query<'_>) -> Option<u64> {
    let disk = rustix::fs::statvfs(query.spill).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize) / 2)
}

/// The version of DuckDB that is linked, asked of itself.
///
/// # Errors
/// `sql-engine` when it can't be started.
pub fn version() -> Result<String, Diagnostic> {
    let asked = Connection::open_in_memory().and_then(|c| c.query_row("SELECT version()", [], |row| row.get(0)));
    asked.map_err(|error| Diagnostic::error("sql-engine", "DuckDB could not be started").why(fault::text(&error)))
}
