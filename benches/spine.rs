//! What the main job costs: check, compile, fold, journal, frames. Numbers and how to read them:
//! `docs/reference/performance.md`.

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::{Path, PathBuf};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use pipesmith::agent::{Purpose, Stage, StageOutcome, TurnFact, TurnOutcome};
use pipesmith::contract::Registry;
use pipesmith::model::{FinishReason, ModelInfo, Source, Usage};
use pipesmith::pipeline::compile::{self, CompileInput};
use pipesmith::pipeline::oml::{self, CheckContext};
use pipesmith::session::catalogue;
use pipesmith::session::event::{EVENT_VERSION, Event, Fact};
use pipesmith::session::state::State;
use pipesmith::store::Store;
use pipesmith::tui::{
    Options,
    headless::{Playback, Screen},
};

/// Pairs of a reader and a transform, as `gen-data.py --wide` makes them.
fn wide(steps: usize) -> String {
    let mut text = format!("oml_version: \"0.1.0\"\nname: wide{steps}\nsteps:\n");
    for i in 0..steps / 2 {
        let _ = write!(
            text,
            "  - id: e{i}\n    component: filesystem.csv_extractor\n    mode: read\n    needs: []\n    config: {{path: data/in_1000.csv}}\n  - id: t{i}\n    component: duckdb.processor\n    mode: transform\n    needs: [e{i}]\n    config: {{query: \"select * from df_e{i}\"}}\n"
        );
    }
    text
}

fn document(c: &mut Criterion) {
    let registry = Registry::builtin();
    let context = CheckContext { registry: &registry, connections: None, tables: &[] };
    for steps in [4, 500] {
        let text = wide(steps);
        c.bench_function(&format!("check, {steps} steps"), |b| {
            b.iter(|| oml::check("p.yaml", black_box(&text), &context))
        });
        let input = CompileInput::new("p.yaml", &text, &registry);
        c.bench_function(&format!("compile, {steps} steps"), |b| b.iter(|| compile::compile(black_box(&input))));
    }
}

/// A session of about `events` events: turns of 50 deltas each.
pub fn session(events: u64) -> Vec<Event> {
    let model = ModelInfo { name: "m".into(), source: Source::Live { base_url: "http://127.0.0.1/v1".into() } };
    let opened = Fact::Opened {
        session: "01KAKJ7M3Q8Q5Z9V4T2N6R0XYZ".into(),
        workspace: "w".into(),
        app: "0".into(),
        model: model.clone(),
        parent: None,
    };
    let mut facts = vec![opened];
    while (facts.len() as u64) < events {
        facts.push(Fact::said("say more"));
        facts.push(Fact::Turn(TurnFact::StageStarted { stage: Stage::Think, pass: 1 }));
        facts.push(Fact::Turn(TurnFact::ModelRequested {
            request: 1,
            purpose: Purpose::Answer,
            model: model.clone(),
            hash: "0".into(),
            body: "{}".into(),
        }));
        for n in 0..50 {
            let text = format!("word {n} of an answer that goes on for a while, with **bold** and `code`.\n\n");
            facts.push(Fact::Turn(TurnFact::ModelDelta { request: 1, text, thinking: false }));
        }
        facts.push(Fact::Turn(TurnFact::ModelFinished {
            request: 1,
            finish: FinishReason::Stop,
            usage: Some(Usage { input: 10, output: 500 }),
            first_us: 1,
            duration_us: 2,
        }));
        let done = StageOutcome::Done;
        facts.push(Fact::Turn(TurnFact::StageFinished { stage: Stage::Think, pass: 1, outcome: done, duration_us: 3 }));
        facts.push(Fact::Turn(TurnFact::TurnFinished { outcome: TurnOutcome::Completed, duration_us: 4 }));
    }
    facts
        .into_iter()
        .zip(1u64..)
        .map(|(fact, seq)| Event {
            v: EVENT_VERSION,
            seq,
            wall_ms: 1,
            mono_us: seq,
            turn: Some(1),
            request: None,
            step: None,
            fact,
        })
        .collect()
}

fn fold(c: &mut Criterion) {
    let events = session(100_000);
    let mut group = c.benchmark_group("session of 100,000 events");
    group.sample_size(10);
    group.bench_function("fold", |b| b.iter(|| State::fold(black_box(&events))));
    let lines: Vec<String> = events.iter().filter_map(|e| e.to_json().ok()).collect();
    group.bench_function("read from JSON", |b| {
        b.iter(|| lines.iter().filter_map(|l| serde_json::from_str::<Event>(black_box(l)).ok()).count());
    });
    group.finish();
}

