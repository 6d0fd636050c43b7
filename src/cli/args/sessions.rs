//! Arguments of `pipesmith sessions`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::WorkbenchArgs;
use crate::session::rewind::Files;

#[derive(Debug, Subcommand)]
pub enum SessionsVerb {
    /// List the sessions, newest first
    #[command(
        after_help = "Examples:\n  pipesmith sessions list --json\n  pipesmith sessions list --search 'null totals'   # in titles, tags and texts\n  pipesmith sessions list --tag weekly --state failed\n  pipesmith sessions list --deleted                # what lies in the trash"
    )]
    List(ListSessionsArgs),
    /// Print a session's conversation
    #[command(after_help = "Example:\n  pipesmith sessions show last")]
    Show(SessionArgs),
    /// Open the workbench where a session was left
    #[command(after_help = "Example:\n  pipesmith sessions resume last")]
    Resume(ResumeArgs),
    /// Play a session: nothing is asked, run or written
    #[command(
        after_help = "Examples:\n  pipesmith sessions replay last\n  pipesmith sessions replay session.jsonl   # an export\n  pipesmith sessions replay last --plain    # event by event, without a terminal"
    )]
    Replay(ReplayArgs),
    /// Begin a session as a branch of another, from any point of it
    ///
    /// The other is not touched. The document of that point becomes a proposal when the branch is opened,
    /// where the file holds something else by now.
    #[command(
        after_help = "Examples:\n  pipesmith sessions fork last\n  pipesmith sessions fork last --before-turn 3\n  pipesmith sessions fork 01JABCD --at 120 --json"
    )]
    Fork(BranchArgs),
    /// Go on from an earlier point: conversation and files as they were
    ///
    /// What is left stays: it is the session as it was, and the new one is linked to it.
    #[command(
        after_help = "Examples:\n  pipesmith sessions rewind last --before-turn 3\n  pipesmith sessions rewind last --at 120 --files keep   # the conversation alone"
    )]
    Rewind(RewindArgs),
    /// Give a session a title
    #[command(
        after_help = "Examples:\n  pipesmith sessions rename last 'Revenue by city'\n  pipesmith sessions rename last ''   # that of its first message again"
    )]
    Rename(RenameArgs),
    /// File a session under tags
    #[command(
        after_help = "Examples:\n  pipesmith sessions tag last weekly shop\n  pipesmith sessions tag last --remove shop"
    )]
    Tag(TagArgs),
    /// Put sessions into the trash, where they stay for 30 days
    #[command(after_help = "Example:\n  pipesmith sessions delete 01JABCD --yes")]
    Delete(DeleteArgs),
    /// Take a session out of the trash
    #[command(after_help = "Example:\n  pipesmith sessions restore 01JABCD")]
    Restore(SessionArgs),
    /// Write a session as JSON lines, a page to read, or a film of the screen
    #[command(
        after_help = "Examples:\n  pipesmith sessions export last -o session.jsonl\n  pipesmith sessions export last --format html -o session.html\n  pipesmith sessions export last --format asciicast -o session.cast --size 120x40"
    )]
    Export(ExportArgs),
    /// Read a session from JSON lines
    #[command(after_help = "Example:\n  pipesmith sessions import session.jsonl")]
    Import(ImportArgs),
    /// Check, compile and run again what was recorded, and tell what comes out otherwise today
    ///
    /// Nothing is asked of a model. Ends with 2 when something comes out otherwise.
    #[command(
        after_help = "Examples:\n  pipesmith sessions verify last\n  pipesmith sessions verify session.jsonl --json   # an export\n  pipesmith sessions verify last --run             # also the pipelines: they write what they write"
    )]
    Verify(VerifyArgs),
    /// Ask another model the same, in a new session
    #[command(
        after_help = "Examples:\n  pipesmith sessions rerun last --model qwen3-coder\n  pipesmith sessions rerun last --model gpt-5 --turns 2 --json"
    )]
    Rerun(RerunArgs),
    /// Compare two sessions, turn by turn
    #[command(
        after_help = "Examples:\n  pipesmith sessions diff 01JABCD last\n  pipesmith sessions diff before.jsonl after.jsonl --json"
    )]
    Diff(DiffArgs),
}

