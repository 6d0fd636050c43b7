//! Values that cross from one system to another and back: each comes back as it was, or it is said why not.

use pipesmith::pipeline::compile::ManifestStep;
use pipesmith::pipeline::run::{RunFact, RunOutcome};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::databases::{Mysql, Postgres, workspace};
use crate::engine::{Ran, job, run, step};

struct Bench {
    postgres: Postgres,
    mysql: Mysql,
    dir: tempfile::TempDir,
}

impl Bench {
    async fn new() -> Bench {
        let (postgres, mysql, dir) = workspace().await;
        Bench { postgres, mysql, dir }
    }

    fn of(&self, family: &str, id: &str, what: &str, needs: &[&str], mut config: Value) -> ManifestStep {
        match family {
            "sqlite" => config["path"] = "shop.db".into(),
            _ => config["connection"] = format!("@{family}.db").into(),
        }
        step(id, &format!("{family}.{what}"), needs, config)
    }

    /// Copies a table from one system to another, which makes it where it is not there.
    async fn copy(&self, from: (&str, &str), to: (&str, &str), options: Value) -> Ran {
        let read = self.of(from.0, "read", "extractor", &[], json!({"table": from.1}));
        let mut config = json!({"table": to.1, "create_if_missing": true});
        for (key, value) in options.as_object().unwrap() {
            config[key] = value.clone();
        }
        let write = self.of(to.0, "write", "writer", &["read"], config);
        run(job(self.dir.path(), vec![read, write])).await
    }

    fn sqlite(&self) -> Connection {
        Connection::open(self.dir.path().join("shop.db")).unwrap()
    }

    async fn mysql_texts(&self, sql: &str) -> Vec<Option<String>> {
        use mysql_async::prelude::Queryable;
        let mut conn = mysql_async::Conn::from_url(self.mysql.dsn()).await.unwrap();
        let rows = conn.query(sql).await.unwrap();
        conn.disconnect().await.unwrap();
        rows
    }
}

/// PostgreSQL's types whose values other systems can hold, with values; NULL comes with each.
const TYPES: &[(&str, &[&str])] = &[
    ("boolean", &["true", "false"]),
    ("int2", &["-32768", "32767"]),
    ("int4", &["-2147483648", "2147483647"]),
    ("int8", &["-9223372036854775808", "9223372036854775807"]),
    ("float8", &["0.1", "-1.7976931348623157e308", "5e-324", "0"]),
    ("float4", &["1.5", "0.1", "-3.4028235e38"]),
    ("numeric(12,2)", &["-9999999999.99", "0", "0.01", "12.30"]),
    ("numeric(20,0)", &["18446744073709551615", "-1"]),
    ("numeric(38,10)", &["1234567890123456789012345678.0123456789", "-0.0000000001"]),
    ("text", &["''", "'NULL'", "E'a\\tb\\nc\\\\d\"e,''f'", "'žluťoučký 🐎'", "' ends with blanks  '"]),
    ("varchar(5)", &["'abcde'", "'žlutý'", "''"]),
    ("bytea", &["'\\x00ff100a5c'", "''"]),
    ("date", &["'1000-01-01'", "'1969-12-31'", "'2024-02-29'", "'9999-12-31'"]),
    ("time", &["'00:00'", "'23:59:59.999999'"]),
    ("timestamp", &["'1969-12-31 23:59:59.999999'", "'2024-02-29 12:00:00'", "'9999-12-31 23:59:59'"]),
    ("uuid", &["'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"]),
    ("json", &["'{\"b\": 1, \"a\": [null]}'", "'\"x\"'"]),
    ("jsonb", &["'{\"a\": [null], \"b\": \"\\u017e\"}'"]),
];

