//! Names and values from documents, connections and data sets stay names and values: whatever they hold,
//! nothing but what was named changes.

use std::path::Path;

use pipesmith::pipeline::compile::ManifestStep;
use pipesmith::pipeline::run::RunOutcome;
use rusqlite::Connection;
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::databases::{Mysql, Postgres, workspace};
use crate::engine::{Ran, job, run, sql, step, write};
use crate::program::{Folder, text};

/// What somebody might try; each is a name and a value in turn. As names, servers cut them at 63 or 64.
const HOSTILE: [&str; 9] = [
    "x\"; DROP TABLE canary; --",
    "x`; DROP TABLE canary; -- ",
    "x'; DROP TABLE canary; --",
    "x\\'; DROP TABLE canary; --",
    "x'); DELETE FROM canary; /*",
    "x\n; DELETE FROM canary;",
    "$$; DROP TABLE canary; $$",
    "${params.x}%s{{7*7}}$(id)`id`",
    "=cmd|'/c calc'!A0,\"\"\u{1b}[2J",
];

#[derive(Clone, Copy, Debug, PartialEq)]
enum System {
    Postgres,
    Mysql,
    Sqlite,
}

const SYSTEMS: [System; 3] = [System::Postgres, System::Mysql, System::Sqlite];

struct Bench {
    postgres: Postgres,
    mysql: Mysql,
    dir: tempfile::TempDir,
}

impl Bench {
    async fn new() -> Bench {
        let (postgres, mysql, dir) = workspace().await;
        let bench = Bench { postgres, mysql, dir };
        for system in SYSTEMS {
            bench.exec(system, "CREATE TABLE canary (id int PRIMARY KEY)").await;
            bench.exec(system, "INSERT INTO canary VALUES (42)").await;
        }
        bench
    }

    fn root(&self) -> &Path {
        self.dir.path()
    }

    fn sqlite(&self) -> Connection {
        Connection::open(self.root().join("shop.db")).unwrap()
    }

    async fn exec(&self, system: System, sql: &str) {
        match system {
            System::Postgres => self.postgres.run(sql).await,
            System::Mysql => self.mysql.run(sql).await,
            System::Sqlite => self.sqlite().execute_batch(sql).unwrap(),
        }
    }

    async fn texts(&self, system: System, sql: &str) -> Vec<String> {
        match system {
            System::Postgres => {
                self.postgres.client().await.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
            }
            System::Mysql => {
                use mysql_async::prelude::Queryable;
                let mut conn = mysql_async::Conn::from_url(self.mysql.dsn()).await.unwrap();
                let rows: Vec<String> = conn.query(sql).await.unwrap();
                conn.disconnect().await.unwrap();
                rows
            }
            System::Sqlite => {
                let conn = self.sqlite();
                let mut statement = conn.prepare(sql).unwrap();
                statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
            }
        }
    }

    /// The tables, but those that Pipesmith keeps its own words in.
    async fn tables(&self, system: System) -> Vec<String> {
        let sql = match system {
            System::Postgres => {
                "SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'v') AND relnamespace = 'public'::regnamespace"
            }
            System::Mysql => "SHOW TABLES",
            System::Sqlite => "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')",
        };
        let mut names = self.texts(system, sql).await;
        names.retain(|name| !name.starts_with("_pipesmith_"));
        names.sort();
        names
    }

    /// Whether nothing has happened to what nobody named.
    async fn is_well(&self, system: System, what: &str) {
        let canary = self.texts(system, "SELECT CAST(id AS CHAR(2)) FROM canary").await;
        assert_eq!(canary, ["42"], "{system:?} {what:?}");
    }

    fn read(&self, system: System, config: Value) -> ManifestStep {
        self.of(system, "read", "extractor", &[], config)
    }

    fn write(&self, system: System, config: Value) -> ManifestStep {
        self.of(system, "write", "writer", &["read"], config)
    }

    fn of(&self, system: System, id: &str, what: &str, needs: &[&str], mut config: Value) -> ManifestStep {
        let family = match system {
            System::Postgres => "postgres",
            System::Mysql => "mysql",
            System::Sqlite => "sqlite",
        };
        match system {
            System::Sqlite => config["path"] = "shop.db".into(),
            _ => config["connection"] = format!("@{family}.db").into(),
        }
        step(id, &format!("{family}.{what}"), needs, config)
    }

    async fn run(&self, steps: Vec<ManifestStep>) -> Ran {
        run(job(self.root(), steps)).await
    }
}

