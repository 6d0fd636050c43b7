//! MySQL and MariaDB, read and written through the local engine on a real server.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use mysql_async::prelude::{FromRow, Queryable};
use pipesmith::connect::Connections;
use pipesmith::diagnostic::Diagnostic;
use pipesmith::pipeline::compile::{Fingerprints, Manifest, ManifestStep};
use pipesmith::pipeline::run::{Engine, Job, Limits, LocalEngine, RunFact, new_run_id};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::databases::Mysql;

/// A workspace with a connection to a database of its own.
struct Bench {
    dir: tempfile::TempDir,
    db: Mysql,
}

impl Bench {
    async fn new() -> Bench {
        let (dir, db) = (tempfile::tempdir().unwrap(), Mysql::new().await);
        let file = format!("version: 1\nconnections: {{mysql: {{a: {{{}}}}}}}\n", db.fields());
        std::fs::write(dir.path().join("pipesmith_connections.yaml"), file).unwrap();
        Bench { dir, db }
    }

    fn root(&self) -> &Path {
        self.dir.path()
    }

    fn file(&self, name: &str, text: &str) {
        std::fs::write(self.root().join(name), text).unwrap();
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.root().join(name)).unwrap()
    }

    async fn rows<T: FromRow + Send + 'static>(&self, sql: &str) -> Vec<T> {
        let mut conn = mysql_async::Conn::from_url(self.db.dsn()).await.unwrap();
        let rows = conn.query(sql).await.unwrap();
        conn.disconnect().await.unwrap();
        rows
    }

    async fn texts(&self, sql: &str) -> Vec<String> {
        self.rows::<Option<String>>(sql).await.into_iter().map(|text| text.unwrap_or("NULL".into())).collect()
    }

    async fn tables(&self) -> Vec<String> {
        let mut names = self.texts("SHOW TABLES").await;
        names.sort();
        names
    }

    fn job(&self, steps: Vec<ManifestStep>, run: &str) -> Job {
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
        let spill_dir = self.root().join(".spill");
        std::fs::create_dir_all(&spill_dir).unwrap();
        Job {
            manifest: Arc::new(manifest),
            root: self.root().to_owned(),
            run: run.to_owned(),
            connections: Arc::new(Connections::load(self.root()).0),
            limits: Limits { memory_bytes: 256 << 20, spill_dir, ..Limits::default() },
            extent: Default::default(),
        }
    }

    /// Reads into `out.csv`.
    async fn read(&self, config: Value) -> Result<String, Diagnostic> {
        let steps = vec![
            step("r", "mysql.extractor", "read", &[], with(config)),
            step("w", "filesystem.csv_writer", "write", &["r"], json!({"path": "out.csv"})),
        ];
        run(self.job(steps, &new_run_id()), |_, _| {}).await?;
        Ok(self.text("out.csv"))
    }

    /// Writes a CSV text.
    async fn write(&self, csv: &str, config: Value) -> Result<u64, Diagnostic> {
        self.write_as(csv, json!({}), config, &new_run_id()).await
    }

    async fn write_as(&self, csv: &str, mut reading: Value, config: Value, run_id: &str) -> Result<u64, Diagnostic> {
        self.file("in.csv", csv);
        reading["path"] = json!("in.csv");
        let steps = vec![
            step("r", "filesystem.csv_extractor", "read", &[], reading),
            step("w", "mysql.writer", "write", &["r"], with(config)),
        ];
        let ends = run(self.job(steps, run_id), |_, _| {}).await?;
        Ok(ends["w"])
    }
}

fn with(mut config: Value) -> Value {
    config["connection"] = json!("@mysql.a");
    config
}

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

