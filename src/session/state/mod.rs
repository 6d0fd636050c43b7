//! The state of a session: a pure fold over its events. No clock, no I/O, no terminal.
//!
//! Owns: what the panes show (transcript, trace, review, run). Does not own: how they show it.

mod family;
mod look;
mod queue;
mod review;
mod run;
mod spend;
mod talk;
mod trace;
mod transcript;
mod turn;
mod versions;

use std::collections::BTreeMap;

use serde::Serialize;

pub use family::{Branch, Family};
pub use look::{LookState, Looks};
pub use queue::{Queue, Queued};
pub use review::{Document, Noted, Notes, Review};
pub use run::{LogLine, RunState, StepState, StepStatus};
pub use spend::{CHARS_A_TOKEN, Context, Spend, Spent};
pub use trace::{SpanKind, SpanStatus, Trace, TraceSpan};
pub use transcript::{Answer, Aside, Asked, Item, ItemBody, Transcript};
pub use versions::{Origin, Version, Versions};

use super::event::{Event, Fact};
use super::talk::{Approval, Compaction, OfferedModel};
use crate::agent::{ShownContract, ShownDiscovery, Stage, TurnFact};
use crate::connect::health::Verdict;
use crate::diagnostic::Diagnostic;
use crate::model::{ModelInfo, Terms, Usage};
use crate::pipeline::oml::hunk::Decision;
use crate::pipeline::run::look::LookFact;

/// What the session is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Activity {
    /// Nothing; it waits for the person.
    #[default]
    Idle,
    /// A turn is in this stage.
    Turn(Stage),
    /// A pipeline runs.
    Running,
    /// The rows of a step are looked at.
    Looking,
}

/// What a session is, after its events up to some number.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct State {
    /// The session's id.
    pub session: String,
    /// The workspace's folder name.
    pub workspace: String,
    /// The first message, shortened; what a list of sessions shows.
    pub title: String,
    /// Whether the title was given by the person.
    pub named: bool,
    /// What the person files it under, in the order of the alphabet.
    pub tags: Vec<String>,
    /// The session that it began as a branch of, and those that began as branches of it.
    pub family: Family,
    /// The model.
    pub model: Option<ModelInfo>,
    /// Number of the last event applied; 0 before the first.
    pub seq: u64,
    /// Wall clock of the first event, milliseconds since 1970.
    pub started_ms: i64,
    /// Wall clock of the last event.
    pub wall_ms: i64,
    /// Session time of the last event, microseconds.
    pub mono_us: u64,
    /// Turns so far.
    pub turns: u32,
    /// Proposals so far.
    pub proposals: u32,
    /// What it is doing.
    pub activity: Activity,
    /// Tokens so far.
    pub usage: Usage,
    /// Size of the last context, in estimated tokens.
    pub context_tokens: u64,
    /// Contracts that the model was shown last.
    pub contracts: Vec<ShownContract>,
    /// Discoveries that the model was shown last.
    pub discoveries: Vec<ShownDiscovery>,
    /// The document that the model was shown last.
    pub shown_document: Option<String>,
    /// The conversation.
    pub transcript: Transcript,
    /// Tokens and what they cost.
    pub spend: Spend,
    /// What is known of the model.
    pub terms: Terms,
    /// The model that the person chose.
    pub chosen_model: Option<String>,
    /// The models that can be chosen, and why the server's are missing.
    pub models: (Vec<OfferedModel>, Option<String>),
    /// What of the conversation the model is not shown any more.
    pub compacted: Option<Compaction>,
    /// What waits for an approval.
    pub approval: Option<Approval>,
    /// Approvals so far.
    pub approvals: u32,
    /// The messages that wait.
    pub queue: Queue,
    /// The spans of turns, compiles and runs.
    pub trace: Trace,
    /// Number of the last event that changed the document, the hunks, the comments or the diagnostics.
    pub document_version: u64,
    /// The pipeline file of the session as it was last seen on disk.
    pub document: Option<Document>,
    /// The proposal under review.
    pub review: Option<Review>,
    /// What is wrong with what the document pane shows.
    pub diagnostics: Vec<Diagnostic>,
    /// Fingerprint and build folder of the last good compile of the document as it is.
    pub compiled: Option<Compiled>,
    /// The last run.
    pub run: Option<RunState>,
    /// What was seen of the rows of steps of the document as it is.
    pub looks: Looks,
    /// Connections that are or were tried in this opening of the session.
    pub health: BTreeMap<String, ConnectionHealth>,
    /// What the model should know of the proposal that was decided last.
    pub decided: Option<Notes>,
    /// The versions of files that the session wrote or saw.
    pub versions: Versions,
    /// Why the session was left, when it is closed.
    pub closed: Option<String>,
}

