//! `pipesmith completions`

use clap::CommandFactory;

use super::args::{Cli, CompletionsArgs};
use super::exit::{Ended, Exit};

pub fn run(args: &CompletionsArgs) -> Ended {
    clap_complete::generate(args.shell, &mut Cli::command(), "pipesmith", &mut std::io::stdout().lock());
    Ok(Exit::Success)
}
