//! Running the query: one statement that returns rows, streamed.

use std::sync::Arc;

use arrow::array::{Array, StructArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use duckdb::Connection;
use serde_json::Value;

use super::super::channel::Parcel;
use super::super::step::{Failure, STOPPED, Stop};
use super::table::Tables;
use super::{Query, fault};
use crate::diagnostic::Diagnostic;

/// Runs the query and hands on the schema, the rows and the end.
pub(super) fn run(
    connection: &Connection,
    query: &Query<'_>,
    tables: &Tables,
    stop: &Stop,
    mut hand_on: impl FnMut(Parcel) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let wrong = |error: duckdb::Error| fault::of(&error, query, tables);
    check(connection, query)?;
    let mut statement = connection.prepare(query.text).map_err(wrong)?;
    if statement.parameter_count() > 0 {
        return Err(Diagnostic::error("sql-parameter", "the query has a parameter, which nothing gives a value to")
            .path(query.path())
            .fix("write the value, or use a parameter of the pipeline: ${params.name}")
            .into());
    }
    only_inputs(connection, query, tables)?;
    // The iterator that this makes panics on errors; stepping the statement itself does not.
    drop(statement.stream_arrow([]).map_err(wrong)?);
    let schema = plain_schema(&statement.schema());
    if let Some(name) = twice(&schema) {
        return Err(Diagnostic::error(
            "sql-duplicate-column",
            format!("the query returns two columns called {name:?}"),
        )
        .path(query.path())
        .fix("give one of them another name with AS, or leave it out")
        .into());
    }
    hand_on(Parcel::Schema(schema.clone()))?;
    while let Some(rows) = statement.step().map_err(wrong)? {
        if stop.is_set() {
            return Err(STOPPED);
        }
        let batch = plain_batch(&rows, &schema)
            .map_err(|error| Diagnostic::error("sql-result", error.to_string()).path(query.path()))?;
        hand_on(Parcel::Batch(batch))?;
    }
    hand_on(Parcel::End)
}

/// Refuses everything but one SELECT-like statement. DuckDB itself decides: its table function `query`
/// takes a single SELECT and nothing else. Only afterwards may the text be prepared as it is, because
/// preparing several statements runs all but the last.
fn check(connection: &Connection, query: &Query<'_>) -> Result<(), Diagnostic> {
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
fn only_inputs(connection: &Connection, query: &Query<'_>, tables: &Tables) -> Result<(), Diagnostic> {
    let sql = format!("EXPLAIN (FORMAT JSON) {}", query.text);
    let plan: String =
        connection.query_row(&sql, [], |row| row.get(1)).map_err(|error| fault::of(&error, query, tables))?;
    let plan: Value = serde_json::from_str(&plan).map_err(|error| {
        Diagnostic::error("sql-engine", "DuckDB's plan can't be understood").path(query.path()).why(error.to_string())
    })?;
    let Some(function) = other_function(&plan) else { return Ok(()) };
    Err(Diagnostic::error("sql-function", format!("the query uses the table function {function}"))
        .path(query.path())
        .why("a query sees only its inputs; this function looks at or changes something else")
        .fix(format!("select from the inputs: {}", tables.describe())))
}

fn other_function(plan: &Value) -> Option<String> {
    match plan {
        Value::Array(nodes) => nodes.iter().find_map(other_function),
        Value::Object(node) => {
            let function = node.get("extra_info").and_then(|info| info.get("Function")).and_then(Value::as_str);
            let other = function.map(str::to_lowercase).filter(|name| !HARMLESS.contains(&name.as_str()));
            other.or_else(|| node.values().find_map(other_function))
        }
        _ => None,
    }
}

/// The schema that batches are handed on with: enums as text, all columns nullable.
fn plain_schema(schema: &Schema) -> SchemaRef {
    let fields: Vec<Field> = schema
        .fields()
        .iter()
        .map(|field| {
            let data_type = match field.data_type() {
                DataType::Dictionary(_, value) => value.as_ref().clone(),
                other => other.clone(),
            };
            Field::new(field.name(), data_type, true)
        })
        .collect();
    Arc::new(Schema::new(fields))
}

fn plain_batch(rows: &StructArray, schema: &SchemaRef) -> Result<RecordBatch, arrow::error::ArrowError> {
    let columns = rows.columns().iter().zip(schema.fields()).map(|(array, field)| {
        if array.data_type() == field.data_type() { Ok(array.clone()) } else { cast(array, field.data_type()) }
    });
    RecordBatch::try_new(schema.clone(), columns.collect::<Result<_, _>>()?)
}

fn twice(schema: &Schema) -> Option<&str> {
    let mut seen = std::collections::HashSet::new();
    schema.fields().iter().map(|field| field.name().as_str()).find(|name| !seen.insert(*name))
}
