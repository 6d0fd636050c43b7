use super::desk::{Desk, sends};
use crate::agent::{Stage, TurnFact, TurnOutcome};
use crate::session::talk::{TalkCommand, TalkFact};
use crate::session::{Command, Fact};
use crate::tui::pane::Pane;
use crate::tui::scenes::Script;

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
    d.key("alt-q");
    assert_eq!(d.ui.composer.message(), "third");
    d.key("alt-q");
    assert_eq!(d.ui.composer.message(), "second");
    d.type_text("!");
    d.key("alt-q");
    assert_eq!(d.ui.composer.message(), "second!", "a change is not thrown away");
    assert_eq!(sends(&d.key("enter")), talk(TalkCommand::ChangeQueued { number: 1, text: "second!".into() }));
    assert_eq!(d.ui.composer.message(), "a draft", "what was being written comes back");
    assert_eq!(sends(&d.key("alt-k")), talk(TalkCommand::RemoveQueued { number: 2 }));
    d.key("alt-q");
    d.key("esc");
    assert_eq!(d.ui.composer.message(), "a draft", "esc leaves the message before it interrupts the turn");
    assert_eq!(sends(&d.key("esc")), [Command::CancelTurn]);
}

#[test]
fn a_message_that_is_sent_while_it_is_changed_keeps_the_words() {
    let mut d = waiting();
    d.key("alt-q");
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
    assert_eq!(sends(&d.key("alt-s")), talk(TalkCommand::ReleaseQueue));
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
