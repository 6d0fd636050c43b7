//! Values of SQLite as Arrow arrays and back.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder,
    StringBuilder, Time64MicrosecondBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Decimal128Type, Decimal256Type, DecimalType as _};
use rusqlite::types::{Value, ValueRef};

use super::kind::Kind;
use crate::connect::driver::calendar;
use crate::connect::driver::cell::Cell;

/// Whole numbers up to here are exact as binary ones.
const EXACT: i64 = 1 << 53;
const DAY_US: i64 = 86_400_000_000;

enum Builder {
    Integer(Int64Builder),
    Boolean(BooleanBuilder),
    Real(Float64Builder),
    Decimal(Decimal128Builder, u8, u8),
    Date(Date32Builder),
    Time(Time64MicrosecondBuilder),
    /// Whether in UTC.
    Timestamp(TimestampMicrosecondBuilder, bool),
    Text(StringBuilder, bool),
    Blob(BinaryBuilder),
}

/// A column that is being read.
pub(super) struct ReadColumn {
    pub name: String,
    builder: Builder,
}

impl ReadColumn {
    /// `mixed`: whether values of any storage class become text.
    pub fn new(name: String, kind: Kind, mixed: bool) -> ReadColumn {
        let builder = match kind {
            _ if mixed => Builder::Text(StringBuilder::new(), true),
            Kind::Integer => Builder::Integer(Int64Builder::new()),
            Kind::Boolean => Builder::Boolean(BooleanBuilder::new()),
            Kind::Real | Kind::Numeric => Builder::Real(Float64Builder::new()),
            Kind::Decimal(digits, scale) => {
                let typed = Decimal128Builder::new().with_data_type(DataType::Decimal128(digits, scale as i8));
                Builder::Decimal(typed, digits, scale)
            }
            Kind::Date => Builder::Date(Date32Builder::new()),
            Kind::Time => Builder::Time(Time64MicrosecondBuilder::new()),
            Kind::Timestamp => Builder::Timestamp(TimestampMicrosecondBuilder::new(), false),
            Kind::Instant => Builder::Timestamp(TimestampMicrosecondBuilder::new().with_timezone("UTC"), true),
            Kind::Text | Kind::Json | Kind::Any => Builder::Text(StringBuilder::new(), false),
            Kind::Blob => Builder::Blob(BinaryBuilder::new()),
        };
        ReadColumn { name, builder }
    }

    /// Takes a value. When it fails, nothing was taken.
    ///
    /// # Errors
    /// Why the value can't be represented.
    pub fn append(&mut self, value: ValueRef<'_>) -> Result<(), String> {
        match (&mut self.builder, value) {
            (_, ValueRef::Null) => self.append_null(),
            (Builder::Integer(b), ValueRef::Integer(number)) => b.append_value(number),
            (Builder::Boolean(b), ValueRef::Integer(number @ 0..=1)) => b.append_value(number == 1),
            (Builder::Real(b), ValueRef::Real(number)) => b.append_value(number),
            (Builder::Real(b), ValueRef::Integer(number)) if (-EXACT..=EXACT).contains(&number) => {
                b.append_value(number as f64);
            }
            (Builder::Decimal(b, digits, scale), value) => {
                let text = match value {
                    ValueRef::Integer(number) => number.to_string(),
                    ValueRef::Real(number) => number.to_string(),
                    ValueRef::Text(text) => utf8(text)?.to_owned(),
                    _ => return Err(unread(value)),
                };
                b.append_value(decimal(&text, *digits, *scale).ok_or_else(|| unread(value))?);
            }
            (Builder::Date(b), ValueRef::Text(text)) => {
                b.append_value(calendar::parse_date(utf8(text)?).ok_or_else(|| unread(value))?);
            }
            (Builder::Time(b), ValueRef::Text(text)) => {
                let micros = calendar::parse_timestamp(&format!("1970-01-01 {}", utf8(text)?));
                b.append_value(micros.filter(|micros| (0..DAY_US).contains(micros)).ok_or_else(|| unread(value))?);
            }
            (Builder::Timestamp(b, utc), ValueRef::Text(text)) => {
                let text = utf8(text)?;
                let local = match utc {
                    true => text.strip_suffix("+00:00").or_else(|| text.strip_suffix('Z')),
                    false => Some(text),
                };
                let day = |text| calendar::parse_date(text).map(|days| i64::from(days) * DAY_US);
                let micros = local.and_then(|text| calendar::parse_timestamp(text).or_else(|| day(text)));
                b.append_value(micros.ok_or_else(|| unread(value))?);
            }
            (Builder::Text(b, _), ValueRef::Text(text)) => b.append_value(utf8(text)?),
            (Builder::Text(b, true), value) => b.append_value(shown(value)),
            (Builder::Blob(b), ValueRef::Blob(bytes)) => b.append_value(bytes),
            _ => return Err(unread(value)),
        }
        Ok(())
    }

