//! Arguments of `pipesmith keys`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum KeysVerb {
    /// List what every key does, by where it does it
    #[command(
        after_help = "Examples:\n  pipesmith keys list\n  pipesmith keys list --preset vim --context composer\n  pipesmith keys list --json"
    )]
    List(ListKeysArgs),
    /// Check the files of keys: unknown names, keys bound twice
    #[command(
        after_help = "Without FILE: keys.toml of your configuration folder, then that of the workspace.\n\nExamples:\n  pipesmith keys check\n  pipesmith keys check my-keys.toml --json"
    )]
    Check(CheckKeysArgs),
}

#[derive(Debug, Args)]
pub struct ListKeysArgs {
    /// Those of a preset, instead of those that hold here: default, vim, emacs
    #[arg(long, value_name = "NAME")]
    pub preset: Option<String>,
    /// Only those of a context, e.g. composer
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct CheckKeysArgs {
    /// The file
    pub file: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}
