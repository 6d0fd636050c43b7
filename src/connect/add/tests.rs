//! Tests of writing connections.

use super::*;

fn added(before: Option<&str>, new: &NewConnection) -> Result<(String, Added), Vec<Diagnostic>> {
    let dir = tempfile::tempdir().unwrap();
    if let Some(before) = before {
        std::fs::write(dir.path().join(NAMES[0]), before).unwrap();
    }
    let added = add(dir.path(), &Registry::builtin(), new)?;
    Ok((std::fs::read_to_string(dir.path().join(NAMES[0])).unwrap(), added))
}

fn new(reference: &str, fields: &[(&str, &str)]) -> NewConnection {
    NewConnection {
        reference: reference.to_owned(),
        fields: fields.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        default: false,
    }
}

fn shop() -> NewConnection {
    new("@mysql.shop", &[("host", "db.example.com"), ("port", "3307"), ("database", "shop"), ("user", "etl")])
}

#[test]
fn comments_order_and_layout_stay() {
    let before = "# top\nversion: 1 # one\n\nconnections:\n    # folders\n    filesystem:\n        data: {base_dir: data} # here\n        # about data\n    mysql:\n        # the old one\n        old:\n            database: d\n            user: u # who\n            # deeper\n    # the end\n# last\n";
    let (text, added) = added(Some(before), &shop()).unwrap();
    insta::assert_snapshot!(text);
    assert_eq!(added.variables, ["MYSQL_SHOP_PASSWORD"]);
    for line in before.lines() {
        assert!(text.contains(line), "{line}");
    }
}

#[test]
fn every_layout_takes_a_connection() {
    let shapes = [
        "",
        "# nothing yet\n",
        "version: 1\n",
        "version: 1\nconnections:\n",
        "version: 1\nconnections: {}\n",
        "version: 1\nconnections: {mysql: {a: {database: d, user: u}}}\n",
        "version: 1\nconnections: {filesystem: {a: {}},}",
        "version: 1\nconnections:\n  mysql:\n",
        "version: 1\nconnections:\n  mysql: {}\n  filesystem:\n    a: {}\n",
        "version: 1\nconnections:\n  mysql: {a: {database: d, user: u}}\n",
        "version: 1\nconnections:\n  mysql:\n    a:\n      database: |\n        d\n      user: u",
        "version: 1\nconnections:\n  filesystem:\n    a:\n\n\n",
        "version: 1\r\nconnections:\r\n  filesystem:\r\n    a: {base_dir: x}\r\n",
        "connections:\n  filesystem:\n    a: {base_dir: x}\nversion: 1\n",
    ];
    for before in shapes {
        let (text, _) = added(Some(before), &shop()).unwrap_or_else(|found| panic!("{before:?}: {found:?}"));
        let read = file::parse(&text, "f.yaml", &Variables::fixed(BTreeMap::new(), None, None));
        let connection = read.connections.get("@mysql.shop").unwrap();
        let shown: Vec<String> = connection.shown().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(
            shown.join(" "),
            "database=shop host=db.example.com password=${MYSQL_SHOP_PASSWORD} port=3307 user=etl",
            "{text}"
        );
        assert_eq!(text.contains("\r\n"), before.contains("\r\n"), "{text:?}");
        assert!(!has_errors(&read.problems), "{text}");
    }
}

#[test]
fn a_file_is_made_where_there_is_none() {
    let (text, _) = added(None, &new("@sqlite.shop", &[("path", "data/shop.db")])).unwrap();
    assert_eq!(text, "version: 1\nconnections:\n  sqlite:\n    shop:\n      path: data/shop.db\n");
}

#[test]
fn a_secret_is_never_written() {
    let pairs = [("database", "d"), ("user", "u"), ("password", "hunter2hunter2")];
    let (text, added) = added(None, &new("@postgres.a-b", &pairs)).unwrap();
    assert!(text.contains("password: \"${POSTGRES_A_B_PASSWORD}\"") && !text.contains("hunter2"), "{text}");
    assert_eq!(added.not_written, ["POSTGRES_A_B_PASSWORD"]);
    let (text, added) = super::tests::added(None, &new("@postgres.p", &[("dsn", "postgres://u:hunter3@h/d")])).unwrap();
    assert!(text.contains("dsn: \"${POSTGRES_P_DSN}\"") && !text.contains("hunter3"), "{text}");
    assert_eq!(added.not_written, ["POSTGRES_P_DSN"]);
    let (text, added) = super::tests::added(None, &new("@postgres.p", &[("dsn", "postgres://u:${PW}@h/d")])).unwrap();
    assert!(text.contains("postgres://u:${PW}@h/d") && added.not_written.is_empty(), "{text}");
    let wrong = super::tests::added(None, &new("@rest.r", &[("base_url", "https://u:hunter4@h/")])).unwrap_err();
    assert_eq!(wrong[0].code, "literal-secret");
    let (text, added) =
        super::tests::added(None, &new("@supabase.s", &[("url", "https://x.supabase.co"), ("description", "x")]))
            .unwrap();
    assert!(text.contains("key: \"${SUPABASE_S_KEY}\""), "{text}");
    assert_eq!(added.variables, ["SUPABASE_S_KEY"]);
}

#[test]
fn what_is_wrong_is_said_and_nothing_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join(NAMES[0]);
    let before = "version: 1\nconnections:\n  filesystem: &f\n    a: {default: true}\n  sqlite: *f\n";
    std::fs::write(&file, before).unwrap();
    let code = |new: &NewConnection| add(dir.path(), &Registry::builtin(), new).unwrap_err().remove(0).code;
    assert_eq!(code(&new("mysql.shop", &[])), "invalid-connection-ref");
    assert_eq!(code(&new("@mysq.shop", &[])), "unknown-family");
    assert_eq!(code(&new("@filesystem.a", &[])), "connection-exists");
    assert_eq!(
        code(&new("@mysql.shop", &[("hots", "x"), ("database", "d"), ("user", "u")])),
        "unknown-connection-field"
    );
    assert_eq!(
        code(&new("@mysql.shop", &[("port", "0"), ("database", "d"), ("user", "u")])),
        "invalid-connection-field"
    );
    assert_eq!(code(&new("@mysql.shop", &[("user", "u")])), "missing-connection-field");
    assert_eq!(code(&new("@rest.r", &[("base_url", "https://h"), ("headers", "a")])), "invalid-connection-field");
    assert_eq!(code(&new("@mysql.shop", &[("user", "u"), ("user", "v")])), "connections-invalid");
    let aliased = new("@filesystem.b", &[]);
    assert_eq!(code(&aliased), "connections-not-written");
    let two = NewConnection { default: true, ..new("@filesystem.b", &[]) };
    // What stands behind an alias belongs to somebody else too.
    assert_eq!(code(&new("@sqlite.shop", &[("path", "x.db")])), "connections-not-written");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), before);
    std::fs::write(&file, "version: 1\nconnections: {filesystem: {a: {default: true}}}").unwrap();
    assert_eq!(code(&two), "several-defaults");
    std::fs::write(&file, "version: 1\nconnections: [").unwrap();
    assert_eq!(code(&new("@sqlite.shop", &[("path", "x.db")])), "yaml-parse-error");
}
