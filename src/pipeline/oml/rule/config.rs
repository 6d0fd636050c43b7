//! Rules about a step's configuration and its contract.

use serde_json::Value;

use super::super::view::{StepView, View};
use super::CheckContext;
use super::edit;
use super::placeholder;
use super::{MOST_GUESSES, list};
use crate::contract::{Contract, Override, Place};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::yaml::{Entry, Kind, Node, quote};

/// `invalid-config-type`: a configuration is a mapping.
pub fn shape(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    for step in &view.steps {
        let Some(node) =
            step.part("config").filter(|node| step.config.is_none() && !node.is_null() && !node.is_unknown())
        else {
            continue;
        };
        out.push(
            Diagnostic::error("invalid-config-type", format!("config must be a mapping, not {}", node.type_name()))
                .at(node.span)
                .path(step.path("config"))
                .why("a configuration holds options by name")
                .fix("write `config:` and below it `option: value`, one a line"),
        );
    }
}

fn connection_of<'a>(step: &StepView<'a>) -> Option<&'a Node> {
    step.config.and_then(|config| config.get("connection"))
}

/// Whether a text has the form `@family.alias`.
fn is_reference(text: &str) -> bool {
    let word =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    text.strip_prefix('@')
        .and_then(|rest| rest.split_once('.'))
        .is_some_and(|(family, alias)| word(family) && word(alias))
}

/// `invalid-connection-ref`, `unknown-connection`, `connection-mismatch`: a connection is named
/// `@family.alias`, exists, and is of the component's family.
pub fn connection(view: &View<'_>, ctx: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    for step in &view.steps {
        let Some(node) = connection_of(step).filter(|node| !node.is_unknown()) else { continue };
        let family = step.contract.map(Contract::family);
        let known = ctx.connections.unwrap_or_default();
        let of_family = || {
            let fits = move |name: &&str| {
                family.is_none_or(|f| name.strip_prefix('@').and_then(|n| n.split('.').next()) == Some(f))
            };
            known.iter().map(String::as_str).filter(fits)
        };
        let at = |code: &str, message: String| {
            Diagnostic::error(code, message).at(node.span).path(step.path("config.connection"))
        };
        let Some(text) = node.as_str().filter(|text| is_reference(text)) else {
            let message = match node.as_str() {
                Some(text) => format!("`{text}` is no reference to a connection"),
                None => format!("a connection must be text, not {}", node.type_name()),
            };
            let diagnostic = at("invalid-connection-ref", message).why("a connection is named `@family.alias`");
            let meant = node.as_str().and_then(|text| meant_reference(text, family, &of_family().collect::<Vec<_>>()));
            out.push(match meant {
                Some(meant) => diagnostic.fix_edit(format!("write \"{meant}\""), node.span, quote(&meant)),
                None => diagnostic
                    .fix("write it as `\"@family.alias\"`")
                    .example(format!("connection: \"@{}.main\"", family.unwrap_or("mysql"))),
            });
            continue;
        };
        let written = text[1..].split('.').next().unwrap_or_default();
        if let Some(family) = family.filter(|family| *family != written) {
            let component = step.component.unwrap_or_default();
            let diagnostic = at("connection-mismatch", format!("`{component}` cannot use `{text}`"))
                .why(format!("it takes connections of the family `{family}`"));
            let mut fitting = of_family();
            out.push(match (fitting.next(), fitting.next()) {
                (Some(only), None) => diagnostic.fix_edit(format!("use `{only}`"), node.span, quote(only)),
                _ => diagnostic.fix(format!("use a connection `@{family}.…`, or another component")),
            });
            continue;
        }
        if ctx.connections.is_some() && !known.iter().any(|name| name == text) {
            let diagnostic = at("unknown-connection", format!("there is no connection `{text}`"))
                .why(format!("the connections are: {}", list(known.iter().map(String::as_str).take(20))));
            let fitting: Vec<&str> = of_family().collect();
            let meant = did_you_mean(text, fitting.iter().copied()).or(match fitting.as_slice() {
                [only] => Some(*only),
                _ => None,
            });
            out.push(match meant {
                Some(meant) => diagnostic.fix_edit(format!("did you mean `{meant}`?"), node.span, quote(meant)),
                None => diagnostic.fix("add it to the project's connections, or use one that there is"),
            });
        }
    }
}

/// What `filesystem.local`, `@local` or `local` was meant to be.
fn meant_reference(text: &str, family: Option<&str>, known: &[&str]) -> Option<String> {
    let bare = text.trim().trim_start_matches('@');
    let candidates = [format!("@{bare}"), format!("@{}.{bare}", family?)];
    let exists = |name: &&String| known.contains(&name.as_str());
    candidates
        .iter()
        .find(exists)
        .or_else(|| candidates.iter().find(|name| known.is_empty() && is_reference(name)))
        .cloned()
}

