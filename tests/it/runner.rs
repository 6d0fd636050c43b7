//! The runner: what is tried again and how, how long a step may take, how much is at work at once.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pipesmith::pipeline::compile::ManifestStep;
use pipesmith::pipeline::patience::{Patience, Retry, Span};
use pipesmith::pipeline::run::record::{find, html};
use pipesmith::pipeline::run::{Job, LocalEngine, RunFact, RunOutcome, perform};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::engine::{job, read, run, run_until, sql, step, write};
use crate::pages::{Pages, ROWS, Second};

fn times(attempts: u32) -> Retry {
    let soon = Span(Duration::from_millis(1));
    Retry { attempts, wait: soon, max_wait: soon }
}

fn patient(mut job: Job, attempts: u32) -> Job {
    job.limits.patience.retry = times(attempts);
    job
}

/// Reads both pages into `out.csv`.
fn paged(root: &Path, pages: &Pages) -> Job {
    let file = format!("version: 1\nconnections: {{{}}}\n", pages.connection());
    std::fs::write(root.join("pipesmith_connections.yaml"), file).unwrap();
    job(root, vec![step("pages", "rest.extractor", &[], Pages::config()), write("out", "pages", "out.csv")])
}

fn lines(root: &Path, name: &str) -> usize {
    std::fs::read_to_string(root.join(name)).map_or(0, |text| text.lines().count())
}

/// `step attempt of alone code`
fn retries(facts: &[RunFact]) -> Vec<String> {
    let told = |fact: &RunFact| match fact {
        RunFact::StepRetried { step, attempt, of, code, alone, .. } => {
            Some(format!("{step} {attempt} of {of} {alone} {code}"))
        }
        _ => None,
    };
    facts.iter().filter_map(told).collect()
}

fn starts(facts: &[RunFact], id: &str) -> usize {
    facts.iter().filter(|fact| matches!(fact, RunFact::StepStarted { step } if step == id)).count()
}

#[tokio::test]
async fn a_step_that_gave_rows_starts_again_with_those_that_took_them() {
    let dir = tempfile::tempdir().unwrap();
    let pages = Pages::start(Second::Busy(2));
    let ran = run(patient(paged(dir.path(), &pages), 3)).await;
    assert_eq!(ran.outcome, RunOutcome::Succeeded, "{:#?}", ran.facts);
    assert_eq!(retries(&ran.facts), ["pages 2 of 3 false http-busy", "pages 3 of 3 false http-busy"]);
    assert_eq!((starts(&ran.facts, "pages"), starts(&ran.facts, "out")), (3, 3));
    // Each row once: what the attempts before wrote is not there.
    assert_eq!(lines(dir.path(), "out.csv"), 2 * ROWS + 1);
    assert_eq!(ran.end_of("out"), format!("finished {0}→{0}", 2 * ROWS));
    assert_eq!(pages.asked(), ["/1", "/2"].repeat(3));
}

#[tokio::test]
async fn attempts_come_to_an_end() {
    let dir = tempfile::tempdir().unwrap();
    let pages = Pages::start(Second::Busy(9));
    let ran = run(patient(paged(dir.path(), &pages), 3)).await;
    assert_eq!(ran.outcome, RunOutcome::Failed);
    assert_eq!(retries(&ran.facts).len(), 2);
    assert_eq!((ran.failure().code.as_str(), ran.end_of("out").as_str()), ("http-busy", "stopped"));
    assert_eq!(pages.asked().len(), 6);
    assert!(!dir.path().join("out.csv").exists());
}

