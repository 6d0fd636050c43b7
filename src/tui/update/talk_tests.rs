use super::desk::{Desk, sends};
use crate::agent::{Stage, TurnFact, TurnOutcome};
use crate::session::talk::{Approval, TalkCommand, TalkFact};
use crate::session::{Command, Fact};
use crate::tui::pane::Pane;
use crate::tui::scenes::{self, Script};
use crate::tui::ui::GRACE;

fn talk(command: TalkCommand) -> Vec<Command> {
    vec![Command::Talk(command)]
}

fn queued(number: u32, text: &str) -> Fact {
    Fact::Talk(TalkFact::Queued { number, text: text.into() })
}

fn ended(outcome: TurnOutcome) -> Fact {
    Fact::Turn(TurnFact::TurnFinished { outcome, duration_us: 1 })
}

/// A turn is running, and two messages wait.
fn waiting() -> Desk {
    let mut d = Desk::new(&Script::opened().said("first").stage(Stage::Think).events);
    d.happens(queued(1, "second"));
    d.happens(queued(2, "third"));
    d
}

#[test]
fn a_message_that_is_sent_while_a_turn_runs_goes_to_the_session_and_is_shown_as_waiting() {
    let mut d = waiting();
    d.type_text("fourth");
    assert_eq!(sends(&d.key("enter")), [Command::Send { text: "fourth".into() }]);
    assert!(d.ui.composer.is_empty());
    d.happens(queued(3, "fourth\nwith a second line"));
    d.happens(queued(4, "fifth"));
    let screen = d.screen(80, 24);
    for row in ["queued 1  second", "queued 2  third", "queued 3  fourth", "+1 more"] {
        assert!(screen.contains(row), "{row}:\n{screen}");
    }
}

#[test]
fn a_message_that_waits_is_changed_or_removed() {
    let mut d = waiting();
    d.type_text("a draft");
    d.key("alt-j");
    assert_eq!(d.ui.composer.message(), "third");
    d.key("alt-j");
    assert_eq!(d.ui.composer.message(), "second");
    d.type_text("!");
    d.key("alt-j");
    assert_eq!(d.ui.composer.message(), "second!", "a change is not thrown away");
    assert_eq!(sends(&d.key("enter")), talk(TalkCommand::ChangeQueued { number: 1, text: "second!".into() }));
    assert_eq!(d.ui.composer.message(), "a draft", "what was being written comes back");
    assert_eq!(sends(&d.key("alt-k")), talk(TalkCommand::RemoveQueued { number: 2 }));
    d.key("alt-j");
    d.key("esc");
    assert_eq!(d.ui.composer.message(), "a draft", "esc leaves the message before it interrupts the turn");
    assert_eq!(sends(&d.key("esc")), [Command::CancelTurn]);
}

#[test]
fn a_message_that_is_sent_while_it_is_changed_keeps_the_words() {
    let mut d = waiting();
    d.key("alt-j");
    d.type_text("!");
    d.happens(ended(TurnOutcome::Completed));
    d.happens(Fact::Said { text: "third".into(), mentions: vec![], queued: Some(2), instead_of: None });
    assert!(d.key("enter").is_empty());
    assert_eq!(d.ui.composer.message(), "third!");
    assert_eq!(sends(&d.key("enter")), [Command::Send { text: "third!".into() }]);
}

#[test]
fn an_interrupt_holds_what_waits_until_it_is_released() {
    let mut d = waiting();
    d.happens(ended(TurnOutcome::Cancelled));
    assert!(d.state.queue.held && d.state.queue.next().is_none());
    assert!(d.screen(80, 24).contains("2 messages are held"), "{}", d.screen(80, 24));
    d.type_text("other");
    assert_eq!(
        sends(&d.key("enter")),
        [Command::Send { text: "other".into() }],
        "words go first, what waits stays held"
    );
    assert_eq!(sends(&d.key("enter")), talk(TalkCommand::ReleaseQueue));
    d.key("ctrl-x");
    assert_eq!(sends(&d.key("ctrl-j")), talk(TalkCommand::ReleaseQueue));
    d.happens(Fact::Talk(TalkFact::QueueReleased));
    assert_eq!(d.state.queue.next().map(|queued| queued.number), Some(1));
    assert!(d.key("enter").is_empty());
}

