//! What a run of a manifest throws away: tables whose rows a step replaces.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Manifest, ManifestStep};

/// A table whose rows a step replaces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overwrite {
    /// The step.
    pub step: String,
    /// Its component.
    pub component: String,
    /// Where the table is: `@family.alias`, or a file.
    pub place: String,
    /// The table.
    pub table: String,
    /// `replace` or `truncate`.
    pub mode: String,
}

impl Manifest {
    /// The tables of databases whose rows a run replaces, in the order of the steps. Files are none: what a run
    /// writes, it makes anew.
    pub fn overwrites(&self) -> Vec<Overwrite> {
        self.steps.iter().filter_map(overwrite).collect()
    }
}

fn overwrite(step: &ManifestStep) -> Option<Overwrite> {
    if step.mode != "write" || step.component.starts_with("filesystem.") {
        return None;
    }
    let text = |key: &str| step.config.get(key).and_then(Value::as_str);
    let mode = text("write_mode").or_else(|| text("mode")).unwrap_or_default();
    let mode = match step.config.get("truncate_before").and_then(Value::as_bool) {
        Some(true) => "truncate",
        _ => mode,
    };
    matches!(mode, "replace" | "truncate").then(|| Overwrite {
        step: step.id.clone(),
        component: step.component.clone(),
        place: text("connection").or_else(|| text("path")).unwrap_or(step.component.as_str()).to_owned(),
        table: text("table").unwrap_or_default().to_owned(),
        mode: mode.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_replaces_rows_of_a_database_counts() {
        let of = |component: &str, config: Value| {
            overwrite(&ManifestStep {
                id: "w".into(),
                component: component.into(),
                mode: "write".into(),
                config: config.as_object().unwrap().clone(),
                ..ManifestStep::default()
            })
            .map(|found| (found.place, found.table, found.mode))
        };
        let found = |place: &str, mode: &str| Some((place.to_owned(), "t".to_owned(), mode.to_owned()));
        assert_eq!(
            of("mysql.writer", json!({"connection": "@mysql.a", "table": "t", "mode": "replace"})),
            found("@mysql.a", "replace")
        );
        assert_eq!(
            of(
                "mysql.writer",
                json!({"connection": "@mysql.a", "table": "t", "mode": "append", "write_mode": "truncate"})
            ),
            found("@mysql.a", "truncate")
        );
        assert_eq!(
            of("mysql.writer", json!({"connection": "@mysql.a", "table": "t", "truncate_before": true})),
            found("@mysql.a", "truncate")
        );
        assert_eq!(
            of("sqlite.writer", json!({"path": "a.db", "table": "t", "write_mode": "replace"})),
            found("a.db", "replace")
        );
        assert_eq!(of("mysql.writer", json!({"connection": "@mysql.a", "table": "t"})), None);
        assert_eq!(of("filesystem.csv_writer", json!({"path": "a.csv", "mode": "replace"})), None);
    }
}