/// `unknown-config-key`: an option that the contract does not have.
pub fn unknown_keys(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    for step in &view.steps {
        let (Some(contract), Some(config)) = (step.contract, step.config) else { continue };
        let open = contract.schema.get("additionalProperties") != Some(&Value::Bool(false));
        let options = contract.options.iter().map(|option| option.name.as_str());
        let free: Vec<&str> = options.filter(|name| config.get(name).is_none()).collect();
        let mut guesses = 0;
        for entry in config.entries.iter().filter(|_| !open) {
            let key = entry.key.text.as_str();
            if contract.option(key).is_some() || (key == "connection" && contract.takes_connection()) {
                continue;
            }
            let free: &[&str] = if guesses < MOST_GUESSES { &free } else { &[] };
            guesses += 1;
            out.push(unknown_key(step, contract, entry, free));
        }
    }
}

fn unknown_key(step: &StepView<'_>, contract: &Contract, entry: &Entry, free: &[&str]) -> Diagnostic {
    let key = entry.key.text.as_str();
    let known = || contract.options.iter().map(|option| option.name.as_str());
    let diagnostic = Diagnostic::error("unknown-config-key", format!("`{}` has no option `{key}`", contract.name))
        .at(entry.key.span)
        .path(step.path(&format!("config.{key}")))
        .why(format!("its options are: {}", list(known())));
    let meant = contract.meant_by(key).filter(|name| free.contains(name));
    let meant = meant.or_else(|| did_you_mean(key, free.iter().copied()));
    match meant {
        Some(meant) => diagnostic.fix_edit(format!("did you mean `{meant}`?"), entry.key.span, meant),
        None => diagnostic.fix("remove it"),
    }
}

/// Whether the step names a connection.
pub(super) fn has_connection(step: &StepView<'_>) -> bool {
    connection_of(step).is_some_and(|node| node.is_unknown() || node.as_str().is_some_and(|text| text.starts_with('@')))
}

/// Whether a connection provides an option.
pub(super) fn provided(contract: &Contract, key: &str) -> bool {
    if contract.connection_fields.is_empty() {
        return contract.secrets.iter().any(|pointer| pointer[1..].split('/').next() == Some(key));
    }
    contract.connection_fields.iter().any(|field| field.name == key)
}

/// The connection of the component's family, when there is exactly one.
fn only_connection<'a>(contract: &Contract, ctx: &CheckContext<'a>) -> Option<&'a str> {
    let family = |name: &&str| name.strip_prefix('@').and_then(|n| n.split('.').next()) == Some(contract.family());
    let mut fitting = ctx.connections?.iter().map(String::as_str).filter(family);
    fitting.next().filter(|_| fitting.next().is_none())
}

/// `missing-config-key`: a required option that neither the step nor its connection gives.
pub fn missing_keys(view: &View<'_>, ctx: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    for step in &view.steps {
        let Some(contract) = step.contract else { continue };
        let node = step.part("config");
        let absent = node.is_none_or(Node::is_null);
        let whole = match step.config {
            Some(config) => config.complete,
            None => absent && step.map.is_some_and(|map| map.complete),
        };
        if !whole {
            continue;
        }
        let connected = has_connection(step);
        for option in contract.options.iter().filter(|option| option.required) {
            let key = option.name.as_str();
            let given = step.config.is_some_and(|config| config.get(key).is_some());
            if given || (connected && provided(contract, key)) {
                continue;
            }
            let entry = step.map.and_then(|map| map.entry("config"));
            let span =
                entry.map_or_else(|| step.part("component").map_or(step.node.span, |n| n.span), |entry| entry.key.span);
            let diagnostic =
                Diagnostic::error("missing-config-key", format!("{} lacks the option `{key}`", step.name()))
                    .at(span)
                    .path(step.path(&format!("config.{key}")))
                    .why(format!("`{}` requires it. {}", contract.name, option.description));
            let meant = step.config.into_iter().flat_map(|config| &config.entries).find(|entry| {
                let word = entry.key.text.as_str();
                contract.option(word).is_none()
                    && contract.meant_by(word).or_else(|| did_you_mean(word, [key])) == Some(key)
            });
            let diagnostic = match meant {
                Some(entry) => {
                    diagnostic.fix_edit(format!("rename `{}` to `{key}`", entry.key.text), entry.key.span, key)
                }
                None if provided(contract, key) && !connected => diagnostic
                    .fix(format!("name a connection: `connection: \"@{}.…\"`, or give `{key}`", contract.family()))
                    .edit(
                        only_connection(contract, ctx)
                            .and_then(|name| placeholder::insert(view, step, &format!("connection: {}", quote(name)))),
                    ),
                None => diagnostic.fix(format!("add `{key}`, {}", option.kind)).edit(
                    placeholder::of(contract, option, step)
                        .and_then(|text| placeholder::insert(view, step, &format!("{key}: {text}"))),
                ),
            };
            let shown = contract.examples.iter().find_map(|example| example.config.get(key)).filter(|_| !option.secret);
            out.push(match shown {
                Some(value) => diagnostic.example(format!(
                    "{key}: {}",
                    value.as_str().map_or_else(|| value.to_string(), |text| quote(text.trim()))
                )),
                None => diagnostic,
            });
        }
    }
}

