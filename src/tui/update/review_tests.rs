//! The review by keyboard.

use super::desk::{Desk, sends};
use super::*;
use crate::pipeline::oml::hunk::{Cut, Decision};
use crate::session::State;
use crate::tui::scenes::{self, Script};
use crate::tui::ui::GRACE;

#[test]
fn a_proposal_takes_the_focus_but_a_late_key_does_not_decide() {
    let mut d = Desk::new(&scenes::review());
    assert_eq!(d.ui.focus, Pane::Document);
    assert!(d.key("a").is_empty());
    assert!(d.wait(GRACE - 20).key("a").is_empty(), "the quiet begins anew with each key");
    d.wait(GRACE);
    assert_eq!(sends(&d.key("a")), [Command::Decide { proposal: 1, hunk: 0, decision: Decision::Accepted }]);
    assert_eq!(sends(&d.key("r")), [Command::Decide { proposal: 1, hunk: 1, decision: Decision::Rejected }]);
}

#[test]
fn a_proposal_does_not_disturb_somebody_who_writes() {
    let mut d = Desk::new(&Script::opened().events);
    d.type_text("next");
    d.state = State::fold(&scenes::review());
    d.ui.observe(&d.state, d.now);
    assert_eq!(d.ui.focus, Pane::Chat);
    assert_eq!(d.ui.composer.message(), "next");
}

#[test]
fn the_whole_review_by_keyboard() {
    let mut d = Desk::new(&scenes::review());
    d.wait(GRACE);
    assert!(d.key("w").is_empty(), "nothing is accepted yet");
    assert_eq!(d.ui.document.hunk(), 0);
    d.key("j");
    assert_eq!(sends(&d.key("r")), [Command::Decide { proposal: 1, hunk: 1, decision: Decision::Rejected }]);
    assert_eq!(sends(&d.key("A")), [Command::DecideOpen { proposal: 1, decision: Decision::Accepted }]);
    if let Some(review) = &mut d.state.review {
        review.decisions = vec![Decision::Accepted, Decision::Rejected, Decision::Open];
    }
    assert!(d.key("w").is_empty(), "an open hunk asks twice");
    assert_eq!(sends(&d.key("w")), [Command::Apply { proposal: 1 }]);
    assert!(d.key("x").is_empty());
    d.key("j");
    assert!(d.key("x").is_empty(), "another key in between takes the first press back");
    assert_eq!(sends(&d.key("x")), [Command::Discard { proposal: 1 }]);
    assert_eq!(sends(&d.key("backspace")), [Command::Decide { proposal: 1, hunk: 3, decision: Decision::Open }]);
}

#[test]
fn steps_splits_comments_and_taking_back() {
    let mut d = Desk::new(&scenes::review());
    d.wait(GRACE);
    d.key("j");
    let step = |decision| Command::DecideStep { proposal: 1, hunk: 1, decision };
    assert_eq!(sends(&d.key("t")), [step(Decision::Accepted)]);
    assert_eq!(sends(&d.key("T")), [step(Decision::Rejected)]);
    assert!(d.key("u").is_empty(), "nothing was decided yet");
    d.state.review.as_mut().unwrap().decide(&[1], Decision::Accepted);
    assert_eq!(sends(&d.key("u")), [Command::UndoDecision { proposal: 1 }]);
    d.draw();
    assert_eq!(sends(&d.key("s")), [Command::SplitHunk { proposal: 1, hunk: 1, cut: Cut::Natural }]);
    for _ in 0..3 {
        d.key("down");
    }
    assert_eq!(sends(&d.key("s")), [Command::SplitHunk { proposal: 1, hunk: 1, cut: Cut::New(5) }]);
    d.key("m");
    d.type_text("why, a? ");
    d.key("backspace");
    let wanted = Command::Comment { proposal: 1, hunk: 1, text: "why, a?".into() };
    assert_eq!(sends(&d.key("enter")), [wanted]);
    assert!(d.ui.overlay.is_none());
    d.key("m");
    d.type_text("x");
    assert!(d.key("esc").is_empty() && d.ui.overlay.is_none());
}

#[test]
fn a_hunk_or_the_document_is_edited_by_another_program() {
    let mut d = Desk::new(&scenes::review());
    d.wait(GRACE);
    d.key("j");
    let effects = d.key("E");
    let [Effect::EditOutside(outside)] = effects.as_slice() else { panic!("{effects:?}") };
    assert!(outside.text().starts_with("  - id: read-orders\n") && outside.text().ends_with("delimeter: \";\"\n"));
    let edited = outside.text().replace("delimeter", "delimiter");
    let Some(Command::Edit { proposal: Some(1), text, .. }) = outside.as_ref().clone().command(&edited) else {
        panic!()
    };
    assert_eq!(text, scenes::PROPOSAL.replace("delimeter", "delimiter"));
    let mut d = Desk::new(&scenes::whole_session());
    d.key("f3");
    let effects = d.key("E");
    let [Effect::EditOutside(outside)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((outside.proposal, outside.text()), (None, scenes::repaired().as_str()));
}

#[test]
fn a_write_is_taken_back_when_asked_for_twice_and_versions_are_listed() {
    let mut d = Desk::new(&scenes::whole_session());
    d.key("f3");
    assert!(d.key("u").is_empty());
    assert!(d.ui.notice.as_ref().unwrap().0.contains("removes it"), "{:?}", d.ui.notice);
    assert_eq!(sends(&d.key("u")), [Command::Restore]);
    d.key("V");
    let seq = d.state.versions.all.last().unwrap().seq;
    assert_eq!(sends(&d.key("enter")), [Command::ProposeVersion { version: seq }]);
    d.ui.replay = Some(crate::tui::replay::ReplayLine::default());
    for key in ["u", "u", "V"] {
        assert!(d.key(key).is_empty() && d.ui.overlay.is_none());
    }
}
