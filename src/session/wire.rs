//! What faces and hosts in different processes say to each other after the greeting: commands and events,
//! and a few words around them.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Event;
use crate::diagnostic::Diagnostic;

/// The first frame of a face: which session, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Want {
    /// The session.
    pub session: Wish,
    /// The last event that the face has; it gets those after it.
    pub after: u64,
    /// Who looks.
    pub face: Face,
    /// What becomes of what runs when the face is gone without a word and no other is there.
    pub gone: Gone,
    /// How a session that is opened for it works.
    #[serde(default)]
    pub manner: Manner,
    /// A fingerprint of the variables that decide what a session works with.
    #[serde(default)]
    pub environment: Option<String>,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wish {
    /// The one with this new id; it is begun where it has not been yet.
    Begin(String),
    /// The one that this names: an id, the beginning of one, or `last`.
    Resume(String),
}

/// Who looks at a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Face {
    /// A person at a workbench.
    Workbench,
    /// A verb that waits for its work to be done; it is not sent away.
    Verb,
}

/// What a lost connection means while something runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gone {
    /// What runs goes on.
    #[default]
    Detach,
    /// What runs is interrupted.
    Stop,
}

/// How a session works that nobody has open yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Manner {
    /// A recorded model speaks at once instead of at the pace of life.
    pub instant: bool,
    /// What the model answers is written here, to be played again.
    pub record: Option<PathBuf>,
}

/// What a face is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Told {
    /// It is let in.
    Attached {
        /// The session's id.
        session: String,
        /// Number of the last event that was there before.
        past: u64,
    },
    /// What happened, in order.
    Events(Vec<Event>),
    /// The session has ended, or could not be opened or go on.
    Ended(Option<Box<Diagnostic>>),
    /// The face was sent away.
    Detached,
}

/// What can be asked of a host beside a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Control {
    /// What is open.
    Live,
    /// Send the workbenches of a session away, or of all.
    Detach {
        /// The session's id.
        session: Option<String>,
    },
}

/// A session that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveSession {
    /// Its id.
    pub session: String,
    /// Workbenches that look at it.
    pub workbenches: u32,
    /// Whether a turn, a run or the like is going on.
    pub busy: bool,
    /// Its last event.
    pub events: u64,
}
