//! Sessions as things one keeps: branches, the trash, exports, verifying, asking again; as verbs and by keys.

use serde_json::Value;

use crate::program::{Folder, text};
use crate::terminal::Terminal;
use crate::wire_server::{Act, WireServer, ending, stream_head, words};

const QUIT: &str = "\x11";
const ENTER: &str = "\r";
const FILE: &str = "pipelines/copy.yaml";

fn document(path: &str) -> String {
    format!(
        "oml_version: \"0.1.0\"\nname: copy\nsteps:\n  - id: read-it\n    component: filesystem.csv_extractor\n    mode: read\n    config: {{path: {path}}}\n  - id: write-it\n    component: filesystem.csv_writer\n    mode: write\n    needs: [read-it]\n    config: {{path: b.csv}}\n"
    )
}

fn answer(path: &str) -> Vec<Act> {
    let text = words(&format!("It reads {path}.\n\n```yaml\n{}```\n", document(path))) + &ending();
    vec![stream_head(), Act::Bytes(text.into_bytes())]
}

/// A workspace whose session wrote the same file in each of two turns. The server stays as long as the
/// runtime does.
struct Case {
    folder: Folder,
    _runtime: tokio::runtime::Runtime,
    _server: WireServer,
}

impl Case {
    fn new(more: Vec<Vec<Act>>) -> Case {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let mut script = vec![answer("a.csv"), answer("other.csv")];
        script.extend(more);
        let server = runtime.block_on(WireServer::start(script));
        let folder = Folder::workspace(&server.base_url());
        folder.write("a.csv", "x\n1\n2\n");
        folder.write("other.csv", "x\n3\n");
        for (message, resumed) in [("copy a.csv", false), ("copy other.csv instead", true)] {
            let mut arguments = vec!["chat", "-p", message, "--accept", "--json"];
            if resumed {
                arguments.extend(["--session", "last"]);
            }
            let (code, told) = folder.json(&arguments);
            assert_eq!(code, 0, "{told}");
        }
        assert_eq!(folder.read(FILE), document("other.csv"));
        Case { folder, _runtime: runtime, _server: server }
    }

    fn ok(&self, arguments: &[&str]) -> Value {
        let (code, told) = self.folder.json(arguments);
        assert_eq!((code, &told["ok"]), (0, &Value::Bool(true)), "{arguments:?}: {told}");
        told
    }

    fn exported(&self, id: &str) -> String {
        text(&self.folder.run(&["sessions", "export", id]).stdout)
    }

