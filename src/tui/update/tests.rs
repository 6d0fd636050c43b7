use super::desk::{Desk, sends};
use super::*;
use crate::pipeline::oml::hunk::Decision;
use crate::session::{Fact, State};
use crate::tui::scenes::{self, Script};
use crate::tui::ui::GRACE;

#[test]
fn a_message_is_typed_and_sent() {
    let mut d = Desk::new(&Script::opened().events);
    d.type_text("Sum it? 1");
    d.key("ctrl-j");
    d.type_text("now");
    assert_eq!(sends(&d.key("enter")), [Command::Send { text: "Sum it? 1\nnow".into() }]);
    assert!(d.ui.composer.is_empty());
    assert!(d.key("enter").is_empty());
}

#[test]
fn what_was_refused_is_told_where_the_chat_is_out_of_sight() {
    let mut script = Script::after(scenes::whole_session());
    let mut d = Desk::new(&script.events);
    d.key("f3");
    let diagnostic = crate::diagnostic::Diagnostic::error("changed-meanwhile", "it has changed").fix("look");
    script.push(crate::session::Fact::Refused { diagnostic: Box::new(diagnostic) });
    d.state.apply(script.events.last().unwrap());
    d.ui.observe(&d.state, d.now);
    assert_eq!(d.ui.notice.as_ref().unwrap().0, "it has changed; look");
}

#[test]
fn a_pane_gets_the_whole_screen() {
    let mut d = Desk::new(&scenes::review());
    d.wait(GRACE);
    d.key("z");
    assert!(d.ui.zoomed);
    d.draw();
    d.key("alt-z");
    assert!(!d.ui.zoomed);
}

#[test]
fn escape_interrupts_a_turn_and_else_goes_back() {
    let mut d = Desk::new(&scenes::streaming());
    assert_eq!(sends(&d.key("esc")), [Command::CancelTurn]);
    assert!(d.key("enter").is_empty());
    let mut d = Desk::new(&scenes::whole_session());
    d.key("f7");
    assert_eq!(d.ui.focus, Pane::Run);
    assert!(d.key("esc").is_empty());
    assert_eq!(d.ui.focus, Pane::Chat);
}

#[test]
fn control_c_clears_then_interrupts_then_quits() {
    let mut d = Desk::new(&Script::opened().events);
    d.type_text("draft");
    assert!(d.key("ctrl-c").is_empty() && d.ui.composer.is_empty());
    assert!(d.key("ctrl-c").is_empty());
    assert_eq!(d.key("ctrl-c"), [Effect::Leave(Exit::Quit)]);
    assert!(d.key("ctrl-c").is_empty());
    d.wait(TWICE);
    d.ui.expire(d.now);
    assert!(d.key("ctrl-c").is_empty(), "the second press came too late");
    let mut d = Desk::new(&scenes::streaming());
    assert_eq!(sends(&d.key("ctrl-c")), [Command::CancelTurn]);
}

#[test]
fn compile_and_run_from_anywhere() {
    let mut d = Desk::new(&Script::opened().events);
    assert!(d.key("alt-g").is_empty(), "there is nothing to run");
    let mut d = Desk::new(&scenes::whole_session());
    assert_eq!(sends(&d.key("ctrl-b")), [Command::Compile]);
    assert_eq!(sends(&d.key("alt-g")), [Command::Run]);
    assert_eq!(d.ui.focus, Pane::Run);
    d.key("alt-2");
    assert_eq!(sends(&d.key("c")), [Command::Compile]);
    assert_eq!(sends(&d.key("g")), [Command::Run]);
}

#[test]
fn a_problem_opens_at_its_line() {
    let mut d = Desk::new(&scenes::review());
    d.key("f5");
    d.key("down");
    assert_eq!(d.ui.problems.selected(&d.state).unwrap().code, "unknown-step");
    d.key("enter");
    assert_eq!(d.ui.focus, Pane::Document);
}

