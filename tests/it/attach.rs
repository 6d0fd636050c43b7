//! Several faces of one store: workbenches beside each other, verbs beside a workbench, leaving what runs
//! running and coming back to it, another process taking over.

use pipesmith::session::wire::Wish;
use pipesmith::session::{Command, Fact};
use pipesmith::store::{Note, Store};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::hosts::{Watcher, exported, kill, link, owner, store, until_free};
use crate::kill::endless_model;
use crate::program::{BINARY, Folder, text};
use crate::terminal::Terminal;
use crate::wire_server::{Act, WireServer, ending, stream_head, words};

const ENTER: &str = "\r";
const ESC: &str = "\x1b";
const QUIT: &str = "\x11";
const DETACH: &str = "\x1ba";

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// A server that gives these answers, one after the other.
fn answering(runtime: &tokio::runtime::Runtime, answers: &[&str]) -> WireServer {
    let script = |answer: &&str| vec![stream_head(), Act::Bytes((words(answer) + &ending()).into_bytes())];
    runtime.block_on(WireServer::start(answers.iter().map(script).collect()))
}

fn say(terminal: &mut Terminal, words: &str) {
    terminal.press(words);
    terminal.press(ENTER);
}

/// The model goes on speaking while no workbench is open.
fn goes_on(folder: &Folder) {
    let before = exported(folder, "last").len();
    while exported(folder, "last").len() < before + 5 {}
}

/// A workbench comes back to what was left speaking, stops it and ends.
fn is_found_and_stopped(folder: &Folder) {
    let mut back = Terminal::run(folder, &["attach"], 100, 30);
    back.shows("word3");
    back.press(ESC);
    back.shows("idle");
    back.press(QUIT);
    assert_eq!(back.ended(), 0);
}

#[test]
fn two_workbenches_see_the_same_and_either_commands() {
    let runtime = runtime();
    let server = answering(&runtime, &["The first answer.", "The second answer."]);
    let folder = Folder::workspace(&server.base_url());
    let mut one = Terminal::run(&folder, &[], 100, 30);
    one.shows("idle");
    say(&mut one, "hello from one");
    one.shows("The first answer.");
    let mut two = Terminal::run(&folder, &["attach"], 100, 30);
    two.until("what was said before", |s| s.contains("hello from one") && s.contains("The first answer."));
    say(&mut two, "hello from two");
    one.until("what the other said", |s| s.contains("hello from two") && s.contains("The second answer."));
    two.shows("The second answer.");
    let socket = Note::read(&store(folder.path())).socket.unwrap();
    assert!(socket.exists());
    // One leaves, the other stays.
    one.press(QUIT);
    assert_eq!(one.ended(), 0);
    two.shows("idle");
    two.press(QUIT);
    assert_eq!(two.ended(), 0);
    let told = exported(&folder, "last");
    let closed = told.iter().filter(|e| matches!(e.fact, Fact::Closed { .. })).count();
    assert_eq!(closed, 1, "it was closed once, by the last one");
    until_free(&folder);
    assert!(!socket.exists(), "the socket went with the host");
}

#[test]
fn two_workbenches_work_in_sessions_of_their_own() {
    let runtime = runtime();
    let server = answering(&runtime, &["An answer for one.", "An answer for two."]);
    let folder = Folder::workspace(&server.base_url());
    let mut one = Terminal::run(&folder, &[], 100, 30);
    one.shows("idle");
    let mut two = Terminal::run(&folder, &[], 100, 30);
    two.shows("idle");
    say(&mut one, "hello from one");
    one.shows("An answer for one.");
    say(&mut two, "hello from two");
    two.shows("An answer for two.");
    assert!(!one.text().contains("hello from two") && !two.text().contains("hello from one"));
    one.press(QUIT);
    two.press(QUIT);
    assert_eq!((one.ended(), two.ended()), (0, 0));
    let (_, listed) = folder.json(&["sessions", "list", "--json"]);
    assert_eq!(listed["sessions"].as_array().unwrap().len(), 2);
}

