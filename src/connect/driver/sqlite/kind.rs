//! What the declared type of a column means. SQLite reads only its affinity out of it; people mean more.

use arrow::datatypes::{DataType, Field, TimeUnit};

use crate::connect::driver::plan::{Cast, Meaning, meaning};

/// Digits that a number of SQLite keeps of a decimal.
const EXACT_DIGITS: u8 = 15;
const CAST_BEFORE: &str = "turn it into another type in a SQL step before, or change the target's column";

/// What a column holds, by its declared type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    Boolean,
    Real,
    /// Any number.
    Numeric,
    Decimal(u8, u8),
    Date,
    Time,
    Timestamp,
    /// A point in time, in UTC.
    Instant,
    Text,
    Json,
    Blob,
    /// Nothing is declared.
    Any,
}

impl Kind {
    /// Of a declared type, such as `VARCHAR(20)`.
    pub fn of(declared: Option<&str>) -> Kind {
        let text = declared.unwrap_or_default().trim().to_ascii_uppercase();
        let (name, rest) = text.split_once('(').unwrap_or((&text, ""));
        let name = name.trim();
        let numbers: Vec<u8> =
            rest.split(')').next().unwrap_or_default().split(',').filter_map(|n| n.trim().parse().ok()).collect();
        match name {
            "" | "ANY" => return Kind::Any,
            "BOOLEAN" | "BOOL" => return Kind::Boolean,
            "DATE" => return Kind::Date,
            "TIME" => return Kind::Time,
            "TIMESTAMPTZ" => return Kind::Instant,
            "JSON" => return Kind::Json,
            _ => {}
        }
        if name.starts_with("TIMESTAMP") || name.starts_with("DATETIME") {
            return if text.contains("WITH TIME ZONE") { Kind::Instant } else { Kind::Timestamp };
        }
        // The order in which SQLite itself decides.
        let has = |word: &str| name.contains(word);
        if has("INT") {
            Kind::Integer
        } else if has("CHAR") || has("CLOB") || has("TEXT") || has("UUID") {
            Kind::Text
        } else if has("BLOB") || has("BINARY") {
            Kind::Blob
        } else if has("REAL") || has("FLOA") || has("DOUB") {
            Kind::Real
        } else if let (true, [digits @ 1..=38, rest @ ..]) = (has("DEC") || has("NUMERIC"), numbers.as_slice()) {
            let scale = rest.first().copied().unwrap_or(0).min(*digits);
            Kind::Decimal(*digits, scale)
        } else {
            Kind::Numeric
        }
    }

    /// The field of a column that is read. All take NULL.
    pub fn field(self, name: &str) -> Field {
        let data_type = match self {
            Kind::Integer => DataType::Int64,
            Kind::Boolean => DataType::Boolean,
            Kind::Real | Kind::Numeric => DataType::Float64,
            Kind::Decimal(digits, scale) => DataType::Decimal128(digits, scale as i8),
            Kind::Date => DataType::Date32,
            Kind::Time => DataType::Time64(TimeUnit::Microsecond),
            Kind::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            Kind::Instant => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Kind::Json => return Meaning::Json.field(name),
            Kind::Text | Kind::Any => DataType::Utf8,
            Kind::Blob => DataType::Binary,
        };
        Field::new(name, data_type, true)
    }

    /// The storage classes whose values it can be read from, as `typeof` names them.
    pub fn classes(self) -> &'static str {
        match self {
            Kind::Integer | Kind::Boolean => "'integer'",
            Kind::Real | Kind::Numeric => "'integer', 'real'",
            Kind::Decimal(..) => "'integer', 'real', 'text'",
            Kind::Blob => "'blob'",
            _ => "'text'",
        }
    }
}

