//! A column: its type, and the Arrow array that its values become.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, TimeUnit};

use super::value;
use crate::connect::driver::calendar;

/// What a person can do about a type that is none.
pub(in crate::connect::driver) const TYPES_FIX: &str =
    "use string, integer, float, decimal(p,s), boolean, date or timestamp";

/// The type that a name means; pandas' names are known as well.
pub(in crate::connect::driver) fn parse_type(name: &str) -> Option<DataType> {
    let name = name.trim().to_ascii_lowercase();
    Some(match name.as_str() {
        "string" | "str" | "text" | "varchar" | "object" => DataType::Utf8,
        "integer" | "int" | "bigint" | "int64" | "int32" => DataType::Int64,
        "float" | "double" | "float64" | "float32" => DataType::Float64,
        "boolean" | "bool" => DataType::Boolean,
        "date" => DataType::Date32,
        "timestamp" | "datetime" | "datetime64" | "datetime64[ns]" => DataType::Timestamp(TimeUnit::Microsecond, None),
        _ => {
            let (precision, scale) = name.strip_prefix("decimal(")?.strip_suffix(')')?.split_once(',')?;
            let (precision, scale): (u8, i8) = (precision.trim().parse().ok()?, scale.trim().parse().ok()?);
            let fits = (1..=38).contains(&precision) && scale >= 0 && scale.unsigned_abs() <= precision;
            return fits.then_some(DataType::Decimal128(precision, scale));
        }
    })
}

/// The name of a type, as in `dtype`.
pub(in crate::connect::driver) fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Int64 => "integer".to_owned(),
        DataType::Float64 => "float".to_owned(),
        DataType::Boolean => "boolean".to_owned(),
        DataType::Date32 => "date".to_owned(),
        DataType::Timestamp(..) => "timestamp".to_owned(),
        DataType::Decimal128(precision, scale) => format!("decimal({precision},{scale})"),
        _ => "string".to_owned(),
    }
}

/// Collects the values of a column.
pub(in crate::connect::driver) enum Builder {
    Text(StringBuilder),
    Integer(Int64Builder, Strict),
    Float(Float64Builder, Strict),
    Boolean(BooleanBuilder, Strict),
    Date(Date32Builder),
    Timestamp(TimestampMicrosecondBuilder, Strict),
    Decimal(Decimal128Builder, u8, i8),
    /// A column that is supposed to hold nothing but NULL.
    Nothing(StringBuilder),
}

/// Whether only canonical forms are values: true where the type was inferred.
pub(in crate::connect::driver) type Strict = bool;

/// How much is likely to come; more may.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::connect::driver) struct Room {
    pub rows: usize,
    /// Bytes of texts in a column.
    pub bytes: usize,
}

impl Builder {
    pub fn new(data_type: &DataType, strict: Strict, room: Room) -> Builder {
        let Room { rows, bytes } = room;
        match data_type {
            DataType::Int64 => Builder::Integer(Int64Builder::with_capacity(rows), strict),
            DataType::Float64 => Builder::Float(Float64Builder::with_capacity(rows), strict),
            DataType::Boolean => Builder::Boolean(BooleanBuilder::with_capacity(rows), strict),
            DataType::Date32 => Builder::Date(Date32Builder::with_capacity(rows)),
            DataType::Timestamp(..) => Builder::Timestamp(TimestampMicrosecondBuilder::with_capacity(rows), strict),
            DataType::Decimal128(precision, scale) => {
                let builder = Decimal128Builder::with_capacity(rows);
                Builder::Decimal(builder.with_data_type(DataType::Decimal128(*precision, *scale)), *precision, *scale)
            }
            _ => Builder::Text(StringBuilder::with_capacity(rows, bytes)),
        }
    }

    /// For a column of text that no value was seen of.
    pub fn nothing() -> Builder {
        Builder::Nothing(StringBuilder::new())
    }

