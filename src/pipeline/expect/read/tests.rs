use serde_json::json;

use super::*;
use crate::contract::grammar;

fn codes(value: Value) -> Vec<String> {
    let problems = read(&value).unwrap_err();
    problems.iter().map(|p| format!("{} {}", crate::contract::dotted(&p.path), p.diagnostic.code)).collect()
}

#[test]
fn every_kind_is_read() {
    let checks = read(&json!([
        {"check": "not_null", "columns": ["a", "b"]},
        {"check": "unique", "column": "id", "severity": "warn", "name": "ids differ"},
        {"check": "accepted_values", "column": "s", "values": ["x", 1, true], "severity": "quarantine", "max_rejects": 3},
        {"check": "row_count", "min": 1},
        {"check": "freshness", "column": "t", "within": "1d12h"},
        {"check": "range", "column": "n", "min": 0, "max": 1.5},
        {"check": "pattern", "column": "e", "pattern": "^[^@]+@", "x-note": 1},
        {"check": "sql", "query": "SELECT 1"}
    ]))
    .unwrap();
    assert_eq!(checks.iter().map(|c| c.kind.word()).collect::<Vec<_>>(), WORDS);
    assert_eq!(checks[0].label(), "not_null of a, b");
    assert_eq!((checks[1].label().as_str(), checks[1].severity), ("ids differ", Severity::Warn));
    assert_eq!((checks[2].severity, checks[2].max_rejects), (Severity::Quarantine, 3));
}

#[test]
fn a_model_is_offered_the_same_words() {
    let registry = crate::contract::Registry::load(None);
    let contracts: Vec<_> = registry.get("sql.transform").into_iter().collect();
    let schema = grammar::document(&contracts, &grammar::Known::default(), grammar::Form::Plain);
    let keys = &schema["$defs"]["expect"]["items"]["properties"];
    assert_eq!(keys["check"]["enum"], json!(WORDS));
    assert_eq!(keys["severity"]["enum"], json!(Severity::WORDS.map(|(word, _)| word)));
    for key in KINDS.iter().flat_map(|(_, needed)| *needed).flat_map(|key| key.split('|')) {
        assert!(!keys[key].is_null(), "{key}");
    }
}

#[test]
fn everything_wrong_is_said_with_its_place() {
    assert_eq!(codes(json!({"not_null": "id"})), [" invalid-expect"]);
    assert_eq!(codes(json!(["not_null", {"not_null": "id"}])), ["[0] invalid-expect", "[1].check missing-check-key"]);
    assert_eq!(
        codes(json!([{"check": "not_null"}, {"check": "regex"}, {"check": "unique", "column": "a", "columns": ["b"]}])),
        ["[0].column missing-check-key", "[1].check unknown-check", "[2].columns invalid-check-value"]
    );
    assert_eq!(
        codes(json!([
            {"check": "row_count", "min": 5, "max": 2, "severity": "quarantine"},
            {"check": "freshness", "column": "t", "within": "soon"},
            {"check": "pattern", "column": "t", "pattern": "("},
            {"check": "accepted_values", "column": "t", "values": [null], "value": 1},
            {"check": "unique", "column": "id", "severity": "quarantine"},
            {"check": "not_null", "column": "id", "severity": "error"}
        ])),
        [
            "[0].min invalid-check-value",
            "[0].severity quarantine-table-check",
            "[1].within invalid-check-value",
            "[2].pattern invalid-check-value",
            "[3].value unknown-check-key",
            "[3].values invalid-check-value",
            "[4].severity quarantine-table-check",
            "[5].severity invalid-check-value"
        ]
    );
    let counting = |query: &str| read(&json!([{"check": "sql", "query": query}])).is_err();
    assert!(counting("SELECT count(*)\nFROM input_df WHERE id < 0"));
    assert!(!counting("SELECT count(*) FROM input_df HAVING count(*) > 3"));
    assert!(!counting("SELECT id, count(*) FROM input_df GROUP BY id HAVING count(*) > 1"));
    let meant = read(&json!([{"check": "regex"}])).unwrap_err();
    assert_eq!(meant[0].replacement.as_deref(), Some("pattern"));
}
