//! Secrets leave nowhere: everything is run with values that are found again by their bytes, and every file
//! that was written, everything on screens and every request to the model is searched for them, in all forms.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::program::{Folder, text};
use crate::terminal::Terminal;
use crate::wire_server::{WireServer, answer, ending, words};

/// Four characters, of the environment.
const SHORT: &str = "zq7K";
/// With all that encoders change, of `.env`.
const ODD: &str = "Od/d+C&an\"ry ž";
/// Inside of an address, of the secrets file.
const INSIDE: &str = "In@URL9pw";
/// In the connections file itself.
const LITERAL: &str = "LiteralCanary-1234567890";
/// In a document.
const INLINE: &str = "Oml!Canary55";
/// The model's key.
const KEY: &str = "sk-Canary0Key";
/// Given on the command line.
const GIVEN: &str = "GivenCanary77";

const ALL: [&str; 7] = [SHORT, ODD, INSIDE, LITERAL, INLINE, KEY, GIVEN];

const DOCUMENT: &str = "oml_version: \"0.1.0\"
name: orders
steps:
  - id: read-orders
    component: filesystem.csv_extractor
    mode: read
    config: {path: data/orders.csv}
  - id: write-orders
    component: filesystem.csv_writer
    mode: write
    needs: [read-orders]
    config: {path: output/orders.csv}
";

fn percent(value: &str, hex: fn(u8) -> String) -> String {
    let kept = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    value.bytes().map(|b| if kept(b) { char::from(b).to_string() } else { hex(b) }).collect()
}

fn forms(value: &str) -> Vec<String> {
    let json = serde_json::Value::from(value).to_string();
    let base64 = STANDARD.encode(value);
    let mut all = vec![
        value.to_owned(),
        json[1..json.len() - 1].to_owned(),
        percent(value, |b| format!("%{b:02X}")),
        percent(value, |b| format!("%{b:02x}")),
        base64.trim_end_matches('=').to_owned(),
    ];
    // As a login of HTTP has it; the last characters depend on what follows.
    let login = STANDARD.encode(format!("etl:{value}"));
    all.push(login[6..(4 + value.len()) * 8 / 6].to_owned());
    all.retain(|form| form.len() >= 4);
    all
}

#[track_caller]
fn clean(what: &str, bytes: &[u8]) {
    for value in ALL {
        for form in forms(value) {
            let found = bytes.windows(form.len()).position(|window| window == form.as_bytes());
            if let Some(at) = found {
                let around = &bytes[at.saturating_sub(80)..(at + form.len() + 40).min(bytes.len())];
                panic!("{what} holds {value} as {form}: …{}…", String::from_utf8_lossy(around));
            }
        }
    }
}

