//! The tables of a query's inputs.

use arrow::datatypes::{DataType, Schema, TimeUnit};
use duckdb::Connection;

use super::name::{self, quoted};
use super::{Query, fault};
use crate::diagnostic::Diagnostic;

/// Columns that a diagnostic names of a table.
const SHOWN: usize = 40;

/// The tables, in the order of the inputs.
pub(super) struct Tables {
    names: Vec<String>,
    views: Vec<(String, String)>,
    columns: Vec<Vec<String>>,
}

impl Tables {
    pub fn new(inputs: &[String]) -> Tables {
        let names = name::tables(inputs);
        let views = name::views(inputs, &names);
        let columns = vec![Vec::new(); names.len()];
        Tables { names, views, columns }
    }

    /// The name of an input's table.
    pub fn name(&self, input: usize) -> &str {
        &self.names[input]
    }

    /// Makes the table of an input.
    pub fn create(
        &mut self,
        connection: &Connection,
        input: usize,
        schema: &Schema,
        query: &Query<'_>,
    ) -> Result<(), Diagnostic> {
        let columns = self.columns_of(input, schema, query)?.join(", ");
        self.run(connection, &format!("CREATE TABLE {} ({columns})", quoted(&self.names[input])), query)
    }

    /// Makes a view of the name of an input's table on something else.
    pub fn create_on(
        &mut self,
        connection: &Connection,
        input: usize,
        source: &str,
        schema: &Schema,
        query: &Query<'_>,
    ) -> Result<(), Diagnostic> {
        self.columns_of(input, schema, query)?;
        self.run(connection, &format!("CREATE VIEW {} AS SELECT * FROM {source}", quoted(&self.names[input])), query)
    }

    /// Takes back what `create_on` and `create_views` made.
    pub fn drop_views(&mut self, connection: &Connection, query: &Query<'_>) -> Result<(), Diagnostic> {
        for view in self.views.iter().map(|(view, _)| view).chain(&self.names) {
            self.run(connection, &format!("DROP VIEW {}", quoted(view)), query)?;
        }
        self.columns.iter_mut().for_each(Vec::clear);
        Ok(())
    }

    fn run(&self, connection: &Connection, sql: &str, query: &Query<'_>) -> Result<(), Diagnostic> {
        connection.execute_batch(sql).map_err(|error| fault::of(&error, query, self))
    }

    /// The columns of a table, as SQL.
    fn columns_of(&mut self, input: usize, schema: &Schema, query: &Query<'_>) -> Result<Vec<String>, Diagnostic> {
        let mut columns = Vec::with_capacity(schema.fields().len());
        for field in schema.fields() {
            let Some(sql_type) = sql_type(field.data_type()) else {
                let message = format!(
                    "column {:?} of step `{}` has the type {}, which a query can't take in",
                    field.name(),
                    query.inputs[input],
                    field.data_type()
                );
                return Err(Diagnostic::error("sql-input-type", message)
                    .path(query.path())
                    .fix(format!("turn it into text where it is made: CAST({:?} AS VARCHAR)", field.name())));
            };
            self.columns[input].push(format!("{} {}", field.name(), sql_type));
            columns.push(format!("{} {sql_type}", quoted(field.name())));
        }
        if let Some(twice) = twice(schema) {
            let message =
                format!("step `{}` hands on two columns that SQL takes for one: {twice:?}", query.inputs[input]);
            return Err(Diagnostic::error("sql-duplicate-column", message)
                .path(query.path())
                .why("SQL does not tell upper case from lower case in names")
                .fix("rename one of them, or leave it out (`columns` of the step that reads it)"));
        }
        Ok(columns)
    }

    /// Makes the other names of the tables.
    pub fn create_views(&self, connection: &Connection, query: &Query<'_>) -> Result<(), Diagnostic> {
        for (view, table) in &self.views {
            self.run(connection, &format!("CREATE VIEW {} AS SELECT * FROM {}", quoted(view), quoted(table)), query)?;
        }
        Ok(())
    }

    /// What there is to select from, for a person or a model.
    pub fn describe(&self) -> String {
        if self.names.is_empty() {
            return "the step needs no other, so there are no tables".to_owned();
        }
        let table = |(name, columns): (&String, &Vec<String>)| {
            let more = if columns.len() > SHOWN { ", …" } else { "" };
            format!("{name} ({}{more})", columns.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", "))
        };
        let tables: Vec<String> = self.names.iter().zip(&self.columns).take(SHOWN).map(table).collect();
        let views: Vec<String> = self.views.iter().take(SHOWN).map(|(view, _)| quoted(view)).collect();
        let also = if views.is_empty() { String::new() } else { format!("; also as {}", views.join(", ")) };
        tables.join("; ") + &also
    }
}

fn twice(schema: &Schema) -> Option<&str> {
    let mut seen = std::collections::HashSet::new();
    schema.fields().iter().map(|field| field.name().as_str()).find(|name| !seen.insert(name.to_lowercase()))
}

/// The DuckDB type that holds all values of an Arrow type.
fn sql_type(data_type: &DataType) -> Option<String> {
    Some(match data_type {
        DataType::Boolean => "BOOLEAN".to_owned(),
        DataType::Int8 => "TINYINT".to_owned(),
        DataType::Int16 => "SMALLINT".to_owned(),
        DataType::Int32 => "INTEGER".to_owned(),
        DataType::Int64 => "BIGINT".to_owned(),
        DataType::UInt8 => "UTINYINT".to_owned(),
        DataType::UInt16 => "USMALLINT".to_owned(),
        DataType::UInt32 => "UINTEGER".to_owned(),
        DataType::UInt64 => "UBIGINT".to_owned(),
        DataType::Float32 => "FLOAT".to_owned(),
        DataType::Float64 => "DOUBLE".to_owned(),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "VARCHAR".to_owned(),
        DataType::Binary | DataType::LargeBinary => "BLOB".to_owned(),
        DataType::Date32 => "DATE".to_owned(),
        DataType::Time64(TimeUnit::Microsecond) => "TIME".to_owned(),
        DataType::Timestamp(TimeUnit::Second, None) => "TIMESTAMP_S".to_owned(),
        DataType::Timestamp(TimeUnit::Millisecond, None) => "TIMESTAMP_MS".to_owned(),
        DataType::Timestamp(TimeUnit::Microsecond, None) => "TIMESTAMP".to_owned(),
        DataType::Timestamp(TimeUnit::Nanosecond, None) => "TIMESTAMP_NS".to_owned(),
        DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => "TIMESTAMPTZ".to_owned(),
        DataType::Decimal128(precision, scale) if *scale >= 0 => format!("DECIMAL({precision},{scale})"),
        _ => return None,
    })
}
