//! What a write does with the rows that are there, and what it leaves when it fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pipesmith::pipeline::run::{RunFact, RunOutcome};
use serde_json::{Value, json};

use super::{Bench, from, succeeded, table, to};
use crate::engine::{job, read, run, run_until};

const ROWS: &str = "SELECT string_agg(t::text, ' ' ORDER BY id) FROM t";

fn mode(mode: &str) -> Value {
    json!({"table": "t", "write_mode": mode, "primary_key": ["id"]})
}

async fn bench() -> Bench {
    let bench = Bench::new().await;
    bench
        .db
        .run(
            "CREATE TABLE t (id int PRIMARY KEY, v text NOT NULL DEFAULT 'd'); INSERT INTO t VALUES (1, 'a'), (2, 'b')",
        )
        .await;
    bench
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mode_does_what_it_says() {
    for (word, rows) in [
        ("append", "failed"),
        ("replace", "(2,x) (3,y)"),
        ("truncate", "(2,x) (3,y)"),
        ("upsert", "(1,a) (2,x) (3,y)"),
        ("merge", "(1,a) (2,x) (3,y)"),
    ] {
        let bench = bench().await;
        let ran = bench.load("id,v\n2,x\n3,y\n", mode(word)).await;
        if rows == "failed" {
            let told = ran.failure();
            assert_eq!(told.code, "key-taken", "{told:?}");
            assert!(told.why.unwrap().contains("(id)=(2)"));
            assert_eq!(bench.db.ask(ROWS).await, "(1,a) (2,b)");
        } else {
            succeeded(&ran);
            assert_eq!(bench.db.ask(ROWS).await, rows, "{word}");
        }
    }
    // Only the key: nothing to change, rows that are there stay.
    let bench = bench().await;
    succeeded(&bench.load("id\n2\n3\n", mode("upsert")).await);
    assert_eq!(bench.db.ask(ROWS).await, "(1,a) (2,b) (3,d)");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_come_in_twice_are_named() {
    let bench = bench().await;
    for (csv, count) in [("id,v\n5,a\n6,b\n5,c\n7,d\n7,e\n7,f\n", "2 keys come in"), ("id\n5\n5\n", "a key comes in")] {
        let ran = bench.load(csv, mode("upsert")).await;
        let told = ran.failure();
        assert_eq!(told.code, "duplicate-keys", "{told:?}");
        assert!(told.message.starts_with(count) && told.why.unwrap().contains("(id) = (5): 2 times"));
        assert_eq!(bench.db.ask(ROWS).await, "(1,a) (2,b)");
    }
    let config = json!({"table": "new", "primary_key": "id", "create_if_missing": true});
    let ran = bench.load("id,v\n5,a\n6,b\n5,c\n", config).await;
    assert_eq!(ran.failure().code, "duplicate-keys", "{:?}", ran.failure());
    assert_eq!(bench.db.ask("SELECT to_regclass('new')").await, "NULL");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_said_before_a_row_moves() {
    let bench = bench().await;
    for (csv, config, code, says) in [
        ("id,nope\n1,x\n", table("t"), "column-plan", "no column `nope`"),
        ("v\nx\n", table("t"), "column-plan", "column `id`"),
        ("id,v\n9,x\n", json!({"table": "t", "write_mode": "upsert", "primary_key": "v"}), "key-not-unique", "told"),
        ("v\nx\n", mode("upsert"), "column-plan", "id"),
        ("id,v\n9,x\n", table("missing"), "table-missing", ""),
    ] {
        let told = bench.load(csv, config).await.failure();
        assert_eq!(told.code, code, "{told:?}");
        if code == "column-plan" {
            assert!(told.why.unwrap().contains(says));
        }
    }
    assert_eq!(bench.db.ask(ROWS).await, "(1,a) (2,b)");
    let change = |word: &str| json!({"table": "t", "on_schema_change": word});
    succeeded(&bench.load("id,nope\n8,1.5\n", change("ignore")).await);
    succeeded(&bench.load("id,new col\n9,1.5\n", change("add_columns")).await);
    assert_eq!(bench.db.ask(ROWS).await, "(1,a,) (2,b,) (8,d,) (9,d,1.5)");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_repeated_under_its_id_does_nothing() {
    let bench = bench().await;
    std::fs::write(bench.root().join("in.csv"), "id,v\n3,x\n").unwrap();
    let steps = vec![read("in", "in.csv"), to(table("t"), "in")];
    let first = job(bench.root(), steps.clone());
    let mut again = job(bench.root(), steps);
    again.run = first.run.clone();
    succeeded(&run(first).await);
    let ran = run(again).await;
    succeeded(&ran);
    assert_eq!(bench.db.ask(ROWS).await, "(1,a) (2,b) (3,x)");
    assert_eq!(bench.db.ask("SELECT count(*) || ' ' || sum(rows) FROM _pipesmith_runs WHERE step = 'to'").await, "1 1");
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_see_the_old_rows_until_all_new_ones_are_there() {
    let bench = bench().await;
    bench.db.run("CREATE TABLE s AS SELECT g AS id, 'n' AS v FROM generate_series(1, 200000) g; CREATE VIEW w AS SELECT * FROM t").await;
    let client = bench.db.client().await;
    let done = Arc::new(AtomicBool::new(false));
    let over = done.clone();
    let reader = tokio::spawn(async move {
        let mut seen = std::collections::BTreeSet::new();
        while !over.load(Ordering::SeqCst) {
            seen.insert(client.query_one("SELECT count(*) FROM w", &[]).await.unwrap().get::<_, i64>(0));
        }
        seen.insert(client.query_one("SELECT count(*) FROM w", &[]).await.unwrap().get::<_, i64>(0));
        seen
    });
    let ran = bench.run(vec![from(table("s")), to(mode("replace"), "from")]).await;
    done.store(true, Ordering::SeqCst);
    succeeded(&ran);
    assert_eq!(reader.await.unwrap().into_iter().collect::<Vec<_>>(), [2, 200_000]);
}

#[tokio::test(flavor = "multi_thread")]
async fn replacing_rows_that_others_depend_on_is_refused() {
    let bench = bench().await;
    bench.db.run("CREATE TABLE child (t int REFERENCES t ON DELETE CASCADE); INSERT INTO child VALUES (1)").await;
    let told = bench.load("id,v\n2,x\n", mode("replace")).await.failure();
    assert_eq!(told.code, "replace-cascades", "{told:?}");
    assert_eq!(bench.db.ask("SELECT count(*) FROM child").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_stopped_leaves_the_target_as_it_was() {
    let bench = bench().await;
    let endless =
        json!({"query": "SELECT g::int + 10 AS id, repeat('x', 100) AS v FROM generate_series(1, 100000000) g"});
    for word in ["append", "replace", "truncate", "upsert"] {
        let steps = vec![from(endless.clone()), to(mode(word), "from")];
        let ran = run_until(job(bench.root(), steps), |fact, cancel| {
            if matches!(fact, RunFact::StepProgress { rows_out, .. } if *rows_out > 0) {
                cancel.cancel();
            }
        })
        .await;
        assert_eq!(ran.outcome, RunOutcome::Cancelled, "{:?}", ran.ends());
        assert_eq!(bench.db.ask(ROWS).await, "(1,a) (2,b)", "{word}");
    }
    // A query that gives nothing yet is told to stop, too.
    let slow = json!({"query": "SELECT pg_sleep(600)::text AS v, 7 AS id"});
    let steps = vec![from(slow), to(mode("append"), "from")];
    let ran = run_until(job(bench.root(), steps), |fact, cancel| {
        if matches!(fact, RunFact::StepStarted { step } if step == "to") {
            cancel.cancel();
        }
    })
    .await;
    assert_eq!(ran.outcome, RunOutcome::Cancelled);
    let busy = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = '{}' AND state <> 'idle' AND query NOT LIKE '%pg_stat_activity%'",
        bench.db.name
    );
    for _ in 0..200 {
        if bench.db.ask(&busy).await == "0" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!(
        "the server still works: {}",
        bench.db.ask("SELECT string_agg(query, ' ') FROM pg_stat_activity WHERE state <> 'idle'").await
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_values_are_never_sql() {
    let bench = Bench::new().await;
    let evil = "a\"; DROP TABLE t; --";
    let value = "'); DROP TABLE t; --";
    bench.db.run("CREATE TABLE t (id int)").await;
    let csv = format!("id,\"{}\"\n1,\"{value}\"\n", evil.replace('"', "\"\""));
    for word in ["append", "upsert", "replace", "truncate"] {
        let config = json!({"table": evil, "create_if_missing": true, "write_mode": word, "primary_key": [evil], "on_error": "quarantine"});
        succeeded(&bench.load(&csv, config).await);
    }
    assert_eq!(bench.db.ask("SELECT count(*) FROM t").await, "0");
    let text = bench.dump(json!({"table": evil, "columns": [evil], "order": format!("{evil} desc"), "limit": 3})).await;
    assert!(text.is_ok_and(|text| text.contains(value)));
    for (key, bad) in [("table", json!(evil)), ("schema", json!(evil)), ("columns", json!([evil]))] {
        let mut config = json!({"table": "t"});
        config[key] = bad;
        drop(bench.dump(config).await);
    }
    for bad in ["1=1) TO PROGRAM 'touch /tmp/x'; --", "1=1; DROP TABLE t"] {
        let ran = bench.dump(json!({"table": "t", "where": bad})).await.err().unwrap();
        assert_eq!(ran.failure().code, "invalid-config-value");
    }
    for bad in [
        "SELECT 1; DROP TABLE t",
        "DROP TABLE t",
        "DELETE FROM t RETURNING id",
        "SELECT 1) AS q) TO STDOUT; DROP TABLE t; --",
    ] {
        assert!(bench.dump(json!({"query": bad})).await.is_err(), "{bad}");
    }
    assert_eq!(bench.db.ask("SELECT count(*) FROM t").await, "0");
}
