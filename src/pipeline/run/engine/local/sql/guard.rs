//! What a query may be, and what its plan says.

use std::collections::HashSet;

use duckdb::Connection;
use serde_json::{Map, Value};

use super::table::Tables;
use super::{Query, fault, stream};
use crate::diagnostic::Diagnostic;

/// How DuckDB would run a query.
pub(super) struct Plan(Value);

/// The columns that a query looks at: the number of the input and the name in lower case.
pub(super) type Used = HashSet<(usize, String)>;

/// Operators that ask their inputs for each row once. What is not known to do so is not streamed into.
const ONCE: [&str; 27] = [
    "asof_join",
    "blockwise_nl_join",
    "column_data_scan",
    "cross_product",
    "cte",
    "cte_scan",
    "dummy_scan",
    "empty_result",
    "filter",
    "hash_group_by",
    "hash_join",
    "ie_join",
    "limit",
    "nested_loop_join",
    "order_by",
    "perfect_hash_group_by",
    "piecewise_merge_join",
    "projection",
    "reservoir_sample",
    "streaming_limit",
    "streaming_window",
    "top_n",
    "union",
    "unnest",
    "ungrouped_aggregate",
    "window",
    "simple_aggregate",
];

impl Plan {
    /// Whether the query goes through each input once at most.
    pub fn reads_once(&self) -> bool {
        let mut read = HashSet::new();
        each_node(&self.0, &mut |node| match streamed(node) {
            Some(input) => read.insert(input),
            None if function(node).is_some() => true,
            None => {
                let name = node.get("name").and_then(Value::as_str).map(|name| name.trim().to_lowercase());
                name.is_some_and(|name| ONCE.contains(&name.as_str()))
            }
        })
    }

    /// The columns of the streamed inputs that the query looks at; `None` where the plan does not say so.
    pub fn columns(&self) -> Option<Used> {
        let mut used = Used::new();
        let known = each_node(&self.0, &mut |node| {
            let Some(input) = streamed(node) else { return true };
            let names = match node.get("extra_info").and_then(|info| info.get("Projections")) {
                Some(Value::String(name)) => vec![name.as_str()],
                Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
                _ => return false,
            };
            used.extend(names.into_iter().map(|name| (input, name.to_lowercase())));
            true
        });
        known.then_some(used)
    }
}

/// Looks at every operator until one is not as it should be; whether all are.
fn each_node(plan: &Value, look: &mut impl FnMut(&Map<String, Value>) -> bool) -> bool {
    match plan {
        Value::Array(nodes) => nodes.iter().all(|node| each_node(node, look)),
        Value::Object(node) => look(node) && node.get("children").is_none_or(|children| each_node(children, look)),
        _ => false,
    }
}

/// The number of the input that an operator streams.
fn streamed(node: &Map<String, Value>) -> Option<usize> {
    function(node)?.strip_prefix(stream::FUNCTION)?.parse().ok()
}

fn function(node: &Map<String, Value>) -> Option<String> {
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
const HARMLESS: [&str; 13] = [
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
            let other = function(node).filter(|name| !HARMLESS.contains(&name.as_str()) && streamed(node).is_none());
            other.or_else(|| node.values().find_map(other_function))
        }
        _ => None,
    }
}
