//! Exit codes, the same for every verb.

use std::process::ExitCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All went well.
    Success,
    /// Anything that has no code of its own.
    Other,
    /// A document is not valid.
    Validation,
    /// A document can't be compiled.
    Compile,
    /// A run failed or was interrupted.
    Run,
    /// Wrong arguments, or a workspace, configuration or connection that does not work.
    Configuration,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Success => 0,
            Exit::Other => 1,
            Exit::Validation => 2,
            Exit::Compile => 3,
            Exit::Run => 4,
            Exit::Configuration => 5,
        })
    }
}

/// A verb that ended early: what to tell, and the code.
#[derive(Debug)]
pub struct Failure {
    /// What went wrong.
    pub diagnostic: Box<crate::diagnostic::Diagnostic>,
    /// How the program ends.
    pub exit: Exit,
    /// Whether to tell it as JSON on standard output.
    pub json: bool,
}

impl Failure {
    /// A failure that ends the program with `exit`.
    pub fn new(diagnostic: crate::diagnostic::Diagnostic, exit: Exit, json: bool) -> Failure {
        Failure { diagnostic: Box::new(diagnostic), exit, json }
    }
}

/// What a verb gives.
pub type Ended = Result<Exit, Failure>;
