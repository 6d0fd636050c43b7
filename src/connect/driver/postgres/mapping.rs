//! Which type of PostgreSQL becomes which type between the steps, and back. The tables of
//! docs/reference/types-postgres.md are made from here.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, TimeUnit};

use super::kind::{Kind, Other};
use crate::connect::driver::plan::{Cast, Meaning, meaning};

/// Digits of a Decimal128 and of a Decimal256.
const DIGITS: u8 = 38;
const BIG_DIGITS: u8 = 76;

const CAST: &str = "turn it into the target's type in a SQL step before, or change the target's column";

/// The field of a column that is read; none where its values have to be cast to text by the query.
pub(in crate::connect::driver) fn field_of(name: &str, kind: &Kind) -> Option<Field> {
    match kind {
        Kind::Uuid => return Some(Meaning::Uuid.field(name)),
        Kind::Json | Kind::Jsonb => return Some(Meaning::Json.field(name)),
        _ => {}
    }
    engine_type(kind).map(|data_type| Field::new(name, data_type, true))
}

/// The field of a column whose values are cast to text by the query.
pub(super) fn text_field(name: &str, kind: &Kind) -> Field {
    match kind {
        Kind::Other(Other::Interval) => Meaning::Interval.field(name),
        Kind::Other(Other::TimeTz) => Meaning::TimeTz.field(name),
        Kind::Other(Other::Inet) => Meaning::Inet.field(name),
        _ => Field::new(name, DataType::Utf8, true),
    }
}

fn engine_type(kind: &Kind) -> Option<DataType> {
    Some(match kind {
        Kind::Bool => DataType::Boolean,
        Kind::Int2 => DataType::Int16,
        Kind::Int4 => DataType::Int32,
        Kind::Int8 => DataType::Int64,
        Kind::Oid => DataType::UInt32,
        Kind::Float4 => DataType::Float32,
        Kind::Float8 => DataType::Float64,
        Kind::Numeric(Some((precision, scale))) => return decimal(*precision, *scale),
        Kind::Numeric(None) | Kind::Other(_) => return None,
        Kind::Text(_) | Kind::Json | Kind::Jsonb | Kind::Uuid | Kind::Enum => DataType::Utf8,
        Kind::Bytea => DataType::Binary,
        Kind::Date => DataType::Date32,
        Kind::Time => DataType::Time64(TimeUnit::Microsecond),
        Kind::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
        Kind::TimestampTz => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Kind::Array(element) => match element.as_ref() {
            Kind::Array(_) => return None,
            element => DataType::List(Arc::new(Field::new("item", engine_type(element)?, true))),
        },
    })
}

/// The decimal type for a number of digits of which `scale` are after the point; none where there is none.
pub(super) fn decimal(precision: u16, scale: i16) -> Option<DataType> {
    // numeric(3,-2) has five digits before the point, numeric(2,5) five after it.
    let digits =
        if scale < 0 { i32::from(precision) - i32::from(scale) } else { i32::from(precision.max(scale as u16)) };
    let (digits, scale) = (u8::try_from(digits).ok()?, i8::try_from(scale.max(0)).ok()?);
    match digits {
        1..=DIGITS => Some(DataType::Decimal128(digits, scale)),
        _ if digits <= BIG_DIGITS => Some(DataType::Decimal256(digits, scale)),
        _ => None,
    }
}

/// What becomes of values on their way into a column.
pub(in crate::connect::driver) fn judge(field: &Field, kind: &Kind) -> Cast {
    judge_type(field.data_type(), kind)
}

