//! The model clients against real servers on the loopback.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use pipesmith::diagnostic::Diagnostic;
use pipesmith::model::openai::{OpenAiClient, OpenAiSettings};
use pipesmith::model::recorded::{Pace, RecordedClient, Recorder};
use pipesmith::model::{FinishReason, Message, ModelClient, ModelEvent, ModelRequest, ResponseFormat, Role, Usage};
use secrecy::SecretString;
use wiremock::matchers::{body_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::wire_server::{Act, WireServer, answer, ending, good, stream_head, words};

const KEY: &str = "sk-very-secret-0815";

fn settings(base_url: impl Into<String>) -> OpenAiSettings {
    let mut settings = OpenAiSettings::new(base_url, "tiny");
    settings.api_key = Some(SecretString::from(KEY));
    settings.key_variable = Some("TINY_KEY".into());
    settings
}

fn client(settings: OpenAiSettings) -> OpenAiClient {
    OpenAiClient::new(settings).unwrap().retry_wait(Duration::from_millis(1))
}

fn request(text: &str) -> ModelRequest {
    ModelRequest {
        model: "tiny".into(),
        messages: vec![Message::new(Role::User, text)],
        temperature: Some(0.0),
        max_tokens: Some(100),
        response_format: None,
    }
}

/// All events of an answer, and the diagnostic it ended with.
async fn ask(client: &dyn ModelClient, text: &str) -> (Vec<ModelEvent>, Option<Diagnostic>) {
    let mut answer = client.ask(request(text));
    let mut events = Vec::new();
    while let Some(item) = answer.next().await {
        match item {
            Ok(event) => events.push(event),
            Err(error) => {
                assert!(answer.next().await.is_none(), "an error is the last item");
                return (events, Some(*error.0));
            }
        }
    }
    (events, None)
}

async fn ask_server(server: &WireServer) -> (Vec<ModelEvent>, Option<Diagnostic>) {
    ask(&client(settings(server.base_url())), "hi").await
}

fn text_of(events: &[ModelEvent]) -> String {
    events.iter().map(|e| if let ModelEvent::Text(t) = e { t.as_str() } else { "" }).collect()
}

fn retries(events: &[ModelEvent]) -> Vec<(u32, u64, &str)> {
    let retry = |e| match e {
        &ModelEvent::Retrying { attempt, wait_ms, ref reason } => Some((attempt, wait_ms, reason.as_str())),
        _ => None,
    };
    events.iter().filter_map(retry).collect()
}

fn code(diagnostic: &Option<Diagnostic>) -> &str {
    diagnostic.as_ref().map_or("", |d| d.code.as_str())
}

#[tokio::test]
async fn the_request_is_what_servers_expect() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v1/chat/completions"))
        .and(header("authorization", format!("Bearer {KEY}").as_str()))
        .and(header("content-type", "application/json"))
        .and(body_json(serde_json::json!({
            "model": "tiny",
            "messages": [{"role": "user", "content": "hi"}],
            "stream": true,
            "stream_options": {"include_usage": true},
            "temperature": 0.0,
            "max_tokens": 100,
        })))
        .respond_with(ResponseTemplate::new(200).set_body_raw(words("hello ") + &ending(), "text/event-stream"))
        .expect(1)
        .mount(&server)
        .await;
    let client = client(settings(format!("{}/v1/", server.uri())));
    let (events, error) = ask(&client, "hi").await;
    assert_eq!(error, None);
    assert_eq!(
        events,
        [
            ModelEvent::Text("hello ".into()),
            ModelEvent::Usage(Usage { input: 7, output: 3 }),
            ModelEvent::Finished(FinishReason::Stop)
        ]
    );
}

/// A request whose answer is to be JSON of a schema.
fn held(text: &str) -> ModelRequest {
    let schema = serde_json::json!({"type": "object"});
    let format = ResponseFormat { name: "pipeline".into(), strict: false, schema };
    ModelRequest { response_format: Some(format), ..request(text) }
}