#[test]
fn verbs_work_while_a_workbench_is_open() {
    let runtime = runtime();
    let server = answering(&runtime, &["Answer to the workbench.", "Answer to the verb.", "Again."]);
    let folder = Folder::workspace(&server.base_url());
    let mut workbench = Terminal::run(&folder, &[], 100, 30);
    workbench.shows("idle");
    say(&mut workbench, "from the workbench");
    workbench.shows("Answer to the workbench.");
    // A session of its own, and the one that is open.
    let (code, told) = folder.json(&["chat", "-p", "from the verb", "--json"]);
    assert_eq!((code, told["answer"].as_str()), (0, Some("Answer to the verb.")), "{told}");
    let (_, listed) = folder.json(&["sessions", "list", "--json"]);
    let listed = listed["sessions"].as_array().unwrap().clone();
    assert_eq!(listed.len(), 2, "{listed:?}");
    let open = listed.iter().find(|s| s["title"] == "from the workbench").unwrap();
    assert_eq!(open["state"], "open");
    let id = open["id"].as_str().unwrap();
    let (code, told) = folder.json(&["chat", "-p", "into your session", "--session", id, "--json"]);
    assert_eq!((code, told["answer"].as_str()), (0, Some("Again.")), "{told}");
    workbench.until("what the verb said", |s| s.contains("into your session") && s.contains("Again."));
    let shown = text(&folder.run(&["sessions", "show", id]).stdout);
    assert!(shown.contains("from the workbench") && shown.contains("into your session"), "{shown}");
    // What it is filed under is written by the process that has it.
    let (code, told) = folder.json(&["sessions", "rename", id, "An open one", "--json"]);
    assert_eq!((code, told["session"]["title"].as_str()), (0, Some("An open one")), "{told}");
    let (code, told) = folder.json(&["sessions", "tag", id, "weekly", "--json"]);
    assert_eq!((code, told["session"]["tags"][0].as_str()), (0, Some("weekly")), "{told}");
    let (code, told) = folder.json(&["sessions", "delete", id, "--yes", "--json"]);
    assert_eq!((code, told["diagnostics"][0]["code"].as_str()), (1, Some("session-open")), "{told}");
    let before = exported(&folder, id);
    let visited = Store::visit(&store(folder.path())).unwrap();
    let refused = visited.append(id, [(1, b"{}".as_slice())]).unwrap_err();
    assert!(refused.to_string().contains("is open in a workbench"), "{refused}");
    folder.write("export.jsonl", folder.run(&["sessions", "export", id]).stdout);
    folder.write("shorter.jsonl", folder.read("export.jsonl").replace("from the workbench", "from elsewhere"));
    let (code, told) = folder.json(&["sessions", "import", "shorter.jsonl", "--json"]);
    assert_eq!((code, told["diagnostics"][0]["code"].as_str()), (1, Some("session-exists")), "{told}");
    let elsewhere = Folder::workspace("http://127.0.0.1:9/v1");
    elsewhere.write("export.jsonl", folder.read("export.jsonl"));
    let mut other = Terminal::run(&elsewhere, &[], 100, 30);
    other.shows("idle");
    assert_eq!(elsewhere.json(&["sessions", "import", "export.jsonl", "--json"]).0, 0);
    assert_eq!(exported(&elsewhere, id), before, "what was imported over the socket is whole");
    let (_, doctor) = folder.json(&["doctor", "--json"]);
    assert!(doctor.to_string().contains("2 in .pipesmith/store"), "{doctor}");
    workbench.press(QUIT);
    other.press(QUIT);
    assert_eq!((workbench.ended(), other.ended()), (0, 0));
}

#[test]
fn a_verb_is_told_when_the_session_is_at_work() {
    let folder = Folder::workspace(&endless_model());
    let mut workbench = Terminal::run(&folder, &[], 100, 30);
    workbench.shows("idle");
    say(&mut workbench, "talk");
    workbench.shows("word3");
    let (code, told) = folder.json(&["chat", "-p", "me too", "--session", "last", "--json"]);
    assert_eq!((code, told["diagnostics"][0]["code"].as_str()), (1, Some("session-busy")), "{told}");
    workbench.press(ESC);
    workbench.shows("idle");
    workbench.press(QUIT);
    assert_eq!(workbench.ended(), 0);
}

