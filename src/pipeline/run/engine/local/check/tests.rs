use arrow::array::{
    ArrayRef, Date32Array, Decimal128Array, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray,
};
use serde_json::{Value, json};

use super::*;
use crate::pipeline::expect::{self, CheckOutcome};

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap()
}

fn ints(values: &[Option<i64>]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}

fn texts(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

struct Bench {
    dir: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
    meter: Arc<Meter>,
    inspector: Inspector,
}

fn bench(expect: Value) -> Bench {
    let dir = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let io = Io {
        runtime: runtime.handle().clone(),
        cancel: tokio_util::sync::CancellationToken::new(),
        run: "r".to_owned(),
        pipeline: "p".to_owned(),
        step: "orders".to_owned(),
        root: dir.path().to_path_buf(),
        keeps_cursors: false,
    };
    let room = Room { memory: 64 << 20, threads: 1, spill: dir.path().join("spill") };
    let meter = Arc::new(Meter::default());
    let checks = expect::read(&expect).unwrap();
    let inspector = Inspector::new(io, room, checks, meter.clone(), Arc::default()).unwrap();
    Bench { dir, runtime, meter, inspector }
}

impl Bench {
    /// What the checks say of these rows, and the rows that flow on.
    fn look(mut self, batches: &[RecordBatch]) -> (Result<u64, Diagnostic>, Vec<CheckOutcome>, tempfile::TempDir) {
        let mut all = || -> Result<u64, Diagnostic> {
            self.inspector.columns(&batches[0].schema())?;
            let mut left = 0;
            for batch in batches {
                left += self.inspector.batch(batch.clone())?.num_rows() as u64;
            }
            self.inspector.finish()?;
            Ok(left)
        };
        let end = all();
        drop(self.runtime);
        (end, self.meter.findings().checks, self.dir)
    }
}

fn told(outcomes: &[CheckOutcome]) -> Vec<String> {
    outcomes.iter().map(|o| format!("{} {}: {} {:?}", o.word(), o.label(), o.told, o.sample)).collect()
}

#[test]
fn rows_are_judged_by_the_values_of_their_column() {
    let rows = batch(vec![
        ("id", ints(&[Some(1), None, Some(3), Some(3)])),
        ("status", texts(&[Some("open"), Some("paid"), Some("op\u{1b}en"), None])),
        (
            "price",
            Arc::new(
                Decimal128Array::from(vec![Some(100), Some(1000), None, Some(-1)])
                    .with_precision_and_scale(10, 2)
                    .unwrap(),
            ),
        ),
        ("day", Arc::new(Date32Array::from(vec![20_000, 20_001, 20_002, 20_003]))),
        ("ratio", Arc::new(Float64Array::from(vec![0.5, f64::NAN, f64::INFINITY, -0.0]))),
    ]);
    let (end, outcomes, _dir) = bench(json!([
        {"check": "not_null", "columns": ["id", "status"], "severity": "warn"},
        {"check": "accepted_values", "column": "status", "values": ["open", "paid"], "severity": "warn"},
        {"check": "accepted_values", "column": "price", "values": [1, "10.00", -0.01], "severity": "warn"},
        {"check": "range", "column": "price", "min": 0, "max": 9.99, "severity": "warn"},
        {"check": "range", "column": "day", "min": "2024-10-05", "max": "2024-10-06", "severity": "warn"},
        {"check": "range", "column": "ratio", "min": 0, "max": 1, "severity": "warn"},
        {"check": "pattern", "column": "id", "pattern": "^[12]$", "severity": "warn"},
        {"check": "unique", "column": "id", "severity": "warn"},
        {"check": "row_count", "min": 5, "severity": "warn"},
        {"check": "row_count", "min": 4, "max": 4}
    ]))
    .look(&[rows]);
    assert_eq!(end.unwrap(), 4);
    assert_eq!(
        told(&outcomes),
        [
            r#"warned not_null of id, status: 2 rows ["row 2: id is NULL, status = \"paid\"", "row 4: id = \"3\", status is NULL"]"#,
            r#"warned accepted_values of status: 1 row ["row 3: status = \"op\\u{1b}en\""]"#,
            "passed accepted_values of price: nothing found []",
            r#"warned range of price: 2 rows ["row 2: price = \"10.00\"", "row 4: price = \"-0.01\""]"#,
            r#"warned range of day: 2 rows ["row 1: day = \"2024-10-04\"", "row 4: day = \"2024-10-07\""]"#,
            r#"warned range of ratio: 2 rows ["row 2: ratio = \"nan\"", "row 3: ratio = \"inf\""]"#,
            r#"warned pattern of id: 2 rows ["row 3: id = \"3\"", "row 4: id = \"3\""]"#,
            r#"warned unique of id: 1 row ["row 4: id = \"3\""]"#,
            "warned row_count: 4 rows, at least 5 are expected []",
            "passed row_count: 4 rows []",
        ]
    );
}

#[test]
fn a_failed_check_fails_the_step_with_everything_that_it_found() {
    let (end, outcomes, _dir) = bench(json!([
        {"check": "not_null", "column": "id", "name": "ids are there"},
        {"check": "sql", "query": "SELECT id, status FROM input_df WHERE id > 1 ORDER BY id -- all of them"},
        {"check": "sql", "query": "SELECT o.id FROM df_orders o JOIN orders p USING (id) WHERE o.status <> p.status", "severity": "warn"}
    ]))
    .look(&[batch(vec![("id", ints(&[Some(1), Some(2)])), ("status", texts(&[Some("a"), None]))]), batch(vec![("id", ints(&[Some(3)])), ("status", texts(&[Some("c")]))])]);
    let failed = end.unwrap_err();
    assert_eq!((failed.code.as_str(), failed.path.as_deref()), ("check-failed", Some("steps[orders].expect[1]")));
    assert_eq!(failed.message, "a check of `orders` failed: sql: 2 rows");
    assert!(failed.why.unwrap().contains(r#"id = "2", status is NULL"#));
    assert_eq!(outcomes.iter().map(CheckOutcome::word).collect::<Vec<_>>(), ["passed", "failed", "passed"]);
}

#[test]
fn quarantine_takes_rows_out_before_the_others_look() {
    let rows = batch(vec![("id", ints(&[Some(1), None, Some(1), Some(-2), Some(4)]))]);
    let (end, outcomes, dir) = bench(json!([
        {"check": "row_count", "max": 2, "severity": "warn"},
        {"check": "not_null", "column": "id", "severity": "quarantine"},
        {"check": "unique", "column": "id", "severity": "warn"},
        {"check": "range", "column": "id", "min": 0, "severity": "quarantine", "name": "ids are positive"}
    ]))
    .look(&[rows.slice(0, 2), rows.slice(2, 3)]);
    assert_eq!(end.unwrap(), 3);
    assert_eq!(
        told(&outcomes),
        [
            "warned row_count: 3 rows, at most 2 are expected []",
            r#"quarantined not_null of id: 1 row ["row 2: id is NULL"]"#,
            r#"warned unique of id: 1 row ["row 3: id = \"1\""]"#,
            r#"quarantined ids are positive: 1 row ["row 4: id = \"-2\""]"#,
        ]
    );
    let file = outcomes[1].file.as_ref().unwrap();
    assert_eq!(file, "run_logs/p/r/rejects/orders.checks.csv");
    let kept = std::fs::read_to_string(dir.path().join(file)).unwrap();
    assert_eq!(kept, "_row,_reason,id\n2,not_null of id,\n4,ids are positive,-2\n");
}

#[test]
fn quarantine_is_bounded() {
    let rows = batch(vec![("id", ints(&[None, None, None]))]);
    let expect = json!([{"check": "not_null", "column": "id", "severity": "quarantine", "max_rejects": 2}]);
    let (end, ..) = bench(expect).look(&[rows]);
    let wrong = end.unwrap_err();
    assert_eq!((wrong.code.as_str(), wrong.path.as_deref()), ("too-many-rejects", Some("steps[orders].expect[0]")));
}

#[test]
fn what_a_check_can_not_look_at_is_said_before_a_row_flows() {
    let rows = batch(vec![
        ("id", ints(&[Some(1)])),
        ("price", Arc::new(Decimal128Array::from(vec![1]).with_precision_and_scale(5, 2).unwrap())),
    ]);
    for (expect, code, said) in [
        (json!([{"check": "not_null", "column": "idd"}]), "unknown-check-column", "no column `idd`"),
        (
            json!([{"check": "accepted_values", "column": "id", "values": ["x"]}]),
            "invalid-check-value",
            "\"x\" can't be compared",
        ),
        (
            json!([{"check": "range", "column": "price", "min": 0.005}]),
            "invalid-check-value",
            "0.005 can't be compared",
        ),
        (
            json!([{"check": "freshness", "column": "id", "within": "1h"}]),
            "invalid-check-value",
            "can't look at the column `id`",
        ),
    ] {
        let (end, ..) = bench(expect.clone()).look(std::slice::from_ref(&rows));
        let wrong = end.unwrap_err();
        assert_eq!(wrong.code, code, "{expect}");
        assert!(wrong.message.contains(said) && wrong.fix.is_some(), "{}", wrong.message);
    }
}

#[test]
fn freshness_looks_at_the_newest() {
    let now = jiff::Timestamp::now().as_microsecond();
    let hour = 3_600_000_000;
    let rows = |times: Vec<Option<i64>>| batch(vec![("t", Arc::new(TimestampMicrosecondArray::from(times)))]);
    let expect = || json!([{"check": "freshness", "column": "t", "within": "2h"}]);
    let (end, outcomes, _dir) = bench(expect()).look(&[rows(vec![Some(0), Some(now - hour)]), rows(vec![None])]);
    assert!(end.is_ok() && outcomes[0].told.contains("1h"), "{}", outcomes[0].told);
    let (end, ..) = bench(expect()).look(&[rows(vec![Some(now - 3 * hour)])]);
    assert!(end.unwrap_err().message.contains("2h are let pass"));
    let (end, ..) = bench(expect()).look(&[rows(vec![None])]);
    assert!(end.unwrap_err().message.contains("there is no value"));
    let texts = batch(vec![("t", texts(&[Some("2020-01-01 10:00:00")]))]);
    let (end, ..) = bench(expect()).look(&[texts]);
    assert!(end.unwrap_err().message.contains("the newest is 2020-01-01T10:00:00Z"));
}

#[test]
fn keys_are_exact_when_they_do_not_fit_the_memory() {
    let mut bench = bench(json!([{"check": "unique", "columns": ["a", "b"], "severity": "warn"}]));
    let rows = |from: i64, to: i64| {
        let a: Vec<Option<i64>> = (from..to).map(Some).collect();
        let b: Vec<String> = (from..to).map(|n| format!("key {}", n % 7)).collect();
        batch(vec![("a", ints(&a)), ("b", Arc::new(StringArray::from(b)))])
    };
    bench.inspector.columns(&rows(0, 1).schema()).unwrap();
    for test in &mut bench.inspector.work.as_mut().unwrap().tests {
        if let Way::Keys(keys) = &mut test.way {
            keys.hold(10_000);
        }
    }
    // The first rows are held here, the rest is not; each of 40 keys comes again, one of them twice.
    for (from, to) in [(0, 3000), (3000, 9000), (9000, 20_000), (10, 30), (8000, 8020), (8000, 8001)] {
        bench.inspector.batch(rows(from, to)).unwrap();
    }
    let nulls = batch(vec![("a", ints(&[None, None])), ("b", texts(&[Some("x"), Some("x")]))]);
    bench.inspector.batch(nulls).unwrap();
    bench.inspector.finish().unwrap();
    let outcome = &bench.meter.findings().checks[0];
    assert_eq!(outcome.offending, 41);
    assert_eq!(outcome.sample[0], r#"row 20001: a = "10", b = "key 3""#);
    assert_eq!(outcome.sample.len(), 5);
}
