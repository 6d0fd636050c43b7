//! A column of values that PostgreSQL sent in binary, and the array that they become.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Decimal256Builder, Float32Builder,
    Float64Builder, Int16Builder, Int32Builder, Int64Builder, ListArray, StringBuilder, Time64MicrosecondBuilder,
    TimestampMicrosecondBuilder, UInt32Builder,
};
use arrow::buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, FieldRef};
use arrow::error::ArrowError;

use super::numeric;
use crate::connect::driver::postgres::encode::{EPOCH_DAYS, EPOCH_US};
use crate::connect::driver::postgres::kind::Kind;

/// Why a value has no place between the steps.
pub(super) type Why = std::borrow::Cow<'static, str>;

const BROKEN: &str = "the server sent a value of another length";

/// Collects the values of a column.
pub(super) enum Column {
    Bool(BooleanBuilder),
    Int2(Int16Builder),
    Int4(Int32Builder),
    Int8(Int64Builder),
    Oid(UInt32Builder),
    Float4(Float32Builder),
    Float8(Float64Builder),
    Decimal(Decimal128Builder, i8),
    BigDecimal(Decimal256Builder, i8),
    Text(StringBuilder),
    /// Text after a byte with a version.
    Jsonb(StringBuilder),
    Uuid(StringBuilder),
    Bytes(BinaryBuilder),
    Date(Date32Builder),
    Time(Time64MicrosecondBuilder),
    Timestamp(TimestampMicrosecondBuilder),
    List(Box<List>),
}

/// A column of lists.
pub(super) struct List {
    item: FieldRef,
    ends: Vec<i32>,
    valid: Vec<bool>,
    values: Column,
}

impl Column {
    /// A column for values of a kind that become a type. `None` where there is no such.
    pub fn new(kind: &Kind, data_type: &DataType) -> Option<Column> {
        Some(match (kind, data_type) {
            (Kind::Bool, _) => Column::Bool(BooleanBuilder::new()),
            (Kind::Int2, _) => Column::Int2(Int16Builder::new()),
            (Kind::Int4, _) => Column::Int4(Int32Builder::new()),
            (Kind::Int8, _) => Column::Int8(Int64Builder::new()),
            (Kind::Oid, _) => Column::Oid(UInt32Builder::new()),
            (Kind::Float4, _) => Column::Float4(Float32Builder::new()),
            (Kind::Float8, _) => Column::Float8(Float64Builder::new()),
            (Kind::Numeric(_), DataType::Decimal128(_, scale)) => {
                Column::Decimal(Decimal128Builder::new().with_data_type(data_type.clone()), *scale)
            }
            (Kind::Numeric(_), DataType::Decimal256(_, scale)) => {
                Column::BigDecimal(Decimal256Builder::new().with_data_type(data_type.clone()), *scale)
            }
            (Kind::Jsonb, DataType::Utf8) => Column::Jsonb(StringBuilder::new()),
            (Kind::Uuid, DataType::Utf8) => Column::Uuid(StringBuilder::new()),
            (Kind::Bytea, _) => Column::Bytes(BinaryBuilder::new()),
            (Kind::Date, _) => Column::Date(Date32Builder::new()),
            (Kind::Time, _) => Column::Time(Time64MicrosecondBuilder::new()),
            (Kind::Timestamp | Kind::TimestampTz, _) => {
                Column::Timestamp(TimestampMicrosecondBuilder::new().with_data_type(data_type.clone()))
            }
            (Kind::Array(element), DataType::List(item)) => Column::List(Box::new(List {
                item: item.clone(),
                ends: vec![0],
                valid: Vec::new(),
                values: Column::new(element, item.data_type())?,
            })),
            (_, DataType::Utf8) => Column::Text(StringBuilder::new()),
            _ => return None,
        })
    }

    /// Adds a value. Nothing is added when it fails.
    #[inline]
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Why> {
        macro_rules! fixed {
            ($type:ty) => {
                <$type>::from_be_bytes(bytes.try_into().map_err(|_| Why::from(BROKEN))?)
            };
        }
        match self {
            Column::Bool(b) => b.append_value(fixed!(u8) != 0),
            Column::Int2(b) => b.append_value(fixed!(i16)),
            Column::Int4(b) => b.append_value(fixed!(i32)),
            Column::Int8(b) => b.append_value(fixed!(i64)),
            Column::Oid(b) => b.append_value(fixed!(u32)),
            Column::Float4(b) => b.append_value(fixed!(f32)),
            Column::Float8(b) => b.append_value(fixed!(f64)),
            Column::Decimal(b, scale) => b.append_value(numeric::unscaled(bytes, *scale)?),
            Column::BigDecimal(b, scale) => b.append_value(numeric::unscaled(bytes, *scale)?),
            Column::Text(b) => b.append_value(text(bytes)?),
            Column::Jsonb(b) => match bytes {
                [1, rest @ ..] => b.append_value(text(rest)?),
                _ => return Err("the server sent another version of jsonb".into()),
            },
            Column::Uuid(b) => {
                let number = fixed!(u128);
                let hex = format!("{number:032x}");
                b.append_value(format!(
                    "{}-{}-{}-{}-{}",
                    &hex[..8],
                    &hex[8..12],
                    &hex[12..16],
                    &hex[16..20],
                    &hex[20..]
                ));
            }
            Column::Bytes(b) => b.append_value(bytes),
            Column::Date(b) => {
                let days = fixed!(i32);
                if matches!(days, i32::MAX | i32::MIN) {
                    return Err(INFINITE.into());
                }
                b.append_value(days.checked_add(EPOCH_DAYS).ok_or("it is out of range")?);
            }
            Column::Time(b) => b.append_value(fixed!(i64)),
            Column::Timestamp(b) => {
                let micros = fixed!(i64);
                if matches!(micros, i64::MAX | i64::MIN) {
                    return Err(INFINITE.into());
                }
                b.append_value(micros.checked_add(EPOCH_US).ok_or("it is out of range")?);
            }
            Column::List(list) => list.push(bytes)?,
        }
        Ok(())
    }

