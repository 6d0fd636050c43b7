use std::fs;

use proptest::prelude::*;

use super::*;

const DOCUMENT: &str = r#"oml_version: "0.1.0"
name: demo
params:
  n: {type: integer, default: 5}
  out: revenue
profiles:
  prod: {params: {n: 9}}
steps:
  - id: write
    component: filesystem.csv_writer
    mode: write
    needs: [shape]
    config: {path: "output/${params.out}-${params.n}.csv"}
  - id: read
    component: filesystem.csv_extractor
    mode: read
    config: {path: data/orders.csv, limit: "${params.n}"}
  - id: shape
    component: duckdb.processor
    mode: transform
    needs: [read]
    config: {query: "SELECT * FROM df_read"}
"#;

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

fn run(
    text: &str,
    profile: Option<&str>,
    params: &[(&str, &str)],
    env: &[(&str, &str)],
) -> Result<Build, Vec<Diagnostic>> {
    let registry = Registry::builtin();
    let (params, env) = (map(params), map(env));
    let file = "pipelines/Demo_One.yaml";
    compile(&CompileInput { file, text, registry: &registry, connections: None, profile, params: &params, env: &env })
}

fn limit(build: &Build) -> Value {
    build.manifest.steps[0].config["limit"].clone()
}

#[test]
fn steps_stand_after_those_they_need_with_defaults_and_types() {
    let build = run(DOCUMENT, None, &[], &[]).unwrap();
    assert_eq!(build.warnings, []);
    let ids: Vec<_> = build.manifest.steps.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(ids, ["read", "shape", "write"]);
    assert_eq!(limit(&build), json!(5));
    assert_eq!(build.manifest.steps[0].config["encoding"], "utf-8");
    assert_eq!(build.manifest.steps[1].component, "sql.transform");
    assert_eq!(build.manifest.steps[2].config["path"], "output/revenue-5.csv");
    let hash = build.manifest.fingerprints.manifest.trim_start_matches("sha256:");
    assert_eq!(build.dir, format!("build/pipelines/demo-one/{}-{hash}", &hash[..7]));
    insta::assert_snapshot!(String::from_utf8(build.files["manifest.yaml"].clone()).unwrap());
    insta::assert_snapshot!(String::from_utf8(build.files["cfg/read.json"].clone()).unwrap());
}

#[test]
fn the_command_line_wins_over_environment_profile_and_default() {
    for (profile, params, env, expected) in [
        (None, &[][..], &[][..], 5),
        (Some("prod"), &[], &[], 9),
        (Some("other"), &[], &[], 5),
        (Some("prod"), &[], &[("n", "7")], 7),
        (None, &[], &[("n", "7")], 7),
        (Some("prod"), &[("n", "8")], &[("n", "7")], 8),
        (None, &[("n", "8")], &[], 8),
        (Some("prod"), &[("n", "8")], &[], 8),
    ] {
        let build = run(DOCUMENT, profile, params, env).unwrap();
        assert_eq!(limit(&build), json!(expected), "{profile:?} {params:?} {env:?}");
    }
}

#[test]
fn values_from_outside_are_checked() {
    let codes = |params: &[(&str, &str)]| -> Vec<String> {
        run(DOCUMENT, None, params, &[]).unwrap_err().into_iter().map(|d| d.code).collect()
    };
    assert_eq!(codes(&[("n", "five")]), ["invalid-parameter"]);
    assert_eq!(codes(&[("m", "5")]), ["unknown-parameter"]);
    assert_eq!(codes(&[("n", "0")]), ["invalid-config-value"]);
    let no_default = DOCUMENT.replace(", default: 5", "");
    let found = run(&no_default, None, &[], &[]).unwrap_err();
    assert!(found.iter().all(|d| d.code == "missing-parameter") && found.len() == 2, "{found:?}");
    assert!(run(&no_default, None, &[("n", "3")], &[]).is_ok());
}

#[test]
fn what_the_check_refuses_is_not_compiled() {
    let found = run(&DOCUMENT.replace("needs: [read]", "needs: [write]"), None, &[], &[]).unwrap_err();
    assert!(found.iter().any(|d| d.code == "dependency-cycle"));
}

