//! Reading a table page by page.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use reqwest::{Method, Url};

use super::api::{Again, Answer, Api, Request};
use super::columns::{self, ApiColumn};
use super::page;
use super::sql::Asked;
use crate::connect::driver::dataset::Dataset;
use crate::connect::driver::flow::{Halt, Io, Rows, Source};
use crate::connect::driver::postgres::{array_of, field_of};
use crate::diagnostic::Diagnostic;

/// The name under which the key comes along, where it is not asked for.
const KEY: &str = "_pipesmith_key";

/// Reads a table over the REST API.
pub(super) struct RestSource {
    pub api: Api,
    pub asked: Asked,
}

impl Source for RestSource {
    fn dataset(&self) -> Option<Dataset> {
        Some(self.api.dataset(&self.asked.table))
    }

    fn read(&self, io: &Io, rows: &mut dyn Rows) -> Result<(), Halt> {
        let columns = columns::of(&self.api, io, &self.asked.table)?;
        let keys: Vec<&ApiColumn> = columns.iter().filter(|column| column.key).collect();
        let by_key = self.asked.order.is_none() && self.asked.offset == 0 && keys.len() == 1;
        if !by_key && keys.is_empty() && self.asked.order.is_none() {
            let message = format!("{} has no primary key to read pages by", self.api.place(&self.asked.table));
            return Err(Diagnostic::error("supabase-no-key", message)
                .why("without one order, pages overlap and leave rows out")
                .fix("set `order` to columns that no two rows share, or give the connection `pg_dsn`")
                .into());
        }
        let order = match &self.asked.order {
            Some(order) => order.clone(),
            None => keys.iter().map(|key| format!("{}.asc", quoted(&key.name))).collect::<Vec<_>>().join(","),
        };
        let key = by_key.then(|| keys[0].name.clone());
        let mut shape: Option<Shape> = None;
        let (mut last, mut read, mut expected) = (None::<String>, 0u64, None);
        loop {
            io.wait(async { Ok::<_, Halt>(()) })?;
            let url = self.page(key.as_deref(), last.as_deref(), &order, self.asked.offset + read)?;
            let answer = self.get(io, url, expected.is_none())?;
            if expected.is_none() {
                expected = Some(
                    answer.total.map(|total| total.saturating_sub(if key.is_some() { 0 } else { self.asked.offset })),
                );
            }
            let text = String::from_utf8(answer.body).map_err(|_| self.broken())?;
            let (names, page) = page::parse(&text).ok_or_else(|| self.broken())?;
            let shape = match &mut shape {
                Some(shape) => shape,
                None => {
                    let made = Shape::of(&columns, &names, key.is_some(), &self.asked.select)?;
                    rows.columns(made.schema.clone())?;
                    shape.insert(made)
                }
            };
            if page.is_empty() {
                break;
            }
            if names.len() != shape.names {
                return Err(self.broken().into());
            }
            if key.is_some() {
                last = page.last().and_then(|row| row.last().cloned().flatten());
            }
            let count = page.len() as u64;
            rows.batch(shape.batch(&page, read, &self.api.place(&self.asked.table))?)?;
            read += count;
        }
        match expected.flatten() {
            Some(expected) if expected != read => {
                let message =
                    format!("{}: the server counted {expected} rows, {read} came", self.api.place(&self.asked.table));
                Err(Diagnostic::error("rows-mismatch", message)
                    .why("pages are read one after the other, and the table changed meanwhile (or a limit of the API cut them)")
                    .fix("run it again; a connection with `pg_dsn` reads one state of the database")
                    .into())
            }
            _ => Ok(()),
        }
    }
}

impl RestSource {
    /// The address of a page.
    fn page(&self, key: Option<&str>, last: Option<&str>, order: &str, offset: u64) -> Result<Url, Halt> {
        let mut url = self.api.url(Some(&self.asked.table))?;
        let mut query = url.query_pairs_mut();
        match key {
            Some(key) => query.append_pair("select", &format!("{},{KEY}:{}", self.asked.select, quoted(key))),
            None => query.append_pair("select", &self.asked.select),
        };
        for (column, condition) in &self.asked.filter {
            query.append_pair(column, condition);
        }
        if let (Some(key), Some(last)) = (key, last) {
            query.append_pair(key, &format!("gt.{last}"));
        }
        query.append_pair("order", order).append_pair("limit", &self.asked.page.to_string());
        if key.is_none() && offset > 0 {
            query.append_pair("offset", &offset.to_string());
        }
        drop(query);
        Ok(url)
    }

    fn get(&self, io: &Io, url: Url, count: bool) -> Result<Answer, Halt> {
        let mut headers = vec![("accept", "text/csv"), ("accept-profile", self.api.schema.as_str())];
        if count {
            headers.push(("prefer", "count=exact"));
        }
        let doing = format!("read {}", self.api.place(&self.asked.table));
        let (method, again) = (Method::GET, Again::Harmless);
        self.api.send(io, Request { method, url, headers: &headers, body: None, again, doing: &doing })
    }

    fn broken(&self) -> Diagnostic {
        let message = format!("{}: the answer is not the CSV that was asked for", self.api.place(&self.asked.table));
        Diagnostic::error("supabase-refused", message).fix("check `url`")
    }
}

/// A name as PostgREST takes it.
fn quoted(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")) }
}

/// The columns of the answer.
struct Shape {
    schema: SchemaRef,
    /// Columns that come, with the key behind them.
    names: usize,
}

impl Shape {
    fn of(columns: &[ApiColumn], names: &[String], key: bool, select: &str) -> Result<Shape, Halt> {
        // An empty page has no names: then those that were asked for count.
        let asked: Vec<String> = match select {
            _ if !names.is_empty() => names[..names.len() - usize::from(key)].to_vec(),
            "*" => columns.iter().map(|column| column.name.clone()).collect(),
            list => list.split(',').map(|name| name.trim().to_owned()).collect(),
        };
        let field = |name: &String| match columns.iter().find(|column| column.name == *name) {
            Some(column) => field_of(name, &column.kind()).filter(simple).unwrap_or_else(|| text(name)),
            None => text(name),
        };
        let fields: Vec<Field> = asked.iter().map(field).collect();
        Ok(Shape { names: fields.len() + usize::from(key), schema: Arc::new(Schema::new(fields)) })
    }

    fn batch(&self, page: &[Vec<Option<String>>], before: u64, place: &str) -> Result<RecordBatch, Diagnostic> {
        let mut arrays: Vec<ArrayRef> = Vec::new();
        for (number, field) in self.schema.fields().iter().enumerate() {
            let values: Vec<Option<&str>> = page.iter().map(|row| row[number].as_deref()).collect();
            let array = match field.data_type() {
                DataType::Utf8 => Arc::new(StringArray::from(values)) as ArrayRef,
                data_type => array_of(data_type, &values).map_err(|(row, why)| {
                    let row = before + row as u64 + 1;
                    let message = format!("{place}: row {row}, column `{}`: {why}", field.name());
                    Diagnostic::error("value-unfit", message).fix("give the connection `pg_dsn`")
                })?,
            };
            arrays.push(array);
        }
        RecordBatch::try_new(self.schema.clone(), arrays)
            .map_err(|error| Diagnostic::error("batch-internal", error.to_string()))
    }
}

fn text(name: &str) -> Field {
    Field::new(name, DataType::Utf8, true)
}

/// Types whose text form is read here; all others stay text.
fn simple(field: &Field) -> bool {
    !matches!(
        field.data_type(),
        DataType::List(_) | DataType::Binary | DataType::Decimal128(..) | DataType::Decimal256(..)
    )
}
