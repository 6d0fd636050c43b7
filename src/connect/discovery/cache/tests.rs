use proptest::prelude::*;

use super::super::key::tests::key;
use super::super::{Samples, Table};
use super::*;
use crate::connect::Connections;

fn discovery(connection: &str, table: &str) -> Discovery {
    Discovery {
        connection: connection.to_owned(),
        fingerprint: "sha256:0".to_owned(),
        tables: vec![Table::named(table)],
        cut: false,
    }
}

fn cache(folder: &Path) -> Cache {
    Cache::new(Some(Store::open(folder).unwrap()), Settings::default())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn what_was_kept_for_something_else_is_never_returned(keys in prop::collection::vec(key(), 1..12), asked in key()) {
        let dir = tempfile::tempdir().unwrap();
        let cache = cache(dir.path());
        for key in &keys {
            cache.put(key, 1_000, &discovery(key.connection(), &key.hash()));
        }
        for asked in keys.iter().chain([&asked]) {
            let got = cache.get(asked, 2_000);
            prop_assert_eq!(got.is_ok(), keys.contains(asked));
            if let Ok((found, age)) = got {
                prop_assert_eq!(&found.tables[0].name, &asked.hash());
                prop_assert_eq!(age, Duration::from_secs(1));
            }
        }
    }
}

fn one_key() -> Key {
    let identity = json!({"connection": "@postgres.shop", "place": {"host": "a"}, "fields": {}});
    Key::new(Vec::new(), identity, Options::default(), None)
}

#[test]
fn an_entry_lives_as_long_as_its_time() {
    let dir = tempfile::tempdir().unwrap();
    let cache = cache(dir.path());
    let (key, ttl) = (one_key(), 600_000);
    cache.put(&key, 10_000, &discovery("@postgres.shop", "t"));
    assert!(cache.get(&key, 10_000).is_ok() && cache.get(&key, 10_000 + ttl - 1).is_ok());
    assert_eq!(cache.get(&key, 10_000 + ttl).unwrap_err(), Miss::Expired);
    assert_eq!(cache.get(&key, 9_999).unwrap_err(), Miss::Expired, "a clock that was set back");
}

#[test]
fn an_entry_that_was_tampered_with_is_not_returned() {
    let dir = tempfile::tempdir().unwrap();
    let cache = cache(dir.path());
    let (key, store) = (one_key(), cache.store.clone().unwrap());
    cache.put(&key, 1, &discovery("@postgres.shop", "movies"));
    let whole = String::from_utf8(store.discovery(&key.hash()).unwrap().unwrap()).unwrap();
    for (from, to) in [
        ("movies", "orders"),
        ("\"taken_ms\":1", "\"taken_ms\":2"),
        ("\"a\"", "\"b\""),
        ("sha256:0", "sha256:1"),
        ("{", ""),
    ] {
        assert!(whole.contains(from), "{from} {whole}");
        let changed = whole.replacen(from, to, 1);
        store.put_discovery(&key.hash(), "@postgres.shop", 1, changed.as_bytes(), MAX_ENTRIES).unwrap();
        assert_eq!(cache.get(&key, 1).unwrap_err(), Miss::Damaged, "{from}");
    }
    // One that was put under the key of another.
    let other =
        Key::new(Vec::new(), json!({"connection": "@postgres.shop", "place": {"host": "b"}}), Options::default(), None);
    store.put_discovery(&other.hash(), "@postgres.shop", 1, whole.as_bytes(), MAX_ENTRIES).unwrap();
    assert_eq!(cache.get(&other, 1).unwrap_err(), Miss::Damaged);
}

#[test]
fn the_oldest_go_when_there_are_too_many() {
    let dir = tempfile::tempdir().unwrap();
    let cache = cache(dir.path());
    let keys: Vec<Key> = (0..MAX_ENTRIES + 5)
        .map(|n| Key::new(Vec::new(), json!({"connection": "@a.b", "place": n}), Options::default(), None))
        .collect();
    for (n, key) in keys.iter().enumerate() {
        cache.put(key, 1_000 + n as u64, &discovery("@a.b", "t"));
    }
    let kept: Vec<bool> = keys.iter().map(|key| cache.get(key, 2_000).is_ok()).collect();
    assert_eq!(kept.iter().filter(|kept| **kept).count(), MAX_ENTRIES);
    assert!(!kept[4] && kept[5]);
}