    /// Takes NULL.
    pub fn append_null(&mut self) {
        match &mut self.builder {
            Builder::Integer(b) => b.append_null(),
            Builder::Boolean(b) => b.append_null(),
            Builder::Real(b) => b.append_null(),
            Builder::Decimal(b, ..) => b.append_null(),
            Builder::Date(b) => b.append_null(),
            Builder::Time(b) => b.append_null(),
            Builder::Timestamp(b, _) => b.append_null(),
            Builder::Text(b, _) => b.append_null(),
            Builder::Blob(b) => b.append_null(),
        }
    }

    /// The values so far; it is empty afterwards.
    pub fn finish(&mut self) -> ArrayRef {
        match &mut self.builder {
            Builder::Integer(b) => Arc::new(b.finish()),
            Builder::Boolean(b) => Arc::new(b.finish()),
            Builder::Real(b) => Arc::new(b.finish()),
            Builder::Decimal(b, ..) => Arc::new(b.finish()),
            Builder::Date(b) => Arc::new(b.finish()),
            Builder::Time(b) => Arc::new(b.finish()),
            Builder::Timestamp(b, _) => Arc::new(b.finish()),
            Builder::Text(b, _) => Arc::new(b.finish()),
            Builder::Blob(b) => Arc::new(b.finish()),
        }
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|_| "its bytes are no UTF-8".to_owned())
}

/// A value of any storage class as text: blobs as hexadecimal digits.
fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => bytes.iter().map(|byte| format!("{byte:02X}")).collect(),
    }
}

fn unread(value: ValueRef<'_>) -> String {
    let text: String = shown(value).chars().take(40).collect();
    format!("`{text}` ({}) is no value of the column's declared type", value.data_type())
}

