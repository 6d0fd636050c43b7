//! The conversation in the workbench: messages that wait, messages that are said again.

use crate::program::{Folder, text};
use crate::terminal::Terminal;
use crate::wire_server::{Act, WireServer, ending, stream_head, words};

const ENTER: &str = "\r";
const ESC: &str = "\x1b";
const QUIT: &str = "\x11";

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

fn says(answer: &str) -> Vec<Act> {
    vec![stream_head(), Act::Bytes((words(answer) + &ending()).into_bytes())]
}

fn stalls(answer: &str) -> Vec<Act> {
    vec![stream_head(), Act::Bytes(words(answer).into_bytes()), Act::AwaitClose]
}

/// What the person said in a request, without the system message.
fn said(request: &serde_json::Value) -> Vec<String> {
    let messages = request["messages"].as_array().unwrap();
    messages[1..].iter().map(|m| m["content"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn messages_wait_are_changed_and_held_after_an_interrupt() {
    let runtime = runtime();
    let server = runtime.block_on(WireServer::start(vec![
        stalls("The first answer stalls"),
        says("Answer to the second."),
        says("Answer to the third."),
        stalls("The fourth answer stalls"),
    ]));
    let folder = Folder::workspace(&server.base_url());
    let mut terminal = Terminal::run(&folder, &[], 100, 30);
    terminal.shows("idle");
    terminal.press("first\r");
    terminal.shows("The first answer stalls");
    terminal.press("second\r");
    terminal.shows("queued 1  second");
    terminal.press("thrid\r");
    terminal.shows("queued 2  thrid");
    terminal.press("removed\r");
    terminal.shows("queued 3  removed");
    terminal.press("\x1bk");
    terminal.until("two that wait", |s| !s.contains("queued 3"));
    terminal.press("\x1bj");
    terminal.shows("enter keeps the change");
    terminal.press("\x15third\r");
    terminal.shows("queued 2  third");
    terminal.press(ESC);
    terminal.shows("2 messages are held");
    assert!(terminal.text().contains("The first answer stalls"), "what arrived is kept");
    assert_eq!(server.requests().len(), 1, "nothing is sent by itself after an interrupt");
    terminal.press(ENTER);
    terminal.shows("Answer to the second.");
    terminal.shows("Answer to the third.");
    let sent = said(&server.requests()[2].json());
    assert_eq!(sent.last().map(String::as_str), Some("third"));
    assert!(sent.contains(&"Answer to the second.".to_owned()), "{sent:?}");

    // What waits is there when the session is opened again, and is not sent by itself.
    terminal.press("fourth\r");
    terminal.shows("The fourth answer stalls");
    terminal.press("fifth\r");
    terminal.shows("queued 1  fifth");
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
    let mut again = Terminal::run(&folder, &["sessions", "resume", "last"], 100, 30);
    again.until("the message that waits", |s| s.contains("1 message is held") && s.contains("queued 1  fifth"));
    assert_eq!(server.requests().len(), 4);
    again.press(QUIT);
    assert_eq!(again.ended(), 0);
    let exported = text(&folder.run(&["sessions", "export", "last"]).stdout);
    for fact in ["queued", "queued-changed", "queued-removed", "queue-released"] {
        assert!(
            exported.contains(&format!("{{\"talk\":{{\"{fact}\""))
                || exported.contains(&format!("{{\"talk\":\"{fact}\"")),
            "{fact}"
        );
    }
}

#[test]
fn messages_are_said_again_and_what_came_after_them_is_set_aside() {
    let runtime = runtime();
    let server = runtime.block_on(WireServer::start(vec![
        says("Answer one."),
        says("Answer two."),
        says("Answer three."),
        says("Answer four."),
    ]));
    let folder = Folder::workspace(&server.base_url());
    let mut terminal = Terminal::run(&folder, &[], 100, 30);
    terminal.shows("idle");
    terminal.press("alpha\r");
    terminal.until("the first turn", |s| s.contains("Answer one.") && s.contains("idle"));
    terminal.press("beta\r");
    terminal.until("the second turn", |s| s.contains("Answer two.") && s.contains("idle"));
    terminal.press("\x1br");
    terminal.until("the second try", |s| {
        s.contains("Answer three.") && s.contains("Set aside: “beta”") && s.contains("idle")
    });
    assert!(!terminal.text().contains("Answer two."));
    assert_eq!(said(&server.requests()[2].json()), ["alpha", "Answer one.", "beta"]);
    // The last message is beta, the one before alpha.
    terminal.press("\x1be");
    terminal.shows("other words for a former message");
    terminal.press("\x1be");
    terminal.shows("alpha");
    terminal.press(" and omega\r");
    terminal.until("the other words", |s| s.contains("Answer four.") && s.contains("Set aside: “alpha”"));
    assert!(!terminal.text().contains("Answer one."));
    assert_eq!(said(&server.requests()[3].json()), ["alpha and omega"]);
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
    // It is all in the journal, and a replay ends with the same screen.
    let shown = text(&folder.run(&["sessions", "show", "last"]).stdout);
    assert!(shown.contains("Answer two.") && shown.contains("set aside"), "{shown}");
}

const SMALL: &str = "oml_version: \"0.1.0\"\nname: small\nsteps:\n  - id: read-all\n    component: filesystem.csv_extractor\n    mode: read\n    config:\n      path: data/in.csv\n";

/// What is mentioned goes to the model as it is when the message is sent, bounded, without secrets, and is a part of
/// the message ever after.
#[test]
fn what_is_mentioned_is_completed_looked_up_and_kept() {
    let runtime = runtime();
    let server = runtime.block_on(WireServer::start(vec![says("I have seen it."), says("And again.")]));
    let folder = Folder::workspace(&server.base_url());
    folder.write("pipelines/small.yaml", SMALL);
    folder.write("data/in.csv", "a\n1\n");
    folder.write("notes/plan.txt", "first line\nthe password is hunter2-hunter2\n");
    folder.write(
        "pipesmith_connections.yaml",
        "version: 1\nconnections:\n  mysql:\n    main: {host: 127.0.0.1, database: d, user: u, password: hunter2-hunter2}\n",
    );
    let mut terminal = Terminal::run(&folder, &["--file", "pipelines/small.yaml"], 120, 40);
    terminal.shows("data/in.csv");
    terminal.press("\x1b1");
    terminal.press("look at @plan");
    terminal.shows("@file:notes/plan.txt");
    terminal.press("\t");
    terminal.until("the mention", |s| s.contains("look at @file:notes/plan.txt") && !s.contains("  file "));
    terminal.press("and @readall");
    terminal.shows("@step:read-all");
    terminal.press("\tand @file:none.txt\r");
    terminal.shows("I have seen it.");
    let sent = said(&server.requests()[0].json()).pop().unwrap();
    assert!(sent.contains("===== data: file notes/plan.txt, mentioned above =====\nfirst line\n"), "{sent}");
    assert!(sent.contains("===== data: step read-all, mentioned above =====\n  - id: read-all\n"), "{sent}");
    assert!(sent.contains("file none.txt") && sent.contains("It can't be shown"), "{sent}");
    assert!(!server.requests()[0].body.contains("hunter2"), "{sent}");
    terminal.shows("with file notes/plan.txt");
    // The file changes; what was said does not.
    folder.write("notes/plan.txt", "another line\n");
    terminal.press("go on\r");
    terminal.shows("And again.");
    let sent = said(&server.requests()[1].json());
    assert!(sent[0].contains("first line") && !sent[0].contains("another line"), "{sent:?}");
    terminal.press("/frobnicate\r");
    terminal.shows("there is no /frobnicate");
    terminal.press("\x15/hel");
    terminal.shows("/help");
    terminal.press("\r");
    terminal.shows("up and down scroll, esc closes");
    terminal.press(ESC);
    terminal.until("the chat again", |s| !s.contains("up and down scroll"));
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
    let shown = text(&folder.run(&["sessions", "show", "last"]).stdout);
    assert!(shown.contains("with file notes/plan.txt") && !shown.contains("hunter2"), "{shown}");
}

/// What was sent in a former session is found again by its letters.
#[test]
fn former_messages_of_all_sessions_are_found_and_sent_again() {
    let runtime = runtime();
    let server = runtime.block_on(WireServer::start(vec![says("Yes.")]));
    let folder = Folder::workspace(&server.base_url());
    assert!(folder.run(&["chat", "-p", "join the orders with customers"]).status.success());
    assert!(folder.run(&["chat", "-p", "sum the totals\nfor each city"]).status.success());
    let mut terminal = Terminal::run(&folder, &[], 100, 30);
    terminal.shows("idle");
    // What was sent before is read beside the first frame.
    terminal.insist("\x1b[A", "the last message", |s| s.contains("for each city"));
    terminal.press("\x15\x7f\x15");
    terminal.press("\x12");
    terminal.until("the search with a preview", |s| s.contains("Former messages") && s.contains("for each city"));
    terminal.press("jncust");
    terminal.until("the one that fits", |s| s.contains("join the orders") && !s.contains("sum the totals"));
    terminal.press(ENTER);
    terminal.until("the message", |s| s.contains("join the orders with customers") && !s.contains("Former messages"));
    terminal.press(ENTER);
    terminal.until("the answer", |s| s.contains("Yes.") && s.contains("idle"));
    assert_eq!(said(&server.requests()[2].json()), ["join the orders with customers"]);
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
}

/// A paste of a megabyte is a row of the composer, is sent whole, and one that is too long is refused with everything
/// as it was.
#[test]
fn a_megabyte_is_pasted_sent_whole_and_more_is_refused() {
    let runtime = runtime();
    let server = runtime.block_on(WireServer::start(vec![says("Received.")]));
    let folder = Folder::workspace(&server.base_url());
    let mut terminal = Terminal::run(&folder, &[], 100, 30);
    terminal.shows("idle");
    let line = "0123456789abcde\n";
    let paste = line.repeat((1 << 20) / line.len());
    terminal.press("look: ");
    terminal.press(&format!("\x1b[200~{paste}\x1b[201~"));
    terminal.shows("look: [paste 1: 65,536 lines, 1.0 MB]");
    terminal.press(" twice?");
    terminal.shows("MB] twice?");
    terminal.press(&format!("\x1b[200~{paste}\x1b[201~"));
    terminal.shows("Not pasted: the message would have");
    terminal.press("\x1b[200~1\n2\n3\n4\n5\n6\n7\n8\n9\n\x1b[201~");
    terminal.shows("[paste 2: 9 lines, 18 B]");
    terminal.press("\x1bu");
    terminal.until("the lines of the second paste", |s| s.contains("  7 ") && !s.contains("[paste 2"));
    terminal.press("\x1f");
    terminal.shows("[paste 2: 9 lines");
    terminal.press("\x7f");
    terminal.until("only the first paste", |s| s.contains("MB] twice?") && !s.contains("[paste 2"));
    terminal.press(ENTER);
    terminal.shows("Received.");
    assert_eq!(said(&server.requests()[0].json()), [format!("look: {paste} twice?")]);
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn a_message_is_written_in_an_editor() {
    let folder = Folder::workspace("http://127.0.0.1:9/v1");
    folder.write("edit.sh", "#!/bin/sh\ntr a-z A-Z < \"$1\" > up && printf ' and more\\n' >> up && cat up > \"$1\"\n");
    let editor = format!("sh {}", folder.at("edit.sh").display());
    let mut terminal = Terminal::with(&folder, &[], 100, 30, &[("VISUAL", &editor)]);
    terminal.shows("idle");
    terminal.press("make it loud");
    terminal.shows("make it loud");
    terminal.press("\x18\x05");
    terminal.shows("MAKE IT LOUD and more");
    terminal.press("!");
    terminal.shows("and more!");
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
}

fn models(names: &[&str]) -> Vec<Act> {
    let data: Vec<serde_json::Value> = names.iter().map(|id| serde_json::json!({"id": id})).collect();
    let body = serde_json::json!({"object": "list", "data": data}).to_string();
    vec![crate::wire_server::answer("200 OK", "content-type: application/json\r\n", &body)]
}

/// Another model is chosen from those of the configuration and of the server, answers the next turn, and is asked again
/// when the session is resumed. What the tokens cost is shown where there are prices, and only there.
#[test]
fn a_model_is_chosen_and_its_tokens_are_counted_and_priced() {
    let runtime = runtime();
    let server = runtime.block_on(WireServer::start(vec![
        says("First answer."),
        models(&["big", "mock"]),
        says("Second answer."),
        says("Third answer."),
    ]));
    let folder = Folder::workspace(&server.base_url());
    let config = folder.read("pipesmith.toml");
    let terms = "\n[models.mock]\ncontext_tokens = 2000\ninput_price = 1.0\noutput_price = 2.0\ncurrency = \"EUR\"\n";
    folder.write("pipesmith.toml", config + terms);
    let mut terminal = Terminal::run(&folder, &[], 120, 40);
    terminal.shows("idle");
    terminal.press("hello\r");
    terminal.shows("context 10/2.0k 0%");
    terminal.shows("in 7 out 3, 0.00001300 EUR");
    terminal.press("\x1bi");
    terminal.shows("7 tokens in, 3 out, counted by the server");
    terminal.press("\x1bn");
    terminal.until("the models", |s| s.contains("1.00 in, 2.00 out EUR") && s.contains("the server lists it"));
    terminal.press("big\r");
    terminal.shows("big is asked from now on.");
    terminal.press("and now\r");
    terminal.shows("Second answer.");
    terminal.shows("0.00001300+ EUR");
    assert_eq!(server.requests()[2].json()["model"], "big");
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
    let mut again = Terminal::run(&folder, &["sessions", "resume", "last"], 120, 40);
    again.shows("Second answer.");
    again.press("still there?\r");
    again.shows("Third answer.");
    assert_eq!(server.requests()[3].json()["model"], "big");
    again.press(QUIT);
    assert_eq!(again.ended(), 0);
}

/// A conversation that takes more than its share of the window is compacted, says what became of it, and goes on.
#[test]
fn a_long_conversation_is_compacted_and_says_so() {
    let runtime = runtime();
    let long = "many words ".repeat(145);
    let server = runtime.block_on(WireServer::start(vec![
        says(&format!("About apples. {long}")),
        says(&format!("About pears. {long}")),
        says(&format!("About plums. {long}")),
        says("Short."),
    ]));
    let folder = Folder::workspace(&server.base_url());
    let config = folder.read("pipesmith.toml");
    folder.write("pipesmith.toml", config + "\n[models.mock]\ncontext_tokens = 2000\n");
    let mut terminal = Terminal::run(&folder, &[], 120, 40);
    terminal.shows("idle");
    for (n, fruit) in ["apples", "pears", "plums"].iter().enumerate() {
        terminal.press(&format!("what of {fruit}?\r"));
        let spent = format!("in {} out {}", 7 * (n + 1), 3 * (n + 1));
        terminal.until("the end of the turn", |s| s.contains(&spent) && s.contains("● idle"));
    }
    terminal.press("and in short?\r");
    terminal.until("what was compacted", |s| {
        s.contains("Compacted, because") && s.contains("the last 2 are kept whole") && s.contains("Short.")
    });
    let request = server.requests()[3].json();
    let system = request["messages"][0]["content"].as_str().unwrap();
    assert!(system.contains("data: earlier in this conversation, shortened"), "{system}");
    assert!(system.contains("The person: what of apples?\nYou: About apples."), "{system}");
    let sent = said(&request);
    assert_eq!((sent.len(), sent[0].as_str()), (3, "what of plums?"));
    terminal.until("the end of the turn", |s| s.contains("in 28 out 12") && s.contains("● idle"));
    terminal.press("once more\r");
    terminal.until("the end of the next turn", |s| s.contains("in 35 out 15") && s.contains("● idle"));
    terminal.press("/compact\r");
    terminal
        .until("what was compacted", |s| s.contains("Compacted: 2 messages") && s.contains("last 4 are kept whole"));
    terminal.press("\x1b,\x1bi");
    terminal.shows("You: About plums.");
    terminal.press("/export kept.jsonl\r");
    terminal.shows("The session was written to kept.jsonl");
    assert!(folder.read("kept.jsonl").contains("About apples."));
    terminal.press("/export kept.jsonl\r");
    terminal.shows("the session was not written to kept.jsonl");
    terminal.press("last\r");
    terminal.until("the last turn", |s| s.contains("in 42 out 18") && s.contains("● idle"));
    let sent = said(&server.requests()[5].json());
    assert_eq!(sent, ["and in short?", "Short.", "once more", "Short.", "last"]);
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
}

/// Replaces a table of a SQLite file by the rows of a file.
const LOAD: &str = "oml_version: \"0.1.0\"\nname: load\nsteps:\n  - id: read-all\n    component: filesystem.csv_extractor\n    mode: read\n    config: {path: data/in.csv}\n  - id: write-all\n    component: sqlite.writer\n    mode: write\n    needs: [read-all]\n    config: {path: out.db, table: t, primary_key: a, write_mode: replace}\n";

/// The pipeline, its rows, and the table with a row of before.
pub fn replaces(folder: &Folder) {
    folder.write("pipelines/load.yaml", LOAD);
    folder.write("data/in.csv", "a\n1\n2\n");
    rusqlite::Connection::open(folder.at("out.db"))
        .unwrap()
        .execute_batch("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (9)")
        .unwrap();
}

pub fn rows(folder: &Folder) -> i64 {
    let database = rusqlite::Connection::open(folder.at("out.db")).unwrap();
    database.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap()
}

/// A run that replaces the rows of a table waits for an answer, each answer is a fact, and a run that begins at a later
/// step takes what was kept and asks as well.
#[test]
fn a_run_that_replaces_a_table_is_approved_first() {
    let folder = Folder::workspace("http://127.0.0.1:9/v1");
    let config = folder.read("pipesmith.toml");
    folder.write("pipesmith.toml", config + "\n[run]\nkeep = true\n");
    replaces(&folder);
    let mut terminal = Terminal::with(&folder, &["--file", "pipelines/load.yaml"], 120, 40, &[("USER", "ann")]);
    terminal.shows("data/in.csv");
    terminal.press("\x1bg");
    terminal
        .until("the question", |s| s.contains("write-all replaces the table t in out.db") && s.contains("y runs it"));
    terminal.insist("n", "the answer", |s| s.contains("declined by ann"));
    assert_eq!(rows(&folder), 1, "nothing has run");
    terminal.press("\x15");
    terminal.press("\x1bg");
    terminal.shows("y runs it");
    terminal.insist("y", "the answer", |s| s.contains("approved by ann"));
    terminal.shows("✓ Run finished");
    assert_eq!(rows(&folder), 2);
    // From the run pane, only the writing again: what was read is taken from where it was kept.
    folder.write("data/in.csv", "a\n1\n2\n");
    terminal.press("\x1b6");
    terminal.press("]]");
    terminal.press("r");
    terminal.until("the question", |s| s.contains("Run of load from write-all") && s.contains("y runs it"));
    terminal.insist("y", "the answer", |s| {
        s.matches("approved by ann").count() == 2 || s.contains("✓ Run finished") && s.contains("2 rows that run")
    });
    terminal.shows("2 rows that run");
    terminal.until("the end", |s| s.contains("● idle"));
    assert_eq!(rows(&folder), 2);
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
    let exported = text(&folder.run(&["sessions", "export", "last"]).stdout);
    assert_eq!(exported.matches("\"approval-asked\"").count(), 3);
    assert_eq!(exported.matches("\"approved\":true,\"by\":\"ann\"").count(), 2, "{exported}");
    assert_eq!(exported.matches("\"approved\":false,\"by\":\"ann\"").count(), 1);
    assert!(exported.contains("step-reused"), "{exported}");
}
