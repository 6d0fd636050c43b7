//! What the verbs that people wait for cost as processes: start, read, check, compile, write, end. Numbers
//! and how to read them: `docs/reference/performance.md`.

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use pipesmith::contract::Registry;
use pipesmith::pipeline::compile::{CompileInput, Target, When, obtain};

/// A document of readers, transforms and writers.
fn document(steps: usize) -> String {
    let mut text = format!("oml_version: \"0.1.0\"\nname: steps-{steps}\nsteps:\n");
    for n in 0..steps.div_ceil(3) {
        let _ = write!(
            text,
            "  - id: e{n}\n    component: filesystem.csv_extractor\n    mode: read\n    config: {{path: data/in_{n}.csv}}\n  - id: t{n}\n    component: duckdb.processor\n    mode: transform\n    needs: [e{n}]\n    config: {{query: \"select a, sum(b) as b from df_e{n} group by a\"}}\n  - id: w{n}\n    component: filesystem.csv_writer\n    mode: write\n    needs: [t{n}]\n    config: {{path: out/o_{n}.csv}}\n"
        );
    }
    text
}

fn run(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pipesmith"));
    let done = command.args(arguments).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(done.is_ok_and(|status| status.success()), "{arguments:?}");
}

fn processes(c: &mut Criterion) {
    let Ok(dir) = tempfile::tempdir() else { return };
    let folder = dir.path();
    run(folder, &["init"]);
    let mut group = c.benchmark_group("process");
    group.sample_size(20).measurement_time(Duration::from_secs(3));
    group.bench_function("--version", |b| b.iter(|| run(folder, &["--version"])));
    for steps in [3, 500] {
        let name = format!("pipelines/s{steps}.yaml");
        if std::fs::write(folder.join(&name), document(steps)).is_err() {
            return;
        }
        group.bench_function(format!("oml validate, {steps} steps"), |b| {
            b.iter(|| run(folder, &["oml", "validate", &name]))
        });
        group.bench_function(format!("compile, {steps} steps, nothing there"), |b| {
            let without = || drop(std::fs::remove_dir_all(folder.join("build")));
            b.iter_batched(without, |()| run(folder, &["compile", &name]), BatchSize::PerIteration);
        });
        group.bench_function(format!("compile, {steps} steps, the build is there"), |b| {
            b.iter(|| run(folder, &["compile", &name]))
        });
    }
    group.finish();
}

fn inside(c: &mut Criterion) {
    c.bench_function("registry: built in, nothing asked for", |b| b.iter(Registry::builtin));
    c.bench_function("registry: built in, every contract read", |b| {
        b.iter(|| Registry::builtin().iter().map(|contract| contract.options.len()).sum::<usize>())
    });
    let Ok(dir) = tempfile::tempdir() else { return };
    let registry = Registry::builtin();
    for steps in [3, 500] {
        let text = document(steps);
        let input = CompileInput::new("p.yaml", &text, &registry);
        let target = Target { root: dir.path(), out: None };
        c.bench_function(&format!("obtain, {steps} steps, the build is there"), |b| {
            b.iter(|| obtain(black_box(&input), &target, When::Auto))
        });
        c.bench_function(&format!("obtain, {steps} steps, nothing there"), |b| {
            let without = || drop(std::fs::remove_dir_all(dir.path().join("build")));
            b.iter_batched(without, |()| obtain(black_box(&input), &target, When::Auto), BatchSize::PerIteration);
        });
    }
}

criterion_group!(benches, inside, processes);
criterion_main!(benches);
