//! What can be set for reading and writing SQLite.

use std::time::Duration;

use crate::connect::driver::config::Config;
use crate::connect::driver::part::Setup;
use crate::connect::driver::plan::{OnError, SchemaChange, WriteMode, key_columns};
use crate::diagnostic::Diagnostic;

/// How long to wait for somebody else who writes, where the step does not say.
const BUSY_SECONDS: u64 = 30;

/// How a step reads.
#[derive(Clone, Debug)]
pub(super) struct ReadOptions {
    pub query: Option<String>,
    pub table: String,
    pub columns: Vec<String>,
    pub filter: Option<String>,
    pub order: Vec<(String, bool)>,
    pub limit: Option<u64>,
    pub offset: u64,
    pub batch_rows: usize,
    /// Whether a column whose values are of several storage classes is read as text.
    pub mixed: bool,
    pub null_unfit: bool,
    pub busy: Duration,
}

impl ReadOptions {
    pub fn of(setup: &Setup<'_>) -> Result<ReadOptions, Vec<Diagnostic>> {
        let mut config = Config::new(setup.config, &setup.at());
        common(&mut config);
        let order = config.texts("order").unwrap_or_default();
        let options = ReadOptions {
            query: text(&mut config, "query"),
            table: text(&mut config, "table").unwrap_or_default(),
            columns: config.texts("columns").unwrap_or_default(),
            filter: text(&mut config, "where"),
            order: order.iter().map(|text| ordered(text)).collect(),
            limit: config.number("limit", 0),
            offset: config.number("offset", 0).unwrap_or(0),
            batch_rows: config.number("batch_size", 1).map_or(8192, |rows| rows.min(8192) as usize),
            mixed: config.choice("mixed", &[("error", false), ("text", true)]).unwrap_or(false),
            null_unfit: config.choice("on_error", &[("fail", false), ("null", true)]).unwrap_or(false),
            busy: busy(&mut config),
        };
        if options.query.is_none() && options.table.is_empty() {
            config.wrong("table", "there is neither `table` nor `query`", "name a table, or give a query");
        }
        if options.query.is_some() {
            let given = [
                ("columns", !options.columns.is_empty()),
                ("where", options.filter.is_some()),
                ("order", !options.order.is_empty()),
            ];
            for (key, _) in given.iter().filter(|(_, given)| *given) {
                config.wrong(key, format!("`{key}` is for a table, and there is a `query`"), "write it in the query");
            }
        }
        let wrong = config.finish();
        if wrong.is_empty() { Ok(options) } else { Err(wrong) }
    }
}

/// `amount desc` → amount, downwards.
fn ordered(text: &str) -> (String, bool) {
    match text.trim().rsplit_once(char::is_whitespace) {
        Some((name, word)) if word.eq_ignore_ascii_case("desc") => (name.trim_end().to_owned(), true),
        Some((name, word)) if word.eq_ignore_ascii_case("asc") => (name.trim_end().to_owned(), false),
        _ => (text.trim().to_owned(), false),
    }
}

/// How a step writes.
#[derive(Clone, Debug)]
pub(super) struct WriteOptions {
    pub table: String,
    pub mode: WriteMode,
    pub key: Vec<String>,
    pub create: bool,
    pub change: SchemaChange,
    pub on_error: OnError,
    pub max_rejects: u64,
    pub busy: Duration,
}

impl WriteOptions {
    pub fn of(setup: &Setup<'_>) -> Result<WriteOptions, Vec<Diagnostic>> {
        let mut config = Config::new(setup.config, &setup.at());
        common(&mut config);
        // Rows are written one by one within the transaction; documents say it, it changes nothing here.
        config.number("batch_size", 1);
        let create = config.boolean("create_table").unwrap_or(true);
        let options = WriteOptions {
            table: config.required_text("table").unwrap_or_default().to_owned(),
            mode: config.choice("write_mode", &WriteMode::WORDS).unwrap_or(WriteMode::Append),
            key: key_columns(&mut config),
            create: config.boolean("create_if_missing").unwrap_or(create),
            change: config.choice("on_schema_change", &SchemaChange::WORDS).unwrap_or_default(),
            on_error: config.choice("on_error", &OnError::WORDS).unwrap_or_default(),
            max_rejects: config.number("max_rejects", 0).unwrap_or(100),
            busy: busy(&mut config),
        };
        if options.mode == WriteMode::Upsert && options.key.is_empty() {
            config.wrong("primary_key", "upsert needs `primary_key`", "name the columns that tell which row is which");
        }
        if options.table.to_lowercase().starts_with("sqlite_") {
            config.wrong("table", "names that begin with sqlite_ belong to SQLite", "use another name");
        }
        let wrong = config.finish();
        if wrong.is_empty() { Ok(options) } else { Err(wrong) }
    }
}

fn common(config: &mut Config<'_>) {
    config.get("connection");
    config.get("path");
}

fn busy(config: &mut Config<'_>) -> Duration {
    Duration::from_secs(config.number("busy_timeout", 0).unwrap_or(BUSY_SECONDS).min(3600))
}

fn text(config: &mut Config<'_>, key: &'static str) -> Option<String> {
    config.text(key).filter(|text| !text.trim().is_empty()).map(str::to_owned)
}
