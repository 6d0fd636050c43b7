use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::agent::proposal::{Found, find};
use crate::model::FinishReason;

/// The answer in pieces of so many characters, translated.
fn translated(answer: &str, size: usize) -> (Vec<String>, String) {
    let mut translator = Translator::default();
    let characters: Vec<char> = answer.chars().collect();
    let mut pieces: Vec<String> =
        characters.chunks(size).map(|piece| translator.push(&piece.iter().collect::<String>())).collect();
    pieces.push(translator.finish());
    let whole = pieces.concat();
    (pieces, whole)
}

fn whole(answer: &str) -> String {
    let at_once = translated(answer, usize::MAX).1;
    for size in [1, 2, 7] {
        assert_eq!(translated(answer, size).1, at_once, "in pieces of {size}: {answer}");
    }
    at_once
}

fn document() -> Value {
    json!({"oml_version": "0.1.0", "name": "a", "description": null, "steps": [
        {"id": "x", "component": "sql.transform", "mode": "transform", "needs": null, "config": {"query": "SELECT 1\nFROM t\n"}}
    ]})
}

#[test]
fn an_answer_becomes_markdown_with_oml() {
    let answer = json!({"explanation": "It says \"hi\" \\ č\n\n- 🦀", "document": document()}).to_string();
    insta::assert_snapshot!(whole(&answer), @r#"
    It says "hi" \ č

    - 🦀

    ```yaml
    oml_version: "0.1.0"
    name: a
    steps:
      - id: x
        component: sql.transform
        mode: transform
        config:
          query: |
            SELECT 1
            FROM t
    ```
    "#);
    let escaped = r#"{ "explanation" : "\u010d \ud83e\udd80 \/ \t", "document": null }"#;
    assert_eq!(whole(escaped), "č 🦀 / \t");
    assert_eq!(string_part(r#"\ud83e x \ud800\u0041 \u00zz" more"#).0, "\u{fffd} x \u{fffd}A \u{fffd}");
}

#[test]
fn the_explanation_is_passed_on_while_it_comes() {
    let answer = json!({"explanation": "one two three", "document": document()}).to_string();
    let (pieces, _) = translated(&answer, 4);
    assert!(pieces.iter().filter(|piece| !piece.is_empty()).count() > 4, "{pieces:?}");
    assert!(pieces[pieces.len() - 1].starts_with("\n\n```yaml\noml_version"), "{pieces:?}");
}

#[test]
fn a_question_gets_no_document() {
    for answer in [json!({"explanation": "Because.", "document": null}), json!({"explanation": "Because."})] {
        assert_eq!(whole(&answer.to_string()), "Because.");
    }
    assert_eq!(whole(r#"{"document": {}, "explanation": "late"}"#), "late");
}

#[test]
fn what_is_not_in_the_form_is_passed_on_as_it_is() {
    for free in ["Hello", "```yaml\noml_version: 1\n```", " ", "", "``", "`x` {", "[1]", "```js", "čau {\"a\": 1}"] {
        assert_eq!(whole(free), free);
    }
    for other in ["{\"a\": 1}", "{broken", "{"] {
        assert_eq!(whole(other), format!("```json\n{other}\n```\n"));
    }
}

#[test]
fn a_document_alone_or_in_a_block_counts_too() {
    let alone = document().to_string();
    let oml = "```yaml\noml_version: \"0.1.0\"\nname: a\nsteps:\n";
    assert!(whole(&alone).starts_with(oml));
    let answer = json!({"explanation": "So:", "document": document()});
    assert!(whole(&format!("```json\n{answer}\n```\n")).starts_with(&format!("So:\n\n{oml}")));
    assert!(whole(&format!("```\n{answer:#}\n```")).starts_with(&format!("So:\n\n{oml}")));
}

#[test]
fn a_cut_answer_is_kept_and_is_no_proposal() {
    let answer = json!({"explanation": "So:", "document": document()}).to_string();
    for end in 0..answer.len() {
        let text = whole(&answer[..end]);
        assert!(matches!(find(&text, &FinishReason::Length), Found::Nothing(_)), "{text}");
        if end > answer.len() / 3 {
            assert!(text.contains("So:") && text.contains(&answer[end - 8..end]), "{text}");
        }
    }
    let Found::Oml(block) = find(&whole(&answer), &FinishReason::Stop) else { panic!("no proposal") };
    assert_eq!(block.text, oml::to_yaml(&document()));
}

#[test]
fn fences_inside_do_not_end_the_block() {
    let mut tricky = document();
    tricky["steps"][0]["config"]["query"] = "a\n```\nb".into();
    let text = whole(&json!({"explanation": "x", "document": tricky}).to_string());
    let Found::Oml(block) = find(&text, &FinishReason::Stop) else { panic!("{text}") };
    assert_eq!(block.text, oml::to_yaml(&tricky));
}

proptest! {
    #[test]
    fn any_answer_is_taken_in_any_pieces(
        parts in proptest::collection::vec(
            prop_oneof![
                Just("{"), Just("}"), Just("\"explanation\""), Just(":"), Just("\""), Just("\\u"), Just("d83e"),
                Just("\\"), Just("```json\n"), Just("č"), Just("\"document\": null"), Just("["), Just(" "), Just("x")
            ],
            0..25,
        ),
        explanation in any::<String>(),
        size in 1_usize..9,
    ) {
        let odd = parts.concat();
        prop_assert_eq!(translated(&odd, size).1, translated(&odd, usize::MAX).1);
        let answer = json!({"explanation": &explanation, "document": null}).to_string();
        prop_assert_eq!(translated(&answer, size).1, explanation);
    }
}
