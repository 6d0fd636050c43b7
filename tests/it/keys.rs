//! Keys of one's own: the verb, and the workbench with them.

use crate::program::{Folder, text};
use crate::terminal::Terminal;

const QUIT: &str = "\x11";
const ESC: &str = "\x1b";

fn folder() -> Folder {
    Folder::workspace("http://127.0.0.1:9/v1")
}

#[test]
fn a_fault_in_a_file_of_keys_has_its_place_and_a_fix() {
    let folder = folder();
    folder.write("keys.toml", "[composer]\nsned = \"ctrl-s\"\n[pane]\nfirst = \"g g\"\nlast = \"g\"\n");
    let (code, told) = folder.json(&["keys", "check", "--json"]);
    assert_eq!((code, &told["ok"]), (5, &serde_json::Value::Bool(false)), "{told}");
    let found = told["diagnostics"].as_array().unwrap();
    assert_eq!(found[0]["code"], "unknown-action");
    assert_eq!((&found[0]["span"]["line"], &found[0]["fix"]["text"]), (&2.into(), &"did you mean `send`?".into()));
    assert_eq!((&found[1]["code"], &found[1]["related"][0]["span"]["line"]), (&"key-bound-twice".into(), &4.into()));
    let shown = folder.run(&["keys", "check"]);
    let told = text(&shown.stderr);
    assert!(told.contains("keys.toml:2:1") && told.contains("^^^^"), "{told}");

    folder.write("keys.toml", "preset = \"vim\"\n[composer]\nsend = \"ctrl-s\"\n");
    let (code, told) = folder.json(&["keys", "check", "--json"]);
    assert_eq!((code, &told["preset"], &told["diagnostics"]), (0, &"vim".into(), &serde_json::json!([])));
    let listed = text(&folder.run(&["keys", "list", "--context", "composer"]).stdout);
    assert!(listed.contains("ctrl-s") && listed.contains("normal-mode") && !listed.contains("[review]"), "{listed}");
    let (_, default) = folder.json(&["keys", "list", "--preset", "default", "--json"]);
    let send = default["bindings"].as_array().unwrap().iter().find(|b| b["action"] == "send").unwrap();
    assert_eq!(send["bound"][0]["keys"], "enter");
    for wrong in [["--preset", "vmi"], ["--context", "compsoer"]] {
        let output = folder.run(&["keys", "list", wrong[0], wrong[1]]);
        assert_eq!(output.status.code(), Some(5));
        assert!(text(&output.stderr).contains("did you mean"), "{}", text(&output.stderr));
    }
    assert_eq!(folder.run(&["keys", "check", "no-such.toml"]).status.code(), Some(5));
}

/// The person's file and over it the workspace's; what waits for more keys is shown after a moment.
#[test]
fn keys_of_ones_own_hold_and_what_may_follow_is_shown() {
    let folder = folder();
    folder.write("config/pipesmith/keys.toml", "[global]\nsessions = \"ctrl-x s\"\npalette = \"ctrl-x p\"\n");
    folder.write("keys.toml", "[global]\npalette = \"ctrl-x ctrl-p\"\n");
    let config = folder.at("config").display().to_string();
    let mut terminal = Terminal::with(&folder, &[], 100, 30, &[("XDG_CONFIG_HOME", &config)]);
    terminal.shows("idle");
    terminal.press("\x18");
    terminal.until("what may follow", |s| {
        s.contains("ctrl-p  Find an action") && s.contains("s       Choose another session")
    });
    terminal.press("s");
    terminal.shows("n begins a new one");
    terminal.press(ESC);
    terminal.until("the chat", |s| !s.contains("n begins a new one"));
    terminal.press("\x18\x10");
    terminal.shows("type to find");
    terminal.press("choose another session");
    terminal.shows("ctrl-x s");
    terminal.press(ESC);
    terminal.until("the chat", |s| !s.contains("type to find"));
    terminal.press("\x1bOP");
    terminal.shows("Keys (default)");
    terminal.press("compile");
    terminal.until("only what fits", |s| s.contains("Compile the document") && !s.contains("Give the focus"));
    terminal.press(ESC);
    terminal.until("the panes", |s| !s.contains("Keys (default)"));
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
}

/// Whatever is in the file, somebody can type, ask for help and leave; and is told what is wrong.
#[test]
fn a_broken_file_of_keys_locks_nobody_out() {
    let hostile = "[global]\nquit = []\nclear = []\nhelp = [\"f1\", \"\u{1b}]0;owned\u{7}\"]\n\"\u{1b}[2Jx\" = \"a\"\n[composer\n";
    let folder = folder();
    for broken in [hostile.as_bytes(), b"\xff\xfe\x00", b"= [ {\n"] {
        folder.write("keys.toml", broken);
        let mut terminal = Terminal::run(&folder, &[], 120, 30);
        terminal.until("what is wrong", |s| s.contains("keys.toml"));
        terminal.press("hello");
        terminal.shows("hello");
        terminal.press("\x1bOP");
        terminal.shows("Keys (default)");
        terminal.press(ESC);
        terminal.until("the panes", |s| !s.contains("Keys (default)"));
        terminal.press(QUIT);
        assert_eq!(terminal.ended(), 0);
        terminal.drained();
        let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
        assert!(!raw.contains("owned\u{7}") && !raw.contains("\u{1b}[2Jx"), "{raw:?}");
    }
}

#[test]
fn vim_keys_in_the_real_program() {
    let folder = folder();
    folder.write("pipesmith.toml", "[model]\nbase_url = \"http://127.0.0.1:9/v1\"\n[ui]\nkeys = \"vim\"\n");
    let mut terminal = Terminal::run(&folder, &[], 100, 30);
    terminal.shows("idle");
    terminal.press("read the orders");
    terminal.shows("read the orders");
    terminal.press(ESC);
    terminal.shows("NORMAL");
    terminal.press("0wcwall");
    terminal.until("the changed word", |s| s.contains("read all orders") && !s.contains("NORMAL"));
    terminal.press(ESC);
    terminal.shows("NORMAL");
    terminal.press("ddihello");
    terminal.until("the new line", |s| s.contains("hello") && !s.contains("orders"));
    terminal.press(ESC);
    terminal.shows("NORMAL");
    terminal.press(" ");
    terminal.shows("Compile the document");
    terminal.press("2");
    terminal.shows("▌Document");
    terminal.press("ZQ");
    assert_eq!(terminal.ended(), 0);
}