#[tokio::test(flavor = "multi_thread")]
async fn values_of_postgres_cross_and_come_back() {
    let bench = Bench::new().await;
    let mut wrong = Vec::new();
    for (number, (kind, values)) in TYPES.iter().enumerate() {
        let source = format!("s{number}");
        bench.postgres.run(&format!("CREATE TABLE {source} (id int PRIMARY KEY, v {kind})")).await;
        for (id, value) in values.iter().chain(&["NULL"]).enumerate() {
            bench.postgres.run(&format!("INSERT INTO {source} VALUES ({id}, {value})")).await;
        }
        let shown =
            |table: &str| format!("SELECT string_agg(coalesce(v::text, '<null>'), '|' ORDER BY id) FROM {table}");
        let expected = bench.postgres.ask(&shown(&source)).await;
        for other in ["mysql", "sqlite"] {
            let back = format!("{source}_{other}");
            bench.postgres.run(&format!("CREATE TABLE {back} (LIKE {source})")).await;
            let there = bench.copy(("postgres", &source), (other, &source), json!({})).await;
            if there.outcome != RunOutcome::Succeeded {
                let told = there.failure();
                wrong.push(format!("{kind} → {other}: {} {:?}", told.message, told.why));
                continue;
            }
            let again = bench.copy((other, &source), ("postgres", &back), json!({})).await;
            if again.outcome != RunOutcome::Succeeded {
                let told = again.failure();
                wrong.push(format!("{other} → {kind}: {} {:?}", told.message, told.why));
                continue;
            }
            let found = bench.postgres.ask(&shown(&back)).await;
            if found != expected {
                wrong.push(format!("{kind} by {other}: {found} instead of {expected}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn unsigned_and_zoned_values_cross() {
    let bench = Bench::new().await;
    bench.mysql.run("CREATE TABLE u (id int PRIMARY KEY, v bigint unsigned)").await;
    bench.mysql.run("INSERT INTO u VALUES (1, 18446744073709551615), (2, 0), (3, NULL)").await;
    let ran = bench.copy(("mysql", "u"), ("postgres", "u"), json!({})).await;
    assert_eq!(ran.outcome, RunOutcome::Succeeded, "{:?}", ran.facts);
    assert_eq!(
        bench.postgres.ask("SELECT string_agg(coalesce(v::text, '-'), ' ' ORDER BY id) FROM u").await,
        "18446744073709551615 0 -"
    );
    let ran = bench.copy(("postgres", "u"), ("mysql", "back"), json!({})).await;
    assert_eq!(ran.outcome, RunOutcome::Succeeded, "{:?}", ran.facts);
    let back = bench.mysql_texts("SELECT CAST(v AS CHAR) FROM back ORDER BY id").await;
    assert_eq!(back, [Some("18446744073709551615".to_owned()), Some("0".to_owned()), None]);

    // A point in time is the same one, whatever zone a session shows it in.
    bench.postgres.run("CREATE TABLE z (id int PRIMARY KEY, v timestamptz); INSERT INTO z VALUES (1, '2024-02-29 12:00:00.123456+05:30'), (2, NULL)").await;
    for other in ["mysql", "sqlite"] {
        let ran = bench.copy(("postgres", "z"), (other, "z"), json!({})).await;
        assert_eq!(ran.outcome, RunOutcome::Succeeded, "{other}: {:?}", ran.facts);
        bench.postgres.run(&format!("CREATE TABLE z_{other} (LIKE z)")).await;
        let ran = bench.copy((other, "z"), ("postgres", &format!("z_{other}")), json!({})).await;
        assert_eq!(ran.outcome, RunOutcome::Succeeded, "{other}: {:?}", ran.facts);
        let same = format!("SELECT count(*) FROM z JOIN z_{other} b USING (id) WHERE z.v IS NOT DISTINCT FROM b.v");
        assert_eq!(bench.postgres.ask(&same).await, "2", "{other}");
    }
}

fn rejected(ran: &Ran) -> u64 {
    let rows = ran.facts.iter().filter_map(|fact| match fact {
        RunFact::StepRejected { rejected, .. } => Some(rejected.rows),
        _ => None,
    });
    rows.sum()
}

/// What a target has no value for: the step fails with row and column, or it is NULL, or the row is kept aside.
#[tokio::test(flavor = "multi_thread")]
async fn values_that_a_target_has_not_go_where_the_step_says() {
    let bench = Bench::new().await;
    for (number, (kind, value, target, definition)) in [
        ("float8", "'NaN'", "mysql", "double"),
        ("float8", "'-Infinity'", "mysql", "double"),
        ("int8", "3000000000", "mysql", "int"),
        ("numeric(20,0)", "18446744073709551616", "mysql", "bigint unsigned"),
        ("numeric(12,2)", "0.01", "mysql", "int"),
        ("text", "'toolong'", "mysql", "varchar(3)"),
        ("int8", "70000", "postgres", "int2"),
        ("text", "'x'", "postgres", "uuid"),
        ("numeric(12,2)", "12345.67", "postgres", "numeric(5,2)"),
        ("text", "'abcdef'", "postgres", "varchar(5)"),
    ]
    .into_iter()
    .enumerate()
    {
        let (source, into) = (format!("s{number}"), format!("t{number}"));
        bench.postgres.run(&format!("CREATE TABLE {source} (id int PRIMARY KEY, v {kind}); INSERT INTO {source} VALUES (1, NULL), (2, {value}), (3, NULL)")).await;
        let make = format!("CREATE TABLE {into} (id int PRIMARY KEY, v {definition})");
        match target {
            "mysql" => bench.mysql.run(&make).await,
            _ => bench.postgres.run(&make).await,
        }
        let what = format!("{kind} {value} → {target} {definition}");
        let copy = |on_error: &'static str| {
            bench.copy(("postgres", &source), (target, &into), json!({"on_error": on_error, "write_mode": "truncate"}))
        };
        let counts = || async {
            let sql = format!("SELECT concat(count(*), ' ', count(v)) FROM {into}");
            match target {
                "mysql" => bench.mysql_texts(&sql).await.remove(0).unwrap(),
                _ => bench.postgres.ask(&sql).await,
            }
        };
        let failed = copy("fail").await;
        assert_eq!(failed.outcome, RunOutcome::Failed, "{what}");
        let told = failed.failure();
        let text = format!("{} {}", told.message, told.why.clone().unwrap_or_default());
        assert!(text.contains('2') && text.contains('v') && told.fix.is_some(), "{what}: {told:?}");
        assert_eq!(counts().await, "0 0", "{what}");
        let null = copy("null").await;
        assert_eq!(null.outcome, RunOutcome::Succeeded, "{what}: {:?}", null.facts);
        assert_eq!(counts().await, "3 0", "{what}");
        let aside = copy("quarantine").await;
        assert_eq!(aside.outcome, RunOutcome::Succeeded, "{what}: {:?}", aside.facts);
        assert_eq!((counts().await.as_str(), rejected(&aside)), ("2 0", 1), "{what}");
    }
}

/// What SQLite is given in each of its declared types.
#[tokio::test(flavor = "multi_thread")]
async fn every_declared_type_of_sqlite_comes_back() {
    let bench = Bench::new().await;
    let types: &[(&str, &[&str])] = &[
        ("INTEGER", &["-9223372036854775808", "9223372036854775807", "0"]),
        ("BOOLEAN", &["0", "1"]),
        ("REAL", &["0.1", "-1.7976931348623157e308", "5e-324", "1e999", "-1e999"]),
        ("NUMERIC", &["0.5", "-7.25"]),
        ("DECIMAL(12,2)", &["1.25", "-9999999.99", "100"]),
        ("DATE", &["'0001-01-01'", "'2024-02-29'", "'9999-12-31'"]),
        ("TIME", &["'00:00:00'", "'23:59:59.999999'"]),
        ("DATETIME", &["'1969-12-31 23:59:59.999999'", "'2024-02-29 12:00:00'"]),
        ("TIMESTAMPTZ", &["'2024-02-29 12:00:00+00:00'"]),
        ("TEXT", &["''", "'NULL'", "'a''b\"c,d'", "'žluťoučký 🐎'", "char(9) || char(10)"]),
        ("VARCHAR(20)", &["'longer than it says, which SQLite does not mind'"]),
        ("JSON", &["'{\"b\": 1, \"a\": [null]}'"]),
        ("BLOB", &["x'00ff0a'", "x''"]),
    ];
    let mut wrong = Vec::new();
    for (number, (kind, values)) in types.iter().enumerate() {
        let (source, back) = (format!("s{number}"), format!("b{number}"));
        let conn = bench.sqlite();
        conn.execute_batch(&format!("CREATE TABLE {source} (id INTEGER PRIMARY KEY, v {kind}); CREATE TABLE {back} (id INTEGER PRIMARY KEY, v {kind})")).unwrap();
        for (id, value) in values.iter().chain(&["NULL"]).enumerate() {
            conn.execute_batch(&format!("INSERT INTO {source} VALUES ({id}, {value})")).unwrap();
        }
        let ran = bench.copy(("sqlite", &source), ("sqlite", &back), json!({})).await;
        if ran.outcome != RunOutcome::Succeeded {
            let told = ran.failure();
            wrong.push(format!("{kind}: {} {:?}", told.message, told.why));
            continue;
        }
        let sql = format!(
            "SELECT group_concat(quote(a.v) || ' ' || quote(b.v), '; ') FROM {source} a JOIN {back} b USING (id) WHERE a.v IS NOT b.v"
        );
        let different: Option<String> = conn.query_row(&sql, [], |row| row.get(0)).unwrap();
        wrong.extend(different.map(|different| format!("{kind}: {different}")));
    }
    assert_eq!(wrong, Vec::<String>::new(), "{wrong:#?}");
}
