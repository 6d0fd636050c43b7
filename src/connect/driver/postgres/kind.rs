//! The types of PostgreSQL as the driver knows them.

use tokio_postgres::types::{Kind as Shape, Type};

/// A type. Of a domain it is the type below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::connect::driver) enum Kind {
    Bool,
    Int2,
    Int4,
    Int8,
    Oid,
    Float4,
    Float8,
    /// With precision and scale where the column has them.
    Numeric(Option<(u16, i16)>),
    /// With the most characters that it takes: text, varchar, bpchar, name and what is stored alike.
    Text(Option<u32>),
    Json,
    Jsonb,
    Uuid,
    Bytea,
    Date,
    Time,
    Timestamp,
    TimestampTz,
    Enum,
    Array(Box<Kind>),
    /// Everything else: its values travel as text, which the server makes and reads.
    Other(Other),
}

/// What is known of a type whose values travel as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::connect::driver) enum Other {
    Interval,
    TimeTz,
    Inet,
    Unknown,
}

impl Kind {
    /// The kind of a column. `modifier` is its `atttypmod`.
    pub fn of(of: &Type, modifier: i32) -> Kind {
        match of.kind() {
            Shape::Enum(_) => return Kind::Enum,
            Shape::Domain(below) => return Kind::of(below, modifier),
            Shape::Array(element) => return Kind::Array(Box::new(Kind::of(element, modifier))),
            Shape::Simple => {}
            _ => return Kind::Other(Other::Unknown),
        }
        match *of {
            Type::BOOL => Kind::Bool,
            Type::INT2 => Kind::Int2,
            Type::INT4 => Kind::Int4,
            Type::INT8 => Kind::Int8,
            Type::OID => Kind::Oid,
            Type::FLOAT4 => Kind::Float4,
            Type::FLOAT8 => Kind::Float8,
            Type::NUMERIC => Kind::Numeric(numeric(modifier)),
            Type::TEXT | Type::NAME | Type::XML => Kind::Text(None),
            // The four bytes of the length word are counted.
            Type::VARCHAR | Type::BPCHAR => Kind::Text(u32::try_from(modifier - 4).ok().filter(|_| modifier >= 4)),
            Type::JSON => Kind::Json,
            Type::JSONB => Kind::Jsonb,
            Type::UUID => Kind::Uuid,
            Type::BYTEA => Kind::Bytea,
            Type::DATE => Kind::Date,
            Type::TIME => Kind::Time,
            Type::TIMESTAMP => Kind::Timestamp,
            Type::TIMESTAMPTZ => Kind::TimestampTz,
            Type::INTERVAL => Kind::Other(Other::Interval),
            Type::TIMETZ => Kind::Other(Other::TimeTz),
            Type::INET | Type::CIDR => Kind::Other(Other::Inet),
            _ => Kind::Other(Other::Unknown),
        }
    }

    /// The kind of a type by the name that PostgreSQL shows: `timestamp with time zone`.
    pub fn named(name: &str) -> Kind {
        let bare = name.split('(').next().unwrap_or(name).trim();
        if let Some(element) = name.strip_suffix("[]") {
            return Kind::Array(Box::new(Kind::named(element)));
        }
        match bare {
            "boolean" | "bool" => Kind::Bool,
            "smallint" | "int2" => Kind::Int2,
            "integer" | "int4" => Kind::Int4,
            "bigint" | "int8" => Kind::Int8,
            "real" | "float4" => Kind::Float4,
            "double precision" | "float8" => Kind::Float8,
            "numeric" => Kind::Numeric(None),
            "json" => Kind::Json,
            "jsonb" => Kind::Jsonb,
            "uuid" => Kind::Uuid,
            "bytea" => Kind::Bytea,
            "date" => Kind::Date,
            "time without time zone" | "time" => Kind::Time,
            "timestamp without time zone" | "timestamp" => Kind::Timestamp,
            "timestamp with time zone" | "timestamptz" => Kind::TimestampTz,
            "text" | "character varying" | "character" | "varchar" | "citext" | "name" => Kind::Text(None),
            _ => Kind::Other(Other::Unknown),
        }
    }

    /// Whether there is a binary form of its values that the driver writes.
    pub fn has_binary(&self) -> bool {
        match self {
            Kind::Other(_) => false,
            Kind::Array(element) => element.oid().is_some(),
            _ => true,
        }
    }

    /// The object id of the type, of those that can be elements of an array.
    pub fn oid(&self) -> Option<u32> {
        let of = match self {
            Kind::Bool => Type::BOOL,
            Kind::Int2 => Type::INT2,
            Kind::Int4 => Type::INT4,
            Kind::Int8 => Type::INT8,
            Kind::Float4 => Type::FLOAT4,
            Kind::Float8 => Type::FLOAT8,
            Kind::Numeric(_) => Type::NUMERIC,
            Kind::Text(None) => Type::TEXT,
            Kind::Json => Type::JSON,
            Kind::Jsonb => Type::JSONB,
            Kind::Uuid => Type::UUID,
            Kind::Bytea => Type::BYTEA,
            Kind::Date => Type::DATE,
            Kind::Time => Type::TIME,
            Kind::Timestamp => Type::TIMESTAMP,
            Kind::TimestampTz => Type::TIMESTAMPTZ,
            // Of varchar, enums and domains the element's own id is asked for, and that is not known here.
            _ => return None,
        };
        Some(of.oid())
    }
}

/// Precision and scale of a numeric with a modifier.
fn numeric(modifier: i32) -> Option<(u16, i16)> {
    let packed = u32::try_from(modifier - 4).ok().filter(|_| modifier >= 4)?;
    let precision = (packed >> 16) as u16;
    // Eleven bits with a sign.
    let scale = ((packed & 0x7ff) as i16 ^ 0x400) - 0x400;
    Some((precision, scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modifiers_are_read() {
        assert_eq!(Kind::of(&Type::NUMERIC, ((12 << 16) | 2) + 4), Kind::Numeric(Some((12, 2))));
        assert_eq!(Kind::of(&Type::NUMERIC, ((3 << 16) | 0x7fe) + 4), Kind::Numeric(Some((3, -2))));
        assert_eq!(Kind::of(&Type::NUMERIC, -1), Kind::Numeric(None));
        assert_eq!(Kind::of(&Type::VARCHAR, 14), Kind::Text(Some(10)));
        assert_eq!(Kind::of(&Type::VARCHAR, -1), Kind::Text(None));
        assert_eq!(Kind::of(&Type::INT4_ARRAY, -1), Kind::Array(Box::new(Kind::Int4)));
        assert_eq!(Kind::of(&Type::INT4_RANGE, -1), Kind::Other(Other::Unknown));
    }
}
