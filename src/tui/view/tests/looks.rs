//! Looks: depths of colour, ASCII, wide characters, and the windows.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ratatui::style::{Color, Modifier};

use super::*;
use crate::tui::theme::Depth;

/// A screen, by its name: what happened, and what a person did then.
type View = (&'static str, Vec<Event>, fn(&mut Ui, &State));

/// One of every kind.
fn views() -> Vec<View> {
    vec![
        ("chat", scenes::whole_session(), |ui, state| key(ui, state, "f2")),
        ("streaming", scenes::streaming(), |_, _| {}),
        ("review", scenes::review(), |ui, state| key(ui, state, "j")),
        ("side by side", change(), |ui, state| {
            ui.focus(Pane::Document);
            key(ui, state, "v");
            key(ui, state, "z");
        }),
        ("editor", scenes::review(), |ui, state| key(ui, state, "e")),
        ("problems", scenes::review(), |ui, state| key(ui, state, "f5")),
        ("trace", scenes::whole_session(), |ui, state| key(ui, state, "f4")),
        ("components", scenes::review(), |ui, state| key(ui, state, "f6")),
        ("run", scenes::running(), |ui, state| key(ui, state, "f7")),
        ("graph", scenes::whole_session(), |ui, state| key(ui, state, "alt-8")),
        ("data", looked("2026-01-01", 40), |ui, state| {
            ui.steps.select("sum");
            key(ui, state, "alt-9");
        }),
        ("help", scenes::review(), |ui, state| key(ui, state, "f1")),
        ("palette", scenes::review(), |ui, state| key(ui, state, "alt-x")),
    ]
}

fn buffer(view: &View, theme: Theme, (columns, rows): (u16, u16)) -> Buffer {
    let state = State::fold(&view.1);
    let mut ui = ui();
    ui.theme = theme;
    ui.themes = crate::tui::theme::names(&[]);
    ui.observe(&state, 0);
    (view.2)(&mut ui, &state);
    let area = Rect::new(0, 0, columns, rows);
    let mut buf = Buffer::empty(area);
    draw(&mut ui, &state, area, &mut buf);
    buf
}

fn colour(colour: Color) -> String {
    match colour {
        Color::Reset => "-".to_owned(),
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        Color::Indexed(n) => n.to_string(),
        named => format!("{named:?}").to_lowercase(),
    }
}

/// Each style of a screen, how many cells wear it, and the first words that do.
fn styles(buf: &Buffer) -> String {
    let mut all: BTreeMap<String, (usize, String)> = BTreeMap::new();
    let mut before = None;
    for cell in buf.content.iter().filter(|cell| cell.symbol() != " ") {
        let mut name = format!("{} on {}", colour(cell.fg), colour(cell.bg));
        if cell.modifier != Modifier::empty() {
            let _ = write!(name, " {:?}", cell.modifier);
        }
        let (count, sample) = all.entry(name.clone()).or_default();
        let goes_on = *count == 0 || before.as_ref() == Some(&name);
        *count += 1;
        if goes_on && sample.chars().count() < 12 && sample.chars().count() + 1 == *count {
            sample.push_str(cell.symbol());
        }
        before = Some(name);
    }
    all.into_iter().fold(String::new(), |out, (name, (count, sample))| format!("{out}  {name}: {count} {sample}\n"))
}

#[test]
fn what_every_view_wears_in_every_depth() {
    for (depth, name, theme) in
        [(Depth::Sixteen, "16", "ansi16"), (Depth::Palette, "256", "dark"), (Depth::True, "true", "dark")]
    {
        let theme = Theme::load(theme, &[]).0.at_depth(depth);
        let told = views().iter().fold(String::new(), |out, view| {
            format!("{out}{}\n{}", view.0, styles(&buffer(view, theme.clone(), (120, 40))))
        });
        insta::assert_snapshot!(format!("styles_{name}"), told);
    }
}

/// Whatever colours there are, what is said is the same; so no colour says it alone.
#[test]
fn every_depth_and_theme_shows_the_same_words() {
    let words = |buf: &Buffer| buf.content.iter().map(|cell| cell.symbol().to_owned()).collect::<String>();
    for view in views().iter().filter(|view| view.0 != "palette") {
        let plain = words(&buffer(view, Theme::plain(), (120, 40)));
        for (name, _) in crate::tui::theme::BUILT_IN {
            for depth in [Depth::None, Depth::Sixteen, Depth::Palette, Depth::True] {
                let theme = Theme::load(name, &[]).0.at_depth(depth);
                assert_eq!(words(&buffer(view, theme, (120, 40))), plain, "{} in {name} {depth:?}", view.0);
            }
        }
    }
}

#[test]
fn ascii_alone_is_enough_for_every_view() {
    let mut told = String::new();
    for view in views() {
        let buf = buffer(&view, Theme::plain().ascii(), (80, 24));
        let rows: Vec<String> = buf
            .content
            .chunks(80)
            .map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>().trim_end().to_owned())
            .collect();
        // The words of the scenes themselves may be what they are.
        for row in &rows {
            assert!(row.is_ascii(), "{}: {row}", view.0);
        }
        let _ = writeln!(told, "{}\n{}\n", view.0, rows.join("\n"));
    }
    insta::assert_snapshot!(told);
}

