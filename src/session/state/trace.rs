//! The trace: what happened as spans in a tree, flat and in order of their beginning.

use std::time::Duration;

use serde::Serialize;

use crate::agent::{Purpose, StageOutcome, TurnFact, TurnOutcome};
use crate::diagnostic;
use crate::pipeline::expect::Severity;
use crate::pipeline::run::look::LookFact;
use crate::pipeline::run::{RunFact, RunOutcome};
use crate::session::event::{Event, Fact};
use crate::session::talk::TalkFact;

/// What a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum SpanKind {
    /// A turn.
    Turn,
    /// A stage of a turn.
    Stage,
    /// A look at a connection, or at what is remembered of it.
    Discovery,
    /// A call of the model.
    Model,
    /// A check of a proposal, or of a step's rows.
    Check,
    /// A repair asked for.
    Repair,
    /// A decision or a write of the person.
    Review,
    /// A compile.
    Compile,
    /// A look at the rows of a step.
    Look,
    /// A run.
    Run,
    /// A step of a run.
    Step,
}

/// How a span stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum SpanStatus {
    /// Going on.
    Open,
    /// Ended well.
    Done,
    /// There was nothing to do.
    Skipped,
    /// Ended badly.
    Failed,
    /// Interrupted.
    Cancelled,
}

/// One span.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TraceSpan {
    /// Number of the event that began it.
    pub id: u64,
    /// How deep in the tree, from 0.
    pub depth: u8,
    /// What it is.
    pub kind: SpanKind,
    /// Its name: a stage, a model, a step.
    pub label: String,
    /// What is worth knowing of it, one line.
    pub detail: String,
    /// How it stands.
    pub status: SpanStatus,
    /// Session time of its beginning, microseconds.
    pub started_us: u64,
    /// How long it took, once it has ended.
    pub duration_us: Option<u64>,
}

/// The spans of a session, and which of them are open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Trace {
    /// In order of their beginning; a child stands after its parent, one deeper.
    pub spans: Vec<TraceSpan>,
    #[serde(skip)]
    open: Vec<usize>,
}

impl Trace {
    fn begin(&mut self, event: &Event, depth: u8, kind: SpanKind, label: impl Into<String>, detail: impl Into<String>) {
        self.spans.push(TraceSpan {
            id: event.seq,
            depth,
            kind,
            label: label.into(),
            detail: detail.into(),
            status: SpanStatus::Open,
            started_us: event.mono_us,
            duration_us: None,
        });
        self.open.push(self.spans.len() - 1);
    }

    /// A span that begins and ends at once.
    fn point(
        &mut self,
        event: &Event,
        depth: u8,
        kind: SpanKind,
        label: impl Into<String>,
        detail: impl Into<String>,
        status: SpanStatus,
    ) {
        self.begin(event, depth, kind, label, detail);
        self.open.pop();
        if let Some(span) = self.spans.last_mut() {
            span.status = status;
            span.duration_us = Some(0);
        }
    }

    /// Ends the open span that fits; returns it so that its detail can be added to.
    fn end(
        &mut self,
        kind: SpanKind,
        label: Option<&str>,
        status: SpanStatus,
        duration_us: u64,
    ) -> Option<&mut TraceSpan> {
        let at = self.open.iter().rposition(|n| {
            let span = &self.spans[*n];
            span.kind == kind && label.is_none_or(|l| l == span.label)
        })?;
        let index = self.open.remove(at);
        let span = &mut self.spans[index];
        span.status = status;
        span.duration_us = Some(duration_us);
        Some(span)
    }

    /// Ends the span of a step that starts again with those that it works with.
    fn begin_again(&mut self, event: &Event, step: &str) {
        let duration = self.open.iter().map(|n| &self.spans[*n]).find(|s| s.kind == SpanKind::Step && s.label == step);
        let duration = duration.map_or(0, |span| event.mono_us.saturating_sub(span.started_us));
        if let Some(span) = self.end(SpanKind::Step, Some(step), SpanStatus::Cancelled, duration) {
            "starts again".clone_into(&mut span.detail);
        }
    }

    /// Ends everything that is still open at or below `depth`.
    fn end_all(&mut self, event: &Event, depth: u8, status: SpanStatus) {
        let spans = &mut self.spans;
        self.open.retain(|n| {
            let span = &mut spans[*n];
            let ends = span.depth >= depth;
            if ends {
                span.status = status;
                span.duration_us = Some(event.mono_us.saturating_sub(span.started_us));
            }
            !ends
        });
    }

