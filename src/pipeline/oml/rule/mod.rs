//! The rules. Each is one function that looks at the document and adds what it finds; rules do not know
//! each other. A new rule is a function in the file of what it looks at, a line in [`ALL`], and an entry for
//! each of its codes in [`catalogue`].

pub(super) mod catalogue;
mod config;
mod constraint;
mod edit;
mod needs;
mod parameter;
mod patience;
mod placeholder;
mod profile;
mod secret;
mod sql;
mod step;
mod top;

pub(super) use top::slug;

use super::check::CheckContext;
use super::view::View;
use crate::diagnostic::{Diagnostic, LineIndex, did_you_mean};
use crate::yaml::{Entry, Map, Node};

/// A rule.
pub(super) type Rule = fn(&View<'_>, &CheckContext<'_>, &mut Vec<Diagnostic>);

/// Every rule. Their order decides between diagnostics of the same place and severity.
pub(super) const ALL: &[Rule] = &[
    top::duplicate_keys,
    top::required_keys,
    top::forbidden_keys,
    top::unknown_keys,
    top::version,
    top::name,
    top::steps,
    step::shape,
    step::unknown_keys,
    step::required_fields,
    step::id,
    step::component,
    step::mode,
    patience::retry,
    patience::timeout,
    needs::shape,
    needs::cycle,
    needs::rows,
    needs::table_names,
    needs::unused,
    config::shape,
    config::connection,
    config::unknown_keys,
    config::missing_keys,
    config::values,
    config::overrides,
    constraint::write_keys,
    constraint::write_modes,
    constraint::encodings,
    constraint::conditions,
    secret::inline,
    parameter::declarations,
    profile::chosen,
    profile::steps,
    parameter::profiles,
    parameter::provided,
    parameter::references,
    parameter::missing,
    parameter::unused,
    parameter::strays,
    sql::tables,
    sql::columns,
    sql::syntax,
];

/// The diagnostic for a text that holds no mapping.
pub(super) fn no_mapping(root: Option<&Node>, lines: &LineIndex<'_>) -> Diagnostic {
    let (message, span) = match root {
        Some(node) => (format!("the document is {}, not a mapping", node.type_name()), node.span),
        None => ("the document is empty".to_owned(), lines.span(0..0)),
    };
    Diagnostic::error("invalid-type", message)
        .at(span)
        .why("a pipeline is a mapping with oml_version, name and steps")
        .fix("write the three keys at the beginning of their lines")
        .example("oml_version: \"0.1.0\"\nname: my-pipeline\nsteps: []")
}

/// Most faults of one kind that a guess is made for: each is compared with every name that there is.
const MOST_GUESSES: usize = 100;

/// The entry whose key is a slip of one that is missing.
fn slip<'m>(map: &'m Map, missing: &str, known: &[&str]) -> Option<&'m Entry> {
    map.entries.iter().find(|entry| {
        let key = entry.key.text.as_str();
        !known.contains(&key) && !key.starts_with("x-") && did_you_mean(key, [missing]).is_some()
    })
}

/// A list of words for a message.
pub(super) fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<&str> = words.into_iter().collect();
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}
