//! REST and GraphQL steps against a server that answers as a test says.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use pipesmith::connect::Connections;
use pipesmith::pipeline::run::RunFact;
use serde_json::{Value, json};
use wiremock::matchers::{body_string_contains, header, method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::engine::{Ran, job, run, run_until, step};
use crate::wire_server::{Act, WireServer};

const SECRET: &str = "s3cr3t-k3y-77";

fn page(rows: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(rows)
}

/// Reads into `out.csv` with what is in `connection` and `config`.
async fn fetch(root: &Path, component: &str, connection: Value, config: Value) -> Ran {
    run(fetching(root, component, connection, config)).await
}

fn fetching(root: &Path, component: &str, connection: Value, mut config: Value) -> pipesmith::pipeline::run::Job {
    let family = component.split('.').next().unwrap();
    let file = json!({"version": 1, "connections": {family: {"api": connection}}});
    std::fs::write(root.join("pipesmith_connections.yaml"), file.to_string()).unwrap();
    config["connection"] = json!(format!("@{family}.api"));
    let steps =
        vec![step("r", component, &[], config), step("w", "filesystem.csv_writer", &["r"], json!({"path": "out.csv"}))];
    let mut job = job(root, steps);
    job.connections = Arc::new(Connections::load(root).0);
    job
}

async fn rest(server: &MockServer, config: Value) -> (String, Ran) {
    let dir = tempfile::tempdir().unwrap();
    let ran = fetch(dir.path(), "rest.extractor", json!({"base_url": server.uri()}), config).await;
    (std::fs::read_to_string(dir.path().join("out.csv")).unwrap_or_default(), ran)
}

async fn good(server: &MockServer, config: Value) -> String {
    let (text, ran) = rest(server, config).await;
    assert!(ran.end_of("r").starts_with("finished"), "{:?}", ran.facts);
    text
}

#[tokio::test]
async fn rows_are_typed_flattened_and_nested_values_stay_json() {
    let server = MockServer::start().await;
    let rows = json!({"data": {"items": [
        {"id": 1, "who": {"name": "a", "tags": [1, {"x": 2}]}, "at": "2024-01-01"},
        {"id": 2, "who": {"name": null, "tags": []}, "price": 0.5},
    ]}});
    Mock::given(method("GET"))
        .and(path("/v1/orders"))
        .and(query_param("region", "eu"))
        .respond_with(page(rows))
        .mount(&server)
        .await;
    let config = json!({"path": "v1/orders?region=eu", "data_path": "data.items"});
    let flat = good(&server, config.clone()).await;
    assert_eq!(flat, "id,who_name,who_tags,at,price\n1,a,\"[1,{\"\"x\"\":2}]\",2024-01-01,\n2,,[],,0.5\n");
    let mut config = config;
    config["flatten_result"] = json!(false);
    config["columns"] = json!(["who", "id"]);
    config["limit"] = json!(1);
    assert_eq!(good(&server, config).await, "who,id\n\"{\"\"name\"\":\"\"a\"\",\"\"tags\"\":[1,{\"\"x\"\":2}]}\",1\n");
}

#[tokio::test]
async fn pages_by_number_offset_cursor_address_and_link() {
    let server = MockServer::start().await;
    let at = |name: &str, value: &str| Mock::given(path("/n")).and(query_param(name, value));
    at("page", "1")
        .and(query_param("per_page", "2"))
        .respond_with(page(json!([{"a": 1}, {"a": 2}])))
        .mount(&server)
        .await;
    at("page", "2").respond_with(page(json!([{"a": 3}]))).mount(&server).await;
    at("page", "3").respond_with(page(json!([]))).mount(&server).await;
    let want = "a\n1\n2\n3\n";
    assert_eq!(good(&server, json!({"path": "/n", "pagination": "page", "page_size": 2})).await, want);
    assert_eq!(
        good(&server, json!({"path": "/n", "pagination": "page", "page_size": 2, "max_pages": 1})).await,
        "a\n1\n2\n"
    );

    let at = |value: &str| Mock::given(path("/o")).and(query_param("skip", value)).and(query_param("top", "2"));
    at("0").respond_with(page(json!([{"a": 1}, {"a": 2}]))).mount(&server).await;
    at("2").respond_with(page(json!([{"a": 3}]))).mount(&server).await;
    at("3").respond_with(page(json!([]))).mount(&server).await;
    let config =
        json!({"path": "/o", "pagination": "offset", "page_param": "skip", "page_size_param": "top", "page_size": 2});
    assert_eq!(good(&server, config).await, want);

    let first = page(json!({"rows": [{"a": 1}, {"a": 2}], "meta": {"next": "c/2="}}));
    Mock::given(path("/c")).and(query_param_is_missing("after")).respond_with(first).mount(&server).await;
    let last = page(json!({"rows": [{"a": 3}], "meta": {"next": null}}));
    Mock::given(path("/c")).and(query_param("after", "c/2=")).respond_with(last).mount(&server).await;
    let config = json!({"path": "/c", "pagination": "cursor", "page_param": "after", "cursor_path": "meta.next", "data_path": "rows"});
    assert_eq!(good(&server, config).await, want);

    let first = page(json!({"rows": [{"a": 1}, {"a": 2}], "next": "/b?x=2"}));
    Mock::given(path("/b")).and(query_param_is_missing("x")).respond_with(first).mount(&server).await;
    Mock::given(path("/b"))
        .and(query_param("x", "2"))
        .respond_with(page(json!({"rows": [{"a": 3}]})))
        .mount(&server)
        .await;
    let config = json!({"path": "/b", "pagination": "next", "cursor_path": "next", "data_path": "rows"});
    assert_eq!(good(&server, config).await, want);

    let link = format!("<{}/l?p=0>; rel=\"prev\", <{}/l?p=2>; rel=\"next\"", server.uri(), server.uri());
    let first = page(json!([{"a": 1}, {"a": 2}])).insert_header("link", link.as_str());
    Mock::given(path("/l")).and(query_param_is_missing("p")).respond_with(first).mount(&server).await;
    Mock::given(path("/l")).and(query_param("p", "2")).respond_with(page(json!([{"a": 3}]))).mount(&server).await;
    assert_eq!(good(&server, json!({"path": "/l", "pagination": "link"})).await, want);
}

#[tokio::test]
async fn an_api_that_repeats_itself_is_noticed() {
    let server = MockServer::start().await;
    Mock::given(path("/same")).respond_with(page(json!([{"a": 1}]))).mount(&server).await;
    Mock::given(path("/loop")).respond_with(page(json!({"rows": [{"a": 1}], "next": "x"}))).mount(&server).await;
    for config in [
        json!({"path": "/same", "pagination": "page"}),
        json!({"path": "/same", "pagination": "offset"}),
        json!({"path": "/loop", "pagination": "cursor", "cursor_path": "next", "data_path": "rows"}),
        json!({"path": "/loop", "pagination": "next", "cursor_path": "next", "data_path": "rows"}),
    ] {
        let (text, ran) = rest(&server, config.clone()).await;
        let code = ran.failure().code;
        assert!(
            code == "http-same-page" || config["pagination"] == "next" && code == "http-status",
            "{config}: {code}"
        );
        assert_eq!(text, "");
    }
}

#[tokio::test]
async fn a_later_value_that_does_not_fit_is_said_with_page_and_row() {
    let server = MockServer::start().await;
    Mock::given(path("/x"))
        .and(query_param("page", "1"))
        .respond_with(page(json!([{"a": 1}, {"a": 2}])))
        .mount(&server)
        .await;
    Mock::given(path("/x"))
        .and(query_param("page", "2"))
        .respond_with(page(json!([{"a": 3}, {"a": "n/a"}])))
        .mount(&server)
        .await;
    Mock::given(path("/x"))
        .and(query_param("page", "3"))
        .respond_with(page(json!([{"a": 4, "b": 1}])))
        .mount(&server)
        .await;
    Mock::given(path("/x")).respond_with(page(json!([]))).mount(&server).await;
    let config = json!({"path": "/x", "pagination": "page", "infer_rows": 2});
    let with = |extra: Value| {
        let mut config = config.clone();
        config.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        config
    };
    let (_, ran) = rest(&server, config.clone()).await;
    let failure = ran.failure();
    assert_eq!(failure.code, "json-value-type");
    assert!(
        failure.message.ends_with("/x: page 2, row 2, column \"a\": \"n/a\" is not integer"),
        "{}",
        failure.message
    );
    let (_, ran) = rest(&server, with(json!({"infer_rows": 1000}))).await;
    assert!(ran.failure().message.ends_with("\"a\" is a number (page 1, row 1) and a text (page 2, row 2)"));
    let (_, ran) = rest(&server, with(json!({"types": "text"}))).await;
    assert!(ran.failure().message.ends_with("page 3, row 1: no row before had the key \"b\""));
    let text = good(&server, with(json!({"types": "text", "columns": ["a"]}))).await;
    assert_eq!(text, "a\n1\n2\n3\nn/a\n4\n");
    let (_, ran) = rest(&server, json!({"path": "/none", "data_path": "x"})).await;
    assert_eq!(ran.failure().code, "http-status");
}

/// Fails some times, then answers.
struct Moody {
    fails: usize,
    seen: Arc<AtomicUsize>,
    how: ResponseTemplate,
}

impl Respond for Moody {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        if self.seen.fetch_add(1, Ordering::SeqCst) < self.fails { self.how.clone() } else { page(json!([{"a": 1}])) }
    }
}

