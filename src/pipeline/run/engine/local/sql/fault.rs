//! DuckDB's errors as diagnostics.

use super::Query;
use super::table::Tables;
use crate::diagnostic::Diagnostic;

/// Characters of an error that are kept.
const MOST: usize = 2000;

/// A diagnostic for an error, with what there is to select from.
pub(super) fn of(error: &duckdb::Error, query: &Query<'_>, tables: &Tables) -> Diagnostic {
    let text = text(error);
    let (message, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let rest = rest.trim();
    let diagnostic = Diagnostic::error("sql-error", message.trim()).path(query.path());
    let diagnostic = if rest.is_empty() { diagnostic } else { diagnostic.why(rest) };
    let memory = message.starts_with("Out of Memory Error") || message.contains("max_temp_directory_size");
    if memory {
        return diagnostic.fix("select fewer columns or rows before, or give the run more memory or disk to spill to");
    }
    if message.contains("file system operations are disabled") || message.starts_with("Permission Error") {
        return diagnostic
            .fix("read files in a step of their own (filesystem.csv_extractor); a query sees only its inputs");
    }
    diagnostic.fix(format!("the tables are: {}", tables.describe()))
}

/// DuckDB's own words.
pub(super) fn text(error: &duckdb::Error) -> String {
    let text = match error {
        duckdb::Error::DuckDBFailure(_, Some(text)) => text.clone(),
        other => other.to_string(),
    };
    let clean = text.chars().filter(|c| !c.is_control() || *c == '\n');
    clean.take(MOST).collect()
}