#[test]
fn a_problem_is_fixed_told_or_looked_up() {
    let mut d = Desk::new(&scenes::review());
    let contract = |name: &str| crate::tui::ContractView { name: name.into(), ..Default::default() };
    d.ui.contracts = crate::tui::Contracts::from(vec![contract("other"), contract("filesystem.csv_extractor")]);
    d.key("f5");
    assert_eq!(sends(&d.key("f")), [Command::ProposeFix { diagnostic: 0, code: d.state.diagnostics[0].code.clone() }]);
    d.key("K");
    assert_eq!((d.ui.focus, d.ui.components.list.selected), (Pane::Components, 1));
    d.key("f5");
    d.key("m");
    assert_eq!(d.ui.focus, Pane::Chat);
    assert!(d.ui.composer.message().contains(&d.state.diagnostics[0].message), "{}", d.ui.composer.message());
}

#[test]
fn the_cursor_of_the_document_chooses_hunk_and_contract() {
    let mut d = Desk::new(&scenes::review());
    let contract = |name: &str| crate::tui::ContractView { name: name.into(), ..Default::default() };
    d.ui.contracts = crate::tui::Contracts::from(vec![contract("other"), contract("filesystem.csv_extractor")]);
    // The rows are known once they were drawn.
    d.draw();
    d.key("f3");
    d.key("end");
    let last = d.ui.document.hunk();
    assert_eq!(last + 1, d.state.review.as_ref().unwrap().hunks.len());
    d.key("home");
    assert_eq!(d.ui.document.hunk(), 0);
    // The last step was selected, so its problem is; the next is the first again.
    d.key("f8");
    d.key("f8");
    d.draw();
    d.key("K");
    assert_eq!((d.ui.focus, d.ui.components.list.selected), (Pane::Components, 1));
}

#[test]
fn the_next_problem_is_shown_from_any_pane() {
    let mut d = Desk::new(&scenes::review());
    let count = d.state.diagnostics.len();
    assert_eq!(count, 2);
    d.key("f4");
    for expected in [0, 1, 0] {
        d.key("f8");
        assert_eq!((d.ui.focus, d.ui.tab, d.ui.problems.number()), (Pane::Trace, Pane::Problems, expected));
    }
    d.key("shift-f8");
    assert_eq!(d.ui.problems.number(), 1);
}

#[test]
fn the_components_are_filtered() {
    let mut d = Desk::new(&Script::opened().events);
    let contract = |name: &str| crate::tui::ContractView { name: name.into(), ..Default::default() };
    d.ui.contracts =
        crate::tui::Contracts::from(vec![contract("a.reader"), contract("b.Writer"), contract("c.writer")]);
    d.key("f6");
    for key in ["/", "W", "r", "i"] {
        d.key(key);
    }
    assert_eq!(d.ui.components.shown(&d.ui.contracts), [1, 2]);
    d.key("enter");
    d.key("j");
    d.key("j");
    assert_eq!(d.ui.components.list.selected, 1);
    d.key("/");
    d.key("backspace");
    d.key("esc");
    assert_eq!(d.ui.components.shown(&d.ui.contracts).len(), 3);
    assert_eq!(d.ui.focus, Pane::Components);
}

#[test]
fn panes_go_round() {
    let mut d = Desk::new(&Script::opened().events);
    for pane in [
        Pane::Document,
        Pane::Trace,
        Pane::Problems,
        Pane::Components,
        Pane::Run,
        Pane::Connections,
        Pane::Graph,
        Pane::Data,
        Pane::Chat,
        Pane::Document,
    ] {
        d.key("tab");
        assert_eq!(d.ui.focus, pane);
    }
    d.key("shift-tab");
    assert_eq!(d.ui.focus, Pane::Chat);
    d.key("alt-4");
    assert_eq!((d.ui.focus, d.ui.tab), (Pane::Problems, Pane::Problems));
}

