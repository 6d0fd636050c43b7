//! Rules between options of one component: when one thing is so, another has to be.

use serde::Serialize;
use serde_json::{Map, Value};

use super::spec;
use super::types::Contract;

/// A rule of a contract between its options.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Constraint {
    /// Options and what they are for the rule to count: a value, null for not given, or a JSON Schema.
    pub when: Map<String, Value>,
    /// Options and what they have to be then, in the same form.
    pub must: Map<String, Value>,
    /// What is wrong otherwise.
    pub error: String,
}

/// A rule that a configuration breaks.
#[derive(Clone, Debug, PartialEq)]
pub struct ConstraintProblem<'a> {
    /// The rule.
    pub constraint: &'a Constraint,
    /// The option that is not what it has to be.
    pub option: &'a str,
    /// Whether the option is not given at all.
    pub missing: bool,
}

impl Constraint {
    /// Whether it only says which options are required unless a connection gives them
    /// (`when: {connection: null}`). Such a rule is read as that, see [`super::OptionSpec::required`].
    pub(super) fn is_about_no_connection(&self) -> bool {
        let given = |wanted: &Value| {
            wanted.as_object().is_some_and(|schema| schema.keys().all(|word| word == "minLength" || word == "minItems"))
        };
        self.when.len() == 1 && self.when.get("connection") == Some(&Value::Null) && self.must.values().all(given)
    }

    /// The condition in words: `write_mode is upsert and table is not given`.
    pub fn condition(&self) -> String {
        in_words(&self.when)
    }

    /// The demand in words: `primary_key is given`.
    pub fn demand(&self) -> String {
        in_words(&self.must)
    }
}

impl Contract {
    /// The rules between options that a configuration breaks. `open` says of an option whether its value
    /// may come from elsewhere (its connection) or is not known yet: a rule that hangs on it is not judged.
    pub fn constraint_problems(
        &self,
        config: &Map<String, Value>,
        open: &dyn Fn(&str) -> bool,
    ) -> Vec<ConstraintProblem<'_>> {
        let value = |key: &str| {
            let given = config.get(key).filter(|value| !value.is_null());
            given.or_else(|| self.option(key).and_then(|option| option.default.as_ref()))
        };
        let mut found = Vec::new();
        for constraint in &self.constraints {
            let counts = constraint.when.iter().all(|(key, wanted)| !open(key) && fits(value(key), wanted));
            for (key, wanted) in constraint.must.iter().filter(|_| counts) {
                let given = value(key);
                if !open(key) && !fits(given, wanted) {
                    found.push(ConstraintProblem { constraint, option: key, missing: given.is_none() });
                }
            }
        }
        found
    }
}

fn fits(given: Option<&Value>, wanted: &Value) -> bool {
    match (given, wanted) {
        (given, Value::Null) => given.is_none(),
        (None, _) => false,
        (Some(value), Value::Object(schema)) => {
            // `minLength` speaks of text only, but who writes it of a list means that it is not empty.
            let empty = value.as_array().is_some_and(Vec::is_empty);
            !(empty && schema.contains_key("minLength"))
                && spec::compile(wanted).is_ok_and(|validator| validator.is_valid(value))
        }
        (Some(value), wanted) => value == wanted,
    }
}

fn in_words(conditions: &Map<String, Value>) -> String {
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let one = |(key, wanted): (&String, &Value)| match wanted {
        Value::Null => format!("`{key}` is not given"),
        Value::Object(schema) => match schema.get("enum").and_then(Value::as_array) {
            Some(allowed) => format!("`{key}` is {}", allowed.iter().map(plain).collect::<Vec<_>>().join(" or ")),
            None if schema.keys().all(|word| word == "minLength" || word == "minItems") => {
                format!("`{key}` is given")
            }
            None => format!("`{key}` fits {wanted}"),
        },
        other => format!("`{key}` is {}", plain(other)),
    };
    conditions.iter().map(one).collect::<Vec<_>>().join(" and ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::contract::{Origin, read};

    const SPEC: &str = "name: my.writer\nversion: 1.0.0\nmodes: [write]\ncapabilities: {}\nconfigSchema:\n  type: object\n  properties:\n    table: {type: string}\n    query: {type: string}\n    mode: {type: string, default: append}\n    keys: {type: array}\nconstraints:\n  required:\n    - {when: {query: null}, must: {table: {minLength: 1}}, error: table or query}\n    - {when: {mode: {enum: [upsert, replace]}}, must: {keys: {minLength: 1}}, error: keys are missing}\n    - {when: {mode: append}, must: {keys: null}, error: append takes no keys}\n";

    fn broken(config: Value, open: &[&str]) -> Vec<(String, bool)> {
        let (contract, found) = read("spec.yaml", SPEC, Origin::BuiltIn);
        assert_eq!(found, []);
        let contract = contract.unwrap();
        let problems = contract.constraint_problems(config.as_object().unwrap(), &|key| open.contains(&key));
        problems.iter().map(|p| (p.constraint.error.clone(), p.missing)).collect()
    }

    #[test]
    fn what_a_rule_asks_for_is_asked_for_only_when_it_counts() {
        let missing = |text: &str| vec![(text.to_owned(), true)];
        assert_eq!(broken(json!({}), &[]), missing("table or query"));
        assert_eq!(broken(json!({"query": null}), &[]), missing("table or query"));
        assert_eq!(broken(json!({"query": "SELECT 1"}), &[]), []);
        assert_eq!(broken(json!({"table": "t"}), &[]), []);
        assert_eq!(broken(json!({"table": ""}), &[]), [("table or query".to_owned(), false)]);
        assert_eq!(broken(json!({"table": "t", "mode": "upsert"}), &[]), missing("keys are missing"));
        assert_eq!(
            broken(json!({"table": "t", "mode": "replace", "keys": []}), &[]),
            [("keys are missing".to_owned(), false)]
        );
        assert_eq!(broken(json!({"table": "t", "mode": "upsert", "keys": ["id"]}), &[]), []);
        assert_eq!(broken(json!({"table": "t", "keys": ["id"]}), &[]), [("append takes no keys".to_owned(), false)]);
    }

    #[test]
    fn what_hangs_on_something_open_is_not_judged() {
        assert_eq!(broken(json!({}), &["query"]), []);
        assert_eq!(broken(json!({}), &["table"]), []);
        assert_eq!(broken(json!({"table": "t"}), &["mode"]), []);
    }

    #[test]
    fn a_rule_reads_as_a_sentence() {
        let (contract, _) = read("spec.yaml", SPEC, Origin::BuiltIn);
        let said: Vec<_> =
            contract.unwrap().constraints.iter().map(|c| format!("{}: {}", c.condition(), c.demand())).collect();
        assert_eq!(
            said,
            [
                "`query` is not given: `table` is given",
                "`mode` is upsert or replace: `keys` is given",
                "`mode` is append: `keys` is not given"
            ]
        );
    }
}
