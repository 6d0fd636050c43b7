//! The plan of a write: which column goes to which column of the target, and what becomes of its values.
//! It is made before a row moves.
//!
//! Owns: pairing columns by name, the words for a cast, and what is said when a plan can't be carried out.
//! Does not own: which casts a system has (its driver judges), the casts themselves.

mod meaning;
mod pair;
mod word;

use arrow::datatypes::DataType;

pub use meaning::{MEANING, Meaning, meaning};
pub use pair::{Pairing, TargetColumn, pair};
pub(crate) use word::key_columns;
pub use word::{OnError, SchemaChange, WriteMode};

use crate::diagnostic::Diagnostic;

/// Columns named in one message; the rest is counted.
const MOST_NAMED: usize = 20;

/// What becomes of a column's values on their way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cast {
    /// Each value arrives as it is. One that can't is an error that names row and column, or goes where
    /// `on_error` says; it is never changed.
    Lossless,
    /// Values may change; the text says how.
    Lossy(String),
    /// There is no way.
    Refused {
        /// Why.
        why: String,
        /// What to do about it.
        fix: String,
    },
}

impl Cast {
    /// A cast that is refused.
    pub fn refused(why: impl Into<String>, fix: impl Into<String>) -> Cast {
        Cast::Refused { why: why.into(), fix: fix.into() }
    }

    /// `lossless`, `lossy` or `refused`.
    pub fn word(&self) -> &'static str {
        match self {
            Cast::Lossless => "lossless",
            Cast::Lossy(_) => "lossy",
            Cast::Refused { .. } => "refused",
        }
    }
}

/// A column on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedColumn {
    /// Its number among the columns that come in, from 0.
    pub input: usize,
    /// Its name there.
    pub from: String,
    /// Its type between the steps.
    pub engine_type: DataType,
    /// The column of the target.
    pub to: String,
    /// Its type as the target calls it.
    pub target_type: String,
    /// What becomes of its values.
    pub cast: Cast,
    /// Whether the target has no such column yet and gets it.
    pub added: bool,
}

/// All columns of a write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnPlan {
    /// What is written to, as a person calls it.
    pub target: String,
    /// The columns that are written.
    pub columns: Vec<PlannedColumn>,
    /// Columns that come in and that nothing is done with (`on_schema_change: ignore`).
    pub ignored: Vec<String>,
    /// What else does not fit, one line each: what, and what to do.
    pub obstacles: Vec<(String, String)>,
}

impl ColumnPlan {
    /// Whether it can be carried out.
    ///
    /// # Errors
    /// One diagnostic that names every column that does not fit, each with its fix.
    pub fn check(&self) -> Result<(), Diagnostic> {
        let refused = self.columns.iter().filter_map(|column| match &column.cast {
            Cast::Refused { why, fix } => {
                let PlannedColumn { from, to, engine_type, target_type, .. } = column;
                let to = if from == to { String::new() } else { format!(" to `{to}`") };
                Some((format!("`{from}`{to} ({engine_type} → {target_type}): {why}"), fix.clone()))
            }
            _ => None,
        });
        let wrong: Vec<(String, String)> = refused.chain(self.obstacles.iter().cloned()).collect();
        if wrong.is_empty() {
            return Ok(());
        }
        let count = if wrong.len() == 1 { "a column".to_owned() } else { format!("{} columns", wrong.len()) };
        let more = wrong.len().saturating_sub(MOST_NAMED);
        let mut why: Vec<String> = wrong.iter().take(MOST_NAMED).map(|(what, _)| what.clone()).collect();
        if more > 0 {
            why.push(format!("and {more} more"));
        }
        let mut fixes: Vec<&str> = wrong.iter().take(MOST_NAMED).map(|(_, fix)| fix.as_str()).collect();
        let mut seen = std::collections::HashSet::new();
        fixes.retain(|fix| seen.insert(*fix));
        Err(Diagnostic::error("column-plan", format!("{count} can't be written to {}", self.target))
            .why(why.join("; "))
            .fix(fixes.join("; ")))
    }

    /// The plan as lines of text: `amount: Decimal128(12, 2) → numeric(12,2), lossless`.
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .columns
            .iter()
            .map(|column| {
                let PlannedColumn { from, to, engine_type, target_type, cast, added, .. } = column;
                let to = if from == to { String::new() } else { format!(" to {to}") };
                let added = if *added { ", added" } else { "" };
                let why = match cast {
                    Cast::Lossless => String::new(),
                    Cast::Lossy(why) | Cast::Refused { why, .. } => format!(": {why}"),
                };
                format!("{from}{to}: {engine_type} → {target_type}, {}{added}{why}", cast.word())
            })
            .collect();
        lines.extend(self.ignored.iter().map(|name| format!("{name}: ignored, the target has no such column")));
        lines
    }

    /// The columns whose values may change, as lines of [`ColumnPlan::lines`] have them.
    pub fn lossy(&self) -> impl Iterator<Item = &PlannedColumn> {
        self.columns.iter().filter(|column| matches!(column.cast, Cast::Lossy(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(from: &str, cast: Cast) -> PlannedColumn {
        PlannedColumn {
            input: 0,
            from: from.to_owned(),
            engine_type: DataType::Utf8,
            to: "t".to_owned(),
            target_type: "bytea".to_owned(),
            cast,
            added: false,
        }
    }

    #[test]
    fn every_refused_column_is_named_with_its_fix() {
        let refused = || Cast::refused("a text is no bytes", "encode it");
        let columns = vec![column("a", Cast::Lossless), column("b", refused()), column("c", refused())];
        let mut plan = ColumnPlan { target: "x".to_owned(), columns, ..ColumnPlan::default() };
        plan.obstacles.push(("`d` has no value".to_owned(), "give it a default".to_owned()));
        let told = plan.check().unwrap_err();
        assert_eq!(told.message, "3 columns can't be written to x");
        let why = told.why.unwrap();
        assert!(why.contains("`b` to `t` (Utf8 → bytea): a text is no bytes; `c` to `t`"), "{why}");
        assert!(why.ends_with("`d` has no value"), "{why}");
        assert_eq!(told.fix.unwrap().text, "encode it; give it a default");
        plan.columns.truncate(1);
        plan.obstacles.clear();
        assert!(plan.check().is_ok());
        assert_eq!(plan.lines(), ["a to t: Utf8 → bytea, lossless"]);
    }
}
