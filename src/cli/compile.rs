//! `pipesmith compile`

use std::collections::BTreeMap;

use serde_json::json;

use super::args::{BuildArgs, CompileArgs};
use super::exit::{Ended, Exit, Failure};
use super::output;
use super::place::{self, Place};
use crate::connect::Connections;
use crate::diagnostic::Diagnostic;
use crate::pipeline::compile::{self, Build, CompileInput};

pub fn run(args: &CompileArgs) -> Ended {
    match build(&args.build)? {
        Err(exit) => Ok(exit),
        Ok(built) => {
            let fingerprints = &built.build.manifest.fingerprints;
            if args.build.json {
                output::json(&json!({
                    "ok": true,
                    "pipeline": built.build.manifest.name,
                    "manifest": fingerprints.manifest,
                    "fingerprints": fingerprints,
                    "build": built.build.dir,
                    "steps": built.build.manifest.steps.len(),
                    "diagnostics": built.build.warnings,
                }));
            } else {
                output::line(format!(
                    "Compiled {} ({} steps)",
                    built.build.manifest.name,
                    built.build.manifest.steps.len()
                ));
                output::line(format!("Build    {}", built.build.dir));
                output::line(format!("Manifest {}", fingerprints.manifest));
            }
            Ok(Exit::Success)
        }
    }
}

/// A document, compiled and written.
pub struct Built {
    pub place: Place,
    pub connections: Connections,
    pub build: Build,
}

/// Compiles and writes the build; what is wrong with the document is told and gives an exit code.
pub fn build(args: &BuildArgs) -> Result<Result<Built, Exit>, Failure> {
    let configuration = |d: Diagnostic| Failure::new(d, Exit::Configuration, args.json);
    let place = Place::of(Some(&args.file)).map_err(configuration)?;
    let text = place::read_document(&args.file).map_err(|d| Failure::new(d, Exit::Compile, args.json))?;
    let (connections, problems) = Connections::load(&place.root);
    if let Some(problem) = problems.into_iter().find(Diagnostic::is_error) {
        return Err(configuration(problem));
    }
    let registry = place.registry();
    let references = connections.references();
    let known = place.workspace.is_some().then_some(references.as_slice());
    let params: BTreeMap<String, String> = args.params.iter().cloned().collect();
    let env = compile::env_params();
    let profile = args.profile.clone().or_else(|| place.config().run.profile);
    let shown = place.shown(&args.file);
    let input = CompileInput {
        file: &shown,
        text: &text,
        registry: &registry,
        connections: known,
        profile: profile.as_deref(),
        params: &params,
        env: &env,
    };
    let build = match compile::compile(&input) {
        Ok(build) => build,
        Err(diagnostics) => {
            if args.json {
                output::json(&json!({ "ok": false, "diagnostics": diagnostics }));
            } else {
                output::diagnostics(&diagnostics, Some(&text));
                output::line(format!("{shown}: not compiled ({})", crate::diagnostic::summary(&diagnostics)));
            }
            return Ok(Err(Exit::Compile));
        }
    };
    if !args.json {
        output::diagnostics(&build.warnings, Some(&text));
    }
    build.write(&place.root).map_err(|error| {
        let diagnostic = Diagnostic::error("build-not-written", format!("the build can't be written: {error}"))
            .source(build.dir.clone())
            .fix("check the folder's permissions and free space");
        Failure::new(diagnostic, Exit::Compile, args.json)
    })?;
    Ok(Ok(Built { place, connections, build }))
}
