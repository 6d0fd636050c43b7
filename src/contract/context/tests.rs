use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::contract::nine::{nine, registry};
use crate::contract::{Origin, Registry, read};

static TOKENIZER: LazyLock<tiktoken_rs::CoreBPE> = LazyLock::new(|| tiktoken_rs::o200k_base().unwrap());

fn tokens(text: &str) -> u64 {
    TOKENIZER.encode_ordinary(text).len() as u64
}

#[test]
fn the_built_in_contracts() {
    let registry = Registry::builtin();
    let shown = ["filesystem.csv_extractor", "filesystem.csv_writer", "sql.transform"];
    insta::assert_snapshot!(for_model(&shown.iter().filter_map(|name| registry.get(name)).collect::<Vec<_>>()));
}

#[test]
fn nine_components_in_short() {
    let registry = registry();
    let text = for_model(&nine(&registry));
    assert!(tokens(&text) <= BUDGET_TOKENS, "{} tokens", tokens(&text));
    insta::assert_snapshot!(text);
}

#[test]
fn the_estimate_is_near_and_seldom_below() {
    let (registry, builtin) = (registry(), Registry::builtin());
    let all = nine(&registry);
    let mut texts = vec![
        text(&all, Detail::Full),
        text(&all, Detail::Short),
        text(&builtin.iter().collect::<Vec<_>>(), Detail::Full),
        include_str!("../../agent/prompt.md").to_owned(),
    ];
    texts.extend(all.iter().map(|contract| text(&[contract], Detail::Short)));
    for text in texts {
        let (real, estimated) = (tokens(&text) as f64, estimated_tokens(&text) as f64);
        assert!((0.97..1.3).contains(&(estimated / real)), "{real} tokens, estimated {estimated}: {text}");
    }
}

/// A spec whose options have secrets among them, at the places where a spec can show one.
fn spec(secret: &str, default: &str, choice: &str, example: &str) -> String {
    let json = |text: &str| serde_json::Value::from(text).to_string();
    format!(
        "name: my.extractor\nversion: 1.0.0\nmodes: [extract]\ncapabilities: {{}}\nsecrets: [/password]\n\
         x-secret: [/auth/token]\nconfigSchema:\n  type: object\n  properties:\n\
         \x20   password: {{type: string, default: {0}}}\n    auth: {{type: object}}\n    table: {{type: string, default: {1}}}\n\
         \x20   kind: {{type: string, enum: [a, {2}]}}\n\
         examples:\n  - {{title: a, config: {{password: {0}, auth: {{token: {0}}}, table: {3}}}}}\n\
         \x20 - {{title: b, config: {{table: u}}, omlSnippet: {4}}}\n",
        json(secret),
        json(default),
        json(choice),
        json(example),
        json(&format!("config: {{password: {secret}}}"))
    )
}

fn both(spec: &str) -> String {
    let (contract, found) = read("spec.yaml", spec, Origin::BuiltIn);
    assert_eq!(found, []);
    let contract = contract.unwrap();
    text(&[&contract], Detail::Full) + &text(&[&contract], Detail::Short)
}

proptest! {
    #[test]
    fn no_secret_option_and_no_secret_value_is_in_it(secret in "[ -~é]{4,30}") {
        prop_assume!(!secret.trim().is_empty() && !both(&spec("other", "d", "c", "t")).contains(&secret));
        let text = both(&spec(&secret, "d", "c", "t"));
        prop_assert!(!text.contains(&secret) && !text.contains("password") && !text.contains("token"), "{}", text);
    }
}

#[test]
fn it_changes_with_a_default_an_allowed_value_and_an_example() {
    let (one, other) = (spec("hunter22", "d", "c", "t"), ["x", "y", "z"]);
    for changed in [
        spec("hunter22", other[0], "c", "t"),
        spec("hunter22", "d", other[1], "t"),
        spec("hunter22", "d", "c", other[2]),
    ] {
        assert_ne!(both(&one), both(&changed));
        let of = |text: &str| fingerprint(&[&read("f", text, Origin::BuiltIn).0.unwrap()]);
        assert_ne!(of(&one), of(&changed));
    }
}

#[test]
fn long_and_odd_specs_stay_short() {
    let long = "word ".repeat(5000);
    let text = spec("hunter22", &long, "c", &long).replace("version:", &format!("description: {long}\nversion:"));
    let (contract, _) = read("f", &text, Origin::BuiltIn);
    let short = super::text(&[&contract.unwrap()], Detail::Short);
    assert!(short.len() < 1000, "{short}");
}
