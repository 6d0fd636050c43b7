use std::path::Path;

use super::*;
use crate::contract::Registry;
use crate::contract::nine::{nine, registry};
use crate::diagnostic::LineIndex;

/// The three components of the first pipelines.
fn three(registry: &Registry) -> Vec<&Contract> {
    ["filesystem.csv_extractor", "filesystem.csv_writer", "sql.transform"]
        .iter()
        .filter_map(|n| registry.get(n))
        .collect()
}

fn valid(schema: &Value, yaml: &str) -> bool {
    let document: Value = serde_yaml::from_str(yaml).unwrap();
    jsonschema::draft202012::new(schema).unwrap().is_valid(&document)
}

fn shop() -> Known {
    let table = |name: &str, columns: &[&str]| KnownTable {
        connection: "@filesystem.shop".to_owned(),
        name: name.to_owned(),
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
    };
    Known {
        connections: Some(vec!["@filesystem.shop".to_owned(), "@filesystem.private".to_owned()]),
        tables: vec![table("orders.csv", &["order_id", "amount"]), table("customers.csv", &["customer_id", "city"])],
        params: vec![],
    }
}

const GOOD: &str = "
oml_version: '0.1.0'
name: shop
params: {least: {type: integer, default: 3}, day: 2026-01-01}
steps:
- id: read-orders
  component: filesystem.csv_extractor
  mode: read
  config: {connection: '@filesystem.shop', path: orders.csv, header: true, limit: '${params.least}', columns: [order_id]}
- id: sums
  component: duckdb.processor
  mode: transform
  needs: [read-orders]
  config:
    query: |
      SELECT * FROM df_read_orders
- id: write
  component: filesystem.csv_writer
  mode: write
  needs: [sums]
  config: {path: output/new.csv, newline: lf, quoting: '${params.quoting}'}
";

#[test]
fn a_good_document_fits_and_a_slip_does_not() {
    let registry = Registry::builtin();
    let schema = document(&three(&registry), &shop(), Form::Plain);
    assert!(valid(&schema, GOOD));
    for (slip, instead) in [
        ("header: true", "haeder: true"),
        ("csv_writer", "csv_wirter"),
        ("mode: write", "mode: writes"),
        ("newline: lf", "newline: cr"),
        ("newline: lf", "newline: '${params.x'"),
        ("limit: '${params.least}'", "limit: many"),
        ("path: orders.csv", "path: order.csv"),
        ("columns: [order_id]", "columns: [orderid]"),
        ("'@filesystem.shop'", "'@filesystem.private'"),
        ("needs: [sums]", "need: [sums]"),
        ("\nname: shop", "\nname: shop\nversion: 1"),
        ("path: output/new.csv, ", ""),
        ("0.1.0", "0.2.0"),
    ] {
        assert!(GOOD.contains(slip), "{slip}");
        assert!(!valid(&schema, &GOOD.replacen(slip, instead, 1)), "{instead}");
    }
}

#[test]
fn what_is_not_known_stays_open_and_secrets_are_left_out() {
    let registry = registry();
    let schema = document(&registry.iter().collect::<Vec<_>>(), &Known::default(), Form::Plain);
    let text = GOOD.replace("orders.csv", "any.csv").replace("@filesystem.shop", "@filesystem.any");
    assert!(valid(&schema, &text));
    let written = schema.to_string();
    assert!(!written.contains("password") && !written.contains("auth_token") && !written.contains("api_key\":"));
    let mysql = "{oml_version: 0.1.0, name: a, steps: [{id: a, component: mysql.extractor, mode: read, config: {}}]}";
    assert!(valid(&schema, mysql));
    assert!(!valid(&schema, &mysql.replace("config: {}", "config: {password: x}")));
    assert!(!valid(&schema, &mysql.replace("config: {}", "config: {user: x}")), "only its connection may say it");
}

/// Every mapping is closed and has all its keys required, and there is no keyword that strict servers
/// refuse.
fn assert_strict(schema: &Value, path: &str) {
    const KEYWORDS: [&str; 9] =
        ["type", "properties", "required", "additionalProperties", "items", "anyOf", "enum", "$ref", "pattern"];
    let schema = schema.as_object().unwrap();
    assert!(!schema.is_empty(), "{path}");
    for (keyword, value) in schema {
        let path = format!("{path}/{keyword}");
        match keyword.as_str() {
            "$defs" if path == "/$defs" => {}
            "properties" => {
                value.as_object().unwrap().iter().for_each(|(k, v)| assert_strict(v, &format!("{path}/{k}")))
            }
            "items" => assert_strict(value, &path),
            "anyOf" => value.as_array().unwrap().iter().for_each(|v| assert_strict(v, &path)),
            word => assert!(KEYWORDS.contains(&word), "{path}"),
        }
    }
    let kind = schema.get("type").unwrap_or(&Value::Null);
    if kind == "object" || kind.as_array().is_some_and(|kinds| kinds.contains(&json!("object"))) {
        assert_eq!(schema["additionalProperties"], false, "{path}");
        let keys: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
        assert_eq!(json!(keys), schema["required"], "{path}");
    }
}

/// The document with null for every key that it leaves out.
fn with_nulls(mut document: Value, registry: &Registry) -> Value {
    document["description"] = Value::Null;
    for step in document["steps"].as_array_mut().unwrap() {
        let contract = registry.get(step["component"].as_str().unwrap()).unwrap();
        for option in contract.options.iter().map(|o| o.name.as_str()) {
            if step["config"].get(option).is_none() {
                step["config"][option] = Value::Null;
            }
        }
        if step.get("needs").is_none() {
            step["needs"] = Value::Null;
        }
        step["expect"] = Value::Null;
        step["retry"] = Value::Null;
        step["timeout"] = Value::Null;
    }
    document
}

