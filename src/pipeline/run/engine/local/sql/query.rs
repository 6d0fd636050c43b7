//! Running the query: one statement that returns rows, streamed.

use std::sync::Arc;

use arrow::array::{Array, StructArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use duckdb::Connection;

use super::super::channel::Parcel;
use super::super::step::{Failure, STOPPED, Stop};
use super::table::Tables;
use super::{Query, fault};
use crate::diagnostic::Diagnostic;

/// Runs a query that `guard` let pass; hands on the schema, the rows and the end.
pub(super) fn run(
    connection: &Connection,
    query: &Query<'_>,
    tables: &Tables,
    stop: &Stop,
    mut hand_on: impl FnMut(Parcel) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let wrong = |error: duckdb::Error| fault::of(&error, query, tables);
    let mut statement = connection.prepare(query.text).map_err(wrong)?;
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
            let plain = Field::new(field.name(), data_type, true);
            // JSON stays JSON: whoever writes it as such has to know.
            let mut metadata = field.metadata().clone();
            metadata.retain(|key, value| key == "ARROW:extension:name" && value == "arrow.json");
            plain.with_metadata(metadata)
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