    /// Adds NULL.
    #[inline]
    pub fn push_null(&mut self) {
        match self {
            Column::Bool(b) => b.append_null(),
            Column::Int2(b) => b.append_null(),
            Column::Int4(b) => b.append_null(),
            Column::Int8(b) => b.append_null(),
            Column::Oid(b) => b.append_null(),
            Column::Float4(b) => b.append_null(),
            Column::Float8(b) => b.append_null(),
            Column::Decimal(b, _) => b.append_null(),
            Column::BigDecimal(b, _) => b.append_null(),
            Column::Text(b) | Column::Jsonb(b) | Column::Uuid(b) => b.append_null(),
            Column::Bytes(b) => b.append_null(),
            Column::Date(b) => b.append_null(),
            Column::Time(b) => b.append_null(),
            Column::Timestamp(b) => b.append_null(),
            Column::List(list) => list.end(false),
        }
    }

    /// The values so far; the column is empty afterwards.
    pub fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Column::Bool(b) => Arc::new(b.finish()),
            Column::Int2(b) => Arc::new(b.finish()),
            Column::Int4(b) => Arc::new(b.finish()),
            Column::Int8(b) => Arc::new(b.finish()),
            Column::Oid(b) => Arc::new(b.finish()),
            Column::Float4(b) => Arc::new(b.finish()),
            Column::Float8(b) => Arc::new(b.finish()),
            Column::Decimal(b, _) => Arc::new(b.finish()),
            Column::BigDecimal(b, _) => Arc::new(b.finish()),
            Column::Text(b) | Column::Jsonb(b) | Column::Uuid(b) => Arc::new(b.finish()),
            Column::Bytes(b) => Arc::new(b.finish()),
            Column::Date(b) => Arc::new(b.finish()),
            Column::Time(b) => Arc::new(b.finish()),
            Column::Timestamp(b) => Arc::new(b.finish()),
            Column::List(list) => return list.finish(),
        })
    }

    fn len(&self) -> usize {
        use arrow::array::ArrayBuilder;
        match self {
            Column::Bool(b) => b.len(),
            Column::Int2(b) => b.len(),
            Column::Int4(b) => b.len(),
            Column::Int8(b) => b.len(),
            Column::Oid(b) => b.len(),
            Column::Float4(b) => b.len(),
            Column::Float8(b) => b.len(),
            Column::Decimal(b, _) => b.len(),
            Column::BigDecimal(b, _) => b.len(),
            Column::Text(b) | Column::Jsonb(b) | Column::Uuid(b) => b.len(),
            Column::Bytes(b) => b.len(),
            Column::Date(b) => b.len(),
            Column::Time(b) => b.len(),
            Column::Timestamp(b) => b.len(),
            Column::List(list) => list.valid.len(),
        }
    }
}

const INFINITE: &str = "infinity has no place between the steps";

fn text(bytes: &[u8]) -> Result<&str, Why> {
    std::str::from_utf8(bytes).map_err(|_| "it is not valid UTF-8".into())
}

impl List {
    /// Adds a list in the binary form of arrays: dimensions, whether it has NULLs, the type of its
    /// elements, then length and lower bound of each dimension, then the elements.
    fn push(&mut self, bytes: &[u8]) -> Result<(), Why> {
        let mut rest = bytes;
        let mut next = || -> Result<i32, Why> {
            let (head, tail) = rest.split_first_chunk::<4>().ok_or(BROKEN)?;
            rest = tail;
            Ok(i32::from_be_bytes(*head))
        };
        let (dimensions, _, _) = (next()?, next()?, next()?);
        if dimensions > 1 {
            return Err("it is an array of more than one dimension; read it as text or JSON: to_json(…)".into());
        }
        if dimensions == 1 {
            let (count, _) = (next()?, next()?);
            for _ in 0..count {
                let (head, tail) = rest.split_first_chunk::<4>().ok_or(BROKEN)?;
                let length = i32::from_be_bytes(*head);
                rest = tail;
                let Ok(length) = usize::try_from(length) else {
                    self.values.push_null();
                    continue;
                };
                let (element, tail) = rest.split_at_checked(length).ok_or(BROKEN)?;
                // Elements of a list that fails stay behind and belong to the NULL that takes its place.
                self.values.push(element)?;
                rest = tail;
            }
        }
        self.end(true);
        Ok(())
    }

    fn end(&mut self, valid: bool) {
        // A batch is far from 2^31 elements: its bytes are bounded.
        self.ends.push(i32::try_from(self.values.len()).unwrap_or(i32::MAX));
        self.valid.push(valid);
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let ends = OffsetBuffer::new(ScalarBuffer::from(std::mem::replace(&mut self.ends, vec![0])));
        let valid = NullBuffer::from(std::mem::take(&mut self.valid));
        let list = ListArray::try_new(self.item.clone(), ends, self.values.finish()?, Some(valid))?;
        Ok(Arc::new(list))
    }
}
