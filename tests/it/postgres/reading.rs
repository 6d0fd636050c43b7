//! What of a table is read.

use serde_json::json;

use super::{Bench, table};

#[tokio::test(flavor = "multi_thread")]
async fn columns_conditions_order_and_limit_are_done_by_the_server() {
    let bench = Bench::new().await;
    bench.db.run("CREATE TABLE t (id int PRIMARY KEY, v text, n numeric(5,2)); INSERT INTO t SELECT g, 'v' || g, g FROM generate_series(1, 9) g").await;
    let config = json!({"table": "t", "columns": ["v", "id"], "where": "id > 2 AND v <> 'v5'", "order": ["id desc"], "limit": 3, "offset": 1});
    assert_eq!(bench.dump(config).await.ok().unwrap(), "v,id\nv8,8\nv7,7\nv6,6\n");
    let query = json!({"query": "SELECT v AS \"a b\", n FROM t -- all\n;", "order": "n", "limit": 1});
    assert_eq!(bench.dump(query).await.ok().unwrap(), "a b,n\nv1,1.00\n");
    let told = bench.dump(json!({"query": "SELECT id, id FROM t"})).await.err().unwrap().failure();
    assert_eq!(told.code, "duplicate-column", "{told:?}");
    let told = bench.dump(json!({"table": "nope"})).await.err().unwrap().failure();
    assert_eq!(told.code, "postgres-statement", "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_read_at_a_time_give_every_row_once() {
    let bench = Bench::new().await;
    bench.db.run("CREATE TABLE t (id int8 PRIMARY KEY, v text); INSERT INTO t SELECT g * 7 - 3000, 'v' || g FROM generate_series(1, 30000) g; CREATE TABLE e (LIKE t INCLUDING ALL); CREATE TABLE k (id text PRIMARY KEY)").await;
    let lines = |text: String| {
        let mut lines: Vec<String> = text.lines().skip(1).map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let one = lines(bench.dump(table("t")).await.ok().unwrap());
    let many = lines(bench.dump(json!({"table": "t", "parallel": 3, "where": "id <> 4000"})).await.ok().unwrap());
    assert_eq!(many.len(), 29_999);
    assert!(many.iter().all(|line| one.binary_search(line).is_ok()));
    assert!(bench.dump(json!({"table": "e", "parallel": 3})).await.is_ok_and(|text| text == "id,v\n"));
    let told = bench.dump(json!({"table": "k", "parallel": 3})).await.err().unwrap().failure();
    assert_eq!(told.code, "parallel-key", "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_fails_half_way_is_an_error() {
    let bench = Bench::new().await;
    let query = "SELECT 10 / (g - 50000) AS v FROM generate_series(1, 100000) g";
    let ran = bench.dump(json!({"query": query})).await.err().unwrap();
    let told = ran.failure();
    assert!(told.why.unwrap().contains("division by zero"));
    assert!(!bench.root().join("out.csv").exists());
}