    /// Adds a value; false when it is none of the column's type.
    pub fn push(&mut self, cell: Option<&str>) -> bool {
        let Some(text) = cell else {
            self.push_null();
            return true;
        };
        match self {
            Builder::Text(builder) => {
                builder.append_value(text);
                true
            }
            Builder::Integer(builder, strict) => {
                let number = if *strict { value::canonical_integer(text) } else { value::lenient_integer(text) };
                number.map(|number| builder.append_value(number)).is_some()
            }
            Builder::Float(builder, strict) => {
                let number = if *strict { value::exact_float(text) } else { value::lenient_float(text) };
                number.map(|number| builder.append_value(number)).is_some()
            }
            Builder::Boolean(builder, strict) => {
                let yes = if *strict { value::canonical_boolean(text) } else { value::lenient_boolean(text) };
                yes.map(|yes| builder.append_value(yes)).is_some()
            }
            Builder::Date(builder) => calendar::parse_date(text).map(|days| builder.append_value(days)).is_some(),
            Builder::Timestamp(builder, strict) => {
                let micros = calendar::parse_timestamp(text).or_else(|| {
                    let midnight = if *strict { None } else { calendar::parse_date(text) };
                    midnight.map(|days| i64::from(days) * 86_400_000_000)
                });
                micros.map(|micros| builder.append_value(micros)).is_some()
            }
            Builder::Nothing(_) => false,
            Builder::Decimal(builder, precision, scale) => {
                value::decimal(text, *precision, *scale).map(|number| builder.append_value(number)).is_some()
            }
        }
    }

    fn push_null(&mut self) {
        match self {
            Builder::Text(builder) | Builder::Nothing(builder) => builder.append_null(),
            Builder::Integer(builder, _) => builder.append_null(),
            Builder::Float(builder, _) => builder.append_null(),
            Builder::Boolean(builder, _) => builder.append_null(),
            Builder::Date(builder) => builder.append_null(),
            Builder::Timestamp(builder, _) => builder.append_null(),
            Builder::Decimal(builder, ..) => builder.append_null(),
        }
    }

    /// The values collected; the builder is empty afterwards.
    pub fn finish(&mut self) -> ArrayRef {
        match self {
            Builder::Text(builder) | Builder::Nothing(builder) => Arc::new(builder.finish()),
            Builder::Integer(builder, _) => Arc::new(builder.finish()),
            Builder::Float(builder, _) => Arc::new(builder.finish()),
            Builder::Boolean(builder, _) => Arc::new(builder.finish()),
            Builder::Date(builder) => Arc::new(builder.finish()),
            Builder::Timestamp(builder, _) => Arc::new(builder.finish()),
            Builder::Decimal(builder, ..) => Arc::new(builder.finish()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_names_and_names_have_types() {
        for name in ["string", "integer", "float", "boolean", "date", "timestamp", "decimal(12,2)"] {
            assert_eq!(type_name(&parse_type(name).unwrap()), name);
        }
        assert_eq!(parse_type("Int64"), Some(DataType::Int64));
        for name in ["", "wibble", "decimal", "decimal(39,2)", "decimal(2,3)", "decimal(0,0)", "decimal(5,-1)"] {
            assert_eq!(parse_type(name), None, "{name}");
        }
    }

    #[test]
    fn values_that_do_not_fit_are_refused() {
        assert!(!Builder::new(&DataType::Int64, true, Room::default()).push(Some("007")));
        assert!(Builder::new(&DataType::Int64, false, Room::default()).push(Some("007")));
        assert!(!Builder::new(&DataType::Date32, false, Room::default()).push(Some("")));
        assert!(
            Builder::new(&DataType::Timestamp(TimeUnit::Microsecond, None), false, Room::default())
                .push(Some("2024-01-01"))
        );
        assert!(
            !Builder::new(&DataType::Timestamp(TimeUnit::Microsecond, None), true, Room::default())
                .push(Some("2024-01-01"))
        );
    }
}
