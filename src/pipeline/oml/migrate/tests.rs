use super::*;
use crate::pipeline::oml::{CheckContext, check};

fn run(text: &str) -> Result<Migrated, Vec<Diagnostic>> {
    migrate("pipelines/old.yaml", text, &Registry::builtin())
}

/// Migrates, and checks that what comes out has nothing wrong.
fn right(text: &str) -> String {
    let migrated = run(text).unwrap();
    let registry = Registry::builtin();
    let found =
        check("new", &migrated.text, &CheckContext { registry: &registry, connections: None, tables: &[] }).diagnostics;
    assert_eq!(found, [], "{}", migrated.text);
    assert_eq!(run(&migrated.text).unwrap().text, migrated.text);
    migrated.text
}

#[test]
fn sources_and_sinks_become_steps() {
    let text = "version: 0.0.1\nname: Old Form\nsinks:\n  - {id: dst, type: csv, path: \"out/${params.day}.csv\"}\nsources:\n  - {id: src, type: csv, path: data/orders.csv, options: {limit: 5}}\nparams: {day: today}\n";
    insta::assert_snapshot!(right(text));
}

#[test]
fn what_was_written_before_oml_becomes_steps() {
    let text = "pipeline:\n  id: orders\n  version: 1.0.0\n  description: Paid ones\ntasks:\n  - name: Read orders\n    type: filesystem.csv_extractor\n    with: {path: data/orders.csv}\n  - name: paid\n    uses: duckdb.transformer\n    depends_on: [read-orders]\n    config:\n      query: |\n        SELECT *\n        FROM df_read_orders\n        WHERE state = 'paid'\n  - name: out\n    type: csv\n    mode: load\n    config: {path: out/paid.csv}\nconnectors: {}\n";
    insta::assert_snapshot!(right(text));
}

#[test]
fn several_sources_by_name() {
    let text = "version: 1\nname: two\nsources:\n  a: {type: csv, path: a.csv}\n  b: {type: csv, path: b.csv}\nsinks:\n  c: {type: csv, path: c.csv, from: a}\n  d: {type: csv, path: d.csv, needs: [b]}\n";
    let text = right(text);
    assert!(text.contains("needs: [a]") && text.contains("needs: [b]"), "{text}");
}

#[test]
fn what_cannot_be_migrated_is_told_with_its_place() {
    let places = |text: &str| {
        let found = run(text).unwrap_err();
        assert!(found.iter().all(|d| d.source.is_some() && d.why.is_some() && d.fix.is_some()));
        found.iter().map(|d| format!("{} {}", d.code, &text[d.span.unwrap().range()])).collect::<Vec<_>>()
    };
    assert_eq!(
        places(
            "version: 9\nname: x\nowner: me\nconnectors: {db: {type: mysql}}\noutputs: [a]\nsources: [{id: a, type: tape}]\n"
        ),
        [
            "not-migratable 9",
            "not-migratable owner",
            "not-migratable connectors",
            "not-migratable outputs",
            "not-migratable tape"
        ]
    );
    assert_eq!(
        places(
            "version: 1\nname: x\nsources: [{id: a, type: csv}, {id: b, type: csv}]\nsinks:\n- {id: c, type: csv}\n"
        ),
        ["not-migratable {id: c, type: csv}"]
    );
    assert_eq!(places("version: 1\nsteps: [{type: csv}, 5, {id: a}, {id: a, type: csv}]\n").len(), 4);
    assert_eq!(places("- a\n")[0].split(' ').next(), Some("invalid-type"));
    assert_eq!(places("a: [\n")[0].split(' ').next(), Some("yaml-parse-error"));
    assert_eq!(run("").unwrap_err()[0].code, "invalid-type");
}
