//! `pipesmith components validate`

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{find, unknown};
use crate::cli::args::{SpecLevel, ValidateComponentArgs};
use crate::cli::exit::{Ended, Exit, Failure};
use crate::cli::output;
use crate::cli::place::Place;
use crate::contract::{Level, Origin, Registry, builtin_text, read_spec_file, validate};
use crate::workspace::Workspace;

pub fn run(place: &Place, registry: &Registry, args: &ValidateComponentArgs) -> Ended {
    let (source, text) = read(place, registry, args)?;
    let (level, word) = match args.level {
        SpecLevel::Basic => (Level::Basic, "basic"),
        SpecLevel::Enhanced => (Level::Enhanced, "enhanced"),
        SpecLevel::Strict => (Level::Strict, "strict"),
    };
    let found = validate(&source, &text, level);
    let ok = found.is_empty();
    if args.json {
        output::json(&json!({ "ok": ok, "spec": source, "level": word, "diagnostics": found }));
    } else if ok {
        output::line(output::safe(&format!("{source}: valid ({word})")));
    } else {
        output::diagnostics(&found, Some(&text));
        let faults = if found.len() == 1 { "1 error".to_owned() } else { format!("{} errors", found.len()) };
        output::note(output::safe(&format!("{source}: {faults} ({word})")));
    }
    Ok(if ok { Exit::Success } else { Exit::Validation })
}

/// The spec that an argument means: a file, a folder with a spec in it, or a component.
fn read(place: &Place, registry: &Registry, args: &ValidateComponentArgs) -> Result<(String, String), Failure> {
    let from = |file: PathBuf| {
        let text = read_spec_file(&file).map_err(|d| Failure::new(d, Exit::Validation, args.json))?;
        Ok((place.shown(&file), text))
    };
    let named = Path::new(&args.spec);
    if named.is_file() {
        return from(named.to_owned());
    }
    // A bad spec is no component, so that its folder is looked for before.
    let folders = [Some(named.to_owned()), place.workspace.as_ref().map(Workspace::components).map(|c| c.join(named))];
    let specs = folders.into_iter().flatten().flat_map(|f| [f.join("spec.yaml"), f.join("spec.json")]);
    if let Some(file) = specs.into_iter().find(|file| file.is_file()) {
        return from(file);
    }
    let contract = find(registry, &args.spec, args.json)?;
    match &contract.origin {
        Origin::User(file) | Origin::Project(file) => from(file.clone()),
        Origin::BuiltIn => match builtin_text(&contract.name) {
            Some(text) => Ok((format!("components/{}/spec.yaml (built in)", contract.name), text.to_owned())),
            None => Err(Failure::new(unknown(registry, &args.spec), Exit::Other, args.json)),
        },
    }
}
