//! The authored answers of the demo are what the demo needs: two faults, a repair, steps that can be
//! rejected, and a pipeline that runs and gives the right rows.

use std::sync::Arc;

use pipesmith::connect::Connections;
use pipesmith::contract::Registry;
use pipesmith::pipeline::compile::{Build, CompileInput, compile};
use pipesmith::pipeline::oml::hunk::{self, Decision};
use pipesmith::pipeline::run::{Engine, Extent, Job, Limits, LocalEngine, RunOutcome, new_run_id};
use tokio_util::sync::CancellationToken;

const FAULTY: &str = include_str!("../../fixtures/recordings/demo/answer-1.md");
const REPAIRED: &str = include_str!("../../fixtures/recordings/demo/answer-2.md");

const CUSTOMERS: &str = "customer_id,name,city,segment
1,Anna,Brno,private
2,\"Lund, Li\",Brno,public
3,Jan,New York,private
";
const ORDERS: &str = "order_id,customer_id,ordered_at,status,amount,note
1,1,2026-01-02 03:04:05,paid,0.10,
2,1,2026-01-02 03:04:05,paid,0.20,\"\"
3,2,2026-01-03 03:04:05,paid,5.00,\"at the door, please\"
4,3,2026-01-04 03:04:05,paid,7.25,x
5,3,2026-01-05 03:04:05,open,1000.00,
6,9,2026-01-05 03:04:05,paid,2000.00,nobody
";

fn document(answer: &str) -> &str {
    let from = answer.find("```yaml\n").unwrap() + "```yaml\n".len();
    &answer[from..from + answer[from..].find("```").unwrap()]
}

/// The repaired document without its last `rejected` steps.
fn reviewed(rejected: usize) -> String {
    let text = document(REPAIRED);
    let found = hunk::hunks("", text);
    assert_eq!(found.len(), 6, "the head and five steps");
    let decide = |n| if n + rejected < found.len() { Decision::Accepted } else { Decision::Rejected };
    let decisions: Vec<Decision> = (0..found.len()).map(decide).collect();
    hunk::apply("", text, &found, &decisions)
}

fn built(text: &str) -> Build {
    let connections = ["@filesystem.shop".to_owned()];
    let registry = Registry::builtin();
    let input = CompileInput {
        connections: Some(&connections),
        ..CompileInput::new("pipelines/shop-revenue.yaml", text, &registry)
    };
    compile(&input).unwrap()
}

#[test]
fn the_repair_changes_the_two_faults_and_nothing_else() {
    let repaired =
        document(FAULTY).replace("      delimeter: \",\"\n", "").replace("extract-order,", "extract-orders,");
    assert_eq!(repaired, document(REPAIRED));
    assert_ne!(document(FAULTY), document(REPAIRED));
}

#[tokio::test]
async fn whatever_is_rejected_at_the_end_the_rest_runs() {
    for rejected in 0..=1 {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for sub in ["data", "spill"] {
            std::fs::create_dir(root.join(sub)).unwrap();
        }
        let connections = "version: 1\nconnections: {filesystem: {shop: {base_dir: data}}}\n";
        std::fs::write(root.join("pipesmith_connections.yaml"), connections).unwrap();
        std::fs::write(root.join("data/customers.csv"), CUSTOMERS).unwrap();
        std::fs::write(root.join("data/orders.csv"), ORDERS).unwrap();
        let job = Job {
            manifest: Arc::new(built(&reviewed(rejected)).manifest),
            root: root.to_owned(),
            run: new_run_id(),
            connections: Arc::new(Connections::load(root).0),
            limits: Limits { memory_bytes: 256 << 20, spill_dir: root.join("spill"), ..Limits::default() },
            extent: Extent::default(),
        };
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        let outcome = LocalEngine.run(job, tell, CancellationToken::new()).await;
        let mut facts = Vec::new();
        while let Some(fact) = told.recv().await {
            facts.push(fact);
        }
        assert_eq!(outcome, RunOutcome::Succeeded, "{rejected} rejected: {facts:?}");
        let revenue = std::fs::read_to_string(root.join("output/revenue.csv")).unwrap();
        assert_eq!(
            revenue,
            "city,segment,revenue,orders\nNew York,private,7.25,1\nBrno,public,5.00,1\nBrno,private,0.30,2\n"
        );
        let unasked = std::fs::read_to_string(root.join("output/revenue-spreadsheet.csv"));
        let wanted = (rejected == 0).then(|| revenue.replace(',', ";"));
        assert_eq!(unasked.ok(), wanted);
    }
}
