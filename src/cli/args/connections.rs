//! Arguments of `pipesmith connections` and `discover`.

use clap::{Args, Subcommand};

use super::mode;

use crate::workspace::ValidationMode;

#[derive(Debug, Args)]
pub struct DiscoverArgs {
    /// The connection
    #[arg(value_name = "@FAMILY.ALIAS")]
    pub connection: String,
    /// Only these tables or files; a * stands for anything
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    pub tables: Vec<String>,
    /// Only these columns; a * stands for anything
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    pub columns: Vec<String>,
    /// Only these schemas of a database
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    pub schema: Vec<String>,
    /// Show N rows of each table, at most 100: their form, or the values where the connection says
    /// `samples: full`
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub samples: u32,
    /// Look again, whatever is remembered
    #[arg(long)]
    pub refresh: bool,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum ConnectionsVerb {
    /// List the connections, without secrets, and the variables that are not set
    #[command(
        after_help = "Examples:\n  pipesmith connections list\n  pipesmith connections list --json | jq '.connections[].missing'"
    )]
    List(ListConnectionsArgs),
    /// Connect with all of them, and say what does not work and how to mend it
    #[command(
        after_help = "Examples:\n  pipesmith connections doctor\n  pipesmith connections doctor --family postgres --timeout 3 --json"
    )]
    Doctor(DoctorConnectionsArgs),
    /// Connect with one of them
    #[command(after_help = "Example:\n  pipesmith connections test @mysql.shop")]
    Test(TestConnectionArgs),
    /// Write a connection into the connections file; a secret is never written, only its variable
    #[command(
        after_help = "Examples:\n  pipesmith connections add @mysql.shop host=db database=shop user=etl\n  pipesmith connections add @filesystem.data base_dir=data --default"
    )]
    Add(AddConnectionArgs),
}

#[derive(Debug, Args)]
pub struct ListConnectionsArgs {
    /// What the check of the file may stop: warn, strict or off [default: strict]
    #[arg(long, value_name = "MODE", value_parser = mode())]
    pub mode: Option<ValidationMode>,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct DoctorConnectionsArgs {
    /// Only those of this family
    #[arg(long, value_name = "FAMILY")]
    pub family: Option<String>,
    /// Seconds that each may take; all are tried at the same time
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub timeout: u64,
    /// What the check of the file may stop: warn, strict or off [default: strict]
    #[arg(long, value_name = "MODE", value_parser = mode())]
    pub mode: Option<ValidationMode>,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct TestConnectionArgs {
    /// The connection: @family.alias
    #[arg(value_name = "@FAMILY.ALIAS")]
    pub reference: String,
    /// Seconds that it may take
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub timeout: u64,
    /// What the check of the file may stop: warn, strict or off [default: strict]
    #[arg(long, value_name = "MODE", value_parser = mode())]
    pub mode: Option<ValidationMode>,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct AddConnectionArgs {
    /// The connection: @family.alias
    #[arg(value_name = "@FAMILY.ALIAS")]
    pub reference: String,
    /// Its fields
    #[arg(value_name = "FIELD=VALUE", value_parser = field)]
    pub fields: Vec<(String, String)>,
    /// Steps that name no connection use it
    #[arg(long)]
    pub default: bool,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

fn field(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        // What was given may be a secret; it is not repeated.
        _ => Err("a field is FIELD=VALUE".to_owned()),
    }
}
