//! `pipesmith components spec`

use super::find;
use crate::cli::args::{SpecArgs, SpecFormat};
use crate::cli::exit::{Ended, Exit, Failure};
use crate::cli::output;
use crate::contract::Registry;
use crate::diagnostic::Diagnostic;

/// Prints a contract's spec whole. It is read back as the same contract.
pub fn run(registry: &Registry, args: &SpecArgs) -> Ended {
    let contract = find(registry, &args.name, args.format == SpecFormat::Json)?;
    match args.format {
        SpecFormat::Json => output::json(&*contract.spec),
        SpecFormat::Yaml => {
            let text = serde_yaml::to_string(&*contract.spec).map_err(|error| {
                let diagnostic = Diagnostic::error(
                    "spec-not-printed",
                    format!("the spec of `{}` can't be written as YAML", args.name),
                );
                Failure::new(diagnostic.why(error.to_string()).fix("print it with `--format json`"), Exit::Other, false)
            })?;
            output::piece(&text);
        }
    }
    Ok(Exit::Success)
}
