//! Whatever is shown, at every size, under any keys: nothing leaves its place, nothing acts on the terminal.

use proptest::prelude::*;

use super::*;

/// Scenes with every pane, window and kind of text.
fn desks() -> Vec<(Ui, State)> {
    let hostile = "\u{1b}]52;c;aGk=\u{7}\u{1b}[2J\u{9b}31m\u{202e}tset\u{0}\r\u{8} 你好👩‍👩‍👧é\u{301}";
    let mut script = Script::opened();
    script.said(&hostile.repeat(50)).requested(1, Purpose::Answer);
    script.delta(&format!(
        "{hostile}\n\n| {hostile} | b |\n|---|---|\n| 1 | {hostile} |\n\n```yaml\n{hostile}\n```\n> {hostile}\n"
    ));
    script.delta(&hostile.repeat(10_000));
    let problems = scenes::problems().into_iter().map(|mut d| {
        d.message = hostile.into();
        d.why = Some(hostile.into());
        d
    });
    script.finished(1).proposed(1, &scenes::PROPOSAL.replace("sum(total)", hostile), problems.collect());
    script.turn_done();
    let all = [
        script.events,
        Script::opened().events,
        scenes::streaming(),
        scenes::review(),
        scenes::whole_session(),
        change(),
        looked(&hostile.repeat(3), 40),
    ];
    let mut out = Vec::new();
    for events in &all {
        for pane in Pane::ALL {
            let mut ui = ui();
            ui.focus(pane);
            ui.steps.select("sum");
            out.push((ui, State::fold(events)));
        }
        let mut profile = ui();
        profile.focus(Pane::Data);
        profile.steps.select("sum");
        profile.data.toggle();
        out.push((profile, State::fold(events)));
        for window in ["f1", "ctrl-o"] {
            let state = State::fold(events);
            let mut ui = ui();
            key(&mut ui, &state, window);
            out.push((ui, state));
        }
    }
    out
}

#[test]
fn every_size_of_every_scene() {
    let mut desks = desks();
    let sizes = (1..=60u16).flat_map(|rows| (1..=200u16).map(move |columns| (columns, rows)));
    for (n, (columns, rows)) in sizes.enumerate() {
        let count = desks.len();
        let (ui, state) = &mut desks[n % count];
        let area = Rect::new(0, 0, columns, rows);
        let mut buf = Buffer::empty(area);
        let cursor = draw(ui, state, area, &mut buf);
        assert!(cursor.is_none_or(|at| area.contains(at)), "cursor outside at {columns}x{rows}");
        assert!(buf.content.iter().all(|c| !c.symbol().chars().any(char::is_control)));
    }
}

#[test]
fn hostile_text_is_harmless_in_every_pane() {
    for (mut ui, state) in desks() {
        for (columns, rows) in [(80, 24), (120, 40), (37, 11)] {
            let (lines, _) = screen(&mut ui, &state, columns, rows);
            assert!(lines.iter().all(|l| !l.contains('\u{202e}')));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_keys_in_any_scene(
        scene in 0usize..100,
        keys in proptest::collection::vec(0usize..64, 0..40),
        columns in 1u16..140,
        rows in 1u16..45,
    ) {
        let keymaps = ["default", "vim", "emacs"].map(|name| crate::tui::keymap::load(Some(name), &[]).0);
        let all: Vec<Vec<Chord>> = keymaps
            .iter()
            .flat_map(|keymap| keymap.bindings().iter().flat_map(|b| b.keys.iter().map(|k| k.chords.clone())))
            .collect();
        let mut desks = desks();
        let count = desks.len();
        let (ui, state) = &mut desks[scene % count];
        ui.keymap = keymaps[scene % 3].clone();
        for (n, k) in keys.iter().enumerate() {
            for chord in &all[k * 7 % all.len()] {
                ui.key(*chord, state, n as u64 * 500);
            }
            let area = Rect::new(0, 0, columns, rows);
            let mut buf = Buffer::empty(area);
            let cursor = draw(ui, state, area, &mut buf);
            prop_assert!(cursor.is_none_or(|at| area.contains(at)));
        }
    }
}