fn judge_type(from: &DataType, kind: &Kind) -> Cast {
    use DataType as D;
    let is_text = matches!(from, D::Utf8 | D::LargeUtf8 | D::Utf8View);
    let is_float = matches!(from, D::Float32 | D::Float64);
    let is_decimal = matches!(from, D::Decimal128(..) | D::Decimal256(..));
    let is_number = from.is_integer() || is_float || is_decimal;
    let refused = |why: &str| Cast::refused(why, CAST);
    if matches!(from, D::Null) {
        return Cast::Lossless;
    }
    match kind {
        Kind::Bool if matches!(from, D::Boolean) || from.is_integer() || is_text => Cast::Lossless,
        Kind::Int2 | Kind::Int4 | Kind::Int8 | Kind::Oid if is_number || is_text => Cast::Lossless,
        Kind::Float4 if matches!(from, D::Float64) => Cast::Lossy("rounded to 24 bits".to_owned()),
        Kind::Float4 | Kind::Float8 if is_decimal => Cast::Lossy("rounded to a binary fraction".to_owned()),
        Kind::Float4 | Kind::Float8 if is_number || is_text => Cast::Lossless,
        Kind::Numeric(Some(_)) if is_float => Cast::Lossy("the shortest decimal form, rounded to the scale".to_owned()),
        Kind::Numeric(None) if is_float => Cast::Lossy("the shortest decimal form".to_owned()),
        Kind::Numeric(_) if is_number || is_text => Cast::Lossless,
        Kind::Text(_) if is_text || is_number || matches!(from, D::Boolean) || is_time(from) => nanos(from),
        Kind::Json | Kind::Jsonb | Kind::Enum if is_text => Cast::Lossless,
        Kind::Json | Kind::Jsonb => refused("only a text can be read as JSON"),
        Kind::Enum => refused("only a text can name a value of an enumeration"),
        Kind::Uuid if is_text || matches!(from, D::FixedSizeBinary(16)) => Cast::Lossless,
        Kind::Uuid => refused("it is no UUID"),
        Kind::Bytea if matches!(from, D::Binary | D::LargeBinary | D::FixedSizeBinary(_)) => Cast::Lossless,
        Kind::Bytea if is_text => refused("a text has no bytes without an encoding"),
        Kind::Date if matches!(from, D::Date32 | D::Timestamp(_, None)) || is_text => Cast::Lossless,
        Kind::Time if matches!(from, D::Time32(_) | D::Time64(_)) || is_text => nanos(from),
        Kind::Timestamp if matches!(from, D::Date32 | D::Timestamp(_, None)) || is_text => nanos(from),
        Kind::Timestamp if matches!(from, D::Timestamp(_, Some(_))) => {
            Cast::Lossy("the time in UTC, without its zone".to_owned())
        }
        Kind::TimestampTz if matches!(from, D::Timestamp(_, Some(_))) || is_text => nanos(from),
        Kind::TimestampTz if matches!(from, D::Timestamp(_, None) | D::Date32) => Cast::refused(
            "it says no zone, and none is invented",
            "say the zone in a SQL step before, e.g. created_at AT TIME ZONE 'UTC', or make the column a timestamp",
        ),
        Kind::Array(element) => match from {
            D::List(item) => match judge_type(item.data_type(), element) {
                Cast::Refused { why, fix } => Cast::refused(format!("of its elements: {why}"), fix),
                cast => cast,
            },
            _ if is_text => Cast::Lossless,
            _ => refused("it is no list"),
        },
        Kind::Other(_) if is_text => Cast::Lossless,
        Kind::Other(_) => refused("the type is written from its text form only"),
        _ => refused("there is no such cast"),
    }
}

fn is_time(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Date32 | DataType::Time32(_) | DataType::Time64(_) | DataType::Timestamp(..))
}

fn nanos(data_type: &DataType) -> Cast {
    match data_type {
        DataType::Time64(TimeUnit::Nanosecond) | DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            Cast::Lossy("cut to microseconds".to_owned())
        }
        _ => Cast::Lossless,
    }
}

/// The type of a new column for values of a field.
pub(super) fn invent(field: &Field) -> Result<(Kind, String), String> {
    let said = match meaning(field) {
        Some(Meaning::Uuid) => Some((Kind::Uuid, "uuid")),
        Some(Meaning::Json) => Some((Kind::Jsonb, "jsonb")),
        Some(Meaning::Interval) => Some((Kind::Other(Other::Interval), "interval")),
        Some(Meaning::TimeTz) => Some((Kind::Other(Other::TimeTz), "timetz")),
        Some(Meaning::Inet) => Some((Kind::Other(Other::Inet), "inet")),
        None => None,
    };
    match said {
        Some((kind, name)) => Ok((kind, name.to_owned())),
        None => invent_type(field.data_type()),
    }
}

fn invent_type(from: &DataType) -> Result<(Kind, String), String> {
    let (kind, name) = match from {
        DataType::Boolean => (Kind::Bool, "boolean"),
        DataType::Int8 | DataType::Int16 | DataType::UInt8 => (Kind::Int2, "smallint"),
        DataType::Int32 | DataType::UInt16 => (Kind::Int4, "integer"),
        DataType::Int64 | DataType::UInt32 => (Kind::Int8, "bigint"),
        DataType::UInt64 => (Kind::Numeric(Some((20, 0))), "numeric(20,0)"),
        DataType::Float32 => (Kind::Float4, "real"),
        DataType::Float64 => (Kind::Float8, "double precision"),
        DataType::Decimal128(precision, scale) | DataType::Decimal256(precision, scale) => {
            let (precision, scale) = (u16::from(*precision), i16::from(*scale));
            let precision = if scale < 0 { precision + scale.unsigned_abs() } else { precision };
            let scale = scale.max(0);
            return Ok((Kind::Numeric(Some((precision, scale))), format!("numeric({precision},{scale})")));
        }
        // A column of NULLs only has no type; text takes whatever comes later.
        DataType::Null | DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => (Kind::Text(None), "text"),
        DataType::Binary | DataType::LargeBinary | DataType::FixedSizeBinary(_) => (Kind::Bytea, "bytea"),
        DataType::Date32 => (Kind::Date, "date"),
        DataType::Time32(_) | DataType::Time64(_) => (Kind::Time, "time"),
        DataType::Timestamp(_, None) => (Kind::Timestamp, "timestamp"),
        DataType::Timestamp(_, Some(_)) => (Kind::TimestampTz, "timestamptz"),
        DataType::List(item) => {
            let (element, name) = invent_type(item.data_type())?;
            let fits = !matches!(element, Kind::Array(_));
            let kind = Kind::Array(Box::new(element));
            return if fits { Ok((kind, format!("{name}[]"))) } else { Err("lists of lists have no type".to_owned()) };
        }
        other => return Err(format!("{other} has no counterpart")),
    };
    Ok((kind, name.to_owned()))
}