fn csv(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

#[tokio::test]
async fn names_of_tables_and_columns_and_values_are_nothing_else() {
    for system in SYSTEMS {
        let bench = Bench::new().await;
        let mut expected = vec!["canary".to_owned()];
        for (at, hostile) in HOSTILE.iter().enumerate() {
            // MySQL has no names that end with a blank, and no system more than 63 bytes.
            let hostile = hostile.trim_end();
            let (table, column) = (format!("{at}{hostile}"), format!("c{hostile}"));
            let data = format!("id,{}\n1,{}\n2,\n3,{}\n", csv(&column), csv(hostile), csv("plain"));
            std::fs::write(bench.root().join("in.csv"), &data).unwrap();
            let from_file = || step("read", "filesystem.csv_extractor", &[], json!({"path": "in.csv"}));
            for mode in ["append", "upsert", "replace", "truncate", "upsert"] {
                let config =
                    json!({"table": table, "write_mode": mode, "primary_key": ["id"], "create_if_missing": true});
                let ran = bench.run(vec![from_file(), bench.write(system, config)]).await;
                assert_eq!(ran.outcome, RunOutcome::Succeeded, "{system:?} {mode} {hostile:?}: {:?}", ran.facts);
                bench.is_well(system, hostile).await;
            }
            // By a key with the name, too.
            let keyed = format!("k{table}");
            let config = json!({"table": keyed, "write_mode": "upsert", "primary_key": [column], "create_if_missing": true, "on_error": "quarantine"});
            let ran = bench.run(vec![from_file(), bench.write(system, config)]).await;
            if ran.outcome == RunOutcome::Succeeded {
                expected.push(keyed);
            }
            bench.is_well(system, hostile).await;
            expected.push(table.clone());
            expected.sort();
            assert_eq!(bench.tables(system).await, expected, "{system:?} {hostile:?}");

            // Back again: the columns by name, in an order, along a cursor, checked and through SQL.
            let config = json!({"table": table, "columns": ["id", column], "order": [format!("{column} desc"), "id"]});
            let mut reading = bench.read(system, config);
            reading.expect = vec![
                json!({"check": "unique", "columns": ["id", column]}),
                json!({"check": "accepted_values", "column": column, "values": [hostile, "plain"]}),
                json!({"check": "sql", "query": format!("SELECT \"{}\" FROM input_df WHERE id > 3", column.replace('"', "\"\""))}),
            ];
            let query = "SELECT * FROM read ORDER BY id";
            let ran = bench.run(vec![reading, sql("all", &["read"], query), write("write", "all", "out.csv")]).await;
            assert_eq!(ran.outcome, RunOutcome::Succeeded, "{system:?} {hostile:?}: {:?}", ran.facts);
            let back = std::fs::read_to_string(bench.root().join("out.csv")).unwrap();
            let mut lines = csv_rows(&back);
            assert_eq!(lines.remove(0), ["id", &column], "{system:?}");
            assert_eq!(lines[0], ["1", hostile], "{system:?}");
            for (cursor, start) in [("id", hostile), (column.as_str(), hostile), (hostile, "1")] {
                let mut reading = bench.read(system, json!({"table": table}));
                reading.incremental = Some(json!({"cursor": cursor, "start": start}));
                bench.run(vec![reading, write("write", "read", "cursor.csv")]).await;
                bench.is_well(system, hostile).await;
            }
        }
    }
}

fn csv_rows(text: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let row = rows.last_mut().unwrap();
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => row.last_mut().unwrap().push(chars.next().unwrap()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(String::new()),
            '\n' if !quoted => rows.push(vec![String::new()]),
            c => row.last_mut().unwrap().push(c),
        }
    }
    rows
}

#[tokio::test]
async fn what_can_not_be_a_name_or_a_condition_is_refused_and_does_nothing() {
    for system in SYSTEMS {
        let bench = Bench::new().await;
        for hostile in HOSTILE {
            for config in [
                json!({"table": hostile}),
                json!({"table": "canary", "columns": [hostile]}),
                json!({"table": "canary", "order": [hostile]}),
                json!({"table": "canary", "schema": hostile}),
                json!({"table": "canary", "where": format!("1=1) {hostile}")}),
                json!({"query": format!("SELECT 1 AS a; {hostile}")}),
                json!({"query": "DROP TABLE canary"}),
                json!({"query": "DELETE FROM canary RETURNING id"}),
            ] {
                let ran = bench.run(vec![bench.read(system, config.clone()), write("write", "read", "no.csv")]).await;
                assert_eq!(ran.outcome, RunOutcome::Failed, "{system:?} {config}");
                assert!(!bench.root().join("no.csv").exists(), "{system:?} {config}");
                bench.is_well(system, hostile).await;
            }
            std::fs::write(bench.root().join("in.csv"), "id\n1\n").unwrap();
            let from_file = step("read", "filesystem.csv_extractor", &[], json!({"path": "in.csv"}));
            let config = json!({"table": "canary", "write_mode": "upsert", "primary_key": [hostile]});
            let ran = bench.run(vec![from_file, bench.write(system, config)]).await;
            assert_eq!(ran.outcome, RunOutcome::Failed, "{system:?} {hostile}");
            bench.is_well(system, hostile).await;
        }
        assert_eq!(bench.tables(system).await, ["canary"], "{system:?}");
    }
}

