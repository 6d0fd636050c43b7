//! Values of record batches one by one, as what they are, for sinks that write rows.

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, FixedSizeBinaryArray, LargeBinaryArray, LargeStringArray,
    ListArray, PrimitiveArray, StringArray, StringViewArray,
};
use arrow::datatypes::{
    ArrowTimestampType, DataType, Date32Type, Decimal128Type, Decimal256Type, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
    Time64NanosecondType, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type, i256,
};

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Cell<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Unsigned(u64),
    Float32(f32),
    Float(f64),
    /// Unscaled, and the digits after the point.
    Decimal(i128, i8),
    BigDecimal(i256, i8),
    Text(&'a str),
    Bytes(&'a [u8]),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since midnight.
    Time(i64),
    /// Microseconds since 1970-01-01 00:00; whether that is in UTC or in no zone.
    Timestamp(i64, bool),
    List(ArrayRef),
}

/// An array whose type is known, to take values from.
pub(crate) enum View<'a> {
    Nothing,
    Bool(&'a BooleanArray),
    I8(&'a PrimitiveArray<Int8Type>),
    I16(&'a PrimitiveArray<Int16Type>),
    I32(&'a PrimitiveArray<Int32Type>),
    I64(&'a PrimitiveArray<Int64Type>),
    U8(&'a PrimitiveArray<UInt8Type>),
    U16(&'a PrimitiveArray<UInt16Type>),
    U32(&'a PrimitiveArray<UInt32Type>),
    U64(&'a PrimitiveArray<UInt64Type>),
    F32(&'a PrimitiveArray<Float32Type>),
    F64(&'a PrimitiveArray<Float64Type>),
    Decimal(&'a PrimitiveArray<Decimal128Type>, i8),
    BigDecimal(&'a PrimitiveArray<Decimal256Type>, i8),
    Text(&'a StringArray),
    LargeText(&'a LargeStringArray),
    ViewedText(&'a StringViewArray),
    Bytes(&'a BinaryArray),
    LargeBytes(&'a LargeBinaryArray),
    FixedBytes(&'a FixedSizeBinaryArray),
    Date(&'a PrimitiveArray<Date32Type>),
    TimeSecond(&'a PrimitiveArray<Time32SecondType>),
    TimeMilli(&'a PrimitiveArray<Time32MillisecondType>),
    TimeMicro(&'a PrimitiveArray<Time64MicrosecondType>),
    TimeNano(&'a PrimitiveArray<Time64NanosecondType>),
    Second(&'a PrimitiveArray<TimestampSecondType>, bool),
    Milli(&'a PrimitiveArray<TimestampMillisecondType>, bool),
    Micro(&'a PrimitiveArray<TimestampMicrosecondType>, bool),
    Nano(&'a PrimitiveArray<TimestampNanosecondType>, bool),
    List(&'a ListArray),
}

impl<'a> View<'a> {
    /// A view of an array; none of a type whose values are no cells (structs, maps, …).
    pub fn of(array: &'a dyn Array) -> Option<View<'a>> {
        Some(match array.data_type() {
            DataType::Null => View::Nothing,
            DataType::Boolean => View::Bool(array.as_boolean()),
            DataType::Int8 => View::I8(array.as_primitive()),
            DataType::Int16 => View::I16(array.as_primitive()),
            DataType::Int32 => View::I32(array.as_primitive()),
            DataType::Int64 => View::I64(array.as_primitive()),
            DataType::UInt8 => View::U8(array.as_primitive()),
            DataType::UInt16 => View::U16(array.as_primitive()),
            DataType::UInt32 => View::U32(array.as_primitive()),
            DataType::UInt64 => View::U64(array.as_primitive()),
            DataType::Float32 => View::F32(array.as_primitive()),
            DataType::Float64 => View::F64(array.as_primitive()),
            DataType::Decimal128(_, scale) => View::Decimal(array.as_primitive(), *scale),
            DataType::Decimal256(_, scale) => View::BigDecimal(array.as_primitive(), *scale),
            DataType::Utf8 => View::Text(array.as_string()),
            DataType::LargeUtf8 => View::LargeText(array.as_string()),
            DataType::Utf8View => View::ViewedText(array.as_string_view()),
            DataType::Binary => View::Bytes(array.as_binary()),
            DataType::LargeBinary => View::LargeBytes(array.as_binary()),
            DataType::FixedSizeBinary(_) => View::FixedBytes(array.as_fixed_size_binary()),
            DataType::Date32 => View::Date(array.as_primitive()),
            DataType::Time32(TimeUnit::Second) => View::TimeSecond(array.as_primitive()),
            DataType::Time32(TimeUnit::Millisecond) => View::TimeMilli(array.as_primitive()),
            DataType::Time64(TimeUnit::Microsecond) => View::TimeMicro(array.as_primitive()),
            DataType::Time64(TimeUnit::Nanosecond) => View::TimeNano(array.as_primitive()),
            DataType::Timestamp(TimeUnit::Second, zone) => View::Second(array.as_primitive(), zone.is_some()),
            DataType::Timestamp(TimeUnit::Millisecond, zone) => View::Milli(array.as_primitive(), zone.is_some()),
            DataType::Timestamp(TimeUnit::Microsecond, zone) => View::Micro(array.as_primitive(), zone.is_some()),
            DataType::Timestamp(TimeUnit::Nanosecond, zone) => View::Nano(array.as_primitive(), zone.is_some()),
            DataType::List(_) => View::List(array.as_list()),
            _ => return None,
        })
    }

    /// The value of a row, which has to be one of the array's.
    #[inline]
    pub fn cell(&self, row: usize) -> Cell<'a> {
        macro_rules! some {
            ($array:expr, $make:expr) => {
                if $array.is_null(row) { Cell::Null } else { $make($array.value(row)) }
            };
        }
        match self {
            View::Nothing => Cell::Null,
            View::Bool(a) => some!(a, Cell::Bool),
            View::I8(a) => some!(a, |v| Cell::Int(i64::from(v))),
            View::I16(a) => some!(a, |v| Cell::Int(i64::from(v))),
            View::I32(a) => some!(a, |v| Cell::Int(i64::from(v))),
            View::I64(a) => some!(a, Cell::Int),
            View::U8(a) => some!(a, |v| Cell::Int(i64::from(v))),
            View::U16(a) => some!(a, |v| Cell::Int(i64::from(v))),
            View::U32(a) => some!(a, |v| Cell::Int(i64::from(v))),
            View::U64(a) => some!(a, Cell::Unsigned),
            View::F32(a) => some!(a, Cell::Float32),
            View::F64(a) => some!(a, Cell::Float),
            View::Decimal(a, scale) => some!(a, |v| Cell::Decimal(v, *scale)),
            View::BigDecimal(a, scale) => some!(a, |v| Cell::BigDecimal(v, *scale)),
            View::Text(a) => some!(a, Cell::Text),
            View::LargeText(a) => some!(a, Cell::Text),
            View::ViewedText(a) => some!(a, Cell::Text),
            View::Bytes(a) => some!(a, Cell::Bytes),
            View::LargeBytes(a) => some!(a, Cell::Bytes),
            View::FixedBytes(a) => some!(a, Cell::Bytes),
            View::Date(a) => some!(a, Cell::Date),
            View::TimeSecond(a) => some!(a, |v| Cell::Time(i64::from(v) * 1_000_000)),
            View::TimeMilli(a) => some!(a, |v| Cell::Time(i64::from(v) * 1000)),
            View::TimeMicro(a) => some!(a, Cell::Time),
            View::TimeNano(a) => some!(a, |v: i64| Cell::Time(v.div_euclid(1000))),
            View::Second(a, zone) => timestamp(a, row, |v| v.saturating_mul(1_000_000), *zone),
            View::Milli(a, zone) => timestamp(a, row, |v| v.saturating_mul(1000), *zone),
            View::Micro(a, zone) => timestamp(a, row, |v| v, *zone),
            View::Nano(a, zone) => timestamp(a, row, |v| v.div_euclid(1000), *zone),
            View::List(a) => some!(a, Cell::List),
        }
    }
}

fn timestamp<'a, T: ArrowTimestampType>(
    array: &PrimitiveArray<T>,
    row: usize,
    micros: impl Fn(i64) -> i64,
    zone: bool,
) -> Cell<'a> {
    if array.is_null(row) { Cell::Null } else { Cell::Timestamp(micros(array.value(row)), zone) }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int16Array, TimestampSecondArray};

    use super::*;

    #[test]
    fn values_come_as_what_they_are() {
        let numbers = Int16Array::from(vec![Some(3), None]);
        let view = View::of(&numbers).unwrap();
        assert!(matches!(view.cell(0), Cell::Int(3)));
        assert!(matches!(view.cell(1), Cell::Null));
        let times = TimestampSecondArray::from(vec![2]).with_timezone("UTC");
        assert!(matches!(View::of(&times).unwrap().cell(0), Cell::Timestamp(2_000_000, true)));
    }
}
