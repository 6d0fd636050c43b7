//! `pipesmith oml validate`

use serde_json::json;

use super::args::ValidateArgs;
use super::exit::{Ended, Exit, Failure};
use super::{output, place};
use crate::connect::Connections;
use crate::diagnostic::{self, Diagnostic};
use crate::pipeline::oml::{self, CheckContext};

pub fn validate(args: &ValidateArgs) -> Ended {
    let place = place::Place::of(args.files.first().map(|f| f.as_path()))
        .map_err(|d| Failure::new(d, Exit::Configuration, args.json))?;
    let registry = place.registry();
    let (connections, mut problems) = Connections::load(&place.root);
    problems.extend(registry.diagnostics().iter().cloned());
    let references = connections.references();
    // Outside a workspace there is no connections file that a reference could be checked against.
    let known = place.workspace.is_some().then_some(references.as_slice());
    let mut results = Vec::new();
    for file in &args.files {
        let shown = file.display().to_string();
        let (text, found) = match place::read_document(file) {
            Ok(text) => {
                let context = CheckContext { registry: &registry, connections: known };
                let found = oml::check(&shown, &text, &context).diagnostics;
                (Some(text), found)
            }
            Err(diagnostic) => (None, vec![diagnostic]),
        };
        results.push((shown, text, found));
    }
    let valid = results.iter().all(|(_, _, found)| !diagnostic::has_errors(found));
    if args.json {
        let files: Vec<_> = results
            .iter()
            .map(|(file, _, found)| json!({ "file": file, "valid": !diagnostic::has_errors(found), "diagnostics": found }))
            .collect();
        output::json(&json!({ "ok": valid, "files": files, "workspace_diagnostics": problems }));
    } else {
        output::diagnostics(&problems, None);
        for (file, text, found) in &results {
            output::diagnostics(found, text.as_deref());
            output::line(format!("{file}: {}", verdict(found)));
        }
    }
    Ok(if valid { Exit::Success } else { Exit::Validation })
}

fn verdict(found: &[Diagnostic]) -> String {
    let word = if diagnostic::has_errors(found) { "not valid" } else { "valid" };
    format!("{word} ({})", diagnostic::summary(found))
}