#[test]
fn a_resumed_session_holds_what_waits() {
    let mut d = waiting();
    let model = d.state.model.clone().unwrap();
    d.happens(Fact::Closed { reason: "hang-up".into() });
    d.happens(Fact::Resumed { app: "0".into(), model, interrupted: vec![] });
    assert!(d.state.queue.held && d.state.queue.messages.len() == 2);
}

#[test]
fn the_last_message_is_sent_again_and_its_answer_set_aside() {
    let mut script = Script::opened();
    script.said("first").answered("one").said("second").answered("two");
    let mut d = Desk::new(&script.events);
    let second = d.state.transcript.messages().next_back().unwrap().0;
    assert_eq!(sends(&d.key("alt-r")), talk(TalkCommand::Resend { message: second, text: None }));
    d.happens(Fact::Said { text: "second".into(), mentions: vec![], queued: None, instead_of: Some(second) });
    let screen = d.screen(100, 30);
    assert!(screen.contains("Set aside: “second” and") && !screen.contains("two"), "{screen}");
    assert!(screen.contains("one") && screen.contains("› You"), "{screen}");
    assert!(d.key("alt-r").is_empty(), "not while a turn runs");
}

#[test]
fn a_former_message_is_said_in_other_words() {
    let mut script = Script::opened();
    script.said("first").answered("one").said("second").answered("two");
    let mut d = Desk::new(&script.events);
    d.ui.focus(Pane::Chat);
    let first = d.state.transcript.messages().next().unwrap().0;
    d.key("alt-e");
    d.key("alt-e");
    assert_eq!(d.ui.composer.message(), "first");
    d.type_text(" thing");
    assert!(d.screen(100, 30).contains("other words for a former message"));
    let wanted = TalkCommand::Resend { message: first, text: Some("first thing".into()) };
    assert_eq!(sends(&d.key("enter")), talk(wanted));
    d.happens(Fact::Said { text: "first thing".into(), mentions: vec![], queued: None, instead_of: Some(first) });
    let messages: Vec<&str> = d.state.transcript.messages().map(|(_, text)| text).collect();
    assert_eq!(messages, ["first thing"]);
}

#[test]
fn an_at_sign_opens_what_can_be_named_and_tab_takes_it() {
    let mut d = Desk::new(&Script::after(crate::tui::scenes::whole_session()).events);
    d.ui.focus(Pane::Chat);
    d.ui.around.files = std::sync::Arc::new(vec!["data/orders.csv".into(), "my notes.txt".into()]);
    d.ui.around.components = std::sync::Arc::new(vec!["mysql.extractor".into()]);
    d.draw();
    d.type_text("see @ord");
    let screen = d.screen(100, 30);
    assert!(screen.contains("@step:read-orders") && screen.contains("@file:data/orders.csv"), "{screen}");
    d.key("esc");
    assert!(d.ui.completion.is_none());
    d.type_text("e");
    assert!(d.ui.completion.is_none(), "what was closed stays closed for this word");
    for _ in 0..5 {
        d.key("backspace");
    }
    d.type_text("@notes");
    d.key("tab");
    assert_eq!(d.ui.composer.message(), "see @file:\"my notes.txt\" ");
    d.type_text("and @mysqlex");
    d.key("enter");
    assert_eq!(d.ui.composer.message(), "see @file:\"my notes.txt\" and @component:mysql.extractor ");
    assert_eq!(sends(&d.key("enter")).len(), 1);
}

#[test]
fn a_word_with_a_slash_is_carried_out_and_not_sent() {
    let mut d = Desk::new(&Script::after(crate::tui::scenes::whole_session()).events);
    d.ui.focus(Pane::Chat);
    d.type_text("/compi");
    assert!(d.screen(100, 30).contains("/compile"));
    assert_eq!(sends(&d.key("enter")), [Command::Compile]);
    assert!(d.ui.composer.is_empty());
    d.type_text("/frobnicate");
    assert!(d.key("enter").is_empty());
    assert_eq!(d.ui.composer.message(), "/frobnicate", "nothing is lost");
    assert!(d.ui.notice.as_ref().unwrap().0.contains("there is no /frobnicate"));
    d.key("ctrl-c");
    d.type_text("//etc is");
    assert_eq!(sends(&d.key("enter")), [Command::Send { text: "/etc is".into() }]);
    d.type_text("/theme mono");
    d.ui.themes = vec!["mono".into()];
    assert_eq!(d.key("enter"), [super::Effect::Theme("mono".into())]);
}

