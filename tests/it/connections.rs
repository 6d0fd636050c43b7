//! The verbs for connections.

use crate::program::{Folder, text};

fn workspace(families: &str) -> Folder {
    let folder = Folder::empty();
    assert!(folder.run(&["init"]).status.success());
    folder.write("pipesmith_connections.yaml", format!("version: 1\nconnections:\n{families}"));
    folder
}

#[test]
fn the_list_says_what_is_missing_and_shows_no_secret() {
    let folder = workspace(
        "  mysql:\n    shop: {host: db, database: shop, user: etl, password: '${CONNECTIONS_IT_PW}'}\n    \
         lit: {host: db, database: shop, user: etl, password: hunter2-literal, default: true}\n",
    );
    let (code, value) = folder.json(&["connections", "list", "--json"]);
    assert_eq!(code, 0);
    let of = |n: usize| &value["connections"][n];
    assert_eq!((&of(0)["reference"], &of(0)["default"]), (&"@mysql.lit".into(), &true.into()));
    assert_eq!(of(0)["fields"]["password"], "***");
    assert_eq!(of(1)["fields"]["password"], "${CONNECTIONS_IT_PW}");
    assert_eq!(of(1)["missing"][0]["variable"], "CONNECTIONS_IT_PW");
    assert_eq!(value["diagnostics"][0]["code"], "literal-secret");
    folder.write(".env", "CONNECTIONS_IT_PW=x\n");
    let (_, value) = folder.json(&["connections", "list", "--json"]);
    assert_eq!(value["connections"][1]["missing"], serde_json::json!([]));
}

#[test]
fn the_mode_decides_what_a_wrong_file_stops() {
    let folder = workspace("  filesystem:\n    data: {base_dri: data}\n");
    let code = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = folder.command(arguments);
        command.env_remove("PIPESMITH_VALIDATION").env_remove("OSIRIS_VALIDATION").envs(variables.iter().copied());
        let output = command.output().unwrap();
        (output.status.code().unwrap(), text(&output.stderr).contains("unknown-connection-field"))
    };
    assert_eq!(code(&["connections", "list"], &[]), (5, true));
    assert_eq!(code(&["connections", "list", "--mode", "warn"], &[]), (0, true));
    assert_eq!(code(&["connections", "list", "--mode", "off"], &[]), (0, false));
    assert_eq!(code(&["connections", "list", "--mode", "bogus"], &[]), (5, false));
    assert_eq!(code(&["connections", "list"], &[("OSIRIS_VALIDATION", "off")]), (0, false));
    assert_eq!(
        code(&["connections", "list"], &[("OSIRIS_VALIDATION", "off"), ("PIPESMITH_VALIDATION", "strict")]).0,
        5
    );
    assert_eq!(code(&["connections", "list"], &[("PIPESMITH_VALIDATION", "bogus")]).0, 5);
}

#[test]
fn the_doctor_connects_and_says_where_it_failed() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let folder = workspace(&format!(
        "  filesystem:\n    data: {{base_dir: data}}\n    gone: {{base_dir: gone}}\n  \
         mysql:\n    down: {{host: 127.0.0.1, port: {nobody}, database: d, user: u}}\n    \
         lost: {{host: no-such-host.invalid, database: d, user: u}}\n  \
         postgres:\n    secret: {{database: d, user: u, password: '${{CONNECTIONS_IT_UNSET}}'}}\n  \
         sqlite:\n    none: {{path: none.db}}\n  \
         rest:\n    down: {{base_url: 'http://127.0.0.1:{nobody}/'}}\n"
    ));
    let (code, value) = folder.json(&["connections", "doctor", "--json"]);
    assert_eq!(code, 5);
    let found: Vec<String> = value["connections"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| format!("{} {}", c["reference"].as_str().unwrap(), c["status"].as_str().unwrap()))
        .collect();
    assert_eq!(
        found,
        [
            "@filesystem.data ok",
            "@filesystem.gone wrong-database",
            "@mysql.down refused",
            "@mysql.lost dns",
            "@postgres.secret missing-secret",
            "@rest.down refused",
            "@sqlite.none wrong-database",
        ]
    );
    for connection in value["connections"].as_array().unwrap().iter().filter(|c| c["ok"] == false) {
        assert!(connection["diagnostic"]["fix"]["text"].is_string(), "{connection}");
    }
    let (code, _) = folder.json(&["connections", "test", "@filesystem.data", "--json"]);
    assert_eq!(code, 0);
    let (code, value) = folder.json(&["connections", "test", "@filesystem.dat", "--json"]);
    assert_eq!((code, value["diagnostics"][0]["code"].as_str()), (5, Some("unknown-connection")));
    let (code, value) = folder.json(&["connections", "doctor", "--family", "filesystem", "--json"]);
    assert_eq!((code, value["connections"].as_array().unwrap().len()), (5, 2));
    let told = folder.run(&["connections", "doctor", "--family", "mysql"]);
    assert!(text(&told.stdout).contains("FAILED  @mysql.down  refused:"), "{}", text(&told.stdout));
}

#[test]
fn what_is_added_is_there() {
    let folder = workspace("  filesystem:\n    data: {base_dir: data} # here\n");
    let (code, value) = folder.json(&[
        "connections",
        "add",
        "@postgres.main",
        "host=db",
        "database=d",
        "user=u",
        "--default",
        "--json",
    ]);
    assert_eq!((code, &value["variables"][0]), (0, &"POSTGRES_MAIN_PASSWORD".into()));
    assert!(folder.read("pipesmith_connections.yaml").contains("# here"));
    let (code, value) = folder.json(&["connections", "list", "--json"]);
    assert_eq!((code, &value["connections"][1]["default"]), (0, &true.into()));
    let (code, value) = folder.json(&["connections", "add", "@postgres.main", "host=db", "--json"]);
    assert_eq!((code, value["diagnostics"][0]["code"].as_str()), (5, Some("connection-exists")));
    let before = folder.read("pipesmith_connections.yaml");
    let (code, _) = folder.json(&["connections", "add", "@mysql.x", "hots=db", "database=d", "user=u", "--json"]);
    assert_eq!((code, folder.read("pipesmith_connections.yaml")), (5, before));
}