#[test]
fn what_runs_goes_on_without_a_workbench_and_the_screen_comes_back() {
    let folder = Folder::workspace(&endless_model());
    let mut left = Terminal::run(&folder, &[], 120, 40);
    left.shows("idle");
    say(&mut left, "talk");
    left.shows("word3");
    left.press("half a sentence");
    left.press("\x1b5");
    left.shows("half a sentence");
    left.press("\x1bz");
    left.until("the components alone", |s| s.contains("Components") && !s.contains("half a sentence"));
    left.press(DETACH);
    assert_eq!(left.ended(), 0);
    left.drained();
    assert!(left.is_restored());
    assert!(left.text().contains("pipesmith attach 01"), "{}", left.text());
    goes_on(&folder);
    let mut back = Terminal::run(&folder, &["attach"], 120, 40);
    back.until("the components alone", |s| s.contains("Components") && !s.contains("Chat"));
    back.press("\x1bz");
    back.until("what was being written", |s| s.contains("half a sentence") && s.contains("Components"));
    back.press("\x1b1");
    back.press(ESC);
    back.shows("idle");
    back.press("\x03");
    back.press(QUIT);
    assert_eq!(back.ended(), 0);
    until_free(&folder);
    let told = exported(&folder, "last");
    assert!(!told.iter().any(|e| matches!(e.fact, Fact::Resumed { .. })), "it was open all the time");
}

#[test]
fn the_place_in_the_conversation_comes_back() {
    let runtime = runtime();
    let answer: String = (100..300).map(|n| format!("- point {n}\n")).collect();
    let server = answering(&runtime, &[&answer]);
    let folder = Folder::workspace(&server.base_url());
    let mut left = Terminal::run(&folder, &[], 100, 30);
    left.shows("idle");
    say(&mut left, "all points, please");
    left.shows("point 299");
    left.shows("idle");
    left.press("\x1b[5~");
    left.until("what was above", |s| s.contains("more below") && !s.contains("point 299"));
    let seen: Vec<String> = left.text().lines().filter(|l| l.contains("point")).map(str::to_owned).collect();
    left.press(DETACH);
    assert_eq!(left.ended(), 0);
    let mut back = Terminal::run(&folder, &["attach"], 100, 30);
    back.until("the same points", |s| seen.iter().all(|line| s.contains(line.trim())) && !s.contains("point 299"));
    back.press(QUIT);
    assert_eq!(back.ended(), 0);
}

#[test]
fn workbenches_are_sent_away_from_another_terminal() {
    let folder = Folder::workspace(&endless_model());
    let mut one = Terminal::run(&folder, &[], 100, 30);
    one.shows("idle");
    say(&mut one, "talk");
    one.shows("word3");
    let mut two = Terminal::run(&folder, &["attach"], 100, 30);
    two.shows("word3");
    let told = text(&folder.run(&["detach"]).stdout);
    assert!(told.contains("what runs in it goes on"), "{told}");
    assert_eq!((one.ended(), two.ended()), (0, 0));
    one.drained();
    assert!(one.is_restored() && one.text().contains("pipesmith attach"), "{}", one.text());
    assert!(text(&folder.run(&["detach"]).stderr).contains("No workbench is open"));
    is_found_and_stopped(&folder);
}

/// The line drops while a turn is in progress; by default it goes on.
#[test]
fn a_dropped_line_is_like_leaving_while_something_runs() {
    for script in [format!("exec {BINARY}"), format!("trap '' HUP; exec {BINARY}")] {
        let folder = Folder::workspace(&endless_model());
        let mut terminal = Terminal::command(&folder, "sh", &["-c", &script], 100, 30);
        terminal.shows("idle");
        say(&mut terminal, "talk");
        terminal.shows("word3");
        terminal.hang_up();
        terminal.ended();
        goes_on(&folder);
        is_found_and_stopped(&folder);
    }
}

