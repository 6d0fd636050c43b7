//! What a face is started with.

use std::fmt;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use tokio::sync::watch;

use crate::diagnostic::Diagnostic;
use crate::session::compare::Comparison;
use crate::tui::keymap::Keymap;
use crate::tui::pane::completion::Around;
use crate::workspace::config::Notify;

/// How the workbench is started.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The theme's name; by default one that fits the terminal's colours.
    pub theme: Option<String>,
    /// Folders with theme files, the first wins: the user's, then the project's.
    pub theme_dirs: Vec<PathBuf>,
    /// Where it is remembered how the screen is liked: its division, and the theme where none is named.
    pub liking: Option<PathBuf>,
    /// ASCII instead of box characters. Also on when the locale is not UTF-8.
    pub ascii: bool,
    /// No colours. Also on with `NO_COLOR`.
    pub no_color: bool,
    /// What keys do.
    pub keymap: Keymap,
    /// Take clicks and the wheel from the terminal.
    pub mouse: bool,
    /// How to tell that something is done while the terminal is not looked at.
    pub notify: Notify,
    /// Leave the title of the window alone.
    pub no_title: bool,
    /// Nothing turns or moves by itself.
    pub reduce_motion: bool,
    /// Fewer frames and no ornament, as on a slow line.
    pub low_bandwidth: bool,
    /// Frames a second at most; 30 where it is 0.
    pub fps: u32,
    /// It is not shown what may follow a key that begins a longer binding.
    pub no_which_key: bool,
    /// The configuration of the workspace, to be edited.
    pub config: Option<PathBuf>,
    /// The connections of the workspace, to be edited.
    pub connections: Option<PathBuf>,
    /// What is wrong with files of the person's own; told at the start.
    pub problems: Vec<Diagnostic>,
    /// Words of the model come from this recording; said clearly on the screen.
    pub recorded: Option<String>,
    /// The document to open at the start, relative to the workspace.
    pub document: Option<String>,
    /// Text that stands in the composer at the start.
    pub draft: Option<String>,
    /// A sentence above the composer until the first message.
    pub hint: Option<String>,
    /// Where it is kept what screens showed when they were left, and the session whose screen comes back.
    pub screens: Option<PathBuf>,
    /// See [`Options::screens`].
    pub session: Option<String>,
    /// Whether what runs is interrupted when the terminal is gone; else it goes on where it can.
    pub stop_on_hangup: bool,
    /// Checks a text while it is edited; without it, it is checked when it is written.
    pub checker: Option<Checker>,
    /// Answers questions about other sessions.
    pub library: Option<Library>,
    /// Longest time in which nothing happens when a session is played, microseconds; without one every gap is played
    /// as it was.
    pub gap_us: Option<u64>,
    /// Where the markers of a recording are remembered.
    pub markers: Option<PathBuf>,
    /// What lies around the session. It may come after the first frame, and change.
    pub surroundings: Option<watch::Receiver<Surroundings>>,
}

/// Checks a pipeline document: its file and its text, and what is wrong with it. It may take a while.
#[derive(Clone)]
pub struct Checker(pub Arc<Check>);

type Check = dyn Fn(&str, &str) -> Vec<Diagnostic> + Send + Sync;

impl std::fmt::Debug for Checker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Checker")
    }
}

/// A question about other sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Which hold these words.
    Search(String),
    /// What is different between these two.
    Compare(String, String),
}

/// A session that holds what was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its id.
    pub session: String,
    /// The event that holds it first.
    pub event: u64,
    /// What stands around it.
    pub excerpt: String,
}

/// The answer to a [`Request`].
#[derive(Clone, Debug)]
pub enum Answer {
    /// The sessions that hold these words.
    Found(String, Vec<Found>),
    /// The two sessions.
    Compared(Box<Comparison>),
    /// It could not be answered.
    Failed(Box<Diagnostic>),
}

/// Answers questions about other sessions. It may take a while.
#[derive(Clone)]
pub struct Library(pub Arc<Answers>);

type Answers = dyn Fn(Request) -> Answer + Send + Sync;

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Library")
    }
}

/// What lies around the session: gathered while the first frame is already on the screen.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The sessions to choose from.
    pub sessions: Vec<SessionEntry>,
    /// The pipeline documents, relative to the workspace.
    pub documents: Arc<Vec<String>>,
    /// The contracts that the components pane shows.
    pub contracts: Contracts,
    /// What is wrong with specs that were read.
    pub contract_problems: Arc<Vec<Diagnostic>>,
    /// The connections of the workspace.
    pub connections: Arc<Vec<ConnectionView>>,
    /// The messages of former sessions, oldest first.
    pub sent: Arc<Vec<String>>,
    /// What a message can name.
    pub around: Around,
    /// Why no model can be asked.
    pub model_problem: Option<Arc<Diagnostic>>,
}

