//! The arguments of every verb, with their help.

mod runs;

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::workspace::ValidationMode;

pub use runs::{CompareRunsArgs, GcArgs, ListRunsArgs, ReportArgs, RunsVerb, ShowRunArgs};

const EXIT_CODES: &str = "Exit codes: 0 success · 2 a document is not valid · 3 it can't be compiled · 4 the run failed · 5 wrong arguments or configuration · 1 anything else";

/// A terminal workbench for building data pipelines with a model that nobody has to trust.
///
/// Without a verb it opens the workbench in the workspace that the current folder lies in.
#[derive(Debug, Parser)]
#[command(name = "pipesmith", version, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(subcommand)]
    pub verb: Option<Verb>,
    #[command(flatten)]
    pub workbench: WorkbenchArgs,
    /// Take variables of connections from FILE first: NAME=value lines, YAML or JSON, readable by you alone
    #[arg(long, value_name = "FILE", global = true, env = "PIPESMITH_SECRETS_FILE")]
    pub secrets_file: Option<PathBuf>,
}

/// How the workbench looks.
#[derive(Clone, Debug, Default, Args)]
pub struct WorkbenchArgs {
    /// Theme: dark, light, ansi16, or a file's name in themes/
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,
    /// Draw with ASCII characters only
    #[arg(long)]
    pub ascii: bool,
    /// Open this pipeline document
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Write what the model answers to FILE, to be played again (needs a live model)
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
}

impl WorkbenchArgs {
    /// Whether any of them is given.
    pub fn any(&self) -> bool {
        self.theme.is_some() || self.ascii || self.file.is_some() || self.record.is_some()
    }
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Make a workspace: a folder with a pipesmith.toml
    #[command(after_help = "Examples:\n  pipesmith init\n  pipesmith init shop-pipelines")]
    Init(InitArgs),
    /// Try it: a workspace with data, and a recorded model that needs no key
    #[command(
        after_help = "Examples:\n  pipesmith demo                 # opens the workbench in ./pipesmith-demo\n  pipesmith demo --headless      # the same without a terminal, stage by stage"
    )]
    Demo(DemoArgs),
    /// One turn with the model, without a terminal
    #[command(
        after_help = "Examples:\n  pipesmith chat -p 'keep paid orders of @filesystem.data and write them to output/paid.csv'\n  pipesmith chat -p 'add a total per city' --accept --json\n  echo 'what does this pipeline do?' | pipesmith chat -p - --session last"
    )]
    Chat(ChatArgs),
    /// Check pipeline documents
    #[command(subcommand)]
    Oml(OmlVerb),
    /// Explain a diagnostic code; without one, list all
    #[command(after_help = "Examples:\n  pipesmith explain unknown-config-key\n  pipesmith explain")]
    Explain(ExplainArgs),
    /// Compile a pipeline document to a manifest
    #[command(
        after_help = "Examples:\n  pipesmith compile pipelines/revenue.yaml\n  pipesmith compile pipelines/revenue.yaml --param day=2026-01-31 --profile prod --json\n  pipesmith compile pipelines/revenue.yaml --out dist"
    )]
    Compile(CompileArgs),
    /// Compile a pipeline document and run it
    #[command(
        after_help = "Examples:\n  pipesmith run pipelines/revenue.yaml\n  pipesmith run pipelines/revenue.yaml --param n=1000 --json"
    )]
    Run(RunArgs),
    /// What compiling has made: show, compare, verify
    #[command(subcommand)]
    Manifest(ManifestVerb),
    /// The records of runs: list, show, report, compare, remove
    #[command(subcommand)]
    Runs(RunsVerb),
    /// The contracts that pipelines are checked against
    #[command(subcommand)]
    Components(ComponentsVerb),
    /// The connections of the workspace, and whether they work
    #[command(subcommand)]
    Connections(ConnectionsVerb),
    /// Look at what a connection leads to: tables, columns, types, keys
    #[command(
        after_help = "Examples:\n  pipesmith discover @postgres.shop\n  pipesmith discover @postgres.shop --tables 'order*' --samples 3\n  pipesmith discover @filesystem.data --refresh --json"
    )]
    Discover(DiscoverArgs),
    /// What a model is told
    #[command(subcommand)]
    Prompts(PromptsVerb),
    /// The sessions of the workspace
    #[command(subcommand)]
    Sessions(SessionsVerb),
    /// Find out what does not work here, and how to mend it
    #[command(after_help = "Example:\n  pipesmith doctor --json")]
    Doctor(DoctorArgs),
    /// Write the generated pages of the reference
    #[command(hide = true)]
    Docs(DocsArgs),
    /// Print a completion script for a shell
    #[command(
        after_help = "Example:\n  pipesmith completions bash > ~/.local/share/bash-completion/completions/pipesmith"
    )]
    Completions(CompletionsArgs),
}