#[tokio::test]
async fn only_what_passes_is_tried_again_and_the_server_says_when() {
    for (status, fails, retries, tries, ends_well) in [
        (503, 2, 3, 3, true),
        (429, 1, 1, 2, true),
        (500, 9, 2, 3, false),
        (400, 1, 5, 1, false),
        (404, 1, 5, 1, false),
        (501, 1, 5, 1, false),
    ] {
        let server = MockServer::start().await;
        let seen = Arc::new(AtomicUsize::new(0));
        let how = ResponseTemplate::new(status).set_body_string("no, thanks");
        Mock::given(path("/")).respond_with(Moody { fails, seen: seen.clone(), how }).mount(&server).await;
        let config = json!({"max_retries": retries, "retry_delay": 0.001});
        let (text, ran) = rest(&server, config).await;
        assert_eq!(seen.load(Ordering::SeqCst), tries, "{status}");
        assert_eq!(text == "a\n1\n", ends_well, "{status}");
        if !ends_well {
            let failure = ran.failure();
            let busy = matches!(status, 429 | 500 | 503);
            assert_eq!(failure.code, if busy { "http-busy" } else { "http-status" });
            assert!(failure.message.contains(&status.to_string()), "{}", failure.message);
            assert!(failure.why.unwrap().contains("no, thanks"));
        }
    }
    // Without its word, the next try would come in a minute.
    let server = MockServer::start().await;
    let seen = Arc::new(AtomicUsize::new(0));
    let how = ResponseTemplate::new(429).insert_header("retry-after", "0");
    Mock::given(path("/")).respond_with(Moody { fails: 1, seen: seen.clone(), how }).mount(&server).await;
    let text = tokio::time::timeout(Duration::from_secs(30), good(&server, json!({"retry_delay": 60}))).await.unwrap();
    assert_eq!(text, "a\n1\n");
}

