//! `pipesmith components docs`: the components' pages as Markdown.

use std::path::Path;

use serde_json::json;

use super::super::args::ComponentDocsArgs;
use super::super::exit::{Ended, Exit, Failure};
use super::super::output;
use crate::contract::{self, Registry};
use crate::diagnostic::Diagnostic;
use crate::pipeline::run::is_runnable;

/// The pages of a registry's components: file name and content. The list of all is `README.md`.
pub fn pages(registry: &Registry) -> Vec<(String, String)> {
    let index = contract::index(registry.iter(), &is_runnable);
    let mut pages = vec![("README.md".to_owned(), index)];
    pages.extend(registry.iter().map(|contract| {
        let page = contract::page(contract, is_runnable(&contract.name));
        (format!("{}.md", contract.name), page)
    }));
    pages
}

/// Writes the pages; others in the folder are not touched.
pub fn run(registry: &Registry, args: &ComponentDocsArgs) -> Ended {
    if !args.json {
        output::diagnostics(registry.diagnostics(), None);
    }
    let pages = pages(registry);
    for (name, text) in &pages {
        write(&args.dir.join(name), text).map_err(|diagnostic| Failure::new(diagnostic, Exit::Other, args.json))?;
    }
    if args.json {
        let files: Vec<String> = pages.iter().map(|(name, _)| args.dir.join(name).display().to_string()).collect();
        output::json(&json!({ "ok": true, "files": files, "diagnostics": registry.diagnostics() }));
    } else {
        output::line(output::safe(&format!("{} pages in {}", pages.len(), args.dir.display())));
    }
    Ok(Exit::Success)
}

/// Writes a page, and the folder where it is not there yet.
pub fn write(path: &Path, text: &str) -> Result<(), Diagnostic> {
    let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    made.and_then(|()| std::fs::write(path, text)).map_err(|error| {
        Diagnostic::error("docs-not-written", format!("{} can't be written: {error}", path.display()))
            .source(path.display().to_string())
            .fix("check the folder's permissions and free space, or name another folder")
    })
}
