//! Values of MySQL as Arrow arrays. A value comes as the text of the text protocol or, of queries with
//! `float` columns, whose text is rounded, as that of the binary protocol.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Decimal256Builder, Float32Builder,
    Float64Builder, Int8Builder, Int16Builder, Int32Builder, Int64Builder, StringBuilder, Time64MicrosecondBuilder,
    TimestampMicrosecondBuilder, UInt8Builder, UInt16Builder, UInt32Builder, UInt64Builder,
};
use arrow::datatypes::{DataType, Field, TimeUnit, i256};
use mysql_async::consts::{ColumnFlags, ColumnType};
use mysql_async::{Column, Value};

use super::options::ZeroDates;
use crate::connect::driver::calendar;
use crate::connect::driver::plan::Meaning;

/// The number of the character set `binary`.
const BINARY: u16 = 63;
const DAY_US: i64 = 86_400_000_000;

/// What a value is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    Integer(u8, bool),
    Boolean,
    Bits,
    BitBoolean,
    Float,
    Double,
    Decimal(u8, u8),
    Date,
    Time,
    Datetime,
    Timestamp,
    Text,
    Json,
    Bytes,
}

/// What a column of a result is read as.
///
/// # Errors
/// Why it can't be.
pub(super) fn reading(column: &Column, booleans: bool) -> Result<Reading, String> {
    let unsigned = column.flags().contains(ColumnFlags::UNSIGNED_FLAG);
    let one = booleans && column.column_length() == 1;
    Ok(match column.column_type() {
        ColumnType::MYSQL_TYPE_TINY if one => Reading::Boolean,
        ColumnType::MYSQL_TYPE_TINY => Reading::Integer(8, unsigned),
        ColumnType::MYSQL_TYPE_SHORT => Reading::Integer(16, unsigned),
        ColumnType::MYSQL_TYPE_YEAR => Reading::Integer(16, false),
        ColumnType::MYSQL_TYPE_INT24 | ColumnType::MYSQL_TYPE_LONG => Reading::Integer(32, unsigned),
        ColumnType::MYSQL_TYPE_LONGLONG => Reading::Integer(64, unsigned),
        ColumnType::MYSQL_TYPE_BIT if one => Reading::BitBoolean,
        ColumnType::MYSQL_TYPE_BIT => Reading::Bits,
        ColumnType::MYSQL_TYPE_FLOAT => Reading::Float,
        ColumnType::MYSQL_TYPE_DOUBLE => Reading::Double,
        ColumnType::MYSQL_TYPE_DECIMAL | ColumnType::MYSQL_TYPE_NEWDECIMAL => {
            // The length counts the sign and the point.
            let scale = column.decimals().min(38);
            let signs = u32::from(scale > 0) + u32::from(!unsigned);
            let digits = column.column_length().saturating_sub(signs).clamp(1, 65);
            Reading::Decimal((digits as u8).max(scale), scale)
        }
        ColumnType::MYSQL_TYPE_DATE | ColumnType::MYSQL_TYPE_NEWDATE => Reading::Date,
        ColumnType::MYSQL_TYPE_TIME | ColumnType::MYSQL_TYPE_TIME2 => Reading::Time,
        ColumnType::MYSQL_TYPE_DATETIME | ColumnType::MYSQL_TYPE_DATETIME2 => Reading::Datetime,
        ColumnType::MYSQL_TYPE_TIMESTAMP | ColumnType::MYSQL_TYPE_TIMESTAMP2 => Reading::Timestamp,
        ColumnType::MYSQL_TYPE_JSON => Reading::Json,
        ColumnType::MYSQL_TYPE_GEOMETRY => {
            return Err("a geometry has no type between steps; read ST_AsText(…) or ST_AsBinary(…) of it".to_owned());
        }
        ColumnType::MYSQL_TYPE_NULL => Reading::Text,
        ColumnType::MYSQL_TYPE_VARCHAR
        | ColumnType::MYSQL_TYPE_VAR_STRING
        | ColumnType::MYSQL_TYPE_STRING
        | ColumnType::MYSQL_TYPE_TINY_BLOB
        | ColumnType::MYSQL_TYPE_BLOB
        | ColumnType::MYSQL_TYPE_MEDIUM_BLOB
        | ColumnType::MYSQL_TYPE_LONG_BLOB
        | ColumnType::MYSQL_TYPE_ENUM
        | ColumnType::MYSQL_TYPE_SET => {
            let words = column.flags().intersects(ColumnFlags::ENUM_FLAG | ColumnFlags::SET_FLAG);
            if column.character_set() == BINARY && !words { Reading::Bytes } else { Reading::Text }
        }
        other => return Err(format!("the type {other:?} has no type between steps; cast it in a query")),
    })
}

