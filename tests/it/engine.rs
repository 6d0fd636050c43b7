//! The local engine on real files.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use pipesmith::connect::Connections;
use pipesmith::pipeline::compile::{Fingerprints, Manifest, ManifestStep};
use pipesmith::pipeline::run::record::{RunRecord, RunStatus};
use pipesmith::pipeline::run::{Engine, Extent, Job, Limits, LocalEngine, RunFact, RunOutcome, new_run_id};
use serde_json::json;
use tokio_util::sync::CancellationToken;

pub fn step(id: &str, component: &str, needs: &[&str], config: serde_json::Value) -> ManifestStep {
    let mode = match component {
        name if name.ends_with("extractor") => "read",
        name if name.ends_with("writer") => "write",
        _ => "transform",
    };
    ManifestStep {
        id: id.to_owned(),
        component: component.to_owned(),
        version: "1.0.0".to_owned(),
        mode: mode.to_owned(),
        needs: needs.iter().map(|need| (*need).to_owned()).collect(),
        config: config.as_object().unwrap().clone(),
        ..ManifestStep::default()
    }
}

pub fn read(id: &str, path: &str) -> ManifestStep {
    step(id, "filesystem.csv_extractor", &[], json!({"path": path}))
}

pub fn sql(id: &str, needs: &[&str], query: &str) -> ManifestStep {
    step(id, "sql.transform", needs, json!({"query": query}))
}

pub fn write(id: &str, need: &str, path: &str) -> ManifestStep {
    step(id, "filesystem.csv_writer", &[need], json!({"path": path}))
}

pub fn job(root: &Path, steps: Vec<ManifestStep>) -> Job {
    let manifest = Manifest {
        manifest_version: 1,
        name: "test".to_owned(),
        oml_version: "0.1.0".to_owned(),
        profile: None,
        compiler: String::new(),
        validation: None,
        fingerprints: Fingerprints::default(),
        steps,
    };
    let spill_dir = root.join(".spill");
    std::fs::create_dir_all(&spill_dir).unwrap();
    Job {
        manifest: Arc::new(manifest),
        root: root.to_owned(),
        run: new_run_id(),
        connections: Arc::new(Connections::load(root).0),
        limits: Limits { memory_bytes: 256 << 20, spill_dir, ..Limits::default() },
        extent: Extent::default(),
    }
}

pub struct Ran {
    pub outcome: RunOutcome,
    pub facts: Vec<RunFact>,
}

impl Ran {
    /// step → its end: `finished in→out`, `failed code`, `stopped reason`.
    pub fn ends(&self) -> BTreeMap<String, String> {
        let end = |fact: &RunFact| match fact {
            RunFact::StepFinished { step, rows_in, rows_out, .. } => {
                Some((step.clone(), format!("finished {rows_in}→{rows_out}")))
            }
            RunFact::StepFailed { step, diagnostic, .. } => Some((step.clone(), format!("failed {}", diagnostic.code))),
            RunFact::StepStopped { step, .. } => Some((step.clone(), "stopped".to_owned())),
            _ => None,
        };
        self.facts.iter().filter_map(end).collect()
    }

    pub fn end_of(&self, step: &str) -> String {
        self.ends().remove(step).unwrap_or_default()
    }

    pub fn failure(&self) -> pipesmith::diagnostic::Diagnostic {
        let found = self.facts.iter().find_map(|fact| match fact {
            RunFact::StepFailed { diagnostic, .. } => Some(diagnostic.clone()),
            _ => None,
        });
        *found.unwrap_or_else(|| panic!("nothing failed: {:?}", self.facts))
    }
}

pub async fn run(job: Job) -> Ran {
    run_until(job, |_, _| {}).await
}

/// Runs a job; `each` sees every fact and may cancel.
pub async fn run_until(job: Job, each: impl Fn(&RunFact, &CancellationToken)) -> Ran {
    let (sink, mut facts) = tokio::sync::mpsc::unbounded_channel();
    let cancel = CancellationToken::new();
    let token = cancel.clone();
    let running = tokio::spawn(async move { LocalEngine.run(job, sink, token).await });
    let mut all = Vec::new();
    while let Some(fact) = facts.recv().await {
        each(&fact, &cancel);
        all.push(fact);
    }
    Ran { outcome: running.await.unwrap(), facts: all }
}

/// All files below a folder but those of the test itself.
fn files(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path)
            } else {
                found.push(path.strip_prefix(root).unwrap().display().to_string())
            }
        }
    }
    found.sort();
    found
}

