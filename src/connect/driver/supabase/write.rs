//! Writing to a table, request by request. Each request is a transaction of its own; together they are none.

use std::io::Write;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use reqwest::Method;

use super::api::{Again, Api, Request};
use super::columns;
use crate::connect::driver::cell::{Cell, View};
use crate::connect::driver::dataset::Dataset;
use crate::connect::driver::flow::{Halt, Io, Sink, Writing, Written};
use crate::connect::driver::plan::{OnError, Pairing, SchemaChange, WriteMode, pair};
use crate::connect::driver::postgres::{Kind, WriteOptions, judge, render};
use crate::diagnostic::Diagnostic;

/// Writes over the REST API.
pub(super) struct RestSink {
    api: std::sync::Arc<Api>,
    options: WriteOptions,
    batch: usize,
}

impl RestSink {
    pub fn new(api: Api, options: WriteOptions, batch: usize, at: &str) -> Result<RestSink, Vec<Diagnostic>> {
        let mut wrong = Vec::new();
        let mut refuse = |key: &str, what: &str| {
            wrong.push(
                Diagnostic::error("supabase-needs-database", format!("{what} is not possible over the REST API"))
                    .path(format!("{at}.{key}"))
                    .why("its requests are transactions of their own: others would see the table half-written, and a failure would leave it so")
                    .fix("give the connection `pg_dsn`, the way to the database itself (port 5432)"),
            );
        };
        if matches!(options.mode, WriteMode::Replace | WriteMode::Truncate) {
            refuse("write_mode", &format!("`write_mode: {}`", options.mode.word()));
        }
        if options.on_error != OnError::Fail {
            refuse("on_error", "`on_error` other than fail");
        }
        if options.change == SchemaChange::AddColumns {
            refuse("on_schema_change", "`on_schema_change: add_columns`");
        }
        if wrong.is_empty() {
            Ok(RestSink { api: std::sync::Arc::new(api), options, batch: batch.max(1) })
        } else {
            Err(wrong)
        }
    }
}

impl Sink for RestSink {
    fn dataset(&self) -> Option<Dataset> {
        Some(self.api.dataset(&self.options.table))
    }

    /// Each request is a transaction of its own: what was sent stays.
    fn repeatable(&self) -> bool {
        self.options.mode == WriteMode::Upsert
    }

    fn begin(&self, io: &Io, schema: SchemaRef) -> Result<Box<dyn Writing>, Halt> {
        let columns = columns::of(&self.api, io, &self.options.table)?;
        let targets: Vec<_> = columns.iter().map(columns::ApiColumn::target).collect();
        let place = self.api.place(&self.options.table);
        let invent = |_: &arrow::datatypes::Field| Err("the REST API makes no columns".to_owned());
        let pairing = pair(&place, &schema, &targets, self.options.change, judge, invent);
        pairing.plan.check()?;
        let written: Vec<&str> = pairing.plan.columns.iter().map(|column| column.to.as_str()).collect();
        if let Some(missing) = self.options.key.iter().find(|key| !written.contains(&key.as_str())) {
            return Err(Diagnostic::error(
                "key-column-missing",
                format!("the column `{missing}` of `primary_key` does not come in"),
            )
            .fix("correct `primary_key`, or add the column before this step")
            .into());
        }
        let (api, options, batch) = (self.api.clone(), self.options.clone(), self.batch);
        Ok(Box::new(RestWriting { api, io: io.clone(), options, batch, pairing, place, rows: 0, bytes: 0 }))
    }
}

struct RestWriting {
    api: std::sync::Arc<Api>,
    io: Io,
    options: WriteOptions,
    batch: usize,
    pairing: Pairing<Kind>,
    place: String,
    rows: u64,
    bytes: u64,
}

