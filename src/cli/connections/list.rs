//! `pipesmith connections list`

use serde_json::{Value, json};

use super::Checked;
use crate::cli::args::ListConnectionsArgs;
use crate::cli::exit::{Ended, Exit, Failure};
use crate::cli::output;
use crate::connect::Connection;

pub fn run(args: &ListConnectionsArgs) -> Ended {
    let checked = Checked::load(args.mode, args.json)?;
    let mut rows = Vec::new();
    for connection in checked.connections.iter() {
        // A secrets file that can't be used is told once, not for each connection.
        let missing = connection.missing_variables().map_err(|d| Failure::new(d, Exit::Configuration, args.json))?;
        let default = checked.connections.default_of(&connection.family) == Some(connection);
        rows.push(Row { connection, default, missing });
    }
    let wrong = checked.is_wrong();
    if args.json {
        let connections: Vec<Value> = rows.iter().map(Row::json).collect();
        output::json(&json!({ "ok": !wrong, "connections": connections, "diagnostics": checked.problems }));
    } else {
        checked.tell_problems();
        if rows.is_empty() {
            output::line("No connections. `pipesmith connections add @filesystem.data base_dir=data` writes one.");
        }
        let widest = rows.iter().map(|row| row.connection.reference().len()).max().unwrap_or(0);
        for row in &rows {
            row.print(widest);
        }
    }
    Ok(if wrong { Exit::Configuration } else { Exit::Success })
}

struct Row<'a> {
    connection: &'a Connection,
    default: bool,
    /// Variables that are not set, with the field of each.
    missing: Vec<(String, String)>,
}

impl Row<'_> {
    fn json(&self) -> Value {
        let connection = self.connection;
        let fields: serde_json::Map<String, Value> =
            connection.shown().map(|(name, value)| (name.to_owned(), value.into())).collect();
        let missing: Vec<Value> =
            self.missing.iter().map(|(name, field)| json!({ "variable": name, "field": field })).collect();
        json!({
            "reference": connection.reference(),
            "family": connection.family,
            "alias": connection.alias,
            "default": self.default,
            "fields": fields,
            "missing": missing,
        })
    }

    fn print(&self, widest: usize) {
        let fields: Vec<String> = self
            .connection
            .shown()
            .filter(|(name, _)| *name != "default")
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let default = if self.default { "default" } else { "" };
        let line = format!("{:<widest$}  {default:<7}  {}", self.connection.reference(), fields.join(" "));
        output::line(output::safe(line.trim_end()));
        for (variable, field) in &self.missing {
            let line = format!("{:<widest$}           not set: {variable} (for `{field}`)", "");
            output::line(output::safe(&line));
        }
    }
}
