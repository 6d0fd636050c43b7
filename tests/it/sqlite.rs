//! SQLite files, read and written through the local engine.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use pipesmith::connect::Connections;
use pipesmith::diagnostic::Diagnostic;
use pipesmith::pipeline::compile::{Fingerprints, Manifest, ManifestStep};
use pipesmith::pipeline::run::{Engine, Job, Limits, LocalEngine, RunFact, new_run_id};
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

fn step(id: &str, component: &str, mode: &str, needs: &[&str], config: Value) -> ManifestStep {
    ManifestStep {
        id: id.to_owned(),
        component: component.to_owned(),
        version: "1.0.0".to_owned(),
        mode: mode.to_owned(),
        needs: needs.iter().map(|need| (*need).to_owned()).collect(),
        config: config.as_object().unwrap().clone(),
        ..ManifestStep::default()
    }
}

/// Rows that the last step wrote.
async fn run(root: &Path, steps: Vec<ManifestStep>, run: &str) -> Result<u64, Diagnostic> {
    let manifest = Manifest {
        manifest_version: 1,
        name: "test".to_owned(),
        oml_version: "0.1.0".to_owned(),
        profile: None,
        compiler: String::new(),
        validation: None,
        fingerprints: Fingerprints::default(),
        steps,
    };
    let spill_dir = root.join(".spill");
    std::fs::create_dir_all(&spill_dir).unwrap();
    let job = Job {
        manifest: Arc::new(manifest),
        root: root.to_owned(),
        run: run.to_owned(),
        connections: Arc::new(Connections::load(root).0),
        limits: Limits { memory_bytes: 256 << 20, spill_dir, ..Limits::default() },
        extent: Default::default(),
    };
    let (sink, mut facts) = tokio::sync::mpsc::unbounded_channel();
    let running = tokio::spawn(async move { LocalEngine.run(job, sink, CancellationToken::new()).await });
    let (mut rows, mut wrong) = (0, None);
    while let Some(fact) = facts.recv().await {
        match fact {
            RunFact::StepFinished { step, rows_out, .. } if step == "w" => rows = rows_out,
            RunFact::StepFailed { diagnostic, .. } => wrong = wrong.or(Some(diagnostic)),
            _ => {}
        }
    }
    running.await.unwrap();
    wrong.map_or(Ok(rows), |diagnostic| Err(*diagnostic))
}

async fn read(root: &Path, mut config: Value) -> Result<String, Diagnostic> {
    config["path"] = json!("a.db");
    let steps = vec![
        step("r", "sqlite.extractor", "read", &[], config),
        step("w", "filesystem.csv_writer", "write", &["r"], json!({"path": "out.csv"})),
    ];
    run(root, steps, &new_run_id()).await?;
    Ok(std::fs::read_to_string(root.join("out.csv")).unwrap())
}

async fn write(root: &Path, csv: &str, config: Value) -> Result<u64, Diagnostic> {
    write_as(root, csv, config, &new_run_id()).await
}

async fn write_as(root: &Path, csv: &str, mut config: Value, id: &str) -> Result<u64, Diagnostic> {
    std::fs::write(root.join("in.csv"), csv).unwrap();
    config["path"] = json!("a.db");
    let steps = vec![
        step("r", "filesystem.csv_extractor", "read", &[], json!({"path": "in.csv"})),
        step("w", "sqlite.writer", "write", &["r"], config),
    ];
    run(root, steps, id).await
}

fn texts(root: &Path, sql: &str) -> Vec<String> {
    let conn = Connection::open(root.join("a.db")).unwrap();
    let mut found = conn.prepare(sql).unwrap();
    let rows = found.query_map([], |row| row.get::<_, Option<String>>(0)).unwrap();
    rows.map(|text| text.unwrap().unwrap_or("NULL".into())).collect()
}

