use std::fs;

use proptest::prelude::*;
use serde_json::json;

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
    compile(&CompileInput { text, profile, params: &params, env: &env, ..CompileInput::new(file, "", &registry) })
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

const PROFILES: &str = "profiles:
  dev: {}
  prod:
    params: {n: 9}
    steps: {read: {config: {skip_rows: 2, path: \"data/${params.out}.csv\"}}}
";

#[test]
fn a_complete_build() {
    let text = DOCUMENT.replace("profiles:\n  prod: {params: {n: 9}}\n", PROFILES);
    let build = run(&text, Some("prod"), &[("out", "orders")], &[]).unwrap();
    let shown: Vec<String> = build
        .files
        .iter()
        .map(|(name, bytes)| format!("== {}/{name}\n{}", build.dir, String::from_utf8(bytes.clone()).unwrap()))
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn a_profile_gives_options_to_steps_and_is_checked_where_it_stands() {
    let text = DOCUMENT.replace("profiles:\n  prod: {params: {n: 9}}\n", PROFILES);
    let dev = run(&text, Some("dev"), &[], &[]).unwrap();
    assert_eq!((&dev.manifest.steps[0].config["path"], dev.warnings), (&json!("data/orders.csv"), vec![]));
    let found = |from: &str, to: &str, profile: &str| -> Vec<String> {
        assert!(text.contains(from), "{from}");
        let changed = text.replace(from, to);
        let found = run(&changed, Some(profile), &[], &[]).unwrap_err();
        found.into_iter().map(|d| format!("{} {}", d.code, &changed[d.span.unwrap().range()])).collect()
    };
    for profile in ["dev", "prod"] {
        assert_eq!(found("skip_rows: 2", "skip_rows: -2", profile), ["invalid-config-value -2"]);
        assert_eq!(found("skip_rows: 2", "skip_rowz: 2", profile), ["unknown-config-key skip_rowz"]);
        assert_eq!(found("skip_rows: 2", "password: abc", profile)[0], "unknown-config-key password");
        assert_eq!(found("steps: {read: {", "steps: {reed: {", profile), ["unknown-profile-step reed"]);
        assert_eq!(
            found("{config: {skip_rows: 2", "{mode: write, config: {skip_rows: 2", profile),
            ["unknown-key mode"]
        );
        assert_eq!(found("data/${params.out}", "data/${params.oot}", profile), ["unknown-parameter ${params.oot}"]);
    }
    let secret = found("skip_rows: 2", "password: abc", "prod");
    assert!(secret.contains(&"inline-secret abc".to_owned()), "{secret:?}");
}

#[test]
fn no_secret_gets_into_a_build() {
    let document = |config: &str, more: &str| {
        format!(
            "oml_version: \"0.1.0\"\nname: x\n{more}steps:\n  - id: r\n    component: mysql.extractor\n    mode: read\n    config: {{connection: \"@mysql.shop\", query: select 1{config}}}\n  - {{id: w, component: filesystem.csv_writer, mode: write, config: {{path: b.csv}}}}\n"
        )
    };
    assert!(run(&document("", ""), None, &[], &[]).is_ok());
    let refused = |text: &str, params: &[(&str, &str)]| {
        let found = run(text, None, params, &[]).unwrap_err();
        let secret = found.into_iter().find(|d| d.code == "inline-secret").unwrap();
        assert!(!format!("{secret:?}").contains("hunter2"), "{secret:?}");
        (secret.fix.unwrap().text, secret.span.unwrap())
    };
    let (fix, _) = refused(&document(", password: hunter2", ""), &[]);
    assert_eq!(
        fix,
        "remove it here, write `password: ${MYSQL_PASSWORD}` into the connection @mysql.shop, and name that: `connection: \"@mysql.shop\"`"
    );
    // A parameter carries it from outside the document.
    let text = document(", password: \"${params.pw}\"", "params: {pw: {type: string}}\n");
    refused(&text, &[("pw", "hunter2")]);
    let text = document("", "params: {api_key: {type: string}}\n");
    refused(&text, &[("api_key", "hunter2")]);
    let text = document(", charset: \"${params.url}\"", "params: {url: {type: string}}\n");
    refused(&text, &[("url", "mysql://me:hunter2@host/db")]);
}

#[test]
fn a_mode_lets_pass_what_a_build_can_be_made_of() {
    let registry = Registry::builtin();
    let bad = DOCUMENT.replace("limit:", "limitt:");
    let with = |text: &str, validation: ValidationMode| {
        compile(&CompileInput { validation, ..CompileInput::new("x.yaml", text, &registry) })
    };
    assert_eq!(with(&bad, ValidationMode::Strict).unwrap_err()[0].code, "unknown-config-key");
    let warned = with(&bad, ValidationMode::Warn).unwrap();
    assert_eq!(warned.warnings[0].severity, Severity::Warning);
    assert_eq!(warned.manifest.validation.as_deref(), Some("warn"));
    assert_eq!(with(&bad, ValidationMode::Off).unwrap().warnings, []);
    for never in [
        DOCUMENT.replace("needs: [read]", "needs: [write]"),
        DOCUMENT.replace("limit:", "password: abc, limit:"),
        DOCUMENT.replace(", default: 5", ""),
    ] {
        assert!(with(&never, ValidationMode::Off).is_err());
    }
}

#[test]
fn the_hash_covers_all_it_was_made_of() {
    let hash = |build: Build| build.manifest.fingerprints.manifest;
    let plain = || run(DOCUMENT, None, &[], &[]).unwrap();
    let mut hashes = vec![hash(plain())];
    hashes.push(hash(run(DOCUMENT, Some("prod"), &[], &[]).unwrap()));
    hashes.push(hash(run(DOCUMENT, None, &[("n", "6")], &[]).unwrap()));
    hashes.push(hash(run(&DOCUMENT.replace("name: demo", "name: demo\ndescription: x"), None, &[], &[]).unwrap()));
    let mut other = plain().manifest;
    other.compiler = "pipesmith/0.2.0".to_owned();
    hashes.push(other.fingerprint());
    // Another version of a contract that is used, and of one that is not.
    let project = tempfile::tempdir().unwrap();
    for name in ["filesystem.csv_extractor", "mysql.writer"] {
        let spec = crate::contract::builtin_text(name).unwrap().replacen("version: 1.0.0", "version: 1.0.1", 1);
        fs::create_dir(project.path().join(name)).unwrap();
        fs::write(project.path().join(name).join("spec.yaml"), spec).unwrap();
        let registry = Registry::layered(None, Some(project.path()));
        hashes.push(hash(compile(&CompileInput::new("pipelines/Demo_One.yaml", DOCUMENT, &registry)).unwrap()));
    }
    let unused = hashes.pop().unwrap();
    assert_eq!(hashes.last(), Some(&unused));
    // The same value, wherever it comes from.
    assert_eq!(hash(run(DOCUMENT, None, &[("n", "5")], &[]).unwrap()), hashes[0]);
    let different: BTreeSet<&String> = hashes.iter().collect();
    assert_eq!(different.len(), hashes.len());
}

#[test]
fn the_command_line_wins_over_environment_profile_and_default() {
    for (profile, params, env, expected) in [
        (None, &[][..], &[][..], 5),
        (Some("prod"), &[], &[], 9),
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
    let unknown = run(DOCUMENT, Some("prdo"), &[], &[]).unwrap_err();
    assert_eq!(unknown[0].code, "unknown-profile");
    assert_eq!(unknown[0].fix.as_ref().unwrap().text, "did you mean `prod`?");
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
    let build = run(&DOCUMENT.replace("profiles:", "metadata:"), Some("../../etc"), &[], &[]).unwrap();
    assert!(build.dir.starts_with("build/pipelines/etc/demo-one/"), "{}", build.dir);
}

#[test]
fn a_build_is_written_once_and_read_back() {
    let root = tempfile::tempdir().unwrap();
    let build = run(DOCUMENT, Some("prod"), &[], &[]).unwrap();
    let path = build.write(root.path(), None).unwrap();
    assert_eq!(Manifest::read(&path).unwrap(), build.manifest);
    let written = fs::metadata(path.join("manifest.yaml")).unwrap().modified().unwrap();
    assert_eq!(build.write(root.path(), None).unwrap(), path);
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
    let path = build.write(root.path(), None).unwrap();
    let text = fs::read_to_string(path.join("manifest.yaml")).unwrap();
    fs::write(path.join("manifest.yaml"), text.replace("data/orders.csv", "/etc/passwd")).unwrap();
    assert_eq!(Manifest::read(&path).unwrap_err().code, "manifest-changed");
    build.write(root.path(), None).unwrap();
    assert_eq!(Manifest::read(&path).unwrap(), build.manifest);
    fs::remove_dir_all(&path).unwrap();
    assert_eq!(Manifest::read(&path).unwrap_err().code, "unreadable-manifest");
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