    fn ids(&self) -> Vec<String> {
        let told = self.ok(&["sessions", "list", "--json"]);
        told["sessions"].as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn rewinding_brings_files_back_and_loses_nothing() {
    let case = Case::new(Vec::new());
    let first = case.ids()[0].clone();
    let before = case.exported(&first);
    let told = case.ok(&["sessions", "rewind", "last", "--before-turn", "2", "--json"]);
    assert_eq!(told["files"], serde_json::json!([FILE]));
    assert_eq!(told["session"]["parent"]["session"], first.as_str());
    assert_eq!(case.folder.read(FILE), document("a.csv"));
    assert_eq!(case.exported(&first), before, "what is left stays as it was");
    assert_eq!(case.ids().len(), 2);

    // Somebody else's change is not thrown away.
    case.folder.write(FILE, "# mine\n");
    let (code, refused) = case.folder.json(&["sessions", "rewind", &first, "--before-turn", "2", "--json"]);
    assert_eq!((code, refused["diagnostics"][0]["code"].as_str()), (1, Some("rewind-conflict")), "{refused}");
    assert_eq!((case.folder.read(FILE), case.ids().len()), ("# mine\n".to_owned(), 2));
    case.ok(&["sessions", "rewind", &first, "--before-turn", "2", "--files", "overwrite", "--json"]);
    assert_eq!(case.folder.read(FILE), document("a.csv"));
}

#[test]
fn sessions_are_named_found_deleted_and_brought_back() {
    let case = Case::new(Vec::new());
    let id = case.ids()[0].clone();
    case.ok(&["sessions", "rename", "last", "Weekly copy", "--json"]);
    let told = case.ok(&["sessions", "tag", "last", "shop", "#load", "--json"]);
    assert_eq!(told["session"]["tags"], serde_json::json!(["load", "shop"]));
    for wanted in
        [["--search", "weekly"], ["--search", "it reads other.csv"], ["--tag", "shop"], ["--state", "finished"]]
    {
        let told = case.ok(&["sessions", "list", wanted[0], wanted[1], "--json"]);
        assert_eq!(told["sessions"].as_array().unwrap().len(), 1, "{wanted:?}: {told}");
    }
    assert_eq!(case.ok(&["sessions", "list", "--search", "nowhere", "--json"])["sessions"], serde_json::json!([]));
    let unasked = case.folder.run(&["sessions", "delete", &id]);
    assert_eq!(unasked.status.code(), Some(5), "nobody can be asked");
    case.ok(&["sessions", "delete", &id, "--yes", "--json"]);
    assert!(case.ids().is_empty());
    let gone = case.ok(&["sessions", "list", "--deleted", "--json"]);
    assert_eq!(gone["sessions"][0]["title"], "Weekly copy");
    case.ok(&["sessions", "restore", &id[..8], "--json"]);
    assert_eq!(case.ids(), [id]);
}

#[test]
fn exports_say_the_same_in_every_form() {
    let case = Case::new(Vec::new());
    let export = |format: &str| text(&case.folder.run(&["sessions", "export", "last", "--format", format]).stdout);
    let (markdown, html) = (export("markdown"), export("html"));
    assert!(markdown.starts_with("# copy a.csv\n") && markdown.contains("> copy other.csv instead"), "{markdown}");
    assert!(
        html.starts_with("<!doctype html>") && html.contains("copy other.csv instead") && !html.contains("<script")
    );
    for (format, version) in [("asciicast", 3), ("asciicast-v2", 2)] {
        let film = export(format);
        assert_eq!(film, export(format), "the same bytes each time");
        let header: Value = serde_json::from_str(film.lines().next().unwrap()).unwrap();
        assert_eq!(header["version"], version);
        assert_eq!(film.matches(", \"m\", \"turn").count(), 2);
    }
    // An export goes to another workspace and back.
    case.folder.write("session.jsonl", case.exported("last"));
    let elsewhere = case.folder.at("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    for arguments in [&["init"][..], &["sessions", "import", "../session.jsonl"]] {
        let done = case.folder.command(arguments).current_dir(&elsewhere).output().unwrap();
        assert!(done.status.success(), "{}", text(&done.stderr));
    }
    let back = case.folder.command(&["sessions", "export", "last"]).current_dir(&elsewhere).output().unwrap();
    assert_eq!(text(&back.stdout), case.exported("last"));
}

#[test]
fn what_was_recorded_is_verified_with_the_contracts_of_today() {
    let case = Case::new(Vec::new());
    let told = case.ok(&["sessions", "verify", "last", "--json"]);
    assert_eq!((&told["report"]["proposals"], &told["report"]["writes"]), (&2.into(), &2.into()), "{told}");
    // A contract that has another opinion.
    let shipped = text(&case.folder.run(&["components", "show", "filesystem.csv_writer", "--json"]).stdout);
    assert!(shipped.contains("filesystem.csv_writer"));
    let changed = case.exported("last").replace("path: other.csv", "pfad: other.csv");
    case.folder.write("changed.jsonl", changed);
    let (code, told) = case.folder.json(&["sessions", "verify", "changed.jsonl", "--json"]);
    assert_eq!((code, &told["ok"]), (2, &Value::Bool(false)));
    let first = &told["first"];
    assert_eq!(first["what"], "check", "{told}");
    assert!(first["event"].as_u64().unwrap() > 1 && first["new"].as_str().unwrap().contains("error"), "{first}");
    let plain = case.folder.run(&["sessions", "verify", "changed.jsonl"]);
    assert!(text(&plain.stdout).contains("first divergence: event"), "{}", text(&plain.stdout));
}

#[test]
fn a_run_is_verified_by_its_rows() {
    let case = Case::new(Vec::new());
    let mut terminal = Terminal::run(&case.folder, &["sessions", "resume", "last"], 120, 40);
    terminal.shows("idle");
    terminal.press("\x1bg");
    terminal.until("the end of the run", |s| s.contains("Run finished"));
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
    assert_eq!(case.ok(&["sessions", "verify", "last", "--run", "--json"])["report"]["runs"], 1);
    case.folder.write("other.csv", "x\n3\n4\n");
    let (code, told) = case.folder.json(&["sessions", "verify", "last", "--run", "--json"]);
    let first = &told["first"];
    assert_eq!(
        (code, first["what"].as_str(), first["field"].as_str()),
        (2, Some("run"), Some("rows of read-it")),
        "{told}"
    );
    assert_eq!((first["old"].as_str(), first["new"].as_str()), (Some("1"), Some("2")));
}

#[test]
fn another_model_is_asked_the_same() {
    let case = Case::new(vec![answer("a.csv"), answer("third.csv")]);
    let told = case.ok(&["sessions", "rerun", "last", "--model", "another", "--json"]);
    let requests = case._server.requests();
    assert_eq!(requests.len(), 4);
    for (then, now) in requests[..2].iter().zip(&requests[2..]) {
        assert_eq!((&now.json()["messages"], &now.json()["model"]), (&then.json()["messages"], &"another".into()));
    }
    let parent = &told["session"]["parent"];
    assert_eq!(parent["how"], "rerun");
    let turns = told["comparison"]["turns"].as_array().unwrap();
    assert!(turns[0]["same_answer"].as_bool().unwrap() && !turns[1]["same_answer"].as_bool().unwrap());
    assert_eq!(turns[1]["document"][0]["path"], "steps.read-it.config.path", "{}", turns[1]["document"]);
    assert_eq!(case.folder.read(FILE), document("other.csv"), "nothing is written");
    let (first, second) = (parent["session"].as_str().unwrap(), told["session"]["id"].as_str().unwrap());
    let plain = case.folder.run(&["sessions", "diff", first, second]);
    assert_eq!(plain.status.code(), Some(1));
    assert!(
        text(&plain.stdout).contains("~ steps.read-it.config.path: \"other.csv\" → \"third.csv\""),
        "{}",
        text(&plain.stdout)
    );
}

#[test]
fn a_fork_begins_with_the_document_of_its_point() {
    let case = Case::new(Vec::new());
    let mut terminal = Terminal::run(&case.folder, &["sessions", "resume", "last"], 120, 40);
    terminal.shows("idle");
    terminal.press("\x1bsf");
    terminal.shows("Fork the session");
    terminal.shows("Before turn 2: copy other.csv instead");
    terminal.press("turn 2");
    terminal.press(ENTER);
    // What the file held then is proposed, and not written.
    terminal.shows("Review of proposal");
    assert_eq!(case.folder.read(FILE), document("other.csv"));
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
    assert_eq!(case.ids().len(), 2);
}

#[test]
fn a_session_is_rewound_by_keys() {
    let case = Case::new(Vec::new());
    let mut terminal = Terminal::run(&case.folder, &["sessions", "resume", "last"], 120, 40);
    terminal.shows("idle");
    terminal.press("\x1bsr");
    terminal.shows("Go back to");
    terminal.press(ENTER);
    terminal.shows("The files that were written since");
    terminal.press(ENTER);
    terminal.shows("As they were at this point again");
    assert_eq!(case.folder.read(FILE), document("a.csv"));
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
    assert_eq!(case.ids().len(), 2);
}

#[test]
fn the_picker_finds_names_deletes_compares_and_plays() {
    let case = Case::new(Vec::new());
    case.ok(&["sessions", "fork", "last", "--json"]);
    case.ok(&["sessions", "rename", "last", "The fork", "--json"]);
    let mut terminal = Terminal::run(&case.folder, &[], 120, 40);
    terminal.shows("idle");
    terminal.press("\x0f");
    terminal.shows("2 sessions");
    // By what the model said, which no title holds.
    terminal.press("/");
    terminal.press("it reads");
    terminal.shows("It reads a.csv");
    terminal.press("\x1b");
    terminal.shows("2 sessions");
    terminal.press("r");
    terminal.shows("The title of the session");
    terminal.press(" again");
    terminal.press(ENTER);
    terminal.shows("The fork again");
    terminal.press("=");
    terminal.shows("= at another one compares");
    terminal.press("j");
    terminal.press("=");
    terminal.shows("Two sessions: the same in every turn");
    terminal.press("q");
    terminal.press("\x0f");
    terminal.shows("2 sessions");
    terminal.press("x");
    terminal.shows("x again puts it into the trash");
    terminal.press("x");
    terminal.shows("1 session");
    terminal.press("u");
    terminal.shows("2 sessions");
    terminal.press("p");
    terminal.shows("REPLAY");
    terminal.press("q");
    terminal.until("the session before", |s| !s.contains("REPLAY") && s.contains("idle"));
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn a_recording_is_searched_marked_sought_and_gone_on_from() {
    let case = Case::new(Vec::new());
    case.folder.write("session.jsonl", case.exported("last"));
    let mut player = Terminal::run(&case.folder, &["sessions", "replay", "session.jsonl"], 120, 40);
    player.shows("REPLAY");
    player.press("g");
    player.shows("Go to a time");
    player.press("#3");
    player.press(ENTER);
    player.shows("event 3/");
    player.press("/");
    player.shows("Words to look for");
    player.press("reads other.csv");
    player.press(ENTER);
    player.until("the words", |s| s.contains("It reads other.csv"));
    player.press("m");
    player.shows("The name of the marker");
    player.press("the turning point");
    player.press(ENTER);
    player.shows("the turning point");
    player.press("\x1b[H");
    player.shows("event 0/");
    player.press("'");
    player.shows("Markers");
    player.press(ENTER);
    player.shows("the turning point");
    player.press("f");
    // A live session that was there and goes on from here.
    player.until("a live session", |s| !s.contains("REPLAY") && s.contains("Review of proposal"));
    player.press(QUIT);
    assert_eq!(player.ended(), 0);
    let told = case.ok(&["sessions", "list", "--json"]);
    assert_eq!(told["sessions"][0]["parent"]["how"], "fork", "{told}");
    // The markers are kept apart from the recording.
    let again = Terminal::run(&case.folder, &["sessions", "replay", "session.jsonl"], 120, 40);
    drop(again);
    assert_eq!(std::fs::read_dir(case.folder.at(".pipesmith/markers")).unwrap().count(), 1);
}
