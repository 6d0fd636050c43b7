//! Reading only what came since the last run: real databases, and the state that is kept of it.

use pipesmith::pipeline::compile::ManifestStep;
use pipesmith::pipeline::run::cursor::Cursors;
use pipesmith::pipeline::run::{Extent, Job, LocalEngine, RunFact, RunOutcome, perform};
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::databases::{Mysql, Postgres, workspace};
use crate::engine::{Ran, job, sql, step, write};

/// A workspace with a database of each system, one for reading and one for writing where there are two.
struct Bench {
    postgres: Postgres,
    mysql: Mysql,
    dir: tempfile::TempDir,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum System {
    Postgres,
    Mysql,
    Sqlite,
}

impl Bench {
    async fn new() -> Bench {
        let (postgres, mysql, dir) = workspace().await;
        Bench { postgres, mysql, dir }
    }

    fn sqlite(&self) -> Connection {
        Connection::open(self.dir.path().join("shop.db")).unwrap()
    }

    async fn exec(&self, system: System, sql: &str) {
        match system {
            System::Postgres => self.postgres.run(sql).await,
            System::Mysql => {
                for one in sql.split(';').filter(|one| !one.trim().is_empty()) {
                    self.mysql.run(one).await;
                }
            }
            System::Sqlite => self.sqlite().execute_batch(sql).unwrap(),
        }
    }

    /// All rows of the target, as one text.
    async fn rows(&self, system: System, table: &str) -> String {
        match system {
            System::Postgres => {
                let sql = format!(
                    "SELECT coalesce(string_agg(id || ':' || coalesce(note, '-'), ' ' ORDER BY id, note), '') FROM {table}"
                );
                self.postgres.ask(&sql).await
            }
            System::Mysql => {
                use mysql_async::prelude::Queryable;
                let mut conn = mysql_async::Conn::from_url(self.mysql.dsn()).await.unwrap();
                let sql = format!(
                    "SELECT COALESCE(GROUP_CONCAT(CONCAT(id, ':', COALESCE(note, '-')) ORDER BY id, note SEPARATOR ' '), '') FROM {table}"
                );
                let text: Option<String> = conn.query_first(sql).await.unwrap();
                conn.disconnect().await.unwrap();
                text.unwrap_or_default()
            }
            System::Sqlite => {
                let sql = format!(
                    "SELECT coalesce(group_concat(id || ':' || coalesce(note, '-'), ' '), '') FROM (SELECT * FROM {table} ORDER BY id, note)"
                );
                self.sqlite().query_row(&sql, [], |row| row.get(0)).unwrap()
            }
        }
    }

    fn from(&self, system: System, incremental: Value) -> ManifestStep {
        let mut step = match system {
            System::Postgres => {
                step("read", "postgres.extractor", &[], json!({"connection": "@postgres.db", "table": "src"}))
            }
            System::Mysql => step("read", "mysql.extractor", &[], json!({"connection": "@mysql.db", "table": "src"})),
            System::Sqlite => step("read", "sqlite.extractor", &[], json!({"path": "shop.db", "table": "src"})),
        };
        step.incremental = Some(incremental);
        step
    }

    fn to(&self, system: System, mode: &str) -> ManifestStep {
        let mut config = json!({"table": "dst", "write_mode": mode, "create_if_missing": true});
        if mode == "upsert" {
            config["primary_key"] = json!(["id"]);
        }
        let component = match system {
            System::Postgres => {
                config["connection"] = "@postgres.db".into();
                "postgres.writer"
            }
            System::Mysql => {
                config["connection"] = "@mysql.db".into();
                "mysql.writer"
            }
            System::Sqlite => {
                config["path"] = "shop.db".into();
                "sqlite.writer"
            }
        };
        step("write", component, &["read"], config)
    }

    fn job(&self, steps: Vec<ManifestStep>) -> Job {
        job(self.dir.path(), steps)
    }

    /// Runs with all that is kept of it.
    async fn run(&self, steps: Vec<ManifestStep>) -> Ran {
        self.perform(self.job(steps)).await
    }

    async fn perform(&self, job: Job) -> Ran {
        let mut facts = Vec::new();
        let outcome = perform(&LocalEngine, job, CancellationToken::new(), |fact| facts.push(fact)).await;
        Ran { outcome, facts }
    }

