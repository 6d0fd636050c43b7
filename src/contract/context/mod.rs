//! Contracts as text for a model: compact, and the same whenever the contracts are.

mod full;
mod short;
mod size;

use serde_json::{Map, Value};

use super::types::Contract;
use crate::canonical;

pub use size::estimated_tokens;

/// How many tokens the contracts of a turn may have.
pub const BUDGET_TOKENS: u64 = 1_600;

/// Most examples of one contract.
const EXAMPLES: usize = 2;

/// How much is told of each contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Every option with its description, guidance, an example.
    Full,
    /// Every option with what it has to be, without prose.
    Short,
}

/// The text of the contracts, in the order given: names, modes, options with type, default, allowed values
/// and whether they are required, and examples. Options that are secret are left out, and their values
/// too: a connection provides them.
pub fn text(contracts: &[&Contract], detail: Detail) -> String {
    let mut out = String::new();
    if detail == Detail::Short {
        out.push_str(short::LEGEND);
    }
    for contract in contracts {
        match detail {
            Detail::Full => full::one(contract, &mut out),
            Detail::Short => short::one(contract, &mut out),
        }
        out.push('\n');
    }
    out
}

/// The text of the contracts in full where that fits the budget, else in short.
pub fn for_model(contracts: &[&Contract]) -> String {
    let full = text(contracts, Detail::Full);
    if estimated_tokens(&full) <= BUDGET_TOKENS { full } else { text(contracts, Detail::Short) }
}

/// The same, and behind it the names of components that could be used too.
pub fn with_others(contracts: &[&Contract], others: &[&Contract]) -> String {
    let mut out = for_model(contracts);
    if !others.is_empty() {
        let names: Vec<&str> = others.iter().map(|contract| contract.name.as_str()).collect();
        out.push_str(&format!("not shown, ask the person before you use one of them: {}\n", names.join(" ")));
    }
    out
}

/// `sha256:` of the canonical JSON of the contracts: another one whenever anything of them changes.
pub fn fingerprint(contracts: &[&Contract]) -> String {
    let all: Vec<Value> = contracts
        .iter()
        .map(|contract| serde_json::json!({"name": contract.name, "fingerprint": contract.fingerprint}))
        .collect();
    canonical::fingerprint(&canonical::json(&Value::Array(all)))
}

/// A configuration without what its contract calls secret, and without mappings that held nothing else.
fn without_secrets(contract: &Contract, config: &Map<String, Value>) -> Map<String, Value> {
    let mut rest = Value::Object(config.clone());
    for pointer in &contract.secrets {
        let (parent, key) = pointer.rsplit_once('/').unwrap_or_default();
        if let Some(map) = rest.pointer_mut(parent).and_then(Value::as_object_mut) {
            map.shift_remove(key);
        }
    }
    let Value::Object(mut rest) = rest else { return Map::new() };
    rest.retain(|key, value| !value.as_object().is_some_and(Map::is_empty) || config.get(key) == Some(value));
    rest
}

/// The values that a contract shows for its secret options, in defaults and examples.
fn secret_values(contract: &Contract) -> Vec<String> {
    let mut found = Vec::new();
    let is_secret = |key: &str| {
        contract.option(key).is_some_and(|option| option.secret)
            || contract.secrets.iter().any(|pointer| pointer.trim_start_matches('/').split('/').next() == Some(key))
    };
    for option in contract.options.iter().filter(|option| option.secret) {
        option.default.iter().for_each(|value| texts(value, &mut found));
    }
    for example in &contract.examples {
        for (_, value) in example.config.iter().filter(|(key, _)| is_secret(key)) {
            texts(value, &mut found);
        }
    }
    found
}

/// The texts inside a value that are long enough to be a secret and not a word like any other.
fn texts(value: &Value, out: &mut Vec<String>) {
    const LEAST_CHARS: usize = 4;
    match value {
        Value::String(text) if text.chars().count() >= LEAST_CHARS => out.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, out)),
        Value::Object(map) => map.values().for_each(|item| texts(item, out)),
        Value::Number(number) if number.to_string().len() >= LEAST_CHARS => out.push(number.to_string()),
        _ => {}
    }
}

/// Whether a text holds one of the values, as it is or as JSON writes it.
fn holds_secret(text: &str, secrets: &[String]) -> bool {
    let written = |secret: &String| {
        let json = Value::from(secret.as_str()).to_string();
        text.contains(secret.as_str()) || text.contains(json.trim_matches('"'))
    };
    secrets.iter().any(written)
}

#[cfg(test)]
mod tests;
