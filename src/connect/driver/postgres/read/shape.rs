//! The columns of a statement: their types, and the statement with the casts that they need.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};

use super::super::kind::Kind;
use super::super::mapping;
use super::super::session::{Session, ident};
use crate::connect::driver::flow::{Halt, Io};
use crate::diagnostic::Diagnostic;

/// The columns of a statement.
pub(super) struct Shape {
    pub schema: SchemaRef,
    pub kinds: Vec<Kind>,
    /// For each column whether the statement casts it to text.
    casts: Vec<bool>,
}

impl Shape {
    /// Asks the server for the columns of a statement. A numeric without a precision is looked at value by
    /// value: its digits decide its type.
    pub fn of(session: &Session, io: &Io, sql: &str, what: &str) -> Result<Shape, Halt> {
        let statement = session.wait(io, &format!("read {what}"), session.client.prepare(sql))?;
        let mut names = HashSet::new();
        for column in statement.columns() {
            if !names.insert(column.name()) {
                return Err(Diagnostic::error(
                    "duplicate-column",
                    format!("{what} has two columns `{}`", column.name()),
                )
                .why("steps know columns by their names")
                .fix("name each column in `query` with AS")
                .into());
            }
        }
        if names.is_empty() {
            return Err(Diagnostic::error("no-columns", format!("{what} has no columns")).fix("read a SELECT").into());
        }
        let mut shape = Shape { schema: Arc::new(Schema::empty()), kinds: Vec::new(), casts: Vec::new() };
        let mut fields: Vec<Field> = Vec::new();
        for column in statement.columns() {
            let mut kind = Kind::of(column.type_(), column.type_modifier());
            if kind == Kind::Numeric(None) {
                kind = digits(session, io, sql, column.name(), what)?;
            }
            let field = mapping::field_of(column.name(), &kind);
            shape.casts.push(field.is_none());
            fields.push(field.unwrap_or_else(|| mapping::text_field(column.name(), &kind)));
            shape.kinds.push(if shape.casts.last() == Some(&true) { Kind::Text(None) } else { kind });
        }
        shape.schema = Arc::new(Schema::new(fields));
        Ok(shape)
    }

    /// The statement that copies the rows of `sql` out.
    pub fn copy(&self, sql: &str) -> String {
        if !self.casts.contains(&true) {
            return format!("COPY ({sql}) TO STDOUT (FORMAT binary)");
        }
        let column = |(field, cast): (&Arc<Field>, &bool)| {
            let name = ident(field.name());
            if *cast { format!("q.{name}::text") } else { format!("q.{name}") }
        };
        let columns: Vec<String> = self.schema.fields().iter().zip(&self.casts).map(column).collect();
        format!("COPY (SELECT {} FROM ({sql}) AS q) TO STDOUT (FORMAT binary)", columns.join(", "))
    }
}

/// The digits that the values of a numeric without a precision have.
fn digits(session: &Session, io: &Io, sql: &str, name: &str, what: &str) -> Result<Kind, Halt> {
    let name = ident(name);
    let look = format!(
        "SELECT max(scale(q.{name}))::int, max(length(split_part(abs(q.{name})::text, '.', 1)))::int, \
         coalesce(bool_or(q.{name}::text IN ('NaN', 'Infinity', '-Infinity')), false) FROM ({sql}) AS q"
    );
    let row = session.wait(io, &format!("look at {what}"), session.client.query_one(&look, &[]))?;
    let (scale, whole, odd): (Option<i32>, Option<i32>, bool) = (row.get(0), row.get(1), row.get(2));
    let (Ok(scale), Ok(whole)) = (i16::try_from(scale.unwrap_or(0)), i16::try_from(whole.unwrap_or(1))) else {
        return Ok(Kind::Numeric(None));
    };
    let digits = u16::try_from(whole + scale).unwrap_or(u16::MAX);
    Ok(match digits {
        _ if odd => Kind::Numeric(None),
        // All decimals of a size are of one type, however many digits are there today.
        0..=38 => Kind::Numeric(Some((38, scale))),
        39..=76 => Kind::Numeric(Some((76, scale))),
        _ => Kind::Numeric(None),
    })
}
