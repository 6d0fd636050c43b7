//! OpenLineage: what is told of runs, in the shapes of the public rules, to a file and over the wire.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::databases::Postgres;
use crate::program::{Folder, text};

const PIPELINE: &str = "pipelines/p.yaml";
const STEPS: &str = "  - {id: in, component: filesystem.csv_extractor, mode: read, config: {path: in.csv}}\n  - {id: sum, component: sql.transform, mode: transform, needs: [in], config: {query: \"SELECT count(*) AS n FROM \\\"in\\\"\"}}\n  - {id: out, component: filesystem.csv_writer, mode: write, needs: [sum], config: {path: out.csv}}\n  - {id: copy, component: filesystem.csv_writer, mode: write, needs: [in], config: {path: copy.csv}}\n";

fn workspace(connections: &str, steps: &str) -> Folder {
    let folder = Folder::empty();
    assert!(folder.run(&["init"]).status.success());
    folder.write("pipesmith_connections.yaml", format!("version: 1\nconnections: {{{connections}}}\n"));
    folder.write(PIPELINE, format!("oml_version: \"0.1.0\"\nname: shop\nsteps:\n{steps}"));
    folder.write("in.csv", "id,name\n1,a\n2,b\n");
    folder
}

/// What every event has, and facets where they belong, after the public rules (2-0-2).
fn shape() -> Value {
    let facets = json!({"type": "object", "additionalProperties": {
        "type": "object",
        "required": ["_producer", "_schemaURL"],
        "properties": {
            "_producer": {"type": "string", "pattern": "^[a-z]+:"},
            "_schemaURL": {"type": "string", "pattern": "^https://openlineage.io/spec/facets/\\d+-\\d+-\\d+/\\w+Facet.json#/\\$defs/\\w+Facet$"},
        },
    }});
    let uuid = json!({"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"});
    let job = json!({"type": "object", "required": ["namespace", "name"], "properties": {
        "namespace": {"type": "string", "minLength": 1}, "name": {"type": "string", "minLength": 1}, "facets": facets,
    }});
    let dataset = json!({"type": "object", "required": ["namespace", "name"], "additionalProperties": false, "properties": {
        "namespace": {"type": "string", "minLength": 1},
        "name": {"type": "string", "minLength": 1},
        "facets": facets, "inputFacets": facets, "outputFacets": facets,
    }});
    json!({
        "type": "object",
        "required": ["eventType", "eventTime", "producer", "schemaURL", "run", "job", "inputs", "outputs"],
        "additionalProperties": false,
        "properties": {
            "eventType": {"enum": ["START", "COMPLETE", "ABORT", "FAIL", "OTHER"]},
            "eventTime": {"type": "string", "pattern": "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d+Z$"},
            "producer": {"type": "string", "pattern": "^[a-z]+:"},
            "schemaURL": {"const": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"},
            "run": {"type": "object", "required": ["runId"], "properties": {"runId": uuid, "facets": {
                "type": "object",
                "properties": {"parent": {"type": "object", "required": ["run", "job"], "properties": {
                    "run": {"type": "object", "required": ["runId"], "properties": {"runId": uuid}}, "job": job,
                }}},
            }}},
            "job": job,
            "inputs": {"type": "array", "items": dataset},
            "outputs": {"type": "array", "items": dataset},
        },
    })
}

fn checked(events: Vec<Value>) -> Vec<Value> {
    let rules = jsonschema::validator_for(&shape()).unwrap();
    for event in &events {
        let wrong: Vec<String> =
            rules.iter_errors(event).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(wrong.is_empty(), "{wrong:?}\n{event:#}");
    }
    // Each run begins once and ends once.
    let mut runs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for event in &events {
        runs.entry(event["run"]["runId"].as_str().unwrap()).or_default().push(event["eventType"].as_str().unwrap());
    }
    for kinds in runs.values() {
        assert_eq!((kinds.len(), kinds[0]), (2, "START"), "{runs:?}");
    }
    events
}

fn of_file(folder: &Folder, name: &str) -> Vec<Value> {
    checked(folder.read(name).lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// `COMPLETE shop.out [file in.csv] → [file out.csv]`
fn brief(folder: &Folder, event: &Value) -> String {
    let root = format!("{}/", folder.path().canonicalize().unwrap().display());
    let names = |key: &str| {
        let all = event[key].as_array().unwrap().iter();
        let all = all.map(|d| format!("{} {}", d["namespace"].as_str().unwrap(), d["name"].as_str().unwrap()));
        all.collect::<Vec<_>>().join(", ").replace(&root, "")
    };
    let (kind, job) = (event["eventType"].as_str().unwrap(), event["job"]["name"].as_str().unwrap());
    format!("{kind} {job} [{}] → [{}]", names("inputs"), names("outputs"))
}

fn ends(folder: &Folder, events: &[Value]) -> Vec<String> {
    let mut all: Vec<String> =
        events.iter().filter(|event| event["eventType"] != "START").map(|event| brief(folder, event)).collect();
    all.sort();
    all
}

#[test]
fn a_run_is_told_to_a_file() {
    let folder = workspace("", STEPS);
    let output = folder.run(&["run", PIPELINE, "--lineage", "out/lineage.jsonl"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let events = of_file(&folder, "out/lineage.jsonl");
    assert_eq!(brief(&folder, &events[0]), "START shop [] → []");
    assert_eq!(
        ends(&folder, &events),
        [
            "COMPLETE shop [file in.csv] → [file copy.csv, file out.csv]",
            "COMPLETE shop.copy [file in.csv] → [file copy.csv]",
            "COMPLETE shop.in [file in.csv] → []",
            "COMPLETE shop.out [file in.csv] → [file out.csv]",
            "COMPLETE shop.sum [file in.csv] → []",
        ]
    );
    let of = |job: &str| events.iter().find(|e| e["job"]["name"] == job && e["eventType"] == "COMPLETE").unwrap();
    let copy = &of("shop.copy")["outputs"][0];
    assert_eq!(copy["outputFacets"]["outputStatistics"]["rowCount"], 2);
    let fields = &copy["facets"]["schema"]["fields"];
    assert_eq!((&fields[0]["name"], &fields[0]["type"]), (&json!("id"), &json!("Int64")));
    let from = &copy["facets"]["columnLineage"]["fields"]["name"]["inputFields"][0];
    assert_eq!((&from["field"], &from["namespace"]), (&json!("name"), &json!("file")));
    // Through SQL it is not known which column comes from which.
    assert!(of("shop.out")["outputs"][0]["facets"]["columnLineage"].is_null());
    assert!(of("shop.sum")["job"]["facets"]["sql"]["query"].as_str().unwrap().starts_with("SELECT count"));
    let parent = &of("shop.sum")["run"]["facets"]["parent"];
    assert_eq!((&parent["run"]["runId"], &parent["job"]["name"]), (&events[0]["run"]["runId"], &json!("shop")));
}

#[test]
fn a_failure_is_told_and_nothing_counts_as_written() {
    let folder = workspace("", STEPS);
    folder.write("pipesmith.toml", "[run]\nlineage = \"lineage.jsonl\"\n");
    folder.write(PIPELINE, folder.read(PIPELINE).replace("count(*)", "count(nothing)"));
    assert_eq!(folder.run(&["run", PIPELINE, "--mode", "off"]).status.code(), Some(4));
    let events = of_file(&folder, "lineage.jsonl");
    let failed = events.iter().find(|e| e["job"]["name"] == "shop.sum" && e["eventType"] == "FAIL").unwrap();
    assert!(failed["run"]["facets"]["errorMessage"]["message"].as_str().unwrap().contains("nothing"), "{failed}");
    let whole = events.last().unwrap();
    assert_eq!(brief(&folder, whole), "FAIL shop [file in.csv] → []");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_gets_the_events_with_the_key_and_without_secrets() {
    let db = Postgres::new().await;
    db.run("CREATE TABLE t (id bigint PRIMARY KEY, name text)").await;
    let steps = "  - {id: in, component: filesystem.csv_extractor, mode: read, config: {path: in.csv}}\n  - {id: into, component: postgres.writer, mode: write, needs: [in], config: {connection: \"@postgres.db\", table: t, write_mode: append}}\n";
    let folder =
        workspace(&format!("postgres: {{db: {{{}}}}}", db.fields().replace(&db.password, "'${DB_PASSWORD}'")), steps);
    let server = MockServer::start().await;
    let taken = Mock::given(method("POST"))
        .and(path("/api/v1/lineage"))
        .and(header("authorization", "Bearer key-of-the-server"));
    taken.respond_with(ResponseTemplate::new(201)).mount(&server).await;
    let output = folder
        .command(&["run", PIPELINE, "--lineage", &server.uri()])
        .env("OPENLINEAGE_API_KEY", "key-of-the-server")
        .env("DB_PASSWORD", &db.password)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    assert!(!text(&output.stderr).contains("lineage"), "{}", text(&output.stderr));
    let requests = server.received_requests().await.unwrap();
    assert!(requests.iter().all(|r| r.headers["content-type"] == "application/json"));
    let bodies: Vec<String> = requests.iter().map(|r| String::from_utf8(r.body.clone()).unwrap()).collect();
    assert!(!bodies.iter().any(|body| body.contains(&db.password) || body.contains("key-of-the-server")));
    let events = checked(bodies.iter().map(|body| serde_json::from_str(body).unwrap()).collect());
    assert_eq!(events.len(), 6);
    let table = format!("postgres://{}:{} {}.public.t", db.host, db.port, db.name);
    assert!(
        ends(&folder, &events).contains(&format!("COMPLETE shop.into [file in.csv] → [{table}]")),
        "{:?}",
        ends(&folder, &events)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_take_events_harms_no_run() {
    let folder = workspace("", STEPS);
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(500)).mount(&server).await;
    let output = folder.run(&["run", PIPELINE, "--lineage", &format!("{}/events", server.uri())]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = text(&output.stderr);
    assert!(said.contains("lineage-not-told") && said.contains("the server answered 500"), "{said}");
    assert!(said.contains("10 of 10 events"), "{said}");
    // After three refusals in a row it is left alone.
    assert_eq!(server.received_requests().await.unwrap().len(), 3);
    let nobody = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let output = folder.run(&["run", PIPELINE, "--lineage", &nobody]);
    assert!(output.status.success() && text(&output.stderr).contains("lineage-not-told"), "{}", text(&output.stderr));
    let output = folder.run(&["run", PIPELINE, "--lineage", "http://me:geheim@127.0.0.1/"]);
    assert_eq!(output.status.code(), Some(5));
    assert!(!text(&output.stderr).contains("geheim"), "{}", text(&output.stderr));
    let output = folder.run(&["run", PIPELINE, "--lineage", "in.csv/no-folder"]);
    assert!(output.status.success() && text(&output.stderr).contains("lineage-not-told"), "{}", text(&output.stderr));
}
