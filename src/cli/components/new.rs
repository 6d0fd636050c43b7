//! `pipesmith components new`

use std::io::Write as _;

use serde_json::json;

use crate::cli::args::NewComponentArgs;
use crate::cli::exit::{Ended, Exit, Failure};
use crate::cli::{output, place};
use crate::diagnostic::Diagnostic;
use crate::pipeline::run::is_runnable;
use crate::yaml::quote;

/// Writes the beginning of a spec into the workspace.
pub fn run(args: &NewComponentArgs) -> Ended {
    let failed = |diagnostic: Diagnostic, exit: Exit| Failure::new(diagnostic, exit, args.json);
    let workspace = place::workspace(args.json)?;
    if let Err(why) = fitting(&args.name) {
        let diagnostic =
            Diagnostic::error("invalid-component-name", format!("`{}` can't be a component's name", args.name))
                .why(why)
                .fix("name it family.what, e.g. `acme.extractor`");
        return Err(failed(diagnostic, Exit::Configuration));
    }
    let folder = workspace.components().join(&args.name);
    let file = folder.join("spec.yaml");
    let shown = workspace.shown(&file);
    let written = std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::OpenOptions::new().write(true).create_new(true).open(&file))
        .and_then(|mut out| out.write_all(skeleton(&args.name).as_bytes()));
    written.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => failed(
            Diagnostic::error("spec-exists", format!("there is a spec {shown} already"))
                .why("what somebody wrote is not written over")
                .fix("take another name, or edit that file"),
            Exit::Other,
        ),
        _ => failed(
            Diagnostic::error("spec-not-written", format!("{shown} can't be written"))
                .why(error.to_string())
                .fix("check the folder's permissions and free space"),
            Exit::Other,
        ),
    })?;
    if args.json {
        output::json(
            &json!({ "ok": true, "component": args.name, "spec": shown, "runnable": is_runnable(&args.name) }),
        );
    } else {
        output::line(format!(
            "wrote {shown}; check it with: pipesmith components validate {} --level strict",
            args.name
        ));
    }
    Ok(Exit::Success)
}

fn fitting(name: &str) -> Result<(), &'static str> {
    let (first, last) = (name.chars().next(), name.chars().last());
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    if !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '.')) {
        return Err("a name has lower-case letters, digits, `_`, `-` and `.`");
    }
    if !edge(first) || !edge(last) || name.contains("..") || !name.contains('.') || name.len() > 100 {
        return Err(
            "a name has a family and what it is, with a `.` between them, and begins and ends with a letter or digit",
        );
    }
    Ok(())
}

fn skeleton(name: &str) -> String {
    let (family, what) = name.split_once('.').unwrap_or((name, ""));
    let (mode, option, about, guidance) = match what.rsplit(['.', '_']).next() {
        Some("writer") => (
            "write",
            "table",
            "The table to write to.",
            "mode: write; needs names exactly one step, whose rows it writes.",
        ),
        Some("transform" | "processor") => (
            "transform",
            "expression",
            "What is done with each row.",
            "mode: transform; needs names the steps whose rows it takes.",
        ),
        _ => ("extract", "table", "The table to read.", "mode: read; it has no needs."),
    };
    let quoted = quote(name);
    format!(
        "# The contract of {name}: docs/reference/component-spec.md explains every key.
apiVersion: pipesmith/v1
kind: Component
name: {quoted}
version: 0.1.0
title: {quoted}
description: What it does, in one or two sentences.
modes: [{mode}]
capabilities: {{discover: false, streaming: true}}

configSchema:
  type: object
  required: [{option}]
  additionalProperties: false
  properties:
    connection:
      type: string
      pattern: '^@{family}\\.[a-zA-Z0-9_-]+$'
      description: A connection of the family {family}.
    {option}:
      type: string
      minLength: 1
      description: {about}
    batch_size:
      type: integer
      minimum: 1
      maximum: 100000
      default: 1000
      description: Rows in a batch.
    api_token:
      type: string
      description: The token. A connection holds it; it does not belong in a document.

secrets: [/api_token]

x-connection-fields:
  - {{name: api_token, override: forbidden}}

examples:
  - title: The least
    config:
      connection: '@{family}.main'
      {option}: orders
  - title: With every option
    config:
      connection: '@{family}.main'
      {option}: orders
      batch_size: 500

llmHints:
  inputAliases:
    {option}: [{option}_name]
  promptGuidance: |
    {guidance} Name the connection; never give api_token.
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Level, validate};

    #[test]
    fn what_is_written_validates() {
        for name in ["acme.extractor", "acme.orders_writer", "my-co.transform", "a.b.c", "0.1"] {
            assert_eq!(fitting(name), Ok(()), "{name}");
            assert_eq!(validate("spec.yaml", &skeleton(name), Level::Strict), [], "{name}");
        }
    }

    #[test]
    fn a_name_leads_nowhere_else() {
        for name in ["", "..", ".", "a", "../a.b", "a/b.c", "a..b", ".a.b", "a.b.", "A.b", "a b.c", "ä.b"] {
            assert!(fitting(name).is_err(), "{name}");
        }
    }
}
