//! The failure that this system exists to make impossible: what was found in one database is never shown to
//! the model when another is asked about. With the real binary, real databases, the store between the calls,
//! and the requests that the model's server really received.

use std::process::Output;

use pipesmith::store::Store;
use serde_json::Value;

use crate::databases::{Mysql, Postgres};
use crate::program::{Folder, text};
use crate::wire_server::{WireServer, good};

const MOVIES: [&str; 2] = ["movies_of_a", "actors_of_a"];
const SHOP: [&str; 2] = ["orders_of_b", "customers_of_b"];

fn tables(names: &[&str]) -> String {
    names
        .iter()
        .map(|name| format!("CREATE TABLE {name} (id int, {name}_column varchar(9))"))
        .collect::<Vec<_>>()
        .join(";")
}

struct Case {
    folder: Folder,
    server: WireServer,
}

impl Case {
    async fn new() -> Case {
        let server = WireServer::start(vec![good("I see.")]).await;
        let base_url = server.base_url();
        let folder = tokio::task::spawn_blocking(move || Folder::workspace(&base_url)).await.unwrap();
        Case { folder, server }
    }

    fn connect(&self, connections: &str) {
        self.folder.write("pipesmith_connections.yaml", format!("version: 1\nconnections: {connections}\n"));
    }

    async fn call(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = self.folder.command(arguments);
        command.envs(variables.iter().copied());
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }

    /// Asks the model, going on in the last session if there is one; returns what the server received, and
    /// what the session's event says about the cache.
    async fn ask(&self, message: &str, variables: &[(&str, &str)]) -> (String, Vec<Value>) {
        let before = self.server.requests().len();
        let mut arguments = vec!["chat", "-p", message, "--events"];
        if before > 0 {
            arguments.extend(["--session", "last"]);
        }
        let output = self.call(&arguments, variables).await;
        assert!(output.status.success(), "{}", text(&output.stderr));
        let shown = text(&output.stdout)
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter_map(|event| find(&event).and_then(Value::as_array).cloned())
            // Those of earlier turns are told before.
            .next_back()
            .unwrap_or_default();
        let requests = self.server.requests();
        assert_eq!(requests.len(), before + 1);
        (requests[before].body.clone(), shown)
    }

    async fn discover(&self, arguments: &[&str]) -> Value {
        let output = self.call(&[&["discover", "--json"], arguments].concat(), &[]).await;
        serde_json::from_str(&text(&output.stdout)).unwrap()
    }
}

/// The discoveries of an event that tells them, wherever they stand in it.
fn find(event: &Value) -> Option<&Value> {
    match event {
        Value::Object(map) => map.get("discoveries").or_else(|| map.values().find_map(find)),
        Value::Array(items) => items.iter().find_map(find),
        _ => None,
    }
}

fn has_only(body: &str, there: &[&str], not_there: &[&str]) {
    for name in there {
        assert!(body.contains(name) && body.contains(&format!("{name}_column")), "{name} is missing in {body}");
    }
    for name in not_there {
        assert!(!body.contains(name), "{name} is in {body}");
    }
}

/// The cache's part of the only discovery that the model was shown.
fn cache(shown: &[Value]) -> &Value {
    assert_eq!(shown.len(), 1, "{shown:?}");
    &shown[0]["cache"]
}

