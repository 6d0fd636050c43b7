//! How the workbench looks and what its keys do: arguments over the workspace over the person's own files.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use super::args::WorkbenchArgs;
use crate::diagnostic::Diagnostic;
use crate::tui::keymap::{self, Keymap, Written};
use crate::tui::{self};
use crate::workspace::{Workspace, user};

/// The name of a file of keys.
const KEYS: &str = "keys.toml";
/// A larger file is no keymap.
const MAX_BYTES: u64 = 256 * 1024;

/// The options of the workbench as far as looks and keys go.
pub fn options(workspace: Option<&Workspace>, args: &WorkbenchArgs) -> tui::Options {
    let ui = workspace.map(|w| w.config.ui.clone()).unwrap_or_default();
    let (keymap, problems) = keymap(workspace, args.keys.as_deref());
    tui::Options {
        theme: args.theme.clone().or(ui.theme),
        theme_dirs: folders(workspace).into_iter().map(|folder| folder.join("themes")).collect(),
        liking: workspace.map(|w| w.root.join(".pipesmith/screen.json")),
        ascii: args.ascii || ui.ascii,
        keymap,
        no_which_key: !ui.which_key,
        mouse: ui.mouse,
        notify: ui.notify,
        no_title: !ui.title,
        reduce_motion: ui.reduce_motion,
        low_bandwidth: args.low_bandwidth || ui.low_bandwidth,
        fps: ui.fps,
        problems,
        ..tui::Options::default()
    }
}

/// Why the workbench is told by lines, where it is.
pub fn linear(workspace: &Workspace, args: &WorkbenchArgs) -> Option<&'static str> {
    let set = |name: &str| std::env::var(name).is_ok_and(|value| !value.is_empty() && value != "0");
    if args.linear {
        Some("--linear")
    } else if set("ACCESSIBLE") {
        Some("ACCESSIBLE is set")
    } else if workspace.config.ui.linear {
        Some("`linear` in pipesmith.toml")
    } else if std::env::var("TERM").is_ok_and(|term| term == "dumb") {
        Some("TERM is dumb")
    } else {
        None
    }
}

/// The folders with files of looks, the strongest first: the workspace's, the person's.
fn folders(workspace: Option<&Workspace>) -> Vec<PathBuf> {
    workspace.map(|w| w.root.clone()).into_iter().chain(user::config_dir()).collect()
}

/// The keys that hold in a workspace: a preset that is named, over it the file of the person, then the one
/// of the workspace.
pub fn keymap(workspace: Option<&Workspace>, preset: Option<&str>) -> (Keymap, Vec<Diagnostic>) {
    let (written, mut found) = files(workspace);
    let preset = preset.or(workspace.and_then(|w| w.config.ui.keys.as_deref()));
    let (keymap, problems) = keymap::load(preset, &written);
    found.extend(problems);
    (keymap, found)
}

/// The files of keys, the weakest first.
pub fn files(workspace: Option<&Workspace>) -> (Vec<Written>, Vec<Diagnostic>) {
    let mut written = Vec::new();
    let mut found = Vec::new();
    for folder in folders(workspace).into_iter().rev() {
        match read(&folder.join(KEYS)) {
            Ok(file) => written.extend(file),
            Err(diagnostic) => found.push(diagnostic),
        }
    }
    (written, found)
}

/// A file of keys; none where there is no such file.
pub fn read(path: &Path) -> Result<Option<Written>, Diagnostic> {
    let source = path.display().to_string();
    let unreadable = |error: std::io::Error| {
        Diagnostic::error("unreadable-keys", format!("the file of keys can't be read: {error}"))
            .source(source.as_str())
            .fix("check that it is a file of UTF-8 text that you may read")
    };
    let mut text = String::new();
    let opened = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    // A pipe or a device would keep the workbench from opening.
    if !opened.metadata().is_ok_and(|found| found.is_file()) {
        return Err(unreadable(std::io::Error::other("it is no file")));
    }
    opened.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(Diagnostic::error("keys-too-large", format!("a file of keys has at most {MAX_BYTES} bytes"))
            .source(source.as_str())
            .fix("check that it is the right file"));
    }
    Ok(Some(Written { source, text }))
}
