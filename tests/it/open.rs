//! Opening connections to real servers.

use std::path::Path;

use pipesmith::connect::{Connections, FailureKind, Opened, open};
use pipesmith::diagnostic::Diagnostic;

use crate::databases::{Mysql, Postgres, variable};

async fn opened(root: &Path, family: &str, fields: &str) -> Result<Opened, (FailureKind, Diagnostic)> {
    let file = format!("version: 1\nconnections: {{{family}: {{a: {{{fields}}}}}}}\n");
    std::fs::write(root.join("pipesmith_connections.yaml"), file).unwrap();
    let (connections, problems) = Connections::load(root);
    assert_eq!(problems, []);
    let connection = connections.iter().next().unwrap();
    open(root, connection).await.map_err(|failure| (failure.kind, failure.into()))
}

/// What both servers do: log in, with and without TLS, and say who may not.
async fn both(family: &str, fields: &str, dsn: &str, password: &str, database: &str) {
    let dir = tempfile::tempdir().unwrap();
    let authority = variable("PIPESMITH_TEST_CA");
    for tls in [
        String::new(),
        "sslmode: disable".to_owned(),
        "sslmode: prefer".to_owned(),
        "sslmode: require".to_owned(),
        format!("sslmode: verify-ca, sslrootcert: '{authority}'"),
        format!("sslmode: verify-full, sslrootcert: '{authority}'"),
    ] {
        let got = opened(dir.path(), family, &format!("{fields}, {tls}")).await;
        assert!(got.is_ok(), "{tls}: {got:?}");
        got.unwrap().close().await;
    }
    opened(dir.path(), family, &format!("dsn: '{dsn}'")).await.unwrap().close().await;
    let full = format!("dsn: '{dsn}?sslmode=verify-full', sslrootcert: '{authority}'");
    opened(dir.path(), family, &full).await.unwrap().close().await;

    let kind = async |fields: String| {
        let (kind, told) = opened(dir.path(), family, &fields).await.unwrap_err();
        let text = format!("{told:?}");
        assert!(!text.contains(password) && !text.contains("wrong-word"), "{text}");
        (kind, told)
    };
    // The authorities of this machine did not sign it; the certificate names 127.0.0.1 and localhost only.
    let (refused, told) = kind(format!("{fields}, sslmode: verify-full")).await;
    assert_eq!(refused, FailureKind::Tls, "{told:?}");
    let elsewhere = fields.replace("127.0.0.1", "127.0.0.2");
    let verify = |mode: &str| format!("{elsewhere}, sslmode: {mode}, sslrootcert: '{authority}'");
    assert_eq!(kind(verify("verify-full")).await.0, FailureKind::Refused, "nobody listens at 127.0.0.2");
    let (bad, told) = kind(format!("{fields}, sslmode: verify-ca, sslrootcert: /nowhere.pem")).await;
    assert_eq!(bad, FailureKind::Tls, "{told:?}");
    let (bad, told) = kind(fields.replace(password, "wrong-word")).await;
    assert_eq!(bad, FailureKind::Auth, "{told:?}");
    let (bad, told) = kind(fields.replace(database, "no_such_database")).await;
    assert_eq!(bad, FailureKind::WrongDatabase, "{told:?}");
    let (bad, told) = kind(fields.replace(&format!("password: {password}, "), "")).await;
    assert!(matches!(bad, FailureKind::Auth | FailureKind::MissingSecret), "{told:?}");
    // Words of the server that repeat a secret are masked.
    let (bad, told) = kind(fields.replace(database, password)).await;
    assert_eq!(bad, FailureKind::WrongDatabase);
    assert!(told.why.unwrap().contains("[redacted]"));
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_opens_and_says_what_failed() {
    let database = Postgres::new().await;
    both("postgres", &database.fields(), &database.dsn(), &database.password, &database.name).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mysql_opens_and_says_what_failed() {
    let database = Mysql::new().await;
    both("mysql", &database.fields(), &database.dsn(), &database.password, &database.name).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn supabase_opens_by_its_dsn() {
    let database = Postgres::new().await;
    let dir = tempfile::tempdir().unwrap();
    let fields =
        format!("url: 'https://abc.supabase.co', key: abcdefghijklmnopqrstuvwxyz, pg_dsn: '{}'", database.dsn());
    assert!(matches!(opened(dir.path(), "supabase", &fields).await, Ok(Opened::Postgres(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_the_certificate_does_not_have_is_refused_by_verify_full_alone() {
    let database = Postgres::new().await;
    let dir = tempfile::tempdir().unwrap();
    let authority = variable("PIPESMITH_TEST_CA");
    // Another name of 127.0.0.1 that every resolver knows, and no certificate of the tests.
    let fields = database.fields().replace("host: 127.0.0.1", "host: '0.0.0.0'");
    let with = |mode: &str| format!("{fields}, sslmode: {mode}, sslrootcert: '{authority}'");
    assert!(opened(dir.path(), "postgres", &with("verify-ca")).await.is_ok());
    let (kind, told) = opened(dir.path(), "postgres", &with("verify-full")).await.unwrap_err();
    assert_eq!(kind, FailureKind::Tls, "{told:?}");
}
