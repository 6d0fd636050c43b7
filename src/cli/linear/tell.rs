//! What happened, as lines: each begins with a word that says what it is, none is ever drawn over.

use std::time::{Duration, Instant};

use crate::agent::TurnFact;
use crate::cli::output::{count, duration, safe};
use crate::diagnostic::{self, Diagnostic};
use crate::pipeline::run::look::{Look, LookFact};
use crate::pipeline::run::{Preview, RunFact};
use crate::session::state::ItemBody;
use crate::session::talk::{OfferedModel, TalkFact};
use crate::session::{Event, Fact, State};

/// Rows that are read out.
const ROWS: usize = 10;
/// Progress is told no more often.
const PROGRESS: Duration = Duration::from_secs(5);
/// An answer without a line end is told from here on.
const LONG: usize = 2_000;

/// Makes lines of events.
#[derive(Debug, Default)]
pub struct Teller {
    /// Words of the model that are no whole line yet.
    words: String,
    /// The model has begun to speak.
    speaking: bool,
    told: Option<Instant>,
    /// The models that were listed last: first those of the configuration are, then the server's as well.
    models: Vec<OfferedModel>,
}

impl Teller {
    /// The lines of an event; `state` is the one after it.
    pub fn tell(&mut self, event: &Event, state: &State, now: Instant) -> Vec<String> {
        let mut out = Vec::new();
        match &event.fact {
            Fact::Turn(TurnFact::ModelDelta { text, thinking: false, .. }) => self.words(text, &mut out),
            Fact::Turn(TurnFact::ModelFinished { .. } | TurnFact::ModelFailed { .. }) => self.end_of_words(&mut out),
            Fact::Turn(TurnFact::ModelRetried { reason, wait_ms, .. }) => {
                out.push(format!("Waiting: the model call failed ({reason}); again in {wait_ms} milliseconds."));
            }
            Fact::Run(fact) => self.run(fact, now, &mut out),
            Fact::Look(fact) => look(fact, &mut out),
            Fact::ConnectionFound { connection, .. } => out.push(health(connection, state)),
            Fact::DocumentOpened { file, diagnostics, .. } => {
                out.push(format!("Document: {file}, {}.", diagnostic::summary(diagnostics)));
            }
            Fact::Talk(TalkFact::ModelsListed { models, problem }) => {
                self.models(models, problem.as_deref(), state, &mut out);
            }
            Fact::Talk(fact) => talk(fact, &mut out),
            Fact::Restored { file, .. } => out.push(format!("Taken back: {file} holds again what it held before.")),
            _ => {}
        }
        let new = state.transcript.items.last().filter(|item| item.id == event.seq);
        if let Some(item) = new {
            self.item(&item.body, state, &mut out);
        }
        out.iter().map(|line| safe(line)).collect()
    }

    /// All models are told again when they are listed next.
    pub fn forget_models(&mut self) {
        self.models.clear();
    }

    fn models(&mut self, models: &[OfferedModel], problem: Option<&str>, state: &State, out: &mut Vec<String>) {
        let now = state.model.as_ref().map_or("", |model| model.name.as_str());
        for model in models.iter().filter(|model| !self.models.contains(model)) {
            let asked = if model.name == now { ", asked now" } else { "" };
            out.push(format!("Model {}{asked}.", model.name));
        }
        out.extend(problem.map(|why| format!("The server lists no models: {why}.")));
        self.models = models.to_vec();
    }

    fn words(&mut self, text: &str, out: &mut Vec<String>) {
        self.words.push_str(text);
        while let Some(end) = self.words.find('\n').or((self.words.len() > LONG).then_some(self.words.len())) {
            let line: String = self.words.drain(..end).collect();
            if self.words.starts_with('\n') {
                self.words.remove(0);
            }
            self.say(&line, out);
        }
    }

    fn say(&mut self, line: &str, out: &mut Vec<String>) {
        let line = line.trim_end();
        if !line.is_empty() {
            out.push(if self.speaking { format!("  {line}") } else { format!("Model: {line}") });
            self.speaking = true;
        }
    }

    fn end_of_words(&mut self, out: &mut Vec<String>) {
        let rest = std::mem::take(&mut self.words);
        self.say(&rest, out);
        self.speaking = false;
    }

