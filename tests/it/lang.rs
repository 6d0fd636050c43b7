//! Contracts say exactly what the drivers take.

use pipesmith::connect::driver::csv::{ReadOptions, WriteOptions};
use pipesmith::contract::{Contract, Registry};
use serde_json::{Map, Value, json};

fn driver_takes(component: &str, config: &Map<String, Value>) -> Result<(), String> {
    let failed = |found: Vec<pipesmith::diagnostic::Diagnostic>| {
        found.into_iter().map(|d| d.message).collect::<Vec<_>>().join("; ")
    };
    match component {
        "filesystem.csv_extractor" => ReadOptions::from_config(config, "config").map(|_| ()).map_err(failed),
        _ => WriteOptions::from_config(config, "config").map(|_| ()).map_err(failed),
    }
}

fn contract_takes(contract: &Contract, config: &Map<String, Value>) -> bool {
    contract.value_problems(&Value::Object(config.clone())).is_empty()
        && config.keys().all(|key| contract.option(key).is_some())
}

#[test]
fn examples_defaults_and_allowed_values_are_taken_by_the_drivers() {
    let registry = Registry::builtin();
    for name in ["filesystem.csv_extractor", "filesystem.csv_writer"] {
        let contract = registry.get(name).unwrap();
        for example in &contract.examples {
            assert_eq!(driver_takes(name, &contract.with_defaults(&example.config)), Ok(()), "{name}");
        }
        for option in &contract.options {
            for value in &option.allowed {
                let config = json!({"path": "a.csv", option.name.as_str(): value});
                assert_eq!(driver_takes(name, config.as_object().unwrap()), Ok(()), "{name}");
            }
        }
    }
}

#[test]
fn defaults_of_the_contract_are_those_of_the_drivers() {
    let registry = Registry::builtin();
    let config = json!({"path": "a.csv"});
    let with = |name: &str| registry.get(name).unwrap().with_defaults(config.as_object().unwrap());
    let read = ReadOptions::from_config(&with("filesystem.csv_extractor"), "config").unwrap();
    assert_eq!(read, ReadOptions::default());
    let write = WriteOptions::from_config(&with("filesystem.csv_writer"), "config").unwrap();
    assert_eq!(write, WriteOptions::default());
}

#[test]
fn what_the_contract_takes_the_drivers_take() {
    let registry = Registry::builtin();
    let tried = [
        ("delimiter", json!(";")),
        ("delimiter", json!("\t")),
        ("delimiter", json!("")),
        ("delimiter", json!("\"")),
        ("delimiter", json!("\n")),
        ("delimiter", json!("ž")),
        ("delimiter", json!(5)),
        ("comment", json!("#")),
        ("comment", json!("")),
        ("header", json!(3)),
        ("header", json!(-1)),
        ("header", json!("yes")),
        ("limit", json!(1)),
        ("limit", json!(-1)),
        ("skip_rows", json!(0)),
        ("skip_rows", json!(1.5)),
        ("infer_rows", json!(1)),
        ("infer_rows", json!(0)),
        ("chunk_size", json!(100)),
        ("chunk_size", json!("100")),
        ("dtype", json!({"a": "decimal(12,2)", "b": "datetime64[ns]", "c": "int64"})),
        ("dtype", json!({"a": "money"})),
        ("dtype", json!(["a"])),
        ("columns", json!(["a", "b"])),
        ("columns", json!("a")),
        ("parse_dates", json!(["a"])),
        ("parse_dates", json!(true)),
        ("na_values", json!(["", "-"])),
        ("compression", json!("xz")),
        ("encoding", json!("klingon")),
        ("unknown", json!(1)),
    ];
    for name in ["filesystem.csv_extractor", "filesystem.csv_writer"] {
        let contract = registry.get(name).unwrap();
        for (key, value) in &tried {
            let config = json!({"path": "a.csv", *key: value});
            let config = config.as_object().unwrap();
            if contract_takes(contract, config) {
                assert_eq!(driver_takes(name, config), Ok(()), "{name} {key}: {value}");
            }
        }
    }
}
