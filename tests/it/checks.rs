//! `expect:` from the document to the record, on files and real databases.

use pipesmith::pipeline::compile::{CompileInput, ManifestStep, compile};
use pipesmith::pipeline::run::{CheckOutcome, RunFact, RunOutcome};
use serde_json::{Value, json};

use crate::engine::{Ran, job, read, run, sql, write};
use crate::postgres::{Bench, succeeded, table, to};

fn expecting(mut step: ManifestStep, expect: Value) -> ManifestStep {
    step.expect = expect.as_array().unwrap().clone();
    step
}

fn checks(ran: &Ran, of: &str) -> Vec<CheckOutcome> {
    let found = ran.facts.iter().find_map(|fact| match fact {
        RunFact::StepChecked { step, checks } if step == of => Some(checks.clone()),
        _ => None,
    });
    found.unwrap_or_default()
}

#[tokio::test]
async fn each_kind_of_step_checks_its_own_rows() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("in.csv"), "id,status\n1,open\n2,\n3,gone\n3,paid\n").unwrap();
    let steps = vec![
        expecting(
            read("orders", "in.csv"),
            json!([{"check": "accepted_values", "column": "status", "values": ["open", "paid"], "severity": "quarantine"}]),
        ),
        expecting(
            sql("sums", &["orders"], "SELECT id, count(*) AS n FROM orders GROUP BY id ORDER BY id"),
            json!([{"check": "unique", "column": "id"}, {"check": "row_count", "max": 2, "severity": "warn"}]),
        ),
        expecting(write("out", "sums", "out.csv"), json!([{"check": "sql", "query": "FROM df_out WHERE n > 1"}])),
    ];
    let ran = run(job(dir.path(), steps)).await;
    succeeded(&ran);
    assert_eq!(ran.end_of("orders"), "finished 0→3");
    let words = |step: &str| checks(&ran, step).iter().map(|c| format!("{} {}", c.word(), c.told)).collect::<Vec<_>>();
    assert_eq!(words("orders"), ["quarantined 1 row"]);
    assert_eq!(words("sums"), ["passed nothing found", "warned 3 rows, at most 2 are expected"]);
    assert_eq!(words("out"), ["passed nothing found"]);
    assert_eq!(std::fs::read_to_string(dir.path().join("out.csv")).unwrap(), "id,n\n1,1\n2,1\n3,1\n");
    let rejected = ran.facts.iter().find_map(|fact| match fact {
        RunFact::StepRejected { step, rejected } if step == "orders" => Some(rejected.clone()),
        _ => None,
    });
    let rejected = rejected.unwrap();
    assert_eq!((rejected.rows, rejected.reasons), (1, vec![("accepted_values of status".to_owned(), 1)]));
    let kept = std::fs::read_to_string(dir.path().join(&rejected.file)).unwrap();
    assert_eq!(kept, "_row,_reason,id,status\n3,accepted_values of status,3,gone\n");
}

#[tokio::test]
async fn a_failed_check_leaves_nothing_written() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("in.csv"), "id\n1\n\n").unwrap();
    std::fs::write(dir.path().join("out.csv"), "before\n").unwrap();
    let failing = || json!([{"check": "row_count", "min": 5}]);
    for at in 0..3 {
        let mut steps =
            vec![read("orders", "in.csv"), sql("same", &["orders"], "FROM orders"), write("out", "same", "out.csv")];
        steps[at].expect = failing().as_array().unwrap().clone();
        let id = steps[at].id.clone();
        let ran = run(job(dir.path(), steps)).await;
        assert_eq!(ran.outcome, RunOutcome::Failed);
        assert_eq!(ran.end_of(&id), "failed check-failed");
        assert!(!checks(&ran, &id)[0].passed);
        assert_eq!(std::fs::read_to_string(dir.path().join("out.csv")).unwrap(), "before\n", "{id}");
    }
}