    pub(super) fn apply(&mut self, event: &Event) {
        match &event.fact {
            Fact::Resumed { .. } | Fact::Closed { .. } => self.end_all(event, 0, SpanStatus::Cancelled),
            Fact::Said { .. } => {
                self.end_all(event, 0, SpanStatus::Cancelled);
                self.begin(event, 0, SpanKind::Turn, format!("turn {}", event.turn.unwrap_or_default()), "");
            }
            Fact::Turn(fact) => self.apply_turn(event, fact),
            Fact::Applied { file, accepted, rejected, .. } => {
                let detail = format!("{file}: {accepted} hunks accepted, {rejected} not");
                self.point(event, 0, SpanKind::Review, "applied", detail, SpanStatus::Done);
            }
            Fact::Discarded { proposal } => {
                self.point(event, 0, SpanKind::Review, "discarded", format!("proposal {proposal}"), SpanStatus::Done);
            }
            Fact::FixProposed { proposal, code, .. } => {
                let detail = format!("proposal {proposal}: {code}");
                self.point(event, 0, SpanKind::Repair, "fix", detail, SpanStatus::Done);
            }
            Fact::Edited { file, diagnostics, .. } => {
                let detail = format!("{file}: {}", diagnostic::summary(diagnostics));
                self.point(event, 0, SpanKind::Review, "edited", detail, SpanStatus::Done);
            }
            Fact::ProposalEdited { proposal, diagnostics, .. } => {
                let detail = format!("proposal {proposal}: {}", diagnostic::summary(diagnostics));
                self.point(event, 0, SpanKind::Review, "edited", detail, SpanStatus::Done);
            }
            Fact::VersionProposed { proposal, version, .. } => {
                let detail = format!("proposal {proposal}: as of event {version}");
                self.point(event, 0, SpanKind::Review, "version", detail, SpanStatus::Done);
            }
            Fact::Restored { file, .. } => {
                self.point(event, 0, SpanKind::Review, "restored", file.clone(), SpanStatus::Done);
            }
            Fact::Compiled { file, manifest, duration_us, .. } => {
                let short: String = manifest.chars().take(12).collect();
                self.point(event, 0, SpanKind::Compile, "compile", format!("{file} → {short}"), SpanStatus::Done);
                if let Some(span) = self.spans.last_mut() {
                    span.duration_us = Some(*duration_us);
                }
            }
            Fact::CompileFailed { file, diagnostics } => {
                let detail = format!("{file}: {}", diagnostic::summary(diagnostics));
                self.point(event, 0, SpanKind::Compile, "compile", detail, SpanStatus::Failed);
            }
            Fact::Run(fact) => self.apply_run(event, fact),
            Fact::Look(fact) => self.apply_look(event, fact),
            Fact::Talk(TalkFact::ApprovalDecided { number, approved, withdrawn: None, .. }) => {
                let (word, status) = match approved {
                    true => ("approved", SpanStatus::Done),
                    false => ("declined", SpanStatus::Cancelled),
                };
                self.point(event, 0, SpanKind::Review, word, format!("approval {number}"), status);
            }
            Fact::FilesRestored { files } => {
                let named: Vec<&str> = files.iter().map(|f| f.file.as_str()).collect();
                self.point(event, 0, SpanKind::Review, "rewound", named.join(", "), SpanStatus::Done);
            }
            Fact::Opened { .. }
            | Fact::Talk(_)
            | Fact::Branched { .. }
            | Fact::Renamed { .. }
            | Fact::Tagged { .. }
            | Fact::Decided { .. }
            | Fact::DecidedAll { .. }
            | Fact::HunkSplit { .. }
            | Fact::Commented { .. }
            | Fact::DecisionUndone { .. }
            | Fact::Refused { .. }
            | Fact::RunCompared { .. }
            | Fact::DocumentOpened { .. }
            | Fact::ConnectionsTested { .. }
            | Fact::ConnectionFound { .. }
            | Fact::Notice { .. } => {}
        }
    }

