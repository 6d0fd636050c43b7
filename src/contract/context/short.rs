//! A contract in a few lines: every option with what it has to be, without prose.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::{EXAMPLES, holds_secret, secret_values, without_secrets};
use crate::contract::types::{Contract, OptionSpec};

/// How the lines are read; stands before them.
pub(super) const LEGEND: &str = "Options: name:type (text where none is given); * required; = the default; a|b the \
                                 allowed values, the default first; (a…b) range. `by connection` comes from the connection.\n\n";

/// Longest description, in characters; the first sentence.
const DESCRIPTION_CHARS: usize = 90;
/// A longer example tells more than it is worth, in bytes.
const EXAMPLE_BYTES: usize = 260;
/// Longest default that is shown, in bytes.
const DEFAULT_BYTES: usize = 80;

/// Adds a contract. Writing to a string cannot fail, so the results of `write!` are dropped.
pub(super) fn one(contract: &Contract, out: &mut String) {
    let _ = write!(out, "{} ({})", contract.name, contract.step_modes().join(", "));
    let about = first_sentence(&contract.description);
    let _ = if about.is_empty() { writeln!(out) } else { writeln!(out, ": {about}") };
    let (provided, own): (Vec<&OptionSpec>, Vec<&OptionSpec>) =
        contract.options.iter().filter(|option| !option.secret).partition(|option| is_provided(contract, option));
    let line = |options: &[&OptionSpec]| options.iter().map(|o| written(o)).collect::<Vec<_>>().join(" ");
    let connection = contract.takes_connection() && contract.option("connection").is_none();
    let lead = if connection { "connection " } else { "" };
    let _ = writeln!(out, "{}", format!("config: {lead}{}", line(&own)).trim_end());
    if !provided.is_empty() {
        let _ = writeln!(out, "by connection: {}", line(&provided));
    }
    for example in examples(contract) {
        let _ = writeln!(out, "e.g. {example}");
    }
}

/// Whether the connection gives it, so that a step seldom does.
fn is_provided(contract: &Contract, option: &OptionSpec) -> bool {
    contract.connection_fields.iter().any(|field| field.name == option.name)
}

fn written(option: &OptionSpec) -> String {
    let star = if option.required { "*" } else { "" };
    let default = option.default.as_ref();
    if !option.allowed.is_empty() {
        let first = default.into_iter();
        let rest = option.allowed.iter().filter(|value| Some(*value) != default);
        let sign = if default.is_some() { "=" } else { ":" };
        let all: Vec<String> = first.chain(rest).map(bare).collect();
        return format!("{}{star}{sign}{}", option.name, all.join("|"));
    }
    let shown = default.map(|value| format!("={}", cut(value))).unwrap_or_default();
    // A default tells its type, unless there are several.
    let told = default.is_some() && !option.kind.contains(" or ") && !shown.contains('…');
    let kind = if told { String::new() } else { kind(&option.kind) };
    let numeric = ["integer", "number"].iter().any(|word| option.kind.starts_with(word));
    let range = option.range.as_ref().filter(|_| numeric).map(|range| format!("({range})")).unwrap_or_default();
    format!("{}{star}{kind}{shown}{range}", option.name)
}

/// The type in a few characters; nothing for text.
fn kind(words: &str) -> String {
    if words == "string" {
        return String::new();
    }
    if words.starts_with("object of ") {
        return ":object".to_owned();
    }
    let short = |word: &str| match word {
        "string" => "text".to_owned(),
        "integer" => "int".to_owned(),
        "boolean" => "bool".to_owned(),
        word => match word.strip_prefix("array of ") {
            Some("string") => "[text]".to_owned(),
            Some(items) => format!("[{items}]"),
            None => word.to_owned(),
        },
    };
    format!(":{}", words.split(" or ").map(short).collect::<Vec<_>>().join("/"))
}

/// A value as it stands in a list: a plain word without quotes.
fn bare(value: &Value) -> String {
    match value {
        Value::String(text)
            if !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-=.".contains(c)) =>
        {
            text.clone()
        }
        other => other.to_string(),
    }
}

fn cut(value: &Value) -> String {
    let text = bare(value);
    if text.len() <= DEFAULT_BYTES { text } else { text.chars().take(DEFAULT_BYTES / 4).chain(['…']).collect() }
}

/// The first sentence of a text, on one line.
fn first_sentence(text: &str) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = flat.find(". ").map_or(flat.len(), |at| at + 1);
    let sentence = &flat[..end];
    if sentence.chars().count() <= DESCRIPTION_CHARS {
        return sentence.to_owned();
    }
    // Up to a whole word.
    let cut: String = sentence.chars().take(DESCRIPTION_CHARS).collect();
    format!("{}…", cut.rsplit_once(' ').map_or(cut.as_str(), |(head, _)| head))
}

/// Examples as a step of the document gives them: without what the connection provides, secrets included,
/// and without what is the default anyway.
fn examples(contract: &Contract) -> Vec<String> {
    let secrets = secret_values(contract);
    let mut found: Vec<String> = Vec::new();
    for example in &contract.examples {
        let by_connection = |key: &String| {
            key != "connection" && contract.option(key).is_none_or(|o| o.secret || is_provided(contract, o))
        };
        let open = without_secrets(contract, &example.config);
        let named = example.config.get("connection").cloned().or_else(|| {
            // Without it the example would not be a step that works.
            let needed = example.config.keys().any(|key| by_connection(key) || !open.contains_key(key));
            needed.then(|| Value::from(format!("@{}.NAME", contract.family())))
        });
        let own = open.iter().filter(|(key, value)| {
            !by_connection(key)
                && *key != "connection"
                && contract.option(key).and_then(|o| o.default.as_ref()) != Some(*value)
        });
        let mut config: Map<String, Value> = Map::new();
        config.extend(named.map(|name| ("connection".to_owned(), name)));
        config.extend(own.map(|(key, value)| (key.clone(), value.clone())));
        let text = Value::Object(config).to_string();
        if text.len() <= EXAMPLE_BYTES && text != "{}" && !holds_secret(&text, &secrets) && !found.contains(&text) {
            found.push(text);
        }
    }
    found.truncate(EXAMPLES);
    found
}
