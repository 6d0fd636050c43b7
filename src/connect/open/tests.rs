use super::*;
use crate::connect::Connections;
use crate::diagnostic::Diagnostic;

async fn opened(root: &Path, connection: &str) -> Result<Opened, (FailureKind, Diagnostic)> {
    let file = format!("version: 1\nconnections: {connection}\n");
    std::fs::write(root.join("pipesmith_connections.yaml"), file).unwrap();
    let (connections, problems) = Connections::load(root);
    assert_eq!(problems, []);
    let connection = connections.iter().next().unwrap();
    open(root, connection).await.map_err(|failure| (failure.kind, failure.into()))
}

async fn failure(connection: &str) -> (FailureKind, Diagnostic) {
    let dir = tempfile::tempdir().unwrap();
    opened(dir.path(), connection).await.unwrap_err()
}

#[tokio::test]
async fn what_fails_before_a_login_has_its_name() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for family in ["postgres", "mysql"] {
        let of = |fields: &str| format!("{{{family}: {{a: {{user: u, database: d, {fields}}}}}}}");
        let (kind, told) = failure(&of(&format!("host: 127.0.0.1, port: {nobody}"))).await;
        assert_eq!(kind, FailureKind::Refused, "{told:?}");
        assert_eq!(told.code, "connection-refused");
        let (kind, told) = failure(&of("host: no-such-host.invalid")).await;
        assert_eq!(kind, FailureKind::Dns, "{told:?}");
        let (kind, told) = failure(&of("password: '${PIPESMITH_NO_SUCH_VARIABLE}'")).await;
        assert_eq!((kind, told.code.as_str()), (FailureKind::MissingSecret, "variable-not-set"));
        assert_eq!(failure(&of("port: x")).await.1.code, "connection-field");
        assert_eq!(failure(&of("sslmode: maybe")).await.1.code, "connection-field");
        assert_eq!(failure(&format!("{{{family}: {{a: {{user: u}}}}}}")).await.1.code, "connection-field");
        // Somebody who listens and never answers.
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = silent.local_addr().unwrap().port();
        let (kind, told) = failure(&of(&format!("host: 127.0.0.1, port: {port}, connect_timeout: 1"))).await;
        assert_eq!(kind, FailureKind::Timeout, "{told:?}");
    }
    assert_eq!(failure("{graphql: {a: {endpoint: 'https://x'}}}").await.1.code, "no-driver");
    let supabase = failure("{supabase: {a: {url: 'https://abc.supabase.co', key: abcdefghijklmnopqrstuvwxyz}}}").await;
    assert_eq!(supabase.1.path.as_deref(), Some("connections.supabase.a.pg_dsn"));
}

#[tokio::test]
async fn a_dsn_that_can_not_be_read_is_not_repeated() {
    for (family, field) in [("postgres", "dsn"), ("mysql", "dsn"), ("supabase", "pg_dsn")] {
        let told = failure(&format!("{{{family}: {{a: {{{field}: 'postgres//u:hunter2@h:x/d'}}}}}}")).await.1;
        assert_eq!(told.code, "connection-field");
        assert!(!format!("{told:?}").contains("hunter2"), "{told:?}");
    }
}

#[tokio::test]
async fn sqlite_is_opened_for_reading_only() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("data/shop.db");
    std::fs::create_dir(dir.path().join("data")).unwrap();
    rusqlite::Connection::open(&file).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    let Opened::Sqlite(opened) = opened(dir.path(), "{sqlite: {a: {path: data/shop.db}}}").await.unwrap() else {
        panic!("not SQLite");
    };
    assert!(opened.execute("INSERT INTO t VALUES (1)", []).unwrap_err().to_string().contains("readonly"));
    std::fs::write(dir.path().join("note.txt"), "x".repeat(5000)).unwrap();
    for path in ["nowhere.db", "data", "note.txt"] {
        let told = super::tests::opened(dir.path(), &format!("{{sqlite: {{a: {{path: {path}}}}}}}")).await.unwrap_err();
        assert_eq!(told.0, FailureKind::WrongDatabase, "{path}: {told:?}");
    }
    assert_eq!(failure("{sqlite: {a: {}}}").await.1.code, "connection-field");
}

#[tokio::test]
async fn a_folder_is_there_or_not() {
    let dir = tempfile::tempdir().unwrap();
    let found = opened(dir.path(), "{filesystem: {a: {base_dir: .}}}").await;
    assert!(matches!(found, Ok(Opened::Folder(_))));
    let (kind, told) = opened(dir.path(), "{filesystem: {a: {base_dir: nowhere}}}").await.unwrap_err();
    assert_eq!((kind, told.code.as_str()), (FailureKind::WrongDatabase, "connection-database"));
}
