//! `pipesmith compile`

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;

use super::args::{BuildArgs, CompileArgs, CompileWhen};
use super::exit::{Ended, Exit, Failure};
use super::output;
use super::place::{self, Place};
use crate::connect::Connections;
use crate::diagnostic::Diagnostic;
use crate::pipeline::compile::{self, CompileInput, Compiled, Target, When};
use crate::pipeline::oml;
use crate::workspace::ValidationMode;

pub fn run(args: &CompileArgs) -> Ended {
    let built = match build(&args.build, args.out.as_deref())? {
        Err(exit) => return Ok(exit),
        Ok(built) => built.compiled,
    };
    if args.build.json {
        output::json(&json!({
            "ok": true,
            "pipeline": built.name,
            "manifest": built.fingerprints.manifest,
            "fingerprints": built.fingerprints,
            "build": built.dir,
            "steps": built.steps,
            "parameters": built.sources,
            "cached": built.cached,
            "diagnostics": built.warnings,
        }));
    } else {
        let word = if built.cached { "Unchanged" } else { "Compiled" };
        output::line(format!("{word} {} ({} steps)", built.name, built.steps));
        output::line(format!("Build    {}", built.dir));
        output::line(format!("Manifest {}", built.fingerprints.manifest));
    }
    Ok(Exit::Success)
}

/// A document, compiled and written.
pub struct Built {
    pub place: Place,
    pub connections: Connections,
    pub compiled: Compiled,
}

/// Compiles and writes the build; what is wrong with the document is told and gives an exit code.
pub fn build(args: &BuildArgs, out: Option<&Path>) -> Result<Result<Built, Exit>, Failure> {
    let configuration = |d: Diagnostic| Failure::new(d, Exit::Configuration, args.json);
    let validation = ValidationMode::choose(args.mode).map_err(configuration)?;
    let place = Place::of(Some(&args.file)).map_err(configuration)?;
    let text = place::read_document(&args.file).map_err(|d| Failure::new(d, Exit::Compile, args.json))?;
    let registry = place.registry();
    let (connections, problems) = Connections::open(&place.root, &registry, validation);
    if let Some(problem) = problems.into_iter().find(Diagnostic::is_error) {
        return Err(configuration(problem));
    }
    let references = connections.references();
    let params: BTreeMap<String, String> = args.params.iter().cloned().collect();
    let env = compile::env_params();
    let profile = args.profile.clone().or_else(|| place.config().run.profile);
    let shown = place.shown(&args.file);
    let input = CompileInput {
        connections: place.workspace.is_some().then_some(references.as_slice()),
        profile: profile.as_deref(),
        profile_is_default: args.profile.is_none(),
        params: &params,
        env: &env,
        validation,
        ..CompileInput::new(&shown, &text, &registry)
    };
    let when = match args.when {
        CompileWhen::Auto => When::Auto,
        CompileWhen::Force => When::Force,
        CompileWhen::Never => When::Never,
    };
    let compiled = match compile::obtain(&input, &Target { root: &place.root, out }, when) {
        Ok(compiled) => compiled,
        Err(diagnostics) => {
            oml::remember_inline(&text, &diagnostics);
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
        output::diagnostics(&compiled.warnings, Some(&text));
    }
    Ok(Ok(Built { place, connections, compiled }))
}
