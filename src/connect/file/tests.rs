//! Tests of the connections file.

use secrecy::ExposeSecret as _;

use super::*;

fn of(text: &str) -> (Connections, Vec<Diagnostic>) {
    let read = parse(text, "f.yaml", &Variables::fixed(BTreeMap::new(), None, None));
    (read.connections, read.problems)
}

fn codes(diagnostics: &[Diagnostic]) -> Vec<&str> {
    diagnostics.iter().map(|d| d.code.as_str()).collect()
}

#[test]
fn a_good_file_is_read() {
    let text = "version: 1\nconnections:\n  filesystem:\n    data: {base_dir: ./data, default: true}\n    raw: {}\n  mysql:\n    default: {host: h, port: 3306, password: '${PW}'}\n";
    let (connections, diagnostics) = of(text);
    assert_eq!(codes(&diagnostics), Vec::<&str>::new());
    assert_eq!(connections.references(), ["@filesystem.data", "@filesystem.raw", "@mysql.default"]);
    assert_eq!(connections.default_of("filesystem").map(Connection::reference).as_deref(), Some("@filesystem.data"));
    assert_eq!(connections.default_of("mysql").map(Connection::reference).as_deref(), Some("@mysql.default"));
    assert_eq!(connections.default_of("supabase"), None);
    let data = connections.get("@filesystem.data").unwrap();
    assert_eq!(data.base_dir(Path::new("/w")).unwrap(), Path::new("/w/./data"));
    assert_eq!(connections.get("@filesystem.raw").unwrap().base_dir(Path::new("/w")).unwrap(), Path::new("/w"));
    let missing = connections.get("@mysql.default").unwrap().missing_variables().unwrap();
    assert_eq!(missing, [("PW".to_owned(), "password".to_owned())]);
}

#[test]
fn no_debug_output_holds_a_secret() {
    let text = "version: 1\nconnections: {mysql: {m: {host: h, password: hunter2, pg_dsn: 'x://u:hunter2@h'}}}";
    let shown = format!("{:?}", of(text).0);
    assert!(shown.contains("host") && !shown.contains("hunter2"), "{shown}");
}

#[test]
fn a_secret_of_digits_is_taken_as_it_is_written() {
    let (connections, _) = of("version: 1\nconnections: {mysql: {m: {password: 0012, port: 0x10}}}");
    let m = connections.get("@mysql.m").unwrap();
    assert_eq!(m.resolve("password").unwrap().unwrap().expose_secret(), "0012");
    assert_eq!(m.resolve("port").unwrap().unwrap().expose_secret(), "16");
}

#[test]
fn what_is_wrong_is_said_with_its_place_and_what_is_right_is_kept() {
    let text =
        "version: 2\nconnections:\n  filesystem: {good: {base_dir: d}, 'b ad': {}, odd: 5}\n  mysql: 7\nmore: 1\n";
    let (connections, diagnostics) = of(text);
    assert_eq!(connections.references(), ["@filesystem.good"]);
    assert_eq!(codes(&diagnostics), ["connections-invalid"; 5]);
    let places: Vec<(usize, usize)> = diagnostics.iter().map(|d| d.span.map(|s| (s.line, s.column)).unwrap()).collect();
    assert_eq!(places, [(1, 10), (5, 1), (3, 37), (3, 54), (4, 10)]);
    assert!(of("a: [").1[0].span.is_some());
    assert_eq!(codes(&of("- 1").1), ["connections-invalid"]);
    assert_eq!(codes(&of("").1), Vec::<&str>::new());
    assert_eq!(codes(&of("connections: {}").1), ["connections-version"]);
    let two = "version: 1\nconnections: {filesystem: {a: {default: true}, b: {default: true}}}";
    assert_eq!(codes(&of(two).1), ["several-defaults"]);
    let twice = "version: 1\nconnections: {filesystem: {a: {}, a: {}}}";
    assert_eq!(codes(&of(twice).1), ["connections-invalid"]);
}

#[test]
fn broken_yaml_keeps_what_stands_before_it() {
    let (connections, diagnostics) = of("version: 1\nconnections:\n  filesystem:\n    data: {base_dir: d}\n    b: [\n");
    assert_eq!(connections.references(), ["@filesystem.data"]);
    assert!(crate::diagnostic::has_errors(&diagnostics));
}

#[test]
fn files_are_found_in_order_and_bad_bytes_are_said() {
    let dir = tempfile::tempdir().unwrap();
    assert!(load(dir.path()).connections.references().is_empty());
    std::fs::write(dir.path().join(NAMES[1]), "version: 1\nconnections: {filesystem: {o: {}}}").unwrap();
    assert_eq!(load(dir.path()).connections.references(), ["@filesystem.o"]);
    std::fs::write(dir.path().join(NAMES[0]), "version: 1\nconnections: {filesystem: {p: {}}}").unwrap();
    assert_eq!(load(dir.path()).connections.references(), ["@filesystem.p"]);
    std::fs::write(dir.path().join(NAMES[0]), b"\xff\xfe").unwrap();
    assert_eq!(codes(&load(dir.path()).problems), ["connections-unreadable"]);
}

#[test]
fn an_unknown_reference_names_what_there_is() {
    let (connections, _) = of("version: 1\nconnections: {filesystem: {data: {}}}");
    let near = connections.find("@filesystem.dat").unwrap_err();
    assert_eq!(near.fix.unwrap().text, "did you mean `@filesystem.data`?");
    assert_eq!(Connections::default().find("@a.b").unwrap_err().code, "unknown-connection");
}

#[test]
fn a_rotated_secret_is_the_new_one_at_the_next_use() {
    let dir = tempfile::tempdir().unwrap();
    let text = "version: 1\nconnections: {mysql: {m: {password: '${ROTATED_PW}'}}}";
    std::fs::write(dir.path().join(NAMES[0]), text).unwrap();
    std::fs::write(dir.path().join(".env"), "ROTATED_PW=first-one").unwrap();
    let connections = Connections::load(dir.path()).0;
    let password = || {
        let m = connections.get("@mysql.m").unwrap();
        m.resolve("password").map(|found| found.unwrap().expose_secret().to_owned()).map_err(|d| d.code)
    };
    assert_eq!(password().as_deref(), Ok("first-one"));
    std::fs::write(dir.path().join(".env"), "ROTATED_PW=second-one").unwrap();
    assert_eq!(password().as_deref(), Ok("second-one"));
    assert_eq!(crate::secret::hide("first-one, second-one"), "[redacted], [redacted]");
    std::fs::remove_file(dir.path().join(".env")).unwrap();
    assert_eq!(password(), Err("variable-not-set".to_owned()));
}
