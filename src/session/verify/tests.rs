use super::*;
use crate::agent::TurnFact;
use crate::session::state::ItemBody;
use crate::tui::scenes;

fn report(events: &[Event]) -> Report {
    let registry = Registry::builtin();
    verify(events, &Today { registry: &registry, connections: None, root: Path::new("."), profile: None })
}

/// A session whose checks are what today's code finds.
fn recorded_today() -> Vec<Event> {
    let mut s = scenes::Script::opened();
    s.said("copy").requested(1, crate::agent::Purpose::Answer);
    s.delta("Here.\n\n```yaml\n").delta(scenes::PROPOSAL).delta("```\n").finished(1);
    let registry = Registry::builtin();
    let context = crate::pipeline::oml::CheckContext { registry: &registry, connections: None, tables: &[] };
    let found = crate::pipeline::oml::check(scenes::FILE, scenes::PROPOSAL, &context).diagnostics;
    assert!(!found.is_empty());
    s.proposed(1, scenes::PROPOSAL, found).turn_done();
    s.events
}

#[test]
fn what_is_recorded_today_holds_today() {
    let found = report(&recorded_today());
    assert!(found.holds(), "{found:?}");
    assert_eq!((found.proposals, found.checks, found.session.len()), (1, 1, 26));
}

#[test]
fn the_first_divergence_is_told_with_its_event_and_field() {
    let mut events = recorded_today();
    for event in &mut events {
        match &mut event.fact {
            Fact::Turn(TurnFact::Checked { diagnostics, .. }) => diagnostics[0].message = "was otherwise".into(),
            Fact::Turn(TurnFact::ModelDelta { text, .. }) => *text = text.replace("total", "sum_total"),
            _ => {}
        }
    }
    let found = report(&events);
    assert_eq!(found.count, 2);
    let first = &found.divergences[0];
    assert_eq!((first.what, found.divergences[1].what), ("proposal", "check"));
    assert!(first.field.starts_with("pipelines/orders.yaml line ") && first.new.contains("sum_total"), "{first:?}");
    assert!(found.divergences[1].old.contains("was otherwise"));
}

#[test]
fn a_write_is_what_the_decisions_say() {
    let mut events = scenes::whole_session();
    let applied = events.iter().position(|e| matches!(e.fact, Fact::Applied { .. })).unwrap();
    let writes = |events: &[Event]| report(events).divergences.iter().filter(|d| d.what == "write").count();
    let due = State::fold(&events[..applied]).review.unwrap().result();
    let mut write = |written: String| {
        if let Fact::Applied { text, .. } = &mut events[applied].fact {
            *text = written;
        }
        writes(&events)
    };
    assert_eq!((write(format!("{due}more: true\n")), write(due)), (1, 0));
    assert!(State::fold(&events).transcript.items.iter().any(|i| matches!(i.body, ItemBody::Applied { .. })));
}
