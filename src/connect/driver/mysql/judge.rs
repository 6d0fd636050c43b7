//! What becomes of a column's values in a column of MySQL, and which column a new one gets.

use arrow::datatypes::{DataType, Field, TimeUnit};

use super::kind::Kind;
use crate::connect::driver::plan::{Cast, Meaning, meaning};

/// Longest text and longest bytes of a new key column: an index takes no more of each.
const KEY_LENGTH: u16 = 255;

const CAST_BEFORE: &str = "turn it into another type in a SQL step before, or change the target's column";

/// What becomes of the values of a field in a column. Values of a lossless cast that do not fit (a number
/// too large, a fraction too fine) are errors with their row, never changed.
pub(super) fn judge(field: &Field, kind: &Kind) -> Cast {
    use DataType as D;
    let refused = |why: &str| Cast::refused(why, CAST_BEFORE);
    let from = field.data_type();
    if *kind == Kind::Other {
        return refused("nothing can be written to a column of this type");
    }
    match (from, kind) {
        (D::Null, _) => Cast::Lossless,
        (D::Boolean, Kind::Integer(..) | Kind::Bit(_) | Kind::Decimal(..) | Kind::Text(false)) => Cast::Lossless,
        (from, Kind::Integer(..) | Kind::Decimal(..) | Kind::Year | Kind::Bit(_)) if from.is_integer() => {
            Cast::Lossless
        }
        (D::Int8 | D::Int16 | D::Int32 | D::UInt8 | D::UInt16 | D::UInt32, Kind::Double) => Cast::Lossless,
        (D::Int8 | D::Int16 | D::UInt8 | D::UInt16, Kind::Float) => Cast::Lossless,
        (from, Kind::Float | Kind::Double) if from.is_integer() => {
            Cast::Lossy("numbers with more digits than the column keeps are rounded".to_owned())
        }
        (D::Decimal128(..) | D::Decimal256(..), Kind::Integer(..) | Kind::Decimal(..)) => Cast::Lossless,
        (D::Decimal128(..) | D::Decimal256(..), Kind::Float | Kind::Double) => {
            Cast::Lossy("a decimal is rounded to a binary number".to_owned())
        }
        (D::Float16 | D::Float32 | D::Float64, Kind::Double) | (D::Float16 | D::Float32, Kind::Float) => Cast::Lossless,
        (D::Float64, Kind::Float) => Cast::Lossy("numbers are rounded to about 7 digits".to_owned()),
        (from, Kind::Integer(..) | Kind::Decimal(..)) if from.is_floating() => {
            Cast::Lossy("a binary number is written in its shortest decimal form".to_owned())
        }
        (D::Time64(TimeUnit::Nanosecond), Kind::Time(_))
        | (D::Timestamp(TimeUnit::Nanosecond, None), Kind::Datetime(_))
        | (D::Timestamp(TimeUnit::Nanosecond, Some(_)), Kind::Timestamp(_)) => {
            Cast::Lossy("cut to microseconds".to_owned())
        }
        (D::Date32, Kind::Date | Kind::Datetime(_)) => Cast::Lossless,
        (D::Time32(_) | D::Time64(_), Kind::Time(_)) => Cast::Lossless,
        (D::Timestamp(_, None), Kind::Datetime(_)) | (D::Timestamp(_, Some(_)), Kind::Timestamp(_)) => Cast::Lossless,
        (D::Timestamp(_, None) | D::Date32, Kind::Timestamp(_)) => Cast::refused(
            "it says no zone, and none is invented",
            "say the zone in a SQL step before, e.g. created_at AT TIME ZONE 'UTC', or make the column a datetime",
        ),
        (D::Timestamp(_, Some(_)), Kind::Datetime(_)) => {
            Cast::Lossy("the column keeps no zone; the values are written in UTC".to_owned())
        }
        (from, Kind::Text(fixed)) if is_text(from) => text(*fixed),
        (from, Kind::Json) if is_text(from) => match meaning(field) {
            Some(Meaning::Json) | None => Cast::Lossless,
            Some(_) => refused("the text is no JSON"),
        },
        (from, Kind::Words | Kind::Form) if is_text(from) => Cast::Lossless,
        (from, Kind::Text(fixed)) if has_text(from) => text(*fixed),
        (from, Kind::Bytes(fixed)) if is_bytes(from) => match fixed {
            true => Cast::Lossy("shorter values are filled up with zero bytes".to_owned()),
            false => Cast::Lossless,
        },
        // Each text has to be one of these, whole.
        (from, Kind::Integer(..) | Kind::Decimal(..) | Kind::Float | Kind::Double | Kind::Date | Kind::Datetime(_))
            if is_text(from) =>
        {
            Cast::Lossless
        }
        (from, _) if is_text(from) => refused("a text is not converted to this type"),
        _ => refused("there is no conversion that keeps the values"),
    }
}

fn text(fixed: bool) -> Cast {
    match fixed {
        true => Cast::Lossy("spaces at the end of a value are not kept".to_owned()),
        false => Cast::Lossless,
    }
}

