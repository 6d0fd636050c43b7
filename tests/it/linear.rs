//! The workbench by lines: with a terminal that has no screen, and without one.

use std::io::Write as _;
use std::process::Stdio;

use crate::program::{Folder, text};
use crate::talk::{replaces, rows};
use crate::terminal::Terminal;
use crate::wire_server::{WireServer, good};

const DOCUMENT: &str = "oml_version: \"0.1.0\"\nname: copy\nsteps:\n  - id: read-it\n    component: filesystem.csv_extractor\n    mode: read\n    config: {path: data/in.csv, delimeter: \";\"}\n  - id: write-it\n    component: filesystem.csv_writer\n    mode: write\n    needs: [read-it]\n    config: {path: output/out.csv}\n";

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

fn folder(server: &WireServer) -> Folder {
    let folder = Folder::workspace(&server.base_url());
    let mut config = folder.read("pipesmith.toml");
    config.push_str("max_repairs = 0\n");
    folder.write("pipesmith.toml", &config);
    folder.write("data/in.csv", "id;name\n1;Ann\n2;Bob\n");
    folder
}

/// Ask, hear the problems, mend one, review by letters, write, run: all of it by lines.
#[test]
fn the_whole_job_by_lines() {
    let runtime = runtime();
    let server = runtime.block_on(WireServer::start(vec![good(&format!("Here.\n\n```yaml\n{DOCUMENT}```\n"))]));
    let folder = folder(&server);
    let lines = [
        "copy data/in.csv to output/out.csv",
        "/problems",
        "/problems 1",
        "/fix 1",
        "/review",
        "l",
        "a",
        "A",
        "w",
        "/steps",
        "/rows read-it",
        "/run",
        "/rnu",
        "/status",
        "/models",
        "/models",
        "/quit",
    ];
    let mut child = folder.command(&["--linear"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all((lines.join("\n") + "\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let told = text(&output.stdout);
    assert!(output.status.success(), "{told}");
    for line in [
        "Model: Here.",
        "Proposal 1 for pipelines/copy.yaml:",
        "Problem 1, error, line 7:",
        "Fix: did you mean `delimiter`?",
        "Proposal 2 for pipelines/copy.yaml:",
        "Change 1 of ",
        "added 1: oml_version: \"0.1.0\"",
        "Written: pipelines/copy.yaml",
        "Step write-it: filesystem.csv_writer, after read-it.",
        "Row 1. id: 1; name: Ann",
        "Run: copy on local, 2 steps.",
        "Run succeeded",
        "Wrote output/out.csv: 2 rows.",
        "There is no order /rnu. Did you mean /run?",
        "Status: nothing is at work.",
        "Session kept. Go on with: pipesmith sessions resume",
    ] {
        assert!(told.contains(line), "`{line}` is not told:\n{told}");
    }
    assert_eq!(told.matches("\nModel mock, asked now.").count(), 2, "once for each time it was asked: {told}");
    assert!(!told.contains('\u{1b}') && !told.contains('\r'), "{told:?}");
    assert!(!told.contains('│') && !told.contains('▌'), "no drawing: {told}");
    assert_eq!(folder.read("output/out.csv"), "id,name\n1,Ann\n2,Bob\n");
}

/// What replaces a table is asked about in a line, and answered by one; messages to the model wait meanwhile.
#[test]
fn a_run_that_replaces_a_table_is_approved_by_a_line() {
    let folder = Folder::workspace("http://127.0.0.1:9/v1");
    replaces(&folder);
    let run = |lines: &[&str]| {
        let mut child = folder
            .command(&["--linear", "--file", "pipelines/load.yaml"])
            .env("USER", "ann")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all((lines.join("\n") + "\n").as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        text(&output.stdout)
    };
    let told = run(&["/approve", "/run", "no", "/status", "/quit"]);
    assert!(told.contains("Nothing waits for an approval."), "{told}");
    assert!(told.contains("Approval: Run of load: write-all replaces the table t in out.db. Yes does it"), "{told}");
    assert!(told.contains("Approval 1: declined by ann."), "{told}");
    assert_eq!(rows(&folder), 1);
    let told = run(&["/run", "/approve", "/quit"]);
    assert!(told.contains("Approval 1: approved by ann.") && told.contains("Run succeeded"), "{told}");
    assert_eq!(rows(&folder), 2);
}

/// A terminal that is dumb gets lines by itself; nothing that addresses a screen is written.
#[test]
fn a_dumb_terminal_gets_lines_and_ctrl_c_interrupts() {
    let runtime = runtime();
    let hostile = "before\u{1b}]52;c;aGFja2Vk\u{7}\u{1b}[2J\u{9b}31m after";
    let server = runtime.block_on(WireServer::start(vec![good(hostile)]));
    let folder = folder(&server);
    let mut terminal = Terminal::with(&folder, &[], 80, 24, &[("TERM", "dumb")]);
    terminal.shows("line by line (TERM is dumb)");
    terminal.shows("You:");
    terminal.press("hello\n");
    terminal.shows("Model: before");
    terminal.shows("Turn completed");
    terminal.press("\x03");
    terminal.shows("ctrl-c again leaves");
    terminal.press("/quit\n");
    assert_eq!(terminal.ended(), 0);
    terminal.drained();
    let found = crate::hostile::foreign(&terminal.raw());
    assert!(found.is_empty(), "{found:#?}");
    assert!(!terminal.raw().contains(&0x1b), "no sequence at all");
}
