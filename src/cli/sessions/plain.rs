//! Sessions as plain text: a conversation, and a line for each event.

use std::fmt::Write as _;

use crate::cli::output;
use crate::diagnostic;
use crate::session::event::{Event, Fact};
use crate::session::state::{ItemBody, State};

/// `2026-11-21 10:49`, in the zone of the machine.
pub fn when(wall_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(wall_ms)
        .map(|t| t.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string())
        .unwrap_or_default()
}

/// The conversation.
pub fn transcript(state: &State) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "Session {} · {} · {}", state.session, when(state.started_ms), output::safe(&state.title));
    if let Some(parent) = &state.family.parent {
        let _ = writeln!(out, "A {} of {} at event {}", parent.how.word(), output::safe(&parent.session), parent.seq);
    }
    if !state.tags.is_empty() {
        let _ = writeln!(out, "#{}", output::safe(&state.tags.join(" #")));
    }
    for item in &state.transcript.items {
        let text = match &item.body {
            ItemBody::Said { text, mentions } => {
                let mut text = format!("\nYou: {text}");
                for mention in mentions {
                    let how =
                        mention.missing.as_ref().map_or_else(|| format!("{} bytes", mention.text.len()), Clone::clone);
                    let _ = write!(text, "\n  with {} {}: {how}", mention.kind.name(), mention.name);
                }
                text
            }
            ItemBody::Answer(answer) => format!("\nModel: {}", answer.text.trim_end()),
            ItemBody::Proposed { proposal, file, hunks, diagnostics } => {
                let mut text =
                    format!("\nProposal {proposal} for {file}: {hunks} hunks, {}", diagnostic::summary(diagnostics));
                for d in diagnostics {
                    let line = d.span.map_or(0, |s| s.line);
                    let _ = write!(text, "\n  {} [{}] line {line}: {}", d.severity, d.code, d.message);
                }
                text
            }
            ItemBody::Repair { attempt, of, errors } => {
                format!("\nRepair {attempt} of {of}: {errors} errors sent back to the model")
            }
            ItemBody::Failed { diagnostic } => format!("\nError [{}]: {}", diagnostic.code, diagnostic.message),
            ItemBody::Refused { diagnostic } => format!("\nNot done [{}]: {}", diagnostic.code, diagnostic.message),
            ItemBody::Approval { approval, decided, withdrawn } => {
                let end = match (decided, withdrawn) {
                    (Some((true, by)), _) => format!("approved by {by}"),
                    (Some((false, by)), _) => format!("declined by {by}"),
                    (None, Some(why)) => format!("not answered: {why}"),
                    (None, None) => "waits for an approval".to_owned(),
                };
                format!("\n{} ({end})", approval.question())
            }
            ItemBody::Compacted(compaction) => format!("\n{}", compaction.summary()),
            ItemBody::TurnEnded { outcome, duration_us, .. } => {
                format!("Turn {outcome:?} after {}", output::duration(*duration_us)).to_lowercase()
            }
            ItemBody::Applied { file, accepted, rejected, .. } => {
                format!("\nApplied to {file}: {accepted} hunks accepted, {rejected} not")
            }
            ItemBody::Discarded { proposal } => format!("\nProposal {proposal} was put away"),
            ItemBody::Compiled { file, build, steps, .. } => format!("\nCompiled {file} ({steps} steps) to {build}"),
            ItemBody::CompileFailed { file, diagnostics } => {
                format!("\n{file} not compiled: {}", diagnostic::summary(diagnostics))
            }
            ItemBody::RunStarted { run, pipeline, engine } => format!("\nRun {run}: {pipeline} on {engine}"),
            ItemBody::RunEnded { outcome, duration_us, outputs, failure, .. } => {
                let mut text = format!("Run {outcome:?} after {}", output::duration(*duration_us)).to_lowercase();
                if let Some(failure) = failure {
                    let _ = write!(text, "\n  {}", failure.message);
                }
                for written in outputs {
                    let _ = write!(text, "\n  wrote {}: {} rows", written.path, output::count(written.rows));
                }
                text
            }
            ItemBody::Notice { severity, text } => format!("({severity}) {text}"),
        };
        let text = match item.aside {
            Some(_) => format!("\n(set aside) {}", text.trim_start()),
            None => text,
        };
        let _ = writeln!(out, "{}", output::safe(&text));
    }
    for queued in &state.queue.messages {
        let _ = writeln!(out, "{}", output::safe(&format!("\nWaits: {}", queued.text)));
    }
    out
}

/// One line for an event.
pub fn event(event: &Event) -> String {
    let kind = match &event.fact {
        Fact::Turn(turn) => format!("turn/{}", variant(turn)),
        Fact::Run(run) => format!("run/{}", variant(run)),
        Fact::Talk(talk) => format!("talk/{}", variant(talk)),
        other => variant(other),
    };
    let mut line = format!("{:>6}  {:>10}  {kind}", event.seq, output::duration(event.mono_us));
    if let Some(step) = &event.step {
        let _ = write!(line, "  {step}");
    }
    output::safe(&line)
}

/// The name of an enum's variant as it is serialised.
fn variant(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::Object(map)) => map.keys().next().cloned().unwrap_or_default(),
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}