/// What becomes of the values of a field in a column.
pub(super) fn judge(field: &Field, kind: &Kind) -> Cast {
    use DataType as D;
    let from = field.data_type();
    let refused = |why: &str| Cast::refused(why, CAST_BEFORE);
    let text = matches!(from, D::Utf8 | D::LargeUtf8 | D::Utf8View);
    let time = matches!(from, D::Date32 | D::Time32(_) | D::Time64(_) | D::Timestamp(..));
    let decimal = match from {
        D::Decimal128(digits, _) | D::Decimal256(digits, _) => Some(*digits),
        _ => None,
    };
    match kind {
        _ if *from == D::Null => Cast::Lossless,
        // SQLite keeps bytes as they are in any column.
        _ if matches!(from, D::Binary | D::LargeBinary | D::FixedSizeBinary(_)) => Cast::Lossless,
        Kind::Text | Kind::Json | Kind::Any | Kind::Blob if text || decimal.is_some() || time => Cast::Lossless,
        Kind::Any | Kind::Blob if from.is_integer() || from.is_floating() || *from == D::Boolean => Cast::Lossless,
        Kind::Text | Kind::Json if from.is_integer() || from.is_floating() || *from == D::Boolean => Cast::Lossless,
        // Each text has to be one of these, whole.
        Kind::Integer | Kind::Real | Kind::Date | Kind::Timestamp if text => Cast::Lossless,
        _ if text => refused("SQLite would turn texts that look like numbers into numbers"),
        Kind::Integer | Kind::Boolean | Kind::Numeric | Kind::Decimal(..)
            if from.is_integer() || *from == D::Boolean =>
        {
            Cast::Lossless
        }
        Kind::Real if matches!(from, D::Int64 | D::UInt64) => {
            Cast::Lossy("whole numbers beyond 2^53 are rounded".to_owned())
        }
        Kind::Real if from.is_integer() => Cast::Lossless,
        Kind::Real | Kind::Numeric | Kind::Decimal(..) if from.is_floating() => Cast::Lossless,
        Kind::Integer if decimal.is_some() => Cast::Lossless,
        Kind::Real | Kind::Numeric | Kind::Decimal(..) if decimal.is_some_and(|digits| digits <= EXACT_DIGITS) => {
            Cast::Lossless
        }
        Kind::Real | Kind::Numeric | Kind::Decimal(..) if decimal.is_some() => {
            Cast::Lossy("numbers of SQLite keep 15 digits".to_owned())
        }
        Kind::Date if *from == D::Date32 => Cast::Lossless,
        Kind::Time if matches!(from, D::Time32(_) | D::Time64(_)) => Cast::Lossless,
        Kind::Timestamp if matches!(from, D::Timestamp(_, None) | D::Date32) => Cast::Lossless,
        Kind::Instant if matches!(from, D::Timestamp(_, Some(_))) => Cast::Lossless,
        Kind::Timestamp if matches!(from, D::Timestamp(_, Some(_))) => {
            Cast::Lossy("the zone is written into the text of the value".to_owned())
        }
        _ => refused("there is no conversion that keeps the values"),
    }
}

/// The column that a field gets in a table that is made.
///
/// # Errors
/// Why there is none.
pub(super) fn invent(field: &Field) -> Result<(Kind, String), String> {
    use DataType as D;
    let made = |kind: Kind, shown: &str| Ok((kind, shown.to_owned()));
    match field.data_type() {
        D::Boolean => made(Kind::Boolean, "BOOLEAN"),
        from if from.is_integer() => made(Kind::Integer, "INTEGER"),
        from if from.is_floating() => made(Kind::Real, "REAL"),
        D::Decimal128(digits, scale) if *digits <= EXACT_DIGITS && *scale >= 0 => {
            Ok((Kind::Decimal(*digits, *scale as u8), format!("DECIMAL({digits},{scale})")))
        }
        D::Decimal128(..) | D::Decimal256(..) | D::Utf8 | D::LargeUtf8 | D::Utf8View | D::Null => {
            match meaning(field) {
                Some(Meaning::Json) => made(Kind::Text, "JSON_TEXT"),
                _ => made(Kind::Text, "TEXT"),
            }
        }
        D::Binary | D::LargeBinary | D::FixedSizeBinary(_) => made(Kind::Blob, "BLOB"),
        D::Date32 => made(Kind::Date, "DATE"),
        D::Time32(_) | D::Time64(_) => made(Kind::Time, "TIME"),
        D::Timestamp(_, None) => made(Kind::Timestamp, "DATETIME"),
        D::Timestamp(_, Some(_)) => made(Kind::Instant, "TIMESTAMPTZ"),
        _ => Err("SQLite has no type for it".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_types_mean_what_people_mean() {
        let cases = [
            ("INTEGER", Kind::Integer),
            ("bigint unsigned", Kind::Integer),
            ("varchar(20)", Kind::Text),
            ("DECIMAL(12, 2)", Kind::Decimal(12, 2)),
            ("numeric", Kind::Numeric),
            ("DECIMAL(90,2)", Kind::Numeric),
            ("double precision", Kind::Real),
            ("BLOB", Kind::Blob),
            ("datetime", Kind::Timestamp),
            ("TIMESTAMP WITH TIME ZONE", Kind::Instant),
            ("bool", Kind::Boolean),
            ("", Kind::Any),
        ];
        for (declared, kind) in cases {
            assert_eq!(Kind::of(Some(declared)), kind, "{declared}");
        }
        assert_eq!(Kind::of(None), Kind::Any);
    }

    #[test]
    fn every_invented_column_takes_its_field_without_loss() {
        let types = [
            DataType::Boolean,
            DataType::UInt64,
            DataType::Int8,
            DataType::Float32,
            DataType::Decimal128(12, 2),
            DataType::Decimal128(38, 2),
            DataType::Decimal256(70, 2),
            DataType::Utf8,
            DataType::Binary,
            DataType::Date32,
            DataType::Time64(TimeUnit::Microsecond),
            DataType::Timestamp(TimeUnit::Microsecond, None),
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            DataType::Null,
        ];
        for data_type in types {
            let field = Field::new("a", data_type, true);
            let (kind, shown) = invent(&field).unwrap();
            assert_eq!(judge(&field, &kind), Cast::Lossless, "{field} {shown}");
            if kind != Kind::Text {
                assert_eq!(Kind::of(Some(&shown)), kind, "{shown}");
            }
        }
        assert_eq!(judge(&Field::new("a", DataType::Utf8, true), &Kind::Boolean).word(), "refused");
    }
}
