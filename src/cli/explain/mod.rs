//! `pipesmith explain`: what a diagnostic code means.

mod known;
mod page;
#[cfg(test)]
mod scan;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use super::args::ExplainArgs;
use super::exit::{Ended, Exit, Failure};
use super::output;
use crate::diagnostic::{Diagnostic, did_you_mean};
use known::{Known, Room, rooms};
pub use page::markdown;

pub fn run(args: &ExplainArgs) -> Ended {
    let rooms = rooms();
    let Some(code) = &args.code else { return Ok(list(&rooms, args.json)) };
    // Osiris's names have underscores.
    let wanted = code.trim().to_lowercase().replace('_', "-");
    let mut all = rooms.iter().flat_map(|room| room.codes.iter().map(move |known| (room, *known)));
    let Some((room, found)) = all.find(|(_, known)| known.code() == wanted) else {
        return Err(Failure::new(unknown(code, &wanted, &rooms), Exit::Configuration, args.json));
    };
    if args.json {
        output::json(&json!({ "ok": true, "code": value(room, found) }));
    } else {
        output::line(one(room, found));
    }
    Ok(Exit::Success)
}

fn unknown(code: &str, wanted: &str, rooms: &[Room]) -> Diagnostic {
    let near = did_you_mean(wanted, rooms.iter().flat_map(|room| room.codes.iter().map(|known| known.code())));
    Diagnostic::error("unknown-code", format!("there is no diagnostic code `{}`", output::safe(code)))
        .why("codes are the words in brackets after `error` and `warning`")
        .fix(near.map_or_else(
            || "`pipesmith explain` lists all".to_owned(),
            |near| format!("did you mean `{near}`? `pipesmith explain` lists all"),
        ))
}

/// A code for programs.
fn value(room: &Room, known: Known) -> Value {
    let mut value = serde_json::to_value(known).unwrap_or_default();
    value["room"] = room.name.into();
    value
}

fn list(rooms: &[Room], json: bool) -> Exit {
    if json {
        let all: Vec<Value> =
            rooms.iter().flat_map(|room| room.codes.iter().map(|known| value(room, *known))).collect();
        output::json(&json!({ "ok": true, "codes": all }));
        return Exit::Success;
    }
    let codes = || rooms.iter().flat_map(|room| &room.codes);
    let widest = codes().map(|known| known.code().len()).max().unwrap_or_default();
    for room in rooms {
        output::line(format!("{} ({})", room.title, room.codes.len()));
        for known in &room.codes {
            output::line(output::fitting(&format!(
                "  {:<widest$}  {:<7}  {}",
                known.code(),
                known.severity().to_string(),
                known.summary()
            )));
        }
        output::line("");
    }
    output::line(format!("{} codes; `pipesmith explain CODE` says more about one", codes().count()));
    Exit::Success
}

fn one(room: &Room, known: Known) -> String {
    let indented = |text: &str| text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n");
    let mut out = format!(
        "{} ({}, {})\n\n{}\n\nwhy: {}\nfix: {}",
        known.code(),
        known.severity(),
        room.title.to_lowercase(),
        known.summary(),
        known.why(),
        known.fix()
    );
    match known {
        Known::Shown(entry) => {
            let (failing, passing) = (indented(entry.failing), indented(entry.passing));
            out.push_str(&format!("\n\nwith it:\n\n{failing}\n\nwithout it:\n\n{passing}"));
        }
        Known::Told(brief) => {
            if brief.passes {
                out.push_str(
                    "\npasses: it may pass by itself; a step that ends so is tried again where it has `retry`",
                );
            }
            out.extend(brief.example.map(|example| format!("\n\nexample:\n\n{}", indented(example))));
        }
    }
    out
}
