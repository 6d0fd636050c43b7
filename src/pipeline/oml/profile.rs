//! What a profile says about steps: options that it gives another value.
//!
//! `profiles: {prod: {steps: {read: {config: {limit: 9}}}}}`. The values take the place of those of the
//! step before anything is checked, with the places where the profile writes them.

use crate::yaml::{Entry, Key, Kind, Map, Node};

/// What each profile says about steps: the profile, the node of its `steps`.
pub(super) fn step_nodes(top: &Map) -> impl Iterator<Item = (&str, &Node)> {
    let profiles = top.get("profiles").and_then(Node::as_map);
    profiles
        .into_iter()
        .flat_map(|map| &map.entries)
        .filter_map(|entry| Some((entry.key.text.as_str(), entry.value.as_map()?.get("steps")?)))
        .filter(|(_, node)| !node.is_null())
}

/// The options that a profile gives to a step.
pub(super) fn options_of(step: &Node) -> Option<&Map> {
    step.as_map()?.get("config")?.as_map()
}

/// Puts the options of the profile into the steps.
pub(super) fn apply(root: &mut Node, profile: &str) {
    let Kind::Map(top) = &mut root.kind else { return };
    let Some(steps) = step_nodes(top).filter(|(name, _)| *name == profile).last().and_then(|(_, node)| node.as_map())
    else {
        return;
    };
    let given: Vec<(String, Map)> = steps
        .entries
        .iter()
        .filter_map(|entry| Some((entry.key.text.clone(), options_of(&entry.value)?.clone())))
        .collect();
    let Some(Entry { value: Node { kind: Kind::Seq(seq), .. }, .. }) =
        top.entries.iter_mut().rev().find(|entry| entry.key.text == "steps")
    else {
        return;
    };
    for item in &mut seq.items {
        let span = item.span;
        let Kind::Map(step) = &mut item.kind else { continue };
        let Some(id) = step.get("id").and_then(Node::as_str).map(str::to_owned) else { continue };
        for (_, options) in given.iter().filter(|(of, _)| *of == id) {
            put(config_of(step, span), options);
        }
    }
}

/// The entries of a step's configuration, which is made where it has none.
fn config_of(step: &mut Map, span: crate::diagnostic::Span) -> Option<&mut Vec<Entry>> {
    if step.get("config").is_none_or(Node::is_null) {
        step.entries.retain(|entry| entry.key.text != "config");
        let kind = Kind::Map(Map { entries: Vec::new(), complete: true });
        let key = Key { text: "config".to_owned(), span };
        step.entries.push(Entry { key, value: Node { span, kind }, merged: false });
    }
    match &mut step.entries.iter_mut().rev().find(|entry| entry.key.text == "config")?.value.kind {
        Kind::Map(config) => Some(&mut config.entries),
        _ => None,
    }
}

fn put(config: Option<&mut Vec<Entry>>, options: &Map) {
    let Some(config) = config else { return };
    for option in &options.entries {
        match config.iter_mut().rev().find(|entry| entry.key.text == option.key.text) {
            Some(entry) => *entry = option.clone(),
            None => config.push(option.clone()),
        }
    }
}
