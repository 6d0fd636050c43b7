//! Parquet and JSON files through the local engine.

use std::io::Write;
use std::path::Path;

use pipesmith::pipeline::compile::ManifestStep;
use serde_json::{Value, json};

use crate::engine::{job, run, sql, step};

fn csv(id: &str, path: &str, dtype: Value) -> ManifestStep {
    step(id, "filesystem.csv_extractor", &[], json!({"path": path, "dtype": dtype}))
}

fn text(root: &Path, name: &str) -> String {
    std::fs::read_to_string(root.join(name)).unwrap()
}

/// Runs steps that all have to go well.
async fn good(root: &Path, steps: Vec<ManifestStep>) {
    let ran = run(job(root, steps)).await;
    for (step, end) in ran.ends() {
        assert!(end.starts_with("finished"), "{step}: {end}: {:?}", ran.failure());
    }
}

#[tokio::test]
async fn every_value_comes_back_from_parquet_in_every_packing() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let data = "id,price,day,at,ok,f,note\n\
                1,12.30,2024-02-29,2024-01-01 10:00:00.000001,true,0.1,\"\"\n\
                2,,,,,,\n\
                -9223372036854775808,-0.01,1969-12-31,1969-12-31 23:59:59,false,-1e300,\"a,\"\"ž\"\"\n\"\n";
    std::fs::write(root.join("in.csv"), data).unwrap();
    for packing in ["none", "snappy", "gzip", "zstd", "lz4"] {
        let steps = vec![
            csv("in", "in.csv", json!({"price": "decimal(12,2)"})),
            step("w", "filesystem.parquet_writer", &["in"], json!({"path": "d/o.parquet", "compression": packing})),
        ];
        good(root, steps).await;
        let steps = vec![
            step("r", "filesystem.parquet_extractor", &[], json!({"path": "d/o.parquet"})),
            step("w", "filesystem.csv_writer", &["r"], json!({"path": "out.csv"})),
        ];
        good(root, steps).await;
        let want = "id,price,day,at,ok,f,note\n\
                    1,12.30,2024-02-29,2024-01-01 10:00:00.000001,True,0.1,\"\"\n\
                    2,,,,,,\n\
                    -9223372036854775808,-0.01,1969-12-31,1969-12-31 23:59:59,False,-1e+300,\"a,\"\"ž\"\"\n\"\n";
        assert_eq!(text(root, "out.csv"), want, "{packing}");
    }
}

#[tokio::test]
async fn parquet_reads_chosen_columns_up_to_a_limit() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let mut data = "a,b,c\n".to_owned();
    (0..20_000).for_each(|n| data.push_str(&format!("{n},x{n},{}\n", n % 7)));
    std::fs::write(root.join("in.csv"), data).unwrap();
    let steps = vec![
        csv("in", "in.csv", json!({})),
        step("w", "filesystem.parquet_writer", &["in"], json!({"path": "o.parquet", "row_group_size": 1000})),
    ];
    good(root, steps).await;
    let read = json!({"path": "o.parquet", "columns": ["c", "a"], "limit": 1001});
    let steps = vec![
        step("r", "filesystem.parquet_extractor", &[], read),
        sql(
            "t",
            &["r"],
            "SELECT count(*) AS n, max(a) AS a, list(DISTINCT c)::VARCHAR AS c FROM (SELECT * FROM df_r ORDER BY c)",
        ),
        step("w", "filesystem.csv_writer", &["t"], json!({"path": "out.csv"})),
    ];
    let ran = run(job(root, steps)).await;
    assert_eq!(ran.end_of("r"), "finished 0→1001", "{:?}", ran.facts);
    assert!(text(root, "out.csv").starts_with("n,a,c\n1001,1000,"));
    for (config, code) in [
        (json!({"path": "o.parquet", "columns": ["aa"]}), "parquet-column-not-found"),
        (json!({"path": "in.csv"}), "parquet-unreadable"),
    ] {
        let steps = vec![
            step("r", "filesystem.parquet_extractor", &[], config),
            step("w", "filesystem.csv_writer", &["r"], json!({"path": "no.csv"})),
        ];
        let ran = run(job(root, steps)).await;
        assert_eq!(ran.failure().code, code);
        assert!(!root.join("no.csv").exists());
    }
}