/// A connection in the connections pane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionView {
    /// `@family.alias`.
    pub reference: String,
    /// Whether steps that name no connection use it.
    pub default: bool,
    /// Its fields, without secrets.
    pub fields: Vec<(String, String)>,
    /// Variables that it needs and that are not set.
    pub missing: Vec<String>,
    /// What is wrong with it in the file.
    pub problems: Vec<Diagnostic>,
}

/// The contracts that can be shown, made when they are first looked at: most sessions never do, and a
/// contract that nobody reads need not be in memory.
#[derive(Clone)]
pub struct Contracts(Arc<LazyLock<Vec<ContractView>, Making>>);

type Making = Box<dyn FnOnce() -> Vec<ContractView> + Send>;

impl Contracts {
    /// Those that `make` will make.
    pub fn later(make: impl FnOnce() -> Vec<ContractView> + Send + 'static) -> Contracts {
        Contracts(Arc::new(LazyLock::new(Box::new(make))))
    }
}

impl Deref for Contracts {
    type Target = [ContractView];

    fn deref(&self) -> &[ContractView] {
        &self.0
    }
}

impl From<Vec<ContractView>> for Contracts {
    fn from(all: Vec<ContractView>) -> Contracts {
        Contracts::later(move || all)
    }
}

impl Default for Contracts {
    fn default() -> Contracts {
        Contracts::from(Vec::new())
    }
}

impl fmt::Debug for Contracts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contracts")
    }
}

/// A session in the picker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionEntry {
    /// Its id.
    pub id: String,
    /// Its first message, shortened.
    pub title: String,
    /// When it began, milliseconds since 1970.
    pub started_ms: i64,
    /// Its turns.
    pub turns: u32,
    /// Its events.
    pub events: u64,
    /// A word for how it stands: `open`, `running`, `finished`, `failed`.
    pub state: String,
    /// Model tokens in and out.
    pub tokens: u64,
    /// What they cost, in words, where they have a price.
    pub cost: Option<String>,
    /// How long ago something happened in it, in words.
    pub age: String,
    /// The workspace's folder name.
    pub workspace: String,
    /// What it is filed under.
    pub tags: Vec<String>,
    /// What it is a branch of, in words.
    pub parent: Option<String>,
}

/// A contract in the components pane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContractView {
    /// The component's name.
    pub name: String,
    /// Other names it is known by.
    pub aliases: Vec<String>,
    /// What it is able to do beside moving rows, as the contract says.
    pub capabilities: Vec<String>,
    /// Its version.
    pub version: String,
    /// One line.
    pub title: String,
    /// `read`, `transform`, `write`, …
    pub modes: Vec<String>,
    /// Whether this program can run it.
    pub runnable: bool,
    /// Some sentences.
    pub description: String,
    /// What it can be configured with.
    pub options: Vec<OptionView>,
    /// Examples, YAML.
    pub examples: Vec<String>,
}

/// An option of a contract.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OptionView {
    /// Its name.
    pub name: String,
    /// Its type in words.
    pub kind: String,
    /// Whether it must be given.
    pub required: bool,
    /// What holds when it is not given.
    pub default: Option<String>,
    /// The values it may have, if they are few.
    pub allowed: Vec<String>,
    /// Its bounds in words.
    pub range: Option<String>,
    /// What it does.
    pub description: String,
    /// Whether it must not be shown.
    pub secret: bool,
}

/// Why the workbench was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    /// To leave the program.
    Quit,
    /// To leave the program without ending what runs.
    Detach,
    /// To open the session of this id.
    Switch(String),
    /// To begin a new session.
    New,
    /// To play the session of this id, and to come back.
    Replay(String),
    /// To begin a session that goes on from this point of a replay.
    Fork {
        /// The session.
        session: String,
        /// Its last event that the new one shares.
        at: u64,
    },
}

/// How the workbench was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// What the person wants next.
    pub exit: Exit,
    /// The session that was left, when something was said in it.
    pub session: Option<String>,
}

/// Why it could not go on.
#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    /// The standard input or output is not a terminal.
    #[error("the workbench needs a terminal; `pipesmith chat -p` works without one")]
    NotATerminal,
    /// The terminal could not be used.
    #[error("the terminal cannot be used: {0}")]
    Terminal(#[from] std::io::Error),
    /// The session could not be opened or go on.
    #[error("{}", .0.message)]
    Session(Box<crate::diagnostic::Diagnostic>),
    /// The program was told to end by this signal; the session was closed and the terminal given back.
    #[error("ended by signal {0}")]
    Signal(i32),
    /// A part of the program panicked; the terminal was given back and the message printed.
    #[error("a part of the program panicked; the session up to there is kept")]
    Panicked,
}
