//! Arguments of `pipesmith components`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub enum ComponentsVerb {
    /// List the components
    #[command(
        after_help = "Examples:\n  pipesmith components list\n  pipesmith components list --mode write --runnable --json"
    )]
    List(ListComponentsArgs),
    /// Show a component's contract for reading
    #[command(after_help = "Example:\n  pipesmith components show filesystem.csv_extractor")]
    Show(ShowComponentArgs),
    /// Print a component's spec whole
    #[command(
        after_help = "Examples:\n  pipesmith components spec mysql.extractor\n  pipesmith components spec mysql.extractor --format=json | jq .configSchema"
    )]
    Spec(SpecArgs),
    /// Check a spec: a file, a folder, or a component by its name
    #[command(
        after_help = "Levels: basic (form) · enhanced (configSchema, defaults and examples too) · strict (whatever is named is there)\n\nExamples:\n  pipesmith components validate components/acme.extractor/spec.yaml\n  pipesmith components validate acme.extractor --level strict --json"
    )]
    Validate(ValidateComponentArgs),
    /// Print an example of a step's config
    #[command(
        after_help = "Examples:\n  pipesmith components config-example mysql.extractor\n  pipesmith components config-example mysql.extractor --example 2 --json"
    )]
    ConfigExample(ConfigExampleArgs),
    /// Write the components' pages as Markdown, those of the project too
    #[command(after_help = "Example:\n  pipesmith components docs docs/components")]
    Docs(ComponentDocsArgs),
    /// Write the beginning of a spec into the workspace's components/
    #[command(after_help = "Example:\n  pipesmith components new acme.extractor")]
    New(NewComponentArgs),
}

#[derive(Debug, Args)]
pub struct ComponentDocsArgs {
    /// The folder for the pages; one that is not there is made
    #[arg(default_value = "docs/components")]
    pub dir: PathBuf,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ListComponentsArgs {
    /// Only those with this mode: read, transform, write, discover, …
    #[arg(long, value_name = "MODE")]
    pub mode: Option<String>,
    /// Only those that can be run
    #[arg(long)]
    pub runnable: bool,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ShowComponentArgs {
    /// Its name
    pub name: String,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SpecFormat {
    Yaml,
    Json,
}

#[derive(Debug, Args)]
pub struct SpecArgs {
    /// Its name
    pub name: String,
    /// How it is written
    #[arg(long, value_enum, default_value = "yaml")]
    pub format: SpecFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SpecLevel {
    Basic,
    Enhanced,
    Strict,
}

#[derive(Debug, Args)]
pub struct ValidateComponentArgs {
    /// A file, a folder with a spec.yaml, or a component's name
    #[arg(value_name = "FILE|NAME")]
    pub spec: String,
    /// How closely it is looked at
    #[arg(long, value_enum, default_value = "enhanced")]
    pub level: SpecLevel,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ConfigExampleArgs {
    /// Its name
    pub name: String,
    /// Which of its examples, from 1
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub example: usize,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct NewComponentArgs {
    /// Its name: family.what
    pub name: String,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}
