//! Rules about the top of the document.

use super::super::view::View;
use super::CheckContext;
use super::edit;
use super::{list, slip};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::yaml::{Node, Style, is_date, quote};

/// The version that is written.
const VERSION: &str = "0.1.0";
/// A name to begin with.
const PLACEHOLDER: &str = "my-pipeline";
const REQUIRED: [&str; 3] = ["oml_version", "name", "steps"];
const KNOWN: [&str; 8] = ["oml_version", "name", "description", "metadata", "schedule", "params", "profiles", "steps"];
/// Keys of other formats, each with what to write instead.
const FORBIDDEN: [(&str, &str); 4] = [
    ("version", "write `oml_version`"),
    ("connectors", "name a connection in a step's config: `connection: \"@family.alias\"`"),
    ("tasks", "write `steps`"),
    ("outputs", "write a step with `mode: write`"),
];

/// `duplicate-key`: a key that stands twice in one mapping. Only the last would count, silently.
pub fn duplicate_keys(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    for duplicate in view.duplicates {
        out.push(
            Diagnostic::error("duplicate-key", format!("the key `{}` stands twice in one mapping", duplicate.key))
                .at(duplicate.second)
                .related(duplicate.first, "it stands here first")
                .why("only one of the two could count")
                .fix("remove or rename one of them"),
        );
    }
}

/// `missing-required-key`: `oml_version`, `name` and `steps` have to be there.
pub fn required_keys(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    for key in REQUIRED.into_iter().filter(|key| view.complete && view.top.get(key).is_none()) {
        let start = view.root.span.start;
        let at = view.lines.span(start..start);
        let diagnostic = Diagnostic::error("missing-required-key", format!("the key `{key}` is missing"))
            .at(at)
            .path("root")
            .why("every pipeline has oml_version, name and steps");
        let renamed = match key {
            "oml_version" => view.top.get("version").is_some(),
            _ => false,
        };
        let insert = |entry: &str| edit::insert(view, view.root, &["oml_version"], entry).filter(|_| !renamed);
        if let Some(slip) = slip(view.top, key, &KNOWN) {
            let fix = format!("rename `{}` to `{key}`", slip.key.text);
            out.push(diagnostic.fix_edit(fix, slip.key.span, key));
            continue;
        }
        out.push(match key {
            "oml_version" => {
                let entry = format!("oml_version: \"{VERSION}\"");
                diagnostic.fix(format!("add `{entry}`")).edit(insert(&entry))
            }
            "name" => {
                diagnostic.fix("add it").example("name: daily-revenue").edit(insert(&format!("name: {PLACEHOLDER}")))
            }
            _ => diagnostic.fix("add it, with at least one step"),
        });
    }
}

/// `forbidden-key`: keys of other pipeline formats.
pub fn forbidden_keys(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    for entry in &view.top.entries {
        let Some((key, instead)) = FORBIDDEN.iter().find(|(key, _)| *key == entry.key.text) else { continue };
        let diagnostic = Diagnostic::error("forbidden-key", format!("the key `{key}` is not OML"))
            .at(entry.key.span)
            .path("root")
            .why("it belongs to other pipeline formats");
        let rename = match *key {
            "version" => Some("oml_version"),
            "tasks" => Some("steps"),
            _ => None,
        };
        out.push(match rename.filter(|new| view.top.get(new).is_none()) {
            Some(new) => diagnostic.fix_edit(*instead, entry.key.span, new),
            None if rename.is_some() => {
                diagnostic.fix(format!("remove it; {instead}")).edit(edit::remove(view, view.root, key))
            }
            None => diagnostic.fix(*instead),
        });
    }
}

/// `unknown-key` (warning): a key at the top that means nothing. Keys that begin with `x-` are free.
pub fn unknown_keys(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    let missing: Vec<&str> = KNOWN.into_iter().filter(|known| view.top.get(known).is_none()).collect();
    for entry in &view.top.entries {
        let key = entry.key.text.as_str();
        if KNOWN.contains(&key) || key.starts_with("x-") || FORBIDDEN.iter().any(|(word, _)| *word == key) {
            continue;
        }
        let diagnostic = Diagnostic::warning("unknown-key", format!("the key `{key}` means nothing"))
            .at(entry.key.span)
            .path("root")
            .why(format!("known keys: {}; those that begin with `x-` are free for notes", list(KNOWN)));
        out.push(match did_you_mean(key, missing.iter().copied()) {
            Some(meant) => diagnostic.fix_edit(format!("did you mean `{meant}`?"), entry.key.span, meant),
            None => diagnostic.fix_edit(
                format!("remove it, or call it `x-{key}`"),
                entry.key.span,
                quote(&format!("x-{key}")),
            ),
        });
    }
}