    fn item(&mut self, body: &ItemBody, state: &State, out: &mut Vec<String>) {
        match body {
            ItemBody::Proposed { proposal, file, .. } => out.push(proposal_line(*proposal, file, state)),
            ItemBody::Repair { attempt, of, errors } => {
                out.push(format!("Repair {attempt} of {of}: {errors} errors sent back to the model."));
            }
            ItemBody::Failed { diagnostic } => out.extend(problem("Failed", diagnostic)),
            ItemBody::Refused { diagnostic } => out.extend(problem("Not done", diagnostic)),
            ItemBody::TurnEnded { outcome, duration_us, .. } => {
                out.push(format!("Turn {}, {}.", format!("{outcome:?}").to_lowercase(), duration(*duration_us)));
            }
            ItemBody::Applied { file, accepted, rejected, .. } => {
                out.push(format!("Written: {file}, {accepted} changes accepted, {rejected} not. /run runs it."));
            }
            ItemBody::Discarded { proposal } => out.push(format!("Proposal {proposal} was put away.")),
            ItemBody::Compiled { file, build, steps, .. } => {
                out.push(format!("Compiled: {file}, {steps} steps, to {build}."));
            }
            ItemBody::CompileFailed { file, diagnostics } => {
                out.push(format!("Not compiled: {file}, {}. /problems tells them.", diagnostic::summary(diagnostics)));
            }
            ItemBody::Notice { severity, text } => out.push(format!("Notice, {severity}: {text}")),
            _ => {}
        }
    }

    fn run(&mut self, fact: &RunFact, now: Instant, out: &mut Vec<String>) {
        match fact {
            RunFact::RunStarted { pipeline, engine, steps, .. } => {
                self.told = Some(now);
                out.push(format!("Run: {pipeline} on {engine}, {} steps.", steps.len()));
            }
            RunFact::StepStarted { step } => out.push(format!("Step {step} begins.")),
            RunFact::StepProgress { step, rows_in, rows_out, .. }
                if self.told.is_none_or(|told| now.duration_since(told) >= PROGRESS) =>
            {
                self.told = Some(now);
                out.push(format!("Progress: {step}, {} rows in, {} out.", count(*rows_in), count(*rows_out)));
            }
            RunFact::StepRetried { step, attempt, of, reason, .. } => {
                out.push(format!("Step {step}: try {attempt} of {of}, because {reason}."));
            }
            RunFact::StepFinished { step, rows_in, rows_out, duration_us, .. } => out.push(format!(
                "Step {step} done: {} rows in, {} out, {}.",
                count(*rows_in),
                count(*rows_out),
                duration(*duration_us)
            )),
            RunFact::StepFailed { step, diagnostic, .. } => {
                out.extend(problem(&format!("Step {step} failed"), diagnostic))
            }
            RunFact::StepSkipped { step, reason } => out.push(format!("Step {step} left out: {reason}.")),
            RunFact::RunFinished { outcome, duration_us, outputs, previews, .. } => {
                out.push(format!("Run {}, {}.", format!("{outcome:?}").to_lowercase(), duration(*duration_us)));
                for written in outputs {
                    out.push(format!("Wrote {}: {} rows.", written.path, count(written.rows)));
                }
                for preview in previews {
                    out.extend(rows(preview));
                }
            }
            _ => {}
        }
    }
}

/// What happens in the conversation beside the turns.
fn talk(fact: &TalkFact, out: &mut Vec<String>) {
    match fact {
        TalkFact::Queued { number, text } => {
            out.push(format!("Message {number} waits until what is at work has ended: {text}"));
        }
        TalkFact::ApprovalAsked(approval) => out.push(format!("Approval {} is wanted.", approval.number)),
        TalkFact::ApprovalDecided { number, withdrawn: Some(why), .. } => {
            out.push(format!("Approval {number} is not wanted any more: {why}."));
        }
        TalkFact::ApprovalDecided { number, approved, by, .. } => {
            let word = if *approved { "approved" } else { "declined" };
            out.push(format!("Approval {number}: {word} by {by}."));
        }
        TalkFact::Compacted(compaction) => out.push(compaction.summary()),
        TalkFact::Exported { file, events } => out.push(format!("Session written to {file}: {events} events.")),
        TalkFact::ModelChosen { model, chosen: true, .. } => {
            out.push(format!("Model {} is asked from now on.", model.name))
        }
        _ => {}
    }
}

