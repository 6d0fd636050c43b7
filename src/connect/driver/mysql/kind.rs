//! Types of columns of a table, as the catalogue tells them.

/// What a column of a table takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Bits, and whether only from 0 on.
    Integer(u8, bool),
    Year,
    /// Bits.
    Bit(u8),
    /// Digits in all and after the point.
    Decimal(u8, u8),
    Float,
    Double,
    Date,
    /// Digits of a second's fraction; so in the next two.
    Time(u8),
    Datetime(u8),
    Timestamp(u8),
    /// Text; whether of a fixed length.
    Text(bool),
    Json,
    /// One, or some, of given words.
    Words,
    /// Bytes; whether of a fixed length.
    Bytes(bool),
    /// Text in a form of its own, which the server checks: uuid, inet4, inet6.
    Form,
    /// What nothing can be written to.
    Other,
}

impl Kind {
    /// From `DATA_TYPE`, `COLUMN_TYPE` and the numbers beside them.
    pub fn of(
        data_type: &str,
        column_type: &str,
        digits: Option<u64>,
        scale: Option<u64>,
        fraction: Option<u64>,
    ) -> Kind {
        let unsigned = column_type.contains("unsigned");
        let small = |number: Option<u64>| number.map_or(0, |number| number.min(255) as u8);
        match data_type {
            "tinyint" => Kind::Integer(8, unsigned),
            "smallint" => Kind::Integer(16, unsigned),
            "mediumint" => Kind::Integer(24, unsigned),
            "int" | "integer" => Kind::Integer(32, unsigned),
            "bigint" => Kind::Integer(64, unsigned),
            "year" => Kind::Year,
            "bit" => Kind::Bit(small(digits)),
            "decimal" | "numeric" => Kind::Decimal(small(digits), small(scale)),
            "float" => Kind::Float,
            "double" | "real" => Kind::Double,
            "date" => Kind::Date,
            "time" => Kind::Time(small(fraction)),
            "datetime" => Kind::Datetime(small(fraction)),
            "timestamp" => Kind::Timestamp(small(fraction)),
            "char" => Kind::Text(true),
            "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => Kind::Text(false),
            "json" => Kind::Json,
            "enum" | "set" => Kind::Words,
            "binary" => Kind::Bytes(true),
            "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => Kind::Bytes(false),
            "uuid" | "inet4" | "inet6" => Kind::Form,
            _ => Kind::Other,
        }
    }
}
