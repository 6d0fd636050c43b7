use proptest::prelude::*;

use super::*;
use crate::session::generated;

const FILE: &str = "pipelines/x.yaml";

fn event(seq: u64, fact: Fact) -> Event {
    let (v, wall_ms, mono_us) = (crate::session::event::EVENT_VERSION, 1, seq);
    Event { v, seq, wall_ms, mono_us, turn: None, request: None, step: None, fact }
}

fn edited(before: &str, text: &str) -> Fact {
    Fact::Edited { file: FILE.into(), before: before.into(), text: text.into(), diagnostics: Vec::new() }
}

fn saw(text: &str) -> Fact {
    Fact::DocumentOpened { file: FILE.into(), text: text.into(), diagnostics: Vec::new() }
}

fn applied(before: Option<&str>, text: &str) -> Fact {
    Fact::Applied {
        proposal: 1,
        file: FILE.into(),
        before: before.map(str::to_owned),
        text: text.into(),
        accepted: 1,
        rejected: 0,
        diagnostics: Vec::new(),
    }
}

struct Case {
    dir: tempfile::TempDir,
    store: Store,
    session: String,
}

impl Case {
    /// A session with these facts after its opening, in a workspace whose file holds `now`.
    fn new(facts: Vec<Fact>, now: Option<&str>) -> Case {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("store")).unwrap();
        let mut all: Vec<Event> = crate::tui::scenes::Script::opened().events;
        all.extend(facts.into_iter().zip(2..).map(|(fact, seq)| event(seq, fact)));
        let session = State::fold(&all).session;
        fork::keep(&store, &session, &all).unwrap();
        if let Some(now) = now {
            document::write(dir.path(), FILE, Some(now)).unwrap();
        }
        Case { dir, store, session }
    }

    fn rewind(&self, seq: u64, files: Files) -> Result<(SessionSummary, Vec<RestoredFile>), Diagnostic> {
        let before: Vec<_> = self.store.events(&self.session).map(|e| e.unwrap()).collect();
        let done = rewind(&self.store, self.dir.path(), &self.session, Point::Event(seq), files, 7);
        let after: Vec<_> = self.store.events(&self.session).map(|e| e.unwrap()).collect();
        assert_eq!(after, before, "the session that is left is as it was");
        done
    }

    fn file(&self) -> Option<String> {
        document::read(self.dir.path(), FILE).unwrap()
    }
}

#[test]
fn a_file_holds_again_what_it_held() {
    let case = Case::new(vec![saw("one"), edited("one", "two"), applied(Some("two"), "three")], Some("three"));
    let (summary, files) = case.rewind(2, Files::Restore).unwrap();
    assert_eq!(case.file().as_deref(), Some("one"));
    assert_eq!(files.len(), 1);
    let state = State::fold(&catalogue::events(&case.store, &summary.id).unwrap());
    assert_eq!(state.document.as_ref().unwrap().text, "one");
    assert_eq!(state.family.parent.as_ref().map(|p| (p.session.as_str(), p.seq)), Some((case.session.as_str(), 2)));
    // What was there can be brought back.
    assert_eq!(state.versions.last_write(FILE).and_then(|w| w.before.clone()).as_deref(), Some("three"));
    // And from the session that was left, the way forward is open.
    let (_, files) = case.rewind(4, Files::Keep).unwrap();
    assert!(files.is_empty());
}

#[test]
fn a_file_that_was_not_there_is_taken_away() {
    let case = Case::new(vec![Fact::said("make it"), applied(None, "new")], Some("new"));
    case.rewind(2, Files::Restore).unwrap();
    assert_eq!(case.file(), None);
}