impl Writing for RestWriting {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), Halt> {
        let mut from = 0;
        while from < batch.num_rows() {
            let count = self.batch.min(batch.num_rows() - from);
            self.send(&batch.slice(from, count))?;
            from += count;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Written, Halt> {
        Ok(Written { place: self.place, rows: self.rows, bytes: self.bytes })
    }
}

impl RestWriting {
    /// One request.
    fn send(&mut self, batch: &RecordBatch) -> Result<(), Halt> {
        let columns = &self.pairing.plan.columns;
        let views: Vec<View<'_>> =
            columns.iter().map(|c| View::of(batch.column(c.input).as_ref()).unwrap_or(View::Nothing)).collect();
        let (body, form) = match csv(&self.pairing, &views, batch.num_rows()) {
            Some(body) => (body, "text/csv"),
            None => (json(&self.pairing, &views, batch.num_rows()), "application/json"),
        };
        let mut url = self.api.url(Some(&self.options.table))?;
        let names: Vec<String> = columns.iter().map(|column| quoted(&column.to)).collect();
        url.query_pairs_mut().append_pair("columns", &names.join(","));
        let merging = self.options.mode == WriteMode::Upsert;
        if merging {
            let key: Vec<String> = self.options.key.iter().map(|name| quoted(name)).collect();
            url.query_pairs_mut().append_pair("on_conflict", &key.join(","));
        }
        let prefer = match merging {
            true => "return=minimal,count=exact,missing=default,resolution=merge-duplicates",
            false => "return=minimal,count=exact,missing=default",
        };
        let headers = [("content-type", form), ("content-profile", self.api.schema.as_str()), ("prefer", prefer)];
        let (first, last) = (self.rows + 1, self.rows + batch.num_rows() as u64);
        let doing = format!("write rows {first} to {last} to {}; the {} before them are there", self.place, self.rows);
        let again = if merging { Again::Harmless } else { Again::Never };
        self.bytes += body.len() as u64;
        let request = Request { method: Method::POST, url, headers: &headers, body: Some(body), again, doing: &doing };
        let answer = self.api.send(&self.io, request)?;
        if let Some(total) = answer.total.filter(|total| *total != batch.num_rows() as u64) {
            let message = format!("{}: {} rows were sent, the server counted {total}", self.place, batch.num_rows());
            return Err(Diagnostic::error("rows-mismatch", message)
                .why(format!("rows {first} to {last}; a trigger or a policy of the table may drop rows"))
                .fix("see what the table's triggers and policies do with rows")
                .into());
        }
        self.rows = last;
        Ok(())
    }
}

/// A name in a list of names.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The rows as CSV; none where it could not say what they are. PostgREST reads the word NULL as NULL, so
/// that a text NULL has no form, and a JSON document would become a text.
fn csv(pairing: &Pairing<Kind>, views: &[View<'_>], rows: usize) -> Option<Vec<u8>> {
    if pairing.kinds.iter().any(|kind| matches!(kind, Kind::Json | Kind::Jsonb)) {
        return None;
    }
    let mut out = Vec::new();
    for (number, column) in pairing.plan.columns.iter().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        field(column.to.as_bytes(), &mut out);
    }
    out.push(b'\n');
    let mut value = Vec::new();
    for row in 0..rows {
        for (number, view) in views.iter().enumerate() {
            if number > 0 {
                out.push(b',');
            }
            match view.cell(row) {
                Cell::Null => out.extend_from_slice(b"NULL"),
                cell => {
                    value.clear();
                    render(&cell, &mut value);
                    if value == b"NULL" {
                        return None;
                    }
                    field(&value, &mut out);
                }
            }
        }
        out.push(b'\n');
    }
    Some(out)
}

fn field(value: &[u8], out: &mut Vec<u8>) {
    if !value.is_empty() && !value.iter().any(|b| matches!(b, b'"' | b',' | b'\n' | b'\r')) {
        out.extend_from_slice(value);
        return;
    }
    out.push(b'"');
    for byte in value {
        if *byte == b'"' {
            out.push(b'"');
        }
        out.push(*byte);
    }
    out.push(b'"');
}

/// The rows as JSON: values as texts, which the server reads as what their columns are; documents as they are.
fn json(pairing: &Pairing<Kind>, views: &[View<'_>], rows: usize) -> Vec<u8> {
    let mut out = vec![b'['];
    // Writing to a Vec never fails.
    let text = |out: &mut Vec<u8>, text: &str| drop(write!(out, "{}", serde_json::Value::from(text)));
    for row in 0..rows {
        out.extend_from_slice(if row > 0 { b",\n{" } else { b"{" });
        for (number, (view, column)) in views.iter().zip(&pairing.plan.columns).enumerate() {
            if number > 0 {
                out.push(b',');
            }
            text(&mut out, &column.to);
            out.push(b':');
            let mut value = Vec::new();
            match view.cell(row) {
                Cell::Null => out.extend_from_slice(b"null"),
                cell => {
                    render(&cell, &mut value);
                    let value = String::from_utf8_lossy(&value);
                    let document = matches!(pairing.kinds[number], Kind::Json | Kind::Jsonb)
                        && serde_json::from_str::<serde::de::IgnoredAny>(&value).is_ok();
                    if document {
                        out.extend_from_slice(value.as_bytes());
                    } else {
                        text(&mut out, &value);
                    }
                }
            }
        }
        out.push(b'}');
    }
    out.push(b']');
    out
}
