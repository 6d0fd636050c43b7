//! Generated events, for tests of the fold and of everything that carries events: facts of every kind
//! in any order, sensible or not.

use proptest::prelude::*;

use super::event::{Branching, EVENT_VERSION, Event, Fact, FormerRun, FormerStep, RestoredFile};
use super::talk::{Approval, Compaction, OfferedModel, TalkFact};
use crate::agent::{
    CacheUse, Mention, MentionKind, Purpose, ShownContract, ShownDiscovery, Stage, StageOutcome, TurnFact, TurnOutcome,
};
use crate::connect::health::Verdict;
use crate::diagnostic::{Diagnostic, Severity, Span};
use crate::model::{FinishReason, ModelInfo, Prices, Source, Terms, Usage};
use crate::pipeline::compile::Overwrite;
use crate::pipeline::oml::hunk::{Decision, Hunk};
use crate::pipeline::run::look::{Look, LookColumn, LookFact, Profile};
use crate::pipeline::run::{CheckOutcome, Column, Far, Output, PlannedStep, Preview, Rejected, RunFact, RunOutcome};

const SESSION: &str = "01KAKJ7M3Q8Q5Z9V4T2N6R0XYZ";

fn info() -> ModelInfo {
    ModelInfo { name: "m".into(), source: Source::Live { base_url: "http://127.0.0.1/v1".into() } }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[ -~]{0,20}", "\\PC{0,8}", Just("a\nž\r\n\u{1b}[2J".to_owned())]
}

fn diagnostics() -> impl Strategy<Value = Vec<Diagnostic>> {
    proptest::collection::vec(
        (text(), 0usize..50).prop_map(|(message, at)| {
            Diagnostic::error("x", message).at(Span { start: at, end: at + 3, line: 1, column: at + 1 }).fix("do it")
        }),
        0..3,
    )
}

fn step() -> impl Strategy<Value = String> {
    prop_oneof![Just("a".to_owned()), Just("b".to_owned()), Just("never-planned".to_owned())]
}

fn turn_fact() -> impl Strategy<Value = TurnFact> {
    let stage = prop_oneof![
        Just(Stage::Input),
        Just(Stage::Parse),
        Just(Stage::Think),
        Just(Stage::Do),
        Just(Stage::Review),
        Just(Stage::Output),
        Just(Stage::Error)
    ];
    let outcome = prop_oneof![
        Just(StageOutcome::Done),
        text().prop_map(|reason| StageOutcome::Skipped { reason }),
        text().prop_map(|message| StageOutcome::Failed { message }),
        Just(StageOutcome::Cancelled)
    ];
    let document = "name: x\nsteps:\n  - id: a\n  - id: b\n";
    prop_oneof![
        (stage.clone(), 1u32..3).prop_map(|(stage, pass)| TurnFact::StageStarted { stage, pass }),
        (stage, 1u32..3, outcome, any::<u32>()).prop_map(|(stage, pass, outcome, us)| TurnFact::StageFinished {
            stage,
            pass,
            outcome,
            duration_us: us.into()
        }),
        text().prop_map(|name| TurnFact::ContextBuilt {
            contracts: vec![ShownContract {
                name: name.clone(),
                version: "1.0.0".into(),
                fingerprint: "sha256:0".into()
            }],
            discoveries: vec![ShownDiscovery {
                connection: name,
                fingerprint: "sha256:1".into(),
                tables: vec!["t".into()],
                more: 1,
                cache: Some(CacheUse { key: "0".into(), age_s: Some(3), miss: None })
            }],
            document: None,
            estimated_tokens: 9,
            problems: vec![Diagnostic::warning("w", "w")],
        }),
        (1u32..3, text()).prop_map(|(request, body)| TurnFact::ModelRequested {
            request,
            purpose: Purpose::Repair { attempt: 1, of: 2 },
            model: info(),
            hash: "0".into(),
            body,
        }),
        text().prop_map(|reason| TurnFact::ModelRetried { request: 1, attempt: 1, wait_ms: 10, reason }),
        (text(), any::<bool>()).prop_map(|(text, thinking)| TurnFact::ModelDelta { request: 1, text, thinking }),
        any::<u32>().prop_map(|n| TurnFact::ModelFinished {
            request: 1,
            finish: FinishReason::Other("x".into()),
            usage: Some(Usage { input: n.into(), output: 1 }),
            first_us: 1,
            duration_us: 2,
        }),
        text().prop_map(|t| TurnFact::ModelFailed { request: 1, diagnostic: Box::new(Diagnostic::error("model", t)) }),
        (1u32..4, text(), any::<bool>()).prop_map(move |(proposal, base, real)| TurnFact::Proposed {
            proposal,
            file: "pipelines/x.yaml".into(),
            base: base.clone(),
            text: if real { document.to_owned() } else { base },
        }),
        (1u32..4, diagnostics()).prop_map(|(proposal, diagnostics)| TurnFact::Checked {
            proposal,
            diagnostics,
            duration_us: 5
        }),
        Just(TurnFact::RepairRequested { attempt: 1, of: 2, errors: 3 }),
        prop_oneof![Just(TurnOutcome::Completed), Just(TurnOutcome::Cancelled), Just(TurnOutcome::Failed)]
            .prop_map(|outcome| TurnFact::TurnFinished { outcome, duration_us: 7 }),
    ]
}

fn run_fact() -> impl Strategy<Value = RunFact> {
    let planned = |id: &str| PlannedStep { id: id.into(), component: "c".into(), needs: vec![] };
    prop_oneof![
        Just(RunFact::RunStarted {
            run: "r".into(),
            pipeline: "p".into(),
            manifest: "sha256:2".into(),
            engine: "local".into(),
            steps: vec![planned("a"), planned("b")],
        }),
        step().prop_map(|step| RunFact::StepStarted { step }),
        (step(), any::<u32>()).prop_map(|(step, n)| RunFact::StepProgress {
            step,
            rows_in: n.into(),
            rows_out: 0,
            bytes_out: 0,
            far: (n % 2 == 0).then_some(Far { done: 1, whole: 2 }),
        }),
        (step(), text()).prop_map(|(step, reason)| RunFact::StepRetried {
            step,
            attempt: 2,
            of: 3,
            wait_us: 1_000_000,
            code: "connection-refused".into(),
            alone: reason.len() % 2 == 0,
            reason,
        }),
        (step(), text()).prop_map(|(step, reason)| RunFact::StepSkipped { step, reason }),
        step().prop_map(|step| RunFact::StepReused { step, run: "r".into(), rows: 7 }),
        step().prop_map(|step| RunFact::StepColumns {
            step,
            columns: vec![Column { name: "c".into(), data_type: "Int64".into() }]
        }),
        (step(), text()).prop_map(|(step, t)| RunFact::StepKept { step, rows: 1, bytes: 0, problem: Some(t) }),
        step().prop_map(|step| RunFact::StepMeasured { step, peak_memory_bytes: 9 }),
        step().prop_map(|step| RunFact::StepFinished { step, rows_in: 1, rows_out: 2, bytes_out: 4, duration_us: 3 }),
        (step(), text()).prop_map(|(step, t)| RunFact::StepFailed {
            step,
            diagnostic: Box::new(Diagnostic::error("e", t)),
            duration_us: 3
        }),
        (step(), text()).prop_map(|(step, to)| RunFact::CursorMoved {
            step,
            column: "c".into(),
            from: None,
            to: Some(to.into()),
            nulls: 1,
            kept: "workspace".into(),
        }),
        (step(), text()).prop_map(|(step, told)| RunFact::StepChecked {
            step,
            checks: vec![CheckOutcome {
                check: "not_null".into(),
                name: None,
                columns: vec!["c".into()],
                severity: crate::pipeline::expect::Severity::Warn,
                passed: false,
                offending: 1,
                told,
                sample: vec!["row 1: c is NULL".into()],
                file: None,
            }],
        }),
        (step(), text()).prop_map(|(step, reason)| RunFact::StepRejected {
            step,
            rejected: Box::new(Rejected { rows: 1, file: "f.yaml".into(), reasons: vec![(reason, 1)] })
        }),
        (step(), text()).prop_map(|(step, reason)| RunFact::StepStopped { step, reason }),
        prop_oneof![Just(RunOutcome::Succeeded), Just(RunOutcome::Failed), Just(RunOutcome::Cancelled)].prop_map(
            |outcome| {
                RunFact::RunFinished {
                    run: "r".into(),
                    outcome,
                    duration_us: 1,
                    outputs: vec![Output { step: "a".into(), path: "o".into(), rows: 1, bytes: 2 }],
                    previews: vec![Preview {
                        step: "a".into(),
                        path: "o".into(),
                        columns: vec!["c".into()],
                        rows: vec![vec![None]],
                        total: 1,
                    }],
                }
            }
        ),
    ]
}

fn talk_fact() -> impl Strategy<Value = TalkFact> {
    prop_oneof![
        (1u32..4, text()).prop_map(|(number, text)| TalkFact::Queued { number, text }),
        (1u32..4, text()).prop_map(|(number, text)| TalkFact::QueuedChanged { number, text }),
        (1u32..4).prop_map(|number| TalkFact::QueuedRemoved { number }),
        Just(TalkFact::QueueReleased),
        (text(), 0u64..60, any::<bool>()).prop_map(|(digest, upto, asked)| {
            TalkFact::Compacted(Compaction {
                asked,
                upto,
                dropped: 2,
                kept: 1,
                tokens_before: 9,
                tokens_after: 3,
                digest,
            })
        }),
        (1u32..3, text()).prop_map(|(number, table)| TalkFact::ApprovalAsked(Approval {
            number,
            pipeline: "p".into(),
            manifest: "sha256:4".into(),
            from: None,
            overwrites: vec![Overwrite {
                step: "a".into(),
                component: "c".into(),
                place: "@a.b".into(),
                table,
                mode: "replace".into(),
            }],
        })),
        (1u32..3, any::<bool>(), proptest::option::of(text())).prop_map(|(number, approved, withdrawn)| {
            TalkFact::ApprovalDecided { number, approved, by: "me".into(), withdrawn }
        }),
        text().prop_map(|file| TalkFact::Exported { file, events: 3 }),
        text().prop_map(|name| TalkFact::ModelsListed {
            models: vec![OfferedModel { name, configured: true, terms: Terms::default() }],
            problem: None,
        }),
        (any::<bool>(), 0u64..9).prop_map(|(chosen, input)| TalkFact::ModelChosen {
            model: info(),
            terms: Terms {
                context_tokens: Some(1000),
                prices: Some(Prices { currency: "EUR".into(), input, output: 2 }),
            },
            chosen,
        }),
    ]
}

fn fact() -> impl Strategy<Value = Fact> {
    let decision = prop_oneof![Just(Decision::Open), Just(Decision::Accepted), Just(Decision::Rejected)];
    prop_oneof![
        1 => Just(Fact::Resumed { app: "0".into(), model: info(), interrupted: vec!["turn 1".into()] }),
        1 => text().prop_map(|reason| Fact::Closed { reason }),
        3 => (text(), proptest::option::weighted(0.2, 1u32..4), proptest::option::weighted(0.2, 0u64..60))
            .prop_map(|(text, queued, instead_of)| {
                let mention = Mention { kind: MentionKind::Step, name: text.clone(), text: text.clone(), cut_from: instead_of, missing: None };
                Fact::Said { mentions: queued.map(|_| mention).into_iter().collect(), text, queued, instead_of }
            }),
        4 => talk_fact().prop_map(Fact::Talk),
        20 => turn_fact().prop_map(Fact::Turn),
        2 => (1u32..4, 0u32..5, decision).prop_map(|(proposal, hunk, decision)| Fact::Decided { proposal, hunk, decision }),
        2 => (1u32..4, proptest::collection::vec(0u32..5, 0..4), any::<bool>()).prop_map(|(proposal, hunks, yes)| {
            Fact::DecidedAll { proposal, hunks, decision: if yes { Decision::Accepted } else { Decision::Rejected } }
        }),
        2 => (1u32..4, 0u32..4, proptest::collection::vec((0usize..3, 0usize..5, 0usize..5), 0..4)).prop_map(|(proposal, hunk, parts)| {
            let part = |(old, start, end)| Hunk { old: 0..old, new: start..end };
            Fact::HunkSplit { proposal, hunk, parts: parts.into_iter().map(part).collect() }
        }),
        1 => (1u32..4, 0u32..2).prop_map(|(proposal, hunk)| Fact::HunkSplit {
            proposal, hunk, parts: vec![Hunk { old: 0..0, new: 0..1 }, Hunk { old: 0..0, new: 1..4 }]
        }),
        1 => (1u32..4, 0u32..5, text()).prop_map(|(proposal, hunk, text)| Fact::Commented { proposal, hunk, text }),
        1 => (1u32..4).prop_map(|proposal| Fact::DecisionUndone { proposal }),
        1 => (1u32..4, text(), text(), diagnostics()).prop_map(|(proposal, base, text, diagnostics)| Fact::VersionProposed {
            proposal, file: "f.yaml".into(), base, text, version: 3, diagnostics
        }),
        1 => (text(), proptest::option::of(text()), diagnostics()).prop_map(|(before, text, diagnostics)| Fact::Restored {
            file: "f.yaml".into(), before, text, diagnostics
        }),
        1 => (proptest::option::of(text()), proptest::option::of(text())).prop_map(|(before, text)| {
            Fact::FilesRestored { files: vec![RestoredFile { file: "f.yaml".into(), before, text }] }
        }),
        1 => (text(), 1u64..9).prop_map(|(session, seq)| Fact::Branched { session, seq, how: Branching::Fork }),
        1 => text().prop_map(|title| Fact::Renamed { title }),
        1 => proptest::collection::vec(text(), 0..3).prop_map(|tags| Fact::Tagged { tags }),
        1 => text().prop_map(|t| Fact::Refused { diagnostic: Box::new(Diagnostic::error("e", t)) }),
        1 => (1u32..4, text(), diagnostics()).prop_map(|(proposal, text, diagnostics)| Fact::Applied {
            proposal, file: "f.yaml".into(), before: None, text, accepted: 1, rejected: 1, diagnostics
        }),
        1 => (1u32..4).prop_map(|proposal| Fact::Discarded { proposal }),
        1 => (1u32..4, text(), text(), diagnostics()).prop_map(|(proposal, base, text, diagnostics)| Fact::FixProposed {
            proposal, file: "f.yaml".into(), base, text, code: "c".into(), diagnostics
        }),
        1 => (text(), text(), diagnostics()).prop_map(|(before, text, diagnostics)| Fact::Edited {
            file: "f.yaml".into(), before, text, diagnostics
        }),
        1 => (1u32..4, text(), text(), diagnostics()).prop_map(|(proposal, base, text, diagnostics)| Fact::ProposalEdited {
            proposal, file: "f.yaml".into(), base, text, diagnostics
        }),
        1 => (text(), diagnostics()).prop_map(|(text, diagnostics)| Fact::DocumentOpened { file: "f.yaml".into(), text, diagnostics }),
        1 => text().prop_map(|pipeline| Fact::Compiled {
            file: "f.yaml".into(), pipeline, manifest: "sha256:3".into(), build: "b".into(), steps: 2, duration_us: 9
        }),
        1 => diagnostics().prop_map(|diagnostics| Fact::CompileFailed { file: "f.yaml".into(), diagnostics }),
        10 => run_fact().prop_map(Fact::Run),
        2 => (step(), text(), 0u8..4).prop_map(|(step, t, what)| Fact::Look(match what {
            0 => LookFact::Started { step },
            1 => LookFact::Stopped { step },
            2 => LookFact::Failed { step, diagnostic: Box::new(Diagnostic::error("e", t)) },
            _ => LookFact::Found(Box::new(Look {
                step: step.clone(),
                of: step,
                columns: vec![LookColumn { name: t.clone(), kind: t.clone(), profile: Profile::default() }],
                rows: vec![vec![Some(t), None], vec![]],
                ..Look::default()
            })),
        })),
        1 => (step(), text()).prop_map(|(step, status)| Fact::RunCompared {
            run: "r".into(),
            before: FormerRun {
                run: "q".into(), status, same_manifest: true, duration_us: 3,
                steps: vec![FormerStep { step, rows_in: 1, rows_out: 2, duration_us: 3 }],
            },
        }),
        1 => text().prop_map(|name| Fact::ConnectionsTested { connections: vec![name] }),
        1 => (text(), text(), any::<bool>()).prop_map(|(connection, t, works)| Fact::ConnectionFound {
            connection,
            verdict: if works {
                Verdict::Works { detail: t }
            } else {
                Verdict::Fails { kind: "auth".into(), diagnostic: Box::new(Diagnostic::error("e", t)) }
            },
            duration_us: 5,
        }),
        1 => text().prop_map(|text| Fact::Notice { severity: Severity::Info, text }),
    ]
}

/// A session of up to `most` events after its opening, numbered and timed as a host would.
pub(crate) fn session(most: usize) -> impl Strategy<Value = Vec<Event>> {
    proptest::collection::vec((fact(), 0u64..100_000), 0..most).prop_map(|facts| {
        let opened = Fact::Opened {
            session: SESSION.into(),
            workspace: "w".into(),
            app: "0".into(),
            model: info(),
            parent: None,
        };
        let (mut turn, mut mono_us) = (0, 0);
        let all = std::iter::once((opened, 0)).chain(facts);
        all.zip(1u64..)
            .map(|((fact, pause), seq)| {
                mono_us += pause;
                turn += u32::from(matches!(fact, Fact::Said { .. }));
                let (request, step) = match &fact {
                    Fact::Turn(turn) => (turn.request(), None),
                    Fact::Run(run) => (None, run.step().map(str::to_owned)),
                    _ => (None, None),
                };
                let wall_ms = 1_700_000_000_000 + i64::try_from(mono_us / 1000).unwrap_or(0);
                Event { v: EVENT_VERSION, seq, wall_ms, mono_us, turn: Some(turn), request, step, fact }
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_prefix_folds(events in session(60)) {
        let mut state = super::State::default();
        for event in &events {
            state.apply(event);
            prop_assert_eq!(state.seq, event.seq);
        }
        prop_assert_eq!(super::State::fold(&events), state);
    }

    #[test]
    fn an_exported_and_imported_session_is_the_same(events in session(60)) {
        let mut bytes = Vec::new();
        super::export::export(SESSION, &events, &mut bytes).unwrap();
        let (header, back) = super::export::read("test", &mut std::io::Cursor::new(&bytes)).unwrap();
        prop_assert_eq!(header.events, events.len() as u64);
        prop_assert_eq!(super::State::fold(&back), super::State::fold(&events));
        prop_assert_eq!(back, events);
    }

    #[test]
    fn a_damaged_export_is_refused_and_never_read_in_part(events in session(12), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = Vec::new();
        super::export::export(SESSION, &events, &mut bytes).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok((_, back)) = super::export::read("test", &mut std::io::Cursor::new(&bytes)) {
            prop_assert_eq!(back.len(), events.len());
        }
        bytes.truncate(at);
        let cut = super::export::read("test", &mut std::io::Cursor::new(&bytes));
        prop_assert!(cut.is_err() || at + 1 >= bytes.len());
    }
}
