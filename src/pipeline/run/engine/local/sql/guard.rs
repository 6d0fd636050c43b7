//! What a query may be, and what its plan says.

use duckdb::Connection;
use serde_json::Value;

use super::table::Tables;
use super::{Query, fault, stream};
use crate::diagnostic::Diagnostic;

/// How DuckDB would run a query.
pub(super) struct Plan(Value);

impl Plan {
    /// Whether the query goes through its only input once, from top to bottom: no joins, no common table
    /// expressions, nothing that would look at a row a second time.
    pub fn is_one_pass(&self) -> bool {
        let mut inputs = 0;
        is_line(&self.0, &mut inputs) && inputs == 1
    }
}

/// Whether no operator has two inputs; counts those that read the streamed input.
fn is_line(plan: &Value, inputs: &mut usize) -> bool {
    match plan {
        Value::Array(nodes) => nodes.len() <= 1 && nodes.iter().all(|node| is_line(node, inputs)),
        Value::Object(node) => {
            *inputs += usize::from(function(node).is_some_and(|name| name == stream::FUNCTION));
            node.get("children").is_none_or(|children| is_line(children, inputs))
        }
        _ => false,
    }
}

fn function(node: &serde_json::Map<String, Value>) -> Option<String> {
    node.get("extra_info")?.get("Function")?.as_str().map(str::to_lowercase)
}

/// Lets a query pass that is one SELECT and looks at nothing but its inputs.
pub(super) fn check(connection: &Connection, query: &Query<'_>, tables: &Tables) -> Result<Plan, Diagnostic> {
    one_select(connection, query)?;
    let statement = connection.prepare(query.text).map_err(|error| fault::of(&error, query, tables))?;
    if statement.parameter_count() > 0 {
        return Err(Diagnostic::error("sql-parameter", "the query has a parameter, which nothing gives a value to")
            .path(query.path())
            .fix("write the value, or use a parameter of the pipeline: ${params.name}"));
    }
    only_inputs(connection, query, tables)
}

/// Refuses everything but one SELECT-like statement. DuckDB itself decides: its table function `query`
/// takes a single SELECT and nothing else. Only afterwards may the text be prepared as it is, because
/// preparing several statements runs all but the last.
fn one_select(connection: &Connection, query: &Query<'_>) -> Result<(), Diagnostic> {
    if query.text.contains('\0') {
        return Err(Diagnostic::error("sql-error", "the query holds a NUL character").path(query.path()));
    }
    let literal = query.text.replace('\'', "''");
    let Err(error) = connection.prepare(&format!("SELECT * FROM query('{literal}')")) else { return Ok(()) };
    if !fault::text(&error).contains("Expected a single SELECT statement") {
        // It can't be parsed, or is one SELECT that can't be bound; preparing it says so with the position.
        return Ok(());
    }
    Err(Diagnostic::error("sql-not-a-query", "the query is not one statement that returns rows")
        .path(query.path())
        .why("a step runs exactly one SELECT (also WITH, FROM, VALUES, PIVOT … ON … IN); nothing is stored, changed or loaded")
        .fix("write one SELECT statement, without COPY, ATTACH, SET, INSERT and the like")
        .example("SELECT city, sum(amount) AS revenue FROM input_df GROUP BY ALL"))
}

/// Table functions that make rows of nothing but their arguments, and those that describe tables.
const HARMLESS: [&str; 14] = [
    stream::FUNCTION,
    "seq_scan",
    "range",
    "generate_series",
    "unnest",
    "repeat",
    "repeat_row",
    "summary",
    "json_each",
    "json_tree",
    "pg_timezone_names",
    "duckdb_tables",
    "duckdb_views",
    "duckdb_columns",
];

/// Refuses table functions that look at or change anything but the inputs (settings, logs, files). The plan
/// is what counts: there every name is resolved, however it was written.
fn only_inputs(connection: &Connection, query: &Query<'_>, tables: &Tables) -> Result<Plan, Diagnostic> {
    let sql = format!("EXPLAIN (FORMAT JSON) {}", query.text);
    let plan: String =
        connection.query_row(&sql, [], |row| row.get(1)).map_err(|error| fault::of(&error, query, tables))?;
    let plan: Value = serde_json::from_str(&plan).map_err(|error| {
        Diagnostic::error("sql-engine", "DuckDB's plan can't be understood").path(query.path()).why(error.to_string())
    })?;
    let Some(function) = other_function(&plan) else { return Ok(Plan(plan)) };
    Err(Diagnostic::error("sql-function", format!("the query uses the table function {function}"))
        .path(query.path())
        .why("a query sees only its inputs; this function looks at or changes something else")
        .fix(format!("select from the inputs: {}", tables.describe())))
}

fn other_function(plan: &Value) -> Option<String> {
    match plan {
        Value::Array(nodes) => nodes.iter().find_map(other_function),
        Value::Object(node) => {
            let other = function(node).filter(|name| !HARMLESS.contains(&name.as_str()));
            other.or_else(|| node.values().find_map(other_function))
        }
        _ => None,
    }
}
