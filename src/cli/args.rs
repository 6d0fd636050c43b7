//! The arguments of every verb, with their help.

mod build;
mod components;
mod connections;
mod keys;
mod runs;
mod sessions;
mod state;

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};

use crate::workspace::ValidationMode;

pub use build::{BuildArgs, CompileArgs, CompileWhen, ManifestArgs, ManifestDiffArgs, ManifestVerb, RunArgs};
pub use components::{
    ComponentDocsArgs, ComponentsVerb, ConfigExampleArgs, ListComponentsArgs, NewComponentArgs, ShowComponentArgs,
    SpecArgs, SpecFormat, SpecLevel, ValidateComponentArgs,
};
pub use connections::{
    AddConnectionArgs, ConnectionsVerb, DiscoverArgs, DoctorConnectionsArgs, ListConnectionsArgs, TestConnectionArgs,
};
pub use keys::{CheckKeysArgs, KeysVerb, ListKeysArgs};
pub use runs::{CompareRunsArgs, GcArgs, ListRunsArgs, ReportArgs, RunsVerb, ShowRunArgs};
pub use sessions::{
    BranchArgs, DeleteArgs, DiffArgs, ExportArgs, ExportFormat, ImportArgs, ListSessionsArgs, PointArgs, RenameArgs,
    ReplayArgs, RerunArgs, ResumeArgs, RewindArgs, SessionArgs, SessionsVerb, TagArgs, VerifyArgs,
};
pub use state::{ListStateArgs, ResetStateArgs, ShowStateArgs, StateVerb};

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
    /// Theme: dark, light, nord, gruvbox, …, or a file's name in themes/; alt-t shows all
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,
    /// Draw with ASCII characters only
    #[arg(long)]
    pub ascii: bool,
    /// Keys: default, vim or emacs; a file keys.toml changes them line by line
    #[arg(long, value_name = "PRESET")]
    pub keys: Option<String>,
    /// Draw less: fewer frames, no ornament; by itself where the line turns out to be slow
    #[arg(long)]
    pub low_bandwidth: bool,
    /// Lines one after the other instead of a screen, for screen readers and simple terminals
    #[arg(long, visible_alias = "no-alt-screen")]
    pub linear: bool,
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
        self.theme.is_some()
            || self.ascii
            || self.keys.is_some()
            || self.low_bandwidth
            || self.linear
            || self.file.is_some()
            || self.record.is_some()
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
        after_help = "A run takes what it was asked for and nothing else is written. Rows that were kept (--keep) are taken when the step and all before it are what they were; whose rows are taken is said.\n\nExamples:\n  pipesmith run pipelines/revenue.yaml\n  pipesmith run pipelines/revenue.yaml --param n=1000 --json\n  pipesmith run pipelines/revenue.yaml --keep --retries 3 --timeout 30m\n  pipesmith run pipelines/revenue.yaml --resume last\n  pipesmith run pipelines/revenue.yaml --only paid-orders"
    )]
    Run(RunArgs),
    /// What compiling has made: show, compare, verify
    #[command(subcommand)]
    Manifest(ManifestVerb),
    /// The records of runs: list, show, report, compare, remove
    #[command(subcommand)]
    Runs(RunsVerb),
    /// Where incremental reads got to: list, show, reset
    #[command(subcommand)]
    State(StateVerb),
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
    /// Leave the workbenches that are open; what runs in them goes on
    #[command(
        after_help = "Examples:\n  pipesmith detach             # all workbenches of this workspace\n  pipesmith detach 01JABCD     # those of one session"
    )]
    Detach(DetachArgs),
    /// Come back to a session that was left, as it was left
    #[command(
        after_help = "Examples:\n  pipesmith attach             # the session in which something runs, else the newest\n  pipesmith attach 01JABCD"
    )]
    Attach(AttachArgs),
    /// Keep the sessions of a workspace for its faces
    #[command(hide = true)]
    Host(HostArgs),
    /// The keys of the workbench: list them, check files of your own
    #[command(subcommand)]
    Keys(KeysVerb),
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

#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct DetachArgs {
    /// Its id, the beginning of it, or `last`; all when left out
    pub id: Option<String>,
    /// Print the result as one JSON value
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct AttachArgs {
    /// Its id, the beginning of it, or `last`; the one in which something runs when left out
    pub id: Option<String>,
    #[command(flatten)]
    pub workbench: WorkbenchArgs,
}

#[derive(Debug, Args)]
pub struct HostArgs {
    /// The workspace's folder
    pub root: PathBuf,
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
