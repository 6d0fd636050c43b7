//! A command says what someone wants. It carries no effect itself; the host turns it into facts.

use serde::{Deserialize, Serialize};

use super::rewind::Files;
use super::talk::TalkCommand;
use crate::pipeline::oml::hunk::{Cut, Decision};

/// Something that a person, a verb or a socket wants of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// Say something to the model: begins a turn; while something runs, the message waits for its end.
    Send {
        /// The message.
        text: String,
    },
    /// Interrupt the running turn; what had arrived is kept.
    CancelTurn,
    /// Something else that is wanted of the conversation.
    Talk(TalkCommand),
    /// Decide one hunk of the proposal under review.
    Decide {
        /// The proposal's number.
        proposal: u32,
        /// The hunk, from 0.
        hunk: u32,
        /// What is decided.
        decision: Decision,
    },
    /// Decide every hunk of the proposal that is still open.
    DecideOpen {
        /// The proposal's number.
        proposal: u32,
        /// What is decided.
        decision: Decision,
    },
    /// Decide every hunk of the step that a hunk belongs to; the hunks outside of steps belong together.
    DecideStep {
        /// The proposal's number.
        proposal: u32,
        /// The hunk, from 0.
        hunk: u32,
        /// What is decided.
        decision: Decision,
    },
    /// Cut a hunk, so that its parts can be decided.
    SplitHunk {
        /// The proposal's number.
        proposal: u32,
        /// The hunk, from 0.
        hunk: u32,
        /// Where.
        cut: Cut,
    },
    /// Say something about a hunk, for the model to read with the next message.
    Comment {
        /// The proposal's number.
        proposal: u32,
        /// The hunk, from 0.
        hunk: u32,
        /// What; nothing takes a comment back.
        text: String,
    },
    /// Take the last decision, cut or comment back.
    UndoDecision {
        /// The proposal's number.
        proposal: u32,
    },
    /// Take the last write of the document back, if the file still holds what was written.
    Restore,
    /// Make a proposal of a former version of the document.
    ProposeVersion {
        /// Number of the event that told the version.
        version: u64,
    },
    /// Write the accepted hunks to the file, atomically. Open hunks count as rejected.
    Apply {
        /// The proposal's number.
        proposal: u32,
    },
    /// Put the proposal away; nothing is written.
    Discard {
        /// The proposal's number.
        proposal: u32,
    },
    /// Make a proposal of the fix that a diagnostic offers. Nothing is written by it.
    ProposeFix {
        /// The diagnostic, from 0, of those that the session shows.
        diagnostic: u32,
        /// Its code: what is shown may have changed since.
        code: String,
    },
    /// Take a text that was edited by hand: it is written to the document's file, or becomes a proposal
    /// where it is the text of one. Refused when what it began with is not what is there now.
    Edit {
        /// The file, relative to the workspace.
        file: String,
        /// The proposal that was edited, if it was one.
        proposal: Option<u32>,
        /// The text that the edit began with.
        base: String,
        /// The text.
        text: String,
    },
    /// Make a file of the workspace the document of the session.
    OpenDocument {
        /// Path relative to the workspace.
        file: String,
    },
    /// Connect with a connection, to see whether it works; without a name, with all.
    TestConnections {
        /// `@family.alias`.
        connection: Option<String>,
    },
    /// Compile the session's document.
    Compile,
    /// Compile the session's document and run it.
    Run,
    /// Compile the session's document and run it from a step on: what that needs is taken from where an earlier run
    /// kept it, else done again.
    RunFrom {
        /// The step's id.
        step: String,
    },
    /// Interrupt the run.
    CancelRun,
    /// Look at the rows that a step would hand on: of the proposal under review without what was rejected,
    /// else of the document. Nothing is written by it.
    Look {
        /// The step's id.
        step: String,
    },
    /// Interrupt the look.
    CancelLook,
    /// Begin a session as a branch of this one.
    Fork {
        /// The last event that it shares with this one.
        at: u64,
    },
    /// Begin a session that goes on from an earlier point of this one.
    Rewind {
        /// The last event that it shares with this one.
        at: u64,
        /// What becomes of the files that were written after it.
        files: Files,
    },
    /// Give a session another title; an empty one is that of its first message.
    Rename {
        /// Its id.
        session: String,
        /// The title.
        title: String,
    },
    /// File a session under these tags and no others.
    Tag {
        /// Its id.
        session: String,
        /// The tags.
        tags: Vec<String>,
    },
    /// Put a session into the trash; one that is open is refused.
    Delete {
        /// Its id.
        session: String,
    },
    /// Take a session out of the trash.
    Undelete {
        /// Its id.
        session: String,
    },
    /// Leave the session without ending what runs in it. Where nobody else is in it, it is closed when nothing
    /// runs any more.
    Detach,
    /// End the session: interrupt what runs, journal the end, close the store.
    Close,
}