#[test]
fn connections_are_tried_by_a_key() {
    let mut d = Desk::new(&Script::opened().events);
    d.key("alt-7");
    assert_eq!(d.ui.focus, Pane::Connections);
    assert_eq!(d.key("enter"), []);
    let view = |name: &str| crate::tui::ConnectionView { reference: name.into(), ..Default::default() };
    d.ui.connections.all = std::sync::Arc::new(vec![view("@a.a"), view("@b.b")]);
    d.key("j");
    let one = Command::TestConnections { connection: Some("@b.b".into()) };
    for key in ["enter", "t"] {
        assert_eq!(sends(&d.key(key)), std::slice::from_ref(&one));
    }
    assert_eq!(sends(&d.key("T")), [Command::TestConnections { connection: None }]);
    d.ui.replay = Some(crate::tui::replay::ReplayLine::default());
    assert_eq!(d.key("enter"), []);
}

#[test]
fn the_picker_chooses() {
    let mut d = Desk::new(&Script::opened().events);
    let entry = |id: &str| crate::tui::SessionEntry { id: id.into(), ..Default::default() };
    d.ui.sessions = vec![entry("a"), entry("b")];
    d.key("ctrl-o");
    d.key("down");
    assert_eq!(d.key("enter"), [Effect::Leave(Exit::Switch("b".into()))]);
    d.ui.overlay = None;
    d.key("ctrl-o");
    d.key("esc");
    assert!(d.ui.overlay.is_none());
    d.key("ctrl-o");
    assert_eq!(d.key("n"), [Effect::Leave(Exit::New)]);
}

#[test]
fn a_replay_changes_nothing() {
    let mut d = Desk::new(&scenes::review());
    d.ui.replay = Some(crate::tui::replay::ReplayLine::default());
    d.wait(GRACE);
    for key in ["a", "A", "w", "x", "ctrl-r", "ctrl-b", "enter", "c", "esc", "ctrl-o"] {
        let effects = d.key(key);
        assert!(sends(&effects).is_empty(), "{key}: {effects:?}");
        assert!(d.ui.overlay.is_none());
    }
    assert_eq!(d.key("space"), [Effect::Player(Action::PlayPause, None)]);
    assert_eq!(d.key("5"), [Effect::Player(Action::SeekTenth, Some(5))]);
    d.key("g");
    let effects = "1:2".chars().flat_map(|c| d.key(&c.to_string())).count();
    assert_eq!((effects, d.key("enter")), (0, vec![Effect::Wish(Wish::Seek("1:2".into()))]));
    d.key("m");
    assert_eq!(d.key("enter"), [Effect::Wish(Wish::Mark(String::new()))]);
    let here = Exit::Fork { session: d.state.session.clone(), at: d.state.seq };
    assert_eq!(d.key("f"), [Effect::Leave(here)]);
    assert_eq!(d.key("q"), [Effect::Leave(Exit::Quit)]);
}

#[test]
fn a_branch_is_asked_for_and_gone_to() {
    let mut d = Desk::new(&scenes::whole_session());
    d.key("alt-s");
    d.key("f");
    assert_eq!(sends(&d.key("enter")), [Command::Fork { at: d.state.seq }]);
    assert_eq!(d.ui.branched(&d.state), None, "it is not there yet");
    let mut script = Script::after(scenes::whole_session());
    script.push(Fact::Branched { session: "B".into(), seq: 3, how: crate::session::event::Branching::Fork });
    let after = State::fold(&script.events);
    assert_eq!(d.ui.branched(&after), Some(Exit::Switch("B".into())));
    assert_eq!(d.ui.branched(&after), None, "once");
    d.key("alt-s");
    d.key("r");
    assert_eq!(d.key("enter"), []);
    d.key("down");
    let files = crate::session::rewind::Files::Keep;
    assert_eq!(sends(&d.key("enter")), [Command::Rewind { at: 1, files }]);
}

#[test]
fn a_paste_is_text_and_no_keys() {
    let mut d = Desk::new(&scenes::review());
    d.wait(GRACE);
    d.ui.paste("aAwx\u{1b}[31m\n", d.now);
    assert_eq!(d.ui.focus, Pane::Chat);
    assert_eq!(d.ui.composer.message(), "aAwx\u{fffd}[31m\n");
}

