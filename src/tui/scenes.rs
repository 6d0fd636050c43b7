//! Scripted sessions for the tests of the workbench.

use crate::agent::{Purpose, ShownContract, Stage, StageOutcome, TurnFact, TurnOutcome};
use crate::diagnostic::{Diagnostic, Span};
use crate::model::{FinishReason, ModelInfo, Source, Usage};
use crate::pipeline::oml::hunk::Decision;
use crate::pipeline::run::{Far, Output, PlannedStep, Preview, RunFact, RunOutcome};
use crate::session::event::EVENT_VERSION;
use crate::session::{Event, Fact};

/// Writes events with numbers and times.
#[derive(Default)]
pub struct Script {
    pub events: Vec<Event>,
    turn: Option<u32>,
    now: u64,
}

pub const FILE: &str = "pipelines/orders.yaml";

pub const PROPOSAL: &str = "\
oml_version: \"0.1.0\"
name: orders-by-customer
steps:
  - id: read-orders
    component: filesystem.csv_extractor
    mode: read
    config:
      path: data/orders.csv
      delimeter: \";\"
  - id: sum
    component: sql.transform
    mode: transform
    needs: [read-orders]
    config:
      query: SELECT customer, sum(total) AS total FROM input_df GROUP BY customer
  - id: write-totals
    component: filesystem.csv_writer
    mode: write
    needs: [summ]
    config:
      path: output/totals.csv
";

pub fn repaired() -> String {
    PROPOSAL.replace("delimeter", "delimiter").replace("[summ]", "[sum]")
}

pub fn problems() -> Vec<Diagnostic> {
    let at = |word: &str| {
        let start = PROPOSAL.find(word).unwrap();
        Span::of(PROPOSAL, start..start + word.len())
    };
    vec![
        Diagnostic::error("unknown-config-key", "unknown key `delimeter`")
            .source(FILE)
            .at(at("delimeter"))
            .path("steps[0].config.delimeter")
            .why("the contract of filesystem.csv_extractor does not have it")
            .fix_edit("did you mean `delimiter`?", at("delimeter"), "delimiter"),
        Diagnostic::error("unknown-step", "step `write-totals` needs `summ`, which is no step")
            .source(FILE)
            .at(at("summ"))
            .path("steps[2].needs[0]")
            .fix("did you mean `sum`?"),
    ]
}

fn model() -> ModelInfo {
    ModelInfo { name: "qwen3-coder".into(), source: Source::Live { base_url: "http://127.0.0.1:8080/v1".into() } }
}

impl Script {
    pub fn opened() -> Script {
        let mut script = Script::default();
        script.push(Fact::Opened {
            session: "01JABCDEFGHJKMNPQRSTVWXYZ0".into(),
            workspace: "pipesmith-demo".into(),
            app: "0.1.0".into(),
            model: model(),
            parent: None,
        });
        script
    }

    /// One that goes on after these events.
    pub fn after(events: Vec<Event>) -> Script {
        Script { events, ..Script::default() }
    }

    pub fn push(&mut self, fact: Fact) -> &mut Script {
        if matches!(fact, Fact::Said { .. }) {
            let before = self.turn.or_else(|| self.events.iter().rev().find_map(|e| e.turn));
            self.turn = Some(before.unwrap_or(0) + 1);
        }
        self.now = self.now.max(self.events.last().map_or(0, |e| e.mono_us)) + 40_000;
        let seq = self.events.len() as u64 + 1;
        self.events.push(Event {
            v: EVENT_VERSION,
            seq,
            wall_ms: 1_790_000_000_000 + i64::try_from(self.now / 1000).unwrap(),
            mono_us: self.now,
            turn: self.turn,
            request: None,
            step: None,
            fact,
        });
        self
    }

    pub fn turn(&mut self, fact: TurnFact) -> &mut Script {
        self.push(Fact::Turn(fact))
    }

    pub fn said(&mut self, text: &str) -> &mut Script {
        self.push(Fact::said(text))
    }

    /// A whole turn of an answer without a proposal.
    pub fn answered(&mut self, text: &str) -> &mut Script {
        self.requested(1, Purpose::Answer).delta(text);
        self.turn(TurnFact::ModelFinished {
            request: 1,
            finish: FinishReason::Stop,
            usage: Some(Usage { input: 100, output: 20 }),
            first_us: 1,
            duration_us: 2,
        });
        self.turn(TurnFact::TurnFinished { outcome: TurnOutcome::Completed, duration_us: 3 })
    }