    fn apply_turn(&mut self, event: &Event, fact: &TurnFact) {
        match fact {
            TurnFact::StageStarted { stage, pass } => {
                let detail = if *pass > 1 { format!("repair {}", pass - 1) } else { String::new() };
                self.begin(event, 1, SpanKind::Stage, stage.name(), detail);
            }
            TurnFact::StageFinished { stage, outcome, duration_us, .. } => {
                let (status, detail) = match outcome {
                    StageOutcome::Done => (SpanStatus::Done, None),
                    StageOutcome::Skipped { reason } => (SpanStatus::Skipped, Some(reason.clone())),
                    StageOutcome::Failed { message } => (SpanStatus::Failed, Some(message.clone())),
                    StageOutcome::Cancelled => (SpanStatus::Cancelled, None),
                };
                match self.end(SpanKind::Stage, Some(stage.name()), status, *duration_us) {
                    Some(span) => {
                        if let Some(detail) = detail {
                            span.detail = detail;
                        }
                    }
                    None => self.point(event, 1, SpanKind::Stage, stage.name(), detail.unwrap_or_default(), status),
                }
            }
            TurnFact::ContextBuilt { contracts, discoveries, estimated_tokens, .. } => {
                if let Some(span) = self.open.last().map(|n| &mut self.spans[*n]) {
                    span.detail = format!(
                        "{} contracts, {} discoveries, about {estimated_tokens} tokens",
                        contracts.len(),
                        discoveries.len()
                    );
                }
                for shown in discoveries {
                    let Some(cache) = &shown.cache else { continue };
                    let detail = format!("{} tables, {cache}", shown.tables.len() + shown.more);
                    self.point(event, 2, SpanKind::Discovery, shown.connection.clone(), detail, SpanStatus::Done);
                }
            }
            TurnFact::ModelRequested { purpose, model, .. } => {
                let detail = match purpose {
                    Purpose::Answer => "answer".to_owned(),
                    Purpose::Repair { attempt, of } => format!("repair {attempt} of {of}"),
                };
                self.begin(event, 2, SpanKind::Model, model.name.clone(), detail);
            }
            TurnFact::ModelFinished { usage, duration_us, .. } => {
                if let Some(span) = self.end(SpanKind::Model, None, SpanStatus::Done, *duration_us)
                    && let Some(usage) = usage
                {
                    span.detail = format!("{}, {} tokens in, {} out", span.detail, usage.input, usage.output);
                }
            }
            TurnFact::ModelFailed { diagnostic, .. } => {
                let duration = self.open.last().map_or(0, |n| event.mono_us.saturating_sub(self.spans[*n].started_us));
                if let Some(span) = self.end(SpanKind::Model, None, SpanStatus::Failed, duration) {
                    span.detail.clone_from(&diagnostic.message);
                }
            }
            TurnFact::Checked { proposal, diagnostics, duration_us } => {
                let failed = diagnostic::has_errors(diagnostics);
                let status = if failed { SpanStatus::Failed } else { SpanStatus::Done };
                let detail = format!("proposal {proposal}: {}", diagnostic::summary(diagnostics));
                self.point(event, 2, SpanKind::Check, "check", detail, status);
                if let Some(span) = self.spans.last_mut() {
                    span.duration_us = Some(*duration_us);
                }
            }
            TurnFact::RepairRequested { attempt, of, errors } => {
                let detail = format!("{attempt} of {of}: {errors} errors sent back");
                self.point(event, 2, SpanKind::Repair, "repair", detail, SpanStatus::Done);
            }
            TurnFact::TurnFinished { outcome, duration_us } => {
                let status = match outcome {
                    TurnOutcome::Completed => SpanStatus::Done,
                    TurnOutcome::Cancelled => SpanStatus::Cancelled,
                    TurnOutcome::Failed => SpanStatus::Failed,
                };
                self.end_all(event, 1, status);
                self.end(SpanKind::Turn, None, status, *duration_us);
            }
            TurnFact::ModelRetried { .. } | TurnFact::ModelDelta { .. } | TurnFact::Proposed { .. } => {}
        }
    }

    fn apply_look(&mut self, event: &Event, fact: &LookFact) {
        let (status, detail, took) = match fact {
            LookFact::Started { step } => return self.begin(event, 0, SpanKind::Look, format!("look at {step}"), ""),
            LookFact::Found(look) => {
                let detail = format!("{} rows, {} columns", look.total, look.columns.len() + look.more_columns);
                (SpanStatus::Done, detail, look.duration_us)
            }
            LookFact::Failed { diagnostic, .. } => (SpanStatus::Failed, diagnostic.message.clone(), 0),
            LookFact::Stopped { .. } => (SpanStatus::Cancelled, String::new(), 0),
        };
        if let Some(span) = self.end(SpanKind::Look, None, status, took) {
            span.detail = detail;
        }
    }

