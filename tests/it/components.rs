//! `pipesmith components`: what its verbs print is what the others take.

use serde_json::Value;

use crate::program::{Folder, text};

fn workspace() -> Folder {
    let folder = Folder::empty();
    assert!(folder.run(&["init"]).status.success());
    folder
}

fn names(folder: &Folder) -> Vec<String> {
    let (_, told) = folder.json(&["components", "list", "--json"]);
    told["components"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_spec_that_is_printed_validates_in_both_formats() {
    let folder = workspace();
    let all = names(&folder);
    assert_eq!(all.len(), 19);
    // The format is the same for each, so that a few stand for all.
    for name in ["sql.transform", "mysql.extractor", "rest.extractor", "supabase.table"] {
        assert!(all.iter().any(|known| known == name));
        for format in ["yaml", "json"] {
            let output = folder.run(&["components", "spec", name, "--format", format]);
            assert!(output.status.success(), "{name}");
            let file = format!("printed.{format}");
            folder.write(&file, &output.stdout);
            let (code, told) = folder.json(&["components", "validate", &file, "--level", "strict", "--json"]);
            assert_eq!(code, 0, "{name} {format}: {told}");
        }
        let (code, _) = folder.json(&["components", "validate", name, "--level", "strict", "--json"]);
        assert_eq!(code, 0, "{name}");
    }
    let output = folder.run(&["components", "spec", "mysql.extractor", "--format=json"]);
    let spec: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(spec["configSchema"]["properties"]["port"]["maximum"], 65535);
}

#[test]
fn an_example_of_a_config_makes_a_step_that_validates() {
    let folder = workspace();
    for (name, mode, number) in [
        ("mysql.extractor", "read", "1"),
        ("graphql.extractor", "read", "2"),
        ("rest.extractor", "read", "1"),
        ("filesystem.csv_extractor", "read", "1"),
    ] {
        let output = folder.run(&["components", "config-example", name, "--example", number]);
        assert!(output.status.success(), "{name}");
        let config: String = text(&output.stdout).lines().map(|line| format!("      {line}\n")).collect();
        let alias = |family: &str| format!("  {family}:\n    shop: {{host: h}}\n");
        let connections: String = ["mysql", "graphql", "rest"].map(alias).concat();
        folder.write("pipesmith_connections.yaml", format!("version: 1\nconnections:\n{connections}"));
        folder.write(
            "pipelines/a.yaml",
            format!(
                "oml_version: \"0.1.0\"\nname: a\nsteps:\n  - id: a\n    component: {name}\n    mode: {mode}\n    config:\n{config}  - id: b\n    component: filesystem.csv_writer\n    mode: write\n    needs: [a]\n    config: {{path: out.csv}}\n"
            ),
        );
        let (code, told) = folder.json(&["oml", "validate", "pipelines/a.yaml", "--json"]);
        assert_eq!(code, 0, "{name}: {told}");
    }
    let (code, told) = folder.json(&["components", "config-example", "mysql.extractor", "--json"]);
    assert_eq!((code, &told["config"]["table"]), (0, &"orders".into()));
    let (code, told) = folder.json(&["components", "config-example", "mysql.extractor", "--example", "9", "--json"]);
    assert_eq!((code, &told["diagnostics"][0]["code"]), (5, &"no-example".into()));
}

#[test]
fn a_new_component_validates_is_known_and_is_not_written_over() {
    let folder = workspace();
    let (code, told) = folder.json(&["components", "new", "acme.extractor", "--json"]);
    assert_eq!((code, &told["spec"]), (0, &"components/acme.extractor/spec.yaml".into()), "{told}");
    let (code, told) = folder.json(&["components", "validate", "acme.extractor", "--level", "strict", "--json"]);
    assert_eq!((code, &told["ok"]), (0, &true.into()), "{told}");
    assert!(names(&folder).contains(&"acme.extractor".to_owned()));
    let (code, told) = folder.json(&["components", "new", "acme.extractor", "--json"]);
    assert_eq!((code, &told["diagnostics"][0]["code"]), (1, &"spec-exists".into()));
    let (code, told) = folder.json(&["components", "new", "../acme.extractor", "--json"]);
    assert_eq!((code, &told["diagnostics"][0]["code"]), (5, &"invalid-component-name".into()));
}

#[test]
fn a_bad_spec_is_told_with_its_place_and_hides_no_good_one() {
    let folder = workspace();
    assert!(folder.run(&["components", "new", "acme.extractor"]).status.success());
    let spec = "components/acme.extractor/spec.yaml";
    let good = folder.read(spec);
    folder.write(spec, good.replace("streaming: true", "streeming: true"));
    folder.write("components/mysql/spec.yaml", good.replace("name: acme.extractor", "name: mysql.extractor\nfoo: 1"));
    let (code, told) = folder.json(&["components", "list", "--json"]);
    assert_eq!(code, 0);
    let found = told["diagnostics"].as_array().unwrap();
    assert_eq!(found.len(), 2, "{told}");
    for one in found {
        assert!(one["source"].is_string() && one["span"]["line"].is_u64() && one["span"]["column"].is_u64(), "{one}");
    }
    let mysql = told["components"].as_array().unwrap().iter().find(|c| c["name"] == "mysql.extractor").unwrap();
    assert_eq!(mysql["origin"], "built in");
    let (code, told) = folder.json(&["components", "validate", "acme.extractor", "--level", "basic", "--json"]);
    assert_eq!(code, 2);
    assert_eq!(told["diagnostics"][0]["fix"]["edit"]["replacement"], "streaming", "{told}");
    let output = folder.run(&["components", "validate", spec]);
    assert!(text(&output.stderr).contains("did you mean `streaming`?"), "{}", text(&output.stderr));
    let (code, told) = folder.json(&["components", "validate", "mysql.extracter", "--json"]);
    assert_eq!((code, &told["diagnostics"][0]["code"]), (1, &"unknown-component".into()));
}

#[test]
fn the_users_components_are_under_the_projects() {
    let folder = workspace();
    assert!(folder.run(&["components", "new", "acme.extractor"]).status.success());
    let good = folder.read("components/acme.extractor/spec.yaml");
    folder.write("home/pipesmith/components/a/spec.yaml", good.replace("version: 0.1.0", "version: 0.2.0"));
    let other = good.replace("acme.extractor", "other.extractor").replace("@acme", "@other");
    folder.write("home/pipesmith/components/b/spec.yaml", other);
    let output = folder
        .command(&["components", "list", "--mode", "read", "--json"])
        .env("XDG_CONFIG_HOME", folder.at("home"))
        .output()
        .unwrap();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let version = |name: &str| {
        told["components"].as_array().unwrap().iter().find(|c| c["name"] == name).map(|c| c["version"].clone())
    };
    assert_eq!(version("acme.extractor"), Some("0.1.0".into()));
    assert_eq!(version("other.extractor"), Some("0.1.0".into()));
    assert_eq!(version("mysql.writer"), None);
}

#[test]
fn the_pages_of_the_projects_components_are_written_too() {
    let folder = workspace();
    assert!(folder.run(&["components", "new", "acme.extractor"]).status.success());
    let (code, told) = folder.json(&["components", "docs", "pages", "--json"]);
    assert_eq!((code, told["files"].as_array().unwrap().len()), (0, 21), "{told}");
    let read = |name: &str| std::fs::read_to_string(folder.path().join("pages").join(name)).unwrap();
    assert!(read("README.md").contains("[`acme.extractor`](acme.extractor.md)"));
    assert!(read("acme.extractor.md").starts_with("# `acme.extractor`"));
    assert!(read("mysql.extractor.md").contains("Step modes"));
    // A file stands where the folder should be.
    folder.write("blocked", "x");
    let (code, told) = folder.json(&["components", "docs", "blocked", "--json"]);
    assert_eq!((code, told["diagnostics"][0]["code"].as_str()), (1, Some("docs-not-written")), "{told}");
}
