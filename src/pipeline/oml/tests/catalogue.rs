//! The catalogue says what the rules do.

use std::collections::BTreeSet;

use super::super::{CheckContext, Checked, EXAMPLE_SPEC, Provided, catalogue, check, migrate};
use super::super::{Checking, check_for};
use crate::contract::Registry;
use crate::contract::grammar::KnownTable;

fn run(code: &str, text: &str) -> Checked {
    let project = tempfile::tempdir().unwrap();
    std::fs::create_dir(project.path().join("shop.writer")).unwrap();
    std::fs::write(project.path().join("shop.writer/spec.yaml"), EXAMPLE_SPEC).unwrap();
    let registry = Registry::load(Some(project.path()));
    assert_eq!(registry.diagnostics(), []);
    let connections = ["@filesystem.local".to_owned(), "@postgres.shop".to_owned(), "@shop.main".to_owned()];
    let orders = KnownTable {
        connection: "@postgres.shop".to_owned(),
        name: "orders".to_owned(),
        columns: vec!["id".to_owned(), "updated_at".to_owned()],
    };
    let ctx = CheckContext { registry: &registry, connections: Some(&connections), tables: &[orders] };
    if let Some(diagnostics) = migrate("x", text, &registry).err().filter(|_| code == "not-migratable") {
        return Checked { document: None, diagnostics };
    }
    if code == "unknown-profile" {
        let provided = Provided { profile: Some("prod"), ..Provided::default() };
        return check_for(&Checking { source: "x", text, provided, compiling: false }, &ctx);
    }
    if code == "missing-parameter" {
        return check_for(&Checking { source: "x", text, provided: Provided::default(), compiling: true }, &ctx);
    }
    check("x", text, &ctx)
}

#[test]
fn every_example_does_what_it_says() {
    for entry in catalogue() {
        let found = run(entry.code, entry.failing).diagnostics;
        let own = found.iter().find(|d| d.code == entry.code);
        let own = own.unwrap_or_else(|| panic!("{}: {found:?}\n{}", entry.code, entry.failing));
        assert_eq!(own.severity, entry.severity, "{}", entry.code);
        assert_eq!(run(entry.code, entry.passing).diagnostics, [], "{}\n{}", entry.code, entry.passing);
        for text in [entry.summary, entry.why, entry.fix] {
            assert!(text.len() > 3 && text.ends_with('.') || text.ends_with("\"0.1.0\"."), "{}: {text}", entry.code);
        }
    }
}

/// The words that stand where a code stands in the source of the rules.
fn codes_in(source: &str) -> BTreeSet<String> {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let mut codes = BTreeSet::new();
    for opening in [
        "error(",
        "warning(",
        "at(",
        "severity, code) = (",
        "Severity::Warning, ",
        "Severity::Error, ",
        "CODE: &str = ",
    ] {
        for (at, _) in source.match_indices(opening) {
            let rest = source[at + opening.len()..].trim_start();
            let Some(word) = rest.strip_prefix('"').and_then(|rest| rest.split('"').next()) else { continue };
            if word.contains('-') && word.chars().all(|c| c.is_ascii_lowercase() || c == '-') {
                codes.insert(word.to_owned());
            }
        }
    }
    codes
}

fn sources(folder: &std::path::Path, out: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("catalogue") {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

#[test]
fn every_code_of_a_rule_has_its_entry_and_no_entry_is_left_over() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = vec![root.join("yaml/explain.rs"), root.join("pipeline/oml/migrate/mod.rs")];
    files.extend(["expect/read.rs", "incremental.rs"].map(|file| root.join("pipeline").join(file)));
    sources(&root.join("pipeline/oml/rule"), &mut files);
    let emitted: BTreeSet<String> =
        files.iter().flat_map(|file| codes_in(&std::fs::read_to_string(file).unwrap())).collect();
    let known: Vec<String> = catalogue().map(|entry| entry.code.to_owned()).collect();
    let set: BTreeSet<String> = known.iter().cloned().collect();
    assert_eq!(known.len(), set.len(), "a code stands twice");
    assert_eq!(emitted, set);
}
