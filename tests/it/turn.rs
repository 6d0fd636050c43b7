//! Turns of the assistant: with a scripted model, and with the real client against a real server.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use pipesmith::agent::{
    Purpose, Stage, StageOutcome, TurnEnv, TurnFact, TurnInput, TurnOutcome, TurnSettings, run_turn,
};
use pipesmith::connect::Connections;
use pipesmith::connect::discovery::Cache;
use pipesmith::contract::Registry;
use pipesmith::diagnostic::Diagnostic;
use pipesmith::model::openai::{OpenAiClient, OpenAiSettings};
use pipesmith::model::{FinishReason, Message, ModelClient, ModelError, ModelEvent, Role};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::scripted::{Scripted, said};
use crate::wire_server::{Act, WireServer, good, stream_head, words};

/// Two answers of a model: with two faults, and with none.
const FAULTY: &str = include_str!("answers/faulty.md");
pub const REPAIRED: &str = include_str!("answers/repaired.md");
pub const REQUEST: &str = "Join the orders of @filesystem.shop with its customers and write the revenue per city.";

pub struct Workspace {
    folder: tempfile::TempDir,
}

impl Workspace {
    pub fn new() -> Workspace {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(
            "pipesmith_connections.yaml",
            "version: 1\nconnections:\n  filesystem:\n    shop: {base_dir: data}\n    private: {base_dir: secret}\n",
        );
        write("data/customers.csv", "customer_id,name,city,segment\n1,Zoé,Brno,private\n");
        write(
            "data/orders.csv",
            "order_id,customer_id,ordered_at,status,amount,note\n1,1,2026-01-02 03:04:05,paid,9.90,\n",
        );
        write("secret/salaries.csv", "employee,salary\nx,1\n");
        Workspace { folder }
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    pub fn env(&self, model: Arc<dyn ModelClient>) -> TurnEnv {
        let (connections, problems) = Connections::load(self.root());
        assert_eq!(problems, []);
        TurnEnv {
            model,
            registry: Arc::new(Registry::builtin()),
            connections: Arc::new(connections),
            discoveries: Cache::default(),
            root: self.root().to_owned(),
            settings: TurnSettings::default(),
        }
    }
}

pub fn input(message: &str) -> TurnInput {
    TurnInput { message: message.into(), next_proposal: 1, ..TurnInput::default() }
}

/// Runs a turn to its end; returns its outcome and its facts.
pub async fn run(env: &TurnEnv, input: TurnInput) -> (TurnOutcome, Vec<TurnFact>) {
    let (tell, mut told) = mpsc::unbounded_channel();
    let outcome = run_turn(env, input, &tell, CancellationToken::new()).await;
    drop(tell);
    let mut facts = Vec::new();
    while let Some(fact) = told.recv().await {
        facts.push(fact);
    }
    assert_well_formed(&facts, outcome);
    (outcome, facts)
}

/// Every stage that begins ends, nothing is told behind the end, and no words come outside a request.
fn assert_well_formed(facts: &[TurnFact], expected: TurnOutcome) {
    let mut open: Option<(Stage, u32)> = None;
    let mut request = None;
    for fact in facts {
        match fact {
            TurnFact::StageStarted { stage, pass } => assert_eq!(open.replace((*stage, *pass)), None, "{fact:?}"),
            TurnFact::StageFinished { stage, pass, outcome, .. } => {
                let skipped = matches!(outcome, StageOutcome::Skipped { .. });
                match open.take() {
                    Some(began) => assert_eq!(began, (*stage, *pass)),
                    None => assert!(skipped, "{fact:?}"),
                }
            }
            TurnFact::ModelRequested { request: number, .. } => assert_eq!(request.replace(*number), None),
            TurnFact::ModelDelta { request: number, text, .. } => {
                assert_eq!(request, Some(*number));
                assert!(!text.is_empty());
            }
            TurnFact::ModelFinished { .. } | TurnFact::ModelFailed { .. } => assert!(request.take().is_some()),
            _ => {}
        }
    }
    assert_eq!(open, None);
    assert!(matches!(facts.last(), Some(TurnFact::TurnFinished { outcome, .. }) if *outcome == expected));
    assert_eq!(facts.iter().filter(|f| matches!(f, TurnFact::TurnFinished { .. })).count(), 1);
}

/// The facts in one line each, without words and times.
pub fn outline(facts: &[TurnFact]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for fact in facts {
        let line = match fact {
            TurnFact::StageStarted { stage, pass } => format!("{} {pass} …", stage.name()),
            TurnFact::StageFinished { stage, pass, outcome, .. } => format!("{} {pass} {outcome:?}", stage.name()),
            TurnFact::ContextBuilt { contracts, discoveries, document, problems, .. } => format!(
                // How many contracts there are changes with the drivers.
                "  context: {}contracts, {:?}, document {document:?}, {} problems",
                if contracts.is_empty() { "no " } else { "" },
                discoveries.iter().map(|d| (d.connection.as_str(), d.tables.join("+"))).collect::<Vec<_>>(),
                problems.len()
            ),
            TurnFact::ModelRequested { request, purpose, model, .. } => {
                format!("  ask {} #{request} {purpose:?}", model.name)
            }
            TurnFact::ModelRetried { request, attempt, .. } => format!("  retry #{request} after try {attempt}"),
            TurnFact::ModelDelta { .. } => continue,
            TurnFact::ModelFinished { request, finish, usage, .. } => {
                format!("  answered #{request} {finish:?} {}", usage.map_or(0, |u| u.output))
            }
            TurnFact::ModelFailed { request, diagnostic } => format!("  failed #{request} {}", diagnostic.code),
            TurnFact::Proposed { proposal, file, base, .. } => {
                format!("  proposal {proposal} {file} on {} bytes", base.len())
            }
            TurnFact::Checked { proposal, diagnostics, .. } => {
                let codes: Vec<_> = diagnostics.iter().map(|d| format!("{}:{}", d.severity, d.code)).collect();
                format!("  checked {proposal} {codes:?}")
            }
            TurnFact::RepairRequested { attempt, of, errors } => format!("  repair {attempt}/{of} of {errors}"),
            TurnFact::TurnFinished { outcome, .. } => format!("{outcome:?}"),
        };
        lines.push(line);
    }
    lines.join("\n")
}

/// All words of an answer.
pub fn heard(facts: &[TurnFact], number: u32) -> String {
    let text = |fact: &TurnFact| match fact {
        TurnFact::ModelDelta { request, text, thinking: false } if *request == number => Some(text.clone()),
        _ => None,
    };
    facts.iter().filter_map(text).collect()
}

pub fn proposed(facts: &[TurnFact]) -> Vec<(u32, String, String)> {
    let proposal = |fact: &TurnFact| match fact {
        TurnFact::Proposed { proposal, file, text, .. } => Some((*proposal, file.clone(), text.clone())),
        _ => None,
    };
    facts.iter().filter_map(proposal).collect()
}

#[tokio::test]
async fn a_good_answer_becomes_a_proposal() {
    let workspace = Workspace::new();
    let model = Scripted::saying(&[REPAIRED]);
    let (_, facts) = run(&workspace.env(model.clone()), input(REQUEST)).await;
    insta::assert_snapshot!(outline(&facts), @r#"
    input 1 …
    input 1 Done
    parse 1 …
      context: contracts, [("@filesystem.shop", "customers+orders")], document None, 0 problems
    parse 1 Done
    think 1 …
      ask scripted #1 Answer
      answered #1 Stop 20
    think 1 Done
    do 1 Skipped { reason: "the model asked for no tools" }
    review 1 …
      proposal 1 pipelines/shop-revenue.yaml on 0 bytes
      checked 1 []
    review 1 Done
    output 1 …
    output 1 Done
    Completed
    "#);
    assert_eq!(heard(&facts, 1), REPAIRED);
    let document = &proposed(&facts)[0].2;
    assert!(
        document.starts_with("oml_version: \"0.1.0\"\nname: shop-revenue\n") && document.ends_with("top-cities.csv\n")
    );
}

#[tokio::test]
async fn the_model_sees_what_is_in_scope_and_nothing_else() {
    let workspace = Workspace::new();
    let model = Scripted::saying(&["No pipeline is needed."]);
    let mut turn = input(REQUEST);
    turn.history = vec![Message::new(Role::User, "earlier"), Message::new(Role::Assistant, "before")];
    turn.review_notes = Some("hunk 3 was rejected".into());
    turn.document = Some(("pipelines/a.yaml".into(), "name: a\n# connection: \"@filesystem.private\"\n".into()));
    run(&workspace.env(model.clone()), turn.clone()).await;
    let request = model.asked().remove(0);
    let roles: Vec<Role> = request.messages.iter().map(|m| m.role).collect();
    assert_eq!(roles, [Role::System, Role::User, Role::Assistant, Role::User]);
    assert_eq!(request.messages[3].content, REQUEST);
    let system = &request.messages[0].content;
    for there in ["orders.csv", "sql.transform", "hunk 3 was rejected", "the current document, pipelines/a.yaml"] {
        assert!(system.contains(there), "{there} is missing in {system}");
    }
    let root = workspace.root().to_str().unwrap();
    for foreign in ["salaries", "employee", "Zoé", root] {
        assert!(!system.contains(foreign), "{foreign} is in {system}");
    }

    // The same input gives the same request, on another machine too.
    let other = Workspace::new();
    let again = Scripted::saying(&["No."]);
    run(&other.env(again.clone()), turn).await;
    assert_eq!(again.asked()[0].hash(), request.hash());
}

#[tokio::test]
async fn without_a_mention_the_document_decides_and_then_nobody() {
    let workspace = Workspace::new();
    let model = Scripted::saying(&["a", "b"]);
    let env = workspace.env(model.clone());
    let mut turn = input("And now by month.");
    turn.document = Some(("pipelines/a.yaml".into(), "x: \"@filesystem.shop\"\n".into()));
    let (_, facts) = run(&env, turn).await;
    assert!(
        outline(&facts).contains("[(\"@filesystem.shop\", \"customers+orders\")], document Some(\"pipelines/a.yaml\")")
    );
    let (_, facts) = run(&env, input("Hello?")).await;
    assert!(outline(&facts).contains("context: contracts, [], document None"));
    assert!(model.asked()[1].messages[0].content.contains("No connection is in scope"));
}

#[tokio::test]
async fn a_connection_that_can_not_be_used_is_told_to_both() {
    let workspace = Workspace::new();
    let model = Scripted::saying(&["There is no such connection."]);
    let (_, facts) = run(&workspace.env(model.clone()), input("Load @mysql.main and @filesystem.shop.")).await;
    assert!(outline(&facts).contains("[(\"@filesystem.shop\", \"customers+orders\")], document None, 1 problems"));
    let system = &model.asked()[0].messages[0].content;
    assert!(system.contains("no discovery of @mysql.main") && !system.contains("@filesystem.private"), "{system}");
}

#[tokio::test]
async fn two_faults_are_repaired() {
    let workspace = Workspace::new();
    let model = Scripted::saying(&[FAULTY, REPAIRED]);
    let (_, facts) = run(&workspace.env(model.clone()), input(REQUEST)).await;
    insta::assert_snapshot!(outline(&facts), @r#"
    input 1 …
    input 1 Done
    parse 1 …
      context: contracts, [("@filesystem.shop", "customers+orders")], document None, 0 problems
    parse 1 Done
    think 1 …
      ask scripted #1 Answer
      answered #1 Stop 20
    think 1 Done
    do 1 Skipped { reason: "the model asked for no tools" }
    review 1 …
      proposal 1 pipelines/shop-revenue.yaml on 0 bytes
      checked 1 ["error:unknown-config-key", "error:invalid-mode"]
      repair 1/2 of 2
    review 1 Done
    think 2 …
      ask scripted #2 Repair { attempt: 1, of: 2 }
      answered #2 Stop 20
    think 2 Done
    do 2 Skipped { reason: "the model asked for no tools" }
    review 2 …
      proposal 2 pipelines/shop-revenue.yaml on 0 bytes
      checked 2 []
    review 2 Done
    output 2 …
    output 2 Done
    Completed
    "#);
    let asked = model.asked();
    let (first, second) = (&asked[0].messages, &asked[1].messages);
    assert_eq!(second[..first.len()], first[..]);
    assert_eq!(second[first.len()], Message::new(Role::Assistant, FAULTY));
    let repair = &second[first.len() + 1].content;
    assert!(repair.contains("found 2 errors") && repair.contains("delimeter: \",\""), "{repair}");
    assert!(repair.contains("delimiter"), "the fix is named: {repair}");
}

#[tokio::test]
async fn after_two_repairs_the_model_is_left_alone() {
    let workspace = Workspace::new();
    let model = Scripted::saying(&[FAULTY, FAULTY, FAULTY]);
    let mut turn = input(REQUEST);
    turn.next_proposal = 5;
    let (outcome, facts) = run(&workspace.env(model.clone()), turn).await;
    assert_eq!((outcome, model.asked().len()), (TurnOutcome::Completed, 3));
    let numbers: Vec<u32> = proposed(&facts).iter().map(|p| p.0).collect();
    assert_eq!(numbers, [5, 6, 7]);
    let purposes: Vec<Purpose> = facts
        .iter()
        .filter_map(|f| if let TurnFact::ModelRequested { purpose, .. } = f { Some(*purpose) } else { None })
        .collect();
    assert_eq!(
        purposes,
        [Purpose::Answer, Purpose::Repair { attempt: 1, of: 2 }, Purpose::Repair { attempt: 2, of: 2 }]
    );
    let repairs = facts.iter().filter(|f| matches!(f, TurnFact::RepairRequested { .. })).count();
    assert_eq!(repairs, 2);
    let last = facts
        .iter()
        .rev()
        .find_map(|f| if let TurnFact::Checked { diagnostics, .. } = f { Some(diagnostics) } else { None });
    assert_eq!(last.unwrap().iter().filter(|d| d.is_error()).count(), 2, "the proposal stays with its diagnostics");
    assert_eq!(model.asked()[2].messages.len(), 4, "only the last try is sent back");
}

#[tokio::test]
async fn an_answer_without_oml_is_an_answer() {
    let workspace = Workspace::new();
    let compose = "Sure:\n```yaml\nversion: '3'\nservices: {}\n```\n";
    let cut = &REPAIRED[..REPAIRED.len() - 40];
    for (answer, finish, reason) in [
        ("Hello!", FinishReason::Stop, "the answer holds no OML"),
        (compose, FinishReason::Stop, "the answer holds no OML"),
        ("", FinishReason::Stop, "the answer is empty"),
        (cut, FinishReason::Length, "cut off by its length limit"),
    ] {
        let model = Scripted::new(vec![said(answer, finish)]);
        let (outcome, facts) = run(&workspace.env(model), input(REQUEST)).await;
        assert_eq!((outcome, proposed(&facts).len()), (TurnOutcome::Completed, 0));
        let skipped = facts.iter().any(|f| matches!(f, TurnFact::StageFinished { stage: Stage::Review, outcome: StageOutcome::Skipped { reason: r }, .. } if r.contains(reason)));
        assert!(skipped, "{}", outline(&facts));
    }
}

#[tokio::test]
async fn the_base_is_what_is_on_disk_and_no_file_outside_is_a_target() {
    let workspace = Workspace::new();
    let file = workspace.root().join("pipelines/shop-revenue.yaml");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "name: shop-revenue\n").unwrap();
    let hostile = REPAIRED.replace("```yaml", "```yaml file=../../etc/cron.d/x.yaml");
    let model = Scripted::saying(&[&hostile]);
    let (_, facts) = run(&workspace.env(model), input(REQUEST)).await;
    let told = outline(&facts);
    assert!(told.contains("proposal 1 pipelines/shop-revenue.yaml on 19 bytes"), "{told}");
    assert!(told.contains("warning:unsafe-proposal-path"), "{told}");

    std::fs::write(&file, b"\xff\xfe").unwrap();
    let (outcome, facts) = run(&workspace.env(Scripted::saying(&[REPAIRED])), input(REQUEST)).await;
    assert_eq!(outcome, TurnOutcome::Failed);
    assert!(
        outline(&facts).contains("review 1 Failed { message: \"the file pipelines/shop-revenue.yaml can't be read")
    );
}

#[tokio::test]
async fn a_model_that_fails_ends_the_turn_with_what_arrived() {
    let workspace = Workspace::new();
    let broken = Diagnostic::error("model-answer-broken", "the answer stopped").fix("ask again");
    let answers: [Vec<Result<ModelEvent, ModelError>>; 2] = [
        vec![Ok(ModelEvent::Text("half".into())), Ok(ModelEvent::Text(" an answer".into())), Err(broken.into())],
        vec![Ok(ModelEvent::Text("half".into())), Ok(ModelEvent::Text(" an answer".into()))],
    ];
    for answer in answers {
        let (outcome, facts) = run(&workspace.env(Scripted::new(vec![answer])), input(REQUEST)).await;
        assert_eq!((outcome, heard(&facts, 1).as_str()), (TurnOutcome::Failed, "half an answer"));
        let told = outline(&facts);
        let end = told.split("  failed #1 model-answer-broken\n").nth(1).unwrap();
        assert!(end.starts_with("think 1 Failed") && end.ends_with("error 1 …\nerror 1 Done\nFailed"), "{told}");
    }
}

#[tokio::test]
async fn a_flood_of_words_is_cut_off() {
    let workspace = Workspace::new();
    let block = "x".repeat(1 << 20);
    let flood = (0..10).map(|_| Ok(ModelEvent::Text(block.clone()))).collect();
    let (outcome, facts) = run(&workspace.env(Scripted::new(vec![flood])), input(REQUEST)).await;
    assert_eq!((outcome, heard(&facts, 1).len()), (TurnOutcome::Failed, 8 << 20));
    assert!(outline(&facts).contains("failed #1 model-answer-too-large"));
}

#[tokio::test]
async fn a_turn_cancelled_before_it_begins_asks_nobody() {
    let workspace = Workspace::new();
    let model = Scripted::saying(&[]);
    let (tell, mut told) = mpsc::unbounded_channel();
    let cancel = CancellationToken::new();
    cancel.cancel();
    let outcome = run_turn(&workspace.env(model.clone()), input(REQUEST), &tell, cancel).await;
    assert_eq!((outcome, model.asked().len()), (TurnOutcome::Cancelled, 0));
    assert!(matches!(told.recv().await, Some(TurnFact::StageStarted { stage: Stage::Input, .. })));
    assert!(matches!(told.recv().await, Some(TurnFact::StageFinished { outcome: StageOutcome::Cancelled, .. })));
    assert!(matches!(told.recv().await, Some(TurnFact::TurnFinished { outcome: TurnOutcome::Cancelled, .. })));
}

fn live(server: &WireServer) -> Arc<dyn ModelClient> {
    let settings = OpenAiSettings::new(server.base_url(), "tiny");
    Arc::new(OpenAiClient::new(settings).unwrap().retry_wait(Duration::from_millis(1)))
}

#[tokio::test]
async fn cancelling_mid_stream_keeps_the_words_and_closes_the_connection() {
    let workspace = Workspace::new();
    let stream =
        vec![stream_head(), Act::Bytes(words("Let me ").into()), Act::Bytes(words("think.").into()), Act::AwaitClose];
    let mut server = WireServer::start(vec![stream]).await;
    let env = workspace.env(live(&server));
    let (tell, mut told) = mpsc::unbounded_channel();
    let cancel = CancellationToken::new();
    let turn = tokio::spawn({
        let cancel = cancel.clone();
        async move { run_turn(&env, input(REQUEST), &tell, cancel).await }
    });
    let mut facts = Vec::new();
    while let Some(fact) = told.recv().await {
        facts.push(fact);
        if heard(&facts, 1) == "Let me think." {
            cancel.cancel();
        }
    }
    assert_eq!(turn.await.unwrap(), TurnOutcome::Cancelled);
    assert_well_formed_but_open_request(&facts);
    assert_eq!(heard(&facts, 1), "Let me think.");
    assert!(outline(&facts).ends_with("think 1 Cancelled\nCancelled"), "{}", outline(&facts));
    assert!(server.client_closed().await);
}

/// A cancelled request has no end of its own.
fn assert_well_formed_but_open_request(facts: &[TurnFact]) {
    let without: Vec<TurnFact> = facts.iter().filter(|f| !matches!(f, TurnFact::ModelDelta { .. })).cloned().collect();
    assert_well_formed(&without, TurnOutcome::Cancelled);
}

#[tokio::test]
async fn the_whole_turn_goes_over_the_wire() {
    let workspace = Workspace::new();
    let busy = vec![crate::wire_server::answer("503 Service Unavailable", "retry-after: 0\r\n", "")];
    let server = WireServer::start(vec![busy, good(FAULTY), good(REPAIRED)]).await;
    let (outcome, facts) = run(&workspace.env(live(&server)), input(REQUEST)).await;
    let told = outline(&facts);
    assert_eq!(outcome, TurnOutcome::Completed, "{told}");
    assert!(told.contains("retry #1 after try 1") && told.contains("checked 2 []"), "{told}");
    assert_eq!((heard(&facts, 1).as_str(), heard(&facts, 2).as_str()), (FAULTY, REPAIRED));
    let bodies: Vec<String> = facts
        .iter()
        .filter_map(|f| if let TurnFact::ModelRequested { body, .. } = f { Some(body.clone()) } else { None })
        .collect();
    let sent = server.requests();
    let recorded: serde_json::Value = serde_json::from_str(&bodies[1]).unwrap();
    assert_eq!(sent.last().unwrap().json()["messages"], recorded["messages"]);
}

#[tokio::test]
async fn a_model_that_is_down_is_told() {
    let workspace = Workspace::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = OpenAiClient::new(OpenAiSettings::new(format!("http://{address}/v1"), "tiny")).unwrap();
    let env = workspace.env(Arc::new(client.retry_wait(Duration::from_millis(1))));
    let (outcome, facts) = run(&env, input(REQUEST)).await;
    assert_eq!(outcome, TurnOutcome::Failed);
    assert!(outline(&facts).contains("  retry #1 after try 3\n  failed #1 model-unreachable\nthink 1 Failed"));
}