fn numbers(root: &Path, name: &str, rows: usize) {
    let mut text = "id,name,amount\n".to_owned();
    for id in 0..rows {
        text.push_str(&format!("{id},name {id},{}.5\n", id % 100));
    }
    std::fs::write(root.join(name), text).unwrap();
}

#[tokio::test]
async fn csv_to_sql_to_csv() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("in.csv"), "id,city,amount\n1,Brno,0.5\n2,,1\n3,\"\",\n").unwrap();
    let ran = run(job(
        dir.path(),
        vec![
            read("extract-small", "in.csv"),
            sql("t", &["extract-small"], "SELECT *, amount * 2 AS twice FROM df_extract_small ORDER BY id DESC"),
            write("w", "t", "out/deep/o.csv"),
        ],
    ))
    .await;
    assert_eq!(ran.outcome, RunOutcome::Succeeded, "{:?}", ran.facts);
    let text = std::fs::read_to_string(dir.path().join("out/deep/o.csv")).unwrap();
    assert_eq!(text, "id,city,amount,twice\n3,\"\",,\n2,,1.0,2.0\n1,Brno,0.5,1.0\n");
    assert_eq!(files(dir.path()), ["in.csv", "out/deep/o.csv"]);
    let ends: Vec<_> = ran.ends().into_iter().map(|(step, end)| format!("{step} {end}")).collect();
    assert_eq!(ends, ["extract-small finished 0→3", "t finished 3→3", "w finished 3→3"]);
    assert!(
        matches!(&ran.facts[0], RunFact::RunStarted { engine, steps, .. } if engine == "local" && steps.len() == 3)
    );
    let Some(RunFact::RunFinished { outcome, outputs, previews, .. }) = ran.facts.last() else { panic!("no end") };
    assert_eq!((*outcome, outputs.len(), outputs[0].rows), (RunOutcome::Succeeded, 1, 3));
    assert_eq!((outputs[0].path.as_str(), outputs[0].bytes), ("out/deep/o.csv", text.len() as u64));
    assert_eq!(previews[0].columns, ["id", "city", "amount", "twice"]);
    assert_eq!(previews[0].rows[1], [Some("2".to_owned()), None, Some("1.0".to_owned()), Some("2.0".to_owned())]);
    assert_eq!((previews[0].rows[0][1].as_deref(), previews[0].total), (Some(""), 3));
}

#[tokio::test]
async fn a_diamond_neither_locks_up_nor_loses_rows() {
    let dir = tempfile::tempdir().unwrap();
    // Far more batches than the channels hold, and one branch that hangs on the other.
    numbers(dir.path(), "in.csv", 300_000);
    let ran = run(job(
        dir.path(),
        vec![
            write("w", "join", "o.csv"),
            sql("join", &["e", "sums"], "SELECT count(*) n, sum(e.id) s, max(total) m FROM e JOIN sums USING (id)"),
            sql("sums", &["e"], "SELECT id, sum(id) OVER (ORDER BY id) AS total FROM input_df"),
            read("e", "in.csv"),
            write("copy", "e", "copy.csv"),
        ],
    ))
    .await;
    assert_eq!(ran.outcome, RunOutcome::Succeeded, "{:?}", ran.ends());
    let text = std::fs::read_to_string(dir.path().join("o.csv")).unwrap();
    assert_eq!(text, "n,s,m\n300000,44999850000,44999850000\n");
    let (copy, original) =
        (std::fs::read(dir.path().join("copy.csv")).unwrap(), std::fs::read(dir.path().join("in.csv")).unwrap());
    assert!(copy == original);
    assert_eq!(
        (ran.end_of("join"), ran.end_of("copy")),
        ("finished 600000→1".to_owned(), "finished 300000→300000".to_owned())
    );
}

#[tokio::test]
async fn a_failing_step_leaves_no_output_and_keeps_the_former() {
    let dir = tempfile::tempdir().unwrap();
    numbers(dir.path(), "in.csv", 50_000);
    std::fs::write(dir.path().join("old.csv"), "former").unwrap();
    let failing = "SELECT id, CASE WHEN id = 49000 THEN CAST(name AS INTEGER) ELSE 1 END AS x FROM input_df";
    let steps =
        vec![read("e", "in.csv"), sql("t", &["e"], failing), write("w", "t", "old.csv"), write("w2", "t", "new/o.csv")];
    let ran = run(job(dir.path(), steps)).await;
    assert_eq!(ran.outcome, RunOutcome::Failed);
    assert_eq!(
        (ran.end_of("t"), ran.end_of("w"), ran.end_of("w2")),
        ("failed sql-error".to_owned(), "stopped".to_owned(), "stopped".to_owned())
    );
    let failure = ran.failure();
    assert_eq!(failure.path.as_deref(), Some("steps[t].config.query"));
    assert!(failure.message.contains("name 49000"), "{failure:?}");
    assert_eq!(files(dir.path()), ["in.csv", "old.csv"]);
    assert!(!dir.path().join("new").exists());
    assert_eq!(std::fs::read_to_string(dir.path().join("old.csv")).unwrap(), "former");
}