/// Looks at a connection and says where the answer came from.
async fn asked(cache: &Cache, root: &Path, file: &str, change: impl FnOnce(&mut Request<'_>)) -> (Origin, Vec<String>) {
    std::fs::write(root.join("pipesmith_connections.yaml"), format!("version: 1\nconnections: {file}\n")).unwrap();
    let (connections, problems) = Connections::load(root);
    assert_eq!(problems, []);
    let connection = connections.iter().next().unwrap();
    let options = Options::of(connection, cache.settings.sample_rows).unwrap();
    let component = Component { name: "x.extractor".into(), version: "1.0.0".into(), spec: "sha256:0".into() };
    let mut request = Request { root, connection, options, components: vec![component], refresh: false };
    change(&mut request);
    let found = cache.discover(request).await.unwrap();
    (found.origin, found.discovery.tables.into_iter().map(|table| table.name).collect())
}

#[tokio::test]
async fn each_change_is_a_miss_with_its_reason() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    std::fs::create_dir(root.join("data")).unwrap();
    std::fs::write(root.join("data/movies.csv"), "id\n1\n").unwrap();
    std::fs::write(root.join("data/actors.csv"), "id\n1\n").unwrap();
    // What was changed this very moment is not remembered.
    std::thread::sleep(Duration::from_millis(50));
    let cache = cache(&root.join("store"));
    let file = "{filesystem: {a: {base_dir: data}}}";
    let missed = async |change: fn(&mut Request<'_>)| match asked(&cache, root, file, change).await.0 {
        Origin::Cache(_) => None,
        Origin::System(miss) => Some(miss),
    };
    assert_eq!(missed(|_| {}).await, Some(Miss::New));
    let (origin, tables) = asked(&cache, root, file, |_| {}).await;
    assert!(matches!(origin, Origin::Cache(age) if age < Duration::from_secs(60)), "{origin:?}");
    assert_eq!(tables, ["actors", "movies"]);
    assert_eq!(missed(|r| r.refresh = true).await, Some(Miss::Refresh));
    assert_eq!(missed(|r| r.components[0].version = "1.0.1".into()).await, Some(Miss::ComponentChanged));
    assert_eq!(missed(|_| {}).await, None);
    assert_eq!(missed(|r| r.components[0].spec = "sha256:1".into()).await, Some(Miss::SpecChanged));
    assert_eq!(missed(|r| r.components[0].spec = "sha256:2".into()).await, Some(Miss::SpecChanged));
    assert_eq!(missed(|r| r.options.tables.push("movies".into())).await, Some(Miss::SpecChanged));
    assert_eq!(missed(|r| r.options.tables.push("actors".into())).await, Some(Miss::OptionsChanged));
    assert_eq!(missed(|r| r.options.columns.push("id".into())).await, Some(Miss::OptionsChanged));
    assert_eq!(missed(|r| r.options.schemas.push("s".into())).await, Some(Miss::OptionsChanged));
    assert_eq!(missed(|r| r.options.samples = Samples::Full).await, Some(Miss::OptionsChanged));
    assert_eq!(missed(|_| {}).await, None);

    std::fs::write(root.join("data/movies.csv"), "id,title\n1,x\n").unwrap();
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(missed(|_| {}).await, Some(Miss::FilesChanged));
    assert_eq!(missed(|_| {}).await, None);
    std::fs::write(root.join("data/series.csv"), "id\n1\n").unwrap();
    assert_eq!(missed(|_| {}).await, Some(Miss::FilesChanged));
    std::fs::remove_file(root.join("data/series.csv")).unwrap();
    std::fs::create_dir(root.join("other")).unwrap();
    let (origin, tables) = asked(&cache, root, "{filesystem: {a: {base_dir: other}}}", |_| {}).await;
    assert_eq!((origin, tables), (Origin::System(Miss::ConnectionChanged), Vec::new()));
}

#[tokio::test]
async fn without_a_store_nothing_is_remembered() {
    let dir = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let (origin, _) = asked(&Cache::default(), dir.path(), "{filesystem: {a: {base_dir: .}}}", |_| {}).await;
        assert_eq!(origin, Origin::System(Miss::NoCache));
    }
}