#[test]
fn a_profile_cannot_lead_out_of_the_build_folder() {
    let build = run(DOCUMENT, Some("../../etc"), &[], &[]).unwrap();
    assert!(build.dir.starts_with("build/pipelines/etc/demo-one/"), "{}", build.dir);
}

#[test]
fn a_build_is_written_once_and_read_back() {
    let root = tempfile::tempdir().unwrap();
    let build = run(DOCUMENT, Some("prod"), &[], &[]).unwrap();
    let path = build.write(root.path()).unwrap();
    assert_eq!(Manifest::read(&path).unwrap(), build.manifest);
    let written = fs::metadata(path.join("manifest.yaml")).unwrap().modified().unwrap();
    assert_eq!(build.write(root.path()).unwrap(), path);
    assert_eq!(fs::metadata(path.join("manifest.yaml")).unwrap().modified().unwrap(), written);
    let latest = fs::read_to_string(root.path().join("build/pipelines/prod/demo-one/LATEST")).unwrap();
    assert_eq!(latest.lines().next().unwrap(), format!("{}/manifest.yaml", build.dir));
    assert_eq!(latest.lines().nth(2), Some("prod"));
    let beside: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().flatten().map(|e| e.file_name()).collect();
    assert_eq!(beside.len(), 2, "{beside:?}");
}

#[test]
fn a_damaged_build_is_replaced_and_a_changed_manifest_refused() {
    let root = tempfile::tempdir().unwrap();
    let build = run(DOCUMENT, None, &[], &[]).unwrap();
    let path = build.write(root.path()).unwrap();
    let text = fs::read_to_string(path.join("manifest.yaml")).unwrap();
    fs::write(path.join("manifest.yaml"), text.replace("data/orders.csv", "/etc/passwd")).unwrap();
    assert_eq!(Manifest::read(&path).unwrap_err().code, "manifest-changed");
    build.write(root.path()).unwrap();
    assert_eq!(Manifest::read(&path).unwrap(), build.manifest);
    fs::remove_dir_all(&path).unwrap();
    assert_eq!(Manifest::read(&path).unwrap_err().code, "unreadable-manifest");
}

#[test]
fn ids_become_safe_file_names() {
    for id in ["read", "a-b_c.d"] {
        assert_eq!(file_stem(id), id);
    }
    for id in ["../x", "..", "A", "a b", "č", "con/aux", ""] {
        let stem = file_stem(id);
        assert!(stem.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')), "{stem}");
        assert_ne!(stem, id);
    }
    assert_ne!(file_stem("A"), file_stem("B"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_same_input_gives_the_same_bytes_in_any_order_of_keys(
        order in Just(vec![0usize, 1, 2, 3]).prop_shuffle(),
        keys in Just(vec!["path: data/a.csv", "limit: \"${params.a}\"", "skip_rows: \"${params.b}\"", "comment: \"${params.c}\"", "delimiter: \"${params.d}\""]).prop_shuffle(),
    ) {
        let params = ["a: 1", "b: {default: 2, type: integer}", "c: \"#\"", "d: \";\""];
        let text = |order: &[usize], keys: &[&str]| {
            let params: String = order.iter().map(|n| format!("  {}\n", params[*n])).collect();
            let keys: String = keys.iter().map(|key| format!("      {key}\n")).collect();
            format!("oml_version: \"0.1.0\"\nname: x\nparams:\n{params}steps:\n  - id: a\n    component: filesystem.csv_extractor\n    mode: read\n    config:\n{keys}")
        };
        let one = run(&text(&order, &keys), None, &[], &[]).unwrap();
        let sorted = ["path: data/a.csv", "comment: \"${params.c}\"", "delimiter: \"${params.d}\"", "limit: \"${params.a}\"", "skip_rows: \"${params.b}\""];
        let two = run(&text(&[0, 1, 2, 3], &sorted), None, &[], &[]).unwrap();
        prop_assert_eq!(&one.files, &two.files);
        prop_assert_eq!(one.dir, two.dir);
        prop_assert_eq!(one.manifest, two.manifest);
    }
}
