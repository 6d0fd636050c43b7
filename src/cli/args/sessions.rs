//! Arguments of `pipesmith sessions`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::WorkbenchArgs;

#[derive(Debug, Subcommand)]
pub enum SessionsVerb {
    /// List the sessions, newest first
    #[command(after_help = "Example:\n  pipesmith sessions list --json")]
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
    /// Write a session as JSON lines
    #[command(after_help = "Example:\n  pipesmith sessions export last -o session.jsonl")]
    Export(ExportArgs),
    /// Read a session from JSON lines
    #[command(after_help = "Example:\n  pipesmith sessions import session.jsonl")]
    Import(ImportArgs),
}

#[derive(Debug, Args)]
pub struct ListSessionsArgs {
    /// Also those in which nothing was said
    #[arg(long)]
    pub all: bool,
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
    #[command(flatten)]
    pub workbench: WorkbenchArgs,
}

#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Its id, the beginning of it, or `last`
    pub id: String,
    /// The file; standard output when left out
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The file; `-` is standard input
    pub file: PathBuf,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}
