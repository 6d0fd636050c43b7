//! Does today's code come to what was recorded? The answers of the model are taken from the recording; what
//! follows from them (the proposal in an answer, the checks, what accepting hunks writes, the compile, the
//! run) is done again and compared. Nothing is asked of a model; without runs, nothing is written.

mod again;
mod run;

use std::path::Path;

use serde::Serialize;

use super::event::{Event, Fact};
use super::state::State;
use crate::connect::Connections;
use crate::contract::Registry;
use crate::diagnostic::Diagnostic;

pub use again::Work;
pub use run::{Runs, run_again};

/// A report holds at most this many divergences; it counts them all.
const MOST: usize = 200;
/// Longest value in a report, in characters.
const LONGEST: usize = 400;

/// Something that comes out otherwise today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Divergence {
    /// Number of the event that recorded it.
    pub event: u64,
    /// What was done again: `proposal`, `check`, `write`, `compile`, `run`.
    pub what: &'static str,
    /// The part of it that differs.
    pub field: String,
    /// What it was.
    pub old: String,
    /// What it is today.
    pub new: String,
}

/// What was done again, and what came out otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The session.
    pub session: String,
    /// Version of the program that recorded it last.
    pub recorded_by: String,
    /// Proposals that were taken out of an answer again.
    pub proposals: u32,
    /// Documents that were checked again.
    pub checks: u32,
    /// Writes that were worked out again.
    pub writes: u32,
    /// Documents that were compiled again.
    pub compiles: u32,
    /// Pipelines that were run again.
    pub runs: u32,
    /// What comes out otherwise, in the order of the events; the first ones, where they are many.
    pub divergences: Vec<Divergence>,
    /// All of them.
    pub count: u32,
    /// What could not be done again, and why.
    pub skipped: Vec<String>,
}

impl Report {
    /// Whether everything comes out as it was.
    pub fn holds(&self) -> bool {
        self.count == 0
    }

    fn differ(&mut self, event: u64, what: &'static str, field: impl Into<String>, old: &str, new: &str) {
        self.count += 1;
        if self.divergences.len() < MOST {
            let short = |text: &str| crate::secret::hide(&text.chars().take(LONGEST).collect::<String>()).into_owned();
            let (field, old, new) = (field.into(), short(old), short(new));
            self.divergences.push(Divergence { event, what, field, old, new });
        }
    }

    /// Two texts: where they differ, the first line that does.
    fn same_text(&mut self, event: u64, what: &'static str, field: &str, old: &str, new: &str) {
        if old == new {
            return;
        }
        let (mut a, mut b, mut line) = (old.lines(), new.lines(), 1);
        loop {
            match (a.next(), b.next()) {
                (Some(one), Some(two)) if one == two => line += 1,
                (None, None) => return self.differ(event, what, format!("{field}, its end"), "", ""),
                (one, two) => {
                    let shown = |line: Option<&str>| line.unwrap_or("(no such line)").to_owned();
                    return self.differ(event, what, format!("{field} line {line}"), &shown(one), &shown(two));
                }
            }
        }
    }

    /// Two lists of diagnostics: what differs first, and how many.
    fn same_diagnostics(&mut self, event: u64, what: &'static str, old: &[Diagnostic], new: &[Diagnostic]) {
        if old.len() != new.len() {
            let count = |all: &[Diagnostic]| crate::diagnostic::summary(all);
            self.differ(event, what, "diagnostics", &count(old), &count(new));
        }
        for n in 0..old.len().max(new.len()) {
            let (a, b) = (old.get(n), new.get(n));
            if a.map(told) != b.map(told) {
                let shown = |d: Option<&Diagnostic>| d.map_or_else(|| "(none)".to_owned(), told);
                return self.differ(event, what, format!("diagnostics[{n}]"), &shown(a), &shown(b));
            }
        }
    }
}

/// What of a diagnostic is compared: not its words of advice, which may get better.
fn told(diagnostic: &Diagnostic) -> String {
    let place = diagnostic.span.map(|s| format!(" {}:{}", s.line, s.column)).unwrap_or_default();
    let path = diagnostic.path.as_deref().unwrap_or_default();
    format!("{}[{}]{place} {path}: {}", diagnostic.severity, diagnostic.code, diagnostic.message)
}

/// What it is done again with.
pub struct Today<'a> {
    /// The contracts.
    pub registry: &'a Registry,
    /// The connections, where there is a workspace.
    pub connections: Option<&'a Connections>,
    /// The workspace's folder.
    pub root: &'a Path,
    /// The profile to compile for.
    pub profile: Option<&'a str>,
}

/// Does again what was recorded, but for the runs.
pub fn verify(events: &[Event], today: &Today<'_>) -> Report {
    let mut report = Report::default();
    let mut work = Work::new(today);
    let mut state = State::default();
    for event in events {
        work.again(event, &state, &mut report);
        state.apply(event);
        if let Fact::Opened { app, .. } | Fact::Resumed { app, .. } = &event.fact {
            report.recorded_by.clone_from(app);
        }
    }
    report.session = state.session;
    report
}

#[cfg(test)]
mod tests;
