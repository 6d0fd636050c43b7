//! `pipesmith explain`

use serde_json::json;

use super::args::ExplainArgs;
use super::exit::{Ended, Exit, Failure};
use super::output;
use crate::connect;
use crate::diagnostic::{Diagnostic, Entry, did_you_mean};
use crate::pipeline::oml;

/// Every code, of documents and of connections.
fn catalogue() -> impl Iterator<Item = &'static Entry> {
    oml::catalogue().chain(connect::catalogue())
}

pub fn run(args: &ExplainArgs) -> Ended {
    let Some(code) = &args.code else { return Ok(list(args.json)) };
    // Osiris's names have underscores.
    let wanted = code.trim().to_lowercase().replace('_', "-");
    let Some(entry) = catalogue().find(|entry| entry.code == wanted) else {
        let near = did_you_mean(&wanted, catalogue().map(|entry| entry.code));
        let diagnostic = Diagnostic::error("unknown-code", format!("there is no diagnostic code `{code}`"))
            .why("codes are the words in brackets after `error` and `warning`")
            .fix(near.map_or_else(
                || "`pipesmith explain` lists all".to_owned(),
                |near| format!("did you mean `{near}`? `pipesmith explain` lists all"),
            ));
        return Err(Failure::new(diagnostic, Exit::Configuration, args.json));
    };
    if args.json {
        output::json(&json!({ "ok": true, "code": entry }));
    } else {
        output::line(one(entry));
    }
    Ok(Exit::Success)
}

fn list(json: bool) -> Exit {
    let mut all: Vec<&Entry> = catalogue().collect();
    all.sort_by_key(|entry| entry.code);
    if json {
        output::json(&json!({ "ok": true, "codes": all }));
    } else {
        for entry in all {
            output::line(format!("{:<24} {:<8} {}", entry.code, entry.severity.to_string(), entry.summary));
        }
    }
    Exit::Success
}

fn one(entry: &Entry) -> String {
    let indented = |text: &str| text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n");
    format!(
        "{} ({})\n\n{}\n\nwhy: {}\nfix: {}\n\nwith it:\n\n{}\n\nwithout it:\n\n{}",
        entry.code,
        entry.severity,
        entry.summary,
        entry.why,
        entry.fix,
        indented(entry.failing),
        indented(entry.passing)
    )
}

/// All of them as a page of the reference.
pub fn markdown() -> String {
    let mut out = String::from(
        "# Diagnostics\n\nWhat the checks of a pipeline document and of the connections file can find. `pipesmith explain CODE` prints one of these. \
         Names are those of Osiris where it has one, with hyphens. The components that examples use are built in, but for \
         `shop.writer`, whose contract is at the end.\n",
    );
    let mut all: Vec<&Entry> = catalogue().collect();
    all.sort_by_key(|entry| entry.code);
    for entry in all {
        out.push_str(&format!(
            "\n## {}\n\n{}: {}\n\nWhy: {}\n\nFix: {}\n\nWith it:\n\n```yaml\n{}```\n\nWithout it:\n\n```yaml\n{}```\n",
            entry.code, entry.severity, entry.summary, entry.why, entry.fix, entry.failing, entry.passing
        ));
    }
    out.push_str(&format!("\n## The contract of `shop.writer`\n\n```yaml\n{}```\n", oml::EXAMPLE_SPEC));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_code_reads_well() {
        let entry = catalogue().find(|entry| entry.code == "unknown-config-key").unwrap();
        insta::assert_snapshot!(one(entry));
    }
}