fn journal(c: &mut Criterion) {
    let Ok(dir) = tempfile::tempdir() else { return };
    let Ok(store) = Store::open(dir.path()) else { return };
    let json = session(60).iter().rev().nth(3).and_then(|e| e.to_json().ok()).unwrap_or_default();
    let mut seq = 0;
    c.bench_function("journal: one event on disk", |b| {
        b.iter_batched(
            || {
                seq += 1;
                seq
            },
            |seq| store.append("01KAKJ7M3Q8Q5Z9V4T2N6R0XYZ", [(seq, json.as_bytes())]),
            BatchSize::SmallInput,
        );
    });
}

fn frames(c: &mut Criterion) {
    let mut screen = Screen::new(120, 40, &Options::default());
    for event in session(100_000) {
        screen.apply(&event);
    }
    screen.frame();
    screen.press("pgup");
    // Lines of the transcript differ in their numbers, and what is the same is not written.
    let page = screen.frame().len();
    assert!(page > 100, "a page of the transcript is drawn, not {page} bytes");
    screen.press("pgdn");
    let mut group = c.benchmark_group("frame, transcript of over 100,000 lines");
    group.bench_function("a typed letter", |b| {
        b.iter(|| {
            screen.press("x");
            screen.press("backspace");
            screen.frame().len()
        });
    });
    group.bench_function("a page back and forth", |b| {
        b.iter(|| {
            screen.press("pgup");
            let up = screen.frame().len();
            screen.press("pgdn");
            up + screen.frame().len()
        });
    });
    group.finish();
}

/// Seeking in a long recording, to and fro, with the frame that shows it.
fn seek(c: &mut Criterion) {
    let mut group = c.benchmark_group("replay of 100,000 events");
    group.sample_size(20);
    for (name, events) in [("", session(100_000)), (", documents in every turn", documents(100_000))] {
        let last = events.len();
        let mut playback = Playback::new(events, 120, 40);
        let places = [last, 7, last / 2, last - 9, last / 3];
        let mut at = 0;
        group.bench_function(format!("seek{name}"), |b| {
            b.iter(|| {
                at += 1;
                playback.seek(places[at % places.len()]).len()
            });
        });
    }
    group.finish();
}

/// A session in which every turn proposes and writes a document of 120 lines.
fn documents(events: u64) -> Vec<Event> {
    let text = wide(24);
    let mut all = session(events);
    let mut before = String::new();
    for (n, event) in all.iter_mut().enumerate().filter(|(n, _)| n % 57 == 40) {
        let text = text.replacen("in_1000", &format!("in_{n}"), 3);
        let file = "pipelines/wide.yaml".to_owned();
        event.fact = Fact::Edited { file, before, text: text.clone(), diagnostics: Vec::new() };
        before = text;
    }
    all
}

/// A session of the store, read, folded and drawn: what resuming it costs before its first frame.
fn resume(c: &mut Criterion) {
    const SESSION: &str = "01KAKJ7M3Q8Q5Z9V4T2N6R0XYZ";
    let Ok(dir) = tempfile::tempdir() else { return };
    let Ok(store) = Store::open(dir.path()) else { return };
    let (mut json_bytes, written) = (0, written_bytes());
    // As the journal writes them: some together, never more than 256.
    for chunk in session(100_000).chunks(16) {
        let encoded: Vec<(u64, String)> = chunk.iter().filter_map(|e| Some((e.seq, e.to_json().ok()?))).collect();
        json_bytes += encoded.iter().map(|(_, json)| json.len()).sum::<usize>();
        if store.append(SESSION, encoded.iter().map(|(seq, json)| (*seq, json.as_bytes()))).is_err() {
            return;
        }
    }
    let mut group = c.benchmark_group("stored session of 100,000 events");
    group.sample_size(10);
    group.bench_function("read, fold, first frame", |b| {
        b.iter(|| {
            let mut screen = Screen::new(120, 40, &Options::default());
            for event in catalogue::each_event(&store, SESSION).flatten() {
                screen.apply(&event);
            }
            screen.frame().len()
        });
    });
    group.finish();
    drop(store);
    let written = written_bytes() - written;
    let disk: u64 = files(dir.path()).iter().filter_map(|f| f.metadata().ok()).map(|m| m.len()).sum();
    println!(
        "100,000 events are {json_bytes} bytes of JSON ({} an event), {disk} bytes on disk ({} an event), \
         and {written} bytes were written in batches of 16 ({} an event)",
        json_bytes / 100_000,
        disk / 100_000,
        written / 100_000
    );
}

/// What this process has written, as the kernel counts it.
fn written_bytes() -> u64 {
    let io = std::fs::read_to_string("/proc/self/io").unwrap_or_default();
    io.lines().find_map(|line| line.strip_prefix("write_bytes: ")?.trim().parse().ok()).unwrap_or(0)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.flatten().map(|entry| entry.path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

criterion_group!(benches, document, fold, journal, frames, seek, resume);
criterion_main!(benches);