/// Discover A, switch the alias to B, ask; and back.
async fn switched(family: &str, a: &str, b: &str) {
    let case = Case::new().await;
    let (a, b) = (format!("{{{family}: {{main: {{{a}}}}}}}"), format!("{{{family}: {{main: {{{b}}}}}}}"));
    let reference = format!("@{family}.main");
    case.connect(&a);
    let found = case.discover(&[&reference]).await;
    assert_eq!((&found["ok"], &found["cache"]["hit"]), (&true.into(), &false.into()), "{found}");
    assert_eq!(found["cache"]["miss"], "new");
    let again = case.discover(&[&reference]).await;
    assert_eq!((&again["cache"]["hit"], &again["tables"]), (&true.into(), &found["tables"]), "{again}");
    let (body, shown) = case.ask(&format!("What is in {reference}?"), &[]).await;
    has_only(&body, &MOVIES, &SHOP);
    assert!(cache(&shown)["age_s"].is_u64(), "{shown:?}");
    assert_eq!(cache(&shown)["key"], found["cache"]["key"]);
    assert_eq!(shown[0]["fingerprint"], found["fingerprint"]);

    case.connect(&b);
    let (body, shown) = case.ask("And what is in it now?", &[]).await;
    has_only(&body, &SHOP, &MOVIES);
    assert_eq!(cache(&shown)["miss"], "connection-changed");
    assert_ne!(cache(&shown)["key"], found["cache"]["key"]);

    case.connect(&a);
    let (body, shown) = case.ask("And now?", &[]).await;
    has_only(&body, &MOVIES, &SHOP);
    assert!(cache(&shown)["age_s"].is_u64(), "A is remembered as A: {shown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_alias_that_was_switched_shows_nothing_of_before() {
    let (a, b) = (Postgres::new().await, Postgres::new().await);
    a.run(&tables(&MOVIES)).await;
    b.run(&tables(&SHOP)).await;
    switched("postgres", &a.fields(), &b.fields()).await;
    switched("supabase", &format!("pg_dsn: '{}'", a.dsn()), &format!("pg_dsn: '{}'", b.dsn())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mysql_alias_that_was_switched_shows_nothing_of_before() {
    let (a, b) = (Mysql::new().await, Mysql::new().await);
    for (database, names) in [(&a, MOVIES), (&b, SHOP)] {
        for sql in tables(&names).split(';') {
            database.run(sql).await;
        }
    }
    switched("mysql", &a.fields(), &b.fields()).await;
    switched("mysql", &format!("dsn: '{}'", a.dsn()), &format!("dsn: '{}'", b.dsn())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_or_folder_that_was_switched_shows_nothing_of_before() {
    let dir = tempfile::tempdir().unwrap();
    for (name, names) in [("a", MOVIES), ("b", SHOP)] {
        let file = dir.path().join(format!("{name}.db"));
        rusqlite::Connection::open(file).unwrap().execute_batch(&tables(&names)).unwrap();
        std::fs::create_dir(dir.path().join(name)).unwrap();
        for table in names {
            std::fs::write(dir.path().join(name).join(format!("{table}.csv")), format!("id,{table}_column\n1,x\n"))
                .unwrap();
        }
    }
    let at = |name: &str| dir.path().join(name).display().to_string();
    switched("sqlite", &format!("path: '{}'", at("a.db")), &format!("path: '{}'", at("b.db"))).await;
    switched("filesystem", &format!("base_dir: '{}'", at("a")), &format!("base_dir: '{}'", at("b"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_that_was_changed_leads_elsewhere() {
    let (a, b) = (Postgres::new().await, Postgres::new().await);
    a.run(&tables(&MOVIES)).await;
    b.run(&tables(&SHOP)).await;
    let case = Case::new().await;
    let fields = a.fields().replace(&format!("database: {}", a.name), "database: '${WHICH_DATABASE}'");
    case.connect(&format!("{{postgres: {{main: {{{fields}}}}}, supabase: {{main: {{pg_dsn: '${{WHICH_DSN}}'}}}}}}"));
    let (dsn_a, dsn_b) = (a.dsn(), b.dsn());
    let lead = |name, dsn| [("WHICH_DATABASE", name), ("WHICH_DSN", dsn)];
    let (to_a, to_b) = (lead(a.name.as_str(), dsn_a.as_str()), lead(b.name.as_str(), dsn_b.as_str()));
    for reference in ["@postgres.main", "@supabase.main"] {
        for _ in 0..2 {
            let (body, _) = case.ask(&format!("What is in {reference}?"), &to_a).await;
            has_only(&body, &MOVIES, &SHOP);
            let (body, _) = case.ask(&format!("What is in {reference}?"), &to_b).await;
            has_only(&body, &SHOP, &MOVIES);
        }
        // What .env says counts where the environment says nothing.
        case.folder.write(".env", format!("WHICH_DATABASE={}\nWHICH_DSN={}\n", a.name, a.dsn()));
        has_only(&case.ask(&format!("What is in {reference}?"), &[]).await.0, &MOVIES, &SHOP);
        case.folder.write(".env", format!("WHICH_DATABASE={}\nWHICH_DSN={}\n", b.name, b.dsn()));
        has_only(&case.ask(&format!("What is in {reference}?"), &[]).await.0, &SHOP, &MOVIES);
        std::fs::remove_file(case.folder.at(".env")).unwrap();
    }
    let bodies: String = case.server.requests().into_iter().map(|request| request.body).collect();
    assert!(!bodies.contains(&a.password), "a password reached the model");
    // Nor did it reach the disk: neither the journal nor the cache has it.
    for file in files_below(&case.folder.at(".pipesmith")) {
        // The host may be ending: what it takes away holds nothing any more.
        let bytes = match std::fs::read(&file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            read => read.unwrap(),
        };
        let password = a.password.as_bytes();
        assert!(!bytes.windows(password.len()).any(|part| part == password), "{}", file.display());
    }
}

fn files_below(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    // The socket of the host holds nothing.
    let below = |path: std::path::PathBuf| match (path.is_dir(), path.is_file()) {
        (true, _) => files_below(&path),
        (false, true) => vec![path],
        (false, false) => Vec::new(),
    };
    entries.flat_map(below).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_connections_only_the_one_that_is_named_is_shown() {
    let (a, b) = (Postgres::new().await, Mysql::new().await);
    a.run(&tables(&MOVIES)).await;
    for sql in tables(&SHOP).split(';') {
        b.run(sql).await;
    }
    let case = Case::new().await;
    case.connect(&format!("{{postgres: {{films: {{{}}}}}, mysql: {{shop: {{{}}}}}}}", a.fields(), b.fields()));
    case.discover(&["@postgres.films"]).await;
    case.discover(&["@mysql.shop"]).await;
    has_only(&case.ask("What is in @mysql.shop?", &[]).await.0, &SHOP, &MOVIES);
    let (body, shown) = case.ask("What is in @postgres.films?", &[]).await;
    has_only(&body, &MOVIES, &SHOP);
    assert_eq!(shown.len(), 1);
    // Nobody is named, and there are two: nothing is guessed.
    let (body, shown) = case.ask("What is there?", &[]).await;
    has_only(&body, &[], &[MOVIES, SHOP].concat());
    assert!(shown.is_empty(), "{shown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_user_is_not_shown_what_the_first_could_read() {
    let database = Postgres::new().await;
    database.run(&format!("{};{}", tables(&MOVIES), tables(&SHOP))).await;
    let reader = format!("{}_reader", database.name);
    let grants = format!("GRANT SELECT ON {} TO {reader}", SHOP.join(", "));
    database.run(&format!("CREATE ROLE {reader} LOGIN PASSWORD '{}'; {grants}", database.password)).await;
    let case = Case::new().await;
    case.connect(&format!("{{postgres: {{main: {{{}}}}}}}", database.fields()));
    case.discover(&["@postgres.main"]).await;
    let as_reader = database.fields().replace(&format!("user: {}", database.user), &format!("user: {reader}"));
    case.connect(&format!("{{postgres: {{main: {{{as_reader}}}}}}}"));
    let (body, shown) = case.ask("What is in @postgres.main?", &[]).await;
    database.run(&format!("DROP OWNED BY {reader}; DROP ROLE {reader}")).await;
    has_only(&body, &SHOP, &MOVIES);
    assert_eq!(cache(&shown)["miss"], "connection-changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_remembered_ends_by_time_by_options_and_by_refresh() {
    let database = Postgres::new().await;
    database.run(&tables(&MOVIES)).await;
    let case = Case::new().await;
    case.connect(&format!("{{postgres: {{main: {{{}}}}}}}", database.fields()));
    let miss = async |arguments: &[&str]| {
        let found = case.discover(&[&["@postgres.main"], arguments].concat()).await;
        assert_eq!(found["ok"], true, "{found}");
        (found["cache"]["miss"].as_str().map(str::to_owned), found["tables"].as_array().unwrap().len())
    };
    let some = |word: &str| Some(word.to_owned());
    assert_eq!(miss(&[]).await, (some("new"), 2));
    database.run(&tables(&SHOP)).await;
    assert_eq!(miss(&[]).await, (None, 2), "remembered");
    assert_eq!(miss(&["--refresh"]).await, (some("refresh"), 4));
    assert_eq!(miss(&[]).await, (None, 4));
    assert_eq!(miss(&["--tables", "movies*", "orders*"]).await, (some("options-changed"), 2));
    assert_eq!(miss(&["--schema", "nowhere"]).await, (some("options-changed"), 0));
    assert_eq!(miss(&["--columns", "id"]).await, (some("options-changed"), 4));
    assert_eq!(miss(&["--samples", "1"]).await, (some("options-changed"), 4));
    assert_eq!(miss(&[]).await, (None, 4));
    // A contract of the project's own in the place of the built-in one: another version, another spec.
    let spec = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/components/postgres.extractor/spec.yaml"));
    let spec = spec.unwrap();
    case.folder.write("components/postgres.extractor/spec.yaml", spec.replace("minimum: 100\n", "minimum: 200\n"));
    assert_eq!(miss(&[]).await, (some("spec-changed"), 4));
    case.folder.write("components/postgres.extractor/spec.yaml", spec.replace("version: 1.0.0", "version: 1.0.1"));
    assert_eq!(miss(&[]).await, (some("component-changed"), 4));
    let config = case.folder.read("pipesmith.toml");
    case.folder.write("pipesmith.toml", format!("{config}\n[discovery]\nttl_s = 0\n"));
    assert_eq!(miss(&[]).await, (some("expired"), 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn discover_works_while_somebody_else_holds_the_store() {
    let database = Postgres::new().await;
    database.run(&tables(&SHOP)).await;
    let case = Case::new().await;
    case.connect(&format!("{{postgres: {{main: {{{}}}}}}}", database.fields()));
    let held = Store::open(&case.folder.at(".pipesmith/store")).unwrap();
    for _ in 0..2 {
        let found = case.discover(&["@postgres.main"]).await;
        assert_eq!((&found["ok"], &found["cache"]["miss"]), (&true.into(), &"no-cache".into()), "{found}");
        let why = found["cache"]["not_used"].as_str().unwrap();
        assert!(why.contains(&std::process::id().to_string()), "{why}");
    }
    let output = case.call(&["discover", "@postgres.main"], &[]).await;
    assert!(text(&output.stderr).contains("nothing is remembered: the session store is held by process"));
    assert!(text(&output.stdout).contains("orders_of_b"));
    drop(held);
    assert_eq!(case.discover(&["@postgres.main"]).await["cache"]["miss"], "new");
}

#[tokio::test(flavor = "multi_thread")]
async fn samples_reach_the_model_only_where_the_connection_says_so() {
    let database = Postgres::new().await;
    database.run("CREATE TABLE people (name text); INSERT INTO people VALUES ('Zlatomila')").await;
    for (samples, clear, masked) in [
        ("", false, false),
        (", samples: none", false, false),
        (", samples: masked", false, true),
        (", samples: full", true, false),
    ] {
        let case = Case::new().await;
        case.connect(&format!("{{postgres: {{main: {{{}{samples}}}}}}}", database.fields()));
        let (body, _) = case.ask("What is in @postgres.main?", &[]).await;
        assert_eq!((body.contains("Zlatomila"), body.contains("xxxxxxxxx")), (clear, masked), "{samples}");
        let found = case.discover(&["@postgres.main", "--samples", "1"]).await;
        let expected = match samples {
            ", samples: none" => Value::Null,
            ", samples: full" => "Zlatomila".into(),
            _ => "xxxxxxxxx".into(),
        };
        assert_eq!(found.pointer("/tables/0/samples/0/0").cloned().unwrap_or_default(), expected, "{found}");
        assert_eq!(found["ok"], samples != ", samples: none");
    }
}