/// The field of a column. All take NULL: zero dates and values that don't fit may become it.
pub(super) fn field(name: &str, reading: Reading) -> Field {
    let data_type = match reading {
        Reading::Integer(8, false) => DataType::Int8,
        Reading::Integer(8, true) => DataType::UInt8,
        Reading::Integer(16, false) => DataType::Int16,
        Reading::Integer(16, true) => DataType::UInt16,
        Reading::Integer(32, false) => DataType::Int32,
        Reading::Integer(32, true) => DataType::UInt32,
        Reading::Integer(_, false) => DataType::Int64,
        Reading::Integer(_, true) | Reading::Bits => DataType::UInt64,
        Reading::Boolean | Reading::BitBoolean => DataType::Boolean,
        Reading::Float => DataType::Float32,
        Reading::Double => DataType::Float64,
        Reading::Decimal(digits, scale) if digits <= 38 => DataType::Decimal128(digits, scale as i8),
        Reading::Decimal(digits, scale) => DataType::Decimal256(digits, scale as i8),
        Reading::Date => DataType::Date32,
        Reading::Time => DataType::Time64(TimeUnit::Microsecond),
        Reading::Datetime => DataType::Timestamp(TimeUnit::Microsecond, None),
        Reading::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Reading::Text => DataType::Utf8,
        Reading::Json => return Meaning::Json.field(name),
        Reading::Bytes => DataType::Binary,
    };
    Field::new(name, data_type, true)
}

/// The values of a column that are collected for a batch.
enum Builder {
    I8(Int8Builder),
    I16(Int16Builder),
    I32(Int32Builder),
    I64(Int64Builder),
    U8(UInt8Builder),
    U16(UInt16Builder),
    U32(UInt32Builder),
    U64(UInt64Builder),
    Bits(UInt64Builder),
    Boolean(BooleanBuilder, bool),
    F32(Float32Builder),
    F64(Float64Builder),
    Decimal(Decimal128Builder, u8),
    BigDecimal(Decimal256Builder, u8),
    Date(Date32Builder),
    Time(Time64MicrosecondBuilder),
    Timestamp(TimestampMicrosecondBuilder),
    Text(StringBuilder),
    Bytes(BinaryBuilder),
}

/// A column that is being read.
pub(super) struct ReadColumn {
    pub name: String,
    builder: Builder,
    zero_dates: ZeroDates,
}