fn proposal_line(proposal: u32, file: &str, state: &State) -> String {
    let changes = state.review.as_ref().map_or(0, |review| review.hunks.len());
    let problems = diagnostic::summary(&state.diagnostics);
    format!("Proposal {proposal} for {file}: {changes} changes, {problems}. /review goes through them.")
}

/// A problem: what, why, what to do.
pub fn problem(label: &str, found: &Diagnostic) -> Vec<String> {
    let place = found.span.map(|span| format!(", line {}", span.line)).unwrap_or_default();
    let mut out = vec![format!("{label}, {}{place}: {} [{}]", found.severity, found.message, found.code)];
    out.extend(found.why.as_ref().map(|why| format!("  Why: {why}")));
    out.extend(found.fix.as_ref().map(|fix| format!("  Fix: {}", fix.text)));
    out
}

fn health(connection: &str, state: &State) -> String {
    use crate::connect::health::Verdict;
    use crate::session::state::ConnectionHealth;
    match state.health.get(connection) {
        Some(ConnectionHealth::Found { verdict: Verdict::Works { detail }, .. }) => {
            format!("Connection {connection} works: {detail}.")
        }
        Some(ConnectionHealth::Found { verdict: Verdict::Fails { diagnostic, .. }, .. }) => {
            problem(&format!("Connection {connection} fails"), diagnostic).join("\n")
        }
        _ => format!("Connection {connection} was tried."),
    }
}

/// Values with the names of their columns before them.
fn named(columns: &[String], row: &[Option<String>]) -> String {
    let value = |n: usize| row.get(n).and_then(Option::as_deref).unwrap_or("NULL");
    columns.iter().enumerate().map(|(n, name)| format!("{name}: {}", value(n))).collect::<Vec<_>>().join("; ")
}

fn rows(preview: &Preview) -> Vec<String> {
    let shown = preview.rows.iter().take(ROWS).enumerate();
    let mut out: Vec<String> =
        shown.map(|(n, row)| format!("Row {}. {}", n + 1, named(&preview.columns, row))).collect();
    if preview.total > preview.rows.len().min(ROWS) as u64 {
        out.push(format!("Of {} rows.", count(preview.total)));
    }
    out
}

fn look(fact: &LookFact, out: &mut Vec<String>) {
    match fact {
        LookFact::Started { step } => out.push(format!("Reading rows of {step}.")),
        LookFact::Stopped { step } => out.push(format!("Reading rows of {step} was interrupted.")),
        LookFact::Failed { step, diagnostic } => out.extend(problem(&format!("No rows of {step}"), diagnostic)),
        LookFact::Found(look) => found(look, out),
    }
}

fn found(look: &Look, out: &mut Vec<String>) {
    let kinds: Vec<String> = look.columns.iter().map(|c| format!("{} {}", c.name, c.kind)).collect();
    out.push(format!("Rows of {}: {} in all. Columns: {}.", look.step, count(look.total), kinds.join(", ")));
    let names: Vec<String> = look.columns.iter().map(|c| c.name.clone()).collect();
    for (n, row) in look.rows.iter().take(ROWS).enumerate() {
        out.push(format!("Row {}. {}", n + 1, named(&names, row)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_as_whole_lines_with_one_label() {
        let mut teller = Teller::default();
        let mut out = Vec::new();
        for piece in ["I re", "ad it.\n\n- one", " row\n", "The ", "end"] {
            teller.words(piece, &mut out);
        }
        assert_eq!(out, ["Model: I read it.", "  - one row"]);
        teller.end_of_words(&mut out);
        assert_eq!(out.last().map(String::as_str), Some("  The end"));
        out.clear();
        teller.words(&"x".repeat(LONG + 1), &mut out);
        assert_eq!(out.len(), 1, "an endless line is told in parts");
    }

    #[test]
    fn rows_are_read_with_the_names_of_their_columns() {
        let columns = ["a".to_owned(), "b".to_owned()];
        assert_eq!(named(&columns, &[Some("1".into()), None]), "a: 1; b: NULL");
        assert_eq!(named(&columns, &[]), "a: NULL; b: NULL");
    }
}
