//! Rules about the tables that are written to, as far as discovery knows them.

use super::super::view::View;
use super::CheckContext;
use super::{list, sql};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::yaml::Node;

/// Most columns of one step that are named.
const MOST: usize = 10;

/// `unknown-target-column`: columns that come in, or make the key, and that the table does not have; the write
/// would be refused before a row moves.
pub fn columns(view: &View<'_>, ctx: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    for step in view.steps.iter().filter(|step| step.mode == Some("write")) {
        let (Some(known), Some(config)) = (sql::table_columns(step, ctx), step.config) else { continue };
        let change = config.get("on_schema_change").filter(|node| !node.is_null());
        if change.is_some_and(|node| node.as_str() != Some("fail")) {
            continue;
        }
        let has = |name: &str| known.iter().any(|known| known.eq_ignore_ascii_case(name));
        let table = config.get("table").and_then(Node::as_str).unwrap_or_default();
        let why = || format!("by discovery, its columns are: {}", list(known.iter().copied()));
        if let Some(node) = config.get("primary_key") {
            let names: Vec<&Node> = node.as_seq().map_or_else(|| vec![node], |seq| seq.items.iter().collect());
            for named in names {
                let Some(name) = named.as_str().filter(|name| !has(name)) else { continue };
                let wrong = Diagnostic::error("unknown-target-column", format!("`{table}` has no column `{name}`"))
                    .at(named.span)
                    .path(step.path("config.primary_key"))
                    .why(why());
                out.push(match did_you_mean(name, known.iter().copied()) {
                    Some(near) => {
                        wrong.fix_edit(format!("did you mean `{near}`?"), named.span, crate::yaml::quote(near))
                    }
                    None => wrong.fix("name columns of the table; `pipesmith discover --refresh` looks again"),
                });
            }
        }
        let [input] = step.inputs.as_slice() else { continue };
        let Some(coming) = sql::handed_on(&view.steps[input.step], ctx) else { continue };
        let strangers: Vec<&str> = coming.into_iter().filter(|name| !has(name)).collect();
        if strangers.is_empty() {
            continue;
        }
        let node = config.get("table").or_else(|| step.part("config"));
        let shown = list(strangers.iter().take(MOST).copied());
        let more = if strangers.len() > MOST { ", …" } else { "" };
        out.push(
            Diagnostic::error("unknown-target-column", format!("`{table}` has no column for: {shown}{more}"))
                .at(node.map_or(step.node.span, |node| node.span))
                .path(step.path("config.table"))
                .why(why())
                .fix("leave these columns out, rename them in a SQL step, or set `on_schema_change` to add_columns or ignore"),
        );
    }
}
