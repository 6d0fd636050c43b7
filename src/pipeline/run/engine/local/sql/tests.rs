use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};
use arrow::record_batch::RecordBatch;

use super::super::channel::Received;
use super::*;
use crate::connect::driver::csv::cell_text;
use crate::diagnostic::Diagnostic;

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap()
}

fn ints(values: &[i64]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}

fn texts(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

/// Runs a query over inputs, streamed where it can be and as tables; its rows as text, or what is wrong.
fn rows(sql: &str, inputs: &[(&str, Vec<RecordBatch>)]) -> Result<Vec<String>, Diagnostic> {
    let (streamed, table) = (rows_of(sql, inputs, true), rows_of(sql, inputs, false));
    assert_eq!(streamed, table, "{sql}");
    streamed
}

fn rows_of(sql: &str, inputs: &[(&str, Vec<RecordBatch>)], apart: bool) -> Result<Vec<String>, Diagnostic> {
    let dir = tempfile::tempdir().unwrap();
    let ids: Vec<String> = inputs.iter().map(|(id, _)| (*id).to_owned()).collect();
    let (inbox, senders) = Inbox::new(inputs.len());
    let threads: Vec<_> = inputs
        .iter()
        .zip(senders)
        .map(|((_, batches), sender)| {
            let batches = batches.clone();
            std::thread::spawn(move || {
                let mut outlet = Outlet::default();
                outlet.add(sender);
                outlet.send(&Parcel::Schema(batches[0].schema())).ok();
                for batch in batches {
                    outlet.send(&Parcel::Batch(batch)).ok();
                }
                outlet.send(&Parcel::End).ok();
            })
        })
        .collect();
    let (result, mut out) = Inbox::new(1);
    let mut outlet = Outlet::default();
    outlet.add(out.remove(0));
    let reader = std::thread::spawn(move || {
        let mut lines = Vec::new();
        while let Received::Parcel(_, parcel) = result.receive() {
            if let Parcel::Batch(batch) = parcel {
                for row in 0..batch.num_rows() {
                    let cell = |array: &ArrayRef| cell_text(array, row, 200).unwrap_or("NULL".to_owned());
                    lines.push(batch.columns().iter().map(cell).collect::<Vec<_>>().join("|"));
                }
            }
        }
        lines
    });
    let query = Query { step: "t", text: sql, inputs: &ids, apart, memory: 256 << 20, threads: 2, spill: dir.path() };
    let end = run(&query, inbox, &outlet, &Arc::new(Meter::default()), &Stop::default());
    drop(outlet);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let lines = reader.join().unwrap();
    match end {
        Ok(_) => Ok(lines),
        Err(Failure::Wrong(diagnostic) | Failure::Mistaken(diagnostic)) => Err(*diagnostic),
        Err(Failure::Stopped(reason)) => panic!("stopped: {reason}"),
    }
}

fn sales() -> Vec<RecordBatch> {
    vec![
        batch(vec![
            ("id", ints(&[1, 2])),
            ("city", texts(&[Some("Brno"), None])),
            ("a", Arc::new(Float64Array::from(vec![0.1, 0.2]))),
        ]),
        batch(vec![("id", ints(&[3])), ("city", texts(&[Some("")])), ("a", Arc::new(Float64Array::from(vec![0.3])))]),
    ]
}

fn one(sql: &str) -> Result<Vec<String>, Diagnostic> {
    rows(sql, &[("extract-small", sales())])
}

#[test]
fn every_name_of_an_input_works_and_rows_keep_their_order() {
    for table in ["df_extract_small", "\"extract-small\"", "input_df"] {
        assert_eq!(one(&format!("SELECT * FROM {table}")).unwrap(), ["1|Brno|0.1", "2|NULL|0.2", "3||0.3"]);
    }
    let many: Vec<i64> = (0..50_000).rev().collect();
    let batches: Vec<_> = many.chunks(1000).map(|part| batch(vec![("n", ints(part))])).collect();
    let lines = rows("SELECT n FROM input_df WHERE n % 2 = 0", &[("s", batches)]).unwrap();
    let expected: Vec<String> = many.iter().filter(|n| *n % 2 == 0).map(i64::to_string).collect();
    assert_eq!(lines, expected);
}

#[test]
fn the_dialect_of_existing_pipelines() {
    assert_eq!(
        one("SELECT city, ROUND(SUM(a * id), 2) r FROM input_df GROUP BY ALL ORDER BY city NULLS LAST").unwrap(),
        ["|0.9", "Brno|0.1", "NULL|0.4"]
    );
    assert_eq!(one("FROM input_df SELECT id ORDER BY id DESC LIMIT 1;").unwrap(), ["3"]);
    assert_eq!(one("WITH x AS (SELECT 7 / 2 AS h) SELECT h, 7 // 2 FROM x -- done").unwrap(), ["3.5|3"]);
    assert_eq!(one("SELECT SUM(9223372036854775807) FROM input_df").unwrap(), ["27670116110564327421"]);
    assert_eq!(
        one("SELECT CAST(1.5 AS DECIMAL(10,2)), DATE '2024-02-29', TIMESTAMP '2024-01-01 10:00:00.5', true").unwrap(),
        ["1.50|2024-02-29|2024-01-01 10:00:00.500000|True"]
    );
    assert_eq!(
        one("SELECT 'a'::ENUM('a','b') e, 'it''s; -- not the end' t, UUID '00000000-0000-0000-0000-000000000001' u")
            .unwrap(),
        ["a|it's; -- not the end|00000000-0000-0000-0000-000000000001"]
    );
    assert_eq!(rows("SELECT i FROM generate_series(1, 3) s(i)", &[]).unwrap(), ["1", "2", "3"]);
}

#[test]
fn streamed_or_not_the_rows_are_the_same() {
    let batches: Vec<_> =
        (0..40).map(|n| batch(vec![("n", ints(&(n * 1000..(n + 1) * 1000).collect::<Vec<_>>()))])).collect();
    let count = |sql: &str| rows(sql, &[("s", batches.clone())]).unwrap();
    for (streamed, table) in [
        ("SELECT n FROM input_df", "SELECT a.n FROM input_df a JOIN input_df b USING (n) ORDER BY n"),
        (
            "SELECT sum(n), count(*) FROM input_df",
            "WITH x AS (FROM input_df) SELECT (SELECT sum(n) FROM x), count(*) FROM x",
        ),
        (
            "SELECT n FROM input_df LIMIT 3",
            "(FROM input_df ORDER BY n LIMIT 1) UNION ALL (FROM input_df ORDER BY n LIMIT 2 OFFSET 1) ORDER BY n",
        ),
        (
            "SELECT n, row_number() OVER (ORDER BY n DESC) r FROM s WHERE n > 39990 ORDER BY n",
            "SELECT a.n, count(*) FROM s a JOIN s b ON b.n >= a.n WHERE a.n > 39990 GROUP BY ALL ORDER BY 1",
        ),
        ("SELECT 40000", "SELECT count(*) FROM (FROM s UNION FROM s)"),
    ] {
        assert_eq!(count(streamed), count(table), "{streamed}");
    }
    assert!(count("SELECT n FROM input_df WHERE false").is_empty());
    // What a query can't name is out of its reach.
    assert!(rows_of("SELECT * FROM pipesmith_input_0('01')", &[("s", batches)], true).is_err());
}

#[test]
fn an_input_that_breaks_off_is_no_result() {
    let dir = tempfile::tempdir().unwrap();
    for sql in ["SELECT count(*) FROM input_df", "SELECT count(*) FROM s a, s b"] {
        let (inbox, mut sender) = Inbox::new(1);
        let mut upstream = Outlet::default();
        upstream.add(sender.remove(0));
        upstream.send(&Parcel::Schema(sales()[0].schema())).unwrap();
        upstream.send(&Parcel::Batch(sales()[0].clone())).unwrap();
        drop(upstream);
        let ids = ["s".to_owned()];
        let query =
            Query { step: "t", text: sql, inputs: &ids, apart: true, memory: 64 << 20, threads: 2, spill: dir.path() };
        let (result, mut out) = Inbox::new(1);
        let mut outlet = Outlet::default();
        outlet.add(out.remove(0));
        let end = run(&query, inbox, &outlet, &Arc::new(Meter::default()), &Stop::default());
        drop(outlet);
        assert!(matches!(end, Err(Failure::Stopped(_))), "{sql}: {end:?}");
        while let Received::Parcel(_, parcel) = result.receive() {
            assert!(!matches!(parcel, Parcel::End));
        }
    }
}

#[test]
fn two_inputs_are_joined() {
    let names = vec![batch(vec![("id", ints(&[3, 1])), ("name", texts(&[Some("c"), Some("a")]))])];
    let sql = "SELECT s.id, n.name FROM df_sales s LEFT JOIN df_names n USING (id) ORDER BY s.id";
    assert_eq!(rows(sql, &[("sales", sales()), ("names", names)]).unwrap(), ["1|a", "2|NULL", "3|c"]);
}

#[test]
fn what_a_query_leaves_out_does_not_change_what_it_means() {
    let names = vec![batch(vec![("id", ints(&[3, 1])), ("name", texts(&[Some("c"), Some("a")]))])];
    for (sql, lines) in [
        ("SELECT count(*) FROM df_sales", vec!["3"]),
        ("SELECT count(*) FROM df_sales, df_names", vec!["6"]),
        ("SELECT count(city) FROM df_sales WHERE a > 0.1", vec!["1"]),
        ("SELECT max(name), sum(a) FROM df_sales NATURAL JOIN df_names", vec!["c|0.4"]),
        ("SELECT * EXCLUDE (city) FROM df_sales ORDER BY a DESC LIMIT 1", vec!["3|0.3"]),
        ("SELECT a, id FROM df_sales LIMIT 1 OFFSET 1", vec!["0.2|2"]),
        ("SELECT x.a FROM df_sales x JOIN df_sales y ON x.id = y.id + 1 ORDER BY 1", vec!["0.2", "0.3"]),
        ("WITH s AS MATERIALIZED (FROM df_sales) SELECT count(*) FROM s x JOIN s y USING (id)", vec!["3"]),
        ("SELECT id FROM df_sales s WHERE EXISTS (FROM df_names n WHERE n.id = s.id) ORDER BY 1", vec!["1", "3"]),
        (
            "SELECT id, (SELECT max(name) FROM df_names n WHERE n.id <= s.id) m FROM df_sales s ORDER BY 1",
            vec!["1|a", "2|a", "3|c"],
        ),
        (
            "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT r.n + 1 FROM r JOIN df_sales s ON s.id = r.n) \
             SELECT max(n) FROM r, (SELECT count(*) FROM df_names)",
            vec!["4"],
        ),
        ("SELECT name FROM df_names UNION ALL SELECT city FROM df_sales", vec!["c", "a", "Brno", "NULL", ""]),
        ("FROM df_sales SELECT rowid", vec!["0", "1", "2"]),
    ] {
        match rows(sql, &[("sales", sales()), ("names", names.clone())]) {
            Ok(got) => assert_eq!(got, lines, "{sql}"),
            Err(wrong) => panic!("{sql}: {wrong:?}"),
        }
    }
}

#[test]
fn a_join_streams_what_is_large_and_holds_what_is_small() {
    let part = |n: i64| {
        let ids: Vec<i64> = (n * 2000..(n + 1) * 2000).collect();
        let long: Vec<String> = ids.iter().map(|id| format!("{id:0>400}")).collect();
        batch(vec![("id", ints(&ids)), ("t", Arc::new(StringArray::from(long)))])
    };
    // 160 MB of text, half of it in each order of the join; 64 MiB to hold and nowhere to spill to.
    let large: Vec<RecordBatch> = (0..100).map(part).collect();
    let small = vec![batch(vec![("id", ints(&[7, 199_999])), ("x", ints(&[1, 2]))])];
    for sql in [
        "SELECT count(*), max(length(t)), sum(x) FROM df_large JOIN df_small USING (id)",
        "SELECT count(*), max(length(t)), sum(x) FROM df_small JOIN df_large USING (id)",
    ] {
        let inputs = [("large", large.clone()), ("small", small.clone())];
        assert_eq!(rows_of(sql, &inputs, true).unwrap(), ["2|400|3"], "{sql}");
    }
}

#[test]
fn only_one_statement_that_returns_rows_is_run() {
    let refused = [
        "SELECT 1; SELECT 2",
        "COPY input_df TO '/tmp/x.csv'",
        "ATTACH '/tmp/x.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET threads = 4",
        "RESET threads",
        "PRAGMA database_list",
        "CREATE TABLE t AS SELECT 1",
        "DROP TABLE df_extract_small",
        "INSERT INTO input_df VALUES (1, 'x', 0.1)",
        "CALL pragma_version()",
        "EXPORT DATABASE '/tmp/x'",
        "",
        "EXPLAIN SELECT 1",
        "CREATE TABLE t(i INT); SELECT * FROM t",
        "SELECT 1); COPY (SELECT 1) TO '/tmp/x",
        "-- nothing",
        "BEGIN",
        "CHECKPOINT",
        "USE main",
        "DELETE FROM df_extract_small",
        "UPDATE df_extract_small SET id = 1",
    ];
    for sql in refused {
        let code = one(sql).expect_err(sql).code;
        assert!(code == "sql-not-a-query" || code == "sql-error", "{sql}: {code}");
    }
    assert_eq!(one("SELECT 1; SELECT 2").unwrap_err().code, "sql-not-a-query");
    assert_eq!(one("SET threads = 4").unwrap_err().code, "sql-not-a-query");
    assert_eq!(one("SELECT ?").unwrap_err().code, "sql-parameter");
    assert_eq!(one("SELECT '\0'").unwrap_err().code, "sql-error");
}

#[test]
fn nothing_outside_can_be_reached() {
    let refused = [
        "SELECT * FROM read_csv('/etc/passwd')",
        "FROM '/etc/passwd'",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_blob('/etc/*')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT getenv('HOME')",
        "SELECT * FROM sniff_csv('/etc/passwd')",
        "SELECT * FROM query('SELECT * FROM read_text(''/etc/passwd'')')",
        "SELECT * FROM 'https://example.com/x.csv'",
        "SELECT * FROM read_duckdb('/tmp/x.db')",
        "SELECT * FROM read_parquet('/tmp/x.parquet')",
        "SELECT * FROM read_json('/etc/passwd')",
        "SELECT * FROM query('COPY (SELECT 1) TO ''/tmp/pipesmith-probe.csv''')",
        "SELECT * FROM enable_logging(storage := 'file', storage_path := '/tmp/pipesmith-probe')",
        "SELECT * FROM query('FROM system.main.enable_' || 'logging()')",
        "SELECT (SELECT count(*) FROM duckdb_settings())",
        "SELECT 1 FROM input_df, LATERAL (SELECT * FROM duckdb_temporary_files())",
        "SELECT * FROM arrow_scan(1, 1, 1)",
    ];
    for sql in refused {
        assert!(one(sql).is_err(), "{sql}: {:?}", one(sql));
    }
    assert!(!std::path::Path::new("/tmp/pipesmith-probe").exists());
    assert_eq!(one("FROM disable_logging()").unwrap_err().code, "sql-function");
    let made = "SELECT r, g, unnest([1]) u FROM range(1) a(r), generate_series(1, 1) b(g), repeat('x', 1) c(p), (VALUES (1)) v, json_each('[1]')";
    assert_eq!(one(made).unwrap(), ["0|1|1"]);
    assert_eq!(
        one("SELECT current_setting('enable_external_access'), current_setting('lock_configuration')").unwrap(),
        ["False|True"]
    );
    assert!(one("SELECT * FROM read_csv('/etc/passwd')").unwrap_err().fix.unwrap().text.contains("csv_extractor"));
}

#[test]
fn errors_say_what_there_is() {
    let error = one("SELECT nope FROM input_df").unwrap_err();
    assert_eq!((error.code.as_str(), error.path.as_deref()), ("sql-error", Some("steps[t].config.query")));
    assert!(error.message.contains("nope") && error.why.as_deref().unwrap().contains("LINE 1"), "{error:?}");
    let fix = error.fix.unwrap().text;
    assert_eq!(
        fix,
        "the tables are: df_extract_small (id BIGINT, city VARCHAR, a DOUBLE); also as \"extract-small\", \"input_df\""
    );
    let syntax = one("SELECT\n  id\nFORM input_df x y").unwrap_err();
    assert!(syntax.why.as_deref().unwrap_or_default().contains("LINE 3"), "{syntax:?}");
    assert!(one("SELECT CAST('x' AS INTEGER)").unwrap_err().message.contains("Conversion Error"));
    // Found only while rows are already streaming.
    assert!(one("SELECT CAST(city AS INTEGER) FROM input_df").unwrap_err().message.contains("Brno"));
    assert_eq!(one("SELECT id, id FROM input_df").unwrap_err().code, "sql-duplicate-column");
    let twins = vec![batch(vec![("a", ints(&[1])), ("A", ints(&[1]))])];
    assert_eq!(rows("SELECT 1", &[("s", twins)]).unwrap_err().code, "sql-duplicate-column");
}

#[test]
fn more_than_the_memory_spills() {
    let part = |n: i64| {
        let ids: Vec<i64> = (n * 2000..(n + 1) * 2000).collect();
        let long: Vec<String> = ids.iter().map(|id| format!("{id:0>100}")).collect();
        batch(vec![("id", ints(&ids)), ("t", Arc::new(StringArray::from(long)))])
    };
    // 120 MB of text in a database that may hold 64 MiB.
    let dir = tempfile::tempdir().unwrap();
    let ids = ["s".to_owned()];
    let (inbox, mut sender) = Inbox::new(1);
    let thread = std::thread::spawn(move || {
        let mut outlet = Outlet::default();
        outlet.add(sender.remove(0));
        outlet.send(&Parcel::Schema(part(0).schema())).unwrap();
        (0..600).for_each(|n| outlet.send(&Parcel::Batch(part(n))).unwrap());
        outlet.send(&Parcel::End).unwrap();
    });
    // Two looks at the input: it has to be a table.
    let sql = "SELECT (SELECT count(*) FROM input_df), sum(id), max(t) FROM input_df";
    let query =
        Query { step: "t", text: sql, inputs: &ids, apart: true, memory: 64 << 20, threads: 2, spill: dir.path() };
    let (result, mut out) = Inbox::new(1);
    let mut outlet = Outlet::default();
    outlet.add(out.remove(0));
    assert!(run(&query, inbox, &outlet, &Arc::new(Meter::default()), &Stop::default()).is_ok());
    thread.join().unwrap();
    let mut line = String::new();
    while let Received::Parcel(_, parcel) = result.receive() {
        if let Parcel::Batch(batch) = parcel {
            line = batch.columns().iter().map(|a| cell_text(a, 0, 10).unwrap()).collect::<Vec<_>>().join(" ");
        }
    }
    assert_eq!(line, "1200000 7199994000… 0000000000…");
}