#[tokio::test]
async fn a_server_that_takes_no_response_format_is_asked_once_without_it() {
    for (status, message) in [
        ("400 Bad Request", "'response_format' of type 'json_schema' is not supported with this model"),
        ("422 Unprocessable Entity", "extra fields not permitted: response_format"),
        ("500 Internal Server Error", "failed to parse grammar"),
    ] {
        let body = serde_json::json!({"error": {"message": format!("{message} {KEY}")}}).to_string();
        let server = WireServer::start(vec![
            vec![answer(status, "content-type: application/json\r\n", &body)],
            good("as I like"),
        ])
        .await;
        let client = client(settings(server.base_url()));
        for turn in 0..2 {
            let mut answer = client.ask(held("hi"));
            let mut events = Vec::new();
            while let Some(event) = answer.next().await {
                events.push(event.unwrap());
            }
            assert_eq!(text_of(&events), "as I like");
            let told = retries(&events);
            assert_eq!(told.len(), usize::from(turn == 0), "told when it happens, and remembered: {told:?}");
            assert!(told.iter().all(|(attempt, wait, why)| (*attempt, *wait) == (1, 0)
                && why.contains("asking without response_format")
                && !why.contains(KEY)));
        }
        let sent: Vec<serde_json::Value> = server.requests().iter().map(|request| request.json()).collect();
        assert_eq!(sent.len(), 3);
        assert_eq!(sent[0]["response_format"]["type"], "json_schema");
        assert_eq!(sent[0]["response_format"]["json_schema"]["schema"]["type"], "object");
        assert!(sent[1..].iter().all(|body| body.get("response_format").is_none()));
        assert_eq!(sent[1]["messages"], sent[0]["messages"]);
    }
}