/// Rows that each step handed on or wrote; else what went wrong.
async fn run(job: Job, each: impl Fn(&RunFact, &CancellationToken)) -> Result<BTreeMap<String, u64>, Diagnostic> {
    let (sink, mut facts) = tokio::sync::mpsc::unbounded_channel();
    let cancel = CancellationToken::new();
    let token = cancel.clone();
    let running = tokio::spawn(async move { LocalEngine.run(job, sink, token).await });
    let (mut ends, mut wrong) = (BTreeMap::new(), None);
    while let Some(fact) = facts.recv().await {
        each(&fact, &cancel);
        match fact {
            RunFact::StepFinished { step, rows_out, .. } => drop(ends.insert(step, rows_out)),
            RunFact::StepFailed { diagnostic, .. } => wrong = wrong.or(Some(diagnostic)),
            _ => {}
        }
    }
    running.await.unwrap();
    wrong.map_or(Ok(ends), |diagnostic| Err(*diagnostic))
}

fn told(diagnostic: &Diagnostic) -> String {
    format!("{} {}", diagnostic.message, diagnostic.why.as_deref().unwrap_or_default())
}

/// Every type, at the ends of its range.
const TYPES: &str = "CREATE TABLE types (id INT PRIMARY KEY, ti TINYINT, tu TINYINT UNSIGNED, si SMALLINT, \
    su SMALLINT UNSIGNED, mi MEDIUMINT, mu MEDIUMINT UNSIGNED, ii INT, iu INT UNSIGNED, bi BIGINT, \
    bu BIGINT UNSIGNED, d1 DECIMAL(12,2), d2 DECIMAL(65,30), f FLOAT, db DOUBLE, b1 BIT(1), b64 BIT(64), \
    da DATE, tm TIME(6), dt DATETIME(6), ts TIMESTAMP(6) NULL, yr YEAR, ch CHAR(5), vc VARCHAR(50), \
    tx LONGTEXT, bn BINARY(3), vb VARBINARY(10), bl LONGBLOB, js JSON, en ENUM('a','b','1'), st SET('x','y')) \
    CHARACTER SET utf8mb4";
const VALUES: &str = "INSERT INTO types VALUES \
    (1, -128, 255, -32768, 65535, -8388608, 16777215, -2147483648, 4294967295, -9223372036854775808, \
     18446744073709551615, -9999999999.99, 99999999999999999999999999999999999.999999999999999999999999999999, \
     16777215, 1.7976931348623157e308, 1, 0xFFFFFFFFFFFFFFFF, '0001-01-01', '23:59:59.999999', \
     '9999-12-31 23:59:59.999999', '2037-12-31 23:59:59.999999', 2155, 'ab', 'NULL', 'a\\tb\\nc\\\\d\\'\"😀', \
     'abc', 0x00FF, 0x00010203FF0A095C, '{\"a\": 1}', '1', 'x,y'), \
    (2, 127, 0, 32767, 0, 8388607, 0, 2147483647, 0, 9223372036854775807, 0, 0.01, -0.000000000000000000000000000001, \
     0.1, -0.1, 0, 0, '1970-01-01', '00:00:00', '1000-01-01 00:00:00', '1970-01-01 00:00:01', 1901, '', '', '', \
     '', '', '', '[]', 'a', ''), \
    (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, \
     NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)";

