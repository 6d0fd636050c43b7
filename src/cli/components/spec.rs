//! `pipesmith components spec`

use super::find;
use crate::cli::args::{SpecArgs, SpecFormat};
use crate::cli::exit::{Ended, Exit, Failure};
use crate::cli::output;
use crate::contract::{Registry, spec_text};
use crate::diagnostic::LineIndex;
use crate::yaml;

/// Prints a contract's spec whole. It is read back as the same contract.
pub fn run(registry: &Registry, args: &SpecArgs) -> Ended {
    let json = args.format == SpecFormat::Json;
    let contract = find(registry, &args.name, json)?;
    let text = spec_text(contract).map_err(|diagnostic| Failure::new(diagnostic, Exit::Other, json))?;
    if json {
        let lines = LineIndex::new(&text);
        output::json(&yaml::load(&lines).root.map(|root| root.to_json()).unwrap_or_default());
    } else {
        output::piece(&text);
    }
    Ok(Exit::Success)
}
