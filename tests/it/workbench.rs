//! The workbench in a terminal: the main job by keyboard, and how it leaves.

use rustix::process::{Pid, Signal, kill_process};

use crate::program::{Folder, text};
use crate::terminal::Terminal;
use crate::wire_server::{Act, WireServer, ending, stream_head, words};

const ENTER: &str = "\r";
const ESC: &str = "\x1b";
const QUIT: &str = "\x11";
const PROBLEMS: &str = "\x1b[15~";
const COMPONENTS: &str = "\x1b[17~";

/// Ask → review (reject one hunk, accept the rest) → compile → run → replay.
#[test]
fn the_main_job_by_keyboard() {
    let folder = Folder::empty();
    let mut terminal = Terminal::run(&folder, &["demo", "demo"], 120, 40);
    terminal.shows("RECORDED");
    terminal.shows("Join the orders of @filesystem.shop");
    terminal.press(ENTER);
    // The first proposal has faults, the repair has none.
    terminal.shows("repair 1 of 2");
    terminal.until("a proposal to review", |s| s.contains("▌hunk 1 of 6") && s.contains("a accept"));
    // The last hunk is the step that nobody asked for.
    for hunk in 2..=6 {
        terminal.press("j");
        terminal.shows(&format!("▌hunk {hunk} of 6"));
    }
    terminal.shows("write-spreadsheet");
    terminal.insist("r", "the rejected hunk", |s| s.contains("1 rejected"));
    terminal.press("A");
    terminal.shows("5 accepted · 1 rejected · 0 open");
    assert!(!folder.at("demo/pipelines/shop-revenue.yaml").exists(), "nothing is written before it is applied");
    terminal.press("w");
    terminal.shows("accepted, 1 not");
    let written = folder.read("demo/pipelines/shop-revenue.yaml");
    assert!(written.contains("write-revenue") && !written.contains("write-spreadsheet"));
    terminal.press("c");
    terminal.shows("Compiled");
    terminal.press("g");
    terminal.until("the end of the run", |s| s.contains("✓ Run finished") && s.contains("revenue.csv"));
    let result = folder.read("demo/output/revenue.csv");
    assert_eq!(result.lines().count(), 25, "8 cities × 3 segments and the header");
    assert!(!folder.at("demo/output/revenue-spreadsheet.csv").exists());
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
    terminal.drained();
    assert!(terminal.is_restored());
    assert!(terminal.text().contains("pipesmith sessions resume"), "{}", terminal.text());

    // The replay shows the same, asks nothing and writes nothing.
    std::fs::remove_file(folder.at("demo/output/revenue.csv")).unwrap();
    let before =
        text(&folder.command(&["sessions", "export", "last"]).current_dir(folder.at("demo")).output().unwrap().stdout);
    folder.write("demo/session.jsonl", &before);
    let mut player = Terminal::run(&folder, &["sessions", "replay", "demo/session.jsonl"], 120, 40);
    player.shows("REPLAY");
    player.press("\x1b[F");
    player.until("the end of the session", |s| s.contains("✓ Run finished"));
    player.press("\x1b[H");
    player.until("its beginning", |s| s.contains("REPLAY") && !s.contains("Run finished"));
    player.press("q");
    assert_eq!(player.ended(), 0);
    assert!(!folder.at("demo/output/revenue.csv").exists());
    let after =
        text(&folder.command(&["sessions", "export", "last"]).current_dir(folder.at("demo")).output().unwrap().stdout);
    assert_eq!(before, after);
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// A server that says a few words and then nothing until its client goes away.
fn stalled(runtime: &tokio::runtime::Runtime) -> WireServer {
    let spoken = Act::Bytes(words("I am thinking about your pipeline").into_bytes());
    runtime.block_on(WireServer::start(vec![vec![stream_head(), spoken, Act::AwaitClose]]))
}

#[test]
fn esc_interrupts_the_turn_keeps_what_arrived_and_closes_the_connection() {
    let runtime = runtime();
    let mut server = stalled(&runtime);
    let folder = Folder::workspace(&server.base_url());
    let mut terminal = Terminal::run(&folder, &[], 100, 30);
    terminal.shows("idle");
    terminal.press("build me something");
    terminal.press(ENTER);
    terminal.shows("thinking about your pipeline");
    terminal.press(ESC);
    terminal.shows("idle");
    assert!(runtime.block_on(server.client_closed()), "the connection is really closed");
    assert!(terminal.text().contains("thinking about your pipeline"));
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn an_answer_without_a_pipeline_is_just_an_answer() {
    let runtime = runtime();
    let answer = words("Nothing to build here.\n\n```yaml\nversion: '3'\nservices: {}\n```\n") + &ending();
    let server = runtime.block_on(WireServer::start(vec![vec![stream_head(), Act::Bytes(answer.into_bytes())]]));
    let folder = Folder::workspace(&server.base_url());
    let (code, told) = folder.json(&["chat", "-p", "hello", "--json"]);
    assert_eq!((code, &told["proposal"]), (0, &serde_json::Value::Null), "{told}");
}

#[test]
fn an_answer_in_form_is_kept_as_yaml_and_never_recorded() {
    let runtime = runtime();
    let step = serde_json::json!({"id": "read-all", "component": "filesystem.csv_extractor", "mode": "read", "needs": null,
        "config": {"path": "data/in.csv", "limit": null}});
    let document = serde_json::json!({"oml_version": "0.1.0", "name": "small", "steps": [step]});
    let answer = serde_json::json!({"explanation": "It reads.", "document": document}).to_string();
    let server = runtime.block_on(WireServer::start(vec![
        vec![stream_head(), Act::Bytes((words(&answer) + &ending()).into_bytes())],
        vec![stream_head(), Act::Bytes((words("Hello.") + &ending()).into_bytes())],
    ]));
    let folder = Folder::workspace(&server.base_url());
    let (code, told) = folder.json(&["chat", "-p", "read data/in.csv", "--accept", "--json"]);
    assert_eq!(code, 0, "{told}");
    let file = folder.read("pipelines/small.yaml");
    assert!(file.starts_with("oml_version: \"0.1.0\"\nname: small\nsteps:\n  - id: read-all\n"), "{file}");
    assert!(!file.contains("null"), "{file}");
    let shown = text(&folder.run(&["sessions", "show", "last"]).stdout);
    assert!(
        shown.contains("It reads.") && shown.contains("- id: read-all") && !shown.contains("\"document\""),
        "{shown}"
    );
    assert!(server.requests()[0].json()["response_format"].is_object());

    let (code, told) = folder.json(&["chat", "-p", "hello", "--record", "said.jsonl", "--json"]);
    assert_eq!(code, 0, "{told}");
    assert!(server.requests()[1].json().get("response_format").is_none());
    folder.write("pipesmith.toml", "[model]\nname = \"mock\"\nrecording = \"said.jsonl\"\nstructured = \"on\"\n");
    let (code, told) = folder.json(&["chat", "-p", "hello", "--json"]);
    assert_eq!(code, 0, "what was recorded is played: {told}");
}

/// The fix of a problem becomes a proposal, and is reviewed like any other.
#[test]
fn a_problem_is_fixed_by_a_key() {
    let runtime = runtime();
    let document = "oml_version: \"0.1.0\"\nname: copy\nsteps:\n  - id: read-it\n    component: filesystem.csv_extractor\n    mode: read\n    config: {path: a.csv, delimeter: \";\"}\n  - id: write-it\n    component: filesystem.csv_writer\n    mode: write\n    needs: [read-it]\n    config: {path: b.csv}\n";
    let answer = words(&format!("Here.\n\n```yaml\n{document}```\n")) + &ending();
    let server = runtime.block_on(WireServer::start(vec![vec![stream_head(), Act::Bytes(answer.into_bytes())]]));
    let folder = Folder::workspace(&server.base_url());
    let mut config = folder.read("pipesmith.toml");
    config.push_str("max_repairs = 0\n");
    folder.write("pipesmith.toml", &config);
    let mut terminal = Terminal::run(&folder, &[], 120, 40);
    terminal.shows("idle");
    terminal.press("copy a to b");
    terminal.press(ENTER);
    terminal.shows("Problems 1!");
    terminal.press(PROBLEMS);
    terminal.shows("did you mean `delimiter`?");
    terminal.press("f");
    terminal.until("the proposal with the fix", |s| s.contains("Review of proposal 2") && s.contains("delimiter:"));
    assert!(!folder.at("pipelines/copy.yaml").exists(), "nothing is written before it is accepted");
    terminal.insist("A", "the decision", |s| s.contains("0 open"));
    terminal.press("w");
    terminal.shows("Applied proposal 2");
    assert_eq!(folder.read("pipelines/copy.yaml"), document.replace("delimeter", "delimiter"));
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
}

/// A closed terminal ends the program within its patience, with everything in the store.
fn hangs_up(program: &str, before: &[&str]) {
    let runtime = runtime();
    let server = stalled(&runtime);
    let folder = Folder::workspace(&server.base_url());
    let mut terminal = Terminal::command(&folder, program, before, 100, 30);
    terminal.shows("idle");
    terminal.press("build me something");
    terminal.press(ENTER);
    terminal.shows("thinking about your pipeline");
    terminal.hang_up();
    terminal.ended();
    let output = folder.run(&["sessions", "show", "last"]);
    let told = text(&output.stdout);
    assert!(
        output.status.success() && told.contains("thinking about your pipeline"),
        "{told}\n{}",
        text(&output.stderr)
    );
}

#[test]
fn a_hang_up_that_is_delivered_loses_nothing() {
    hangs_up(crate::program::BINARY, &[]);
}

#[test]
fn a_hang_up_that_is_ignored_by_the_parent_loses_nothing() {
    let script = format!("trap '' HUP; exec {}", crate::program::BINARY);
    hangs_up("sh", &["-c", &script]);
}

/// Keys, the hang-up and its signal arrive in one moment: whoever reads the keys meets the dead terminal first.
#[test]
fn a_hang_up_that_meets_the_reader_of_keys_ends_the_program() {
    for _ in 0..12 {
        let folder = Folder::workspace("http://127.0.0.1:9/v1");
        let mut terminal = Terminal::run(&folder, &[], 80, 24);
        terminal.shows("idle");
        let pid = Pid::from_raw(i32::try_from(terminal.pid()).unwrap()).unwrap();
        kill_process(pid, Signal::STOP).unwrap();
        terminal.press(&"some words ".repeat(20));
        terminal.hang_up();
        kill_process(pid, Signal::CONT).unwrap();
        assert_eq!(terminal.ended(), 129);
    }
}

#[test]
fn sigterm_restores_the_terminal() {
    let folder = Folder::workspace("http://127.0.0.1:9/v1");
    let mut terminal = Terminal::run(&folder, &[], 80, 24);
    terminal.shows("idle");
    let pid = Pid::from_raw(i32::try_from(terminal.pid()).unwrap()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    terminal.ended();
    terminal.drained();
    assert!(terminal.is_restored());
}

#[test]
fn a_terminal_of_any_size_is_survived() {
    let folder = Folder::workspace("http://127.0.0.1:9/v1");
    let mut terminal = Terminal::run(&folder, &[], 80, 24);
    terminal.shows("idle");
    for (columns, rows) in [(1, 1), (200, 60), (20, 5), (2, 40), (80, 1), (120, 40), (80, 24)] {
        terminal.resize(columns, rows);
    }
    terminal.shows("idle");
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
}

/// What a hostile model says reaches the screen without its control bytes.
#[test]
fn a_hostile_answer_can_not_drive_the_terminal() {
    let runtime = runtime();
    let hostile = "before\u{1b}]52;c;aGFja2Vk\u{7}\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31mafter\u{202e}txt END";
    let answer = words(hostile) + &ending();
    let server = runtime.block_on(WireServer::start(vec![vec![stream_head(), Act::Bytes(answer.into_bytes())]]));
    let folder = Folder::workspace(&server.base_url());
    let mut terminal = Terminal::run(&folder, &[], 100, 30);
    terminal.shows("idle");
    terminal.press("hello");
    terminal.press(ENTER);
    terminal.shows("END");
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
    terminal.drained();
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    for evil in ["\u{1b}]52", "\u{1b}]0;owned", "\u{9b}", "\u{202e}"] {
        assert!(!raw.contains(evil), "{evil:?} reached the terminal");
    }
}

#[test]
fn a_resumed_session_shows_what_was_said() {
    let runtime = runtime();
    let answer = words("The answer is forty-two.") + &ending();
    let server = runtime.block_on(WireServer::start(vec![vec![stream_head(), Act::Bytes(answer.into_bytes())]]));
    let folder = Folder::workspace(&server.base_url());
    assert!(folder.run(&["chat", "-p", "what is it?"]).status.success());
    let mut terminal = Terminal::run(&folder, &["sessions", "resume", "last"], 80, 24);
    terminal.until("the conversation", |s| s.contains("what is it?") && s.contains("forty-two"));
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
}

/// A changed contract is there without a restart; a bad one is told with its place and hides no good one.
#[test]
fn contracts_are_read_anew_while_the_workbench_is_open() {
    let folder = Folder::workspace("http://127.0.0.1:9/v1");
    let mut terminal = Terminal::run(&folder, &[], 120, 40);
    terminal.shows("idle");
    terminal.press(COMPONENTS);
    terminal.shows("filesystem.csv_extractor");
    assert!(folder.run(&["components", "new", "acme.extractor"]).status.success());
    terminal.shows("acme.extractor");
    let spec = "components/acme.extractor/spec.yaml";
    folder.write(spec, folder.read(spec).replace("streaming", "streeming"));
    terminal.shows("acme.extractor/spec.yaml:9:33 `capabilities` has no");
    terminal.shows("filesystem.csv_e");
    folder.write(spec, folder.read(spec).replace("streeming", "streaming"));
    terminal.until("the good one again", |s| s.contains("acme.extractor") && !s.contains("spec.yaml:9:33"));
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
}

const SMALL: &str = "oml_version: \"0.1.0\"\nname: small\nsteps:\n  - id: read-all\n    component: filesystem.csv_extractor\n    mode: read\n    config:\n      path: data/in.csv\n";

/// A document is opened, edited with its faults shown while it is typed, mended, and written.
#[test]
fn a_document_is_edited_and_checked_while_it_is_typed() {
    let folder = Folder::workspace("http://127.0.0.1:9");
    folder.write("pipelines/small.yaml", SMALL);
    folder.write("data/in.csv", "a\n1\n");
    let mut terminal = Terminal::run(&folder, &["--file", "pipelines/small.yaml"], 120, 40);
    terminal.shows("data/in.csv");
    terminal.insist("e", "the editor", |s| s.contains("Editor pipelines/small.yaml"));
    terminal.press("\x1b[1;5F");
    terminal.press("\x1b[A\x1b[F");
    terminal.press("\rdelimeter: ';'");
    terminal.shows("did you mean `delimiter`");
    assert_eq!(folder.read("pipelines/small.yaml"), SMALL, "nothing is written before it is");
    terminal.press("\x1b\r");
    terminal.until("the fix", |s| s.contains("delimiter: ';'") && !s.contains("did you mean"));
    terminal.press("\x13");
    terminal.shows("as written");
    assert_eq!(folder.read("pipelines/small.yaml"), format!("{SMALL}      delimiter: ';'\n"));
    terminal.press(ESC);
    // What another program writes is taken in.
    folder.write("pipelines/small.yaml", SMALL.replace("read-all", "read-some"));
    terminal.until("the file as it is now", |s| s.contains("read-some") && !s.contains("delimiter"));
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
}

/// The library of the engine is loaded when something is run, not by every verb: it costs each process memory and
/// time.
#[test]
fn duckdb_is_loaded_when_it_is_used() {
    let folder = Folder::workspace("http://127.0.0.1:9/v1");
    let mut terminal = Terminal::run(&folder, &[], 100, 30);
    terminal.shows("idle");
    let maps = std::fs::read_to_string(format!("/proc/{}/maps", terminal.pid())).unwrap();
    assert!(maps.contains("pipesmith") && !maps.contains("libduckdb"), "{maps}");
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
}

/// What is typed is checked against the tables that discovery remembers, too.
#[test]
fn a_column_that_a_table_does_not_have_is_told_while_it_is_typed() {
    let folder = Folder::workspace("http://127.0.0.1:9");
    let database = rusqlite::Connection::open(folder.at("shop.db")).unwrap();
    database
        .execute_batch("CREATE TABLE orders (id INTEGER, total INTEGER); INSERT INTO orders VALUES (1, 2)")
        .unwrap();
    folder.write("pipesmith_connections.yaml", "version: 1\nconnections:\n  sqlite:\n    shop: {path: shop.db}\n");
    let document = "oml_version: \"0.1.0\"\nname: small\nsteps:\n  - id: read-all\n    component: sqlite.extractor\n    mode: read\n    config:\n      connection: \"@sqlite.shop\"\n      table: orders\n  - id: some\n    component: sql.transform\n    mode: transform\n    needs: [read-all]\n    config:\n      query: select id from df_read_all where total\n";
    folder.write("pipelines/small.yaml", document);
    let (code, told) = folder.json(&["discover", "@sqlite.shop", "--json"]);
    assert_eq!(code, 0, "{told}");
    let mut terminal = Terminal::run(&folder, &["--file", "pipelines/small.yaml"], 120, 40);
    terminal.shows("df_read_all");
    terminal.insist("e", "the editor", |s| s.contains("Editor pipelines/small.yaml"));
    terminal.press("\x1b[1;5F");
    terminal.press("\x1b[A\x1b[F");
    terminal.press("x > 0");
    terminal.shows("did you mean `total`");
    terminal.press(QUIT);
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
}