    pub fn stage(&mut self, stage: Stage) -> &mut Script {
        self.turn(TurnFact::StageStarted { stage, pass: 1 })
    }

    pub fn stage_done(&mut self, stage: Stage, us: u64) -> &mut Script {
        self.turn(TurnFact::StageFinished { stage, pass: 1, outcome: StageOutcome::Done, duration_us: us })
    }

    pub fn requested(&mut self, request: u32, purpose: Purpose) -> &mut Script {
        self.turn(TurnFact::ModelRequested { request, purpose, model: model(), hash: "h".into(), body: "{}".into() })
    }

    pub fn delta(&mut self, text: &str) -> &mut Script {
        self.turn(TurnFact::ModelDelta { request: 1, text: text.into(), thinking: false })
    }

    pub fn finished(&mut self, request: u32) -> &mut Script {
        self.turn(TurnFact::ModelFinished {
            request,
            finish: FinishReason::Stop,
            usage: Some(Usage { input: 2_150, output: 430 }),
            first_us: 210_000,
            duration_us: 3_200_000,
        })
    }

    pub fn proposed(&mut self, proposal: u32, text: &str, diagnostics: Vec<Diagnostic>) -> &mut Script {
        self.turn(TurnFact::Proposed { proposal, file: FILE.into(), base: String::new(), text: text.into() });
        self.turn(TurnFact::Checked { proposal, diagnostics, duration_us: 800 })
    }

    pub fn turn_done(&mut self) -> &mut Script {
        self.turn(TurnFact::TurnFinished { outcome: TurnOutcome::Completed, duration_us: 3_900_000 })
    }

    pub fn run(&mut self, fact: RunFact) -> &mut Script {
        self.push(Fact::Run(fact))
    }
}

pub const ANSWER: &str = "I read **orders.csv** with `;` as its delimiter and sum the totals by customer.\n\n\
- one row a customer\n- NULL totals are left out\n\n```yaml\nname: orders-by-customer\nsteps:\n  - id: read-orders\n```\n";

/// An answer is arriving.
pub fn streaming() -> Vec<Event> {
    let mut s = Script::opened();
    s.said("Sum the orders in data/orders.csv by customer and write them to output/totals.csv");
    s.stage(Stage::Input).stage_done(Stage::Input, 90).stage(Stage::Parse);
    s.turn(TurnFact::ContextBuilt {
        contracts: vec![ShownContract {
            name: "filesystem.csv_extractor".into(),
            version: "1.0.0".into(),
            fingerprint: "f".into(),
        }],
        discoveries: Vec::new(),
        document: None,
        estimated_tokens: 2_100,
        problems: Vec::new(),
    });
    s.stage_done(Stage::Parse, 12_000).stage(Stage::Think).requested(1, Purpose::Answer);
    for piece in ANSWER.split_inclusive(' ') {
        s.delta(piece);
    }
    s.events
}

/// A proposal with two faults is under review.
pub fn review() -> Vec<Event> {
    let mut s = Script::opened();
    s.said("Sum the orders by customer");
    s.stage(Stage::Think).requested(1, Purpose::Answer).delta(ANSWER).finished(1).stage_done(Stage::Think, 3_200_000);
    s.stage(Stage::Review).proposed(1, PROPOSAL, problems()).stage_done(Stage::Review, 1_100).turn_done();
    s.events
}

/// A run at work: a source that knows how far it is, rows of an earlier run, a step that waits for its next
/// attempt, one that is left out.
pub fn running() -> Vec<Event> {
    let mut s = Script::opened();
    let steps = [
        ("read-orders", "filesystem.csv_extractor", vec![]),
        ("customers", "postgres.extractor", vec![]),
        ("join", "sql.transform", vec!["read-orders".to_owned(), "customers".to_owned()]),
        ("load", "postgres.writer", vec!["join".to_owned()]),
        ("report", "filesystem.csv_writer", vec!["join".to_owned()]),
    ];
    let planned = |(id, component, needs): (&str, &str, Vec<String>)| PlannedStep {
        id: id.into(),
        component: component.into(),
        needs,
    };
    s.run(RunFact::RunStarted {
        run: "01JRUN00000000000000000000".into(),
        pipeline: "orders-by-customer".into(),
        manifest: "sha256:8f3ac1d2".into(),
        engine: "local".into(),
        steps: steps.map(planned).into(),
    });
    s.run(RunFact::StepSkipped { step: "report".into(), reason: "its rows were written before".into() });
    s.run(RunFact::StepStarted { step: "read-orders".into() });
    s.run(RunFact::StepReused { step: "customers".into(), run: "01JRUN".into(), rows: 412 });
    s.run(RunFact::StepStarted { step: "join".into() });
    s.run(RunFact::StepStarted { step: "load".into() });
    s.run(RunFact::StepRetried {
        step: "load".into(),
        attempt: 2,
        of: 3,
        wait_us: 2_000_000,
        code: "connection-refused".into(),
        reason: "the server of @postgres.shop refuses connections".into(),
        alone: true,
    });
    s.run(RunFact::StepProgress {
        step: "read-orders".into(),
        rows_in: 0,
        rows_out: 48_000,
        bytes_out: 6_000_000,
        far: Some(Far { done: 1, whole: 4 }),
    });
    s.run(RunFact::StepProgress { step: "join".into(), rows_in: 40_000, rows_out: 0, bytes_out: 0, far: None });
    s.events
}

