//! The `pipesmith` program: arguments to a face, a face's result to an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    pipesmith::cli::main(std::env::args_os())
}