#[tokio::test]
async fn a_bad_row_far_down_is_no_end_of_data() {
    let dir = tempfile::tempdir().unwrap();
    numbers(dir.path(), "in.csv", 40_000);
    let mut text = std::fs::read_to_string(dir.path().join("in.csv")).unwrap();
    text.push_str("1,2\n");
    std::fs::write(dir.path().join("in.csv"), text).unwrap();
    let mut reader = read("e", "in.csv");
    // Without a first pass over all rows the fault is met while rows are already being written.
    reader.config.insert("infer_rows".to_owned(), json!(10));
    let ran = run(job(dir.path(), vec![reader, write("w", "e", "o.csv")])).await;
    assert_eq!((ran.outcome, ran.end_of("w").as_str()), (RunOutcome::Failed, "stopped"));
    assert_eq!(ran.failure().message, "in.csv: line 40002: too few fields: 3 expected, 2 found");
    assert_eq!(ran.failure().path.as_deref(), Some("steps[e].config.path"));
    assert_eq!(files(dir.path()), ["in.csv"]);
}

#[tokio::test]
async fn types_that_the_last_row_does_not_bear_out_are_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    numbers(dir.path(), "in.csv", 300_000);
    let mut text = std::fs::read_to_string(dir.path().join("in.csv")).unwrap();
    assert!(text.len() > 5 << 20);
    text.push_str("none,the last,\n");
    std::fs::write(dir.path().join("in.csv"), &text).unwrap();
    let steps = vec![
        read("e", "in.csv"),
        sql("t", &["e"], "SELECT typeof(id) AS t, id, name, amount FROM e"),
        write("w", "t", "o.csv"),
        write("copy", "e", "copy.csv"),
    ];
    let ran = run(job(dir.path(), steps)).await;
    assert_eq!(ran.outcome, RunOutcome::Succeeded, "{:?}", ran.facts);
    assert_eq!(ran.end_of("w"), "finished 300001→300001");
    let out = std::fs::read_to_string(dir.path().join("o.csv")).unwrap();
    assert!(out.starts_with("t,id,name,amount\nVARCHAR,0,name 0,0.5\n"), "{}", &out[..80]);
    assert!(out.ends_with("\nVARCHAR,none,the last,\n"));
    assert_eq!(std::fs::read_to_string(dir.path().join("copy.csv")).unwrap(), text);
    let again = ran.facts.iter().filter(|fact| matches!(fact, RunFact::StepRetried { step, .. } if step == "e"));
    assert_eq!(again.count(), 1);
}

#[tokio::test]
async fn cancelling_leaves_no_output() {
    let dir = tempfile::tempdir().unwrap();
    numbers(dir.path(), "in.csv", 2_000);
    // Would take hours: it is DuckDB itself that has to be interrupted.
    let endless = "SELECT sum(a.id * b.range) AS x FROM input_df a, range(100000000000) b";
    let steps =
        vec![read("e", "in.csv"), sql("t", &["e"], endless), write("w", "t", "o.csv"), write("fast", "e", "fast.csv")];
    let ran = run_until(job(dir.path(), steps), |fact, cancel| {
        if matches!(fact, RunFact::StepFinished { step, .. } if step == "fast") {
            cancel.cancel();
        }
    })
    .await;
    assert_eq!(ran.outcome, RunOutcome::Cancelled);
    assert_eq!((ran.end_of("t"), ran.end_of("w")), ("stopped".to_owned(), "stopped".to_owned()));
    // What was whole before stays.
    assert_eq!(files(dir.path()), ["fast.csv", "in.csv"]);
    assert!(
        ran.facts.iter().any(|f| matches!(f, RunFact::StepStopped { reason, .. } if reason == "the run was cancelled"))
    );
}

