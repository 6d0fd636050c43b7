use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::*;
use crate::agent::{Purpose, TurnFact};
use crate::connect::health::Verdict;
use crate::diagnostic::{Diagnostic, Span};
use crate::pipeline::oml::hunk::Decision;
use crate::pipeline::run::look::{Bar, Look, LookColumn, LookFact, Profile};
use crate::pipeline::run::{PlannedStep, RunFact};
use crate::session::event::{FormerRun, FormerStep};
use crate::session::{Event, Fact};
use crate::tui::keymap::Chord;
use crate::tui::options::{ConnectionView, ContractView, OptionView, SessionEntry};
use crate::tui::replay::Player;
use crate::tui::scenes::{self, Script};
use crate::tui::text::Highlighter;
use crate::tui::theme::Theme;

fn ui() -> Ui {
    let mut ui = Ui::new(Theme::plain(), Highlighter::off());
    ui.contracts = crate::tui::Contracts::from(vec![ContractView {
        name: "filesystem.csv_extractor".into(),
        version: "1.0.0".into(),
        title: "Read a CSV file".into(),
        modes: vec!["read".into()],
        runnable: true,
        description: "Reads one file.".into(),
        options: vec![OptionView {
            name: "delimiter".into(),
            kind: "string".into(),
            default: Some(",".into()),
            description: "What stands between two fields.".into(),
            ..OptionView::default()
        }],
        examples: vec!["path: data/orders.csv".into()],
        ..ContractView::default()
    }]);
    ui
}

fn screen(ui: &mut Ui, state: &State, columns: u16, rows: u16) -> (Vec<String>, Option<Position>) {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    let mut cursor = None;
    terminal.draw(|frame| cursor = draw(ui, state, frame.area(), frame.buffer_mut())).unwrap();
    let buffer = terminal.backend().buffer();
    let mut lines = Vec::new();
    for y in 0..rows {
        let mut line = String::new();
        let mut covered = 0;
        for x in 0..columns {
            let symbol = buffer[(x, y)].symbol();
            assert!(!symbol.chars().any(char::is_control), "control character at {x},{y}: {symbol:?}");
            if covered > 0 {
                covered -= 1;
                continue;
            }
            covered = width(symbol).saturating_sub(1);
            line.push_str(symbol);
        }
        lines.push(line.trim_end().to_owned());
    }
    (lines, cursor)
}

/// The screens of the first-class sizes.
fn every(events: &[Event], prepare: impl Fn(&mut Ui, &State)) -> String {
    screens(&[(80, 24), (120, 40), (200, 60)], events, prepare)
}

fn screens(sizes: &[(u16, u16)], events: &[Event], prepare: impl Fn(&mut Ui, &State)) -> String {
    let all: Vec<String> = sizes
        .iter()
        .copied()
        .map(|(columns, rows)| {
            let state = State::fold(events);
            let mut ui = ui();
            ui.observe(&state, 0);
            prepare(&mut ui, &state);
            let (lines, cursor) = screen(&mut ui, &state, columns, rows);
            let at = cursor.map(|p| format!("{},{}", p.x, p.y)).unwrap_or_else(|| "off".into());
            format!("{columns}x{rows} cursor {at}\n{}\n", lines.join("\n"))
        })
        .collect();
    all.join("\n")
}

fn key(ui: &mut Ui, state: &State, key: &str) {
    ui.key(Chord::parse(key).unwrap(), state, 100_000);
}

#[test]
fn empty_session() {
    insta::assert_snapshot!(every(&Script::opened().events, |_, _| {}));
}

#[test]
fn streaming_answer() {
    insta::assert_snapshot!(every(&scenes::streaming(), |_, _| {}));
}

#[test]
fn proposal_with_two_problems() {
    insta::assert_snapshot!(every(&scenes::review(), |ui, state| {
        key(ui, state, "j");
    }));
}

