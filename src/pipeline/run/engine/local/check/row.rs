//! Checks that look at one row at a time.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::compute::{CastOptions, cast, cast_with_options};
use arrow::datatypes::{DataType, Field, Float32Type, Float64Type};
use arrow::record_batch::RecordBatch;
use arrow::row::{RowConverter, SortField};
use regex::Regex;
use serde_json::Value;

use super::internal;
use crate::diagnostic::Diagnostic;
use crate::pipeline::expect::Kind;

/// A check of one row at a time. Values are compared in the column's own type: the row format of Arrow keeps
/// equality and order.
pub(super) struct RowTest {
    places: Vec<usize>,
    way: Way,
}

enum Way {
    NotNull,
    Accepted { convert: RowConverter, values: HashSet<Box<[u8]>> },
    Range { convert: RowConverter, min: Option<Box<[u8]>>, max: Option<Box<[u8]>> },
    Pattern(Regex),
}

impl RowTest {
    /// A check of columns of these types.
    ///
    /// # Errors
    /// A value of the check is none of the column's type.
    pub fn new(kind: &Kind, fields: &[Field], places: Vec<usize>) -> Result<RowTest, Diagnostic> {
        let way = match kind {
            Kind::AcceptedValues { values, .. } => {
                let (convert, rows) = converted(&fields[0], &values.iter().collect::<Vec<_>>())?;
                Way::Accepted { convert, values: rows.into_iter().collect() }
            }
            Kind::Range { min, max, .. } => {
                let given: Vec<&Value> = min.iter().chain(max).collect();
                let (convert, rows) = converted(&fields[0], &given)?;
                let mut rows = rows.into_iter();
                let mut next = |given: bool| given.then(|| rows.next()).flatten();
                let min = next(min.is_some());
                Way::Range { convert, min, max: next(max.is_some()) }
            }
            Kind::Pattern { pattern, .. } => {
                let wrong = |error: regex::Error| {
                    Diagnostic::error("invalid-check-value", "`pattern` is no regular expression")
                        .why(error.to_string())
                };
                let field = &fields[0];
                if !arrow::compute::can_cast_types(field.data_type(), &DataType::Utf8) {
                    return Err(unfit(field, "its values have no text"));
                }
                Way::Pattern(regex::RegexBuilder::new(pattern).size_limit(1 << 20).build().map_err(wrong)?)
            }
            _ => Way::NotNull,
        };
        Ok(RowTest { places, way })
    }

    /// The numbers of the columns.
    pub fn places(&self) -> &[usize] {
        &self.places
    }

    /// Calls for each row that does not pass, with its place in the batch.
    ///
    /// # Errors
    /// A defect.
    pub fn offending(&self, batch: &RecordBatch, mut each: impl FnMut(usize)) -> Result<(), Diagnostic> {
        let column = |at: usize| batch.column(self.places[at]);
        match &self.way {
            Way::NotNull => {
                if (0..self.places.len()).all(|at| column(at).logical_null_count() == 0) {
                    return Ok(());
                }
                let nulls: Vec<_> = (0..self.places.len()).map(|at| column(at).logical_nulls()).collect();
                (0..batch.num_rows())
                    .filter(|row| nulls.iter().flatten().any(|nulls| nulls.is_null(*row)))
                    .for_each(each);
            }
            Way::Accepted { convert, values } => {
                let rows = convert_rows(convert, column(0))?;
                let nulls = column(0).logical_nulls();
                for (at, row) in rows.iter().enumerate() {
                    if !nulls.as_ref().is_some_and(|n| n.is_null(at)) && !values.contains(row.as_ref()) {
                        each(at);
                    }
                }
            }
            Way::Range { convert, min, max } => {
                let rows = convert_rows(convert, column(0))?;
                let nulls = column(0).logical_nulls();
                for (at, row) in rows.iter().enumerate() {
                    let value = row.as_ref();
                    let out = min.as_ref().is_some_and(|min| value < min.as_ref())
                        || max.as_ref().is_some_and(|max| value > max.as_ref());
                    if out && !nulls.as_ref().is_some_and(|n| n.is_null(at)) {
                        each(at);
                    }
                }
            }
            Way::Pattern(pattern) => {
                let texts = cast(column(0), &DataType::Utf8).map_err(|error| internal(&error))?;
                let texts = texts.as_string::<i32>();
                (0..texts.len()).filter(|at| texts.is_valid(*at) && !pattern.is_match(texts.value(*at))).for_each(each);
            }
        }
        Ok(())
    }
}

fn convert_rows(convert: &RowConverter, column: &ArrayRef) -> Result<arrow::row::Rows, Diagnostic> {
    convert.convert_columns(&[one_zero(column)]).map_err(|error| internal(&error))
}

/// The column, where floats have one zero: -0.0 is 0.0, as everywhere but in the bytes.
pub(super) fn one_zero(column: &ArrayRef) -> ArrayRef {
    match column.data_type() {
        DataType::Float32 => Arc::new(column.as_primitive::<Float32Type>().unary::<_, Float32Type>(|n| n + 0.0)),
        DataType::Float64 => Arc::new(column.as_primitive::<Float64Type>().unary::<_, Float64Type>(|n| n + 0.0)),
        _ => column.clone(),
    }
}

/// A value in the form of a converter.
type Bytes = Box<[u8]>;

/// A converter for a column, and values in its form.
fn converted(field: &Field, values: &[&Value]) -> Result<(RowConverter, Vec<Bytes>), Diagnostic> {
    let kind = field.data_type();
    let convert = RowConverter::new(vec![SortField::new(kind.clone())]);
    let convert = convert.map_err(|_| unfit(field, "its values can't be compared"))?;
    let texts: Vec<String> =
        values.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect();
    for (text, value) in texts.iter().zip(values) {
        let digits = text.trim().rsplit_once('.').map_or(0, |(_, digits)| digits.trim_end_matches('0').len());
        if let DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale) = kind
            && digits > usize::try_from(*scale).unwrap_or(0)
        {
            return Err(no_value(field, value, "it has more digits behind the point than the column"));
        }
    }
    let strict = CastOptions { safe: false, ..CastOptions::default() };
    let mut rows = Vec::with_capacity(texts.len());
    for (text, value) in texts.into_iter().zip(values) {
        let array = StringArray::from(vec![text]);
        let cast =
            cast_with_options(&array, kind, &strict).map_err(|error| no_value(field, value, &error.to_string()))?;
        if cast.logical_null_count() > 0 {
            return Err(no_value(field, value, "the column has no such value"));
        }
        rows.push(convert_rows(&convert, &cast)?.row(0).as_ref().into());
    }
    Ok((convert, rows))
}

fn no_value(field: &Field, value: &Value, why: &str) -> Diagnostic {
    let message = format!("{value} can't be compared with the column `{}` ({})", field.name(), field.data_type());
    Diagnostic::error("invalid-check-value", message)
        .why(why.to_owned())
        .fix("write a value of the column's type, or cast the column in a SQL step before")
}

pub(super) fn unfit(field: &Field, why: &str) -> Diagnostic {
    let message = format!("the check can't look at the column `{}` ({})", field.name(), field.data_type());
    Diagnostic::error("invalid-check-value", message)
        .why(why.to_owned())
        .fix("check another column, or cast it in a SQL step before")
}