#[tokio::test]
async fn cancelling_before_the_start_stops_everything() {
    let dir = tempfile::tempdir().unwrap();
    numbers(dir.path(), "in.csv", 200_000);
    let steps = vec![read("e", "in.csv"), sql("t", &["e"], "SELECT * FROM input_df"), write("w", "t", "o.csv")];
    let ran = run_until(job(dir.path(), steps), |_, cancel| cancel.cancel()).await;
    assert_eq!(ran.outcome, RunOutcome::Cancelled);
    assert_eq!(files(dir.path()), ["in.csv"]);
}

#[tokio::test]
async fn faults_are_found_before_any_row_moves() {
    let dir = tempfile::tempdir().unwrap();
    numbers(dir.path(), "orders.csv", 3);
    std::fs::write(dir.path().join("blocked"), "a file").unwrap();
    let cases: Vec<(Vec<ManifestStep>, &str, &str)> = vec![
        (vec![read("e", "order.csv")], "data-file-not-found", "did you mean `orders.csv`?"),
        (vec![read("e", "nowhere/x.csv")], "data-file-not-found", "does not exist"),
        (vec![read("e", ".")], "file-unreadable", "name a file in it"),
        (vec![read("e", "orders.csv"), write("w", "e", "orders.csv")], "output-is-input", "another file"),
        (vec![read("e", "orders.csv"), write("w", "e", "./x/../orders.csv")], "output-is-input", "another file"),
        (
            vec![read("e", "orders.csv"), write("a", "e", "o.csv"), write("b", "e", "x/../o.csv")],
            "output-twice",
            "another file",
        ),
        (vec![read("e", "orders.csv"), write("w", "e", "blocked/o.csv")], "file-unwritable", ""),
        (vec![read("e", "orders.csv"), read("e", "orders.csv")], "duplicate-id", ""),
        (vec![sql("a", &["b"], "SELECT 1"), sql("b", &["a"], "SELECT 1")], "dependency-cycle", "remove one"),
        (vec![write("w", "x", "o.csv")], "unknown-dependency", ""),
        (vec![step("s", "acme.extractor", &[], json!({}))], "not-runnable", "can be run"),
        (vec![sql("s", &[], " ")], "missing-config-key", "query"),
        (
            vec![read("e", "orders.csv"), step("w", "filesystem.csv_writer", &[], json!({"path": "o.csv"}))],
            "writer-inputs",
            "sql.transform",
        ),
        (vec![read("e", "orders.csv"), write("w", "e", "o.csv"), sql("s", &["w"], "SELECT 1")], "needs-writer", ""),
        (
            vec![step("e", "filesystem.csv_extractor", &[], json!({"path": "orders.csv", "header": 1.5}))],
            "invalid-config-value",
            "",
        ),
        (
            vec![step(
                "e",
                "filesystem.csv_extractor",
                &[],
                json!({"path": "orders.csv", "connection": "@filesystem.x"}),
            )],
            "unknown-connection",
            "",
        ),
        (
            vec![step("e", "filesystem.csv_extractor", &[], json!({"path": "orders.csv", "connection": 5}))],
            "invalid-config-value",
            "",
        ),
    ];
    for (steps, code, fix) in cases {
        let ran = run(job(dir.path(), steps)).await;
        let failure = ran.failure();
        assert_eq!((ran.outcome, failure.code.as_str()), (RunOutcome::Failed, code), "{failure:?}");
        assert!(failure.fix.as_ref().map_or("", |f| f.text.as_str()).contains(fix), "{failure:?}");
        assert!(!ran.facts.iter().any(|f| matches!(f, RunFact::StepStarted { .. })));
        assert!(matches!(ran.facts.last(), Some(RunFact::RunFinished { outcome: RunOutcome::Failed, .. })));
        assert_eq!(files(dir.path()), ["blocked", "orders.csv"]);
    }
}

