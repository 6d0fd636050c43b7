//! The verbs: results, exit codes, `--json`, and what bad input gets.

use crate::program::{Folder, text};

const GOOD: &str = "oml_version: \"0.1.0\"
name: small
params:
  least: {type: integer, default: 2}
steps:
  - id: read-all
    component: filesystem.csv_extractor
    mode: read
    config: {path: data/in.csv}
  - id: keep
    component: duckdb.processor
    mode: transform
    needs: [read-all]
    config: {query: \"SELECT * FROM df_read_all WHERE n >= ${params.least}\"}
  - id: write-kept
    component: filesystem.csv_writer
    mode: write
    needs: [keep]
    config: {path: output/out.csv}
";

fn with_data() -> Folder {
    let folder = Folder::empty();
    assert!(folder.run(&["init"]).status.success());
    folder.write("data/in.csv", "n,note\n1,a\n2,\n3,\"\"\n4,\"x, \"\"y\"\"\"\n");
    folder.write("pipelines/small.yaml", GOOD);
    folder
}

#[test]
fn validate_compile_and_run_agree_on_a_good_document() {
    let folder = with_data();
    let (code, told) = folder.json(&["oml", "validate", "pipelines/small.yaml", "--json"]);
    assert_eq!((code, &told["ok"]), (0, &true.into()), "{told}");
    let (code, told) = folder.json(&["compile", "pipelines/small.yaml", "--json"]);
    assert_eq!(code, 0, "{told}");
    assert!(folder.at(told["build"].as_str().unwrap()).join("manifest.yaml").is_file());
    let (code, told) = folder.json(&["run", "pipelines/small.yaml", "--json"]);
    assert_eq!(code, 0, "{told}");
    // NULL stays NULL and '' stays ''.
    assert_eq!(folder.read("output/out.csv"), "n,note\n2,\n3,\"\"\n4,\"x, \"\"y\"\"\"\n");
    assert_eq!(told["steps"][2]["rows_in"], 3, "{told}");
    let (code, _) = folder.json(&["run", "pipelines/small.yaml", "--param", "least=4", "--json"]);
    assert_eq!(code, 0);
    assert_eq!(folder.read("output/out.csv"), "n,note\n4,\"x, \"\"y\"\"\"\n");
}

#[test]
fn the_same_input_compiles_to_the_same_bytes_anywhere() {
    let (a, b) = (with_data(), with_data());
    let build = |folder: &Folder| {
        let (_, told) = folder.json(&["compile", "pipelines/small.yaml", "--json"]);
        let dir = told["build"].as_str().unwrap().to_owned();
        let mut files: Vec<_> = ["manifest.yaml", "plan.json", "fingerprints.json", "cfg/keep.json"]
            .iter()
            .map(|name| folder.read(&format!("{dir}/{name}")))
            .collect();
        files.push(dir);
        files
    };
    assert_eq!(build(&a), build(&b));
    assert_eq!(build(&a), build(&a));
}

#[test]
fn each_kind_of_failure_has_its_exit_code() {
    let folder = with_data();
    let code = |arguments: &[&str]| folder.run(arguments).status.code().unwrap();
    folder.write("pipelines/bad.yaml", GOOD.replace("needs: [keep]", "needs: [kept]"));
    assert_eq!(code(&["oml", "validate", "pipelines/bad.yaml"]), 2);
    assert_eq!(code(&["compile", "pipelines/bad.yaml"]), 3);
    assert_eq!(code(&["run", "pipelines/bad.yaml"]), 3);
    folder.write("pipelines/late.yaml", GOOD.replace("SELECT *", "SELECT no_such_column"));
    assert_eq!(code(&["run", "pipelines/late.yaml"]), 4);
    folder.write("pipelines/gone.yaml", GOOD.replace("data/in.csv", "data/gone.csv"));
    assert_eq!(code(&["run", "pipelines/gone.yaml"]), 4);
    assert!(!folder.at("output").join("out.csv").exists(), "a failed run leaves no output");
    assert_eq!(code(&["frobnicate"]), 5);
    assert_eq!(code(&["run"]), 5);
    assert_eq!(code(&["compile", "pipelines/small.yaml", "--param", "nonsense"]), 5);
    folder.write("pipesmith.toml", "[model]\nnaem = \"x\"\n");
    assert_eq!(code(&["run", "pipelines/small.yaml"]), 5);
    assert_eq!(code(&["--help"]), 0);
    assert_eq!(code(&["--version"]), 0);
}

#[test]
fn a_cycle_an_unknown_component_and_broken_yaml_are_told_with_their_place() {
    let folder = with_data();
    let codes = |name: &str, document: &str| {
        folder.write(name, document);
        let (code, told) = folder.json(&["oml", "validate", name, "--json"]);
        assert_eq!(code, 2, "{name}: {told}");
        let found = told["files"][0]["diagnostics"].as_array().unwrap().clone();
        for one in &found {
            assert!(one["span"]["line"].is_u64() && one["why"].is_string() && one["fix"].is_object(), "{one}");
        }
        found.iter().map(|d| d["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let cycle = GOOD.replace("needs: [read-all]", "needs: [read-all, write-kept]");
    assert!(codes("pipelines/cycle.yaml", &cycle).contains(&"dependency-cycle".to_owned()));
    let unknown = GOOD.replace("filesystem.csv_writer", "filesystem.csv_writter");
    assert_eq!(codes("pipelines/unknown.yaml", &unknown), ["unknown-component"]);
    assert!(
        codes("pipelines/broken.yaml", &GOOD.replace("name: small", "name: [small"))
            .contains(&"yaml-parse-error".to_owned())
    );
    for (name, text) in
        [("empty", ""), ("list", "- a\n- b\n"), ("scalar", "hello"), ("nul", "a: \0b\n"), ("tab", "a:\n\t- b\n")]
    {
        assert!(!codes(&format!("pipelines/{name}.yaml"), text).is_empty(), "{name}");
    }
    folder.write("pipelines/latin.yaml", b"name: caf\xe9\n");
    let (code, told) = folder.json(&["oml", "validate", "pipelines/latin.yaml", "--json"]);
    assert_eq!((code, told["files"][0]["diagnostics"][0]["code"].as_str()), (2, Some("read-error")));
    let (code, _) = folder.json(&["oml", "validate", "pipelines/none.yaml", "--json"]);
    assert_eq!(code, 2);
}

#[test]
fn a_file_with_windows_line_ends_has_the_same_diagnostics() {
    let folder = with_data();
    let bad = GOOD
        .replace("mode: write", "mode: wrote")
        .replace("path: output/out.csv", "path: output/out.csv, delimeter: x");
    let found = |text: &str| {
        folder.write("pipelines/x.yaml", text);
        let (_, told) = folder.json(&["oml", "validate", "pipelines/x.yaml", "--json"]);
        let all = told["files"][0]["diagnostics"].as_array().unwrap().clone();
        all.iter()
            .map(|d| (d["code"].to_string(), d["span"]["line"].clone(), d["span"]["column"].clone()))
            .collect::<Vec<_>>()
    };
    let unix = found(&bad);
    assert!(unix.len() >= 2, "{unix:?}");
    assert_eq!(unix, found(&bad.replace('\n', "\r\n")));
}

#[test]
fn components_are_listed_and_shown() {
    let folder = with_data();
    let (code, told) = folder.json(&["components", "list", "--json"]);
    assert_eq!(code, 0);
    let names: Vec<_> = told["components"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
    for name in ["filesystem.csv_extractor", "filesystem.csv_writer", "sql.transform"] {
        assert!(names.contains(&name), "{names:?}");
    }
    let (code, told) = folder.json(&["components", "show", "duckdb.processor", "--json"]);
    assert_eq!((code, told["component"]["name"].as_str()), (0, Some("sql.transform")));
    let output = folder.run(&["components", "show", "filesystem.csv_reader"]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_component_without_a_driver_compiles_and_running_it_says_so() {
    let folder = with_data();
    let spec = include_str!("../../components/mysql.extractor/spec.yaml");
    folder.write("components/mysql.binlog/spec.yaml", spec.replace("name: mysql.extractor", "name: mysql.binlog"));
    folder.write(
        "pipesmith_connections.yaml",
        "version: 1\nconnections:\n  mysql:\n    shop: {host: localhost, database: d, user: u, password: \"${SHOP_PASSWORD}\"}\n",
    );
    let document = GOOD.replace(
        "component: filesystem.csv_extractor\n    mode: read\n    config: {path: data/in.csv}",
        "component: mysql.binlog\n    mode: read\n    config: {connection: \"@mysql.shop\", table: orders}",
    );
    folder.write("pipelines/mysql.yaml", &document);
    let (code, told) = folder.json(&["oml", "validate", "pipelines/mysql.yaml", "--json"]);
    assert_eq!(code, 0, "{told}");
    let (code, told) = folder.json(&["compile", "pipelines/mysql.yaml", "--json"]);
    assert_eq!(code, 0, "{told}");
    // What the connection gives is not hidden by defaults.
    let config = folder.read(&format!("{}/cfg/read-all.json", told["build"].as_str().unwrap()));
    assert!(config.contains("batch_size") && !config.contains("localhost"), "{config}");
    let output = folder.run(&["run", "pipelines/mysql.yaml"]);
    let said = text(&output.stdout) + &text(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("not-runnable") && said.contains("no driver for it yet"), "{said}");
    let (_, told) = folder.json(&["components", "list", "--json"]);
    let runnable = |name: &str| {
        let all = told["components"].as_array().unwrap();
        all.iter().find(|c| c["name"] == name).unwrap()["runnable"].as_bool().unwrap()
    };
    assert!(runnable("filesystem.csv_extractor") && !runnable("mysql.binlog"));
}

#[test]
fn completions_are_printed_for_each_shell() {
    let folder = Folder::empty();
    for shell in ["bash", "zsh", "fish"] {
        let output = folder.run(&["completions", shell]);
        assert!(output.status.success() && text(&output.stdout).contains("pipesmith"), "{shell}");
    }
}

#[test]
fn without_a_terminal_the_workbench_says_so() {
    let folder = with_data();
    for arguments in [&[][..], &["demo", "d"], &["sessions", "resume"]] {
        let output = folder.run(arguments);
        assert_eq!(output.status.code(), Some(5), "{arguments:?}");
        assert!(text(&output.stderr).contains("not-a-terminal"), "{arguments:?}");
    }
    assert!(!folder.at("d").exists());
}

#[test]
fn outside_of_a_workspace_the_way_in_is_told() {
    let folder = Folder::empty();
    let (code, told) = folder.json(&["sessions", "list", "--json"]);
    assert_eq!(code, 5);
    assert_eq!(told["diagnostics"][0]["code"], "no-workspace");
}

#[test]
fn a_missing_key_is_told_without_a_request() {
    let folder = Folder::empty();
    assert!(folder.run(&["init"]).status.success());
    let (code, told) = folder.json(&["chat", "-p", "hello", "--json"]);
    assert_eq!(code, 5, "{told}");
    assert_eq!(told["diagnostics"][0]["code"], "missing-api-key");
}

#[test]
fn a_server_that_is_down_is_told_and_the_message_is_kept() {
    let folder = Folder::workspace("http://127.0.0.1:9/v1");
    let (code, told) = folder.json(&["chat", "-p", "hello", "--json"]);
    assert_eq!(code, 1, "{told}");
    assert_eq!(told["diagnostics"][0]["code"], "model-unreachable");
    let output = folder.run(&["sessions", "show", "last"]);
    assert!(text(&output.stdout).contains("You: hello"));
    let (code, told) = folder.json(&["doctor", "--json"]);
    assert_eq!((code, &told["ok"]), (5, &false.into()));
}

#[test]
fn an_export_comes_back_as_it_was_and_a_damaged_one_is_refused() {
    let folder = Folder::workspace("http://127.0.0.1:9/v1");
    folder.run(&["chat", "-p", "hello"]);
    let first = folder.run(&["sessions", "export", "last"]);
    assert!(first.status.success());
    let other = Folder::workspace("http://127.0.0.1:9/v1");
    other.write("session.jsonl", &first.stdout);
    for _ in 0..2 {
        assert_eq!(other.json(&["sessions", "import", "session.jsonl", "--json"]).0, 0);
    }
    assert_eq!(text(&other.run(&["sessions", "export", "last"]).stdout), text(&first.stdout));
    other.write("cut.jsonl", &first.stdout[..first.stdout.len() / 2]);
    let (code, told) = other.json(&["sessions", "import", "cut.jsonl", "--json"]);
    assert_eq!((code, told["diagnostics"][0]["code"].as_str()), (1, Some("bad-session-export")));
    let lines = text(&other.run(&["sessions", "replay", "session.jsonl", "--plain"]).stdout);
    assert!(lines.contains("opened") && lines.contains("said"), "{lines}");
}

#[test]
fn quick_fixes_are_made_in_the_file_and_told() {
    let folder = with_data();
    let bad = GOOD.replace("mode: write", "mode: wirte").replace("filesystem.csv_writer", "filesystem.csv_writter");
    folder.write("pipelines/bad.yaml", &bad);
    let (code, told) = folder.json(&["oml", "validate", "pipelines/bad.yaml", "--fix", "--json"]);
    assert_eq!((code, told["ok"].as_bool()), (0, Some(true)), "{told}");
    assert_eq!(told["files"][0]["fixed"].as_array().map(Vec::len), Some(2), "{told}");
    assert_eq!(folder.read("pipelines/bad.yaml"), GOOD);
    let (code, told) = folder.json(&["oml", "validate", "pipelines/bad.yaml", "--fix", "--json"]);
    assert_eq!((code, told["files"][0]["fixed"].as_array().map(Vec::len)), (0, Some(0)));
}

#[test]
fn an_old_document_is_migrated_and_what_cannot_be_is_refused() {
    let folder = with_data();
    let old = "version: 0.0.1\nname: old\nsources:\n  - {id: src, type: csv, path: data/orders.csv}\nsinks:\n  - {id: dst, type: csv, path: out.csv}\n";
    folder.write("old.yaml", old);
    let (code, told) = folder.json(&["oml", "migrate", "old.yaml", "-o", "pipelines/new.yaml", "--json"]);
    assert_eq!((code, told["diagnostics"].as_array().map(Vec::len)), (0, Some(0)), "{told}");
    let (code, told) = folder.json(&["oml", "validate", "pipelines/new.yaml", "--json"]);
    assert_eq!((code, told["ok"].as_bool()), (0, Some(true)), "{told}");
    folder.write("old.yaml", old.replace("type: csv", "type: tape"));
    let (code, told) = folder.json(&["oml", "migrate", "old.yaml", "--json"]);
    assert_eq!((code, told["diagnostics"][0]["code"].as_str()), (2, Some("not-migratable")), "{told}");
}

#[test]
fn a_code_is_explained() {
    let folder = with_data();
    let (code, told) = folder.json(&["explain", "unknown-config-key", "--json"]);
    assert_eq!((code, told["code"]["severity"].as_str()), (0, Some("error")), "{told}");
    let (code, told) = folder.json(&["explain", "unknown-config-kye", "--json"]);
    assert_eq!(code, 5);
    assert!(told["diagnostics"][0]["fix"]["text"].as_str().unwrap().contains("unknown-config-key"), "{told}");
    // One of a room that no document shows; the words of the list are those of one.
    let (code, told) = folder.json(&["explain", "store-held", "--json"]);
    assert_eq!((code, told["code"]["room"].as_str()), (0, Some("store")), "{told}");
    let (_, all) = folder.json(&["explain", "--json"]);
    let codes = all["codes"].as_array().unwrap();
    assert!(codes.contains(&told["code"]) && codes.len() > 200, "{}", codes.len());
    let list = text(&folder.run(&["explain"]).stdout);
    assert!(list.contains("\nThe session store (3)\n  store-held "), "{list}");
}

#[test]
fn the_model_context_is_written_once_and_again_when_a_contract_changes() {
    let folder = with_data();
    let build = |more: &[&str]| folder.json(&[&["prompts", "build-context", "--json"], more].concat());
    let (code, first) = build(&[]);
    assert_eq!((code, &first["written"]), (0, &true.into()), "{first}");
    assert_eq!(first["file"], ".pipesmith/context.md");
    let whole = folder.read(".pipesmith/context.md");
    assert!(
        whole.contains(first["fingerprint"].as_str().unwrap()) && whole.contains("filesystem.csv_writer"),
        "{whole}"
    );
    let (_, again) = build(&[]);
    assert_eq!((&again["written"], &again["fingerprint"]), (&false.into(), &first["fingerprint"]));
    assert!(text(&folder.run(&["prompts", "build-context"]).stdout).starts_with("Unchanged: .pipesmith/context.md ("));
    assert_eq!(build(&["--force"]).1["written"], true);

    folder.write(
        "components/mine/spec.yaml",
        "name: my.extractor\nversion: 1.0.0\nmodes: [extract]\ncapabilities: {}\nsecrets: [/key]\nconfigSchema:\n  \
         type: object\n  properties:\n    key: {type: string}\n    table: {type: string}\n",
    );
    let (_, changed) = build(&[]);
    assert_eq!(changed["written"], true);
    assert_ne!(changed["fingerprint"], first["fingerprint"]);

    let (_, one) = build(&["my.extractor", "--out", "-"]);
    assert!(one["text"].as_str().unwrap().contains("table") && !one["text"].as_str().unwrap().contains("key"), "{one}");
    let printed = folder.run(&["prompts", "build-context", "sql.transform", "--out", "-"]);
    assert!(text(&printed.stdout).starts_with("## sql.transform"), "one fits in full");
}

#[test]
fn the_model_context_overwrites_nothing_else() {
    let folder = with_data();
    folder.write("notes.md", "dear diary\n");
    let (code, told) = folder.json(&["prompts", "build-context", "--out", "notes.md", "--json"]);
    assert_eq!((code, told["diagnostics"][0]["code"].as_str()), (1, Some("context-not-written")), "{told}");
    assert_eq!(folder.read("notes.md"), "dear diary\n");
    let (code, told) = folder.json(&["prompts", "build-context", "sql.transfrom", "--json"]);
    assert_eq!(code, 1);
    assert!(told["diagnostics"][0]["fix"]["text"].as_str().unwrap().contains("sql.transform"), "{told}");
    let outside = Folder::empty();
    let (code, told) = outside.json(&["prompts", "build-context", "--json"]);
    assert_eq!((code, told["diagnostics"][0]["code"].as_str()), (5, Some("no-workspace")), "{told}");
}

#[test]
fn runs_leave_records_that_are_listed_shown_compared_and_removed() {
    let folder = Folder::workspace("http://127.0.0.1:9");
    folder.write("in.csv", "a,b\n1,<b>x</b>\n");
    folder.write("p.yaml", "oml_version: \"0.1.0\"\nname: small\nsteps:\n  - id: read-all\n    component: filesystem.csv_extractor\n    mode: read\n    config: {path: in.csv}\n  - id: write-all\n    component: filesystem.csv_writer\n    mode: write\n    needs: [read-all]\n    config: {path: out.csv}\n");
    assert_eq!(folder.json(&["run", "p.yaml", "--json"]).0, 0);
    folder.write("in.csv", "a,b\n1,<b>x</b>\n2,y\n");
    assert_eq!(folder.json(&["run", "p.yaml", "--json"]).0, 0);
    let (code, listed) = folder.json(&["runs", "list", "--json"]);
    assert_eq!((code, listed["runs"].as_array().map(Vec::len)), (0, Some(2)), "{listed}");
    let ids: Vec<&str> = listed["runs"].as_array().unwrap().iter().map(|r| r["run"].as_str().unwrap()).collect();
    assert!(ids[0] > ids[1], "the newest first");
    let (_, shown) = folder.json(&["runs", "show", "small", "--json"]);
    assert_eq!(shown["metrics"]["steps"][1]["rows_out"], 2, "{shown}");
    let (_, compared) = folder.json(&["runs", "compare", "--json"]);
    assert_eq!(compared["comparison"]["same_manifest"], true, "{compared}");
    assert_eq!(compared["comparison"]["steps"][0]["before"]["rows_out"], 1, "{compared}");
    assert!(folder.run(&["runs", "report", &ids[0][22..], "-o", "r.html"]).status.success());
    let page = folder.read("r.html");
    assert!(page.contains("&lt;b&gt;x") && !page.contains("<b>x") && page.contains("write-all"), "{page}");
    assert_eq!(folder.run(&["runs", "show", "nothing"]).status.code(), Some(1));
    let (_, gone) = folder.json(&["runs", "gc", "--keep", "1", "--json"]);
    assert_eq!(gone["removed"], serde_json::json!([ids[1]]));
    let (_, listed) = folder.json(&["runs", "list", "--json"]);
    assert_eq!(listed["runs"].as_array().map(Vec::len), Some(1));
}