/// `invalid-version-type`, `unsupported-version`: `oml_version` is the text `0.1.0`. Another 0.x is
/// read as if it were (warning); anything else is refused.
pub fn version(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    let Some(node) = view.top.get("oml_version").filter(|node| !node.is_unknown()) else { return };
    let fixed = |diagnostic: Diagnostic| {
        diagnostic.fix_edit(format!("write \"{VERSION}\""), node.span, format!("\"{VERSION}\""))
    };
    let Some(text) = node.as_str() else {
        let message = format!("oml_version must be text, not {}", node.type_name());
        let diagnostic = Diagnostic::error("invalid-version-type", message).at(node.span).path("oml_version");
        return out.push(fixed(diagnostic.why("without quotes YAML reads a version as a number")));
    };
    if text == VERSION {
        return;
    }
    let message =
        if text.is_empty() { "oml_version is empty".to_owned() } else { format!("OML version `{text}` is not known") };
    let diagnostic = if text.starts_with("0.") {
        Diagnostic::warning("unsupported-version", message).why(format!("it is read as if it were {VERSION}"))
    } else {
        Diagnostic::error("unsupported-version", message).why(format!("this program reads {VERSION}"))
    };
    out.push(fixed(diagnostic.at(node.span).path("oml_version")));
}

/// `invalid-name-type`, `empty-name`, `naming-convention` (warning): the pipeline's name.
pub fn name(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    let Some(node) = view.top.get("name").filter(|node| !node.is_unknown()) else { return };
    let date = node.as_scalar().is_some_and(|scalar| scalar.style == Style::Plain && is_date(&scalar.text));
    let Some(text) = node.as_str().filter(|_| !date) else {
        let message = format!("name must be text, not {}", if date { "a date" } else { node.type_name() });
        let diagnostic = Diagnostic::error("invalid-name-type", message)
            .at(node.span)
            .path("name")
            .why("a pipeline is found by its name");
        let written = node.as_scalar().map(|_| &view.lines.text()[node.span.range()]).filter(|text| !text.is_empty());
        return out.push(match written {
            Some(written) => {
                diagnostic.fix_edit("put it in quotes", node.span, serde_json::Value::from(written).to_string())
            }
            None => diagnostic.fix("give it a name").example("name: daily-revenue"),
        });
    };
    if text.trim().is_empty() {
        let diagnostic = Diagnostic::error("empty-name", "name is empty").at(node.span).path("name");
        return out.push(
            diagnostic.why("a pipeline is found by its name").fix("give it a name").example("name: daily-revenue"),
        );
    }
    let first = text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    if first && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
        return;
    }
    let diagnostic = Diagnostic::warning(
        "naming-convention",
        format!("the name `{text}` is not of lower-case letters, digits and hyphens"),
    )
    .at(node.span)
    .path("name")
    .why("folders and files are named after it");
    let slug = slug(text);
    out.push(if slug.is_empty() {
        diagnostic.fix("choose another name")
    } else {
        diagnostic.fix_edit(format!("call it `{slug}`"), node.span, quote(&slug))
    });
}

/// A text as a pipeline's name: lower-case letters, digits and hyphens; empty when nothing is left.
pub(in crate::pipeline::oml) fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.to_lowercase().chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.trim_end_matches('-').to_owned()
}

/// `invalid-steps-type`, `empty-steps`: steps are a list of at least one.
pub fn steps(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    let Some(node) = view.top.get("steps").filter(|node| !node.is_unknown()) else { return };
    let example = "steps:\n  - id: read-orders\n    component: filesystem.csv_extractor\n    mode: read\n    config: {path: data/orders.csv}";
    match node.as_seq() {
        Some(seq) if seq.items.is_empty() && seq.complete => out.push(
            Diagnostic::error("empty-steps", "there is no step")
                .at(node.span)
                .path("steps")
                .why("a pipeline has at least one step")
                .fix("add a step")
                .example(example),
        ),
        Some(_) => {}
        None => out.push(wrong_steps(node).example(example)),
    }
}

fn wrong_steps(node: &Node) -> Diagnostic {
    Diagnostic::error("invalid-steps-type", format!("steps must be a list, not {}", node.type_name()))
        .at(node.span)
        .path("steps")
        .why("steps have an order, so they are items of a list")
        .fix("begin each step with `- id:`")
}
