//! The first minutes: a workspace in which nothing is set up says what to do, with keys that do it.

use crate::program::Folder;
use crate::terminal::Terminal;

const QUIT: &str = "\x11";

/// A program that writes over the file it is given, as an editor would.
fn editor(folder: &Folder, text: &str) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    folder.write("new", text);
    folder.write("editor.sh", format!("#!/bin/sh\ncp {} \"$1\"\n", folder.at("new").display()));
    let path = folder.at("editor.sh");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.display().to_string()
}

#[test]
fn what_is_missing_is_said_with_the_key_that_mends_it() {
    let folder = Folder::empty();
    assert!(folder.run(&["init"]).status.success());
    folder.write("pipesmith.toml", "");
    folder.write("pipesmith_connections.yaml", "connections: {}\n");
    let editor = editor(&folder, "[model]\nbase_url = \"http://127.0.0.1:9/v1\"\nname = \"mine\"\n");
    let mut terminal = Terminal::with(&folder, &[], 80, 24, &[("VISUAL", &editor)]);
    terminal.until("what is to be done", |s| {
        s.contains("No model")
            && s.contains("alt-s c edits pipesmith.toml")
            && s.contains("No connection")
            && s.contains("alt-s k edits pipesmith_connections.yaml")
            && s.contains("pipesmith demo")
    });
    terminal.press("\x1bsc");
    // Without leaving the program: the model of the edited file is the one that is asked.
    terminal.until("the model that was written", |s| s.contains("mine") && !s.contains("No model"));
    folder.write("new", "connections:\n  filesystem:\n    shop: {base_dir: data}\n");
    terminal.press("\x1bsk");
    terminal.shows("The connections are read anew");
    terminal.until("the connection", |s| s.contains("A pipeline in three steps") && !s.contains("No connection"));
    // A broken configuration is said, and locks nobody out.
    folder.write("new", "[modle]\n");
    terminal.press("\x1bsc");
    terminal.until("what is wrong", |s| s.contains("pipesmith.toml line 1: unknown field `modle`"));
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
}