#[tokio::test]
async fn each_kind_of_login_is_sent_and_none_is_told() {
    let server = MockServer::start().await;
    let ok = || page(json!([{"a": 1}]));
    Mock::given(path("/bearer"))
        .and(header("authorization", format!("Bearer {SECRET}")))
        .respond_with(ok())
        .mount(&server)
        .await;
    let login = "Basic bWU6czNjcjN0LWszeS03Nw==";
    Mock::given(path("/basic")).and(header("authorization", login)).respond_with(ok()).mount(&server).await;
    Mock::given(path("/key")).and(header("x-key", SECRET)).respond_with(ok()).mount(&server).await;
    Mock::given(path("/query"))
        .and(query_param("key", SECRET))
        .and(query_param("q", "1"))
        .respond_with(ok())
        .mount(&server)
        .await;
    let base = |extra: Value| {
        let mut connection = json!({"base_url": server.uri(), "auth_token": SECRET});
        connection.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        connection
    };
    for (place, connection) in [
        ("/bearer", base(json!({"auth_type": "bearer"}))),
        ("/basic", base(json!({"auth_type": "basic", "auth_username": "me"}))),
        ("/key", base(json!({"auth_type": "api_key", "auth_header_name": "X-Key"}))),
        ("/query?q=1", base(json!({"auth_type": "api_key", "auth_query_name": "key"}))),
    ] {
        let dir = tempfile::tempdir().unwrap();
        // As it comes out of compiling: with the defaults of the contract.
        let config = json!({"path": place, "auth_type": "none", "auth_header_name": "X-API-Key"});
        let ran = fetch(dir.path(), "rest.extractor", connection.clone(), config).await;
        assert!(ran.end_of("r").starts_with("finished"), "{place}: {:?}", ran.facts);
        let ran = fetch(dir.path(), "rest.extractor", connection, json!({"path": format!("/wrong{place}")})).await;
        assert_eq!(ran.failure().code, "http-status");
        let told = format!("{:?}", ran.facts);
        assert!(!told.contains(SECRET) && !told.contains("bWU6czNjcjN0"), "{told}");
    }
}

