//! The demo: the main job from the request to the replay, on real data.

use std::collections::BTreeMap;

use crate::program::{Folder, text};

/// The demo's result computed again, by a reader that knows nothing of Pipesmith's. No field that is
/// looked at holds a comma or a quote; `note`, which does, is the last.
fn expected(folder: &Folder) -> BTreeMap<(String, String), (i64, u64)> {
    let customers: BTreeMap<String, (String, String)> = folder
        .read("demo/data/customers.csv")
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>())
        .map(|f| (f[0].clone(), (f[2].clone(), f[3].clone())))
        .collect();
    let mut groups = BTreeMap::new();
    for line in folder.read("demo/data/orders.csv").lines().skip(1) {
        let fields: Vec<&str> = line.splitn(6, ',').collect();
        if fields[3] == "paid" {
            let cents: i64 = fields[4].replace('.', "").parse().unwrap();
            let group: &mut (i64, u64) = groups.entry(customers[fields[1]].clone()).or_default();
            *group = (group.0 + cents, group.1 + 1);
        }
    }
    groups
}

#[test]
fn the_demo_goes_through_and_its_numbers_are_right() {
    let folder = Folder::empty();
    let output = folder.run(&["demo", "demo", "--headless"]);
    let told = text(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", text(&output.stderr));
    for stage in [
        "== ask",
        "== context",
        "== answer",
        "== check",
        "2 errors",
        "repair 1 of 2",
        "no problems",
        "== review",
        "== compile and run",
        "== replay",
        "the same state",
    ] {
        assert!(told.contains(stage), "`{stage}` is missing in:\n{told}");
    }
    assert!(folder.read("demo/data/orders.csv").lines().count() > 100_000);
    let written = folder.read("demo/output/revenue.csv");
    let mut lines = written.lines();
    assert_eq!(lines.next(), Some("city,segment,revenue,orders"));
    let mut found = BTreeMap::new();
    let mut last = f64::INFINITY;
    for line in lines {
        let f: Vec<&str> = line.split(',').collect();
        let revenue: f64 = f[2].parse().unwrap();
        assert!(revenue <= last, "best first: {line}");
        last = revenue;
        #[expect(clippy::cast_possible_truncation, reason = "cents of a demo fit")]
        found.insert((f[0].to_owned(), f[1].to_owned()), ((revenue * 100.0).round() as i64, f[3].parse().unwrap()));
    }
    assert_eq!(found, expected(&folder));
    // The step that was not asked for was rejected in the review.
    assert!(!folder.at("demo/output/revenue-spreadsheet.csv").exists());
    assert!(!folder.read("demo/pipelines/shop-revenue.yaml").contains("write-spreadsheet"));
    // The model was shown this workspace's tables and nothing else's.
    let export =
        text(&folder.command(&["sessions", "export", "last"]).current_dir(folder.at("demo")).output().unwrap().stdout);
    assert!(export.contains("orders.csv") && export.contains("customers.csv"));
}

#[test]
fn a_folder_with_other_files_is_left_alone() {
    let folder = Folder::empty();
    folder.write("mine/notes.txt", "keep");
    let output = folder.run(&["demo", "mine", "--headless"]);
    assert_eq!(output.status.code(), Some(5));
    assert!(text(&output.stderr).contains("not-a-workspace"));
    assert_eq!(std::fs::read_dir(folder.at("mine")).unwrap().count(), 1);
}