    fn kept(&self) -> Cursors {
        Cursors::load(self.dir.path(), "test").unwrap()
    }
}

/// From, to, rows without a value, and where it is kept.
fn moved(ran: &Ran) -> Option<(Option<Value>, Option<Value>, u64, String)> {
    ran.facts.iter().find_map(|fact| match fact {
        RunFact::CursorMoved { from, to, nulls, kept, .. } => Some((from.clone(), to.clone(), *nulls, kept.clone())),
        _ => None,
    })
}

#[track_caller]
fn succeeded(ran: &Ran) {
    assert_eq!(ran.outcome, RunOutcome::Succeeded, "{:#?}", ran.facts);
}

const PAIRS: [(System, System); 4] = [
    (System::Postgres, System::Postgres),
    (System::Mysql, System::Postgres),
    (System::Sqlite, System::Sqlite),
    (System::Postgres, System::Mysql),
];

#[tokio::test]
async fn rows_come_once_and_those_of_the_last_moment_are_not_lost() {
    for (source, target) in PAIRS {
        let bench = Bench::new().await;
        let at = match source {
            System::Postgres => "timestamptz",
            System::Mysql => "datetime(6)",
            System::Sqlite => "text",
        };
        bench.exec(source, &format!("CREATE TABLE src (id int PRIMARY KEY, note varchar(20), changed {at})")).await;
        bench
            .exec(source, "INSERT INTO src VALUES (1, 'a', '2026-01-01 10:00:00'), (2, 'b', '2026-01-01 10:00:01.5'), (3, 'null', NULL)")
            .await;
        let steps = || vec![bench.from(source, json!({"cursor": "changed"})), bench.to(target, "upsert")];

        let ran = bench.run(steps()).await;
        succeeded(&ran);
        let (from, to, nulls, kept) = moved(&ran).unwrap();
        assert_eq!((from, nulls), (None, 1), "{source:?}");
        assert!(kept.ends_with("dst") && to.is_some(), "{kept}");
        assert_eq!(bench.rows(target, "dst").await, "1:a 2:b", "{source:?} to {target:?}");

        // A row of the same moment, committed after the run, a change, and a row from before that nobody sees.
        bench
            .exec(source, "INSERT INTO src VALUES (4, 'same', '2026-01-01 10:00:01.5'), (5, 'late', '2025-01-01 00:00:00'); UPDATE src SET note = 'new', changed = '2026-01-02 00:00:00' WHERE id = 1")
            .await;
        let ran = bench.run(steps()).await;
        succeeded(&ran);
        // The one with the last value came again.
        assert_eq!(ran.end_of("read"), "finished 0→3", "{source:?}");
        assert_eq!(moved(&ran).unwrap().0, to);
        assert_eq!(bench.rows(target, "dst").await, "1:new 2:b 4:same", "{source:?} to {target:?}");

        // Nothing new: only the last comes again, and the state stays.
        let before = moved(&ran).unwrap().1;
        let ran = bench.run(steps()).await;
        assert_eq!(ran.end_of("read"), "finished 0→1");
        assert_eq!(moved(&ran).unwrap().1, before);

        // A lag finds what came late, and `nulls` what has no value.
        let late = json!({"cursor": "changed", "lag": "400d", "nulls": "read"});
        let ran = bench.run(vec![bench.from(source, late), bench.to(target, "upsert")]).await;
        succeeded(&ran);
        assert_eq!(bench.rows(target, "dst").await, "1:new 2:b 3:null 4:same 5:late", "{source:?} to {target:?}");
    }
}

#[tokio::test]
async fn an_exclusive_boundary_appends_each_row_once() {
    for (source, target) in PAIRS {
        let bench = Bench::new().await;
        bench.exec(source, "CREATE TABLE src (id bigint PRIMARY KEY, note varchar(20))").await;
        bench.exec(source, "INSERT INTO src VALUES (1, 'a'), (2, 'b'), (9, 'c')").await;
        let steps = || {
            let incremental = json!({"cursor": "id", "boundary": "exclusive", "start": 2});
            vec![bench.from(source, incremental), bench.to(target, "append")]
        };
        for _ in 0..2 {
            succeeded(&bench.run(steps()).await);
            assert_eq!(bench.rows(target, "dst").await, "2:b 9:c", "{source:?} to {target:?}");
        }
        bench.exec(source, "INSERT INTO src VALUES (10, 'd')").await;
        succeeded(&bench.run(steps()).await);
        assert_eq!(bench.rows(target, "dst").await, "2:b 9:c 10:d", "{source:?} to {target:?}");
        // The same state counts for another workspace: the target keeps it.
        std::fs::remove_dir_all(bench.dir.path().join(".pipesmith")).unwrap();
        let ran = bench.run(steps()).await;
        assert_eq!(ran.end_of("read"), "finished 0→0");
        assert_eq!(bench.rows(target, "dst").await, "2:b 9:c 10:d");
    }
}

#[tokio::test]
async fn a_run_that_fails_or_only_tries_leaves_the_state_as_it_was() {
    let bench = Bench::new().await;
    bench
        .exec(System::Postgres, "CREATE TABLE src (id int PRIMARY KEY, note text); INSERT INTO src VALUES (1, 'a')")
        .await;
    let along = json!({"cursor": "id", "boundary": "exclusive"});
    let steps = || vec![bench.from(System::Postgres, along.clone()), bench.to(System::Postgres, "append")];
    succeeded(&bench.run(steps()).await);
    bench.exec(System::Postgres, "INSERT INTO src VALUES (2, 'b')").await;
    let state = "SELECT value FROM _pipesmith_state WHERE pipeline = 'test' AND step = 'read'";
    assert_eq!(bench.postgres.ask(state).await, "\"1\"");

    // A check fails the write: its rows and the state go back together.
    let mut failing = steps();
    failing[1].expect = vec![json!({"check": "row_count", "min": 5})];
    let ran = bench.run(failing).await;
    assert_eq!((ran.outcome, moved(&ran)), (RunOutcome::Failed, None));
    // Trying moves nothing, either.
    for extent in [Extent { dry: true, ..Extent::default() }, Extent { limit: Some(1), ..Extent::default() }] {
        let dry = extent.dry;
        let ran = bench.perform(Job { extent, ..bench.job(steps()) }).await;
        succeeded(&ran);
        assert_eq!(moved(&ran), None);
        if !dry {
            bench.exec(System::Postgres, "DELETE FROM dst WHERE id = 2").await;
        }
    }
    assert_eq!(bench.postgres.ask(state).await, "\"1\"");
    succeeded(&bench.run(steps()).await);
    assert_eq!(bench.rows(System::Postgres, "dst").await, "1:a 2:b");
    assert_eq!(bench.postgres.ask(state).await, "\"2\"");
}

#[tokio::test]
async fn two_runs_at_the_same_time_do_not_write_the_same_rows() {
    let bench = Bench::new().await;
    bench.exec(System::Postgres, "CREATE TABLE src (id int PRIMARY KEY, note text); INSERT INTO src SELECT n, 'x' FROM generate_series(1, 2000) n").await;
    let along = json!({"cursor": "id", "boundary": "exclusive"});
    let steps = || vec![bench.from(System::Postgres, along.clone()), bench.to(System::Postgres, "append")];
    bench.exec(System::Postgres, "CREATE TABLE dst (id int, note text)").await;
    let (one, two) = tokio::join!(bench.run(steps()), bench.run(steps()));
    let good = [&one, &two].iter().filter(|ran| ran.outcome == RunOutcome::Succeeded).count();
    assert!(good >= 1, "{:?} {:?}", one.facts, two.facts);
    for ran in [&one, &two] {
        if ran.outcome != RunOutcome::Succeeded {
            assert_eq!(ran.failure().code, "cursor-moved");
        }
    }
    assert_eq!(bench.postgres.ask("SELECT count(*) || ' ' || count(DISTINCT id) FROM dst").await, "2000 2000");
}

#[tokio::test]
async fn the_workspace_keeps_what_no_target_does() {
    let bench = Bench::new().await;
    bench
        .exec(
            System::Sqlite,
            "CREATE TABLE src (id INTEGER PRIMARY KEY, note TEXT); INSERT INTO src VALUES (1, 'a'), (2, 'b')",
        )
        .await;
    let along = json!({"cursor": "id", "boundary": "exclusive"});
    let query = "SELECT id, note FROM read";
    let steps = || {
        vec![
            bench.from(System::Sqlite, along.clone()),
            sql("same", &["read"], query),
            write("one", "same", "one.csv"),
            write("two", "read", "two.csv"),
        ]
    };
    let text = |name: &str| std::fs::read_to_string(bench.dir.path().join(name)).unwrap();
    let ran = bench.run(steps()).await;
    succeeded(&ran);
    assert_eq!(moved(&ran).unwrap().3, "workspace");
    assert_eq!(bench.kept().steps["read"].value, Some(json!(2)));
    bench.exec(System::Sqlite, "INSERT INTO src VALUES (7, 'c')").await;
    // One of the writes fails: the state stays, although the other was done.
    let mut failing = steps();
    failing[2].config.insert("path".into(), json!("one.csv/no"));
    assert_eq!(bench.run(failing).await.outcome, RunOutcome::Failed);
    assert_eq!(bench.kept().steps["read"].value, Some(json!(2)));
    succeeded(&bench.run(steps()).await);
    assert_eq!((text("one.csv"), text("two.csv")), ("id,note\n7,c\n".to_owned(), "id,note\n7,c\n".to_owned()));
    assert_eq!(bench.kept().steps["read"].value, Some(json!(7)));
    // From the beginning: asked for once, or by a reset that counts until a run has written.
    let fresh = Extent { fresh: true, ..Extent::default() };
    succeeded(&bench.perform(Job { extent: fresh, ..bench.job(steps()) }).await);
    assert_eq!(text("two.csv"), "id,note\n1,a\n2,b\n7,c\n");
    let mut kept = bench.kept();
    assert_eq!(kept.reset(Some("read"), "now"), 1);
    kept.save(bench.dir.path()).unwrap();
    succeeded(&bench.run(steps()).await);
    assert_eq!(text("two.csv"), "id,note\n1,a\n2,b\n7,c\n");
    succeeded(&bench.run(steps()).await);
    assert_eq!(text("two.csv"), "id,note\n");
}

#[tokio::test]
async fn a_reset_counts_also_where_a_target_keeps_the_state() {
    for target in [System::Postgres, System::Mysql, System::Sqlite] {
        let bench = Bench::new().await;
        bench
            .exec(
                System::Sqlite,
                "CREATE TABLE src (id INTEGER PRIMARY KEY, note TEXT); INSERT INTO src VALUES (1, 'a')",
            )
            .await;
        let steps = || vec![bench.from(System::Sqlite, json!({"cursor": "id"})), bench.to(target, "upsert")];
        succeeded(&bench.run(steps()).await);
        bench.exec(System::Sqlite, "INSERT INTO src VALUES (-5, 'before')").await;
        succeeded(&bench.run(steps()).await);
        assert_eq!(bench.rows(target, "dst").await, "1:a");
        let mut kept = bench.kept();
        kept.reset(None, "now");
        kept.save(bench.dir.path()).unwrap();
        succeeded(&bench.run(steps()).await);
        assert_eq!(bench.rows(target, "dst").await, "-5:before 1:a", "{target:?}");
        assert!(!bench.kept().steps["read"].reset);
    }
}

#[tokio::test]
async fn queries_and_odd_columns() {
    for source in [System::Postgres, System::Mysql, System::Sqlite] {
        let bench = Bench::new().await;
        bench.exec(source, "CREATE TABLE src (id int PRIMARY KEY, note varchar(20), ratio double precision, amount decimal(12, 2))").await;
        bench.exec(source, "INSERT INTO src VALUES (1, 'a''b', 0.5, 1.25), (2, 'c', 1.5, 10.50)").await;
        let read = |incremental: Value, config: Value| {
            let mut step = bench.from(source, incremental);
            for (key, value) in config.as_object().unwrap() {
                step.config.insert(key.clone(), value.clone());
            }
            vec![step, bench.to(System::Sqlite, "upsert")]
        };
        let query = || json!({"table": null, "query": "SELECT id, note, amount FROM src -- all\n;"});
        succeeded(&bench.run(read(json!({"cursor": "amount"}), query())).await);
        bench.exec(source, "INSERT INTO src VALUES (3, 'd', 0, 9.99), (4, 'e', 0, 10.51)").await;
        let ran = bench.run(read(json!({"cursor": "amount"}), query())).await;
        assert_eq!(ran.end_of("read"), "finished 0→2", "{source:?} {:?}", ran.facts);
        // A text with a quote in it comes back as it went; a condition of the step's own counts too.
        for expected in ["finished 0→3", "finished 0→1"] {
            let own = json!({"table": "src", "where": "id < 4", "columns": ["id", "note", "amount"]});
            let mut steps = read(json!({"cursor": "note"}), own);
            steps[0].id = "by_note".into();
            steps[1].needs = vec!["by_note".into()];
            assert_eq!(bench.run(steps).await.end_of("by_note"), expected, "{source:?}");
        }
        if source != System::Sqlite {
            let ran = bench.run(read(json!({"cursor": "ratio"}), json!({}))).await;
            assert_eq!(ran.failure().code, "cursor-type", "{source:?}");
        }
        for hostile in ["x\" OR 1=1 --", "x` OR 1=1 -- ", "nowhere"] {
            let ran = bench.run(read(json!({"cursor": hostile}), json!({}))).await;
            assert_eq!(ran.outcome, RunOutcome::Failed, "{source:?} {hostile}");
        }
        let cut = bench.run(read(json!({"cursor": "id"}), json!({"limit": 1}))).await;
        assert_eq!(cut.failure().code, "incremental-limit");
    }
}