#[test]
fn a_dropped_line_ends_the_session_when_nothing_runs_or_it_is_told_to() {
    let folder = Folder::workspace("http://127.0.0.1:9/v1");
    let mut terminal = Terminal::run(&folder, &[], 100, 30);
    terminal.until("its session", |s| s.contains("idle  01"));
    terminal.hang_up();
    assert_eq!(terminal.ended(), 129);
    until_free(&folder);

    let runtime = runtime();
    let spoken = Act::Bytes(words("I am thinking about your pipeline").into_bytes());
    let mut server = runtime.block_on(WireServer::start(vec![vec![stream_head(), spoken, Act::AwaitClose]]));
    let folder = Folder::workspace(&server.base_url());
    let config = folder.read("pipesmith.toml");
    folder.write("pipesmith.toml", config + "[session]\non_hangup = \"stop\"\n");
    let mut terminal = Terminal::run(&folder, &[], 100, 30);
    terminal.shows("idle");
    say(&mut terminal, "talk");
    terminal.shows("thinking about your pipeline");
    terminal.hang_up();
    terminal.ended();
    assert!(runtime.block_on(server.client_closed()), "the turn was interrupted");
    until_free(&folder);
    let told = exported(&folder, "last");
    assert!(matches!(told.last().unwrap().fact, Fact::Closed { .. }), "{:?}", told.last());
}

/// A workbench that is killed without a word leaves what runs running, too.
#[test]
fn a_killed_workbench_takes_nothing_along() {
    let folder = Folder::workspace(&endless_model());
    let mut terminal = Terminal::run(&folder, &[], 100, 30);
    terminal.shows("idle");
    say(&mut terminal, "talk");
    terminal.shows("word3");
    kill(Pid::from_raw(i32::try_from(terminal.pid()).unwrap()).unwrap());
    terminal.ended();
    goes_on(&folder);
    is_found_and_stopped(&folder);
}

#[test]
fn a_workbench_takes_over_when_the_host_is_killed() {
    let folder = Folder::workspace(&endless_model());
    let mut one = Terminal::run(&folder, &[], 100, 30);
    one.shows("idle");
    say(&mut one, "talk");
    one.shows("word3");
    let mut two = Terminal::run(&folder, &["attach"], 100, 30);
    two.shows("word3");
    let first = owner(folder.path());
    kill(first);
    for terminal in [&one, &two] {
        terminal.until("what was interrupted", |s| s.contains("Interrupted when the session was last left"));
    }
    assert_ne!(owner(folder.path()), first);
    say(&mut two, "again");
    for terminal in [&one, &two] {
        terminal.until("that it goes on", |s| s.contains("again") && s.contains("turn 2 running"));
    }
    two.press(ESC);
    two.shows("idle");
    one.press(QUIT);
    two.press(QUIT);
    assert_eq!((one.ended(), two.ended()), (0, 0));
    let told = exported(&folder, "last");
    assert!(told.iter().zip(1u64..).all(|(event, seq)| event.seq == seq), "numbers without a gap");
    assert_eq!(told.iter().filter(|e| matches!(e.fact, Fact::Resumed { .. })).count(), 1, "one took over");
}