impl ReadColumn {
    pub fn new(name: String, reading: Reading, zero_dates: ZeroDates) -> ReadColumn {
        let builder = match reading {
            Reading::Integer(8, false) => Builder::I8(Int8Builder::new()),
            Reading::Integer(8, true) => Builder::U8(UInt8Builder::new()),
            Reading::Integer(16, false) => Builder::I16(Int16Builder::new()),
            Reading::Integer(16, true) => Builder::U16(UInt16Builder::new()),
            Reading::Integer(32, false) => Builder::I32(Int32Builder::new()),
            Reading::Integer(32, true) => Builder::U32(UInt32Builder::new()),
            Reading::Integer(_, false) => Builder::I64(Int64Builder::new()),
            Reading::Integer(_, true) => Builder::U64(UInt64Builder::new()),
            Reading::Bits => Builder::Bits(UInt64Builder::new()),
            Reading::Boolean => Builder::Boolean(BooleanBuilder::new(), false),
            Reading::BitBoolean => Builder::Boolean(BooleanBuilder::new(), true),
            Reading::Float => Builder::F32(Float32Builder::new()),
            Reading::Double => Builder::F64(Float64Builder::new()),
            Reading::Decimal(digits, scale) if digits <= 38 => {
                let typed = Decimal128Builder::new().with_data_type(DataType::Decimal128(digits, scale as i8));
                Builder::Decimal(typed, scale)
            }
            Reading::Decimal(digits, scale) => {
                let typed = Decimal256Builder::new().with_data_type(DataType::Decimal256(digits, scale as i8));
                Builder::BigDecimal(typed, scale)
            }
            Reading::Date => Builder::Date(Date32Builder::new()),
            Reading::Time => Builder::Time(Time64MicrosecondBuilder::new()),
            Reading::Datetime => Builder::Timestamp(TimestampMicrosecondBuilder::new()),
            Reading::Timestamp => Builder::Timestamp(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            Reading::Text | Reading::Json => Builder::Text(StringBuilder::new()),
            Reading::Bytes => Builder::Bytes(BinaryBuilder::new()),
        };
        ReadColumn { name, builder, zero_dates }
    }

    /// Takes a value. When it fails, nothing was taken.
    ///
    /// # Errors
    /// Why the value can't be represented.
    pub fn append(&mut self, value: &Value) -> Result<(), String> {
        let text = match value {
            Value::NULL => {
                self.append_null();
                return Ok(());
            }
            Value::Bytes(bytes) => bytes.as_slice(),
            other => return self.append_binary(other),
        };
        macro_rules! number {
            ($builder:expr) => {
                $builder.append_value(parsed(text)?)
            };
        }
        match &mut self.builder {
            Builder::I8(b) => number!(b),
            Builder::I16(b) => number!(b),
            Builder::I32(b) => number!(b),
            Builder::I64(b) => number!(b),
            Builder::U8(b) => number!(b),
            Builder::U16(b) => number!(b),
            Builder::U32(b) => number!(b),
            Builder::U64(b) => number!(b),
            Builder::F32(b) => number!(b),
            Builder::F64(b) => number!(b),
            Builder::Bits(b) => b.append_value(bits(text)),
            Builder::Boolean(b, of_bit) => {
                let number = if *of_bit { bits(text) as i64 } else { parsed::<i64>(text)? };
                if !(0..=1).contains(&number) {
                    return Err(format!("{number} is neither 0 nor 1, and the column is read as true or false"));
                }
                b.append_value(number == 1);
            }
            Builder::Decimal(b, scale) => b.append_value(decimal(text, *scale).ok_or_else(|| unread(text))?),
            Builder::BigDecimal(b, scale) => b.append_value(big_decimal(text, *scale).ok_or_else(|| unread(text))?),
            Builder::Date(b) => match calendar::parse_date(utf8(text)?) {
                Some(days) => b.append_value(days),
                None if self.zero_dates == ZeroDates::Null && is_zero_date(text) => b.append_null(),
                None => return Err(no_date(text)),
            },
            Builder::Timestamp(b) => match calendar::parse_timestamp(utf8(text)?) {
                Some(micros) => b.append_value(micros),
                None if self.zero_dates == ZeroDates::Null && is_zero_date(text) => b.append_null(),
                None => return Err(no_date(text)),
            },
            Builder::Time(b) => b.append_value(time(utf8(text)?)?),
            Builder::Text(b) => b.append_value(utf8(text)?),
            Builder::Bytes(b) => b.append_value(text),
        }
        Ok(())
    }

    /// The same of the binary protocol, of those that are not bytes there.
    fn append_binary(&mut self, value: &Value) -> Result<(), String> {
        match (&mut self.builder, value) {
            (Builder::F32(b), Value::Float(v)) => b.append_value(*v),
            (Builder::F64(b), Value::Double(v)) => b.append_value(*v),
            // Few come this way: the text of the others is read.
            (builder, other) => {
                let text = match other {
                    Value::Int(number) => number.to_string(),
                    Value::UInt(number) => number.to_string(),
                    Value::Date(year, month, day, ..) if matches!(builder, Builder::Date(_)) => {
                        format!("{year:04}-{month:02}-{day:02}")
                    }
                    Value::Date(year, month, day, hour, minute, second, micros) => {
                        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{micros:06}")
                    }
                    Value::Time(negative, days, hours, minute, second, micros) => {
                        let sign = if *negative { "-" } else { "" };
                        let hour = days * 24 + u32::from(*hours);
                        format!("{sign}{hour:02}:{minute:02}:{second:02}.{micros:06}")
                    }
                    other => other.as_sql(true),
                };
                return self.append(&Value::Bytes(text.into_bytes()));
            }
        }
        Ok(())
    }

    /// Takes NULL.
    pub fn append_null(&mut self) {
        match &mut self.builder {
            Builder::I8(b) => b.append_null(),
            Builder::I16(b) => b.append_null(),
            Builder::I32(b) => b.append_null(),
            Builder::I64(b) => b.append_null(),
            Builder::U8(b) => b.append_null(),
            Builder::U16(b) => b.append_null(),
            Builder::U32(b) => b.append_null(),
            Builder::U64(b) | Builder::Bits(b) => b.append_null(),
            Builder::Boolean(b, _) => b.append_null(),
            Builder::F32(b) => b.append_null(),
            Builder::F64(b) => b.append_null(),
            Builder::Decimal(b, _) => b.append_null(),
            Builder::BigDecimal(b, _) => b.append_null(),
            Builder::Date(b) => b.append_null(),
            Builder::Time(b) => b.append_null(),
            Builder::Timestamp(b) => b.append_null(),
            Builder::Text(b) => b.append_null(),
            Builder::Bytes(b) => b.append_null(),
        }
    }

    /// The values so far; it is empty afterwards.
    pub fn finish(&mut self) -> ArrayRef {
        match &mut self.builder {
            Builder::I8(b) => Arc::new(b.finish()),
            Builder::I16(b) => Arc::new(b.finish()),
            Builder::I32(b) => Arc::new(b.finish()),
            Builder::I64(b) => Arc::new(b.finish()),
            Builder::U8(b) => Arc::new(b.finish()),
            Builder::U16(b) => Arc::new(b.finish()),
            Builder::U32(b) => Arc::new(b.finish()),
            Builder::U64(b) | Builder::Bits(b) => Arc::new(b.finish()),
            Builder::Boolean(b, _) => Arc::new(b.finish()),
            Builder::F32(b) => Arc::new(b.finish()),
            Builder::F64(b) => Arc::new(b.finish()),
            Builder::Decimal(b, _) => Arc::new(b.finish()),
            Builder::BigDecimal(b, _) => Arc::new(b.finish()),
            Builder::Date(b) => Arc::new(b.finish()),
            Builder::Time(b) => Arc::new(b.finish()),
            Builder::Timestamp(b) => Arc::new(b.finish()),
            Builder::Text(b) => Arc::new(b.finish()),
            Builder::Bytes(b) => Arc::new(b.finish()),
        }
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|_| "its bytes are no UTF-8".to_owned())
}

fn unread(bytes: &[u8]) -> String {
    let shown: String = String::from_utf8_lossy(bytes).chars().take(40).collect();
    format!("`{shown}` is no value of this type")
}

fn parsed<T: std::str::FromStr>(bytes: &[u8]) -> Result<T, String> {
    utf8(bytes)?.parse().map_err(|_| unread(bytes))
}

/// BIT comes as its bytes, the highest first.
fn bits(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The unscaled value of a decimal with exactly `scale` digits after the point.
fn decimal(text: &[u8], scale: u8) -> Option<i128> {
    let (negative, digits) = match text.first()? {
        b'-' => (true, &text[1..]),
        _ => (false, text),
    };
    let mut value: i128 = 0;
    let mut after: Option<u8> = None;
    for byte in digits {
        match byte {
            b'0'..=b'9' => {
                value = value.checked_mul(10)?.checked_add(i128::from(byte - b'0'))?;
                after = after.map(|n| n + 1);
            }
            b'.' if after.is_none() => after = Some(0),
            _ => return None,
        }
    }
    let missing = scale.checked_sub(after.unwrap_or(0))?;
    let value = value.checked_mul(10i128.checked_pow(u32::from(missing))?)?;
    Some(if negative { -value } else { value })
}

fn big_decimal(text: &[u8], scale: u8) -> Option<i256> {
    let text = std::str::from_utf8(text).ok()?;
    let (whole, after) = text.split_once('.').unwrap_or((text, ""));
    let missing = usize::from(scale).checked_sub(after.len())?;
    i256::from_string(&format!("{whole}{after}{}", "0".repeat(missing)))
}

/// `0000-00-00`, or a month or a day 00.
fn is_zero_date(text: &[u8]) -> bool {
    text.len() >= 10 && (&text[5..7] == b"00" || &text[8..10] == b"00")
}

fn no_date(text: &[u8]) -> String {
    let what = unread(text);
    if is_zero_date(text) {
        format!("{what}: it is a zero date; set `zero_dates: null` to read those as NULL")
    } else {
        what
    }
}

/// Microseconds since midnight of `HH:MM:SS[.ffffff]`; a TIME of MySQL can also be a length of time.
fn time(text: &str) -> Result<i64, String> {
    // With a day before it, it is a timestamp of 1970-01-01.
    let of_day = || {
        let bytes = text.as_bytes();
        if bytes.len() < 8 || bytes[2] != b':' {
            return None;
        }
        calendar::parse_timestamp(&format!("1970-01-01 {text}")).filter(|micros| (0..DAY_US).contains(micros))
    };
    of_day().ok_or_else(|| {
        let shown: String = text.chars().take(40).collect();
        format!("`{shown}` is a length of time, not a time of day; read CAST(… AS CHAR) or TIME_TO_SEC(…) of it")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_every_digit() {
        assert_eq!(decimal(b"-12.30", 2), Some(-1230));
        assert_eq!(decimal(b"-0.05", 2), Some(-5));
        assert_eq!(decimal(b"7", 3), Some(7000));
        assert_eq!(decimal(b"1.234", 2), None);
        assert_eq!(decimal(b"", 0), None);
        let digits = "9".repeat(65);
        assert_eq!(big_decimal(digits.as_bytes(), 0), i256::from_string(&digits));
        assert_eq!(big_decimal(b"-0.05", 2), Some(i256::from_i128(-5)));
    }

    #[test]
    fn times_of_day_and_lengths_of_time_are_told_apart() {
        assert_eq!(time("00:00:00.000001"), Ok(1));
        assert_eq!(time("23:59:59"), Ok(86_399_000_000));
        for long in ["-00:00:01", "24:00:00", "838:59:59", ""] {
            assert!(time(long).is_err(), "{long}");
        }
    }

    #[test]
    fn zero_dates_are_an_error_or_null() {
        for zero in ["0000-00-00", "2024-00-10", "2024-05-00"] {
            let value = Value::Bytes(zero.into());
            let strict = ReadColumn::new("d".into(), Reading::Date, ZeroDates::Error).append(&value);
            assert!(strict.unwrap_err().contains("zero_dates: null"), "{zero}");
            let mut lenient = ReadColumn::new("d".into(), Reading::Date, ZeroDates::Null);
            assert_eq!(lenient.append(&value), Ok(()));
            assert!(lenient.finish().is_null(0));
        }
        let mut lenient = ReadColumn::new("d".into(), Reading::Date, ZeroDates::Null);
        assert!(lenient.append(&Value::Bytes("2024-13-01".into())).is_err());
    }
}
