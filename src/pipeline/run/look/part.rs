//! The part of a manifest that a look does.

use serde_json::{Map, Value};

use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::pipeline::compile::{Manifest, ManifestStep};
use crate::pipeline::oml::table_name;

/// A manifest that does a step, what that needs, and nothing else.
#[derive(Clone, Debug)]
pub struct Part {
    /// The manifest.
    pub manifest: Manifest,
    /// The step whose rows are looked at.
    pub of: String,
    /// The step that shows the rows.
    pub rows: String,
    /// The step that shows the columns and their types.
    pub kinds: String,
}

/// The part of a manifest that a look at a step does. It ends with steps of its own, which write: dry, so that
/// they only show what they would.
///
/// # Errors
/// There is no such step, or it writes what no step hands on.
pub fn part(manifest: &Manifest, step: &str) -> Result<Part, Diagnostic> {
    let find = |id: &str| manifest.steps.iter().find(|s| s.id == id);
    let Some(wanted) = find(step) else {
        let diagnostic = Diagnostic::error("nothing-to-look-at", format!("there is no step `{step}`"));
        return Err(match did_you_mean(step, manifest.steps.iter().map(|s| s.id.as_str())) {
            Some(near) => diagnostic.fix(format!("did you mean `{near}`?")),
            None => diagnostic.fix("name a step of the document"),
        });
    };
    // What is written is what its input hands on.
    let of = match wanted.mode.as_str() {
        "write" => wanted.needs.first().and_then(|need| find(need)).ok_or_else(|| no_input(step))?,
        _ => wanted,
    };
    let mut kept: Vec<&str> = vec![&of.id];
    let mut at = 0;
    while let Some(id) = kept.get(at).copied() {
        for need in find(id).into_iter().flat_map(|s| &s.needs) {
            if !kept.contains(&need.as_str()) {
                kept.push(need);
            }
        }
        at += 1;
    }
    let kept = manifest.steps.iter().filter(|s| kept.contains(&s.id.as_str()));
    // Checks are of all rows, and a look sees the first.
    let mut steps: Vec<ManifestStep> = kept.map(|step| ManifestStep { expect: Vec::new(), ..step.clone() }).collect();
    let free = |wanted: &str| {
        let mut name = wanted.to_owned();
        while manifest.steps.iter().any(|s| s.id == name) {
            name.push('_');
        }
        name
    };
    let (rows, query, kinds) = (free("look_rows"), free("look_columns"), free("look_kinds"));
    let text = format!("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {})", table_name(&of.id));
    let config = |key: &str, value: String| Map::from_iter([(key.to_owned(), Value::String(value))]);
    let added = |id: &str, component: &str, mode: &str, need: &str, config| ManifestStep {
        id: id.to_owned(),
        component: component.to_owned(),
        version: "1.0.0".to_owned(),
        mode: mode.to_owned(),
        needs: vec![need.to_owned()],
        config,
        ..ManifestStep::default()
    };
    let writer = "filesystem.csv_writer";
    let path = |name: &str| config("path", format!(".pipesmith/{name}.csv"));
    steps.push(added(&rows, writer, "write", &of.id, path(&rows)));
    steps.push(added(&query, "sql.transform", "transform", &of.id, config("query", text)));
    steps.push(added(&kinds, writer, "write", &query, path(&kinds)));
    let of = of.id.clone();
    Ok(Part { manifest: Manifest { steps, ..manifest.clone() }, of, rows, kinds })
}

fn no_input(step: &str) -> Diagnostic {
    Diagnostic::error("nothing-to-look-at", format!("step `{step}` writes what no step hands on"))
        .why("a look at a write step shows the rows that it would take in")
        .fix("let it need the step whose rows it writes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::compile::Fingerprints;

    fn manifest(steps: &[(&str, &str, &[&str])]) -> Manifest {
        let step = |(id, mode, needs): &(&str, &str, &[&str])| ManifestStep {
            id: (*id).to_owned(),
            component: "c".to_owned(),
            version: "1.0.0".to_owned(),
            mode: (*mode).to_owned(),
            needs: needs.iter().map(|n| (*n).to_owned()).collect(),
            config: Map::new(),
            ..ManifestStep::default()
        };
        Manifest {
            manifest_version: 1,
            name: "m".to_owned(),
            oml_version: "0.1.0".to_owned(),
            profile: None,
            compiler: String::new(),
            validation: None,
            fingerprints: Fingerprints::default(),
            steps: steps.iter().map(step).collect(),
        }
    }

    #[test]
    fn only_what_the_step_needs_is_done() {
        let whole = manifest(&[
            ("a", "read", &[]),
            ("b", "read", &[]),
            ("join", "transform", &["a", "b"]),
            ("other", "transform", &["b"]),
            ("look_rows", "write", &["join"]),
        ]);
        let ids = |part: &Part| part.manifest.steps.iter().map(|s| s.id.clone()).collect::<Vec<_>>().join(" ");
        let join = part(&whole, "join").unwrap();
        assert_eq!(ids(&join), "a b join look_rows_ look_columns look_kinds");
        let written = part(&whole, "look_rows").unwrap();
        assert_eq!((ids(&written), written.of.as_str()), (ids(&join), "join"));
        assert_eq!(ids(&part(&whole, "b").unwrap()), "b look_rows_ look_columns look_kinds");
        assert_eq!(part(&whole, "jion").unwrap_err().fix.unwrap().text, "did you mean `join`?");
        assert_eq!(part(&manifest(&[("w", "write", &[])]), "w").unwrap_err().code, "nothing-to-look-at");
    }
}
