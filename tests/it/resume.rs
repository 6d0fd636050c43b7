//! Runs that go on, and runs of some steps only, with the real program: what was kept is taken, what was
//! written is not written again, and a killed write leaves nothing.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::databases::{Mysql, Postgres};
use crate::pages::{Pages, ROWS, Second};
use crate::program::{Folder, text};

const PIPELINE: &str = "pipelines/p.yaml";

fn workspace(connections: &str, steps: &[&str]) -> Folder {
    let folder = Folder::empty();
    assert!(folder.run(&["init"]).status.success());
    folder.write("pipesmith_connections.yaml", format!("version: 1\nconnections: {{{connections}}}\n"));
    let steps: String = steps.iter().map(|step| format!("  - {step}\n")).collect();
    folder.write(PIPELINE, format!("oml_version: \"0.1.0\"\nname: p\nsteps:\n{steps}"));
    folder
}

fn run(folder: &Folder, more: &[&str]) -> (i32, Value) {
    folder.json(&[&["run", PIPELINE, "--json"], more].concat())
}

/// Each step and how it ended.
fn ends(told: &Value) -> String {
    let end = |step: &Value| format!("{} {}", step["step"].as_str().unwrap(), step["status"].as_str().unwrap());
    told["steps"].as_array().unwrap().iter().map(end).collect::<Vec<_>>().join(", ")
}

fn code(told: &Value) -> &str {
    told["diagnostics"][0]["code"].as_str().unwrap_or_default()
}

const SHOP: &str = "sqlite: {shop: {path: shop.db}}";
const READ: &str = "{id: in, component: filesystem.csv_extractor, mode: read, config: {path: in.csv}}";
const FIRST: &str =
    "{id: first, component: filesystem.csv_writer, mode: write, needs: [other], config: {path: first.csv}}";
const OTHER: &str = "{id: other, component: filesystem.csv_extractor, mode: read, config: {path: other.csv}}";
const INTO: &str = "{id: into, component: sqlite.writer, mode: write, needs: [in], config: {connection: \"@sqlite.shop\", table: t, write_mode: append, busy_timeout: 0}}";

/// A workspace with two groups of steps, the second of which writes to a file that `holder` keeps to itself.
fn held() -> (Folder, rusqlite::Connection) {
    let folder = workspace(SHOP, &[OTHER, FIRST, READ, INTO]);
    folder.write("in.csv", "id\n1\n2\n3\n");
    folder.write("other.csv", "a\nx\n");
    let holder = rusqlite::Connection::open(folder.at("shop.db")).unwrap();
    holder.execute_batch("CREATE TABLE t (id INTEGER); BEGIN IMMEDIATE").unwrap();
    (folder, holder)
}

fn rows(holder: &rusqlite::Connection) -> i64 {
    holder.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap()
}

