//! The greeting of faces and hosts: other versions, other stores, nonsense, and what a killed host left behind.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;

use pipesmith::session::Fact;
use pipesmith::session::wire::Wish;
use pipesmith::socket::greeting::{Answer, Hello};
use pipesmith::socket::{Purpose, frame, place};
use pipesmith::store::{Note, Store};

use crate::hosts::{Watcher, kill, link, owner, store, until_free};
use crate::program::Folder;
use crate::terminal::Terminal;

const QUIT: &str = "\x11";

fn greet(folder: &Folder, hello: &Hello) -> Answer {
    let socket = Note::read(&store(folder.path())).socket.unwrap();
    let mut stream = place::connect(&socket).unwrap();
    frame::write(&mut stream, hello).unwrap();
    frame::read(&mut stream, frame::GREETING).unwrap()
}

#[test]
fn a_face_of_an_older_version_is_told_so() {
    let folder = Folder::workspace("http://127.0.0.1:9/v1");
    let mut workbench = Terminal::run(&folder, &[], 100, 30);
    workbench.until("its session", |s| s.contains("idle  01"));
    let hello = Hello::of(&store(folder.path()), Purpose::Session).unwrap();
    let Answer::Refused(refused) = greet(&folder, &Hello { protocol: (0, 0), app: "0.0.9".into(), ..hello.clone() })
    else {
        panic!("it was let in")
    };
    assert_eq!(refused.code, "protocol-mismatch");
    assert!(refused.message.contains("0.0.9"), "{}", refused.message);
    // One that also knows the version of today is let in.
    assert!(matches!(greet(&folder, &Hello { protocol: (0, 99), ..hello.clone() }), Answer::Welcome { .. }));
    let Answer::Refused(refused) = greet(&folder, &Hello { store: "0:0".into(), ..hello }) else { panic!("let in") };
    assert_eq!(refused.code, "wrong-socket");
    // Nonsense harms nobody.
    let socket = Note::read(&store(folder.path())).socket.unwrap();
    for nonsense in [&b"\xff\xff\xff\xff"[..], b"\0\0\0\x02[]", b"GET / HTTP/1.1\r\n\r\n"] {
        std::io::Write::write_all(&mut place::connect(&socket).unwrap(), nonsense).unwrap();
    }
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    workbench.press(QUIT);
    assert_eq!(workbench.ended(), 0);
}

#[test]
fn a_host_of_a_newer_version_is_told_apart() {
    let folder = Folder::workspace("http://127.0.0.1:9/v1");
    let path = store(folder.path());
    let _held = Store::open(&path).unwrap();
    let socket = folder.at("newer.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    pipesmith::store::note(&path, &socket).unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _: Hello = frame::read(&mut stream, frame::GREETING).unwrap();
            let welcome = Answer::Welcome { protocol: 99, app: "9.9.9".into(), pid: 1 };
            frame::write(&mut stream, &welcome).unwrap();
        }
    });
    let (code, told) = folder.json(&["sessions", "list", "--json"]);
    assert_eq!((code, told["diagnostics"][0]["code"].as_str()), (1, Some("protocol-mismatch")), "{told}");
    let (code, told) = folder.json(&["chat", "-p", "hello", "--json"]);
    assert_eq!((code, told["diagnostics"][0]["code"].as_str()), (1, Some("protocol-mismatch")), "{told}");
}

/// A socket and a note that a killed host left are no hindrance; nor is a place that can't be used.
#[test]
fn what_a_killed_host_left_is_replaced() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = Folder::workspace("http://127.0.0.1:9/v1");
    runtime.block_on(async {
        let mut face = Watcher::new(link(folder.path(), Wish::new()));
        face.next().await;
        kill(owner(folder.path()));
    });
    drop(runtime);
    until_free(&folder);
    let socket = Note::read(&store(folder.path())).socket.unwrap();
    assert!(socket.exists(), "the socket is left over");
    assert!(folder.run(&["sessions", "list"]).status.success());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut face = Watcher::new(link(folder.path(), Wish::new()));
        face.until(|fact| matches!(fact, Fact::Opened { .. })).await;
    });
}