#[test]
fn a_message_that_a_killed_host_did_not_hear_is_said_again() {
    let runtime = runtime();
    let server = answering(&runtime, &["The first answer.", "The second answer."]);
    let folder = Folder::workspace(&server.base_url());
    let mut terminal = Terminal::run(&folder, &[], 100, 30);
    terminal.shows("idle");
    say(&mut terminal, "hello");
    terminal.shows("The first answer.");
    terminal.shows("idle");
    let host = owner(folder.path());
    kill_process(host, Signal::STOP).unwrap();
    terminal.press("are you there");
    terminal.shows("are you there");
    terminal.press(ENTER);
    terminal.until("that it was sent", |s| !s.contains("are you there"));
    kill(host);
    terminal.shows("The second answer.");
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
    let told = exported(&folder, "last");
    let said: Vec<&str> = told
        .iter()
        .filter_map(|event| match &event.fact {
            Fact::Said { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(said, ["hello", "are you there"], "once each");
}

#[test]
fn a_host_that_is_told_to_end_closes_what_is_open() {
    let folder = Folder::workspace(&endless_model());
    let mut terminal = Terminal::run(&folder, &[], 100, 30);
    terminal.shows("idle");
    say(&mut terminal, "talk");
    terminal.shows("word3");
    let host = owner(folder.path());
    kill_process(host, Signal::HUP).unwrap();
    terminal.shows("word9");
    assert!(test_kill_process(host).is_ok(), "nobody hangs up on it");
    kill_process(host, Signal::TERM).unwrap();
    terminal.shows("The session has ended");
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
    until_free(&folder);
    let told = exported(&folder, "last");
    assert!(matches!(told.last().unwrap().fact, Fact::Closed { .. }), "{:?}", told.last());
}

#[test]
fn another_environment_is_told() {
    let folder = Folder::workspace("http://127.0.0.1:9/v1");
    let mut one = Terminal::run(&folder, &[], 100, 30);
    one.until("its session", |s| s.contains("idle  01"));
    let mut two = Terminal::with(&folder, &[], 100, 30, &[("PIPESMITH_MODEL", "other")]);
    two.until("whose variables count", |s| s.contains("are set otherwise here") && s.contains("mock"));
    assert!(!one.text().contains("otherwise"));
    one.press(QUIT);
    two.press(QUIT);
    assert_eq!((one.ended(), two.ended()), (0, 0));
}

#[test]
fn commands_of_several_faces_have_one_order() {
    let runtime = runtime();
    let folder = Folder::workspace("http://127.0.0.1:9/v1");
    folder.write("a.yaml", "oml_version: \"0.1.0\"\nname: a\nsteps: []\n");
    folder.write("b.yaml", "oml_version: \"0.1.0\"\nname: b\nsteps: []\n");
    runtime.block_on(async {
        let session = Wish::new();
        let mut faces: Vec<Watcher> = Vec::new();
        for _ in 0..4 {
            faces.push(Watcher::new(link(folder.path(), session.clone())));
        }
        for round in 0..20 {
            for (at, face) in faces.iter().enumerate() {
                let file = if (round + at) % 2 == 0 { "a.yaml" } else { "b.yaml" };
                face.link.commands.send(Command::OpenDocument { file: file.to_owned() }).unwrap();
            }
        }
        for face in &mut faces {
            for _ in 0..80 {
                face.until(|fact| matches!(fact, Fact::DocumentOpened { .. })).await;
            }
        }
        let (first, others) = faces.split_first().unwrap();
        assert!(others.iter().all(|face| face.seen == first.seen), "all saw the same");
    });
}

/// A session is written by its own host alone, also when something is wanted of it in another one.
#[test]
fn what_is_wanted_of_another_open_session_is_done_by_its_own_host() {
    let runtime = runtime();
    let folder = Folder::workspace("http://127.0.0.1:9/v1");
    runtime.block_on(async {
        let mut faces = Vec::new();
        for _ in 0..2 {
            let mut face = Watcher::new(link(folder.path(), Wish::new()));
            face.until(|fact| matches!(fact, Fact::Opened { .. })).await;
            faces.push(face);
        }
        let Fact::Opened { session: other, .. } = &faces[1].seen[0].fact else { panic!("not opened") };
        let (other, title) = (other.clone(), "another title".to_owned());
        faces[0].link.commands.send(Command::Rename { session: other.clone(), title }).unwrap();
        faces[1].until(|fact| matches!(fact, Fact::Renamed { title } if title == "another title")).await;
        faces[0].link.commands.send(Command::Delete { session: other }).unwrap();
        let refused = faces[0].until(|fact| matches!(fact, Fact::Refused { .. })).await;
        let Fact::Refused { diagnostic } = &refused.fact else { panic!("not refused") };
        assert_eq!(diagnostic.code, "session-open");
    });
}