#[tokio::test]
async fn fields_of_connections_are_fields() {
    let bench = Bench::new().await;
    let (p, m) = (&bench.postgres, &bench.mysql);
    for hostile in HOSTILE {
        let quoted = Value::from(hostile).to_string();
        for (field, family, good) in [
            ("database", "postgres", (&p.host, p.port, &p.user, &p.password)),
            ("user", "postgres", (&p.host, p.port, &p.user, &p.password)),
            ("schema", "postgres", (&p.host, p.port, &p.user, &p.password)),
            ("database", "mysql", (&m.host, m.port, &m.user, &m.password)),
            ("user", "mysql", (&m.host, m.port, &m.user, &m.password)),
        ] {
            let (host, port, user, password) = good;
            let name = if family == "postgres" { &p.name } else { &m.name };
            let mut fields = json!({"host": host, "port": port, "user": user, "password": password, "database": name});
            fields[field] = serde_json::from_str(&quoted).unwrap();
            let file = json!({"version": 1, "connections": {family: {"db": fields}}});
            std::fs::write(bench.root().join("pipesmith_connections.yaml"), file.to_string()).unwrap();
            let component = format!("{family}.extractor");
            let config = json!({"connection": format!("@{family}.db"), "table": "canary"});
            let ran =
                run(job(bench.root(), vec![step("read", &component, &[], config), write("w", "read", "no.csv")])).await;
            assert_eq!(ran.outcome, RunOutcome::Failed, "{family} {field} {hostile:?}");
        }
        // A password is tried in a process of its own: what is a secret once is hidden in all that a process says.
        let fields = json!({"host": p.host, "port": p.port, "user": p.user, "password": hostile, "database": p.name});
        let file = json!({"version": 1, "connections": {"postgres": {"db": fields}}});
        let folder = Folder::empty();
        folder.write("pipesmith.toml", "");
        folder.write("pipesmith_connections.yaml", file.to_string());
        folder.write("p.yaml", "oml_version: 0.1.0\nname: p\nsteps:\n  - {id: r, component: postgres.extractor, mode: read, config: {connection: \"@postgres.db\", table: canary}}\n  - {id: w, component: filesystem.csv_writer, mode: write, config: {path: no.csv}}\n");
        let out = folder.run(&["run", "p.yaml", "--json"]);
        let said = format!("{}{}", text(&out.stdout), text(&out.stderr));
        assert!(!said.contains(hostile), "{said}");
        // As an alias, it is refused where it is named.
        let file = json!({"version": 1, "connections": {"postgres": {hostile: {"host": p.host}}}});
        std::fs::write(bench.root().join("pipesmith_connections.yaml"), file.to_string()).unwrap();
        let config = json!({"connection": format!("@postgres.{hostile}"), "table": "canary"});
        let ran =
            run(job(bench.root(), vec![step("read", "postgres.extractor", &[], config), write("w", "read", "no.csv")]))
                .await;
        assert_eq!(ran.outcome, RunOutcome::Failed);
    }
    for system in SYSTEMS {
        bench.is_well(system, "connections").await;
        assert_eq!(bench.tables(system).await, ["canary"]);
    }
}