#[test]
fn notices_go_by_themselves() {
    let mut d = Desk::new(&Script::opened().events);
    d.key("alt-g");
    assert!(d.ui.notice.is_some());
    let until = d.ui.next_expiry().unwrap();
    assert!(!d.ui.expire(until - 1) && d.ui.expire(until));
    assert_eq!(d.ui.next_expiry(), None);
}

#[test]
fn a_text_is_edited_checked_and_written() {
    let mut d = Desk::new(&scenes::review());
    d.wait(GRACE);
    d.key("A");
    d.state.review = None;
    d.state.document =
        Some(crate::session::state::Document { file: scenes::FILE.to_owned(), text: "name: a\n".to_owned() });
    d.ui.focus(Pane::Document);
    d.key("e");
    d.key("end");
    d.type_text("bc");
    assert!(d.ui.due_check(d.now + 10).is_none(), "not while somebody types");
    let (revision, file, text) = d.ui.due_check(d.now + 150).unwrap();
    assert_eq!((file.as_str(), text.as_str()), (scenes::FILE, "name: abc\n"));
    assert!(d.ui.due_check(d.now + 999).is_none());
    d.ui.checked(revision, Vec::new());
    assert!(!d.ui.editor.as_ref().unwrap().is_stale());
    assert!(d.key("esc").is_empty());
    assert!(d.ui.editor.is_some(), "what is not written is not dropped by one key");
    let wanted = Command::Edit { file, proposal: None, base: "name: a\n".to_owned(), text: text.clone() };
    assert_eq!(sends(&d.key("ctrl-s")), [wanted]);
    d.state.document.as_mut().unwrap().text = text;
    d.ui.observe(&d.state, d.now);
    d.key("esc");
    assert!(d.ui.editor.is_none());
}

#[test]
fn an_edited_proposal_names_itself_and_is_followed() {
    let mut d = Desk::new(&scenes::review());
    d.key("e");
    d.type_text("#");
    let sent = sends(&d.key("ctrl-s"));
    let [Command::Edit { proposal: Some(1), text, .. }] = sent.as_slice() else { panic!("{sent:?}") };
    let review = d.state.review.as_mut().unwrap();
    (review.proposal, review.text) = (2, text.clone());
    d.ui.observe(&d.state, d.now);
    d.type_text("#");
    assert!(matches!(sends(&d.key("ctrl-s"))[..], [Command::Edit { proposal: Some(2), .. }]));
}

#[test]
fn an_action_is_found_by_its_words_and_a_document_by_its_name() {
    let mut d = Desk::new(&scenes::review());
    d.wait(GRACE);
    d.key("alt-x");
    d.type_text("accept open");
    assert_eq!(sends(&d.key("enter")), [Command::DecideOpen { proposal: 1, decision: Decision::Accepted }]);
    d.state.review = None;
    d.ui.documents = std::sync::Arc::new(vec!["a.yaml".into(), "b.yaml".into()]);
    d.key("o");
    d.type_text("b.y");
    assert_eq!(sends(&d.key("enter")), [Command::OpenDocument { file: "b.yaml".into() }]);
}

#[test]
fn what_follows_from_a_problem_is_behind_it() {
    let mut d = Desk::new(&scenes::review());
    let twice = d.state.diagnostics[0].clone();
    d.state.diagnostics.push(twice);
    d.state.document_version += 1;
    d.key("f5");
    d.key("end");
    assert_eq!(d.ui.problems.number(), 1, "the third follows from the first");
    d.key("home");
    d.key("right");
    d.key("down");
    assert_eq!(d.ui.problems.number(), 2);
    d.key("left");
    assert_eq!(d.ui.problems.number(), 0);
    d.key("down");
    assert_eq!(d.ui.problems.number(), 1);
}

