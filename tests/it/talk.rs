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
    terminal.press("\x1bq");
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
