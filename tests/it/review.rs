//! Review by keyboard in a terminal: parts of a proposal, what the model is told of it, another program as the
//! editor, and going back.

use std::os::unix::fs::PermissionsExt;

use crate::program::{Folder, text};
use crate::terminal::Terminal;
use crate::wire_server::{Act, WireServer, ending, stream_head, words};

const ENTER: &str = "\r";
const ESC: &str = "\x1b";
const QUIT: &str = "\x11";

const FILE: &str = "pipelines/small.yaml";
const BASE: &str = "oml_version: \"0.1.0\"\nname: small\nsteps:\n  - id: read-all\n    component: filesystem.csv_extractor\n    mode: read\n    config:\n      path: data/in.csv\n  - id: write-all\n    component: filesystem.csv_writer\n    mode: write\n    needs: [read-all]\n    config:\n      path: output/out.csv\n";

/// The read step gets two options, between the steps comes one, and the write step takes its rows.
fn proposed() -> String {
    BASE.replace("path: data/in.csv\n", "path: data/in.csv\n      delimiter: \";\"\n      encoding: utf-8\n")
        .replace("  - id: write-all", "  - id: pick\n    component: sql.transform\n    mode: transform\n    needs: [read-all]\n    config:\n      query: SELECT * FROM df_read_all\n  - id: write-all")
        .replace("    mode: write\n    needs: [read-all]", "    mode: write\n    needs: [pick]")
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// A workspace with the document, and a model that answers with these texts, one after the other.
fn workspace(runtime: &tokio::runtime::Runtime, answers: &[String]) -> (Folder, WireServer) {
    let answer = |text: &String| vec![stream_head(), Act::Bytes((words(text) + &ending()).into_bytes())];
    let server = runtime.block_on(WireServer::start(answers.iter().map(answer).collect()));
    let folder = Folder::workspace(&server.base_url());
    folder.write(FILE, BASE);
    folder.write("data/in.csv", "a;b\n1;2\n");
    (folder, server)
}

fn answer(document: &str) -> String {
    format!("Here.\n\n```yaml\n{document}```\n")
}

/// Opens the document, asks for a change, waits for the review.
fn asked(folder: &Folder, columns: u16, rows: u16, variables: &[(&str, &str)]) -> Terminal {
    let mut terminal = Terminal::with(folder, &["--file", FILE], columns, rows, variables);
    terminal.shows("data/in.csv");
    terminal.press("\x1b1");
    terminal.press("change it");
    terminal.press(ENTER);
    terminal
        .until("the review", |s| s.contains("Review of proposal 1") && s.contains("[1/3]") && s.contains("a accept"));
    terminal
}

#[test]
fn a_hunk_is_cut_commented_and_decided_and_the_model_learns_it() {
    let runtime = runtime();
    let (folder, server) = workspace(&runtime, &[answer(&proposed()), "I see.".to_owned()]);
    let mut terminal = asked(&folder, 120, 40, &[]);
    // The two options of the read step are one hunk; cut, the second is refused.
    terminal.insist("s", "the parts", |s| s.contains("hunk 1 of 4"));
    terminal.press("a");
    terminal.until("the first accepted", |s| s.contains("[2/4] 1 accepted"));
    terminal.press("r");
    terminal.until("the second rejected", |s| s.contains("1 accepted · 1 rejected · 2 open"));
    // Taken back and done again.
    terminal.press("u");
    terminal.shows("1 accepted · 0 rejected · 3 open");
    terminal.press("kk");
    terminal.shows("[1/4]");
    terminal.press("T");
    terminal.shows("0 accepted · 2 rejected · 2 open");
    terminal.press("u");
    terminal.shows("1 accepted · 0 rejected · 3 open");
    terminal.press("jr");
    terminal.shows("1 accepted · 1 rejected · 2 open");
    terminal.shows("[3/4]");
    terminal.press("m");
    terminal.shows("What the model should know about hunk 3");
    terminal.press("no");
    terminal.press(ESC);
    terminal.until("no window", |s| !s.contains("What the model should know"));
    terminal.press("m");
    terminal.shows("What the model should know about hunk 3");
    terminal.press("call it, or choose");
    terminal.press(ENTER);
    terminal.shows("› call it, or choose");
    assert_eq!(folder.read(FILE), BASE, "nothing is written before it is applied");
    // It is shown before it is sent, sent with the next message, and not twice.
    terminal.shows("[with the message: 1 comment and 1 refused change of pr…]");
    terminal.press("\x1b1");
    terminal.press("what do you think?");
    terminal.press(ENTER);
    terminal.shows("I see.");
    terminal.until("that it was told", |s| {
        s.contains("Told the model with this message") && !s.contains("[with the message")
    });
    let sent = server.requests()[1].json()["messages"][0]["content"].as_str().unwrap().to_owned();
    assert!(sent.contains("refused these parts") && sent.contains("encoding: utf-8"), "{sent}");
    assert!(sent.contains("The person says: call it, or choose"), "{sent}");
    assert!(!sent.contains("delimiter: \";\"\n```"), "what was accepted is not told: {sent}");
    terminal.press("\x1b2");
    terminal.insist("A", "all decided", |s| s.contains("3 accepted · 1 rejected · 0 open"));
    terminal.press("w");
    terminal.shows("Applied proposal 1");
    assert_eq!(folder.read(FILE), proposed().replace("      encoding: utf-8\n", ""));
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);

    // The replay shows the same.
    let mut player = Terminal::run(&folder, &["sessions", "replay", "last"], 120, 40);
    player.shows("REPLAY");
    player.press("\x1b[F");
    player.shows("Applied proposal 1");
    player.press("\x1b2");
    for _ in 0..3 {
        player.press("\x1b[D");
    }
    player.until("the review as it was", |s| s.contains("Review of proposal 1") && s.contains("› call it, or choose"));
    player.press("q");
    assert_eq!(player.ended(), 0);
}

