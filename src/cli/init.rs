//! `pipesmith init`

use serde_json::json;

use super::args::InitArgs;
use super::exit::{Ended, Exit, Failure};
use super::output;
use crate::workspace;

pub fn run(args: &InitArgs) -> Ended {
    let made = workspace::init::init(&args.dir).map_err(|d| Failure::new(d, Exit::Configuration, args.json))?;
    if args.json {
        output::json(&json!({ "ok": true, "root": made.root, "made": made.paths }));
    } else if made.paths.is_empty() {
        output::line(format!("{} is a workspace already; nothing was changed.", args.dir.display()));
    } else {
        output::line(format!("Made a workspace in {}: {}", args.dir.display(), made.paths.join(", ")));
        output::line("Next: put data into data/, then `pipesmith` opens the workbench there.");
    }
    Ok(Exit::Success)
}
