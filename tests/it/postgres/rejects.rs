//! Rows that the table can't take, kept aside.

use serde_json::{Value, json};

use super::{Bench, succeeded};

fn config(max: u64, mode: &str) -> Value {
    json!({"table": "t", "on_error": "quarantine", "max_rejects": max, "write_mode": mode, "primary_key": "id"})
}

async fn bench() -> Bench {
    let bench = Bench::new().await;
    bench
        .db
        .run("CREATE TABLE t (id int PRIMARY KEY, v text, n int CHECK (n < 100)); INSERT INTO t VALUES (5, 'old', 1)")
        .await;
    bench
}

fn rows(count: usize) -> String {
    let mut csv = "id,v,n\n".to_owned();
    for id in 10..10 + count {
        csv.push_str(&format!("{id},\"v,{id}\",{}\n", if id == 333 { 100 } else { 1 }));
    }
    csv
}

fn rejected(bench: &Bench) -> Vec<String> {
    let folders = std::fs::read_dir(bench.root().join("run_logs/test")).unwrap();
    let mut files: Vec<_> =
        folders.map(|folder| folder.unwrap().path().join("rejects/to.csv")).filter(|f| f.exists()).collect();
    files.sort();
    std::fs::read_to_string(files.last().unwrap()).unwrap().lines().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_rows_are_found_and_kept_with_the_reason() {
    for mode in ["append", "upsert"] {
        let bench = bench().await;
        let csv = format!("{}99999999999,big,1\n", rows(10_000));
        let ran = bench.load(&csv, config(5, mode)).await;
        succeeded(&ran);
        assert_eq!(bench.db.ask("SELECT count(*) || ' ' || sum(n) FROM t").await, "10000 10000", "{mode}");
        let kept = rejected(&bench);
        assert_eq!(kept[0], "_row,_reason,id,v,n");
        assert_eq!(kept.len(), 3, "{kept:?}");
        let check = kept.iter().find(|line| line.starts_with("324,")).unwrap();
        assert!(check.contains("check constraint") && check.ends_with(",333,\"v,333\",100"), "{check}");
        let range = kept.iter().find(|line| line.starts_with("10001,")).unwrap();
        assert!(range.contains("out of the range of integer"), "{range}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_too_many_and_nothing_is_written() {
    for mode in ["append", "upsert"] {
        let bench = bench().await;
        let csv = "id,v,n\n1,a,1\n2,b,200\n3,c,300\n4,d,4\n";
        let told = bench.load(csv, config(1, mode)).await.failure();
        assert_eq!(told.code, "too-many-rejects", "{told:?}");
        assert_eq!(bench.db.ask("SELECT count(*) FROM t").await, "1");
        assert_eq!(rejected(&bench).len(), 2);
        succeeded(&bench.load(csv, config(2, mode)).await);
        assert_eq!(bench.db.ask("SELECT count(*) FROM t").await, "3");
    }
}