#[derive(Debug, Args)]
pub struct InitArgs {
    /// The folder; the current one when left out
    #[arg(default_value = ".")]
    pub dir: PathBuf,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

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

#[derive(Debug, Args)]
pub struct DemoArgs {
    /// The folder of the demo workspace
    #[arg(default_value = "pipesmith-demo")]
    pub dir: PathBuf,
    /// Without a terminal: go through every stage by itself and print each
    #[arg(long)]
    pub headless: bool,
    #[command(flatten)]
    pub workbench: WorkbenchArgs,
}

#[derive(Debug, Args)]
pub struct ChatArgs {
    /// What to say; `-` reads it from standard input
    #[arg(short, long, value_name = "TEXT")]
    pub prompt: String,
    /// Write the proposal when it has no errors
    #[arg(long)]
    pub accept: bool,
    /// Go on in a session: its id, the beginning of it, or `last`
    #[arg(long, value_name = "ID")]
    pub session: Option<String>,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
    /// Print every event as a line of JSON while it happens
    #[arg(long, conflicts_with = "json")]
    pub events: bool,
    /// Write what the model answers to FILE, to be played again
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum OmlVerb {
    /// Check documents against the contracts
    #[command(
        after_help = "Examples:\n  pipesmith oml validate pipelines/*.yaml\n  pipesmith oml validate pipelines/revenue.yaml --json\n  pipesmith oml validate pipelines/revenue.yaml --fix"
    )]
    Validate(ValidateArgs),
    /// Turn an old document (`sources` and `sinks`, `tasks`, `type`) into OML 0.1.0
    #[command(
        after_help = "Examples:\n  pipesmith oml migrate old.yaml -o pipelines/new.yaml\n  pipesmith oml migrate old.yaml --json"
    )]
    Migrate(MigrateArgs),
}

#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// The documents
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Make the quick fixes of all errors in the files
    #[arg(long)]
    pub fix: bool,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct MigrateArgs {
    /// The document
    pub file: PathBuf,
    /// The new document; standard output when left out
    #[arg(short, long, value_name = "OUT")]
    pub output: Option<PathBuf>,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The code, e.g. `unknown-config-key`
    pub code: Option<String>,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

/// How a document is compiled.
#[derive(Debug, Args)]
pub struct BuildArgs {
    /// The document
    pub file: PathBuf,
    /// A parameter; may be given several times
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parameter)]
    pub params: Vec<(String, String)>,
    /// A profile of the document
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Whether a build of the same input that is there already is taken
    #[arg(long = "compile", value_enum, value_name = "WHEN", default_value = "auto")]
    pub when: CompileWhen,
    /// What the check may stop: strict (errors), warn (what no build can be made of), off (the same, and nothing is said) [default: strict, or PIPESMITH_VALIDATION]
    #[arg(long, value_name = "MODE")]
    pub mode: Option<ValidationMode>,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CompileWhen {
    /// Take it
    Auto,
    /// Compile all the same
    Force,
    /// Take it, and fail where there is none
    Never,
}

#[derive(Debug, Args)]
pub struct CompileArgs {
    #[command(flatten)]
    pub build: BuildArgs,
    /// The build's folder, whose build is replaced [default: build/pipelines/… of the workspace, named after the hash]
    #[arg(short, long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub build: BuildArgs,
    /// Read and compute everything, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Each read step hands on at most N rows
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
    /// Memory that the SQL steps may hold before they spill, e.g. 512MB [default: of the configuration]
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    pub memory: Option<u64>,
    /// Print every event of the run as a line of JSON while it happens
    #[arg(long, conflicts_with = "json")]
    pub events: bool,
}

