//! Any text, and documents with something broken in them. `PIPESMITH_FUZZ_CASES` says how many; it is
//! 2,000 when it does not.

use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::super::{CheckContext, Checked, check, mend, migrate};
use super::GOOD;
use crate::contract::Registry;
use crate::diagnostic::{Diagnostic, Span};

const PIECES: [&str; 28] = [
    "@",
    ": ",
    "[",
    "}",
    "\t",
    "${params.",
    "- ",
    "ž",
    "\"",
    "&a ",
    "*a",
    "\r",
    "null",
    "<<: ",
    "|",
    ">-",
    "'",
    "#",
    "{",
    "]",
    ",",
    "needs: [x]",
    "mode: wirte",
    "  ",
    "!!str ",
    "---",
    "\u{feff}",
    "5",
];

/// The good document, those of the examples of the catalogue, and those of the corpus.
static DOCUMENTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/compat-osiris");
    let files = ["oml", "examples"].iter().flat_map(|folder| std::fs::read_dir(root.join(folder)).unwrap().flatten());
    let mut corpus: Vec<_> = files.map(|file| file.path()).collect();
    corpus.sort();
    let read = |path: &std::path::PathBuf| std::fs::read_to_string(path).unwrap();
    let examples = super::super::catalogue().map(|entry| entry.failing.to_owned());
    [GOOD.to_owned(), GOOD.replace('\n', "\r\n")].into_iter().chain(examples).chain(corpus.iter().map(read)).collect()
});

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/compat-osiris/components");
    Registry::load(Some(&root))
});

fn run(text: &str) -> Checked {
    let connections = ["@filesystem.local".to_owned(), "@mysql.shop".to_owned()];
    check("test.yaml", text, &CheckContext { registry: &REGISTRY, connections: Some(&connections), tables: &[] })
}

fn cases() -> ProptestConfig {
    let given = std::env::var("PIPESMITH_FUZZ_CASES").ok().and_then(|n| n.parse().ok());
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(given.unwrap_or(2000)) }
}

fn mutated() -> impl Strategy<Value = String> {
    let change = (any::<prop::sample::Index>(), 0..8u8, 0..60usize, prop::sample::select(PIECES.to_vec()));
    (any::<prop::sample::Index>(), proptest::collection::vec(change, 0..5)).prop_map(|(document, changes)| {
        let text = document.get(&DOCUMENTS);
        let mut out: Vec<String> = text.split('\n').map(str::to_owned).collect();
        for (line, kind, at, piece) in changes {
            let line = line.index(out.len());
            let at = at.min(out[line].len());
            let at = (0..=at).rev().find(|at| out[line].is_char_boundary(*at)).unwrap_or(0);
            match kind {
                0 => out[line].insert_str(at, piece),
                1 => out[line].truncate(at),
                2 => out[line].clear(),
                3 => out[line].insert(0, ' '),
                4 => {
                    let copy = out[line].clone();
                    out.insert(line, copy);
                }
                5 if out.len() > 1 => {
                    out.remove(line);
                }
                6 if at < out[line].len() => {
                    out[line].remove(at);
                }
                _ => out[line] = out[line].trim_start().to_owned(),
            }
        }
        out.join("\n")
    })
}

fn errors(all: &[Diagnostic]) -> usize {
    all.iter().filter(|d| d.is_error()).count()
}

/// Everything that has to be so for any text.
fn sound(text: &str) -> Result<(), TestCaseError> {
    let checked = run(text);
    for d in &checked.diagnostics {
        let edit = d.fix.as_ref().and_then(|fix| fix.edit.as_ref());
        let places = d.span.iter().chain(d.related.iter().map(|r| &r.span)).chain(edit.map(|e| &e.span));
        for span in places {
            prop_assert_eq!(*span, Span::of(text, span.range()));
        }
        prop_assert!(d.why.is_some() && d.fix.is_some());
        prop_assert!(super::super::catalogue().any(|entry| entry.code == d.code), "{} is in no catalogue", d.code);
        if let Some(edit) = edit {
            let after = format!("{}{}{}", &text[..edit.span.start], edit.replacement, &text[edit.span.end..]);
            let found = run(&after).diagnostics;
            prop_assert!(errors(&found) <= errors(&checked.diagnostics), "{d:?}\n{found:?}\n{after}");
        }
    }
    let order: Vec<_> = checked.diagnostics.iter().map(|d| d.span.map_or(0, |span| span.start)).collect();
    prop_assert!(order.is_sorted());
    prop_assert_eq!(&run(text).diagnostics, &checked.diagnostics);
    let mended = mend("test.yaml", text, &CheckContext { registry: &REGISTRY, connections: None, tables: &[] });
    let before =
        check("test.yaml", text, &CheckContext { registry: &REGISTRY, connections: None, tables: &[] }).diagnostics;
    prop_assert!(errors(&mended.diagnostics) <= errors(&before));
    prop_assert!(errors(&before) > 0 || mended.text == text);
    if let Ok(migrated) = migrate("test.yaml", text, &REGISTRY) {
        prop_assert!(
            !run(&migrated.text).diagnostics.iter().any(|d| d.code == "yaml-parse-error"),
            "{}",
            migrated.text
        );
    }
    Ok(())
}

#[test]
fn documents_as_they_are() {
    for text in DOCUMENTS.iter() {
        sound(text).unwrap();
    }
}

#[test]
fn any_text_and_broken_documents() {
    proptest!(cases(), |(text in prop_oneof![8 => mutated(), 1 => any::<String>(), 1 => "[a-z:\\-\\[\\]{}\"'|>&*#!%@ \n\t]{0,80}"])| {
        sound(&text)?;
    });
}
