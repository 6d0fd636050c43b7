//! What goes between the workbench and its terminal beside the screen: clipboard, title, signs, focus, mouse,
//! background.

use base64::Engine as _;

use crate::program::Folder;
use crate::terminal::Terminal;
use crate::wire_server::{Act, WireServer, ending, stream_head, words};

const ENTER: &str = "\r";
const QUIT: &str = "\x11";
const LOOK_AWAY: &str = "\x1b[O";
const LOOK_HERE: &str = "\x1b[I";

const DOCUMENT: &str = "oml_version: \"0.1.0\"\nname: small\nsteps:\n  - id: read-all\n    component: filesystem.csv_extractor\n    mode: read\n    config:\n      path: data/in.csv\n";

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

fn folder(ui: &str) -> Folder {
    let folder = Folder::workspace("http://127.0.0.1:9/v1");
    folder.write("pipesmith.toml", format!("[model]\nbase_url = \"http://127.0.0.1:9/v1\"\n[ui]\n{ui}\n"));
    folder.write("pipelines/small.yaml", DOCUMENT);
    folder
}

fn wrote(terminal: &Terminal, bytes: &str) -> bool {
    let raw = terminal.raw();
    raw.windows(bytes.len()).any(|window| window == bytes.as_bytes())
}

fn quits(terminal: &mut Terminal) {
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
    terminal.drained();
    assert!(terminal.is_restored());
}

#[test]
fn a_step_is_sent_to_the_clipboard_of_the_terminal_and_that_is_what_is_said() {
    let folder = folder("");
    let sent = format!("\x1b]52;c;{}\x07", base64::engine::general_purpose::STANDARD.encode(DOCUMENT));
    for (variables, passed) in [(vec![], false), (vec![("TMUX", "/tmp/tmux,1,0")], true)] {
        let arguments = ["--file", "pipelines/small.yaml"];
        let mut terminal = Terminal::with(&folder, &arguments, 100, 30, &variables);
        terminal.until("the document", |s| s.contains("oml_version") && s.contains("idle"));
        terminal.press("y");
        terminal
            .until("what was done", |s| s.contains("The document was sent to the terminal") && !s.contains("copied"));
        assert!(wrote(&terminal, &sent));
        assert_eq!(wrote(&terminal, "\x1bPtmux;\x1b\x1b]52;c;"), passed);
        quits(&mut terminal);
    }
}

#[test]
fn the_window_is_named_and_gets_its_name_back() {
    let named = folder("");
    let name = named.path().file_name().unwrap().to_string_lossy().into_owned();
    let mut terminal = Terminal::run(&named, &[], 80, 24);
    terminal.shows("idle");
    terminal.happens("the title", || wrote(&terminal, &format!("\x1b]2;Pipesmith: idle, {name}\x1b\\")));
    assert!(wrote(&terminal, "\x1b[22;2t") && !wrote(&terminal, "\x1b[23;2t"));
    quits(&mut terminal);
    assert!(wrote(&terminal, "\x1b[23;2t"));

    let unnamed = folder("title = false");
    let mut terminal = Terminal::run(&unnamed, &[], 80, 24);
    terminal.shows("idle");
    quits(&mut terminal);
    assert!(!wrote(&terminal, "\x1b]2;") && !wrote(&terminal, ";2t"));
}

/// A turn ends: who looks elsewhere is told, in the way that is wanted, and nobody else.
#[test]
fn who_looks_elsewhere_is_told() {
    let runtime = runtime();
    let answer = words("Nothing to build.") + &ending();
    let script = vec![stream_head(), Act::Bytes(answer.into_bytes())];
    let server = runtime.block_on(WireServer::start(vec![script]));
    for (notify, sign) in [
        ("auto", "\x07"),
        ("osc9", "\x1b]9;The turn is done"),
        ("osc777", "\x1b]777;notify;Pipesmith;The turn is done"),
        ("off", ""),
    ] {
        let folder = folder("");
        folder.write(
            "pipesmith.toml",
            format!("[model]\nbase_url = \"{}\"\nname = \"mock\"\n[ui]\nnotify = \"{notify}\"\n", server.base_url()),
        );
        let mut terminal = Terminal::run(&folder, &[], 100, 30);
        terminal.shows("idle");
        terminal.press("first");
        terminal.press(ENTER);
        terminal.shows("Turn done");
        terminal.until("rest", |s| s.contains("idle"));
        for other in ["\x07", "\x1b]9;", "\x1b]777;"] {
            assert!(!wrote(&terminal, other), "{notify}: who looks is not told");
        }
        terminal.press(LOOK_AWAY);
        terminal.press("second");
        terminal.press(ENTER);
        terminal.until("the second end", |s| s.matches("Turn done").count() == 2 && s.contains("idle"));
        if sign.is_empty() {
            assert!(!wrote(&terminal, "\x07") && !wrote(&terminal, "\x1b]9;"));
        } else {
            terminal.happens("the sign", || wrote(&terminal, sign));
        }
        terminal.press(LOOK_HERE);
        quits(&mut terminal);
    }
}

/// The terminal is asked for its background; a light one gets the light theme, and no answer is typed.
#[test]
fn the_answer_about_the_background_is_taken_and_never_typed() {
    let folder = folder("");
    let mut terminal = Terminal::run(&folder, &[], 80, 24);
    terminal.shows("idle");
    assert!(wrote(&terminal, "\x1b]11;?\x1b\\"));
    terminal.press("a\x1b]11;rgb:ffff/ffff/f0f0\x1b\\b");
    terminal.shows("▌ ab");
    terminal.press("\x1bt");
    terminal.until("the light theme", |s| {
        s.lines().any(|line| line.contains("light") && line.contains("worn now") && !line.contains("solarized"))
    });
    // The bytes of an answer that is late, broken or another terminal's.
    terminal.press("\x1b");
    terminal.until("the panes", |s| !s.contains("worn now"));
    terminal.press("\x1b]11;rgb:0000/0000/0000\x07c");
    terminal.shows("▌ abc");
    quits(&mut terminal);

    folder.write("pipesmith.toml", "[model]\nbase_url = \"http://127.0.0.1:9/v1\"\n[ui]\ntheme = \"nord\"\n");
    let mut terminal = Terminal::run(&folder, &[], 80, 24);
    terminal.shows("idle");
    quits(&mut terminal);
    assert!(!wrote(&terminal, "\x1b]11;"), "who chose a theme needs no answer");
}

#[test]
fn the_mouse_is_the_terminals_unless_it_is_wanted() {
    let folder = folder("");
    let mut terminal = Terminal::run(&folder, &["--file", "pipelines/small.yaml"], 120, 40);
    terminal.until("the document", |s| s.contains("oml_version") && s.contains("idle"));
    assert!(!wrote(&terminal, "\x1b[?1000h"));
    terminal.press("\x1bm");
    terminal.shows("Clicks and the wheel act here");
    terminal.happens("the mode", || wrote(&terminal, "\x1b[?1000h\x1b[?1006h"));
    // The title of the trace, at the lower right.
    terminal.press("\x1b[<0;70;35M\x1b[<0;70;35m");
    terminal.until("the trace with the focus", |s| s.contains("▌[Trace]") || s.contains("▌ [Trace]"));
    terminal.press("\x1b[<0;10;5M\x1b[<0;10;5m");
    terminal.shows("▌Chat");
    quits(&mut terminal);
    assert!(wrote(&terminal, "\x1b[?1006l\x1b[?1000l"));
}