#[test]
fn the_strict_form_is_strict_and_takes_the_same_document() {
    let (registry, own) = (registry(), Registry::builtin());
    for known in [Known::default(), Known { params: vec!["least".into(), "day".into()], ..shop() }] {
        assert_strict(&document(&nine(&registry), &known, Form::Strict), "");
        assert_strict(&document(&own.iter().collect::<Vec<_>>(), &known, Form::Strict), "");
    }
    let known = Known { params: vec!["least".into(), "day".into()], ..shop() };
    let schema = document(&three(&own), &known, Form::Strict);
    let mut filled = with_nulls(serde_yaml::from_str(GOOD).unwrap(), &own);
    filled["params"]["least"]["enum"] = Value::Null;
    filled["params"]["least"]["description"] = Value::Null;
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&filled).map(|error| format!("{} {error}", error.instance_path())).collect();
    assert_eq!(errors, Vec::<String>::new());
    filled["steps"][0]["config"]["delimeter"] = ",".into();
    assert!(!validator.is_valid(&filled));
}

#[test]
fn it_is_small_enough_to_be_sent() {
    let (own, registry) = (Registry::builtin(), registry());
    let (three, nine) = (three(&own), nine(&registry));
    let tokenizer = tiktoken_rs::o200k_base().unwrap();
    let size = |contracts: &[&Contract], known: &Known, form| {
        let text = document(contracts, known, form).to_string();
        (text.len(), tokenizer.encode_ordinary(&text).len())
    };
    for (contracts, form, most_bytes, most_tokens) in [
        (&three, Form::Plain, 4_800, 1_400),
        (&three, Form::Strict, 6_100, 1_700),
        (&nine, Form::Plain, 12_500, 3_400),
        (&nine, Form::Strict, 16_400, 4_500),
    ] {
        let (bytes, tokens) = size(contracts, &shop(), form);
        assert!(bytes <= most_bytes && tokens <= most_tokens, "{bytes} bytes, {tokens} tokens");
    }
    // Large sets are left open.
    let table = |n: usize| KnownTable { connection: "@filesystem.x".into(), name: n.to_string(), columns: vec![] };
    let many = Known { tables: (0..5000).map(table).collect(), ..Known::default() };
    assert!(size(&three, &many, Form::Plain).0 < 5_200);
}

/// Whether a step says what only a connection may say.
fn says_what_is_left_out(contract: &Contract, config: &Value) -> bool {
    let left_out = |key: &String| {
        contract.option(key).is_none_or(|option| option.secret) && key != "connection"
            || contract.connection_fields.iter().any(|f| f.name == *key && f.policy == Override::Forbidden)
    };
    config.as_object().is_some_and(|config| config.keys().any(left_out))
}

#[test]
fn the_examples_of_every_contract_fit() {
    let registry = registry();
    let schema = document(&registry.iter().collect::<Vec<_>>(), &Known::default(), Form::Plain);
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for contract in registry.iter() {
        for example in &contract.examples {
            let mut config = Value::Object(example.config.clone());
            if says_what_is_left_out(contract, &config) {
                let keep = |key: &String| !says_what_is_left_out(contract, &json!({key: 1}));
                config =
                    example.config.iter().filter(|(key, _)| keep(key)).map(|(k, v)| (k.clone(), v.clone())).collect();
            }
            let mode = contract.step_modes()[0];
            let step = json!({"id": "a", "component": contract.name, "mode": mode, "config": config});
            let whole = json!({"oml_version": "0.1.0", "name": "a", "steps": [step]});
            assert!(validator.is_valid(&whole), "{whole}");
        }
    }
}

#[test]
fn what_osiris_accepts_of_its_own_fits() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/compat-osiris");
    let expected: Value =
        serde_json::from_str(&std::fs::read_to_string(corpus.join("expected.json")).unwrap()).unwrap();
    let registry = registry();
    let schema = document(&registry.iter().collect::<Vec<_>>(), &Known::default(), Form::Plain);
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let (mut fit, mut wrong) = (0, Vec::new());
    for (name, verdict) in expected["documents"].as_object().unwrap() {
        if verdict["osiris"]["valid"] != true || verdict["stricter_ok"] == true {
            continue;
        }
        let text = std::fs::read_to_string(corpus.join(name)).unwrap();
        let tree = crate::yaml::load(&LineIndex::new(&text));
        let value = tree.root.unwrap().to_json();
        // What a model may not write is no part of the grammar: secrets, and keys that it has no use for.
        let other_keys = value
            .as_object()
            .unwrap()
            .keys()
            .any(|key| !["oml_version", "name", "description", "params", "steps"].contains(&key.as_str()));
        let steps = value["steps"].as_array().unwrap();
        let not_for_models = steps.iter().any(|step| {
            let Some(contract) = registry.get(step["component"].as_str().unwrap_or_default()) else { return true };
            says_what_is_left_out(contract, &step["config"])
        });
        if other_keys || not_for_models {
            continue;
        }
        match validator.iter_errors(&value).next() {
            None => fit += 1,
            Some(error) => wrong.push(format!("{name}: {} {error}", error.instance_path())),
        }
    }
    assert_eq!(wrong, Vec::<String>::new(), "{}", wrong.join("\n"));
    assert!(fit >= 10, "{fit}");
}