#[tokio::test]
async fn names_of_files_and_keys_of_json_are_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    std::fs::write(root.join("canary"), "42").unwrap();
    for (at, hostile) in HOSTILE.iter().enumerate() {
        let name = format!("{at}{}.csv", hostile.replace('/', "_"));
        let keys = json!([{"id": 1, *hostile: hostile}]);
        std::fs::write(root.join("in.json"), keys.to_string()).unwrap();
        let read = step("read", "filesystem.json_extractor", &[], json!({"path": "in.json"}));
        let query = "SELECT * FROM read";
        let ran = run(job(root, vec![read, sql("same", &["read"], query), write("write", "same", &name)])).await;
        assert_eq!(ran.outcome, RunOutcome::Succeeded, "{hostile:?} {:?}", ran.facts);
        let rows = csv_rows(&std::fs::read_to_string(root.join(&name)).unwrap());
        assert_eq!(rows[..2], [["id", hostile], ["1", hostile]]);
        // A SQL step sees its inputs and nothing else, whatever a check or a query asks for.
        let file = root.join("canary");
        for query in [
            format!("SELECT * FROM read_csv('{}')", file.display()),
            format!("COPY (SELECT 1) TO '{}'", file.display()),
            format!("ATTACH '{}' AS x", file.display()),
            format!("SELECT 1; COPY (SELECT 1) TO '{}'", file.display()),
            "INSTALL httpfs".to_owned(),
            format!("SELECT * FROM '{}'", file.display()),
        ] {
            let read = || step("read", "filesystem.json_extractor", &[], json!({"path": "in.json"}));
            let ran = run(job(root, vec![read(), sql("bad", &["read"], &query), write("w", "bad", "bad.csv")])).await;
            assert_eq!(ran.outcome, RunOutcome::Failed, "{query}");
            let mut checked = read();
            checked.expect = vec![json!({"check": "sql", "query": query})];
            let ran = run(job(root, vec![checked, write("w", "read", "bad.csv")])).await;
            assert_eq!(ran.outcome, RunOutcome::Failed, "{query}");
        }
    }
    assert_eq!(std::fs::read_to_string(root.join("canary")).unwrap(), "42");
    let mut names: Vec<String> =
        std::fs::read_dir(root).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| !name.starts_with('.') && !name.ends_with(".csv"));
    names.sort();
    assert_eq!(
        names,
        ["canary", "in.json", "run_logs"].into_iter().filter(|n| root.join(n).exists()).collect::<Vec<_>>()
    );
    assert!(!root.join("bad.csv").exists());
}

/// Answers with what was asked, so that a test sees what went over the line.
async fn echo() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(|_: &Request| ResponseTemplate::new(200).set_body_json(json!([{"a": 1}])))
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn requests_carry_values_as_values() {
    for hostile in HOSTILE {
        let server = echo().await;
        let dir = tempfile::tempdir().unwrap();
        let file = json!({"version": 1, "connections": {"rest": {"api": {"base_url": server.uri()}}}});
        std::fs::write(dir.path().join("pipesmith_connections.yaml"), file.to_string()).unwrap();
        let config = json!({"connection": "@rest.api", "path": "/v1/orders", "params": {"q": hostile, hostile: "v"}});
        let read = step("read", "rest.extractor", &[], config);
        let ran = run(job(dir.path(), vec![read, write("w", "read", "out.csv")])).await;
        assert_eq!(ran.outcome, RunOutcome::Succeeded, "{hostile:?}: {:?}", ran.facts);
        let requests = server.received_requests().await.unwrap();
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0].url.path(), "/v1/orders");
        let mut pairs: Vec<(String, String)> =
            requests[0].url.query_pairs().map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
        pairs.sort();
        let mut expected = vec![("q".to_owned(), hostile.to_owned()), (hostile.to_owned(), "v".to_owned())];
        expected.sort();
        assert_eq!(pairs, expected);
        // A header can't hold a second one: it is refused, or it is one value.
        let config = json!({"connection": "@rest.api", "path": "/v1/orders", "headers": {"X-Note": format!("{hostile}\r\nX-Evil: 1")}});
        let read = step("read", "rest.extractor", &[], config);
        run(job(dir.path(), vec![read, write("w", "read", "out.csv")])).await;
        let requests = server.received_requests().await.unwrap();
        assert!(requests.iter().all(|request| !request.headers.contains_key("x-evil")));
    }
}

#[tokio::test]
async fn variables_of_graphql_are_no_part_of_its_text() {
    for hostile in HOSTILE {
        let server = MockServer::start().await;
        Mock::given(any())
            .respond_with(|_: &Request| ResponseTemplate::new(200).set_body_json(json!({"data": {"rows": [{"a": 1}]}})))
            .mount(&server)
            .await;
        let dir = tempfile::tempdir().unwrap();
        let file = json!({"version": 1, "connections": {"graphql": {"api": {"endpoint": server.uri()}}}});
        std::fs::write(dir.path().join("pipesmith_connections.yaml"), file.to_string()).unwrap();
        let query = "query ($name: String) { rows(name: $name) { a } }";
        let config = json!({"connection": "@graphql.api", "query": query, "variables": {"name": hostile}, "data_path": "data.rows"});
        let read = step("read", "graphql.extractor", &[], config);
        let ran = run(job(dir.path(), vec![read, write("w", "read", "out.csv")])).await;
        assert_eq!(ran.outcome, RunOutcome::Succeeded, "{hostile:?}: {:?}", ran.facts);
        let requests = server.received_requests().await.unwrap();
        let body: Value = serde_json::from_slice(&requests[0].body).unwrap();
        assert_eq!((&body["query"], &body["variables"]["name"]), (&json!(query), &json!(hostile)));
    }
}