/// All values as the server shows them: what came back has to be the same.
fn shown(table: &str) -> String {
    format!(
        "SELECT CONCAT_WS('|', id, IFNULL(ti,'~'), IFNULL(tu,'~'), IFNULL(si,'~'), IFNULL(su,'~'), IFNULL(mi,'~'), \
         IFNULL(mu,'~'), IFNULL(ii,'~'), IFNULL(iu,'~'), IFNULL(bi,'~'), IFNULL(bu,'~'), IFNULL(d1,'~'), \
         IFNULL(d2,'~'), IFNULL(f + 0e0,'~'), IFNULL(db,'~'), IFNULL(b1+0,'~'), IFNULL(b64+0,'~'), IFNULL(da,'~'), \
         IFNULL(tm,'~'), IFNULL(dt,'~'), IFNULL(ts,'~'), IFNULL(yr,'~'), IFNULL(ch,'~'), IFNULL(vc,'~'), \
         IFNULL(tx,'~'), IFNULL(HEX(bn),'~'), IFNULL(HEX(vb),'~'), IFNULL(HEX(bl),'~'), IFNULL(js,'~'), \
         IFNULL(en,'~'), IFNULL(st,'~')) FROM {table} ORDER BY id"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_comes_back_as_it_was() {
    let bench = Bench::new().await;
    bench.db.run(TYPES).await;
    bench.db.run(VALUES).await;
    let expected = bench.texts(&shown("types")).await;
    assert_eq!(expected.len(), 3);
    for (target, how) in [("loaded", "auto"), ("inserted", "insert")] {
        bench.db.run(&format!("CREATE TABLE {target} LIKE types")).await;
        let steps = vec![
            step("r", "mysql.extractor", "read", &[], with(json!({"table": "types"}))),
            step("w", "mysql.writer", "write", &["r"], with(json!({"table": target, "bulk": how}))),
        ];
        let ends = run(bench.job(steps, &new_run_id()), |_, _| {}).await.unwrap();
        assert_eq!(ends["w"], 3);
        assert_eq!(bench.texts(&shown(target)).await, expected, "{target}");
    }
    // The same through a query, whose floats come by the binary protocol, into a table that is made.
    let steps = vec![
        step("r", "mysql.extractor", "read", &[], with(json!({"query": "SELECT * FROM types"}))),
        step(
            "w",
            "mysql.writer",
            "write",
            &["r"],
            with(json!({"table": "made", "create_if_missing": true, "primary_key": "id"})),
        ),
    ];
    run(bench.job(steps, &new_run_id()), |_, _| {}).await.unwrap();
    assert_eq!(bench.texts(&shown("made")).await, expected);
    assert_eq!(bench.tables().await, ["_pipesmith_runs", "inserted", "loaded", "made", "types"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_for_is_pushed_to_the_server() {
    let bench = Bench::new().await;
    bench.db.run("CREATE TABLE `or``ders` (id INT PRIMARY KEY, `na me` VARCHAR(20), amount DECIMAL(6,2))").await;
    bench.db.run("INSERT INTO `or``ders` VALUES (1,'a',5),(2,'b',7.5),(3,NULL,9),(4,'',1)").await;
    let table = "or`ders";
    let config = json!({"table": table, "columns": ["na me", "ID"], "where": "amount > 2 -- all\n", "order": ["amount desc"], "limit": 2, "offset": 1});
    assert_eq!(bench.read(config).await.unwrap(), "na me,id\nb,2\na,1\n");
    assert_eq!(
        bench.read(json!({"table": table, "columns": ["id"], "order": ["id"]})).await.unwrap(),
        "id\n1\n2\n3\n4\n"
    );
    // NULL and '' stay apart.
    let both = json!({"table": table, "columns": ["na me", "id"], "where": "id > 2", "order": ["id"]});
    assert_eq!(bench.read(both).await.unwrap(), "na me,id\n,3\n\"\",4\n");
    let query = json!({"query": "SELECT id FROM `or``ders` ORDER BY id DESC", "limit": 2, "offset": 1});
    assert_eq!(bench.read(query).await.unwrap(), "id\n3\n2\n");

    let wrong = bench.read(json!({"table": "or`dersx"})).await.unwrap_err();
    assert_eq!(wrong.code, "table-missing");
    assert!(wrong.fix.unwrap().text.contains("or`ders"));
    let wrong = bench.read(json!({"table": table, "columns": ["idd"]})).await.unwrap_err();
    assert_eq!((wrong.code.as_str(), wrong.path.as_deref()), ("unknown-column", Some("steps[r].config.columns")));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_else_can_be_made_of_what_is_read() {
    let bench = Bench::new().await;
    bench.db.run("CREATE TABLE a (id INT)").await;
    bench.db.run("INSERT INTO a VALUES (1)").await;
    for query in
        ["SELECT 1; DROP TABLE a", "DROP TABLE a", "DELETE FROM a", "INSERT INTO a VALUES (2)", "COMMIT; DELETE FROM a"]
    {
        let wrong = bench.read(json!({"query": query})).await.unwrap_err();
        assert!(matches!(wrong.code.as_str(), "mysql-error" | "column-type"), "{query}: {wrong:?}");
    }
    for filter in ["1=1); DROP TABLE a; -- ", "1) OR (1=1); DELETE FROM a #"] {
        assert!(bench.read(json!({"table": "a", "where": filter})).await.is_err(), "{filter}");
    }
    for table in ["a`; DROP TABLE a; -- ", "a` WHERE 0 UNION SELECT 2 -- "] {
        assert_eq!(bench.read(json!({"table": table})).await.unwrap_err().code, "table-missing");
        assert_eq!(bench.write("id\n1\n", json!({"table": table})).await.unwrap_err().code, "table-missing");
    }
    assert!(bench.read(json!({"table": "a", "order": ["id; DROP TABLE a"]})).await.is_err());
    assert_eq!(bench.texts("SELECT id FROM a").await, ["1"]);

    // Names and values that look like SQL are made and written as what they are.
    let name = "x`); DROP TABLE a; -- x";
    let csv = "\"id`, `b\"\n'); DROP TABLE a; --\n\\\n\\N\n\"\"\n";
    let config = json!({"table": name, "create_if_missing": true});
    assert_eq!(bench.write(csv, config).await.unwrap(), 4);
    let read = bench.texts(&format!("SELECT `id``, ``b` FROM `{}`", name.replace('`', "``"))).await;
    assert_eq!(read, ["'); DROP TABLE a; --", "\\", "\\N", ""]);
    assert_eq!(bench.texts("SELECT id FROM a").await, ["1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn values_without_a_place_are_named() {
    let bench = Bench::new().await;
    bench.db.run("CREATE TABLE z (id INT, d DATE, t TIME, g POINT)").await;
    bench.db.run("SET sql_mode = ''; INSERT INTO z VALUES (1, '2024-01-01', '10:00:00', NULL), (2, '0000-00-00', '100:00:00', NULL)").await;
    let wrong = bench.read(json!({"table": "z"})).await.unwrap_err();
    assert_eq!(wrong.code, "column-type");
    assert!(told(&wrong).contains("`g`: a geometry"), "{wrong:?}");
    let date = json!({"table": "z", "columns": ["id", "d"]});
    let wrong = bench.read(date.clone()).await.unwrap_err();
    assert!(wrong.message.starts_with("row 2, column `d`:"), "{wrong:?}");
    let mut nulls = date;
    nulls["zero_dates"] = json!("null");
    assert_eq!(bench.read(nulls).await.unwrap(), "id,d\n1,2024-01-01\n2,\n");
    let time = json!({"table": "z", "columns": ["id", "t"]});
    assert!(bench.read(time.clone()).await.unwrap_err().message.starts_with("row 2, column `t`:"));
    let mut nulls = time;
    nulls["on_error"] = json!("null");
    assert_eq!(bench.read(nulls).await.unwrap(), "id,t\n1,10:00:00\n2,\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_added_and_nothing_is_changed_on_the_way() {
    let bench = Bench::new().await;
    bench.db.run("CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(5), amount DECIMAL(6,2), at DATETIME, ok TINYINT(1))").await;
    let csv = "id,name,amount,at,ok\n0,,1.50,2024-05-01 10:00:00,true\n7,\"\",2.25,2024-05-02 11:30:00,false\n8,NULL,-3.75,,\n";
    assert_eq!(bench.write(csv, json!({"table": "t"})).await.unwrap(), 3);
    let all = "SELECT CONCAT_WS('|', id, IFNULL(name,'~'), amount, IFNULL(at,'~'), IFNULL(ok,'~')) FROM t ORDER BY id";
    let expected = ["0|~|1.50|2024-05-01 10:00:00|1", "7||2.25|2024-05-02 11:30:00|0", "8|NULL|-3.75|~|~"];
    assert_eq!(bench.texts(all).await, expected);
    // Each of these MySQL would have changed silently, or with a warning.
    let wrong = [
        ("id,name\n9,good\n10,toolong\n", "row 2", "name"),
        ("id,amount\n9,1.00\n10,1.005\n", "row 2", "amount"),
        ("id,amount\n9,12345.67\n", "row 1", "amount"),
        ("id,at\n9,2024-05-01 10:00:00.5\n", "row 1", "at"),
        ("id,ok\n9,300\n", "row 1", "ok"),
        ("id,name\n9,a\n,b\n", "row 2", "id"),
    ];
    for (csv, row, column) in wrong {
        let wrong = bench.write(csv, json!({"table": "t"})).await.unwrap_err();
        let text = told(&wrong);
        assert!(text.contains(row) && text.contains(column), "{csv}: {wrong:?}");
        assert_eq!(bench.texts(all).await, expected, "{csv}");
    }
    // `amount` of a CSV file is a binary number here; texts are read strictly too.
    assert_eq!(bench.write("id,amount\n1,\n", json!({"table": "t"})).await.unwrap(), 1);
    bench.db.run("DELETE FROM t WHERE id = 1").await;
    let wrong = bench.write("id,amount\n9,1.5\n10,1.5x\n", json!({"table": "t"})).await.unwrap_err();
    assert!(wrong.message.starts_with("row 2, column `amount`: `1.5x`"), "{wrong:?}");
    let wrong = bench.write("id,name\n9,a\n7,b\n", json!({"table": "t"})).await.unwrap_err();
    assert_eq!(wrong.code, "key-exists", "{wrong:?}");
    assert!(told(&wrong).contains("'7'"), "{wrong:?}");
    let wrong = bench.write("id,nmae\n9,a\n", json!({"table": "t"})).await.unwrap_err();
    assert_eq!(wrong.code, "column-plan");
    assert!(told(&wrong).contains("nmae"), "{wrong:?}");
    assert_eq!(bench.texts(all).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_replaced_or_emptied_at_once() {
    let bench = Bench::new().await;
    bench.db.run("CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(20), KEY by_name (name))").await;
    bench.db.run("INSERT INTO t VALUES (1,'old'),(2,'old')").await;
    for mode in ["replace", "truncate"] {
        let config = json!({"table": "t", "write_mode": mode, "primary_key": "id"});
        assert_eq!(bench.write("id,name\n2,new\n3,new\n", config.clone()).await.unwrap(), 2, "{mode}");
        assert_eq!(bench.texts("SELECT CONCAT(id, name) FROM t ORDER BY id").await, ["2new", "3new"]);
        // Half of the rows are good: the table stays as it was.
        let wrong = bench.write("id,name\n5,a\n5,b\n", config).await.unwrap_err();
        assert_eq!(wrong.code, "duplicate-keys");
        assert_eq!(bench.texts("SELECT CONCAT(id, name) FROM t ORDER BY id").await, ["2new", "3new"]);
        assert_eq!(bench.tables().await, ["_pipesmith_runs", "t"], "{mode}");
    }
    let keys = bench.texts("SELECT DISTINCT INDEX_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 't' ORDER BY 1").await;
    assert_eq!(keys, ["by_name", "PRIMARY"]);
    // Triggers would stay with the old table.
    bench.db.run("CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.name = UPPER(NEW.name)").await;
    let config = json!({"table": "t", "write_mode": "replace", "primary_key": "id"});
    assert_eq!(bench.write("id,name\n9,x\n", config).await.unwrap_err().code, "replace-bound");
    // What takes nothing back is only replaced.
    bench.db.run("CREATE TABLE m (id INT) ENGINE=MyISAM").await;
    assert_eq!(bench.write("id\n1\n", json!({"table": "m"})).await.unwrap_err().code, "target-not-transactional");
    assert_eq!(
        bench.write("id\n1\n", json!({"table": "m", "write_mode": "replace", "primary_key": "id"})).await.unwrap(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_changed_by_their_key() {
    let bench = Bench::new().await;
    bench.db.run("CREATE TABLE t (n INT AUTO_INCREMENT PRIMARY KEY, id VARCHAR(5) NOT NULL UNIQUE, v INT, kept INT DEFAULT 7)").await;
    bench.db.run("INSERT INTO t (id, v) VALUES ('a',1),('b',2)").await;
    let config = json!({"table": "t", "write_mode": "merge", "primary_key": ["id"]});
    assert_eq!(bench.write("id,v\nb,20\nc,30\n", config.clone()).await.unwrap(), 2);
    let all = "SELECT CONCAT_WS('|', id, v, kept) FROM t ORDER BY id";
    assert_eq!(bench.texts(all).await, ["a|1|7", "b|20|7", "c|30|7"]);
    let wrong = bench.write("id,v\nd,1\ne,2\nd,3\n", config.clone()).await.unwrap_err();
    assert_eq!(wrong.code, "duplicate-keys", "{wrong:?}");
    let wrong = bench.write("id,v\nd,1\n,2\n", config.clone()).await.unwrap_err();
    assert!(wrong.message.starts_with("row 2, column `id`"), "{wrong:?}");
    assert_eq!(bench.texts(all).await, ["a|1|7", "b|20|7", "c|30|7"]);
    // Only key columns: what is there stays.
    assert_eq!(bench.write("id\na\nz\n", config.clone()).await.unwrap(), 2);
    assert_eq!(bench.texts("SELECT id FROM t ORDER BY id").await, ["a", "b", "c", "z"]);
    let other = json!({"table": "t", "write_mode": "upsert", "primary_key": ["v"]});
    assert_eq!(bench.write("id,v\na,1\n", other).await.unwrap_err().code, "key-not-unique");
    bench.db.run("ALTER TABLE t ADD UNIQUE KEY other (v)").await;
    assert_eq!(bench.write("id,v\nd,1\n", config).await.unwrap_err().code, "upsert-ambiguous");
    assert_eq!(bench.tables().await, ["_pipesmith_runs", "t"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_has_written_does_nothing_again() {
    let bench = Bench::new().await;
    bench.db.run("CREATE TABLE t (id INT)").await;
    let id = new_run_id();
    for mode in ["append", "replace"] {
        let config = json!({"table": "t", "write_mode": mode, "primary_key": "id"});
        let id = format!("{id}{mode}");
        for _ in 0..2 {
            assert_eq!(bench.write_as("id\n1\n2\n", json!({}), config.clone(), &id).await.unwrap(), 2);
        }
        assert_eq!(bench.texts("SELECT COUNT(*) FROM t").await, ["2"], "{mode}");
        assert_eq!(bench.texts(&format!("SELECT pending FROM _pipesmith_runs WHERE run_id = '{id}'")).await, ["NULL"]);
    }
    // A table that was made and renamed, and then the process died.
    let config = json!({"table": "made", "create_if_missing": true});
    let id = format!("{id}made");
    assert_eq!(bench.write_as("id\n1\n", json!({}), config.clone(), &id).await.unwrap(), 1);
    bench.db.run("UPDATE _pipesmith_runs SET pending = 'made__pipesmith_new' WHERE target LIKE '%.made'").await;
    assert_eq!(bench.write_as("id\n1\n", json!({}), config.clone(), &id).await.unwrap(), 1);
    assert_eq!(bench.texts("SELECT COUNT(*) FROM made").await, ["1"]);
    // The same, but it died before the renaming: the rows are written anew.
    bench.db.run("RENAME TABLE made TO made__pipesmith_new").await;
    assert_eq!(bench.write_as("id\n1\n", json!({}), config, &id).await.unwrap(), 1);
    assert_eq!(bench.texts("SELECT COUNT(*) FROM made").await, ["1"]);
    assert_eq!(bench.tables().await, ["_pipesmith_runs", "made", "t"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_rows_are_kept_aside_with_their_reason() {
    let bench = Bench::new().await;
    bench.db.run("CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(3), n TINYINT, CHECK (n <> 13))").await;
    for bulk in ["auto", "insert"] {
        quarantined(&bench, bulk).await;
    }
}

async fn quarantined(bench: &Bench, bulk: &str) {
    bench.db.run("DELETE FROM t").await;
    let _ = std::fs::remove_dir_all(bench.root().join("run_logs"));
    let mut csv = "id,name,n\n".to_owned();
    for id in 1..=200 {
        let name = if id == 50 { "long" } else { "ok" };
        let n = if id == 60 {
            1000
        } else if id == 70 {
            13
        } else {
            1
        };
        let id = if id == 80 { 1 } else { id };
        csv.push_str(&format!("{id},{name},{n}\n"));
    }
    let config = json!({"table": "t", "on_error": "quarantine", "max_rejects": 4, "bulk": bulk, "batch_size": 150});
    bench.write(&csv, config.clone()).await.unwrap();
    assert_eq!(bench.texts("SELECT COUNT(*) FROM t").await, ["196"]);
    let folder = std::fs::read_dir(bench.root().join("run_logs/test")).unwrap().flatten().next().unwrap().path();
    let kept = std::fs::read_to_string(folder.join("rejects/w.csv")).unwrap();
    let rows: Vec<&str> = kept.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    let mut sorted = rows.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, ["50", "60", "70", "80"], "{kept}");
    bench.db.run("DELETE FROM t").await;
    let mut fewer = config;
    fewer["max_rejects"] = json!(2);
    assert_eq!(bench.write(&csv, fewer).await.unwrap_err().code, "too-many-rejects");
    assert_eq!(bench.texts("SELECT COUNT(*) FROM t").await, ["0"]);
    let nulls = json!({"table": "t", "on_error": "null"});
    assert_eq!(bench.write("id,n\n1,1000\n", nulls).await.unwrap(), 1);
    assert_eq!(bench.texts("SELECT n FROM t").await, ["NULL"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn new_columns_are_refused_added_or_left_out() {
    let bench = Bench::new().await;
    bench.db.run("CREATE TABLE t (id INT PRIMARY KEY)").await;
    let config = |change: &str| json!({"table": "t", "on_schema_change": change});
    assert_eq!(bench.write("id,a\n1,x\n", config("fail")).await.unwrap_err().code, "column-plan");
    assert_eq!(bench.write("id,a\n1,x\n", config("ignore")).await.unwrap(), 1);
    assert_eq!(bench.write("id,a\n2,x\n", config("add_columns")).await.unwrap(), 1);
    assert_eq!(bench.texts("SELECT CONCAT(id, IFNULL(a, '~')) FROM t ORDER BY id").await, ["1~", "2x"]);
    let wrong = bench.write("id\n1\n", json!({"table": "nothing"})).await.unwrap_err();
    assert!(wrong.fix.unwrap().text.contains("create_if_missing"));
}

/// A file with a broken last row: everything before it is at the server by then.
#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_stops_half_way_leaves_the_target_as_it_was() {
    let bench = Bench::new().await;
    bench.db.run("CREATE TABLE t (id INT PRIMARY KEY, v INT)").await;
    bench.db.run("INSERT INTO t VALUES (0, 0)").await;
    let many: String = (1..60_000).map(|id| format!("{id},{id}\n")).collect();
    for config in [
        json!({"table": "t"}),
        json!({"table": "t", "write_mode": "truncate"}),
        json!({"table": "t", "write_mode": "replace", "primary_key": "id"}),
        json!({"table": "t", "write_mode": "upsert", "primary_key": "id"}),
        json!({"table": "made", "create_if_missing": true, "primary_key": "id"}),
    ] {
        // Another session sees the old rows only, also while the step is at work; then it is cancelled.
        bench.file("in.csv", &format!("id,v\n{many}"));
        let steps = vec![
            step("r", "filesystem.csv_extractor", "read", &[], json!({"path": "in.csv"})),
            step("w", "mysql.writer", "write", &["r"], with(config.clone())),
        ];
        let _ = run(bench.job(steps, &new_run_id()), |fact, cancel| {
            // The rows have yet to be read, let alone sent.
            if let RunFact::StepStarted { step } = fact
                && step == "w"
            {
                cancel.cancel();
            }
        })
        .await;
        assert_eq!(bench.texts("SELECT CONCAT(id, '-', v) FROM t").await, ["0-0"], "{config}: cancelled");
        let wrong = bench.write(&format!("id,v\n{many}59999,3000000000\n"), config.clone()).await.unwrap_err();
        assert!(told(&wrong).contains("60000"), "{wrong:?}");
        assert_eq!(bench.texts("SELECT CONCAT(id, '-', v) FROM t").await, ["0-0"], "{config}");
        assert_eq!(bench.tables().await, ["_pipesmith_runs", "t"], "{config}");
        assert_eq!(bench.texts("SELECT COUNT(*) FROM _pipesmith_runs").await, ["0"]);
    }
}
