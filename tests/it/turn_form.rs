//! A turn whose model is held to a form.

use std::sync::Arc;

use pipesmith::agent::{TurnEnv, TurnOutcome};
use pipesmith::model::ModelClient;
use pipesmith::model::openai::{OpenAiClient, OpenAiSettings};
use pipesmith::workspace::config::Structured;

use crate::scripted::Scripted;
use crate::turn::{REPAIRED, REQUEST, Workspace, heard, input, outline, proposed, run};
use crate::wire_server::{Act, WireServer, answer, ending, good, stream_head, words};

/// The repaired answer of the demo as a server writes it that holds the model to the form.
fn repaired_in_form() -> String {
    let from = REPAIRED.find("```yaml\n").unwrap();
    let document: serde_json::Value = serde_yaml::from_str(REPAIRED[from + 8..].split("```").next().unwrap()).unwrap();
    serde_json::json!({"explanation": REPAIRED[..from].trim(), "document": document}).to_string()
}

fn held(workspace: &Workspace, model: Arc<dyn ModelClient>) -> TurnEnv {
    let mut env = workspace.env(model);
    env.settings.structured = Structured::Auto;
    env
}

#[tokio::test]
async fn an_answer_in_form_is_shown_and_proposed_as_yaml() {
    let workspace = Workspace::new();
    let events: String = repaired_in_form()
        .chars()
        .collect::<Vec<_>>()
        .chunks(9)
        .map(|c| words(&c.iter().collect::<String>()))
        .collect();
    let stream = vec![stream_head(), Act::Bytes((events + &ending()).into_bytes())];
    let server = WireServer::start(vec![stream, good("{\"explanation\": \"It sums.\", \"document\": null}")]).await;
    let client = OpenAiClient::new(OpenAiSettings::new(server.base_url(), "tiny")).unwrap();
    let env = held(&workspace, Arc::new(client));
    let (outcome, facts) = run(&env, input(REQUEST)).await;
    assert_eq!(outcome, TurnOutcome::Completed);
    let sent = server.requests()[0].json();
    let schema = &sent["response_format"]["json_schema"]["schema"];
    assert!(schema.to_string().contains("orders.csv") && !schema.to_string().contains("private"), "{schema}");
    assert!(sent["messages"][0]["content"].as_str().unwrap().contains("# The form of the answer"));

    let proposal = proposed(&facts).remove(0);
    assert_eq!(proposal.1, "pipelines/shop-revenue.yaml");
    assert!(proposal.2.starts_with("oml_version: \"0.1.0\"\nname: shop-revenue\n"), "{}", proposal.2);
    assert!(proposal.2.contains("query: |\n"), "SQL of several lines is a block: {}", proposal.2);
    assert!(outline(&facts).contains("checked 1 []"), "{}", outline(&facts));
    let answer = heard(&facts, 1);
    assert!(answer.contains(&format!("```yaml\n{}```", proposal.2)) && !answer.contains("\"document\""), "{answer}");

    // What was written so can be changed so.
    let mut turn = input("And now?");
    turn.document = Some((proposal.1, proposal.2));
    let (_, facts) = run(&env, turn).await;
    assert_eq!(heard(&facts, 1), "It sums.");
    assert!(server.requests()[1].json()["response_format"].is_object());
}

#[tokio::test]
async fn the_form_is_left_where_it_would_lose_something_or_is_refused() {
    let workspace = Workspace::new();
    let refusal = r#"{"error": {"message": "response_format is not supported"}}"#;
    let server = WireServer::start(vec![
        vec![answer("400 Bad Request", "content-type: application/json\r\n", refusal)],
        good(REPAIRED),
    ])
    .await;
    let client = OpenAiClient::new(OpenAiSettings::new(server.base_url(), "tiny")).unwrap();
    let (_, facts) = run(&held(&workspace, Arc::new(client)), input(REQUEST)).await;
    assert!(outline(&facts).contains("retry #1 after try 1"), "{}", outline(&facts));
    assert_eq!((heard(&facts, 1).as_str(), proposed(&facts).len()), (REPAIRED, 1));

    let model = Scripted::saying(&["a", "b"]);
    let env = held(&workspace, model.clone());
    let mut turn = input("Change it.");
    turn.document = Some(("pipelines/a.yaml".into(), "# by hand\noml_version: \"0.1.0\"\nname: a\nsteps: []\n".into()));
    run(&env, turn).await;
    run(&env, input(REQUEST)).await;
    let asked = model.asked();
    assert!(asked[0].response_format.is_none() && asked[1].response_format.is_some());
    assert!(!asked[0].messages[0].content.contains("The form of the answer"));
}
