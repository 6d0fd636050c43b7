//! `pipesmith demo`: a workspace with data, and the main job from the request to the replay. Only the
//! model's words are recorded; everything else is done for real.

mod data;
mod headless;

use std::path::Path;

use super::args::DemoArgs;
use super::exit::{Ended, Exit, Failure};
use super::{output, workbench};
use crate::diagnostic::Diagnostic;
use crate::session::wire::Wish;
use crate::workspace::{self, CONFIG_FILE, Workspace};

/// What the person asks for; the recording answers exactly this.
pub const REQUEST: &str = "Join the orders of @filesystem.shop with its customers, keep paid orders, and write revenue and order count per city and segment to output/revenue.csv, best first.";

const CONFIG: &str = r#"# The demo: the model's words are played from a recording, everything else is real.
# To talk to a real model, remove `recording` and name a server (see docs/how-to/use-a-model.md).

[model]
recording = "demo"
name = "demo-model"
"#;

const CONNECTIONS: &str = "version: 1
connections:
  filesystem:
    shop:
      base_dir: data
";

pub fn run(args: &DemoArgs) -> Ended {
    if !args.headless {
        workbench::needs_terminal()?;
    }
    let workspace = prepare(&args.dir, data::ORDERS).map_err(|d| Failure::new(d, Exit::Configuration, false))?;
    if args.headless {
        return headless::walk(&workspace, args.workbench.record.as_deref());
    }
    workbench::run(&workspace, &args.workbench, Wish::new(), Some(REQUEST.to_owned()))
}

/// Makes the demo workspace, or takes the one that is there. A folder that is neither empty nor a
/// workspace is left alone.
fn prepare(dir: &Path, rows: u32) -> Result<Workspace, Diagnostic> {
    let shown = dir.display().to_string();
    let failed = |error: std::io::Error| {
        Diagnostic::error("demo-not-made", format!("the demo workspace can't be made: {error}"))
            .source(shown.as_str())
            .fix("check the folder's permissions and free space, or name another folder: `pipesmith demo DIR`")
    };
    if dir.exists() && !dir.join(CONFIG_FILE).is_file() {
        let empty = dir.is_dir() && std::fs::read_dir(dir).map_err(failed)?.next().is_none();
        if !empty {
            return Err(Diagnostic::error(
                "not-a-workspace",
                format!("{shown} is not empty and no Pipesmith workspace"),
            )
            .source(shown.as_str())
            .why("the demo never writes among files that are not its own")
            .fix("name another folder: `pipesmith demo DIR`"));
        }
    }
    workspace::init::make(dir, CONFIG, CONNECTIONS)?;
    let root = dir.canonicalize().map_err(failed)?;
    let folder = root.join("data");
    let complete = ["customers.csv", "orders.csv"].iter().all(|name| folder.join(name).is_file());
    if !complete {
        output::note(format!("Making {} rows of data in {shown}/data …", output::count(u64::from(rows))));
        data::write(&folder, rows).map_err(failed)?;
    }
    Workspace::open(&root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_somebody_else_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("thesis.tex"), "x").unwrap();
        let refused = prepare(dir.path(), 10).unwrap_err();
        assert_eq!(refused.code, "not-a-workspace");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_second_demo_takes_the_workspace_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        prepare(&dir.path().join("d"), 10).unwrap();
        let orders = dir.path().join("d/data/orders.csv");
        std::fs::write(&orders, "mine").unwrap();
        prepare(&dir.path().join("d"), 10).unwrap();
        assert_eq!(std::fs::read_to_string(orders).unwrap(), "mine");
    }
}
