use super::*;
use crate::tui::scenes;

#[test]
fn any_seek_shows_what_was() {
    let events = scenes::whole_session();
    let mut player = Player::new(events.clone());
    for count in [events.len(), 3, 0, events.len() / 2, 1] {
        player.seek_event(count);
        assert_eq!(*player.state(), State::fold(&events[..count]), "after {count}");
    }
}

#[test]
fn going_back_in_a_long_session_shows_what_was() {
    let events = scenes::long_stream(5_000);
    let mut player = Player::new(events.clone());
    player.act(Action::SeekEnd, None);
    for count in [4_321, 1_000, 999, 4_999] {
        player.seek_event(count);
        assert_eq!(player.state().seq, events[count - 1].seq);
        assert_eq!(*player.state(), State::fold(&events[..count]), "after {count}");
    }
}

#[test]
fn it_plays_pauses_and_ends() {
    let mut player = Player::new(scenes::whole_session());
    assert!(player.line().playing);
    let wait = player.next_change().unwrap();
    let before = player.line();
    assert!(player.advance(wait));
    assert_ne!(player.line(), before);
    player.act(Action::PlayPause, None);
    assert!(!player.advance(Duration::from_secs(9)) && player.next_change().is_none());
    player.act(Action::PlayPause, None);
    assert!(player.advance(Duration::from_secs(9_000)));
    let line = player.line();
    assert_eq!((line.playing, line.event, line.at_us), (false, line.events, line.end_us));
}

#[test]
fn speeds_gaps_and_turns() {
    let mut events = scenes::whole_session();
    let gap = 3_600_000_000;
    for event in events.iter_mut().skip(5) {
        event.mono_us += gap;
    }
    let mut player = Player::new(events);
    assert!(player.end() < 120_000_000);
    (0..20).for_each(|_| drop(player.act(Action::Faster, None)));
    assert_eq!(player.line().speed, "");
    assert!(player.advance(Duration::ZERO));
    (0..20).for_each(|_| drop(player.act(Action::Slower, None)));
    assert_eq!(player.line().speed, "0.25");
    player.act(Action::SeekStart, None);
    player.act(Action::NextTurn, None);
    assert_eq!(player.state().turns, 1);
    player.act(Action::PreviousTurn, None);
    assert_eq!(player.line().event, 0);
    player.act(Action::SeekTenth, Some(5));
    assert!(player.line().at_us <= player.end() / 2 + 1);
}

#[test]
fn nothing_to_play_is_no_reason_to_panic() {
    let mut player = Player::new(Vec::new());
    for action in Action::ALL {
        player.act(*action, Some(9));
        player.advance(Duration::from_secs(1));
    }
}

#[test]
fn steps_stop_at_turns_requests_findings_and_runs() {
    let events = scenes::whole_session();
    let mut player = Player::new(events.clone());
    player.act(Action::SeekStart, None);
    let mut at = |action| {
        let said = player.act(action, None);
        (player.line().event.checked_sub(1).map(|n| events[n].fact.clone()), said)
    };
    use crate::agent::TurnFact;
    use crate::pipeline::run::RunFact;
    use crate::session::Fact;
    assert!(matches!(at(Action::NextTurn).0, Some(Fact::Said { .. })));
    for _ in 0..2 {
        assert!(matches!(at(Action::NextRequest).0, Some(Fact::Turn(TurnFact::ModelRequested { .. }))));
    }
    assert!(at(Action::NextRequest).1.is_some_and(|said| said.contains("no request")));
    assert!(matches!(at(Action::PreviousRun).0, Some(Fact::Run(RunFact::RunStarted { .. }))));
    let (fact, _) = at(Action::PreviousFinding);
    assert!(
        matches!(fact, Some(Fact::Turn(TurnFact::Checked { ref diagnostics, .. })) if diagnostics.len() == 2),
        "{fact:?}"
    );
    assert_eq!(at(Action::PreviousFinding), (None, Some("There is no diagnostic before this.".to_owned())));
}

#[test]
fn words_are_found_also_across_pieces_and_round_the_end() {
    let events = scenes::streaming();
    let mut player = Player::new(events.clone());
    player.act(Action::SeekStart, None);
    assert!(player.act(Action::NextHit, None).is_some());
    assert_eq!(player.wish(Wish::Search("NULL totals are".into())), None);
    let found = player.line().event;
    assert!(
        player.state().transcript.items.iter().any(
            |i| matches!(&i.body, crate::session::state::ItemBody::Answer(a) if a.text.contains("NULL totals are"))
        )
    );
    assert!(player.act(Action::NextHit, None).is_some_and(|said| said.contains("start")), "there is only one");
    assert_eq!(player.line().event, found);
    assert!(player.wish(Wish::Search("nowhere to be found".into())).is_some());
    assert!(player.wish(Wish::Search("orders".into())).is_none());
    let last = player.line().event;
    player.act(Action::PreviousHit, None);
    assert!(player.line().event < last || player.line().event != last);
}

#[test]
fn places_are_sought_and_marked() {
    let events = scenes::whole_session();
    let mut player = Player::new(events.clone());
    player.wish(Wish::Seek("#5".into()));
    assert_eq!((player.line().event, player.line().playing), (5, false));
    player.wish(Wish::Mark("here".into()));
    player.wish(Wish::Seek("100%".into()));
    assert!(player.line().event >= events.len() - 1);
    assert_eq!(player.line().marker, None);
    assert!(player.wish(Wish::Seek("nowhere".into())).is_some());
    player.wish(Wish::GoTo(player.markers()[0].event));
    assert_eq!(player.line().marker.as_deref(), Some("here"));
    assert!(player.line().marks.iter().any(|m| m.sign == BarMark::MARKER));
    assert_eq!(player.act(Action::Unmark, None).as_deref(), Some("The marker is gone."));
    assert!(player.markers().is_empty() && player.line().marks.iter().all(|m| m.sign != BarMark::MARKER));
}