#[derive(Debug, Args)]
pub struct ListSessionsArgs {
    /// Also those in which nothing was said
    #[arg(long)]
    pub all: bool,
    /// Those that hold all these words, in the title, the tags or what was said and written
    #[arg(long, value_name = "WORDS")]
    pub search: Option<String>,
    /// Those with this tag
    #[arg(long, value_name = "TAG")]
    pub tag: Option<String>,
    /// Those that stand so: `open`, `running`, `finished`, `failed`
    #[arg(long, value_name = "STATE", value_parser = ["open", "running", "finished", "failed"])]
    pub state: Option<String>,
    /// Those in the trash
    #[arg(long, conflicts_with_all = ["search", "tag", "state"])]
    pub deleted: bool,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct SessionArgs {
    /// Its id, the beginning of it, or `last`
    pub id: String,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ResumeArgs {
    /// Its id, the beginning of it, or `last`
    #[arg(default_value = "last")]
    pub id: String,
    #[command(flatten)]
    pub workbench: WorkbenchArgs,
}

#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// Its id, the beginning of it, `last`, or an exported file
    #[arg(default_value = "last")]
    pub id: String,
    /// Print a line for each event instead of opening the player
    #[arg(long)]
    pub plain: bool,
    /// Longest time in which nothing happens, in seconds; 0 plays every gap as it was [default: `replay_gap_s` of
    /// the configuration, 2]
    #[arg(long, value_name = "SECONDS")]
    pub gap: Option<f64>,
    #[command(flatten)]
    pub workbench: WorkbenchArgs,
}

/// A point of a session.
#[derive(Debug, Args)]
pub struct PointArgs {
    /// After the event of this number; after the last when left out
    #[arg(long, value_name = "EVENT", conflicts_with = "before_turn")]
    pub at: Option<u64>,
    /// Just before the turn of this number
    #[arg(long, value_name = "TURN")]
    pub before_turn: Option<u32>,
}

#[derive(Debug, Args)]
pub struct BranchArgs {
    /// Its id, the beginning of it, or `last`
    pub id: String,
    #[command(flatten)]
    pub point: PointArgs,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum FilesWord {
    /// They hold again what they held, unless somebody else has changed them
    Restore,
    /// They stay as they are
    Keep,
    /// They hold again what they held, whoever has changed them
    Overwrite,
}

impl From<FilesWord> for Files {
    fn from(word: FilesWord) -> Files {
        match word {
            FilesWord::Restore => Files::Restore,
            FilesWord::Keep => Files::Keep,
            FilesWord::Overwrite => Files::Overwrite,
        }
    }
}

#[derive(Debug, Args)]
pub struct RewindArgs {
    /// Its id, the beginning of it, or `last`
    pub id: String,
    #[command(flatten)]
    pub point: PointArgs,
    /// What becomes of the files that the session wrote after the point
    #[arg(long, value_enum, default_value = "restore")]
    pub files: FilesWord,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct RenameArgs {
    /// Its id, the beginning of it, or `last`
    pub id: String,
    /// The title
    pub title: String,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct TagArgs {
    /// Its id, the beginning of it, or `last`
    pub id: String,
    /// Tags to file it under too
    #[arg(required_unless_present = "remove")]
    pub tags: Vec<String>,
    /// A tag to take away; may be given several times
    #[arg(long, value_name = "TAG")]
    pub remove: Vec<String>,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct DeleteArgs {
    /// Ids, or the beginnings of them
    #[arg(required = true, value_name = "ID")]
    pub ids: Vec<String>,
    /// Without asking
    #[arg(short, long)]
    pub yes: bool,
    /// Print the result as one JSON value
    #[arg(long, requires = "yes")]
    pub json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// JSON lines: everything, to be imported and replayed
    Jsonl,
    /// The conversation and its documents, to be read and pasted
    Markdown,
    /// The same as one page for a browser
    Html,
    /// A film of the screen, for asciinema (version 3)
    Asciicast,
    /// The same for older players (version 2)
    AsciicastV2,
}

#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Its id, the beginning of it, `last`, or an exported file
    pub id: String,
    /// The file; standard output when left out
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// What is written
    #[arg(short, long, value_enum, default_value = "jsonl")]
    pub format: ExportFormat,
    /// Columns and rows of a film
    #[arg(long, value_name = "COLUMNSxROWS", default_value = "120x40", value_parser = size)]
    pub size: (u16, u16),
    /// Longest time of a film in which nothing happens, in seconds; 0 keeps every gap as it was [default:
    /// `replay_gap_s` of the configuration, 2]
    #[arg(long, value_name = "SECONDS")]
    pub gap: Option<f64>,
    /// Theme of a film
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,
}

/// `120x40`.
fn size(text: &str) -> Result<(u16, u16), String> {
    let parts = text.split_once('x').and_then(|(c, r)| Some((c.parse::<u16>().ok()?, r.parse::<u16>().ok()?)));
    match parts {
        Some((columns @ 20..=1000, rows @ 5..=500)) => Ok((columns, rows)),
        _ => Err("give columns and rows, e.g. 120x40; from 20x5 to 1000x500".to_owned()),
    }
}

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The file; `-` is standard input
    pub file: PathBuf,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Its id, the beginning of it, `last`, or an exported file
    pub id: String,
    /// Also run what was run: the pipelines write what they write
    #[arg(long)]
    pub run: bool,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct RerunArgs {
    /// Its id, the beginning of it, `last`, or an exported file
    pub id: String,
    /// The model to ask, as its server names it
    #[arg(long, value_name = "MODEL")]
    pub model: String,
    /// Only the first turns
    #[arg(long, value_name = "NUMBER")]
    pub turns: Option<u32>,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The one before: its id, the beginning of it, `last`, or an exported file
    pub before: String,
    /// The one after
    pub after: String,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}