fn asked(number: u32) -> Fact {
    let overwrite = crate::pipeline::compile::Overwrite {
        step: "write-totals".into(),
        component: "mysql.writer".into(),
        place: "@mysql.main".into(),
        table: "totals".into(),
        mode: "replace".into(),
    };
    Fact::Talk(TalkFact::ApprovalAsked(Approval {
        number,
        pipeline: "orders".into(),
        manifest: "sha256:0".into(),
        from: None,
        overwrites: vec![overwrite],
    }))
}

#[test]
fn an_approval_is_given_by_a_key_that_was_meant_for_it() {
    let mut d = Desk::new(&scenes::whole_session());
    d.ui.focus(Pane::Run);
    d.wait(GRACE);
    d.happens(asked(1));
    assert_eq!(d.ui.focus, Pane::Chat);
    assert!(d.screen(100, 30).contains("y runs it, n does not"), "{}", d.screen(100, 30));
    assert!(d.key("y").is_empty(), "a key that was on its way is typed");
    assert_eq!(d.ui.composer.message(), "y");
    d.wait(2 * GRACE);
    assert!(d.key("n").is_empty(), "while something is written, keys write");
    assert_eq!(d.ui.composer.message(), "yn");
    d.key("ctrl-c");
    d.wait(GRACE);
    assert_eq!(sends(&d.key("y")), talk(TalkCommand::Decide { approval: 1, approved: true }));
    d.wait(GRACE);
    assert_eq!(sends(&d.key("esc")), talk(TalkCommand::Decide { approval: 1, approved: false }));
    d.type_text("/decline");
    assert_eq!(sends(&d.key("enter")), talk(TalkCommand::Decide { approval: 1, approved: false }));
    let decided = TalkFact::ApprovalDecided { number: 1, approved: false, by: "ann".into(), withdrawn: None };
    d.happens(Fact::Talk(decided));
    let screen = d.screen(120, 40);
    assert!(screen.contains("(declined by ann)") && !screen.contains("y runs it"), "{screen}");
    assert!(d.key("y").is_empty() && d.ui.composer.message() == "y");
}

#[test]
fn who_looks_elsewhere_is_told_that_an_approval_waits() {
    let mut d = Desk::new(&scenes::whole_session());
    let mut script = Script::opened();
    script.push(asked(1));
    let event = script.events.last().unwrap();
    assert_eq!(d.ui.take(&mut d.state.clone(), event), None, "they look");
    d.ui.focused = false;
    let told = d.ui.take(&mut d.state, event).unwrap();
    assert!(told.starts_with("orders waits for your approval"), "{told}");
    assert_eq!(d.ui.take(&mut d.state, event), None, "once");
}

#[test]
fn an_approval_does_not_disturb_somebody_who_writes() {
    let mut d = Desk::new(&scenes::whole_session());
    d.ui.focus(Pane::Chat);
    d.type_text("and the");
    d.happens(asked(1));
    d.wait(GRACE);
    d.key("n");
    assert_eq!(d.ui.composer.message(), "and then");
    assert!(d.screen(100, 30).contains("clear the message to answer"));
}

#[test]
fn a_run_begins_again_at_the_selected_step() {
    let mut d = Desk::new(&scenes::whole_session());
    d.ui.focus(Pane::Run);
    d.draw();
    assert!(d.key("r").is_empty(), "no step is selected yet");
    d.key("]");
    d.key("]");
    assert_eq!(sends(&d.key("r")), [Command::RunFrom { step: "sum".into() }]);
}

#[test]
fn messages_and_answers_are_selected_and_unfolded() {
    let mut script = Script::opened();
    script.said("first").answered("one").said("second").answered("two");
    let mut d = Desk::new(&script.events);
    d.draw();
    d.key("alt-,");
    d.key("alt-,");
    let messages: Vec<u64> = d.state.transcript.messages().map(|(id, _)| id).collect();
    assert_eq!(d.ui.chat.selected(), Some(messages[1]));
    assert!(d.screen(100, 30).lines().any(|line| line.starts_with("▌ You")), "{}", d.screen(100, 30));
    d.key("alt-,");
    d.key("alt-i");
    assert!(d.screen(100, 30).contains("100 tokens in, 20 out, counted by the server"), "{}", d.screen(100, 30));
    d.key("alt-i");
    assert!(!d.screen(100, 30).contains("counted by the server"));
    d.key("alt-e");
    assert_eq!(d.ui.composer.message(), "first", "the message that the selected answer answers");
    d.key("esc");
    d.key("esc");
    assert_eq!(d.ui.chat.selected(), None);
}