#[test]
fn the_two_texts_stand_side_by_side_where_there_is_room() {
    let runtime = runtime();
    let (folder, _server) = workspace(&runtime, &[answer(&proposed())]);
    let mut terminal = asked(&folder, 120, 40, &[]);
    let beside =
        |s: &str| s.lines().any(|l| l.contains("- id: write-all") && l.matches("- id: write-all").count() == 2);
    assert!(!beside(&terminal.text()));
    terminal.press("z");
    terminal.until("both texts", beside);
    terminal.press("v");
    terminal.until("one text", |s| !beside(s) && s.contains("all panes"));
    terminal.press("z");
    terminal.shows("Chat");
    terminal.press("v");
    terminal.shows("too narrow for two texts");
    terminal.resize(200, 60);
    terminal.until("both texts in their pane", |s| beside(s) && s.contains("Chat"));
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
}

/// A program that changes its file as an editor would; it says what it was given and stops where it is told to.
fn editor(folder: &Folder, script: &str) -> String {
    let path = folder.at("editor.sh");
    std::fs::write(&path, format!("#!/bin/sh\nset -e\ncp \"$2\" given.txt\ntest -t 0\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    format!("{} --flag", path.display())
}

#[test]
fn a_hunk_is_edited_by_another_program() {
    let runtime = runtime();
    let (folder, _server) = workspace(&runtime, &[answer(&proposed())]);
    // It shows something, waits for a key as editors do, and writes.
    let program = editor(&folder, "echo 'AN EDITOR'; read key; test \"$key\" = go; sed -i 's/utf-8/latin1/' \"$2\"");
    let mut terminal = asked(&folder, 120, 40, &[("EDITOR", &program)]);
    terminal.insist("E", "the other program", |s| s.contains("AN EDITOR"));
    assert!(terminal.is_restored(), "the other program has the terminal as a shell gives it");
    terminal.press("go\n");
    terminal.until("the edited proposal", |s| s.contains("Review of proposal 2") && s.contains("encoding: latin1"));
    assert_eq!(folder.read("given.txt"), "      delimiter: \";\"\n      encoding: utf-8\n");
    // Keys are keys again.
    terminal.insist("A", "all accepted", |s| s.contains("3 accepted · 0 rejected"));
    terminal.press("w");
    terminal.shows("Applied proposal 2");
    assert_eq!(folder.read(FILE), proposed().replace("utf-8", "latin1"));
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
    terminal.drained();
    assert!(terminal.is_restored());
}

#[test]
fn an_editor_that_fails_changes_nothing() {
    let runtime = runtime();
    let (folder, _server) = workspace(&runtime, &[answer(&proposed())]);
    let program = editor(&folder, "echo > \"$2\"; exit 3");
    let mut terminal = asked(&folder, 120, 40, &[("VISUAL", &program), ("EDITOR", "false")]);
    terminal.insist("E", "that it failed", |s| s.contains("exit status: 3; nothing was changed"));
    terminal.shows("Review of proposal 1");
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn a_hang_up_in_the_editor_ends_the_program_and_loses_nothing() {
    let runtime = runtime();
    let (folder, _server) = workspace(&runtime, &[answer(&proposed())]);
    let program = editor(&folder, "echo 'AN EDITOR'; read key");
    let mut terminal = asked(&folder, 100, 30, &[("EDITOR", &program)]);
    terminal.insist("E", "the other program", |s| s.contains("AN EDITOR"));
    terminal.hang_up();
    assert_eq!(terminal.ended(), 129);
    let shown = text(&folder.run(&["sessions", "show", "last"]).stdout);
    assert!(shown.contains("Proposal 1 for pipelines/small.yaml"), "{shown}");
}

#[test]
fn what_was_written_is_taken_back_and_every_version_is_kept() {
    let runtime = runtime();
    let (folder, _server) = workspace(&runtime, &[answer(&proposed())]);
    let mut terminal = asked(&folder, 120, 40, &[]);
    terminal.insist("A", "all accepted", |s| s.contains("3 accepted · 0 rejected"));
    terminal.press("w");
    terminal.shows("Applied proposal 1");
    terminal.shows("idle");
    assert_eq!(folder.read(FILE), proposed());
    terminal.press("u");
    terminal.shows("u again brings back its 14 lines of before");
    terminal.press("u");
    terminal.shows("The last write of pipelines/small.yaml was taken back.");
    assert_eq!(folder.read(FILE), BASE);
    terminal.press("u");
    terminal.shows("Nothing that this session wrote can be taken back");
    // The version that was applied becomes a proposal again.
    terminal.press("V");
    terminal.shows("Versions of the document");
    terminal.press("applied");
    terminal.press(ENTER);
    terminal.until("its review", |s| s.contains("Review of proposal 2") && s.contains("[1/3]"));
    terminal.insist("A", "all accepted", |s| s.contains("3 accepted · 0 rejected"));
    terminal.press("w");
    terminal.shows("Applied proposal 2");
    assert_eq!(folder.read(FILE), proposed());
    // What somebody else wrote since is not thrown away.
    let theirs = proposed().replace("name: small", "name: theirs");
    folder.write(FILE, &theirs);
    terminal.shows("name: theirs");
    terminal.press("u");
    terminal.shows("u again");
    terminal.press("u");
    terminal.until("the refusal", |s| s.contains("✗ Not done") && s.contains("has changed since the"));
    assert_eq!(folder.read(FILE), theirs);
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
}
