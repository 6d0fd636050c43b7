//! What happens when the session store can't be had.

use crate::program::{Folder, text};

#[test]
fn who_comes_to_a_store_that_nobody_serves_is_told_who_has_it() {
    let folder = Folder::workspace("http://127.0.0.1:9/v1");
    let _held = pipesmith::store::Store::open(&folder.at(".pipesmith/store")).unwrap();
    let second = folder.run(&["sessions", "list"]);
    assert_eq!(second.status.code(), Some(1));
    let told = text(&second.stderr);
    assert!(told.contains("store-held") && told.contains(&std::process::id().to_string()), "{told}");
    // Verbs that need no session still work.
    assert!(folder.run(&["components", "list"]).status.success());
}

#[test]
fn a_store_that_is_damaged_is_told_and_left_as_it_is() {
    let folder = Folder::workspace("http://127.0.0.1:9/v1");
    folder.write(".pipesmith/store/conf", b"\xff\xfe\x00 not sled");
    folder.write(".pipesmith/store/db", vec![0xAB; 8192]);
    let (code, told) = folder.json(&["sessions", "list", "--json"]);
    assert_eq!(code, 1);
    assert_eq!(told["diagnostics"][0]["code"], "store-unreadable");
    assert_eq!(std::fs::read(folder.at(".pipesmith/store/db")).unwrap(), vec![0xAB; 8192]);
}

#[test]
fn a_workspace_that_can_not_be_written_is_told() {
    let folder = Folder::workspace("http://127.0.0.1:9/v1");
    // The store's folder is a file: that fails for every user, root included.
    folder.write(".pipesmith", "in the way");
    let (code, told) = folder.json(&["chat", "-p", "hello", "--json"]);
    assert_eq!(code, 1);
    assert_eq!(told["diagnostics"][0]["code"], "store-unreadable");
}