fn private(folder: &Folder, name: &str, content: &str) {
    folder.write(name, content);
    std::fs::set_permissions(folder.at(name), std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// A workspace with every kind of secret, and a model that repeats them.
fn workspace(server: &WireServer) -> Folder {
    let folder = Folder::workspace(&server.base_url());
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    folder.write(
        "pipesmith_connections.yaml",
        format!(
            "version: 1
connections:
  filesystem:
    data: {{base_dir: data}}
  mysql:
    shop: {{host: 127.0.0.1, port: {nobody}, database: shop, user: etl, password: '${{SHORT_PASSWORD}}'}}
  postgres:
    warehouse: {{dsn: '${{WAREHOUSE}}'}}
  rest:
    api: {{base_url: 'http://127.0.0.1:{nobody}/', auth_type: basic, auth_username: etl, auth_token: '${{ODD_ONE}}'}}
    open: {{base_url: 'http://etl:In%40URL9pw@127.0.0.1:{nobody}/x'}}
  supabase:
    main: {{url: 'https://x.supabase.co', key: {LITERAL}, pg_dsn: 'postgres://etl@127.0.0.1:{nobody}/w'}}
"
        ),
    );
    private(&folder, ".env", &format!("ODD_ONE='{ODD}'\n"));
    private(&folder, "secrets.yaml", &format!("WAREHOUSE: postgres://etl:In%40URL9pw@127.0.0.1:{nobody}/w\n"));
    folder.write("pipelines/orders.yaml", DOCUMENT);
    folder.write("pipelines/bad.yaml", DOCUMENT.replace("needs:", &format!("password: '{INLINE}'\n    needs:")));
    folder.write("data/orders.csv", "id,city\n1,Brno\n");
    folder
}

/// What the model says: every secret in every form, some of them cut into pieces, and a proposal.
fn parrot() -> String {
    let mut said = String::new();
    for value in [SHORT, ODD, INSIDE, LITERAL, KEY] {
        for form in forms(value) {
            let half = form.char_indices().nth(form.chars().count() / 2).unwrap().0;
            said += &words(&format!("I saw {}", &form[..half]));
            said += &words(&format!("{}! ", &form[half..]));
        }
    }
    said += &words("It is postgres://etl:");
    said += &words("never-seen-before@127.0.0.1/w.\n\n");
    said += &words(&format!("```yaml\n{}```\n", DOCUMENT.replace("output/orders.csv", &format!("output/{SHORT}.csv"))));
    said + &ending()
}

fn run(folder: &Folder, arguments: &[&str]) -> Vec<u8> {
    let mut command = folder.command(arguments);
    command.args(["--secrets-file", "secrets.yaml"]);
    let output = with_secrets(&mut command).output().unwrap();
    let all = [output.stdout, output.stderr].concat();
    clean(&format!("{arguments:?}"), &all);
    all
}

fn with_secrets(command: &mut std::process::Command) -> &mut std::process::Command {
    command.env("SHORT_PASSWORD", SHORT).env("PIPESMITH_API_KEY", KEY).env("PIPESMITH_LOG", "trace")
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // The socket of the host holds nothing.
        if path.is_dir() {
            files(&path, found);
        } else if path.is_file() {
            found.push(path);
        }
    }
}

/// Every file but those in which the secrets were put.
fn every_file_is_clean(folder: &Folder) -> usize {
    let given = [".env", "secrets.yaml", "pipesmith_connections.yaml", "pipelines/bad.yaml"].map(|f| folder.at(f));
    let mut all = Vec::new();
    files(folder.path(), &mut all);
    all.retain(|file| !given.contains(file));
    for file in &all {
        clean(&file.display().to_string(), &std::fs::read(file).unwrap());
    }
    all.len()
}

fn requests_are_clean(server: &WireServer) {
    for request in server.requests() {
        clean("a request to the model", request.body.as_bytes());
        let address = request.head.lines().next().unwrap();
        clean("the address of a request", address.as_bytes());
    }
}

#[test]
fn no_verb_lets_a_secret_out() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let head = answer("200 OK", "content-type: text/event-stream\r\n", &parrot());
    let server = runtime.block_on(WireServer::start(vec![vec![head]]));
    let folder = workspace(&server);

    for json in [&[][..], &["--json"]] {
        let with = |arguments: &[&'static str]| [arguments, json].concat();
        run(&folder, &with(&["connections", "list"]));
        let doctor = run(&folder, &with(&["connections", "doctor", "--timeout", "5"]));
        assert!(text(&doctor).contains("refused"), "{}", text(&doctor));
        run(&folder, &with(&["connections", "test", "@rest.api"]));
        run(&folder, &with(&["discover", "@filesystem.data"]));
        run(&folder, &with(&["discover", "@postgres.warehouse"]));
        run(&folder, &with(&["doctor"]));
        run(&folder, &with(&["oml", "validate", "pipelines/orders.yaml"]));
        let bad = run(&folder, &with(&["oml", "validate", "pipelines/bad.yaml"]));
        assert!(text(&bad).contains("inline-secret"), "{}", text(&bad));
        run(&folder, &with(&["compile", "pipelines/bad.yaml"]));
        run(&folder, &with(&["compile", "pipelines/orders.yaml"]));
        run(&folder, &with(&["run", "pipelines/orders.yaml"]));
        let question = format!("The password of @mysql.shop is {SHORT} or {ODD}; see @filesystem.data");
        let mut chat = vec!["chat", "-p", question.as_str()];
        chat.extend(json);
        let chat = run(&folder, &chat);
        assert!(text(&chat).contains("[redacted]"), "{}", text(&chat));
        run(&folder, &with(&["sessions", "list"]));
        run(&folder, &with(&["sessions", "show", "last"]));
    }
    run(&folder, &["chat", "-p", "again", "--session", "last", "--events"]);
    let given = format!("password={GIVEN}");
    run(&folder, &["connections", "add", "@mysql.other", "host=h", "database=d", "user=u", &given]);
    assert!(!folder.read("pipesmith_connections.yaml").contains(GIVEN));
    // A secret as a parameter does not get into a build.
    let with_parameter = DOCUMENT.replace("steps:", "params:\n  out: {type: string, default: orders}\nsteps:");
    folder.write("pipelines/named.yaml", with_parameter.replace("output/orders.csv", "\"output/${params.out}.csv\""));
    let parameter = format!("out={SHORT}");
    let refused = run(&folder, &["compile", "pipelines/named.yaml", "--param", &parameter]);
    assert!(text(&refused).contains("secret-in-build"), "{}", text(&refused));
    run(&folder, &["prompts", "build-context"]);
    run(&folder, &["sessions", "replay", "last", "--plain"]);
    run(&folder, &["sessions", "export", "last"]);
    run(&folder, &["sessions", "export", "last", "-o", "session.jsonl"]);
    assert!(every_file_is_clean(&folder) > 8);

    let requests = server.requests();
    // The person's own words are among what is hidden.
    let told = requests.iter().filter(|request| request.body.contains("The password of @mysql.shop is [redacted]"));
    assert!(told.count() >= 2, "{requests:?}");
    requests_are_clean(&server);
}

#[test]
fn the_workbench_lets_no_secret_out() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let head = answer("200 OK", "content-type: text/event-stream\r\n", &parrot());
    let server = runtime.block_on(WireServer::start(vec![vec![head]]));
    let folder = workspace(&server);
    let secrets = [
        ("SHORT_PASSWORD", SHORT),
        ("PIPESMITH_API_KEY", KEY),
        ("PIPESMITH_LOG", "trace"),
        ("PIPESMITH_SECRETS_FILE", "secrets.yaml"),
    ];
    let mut terminal = Terminal::with(&folder, &[], 120, 60, &secrets);
    terminal.shows("A pipeline in three steps");
    // The connections, and how they are.
    terminal.press("\x1b7");
    terminal.until("the connections", |s| s.contains("@mysql.shop") && s.contains("unknown"));
    terminal.press("T");
    terminal.until("their health", |s| s.contains("ok: data can be read") && s.contains("failed (refused)"));
    terminal.press("j");
    terminal.until("the reason", |s| s.contains("connection-refused") && s.contains("password: ${SHORT_PASSWORD}"));
    // What the model repeats.
    terminal.press("\x1b1");
    terminal.press("what do you know?\r");
    terminal.shows("[redacted]");
    terminal.until("a proposal", |s| s.contains("hunk 1 of"));
    clean("the screen", terminal.text().as_bytes());
    // It would write a hidden secret; it does not.
    terminal.insist("A", "all accepted", |s| s.contains("1 accepted · 0 rejected"));
    terminal.press("w");
    terminal.shows("would hold a secret");
    // A document with a secret in it.
    terminal.press("\x11");
    assert_eq!(terminal.ended(), 0);
    terminal.drained();
    clean("what the terminal was sent", &terminal.raw());
    every_file_is_clean(&folder);
    requests_are_clean(&server);
    assert_eq!(folder.read("pipelines/orders.yaml"), DOCUMENT);

    let mut terminal = Terminal::with(&folder, &["--file", "pipelines/bad.yaml"], 120, 40, &secrets);
    terminal.until("the document", |s| s.contains("password:") && s.contains("[redacted]"));
    terminal.press("\x11");
    assert_eq!(terminal.ended(), 0);
    terminal.drained();
    clean("what the terminal was sent", &terminal.raw());
    every_file_is_clean(&folder);
}

#[test]
fn the_secrets_file_is_refused_when_others_can_read_it_wherever_it_is_named() {
    let folder = Folder::empty();
    assert!(folder.run(&["init"]).status.success());
    folder.write("s.env", "A=canary-in-file\n");
    std::fs::set_permissions(folder.at("s.env"), std::fs::Permissions::from_mode(0o640)).unwrap();
    for arguments in [
        &["connections", "list", "--json", "--secrets-file", "s.env"][..],
        &["--secrets-file", "s.env", "connections", "list", "--json"],
    ] {
        let (code, value) = folder.json(arguments);
        assert_eq!((code, value["diagnostics"][0]["code"].as_str()), (5, Some("secrets-file-open")), "{value}");
    }
    std::fs::set_permissions(folder.at("s.env"), std::fs::Permissions::from_mode(0o600)).unwrap();
    let (code, _) = folder.json(&["--secrets-file", "s.env", "connections", "list", "--json"]);
    assert_eq!(code, 0);
}
