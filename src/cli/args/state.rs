//! Arguments of `pipesmith state`.

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum StateVerb {
    /// List where the incremental reads of all pipelines got to
    #[command(after_help = "Example:\n  pipesmith state list --json")]
    List(ListStateArgs),
    /// Show where those of a pipeline got to
    #[command(after_help = "Example:\n  pipesmith state show daily-orders")]
    Show(ShowStateArgs),
    /// Let the next run read from the beginning
    #[command(
        after_help = "What a target keeps itself (_pipesmith_state) counts no more, either, until the next run has written.\n\nExamples:\n  pipesmith state reset daily-orders\n  pipesmith state reset daily-orders --step read-orders"
    )]
    Reset(ResetStateArgs),
}

#[derive(Debug, Args)]
pub struct ListStateArgs {
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ShowStateArgs {
    /// The pipeline's name
    pub pipeline: String,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ResetStateArgs {
    /// The pipeline's name
    pub pipeline: String,
    /// Only this step
    #[arg(long, value_name = "STEP")]
    pub step: Option<String>,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}
