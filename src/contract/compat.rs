//! Specs with the verdicts of Osiris at each level: `fixtures/compat-osiris`.
//!
//! What Osiris refuses is refused here, at the same level. Where a verdict differs, it is stricter here:
//!
//! | Spec | Level | Osiris | Reason |
//! |---|---|---|---|
//! | `specs/013.yaml` (secret `/pass`) | strict | accepts | the beginning of an option's name is no option: the password would be shown |
//! | `specs/019.yaml` (type `strng`) | enhanced, strict | crashes | a configSchema that is none is an error with a place |
//!
//! Two more differences are of the format and none of these specs has them: `apiVersion`, `kind` and
//! `x-…` keys are accepted here (Osiris refuses any key it does not know), and patterns with look-around
//! or back-references are refused (they can take exponential time).

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Level, validate};

/// Spec, level, and whether Osiris crashed rather than accepted.
const STRICTER: [(&str, Level, bool); 3] = [
    ("specs/013.yaml", Level::Strict, false),
    ("specs/019.yaml", Level::Enhanced, true),
    ("specs/019.yaml", Level::Strict, true),
];

const LEVELS: [(&str, Level); 3] = [("basic", Level::Basic), ("enhanced", Level::Enhanced), ("strict", Level::Strict)];

fn corpus() -> (PathBuf, Value) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/compat-osiris");
    let verdicts = std::fs::read_to_string(folder.join("specs/expected.json")).unwrap();
    (folder, serde_json::from_str(&verdicts).unwrap())
}

fn codes(text: &str, level: Level) -> Vec<String> {
    let found = validate("spec.yaml", text, level);
    for one in &found {
        assert!(one.is_error() && one.span.is_some() && one.why.is_some() && one.fix.is_some(), "{one:?}");
    }
    found.into_iter().map(|d| format!("{} {}", d.code, d.path.unwrap_or_default())).collect()
}

#[test]
fn verdicts_are_those_of_osiris_or_stricter_where_the_table_says_so() {
    let (folder, verdicts) = corpus();
    let mut wrong = Vec::new();
    let mut judged = 0;
    for (name, verdict) in verdicts.as_object().unwrap() {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        for (word, level) in LEVELS {
            judged += 1;
            let theirs = &verdict[word]["valid"];
            let found = codes(&text, level);
            let crashed = theirs == "crash";
            let accepted = theirs == true && !STRICTER.contains(&(name.as_str(), level, false));
            if crashed {
                assert!(STRICTER.contains(&(name.as_str(), level, true)), "{name} is not in the table");
            }
            if accepted != found.is_empty() {
                wrong.push(format!("{name} at {word}: Osiris {theirs}, here {found:?}"));
            }
        }
    }
    assert!(judged > 90, "{judged}");
    assert_eq!(wrong, Vec::<String>::new(), "{}", wrong.join("\n"));
}

/// A mutation of the first spec of the corpus, checked at strict.
fn mutated(from: &str, to: &str) -> Vec<String> {
    let (folder, _) = corpus();
    let text = std::fs::read_to_string(folder.join("specs/001.yaml")).unwrap();
    assert!(text.contains(from), "{from}");
    codes(&text.replacen(from, to, 1), Level::Strict)
}

#[test]
fn what_osiris_forgets_is_checked_at_strict() {
    let x_secret = "x-secret:\n- /password\n";
    for (from, to, found) in [
        (x_secret, "x-secret:\n- /passwrd\n", "unknown-secret-pointer x-secret[0]"),
        (x_secret, "x-secret:\n- /password/deep\n", "unknown-secret-pointer x-secret[0]"),
        ("- name: host\n", "- name: hots\n", "unknown-connection-option x-connection-fields[0]"),
        (
            "  sensitivePaths:\n  - /password",
            "  sensitivePaths:\n  - /nope",
            "unknown-redaction-pointer loggingPolicy.sensitivePaths[0]",
        ),
        ("default: localhost", "default: 5", "invalid-default configSchema.properties.host.default"),
        ("x-secret:", "x-secrets:", "unknown-extension x-secrets"),
    ] {
        assert_eq!(mutated(from, to), [found], "{to}");
    }
}

#[test]
fn a_capability_that_is_none_is_placed_and_mended() {
    let (folder, _) = corpus();
    let text = std::fs::read_to_string(folder.join("specs/001.yaml")).unwrap();
    let text = text.replace("  streaming: false", "  streeming: false");
    let found = validate("spec.yaml", &text, Level::Basic);
    let [one] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((one.code.as_str(), one.path.as_deref()), ("invalid-spec", Some("capabilities.streeming")));
    let edit = one.fix.as_ref().and_then(|fix| fix.edit.as_ref()).unwrap();
    assert_eq!((&text[edit.span.range()], edit.replacement.as_str()), ("streeming", "streaming"));
}

#[test]
fn the_added_keys_are_accepted() {
    let (folder, _) = corpus();
    let text = std::fs::read_to_string(folder.join("specs/001.yaml")).unwrap();
    let text =
        format!("apiVersion: pipesmith/v1\nkind: Component\nx-owner: {{team: data}}\nx-aliases: [mysql.table]\n{text}");
    assert_eq!(codes(&text, Level::Strict), Vec::<String>::new());
}
