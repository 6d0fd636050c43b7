//! What a step that writes asks for.

use serde_json::{Map, Value};

use crate::connect::driver::config::Config;
use crate::connect::driver::plan::{OnError, SchemaChange, WriteMode, key_columns};
use crate::diagnostic::Diagnostic;

/// Rows kept aside where the step does not say.
const MAX_REJECTS: u64 = 100;

/// How rows are written.
#[derive(Clone, Debug)]
pub(in crate::connect::driver) struct WriteOptions {
    pub table: String,
    pub mode: WriteMode,
    pub key: Vec<String>,
    pub create: bool,
    pub change: SchemaChange,
    pub on_error: OnError,
    pub max_rejects: u64,
}

impl WriteOptions {
    /// Reads a configuration. `others` are keys that belong to the connection, or to another way to write;
    /// `create` is what `create_if_missing` is without a word.
    pub fn from_config(
        map: &Map<String, Value>,
        at: &str,
        others: &[&'static str],
        create: bool,
    ) -> Result<WriteOptions, Vec<Diagnostic>> {
        let mut config = Config::new(map, at);
        for other in others {
            config.get(other);
        }
        let table = config.required_text("table").unwrap_or_default().to_owned();
        let mode = config.choice("write_mode", &WriteMode::WORDS).unwrap_or(WriteMode::Append);
        let key = key_columns(&mut config);
        let create = config.boolean("create_if_missing").unwrap_or(create);
        let change = config.choice("on_schema_change", &SchemaChange::WORDS).unwrap_or_default();
        let on_error = config.choice("on_error", &OnError::WORDS).unwrap_or_default();
        let max_rejects = config.number("max_rejects", 0).unwrap_or(MAX_REJECTS);
        if mode == WriteMode::Upsert && key.is_empty() {
            config.wrong("primary_key", "upsert needs `primary_key`", "name the columns that tell which row is which");
        }
        let wrong = config.finish();
        let options = WriteOptions { table, mode, key, create, change, on_error, max_rejects };
        if wrong.is_empty() { Ok(options) } else { Err(wrong) }
    }
}
