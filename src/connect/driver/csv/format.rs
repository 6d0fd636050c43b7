//! Values of Arrow arrays as text: exact where the type is exact, the shortest text that reads back the
//! same for floats. Booleans and floats look as Osiris (pandas) writes them.

use std::io::Write;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Decimal256Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, Time64MicrosecondType, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

use crate::connect::driver::calendar;
use crate::connect::driver::digits::{put_integer, write_decimal, write_decimal128};

/// Whether values of the type can be written as text.
pub(in crate::connect::driver) fn is_writable(data_type: &DataType) -> bool {
    match data_type {
        DataType::Null
        | DataType::Boolean
        | DataType::Utf8
        | DataType::LargeUtf8
        | DataType::Utf8View
        | DataType::Date32
        | DataType::Time64(TimeUnit::Microsecond)
        | DataType::Timestamp(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => true,
        other => other.is_integer() || matches!(other, DataType::Float32 | DataType::Float64),
    }
}

/// Whether values of the type are numbers.
pub(super) fn is_number(data_type: &DataType) -> bool {
    data_type.is_numeric()
}

/// Appends a value that is not NULL. Of a type that is not writable nothing is appended.
pub(in crate::connect::driver) fn write_value(array: &dyn Array, row: usize, out: &mut Vec<u8>) {
    match array.data_type() {
        DataType::Utf8 => out.extend_from_slice(array.as_string::<i32>().value(row).as_bytes()),
        DataType::LargeUtf8 => out.extend_from_slice(array.as_string::<i64>().value(row).as_bytes()),
        DataType::Utf8View => out.extend_from_slice(array.as_string_view().value(row).as_bytes()),
        DataType::Int64 => put_integer(out, array.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => write_float(array.as_primitive::<Float64Type>().value(row), out),
        DataType::Boolean => out.extend_from_slice(if array.as_boolean().value(row) { b"True" } else { b"False" }),
        DataType::Date32 => calendar::write_date(array.as_primitive::<Date32Type>().value(row), out),
        DataType::Timestamp(unit, zone) => {
            write_timestamp(array, row, *unit, out);
            // The engine hands over times with a zone as UTC.
            if zone.is_some() {
                out.extend_from_slice(b"+00:00");
            }
        }
        DataType::Time64(TimeUnit::Microsecond) => {
            calendar::write_time(array.as_primitive::<Time64MicrosecondType>().value(row), out);
        }
        DataType::Decimal128(_, scale) => {
            write_decimal128(array.as_primitive::<Decimal128Type>().value(row), *scale, out);
        }
        DataType::Decimal256(_, scale) => {
            write_decimal(array.as_primitive::<Decimal256Type>().value(row).to_string().as_bytes(), *scale, out);
        }
        DataType::Int32 => put_integer(out, array.as_primitive::<Int32Type>().value(row).into()),
        DataType::Int16 => put_integer(out, array.as_primitive::<Int16Type>().value(row).into()),
        DataType::Int8 => put_integer(out, array.as_primitive::<Int8Type>().value(row).into()),
        DataType::UInt64 => put(out, array.as_primitive::<UInt64Type>().value(row)),
        DataType::UInt32 => put(out, array.as_primitive::<UInt32Type>().value(row)),
        DataType::UInt16 => put(out, array.as_primitive::<UInt16Type>().value(row)),
        DataType::UInt8 => put(out, array.as_primitive::<UInt8Type>().value(row)),
        DataType::Float32 => write_float32(array.as_primitive::<Float32Type>().value(row), out),
        _ => {}
    }
}

/// A value as text, at most `most` characters of it; `None` is NULL.
pub fn cell_text(array: &ArrayRef, row: usize, most: usize) -> Option<String> {
    if array.data_type() == &DataType::Null || array.is_null(row) {
        return None;
    }
    let mut out = Vec::new();
    write_value(array, row, &mut out);
    let text = String::from_utf8_lossy(&out);
    match text.char_indices().nth(most) {
        Some((end, _)) => Some(format!("{}…", &text[..end])),
        None => Some(text.into_owned()),
    }
}

fn put(out: &mut Vec<u8>, number: impl std::fmt::Display) {
    // Writing to a Vec never fails.
    let _ = write!(out, "{number}");
}

fn write_timestamp(array: &dyn Array, row: usize, unit: TimeUnit, out: &mut Vec<u8>) {
    let (micros, nanos) = match unit {
        TimeUnit::Second => (array.as_primitive::<TimestampSecondType>().value(row).saturating_mul(1_000_000), 0),
        TimeUnit::Millisecond => (array.as_primitive::<TimestampMillisecondType>().value(row).saturating_mul(1000), 0),
        TimeUnit::Microsecond => (array.as_primitive::<TimestampMicrosecondType>().value(row), 0),
        TimeUnit::Nanosecond => {
            let nanos = array.as_primitive::<TimestampNanosecondType>().value(row);
            (nanos.div_euclid(1000), nanos.rem_euclid(1000))
        }
    };
    calendar::write_timestamp(micros, out);
    if nanos > 0 {
        if micros.rem_euclid(1_000_000) == 0 {
            out.extend_from_slice(b".000000");
        }
        let _ = write!(out, "{nanos:03}");
    }
}

/// The shortest decimal text that reads back the same, in the form Python's `repr` has: `1.0`, `1e+20`,
/// `1e-07`, `nan`, `inf`.
pub(super) fn write_float(number: f64, out: &mut Vec<u8>) {
    if number.is_nan() {
        out.extend_from_slice(b"nan");
        return;
    }
    let start = out.len();
    // Rust and Python change to exponents at the same sizes.
    let _ = write!(out, "{number:?}");
    python_exponent(start, out);
}

fn write_float32(number: f32, out: &mut Vec<u8>) {
    if number.is_nan() {
        out.extend_from_slice(b"nan");
        return;
    }
    let start = out.len();
    let _ = write!(out, "{number:?}");
    python_exponent(start, out);
}

/// `1e20` → `1e+20`, `1e-7` → `1e-07`.
fn python_exponent(start: usize, out: &mut Vec<u8>) {
    let Some(at) = memchr::memchr(b'e', &out[start..]).map(|n| start + n + 1) else { return };
    let negative = out.get(at) == Some(&b'-');
    if !negative {
        out.insert(at, b'+');
    }
    if out.len() - at == 2 {
        out.insert(at + 1, b'0');
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Decimal128Array, StringArray, TimestampNanosecondArray};
    use proptest::prelude::*;

    use super::*;

    fn float(number: f64) -> String {
        let mut out = Vec::new();
        write_float(number, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn floats_look_as_in_python() {
        let pairs = [
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (0.1, "0.1"),
            (1e20, "1e+20"),
            (1e-7, "1e-07"),
            (1.5e-5, "1.5e-05"),
            (0.0001, "0.0001"),
            (1e16, "1e+16"),
            (1e15, "1000000000000000.0"),
            (123456789.12345679, "123456789.12345679"),
            (1e22, "1e+22"),
            (1e300, "1e+300"),
            (5e-324, "5e-324"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
        ];
        for (number, text) in pairs {
            assert_eq!(float(number), text);
        }
        assert_eq!(float(f64::NAN), "nan");
    }

    #[test]
    fn decimals_are_exact() {
        let array: ArrayRef = Arc::new(
            Decimal128Array::from(vec![0, 5, -5, 123, -12345, i128::MAX / 2]).with_precision_and_scale(38, 2).unwrap(),
        );
        let texts: Vec<_> = (0..6).map(|row| cell_text(&array, row, 99).unwrap()).collect();
        assert_eq!(texts[..5], ["0.00", "0.05", "-0.05", "1.23", "-123.45"]);
        assert!(texts[5].len() > 30);
    }

    #[test]
    fn a_long_cell_is_cut_between_characters() {
        let array: ArrayRef = Arc::new(StringArray::from(vec![Some("žluťoučký"), None]));
        assert_eq!(cell_text(&array, 0, 3).as_deref(), Some("žlu…"));
        assert_eq!(cell_text(&array, 0, 9).as_deref(), Some("žluťoučký"));
        assert_eq!(cell_text(&array, 1, 3), None);
        let nanos: ArrayRef = Arc::new(TimestampNanosecondArray::from(vec![1, 1_000_000_001]));
        assert_eq!(cell_text(&nanos, 0, 99).as_deref(), Some("1970-01-01 00:00:00.000000001"));
    }

    proptest! {
        #[test]
        fn floats_read_back_the_same(number in any::<f64>().prop_filter("finite", |f| f.is_finite())) {
            prop_assert_eq!(float(number).parse::<f64>().unwrap().to_bits(), number.to_bits());
        }
    }
}
