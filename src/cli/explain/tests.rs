//! What is known and what is raised are the same codes, and each reads well.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::known::{Known, rooms};
use super::scan::{Found, scan};
use super::*;
use crate::diagnostic::Severity;

fn raised() -> Vec<Found> {
    let found = scan(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let lost: Vec<&str> = found.lost.iter().map(String::as_str).collect();
    assert!(lost.is_empty(), "write these codes so that this test can find them (see scan.rs):\n{}", lost.join("\n"));
    found.codes
}

fn known() -> BTreeMap<&'static str, Known> {
    rooms().iter().flat_map(|room| room.codes.iter().map(|known| (known.code(), *known))).collect()
}

#[test]
fn every_code_that_is_raised_is_explained_and_every_entry_is_raised() {
    let known = known();
    let raised = raised();
    let mut missing: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for found in raised.iter().filter(|found| !known.contains_key(found.code.as_str())) {
        missing.entry(&found.code).or_default().insert(&found.file);
    }
    assert!(missing.is_empty(), "write entries for these codes in the codes.rs of their rooms: {missing:#?}");
    let raised: BTreeSet<&str> = raised.iter().map(|found| found.code.as_str()).collect();
    let stale: Vec<&&str> = known.keys().filter(|code| !raised.contains(**code)).collect();
    assert!(stale.is_empty(), "nothing raises these codes any more: remove their entries: {stale:?}");
}

#[test]
fn each_code_has_one_entry_that_is_whole_and_in_order() {
    let mut seen = BTreeSet::new();
    for room in rooms() {
        let told: Vec<&str> =
            room.codes.iter().filter(|known| matches!(known, Known::Told(_))).map(|known| known.code()).collect();
        assert!(told.is_sorted(), "{}: {told:?}", room.name);
        for known in &room.codes {
            let code = known.code();
            assert!(seen.insert(code), "{code} has two entries");
            let kebab = code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            assert!(kebab && code.contains('-') && !code.starts_with('-') && !code.ends_with('-'), "{code}");
            for text in [known.summary(), known.why(), known.fix()] {
                assert!(text.len() > 3 && text.trim() == text && text.ends_with(['.', '"']), "{code}: {text}");
                assert!(text.starts_with(|c: char| c.is_uppercase() || c == '`'), "{code}: {text}");
            }
            if let Known::Told(brief) = known {
                assert!(brief.example.is_none_or(|example| !example.trim().is_empty()), "{code}");
            }
        }
    }
}

#[test]
fn an_entry_is_as_bad_as_the_worst_that_is_raised() {
    let known = known();
    let mut worst: BTreeMap<String, Severity> = BTreeMap::new();
    for found in raised() {
        let Some(severity) = found.severity else { continue };
        let so_far = worst.entry(found.code).or_insert(severity);
        *so_far = severity.max(*so_far);
    }
    for (code, severity) in worst {
        if let Some(Known::Told(brief)) = known.get(code.as_str()) {
            assert_eq!(brief.severity, severity, "{code}");
        }
    }
}

/// The commands that examples show are commands that there are.
#[test]
fn commands_in_examples_can_be_parsed() {
    use clap::Parser as _;
    let texts = rooms().into_iter().flat_map(|room| room.codes).filter_map(|known| match known {
        Known::Told(brief) => brief.example.map(|example| (brief.code, example)),
        Known::Shown(_) => None,
    });
    let mut seen = 0;
    let mut wrong = Vec::new();
    for (code, example) in texts {
        for command in example.split(['\n', '#', '<']).flat_map(|line| line.split("&&")).map(str::trim) {
            let words = command.split_whitespace().skip_while(|word| word.contains('=') && !word.starts_with('-'));
            let command: Vec<&str> = words.collect();
            if command.first() != Some(&"pipesmith") {
                continue;
            }
            seen += 1;
            // What stands in quotes is one word.
            let joined = command.join(" ");
            let words = joined.split('\'').enumerate().flat_map(|(at, part)| match at % 2 {
                0 => part.split_whitespace().collect(),
                _ => vec![part],
            });
            if let Err(error) = crate::cli::args::Cli::try_parse_from(words) {
                wrong.push(format!("{code}: {joined}\n{error}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 30, "{seen}");
}

#[test]
fn codes_read_well() {
    let rooms = rooms();
    let shown = |wanted: &str| {
        let mut all = rooms.iter().flat_map(|room| room.codes.iter().map(move |known| (room, *known)));
        let (room, known) = all.find(|(_, known)| known.code() == wanted).unwrap();
        one(room, known)
    };
    insta::assert_snapshot!(format!("{}\n\n---\n\n{}", shown("unknown-config-key"), shown("csv-row-width")));
}

#[test]
fn a_slip_is_recognised_in_every_room() {
    let rooms = rooms();
    for (slip, meant) in [("stor-held", "store-held"), ("unknown-confg-key", "unknown-config-key")] {
        let fix = unknown(slip, slip, &rooms).fix.map(|fix| fix.text).unwrap_or_default();
        assert!(fix.contains(meant), "{fix}");
    }
}