#[tokio::test]
async fn the_checks_of_a_write_are_inside_of_its_transaction() {
    let bench = Bench::new().await;
    bench.db.run("CREATE TABLE t (id int PRIMARY KEY, s text); INSERT INTO t VALUES (9, 'old')").await;
    std::fs::write(bench.root().join("in.csv"), "id,s\n1,a\n2,\n3,c\n").unwrap();
    for mode in ["append", "upsert", "replace", "truncate"] {
        let config = json!({"table": "t", "write_mode": mode, "primary_key": ["id"]});
        let write = expecting(to(config, "in"), json!([{"check": "not_null", "column": "s"}]));
        let ran = bench.run(vec![read("in", "in.csv"), write]).await;
        assert_eq!(ran.end_of("to"), "failed check-failed", "{mode}");
        assert_eq!(bench.db.ask("SELECT string_agg(id || s, ',') FROM t").await, "9old", "{mode}");
        assert_eq!(bench.db.ask("SELECT count(*) FROM _pipesmith_runs").await, "0");
    }
    let quarantine = json!([{"check": "not_null", "column": "s", "severity": "quarantine"}]);
    let ran = bench.run(vec![read("in", "in.csv"), expecting(to(table("t"), "in"), quarantine)]).await;
    succeeded(&ran);
    assert_eq!(bench.db.ask("SELECT string_agg(id || s, ',' ORDER BY id) FROM t").await, "1a,3c,9old");
}

#[tokio::test]
async fn rows_that_a_target_refuses_are_told_apart_from_its_place() {
    let bench = Bench::new().await;
    bench.db.run("CREATE TABLE t (id int PRIMARY KEY, n int CHECK (n > 0))").await;
    let config = json!({"table": "t", "on_error": "quarantine", "max_rejects": 5});
    let ran = bench.load("id,n\n1,1\n2,-1\n3,-2\n4,4\n", config).await;
    succeeded(&ran);
    let rejected = ran.facts.iter().find_map(|fact| match fact {
        RunFact::StepRejected { step, rejected } if step == "to" => Some(rejected.clone()),
        _ => None,
    });
    let rejected = rejected.unwrap();
    assert_eq!(rejected.rows, 2);
    assert!(rejected.file.ends_with("rejects/to.csv") && bench.root().join(&rejected.file).is_file());
    assert_eq!(rejected.reasons.iter().map(|(_, rows)| rows).sum::<u64>(), 2);
    let outputs = ran.facts.iter().find_map(|fact| match fact {
        RunFact::RunFinished { outputs, .. } => Some(outputs.clone()),
        _ => None,
    });
    let outputs = outputs.unwrap();
    assert_eq!(outputs[0].path, "@postgres.db:public.t");
}

#[test]
fn a_document_carries_its_checks_into_the_manifest() {
    let registry = pipesmith::contract::Registry::load(None);
    let text = "oml_version: 0.1.0\nname: a\nparams: {least: 3}\nsteps:\n  - id: r\n    component: filesystem.csv_extractor\n    mode: read\n    config: {path: a.csv}\n    expect:\n      - {check: row_count, min: '${params.least}', x-why: because, max: null}\n  - id: w\n    component: filesystem.csv_writer\n    mode: write\n    config: {path: b.csv}\n";
    let build = compile(&CompileInput::new("a.yaml", text, &registry)).unwrap();
    assert_eq!(build.manifest.steps[0].expect, [json!({"check": "row_count", "min": 3})]);
    assert!(build.manifest.steps[1].expect.is_empty());
    let other = compile(&CompileInput::new("a.yaml", &text.replace("least: 3", "least: 4"), &registry)).unwrap();
    assert_ne!(build.manifest.fingerprints.manifest, other.manifest.fingerprints.manifest);
    let changes = pipesmith::pipeline::compile::diff(&build.manifest, &other.manifest);
    assert!(format!("{changes:?}").contains("expect"), "{changes:?}");
    let wrong = compile(&CompileInput::new("a.yaml", &text.replace("row_count", "rows"), &registry)).unwrap_err();
    assert_eq!(wrong.iter().map(|d| d.code.as_str()).collect::<Vec<_>>(), ["unknown-check"]);
}

