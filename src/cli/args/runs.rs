//! Arguments of `pipesmith runs`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum RunsVerb {
    /// List runs, the newest first
    #[command(after_help = "Examples:\n  pipesmith runs list\n  pipesmith runs list revenue --limit 5 --json")]
    List(ListRunsArgs),
    /// Show what happened in a run
    #[command(
        after_help = "A run is an id, the beginning or the end of one, `last`, or a pipeline, whose last run is meant.\n\nExamples:\n  pipesmith runs show last\n  pipesmith runs show revenue --json"
    )]
    Show(ShowRunArgs),
    /// Make one page of HTML of a run
    #[command(after_help = "Examples:\n  pipesmith runs report last\n  pipesmith runs report revenue -o run.html")]
    Report(ReportArgs),
    /// Compare two runs step by step
    #[command(
        after_help = "Examples:\n  pipesmith runs compare last            # with the run of the same pipeline before it\n  pipesmith runs compare 01kq3x 01kq40 --json"
    )]
    Compare(CompareRunsArgs),
    /// Remove old records
    #[command(
        after_help = "The newest record of a pipeline, and that of a run that is under way, always stay.\n\nExamples:\n  pipesmith runs gc --keep 20 --dry-run\n  pipesmith runs gc --days 30"
    )]
    Gc(GcArgs),
}

#[derive(Debug, Args)]
pub struct ListRunsArgs {
    /// Only those of this pipeline
    pub pipeline: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: usize,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ShowRunArgs {
    /// The run
    #[arg(default_value = "last")]
    pub run: String,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The run
    #[arg(default_value = "last")]
    pub run: String,
    /// The file to write; - is standard output [default: report.html in the run's folder]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct CompareRunsArgs {
    /// The run after
    #[arg(value_name = "RUN", default_value = "last")]
    pub after: String,
    /// The run before [default: the run of the same pipeline before it]
    #[arg(value_name = "BEFORE")]
    pub before: Option<String>,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct GcArgs {
    /// Keep the newest N of each pipeline
    #[arg(long, value_name = "N")]
    pub keep: Option<usize>,
    /// Keep those of the last DAYS days
    #[arg(long, value_name = "DAYS")]
    pub days: Option<u32>,
    /// Only say what would be removed
    #[arg(long)]
    pub dry_run: bool,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}
