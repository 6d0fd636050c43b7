//! Arguments of compiling, running, and what came of it.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::pipeline::patience::Span;
use crate::workspace::ValidationMode;

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
    /// Groups of steps that are at work at once; steps that hand rows to each other are one [default: the cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=256))]
    pub parallel: Option<u32>,
    /// Try a step up to N times more when it fails with something that passes (a broken line, a deadlock, a busy server); `retry` of a step wins
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=19))]
    pub retries: Option<u32>,
    /// Stop a step that takes longer, e.g. 30s or 10m; `timeout` of a step wins
    #[arg(long, value_name = "TIME", value_parser = Span::parse)]
    pub timeout: Option<Span>,
    /// Keep what reading and transforming steps hand on as Parquet in the record of the run, for --resume, --only and --from
    #[arg(long)]
    pub keep: bool,
    /// Go on with a run that failed or was killed: what was written is not written again, what was kept is not read again
    #[arg(long, value_name = "RUN", conflicts_with_all = ["only", "from", "limit", "dry_run"])]
    pub resume: Option<String>,
    /// Run this step alone, on the rows that earlier runs kept of what it needs, or else with the steps it needs; may be given several times
    #[arg(long, value_name = "STEP")]
    pub only: Vec<String>,
    /// The same with all steps after it
    #[arg(long, value_name = "STEP")]
    pub from: Vec<String>,
    /// Tell what is read and written as events of OpenLineage: lines of a file, or requests to http(s)://…; a key comes from OPENLINEAGE_API_KEY [default: of the configuration]
    #[arg(long, value_name = "FILE|URL")]
    pub lineage: Option<String>,
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