#[derive(Debug, Subcommand)]
pub enum ManifestVerb {
    /// Show a build's manifest for reading
    #[command(
        after_help = "A build is a folder, a manifest.yaml, the beginning of a hash, or a pipeline's name or document, whose latest build is meant.\n\nExamples:\n  pipesmith manifest show revenue\n  pipesmith manifest show pipelines/revenue.yaml --profile prod --json\n  pipesmith manifest show 665dcd5"
    )]
    Show(ManifestArgs),
    /// Compare two builds step by step
    #[command(
        after_help = "Exit codes: 0 they are the same · 1 they differ · 5 one of them can't be read\n\nExample:\n  pipesmith manifest diff 665dcd5 revenue"
    )]
    Diff(ManifestDiffArgs),
    /// Compute all hashes of a build again, and tell of every file that was changed, is missing or is too many
    #[command(
        after_help = "Exit codes: 0 the build is as it was compiled · 2 it is not\n\nExample:\n  pipesmith manifest verify revenue --json"
    )]
    Verify(ManifestArgs),
}

#[derive(Debug, Args)]
pub struct ManifestArgs {
    /// The build
    pub build: String,
    /// The profile it was compiled for
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ManifestDiffArgs {
    /// The build before
    #[arg(value_name = "A")]
    pub before: String,
    /// The build after
    #[arg(value_name = "B")]
    pub after: String,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

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

#[derive(Debug, Subcommand)]
pub enum PromptsVerb {
    /// Write the contracts as text for a model: short, and without secrets
    ///
    /// A file that holds just that already is not written again.
    #[command(
        after_help = "Examples:\n  pipesmith prompts build-context\n  pipesmith prompts build-context --out -        # print it\n  pipesmith prompts build-context filesystem.csv_extractor sql.transform --out context.md --json"
    )]
    BuildContext(BuildContextArgs),
}

#[derive(Debug, Args)]
pub struct BuildContextArgs {
    /// The components; all when left out
    #[arg(value_name = "COMPONENT")]
    pub components: Vec<String>,
    /// The file; `-` is standard output [default: .pipesmith/context.md of the workspace]
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Write also what has not changed, and over a file that is something else
    #[arg(long)]
    pub force: bool,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

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

#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct DocsArgs {
    /// The folder docs/reference
    pub dir: PathBuf,
}

#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// A size: a number with `B`, `kB`, `KiB`, `MB`, `MiB`, `GB` or `GiB`.
fn bytes(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unit: u64 = match text[at..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "kib" => 1 << 10,
        "m" | "mb" => 1_000_000,
        "mib" => 1 << 20,
        "g" | "gb" => 1_000_000_000,
        "gib" => 1 << 30,
        other => return Err(format!("`{other}` is no unit of size; write e.g. 512MB")),
    };
    let number: u64 = text[..at].parse().map_err(|_| "write a number and a unit, e.g. 512MB".to_owned())?;
    number.checked_mul(unit).filter(|n| *n >= 16 << 20).ok_or_else(|| "at least 16MiB are needed".to_owned())
}

fn parameter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("a parameter is NAME=VALUE".to_owned()),
    }
}

fn field(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        // What was given may be a secret; it is not repeated.
        _ => Err("a field is FIELD=VALUE".to_owned()),
    }
}

/// A validation mode, with its words in the help.
pub fn mode() -> impl TypedValueParser<Value = ValidationMode> {
    PossibleValuesParser::new(ValidationMode::WORDS).try_map(|word| word.parse::<ValidationMode>())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_fit_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_verb_has_an_example_in_its_help() {
        fn check(command: &clap::Command, path: &str) {
            for verb in command.get_subcommands().filter(|v| v.get_name() != "help" && !v.is_hide_set()) {
                let path = format!("{path} {}", verb.get_name());
                if verb.has_subcommands() {
                    check(verb, &path);
                } else {
                    let help = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
                    assert!(help.contains("Example"), "{path} has no example");
                }
            }
        }
        check(&Cli::command(), "pipesmith");
    }
}
