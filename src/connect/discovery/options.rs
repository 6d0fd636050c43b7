//! What is asked of a discovery.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::connect::Connection;
use crate::diagnostic::Diagnostic;

/// What of the values may be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Samples {
    /// Nothing.
    #[default]
    None,
    /// Their form: letters as `x`, digits as `9`.
    Masked,
    /// As they are.
    Full,
}

impl FromStr for Samples {
    type Err = ();

    fn from_str(text: &str) -> Result<Samples, ()> {
        match text.trim() {
            "none" => Ok(Samples::None),
            "masked" => Ok(Samples::Masked),
            "full" => Ok(Samples::Full),
            _ => Err(()),
        }
    }
}

/// What is looked at. A different one is a different discovery.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// The schemas of a database; those that are usual without any.
    pub schemas: Vec<String>,
    /// The tables, as patterns with `*`: names, or paths; all without any.
    pub tables: Vec<String>,
    /// The columns, as patterns with `*`; all without any.
    pub columns: Vec<String>,
    /// What of the values is shown.
    pub samples: Samples,
    /// How many rows of each table.
    pub sample_rows: u32,
}

impl Options {
    /// What a connection itself says: `samples` and `schema`. Without `samples` there are none.
    ///
    /// # Errors
    /// A `samples` that is none of `none`, `masked` and `full`.
    pub fn of(connection: &Connection, sample_rows: u32) -> Result<Options, Diagnostic> {
        let samples = samples_of(connection)?.unwrap_or_default();
        let sample_rows = if samples == Samples::None { 0 } else { sample_rows };
        Ok(Options { schemas: schemas_of(connection)?, samples, sample_rows, ..Options::default() })
    }

    /// Whether a table is asked for.
    pub fn wants_table(&self, name: &str, path: &str) -> bool {
        self.tables.is_empty() || self.tables.iter().any(|pattern| fits(pattern, name) || fits(pattern, path))
    }

    /// Whether a column is asked for.
    pub fn wants_column(&self, name: &str) -> bool {
        self.columns.is_empty() || self.columns.iter().any(|pattern| fits(pattern, name))
    }
}

/// What a connection says about samples.
///
/// # Errors
/// A value that is none of `none`, `masked` and `full`.
pub fn samples_of(connection: &Connection) -> Result<Option<Samples>, Diagnostic> {
    let Some(text) = field(connection, "samples")? else { return Ok(None) };
    text.parse().map(Some).map_err(|()| {
        let path = format!("connections.{}.{}.samples", connection.family, connection.alias);
        Diagnostic::error("connection-field", "`samples` is not one that there is")
            .path(path)
            .why("it says what a model may see of the values")
            .fix("use none, masked or full")
    })
}

fn schemas_of(connection: &Connection) -> Result<Vec<String>, Diagnostic> {
    let names = field(connection, "schema")?.unwrap_or_default();
    Ok(names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect())
}

fn field(connection: &Connection, name: &str) -> Result<Option<String>, Diagnostic> {
    use secrecy::ExposeSecret;
    Ok(connection.resolve(name)?.map(|value| value.expose_secret().to_owned()))
}

/// Whether a name fits a pattern in which `*` stands for anything; the case of letters does not count.
fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_lowercase(), name.to_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_whole_names() {
        for (pattern, name, expected) in [
            ("orders", "orders", true),
            ("Orders", "orders", true),
            ("orders", "orders_2024", false),
            ("orders*", "orders_2024", true),
            ("*_2024", "orders_2024", true),
            ("o*s*4", "orders_2024", true),
            ("*", "", true),
            ("a*a", "a", false),
            ("", "x", false),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
        let options = Options { tables: vec!["sales.*".to_owned()], ..Options::default() };
        assert!(options.wants_table("orders", "sales.orders") && !options.wants_table("orders", "orders"));
    }
}