fn make(root: &Path, sql: &str) {
    Connection::open(root.join("a.db")).unwrap().execute_batch(sql).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn values_come_back_as_they_were() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let csv = "id,name,amount,big,day,at,ok,note\n\
        1,a,1.50,1234567890123456.78,2024-02-29,2024-05-01 10:00:00.000001,True,\n\
        9223372036854775807,\"q\"\"uo,te\nnl\",-0.05,0.01,0001-01-01,9999-12-31 23:59:59,False,\"\"\n\
        -1,NULL,0.00,-1.00,,,,😀\n";
    std::fs::write(root.join("in.csv"), csv).unwrap();
    let dtype = json!({"path": "in.csv", "dtype": {"amount": "decimal(9,2)", "big": "decimal(20,2)"}});
    let steps = vec![
        step("r", "filesystem.csv_extractor", "read", &[], dtype),
        step("w", "sqlite.writer", "write", &["r"], json!({"path": "a.db", "table": "t", "primary_key": "id"})),
    ];
    run(root, steps, &new_run_id()).await.unwrap();
    let back = read(root, json!({"table": "t", "order": ["rowid"]})).await;
    assert_eq!(back.unwrap_err().code, "unknown-column");
    let back = read(root, json!({"query": "SELECT * FROM t ORDER BY id = -1, id"})).await.unwrap();
    assert_eq!(back, csv);
    let types = texts(root, "SELECT name || ' ' || type FROM pragma_table_info('t')");
    assert_eq!(
        types,
        [
            "id INTEGER",
            "name TEXT",
            "amount DECIMAL(9,2)",
            "big TEXT",
            "day DATE",
            "at DATETIME",
            "ok BOOLEAN",
            "note TEXT"
        ]
    );
    let mode = std::fs::metadata(root.join("a.db")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode & 0o111, 0, "{mode:o}");

    let made = std::fs::metadata(root.join("in.csv")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, made, "as any file that is made: 0644 and what the umask leaves");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_for_is_read_and_nothing_else_happens() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    make(
        root,
        "CREATE TABLE \"or\"\"ders\" (id INTEGER PRIMARY KEY, \"na me\" TEXT, n INT); INSERT INTO \"or\"\"ders\" VALUES (1,'a',5),(2,'b',7),(3,NULL,9),(4,'',1)",
    );
    let table = "or\"ders";
    let config = json!({"table": table, "columns": ["na me", "ID"], "where": "n > 2 -- all\n", "order": ["n desc"], "limit": 2, "offset": 1});
    assert_eq!(read(root, config).await.unwrap(), "na me,id\nb,2\na,1\n");
    let config = json!({"query": "SELECT count(*) AS n, 'x' AS t, NULL AS nil, 0.5 AS r, x'00' IS NULL AS b FROM \"or\"\"ders\";"});
    assert_eq!(read(root, config).await.unwrap(), "n,t,nil,r,b\n4,x,,0.5,0\n");
    for query in [
        "SELECT 1; DROP TABLE \"or\"\"ders\"",
        "DROP TABLE \"or\"\"ders\"",
        "DELETE FROM \"or\"\"ders\"",
        "ATTACH '/tmp/x' AS x",
    ] {
        let wrong = read(root, json!({"query": query})).await.unwrap_err();
        assert!(matches!(wrong.code.as_str(), "sqlite-error" | "no-columns"), "{query}: {wrong:?}");
    }
    for table in ["or\"ders; DROP TABLE x", "or"] {
        assert_eq!(read(root, json!({"table": table})).await.unwrap_err().code, "table-missing");
    }
    assert!(read(root, json!({"table": table, "where": "1) UNION SELECT 1,2,3; --"})).await.is_err());
    assert_eq!(texts(root, "SELECT CAST(count(*) AS TEXT) FROM \"or\"\"ders\""), ["4"]);
    let csv = "\"a\"\" b\"\n'); DROP TABLE x; --\n";
    assert_eq!(write(root, csv, json!({"table": "x\"); DROP TABLE y; --"})).await.unwrap(), 1);
    assert_eq!(texts(root, "SELECT \"a\"\" b\" FROM \"x\"\"); DROP TABLE y; --\""), ["'); DROP TABLE x; --"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn values_of_another_type_are_named_or_read_as_text() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    make(
        root,
        "CREATE TABLE t (n INT, d DATE, x); INSERT INTO t VALUES (1,'2024-01-01',1),('two','soon','a'),(x'FF',NULL,NULL)",
    );
    let wrong = read(root, json!({"table": "t", "columns": ["n"]})).await.unwrap_err();
    assert!(wrong.message.starts_with("row 2, column `n`: `two` (Text)"), "{wrong:?}");
    let wrong = read(root, json!({"table": "t", "columns": ["x"]})).await.unwrap_err();
    assert!(wrong.message.starts_with("row 1, column `x`"), "{wrong:?}");
    let text = json!({"table": "t", "columns": ["n", "x"], "mixed": "text"});
    assert_eq!(read(root, text).await.unwrap(), "n,x\n1,1\ntwo,a\nFF,\n");
    let null = json!({"table": "t", "columns": ["d"], "on_error": "null"});
    assert_eq!(read(root, null).await.unwrap(), "d\n2024-01-01\n\n\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_is_written_or_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    // A file that was made for nothing goes again.
    assert!(write(root, "id\n1\n", json!({"table": "t", "create_table": false})).await.is_err());
    assert!(!root.join("a.db").exists());
    make(root, "CREATE TABLE t (id INTEGER PRIMARY KEY, v INT NOT NULL); INSERT INTO t VALUES (1,10),(2,20)");
    let all = || texts(root, "SELECT id || '-' || v FROM t ORDER BY id");
    for mode in ["append", "replace", "truncate", "upsert"] {
        let config = json!({"table": "t", "write_mode": mode, "primary_key": "id"});
        let wrong = write(root, "id,v\n7,1\n8,2\n7,3\n", config.clone()).await.unwrap_err();
        assert_eq!(
            (wrong.code.as_str(), wrong.message.starts_with("row 3: ")),
            (if mode == "upsert" { "duplicate-keys" } else { "key-exists" }, true),
            "{wrong:?}"
        );
        let wrong = write(root, "id,v\n7,1\n8,\n", config).await.unwrap_err();
        assert!(wrong.message.starts_with("row 2: column `v`"), "{wrong:?}");
        assert_eq!(all(), ["1-10", "2-20"], "{mode}");
    }
    let config = json!({"table": "t", "write_mode": "merge", "primary_key": ["id"]});
    assert_eq!(write(root, "id,v\n2,21\n3,30\n", config).await.unwrap(), 2);
    assert_eq!(all(), ["1-10", "2-21", "3-30"]);
    let wrong = write(root, "id,v\n2,21\n", json!({"table": "t", "write_mode": "upsert", "primary_key": ["v"]})).await;
    assert_eq!(wrong.unwrap_err().code, "key-not-unique");

    // Who reads sees the old rows until the end, and a run that is repeated does nothing.
    let reader = Connection::open(root.join("a.db")).unwrap();
    let id = new_run_id();
    for _ in 0..2 {
        let config = json!({"table": "t", "write_mode": "append"});
        assert_eq!(write_as(root, "id,v\n4,40\n", config, &id).await.unwrap(), 1);
    }
    let count: i64 = reader.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 4);
    // Somebody who does not stop writing.
    reader.execute_batch("BEGIN IMMEDIATE").unwrap();
    let busy = write(root, "id,v\n5,50\n", json!({"table": "t", "busy_timeout": 0})).await.unwrap_err();
    assert_eq!(busy.code, "sqlite-busy");
    reader.execute_batch("ROLLBACK").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_rows_are_kept_and_new_columns_are_added() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    make(root, "CREATE TABLE t (id INTEGER PRIMARY KEY, v INT CHECK (v < 100))");
    let config = json!({"table": "t", "on_error": "quarantine", "max_rejects": 2});
    write(root, "id,v\n1,1\n2,500\n1,3\n4,4\n", config.clone()).await.unwrap();
    assert_eq!(texts(root, "SELECT id || '-' || v FROM t ORDER BY id"), ["1-1", "4-4"]);
    let folder = std::fs::read_dir(root.join("run_logs/test")).unwrap().flatten().next().unwrap().path();
    let kept = std::fs::read_to_string(folder.join("rejects/w.csv")).unwrap();
    assert_eq!(kept.lines().count(), 3, "{kept}");
    let wrong = write(root, "id,v\n5,500\n6,500\n7,500\n", config).await.unwrap_err();
    assert_eq!(wrong.code, "too-many-rejects");
    assert_eq!(write(root, "id,n\n9,x\n", json!({"table": "t"})).await.unwrap_err().code, "column-plan");
    assert_eq!(write(root, "id,n\n9,x\n", json!({"table": "t", "on_schema_change": "add_columns"})).await.unwrap(), 1);
    assert_eq!(texts(root, "SELECT n FROM t WHERE id = 9"), ["x"]);
}
