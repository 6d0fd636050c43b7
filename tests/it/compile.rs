//! Compiling with the real binary: the same bytes everywhere, builds that are whole whatever happens, and
//! builds that are used again.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use pipesmith::contract::Registry;
use pipesmith::pipeline::compile::{CompileInput, Manifest, compile, verify};
use serde_json::Value;

use crate::program::{Folder, text};

const DOCUMENT: &str = "oml_version: \"0.1.0\"
name: small
params:
  n: {type: integer, default: 2}
profiles:
  prod: {params: {n: 9}, steps: {keep: {config: {query: \"SELECT * FROM df_read_all WHERE n > ${params.n}\"}}}}
steps:
  - id: read-all
    component: filesystem.csv_extractor
    mode: read
    config: {path: data/in.csv}
  - id: keep
    component: duckdb.processor
    mode: transform
    needs: [read-all]
    config: {query: \"SELECT * FROM df_read_all WHERE n >= ${params.n}\"}
  - id: write-kept
    component: filesystem.csv_writer
    mode: write
    needs: [keep]
    config: {path: output/out.csv}
";

fn workspace() -> Folder {
    let folder = Folder::empty();
    assert!(folder.run(&["init"]).status.success());
    folder.write("data/in.csv", "n\n1\n2\n3\n");
    folder.write("pipelines/small.yaml", DOCUMENT);
    folder
}

fn codes(told: &Value) -> Vec<&str> {
    told["diagnostics"].as_array().unwrap().iter().filter_map(|d| d["code"].as_str()).collect()
}

/// Numbers that are the same in each run of the tests.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        usize::try_from(self.0 >> 33).unwrap() % below
    }

    fn shuffled(&mut self, mut lines: Vec<String>) -> Vec<String> {
        for last in (1..lines.len()).rev() {
            lines.swap(last, self.roll(last + 1));
        }
        lines
    }
}

/// A document with its keys in an order of their own.
fn generated(number: usize, dice: &mut Dice, order: &mut Dice) -> String {
    let steps = 1 + dice.roll(6);
    let mut params: Vec<String> = Vec::new();
    let mut all = String::new();
    for step in 0..steps {
        params.push(format!("  p{step}: {{type: integer, default: {}}}\n", 1 + dice.roll(1000)));
        let mut config = vec![
            format!("      path: \"data/{step}-čeština.csv\"\n"),
            format!("      limit: \"${{params.p{step}}}\"\n"),
            format!("      skip_rows: {}\n", dice.roll(9)),
        ];
        if dice.roll(2) == 0 {
            config.push("      encoding: latin-1\n".to_owned());
        }
        let config = order.shuffled(config).concat();
        let mut keys = vec![
            format!("    config:\n{config}"),
            "    component: filesystem.csv_extractor\n".to_owned(),
            "    mode: read\n".to_owned(),
        ];
        keys = order.shuffled(keys);
        let _ = write!(all, "  - id: read{step}\n{}", keys.concat());
        let _ = writeln!(
            all,
            "  - {{id: write{step}, component: filesystem.csv_writer, mode: write, needs: [read{step}], config: {{path: \"out/{step}.csv\"}}}}"
        );
    }
    let parts = vec![
        "oml_version: \"0.1.0\"\n".to_owned(),
        format!("name: document-{number}\n"),
        format!("params:\n{}", order.shuffled(params).concat()),
        format!("steps:\n{all}"),
        format!("metadata: {{ratio: {}.5, tags: [b, a]}}\n", dice.roll(100)),
    ];
    order.shuffled(parts).concat()
}

fn files_of(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap().chain(std::fs::read_dir(folder.join("cfg")).unwrap()) {
        let path = entry.unwrap().path();
        if path.is_file() {
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            all.insert(name, std::fs::read(path).unwrap());
        }
    }
    all
}

#[test]
fn two_hundred_documents_give_the_same_bytes_in_any_environment() {
    let registry = Registry::builtin();
    let (mut dice, mut order, mut same) = (Dice(1), Dice(2), Dice(3));
    let folders = [workspace(), workspace(), workspace()];
    let home = tempfile::tempdir().unwrap();
    for number in 0..200 {
        let seed = dice.0;
        let document = generated(number, &mut dice, &mut same);
        let shuffled = generated(number, &mut Dice(seed), &mut order);
        let here = compile(&CompileInput::new(&format!("d{number}.yaml"), &document, &registry)).unwrap();
        let folder = &folders[number % folders.len()];
        let place = ["pipelines", "pipelines/deep/er", "."][order.roll(3)];
        folder.write(&format!("{place}/d{number}.yaml"), &shuffled);
        // The document is named from inside its folder, from the workspace, and with its whole path.
        let (cwd, argument) = match order.roll(3) {
            0 => (folder.at(place), format!("d{number}.yaml")),
            1 => (folder.path().to_owned(), format!("{place}/d{number}.yaml")),
            _ => (home.path().to_owned(), folder.at(place).join(format!("d{number}.yaml")).display().to_string()),
        };
        let mut variables = vec![
            ("TZ", ["Asia/Tokyo", "America/New_York", "UTC"][order.roll(3)].to_owned()),
            ("LANG", ["cs_CZ.UTF-8", "C", "tr_TR.UTF-8"][order.roll(3)].to_owned()),
            ("LC_ALL", ["C", "de_DE.UTF-8"][order.roll(2)].to_owned()),
            ("HOME", home.path().display().to_string()),
            ("USER", format!("u{number}")),
            ("HOSTNAME", format!("h{number}")),
            ("SOURCE_DATE_EPOCH", number.to_string()),
        ];
        for last in (1..variables.len()).rev() {
            variables.swap(last, order.roll(last + 1));
        }
        let mut command = folder.command(&["compile", &argument, "--json"]);
        command.env_clear().current_dir(cwd);
        if let Some(libraries) = std::env::var_os("LD_LIBRARY_PATH") {
            command.env("LD_LIBRARY_PATH", libraries);
        }
        let output = command.envs(variables).output().unwrap();
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(told["ok"], true, "{told}");
        assert_eq!(told["build"], here.dir, "{document}\n{shuffled}");
        let mut there = files_of(&folder.at(&here.dir));
        there.remove("compiled.json").unwrap();
        assert_eq!(there, here.files);
    }
}

#[test]
fn a_build_is_used_again_until_something_changes() {
    let folder = workspace();
    let compile = |more: &[&str]| {
        let (code, told) = folder.json(&[&["compile", "pipelines/small.yaml", "--json"], more].concat());
        assert_eq!(code, 0, "{told}");
        (told["cached"].as_bool().unwrap(), told["build"].as_str().unwrap().to_owned())
    };
    let (code, told) = folder.json(&["compile", "pipelines/small.yaml", "--compile", "never", "--json"]);
    assert_eq!((code, codes(&told)), (3, vec!["not-compiled"]));
    let (cached, build) = compile(&[]);
    assert!(!cached);
    let stamp = folder.read(&format!("{build}/compiled.json"));
    assert_eq!(compile(&[]), (true, build.clone()));
    assert_eq!(compile(&["--compile", "never"]), (true, build.clone()));
    assert_eq!(compile(&["--compile", "force"]), (false, build.clone()));
    assert_eq!(folder.read(&format!("{build}/compiled.json")), stamp, "the same build is not written again");
    // A parameter, a profile, the text, a contract.
    let (cached, other) = compile(&["--param", "n=3"]);
    assert!(!cached && other != build);
    assert!(!compile(&["--profile", "prod"]).0 && compile(&["--profile", "prod"]).0);
    folder.write("pipelines/small.yaml", format!("# a comment\n{DOCUMENT}"));
    assert_eq!(compile(&[]), (false, build.clone()), "another text with the same meaning is the same build");
    assert_eq!(compile(&[]), (true, build.clone()));
    let spec = std::fs::read_to_string("components/filesystem.csv_writer/spec.yaml").unwrap();
    folder.write("components/mine/spec.yaml", spec.replacen("version: 1.0.0", "version: 1.0.1", 1));
    let (cached, third) = compile(&[]);
    assert!(!cached && third != build);
    std::fs::remove_dir_all(folder.at("components/mine")).unwrap();
    assert_eq!(compile(&[]), (false, build.clone()));
    // LATEST follows also when nothing is compiled.
    let latest = || folder.read("build/pipelines/small/LATEST").lines().next().unwrap().to_owned();
    assert_eq!(latest(), format!("{build}/manifest.yaml"));
    compile(&["--param", "n=3"]);
    assert_eq!(latest(), format!("{other}/manifest.yaml"));
    // A build that was changed is no build.
    let cfg = format!("{build}/cfg/keep.json");
    let whole = folder.read(&cfg);
    folder.write(&cfg, whole.replace(">=", ">"));
    assert_eq!(compile(&[]), (false, build));
    assert_eq!(folder.read(&cfg), whole);
}

#[test]
fn a_run_takes_the_build_that_is_there() {
    let folder = workspace();
    let run = |more: &[&str]| folder.json(&[&["run", "pipelines/small.yaml", "--json"], more].concat());
    let (code, told) = run(&["--compile", "never"]);
    assert_eq!((code, codes(&told)), (3, vec!["not-compiled"]));
    assert_eq!(run(&[]).0, 0);
    assert_eq!(folder.read("output/out.csv"), "n\n2\n3\n");
    assert_eq!(run(&["--compile", "never"]).0, 0);
    assert_eq!(run(&["--compile", "never", "--param", "n=3"]).0, 3);
    assert_eq!(run(&["--param", "n=3", "--compile", "force"]).0, 0);
    assert_eq!(folder.read("output/out.csv"), "n\n3\n");
}

/// A document with so many steps that writing its build takes a while.
fn wide(steps: usize) -> String {
    let mut text = "oml_version: \"0.1.0\"\nname: wide\nparams: {n: {type: integer, default: 1}}\nsteps:\n".to_owned();
    for step in 0..steps / 2 {
        let _ = writeln!(
            text,
            "  - {{id: r{step}, component: filesystem.csv_extractor, mode: read, config: {{path: a.csv, limit: \"${{params.n}}\"}}}}\n  - {{id: w{step}, component: filesystem.csv_writer, mode: write, needs: [r{step}], config: {{path: out/{step}.csv}}}}"
        );
    }
    text
}

#[test]
fn compiles_at_the_same_time_leave_a_whole_build() {
    let folder = workspace();
    folder.write("pipelines/wide.yaml", wide(60));
    let start = |n: usize, out: bool| {
        let value = format!("n={}", 1 + n % 3);
        let mut arguments = vec!["compile", "pipelines/wide.yaml", "--compile", "force", "--param", &value];
        if out {
            arguments.extend(["--out", "dist"]);
        }
        folder.command(&arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let first = start(0, true).wait_with_output().unwrap();
    assert!(first.status.success(), "{}", text(&first.stderr));
    for _ in 0..4 {
        let mut running: Vec<_> = (0..8).map(|n| start(n, n % 2 == 0)).collect();
        while running.iter_mut().any(|child| child.try_wait().unwrap().is_none()) {
            // Whoever reads meanwhile gets one build or the other.
            Manifest::read(&folder.at("dist")).unwrap();
        }
        for child in running {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", text(&output.stderr));
        }
        assert_eq!(verify(&folder.at("dist")), []);
        let builds = folder.at("build/pipelines/wide");
        let names: Vec<PathBuf> = std::fs::read_dir(&builds).unwrap().map(|e| e.unwrap().path()).collect();
        let (builds, others): (Vec<_>, Vec<_>) = names.into_iter().partition(|path| path.is_dir());
        assert_eq!(others.iter().filter_map(|p| p.file_name()).collect::<Vec<_>>(), ["LATEST"]);
        assert!((1..=3).contains(&builds.len()), "{builds:?}");
        assert!(builds.iter().all(|build| verify(build).is_empty()));
    }
}

#[test]
fn kill_9_in_the_midst_of_a_compile_leaves_the_former_build() {
    let folder = workspace();
    folder.write("pipelines/wide.yaml", wide(400));
    let start = |n: usize| {
        let value = format!("n={n}");
        let arguments = ["compile", "pipelines/wide.yaml", "--param", &value, "--out", "dist/build"];
        folder.command(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    assert!(start(1).wait().unwrap().success());
    let mut caught = 0;
    let limit = |n: u64| Manifest::read(&folder.at("dist/build")).unwrap().steps[0].config["limit"] == n;
    assert!(limit(1));
    for round in 0..12 {
        let mut child = start(2 + round % 2);
        // It is at work when its folder appears beside; how far it comes differs from round to round.
        let at_work = || {
            std::fs::read_dir(folder.at("dist")).unwrap().flatten().any(|e| {
                let cfg = e.path().join("build/cfg");
                e.file_name() != "build" && std::fs::read_dir(cfg).is_ok_and(|all| all.count() >= round * 10)
            })
        };
        while child.try_wait().unwrap().is_none() && !at_work() {}
        child.kill().unwrap();
        let ended = child.wait().unwrap();
        caught += usize::from(!ended.success());
        assert_eq!(verify(&folder.at("dist/build")), [], "round {round}");
        for left in std::fs::read_dir(folder.at("dist")).unwrap().flatten().filter(|e| e.file_name() != "build") {
            std::fs::remove_dir_all(left.path()).unwrap();
        }
    }
    assert!(caught > 0, "no process was killed while it wrote");
    assert!(start(4).wait().unwrap().success() && limit(4));
}

#[test]
fn out_replaces_builds_and_nothing_else() {
    let folder = workspace();
    let out = |dir: &str, more: &[&str]| {
        let (code, told) = folder.json(&[&["compile", "pipelines/small.yaml", "--json", "--out", dir], more].concat());
        if code == 0 { told["cached"].to_string() } else { format!("{code} {}", codes(&told).join(" ")) }
    };
    assert_eq!(out("dist", &[]), "false");
    assert_eq!(out("dist", &[]), "true");
    assert_eq!(out("dist", &["--param", "n=3"]), "false");
    assert_eq!(out("dist", &[]), "false", "the folder holds the other build by now");
    assert_eq!(verify(&folder.at("dist")), []);
    for dir in [".", "data", "pipelines/small.yaml"] {
        assert_eq!(out(dir, &[]), "3 not-a-build-folder");
    }
    folder.write("dist/notes.txt", "mine");
    assert_eq!(out("dist", &["--param", "n=4"]), "3 not-a-build-folder");
    assert_eq!(folder.read("dist/notes.txt"), "mine");
    std::fs::create_dir(folder.at("empty")).unwrap();
    assert_eq!(out("empty", &[]), "false");
}

#[test]
fn manifests_are_shown_compared_and_verified() {
    let folder = workspace();
    let build = |more: &[&str]| {
        let (_, told) = folder.json(&[&["compile", "pipelines/small.yaml", "--json"], more].concat());
        told["build"].as_str().unwrap().to_owned()
    };
    let (dev, prod) = (build(&[]), build(&["--profile", "prod"]));
    let hash = dev.rsplit('-').next().unwrap();
    for named in ["small", "pipelines/small.yaml", &dev, &format!("{dev}/manifest.yaml"), &hash[..8], hash] {
        let (code, told) = folder.json(&["manifest", "show", named, "--json"]);
        assert_eq!((code, told["build"].as_str()), (0, Some(dev.as_str())), "{named} {told}");
    }
    let (code, told) = folder.json(&["manifest", "show", "small", "--profile", "prod", "--json"]);
    assert_eq!((code, told["build"].as_str()), (0, Some(prod.as_str())));
    let (code, told) = folder.json(&["manifest", "show", "nothing", "--json"]);
    assert_eq!((code, codes(&told)), (5, vec!["no-such-build"]));
    let shown = text(&folder.run(&["manifest", "show", "small"]).stdout);
    assert!(shown.contains("keep (transform sql.transform 1.0.0) ← read-all"), "{shown}");

    let (code, told) = folder.json(&["manifest", "diff", &dev, &prod, "--json"]);
    assert_eq!((code, told["same"].as_bool()), (1, Some(false)));
    let steps = told["difference"]["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 1, "{told}");
    assert_eq!(steps[0]["changes"][0]["path"], "config.query");
    let said = folder.run(&["manifest", "diff", &dev, &prod]);
    assert!(text(&said.stdout).contains("\nstep keep: changed\n  ~ config.query: "), "{}", text(&said.stdout));
    let (code, told) = folder.json(&["manifest", "diff", &dev, "small", "--json"]);
    assert_eq!((code, told["same"].as_bool()), (0, Some(true)));

    let verify = || {
        let (code, told) = folder.json(&["manifest", "verify", "small", "--json"]);
        (code, codes(&told).join(" "))
    };
    assert_eq!(verify(), (0, String::new()));
    let cfg = format!("{dev}/cfg/keep.json");
    let whole = folder.read(&cfg);
    folder.write(&cfg, whole.replace("n >= 2", "n >= 3"));
    assert_eq!(verify(), (2, "build-file-changed".to_owned()));
    std::fs::remove_file(folder.at(&cfg)).unwrap();
    folder.write(&format!("{dev}/cfg/other.json"), "{}");
    assert_eq!(verify(), (2, "build-file-missing build-file-extra".to_owned()));
    assert_eq!(folder.run(&["manifest", "verify", "small"]).status.code(), Some(2));
}

#[test]
fn the_mode_says_what_stops_a_compile() {
    let folder = workspace();
    folder.write(
        "pipelines/small.yaml",
        DOCUMENT.replace("config: {path: data/in.csv}", "config: {path: data/in.csv, pth: x}"),
    );
    let compile = |more: &[&str], variable: &str| {
        let mut command = folder.command(&[&["compile", "pipelines/small.yaml", "--json"], more].concat());
        command.env_remove("OSIRIS_VALIDATION").env("PIPESMITH_VALIDATION", variable);
        let output = command.output().unwrap();
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        let severities = told["diagnostics"].as_array().unwrap().iter().map(|d| d["severity"].as_str().unwrap());
        format!("{} {}", output.status.code().unwrap(), severities.collect::<Vec<_>>().join(" "))
    };
    assert_eq!(compile(&[], ""), "3 error");
    assert_eq!(compile(&["--mode", "warn"], ""), "0 warning");
    assert_eq!(compile(&[], "warn"), "0 warning");
    assert_eq!(compile(&[], "off"), "0 ");
    assert_eq!(compile(&["--mode", "strict"], "off"), "3 error");
    assert_eq!(compile(&[], "wran"), "5 error");
}