#[test]
fn a_step_is_selected_in_all_panes() {
    let mut d = Desk::new(&scenes::whole_session());
    let contract = |name: &str| crate::tui::ContractView { name: name.into(), ..Default::default() };
    d.ui.contracts = crate::tui::Contracts::from(vec![contract("filesystem.csv_extractor"), contract("sql.transform")]);
    d.draw();
    d.key("alt-8");
    d.draw();
    assert_eq!(d.ui.steps.selected(), None);
    d.key("down");
    assert_eq!(d.ui.steps.selected_id(), Some("read-orders"));
    d.key("down");
    assert_eq!(d.ui.steps.selected_id(), Some("sum"));
    d.draw();
    assert_eq!(d.ui.document.line(), Some(10));
    assert_eq!(d.ui.trace.selected(&d.state).unwrap().label, "sum");
    d.key("alt-5");
    d.draw();
    assert_eq!(d.ui.components.list.selected, 1);
    d.key("f4");
    d.key("down");
    assert_eq!(d.ui.steps.selected_id(), Some("write-totals"));
    d.key("[");
    assert_eq!(d.ui.steps.selected_id(), Some("sum"));
    d.key("f3");
    d.key("home");
    assert_eq!(d.ui.steps.selected_id(), Some("sum"), "the first line is of no step");
    for _ in 0..4 {
        d.key("down");
    }
    assert_eq!(d.ui.steps.selected_id(), Some("read-orders"));
    let mut d = Desk::new(&scenes::review());
    d.draw();
    d.key("f5");
    d.key("down");
    assert_eq!(d.ui.steps.selected_id(), Some("write-totals"));
    d.key("alt-8");
    d.draw();
    d.key("home");
    assert_eq!((d.ui.steps.selected_id(), d.ui.problems.number()), (Some("read-orders"), 0));
}

#[test]
fn the_rows_of_a_step_are_asked_for_from_any_pane() {
    let mut d = Desk::new(&scenes::whole_session());
    d.draw();
    d.key("alt-8");
    d.key("end");
    let look = |step: &str| Command::Look { step: step.into() };
    assert_eq!(sends(&d.key("enter")), [look("write-totals")]);
    assert_eq!(d.ui.focus, Pane::Data);
    d.key("[");
    assert_eq!(sends(&d.key("enter")), [look("sum")]);
    d.key("f3");
    d.draw();
    d.key("home");
    for _ in 0..5 {
        d.key("down");
    }
    assert_eq!(sends(&d.key("enter")), [look("read-orders")]);
    d.state.activity = Activity::Looking;
    assert!(d.key("enter").is_empty());
    assert_eq!(sends(&d.key("esc")), [Command::CancelLook]);
    // In a review enter writes; d reads.
    let mut d = Desk::new(&scenes::review());
    d.wait(GRACE);
    d.draw();
    d.key("j");
    assert_eq!(sends(&d.key("d")), [look("read-orders")]);
    d.ui.replay = Some(crate::tui::replay::ReplayLine::default());
    assert!(d.key("d").is_empty());
}

#[test]
fn a_theme_is_shown_while_it_is_selected_and_kept_when_it_is_taken() {
    let mut d = Desk::new(&Script::opened().events);
    d.ui.themes = ["dark", "nord", "plain"].map(str::to_owned).to_vec();
    let theme = |name: &str| vec![Effect::Theme(name.to_owned())];
    d.key("alt-t");
    assert_eq!(d.key("down"), theme("dark"), "the one that is worn stands first");
    assert_eq!(d.key("down"), theme("nord"));
    assert_eq!(d.key("esc"), theme("plain"));
    assert_eq!(d.ui.liked_theme, None);
    d.key("alt-t");
    d.type_text("nor");
    assert_eq!(d.key("d"), theme("nord"));
    assert_eq!(d.key("enter"), theme("nord"));
    assert_eq!(d.ui.liking().theme.as_deref(), Some("nord"));
}

#[test]
fn the_screen_is_divided_as_somebody_likes() {
    let mut d = Desk::new(&scenes::whole_session());
    for name in ["chat", "review", "run", "replay", "even"] {
        d.key("alt-l");
        assert!(d.ui.notice.as_ref().unwrap().0.contains(name), "{:?}", d.ui.notice);
        d.draw();
    }
    d.key("f3");
    d.key(">");
    d.key(">");
    d.key("<");
    assert_eq!(d.ui.division.chat, 55);
    d.key("alt-h");
    d.draw();
    assert!(d.ui.liking().division.chat_hidden);
    d.key("f2");
    d.draw();
}