    fn apply_run(&mut self, event: &Event, fact: &RunFact) {
        match fact {
            RunFact::RunStarted { pipeline, engine, .. } => {
                self.begin(event, 0, SpanKind::Run, "run", format!("{pipeline} on {engine}"));
            }
            RunFact::StepStarted { step } => {
                self.begin_again(event, step);
                self.begin(event, 1, SpanKind::Step, step.clone(), "");
            }
            RunFact::StepReused { step, run, .. } => {
                self.begin_again(event, step);
                self.begin(event, 1, SpanKind::Step, step.clone(), format!("rows kept by run {run}"));
            }
            RunFact::StepRetried { step, attempt, of, wait_us, reason, .. } => {
                let wait = Duration::from_micros(*wait_us).as_secs_f32();
                let detail = format!("{step}, {attempt} of {of}, in {wait:.1} s: {reason}");
                self.point(event, 2, SpanKind::Repair, "again", detail, SpanStatus::Failed);
            }
            RunFact::StepSkipped { step, reason } => {
                self.point(event, 1, SpanKind::Step, step.clone(), reason.clone(), SpanStatus::Cancelled);
            }
            RunFact::StepProgress { .. }
            | RunFact::StepColumns { .. }
            | RunFact::StepDataset { .. }
            | RunFact::StepKept { .. }
            | RunFact::StepWrote { .. }
            | RunFact::StepMeasured { .. } => {}
            RunFact::StepFinished { step, rows_in, rows_out, duration_us, .. } => {
                if let Some(span) = self.end(SpanKind::Step, Some(step), SpanStatus::Done, *duration_us) {
                    span.detail = format!("{rows_in} rows in, {rows_out} out");
                }
            }
            RunFact::CursorMoved { step, column, to, .. } => {
                let detail = match to {
                    Some(to) => format!("{column} up to {to}"),
                    None => format!("{column}: nothing new"),
                };
                self.point(event, 1, SpanKind::Step, format!("{step}: state"), detail, SpanStatus::Done);
            }
            RunFact::StepChecked { checks, .. } => {
                for check in checks {
                    let status = match (check.passed, check.severity) {
                        (true, _) => SpanStatus::Done,
                        (false, Severity::Fail) => SpanStatus::Failed,
                        (false, _) => SpanStatus::Skipped,
                    };
                    let detail = format!("{}: {}", check.word(), check.told);
                    self.point(event, 2, SpanKind::Check, check.label(), detail, status);
                }
            }
            RunFact::StepRejected { rejected, .. } => {
                let detail = format!("{} rows, see {}", rejected.rows, rejected.file);
                self.point(event, 2, SpanKind::Check, "rejected", detail, SpanStatus::Skipped);
            }
            RunFact::StepFailed { step, diagnostic, duration_us } => {
                if let Some(span) = self.end(SpanKind::Step, Some(step), SpanStatus::Failed, *duration_us) {
                    span.detail.clone_from(&diagnostic.message);
                }
            }
            RunFact::StepStopped { step, reason } => {
                if let Some(span) = self.end(SpanKind::Step, Some(step), SpanStatus::Cancelled, 0) {
                    span.detail.clone_from(reason);
                }
            }
            RunFact::RunFinished { outcome, duration_us, .. } => {
                let status = match outcome {
                    RunOutcome::Succeeded => SpanStatus::Done,
                    RunOutcome::Failed => SpanStatus::Failed,
                    RunOutcome::Cancelled => SpanStatus::Cancelled,
                };
                self.end(SpanKind::Run, None, status, *duration_us);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::{CacheUse, ShownDiscovery};
    use crate::connect::discovery::Miss;

    #[test]
    fn each_discovery_says_whether_it_was_remembered_and_how_old_it_is() {
        let event = |seq, fact| Event {
            v: 1,
            seq,
            wall_ms: 0,
            mono_us: seq,
            turn: Some(1),
            request: None,
            step: None,
            fact: Fact::Turn(fact),
        };
        let shown = |connection: &str, age_s, miss| ShownDiscovery {
            connection: connection.to_owned(),
            fingerprint: String::new(),
            tables: vec!["t".to_owned(); 200],
            more: 800,
            cache: Some(CacheUse { key: String::new(), age_s, miss }),
        };
        let mut trace = Trace::default();
        trace.apply(&event(1, TurnFact::StageStarted { stage: crate::agent::Stage::Parse, pass: 1 }));
        trace.apply(&event(
            2,
            TurnFact::ContextBuilt {
                contracts: Vec::new(),
                discoveries: vec![
                    shown("@postgres.a", Some(12), None),
                    shown("@postgres.b", Some(400), None),
                    shown("@mysql.c", None, Some(Miss::ConnectionChanged)),
                ],
                document: None,
                estimated_tokens: 1,
                problems: Vec::new(),
            },
        ));
        let lines: Vec<String> = trace
            .spans
            .iter()
            .filter(|span| span.kind == SpanKind::Discovery)
            .map(|span| format!("{} {}", span.label, span.detail))
            .collect();
        assert_eq!(
            lines,
            [
                "@postgres.a 1000 tables, cache hit, 12 s old",
                "@postgres.b 1000 tables, cache hit, 6 min old",
                "@mysql.c 1000 tables, cache miss: the connection changed",
            ]
        );
    }
}