#[test]
fn what_somebody_else_wrote_is_never_thrown_away_unasked() {
    let since = Case::new(vec![saw("one"), edited("one", "two")], Some("theirs"));
    let between = Case::new(vec![saw("one"), edited("one", "two"), saw("theirs"), edited("theirs", "x")], Some("x"));
    let before = Case::new(vec![saw("one"), saw("theirs"), edited("theirs", "x")], Some("x"));
    for case in [since, between, before] {
        let was = case.file();
        let sessions = catalogue::list(&case.store).unwrap().len();
        let refused = case.rewind(2, Files::Restore).unwrap_err();
        assert_eq!(refused.code, "rewind-conflict");
        assert!(refused.fix.as_ref().unwrap().text.contains("--files keep"));
        assert_eq!(
            (case.file(), catalogue::list(&case.store).unwrap().len()),
            (was.clone(), sessions),
            "nothing is done"
        );
        case.rewind(2, Files::Keep).unwrap();
        assert_eq!(case.file(), was);
        let (summary, files) = case.rewind(2, Files::Overwrite).unwrap();
        assert_eq!(case.file().as_deref(), Some("one"));
        assert_eq!(files[0].before, was, "it is kept in the session");
        assert!(summary.id != case.session);
    }
}

#[test]
fn what_is_as_it_was_is_not_written() {
    let back =
        Fact::Restored { file: FILE.into(), before: "two".into(), text: Some("one".into()), diagnostics: vec![] };
    let case = Case::new(vec![saw("one"), edited("one", "two"), back], Some("theirs"));
    assert!(case.rewind(2, Files::Restore).unwrap().1.is_empty());
    assert_eq!(case.file().as_deref(), Some("theirs"));
}

#[test]
fn only_pipeline_documents_are_ever_written() {
    for file in ["../x.yaml", ".git/hooks/x.yaml", "pipesmith.toml", "/etc/x.yaml", "a/../b.yaml"] {
        let hostile = Fact::Edited { file: file.into(), before: "b".into(), text: "x".into(), diagnostics: vec![] };
        let case = Case::new(vec![Fact::said("x"), hostile], None);
        assert_eq!(case.rewind(2, Files::Overwrite).unwrap_err().code, "outside-workspace", "{file}");
    }
}

#[test]
fn a_text_with_a_hidden_secret_is_not_written() {
    let masked = format!("password: {}", secret::MASK);
    let case = Case::new(vec![saw(&masked), edited(&masked, "two")], Some("two"));
    assert_eq!(case.rewind(2, Files::Overwrite).unwrap_err().code, "version-hides-secret");
    assert_eq!(case.file().as_deref(), Some("two"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever a session is: going back loses no event, and no text that a file held.
    #[test]
    fn no_event_and_no_text_is_lost(events in generated::session(40), at in any::<prop::sample::Index>(), now in "[a-c]{0,2}", files in 0usize..3) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("store")).unwrap();
        let id = State::fold(&events).session;
        fork::keep(&store, &id, &events).unwrap();
        document::write(dir.path(), "f.yaml", Some(&now)).unwrap();
        let stored = || store.events(&id).map(|e| e.unwrap()).collect::<Vec<_>>();
        let before = stored();
        let seq = at.index(events.len()) as u64 + 1;
        let files = [Files::Restore, Files::Keep, Files::Overwrite][files];
        let done = rewind(&store, dir.path(), &id, Point::Event(seq), files, 7);
        prop_assert_eq!(stored(), before);
        let holds = document::read(dir.path(), "f.yaml").unwrap();
        match done {
            Err(refused) => {
                prop_assert!(["rewind-conflict", "version-hides-secret"].contains(&refused.code.as_str()), "{}", refused.code);
                prop_assert_eq!(holds.as_deref(), Some(now.as_str()));
            }
            Ok((summary, restored)) => {
                let all = catalogue::events(&store, &summary.id).unwrap();
                prop_assert_eq!(&all[1..usize::try_from(seq).unwrap()], &events[1..usize::try_from(seq).unwrap()]);
                match restored.iter().find(|f| f.file == "f.yaml") {
                    None => prop_assert_eq!(holds.as_deref(), Some(now.as_str())),
                    Some(file) => {
                        prop_assert_eq!((file.before.as_deref(), &file.text), (Some(now.as_str()), &holds));
                        prop_assert_eq!(&all.last().unwrap().fact, &Fact::FilesRestored { files: restored.clone() });
                    }
                }
            }
        }
    }
}
