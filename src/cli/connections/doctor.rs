//! `pipesmith connections doctor` and `test`: connects for real.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::Checked;
use crate::cli::args::{DoctorConnectionsArgs, TestConnectionArgs};
use crate::cli::exit::{Ended, Exit, Failure};
use crate::cli::{output, setup};
use crate::connect::Connection;
use crate::connect::health::{self, Health};
use crate::diagnostic::Diagnostic;

pub fn run(args: &DoctorConnectionsArgs) -> Ended {
    let checked = Checked::load(args.mode, args.json)?;
    let family = |c: &&Connection| args.family.as_ref().is_none_or(|family| c.family == *family);
    let chosen: Vec<Connection> = checked.connections.iter().filter(family).cloned().collect();
    examine(&checked, chosen, args.timeout, args.json)
}

/// One connection. Its own faults in the file count, those of others do not.
pub fn test(args: &TestConnectionArgs) -> Ended {
    let mut checked = Checked::load(args.mode, args.json)?;
    let found = checked.connections.find(&args.reference).cloned();
    let connection = found.map_err(|d| Failure::new(d, Exit::Configuration, args.json))?;
    let prefix = format!("connections.{}.{}.", connection.family, connection.alias);
    checked.problems.retain(|d| d.path.as_deref().is_none_or(|path| path.starts_with(&prefix)));
    examine(&checked, vec![connection], args.timeout, args.json)
}

fn examine(checked: &Checked, connections: Vec<Connection>, timeout: u64, json: bool) -> Ended {
    let runtime = setup::runtime().map_err(|d| Failure::new(d, Exit::Other, json))?;
    let timeout = Duration::from_secs(timeout);
    if !json {
        checked.tell_problems();
        if connections.is_empty() {
            output::line("There is no connection to connect with.");
        }
    }
    let widest = connections.iter().map(|c| c.reference().len()).max().unwrap_or(0);
    let found = runtime.block_on(async {
        let mut found = Vec::new();
        let mut checks = health::check_all(&checked.place.root, connections.into_iter().map(Arc::new), timeout);
        while let Some(health) = checks.recv().await {
            if !json {
                print(&health, widest);
            }
            found.push(health);
        }
        found
    });
    runtime.shutdown_background();
    let failed = found.iter().any(|health| health.outcome.is_err()) || checked.is_wrong();
    if json {
        let mut found: Vec<&Health> = found.iter().collect();
        found.sort_by(|a, b| a.reference.cmp(&b.reference));
        let results: Vec<Value> = found.into_iter().map(as_json).collect();
        output::json(&json!({ "ok": !failed, "connections": results, "diagnostics": checked.problems }));
    }
    Ok(if failed { Exit::Configuration } else { Exit::Success })
}

fn as_json(health: &Health) -> Value {
    let (status, detail, problem): (&str, Option<&str>, Option<&Diagnostic>) = match &health.outcome {
        Ok(detail) => ("ok", Some(detail), None),
        Err(unwell) => (health::word(unwell.kind), None, Some(&unwell.diagnostic)),
    };
    json!({
        "reference": health.reference,
        "ok": health.outcome.is_ok(),
        "status": status,
        "detail": detail,
        "duration_ms": u64::try_from(health.took.as_millis()).unwrap_or(u64::MAX),
        "diagnostic": problem,
    })
}

fn print(health: &Health, widest: usize) {
    let time = output::duration(u64::try_from(health.took.as_micros()).unwrap_or(u64::MAX));
    let margin = " ".repeat(8);
    match &health.outcome {
        Ok(detail) => {
            output::line(output::safe(&format!("ok      {:<widest$}  {detail} ({time})", health.reference)));
        }
        Err(unwell) => {
            let kind = health::word(unwell.kind);
            let d = &unwell.diagnostic;
            output::line(output::safe(&format!(
                "FAILED  {:<widest$}  {kind}: {} ({time})",
                health.reference, d.message
            )));
            if let Some(why) = &d.why {
                output::line(output::safe(&format!("{margin}why: {why}")));
            }
            if let Some(fix) = &d.fix {
                output::line(output::safe(&format!("{margin}fix: {}", fix.text)));
            }
        }
    }
}