/// `invalid-config-value`: a value that does not fit the contract: type, allowed values, range, length,
/// pattern, items.
pub fn values(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    for step in &view.steps {
        let (Some(contract), Some(node), Some(_)) = (step.contract, step.part("config"), step.config) else { continue };
        for problem in contract.value_problems(&node.to_json()) {
            let (at, key_span) = follow(node, &problem.path);
            let is_connection = matches!(problem.path.as_slice(), [Place::Key(key)] if key == "connection");
            // A connection has rules of its own; what is not known, and what was cut off, cannot be wrong.
            if is_connection || holds_unknown(at) || !complete(at) {
                continue;
            }
            let span = if at.is_null() && at.span.start == at.span.end { key_span.unwrap_or(at.span) } else { at.span };
            let path = step.path(&format!("config.{}", crate::contract::dotted(&problem.path)));
            let mut diagnostic =
                Diagnostic::error("invalid-config-value", problem.message).at(span).path(path).why(problem.why);
            let origin = at.as_scalar().and_then(|scalar| scalar.origin.as_deref());
            if let Some(origin) = origin {
                diagnostic.message.push_str(&format!(" (from {origin})"));
            }
            out.push(match problem.replacement.filter(|_| origin.is_none() && span == at.span) {
                Some(text) => diagnostic.fix_edit(problem.fix, span, text),
                None => diagnostic.fix(problem.fix),
            });
        }
    }
}

/// The value at a way, and the place of its key.
pub(super) fn follow<'n>(node: &'n Node, path: &[Place]) -> (&'n Node, Option<crate::diagnostic::Span>) {
    let (mut at, mut key_span) = (node, None);
    for place in path {
        match (place, &at.kind) {
            (Place::Key(key), Kind::Map(map)) => match map.entry(key) {
                Some(entry) => (at, key_span) = (&entry.value, Some(entry.key.span)),
                None => break,
            },
            (Place::Index(index), Kind::Seq(seq)) => match seq.items.get(*index) {
                Some(item) => at = item,
                None => break,
            },
            _ => break,
        }
    }
    (at, key_span)
}

pub(super) fn holds_unknown(node: &Node) -> bool {
    match &node.kind {
        Kind::Scalar(_) => node.is_unknown(),
        Kind::Seq(seq) => seq.items.iter().any(holds_unknown),
        Kind::Map(map) => map.entries.iter().any(|entry| holds_unknown(&entry.value)),
    }
}

pub(super) fn complete(node: &Node) -> bool {
    match &node.kind {
        Kind::Scalar(_) => true,
        Kind::Seq(seq) => seq.complete,
        Kind::Map(map) => map.complete,
    }
}

/// `forbidden-override`, `override-warning` (warning): an option that the step's connection provides.
pub fn overrides(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    for step in view.steps.iter().filter(|step| has_connection(step)) {
        let (Some(contract), Some(config)) = (step.contract, step.config) else { continue };
        for field in &contract.connection_fields {
            let Some(entry) = config.entry(&field.name) else { continue };
            let (severity, code) = match field.policy {
                Override::Allowed => continue,
                Override::Warning => (crate::diagnostic::Severity::Warning, "override-warning"),
                Override::Forbidden => (crate::diagnostic::Severity::Error, "forbidden-override"),
            };
            out.push(
                Diagnostic::new(severity, code, format!("`{}` is given by the connection", field.name))
                    .at(entry.key.span)
                    .path(step.path(&format!("config.{}", field.name)))
                    .why(format!("the contract of `{}` wants it to come from the connection", contract.name))
                    .fix(format!("remove `{}` from the step", field.name))
                    .edit(step.part("config").and_then(|node| edit::remove(view, node, &field.name))),
            );
        }
    }
}
