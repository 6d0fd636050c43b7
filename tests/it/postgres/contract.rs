//! Contracts of tables say exactly what the drivers take.

use pipesmith::connect::Connections;
use pipesmith::connect::driver::part::{Setup, drivers};
use pipesmith::contract::Registry;
use serde_json::{Map, Value, json};

#[test]
fn examples_defaults_and_allowed_values_are_taken_by_the_drivers() {
    let registry = Registry::builtin();
    let dir = tempfile::tempdir().unwrap();
    let file = "version: 1\nconnections: {postgres: {shop: {host: h, database: d, user: u, password: p}}, \
                supabase: {shop: {url: 'https://abc.supabase.co', key: abcdefghijklmnopqrstuvwxyz, pg_dsn: 'postgres://u:p@h/d'}}}\n";
    std::fs::write(dir.path().join("pipesmith_connections.yaml"), file).unwrap();
    let (connections, problems) = Connections::load(dir.path());
    assert_eq!(problems, []);
    let mut tried = 0;
    for driver in drivers().filter(|d| d.component.starts_with("postgres.") || d.component.starts_with("supabase.")) {
        let contract = registry.get(driver.component).unwrap();
        let take = |config: Map<String, Value>| -> Vec<String> {
            let config = contract.with_defaults(&config);
            let (component, mode) = (driver.component, driver.mode);
            let setup =
                Setup { step: "s", component, mode, config: &config, root: dir.path(), connections: &connections };
            (driver.open)(&setup).err().into_iter().flatten().map(|diagnostic| diagnostic.message).collect()
        };
        for example in &contract.examples {
            assert_eq!(take(example.config.clone()), [""; 0], "{}", driver.component);
            tried += 1;
        }
        let family = driver.component.split('.').next().unwrap();
        let base = json!({"connection": format!("@{family}.shop"), "table": "t", "primary_key": "id"});
        let base: Map<String, Value> =
            base.as_object().unwrap().clone().into_iter().filter(|(key, _)| contract.option(key).is_some()).collect();
        for option in &contract.options {
            for value in &option.allowed {
                let mut config = base.clone();
                config.insert(option.name.clone(), value.clone());
                let wrong = take(config);
                // The one word that the contract has for the sake of old documents.
                assert!(
                    wrong.is_empty() || *value == json!("http_sql"),
                    "{} {}: {wrong:?}",
                    driver.component,
                    option.name
                );
                tried += 1;
            }
        }
    }
    assert!(tried > 20, "{tried}");
}