/// How a connection is, as far as is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum ConnectionHealth {
    /// It is being tried.
    Testing,
    /// It was found.
    Found {
        /// How it is.
        verdict: Verdict,
        /// How long it took, microseconds.
        duration_us: u64,
        /// When, milliseconds since 1970.
        wall_ms: i64,
    },
}

/// The last good compile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Compiled {
    /// Fingerprint of the manifest.
    pub manifest: String,
    /// Where the build lies.
    pub build: String,
}

fn at<'a>(event: &Event, file: &'a str) -> versions::At<'a> {
    versions::At { seq: event.seq, wall_ms: event.wall_ms, file }
}

impl State {
    /// Folds all events.
    pub fn fold<'a>(events: impl IntoIterator<Item = &'a Event>) -> State {
        let mut state = State::default();
        for event in events {
            state.apply(event);
        }
        state
    }

    /// What is left running when the process that ran it is gone.
    pub fn interrupted(&self) -> Vec<String> {
        match self.activity {
            Activity::Idle => Vec::new(),
            Activity::Turn(stage) => vec![format!("turn {} (stage {})", self.turns, stage.name())],
            Activity::Running => vec![format!("run {}", self.run.as_ref().map_or("", |r| r.id.as_str()))],
            Activity::Looking => vec!["a look at the rows of a step".to_owned()],
        }
    }

    /// What the model will be told with the next message: of the proposal that was decided last, and of the
    /// one under review.
    pub fn notes(&self) -> Vec<Notes> {
        let review = self.review.as_ref().filter(|r| !r.is_told()).and_then(|r| r.notes(false));
        self.decided.iter().cloned().chain(review).collect()
    }

    /// How much that is.
    pub fn noted(&self) -> Vec<Noted> {
        let review = self.review.as_ref().filter(|r| !r.is_told()).and_then(|r| r.noted(false));
        self.decided.iter().map(|notes| notes.noted).chain(review).collect()
    }

    /// Takes one event in. Any sequence of events is folded without panic; one that makes no sense in
    /// the present state changes little.
    pub fn apply(&mut self, event: &Event) {
        self.seq = event.seq;
        self.wall_ms = event.wall_ms;
        self.mono_us = self.mono_us.max(event.mono_us);
        if self.started_ms == 0 {
            self.started_ms = event.wall_ms;
        }
        self.trace.apply(event);
        if matches!(
            event.fact,
            Fact::HunkSplit { .. }
                | Fact::Commented { .. }
                | Fact::DecisionUndone { .. }
                | Fact::Applied { .. }
                | Fact::VersionProposed { .. }
                | Fact::Restored { .. }
                | Fact::FilesRestored { .. }
                | Fact::Discarded { .. }
                | Fact::FixProposed { .. }
                | Fact::Edited { .. }
                | Fact::ProposalEdited { .. }
                | Fact::DocumentOpened { .. }
                | Fact::CompileFailed { .. }
                | Fact::Turn(TurnFact::Proposed { .. } | TurnFact::Checked { .. })
        ) {
            self.document_version = event.seq;
            let same =
                matches!(event.fact, Fact::Commented { .. } | Fact::HunkSplit { .. } | Fact::CompileFailed { .. });
            if !same {
                self.looks.clear();
            }
        }
        match &event.fact {
            Fact::Opened { session, workspace, model, parent, .. } => {
                self.family.parent.clone_from(parent);
                self.session.clone_from(session);
                self.workspace.clone_from(workspace);
                self.model = Some(model.clone());
            }
            Fact::Resumed { model, interrupted, .. } => {
                self.model = Some(model.clone());
                self.closed = None;
                // How connections were then says nothing of how they are now.
                self.health.clear();
                self.activity = Activity::Idle;
                self.queue.hold();
                self.withdraw(event.seq, "the session was closed");
                self.transcript.stop_streaming(event.seq);
                self.looks.interrupt();
                if let Some(run) = &mut self.run {
                    run.interrupt();
                }
                if !interrupted.is_empty() {
                    let text = format!("Interrupted when the session was last left: {}.", interrupted.join(", "));
                    self.transcript.notice(event.seq, crate::diagnostic::Severity::Warning, text);
                }
            }
            Fact::Closed { reason } => {
                self.closed = Some(reason.clone());
            }
            Fact::Said { text, mentions, queued, instead_of } => {
                self.apply_said(event.seq, text, mentions, (*queued, *instead_of));
            }
            Fact::Talk(fact) => self.apply_talk(event.seq, fact),
            Fact::Turn(fact) => self.apply_turn(event.seq, fact),
            Fact::Decided { proposal, hunk, decision } => {
                if let Some(review) = self.review.as_mut().filter(|r| r.proposal == *proposal) {
                    review.decide(&[*hunk], *decision);
                }
            }
            Fact::DecidedAll { proposal, hunks, decision } => {
                if let Some(review) = self.review.as_mut().filter(|r| r.proposal == *proposal) {
                    review.decide(hunks, *decision);
                }
            }
            Fact::HunkSplit { proposal, hunk, parts } => {
                if let Some(review) = self.review.as_mut().filter(|r| r.proposal == *proposal) {
                    review.split(*hunk as usize, parts);
                }
            }
            Fact::Commented { proposal, hunk, text } => {
                if let Some(review) = self.review.as_mut().filter(|r| r.proposal == *proposal) {
                    review.comment(*hunk as usize, text);
                }
            }
            Fact::DecisionUndone { proposal } => {
                if let Some(review) = self.review.as_mut().filter(|r| r.proposal == *proposal) {
                    review.undo();
                }
            }
            Fact::Applied { proposal, file, before, text, accepted, rejected, diagnostics } => {
                if let Some(review) = self.review.take_if(|r| r.proposal == *proposal) {
                    // What is open is refused by the end; the rest may have been told.
                    let told = review.is_told() && review.count(Decision::Open) == 0;
                    self.decided = if told { None } else { review.notes(true) };
                }
                self.versions.wrote(at(event, file), Origin::Applied(*proposal), before.as_deref(), text);
                self.document = Some(Document { file: file.clone(), text: text.clone() });
                self.diagnostics.clone_from(diagnostics);
                self.compiled = None;
                self.transcript.applied(event.seq, *proposal, file.clone(), *accepted, *rejected);
            }
            Fact::Discarded { proposal } => {
                let review = self.review.take_if(|r| r.proposal == *proposal);
                let mut text = "The person put your last proposal away; nothing of it was written.".to_owned();
                let said = review.and_then(Review::comments_alone);
                if let Some(said) = &said {
                    text += &format!("\n\n{}", said.text);
                }
                let comments = said.map_or(0, |said| said.noted.comments);
                self.decided = Some(Notes { noted: Noted { proposal: *proposal, refused: 0, comments }, text });
                self.diagnostics.clear();
                self.transcript.discarded(event.seq, *proposal);
            }
            Fact::Edited { file, before, text, diagnostics } => {
                self.versions.wrote(at(event, file), Origin::Edited, Some(before), text);
                self.document = Some(Document { file: file.clone(), text: text.clone() });
                self.compiled = None;
                self.diagnostics.clone_from(diagnostics);
                let text = format!("{file} was edited by hand and written.");
                self.transcript.notice(event.seq, crate::diagnostic::Severity::Info, text);
            }
            Fact::FixProposed { proposal, file, base, text, diagnostics, .. }
            | Fact::VersionProposed { proposal, file, base, text, diagnostics, .. }
            | Fact::ProposalEdited { proposal, file, base, text, diagnostics } => {
                self.proposals = self.proposals.max(*proposal);
                let mut review = Review::new(*proposal, file.clone(), base.clone(), text.clone());
                if let Some(before) = &self.review {
                    review.keep_decisions(before, true);
                }
                self.review = Some(review);
                self.show_proposal(event.seq, *proposal, diagnostics);
            }
            Fact::Restored { file, text, diagnostics, .. } => {
                self.versions.took_back(at(event, file), text.as_deref());
                self.document = text.as_ref().map(|text| Document { file: file.clone(), text: text.clone() });
                self.compiled = None;
                if self.review.is_none() {
                    self.diagnostics.clone_from(diagnostics);
                }
                let text = match text {
                    Some(_) => format!("The last write of {file} was taken back."),
                    None => format!("{file} was removed again: there was no such file before it was written."),
                };
                self.transcript.notice(event.seq, crate::diagnostic::Severity::Info, text);
            }
            Fact::FilesRestored { files } => self.restored(event, files),
            Fact::Branched { session, seq, how } => self.branched(event.seq, session, *seq, *how),
            Fact::Renamed { title } => self.rename(title),
            Fact::Tagged { tags } => self.tags.clone_from(tags),
            Fact::Refused { diagnostic } => {
                self.transcript.push(event.seq, ItemBody::Refused { diagnostic: diagnostic.clone() });
            }
            Fact::DocumentOpened { file, text, diagnostics } => {
                self.versions.saw(at(event, file), text);
                self.document = Some(Document { file: file.clone(), text: text.clone() });
                self.compiled = None;
                if self.review.is_none() {
                    self.diagnostics.clone_from(diagnostics);
                }
            }
            Fact::Compiled { manifest, build, steps, duration_us, file, .. } => {
                self.compiled = Some(Compiled { manifest: manifest.clone(), build: build.clone() });
                let body = ItemBody::Compiled {
                    file: file.clone(),
                    manifest: manifest.clone(),
                    build: build.clone(),
                    steps: *steps,
                    duration_us: *duration_us,
                };
                self.transcript.push(event.seq, body);
            }
            Fact::CompileFailed { file, diagnostics } => {
                self.compiled = None;
                self.diagnostics.clone_from(diagnostics);
                let body = ItemBody::CompileFailed { file: file.clone(), diagnostics: diagnostics.clone() };
                self.transcript.push(event.seq, body);
            }
            Fact::Run(fact) => self.apply_run(event, fact),
            Fact::RunCompared { run, before } => {
                if let Some(shown) = self.run.as_mut().filter(|shown| shown.id == *run) {
                    shown.before = Some(before.clone());
                }
            }
            Fact::Look(fact) => {
                self.activity =
                    if matches!(fact, LookFact::Started { .. }) { Activity::Looking } else { Activity::Idle };
                self.looks.apply(event.seq, fact);
            }
            Fact::ConnectionsTested { connections } => {
                self.health.extend(connections.iter().map(|name| (name.clone(), ConnectionHealth::Testing)));
            }
            Fact::ConnectionFound { connection, verdict, duration_us } => {
                let found = ConnectionHealth::Found {
                    verdict: verdict.clone(),
                    duration_us: *duration_us,
                    wall_ms: event.wall_ms,
                };
                self.health.insert(connection.clone(), found);
            }
            Fact::Notice { severity, text } => self.transcript.notice(event.seq, *severity, text.clone()),
        }
    }
}