/// A change of a file, partly decided, cut and commented.
fn change() -> Vec<Event> {
    let base = scenes::repaired();
    let text = base
        .replace("delimiter: \";\"", "delimiter: \",\"\n      encoding: latin1")
        .replace("sum(total) AS total", "sum(total) AS total, count(*) AS orders")
        .replace(
            "  - id: write-totals",
            "  - id: sort\n    component: sql.transform\n    mode: transform\n    needs: [sum]\n  - id: write-totals",
        )
        .replace("name: orders-by-customer\n", "");
    let mut s = Script::after(scenes::whole_session());
    s.said("Count the orders too");
    s.turn(TurnFact::Proposed { proposal: 3, file: scenes::FILE.into(), base, text: text.clone() });
    let at = text.find("encoding").unwrap();
    let found = Diagnostic::error("unknown-config-key", "`filesystem.csv_extractor` has no option `encoding`")
        .at(Span::of(&text, at..at + 8))
        .path("steps[0].config.encoding");
    s.turn(TurnFact::Checked { proposal: 3, diagnostics: vec![found], duration_us: 800 });
    s.turn_done();
    s.push(Fact::DecidedAll { proposal: 3, hunks: vec![0], decision: Decision::Rejected });
    s.push(Fact::Decided { proposal: 3, hunk: 2, decision: Decision::Accepted });
    let comment = "Is latin1 right? The files of 2024 are UTF-8,\nlook at the samples.";
    s.push(Fact::Commented { proposal: 3, hunk: 1, text: comment.into() });
    s.events
}

#[test]
fn review_of_a_change_side_by_side_and_as_one() {
    insta::assert_snapshot!(every(&change(), |ui, state| key(ui, state, "j")));
    insta::assert_snapshot!(
        "review_zoomed",
        every(&change(), |ui, state| {
            key(ui, state, "j");
            key(ui, state, "z");
        })
    );
}

#[test]
fn what_goes_with_the_next_message_is_shown_above_it() {
    insta::assert_snapshot!(every(&change(), |ui, state| {
        key(ui, state, "f2");
    }));
    insta::assert_snapshot!(
        "comment",
        every(&change(), |ui, state| {
            key(ui, state, "j");
            key(ui, state, "m");
        })
    );
}

fn step(id: &str, needs: &[&str]) -> String {
    let list = needs.join(", ");
    format!("  - id: {id}\n    component: sql.transform\n    mode: transform\n    needs: [{list}]\n")
}

/// A document of these steps, and an error in the last.
fn document(steps: &[(&str, &[&str])]) -> Vec<Event> {
    let all: String = steps.iter().map(|(id, needs)| step(id, needs)).collect();
    let text = format!("name: d\nsteps:\n{all}");
    let last = steps.len().saturating_sub(1);
    let wrong = Diagnostic::error("e", "wrong").path(format!("steps[{last}].config"));
    let mut s = Script::opened();
    s.push(Fact::DocumentOpened { file: scenes::FILE.into(), text, diagnostics: vec![wrong.clone(), wrong] });
    s.events
}

#[test]
fn graph() {
    insta::assert_snapshot!(every(&scenes::whole_session(), |ui, state| {
        key(ui, state, "alt-8");
        key(ui, state, "down");
        ui.steps.select("sum");
    }));
    let branched: &[(&str, &[&str])] = &[
        ("orders", &[]),
        ("customers", &[]),
        ("rates-of-the-european-central-bank", &[]),
        ("paid", &["orders"]),
        ("joined", &["paid", "customers", "rates-of-the-european-central-bank"]),
        ("by-city", &["joined"]),
        ("výsledky", &["joined", "orders"]),
        ("你好", &["by-city", "výsledky"]),
    ];
    insta::assert_snapshot!(
        "graph_branched",
        every(&document(branched), |ui, state| {
            key(ui, state, "alt-8");
            key(ui, state, "z");
            ui.steps.select("paid");
        })
    );
}

#[test]
fn graph_of_many_steps() {
    let ids: Vec<String> = (0..60).map(|n| format!("step-{n:02}")).collect();
    let needs = |n: usize| -> Vec<&str> {
        match n {
            0..4 => vec![],
            n if n % 7 == 0 => vec![&ids[n - 4], &ids[n - 1], &ids[1]],
            n if n % 3 == 0 => vec![&ids[n - 3]],
            n => vec![&ids[n - 1]],
        }
    };
    let needs: Vec<Vec<&str>> = (0..60).map(needs).collect();
    let steps: Vec<(&str, &[&str])> = ids.iter().zip(&needs).map(|(id, n)| (id.as_str(), n.as_slice())).collect();
    insta::assert_snapshot!(every(&document(&steps), |ui, state| {
        key(ui, state, "alt-8");
        ui.steps.select("step-30");
    }));
}

