//! The command line: one file a verb, human output and `--json`.
//!
//! Owns: arguments, output for people and for programs, exit codes. Does not own: any work; verbs call
//! the rooms below.

mod args;
mod attach;
mod chat;
mod codes;
mod compile;
mod completions;
mod components;
mod connections;
mod demo;
mod discover;
mod docs;
mod doctor;
mod exit;
mod explain;
mod headless;
mod host;
mod init;
mod keys;
mod linear;
mod logging;
mod looks;
mod manifest;
mod oml;
mod output;
mod place;
mod prompts;
mod run;
mod runs;
mod sessions;
mod setup;
mod state;
mod workbench;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser};

use args::{Cli, OmlVerb, Verb};
use exit::{Exit, Failure};

use crate::secret;

/// Runs the program with these arguments; the first is the program's name.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    // Before the verb is known, for what goes wrong before it begins.
    let json = arguments.iter().any(|argument| argument == "--json");
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let exit = if error.use_stderr() { Exit::Configuration } else { Exit::Success };
            let _ = error.print();
            return exit.into();
        }
    };
    if cli.verb.is_some() && cli.workbench.any() {
        let error = Cli::command().error(
            clap::error::ErrorKind::ArgumentConflict,
            "how the workbench looks is said to the workbench: write it after the verb, if the verb opens one",
        );
        let _ = error.print();
        return Exit::Configuration.into();
    }
    if let Some(file) = &cli.secrets_file
        && let Err(diagnostic) = secret::choose_secrets_file(file)
    {
        return output::failed(&Failure::new(diagnostic, Exit::Configuration, json)).into();
    }
    if let Some(file) = &cli.secrets_file {
        host::use_secrets_file(file);
    }
    let exit = match cli.verb {
        None => workbench::open(&cli.workbench),
        Some(Verb::Init(args)) => init::run(&args),
        Some(Verb::Demo(args)) => demo::run(&args),
        Some(Verb::Chat(args)) => chat::run(&args),
        Some(Verb::Oml(OmlVerb::Validate(args))) => oml::validate(&args),
        Some(Verb::Oml(OmlVerb::Migrate(args))) => oml::migrate(&args),
        Some(Verb::Explain(args)) => explain::run(&args),
        Some(Verb::Compile(args)) => compile::run(&args),
        Some(Verb::Run(args)) => run::run(&args),
        Some(Verb::Manifest(verb)) => manifest::run(&verb),
        Some(Verb::Runs(verb)) => runs::run(&verb),
        Some(Verb::State(verb)) => state::run(&verb),
        Some(Verb::Components(verb)) => components::run(&verb),
        Some(Verb::Connections(verb)) => connections::run(&verb),
        Some(Verb::Discover(args)) => discover::run(&args),
        Some(Verb::Prompts(verb)) => prompts::run(&verb),
        Some(Verb::Sessions(verb)) => sessions::run(&verb),
        Some(Verb::Detach(args)) => attach::detach(&args),
        Some(Verb::Attach(args)) => attach::run(&args),
        Some(Verb::Host(args)) => host::run(&args),
        Some(Verb::Keys(verb)) => keys::run(&verb),
        Some(Verb::Doctor(args)) => doctor::run(&args),
        Some(Verb::Docs(args)) => docs::run(&args),
        Some(Verb::Completions(args)) => completions::run(&args),
    };
    exit.unwrap_or_else(|error| output::failed(&error)).into()
}
