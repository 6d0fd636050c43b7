//! An event says what happened. It is immutable, versioned, numbered and timed.

use serde::{Deserialize, Serialize};

use super::talk::TalkFact;
use crate::agent::{Mention, TurnFact};
use crate::connect::health::Verdict;
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::ModelInfo;
use crate::pipeline::oml::hunk::{Decision, Hunk};
use crate::pipeline::run::RunFact;
use crate::pipeline::run::look::LookFact;

/// The version of the event format. A reader refuses newer ones.
pub const EVENT_VERSION: u16 = 1;

/// What happened, when, and what it belongs to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// [`EVENT_VERSION`] at the time of writing.
    pub v: u16,
    /// Number in the session, from 1, without gaps.
    pub seq: u64,
    /// Wall clock, milliseconds since 1970-01-01 UTC.
    pub wall_ms: i64,
    /// Microseconds that the session had been open, all openings added up; never decreases.
    pub mono_us: u64,
    /// The turn it belongs to, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<u32>,
    /// The model request of that turn, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<u32>,
    /// The step of the pipeline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// What happened.
    pub fact: Fact,
}

/// Why a session began as a branch of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Branching {
    /// To try something else beside it.
    Fork,
    /// To go on from an earlier point instead of it.
    Rewind,
    /// To ask another model the same.
    Rerun,
}

impl Branching {
    /// `fork`, `rewind`, `rerun`.
    pub fn word(self) -> &'static str {
        match self {
            Branching::Fork => "fork",
            Branching::Rewind => "rewind",
            Branching::Rerun => "rerun",
        }
    }
}

/// Where a branch comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// The session.
    pub session: String,
    /// Its last event that is also one of the branch; of a rerun, the last event of what was run again.
    pub seq: u64,
    /// Why.
    pub how: Branching,
}

/// A file that holds again what it held before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoredFile {
    /// The file, relative to the workspace.
    pub file: String,
    /// What it held.
    pub before: Option<String>,
    /// What it holds again; `None` when there is no file again.
    pub text: Option<String>,
}

/// What a run before came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerRun {
    /// Its id.
    pub run: String,
    /// How it ended, in a word.
    pub status: String,
    /// Whether it ran the same manifest.
    pub same_manifest: bool,
    /// Microseconds.
    pub duration_us: u64,
    /// Its steps.
    pub steps: Vec<FormerStep>,
}