/// The whole of it: a process, its output, its record.
#[test]
fn what_checks_find_is_shown_and_kept() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    std::fs::write(at("pipesmith.toml"), "").unwrap();
    std::fs::write(at("a.csv"), "id,city\n1,Brno\n2,<b>x</b>\n").unwrap();
    let text = "oml_version: 0.1.0\nname: a\nsteps:\n  - id: r\n    component: filesystem.csv_extractor\n    mode: read\n    config: {path: a.csv}\n    expect:\n      - {check: pattern, column: city, pattern: '^[A-Z]', severity: warn}\n      - {check: not_null, column: id}\n  - id: w\n    component: filesystem.csv_writer\n    mode: write\n    config: {path: b.csv}\n";
    std::fs::write(at("a.yaml"), text).unwrap();
    let pipesmith = |args: &[&str]| {
        let out =
            assert_cmd::Command::cargo_bin("pipesmith").unwrap().current_dir(dir.path()).args(args).output().unwrap();
        (out.status.code(), String::from_utf8(out.stdout).unwrap())
    };
    let (code, out) = pipesmith(&["run", "a.yaml"]);
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("r: pattern of city: 1 row, warned\n           row 2: city = \"<b>x</b>\""), "{out}");
    assert!(out.contains("check ok r: not_null of id: nothing found"), "{out}");
    assert!(pipesmith(&["runs", "show", "last"]).1.contains("pattern of city: 1 row, warned"));
    let shown: Value = serde_json::from_str(&pipesmith(&["runs", "show", "last", "--json"]).1).unwrap();
    assert_eq!(shown["metrics"]["steps"][0]["checks"][0]["offending"], 1);
    let (_, page) = pipesmith(&["runs", "report", "last", "--output", "-"]);
    assert!(
        page.contains("<h2>Checks</h2>") && page.contains("&lt;b&gt;x&lt;/b&gt;") && !page.contains("<b>x"),
        "{page}"
    );
    std::fs::write(at("a.yaml"), text.replace("severity: warn", "severity: fail")).unwrap();
    let (code, out) = pipesmith(&["run", "a.yaml", "--json"]);
    assert_ne!(code, Some(0));
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(told["diagnostics"][0]["code"], "check-failed");
    assert_eq!(told["steps"][0]["checks"][0]["passed"], false);
}

/// What discovery saw is known to the check, as long as it is so; a compile does not ask.
#[test]
fn tables_that_discovery_has_seen_are_checked_against() {
    let folder = crate::program::Folder::empty();
    let conn = rusqlite::Connection::open(folder.at("shop.db")).unwrap();
    conn.execute_batch("CREATE TABLE orders (id INTEGER PRIMARY KEY, status TEXT, updated_at TEXT)").unwrap();
    drop(conn);
    folder.write("pipesmith.toml", "");
    let connections = "version: 1\nconnections: {sqlite: {shop: {path: shop.db}}}\n";
    folder.write("pipesmith_connections.yaml", connections);
    let text = "oml_version: 0.1.0\nname: a\nsteps:\n  - id: r\n    component: sqlite.extractor\n    mode: read\n    config: {connection: \"@sqlite.shop\", table: orders}\n    incremental: {cursor: updated}\n    expect: [{check: not_null, column: state}]\n  - id: t\n    component: sql.transform\n    mode: transform\n    config: {query: SELECT idd FROM r}\n  - id: w\n    component: filesystem.csv_writer\n    mode: write\n    config: {path: b.csv}\n";
    folder.write("a.yaml", text);
    let codes = || -> Vec<String> {
        let (_, told) = folder.json(&["oml", "validate", "a.yaml", "--json"]);
        let found = told["files"][0]["diagnostics"].as_array().unwrap();
        found.iter().map(|d| d["code"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(codes(), Vec::<String>::new());
    // A file that has just changed is in a state that nobody remembers.
    std::thread::sleep(std::time::Duration::from_millis(200));
    let (code, found) = folder.json(&["discover", "@sqlite.shop", "--json"]);
    assert_eq!(code, 0, "{found}");
    assert_eq!(codes(), ["unknown-cursor-column", "unknown-check-column", "unknown-sql-column"]);
    let (code, _) = folder.json(&["compile", "a.yaml", "--json"]);
    assert_eq!(code, 0);
    let conn = rusqlite::Connection::open(folder.at("shop.db")).unwrap();
    conn.execute_batch("ALTER TABLE orders ADD COLUMN idd INT").unwrap();
    drop(conn);
    assert_eq!(codes(), Vec::<String>::new());
}