/// The unscaled value of a decimal that has no more digits after the point than `scale`.
fn decimal(text: &str, digits: u8, scale: u8) -> Option<i128> {
    let (whole, after) = text.split_once('.').unwrap_or((text, ""));
    let after = after.trim_end_matches('0');
    let missing = usize::from(scale).checked_sub(after.len())?;
    let figures = whole.strip_prefix('-').unwrap_or(whole);
    if figures.is_empty() || !figures.bytes().chain(after.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value: i128 = format!("{whole}{after}{}", "0".repeat(missing)).parse().ok()?;
    Decimal128Type::validate_decimal_precision(value, digits, scale as i8).ok()?;
    Some(value)
}

/// A value to bind.
///
/// # Errors
/// Why SQLite can't keep it.
pub(super) fn bound(cell: Cell<'_>, kind: Kind) -> Result<Value, String> {
    let text = matches!(kind, Kind::Text | Kind::Json);
    Ok(match cell {
        Cell::Null => Value::Null,
        Cell::Bool(yes) if text => Value::Text(yes.to_string()),
        Cell::Bool(yes) => Value::Integer(i64::from(yes)),
        Cell::Int(number) => integer(i128::from(number), kind)?,
        Cell::Unsigned(number) => integer(i128::from(number), kind)?,
        // Shown as the shortest text that is the same single-precision number.
        Cell::Float32(number) if text => Value::Text(number.to_string()),
        Cell::Float32(number) => real(f64::from(number), kind)?,
        Cell::Float(number) => real(number, kind)?,
        Cell::Decimal(value, scale) => number(Decimal128Type::format_decimal(value, 38, scale), kind)?,
        Cell::BigDecimal(value, scale) => number(Decimal256Type::format_decimal(value, 76, scale), kind)?,
        Cell::Text(text) => parsed(text, kind)?,
        Cell::Bytes(bytes) => Value::Blob(bytes.to_vec()),
        Cell::Date(days) => written(|out| calendar::write_date(days, out)),
        Cell::Time(micros) if !(0..DAY_US).contains(&micros) => return Err("it is no time of day".to_owned()),
        Cell::Time(micros) => written(|out| calendar::write_time(micros, out)),
        Cell::Timestamp(micros, utc) => written(|out| {
            calendar::write_timestamp(micros, out);
            if utc {
                out.extend_from_slice(b"+00:00");
            }
        }),
        Cell::List(_) => return Err("SQLite has no lists".to_owned()),
    })
}

/// A text as what the column holds.
fn parsed(text: &str, kind: Kind) -> Result<Value, String> {
    let unread =
        || format!("`{}` is no value of the column's declared type", text.chars().take(40).collect::<String>());
    let kept = || Value::Text(text.to_owned());
    match kind {
        Kind::Integer => text.parse().map(Value::Integer).map_err(|_| unread()),
        Kind::Real => text.parse().map_err(|_| unread()).and_then(|number| real(number, kind)),
        Kind::Date => calendar::parse_date(text).map(|_| kept()).ok_or_else(unread),
        Kind::Timestamp => {
            let day = || calendar::parse_date(text).map(i64::from);
            calendar::parse_timestamp(text).or_else(day).map(|_| kept()).ok_or_else(unread)
        }
        _ => Ok(kept()),
    }
}

fn written(write: impl Fn(&mut Vec<u8>)) -> Value {
    let mut out = Vec::new();
    write(&mut out);
    Value::Text(String::from_utf8(out).unwrap_or_default())
}

fn integer(number: i128, kind: Kind) -> Result<Value, String> {
    match kind {
        Kind::Text | Kind::Json => Ok(Value::Text(number.to_string())),
        Kind::Boolean if !(0..=1).contains(&number) => Err(format!("{number} is neither 0 nor 1")),
        _ => i64::try_from(number).map(Value::Integer).map_err(|_| format!("{number} is more than SQLite keeps")),
    }
}

fn real(number: f64, kind: Kind) -> Result<Value, String> {
    match kind {
        // SQLite makes NULL of it.
        _ if number.is_nan() => Err("SQLite has no NaN".to_owned()),
        Kind::Text | Kind::Json => Ok(Value::Text(number.to_string())),
        _ => Ok(Value::Real(number)),
    }
}

/// A decimal: whole where the column is, a text where texts are kept, else the nearest number.
fn number(text: String, kind: Kind) -> Result<Value, String> {
    let whole = || match text.split_once('.') {
        Some((whole, after)) if after.bytes().all(|byte| byte == b'0') => whole.parse::<i64>().ok(),
        Some(_) => None,
        None => text.parse().ok(),
    };
    match kind {
        Kind::Integer | Kind::Boolean => {
            whole().map(Value::Integer).ok_or_else(|| format!("{text} is no whole number that SQLite keeps"))
        }
        Kind::Real | Kind::Numeric | Kind::Decimal(..) => match whole() {
            Some(number) if kind != Kind::Real => Ok(Value::Integer(number)),
            _ => text.parse().map(Value::Real).map_err(|_| format!("{text} is no number of SQLite")),
        },
        _ => Ok(Value::Text(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_from_whatever_keeps_them_exactly() {
        assert_eq!(decimal("1.1", 5, 2), Some(110));
        assert_eq!(decimal("-0.05", 5, 2), Some(-5));
        assert_eq!(decimal("7", 5, 2), Some(700));
        assert_eq!(decimal("1.50000", 5, 2), Some(150));
        for wrong in ["1.005", "1234567", "1e5", "x", "", "1.-5"] {
            assert_eq!(decimal(wrong, 5, 2), None, "{wrong}");
        }
    }

    #[test]
    fn values_are_bound_as_the_column_keeps_them() {
        assert_eq!(bound(Cell::Decimal(1250, 2), Kind::Decimal(9, 2)), Ok(Value::Real(12.5)));
        assert_eq!(bound(Cell::Decimal(1200, 2), Kind::Integer), Ok(Value::Integer(12)));
        assert!(bound(Cell::Decimal(1250, 2), Kind::Integer).is_err());
        assert_eq!(bound(Cell::Decimal(1250, 2), Kind::Text), Ok(Value::Text("12.50".into())));
        assert!(bound(Cell::Unsigned(u64::MAX), Kind::Integer).is_err());
        assert!(bound(Cell::Float(f64::NAN), Kind::Real).is_err());
        assert_eq!(bound(Cell::Timestamp(0, true), Kind::Instant), Ok(Value::Text("1970-01-01 00:00:00+00:00".into())));
    }

    #[test]
    fn a_value_of_another_class_is_an_error_or_text() {
        let mut strict = ReadColumn::new("a".into(), Kind::Integer, false);
        assert!(strict.append(ValueRef::Text(b"x")).unwrap_err().contains("`x` (Text)"));
        let mut mixed = ReadColumn::new("a".into(), Kind::Integer, true);
        for value in
            [ValueRef::Integer(1), ValueRef::Real(0.5), ValueRef::Text(b"x"), ValueRef::Blob(&[255]), ValueRef::Null]
        {
            mixed.append(value).unwrap();
        }
        let read = mixed.finish();
        let read = arrow::array::AsArray::as_string::<i32>(&read);
        assert_eq!(read.iter().collect::<Vec<_>>(), [Some("1"), Some("0.5"), Some("x"), Some("FF"), None]);
    }
}
