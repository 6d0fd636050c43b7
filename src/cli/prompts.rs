//! `pipesmith prompts`: what a model is told, as a file.

use std::fs::File;
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::args::{BuildContextArgs, PromptsVerb};
use super::exit::{Ended, Exit, Failure};
use super::output;
use super::place::Place;
use crate::contract::{Contract, Registry, context};
use crate::diagnostic::{Diagnostic, did_you_mean};

/// Begins a file that this verb wrote.
const MARK: &str = "<!-- Pipesmith model context; contracts ";
/// A context is far shorter than this; a larger file is something else.
const MAX_FILE_BYTES: u64 = 4 * 1024 * 1024;

pub fn run(verb: &PromptsVerb) -> Ended {
    let PromptsVerb::BuildContext(args) = verb;
    let place = Place::of(None).map_err(|d| Failure::new(d, Exit::Configuration, args.json))?;
    let registry = place.registry();
    let contracts = contracts(&registry, &args.components).map_err(|d| Failure::new(d, Exit::Other, args.json))?;
    let fingerprint = context::fingerprint(&contracts);
    let text = context::for_model(&contracts);
    let tokens = context::estimated_tokens(&text);
    let mut told = json!({
        "ok": true,
        "components": contracts.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(),
        "fingerprint": fingerprint,
        "estimated_tokens": tokens,
        "diagnostics": registry.diagnostics(),
    });
    if !args.json {
        output::diagnostics(registry.diagnostics(), None);
    }
    if args.out.as_deref() == Some(Path::new("-")) {
        if args.json {
            told["text"] = text.into();
            output::json(&told);
        } else {
            output::piece(&text);
        }
        return Ok(Exit::Success);
    }
    let file = target(&place, args).map_err(|d| Failure::new(d, Exit::Configuration, args.json))?;
    let whole = format!("{MARK}{fingerprint}; about {tokens} tokens -->\n\n{text}");
    let written = keep(&file, &whole, args.force).map_err(|d| Failure::new(d, Exit::Other, args.json))?;
    let shown = place.workspace.as_ref().map_or_else(|| file.display().to_string(), |w| w.shown(&file));
    if args.json {
        told["file"] = shown.into();
        told["written"] = written.into();
        output::json(&told);
    } else {
        let count = match contracts.len() {
            1 => "1 component".to_owned(),
            n => format!("{n} components"),
        };
        let verb = if written { "Wrote" } else { "Unchanged:" };
        output::line(format!("{verb} {shown} ({count}, about {} tokens)", output::count(tokens)));
        if !written {
            output::line(format!("Its contracts are still {fingerprint}; --force writes it all the same"));
        }
    }
    Ok(Exit::Success)
}

/// The contracts of these components, or of all.
fn contracts<'a>(registry: &'a Registry, names: &[String]) -> Result<Vec<&'a Contract>, Diagnostic> {
    if names.is_empty() {
        return Ok(registry.iter().collect());
    }
    let mut found: Vec<&Contract> = Vec::new();
    for name in names {
        let contract = registry.get(name).ok_or_else(|| {
            let fix = did_you_mean(name, registry.names()).map_or_else(
                || "`pipesmith components list` shows all".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            Diagnostic::error("unknown-component", format!("there is no component `{name}`")).fix(fix)
        })?;
        found.push(contract);
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found.dedup_by(|a, b| a.name == b.name);
    Ok(found)
}

fn target(place: &Place, args: &BuildContextArgs) -> Result<PathBuf, Diagnostic> {
    match (&args.out, &place.workspace) {
        (Some(file), _) => Ok(file.clone()),
        (None, Some(workspace)) => Ok(workspace.model_context()),
        (None, None) => Err(Diagnostic::error("no-workspace", "there is no workspace here to keep the file in")
            .fix("name a file with --out FILE, or print the text with --out -")),
    }
}

/// Writes the file, unless it holds just that already. Returns whether it was written.
fn keep(file: &Path, whole: &str, force: bool) -> Result<bool, Diagnostic> {
    let bad = |what: String, why: String| {
        Diagnostic::error("context-not-written", what).source(file.display().to_string()).why(why)
    };
    let failed = |error: std::io::Error| {
        bad("the model context can't be written".to_owned(), error.to_string())
            .fix("check the folder's permissions and free space, or name another file with --out")
    };
    let found = File::open(file).and_then(|open| {
        let mut bytes = Vec::new();
        open.take(MAX_FILE_BYTES).read_to_end(&mut bytes).map(|_| bytes)
    });
    match found {
        _ if force => {}
        Ok(bytes) if bytes == whole.as_bytes() => return Ok(false),
        Ok(bytes) if bytes.is_empty() || bytes.starts_with(MARK.as_bytes()) => {}
        Ok(_) => {
            return Err(bad("the file holds something else".to_owned(), "it is not a model context".to_owned())
                .fix("name another file with --out, or overwrite it with --force"));
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(failed)?;
    let mut new = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    new.write_all(whole.as_bytes()).map_err(failed)?;
    new.persist(file).map_err(|error| failed(error.error))?;
    Ok(true)
}