/// Wide characters, joined ones and combining marks, wherever a name can stand.
fn wide() -> Vec<Event> {
    let text = "oml_version: \"0.1.0\"\nname: 订单汇总\nsteps:\n  - id: 读取订单\n    component: filesystem.csv_extractor\n    mode: read\n    config:\n      path: data/订单.csv\n  - id: výběr-žádostí\n    component: sql.transform\n    mode: transform\n    needs: [读取订单]\n    config:\n      query: SELECT 客户, sum(金额) AS 合计 FROM df GROUP BY 客户 -- 👩‍👩‍👧 ne\u{301}\n";
    let at = text.find("金额").unwrap();
    let wrong = Diagnostic::error("unknown-column", "列 `金额` 不存在 in the rows of 读取订单")
        .at(Span::of(text, at..at + 6))
        .path("steps[1].config.query")
        .why("表里只有：客户、价格、数量")
        .fix("did you mean `价格`?");
    let mut s = Script::opened();
    s.said("请按客户汇总订单，并把结果写入 output/汇总.csv。Děkuji 👩‍👩‍👧!").requested(1, Purpose::Answer);
    s.delta("好的。**汇总** 如下：\n\n| 客户 | 合计 |\n|---|---:|\n| 王小明 | 1204.50 |\n| Žofie | 17 |\n\n- 每个客户一行\n");
    s.finished(1).proposed(1, text, vec![wrong]).turn_done();
    s.events
}

#[test]
fn wide_characters() {
    for (name, pane) in [("chat", "f2"), ("document", "f3"), ("problems", "f5"), ("graph", "f11")] {
        insta::assert_snapshot!(
            format!("wide_{name}"),
            screens(&[(80, 24), (120, 40)], &wide(), |ui, state| key(ui, state, pane))
        );
    }
    insta::assert_snapshot!(
        "wide_data",
        screens(&[(80, 24), (120, 40)], &looked("王小明 👩‍👩‍👧 ne\u{301}", 30), |ui, state| {
            ui.steps.select("sum");
            key(ui, state, "f12");
        })
    );
}

#[test]
fn theme_picker() {
    insta::assert_snapshot!(every(&scenes::whole_session(), |ui, state| {
        ui.themes = crate::tui::theme::names(&[]);
        key(ui, state, "alt-t");
        key(ui, state, "down");
    }));
}

#[test]
fn what_may_follow_a_key() {
    insta::assert_snapshot!(every(&scenes::whole_session(), |ui, state| {
        ui.keymap = crate::tui::keymap::load(Some("vim"), &[]).0;
        ui.focus(Pane::Problems);
        key(ui, state, "space");
        ui.now = 200_000;
    }));
}

#[test]
fn first_run() {
    insta::assert_snapshot!(every(&Script::opened().events, |ui, _| {
        ui.surrounded = true;
        let problem = Diagnostic::error("missing-api-key", "no key for https://api.openai.com/v1 is set")
            .fix("export OPENAI_API_KEY=… and open Pipesmith again");
        ui.model_problem = Some(std::sync::Arc::new(problem));
    }));
}
