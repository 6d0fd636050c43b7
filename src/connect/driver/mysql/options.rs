//! What can be set for reading and writing MySQL.

use crate::connect::driver::config::Config;
use crate::connect::driver::part::Setup;
use crate::connect::driver::plan::{OnError, SchemaChange, WriteMode};
use crate::diagnostic::Diagnostic;

/// Fields of a connection that a step may give itself.
pub(super) const CONNECTION: [&str; 5] = ["host", "port", "database", "user", "password"];
/// Keys of `mysql.table` that count in one of its modes only.
const ONLY_READ: [&str; 12] = [
    "columns",
    "where",
    "order",
    "limit",
    "offset",
    "batch_size",
    "zero_dates",
    "tinyint1",
    "on_error",
    "echo",
    "query",
    "schema",
];
const ONLY_WRITE: [&str; 12] = [
    "mode",
    "write_mode",
    "primary_key",
    "upsert_keys",
    "create_table",
    "create_if_missing",
    "truncate_before",
    "on_schema_change",
    "max_rejects",
    "on_error",
    "echo",
    "bulk",
];

/// What becomes of `0000-00-00` and of dates such as `2024-00-10`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum ZeroDates {
    /// The row and the column are named.
    #[default]
    Error,
    /// NULL.
    Null,
}

/// How a step reads.
#[derive(Clone, Debug, Default)]
pub(super) struct ReadOptions {
    pub query: Option<String>,
    pub table: String,
    pub schema: Option<String>,
    pub columns: Vec<String>,
    pub filter: Option<String>,
    /// Columns, and whether downwards.
    pub order: Vec<(String, bool)>,
    pub limit: Option<u64>,
    pub offset: u64,
    pub batch_rows: usize,
    pub zero_dates: ZeroDates,
    /// Whether `tinyint(1)` and `bit(1)` are true or false.
    pub booleans: bool,
    /// Whether a value that can't be represented becomes NULL.
    pub null_unfit: bool,
    pub echo: bool,
}

impl ReadOptions {
    pub fn of(setup: &Setup<'_>) -> Result<ReadOptions, Vec<Diagnostic>> {
        let mut of_step = Config::new(setup.config, &setup.at());
        let config = &mut of_step;
        known(config, setup, &ONLY_WRITE);
        let words = [("error", ZeroDates::Error), ("null", ZeroDates::Null)];
        let unfit = [("fail", false), ("null", true)];
        let mut options = ReadOptions {
            query: text(config, "query"),
            table: text(config, "table").unwrap_or_default(),
            schema: text(config, "schema"),
            columns: config.texts("columns").unwrap_or_default(),
            filter: text(config, "where"),
            limit: config.number("limit", 0),
            offset: config.number("offset", 0).unwrap_or(0),
            batch_rows: config.number("batch_size", 1).map_or(8192, |rows| rows.min(8192) as usize),
            zero_dates: config.choice("zero_dates", &words).unwrap_or_default(),
            booleans: config.choice("tinyint1", &[("integer", false), ("boolean", true)]).unwrap_or(false),
            null_unfit: config.choice("on_error", &unfit).unwrap_or(false),
            echo: config.boolean("echo").unwrap_or(false),
            order: Vec::new(),
        };
        options.order = config.texts("order").unwrap_or_default().iter().map(|text| ordered(text)).collect();
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
                let message = format!("`{key}` is for a table, and there is a `query`");
                config.wrong(key, message, "write it in the query");
            }
        }
        finish(of_step).map(|()| options)
    }
}

/// `amount desc` → amount, downwards.
fn ordered(text: &str) -> (String, bool) {
    let text = text.trim();
    let word = |end: &str| {
        let cut = text.len().checked_sub(end.len())?;
        let tail = text.get(cut..)?;
        (tail.eq_ignore_ascii_case(end)).then(|| text[..cut].trim_end().to_owned())
    };
    match (word(" desc"), word(" asc")) {
        (Some(name), _) => (name, true),
        (_, Some(name)) => (name, false),
        _ => (text.to_owned(), false),
    }
}

/// How a step writes.
#[derive(Clone, Debug)]
pub(super) struct WriteOptions {
    pub table: String,
    pub schema: Option<String>,
    pub mode: WriteMode,
    pub key: Vec<String>,
    pub create: bool,
    pub change: SchemaChange,
    pub on_error: OnError,
    pub max_rejects: u64,
    pub batch_rows: usize,
    /// Whether rows are inserted where they could be loaded.
    pub insert: bool,
    pub echo: bool,
}

impl WriteOptions {
    pub fn of(setup: &Setup<'_>) -> Result<WriteOptions, Vec<Diagnostic>> {
        let mut of_step = Config::new(setup.config, &setup.at());
        let config = &mut of_step;
        known(config, setup, &ONLY_READ);
        let wanted = config.choice("mode", &WriteMode::WORDS);
        let mut mode = config.choice("write_mode", &WriteMode::WORDS).or(wanted).unwrap_or(WriteMode::Append);
        if config.boolean("truncate_before") == Some(true) {
            match mode {
                WriteMode::Append | WriteMode::Truncate => mode = WriteMode::Truncate,
                WriteMode::Replace => {}
                WriteMode::Upsert => {
                    let message = "an emptied table has no rows to change by key";
                    config.wrong("truncate_before", message, "use the mode truncate, or leave truncate_before out");
                }
            }
        }
        let mut key = crate::connect::driver::plan::key_columns(config);
        let keys = config.texts("upsert_keys").unwrap_or_default();
        if key.is_empty() {
            key = keys;
        }
        let create = config.boolean("create_table").unwrap_or(false);
        let options = WriteOptions {
            table: config.required_text("table").unwrap_or_default().to_owned(),
            schema: text(config, "schema"),
            mode,
            key,
            create: config.boolean("create_if_missing").unwrap_or(false) || create,
            change: config.choice("on_schema_change", &SchemaChange::WORDS).unwrap_or_default(),
            on_error: config.choice("on_error", &OnError::WORDS).unwrap_or_default(),
            max_rejects: config.number("max_rejects", 0).unwrap_or(100),
            batch_rows: config.number("batch_size", 1).map_or(1000, |rows| rows.min(8192) as usize),
            insert: config.choice("bulk", &[("auto", false), ("insert", true)]).unwrap_or(false),
            echo: config.boolean("echo").unwrap_or(false),
        };
        if options.mode == WriteMode::Upsert && options.key.is_empty() {
            config.wrong("primary_key", "upsert needs `primary_key`", "name the columns that tell which row is which");
        }
        finish(of_step).map(|()| options)
    }
}

fn known(config: &mut Config<'_>, setup: &Setup<'_>, other: &[&'static str]) {
    for key in CONNECTION.iter().chain(&["connection"]) {
        config.get(key);
    }
    if setup.component == "mysql.table" {
        for key in other {
            config.get(key);
        }
    }
}

fn finish(config: Config<'_>) -> Result<(), Vec<Diagnostic>> {
    let wrong = config.finish();
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

fn text(config: &mut Config<'_>, key: &'static str) -> Option<String> {
    config.text(key).filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_has_a_name_and_a_direction() {
        assert_eq!(ordered("amount DESC"), ("amount".to_owned(), true));
        assert_eq!(ordered("amount asc"), ("amount".to_owned(), false));
        assert_eq!(ordered("desc"), ("desc".to_owned(), false));
        assert_eq!(ordered("größe"), ("größe".to_owned(), false));
    }
}
