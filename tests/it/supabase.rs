//! Supabase over its REST API (a server that speaks PostgREST's form) and over the line to its database.

use pipesmith::pipeline::run::RunOutcome;
use serde_json::{Value, json};
use tempfile::TempDir;
use wiremock::matchers::{header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::databases::Postgres;
use crate::engine::{Ran, job, read, run, step, write};

const KEY: &str = "a-key-that-nobody-may-see-123456";

struct Project {
    server: MockServer,
    dir: TempDir,
}

/// A project with a table `t (id bigint primary key, v text, at timestamptz)`.
async fn project() -> Project {
    let server = MockServer::start().await;
    let described = json!({"definitions": {"t": {"required": ["id"], "properties": {
        "id": {"format": "bigint", "type": "integer", "description": "Note:\nThis is a Primary Key.<pk/>"},
        "v": {"format": "text"},
        "at": {"format": "timestamp with time zone"},
    }}, "doc": {"properties": {"id": {"format": "bigint", "description": "<pk/>"}, "d": {"format": "jsonb"}}}}});
    Mock::given(method("GET"))
        .and(path("/rest/v1/"))
        .and(header("apikey", KEY))
        .respond_with(ResponseTemplate::new(200).set_body_json(described))
        .mount(&server)
        .await;
    let dir = tempfile::tempdir().unwrap();
    let file = format!("version: 1\nconnections: {{supabase: {{p: {{url: '{}', key: {KEY}}}}}}}\n", server.uri());
    std::fs::write(dir.path().join("pipesmith_connections.yaml"), file).unwrap();
    Project { server, dir }
}

impl Project {
    async fn load(&self, csv: &str, mut config: Value) -> Ran {
        config["connection"] = "@supabase.p".into();
        std::fs::write(self.dir.path().join("in.csv"), csv).unwrap();
        let steps = vec![read("in", "in.csv"), step("to", "supabase.writer", &["in"], config)];
        run(job(self.dir.path(), steps)).await
    }

    async fn dump(&self, mut config: Value) -> Result<String, Ran> {
        config["connection"] = "@supabase.p".into();
        let steps = vec![step("from", "supabase.extractor", &[], config), write("out", "from", "out.csv")];
        let ran = run(job(self.dir.path(), steps)).await;
        match ran.outcome {
            RunOutcome::Succeeded => Ok(std::fs::read_to_string(self.dir.path().join("out.csv")).unwrap()),
            _ => Err(ran),
        }
    }

    /// The bodies of the requests that wrote, and their queries.
    async fn posts(&self) -> Vec<(String, String)> {
        let all = self.server.received_requests().await.unwrap();
        let posts = all.iter().filter(|request| request.method.as_str() == "POST");
        posts
            .map(|r| (String::from_utf8(r.body.clone()).unwrap(), r.url.query().unwrap_or_default().to_owned()))
            .collect()
    }
}

fn page(rows: &str, total: &str) -> ResponseTemplate {
    let body = format!("id,v,at,_pipesmith_key{}{rows}", if rows.is_empty() { "" } else { "\n" });
    ResponseTemplate::new(200).set_body_raw(body, "text/csv").insert_header("content-range", total)
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_read_by_key_and_counted() {
    for (total, right) in [("0-1/3", true), ("0-1/4", false)] {
        let project = project().await;
        let mount = async |after: Option<&str>, rows: &str| {
            let mut mock = Mock::given(method("GET")).and(path("/rest/v1/t")).and(query_param("order", "id.asc"));
            mock = mock
                .and(query_param("select", "*,_pipesmith_key:id"))
                .and(header("authorization", format!("Bearer {KEY}").as_str()));
            mock = match after {
                Some(after) => mock.and(query_param("id", format!("gt.{after}"))),
                None => mock.and(wiremock::matchers::query_param_is_missing("id")),
            };
            mock.respond_with(page(rows, total)).mount(&project.server).await;
        };
        mount(None, "1,\"a \"\"b\"\" \\\\,c\",\"2024-01-01 00:00:00+00\",1\n2,,,2").await;
        mount(Some("2"), "7,\"\",,7").await;
        mount(Some("7"), "").await;
        let got = project.dump(json!({"table": "t", "limit": 2})).await;
        if right {
            let text = got.unwrap_or_else(|ran| panic!("{:?}", ran.failure()));
            assert_eq!(text, "id,v,at\n1,\"a \"\"b\"\" \\,c\",2024-01-01 00:00:00+00:00\n2,,\n7,\"\",\n");
        } else {
            assert_eq!(got.err().unwrap().failure().code, "rows-mismatch");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn upserts_are_repeated_and_appends_are_not() {
    let posted = || Mock::given(method("POST")).and(path("/rest/v1/t"));
    let project = project().await;
    posted().respond_with(ResponseTemplate::new(503)).up_to_n_times(2).mount(&project.server).await;
    posted()
        .and(wiremock::matchers::headers(
            "prefer",
            vec!["return=minimal", "count=exact", "missing=default", "resolution=merge-duplicates"],
        ))
        .and(header("content-type", "text/csv"))
        .respond_with(ResponseTemplate::new(201).insert_header("content-range", "*/2"))
        .mount(&project.server)
        .await;
    let csv = "id,v\n1,\"a,b\"\n2,\"\"\n3,\n4,x\n";
    let config = json!({"table": "t", "write_mode": "upsert", "primary_key": "id", "batch_size": 2, "retries": 3});
    let ran = project.load(csv, config).await;
    assert_eq!(ran.end_of("to"), "finished 4→4", "{:?}", ran.facts);
    let posts = project.posts().await;
    assert_eq!(posts.len(), 4);
    assert_eq!(posts[2].0, "\"id\",\"v\"\n1,\"a,b\"\n2,\"\"\n".replace("\"id\",\"v\"", "id,v"));
    assert_eq!(posts[3].0, "id,v\n3,NULL\n4,x\n");
    assert!(
        posts[0].1.contains("on_conflict=%22id%22") && posts[0].1.contains("columns=%22id%22%2C%22v%22"),
        "{}",
        posts[0].1
    );

    let project = self::project().await;
    posted().respond_with(ResponseTemplate::new(503).set_body_string(KEY)).mount(&project.server).await;
    let ran = project.load(csv, json!({"table": "t", "retries": 3})).await;
    let told = format!("{:?}", ran.failure());
    assert_eq!(project.posts().await.len(), 1, "an append is not sent twice");
    assert!(!told.contains(KEY) && told.contains("503"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_csv_has_no_form_for_is_sent_as_json() {
    let project = project().await;
    let created = ResponseTemplate::new(201);
    Mock::given(method("POST")).respond_with(created).mount(&project.server).await;
    assert_eq!(project.load("id,v\n1,NULL\n2,\n", json!({"table": "t"})).await.end_of("to"), "finished 2→2");
    assert_eq!(project.load("id,d\n1,\"{\"\"a\"\":1}\"\n", json!({"table": "doc"})).await.end_of("to"), "finished 1→1");
    let posts = project.posts().await;
    assert_eq!(posts[0].0, "[{\"id\":\"1\",\"v\":\"NULL\"},\n{\"id\":\"2\",\"v\":null}]");
    assert_eq!(posts[1].0, "[{\"id\":\"1\",\"d\":{\"a\":1}}]");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_api_can_not_do_is_said() {
    let project = project().await;
    for (config, code) in [
        (json!({"table": "t", "write_mode": "replace", "primary_key": "id"}), "supabase-needs-database"),
        (json!({"table": "t", "on_error": "quarantine"}), "supabase-needs-database"),
        (json!({"table": "nope"}), "table-missing"),
    ] {
        assert_eq!(project.load("id,v\n1,a\n", config).await.failure().code, code);
    }
    let told = project.load("id,nope\n1,a\n", json!({"table": "t"})).await.failure();
    assert_eq!(told.code, "column-plan", "{told:?}");
    assert!(project.posts().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_dsn_the_database_itself_is_used() {
    let db = Postgres::new().await;
    let dir = tempfile::tempdir().unwrap();
    let connect = |dsn: &str| {
        let file = format!(
            "version: 1\nconnections: {{supabase: {{p: {{url: 'https://abc.supabase.co', key: {KEY}, pg_dsn: '{dsn}'}}}}}}\n"
        );
        std::fs::write(dir.path().join("pipesmith_connections.yaml"), file).unwrap();
    };
    connect(&db.dsn());
    std::fs::write(dir.path().join("in.csv"), "id,v\n1,a\n2,b\n3,c\n").unwrap();
    let config = json!({"connection": "@supabase.p", "table": "t", "write_mode": "replace", "primary_key": "id", "batch_size": 100});
    let steps = vec![read("in", "in.csv"), step("to", "supabase.writer", &["in"], config)];
    assert_eq!(run(job(dir.path(), steps.clone())).await.end_of("to"), "finished 3→3");
    let config = json!({"connection": "@supabase.p", "table": "t", "select": "v,id", "filter": {"id": "gt.1"}, "order": "id.desc"});
    let back = vec![step("from", "supabase.extractor", &[], config), write("out", "from", "out.csv")];
    assert_eq!(run(job(dir.path(), back)).await.outcome, RunOutcome::Succeeded);
    assert_eq!(std::fs::read_to_string(dir.path().join("out.csv")).unwrap(), "v,id\nc,3\nb,2\n");
    // The pooler's port for transactions is said before anybody connects to it.
    connect(&db.dsn().replace(&format!(":{}", db.port), ":6543"));
    let told = run(job(dir.path(), steps)).await.failure();
    assert_eq!(told.code, "postgres-transaction-pooler", "{told:?}");
    assert!(told.fix.unwrap().text.contains("5432"));
}
