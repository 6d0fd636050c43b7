//! `pipesmith oml`

use std::io::Write as _;
use std::path::Path;

use serde_json::json;

use super::args::{MigrateArgs, ValidateArgs};
use super::exit::{Ended, Exit, Failure};
use super::{output, place};
use crate::connect::Connections;
use crate::connect::discovery::Cache;
use crate::contract::grammar::KnownTable;
use crate::diagnostic::{self, Diagnostic};
use crate::pipeline::oml::{self, Change, CheckContext};
use crate::store::Store;
use crate::workspace::ValidationMode;

/// What is known about one file.
struct Checked {
    file: String,
    text: Option<String>,
    found: Vec<Diagnostic>,
    changes: Vec<Change>,
}

pub fn validate(args: &ValidateArgs) -> Ended {
    let place = place::Place::of(args.files.first().map(|f| f.as_path()))
        .map_err(|d| Failure::new(d, Exit::Configuration, args.json))?;
    let registry = place.registry();
    let mode = ValidationMode::choose(None).map_err(|d| Failure::new(d, Exit::Configuration, args.json))?;
    let (connections, mut problems) = Connections::open(&place.root, &registry, mode);
    problems.extend(registry.diagnostics().iter().cloned());
    let references = connections.references();
    // Outside a workspace there is no connections file that a reference could be checked against.
    let known = place.workspace.is_some().then_some(references.as_slice());
    let tables = remembered(&place, &connections);
    let context = CheckContext { registry: &registry, connections: known, tables: &tables };
    let results: Vec<Checked> = args.files.iter().map(|file| check(file, args.fix, &context)).collect();
    let valid = results.iter().all(|one| !diagnostic::has_errors(&one.found));
    if args.json {
        let files: Vec<_> = results
            .iter()
            .map(|one| {
                let valid = !diagnostic::has_errors(&one.found);
                let mut value = json!({ "file": one.file, "valid": valid, "diagnostics": one.found });
                if args.fix {
                    value["fixed"] = json!(one.changes);
                }
                value
            })
            .collect();
        output::json(&json!({ "ok": valid, "files": files, "workspace_diagnostics": problems }));
    } else {
        output::diagnostics(&problems, None);
        for one in &results {
            for change in &one.changes {
                output::line(fixed(&one.file, change));
            }
            output::diagnostics(&one.found, one.text.as_deref());
            output::line(format!("{}: {}", one.file, verdict(&one.found)));
        }
    }
    Ok(if valid { Exit::Success } else { Exit::Validation })
}

/// What discovery remembers of the connections; nothing where the store is not there or somebody else has it.
fn remembered(place: &place::Place, connections: &Connections) -> Vec<KnownTable> {
    let store = place.workspace.as_ref().map(|workspace| workspace.store()).filter(|path| path.exists());
    let Some(store) = store.and_then(|path| Store::at_once(&path)) else { return Vec::new() };
    Cache::new(Some(store), place::discovery(&place.config())).remembered(&place.root, connections.iter())
}

fn check(file: &Path, fix: bool, context: &CheckContext<'_>) -> Checked {
    let shown = file.display().to_string();
    let failed = |file: String, diagnostic| Checked { file, text: None, found: vec![diagnostic], changes: Vec::new() };
    let text = match place::read_document(file) {
        Ok(text) => text,
        Err(diagnostic) => return failed(shown, diagnostic),
    };
    if !fix {
        let found = oml::check(&shown, &text, context).diagnostics;
        oml::remember_inline(&text, &found);
        return Checked { file: shown, text: Some(text), found, changes: Vec::new() };
    }
    let mended = oml::mend(&shown, &text, context);
    oml::remember_inline(&mended.text, &mended.diagnostics);
    if mended.text != text
        && let Err(error) = write(file, &mended.text)
    {
        return failed(shown, not_written(file, &error));
    }
    Checked { file: shown, text: Some(mended.text), found: mended.diagnostics, changes: mended.changes }
}

fn fixed(file: &str, change: &Change) -> String {
    let (line, column) = (change.span.line, change.span.column);
    output::safe(&format!("fixed {file}:{line}:{column} [{}] {}: {}", change.code, change.message, change.fix))
}

pub fn migrate(args: &MigrateArgs) -> Ended {
    let place = place::Place::of(Some(&args.file)).map_err(|d| Failure::new(d, Exit::Configuration, args.json))?;
    let registry = place.registry();
    let shown = args.file.display().to_string();
    let text = place::read_document(&args.file).map_err(|d| Failure::new(d, Exit::Validation, args.json))?;
    let migrated = match oml::migrate(&shown, &text, &registry) {
        Ok(migrated) => migrated,
        Err(found) => {
            if args.json {
                output::json(&json!({ "ok": false, "diagnostics": found }));
            } else {
                output::diagnostics(&found, Some(&text));
                output::note(format!("{shown}: not migrated ({})", diagnostic::summary(&found)));
            }
            return Ok(Exit::Validation);
        }
    };
    let name = args.output.as_ref().map_or(shown, |out| out.display().to_string());
    let found =
        oml::check(&name, &migrated.text, &CheckContext { registry: &registry, connections: None, tables: &[] })
            .diagnostics;
    if let Some(out) = &args.output {
        write(out, &migrated.text).map_err(|e| Failure::new(not_written(out, &e), Exit::Other, args.json))?;
    }
    if args.json {
        output::json(&json!({
            "ok": true,
            "text": migrated.text,
            "output": args.output,
            "notes": migrated.notes,
            "diagnostics": found,
        }));
        return Ok(Exit::Success);
    }
    for note in &migrated.notes {
        output::note(format!("note: {}", output::safe(note)));
    }
    output::diagnostics(&found, Some(&migrated.text));
    match &args.output {
        Some(out) => output::line(format!("wrote {}: {}", out.display(), verdict(&found))),
        None => output::piece(&output::safe(&migrated.text)),
    }
    Ok(Exit::Success)
}

/// Puts the text in the file's place whole, with its permissions.
fn write(file: &Path, text: &str) -> std::io::Result<()> {
    // Through a link, what it points to is written.
    let target = std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let folder = target.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut made = tempfile::Builder::new();
    let permissions = std::fs::metadata(&target).map(|found| found.permissions());
    #[cfg(unix)]
    let permissions =
        permissions.or_else(|_| Ok::<_, std::io::Error>(std::os::unix::fs::PermissionsExt::from_mode(0o666)));
    if let Ok(permissions) = &permissions {
        made.permissions(permissions.clone());
    }
    let mut temporary = made.tempfile_in(folder)?;
    temporary.write_all(text.as_bytes())?;
    temporary.as_file().sync_data()?;
    temporary.persist(&target).map_err(|error| error.error)?;
    Ok(())
}

fn not_written(file: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error("write-error", format!("{} can't be written: {error}", file.display()))
        .source(file.display().to_string())
        .fix("check the folder and its permissions")
}

fn verdict(found: &[Diagnostic]) -> String {
    let word = if diagnostic::has_errors(found) { "not valid" } else { "valid" };
    format!("{word} ({})", diagnostic::summary(found))
}