#[tokio::test]
async fn a_step_that_gave_no_row_is_tried_again_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("shop.db");
    let holder = rusqlite::Connection::open(&file).unwrap();
    holder.execute_batch("CREATE TABLE t (id INTEGER); BEGIN IMMEDIATE").unwrap();
    let connections = "version: 1\nconnections: {sqlite: {shop: {path: shop.db}}}\n";
    std::fs::write(dir.path().join("pipesmith_connections.yaml"), connections).unwrap();
    std::fs::write(dir.path().join("in.csv"), "id\n1\n2\n").unwrap();
    let config = json!({"connection": "@sqlite.shop", "table": "t", "write_mode": "append", "busy_timeout": 0});
    let mut into = step("into", "sqlite.writer", &["in"], config);
    into.retry = Some(times(3));
    let holder = Mutex::new(holder);
    let ran = run_until(job(dir.path(), vec![read("in", "in.csv"), into]), |fact, _| {
        if let RunFact::StepRetried { attempt: 3, .. } = fact {
            holder.lock().unwrap().execute_batch("COMMIT").unwrap();
        }
    })
    .await;
    assert_eq!(ran.outcome, RunOutcome::Succeeded, "{:#?}", ran.facts);
    assert_eq!(retries(&ran.facts), ["into 2 of 3 true sqlite-busy", "into 3 of 3 true sqlite-busy"]);
    assert_eq!((starts(&ran.facts, "in"), starts(&ran.facts, "into")), (1, 1));
    let count: i64 = holder.lock().unwrap().query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 2);
}

#[tokio::test]
async fn what_does_not_pass_is_not_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("in.csv"), "a\nx\n").unwrap();
    let bad = step("in", "filesystem.csv_extractor", &[], json!({"path": "in.csv", "dtype": {"a": "integer"}}));
    let wrong = sql("sum", &["rows"], "SELECT nothing FROM rows");
    let steps = vec![bad, write("out", "in", "out.csv")];
    let ran = run(patient(job(dir.path(), steps), 9)).await;
    assert_eq!((ran.failure().code.as_str(), retries(&ran.facts).len()), ("csv-value-type", 0));
    let steps = vec![read("rows", "in.csv"), wrong, write("out", "sum", "out.csv")];
    let ran = run(patient(job(dir.path(), steps), 9)).await;
    assert_eq!((ran.failure().code.as_str(), retries(&ran.facts).len()), ("sql-error", 0));
}

#[tokio::test]
async fn a_step_that_takes_too_long_is_stopped_and_nothing_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let pages = Pages::start(Second::Hangs);
    let mut slow = paged(dir.path(), &pages);
    let steps = &mut Arc::make_mut(&mut slow.manifest).steps;
    steps[0].timeout = Some(Span(Duration::from_millis(300)));
    let ran = run(slow).await;
    assert_eq!(ran.outcome, RunOutcome::Failed);
    let failure = ran.failure();
    assert_eq!(failure.code, "step-timeout");
    assert_eq!(failure.message, "`pages` took longer than 300ms");
    assert_eq!(ran.end_of("out"), "stopped");
    assert!(!dir.path().join("out.csv").exists());
    // The limit of the run counts where a step has none; a failure of this kind passes.
    let mut again = patient(paged(dir.path(), &pages), 2);
    again.limits.patience = Patience { timeout: Some(Span(Duration::from_millis(300))), ..again.limits.patience };
    let ran = run_until(again, |fact, _| {
        if matches!(fact, RunFact::StepRetried { .. }) {
            pages.say(Second::Answers);
        }
    })
    .await;
    assert!(retries(&ran.facts)[0].ends_with("2 of 2 false step-timeout"), "{:?}", ran.facts);
    // How fast a machine is must not decide: the second attempt has to end, one way or the other.
    assert!(ran.outcome == RunOutcome::Succeeded || ran.failure().code == "step-timeout");
}

fn two_groups(root: &Path, parallel: usize) -> Job {
    std::fs::write(root.join("in.csv"), "a\n1\n").unwrap();
    let steps: Vec<ManifestStep> = [("a", "b"), ("c", "d")]
        .into_iter()
        .flat_map(|(from, to)| [read(from, "in.csv"), write(to, from, &format!("{to}.csv"))])
        .collect();
    let mut job = job(root, steps);
    job.limits.parallel = parallel;
    job
}