#[test]
fn a_failed_run_goes_on_from_what_it_kept_and_writes_nothing_twice() {
    let (folder, holder) = held();
    let (exit, told) = run(&folder, &["--keep", "--parallel", "1"]);
    assert_eq!((exit, code(&told)), (4, "sqlite-busy"));
    let id = told["run"].as_str().unwrap().to_owned();
    let kept = folder.at(&format!("run_logs/p/{id}/outputs"));
    let names = || {
        let mut names: Vec<_> =
            std::fs::read_dir(&kept).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert!(names().contains(&"other.parquet".to_owned()), "{:?}", names());
    // Rows were read before the write failed, so that the file is whole, or it is not there.
    holder.execute_batch("COMMIT").unwrap();
    let was_kept = names().contains(&"in.parquet".to_owned());
    if was_kept {
        folder.write("in.csv", "id\nnot a number any more\n");
    }
    folder.write("first.csv", "touched\n");
    let (exit, told) = run(&folder, &["--resume", "last"]);
    assert_eq!(exit, 0, "{told}");
    assert_eq!(told["run"], id.as_str(), "it is the same run");
    assert_eq!(ends(&told), "other skipped, first skipped, in finished, into finished");
    assert_eq!(rows(&holder), 3);
    assert_eq!(folder.read("first.csv"), "touched\n", "what was written is not written again");
    // One record, with everything in it.
    let (_, shown) = folder.json(&["runs", "show", &id, "--json"]);
    assert_eq!(shown["run"]["status"], "succeeded");
    assert_eq!(shown["run"]["resumed"], 1);
    let outputs: Vec<&str> =
        shown["run"]["outputs"].as_array().unwrap().iter().map(|o| o["step"].as_str().unwrap()).collect();
    assert_eq!(outputs, ["first", "into"]);
    let statuses: Vec<&str> =
        shown["metrics"]["steps"].as_array().unwrap().iter().map(|s| s["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["finished"; 4]);
    assert_eq!(folder.json(&["runs", "list", "--json"]).1["runs"].as_array().unwrap().len(), 1);
    let (exit, told) = run(&folder, &["--resume", "last"]);
    assert_eq!((exit, code(&told)), (5, "run-not-resumable"));
}

#[test]
fn a_run_of_another_manifest_does_not_go_on() {
    let (folder, _holder) = held();
    assert_eq!(run(&folder, &[]).0, 4);
    folder.write(PIPELINE, folder.read(PIPELINE).replace("path: other.csv", "path: in.csv"));
    let (exit, told) = run(&folder, &["--resume", "last"]);
    assert_eq!((exit, code(&told)), (5, "run-not-resumable"));
    assert!(told["diagnostics"][0]["message"].as_str().unwrap().contains("another manifest"), "{told}");
    let (exit, told) = run(&folder, &["--resume", "nothing"]);
    assert_eq!((exit, code(&told)), (5, "unknown-run"));
}

#[test]
fn a_dry_run_and_a_part_do_not_go_on() {
    let (folder, _holder) = held();
    // A dry run does not touch the target, so that it can only fail by its source.
    folder.write("in.csv", "id,id\n1,2\n");
    assert_eq!(run(&folder, &["--dry-run"]).0, 4);
    let (exit, told) = run(&folder, &["--resume", "last"]);
    assert_eq!((exit, code(&told)), (5, "run-not-resumable"));
    assert!(told["diagnostics"][0]["message"].as_str().unwrap().contains("--dry-run"), "{told}");
}

const TOTAL: &str = "{id: total, component: sql.transform, mode: transform, needs: [in], config: {query: \"SELECT sum(id) AS total FROM \\\"in\\\"\"}}";
const OUT: &str = "{id: out, component: filesystem.csv_writer, mode: write, needs: [total], config: {path: out.csv}}";

#[test]
fn some_steps_are_run_on_rows_that_were_kept() {
    let folder = workspace("", &[READ, TOTAL, OUT, OTHER, FIRST]);
    folder.write("in.csv", "id\n1\n2\n3\n");
    folder.write("other.csv", "a\nx\n");
    // Without kept rows, with the steps that it needs; nothing else is written.
    let (exit, told) = run(&folder, &["--only", "total"]);
    assert_eq!(exit, 0, "{told}");
    assert_eq!(ends(&told), "in finished, total finished, out skipped, other skipped, first skipped");
    assert_eq!(told["result"]["previews"][0]["rows"], json!([["6"]]));
    assert!(!folder.at("out.csv").exists() && !folder.at("first.csv").exists());
    let (exit, whole) = run(&folder, &["--keep"]);
    assert_eq!(exit, 0, "{whole}");
    // The source is another now; what was kept is what counts, and a step that changed is not taken.
    folder.write("in.csv", "id\n100\n");
    folder.write(PIPELINE, folder.read(PIPELINE).replace("sum(id)", "max(id)"));
    let output = folder.run(&["run", PIPELINE, "--only", "total"]);
    let said = text(&output.stdout);
    assert!(output.status.success(), "{said}{}", text(&output.stderr));
    let run_id = whole["run"].as_str().unwrap();
    assert!(said.contains(&format!("taken    in: 3 rows that run {run_id} kept")), "{said}");
    assert!(said.contains("total (not written)") && said.contains("\n    3\n"), "{said}");
    let (exit, told) = run(&folder, &["--from", "total"]);
    assert_eq!(
        (exit, ends(&told).as_str()),
        (0, "in finished, total finished, out finished, other skipped, first skipped")
    );
    assert_eq!(folder.read("out.csv"), "total\n3\n");
    // With another limit, other rows would be read.
    let (exit, told) = run(&folder, &["--only", "total", "--limit", "1"]);
    assert_eq!((exit, &told["result"]["previews"][0]["rows"]), (0, &json!([["100"]])));
    let (exit, told) = run(&folder, &["--only", "totl"]);
    assert_eq!((exit, code(&told)), (5, "unknown-step"));
    assert_eq!(told["diagnostics"][0]["fix"]["text"], "did you mean `total`?");
}

#[test]
fn retries_and_timeouts_of_the_command_line_count() {
    let pages = Pages::start(Second::Busy(1));
    let config = Pages::config();
    let read = format!("{{id: pages, component: rest.extractor, mode: read, config: {config}}}");
    let out = "{id: out, component: filesystem.csv_writer, mode: write, needs: [pages], config: {path: out.csv}}";
    let folder = workspace(&pages.connection(), &[&read, out]);
    assert_eq!(run(&folder, &[]).0, 4, "without being asked for, nothing is tried again");
    pages.say(Second::Busy(1));
    let output = folder.run(&["run", PIPELINE, "--retries", "1"]);
    let said = text(&output.stdout);
    assert!(output.status.success(), "{said}{}", text(&output.stderr));
    assert!(said.contains("again    pages: 2 of 2 in ") && said.contains("[http-busy]"), "{said}");
    pages.say(Second::Hangs);
    let (exit, told) = run(&folder, &["--timeout", "400ms"]);
    assert_eq!((exit, code(&told)), (4, "step-timeout"));
    assert_eq!(folder.run(&["run", PIPELINE, "--timeout", "soon"]).status.code(), Some(5));
    // In the document, where they win.
    let text = folder.read(PIPELINE).replace("mode: read,", "mode: read, retry: {attempts: 2, wait: 1ms},");
    folder.write(PIPELINE, text);
    pages.say(Second::Busy(1));
    let (exit, told) = run(&folder, &[]);
    assert_eq!((exit, &told["retries"][0]["attempt"]), (0, &json!(2)));
    let manifest = text_of_manifest(&folder, told["run"].as_str().unwrap());
    assert!(manifest.contains("attempts: 2") && manifest.contains("wait: 1ms"), "{manifest}");
}

fn text_of_manifest(folder: &Folder, run: &str) -> String {
    folder.read(&format!("run_logs/p/{run}/manifest.yaml"))
}

/// Runs until a step that writes has taken the first page, and kills the program there.
fn kill_while_writing(folder: &Folder, more: &[&str]) -> String {
    let arguments = [&["run", PIPELINE, "--events"], more].concat();
    let mut child = folder.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
    let run = until_it_writes(&mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    run
}

fn until_it_writes(child: &mut Child) -> String {
    let mut run = String::new();
    for line in BufReader::new(child.stdout.as_mut().unwrap()).lines() {
        let fact: Value = serde_json::from_str(&line.unwrap()).unwrap();
        if let Some(id) = fact["run-started"]["run"].as_str() {
            run = id.to_owned();
        }
        let progress = &fact["step-progress"];
        if progress["step"] == "into" && progress["rows_in"].as_u64().unwrap_or(0) >= 1000 {
            return run;
        }
        assert!(fact["run-finished"].is_null(), "it ended by itself: {fact}");
    }
    panic!("it said no more")
}

/// The steps of a pipeline that reads both pages into a table.
fn into_table(folder_connections: &str, writer: &str) -> Folder {
    let read = format!("{{id: pages, component: rest.extractor, mode: read, config: {}}}", Pages::config());
    workspace(folder_connections, &[&read, writer])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_to_postgres_that_is_killed_leaves_nothing_and_goes_on() {
    let db = Postgres::new().await;
    db.run("CREATE TABLE t (id bigint PRIMARY KEY, name text); INSERT INTO t SELECT -n, 'old' FROM generate_series(1, 5) n")
        .await;
    let pages = Pages::start(Second::Hangs);
    let writer = "{id: into, component: postgres.writer, mode: write, needs: [pages], config: {connection: \"@postgres.db\", table: t, write_mode: append}}";
    let folder = into_table(&format!("postgres: {{db: {{{}}}}}, {}", db.fields(), pages.connection()), writer);
    let id = kill_while_writing(&folder, &[]);
    // The server has to find out that nobody is there any more.
    let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND state <> 'idle'";
    while db.ask(others).await != "0" {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(db.ask("SELECT count(*) || ' ' || min(id) || ' ' || max(id) FROM t").await, "5 -5 -1");
    assert_eq!(folder.json(&["runs", "show", &id, "--json"]).1["run"]["status"], "killed");
    pages.say(Second::Answers);
    let (exit, told) = run(&folder, &["--resume", &id]);
    assert_eq!((exit, told["run"].as_str()), (0, Some(id.as_str())), "{told}");
    assert_eq!(
        db.ask("SELECT count(*) || ' ' || min(id) || ' ' || max(id) FROM t").await,
        format!("{} -5 {}", 2 * ROWS + 5, 2 * ROWS - 1)
    );
    assert_eq!(run(&folder, &["--resume", &id]).0, 5, "there is nothing left to do");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_to_mariadb_that_is_killed_leaves_nothing_and_goes_on() {
    let db = Mysql::new().await;
    db.run("CREATE TABLE t (id BIGINT PRIMARY KEY, name TEXT) ENGINE=InnoDB").await;
    db.run("INSERT INTO t VALUES (-1, 'old'), (-2, 'old')").await;
    let pages = Pages::start(Second::Hangs);
    let writer = "{id: into, component: mysql.writer, mode: write, needs: [pages], config: {connection: \"@mysql.db\", table: t, mode: append}}";
    let folder = into_table(&format!("mysql: {{db: {{{}}}}}, {}", db.fields(), pages.connection()), writer);
    let id = kill_while_writing(&folder, &["--keep"]);
    let others = format!(
        "SELECT count(*) FROM information_schema.processlist WHERE db = '{}' AND id <> connection_id()",
        db.name
    );
    while ask(&db, &others).await != 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(ask(&db, "SELECT count(*) FROM t").await, 2);
    // What was being kept is not whole, and goes.
    let outputs = folder.at(&format!("run_logs/p/{id}/outputs"));
    pages.say(Second::Answers);
    let (exit, told) = run(&folder, &["--resume", &id]);
    assert_eq!((exit, told["run"].as_str()), (0, Some(id.as_str())), "{told}");
    assert_eq!(ask(&db, "SELECT count(*) FROM t").await, 2 * ROWS as u64 + 2);
    let names: Vec<_> = std::fs::read_dir(outputs).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["pages.parquet"]);
}

async fn ask(db: &Mysql, sql: &str) -> u64 {
    use mysql_async::prelude::Queryable;
    let mut connection = mysql_async::Conn::from_url(db.dsn()).await.unwrap();
    let found: Option<u64> = connection.query_first(sql).await.unwrap();
    connection.disconnect().await.unwrap();
    found.unwrap()
}
