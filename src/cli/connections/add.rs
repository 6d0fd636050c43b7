//! `pipesmith connections add`

use serde_json::json;

use crate::cli::args::AddConnectionArgs;
use crate::cli::exit::{Ended, Exit};
use crate::cli::{output, place};
use crate::connect::{self, NewConnection};
use crate::contract::Registry;

pub fn run(args: &AddConnectionArgs) -> Ended {
    let workspace = place::workspace(args.json)?;
    let registry = Registry::load(Some(&workspace.components()));
    let new = NewConnection { reference: args.reference.clone(), fields: args.fields.clone(), default: args.default };
    let added = match connect::add(&workspace.root, &registry, &new) {
        Ok(added) => added,
        Err(found) => {
            if args.json {
                output::json(&json!({ "ok": false, "diagnostics": found }));
            } else {
                output::diagnostics(&found, None);
            }
            return Ok(Exit::Configuration);
        }
    };
    // From now on its secrets are known too.
    connect::remember_secrets(&workspace.root);
    if args.json {
        output::json(&json!({
            "ok": true,
            "reference": added.reference,
            "file": added.file,
            "variables": added.variables,
            "not_written": added.not_written,
            "diagnostics": added.warnings,
        }));
        return Ok(Exit::Success);
    }
    output::diagnostics(&added.warnings, None);
    output::line(output::safe(&format!("Wrote {} to {}:", added.reference, added.file)));
    for line in added.lines.lines() {
        output::line(output::safe(&format!("  {line}")));
    }
    for name in &added.not_written {
        output::line(format!("The value for {name} was not written: a secret does not belong in the file."));
    }
    for name in &added.variables {
        output::line(format!("Set {name}: `export {name}=…`, or put it into .env or the secrets file."));
    }
    output::line(output::safe(&format!("Try it: pipesmith connections test {}", added.reference)));
    Ok(Exit::Success)
}