/// From the question to the end of a run.
pub fn whole_session() -> Vec<Event> {
    let mut s = Script::opened();
    s.said("Sum the orders by customer");
    s.stage(Stage::Think).requested(1, Purpose::Answer).delta(ANSWER).finished(1).stage_done(Stage::Think, 3_200_000);
    s.stage(Stage::Review).proposed(1, PROPOSAL, problems());
    s.turn(TurnFact::RepairRequested { attempt: 1, of: 2, errors: 2 });
    s.requested(2, Purpose::Repair { attempt: 1, of: 2 }).delta("Both names are corrected.\n").finished(2);
    s.proposed(2, &repaired(), Vec::new()).stage_done(Stage::Review, 900_000).turn_done();
    for hunk in 0..3 {
        s.push(Fact::Decided { proposal: 2, hunk, decision: Decision::Accepted });
    }
    s.push(Fact::Applied {
        proposal: 2,
        file: FILE.into(),
        before: None,
        text: repaired(),
        accepted: 3,
        rejected: 0,
        diagnostics: Vec::new(),
    });
    s.push(Fact::Compiled {
        file: FILE.into(),
        pipeline: "orders-by-customer".into(),
        manifest: "sha256:8f3ac1d2e4b5a697".into(),
        build: "build/orders-by-customer/8f3ac1d2".into(),
        steps: 3,
        duration_us: 12_400,
    });
    let steps = [
        ("read-orders", "filesystem.csv_extractor", vec![]),
        ("sum", "sql.transform", vec!["read-orders".to_owned()]),
        ("write-totals", "filesystem.csv_writer", vec!["sum".to_owned()]),
    ];
    s.run(RunFact::RunStarted {
        run: "01JRUN00000000000000000000".into(),
        pipeline: "orders-by-customer".into(),
        manifest: "sha256:8f3ac1d2".into(),
        engine: "local".into(),
        steps: steps
            .iter()
            .map(|(id, component, needs)| PlannedStep {
                id: (*id).into(),
                component: (*component).into(),
                needs: needs.clone(),
            })
            .collect(),
    });
    for (step, rows_in, rows_out) in [("read-orders", 0, 120_000), ("sum", 120_000, 412), ("write-totals", 412, 412)] {
        s.run(RunFact::StepStarted { step: step.into() });
        s.run(RunFact::StepFinished { step: step.into(), rows_in, rows_out, bytes_out: 0, duration_us: 141_000 });
    }
    let row = |n: u32, total: Option<&str>| vec![Some(format!("customer-{n}")), total.map(str::to_owned)];
    s.run(RunFact::RunFinished {
        run: "01JRUN00000000000000000000".into(),
        outcome: RunOutcome::Succeeded,
        duration_us: 432_000,
        outputs: vec![Output {
            step: "write-totals".into(),
            path: "output/totals.csv".into(),
            rows: 412,
            bytes: 9_120,
        }],
        previews: vec![Preview {
            step: "write-totals".into(),
            path: "output/totals.csv".into(),
            columns: vec!["customer".into(), "total".into()],
            rows: vec![row(1, Some("1204.50")), row(2, None), row(3, Some(""))],
            total: 412,
        }],
    });
    s.events
}

/// An answer of that many pieces.
pub fn long_stream(pieces: usize) -> Vec<Event> {
    let mut s = Script::opened();
    s.said("Tell me everything").stage(Stage::Think).requested(1, Purpose::Answer);
    while s.events.len() < pieces {
        s.delta("Some words of an answer, and a few more.\n\n");
    }
    s.events
}