#[tokio::test]
async fn tokens_are_fetched_once_and_anew_when_they_are_not_taken() {
    let server = MockServer::start().await;
    let fetched = Arc::new(AtomicUsize::new(0));
    let count = fetched.clone();
    let token = move |_: &Request| {
        let number = count.fetch_add(1, Ordering::SeqCst);
        page(json!({"access_token": format!("token-number-{number}"), "expires_in": 3600}))
    };
    let form = "grant_type=client_credentials&scope=read+all";
    Mock::given(path("/token"))
        .and(header("authorization", "Basic Y2xpZW50OnMzY3IzdC1rM3ktNzc="))
        .and(body_string_contains(form))
        .respond_with(token)
        .mount(&server)
        .await;
    let with = |number: usize| header("authorization", format!("Bearer token-number-{number}"));
    let at = |n: &str| Mock::given(path("/x")).and(query_param("page", n));
    at("1").and(with(0)).respond_with(page(json!([{"a": 1}]))).mount(&server).await;
    at("2").and(with(0)).respond_with(ResponseTemplate::new(401)).mount(&server).await;
    at("2").and(with(1)).respond_with(page(json!([{"a": 2}]))).mount(&server).await;
    at("3").and(with(1)).respond_with(page(json!([]))).mount(&server).await;
    let connection = json!({
        "base_url": server.uri(), "auth_type": "oauth2", "auth_token_url": format!("{}/token", server.uri()),
        "auth_client_id": "client", "auth_client_secret": SECRET, "auth_scope": "read all",
    });
    let dir = tempfile::tempdir().unwrap();
    let config = json!({"path": "/x", "pagination": "page"});
    let ran = fetch(dir.path(), "rest.extractor", connection, config).await;
    assert_eq!(ran.end_of("r"), "finished 0→2", "{:?}", ran.facts);
    assert_eq!(fetched.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn another_origin_gets_no_credentials() {
    let (server, other) = (MockServer::start().await, MockServer::start().await);
    let away = ResponseTemplate::new(302).insert_header("location", format!("{}/x", other.uri()).as_str());
    Mock::given(path("/away")).respond_with(away).mount(&server).await;
    let home = ResponseTemplate::new(307).insert_header("location", "/x");
    Mock::given(path("/home")).respond_with(home).mount(&server).await;
    Mock::given(path("/x")).and(header("x-key", SECRET)).respond_with(page(json!([{"a": 1}]))).mount(&server).await;
    Mock::given(path("/x")).respond_with(page(json!([{"a": 2}]))).mount(&other).await;
    let next = page(json!([{"a": 1}])).insert_header("link", format!("<{}/x>; rel=next", other.uri()).as_str());
    Mock::given(path("/link")).respond_with(next).mount(&server).await;
    Mock::given(path("/round"))
        .respond_with(ResponseTemplate::new(302).insert_header("location", "/round"))
        .mount(&server)
        .await;
    let connection = json!({
        "base_url": server.uri(), "auth_type": "api_key", "auth_header_name": "X-Key", "auth_token": SECRET,
        "headers": {"X-Other-Token": SECRET},
    });
    let dir = tempfile::tempdir().unwrap();
    for (place, want) in [("/away", "a\n2\n"), ("/home", "a\n1\n"), ("/link", "a\n1\n2\n")] {
        let config = json!({"path": place, "pagination": if place == "/link" { "link" } else { "none" }});
        let ran = fetch(dir.path(), "rest.extractor", connection.clone(), config).await;
        assert_eq!(std::fs::read_to_string(dir.path().join("out.csv")).unwrap(), want, "{:?}", ran.facts);
    }
    for request in other.received_requests().await.unwrap() {
        assert!(request.headers.values().all(|value| !value.to_str().unwrap_or("").contains(SECRET)));
    }
    assert_eq!(other.received_requests().await.unwrap().len(), 2);
    let ran = fetch(dir.path(), "rest.extractor", connection, json!({"path": "/round", "max_retries": 0})).await;
    assert_eq!(ran.failure().code, "http-redirects");
}

#[tokio::test]
async fn hostile_answers_end_the_step() {
    let server = MockServer::start().await;
    let deep = format!("[{{\"a\": {}1{}}}]", "[".repeat(300_000), "]".repeat(300_000));
    Mock::given(path("/deep")).respond_with(ResponseTemplate::new(200).set_body_string(deep)).mount(&server).await;
    let large = format!("[{{\"a\": \"{}\"}}]", "x".repeat(1 << 20));
    Mock::given(path("/large")).respond_with(ResponseTemplate::new(200).set_body_string(large)).mount(&server).await;
    Mock::given(path("/html")).respond_with(ResponseTemplate::new(200).set_body_string("<html>")).mount(&server).await;
    Mock::given(path("/bytes"))
        .respond_with(ResponseTemplate::new(200).set_body_bytes(vec![0xff, 0xfe]))
        .mount(&server)
        .await;
    Mock::given(path("/empty")).respond_with(page(json!([]))).mount(&server).await;
    Mock::given(path("/words")).respond_with(page(json!(["x"]))).mount(&server).await;
    for (place, code) in [
        ("/deep", "json-row"),
        ("/large", "http-too-large"),
        ("/html", "http-not-json"),
        ("/bytes", "http-not-json"),
        ("/empty", "http-no-rows"),
        ("/words", "json-row"),
    ] {
        let (_, ran) = rest(&server, json!({"path": place, "max_response_mb": 1})).await;
        assert_eq!(ran.failure().code, code, "{place}: {}", ran.failure().message);
    }
    assert_eq!(good(&server, json!({"path": "/empty", "columns": ["a", "b"]})).await, "a,b\n");
    // A server that is not there at all.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let config = json!({"max_retries": 1, "retry_delay": 0.01});
    let ran = fetch(dir.path(), "rest.extractor", json!({"base_url": format!("http://{nobody}")}), config).await;
    assert_eq!(ran.failure().code, "http-unreachable");
    assert!(ran.failure().why.unwrap().contains("2 times"));
}

#[tokio::test]
async fn stopping_the_run_closes_the_line_at_once() {
    let mut server = WireServer::start(vec![vec![Act::AwaitClose]]).await;
    let dir = tempfile::tempdir().unwrap();
    let connection = json!({"base_url": server.base_url()});
    let job = fetching(dir.path(), "rest.extractor", connection, json!({"timeout": 300}));
    let running = tokio::spawn(run_until(job, |fact, cancel| {
        if matches!(fact, RunFact::StepStarted { step } if step == "r") {
            cancel.cancel();
        }
    }));
    let ran = tokio::time::timeout(Duration::from_secs(60), running).await.unwrap().unwrap();
    assert_eq!(ran.end_of("r"), "stopped");
    assert!(!dir.path().join("out.csv").exists());
    drop(server.requests());
    let _ = &mut server;
}

#[tokio::test]
async fn pages_of_graphql_by_connection_and_offset() {
    let server = MockServer::start().await;
    let answer = |nodes: Value, more: bool, end: Value| {
        page(json!({"data": {"orders": {"nodes": nodes, "pageInfo": {"hasNextPage": more, "endCursor": end}}}}))
    };
    let asked = |text: &str| Mock::given(method("POST")).and(path("/graphql")).and(body_string_contains(text));
    asked(r#""after":"c1""#).respond_with(answer(json!([{"id": 2}]), false, json!(null))).mount(&server).await;
    asked("hasNextPage")
        .and(body_string_contains(r#""first":50"#))
        .respond_with(answer(json!([{"id": 1}]), true, json!("c1")))
        .mount(&server)
        .await;
    asked(r#""skip":2"#).respond_with(page(json!({"data": {"all": []}}))).mount(&server).await;
    asked(r#""skip":0"#).respond_with(page(json!({"data": {"all": [{"id": 1}, {"id": 2}]}}))).mount(&server).await;
    asked("broken")
        .respond_with(page(json!({"data": {"all": []}, "errors": [{"message": "no such field"}]})))
        .mount(&server)
        .await;
    let dir = tempfile::tempdir().unwrap();
    let connection = json!({"endpoint": format!("{}/graphql", server.uri())});
    for config in [
        json!({
            "query": "query ($after: String, $first: Int) { orders(after: $after, first: $first) { nodes { id } pageInfo { endCursor hasNextPage } } }",
            "data_path": "data.orders.nodes", "pagination_enabled": true, "pagination_path": "data.orders.pageInfo",
            "page_size_variable": "first", "page_size": 50,
        }),
        json!({
            "query": "query ($skip: Int) { all(skip: $skip) { id } }", "data_path": "data.all",
            "pagination_enabled": true, "pagination_kind": "offset", "pagination_offset_variable": "skip",
        }),
    ] {
        let ran = fetch(dir.path(), "graphql.extractor", connection.clone(), config).await;
        assert!(ran.end_of("r").starts_with("finished"), "{:?}", ran.facts);
        assert_eq!(std::fs::read_to_string(dir.path().join("out.csv")).unwrap(), "id\n1\n2\n");
    }
    let config = json!({"query": "{ broken { id } }", "data_path": "data.all"});
    let failure = fetch(dir.path(), "graphql.extractor", connection.clone(), config).await.failure();
    assert_eq!((failure.code.as_str(), failure.why.as_deref()), ("graphql-errors", Some("no such field")));
    let config = json!({"query": "{ all { id } }", "pagination_enabled": true});
    let ran = fetch(dir.path(), "graphql.extractor", connection, config).await;
    assert!(format!("{:?}", ran.facts).contains("does not use the variable $after"), "{:?}", ran.facts);
}
