//! The kinds of checks.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What becomes of rows that a check finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The step fails, and nothing that it wrote stays.
    #[default]
    Fail,
    /// It is told; the rows flow on.
    Warn,
    /// The rows are kept in a file of the run and do not flow on.
    Quarantine,
}

impl Severity {
    /// Each with its word.
    pub const WORDS: [(&str, Severity); 3] =
        [("fail", Severity::Fail), ("warn", Severity::Warn), ("quarantine", Severity::Quarantine)];

    /// Its word.
    pub fn word(self) -> &'static str {
        Severity::WORDS.into_iter().find(|(_, severity)| *severity == self).map_or("fail", |(word, _)| word)
    }
}

/// A check of a step's rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// What is checked.
    pub kind: Kind,
    /// What becomes of what it finds.
    pub severity: Severity,
    /// What a person calls it.
    pub name: Option<String>,
    /// Rows that quarantine takes at most; one more fails the step.
    pub max_rejects: u64,
}

/// What is checked.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// No value of these columns is NULL.
    NotNull {
        /// The columns.
        columns: Vec<String>,
    },
    /// No two rows have the same values in these columns. A key with NULL in it is like no other.
    Unique {
        /// The columns of the key.
        columns: Vec<String>,
    },
    /// The values of a column are among these, or NULL.
    AcceptedValues {
        /// The column.
        column: String,
        /// Texts, numbers or booleans.
        values: Vec<Value>,
    },
    /// So many rows.
    RowCount {
        /// At least.
        min: Option<u64>,
        /// At most.
        max: Option<u64>,
    },
    /// The newest value of a column of times is not older than that.
    Freshness {
        /// The column.
        column: String,
        /// The age that is let pass.
        within: Duration,
    },
    /// The values of a column are between these, both included, or NULL.
    Range {
        /// The column.
        column: String,
        /// At least: a number, or a text such as a date.
        min: Option<Value>,
        /// At most.
        max: Option<Value>,
    },
    /// The text of a column's values matches, or they are NULL.
    Pattern {
        /// The column.
        column: String,
        /// A regular expression, found anywhere in the text.
        pattern: String,
    },
    /// A query over the rows finds none.
    Sql {
        /// One SELECT, as of a SQL step whose only input these rows are.
        query: String,
    },
}

impl Kind {
    /// Its word.
    pub fn word(&self) -> &'static str {
        match self {
            Kind::NotNull { .. } => "not_null",
            Kind::Unique { .. } => "unique",
            Kind::AcceptedValues { .. } => "accepted_values",
            Kind::RowCount { .. } => "row_count",
            Kind::Freshness { .. } => "freshness",
            Kind::Range { .. } => "range",
            Kind::Pattern { .. } => "pattern",
            Kind::Sql { .. } => "sql",
        }
    }

    /// The columns that it looks at by name.
    pub fn columns(&self) -> &[String] {
        match self {
            Kind::NotNull { columns } | Kind::Unique { columns } => columns,
            Kind::AcceptedValues { column, .. }
            | Kind::Freshness { column, .. }
            | Kind::Range { column, .. }
            | Kind::Pattern { column, .. } => std::slice::from_ref(column),
            Kind::RowCount { .. } | Kind::Sql { .. } => &[],
        }
    }
}

impl Check {
    /// How messages call it: `not_null of id`, or the name that it was given.
    pub fn label(&self) -> String {
        match (&self.name, self.kind.columns()) {
            (Some(name), _) => name.clone(),
            (None, []) => self.kind.word().to_owned(),
            (None, columns) => format!("{} of {}", self.kind.word(), columns.join(", ")),
        }
    }
}
