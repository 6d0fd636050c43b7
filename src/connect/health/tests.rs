//! Tests of checks, against servers of this machine.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use super::*;
use crate::connect::Connections;

async fn checked(root: &Path, families: &str) -> Health {
    std::fs::write(root.join("pipesmith_connections.yaml"), format!("version: 1\nconnections: {families}\n")).unwrap();
    let (connections, _) = Connections::load(root);
    let connection = connections.iter().next().unwrap().clone();
    check(root, &connection, Duration::from_secs(5)).await
}

async fn kind(families: &str) -> (FailureKind, Diagnostic) {
    let dir = tempfile::tempdir().unwrap();
    let unwell = checked(dir.path(), families).await.outcome.unwrap_err();
    assert!(unwell.diagnostic.why.is_some() && unwell.diagnostic.fix.is_some(), "{unwell:?}");
    (unwell.kind, unwell.diagnostic)
}

/// A server that gives one answer; returns its address and, later, what it was asked.
fn server(answer: &'static str) -> (String, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = Vec::new();
        let mut part = [0; 4096];
        while !String::from_utf8_lossy(&asked).contains("\r\n\r\n") {
            let n = stream.read(&mut part).unwrap();
            asked.extend_from_slice(&part[..n]);
        }
        let length = answer.len();
        let (status, body) = answer.split_once('|').unwrap();
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
        assert!(length > 0);
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        String::from_utf8_lossy(&asked).into_owned()
    });
    (address, asked)
}

#[tokio::test]
async fn folders_are_looked_into() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("data")).unwrap();
    let found = checked(dir.path(), "{filesystem: {a: {base_dir: data}}}").await;
    assert_eq!(found.outcome.unwrap(), "data can be read and written");
    assert_eq!(kind("{filesystem: {a: {base_dir: nowhere}}}").await.0, FailureKind::WrongDatabase);
    assert_eq!(kind("{filesystem: {a: {base_dir: pipesmith_connections.yaml}}}").await.0, FailureKind::WrongDatabase);
}

#[tokio::test]
async fn variables_that_are_not_set_are_told_at_once() {
    let (found, told) = kind("{mysql: {a: {user: '${NO_SUCH_USER}', password: '${NO_SUCH_PW}'}}}").await;
    assert_eq!(found, FailureKind::MissingSecret);
    assert_eq!(told.message, "@mysql.a lacks a secret: NO_SUCH_PW, NO_SUCH_USER are not set");
    assert!(told.span.is_some());
}

#[tokio::test]
async fn an_api_answers_or_not() {
    let dir = tempfile::tempdir().unwrap();
    let (address, asked) = server("200 OK|{}");
    let rest = format!(
        "{{rest: {{a: {{base_url: '{address}/v1', auth_type: bearer, auth_token: t0ken-t0ken, headers: {{X-A: b}}}}}}}}"
    );
    let found = checked(dir.path(), &rest).await;
    assert!(found.outcome.unwrap().ends_with("answers (200)"));
    let asked = asked.join().unwrap().to_lowercase();
    assert!(asked.starts_with("get /v1 ") && asked.contains("authorization: bearer t0ken-t0ken"), "{asked}");
    assert!(asked.contains("x-a: b"), "{asked}");

    let (address, _asked) = server("401 Unauthorized|no");
    assert_eq!(kind(&format!("{{rest: {{a: {{base_url: '{address}'}}}}}}")).await.0, FailureKind::Auth);
    let (address, _asked) = server("503 Out|no");
    assert_eq!(kind(&format!("{{rest: {{a: {{base_url: '{address}'}}}}}}")).await.0, FailureKind::Other);
    let (address, _asked) = server("200 OK|<html>");
    assert_eq!(kind(&format!("{{graphql: {{a: {{endpoint: '{address}'}}}}}}")).await.0, FailureKind::WrongDatabase);
    let (address, _asked) = server("200 OK|{\"data\":{}}");
    let found = checked(dir.path(), &format!("{{graphql: {{a: {{endpoint: '{address}/g'}}}}}}")).await;
    assert!(found.outcome.unwrap().ends_with("answers GraphQL"));
}

#[tokio::test]
async fn what_keeps_an_api_from_answering_has_its_name() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let of = |address: String| format!("{{rest: {{a: {{base_url: '{address}'}}}}}}");
    assert_eq!(kind(&of(format!("http://127.0.0.1:{nobody}"))).await.0, FailureKind::Refused);
    assert_eq!(kind(&of("http://no-such-host.invalid/".to_owned())).await.0, FailureKind::Dns);
    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = plain.local_addr().unwrap();
    std::thread::spawn(move || plain.accept().unwrap().0.write_all(b"HTTP/1.1 400 what\r\n\r\n").unwrap());
    let (found, told) = kind(&of(format!("https://{address}"))).await;
    assert_eq!(found, FailureKind::Tls, "{told:?}");
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = format!("version: 1\nconnections: {}", of(format!("http://{}", silent.local_addr().unwrap())));
    std::fs::write(dir.path().join("pipesmith_connections.yaml"), file).unwrap();
    let connections = Connections::load(dir.path()).0;
    let found = check(dir.path(), connections.iter().next().unwrap(), Duration::from_millis(300)).await;
    assert_eq!(found.outcome.unwrap_err().kind, FailureKind::Timeout);
}

#[tokio::test]
async fn all_are_checked_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let aliases: Vec<String> = (0..8).map(|n| format!("a{n}: {{base_url: 'http://{address}'}}")).collect();
    let file = format!("version: 1\nconnections: {{rest: {{{}}}, filesystem: {{f: {{}}}}}}", aliases.join(", "));
    std::fs::write(dir.path().join("pipesmith_connections.yaml"), file).unwrap();
    let connections = Connections::load(dir.path()).0;
    let all = connections.iter().cloned().map(Arc::new);
    let mut healths = check_all(dir.path(), all, Duration::from_millis(500));
    // What is quick does not wait for what is slow.
    assert_eq!(healths.recv().await.unwrap().reference, "@filesystem.f");
    let mut kinds = Vec::new();
    while let Some(health) = healths.recv().await {
        kinds.push(health.outcome.unwrap_err().kind);
    }
    assert_eq!(kinds, [FailureKind::Timeout; 8]);
}