/// The rows of a step were read.
fn looked(value: &str, rows: usize) -> Vec<Event> {
    let column = |name: &str, kind: &str, profile| LookColumn { name: name.into(), kind: kind.into(), profile };
    let bars = |all: &[(&str, u64)]| all.iter().map(|(l, c)| Bar { label: (*l).into(), count: *c }).collect();
    let look = Look {
        step: "sum".into(),
        of: "sum".into(),
        columns: vec![
            column(
                "customer",
                "VARCHAR",
                Profile {
                    rows: 412,
                    nulls: 3,
                    distinct: 57,
                    min: Some("customer-1".into()),
                    max: Some(value.into()),
                    histogram: bars(&[("customer-1", 40), (value, 12), ("customer-7", 1)]),
                },
            ),
            column("total", "DECIMAL(12,2)", Profile { rows: 412, distinct: 412, ..Profile::default() }),
            column("a long name of a column that nobody can read", "TIMESTAMP WITH TIME ZONE", Profile::default()),
        ],
        more_columns: 2,
        rows: (0..rows)
            .map(|n| vec![Some(format!("customer-{n}")), (n % 5 > 0).then(|| format!("{n}.50")), Some(value.into())])
            .collect(),
        total: 412,
        limit: 10_000,
        duration_us: 120_000,
    };
    let mut s = Script::after(scenes::whole_session());
    s.push(Fact::RunCompared {
        run: "01JRUN00000000000000000000".into(),
        before: FormerRun {
            run: "01JRUN00000000000000000000".into(),
            status: "succeeded".into(),
            same_manifest: false,
            duration_us: 400_000,
            steps: vec![FormerStep { step: "sum".into(), rows_in: 118_000, rows_out: 410, duration_us: 90_000 }],
        },
    });
    s.push(Fact::Look(LookFact::Started { step: "sum".into() }));
    s.push(Fact::Look(LookFact::Found(Box::new(look))));
    s.events
}

#[test]
fn rows_and_profile_of_a_step() {
    let open = |ui: &mut Ui, state: &State| {
        ui.steps.select("sum");
        key(ui, state, "alt-9");
    };
    insta::assert_snapshot!("data", every(&looked("2026-01-01 Ž 你好", 120), open));
    insta::assert_snapshot!(
        "data_profile",
        every(&looked("2026-01-01 Ž 你好", 120), |ui, state| {
            open(ui, state);
            key(ui, state, "p");
        })
    );
    insta::assert_snapshot!(
        "run_compared",
        every(&looked("x", 3), |ui, state| {
            ui.steps.select("sum");
            key(ui, state, "f7");
        })
    );
}

#[test]
fn layouts() {
    insta::assert_snapshot!(screens(&[(120, 40)], &scenes::whole_session(), |ui, state| {
        key(ui, state, "f7");
        for _ in 0..3 {
            key(ui, state, "alt-l");
        }
        ui.notice = None;
    }));
    insta::assert_snapshot!(
        "layout_without_chat",
        screens(&[(120, 40)], &scenes::review(), |ui, state| {
            key(ui, state, "alt-h");
        })
    );
}

#[test]
fn a_run_at_work() {
    let planned = |id: &str, needs: &[&str]| PlannedStep {
        id: id.into(),
        component: "sql.transform".into(),
        needs: needs.iter().map(|n| (*n).to_owned()).collect(),
    };
    let mut s = Script::after(scenes::whole_session());
    s.run(RunFact::RunStarted {
        run: "01JRUN00000000000000000001".into(),
        pipeline: "orders-by-customer".into(),
        manifest: "sha256:8f3ac1d2".into(),
        engine: "local".into(),
        steps: vec![planned("read-orders", &[]), planned("sum", &["read-orders"]), planned("write-totals", &["sum"])],
    });
    for step in ["read-orders", "sum"] {
        s.run(RunFact::StepStarted { step: step.into() });
    }
    let (rows_out, bytes_out) = (120_000, 12_345_678);
    s.run(RunFact::StepFinished { step: "read-orders".into(), rows_in: 0, rows_out, bytes_out, duration_us: 80_000 });
    s.run(RunFact::StepProgress { step: "sum".into(), rows_in: 30_000, rows_out: 0, bytes_out: 0, far: None });
    insta::assert_snapshot!(every(&s.events, |ui, state| {
        key(ui, state, "f7");
        // Two seconds after the last event.
        ui.now = 2_000;
    }));
}

#[test]
fn finished_run() {
    insta::assert_snapshot!(every(&scenes::whole_session(), |ui, state| key(ui, state, "f7")));
}

#[test]
fn a_run_with_a_retry_and_kept_rows() {
    insta::assert_snapshot!(every(&scenes::running(), |ui, state| key(ui, state, "f7")));
}

#[test]
fn chat_after_the_run() {
    insta::assert_snapshot!(every(&scenes::whole_session(), |ui, state| key(ui, state, "f2")));
}

