//! The words of write steps that all systems share.

use crate::connect::driver::config::Config;

/// What a write does with the rows that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteMode {
    /// They stay; rows are added.
    Append,
    /// The new rows take their place at once: who reads sees the old ones or the new ones.
    Replace,
    /// As replace, only that the table is emptied by the system's fast way, which readers may wait for.
    Truncate,
    /// Rows whose key is there are changed, the others are added.
    Upsert,
}

impl WriteMode {
    /// The words of the contracts; `merge` is another word for upsert.
    pub const WORDS: [(&'static str, WriteMode); 5] = [
        ("append", WriteMode::Append),
        ("replace", WriteMode::Replace),
        ("truncate", WriteMode::Truncate),
        ("upsert", WriteMode::Upsert),
        ("merge", WriteMode::Upsert),
    ];

    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            WriteMode::Append => "append",
            WriteMode::Replace => "replace",
            WriteMode::Truncate => "truncate",
            WriteMode::Upsert => "upsert",
        }
    }
}

/// What happens when a column comes in that the target does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SchemaChange {
    /// Nothing is written.
    #[default]
    Fail,
    /// The target gets the column.
    AddColumns,
    /// The column is left out.
    Ignore,
}

impl SchemaChange {
    /// The words of the contracts.
    pub const WORDS: [(&'static str, SchemaChange); 3] =
        [("fail", SchemaChange::Fail), ("add_columns", SchemaChange::AddColumns), ("ignore", SchemaChange::Ignore)];
}

/// What happens to a value, or a row, that the target can't take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// Nothing is written; the row and the column are named.
    #[default]
    Fail,
    /// A value that can't be represented becomes NULL. What the server refuses still fails.
    Null,
    /// The row is kept aside with the reason, up to `max_rejects` rows; the others are written.
    Quarantine,
}

impl OnError {
    /// The words of the contracts.
    pub const WORDS: [(&'static str, OnError); 3] =
        [("fail", OnError::Fail), ("null", OnError::Null), ("quarantine", OnError::Quarantine)];
}

/// `primary_key`: one column or a list of them.
pub(crate) fn key_columns(config: &mut Config<'_>) -> Vec<String> {
    use serde_json::Value;
    let names = match config.get("primary_key") {
        None => return Vec::new(),
        Some(Value::String(name)) => vec![name.clone()],
        Some(value) => match value.as_array() {
            Some(items) if items.iter().all(Value::is_string) => {
                items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
            }
            _ => {
                config.mistyped::<()>("primary_key", "the name of a column or a list of names", value);
                return Vec::new();
            }
        },
    };
    let mut seen = std::collections::HashSet::new();
    if names.iter().any(|name| name.is_empty() || !seen.insert(name.as_str())) {
        config.wrong("primary_key", "`primary_key` names a column twice, or none", "name each column once");
        return Vec::new();
    }
    names
}