#[tokio::test]
async fn another_refusal_of_a_request_with_a_form_is_a_refusal() {
    let body = r#"{"error": {"message": "the model `tiny` does not exist"}}"#;
    let server =
        WireServer::start(vec![vec![answer("400 Bad Request", "content-type: application/json\r\n", body)]]).await;
    let client = client(settings(server.base_url()));
    let events: Vec<_> = client.ask(held("hi")).collect().await;
    assert!(matches!(events.as_slice(), [Err(_)]), "{events:?}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_stream_split_at_every_byte_is_the_same_answer() {
    let thinking = "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"přemýšlím\"}}]}\r\n\r\n";
    let stream = format!("\u{feff}: ping\r\r{thinking}{}{}{}", words("žluťoučký "), words("🦀\n"), ending());
    let whole = WireServer::start(vec![vec![stream_head(), Act::Bytes(stream.clone().into_bytes())]]).await;
    let split = WireServer::start(vec![vec![Act::ByteByByte(stream.into_bytes())]]).await;
    let (events, error) = ask_server(&split).await;
    assert_eq!(error, None);
    assert_eq!(text_of(&events), "žluťoučký 🦀\n");
    assert_eq!(events[0], ModelEvent::Thinking("přemýšlím".into()));
    assert_eq!(events.last(), Some(&ModelEvent::Finished(FinishReason::Stop)));
    assert_eq!((events, error), ask_server(&whole).await);
    assert!(whole.requests()[0].head.starts_with("POST /v1/chat/completions HTTP/1.1"));
}

#[tokio::test]
async fn the_first_words_come_before_the_server_is_done() {
    let mut server =
        WireServer::start(vec![vec![stream_head(), Act::Bytes(words("first ").into_bytes()), Act::AwaitClose]]).await;
    let client = client(settings(server.base_url()));
    let mut answer = client.ask(request("hi"));
    assert_eq!(answer.next().await, Some(Ok(ModelEvent::Text("first ".into()))));
    drop(answer);
    assert!(server.client_closed().await, "dropping the answer closes the connection");
}

#[tokio::test]
async fn a_call_dropped_before_any_answer_closes_the_connection_too() {
    let mut server = WireServer::start(vec![vec![Act::AwaitClose]]).await;
    let client = client(settings(server.base_url()));
    let mut answer = client.ask(request("hi"));
    tokio::select! {
        said = answer.next() => panic!("the server says nothing, but the client heard {said:?}"),
        () = server.request_arrived() => {}
    }
    drop(answer);
    assert!(server.client_closed().await);
}

#[tokio::test]
async fn failures_that_pass_are_tried_again_as_the_server_asks() {
    let past = "retry-after: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    let server = WireServer::start(vec![
        vec![answer("429 Too Many Requests", "retry-after: 0\r\n", "{\"error\":{\"message\":\"slow down\"}}")],
        vec![answer("503 Service Unavailable", past, "{\"error\":{\"message\":\"Loading model\",\"code\":503}}")],
        vec![answer("500 Internal Server Error", "", "oops")],
        good("at last"),
    ])
    .await;
    let (events, error) = ask_server(&server).await;
    assert_eq!(error, None);
    assert_eq!(text_of(&events), "at last");
    assert_eq!(retries(&events), [(1, 0, "429 slow down"), (2, 0, "503 Loading model"), (3, 4, "500 oops")]);
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn tries_end() {
    let server = WireServer::start(vec![vec![answer("502 Bad Gateway", "", "<html>bad</html>")]]).await;
    let (events, error) = ask_server(&server).await;
    assert_eq!((retries(&events).len(), code(&error)), (3, "model-server-error"));
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn refusals_are_not_tried_again_and_say_what_to_do() {
    let cases = [
        ("401 Unauthorized", "{\"error\":{\"message\":\"bad key sk-very-secret-0815\"}}", "model-unauthorized"),
        ("403 Forbidden", "no", "model-unauthorized"),
        ("404 Not Found", "{\"error\":{\"message\":\"model \\\"tiny\\\" not found\"}}", "model-not-found"),
        ("404 Not Found", "404 page not found", "model-path-not-found"),
        ("400 Bad Request", "{\"error\":{\"message\":\"temperature too high\"}}", "model-bad-request"),
        (
            "400 Bad Request",
            "{\"error\":{\"code\":\"context_length_exceeded\",\"message\":\"x\"}}",
            "model-context-too-long",
        ),
        ("429 Too Many Requests", "{\"error\":{\"code\":\"insufficient_quota\",\"message\":\"pay\"}}", "model-quota"),
    ];
    for (status, body, expected) in cases {
        let server = WireServer::start(vec![vec![answer(status, "", body)]]).await;
        let (events, error) = ask_server(&server).await;
        assert_eq!((events.len(), code(&error)), (0, expected), "{status}");
        assert_eq!(server.requests().len(), 1, "{status}");
        let diagnostic = error.unwrap();
        assert!(diagnostic.fix.is_some() && diagnostic.why.is_some(), "{diagnostic:?}");
        assert!(!serde_json::to_string(&diagnostic).unwrap().contains(KEY));
    }
}

#[tokio::test]
async fn a_missing_key_is_told_and_nothing_is_sent() {
    let server = WireServer::start(vec![good("no")]).await;
    for key in [None, Some(SecretString::from(" \n"))] {
        let mut settings = settings(server.base_url());
        settings.api_key = key;
        settings.key_required = true;
        let (events, error) = ask(&client(settings), "hi").await;
        assert_eq!((events.len(), code(&error)), (0, "missing-api-key"));
        let diagnostic = error.unwrap();
        assert!(diagnostic.fix.unwrap().text.contains("TINY_KEY"));
    }
    let mut bad = settings(server.base_url());
    bad.api_key = Some(SecretString::from("with\nline end"));
    let (_, error) = ask(&client(bad), "hi").await;
    assert_eq!(code(&error), "bad-api-key");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_server_that_is_down_is_named() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let mut settings = settings(format!("http://{address}/v1"));
    settings.max_retries = 1;
    let (events, error) = ask(&client(settings), "hi").await;
    assert_eq!((retries(&events).len(), code(&error)), (1, "model-unreachable"));
    assert!(error.unwrap().message.contains(&address.to_string()));
}

#[tokio::test]
async fn a_connection_lost_before_the_first_word_is_tried_again() {
    let role = "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n";
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nda";
    let server = WireServer::start(vec![
        vec![],
        vec![stream_head(), Act::Bytes(role.into())],
        vec![Act::Bytes(chunked.into())],
        good("here"),
    ])
    .await;
    let (events, error) = ask_server(&server).await;
    assert_eq!((error, text_of(&events).as_str(), retries(&events).len()), (None, "here", 3));
}

#[tokio::test]
async fn words_that_arrived_are_kept_and_never_asked_for_again() {
    let part = |rest: &str| vec![stream_head(), Act::Bytes((words("half an ans") + rest).into_bytes())];
    let error_event = "data: {\"error\":{\"message\":\"out of memory\",\"code\":500}}\n\n";
    for script in [part(""), part("data: {\"choi"), part(error_event)] {
        let server = WireServer::start(vec![script]).await;
        let (events, error) = ask_server(&server).await;
        assert_eq!(text_of(&events), "half an ans");
        let diagnostic = error.unwrap();
        assert_eq!(diagnostic.code, "model-answer-broken");
        assert!(diagnostic.why.unwrap().contains("11 characters"));
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn silence_ends_a_call() {
    let mut server = WireServer::start(vec![
        vec![Act::AwaitClose],
        vec![stream_head(), Act::AwaitClose],
        vec![stream_head(), Act::Bytes(words("so").into_bytes()), Act::AwaitClose],
    ])
    .await;
    let mut settings = settings(server.base_url());
    settings.first_byte_timeout = Duration::from_millis(300);
    settings.idle_timeout = Duration::from_millis(300);
    let (events, error) = ask(&client(settings.clone()), "hi").await;
    assert_eq!((retries(&events).len(), text_of(&events).as_str(), code(&error)), (2, "so", "model-answer-broken"));
    for _ in 0..3 {
        assert!(server.client_closed().await);
    }
    let silent = WireServer::start(vec![vec![Act::AwaitClose]]).await;
    settings.base_url = silent.base_url();
    settings.max_retries = 0;
    let (_, error) = ask(&client(settings), "hi").await;
    assert_eq!(code(&error), "model-timeout");
}

#[tokio::test]
async fn a_server_that_does_not_close_after_the_end_is_not_waited_for() {
    let end = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"length\"}]}\n\n";
    let script = vec![stream_head(), Act::Bytes((words("a") + end).into_bytes()), Act::AwaitClose];
    let mut server = WireServer::start(vec![script]).await;
    let (events, error) = ask_server(&server).await;
    assert_eq!((error, events.last()), (None, Some(&ModelEvent::Finished(FinishReason::Length))));
    assert!(server.client_closed().await);
}

#[tokio::test]
async fn a_redirect_is_told_and_not_followed() {
    let other = WireServer::start(vec![good("gotcha")]).await;
    let headers = format!("location: http://{}/v1/chat/completions?key={KEY}\r\n", other.address);
    let server = WireServer::start(vec![vec![answer("307 Temporary Redirect", &headers, "")]]).await;
    let (_, error) = ask_server(&server).await;
    assert_eq!(code(&error), "model-redirected");
    let shown = serde_json::to_string(&error).unwrap();
    assert!(shown.contains(&other.address.to_string()) && !shown.contains(KEY), "{shown}");
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn a_server_without_stream_options_is_asked_without() {
    let refusal = "{\"error\":{\"message\":\"Unrecognized request argument supplied: stream_options\"}}";
    let server = WireServer::start(vec![vec![answer("400 Bad Request", "", refusal)], good("fine")]).await;
    let client = client(settings(server.base_url()));
    let (events, error) = ask(&client, "hi").await;
    assert_eq!((error, text_of(&events).as_str(), retries(&events).len()), (None, "fine", 0));
    ask(&client, "again").await;
    let asked: Vec<bool> = server.requests().iter().map(|r| r.json().get("stream_options").is_some()).collect();
    assert_eq!(asked, [true, false, false], "what was learnt is kept");
}

#[tokio::test]
async fn a_server_that_does_not_stream_is_understood() {
    let body = "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"all at once\"},\
                \"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}";
    let server = WireServer::start(vec![vec![answer("200 OK", "content-type: application/json\r\n", body)]]).await;
    let (events, error) = ask_server(&server).await;
    assert_eq!((error, text_of(&events).as_str(), events.len()), (None, "all at once", 3));
}

#[tokio::test]
async fn what_is_no_answer_is_told() {
    for (headers, body) in [
        ("content-type: text/html\r\n", "<!doctype html><title>router</title>"),
        ("content-type: application/json\r\n", "{\"status\":\"ok\"}"),
        ("content-type: text/event-stream\r\n", "data: hello\n\n"),
    ] {
        let server = WireServer::start(vec![vec![answer("200 OK", headers, body)]]).await;
        let (events, error) = ask_server(&server).await;
        assert_eq!((events.len(), code(&error)), (0, "model-answer-malformed"), "{body}");
    }
}

#[tokio::test]
async fn a_hostile_flood_is_cut_off() {
    let flood = vec![b'x'; 1 << 20];
    let endless = vec![stream_head(), Act::Bytes(b"data: ".to_vec()), Act::Bytes(flood.clone()), Act::Bytes(flood)];
    let server = WireServer::start(vec![endless]).await;
    let (_, error) = ask_server(&server).await;
    assert_eq!(code(&error), "model-answer-too-large");

    let block = words(&"y".repeat(1 << 19)).into_bytes();
    let many = std::iter::once(stream_head()).chain(std::iter::repeat_n(Act::Bytes(block), 40)).collect();
    let mut server = WireServer::start(vec![many]).await;
    let (events, error) = ask_server(&server).await;
    assert_eq!(code(&error), "model-answer-too-large");
    assert!(text_of(&events).len() <= 8 << 20);
    assert!(server.client_closed().await, "the rest is not read");
}

#[tokio::test]
async fn a_key_in_the_answer_is_masked() {
    let (left, right) = KEY.split_at(7);
    let stream = words(&format!("your key is {left}")) + &words(&format!("{right}!")) + &ending();
    let server = WireServer::start(vec![vec![stream_head(), Act::Bytes(stream.into_bytes())]]).await;
    let (events, _) = ask_server(&server).await;
    assert_eq!(text_of(&events), "your key is [redacted]!");
}

#[tokio::test]
async fn what_is_recorded_live_plays_back_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("session.jsonl");
    let stalled = vec![stream_head(), Act::Bytes(words("never done").into_bytes()), Act::AwaitClose];
    let server = WireServer::start(vec![
        vec![answer("503 Service Unavailable", "retry-after: 0\r\n", "")],
        good("one"),
        stalled,
        vec![answer("401 Unauthorized", "", "no")],
        good("two"),
    ])
    .await;
    let live = Arc::new(client(settings(server.base_url())));
    let recorder = Recorder::wrap(live, &file).unwrap();
    let (mut first, _) = ask(&*recorder, "first").await;
    let mut dropped = recorder.ask(request("dropped"));
    assert_eq!(dropped.next().await, Some(Ok(ModelEvent::Text("never done".into()))));
    drop(dropped);
    assert_eq!(code(&ask(&*recorder, "refused").await.1), "model-unauthorized");
    let (second, _) = ask(&*recorder, "second").await;

    let bytes = std::fs::read(&file).unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert!(!text.contains(KEY) && !text.contains(&server.address.to_string()), "{text}");
    assert_eq!(text.lines().count(), 3, "a header and the two calls that ended well");

    let played = RecordedClient::open("session.jsonl", &bytes, Pace::Instant).unwrap();
    assert_eq!(played.info().name, "tiny");
    first.retain(|e| !matches!(e, ModelEvent::Retrying { .. }));
    assert_eq!(ask(&played, "first").await, (first, None));
    assert_eq!(ask(&played, "second").await, (second, None));
    let (_, miss) = ask(&played, "secund").await;
    assert_eq!(code(&miss), "recording-miss");
    assert!(miss.unwrap().why.unwrap().contains("recorded \"second\", asked \"secund\""));
}

#[tokio::test]
async fn an_answer_that_can_not_be_recorded_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let server = WireServer::start(vec![good("words")]).await;
    let live = || Arc::new(client(settings(server.base_url())));
    let early = Recorder::wrap(live(), folder.path().join("no/such/folder.jsonl"));
    assert_eq!(early.err().map(|d| d.code).as_deref(), Some("recording-write"));
    let file = folder.path().join("r.jsonl");
    let recorder = Recorder::wrap(live(), &file).unwrap();
    std::fs::write(&file, "something else now\n").unwrap();
    let (events, error) = ask(&*recorder, "hi").await;
    assert_eq!((text_of(&events).as_str(), code(&error)), ("words", "recording-format"));
}
