//! Verdicts against those that Osiris gave, over its corpus in `fixtures/compat-osiris`.
//!
//! Where ours are stricter, `expected.json` says why that is right (`stricter_reasons`, `may_reject`). What
//! Osiris calls otherwise: `missing_config_field` is the same fault as `missing_config_key` and told once;
//! a warning is left out where there is an error at the same place (a component that there is not, an encoding
//! or a way of writing that the contract does not list).

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

use super::super::{CheckContext, check};
use crate::contract::Registry;
use crate::diagnostic::has_errors;

fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/compat-osiris")
}

/// The built-in contracts, and those of the corpus that are not built in.
fn registry(corpus: &std::path::Path) -> Registry {
    let project = tempfile::tempdir().unwrap();
    for name in ["mysql.extractor", "supabase.writer"] {
        std::fs::create_dir(project.path().join(name)).unwrap();
        std::fs::copy(
            corpus.join("components").join(name).join("spec.yaml"),
            project.path().join(name).join("spec.yaml"),
        )
        .unwrap();
    }
    Registry::load(Some(project.path()))
}

/// A type of Osiris as the code it has here.
fn code(kind: &str) -> String {
    match kind {
        "missing_config_field" => "missing-config-key".to_owned(),
        other => other.replace('_', "-"),
    }
}

/// Keys at the top that Osiris's validator does not know and its compiler does.
const KNOWN_HERE: [&str; 2] = ["'params'", "'profiles'"];

#[test]
fn verdicts_agree_with_osiris_or_are_stricter_where_that_is_right() {
    let corpus = corpus();
    let registry = registry(&corpus);
    assert_eq!(registry.diagnostics(), []);
    let ctx = CheckContext { registry: &registry, connections: None, tables: &[] };
    let expected: Value =
        serde_json::from_str(&std::fs::read_to_string(corpus.join("expected.json")).unwrap()).unwrap();
    let mut wrong = Vec::new();
    let mut judged = 0;
    for (name, document) in expected["documents"].as_object().unwrap() {
        let text = std::fs::read_to_string(corpus.join(name)).unwrap();
        let checked = check(name, &text, &ctx);
        for d in &checked.diagnostics {
            assert!(d.why.is_some() && d.fix.is_some(), "{name}: {d:?}");
        }
        let known = document["components"]
            .as_array()
            .into_iter()
            .flatten()
            .all(|c| registry.get(c.as_str().unwrap()).is_some());
        let osiris = &document["osiris"];
        let errors: Vec<_> = checked.diagnostics.iter().filter(|d| d.is_error()).collect();
        let brief: Vec<String> =
            errors.iter().map(|d| format!("{} {}", d.code, d.path.as_deref().unwrap_or("-"))).collect();
        if known && osiris["valid"] == true {
            judged += 1;
            let may = document["stricter_ok"] == true || document["may_reject"].is_array();
            if !may && has_errors(&checked.diagnostics) {
                wrong.push(format!("{name}: accepted by Osiris, here {brief:?}"));
            }
            if document["stricter_ok"] == true && errors.is_empty() {
                wrong.push(format!("{name}: should be refused: {}", document["stricter_reasons"]));
            }
            continue;
        }
        judged += 1;
        let ours: BTreeSet<String> = brief.iter().cloned().collect();
        let warned: Vec<(&str, &str)> =
            checked.diagnostics.iter().map(|d| (d.code.as_str(), d.path.as_deref().unwrap_or("-"))).collect();
        for warning in osiris["warnings"].as_array().into_iter().flatten() {
            let (kind, location) =
                (code(warning["type"].as_str().unwrap()), warning["location"].as_str().unwrap_or("-"));
            let told = warned.iter().any(|(c, path)| *c == kind && (*path == location || kind == "unknown-key"));
            let told = told || errors.iter().any(|d| d.path.as_deref() == Some(location));
            // The keys that parameters live under mean something here.
            let known_key = kind == "unknown-key"
                && KNOWN_HERE.iter().any(|key| warning["message"].as_str().unwrap_or_default().contains(key));
            if known && !told && !known_key {
                wrong.push(format!("{name}: Osiris warns of {kind} {location}, here {warned:?}"));
            }
        }
        for error in osiris["errors"].as_array().into_iter().flatten() {
            let (kind, location) = (code(error["type"].as_str().unwrap()), error["location"].as_str().unwrap_or("-"));
            // Without its contract, nothing can be said of a configuration.
            if !known && location.contains("].config.") {
                continue;
            }
            if !ours.contains(&format!("{kind} {location}")) {
                wrong.push(format!("{name}: Osiris says {kind} {location}, here {brief:?}"));
            }
        }
    }
    assert!(judged > 50, "{judged}");
    assert_eq!(wrong, Vec::<String>::new(), "{}", wrong.join("\n"));
}

#[test]
fn fingerprints_of_documents_are_those_of_osiris() {
    let corpus = corpus();
    let ctx_registry = registry(&corpus);
    let ctx = CheckContext { registry: &ctx_registry, connections: None, tables: &[] };
    let expected: Value =
        serde_json::from_str(&std::fs::read_to_string(corpus.join("expected.json")).unwrap()).unwrap();
    let (mut same, mut other) = (0, Vec::new());
    for (name, document) in expected["documents"].as_object().unwrap() {
        let Some(theirs) = document["compile"]["fingerprints"]["oml_fp"].as_str() else { continue };
        let text = std::fs::read_to_string(corpus.join(name)).unwrap();
        let Some(read) = check(name, &text, &ctx).document else { continue };
        let ours = crate::canonical::fingerprint(&crate::canonical::json(&read.value));
        if ours == theirs { same += 1 } else { other.push(name.clone()) }
    }
    // There a reference that is a whole value keeps the integer, which Osiris makes text.
    assert_eq!(other, ["oml/130.yaml"]);
    assert!(same > 30, "{same}");
}