#[tokio::test]
async fn json_lists_and_lines_come_back_packed_and_nested() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let rows = [
        r#"{"id":1,"name":"a\"\u017e\n","price":12.30,"tags":["x",{"y":1}],"at":"2024-01-01T10:00:00","n":18446744073709551615}"#,
        r#"{"id":2,"price":0.1,"tags":null,"extra":true}"#,
        r#"{"name":"","id":3}"#,
    ];
    std::fs::write(root.join("in.jsonl"), rows.join("\n")).unwrap();
    std::fs::write(root.join("in.json"), format!("{{\"skip\": [1], \"data\": {{\"rows\": [{}]}}}}", rows.join(",")))
        .unwrap();
    let want = [
        r#"{"id":1,"name":"a\"ž\n","price":12.3,"tags":["x",{"y":1}],"at":"2024-01-01T10:00:00","n":18446744073709551615,"extra":null}"#,
        r#"{"id":2,"name":null,"price":0.1,"tags":null,"at":null,"n":null,"extra":true}"#,
        r#"{"id":3,"name":"","price":null,"tags":null,"at":null,"n":null,"extra":null}"#,
    ];
    for (read, packing, nulls) in [
        (json!({"path": "in.jsonl"}), "none", "write"),
        (json!({"path": "in.json", "data_path": "data.rows"}), "gzip", "write"),
        (json!({"path": "in.json", "data_path": "/data/rows", "format": "list"}), "zstd", "omit"),
    ] {
        let to = json!({"path": "o.json", "compression": packing, "nulls": nulls, "format": "list"});
        let steps =
            vec![step("r", "filesystem.json_extractor", &[], read), step("w", "filesystem.json_writer", &["r"], to)];
        good(root, steps).await;
        let steps = vec![
            step("r", "filesystem.json_extractor", &[], json!({"path": "o.json"})),
            step("w", "filesystem.json_writer", &["r"], json!({"path": "again.jsonl"})),
        ];
        good(root, steps).await;
        assert_eq!(text(root, "again.jsonl"), want.join("\n") + "\n", "{packing}");
    }
    // What SQL makes of nested values, and decimals that a float could not hold.
    let steps = vec![
        step("r", "filesystem.json_extractor", &[], json!({"path": "in.jsonl", "dtype": {"price": "decimal(10,2)"}})),
        sql(
            "t",
            &["r"],
            "SELECT sum(price) AS p, max(json_extract_string(tags, '$[1].y')) AS y, max(n) AS n FROM df_r",
        ),
        step("w", "filesystem.csv_writer", &["t"], json!({"path": "out.csv"})),
    ];
    good(root, steps).await;
    assert_eq!(text(root, "out.csv"), "p,y,n\n12.40,1,18446744073709551615\n");
}

#[tokio::test]
async fn json_that_is_none_or_mixed_is_said_with_its_row() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let cases: [(&str, Value, &str, &str); 11] = [
        ("{\"a\":1}\n{\"a\":\"x\"}\n", json!({}), "json-mixed-types", "\"a\" is a number in row 1 and a text in row 2"),
        ("{\"a\":1}\n[2]\n", json!({}), "json-row", "row 2 (line 2): it is a list"),
        ("{\"a\":1}\n{\"a\":1,\"a\":2}\n", json!({}), "json-row", "row 2 (line 2): the key \"a\" stands twice"),
        ("{\"a\":1}\n{\"a\":", json!({}), "json-cut-off", "middle of a value"),
        ("[{\"a\":1}", json!({}), "json-cut-off", "middle of a value"),
        ("[{\"a\":1}] x", json!({}), "json-syntax", "something follows the list"),
        ("[{\"a\":1} {\"a\":2}]", json!({}), "json-syntax", "a comma"),
        ("{\"d\":{\"e\":[]}}", json!({"data_path": "d.f"}), "json-path-not-found", "nothing at `d.f`"),
        ("{\"a\":1}", json!({"columns": ["b"]}), "json-column-not-found", "the key \"b\""),
        (
            "{\"a\":\"x\"}",
            json!({"dtype": {"a": "integer"}}),
            "json-value-type",
            "row 1 (line 1), column \"a\": \"x\" is not integer",
        ),
        ("", json!({}), "json-file-empty", "has no rows"),
    ];
    for (data, extra, code, words) in cases {
        std::fs::write(root.join("in.json"), data).unwrap();
        let mut config = json!({"path": "in.json"});
        config.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let steps = vec![
            step("r", "filesystem.json_extractor", &[], config),
            step("w", "filesystem.json_writer", &["r"], json!({"path": "no.json"})),
        ];
        let failure = run(job(root, steps)).await.failure();
        assert_eq!(failure.code, code, "{data}: {}", failure.message);
        assert!(failure.message.contains(words), "{data}: {}", failure.message);
        assert!(!root.join("no.json").exists());
    }
    // What mixed values become where text was asked for.
    std::fs::write(root.join("in.json"), "{\"a\":1.50}\n{\"a\":\"x\"}\n{\"a\":{\"b\": 1}}\n{}\n").unwrap();
    let steps = vec![
        step("r", "filesystem.json_extractor", &[], json!({"path": "in.json", "dtype": {"a": "string"}})),
        step("w", "filesystem.csv_writer", &["r"], json!({"path": "out.csv"})),
    ];
    good(root, steps).await;
    assert_eq!(text(root, "out.csv"), "a\n1.50\nx\n\"{\"\"b\"\": 1}\"\n\n");
}

#[tokio::test]
async fn a_csv_packed_with_zstd_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let mut packed = zstd::stream::write::Encoder::new(Vec::new(), 0).unwrap();
    packed.write_all(b"a,b\n1,x\n").unwrap();
    std::fs::write(root.join("in.csv.zst"), packed.finish().unwrap()).unwrap();
    let steps =
        vec![csv("r", "in.csv.zst", json!({})), step("w", "filesystem.csv_writer", &["r"], json!({"path": "out.csv"}))];
    good(root, steps).await;
    assert_eq!(text(root, "out.csv"), "a,b\n1,x\n");
}