/// Starts and ends of steps, `+a -a`.
fn course(facts: &[RunFact]) -> Vec<String> {
    let told = |fact: &RunFact| match fact {
        RunFact::StepStarted { step } => Some(format!("+{step}")),
        RunFact::StepFinished { step, .. } => Some(format!("-{step}")),
        RunFact::StepStopped { step, .. } => Some(format!("!{step}")),
        _ => None,
    };
    facts.iter().filter_map(told).collect()
}

#[tokio::test]
async fn groups_of_steps_wait_for_their_turn() {
    let dir = tempfile::tempdir().unwrap();
    let one = course(&run(two_groups(dir.path(), 1)).await.facts);
    assert_eq!(
        (&one[..2], &one[4..6]),
        (&["+a".to_owned(), "+b".to_owned()][..], &["+c".to_owned(), "+d".to_owned()][..])
    );
    assert_eq!(one.len(), 8);
    let two = course(&run(two_groups(dir.path(), 2)).await.facts);
    assert_eq!(two[..4], ["+a", "+b", "+c", "+d"]);
}

#[tokio::test]
async fn what_has_not_begun_when_a_run_ends_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut failing = two_groups(dir.path(), 1);
    Arc::make_mut(&mut failing.manifest).steps[0].config.insert("dtype".to_owned(), json!({"a": "date"}));
    let ran = run(failing).await;
    assert_eq!(ran.outcome, RunOutcome::Failed);
    assert_eq!((ran.end_of("c").as_str(), ran.end_of("d").as_str()), ("stopped", "stopped"));
    assert_eq!(starts(&ran.facts, "c"), 0);
}

#[tokio::test]
async fn the_record_tells_attempts_memory_columns_and_data() {
    let dir = tempfile::tempdir().unwrap();
    let pages = Pages::start(Second::Busy(1));
    let job = patient(paged(dir.path(), &pages), 2);
    let outcome = perform(&LocalEngine, job, CancellationToken::new(), |_| {}).await;
    assert_eq!(outcome, RunOutcome::Succeeded);
    let recorded = find(dir.path(), "last").unwrap();
    let metrics = recorded.metrics().unwrap();
    for step in &metrics.steps {
        assert_eq!((step.attempts, step.status.as_str()), (2, "finished"));
        assert!(step.process_peak_memory_bytes > 1 << 20, "{step:?}");
        assert!(step.bytes_out > 0 && step.duration_us > 0, "{step:?}");
    }
    let page = html(&recorded).unwrap();
    for part in [
        "attempt 2 of 2",
        "http-busy",
        "(2 attempts)",
        "20,000",
        "<svg",
        "/1</code>",
        "out.csv",
        "Utf8",
        "stroke-width=\"8\"",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    for outside in ["<script", "http-equiv", "src=", "href=", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[tokio::test]
async fn sources_tell_how_far_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let mut text = "a,b\n".to_owned();
    (0..400_000).for_each(|n| text.push_str(&format!("{n},some text to make it longer {n}\n")));
    std::fs::write(dir.path().join("in.csv"), &text).unwrap();
    let steps = vec![read("in", "in.csv"), write("out", "in", "out.csv")];
    let ran = run(job(dir.path(), steps)).await;
    let far: Vec<_> = ran
        .facts
        .iter()
        .filter_map(|fact| match fact {
            RunFact::StepProgress { step, far, bytes_out, rows_out, .. } if step == "in" => {
                assert_eq!(*bytes_out > 0, *rows_out > 0);
                *far
            }
            _ => None,
        })
        .collect();
    // On a fast machine there may be none; each that is told is within the file, and they go onwards.
    assert!(far.iter().all(|far| far.whole == text.len() as u64 && far.done <= far.whole), "{far:?}");
    assert!(far.windows(2).all(|pair| pair[0].done <= pair[1].done), "{far:?}");
}