/// What a step came to in a run before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerStep {
    /// Its id.
    pub step: String,
    /// Rows taken in.
    pub rows_in: u64,
    /// Rows handed on or written.
    pub rows_out: u64,
    /// Microseconds.
    pub duration_us: u64,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fact {
    /// The session began.
    Opened {
        /// Its id.
        session: String,
        /// The workspace's folder name.
        workspace: String,
        /// Version of the program.
        app: String,
        /// The model it talks to.
        model: ModelInfo,
        /// The session that it began as a branch of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<Parent>,
    },
    /// The session was opened again.
    Resumed {
        /// Version of the program.
        app: String,
        /// The model it talks to now.
        model: ModelInfo,
        /// What had been running when it was last left, and is not any more.
        interrupted: Vec<String>,
    },
    /// The session was left.
    Closed {
        /// Why: `quit`, `hang-up`, `signal`, `finished`.
        reason: String,
    },
    /// The person said something; a turn begins.
    Said {
        /// The message.
        text: String,
        /// What it mentions, as it was then.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        mentions: Vec<Mention>,
        /// Its number, if it waited.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        queued: Option<u32>,
        /// The event that told the message in whose place it stands; what came after that is set aside.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instead_of: Option<u64>,
    },
    /// Something happened in the conversation beyond a turn.
    Talk(TalkFact),
    /// Something happened during the turn.
    Turn(TurnFact),
    /// A hunk was decided.
    Decided {
        /// The proposal.
        proposal: u32,
        /// The hunk, from 0.
        hunk: u32,
        /// The decision.
        decision: Decision,
    },
    /// Several hunks were decided alike: those of a step, or all that were open.
    DecidedAll {
        /// The proposal.
        proposal: u32,
        /// The hunks, from 0.
        hunks: Vec<u32>,
        /// The decision.
        decision: Decision,
    },
    /// A hunk was cut into parts, each of which can be decided.
    HunkSplit {
        /// The proposal.
        proposal: u32,
        /// The hunk, from 0.
        hunk: u32,
        /// What takes its place.
        parts: Vec<Hunk>,
    },
    /// The person said something about a hunk; the model learns it with the next message.
    Commented {
        /// The proposal.
        proposal: u32,
        /// The hunk, from 0.
        hunk: u32,
        /// What; nothing takes a comment back.
        text: String,
    },
    /// The last decision, cut or comment was taken back.
    DecisionUndone {
        /// The proposal.
        proposal: u32,
    },
    /// The accepted hunks were written to the file.
    Applied {
        /// The proposal.
        proposal: u32,
        /// The file, relative to the workspace.
        file: String,
        /// What the file held before; `None` when it did not exist.
        before: Option<String>,
        /// What it holds now.
        text: String,
        /// How many hunks were accepted.
        accepted: u32,
        /// How many were not.
        rejected: u32,
        /// What is wrong with the document as it is now.
        diagnostics: Vec<Diagnostic>,
    },
    /// The proposal was put away.
    Discarded {
        /// The proposal.
        proposal: u32,
    },
    /// The fix that a diagnostic offers became a proposal, and that was checked.
    FixProposed {
        /// Number of the proposal in the session, from 1.
        proposal: u32,
        /// The file it is for, relative to the workspace.
        file: String,
        /// What the file held when it was proposed.
        base: String,
        /// The text with the fix in it.
        text: String,
        /// Code of the diagnostic.
        code: String,
        /// What is wrong with the text.
        diagnostics: Vec<Diagnostic>,
    },
    /// The document was edited by hand, and written.
    Edited {
        /// The file, relative to the workspace.
        file: String,
        /// What the file held before.
        before: String,
        /// What it holds now.
        text: String,
        /// What is wrong with it.
        diagnostics: Vec<Diagnostic>,
    },
    /// A proposal was edited by hand: that is a proposal of its own, and was checked.
    ProposalEdited {
        /// Number of the proposal in the session, from 1.
        proposal: u32,
        /// The file it is for, relative to the workspace.
        file: String,
        /// What the file held when it was proposed.
        base: String,
        /// The text.
        text: String,
        /// What is wrong with the text.
        diagnostics: Vec<Diagnostic>,
    },
    /// A former version of the file became a proposal, and that was checked.
    VersionProposed {
        /// Number of the proposal in the session, from 1.
        proposal: u32,
        /// The file, relative to the workspace.
        file: String,
        /// What the file holds now.
        base: String,
        /// What it held then.
        text: String,
        /// Number of the event that told the version.
        version: u64,
        /// What is wrong with it.
        diagnostics: Vec<Diagnostic>,
    },
    /// The last write of a file was taken back: it holds again what it held before.
    Restored {
        /// The file, relative to the workspace.
        file: String,
        /// What it held.
        before: String,
        /// What it holds again; `None` when there is no file again.
        text: Option<String>,
        /// What is wrong with that.
        diagnostics: Vec<Diagnostic>,
    },
    /// Files hold again what they held at the point that this branch began at.
    FilesRestored {
        /// Those that were written after it.
        files: Vec<RestoredFile>,
    },
    /// Another session began as a branch of this one.
    Branched {
        /// Its id.
        session: String,
        /// The last event of this session that is also one of that.
        seq: u64,
        /// Why.
        how: Branching,
    },
    /// The session got another title.
    Renamed {
        /// The title; empty for the first message again.
        title: String,
    },
    /// The session got other tags.
    Tagged {
        /// All that it has now.
        tags: Vec<String>,
    },
    /// Something that was asked for was not done.
    Refused {
        /// What is in the way, and what to do.
        diagnostic: Box<Diagnostic>,
    },
    /// A file became the document of the session.
    DocumentOpened {
        /// The file, relative to the workspace.
        file: String,
        /// What it holds.
        text: String,
        /// What is wrong with it.
        diagnostics: Vec<Diagnostic>,
    },
    /// The document was compiled.
    Compiled {
        /// The file.
        file: String,
        /// The pipeline's name.
        pipeline: String,
        /// Fingerprint of the manifest.
        manifest: String,
        /// Where the build lies, relative to the workspace.
        build: String,
        /// Number of steps.
        steps: u32,
        /// Microseconds.
        duration_us: u64,
    },
    /// The document could not be compiled.
    CompileFailed {
        /// The file.
        file: String,
        /// What is wrong with it.
        diagnostics: Vec<Diagnostic>,
    },
    /// Something happened during a run.
    Run(RunFact),
    /// A run was compared with the one before it.
    RunCompared {
        /// The run.
        run: String,
        /// The run of the same pipeline before it.
        before: FormerRun,
    },
    /// Something happened while the rows of a step were looked at.
    Look(LookFact),
    /// It is tried whether these connections work.
    ConnectionsTested {
        /// `@family.alias` of each.
        connections: Vec<String>,
    },
    /// It was found whether a connection works.
    ConnectionFound {
        /// `@family.alias`.
        connection: String,
        /// How it is.
        verdict: Verdict,
        /// Microseconds.
        duration_us: u64,
    },
    /// The program tells the person something.
    Notice {
        /// How bad.
        severity: Severity,
        /// What.
        text: String,
    },
}

impl Fact {
    /// That a message was said, and nothing more.
    pub fn said(text: impl Into<String>) -> Fact {
        Fact::Said { text: text.into(), mentions: Vec::new(), queued: None, instead_of: None }
    }
}

impl Event {
    /// The event as one line of JSON, without a line end.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}