#[tokio::test]
async fn paths_begin_at_the_connection() {
    let dir = tempfile::tempdir().unwrap();
    let file = "version: 1\nconnections:\n  filesystem:\n    data: {base_dir: ./data, default: true}\n    out: {base_dir: '${PIPESMITH_NO_SUCH_VARIABLE:-made}'}\n    lost: {base_dir: '${PIPESMITH_NO_SUCH_VARIABLE}'}\n";
    std::fs::write(dir.path().join("pipesmith_connections.yaml"), file).unwrap();
    std::fs::create_dir(dir.path().join("data")).unwrap();
    numbers(dir.path(), "data/in.csv", 5);
    let from = step("e", "filesystem.csv_extractor", &[], json!({"path": "in.csv", "connection": "@filesystem.data"}));
    let to = |c: &str| step("w", "filesystem.csv_writer", &["e"], json!({"path": "o.csv", "connection": c}));
    let ran = run(job(dir.path(), vec![from.clone(), to("@filesystem.out")])).await;
    assert_eq!(ran.outcome, RunOutcome::Succeeded, "{:?}", ran.ends());
    assert_eq!(
        std::fs::read(dir.path().join("made/o.csv")).unwrap(),
        std::fs::read(dir.path().join("data/in.csv")).unwrap()
    );
    assert_eq!(run(job(dir.path(), vec![from, to("@filesystem.lost")])).await.failure().code, "variable-not-set");
    // The default connection is not applied where none is named.
    assert_eq!(run(job(dir.path(), vec![read("e", "in.csv")])).await.failure().code, "data-file-not-found");
    let absolute = dir.path().join("data/in.csv").display().to_string();
    assert_eq!(run(job(dir.path(), vec![read("e", &absolute)])).await.outcome, RunOutcome::Succeeded);
}

#[tokio::test]
async fn independent_steps_and_steps_without_rows_run() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("empty.csv"), "a,b\n").unwrap();
    let mut steps = vec![
        read("e", "empty.csv"),
        sql("t", &["e"], "SELECT a, count(*) n FROM input_df GROUP BY a"),
        write("w", "t", "o.csv"),
        sql("made", &[], "SELECT i FROM generate_series(1, 5) s(i)"),
        write("w2", "made", "made.csv"),
    ];
    steps.extend((0..20).map(|n| read(&format!("r{n}"), "empty.csv")));
    let ran = run(job(dir.path(), steps)).await;
    assert_eq!(ran.outcome, RunOutcome::Succeeded, "{:?}", ran.ends());
    assert_eq!(std::fs::read_to_string(dir.path().join("o.csv")).unwrap(), "a,n\n");
    assert_eq!(std::fs::read_to_string(dir.path().join("made.csv")).unwrap(), "i\n1\n2\n3\n4\n5\n");
}

#[tokio::test]
async fn a_run_is_recorded() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let job = job(root, vec![sql("t", &[], "SELECT nope")]);
    let mut record = RunRecord::create(root, &job.manifest, &job.run).unwrap();
    let ran = run(job).await;
    ran.facts.iter().for_each(|fact| record.add(fact).unwrap());
    let status: RunStatus =
        serde_json::from_slice(&std::fs::read(record.folder().join("status.json")).unwrap()).unwrap();
    assert_eq!((status.outcome, status.failure.unwrap().code.as_str()), (Some(RunOutcome::Failed), "sql-error"));
    let events = std::fs::read_to_string(record.folder().join("events.jsonl")).unwrap();
    assert_eq!(events.lines().count(), ran.facts.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limited_run_reads_few_rows_and_a_dry_run_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let rows: String = (0..50_000).map(|n| format!("{n},x\n")).collect();
    std::fs::write(dir.path().join("in.csv"), format!("n,t\n{rows}")).unwrap();
    let steps = || {
        vec![
            read("e", "in.csv"),
            sql("s", &["e"], "SELECT max(n) AS most, count(*) AS rows FROM e"),
            write("w", "s", "out/o.csv"),
        ]
    };
    let mut limited = job(dir.path(), steps());
    limited.extent.limit = Some(10_001);
    let ran = run(limited).await;
    assert_eq!((ran.outcome, ran.end_of("e").as_str()), (RunOutcome::Succeeded, "finished 0→10001"));
    assert_eq!(std::fs::read_to_string(dir.path().join("out/o.csv")).unwrap(), "most,rows\n10000,10001\n");
    std::fs::remove_dir_all(dir.path().join("out")).unwrap();
    let before = files(dir.path());
    let mut dry = job(dir.path(), steps());
    dry.extent.dry = true;
    let ran = run(dry).await;
    assert_eq!(
        (ran.outcome, ran.end_of("e").as_str(), ran.end_of("w").as_str()),
        (RunOutcome::Succeeded, "finished 0→50000", "finished 1→1")
    );
    assert_eq!(files(dir.path()), before);
    let Some(RunFact::RunFinished { outputs, previews, .. }) = ran.facts.last() else { panic!("{:?}", ran.facts) };
    assert!(outputs.is_empty());
    assert_eq!(previews[0].rows, [[Some("49999".to_owned()), Some("50000".to_owned())]]);
}