#[test]
fn problems_trace_and_components() {
    for (name, pane) in [("problems", "f5"), ("trace", "f4"), ("components", "f6")] {
        insta::assert_snapshot!(name, every(&scenes::review(), |ui, state| key(ui, state, pane)));
    }
}

#[test]
fn connections_and_their_health() {
    let views = |names: &[&str]| {
        names
            .iter()
            .map(|name| ConnectionView {
                reference: (*name).to_owned(),
                default: *name == "@mysql.shop",
                fields: vec![("host".into(), "db".into()), ("password".into(), "${SHOP_PASSWORD}".into())],
                missing: if *name == "@mysql.new" { vec!["NEW_PASSWORD".into()] } else { Vec::new() },
                problems: Vec::new(),
            })
            .collect::<Vec<_>>()
    };
    let mut script = Script::opened();
    let connections = ["@filesystem.data", "@mysql.shop", "@rest.api"].map(str::to_owned).to_vec();
    script.push(Fact::ConnectionsTested { connections });
    script.push(Fact::ConnectionFound {
        connection: "@filesystem.data".into(),
        verdict: Verdict::Works { detail: "data can be read and written".into() },
        duration_us: 900,
    });
    let diagnostic = Diagnostic::error("connection-refused", "the server of @mysql.shop refuses connections")
        .path("connections.mysql.shop.host")
        .why("Connection refused (os error 111)")
        .fix("check `host` and `port`, that the server runs, and that it listens there");
    script.push(Fact::ConnectionFound {
        connection: "@mysql.shop".into(),
        verdict: Verdict::Fails { kind: "refused".into(), diagnostic: Box::new(diagnostic) },
        duration_us: 1_200,
    });
    insta::assert_snapshot!(every(&script.events, |ui, state| {
        ui.connections.all =
            std::sync::Arc::new(views(&["@filesystem.data", "@mysql.new", "@mysql.shop", "@rest.api"]));
        key(ui, state, "f10");
        key(ui, state, "j");
        key(ui, state, "j");
    }));
}

#[test]
fn editor() {
    insta::assert_snapshot!(every(&scenes::review(), |ui, state| {
        key(ui, state, "e");
        key(ui, state, "f8");
        key(ui, state, "end");
        key(ui, state, "#");
    }));
}

#[test]
fn palette() {
    insta::assert_snapshot!(every(&scenes::review(), |ui, state| {
        key(ui, state, "alt-x");
        for c in ["h", "u", "n", "k"] {
            key(ui, state, c);
        }
    }));
}

#[test]
fn help_overlay() {
    insta::assert_snapshot!(every(&scenes::review(), |ui, state| key(ui, state, "f1")));
}

#[test]
fn replay_line() {
    let events = scenes::whole_session();
    let mut player = Player::new(events.clone());
    player.act(crate::tui::keymap::Action::Faster, None);
    let line = player.line();
    insta::assert_snapshot!(every(&events[..12], |ui, _| ui.replay = Some(line.clone())));
}

#[test]
fn session_picker_with_recording_and_hint() {
    let entry = |id: &str, title: &str, turns| SessionEntry {
        id: id.into(),
        title: title.into(),
        started_ms: 1_790_000_000_000,
        turns,
        events: 1_234,
        state: "finished".into(),
        ..SessionEntry::default()
    };
    let sessions = vec![entry("01JABCDEFGHJKMNPQRSTVWXYZ0", "", 0), entry("b", "Sum the orders by customer", 3)];
    insta::assert_snapshot!(every(&Script::opened().events, |ui, state| {
        ui.sessions.clone_from(&sessions);
        ui.recorded = Some("demo.jsonl".into());
        ui.hint = Some("Press enter to send the request that is already typed.".into());
        ui.composer = crate::tui::pane::composer::Composer::with("Sum the orders");
        ui.composer.paste(&"x\n".repeat(30)).unwrap();
        key(ui, state, "ctrl-o");
    }));
}

#[test]
fn the_same_words_in_every_theme_and_in_ascii_no_box() {
    let state = State::fold(&scenes::review());
    let shown = |theme: Theme| {
        let mut ui = ui();
        ui.theme = theme;
        ui.focus(Pane::Document);
        screen(&mut ui, &state, 120, 40).0
    };
    let plain = shown(Theme::plain());
    for (name, _) in crate::tui::theme::BUILT_IN {
        assert_eq!(shown(Theme::load(name, &[]).0), plain, "{name}");
    }
    let ascii = shown(Theme::plain().ascii());
    assert!(ascii.iter().all(|l| l.is_ascii()), "{ascii:#?}");
}

mod looks;
mod robust;
