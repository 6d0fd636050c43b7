//! All codes as a page of the reference.

use super::known::{Known, Room, rooms};
use crate::pipeline::oml;

/// The page. Each code is a heading, so that `diagnostics.md#code` leads to it.
pub fn markdown() -> String {
    let rooms = rooms();
    let mut out = String::from(
        "# Diagnostics\n\nEvery code that Pipesmith gives, by where it comes from. `pipesmith explain CODE` prints one of these, \
         `pipesmith explain` all of them. Names are those of Osiris where it has one, with hyphens. The components that examples \
         use are built in, but for `shop.writer`, whose contract is at the end.\n\n",
    );
    for room in &rooms {
        out.push_str(&format!("- [{}](#{}): {} codes\n", room.title, anchor(room.title), room.codes.len()));
    }
    for room in &rooms {
        out.push_str(&section(room));
    }
    out.push_str(&format!("\n## The contract of `shop.writer`\n\n```yaml\n{}```\n", oml::EXAMPLE_SPEC));
    out
}

/// How Markdown renderers name a heading.
fn anchor(title: &str) -> String {
    title.to_lowercase().replace(' ', "-")
}

fn section(room: &Room) -> String {
    let mut out = format!("\n## {}\n\n{}\n", room.title, room.about);
    for known in &room.codes {
        out.push_str(&format!(
            "\n### {}\n\n{}: {}\n\nWhy: {}\n\nFix: {}\n",
            known.code(),
            known.severity(),
            known.summary(),
            known.why(),
            known.fix()
        ));
        match known {
            Known::Shown(entry) => {
                let (failing, passing) = (entry.failing, entry.passing);
                out.push_str(&format!("\nWith it:\n\n```yaml\n{failing}```\n\nWithout it:\n\n```yaml\n{passing}```\n"));
            }
            Known::Told(brief) => {
                if brief.passes {
                    out.push_str("\nIt may pass by itself: a step that ends so is tried again where it has `retry`.\n");
                }
                out.extend(brief.example.map(|example| format!("\nExample:\n\n```text\n{example}\n```\n")));
            }
        }
    }
    out
}