fn is_text(from: &DataType) -> bool {
    matches!(from, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

fn is_bytes(from: &DataType) -> bool {
    matches!(from, DataType::Binary | DataType::LargeBinary | DataType::FixedSizeBinary(_))
}

/// Whether the values have one form as text.
fn has_text(from: &DataType) -> bool {
    use DataType as D;
    from.is_integer()
        || from.is_floating()
        || matches!(
            from,
            D::Decimal128(..) | D::Decimal256(..) | D::Date32 | D::Time32(_) | D::Time64(_) | D::Timestamp(_, None)
        )
}

/// The column that a field gets in a table that is made; `key`: whether it is part of the key.
///
/// # Errors
/// Why there is none.
pub(super) fn invent(field: &Field, key: bool) -> Result<(Kind, String), String> {
    use DataType as D;
    let made = |kind: Kind, shown: &str| Ok((kind, shown.to_owned()));
    match field.data_type() {
        D::Boolean => made(Kind::Integer(8, false), "tinyint(1)"),
        D::Int8 => made(Kind::Integer(8, false), "tinyint"),
        D::Int16 => made(Kind::Integer(16, false), "smallint"),
        D::Int32 => made(Kind::Integer(32, false), "int"),
        D::Int64 => made(Kind::Integer(64, false), "bigint"),
        D::UInt8 => made(Kind::Integer(8, true), "tinyint unsigned"),
        D::UInt16 => made(Kind::Integer(16, true), "smallint unsigned"),
        D::UInt32 => made(Kind::Integer(32, true), "int unsigned"),
        D::UInt64 => made(Kind::Integer(64, true), "bigint unsigned"),
        D::Float16 | D::Float32 => made(Kind::Float, "float"),
        D::Float64 => made(Kind::Double, "double"),
        D::Decimal128(digits, scale) | D::Decimal256(digits, scale) => match u8::try_from(*scale) {
            Ok(scale) if *digits <= 65 && scale <= 30 => {
                Ok((Kind::Decimal(*digits, scale), format!("decimal({digits},{scale})")))
            }
            _ => Err("decimals of MySQL have at most 65 digits, 30 of them after the point".to_owned()),
        },
        D::Date32 => made(Kind::Date, "date"),
        D::Time32(_) | D::Time64(_) => made(Kind::Time(6), "time(6)"),
        D::Timestamp(_, None) => made(Kind::Datetime(6), "datetime(6)"),
        D::Timestamp(_, Some(_)) => made(Kind::Timestamp(6), "timestamp(6)"),
        from if is_text(from) => match meaning(field) {
            Some(Meaning::Json) if !key => made(Kind::Json, "json"),
            Some(Meaning::Uuid) => made(Kind::Text(true), "char(36)"),
            _ if key => Ok((Kind::Text(false), format!("varchar({KEY_LENGTH})"))),
            _ => made(Kind::Text(false), "longtext"),
        },
        from if is_bytes(from) => match key {
            true => Ok((Kind::Bytes(false), format!("varbinary({KEY_LENGTH})"))),
            false => made(Kind::Bytes(false), "longblob"),
        },
        D::Null => made(Kind::Text(false), "longtext"),
        _ => Err("MySQL has no type for it".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_changed_silently_is_lossy_or_refused() {
        let word = |from: DataType, kind: Kind| judge(&Field::new("a", from, true), &kind).word();
        assert_eq!(word(DataType::Int64, Kind::Integer(8, true)), "lossless");
        assert_eq!(word(DataType::UInt64, Kind::Double), "lossy");
        assert_eq!(word(DataType::Utf8, Kind::Bit(8)), "refused");
        assert_eq!(word(DataType::Float64, Kind::Decimal(10, 2)), "lossy");
        assert_eq!(word(DataType::Timestamp(TimeUnit::Microsecond, None), Kind::Timestamp(6)), "refused");
        assert_eq!(word(DataType::Utf8, Kind::Text(false)), "lossless");
        assert_eq!(word(DataType::Utf8, Kind::Other), "refused");
        assert_eq!(word(DataType::Binary, Kind::Text(false)), "refused");
    }

    #[test]
    fn every_invented_column_takes_its_field_without_loss() {
        use arrow::datatypes::TimeUnit::Microsecond;
        let types = [
            DataType::Boolean,
            DataType::Int8,
            DataType::UInt64,
            DataType::Float32,
            DataType::Float64,
            DataType::Decimal128(38, 10),
            DataType::Decimal256(65, 30),
            DataType::Utf8,
            DataType::Binary,
            DataType::Date32,
            DataType::Time64(Microsecond),
            DataType::Timestamp(Microsecond, None),
            DataType::Timestamp(Microsecond, Some("UTC".into())),
            DataType::Null,
        ];
        for data_type in types {
            let field = Field::new("a", data_type, true);
            let (kind, shown) = invent(&field, false).unwrap();
            assert_eq!(judge(&field, &kind).word(), "lossless", "{field} {shown}");
        }
        assert!(invent(&Field::new("a", DataType::Decimal256(76, 0), true), false).is_err());
    }
}
