//! `pipesmith keys`: what keys do here, and what is wrong with files of keys.

use std::path::Path;

use serde_json::json;

use super::args::{CheckKeysArgs, KeysVerb, ListKeysArgs};
use super::exit::{Ended, Exit, Failure};
use super::{looks, output};
use crate::diagnostic::{Diagnostic, did_you_mean, has_errors};
use crate::tui::keymap::{self, Binding, Context, Keymap, Keys, PRESETS};
use crate::workspace::Workspace;

pub fn run(verb: &KeysVerb) -> Ended {
    match verb {
        KeysVerb::List(args) => list(args),
        KeysVerb::Check(args) => check(args),
    }
}

fn list(args: &ListKeysArgs) -> Ended {
    let workspace = Workspace::find(Path::new(".")).ok();
    let refused = |diagnostic| Err(Failure::new(diagnostic, Exit::Configuration, args.json));
    let keymap = match &args.preset {
        Some(name) if PRESETS.iter().all(|(known, ..)| known != name) => {
            let (_, mut found) = keymap::load(Some(name), &[]);
            return refused(found.remove(0));
        }
        Some(name) => keymap::load(Some(name), &[]).0,
        None => looks::keymap(workspace.as_ref(), None).0,
    };
    let contexts: Vec<Context> = match &args.context {
        None => Context::ALL.to_vec(),
        Some(name) => match Context::ALL.iter().find(|context| context.name() == name) {
            Some(context) => vec![*context],
            None => return refused(unknown_context(name)),
        },
    };
    match args.json {
        true => output::json(&as_json(&keymap, &contexts)),
        false => print(&keymap, &contexts),
    }
    Ok(Exit::Success)
}

fn unknown_context(name: &str) -> Diagnostic {
    let known = || Context::ALL.iter().map(|context| context.name());
    Diagnostic::error("unknown-key-context", format!("there is no context `{}`", output::safe(name))).fix(
        match did_you_mean(name, known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write one of {}", known().collect::<Vec<_>>().join(", ")),
        },
    )
}

fn as_json(keymap: &Keymap, contexts: &[Context]) -> serde_json::Value {
    let keys = |keys: &Keys| json!({ "keys": keys.shown(), "when": keys.when.as_ref().map(ToString::to_string) });
    let binding = |b: &Binding| {
        let all: Vec<_> = b.keys.iter().map(keys).collect();
        json!({ "context": b.context.name(), "action": b.action.name(), "does": b.action.doc(), "bound": all })
    };
    let bindings: Vec<_> = contexts.iter().flat_map(|context| keymap.of(*context).map(binding)).collect();
    json!({ "preset": keymap.name(), "bindings": bindings })
}

fn print(keymap: &Keymap, contexts: &[Context]) {
    output::line(format!("Preset {}", keymap.name()));
    for context in contexts {
        let bindings: Vec<&Binding> = keymap.of(*context).filter(|b| !b.keys.is_empty()).collect();
        if bindings.is_empty() {
            continue;
        }
        output::line(format!("\n[{}]  {}", context.name(), context.doc()));
        for binding in bindings {
            let shown = |keys: &Keys| match &keys.when {
                Some(when) => format!("{} (if {when})", keys.shown()),
                None => keys.shown(),
            };
            let keys = binding.keys.iter().map(shown).collect::<Vec<_>>().join(", ");
            output::line(format!("  {keys:<26} {:<18} {}", binding.action.name(), binding.action.doc()));
        }
    }
}

fn check(args: &CheckKeysArgs) -> Ended {
    let workspace = Workspace::find(Path::new(".")).ok();
    let (written, mut found) = match &args.file {
        Some(file) => match looks::read(file) {
            Ok(Some(written)) => (vec![written], Vec::new()),
            Ok(None) => {
                let shown = file.display();
                let diagnostic = Diagnostic::error("file-not-found", format!("there is no file {shown}"))
                    .fix("check the path; it is relative to the current folder");
                return Err(Failure::new(diagnostic, Exit::Configuration, args.json));
            }
            Err(diagnostic) => (Vec::new(), vec![diagnostic]),
        },
        None => looks::files(workspace.as_ref()),
    };
    let preset = workspace.as_ref().and_then(|w| w.config.ui.keys.as_deref()).filter(|_| args.file.is_none());
    let (keymap, problems) = keymap::load(preset, &written);
    found.extend(problems);
    let failed = has_errors(&found);
    let names: Vec<&str> = written.iter().map(|file| file.source.as_str()).collect();
    if args.json {
        output::json(&json!({ "ok": !failed, "preset": keymap.name(), "files": names, "diagnostics": found }));
    } else {
        for diagnostic in &found {
            let text = written.iter().find(|file| Some(file.source.as_str()) == diagnostic.source.as_deref());
            output::diagnostics(std::slice::from_ref(diagnostic), text.map(|file| file.text.as_str()));
        }
        let of = if names.is_empty() { "no file of keys".to_owned() } else { names.join(", ") };
        let verdict = match found.len() {
            0 => "nothing is wrong".to_owned(),
            1 => "1 thing to look at".to_owned(),
            n => format!("{n} things to look at"),
        };
        output::line(format!("Preset {}, {}: {verdict}", keymap.name(), output::safe(&of)));
    }
    Ok(if failed { Exit::Configuration } else { Exit::Success })
}
